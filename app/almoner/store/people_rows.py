"""What the list of people shows beside names: open cases and warnings, and where one person stands in the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from almoner.store.list_rows import as_json
from almoner.store.reading import MOST_ROWS, Reading
from almoner.store.search_people import flags_of


@dataclass(frozen=True, slots=True)
class PersonNotes:
    """Open cases about a person, and the words of warnings and safe-contact rules that nobody has ended."""

    open_cases: int = 0
    flags: tuple[str, ...] = ()


NO_NOTES = PersonNotes()


def people_notes(reading: Reading, persons: Sequence[str]) -> dict[str, PersonNotes]:
    """Notes on these people (at most 500), by id; those with nothing to note are left out."""
    assert len(persons) <= MOST_ROWS, "ask for fewer at a time"
    rows = reading.connection.execute(
        text(
            "SELECT subject_id, count(*) AS n FROM case_list WHERE status = 'open'"
            " AND subject_id IN (SELECT value FROM json_each(:ids)) GROUP BY subject_id"
        ),
        {"ids": as_json(persons)},
    )
    cases = {row.subject_id: int(row.n) for row in rows}
    flags = flags_of(reading.connection, persons)
    return {id: PersonNotes(cases.get(id, 0), flags.get(id, ())) for id in {*cases, *flags}}


def person_place(reading: Reading, person_id: str) -> int | None:
    """The row a person stands at in the list by surname, from 0; None when they are not on this device."""
    key = reading.connection.execute(
        text("SELECT surname_key, name_key FROM person_list WHERE id = :id"), {"id": person_id}
    ).one_or_none()
    if key is None:
        return None
    before = text("SELECT count(*) FROM person_list WHERE (surname_key, name_key, id) < (:surname, :name, :id)")
    values = {"surname": key.surname_key, "name": key.name_key, "id": person_id}
    return int(reading.connection.execute(before, values).scalar_one())
