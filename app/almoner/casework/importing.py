"""Bringing people and cases in from elsewhere, row by row, as if an officer had typed them.

Every row is rehearsed first: one that cannot be kept is refused with its line and reason, and nothing of it is kept.
A record's id follows from the source and the row's key, so a second run, or a run after a crash, makes no duplicates.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar

from almoner.casework.cases import Given, log_case
from almoner.casework.fields import birth_date
from almoner.casework.import_maps import DATES, NUMBERS, PEOPLE, ImportMap
from almoner.casework.notes import add_note
from almoner.casework.ports import Desk
from almoner.casework.residents import add_person
from almoner.casework.times import check_device_clock
from almoner.records import Address, Case, Person
from almoner.records.cases import Priority
from almoner.records.derive import R, Record, fields_of
from almoner.records.people import Channel, Format
from almoner.records.trouble import Trouble
from almoner.rules.words import UK, uk_date
from almoner.store.faults import StoreFault
from almoner.store.writing import Writing, keepable

BATCH = 500
MOST_REFUSALS_KEPT = 100_000
_SPACE = uuid.UUID("5f4f2f2e-6a0b-5a53-9d0e-0d3b1c5f7a11")

T = TypeVar("T")


class SourceRow(Protocol):
    """A row to bring in: its line, its cells by column, and what is wrong with its shape, if anything."""

    @property
    def line(self) -> int:
        """The line of the file, from 1."""

    @property
    def cells(self) -> Mapping[str, str]:
        """The cells by column."""

    @property
    def fault(self) -> str:
        """What is wrong with it, or nothing."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: its line, its key in the source, why, and what to do."""

    line: int
    key: str
    what: str
    do: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: rows read, made, there already, skipped because an earlier run had done them, refused."""

    read: int = 0
    made: int = 0
    known: int = 0
    resumed: int = 0
    refused: tuple[Refused, ...] = ()

    @property
    def reconciles(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.made + self.known + self.resumed + len(self.refused)


Write = Callable[[Callable[[Writing], T]], T]


class Rehearsal(Writing):
    """A transaction in which nothing is written: records are proved fit to be kept, and remembered for reading back."""

    def __init__(self, real: Writing, new_id: Callable[[], str]) -> None:
        super().__init__(real.connection, me=real.me, now=real.now, new_id=new_id)
        self._held: dict[str, Record] = {}

    @property
    def records(self) -> tuple[Record, ...]:
        """What would be kept, parents first."""
        return tuple(self._held.values())

    def add(self, record: Record) -> None:
        """Prove that a record can be kept. Raises Trouble."""
        keepable(record)
        self._held[record.id] = record

    def save(self, record: Record) -> None:
        """Prove that a change can be kept. Raises Trouble."""
        self.add(record)

    def find(self, cls: type[R], id: str) -> R | None:
        """The record, among those rehearsed or those kept."""
        held = self._held.get(id)
        return held if isinstance(held, cls) else super().find(cls, id)

    def all_of(
        self, cls: type[R], *, limit: int = BATCH, order: str = "id", descending: bool = False, **equals: Any
    ) -> tuple[R, ...]:
        """Records among those rehearsed and those kept."""
        mine = (each for each in self._held.values() if isinstance(each, cls))
        fitting = tuple(each for each in mine if all(getattr(each, name) == value for name, value in equals.items()))
        if any(value in self._held for value in equals.values()):
            return fitting[:limit]  # what belongs to a record that is only rehearsed is rehearsed too
        kept = super().all_of(cls, limit=limit, order=order, descending=descending, **equals)
        return (*fitting, *(each for each in kept if each.id not in self._held))[:limit]

    def set_facts(self, facts: Mapping[str, str]) -> None:
        """Write nothing."""


def source_id(mapping_source: str, kind: str, key: str) -> str:
    """Give the id of the record that a row of a source becomes: the same on every device and in every run."""
    return str(uuid.uuid5(_SPACE, f"{kind}\n{mapping_source}\n{key}"))


def import_rows(
    write: Callable[[Callable[[Writing], Any]], Any],
    desk: Desk,
    mapping: ImportMap,
    rows: Iterable[SourceRow],
    *,
    file_sha256: str,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Imported:
    """Bring the rows in, 500 to a transaction; `progress` hears how many rows were looked at.

    After a crash or Ctrl+C the next run goes on after the last transaction. With `dry_run` every row is rehearsed and
    nothing is kept. `write` runs an action in one transaction. A row that cannot be kept is refused; Trouble is raised
    when the device's clock cannot be right or the store fails.
    """
    fact = _progress_name(mapping, file_sha256)
    write(check_device_clock)
    done_line = 0 if dry_run else int(write(lambda tx: tx.fact(fact)) or 0)
    total = Imported()
    seen: set[str] = set()
    each = iter(rows)
    while batch := list(islice(each, BATCH)):
        total = _joined(total, write(partial(_batch, desk, mapping, batch, seen, done_line, "" if dry_run else fact)))
        progress(total.read)
    if not dry_run:
        write(lambda tx: tx.set_fact(fact, "0"))
    assert total.reconciles, "every row is made, known, done before or refused"
    return total


def _batch(
    desk: Desk, mapping: ImportMap, rows: Sequence[SourceRow], seen: set[str], done_line: int, fact: str, tx: Writing
) -> Imported:
    """Bring a batch in and note, under `fact`, how far it went; without a fact it is a rehearsal."""
    total = Imported()
    for row in rows:
        if row.line <= done_line:
            total = replace(total, read=total.read + 1, resumed=total.resumed + 1)
            continue
        key = row.cells.get(mapping.key, "")
        try:
            made = _row(tx, desk, mapping, row, key, seen, dry=not fact)
        except StoreFault:
            raise  # not the row's fault: nothing of this batch is kept, and the next run begins with it
        except Trouble as trouble:
            refused = Refused(row.line, key, trouble.what, trouble.do)
            total = replace(total, read=total.read + 1, refused=(*total.refused, refused))
        else:
            total = replace(total, read=total.read + 1, made=total.made + made, known=total.known + (not made))
    if fact:
        tx.set_fact(fact, str(rows[-1].line))
    return total


def _row(tx: Writing, desk: Desk, mapping: ImportMap, row: SourceRow, key: str, seen: set[str], *, dry: bool) -> bool:
    """Bring one row in. False when it is there already. Raises Trouble when it cannot be kept."""
    if row.fault:
        raise Trouble(row.fault, "Look for a delimiter or a line break inside a cell without quotes.")
    if not key:
        raise Trouble(f"The column “{mapping.key}” is empty.", "Every row needs its own key.")
    if key in seen:
        raise Trouble("This key stands in an earlier row already.", "Remove one of the two rows, or correct the key.")
    seen.add(key)
    record_id = source_id(mapping.source, mapping.kind, key)
    if tx.find(Person if mapping.kind == PEOPLE else Case, record_id) is not None:
        return False
    bring = _person if mapping.kind == PEOPLE else _case
    rehearsal = Rehearsal(tx, desk.ids.new)
    bring(rehearsal, desk, mapping, row.cells, record_id, key)
    if not dry:
        for record in rehearsal.records:
            tx.add(record)
    return True


def _person(tx: Writing, desk: Desk, mapping: ImportMap, cells: Mapping[str, str], record_id: str, key: str) -> None:
    values = _values(mapping, cells)
    born = values.pop("date_of_birth", "")
    address = {f.name: values.pop(f.name) for f in fields_of(Address) if values.get(f.name)}
    points = [(Channel.EMAIL if name == "email" else Channel.PHONE, values.pop(name))
              for name in ("phone", "mobile", "email") if values.get(name)]  # fmt: skip
    typed: dict[str, Any] = {name: value for name, value in values.items() if value}
    if "letter_format" in typed:
        typed["letter_format"] = _choice(Format, typed["letter_format"], "letter_format")
    if "print_points" in typed:
        typed["print_points"] = int(_number("print_points", typed["print_points"]))
    if "interpreter" in typed:
        typed["interpreter"] = typed["interpreter"].casefold() in ("yes", "y", "true", "1")
    if "deceased_on" in typed:
        typed["deceased_on"] = uk_date(_moment(mapping, "deceased_on", typed["deceased_on"]))
    add_person(
        tx, desk, person_id=record_id, addresses=[address] if address else [], contact_points=points,
        full_name=typed.pop("full_name", ""), date_of_birth=_birth(mapping, born, uk_date(tx.now)), **typed,
    )  # fmt: skip


def _case(tx: Writing, desk: Desk, mapping: ImportMap, cells: Mapping[str, str], record_id: str, key: str) -> None:
    values = _values(mapping, cells)
    subject = values.pop("subject", "")
    subject_id = source_id(mapping.people_source, PEOPLE, subject) if subject else ""
    if subject_id and tx.find(Person, subject_id) is None:
        raise Trouble("The person of this case is not here.", "Import the people first, then the cases.")
    aware = values.pop("aware_at", "")
    if not aware:
        raise Trouble("It does not say when the council became aware.", "Give the column for “aware_at” a value.")
    priority = values.pop("priority", "")
    place = {name: _number(name, values.pop(name)) for name in ("longitude", "latitude") if values.get(name)}
    _check_place(place)
    if not values.get("case_kind"):
        raise Trouble("The kind of report is not known.", "Add what this cell means to [values.case_kind].")
    logged = log_case(
        tx,
        desk,
        case_id=record_id,
        service=mapping.service,
        subject_id=subject_id,
        aware_at=_moment(mapping, "aware_at", aware),
        priority=_choice(Priority, priority, "priority") if priority else None,
        answers={question: Given(cells.get(column, "")) for question, column in mapping.answers.items()
                 if cells.get(column, "")},
        source_reference=f"{mapping.source}:{key}",
        look_for_similar=False,
        longitude=place.get("longitude"),
        latitude=place.get("latitude"),
        **{name: value for name, value in values.items() if value and name not in place},
    )  # fmt: skip
    words = "\n".join(f"{column}: {cells[column]}" for column in mapping.note if cells.get(column))
    if words:
        add_note(tx, desk, logged.case.id, words, heading=f"From {mapping.source}")


def _values(mapping: ImportMap, cells: Mapping[str, str]) -> dict[str, str]:
    """Give the row's values by field: the cell, or what the mapping says the cell means."""
    found = dict(mapping.fixed)
    for field, column in mapping.columns.items():
        cell = cells.get(column, "")
        meant = mapping.values.get(field)
        found[field] = cell if meant is None else meant.get(cell, meant.get("*", ""))
    return found


