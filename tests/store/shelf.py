"""A small real store for tests of reading, and short ways to put people and cases on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from almoner.records import (
    Address,
    Case,
    Clock,
    ContactPoint,
    Council,
    Note,
    Participant,
    Person,
    Team,
    User,
)
from almoner.records.cases import Role
from almoner.records.people import Channel
from almoner.store.opening import Store
from almoner.store.reading import Reading

T = TypeVar("T")

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
ANN = User(id="user-ann", username="ann", full_name="Ann Officer", team_id="team-1", team_ids=("team-1",))
BEN = User(id="user-ben", username="ben", full_name="Ben Officer", team_id="team-2", team_ids=("team-2",))


class Shelf:
    """A store with a council, two teams and two officers."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.create(folder, bytes(range(32)), user_id=ANN.id)
        self.writer, self.reader = self.store.writer(), self.store.reader()
        self.numbers = count(1)
        self.put(
            Council(id="council", name="Ashmere Borough Council", prefix="ASH"),
            Team(id="team-1", name="Repairs"),
            Team(id="team-2", name="Wardens"),
            ANN,
            BEN,
        )

    def put(self, *records: Any) -> None:
        """Add records in one transaction."""
        self.writer.write(lambda tx: [tx.add(record) for record in records], author=ANN.id, now=NOW)

    def change(self, record: Any, **fields: Any) -> Any:
        """Save a record with some fields changed."""
        changed = replace(record, **fields)
        self.writer.write(lambda tx: tx.save(changed), author=ANN.id, now=NOW)
        return changed

    def remove(self, table: str, kind: str, *ids: str) -> None:
        """Take records off the device, as the server asks when they leave what we may see."""

        def take_off(tx: Any) -> None:
            for id in ids:
                tx.connection.exec_driver_sql(f"DELETE FROM {table} WHERE id = ?", (id,))
            tx.note_changed(kind, ids)

        self.writer.write(take_off, author=ANN.id, now=NOW)

    def look(self, query: Callable[..., T], *args: Any, **more: Any) -> T:
        """Read with one of the store's functions."""
        return self.reader.read(lambda reading: query(reading, *args, **more))

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of a plain statement."""
        return self.reader.read(lambda reading: [tuple(row) for row in reading.connection.exec_driver_sql(statement)])

    def person(
        self,
        full_name: str,
        *,
        line_1: str = "",
        postcode: str = "",
        phone: str = "",
        confidential: bool = False,
        **fields: Any,
    ) -> Person:
        """Put a person on the shelf, with an address and a telephone number when given."""
        n = next(self.numbers)
        person = Person(id=f"person-{n:03}", full_name=full_name, **fields)
        records: list[Any] = [person]
        if line_1 or postcode:
            records.append(
                Address(id=f"address-{n:03}", person_id=person.id, line_1=line_1, town="Ashmere", postcode=postcode,
                        confidential=confidential)
            )  # fmt: skip
        if phone:
            records.append(ContactPoint(id=f"point-{n:03}", person_id=person.id, channel=Channel.PHONE, value=phone))
        self.put(*records)
        return person

    def case(
        self,
        title: str = "Damp in bedroom",
        *,
        subject: Person | None = None,
        due: datetime | None = None,
        **fields: Any,
    ) -> Case:
        """Put a case of Ann's on the shelf, with its subject and a running clock when given."""
        n = next(self.numbers)
        usual: dict[str, Any] = {
            "reference": f"ASH-{n:04}".replace("0", "A").replace("1", "B"), "service": "damp-and-mould", "stage": "new",
            "team_id": "team-1", "owner_id": ANN.id, "opened_by": ANN.id, "aware_at": NOW, "recorded_at": NOW,
        }  # fmt: skip
        case = Case(id=f"case-{n:03}", title=title, **(usual | fields))
        records: list[Any] = [case]
        if subject:
            records.append(Participant(id=f"part-{n:03}", case_id=case.id, person_id=subject.id, role=Role.SUBJECT))
        if due:
            records.append(clock(case, due))
        self.put(*records)
        return case

    def note(self, case: Case, words: str, **fields: Any) -> Note:
        """Put a note on a case."""
        n = next(self.numbers)
        usual: dict[str, Any] = {"author_id": ANN.id, "happened_at": NOW, "recorded_at": NOW}
        note = Note(id=f"note-{n:03}", case_id=case.id, text=words, **(usual | fields))
        self.put(note)
        return note


def clock(case: Case, due: datetime, **fields: Any) -> Clock:
    """A clock of a case that is due at an instant."""
    usual: dict[str, Any] = {
        "id": f"clock-{case.id}", "code": "investigate", "title": "Investigate", "rule": "WD-EW 10", "starts_at": NOW,
        "due_on": due.date(), "due_at": due,
    }  # fmt: skip
    return Clock(case_id=case.id, **(usual | fields))


def days(count: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=count)


def day(count: int) -> date:
    """The day so many days from today."""
    return days(count).date()


@contextmanager
def shelf_in(folder: Path) -> Iterator[Shelf]:
    """A shelf that is closed at the end."""
    shelf = Shelf(folder)
    try:
        yield shelf
    finally:
        shelf.store.close()


def everything_anew(reading: Reading) -> dict[str, list[tuple[Any, ...]]]:
    """The derived rows as they stand, in an order that does not depend on how they came about."""
    tables = {
        "person_list": "SELECT id, name, surname_key, name_key, known_as, born, address_line, confidential,"
        " restricted_team_id, deceased FROM person_list ORDER BY id",
        "case_list": "SELECT * FROM case_list ORDER BY id",
        "case_count": "SELECT * FROM case_count ORDER BY 1, 2, 3",
        "search_phone": "SELECT digits, l.id FROM search_phone s JOIN person_list l ON l.n = s.n ORDER BY 1, 2",
        "search_text": "SELECT record_id, case_id FROM search_text ORDER BY 1",
    }
    return {
        name: [tuple(row) for row in reading.connection.exec_driver_sql(statement)]
        for name, statement in tables.items()
    }
