"""Saving anew, as one's own work, what a colleague typed and the office holds; or saying why it cannot be."""

from __future__ import annotations

import json
from typing import Any

from almoner.casework.fields import sound
from almoner.casework.ports import Desk
from almoner.casework.times import check_device_clock
from almoner.records import BY_KIND, Case, HeldWork, User
from almoner.records.cases import STANDING, CaseStatus
from almoner.records.derive import fields_of
from almoner.records.facts import LINE, Merge
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain, WireFault, from_wire, plain_value, to_wire
from almoner.rules.access import CLOSED_KINDS, parent_of
from almoner.rules.words import date_and_time
from almoner.store.labels import noun_of
from almoner.store.reading import Reading
from almoner.store.writing import Writing

_FOLLOWS = frozenset({"clock", "stage_change"})
"""Kinds that follow from what is done on a case; they are never saved on their own."""

_AUTHORS = ("author_id", "created_by", "opened_by", "recorded_by", "shared_by")
"""Fields that say whose work a record is."""


def case_of(reading: Reading, held: HeldWork) -> Case | None:
    """Give the case that held work is for, when it is here: the one its save names, or that of the record it would
    change, which the save does not say again."""
    if held.case_id:
        return reading.find(Case, held.case_id)
    record = BY_KIND.get(held.record_kind)
    here = reading.find(record, held.record_id) if record is not None else None
    case_id = str(getattr(here, "case_id", "") or "")
    return reading.find(Case, case_id) if case_id else None


def why_not(reading: Reading, desk: Desk, held: HeldWork) -> str:
    """Say why held work cannot be saved anew, and what to do instead; empty when it can."""
    kind = held.record_kind
    record = BY_KIND.get(kind)
    if record is None:
        return "It was saved by a newer version of Almoner. Take it over on a computer that has it."
    values, removes = _changes(held)
    if removes:
        return "It would take something away. Look at the record and take it away there if that is right."
    if kind in _FOLLOWS or (kind == "case" and set(values) & _standing()):
        return "Dates follow from it. Open the case and move it there: the right clocks then start and end."
    if kind in ("conflict", "held_work", "user", "team", "council"):
        return "This is not casework. Copy it and deal with it where it belongs."
    here = _at_the_office(reading, record, held.record_id)
    above = parent_of(kind, to_wire(here) if here is not None else values)
    if above is not None and reading.find(BY_KIND[above[0]], above[1]) is None:
        return f"The {noun_of(above[0]).lower()} it belongs to is not on this computer."
    case = case_of(reading, held)
    if case is not None and case.status is CaseStatus.CLOSED and kind in CLOSED_KINDS:
        return "The case is closed. Reopen it first, then take this over."
    if here is not None and record.append_only:
        return "It is on the case already."
    return _unfit(desk, held, here)


def apply_held(tx: Writing, desk: Desk, held: HeldWork) -> str:
    """Save what was typed as this officer's own; a sentence about what was done. Raises Trouble when it cannot be."""
    check_device_clock(tx)
    wrong = why_not(tx, desk, held)
    if wrong:
        raise Trouble("This cannot be taken over as it is.", wrong)
    record = BY_KIND[held.record_kind]
    here = _at_the_office(tx, record, held.record_id)
    if here is None and tx.find(record, held.record_id) is not None:
        raise Trouble("Other saves of the same thing came back as well.", "Discard those first, then take this over.")
    if here is None:
        author = tx.find(User, held.author) if held.author != desk.me.id else desk.me
        name = "" if author is desk.me else author.full_name if author else "a colleague"
        tx.add(_made(desk, held, name))
    else:
        tx.save(_changed(held, here))
    return f"{noun_of(held.record_kind)} taken over"


def _at_the_office(reading: Reading, record: Any, record_id: str) -> Any:
    """Give a record that the office has; one that only this laptop has is as good as none."""
    return reading.find(record, record_id) if reading.rev_of(record, record_id) else None


def _standing() -> frozenset[str]:
    return frozenset(field.name for field in fields_of(Case) if field.fact.together == STANDING)


def _body(held: HeldWork) -> dict[str, Any]:
    try:
        kept = json.loads(held.body)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _changes(held: HeldWork) -> tuple[dict[str, Plain], bool]:
    """Give the values a held save would set, sets of words whole when the record was new; and whether it removes."""
    body = _body(held)
    values: dict[str, Plain] = dict(body.get("values") or {})
    for name, words in (body.get("added") or {}).items():
        values.setdefault(name, list(words))
    return values, bool(body.get("delete"))


def _unfit(desk: Desk, held: HeldWork, here: Any) -> str:
    """Say which value cannot be kept; empty when all can."""
    try:
        _made(desk, held, "") if here is None else _changed(held, here)
    except WireFault as fault:
        record: Any = BY_KIND[held.record_kind]
        label = next((f.fact.label for f in fields_of(record) if f.name == fault.field), "A field")
        return f"“{label}” {fault.why}. Copy what was typed and save it with that put right."
    except Trouble as trouble:
        return f"{trouble.what} Copy what was typed and save it with that put right."
    return ""


def _made(desk: Desk, held: HeldWork, author: str) -> Any:
    """Give the record that was typed, as this officer's; a note says who wrote it."""
    record: Any = BY_KIND[held.record_kind]
    known = {field.name: field for field in fields_of(record)}
    values = {name: value for name, value in _changes(held)[0].items() if name in known}
    values |= {name: None for name, field in known.items() if field.fact.server}
    values |= {name: desk.me.id for name in _AUTHORS if name in values}
    values["id"] = held.record_id
    if held.record_kind == "note" and author:
        origin = f"Written by {author}, {date_and_time(held.made_at)}"
        values["heading"] = ": ".join(filter(None, (str(values.get("heading") or ""), origin)))[:LINE]
    return sound(from_wire(record, values))


def _changed(held: HeldWork, here: Any) -> Any:
    """Give the record as it is here with what was typed on top; what is set once stays as it is."""
    body = _body(held)
    after = to_wire(here)
    for field in fields_of(type(here)):
        name = field.name
        if field.fact.merge is Merge.FIXED or field.fact.server:
            continue
        if name in (body.get("values") or {}):
            after[name] = body["values"][name]
        if name in (body.get("added") or {}) or name in (body.get("removed") or {}):
            before = plain_value(getattr(here, name))
            words = set(before if isinstance(before, list) else ()) | set((body.get("added") or {}).get(name, ()))
            after[name] = sorted(words - set((body.get("removed") or {}).get(name, ())))
    return sound(from_wire(type(here), after))