def _moment(mapping: ImportMap, field: str, text: str) -> datetime:
    """Read a day or an instant; without a zone it is UK time, and a day alone is its noon."""
    assert field in DATES
    try:
        if len(text) > 10 and (moment := datetime.fromisoformat(text)).tzinfo:
            return moment.astimezone(UTC)
    except ValueError:
        pass
    for form in mapping.date_formats:
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UK)
        except ValueError:
            continue
        return (moment if "%H" in form or "%I" in form else moment.replace(hour=12)).astimezone(UTC)
    raise Trouble(f"“{field}” is not a date in the form {' or '.join(mapping.date_formats)}.", "Correct it.")


def _birth(mapping: ImportMap, text: str, today: Any) -> str:
    try:
        return birth_date(text, today)
    except Trouble:
        return birth_date(uk_date(_moment(mapping, "date_of_birth", text)).isoformat(), today)


def _number(field: str, text: str) -> float:
    assert field in NUMBERS
    try:
        return float(text)
    except ValueError:
        raise Trouble(f"“{field}” is not a number.", "Write it in figures, such as 53.48.") from None


def _check_place(place: Mapping[str, float]) -> None:
    if len(place) == 1:
        raise Trouble("Only one of longitude and latitude is given.", "Give both or neither.")
    if place and not (-180 <= place["longitude"] <= 180 and -90 <= place["latitude"] <= 90):
        raise Trouble("The place is not on the globe.", "Longitude and latitude may have changed places.")


