"""What is synced in the benchmark: cases of 20 fields with text that reads like notes, the same for the same seed.

Nothing in it is anyone's. Text is drawn word by word from a vocabulary, by how common a word is, so that it compresses
as writing does: better than noise, worse than one paragraph repeated.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from almoner.records import SCHEMA, Case
from almoner.records.derive import fields_of
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, instant_text

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_NAMES = uuid.UUID("4d4f1c52-5f0d-4b53-9f0e-9a3d7b1f2c88")
_LONGEST_TEXT = 20_000


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COMMON = _words("""
the a to of and in is was that has for on it she he they said with at no not by we be been from her his their there
again but had will would this still when who have after before all out up two about since now so very because if more
""")
_USUAL = _words("""
damp mould water leak landlord tenant family flat house room kitchen bathroom bedroom ceiling wall window floor boiler
heating repair visit letter call rang called told asked agreed wrote reported council officer surveyor contractor week
month today yesterday morning evening child children mother father daughter son school doctor hospital asthma cough
rent arrears payment benefit universal credit support worker housing association neighbour noise night door lock key
meter electric gas smell drain roof gutter tile brick plaster paint carpet furniture fridge cooker washing machine bed
cold wet black patch crack hole broken blocked unsafe urgent waiting moved left returned refused promised missed late
appointment message phone email photo form signed sent received checked found seen heard known unknown
""")
_RARE = _words("""
condensation ventilation extractor dehumidifier spores insulation cavity lintel joist soffit fascia downpipe stopcock
thermostat radiator immersion tripped fusebox certificate asbestos pigeon vermin infestation mattress sewage overflow
subsidence scaffold scaffolding stairwell balcony communal lift intercom vandalism antisocial harassment tenancy
possession eviction homelessness assessment entitlement discretionary backdated overpayment sanction guarantor
adaptation handrail wheelchair stairlift occupational therapist physiotherapy medication inhaler diabetes pregnancy
safeguarding bereavement carer respite interpreter solicitor ombudsman complaint councillor compensation liaison
withheld disputed unaware distressed grateful exhausted confused insisted apologised mentioned confirmed cancelled
rescheduled escalated acknowledged forwarded inspected measured photographed recommended authorised estimated quoted
""")
_STREETS = _words("""
Mill Church Station High Park Victoria Chapel Orchard Meadow School Hob Quarry Tanner Weaver Bridge Spring Albion
Wharf Canal Foundry Priory Abbey Castle Granary Hawthorn Willow Elder Rowan Juniper Larch Cedar Maple Linden Poplar
""")
_KINDS = ("Lane", "Road", "Street", "Close", "Avenue", "Court", "Way", "Rise")
_SERVICES = ("damp-and-mould", "homelessness", "adult-social-care", "council-tax-support")
_STAGES = ("new", "triage", "visit", "works", "review")
_ORIGINS = ("telephone", "counter", "e-mail", "councillor", "partner")

_ALL = (*_COMMON, *_USUAL, *_RARE)
_WEIGHTS = tuple(accumulate([1 / (n + 3) for n in range(len(_ALL))]))


def sentence(chance: random.Random, longest: int) -> str:
    """Words up to about this many, as somebody in a hurry writes them."""
    said = chance.choices(_ALL, cum_weights=_WEIGHTS, k=chance.randint(max(3, longest // 2), longest))
    if chance.random() < 0.3:
        said.append(str(chance.randint(1, 400)))
    return (" ".join(said)).capitalize() + "."


def text(chance: random.Random, characters: int) -> str:
    """Sentences until there are this many characters."""
    said = ""
    while len(said) < characters:
        said += (" " if said else "") + sentence(chance, 14)
    return said


def case_values(n: int, seed: int, team_id: str, officers: tuple[str, ...]) -> dict[str, Plain]:
    """The n-th case in wire form: 20 fields filled, about 1.2 KB as JSON."""
    chance = random.Random(f"{seed} case {n}")
    aware = NOW - timedelta(seconds=chance.randint(0, 86_400 * 700))
    summary = text(chance, 560)
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "reference": f"BEN-{chance.getrandbits(30):07X}",
        "service": chance.choice(_SERVICES),
        "case_kind": chance.choice(("repair", "complaint", "assessment", "review")),
        "title": sentence(chance, 7)[:180],
        "summary": summary,
        "stage": chance.choice(_STAGES),
        "status": "open",
        "priority": chance.choice(("normal", "high", "urgent")),
        "origin": chance.choice(_ORIGINS),
        "team_id": team_id,
        "owner_id": chance.choice(officers),
        "place": f"{chance.randint(1, 160)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}, "
        f"AS{chance.randint(1, 19)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRSTU')}",
        "uprn": str(chance.randint(10_000_000, 999_999_999)),
        "longitude": round(chance.uniform(-2.6, -1.9), 5),
        "latitude": round(chance.uniform(53.2, 53.9), 5),
        "source_reference": f"CRM/{chance.randint(2019, 2026)}/{chance.randint(1, 999_999):06d}",
        "opened_by": chance.choice(officers),
        "aware_at": instant_text(aware),
        "recorded_at": instant_text(aware + timedelta(seconds=chance.randint(10, 3_000))),
    }


def write_records(path: Path, count: int, *, seed: int = 1) -> int:
    """Write that many cases as JSON lines, for this program or another; the bytes of all of them are returned."""
    officers = tuple(str(uuid.uuid5(_NAMES, f"officer {n}")) for n in range(12))
    size = 0
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            line = json.dumps(case_values(n, seed, "", officers), ensure_ascii=False)
            size += len(line.encode())
            file.write(line + "\n")
    return size


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


_REQUIRED = {f.name for f in fields_of(Case) if f.required}
_OURS = {f.name for f in fields_of(Case) if not f.fact.server}


def to_case(record: dict[str, Any], n: int, *, team_id: str, officer: str) -> dict[str, Plain]:
    """A record of anybody's as the values of a case: our own fields where the record is one of ours; else every key is
    carried as a field this version does not know, and what a case must have follows from its id."""
    if record.keys() >= _REQUIRED and record.keys() <= _OURS:
        return {**record, "team_id": team_id, "opened_by": officer}
    own = str(record.get("id", record.get("_id", n)))
    moment = instant_text(NOW + timedelta(seconds=n))
    return {
        **{_field_name(name): _plain(value) for name, value in record.items()},
        "id": str(uuid.uuid5(_NAMES, own)),
        "reference": f"BEN-{uuid.uuid5(_NAMES, own).hex[:10]}",
        "service": "damp-and-mould",
        "title": f"Record {own}"[:200],
        "stage": "new",
        "team_id": team_id,
        "opened_by": officer,
        "aware_at": moment,
        "recorded_at": moment,
    }


def _field_name(name: str) -> str:
    plain = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name)[:56]
    return f"x_{plain}"


def _plain(value: Any) -> Plain:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return list(value)
    return json.dumps(value, ensure_ascii=False)[:_LONGEST_TEXT]


def new_case(values: dict[str, Plain], *, seq: int, author: str) -> Mutation:
    """The save by which a case comes to the server."""
    record = str(values["id"])
    return Mutation(
        client_seq=seq,
        mutation_id=str(uuid.uuid5(_NAMES, f"{author}/{seq}/{record}")),
        made_at=instant_text(NOW),
        author=author,
        schema=SCHEMA,
        kind="case",
        record=record,
        values={name: value for name, value in values.items() if name != "id"},
    )


def batches(saves: Iterable[Mutation], size: int) -> Iterator[list[Mutation]]:
    """Saves in turns of this many."""
    turn: list[Mutation] = []
    for save in saves:
        turn.append(save)
        if len(turn) == size:
            yield turn
            turn = []
    if turn:
        yield turn
