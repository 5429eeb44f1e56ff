"""A made-up town of any size, the same for the same seed: rows for the store, and things its officers would type.

Nothing in it is anyone's. Rows are made straight for the tables, because what is measured is reading, not casework.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from almoner.records import Address, Case, Clock, ContactPoint, Council, Note, Participant, Person, Team, User
from almoner.records.cases import Role
from almoner.records.people import Channel
from almoner.records.wire import instant_text
from almoner.rules.references import RANDOM_BITS, make_reference
from almoner.store.rows import row_of_record
from almoner.store.tables import local_table

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
TEAMS = 3
OFFICERS = 60
BATCH = 10_000
OPEN_SHARE = 0.3


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN = _words("""
Amina Oliver Grace Tomasz Siân Mohammed Ruth Callum Priya Declan Zoë Kwame Ewa Harriet Idris Chloe Yusuf Megan
Rhys Fatima Jacob Niamh Leon Aisha Daniel Bethan Marek Olivia Samuel Lakshmi Peter Gwen Ibrahim Joan Arthur
Nadia Colin Mabel Hassan Iris Stephen Wendy Andrei Molly Victor Sunita Frank Elsie Tariq Hazel
""")
_BEGIN = _words("""
Ash Bram Cal Dun El Fair Gar Hal Ing Kel Lan Mar Nor Oak Pem Quin Rad Sal Thorn Ul Ver Wal Yar Brad Cran Hart
""")
_MIDDLE = ["", "", "er", "ing", "le", "ber", "cot", "den", "mar", "well", "ri"]
_END = _words("""
ton ley ford wick ham by worth field stead combe shaw man son more croft bridge dale ridge
""")
_STREETS = _words("""
Mill Church Station High Park Victoria Chapel Orchard Meadow School Hob Quarry Tanner Weaver Bridge Spring
""")
_KINDS = ("Lane", "Road", "Street", "Close", "Avenue", "Court", "Way")
_WORDS = _words("""
the tenant says that damp mould ceiling wall bedroom bathroom kitchen window leak pipe boiler heating landlord
repair contractor visit photo report letter rang spoke message left called again asked told agreed refused
survey inspected extractor fan condensation ventilation black patch child asthma cough doctor school hospital
benefit rent arrears payment council tax support housing officer team urgent today tomorrow monday friday week
gutter roof tiles plaster paint skirting carpet furniture neighbour upstairs flat ground floor garden fence
""")


@dataclass(frozen=True, slots=True)
class Town:
    """How big the town is, and its seed."""

    cases: int
    people: int
    seed: int = 1

    def surname(self, chance: random.Random) -> str:
        """A made-up surname, one of several thousand."""
        return chance.choice(_BEGIN) + chance.choice(_MIDDLE) + chance.choice(_END)

    def postcode(self, chance: random.Random) -> str:
        """A postcode of the town."""
        return f"AS{chance.randint(1, 19)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRSTU')}"

    def person_name(self, n: int) -> str:
        """The name of the n-th person."""
        chance = random.Random(f"{self.seed} name {n}")
        return f"{chance.choice(_GIVEN)} {self.surname(chance)}"

    def reference(self, n: int) -> str:
        """The reference of the n-th case."""
        return make_reference("ASH", random.Random(f"{self.seed} case {n}").getrandbits(RANDOM_BITS))

    def phone(self, n: int) -> str:
        """The number of the n-th person."""
        return f"07{700_900_000 + n * 37 % 99_999_999:09d}"

    def queries(self, count: int) -> tuple[tuple[str, str], ...]:
        """What officers type (the sort of it, and the text): beginnings, two words, slips, numbers, words of notes."""
        chance = random.Random(f"{self.seed} queries")
        makers: dict[str, Callable[[], str]] = {
            "beginning": lambda: self._name(chance).split()[chance.randint(0, 1)][: chance.randint(2, 6)],
            "two words": lambda: " ".join(part[: chance.randint(2, 9)] for part in self._name(chance).split()),
            "slip": lambda: _slip(self._name(chance).split()[1], chance),
            "telephone": lambda: self.phone(chance.randrange(self.people))[chance.choice((0, 0, 5)) :],
            "postcode": lambda: self.postcode(chance)[: chance.randint(4, 7)],
            "address": lambda: f"{chance.randint(1, 150)} {chance.choice(_STREETS)}",
            "reference": lambda: self.reference(chance.randrange(self.cases))[: chance.choice((7, 10, 15))],
            "case text": lambda: " ".join(chance.sample(_WORDS, 2)),
        }
        kinds = list(makers)
        return tuple((kind, makers[kind]()) for kind in (kinds[n % len(kinds)] for n in range(count)))

    def _name(self, chance: random.Random) -> str:
        return self.person_name(chance.randrange(self.people))


def officer(n: int) -> User:
    """The n-th officer."""
    return User(
        id=f"user-{n:03}", username=f"officer{n}", full_name=f"Officer {n:03}", team_id=f"team-{n % TEAMS}",
        team_ids=(f"team-{n % TEAMS}",),
    )  # fmt: skip


def case_id(n: int) -> str:
    """The id of the n-th case."""
    return f"0193d000-0000-7000-8000-{n:012x}"


def person_id(n: int) -> str:
    """The id of the n-th person."""
    return f"0193a000-0000-7000-8000-{n:012x}"


def _slip(name: str, chance: random.Random) -> str:
    """The name with one slip of the keyboard."""
    at = chance.randint(1, len(name) - 2)
    kind = chance.randrange(3)
    if kind == 0:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + chance.choice("aeioulnrst") + name[at + 1 :]


def fill(connection: Connection, town: Town, progress: Callable[[str, int, int], None]) -> None:
    """Write the whole town into an empty store, as if it had come from the server (revision 1)."""
    _insert(connection, Council, iter([_row(Council(id="council", name="Ashcombe Borough Council", prefix="ASH"))]))
    _insert(connection, Team, (_row(Team(id=f"team-{n}", name=f"Team {n}")) for n in range(TEAMS)))
    _insert(connection, User, (_row(officer(n)) for n in range(OFFICERS)))
    for start in range(0, town.people, BATCH):
        numbers = range(start, min(start + BATCH, town.people))
        _insert(connection, Person, (_person(town, n) for n in numbers))
        _insert(connection, Address, (_address(town, n) for n in numbers))
        _insert(connection, ContactPoint, (_phone(town, n) for n in numbers if n % 10 < 7))
        progress("people", numbers.stop, town.people)
    for start in range(0, town.cases, BATCH):
        numbers = range(start, min(start + BATCH, town.cases))
        _insert(connection, Case, (_case(town, n) for n in numbers))
        _insert(connection, Participant, (_participant(town, n) for n in numbers))
        _insert(connection, Clock, (_clock(town, n) for n in numbers))
        _insert(connection, Note, (_note(town, n, k) for n in numbers for k in range(n % 4)))
        progress("cases", numbers.stop, town.cases)


def _row(record: Any) -> dict[str, Any]:
    return row_of_record(record, 1)


def _insert(connection: Connection, cls: type[Any], rows: Iterator[dict[str, Any]]) -> None:
    found = list(rows)
    if found:
        connection.execute(insert(local_table(cls)), found)


_PERSON = _row(Person(id="", full_name="x"))
_ADDRESS = _row(Address(id="", person_id="", town="Ashcombe"))
_POINT = _row(ContactPoint(id="", person_id="", channel=Channel.PHONE, value="1"))
_CASE = _row(
    Case(
        id="", reference="x", service="damp-and-mould", title="x", stage="x", opened_by="x", team_id="", aware_at=NOW,
        recorded_at=NOW,
    )
)  # fmt: skip
_PART = _row(Participant(id="", case_id="", person_id="", role=Role.SUBJECT))
_CLOCK = _row(
    Clock(id="", case_id="", code="investigate", title="Investigate", rule="WD-EW 10", starts_at=NOW,
          due_on=NOW.date(), due_at=NOW)
)  # fmt: skip
_NOTE = _row(Note(id="", case_id="", text="x", author_id="", happened_at=NOW, recorded_at=NOW))


def _person(town: Town, n: int) -> dict[str, Any]:
    born = date(1935, 1, 1) + timedelta(days=n * 7919 % 30_000)
    return {**_PERSON, "id": person_id(n), "full_name": town.person_name(n), "date_of_birth": born.isoformat()}


def _address(town: Town, n: int) -> dict[str, Any]:
    chance = random.Random(f"{town.seed} address {n}")
    street = f"{chance.randint(1, 150)} {chance.choice(_STREETS)} {chance.choice(_KINDS)}"
    return {
        **_ADDRESS, "id": f"address-{n:09}", "person_id": person_id(n), "line_1": street,
        "postcode": town.postcode(chance), "confidential": int(n % 500 == 0),
    }  # fmt: skip


def _phone(town: Town, n: int) -> dict[str, Any]:
    return {**_POINT, "id": f"point-{n:09}", "person_id": person_id(n), "value": town.phone(n)}


def _case(town: Town, n: int) -> dict[str, Any]:
    chance = random.Random(f"{town.seed} of case {n}")
    is_open = chance.random() < OPEN_SHARE
    opened = NOW - timedelta(minutes=(town.cases - n) * 5)
    owner = chance.randrange(OFFICERS)
    return {
        **_CASE,
        "id": case_id(n),
        "reference": town.reference(n),
        "title": "Damp and mould in " + chance.choice(("bedroom", "bathroom", "kitchen", "hall", "living room")),
        "summary": _sentence(chance, 30),
        "stage": chance.choice(("new", "assessing", "visiting", "deciding")) if is_open else "closed",
        "status": "open" if is_open else "closed",
        "closed_at": None if is_open else instant_text(opened + timedelta(days=20)),
        "team_id": f"team-{owner % TEAMS}",
        "owner_id": "" if is_open and n % 50 == 0 else f"user-{owner:03}",
        "opened_by": f"user-{owner:03}",
        "aware_at": instant_text(opened),
        "recorded_at": instant_text(opened),
    }


def _participant(town: Town, n: int) -> dict[str, Any]:
    return {**_PART, "id": f"part-{n:09}", "case_id": case_id(n), "person_id": person_id(n * 7919 % town.people)}


def _clock(town: Town, n: int) -> dict[str, Any]:
    due = NOW + timedelta(hours=n * 7919 % 900 - 150)
    return {
        **_CLOCK, "id": f"clock-{n:09}", "case_id": case_id(n), "due_on": due.date().isoformat(),
        "due_at": instant_text(due),
    }  # fmt: skip


def _note(town: Town, n: int, k: int) -> dict[str, Any]:
    chance = random.Random(f"{town.seed} note {n} {k}")
    at = instant_text(NOW - timedelta(minutes=(town.cases - n) * 5 - k))
    return {
        **_NOTE, "id": f"0193e000-0000-7000-8{k:03}-{n:012x}", "case_id": case_id(n), "text": _sentence(chance, 40),
        "author_id": f"user-{n % OFFICERS:03}", "happened_at": at, "recorded_at": at,
    }  # fmt: skip


def _sentence(chance: random.Random, words: int) -> str:
    """Words of casework, the early ones of the list more often, and now and then a rare one."""
    size = len(_WORDS)
    picked = [_WORDS[int(size * chance.random() ** 2)] for _ in range(words)]
    picked[chance.randrange(words)] = f"{chance.choice(_BEGIN)}{chance.choice(_END)}".lower()
    return " ".join(picked).capitalize() + "."