def _choice(choices: type[Any], text: str, field: str) -> Any:
    for choice in choices:
        if choice.value == text.strip().casefold().replace(" ", "-"):
            return choice
    raise Trouble(f"“{field}” cannot be this.", f"Use one of {', '.join(choice.value for choice in choices)}.")


def _progress_name(mapping: ImportMap, file_sha256: str) -> str:
    told = hashlib.sha256(repr(mapping).encode()).hexdigest()
    return f"import {mapping.kind} {file_sha256[:16]} {told[:16]}"


def _joined(one: Imported, other: Imported) -> Imported:
    refused = (*one.refused, *other.refused)
    if len(refused) > MOST_REFUSALS_KEPT:
        raise Trouble(
            f"Over {MOST_REFUSALS_KEPT:,} rows were refused.", "The mapping does not fit this file. Correct it first."
        )
    return Imported(
        one.read + other.read, one.made + other.made, one.known + other.known, one.resumed + other.resumed, refused
    )


def refused_lines(refused: Iterable[Refused]) -> Iterator[tuple[str, str, str, str]]:
    """Give the refused rows as lines of a report: line, key, what is wrong, what to do; the heading first."""
    yield ("line", "key", "what", "do")
    for each in refused:
        yield (str(each.line), each.key, each.what, each.do)
