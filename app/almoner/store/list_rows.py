"""The rows that lists show, computed from the records: one per case, one per person, and counts of cases.

Everything here can be thrown away and computed again (`derived_tables.rebuild`). Statements are written out as SQL
because they work on whole sets of changed records at once; the ids travel as one JSON array.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set

from sqlalchemy import Column, Connection, Index, Integer, MetaData, Table, Text, literal_column, text

from almoner.rules.folding import folded

DERIVED = MetaData()
"""Tables that are computed from the records of this device; never sent, never migrated, rebuilt when they change."""

NO_DATE = "9999"
"""Stands for "nothing is due" in `due_key`, so that such cases come last."""

HIDDEN_ADDRESS = "Confidential address"
"""What anyone sees in place of a confidential address in a list."""

person_list = Table(
    "person_list",
    DERIVED,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("surname_key", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("known_as", Text, nullable=False),
    Column("born", Text, nullable=False),
    Column("address_line", Text, nullable=False),
    Column("address_id", Text, nullable=False),
    Column("confidential", Integer, nullable=False),
    Column("restricted_team_id", Text, nullable=False),
    Column("deceased", Integer, nullable=False),
    Index("ix_person_list_surname", "surname_key", "name_key", "id"),
    Index("ix_person_list_born", "born"),
)
"""One row per person; `n` is also the row number in the search index. Keys are folded for sorting and matching."""

_OPEN = literal_column("status") == literal_column("'open'")
_CLOSED = literal_column("status") == literal_column("'closed'")
_SHOWN = (
    "due_key", "id", "reference", "title", "service", "stage", "status", "priority", "subject_id", "subject",
    "address_line", "team_id", "owner_id", "due_on", "due_title", "opened_at", "updated_at", "restricted_team_id",
)  # fmt: skip


def _covering(first: str) -> tuple[str, ...]:
    return (first, *(name for name in _SHOWN if name != first))


case_list = Table(
    "case_list",
    DERIVED,
    Column("id", Text, primary_key=True, nullable=False),
    *(
        Column(name, Text, nullable=False)
        for name in (
            "reference", "title", "service", "stage", "status", "priority", "team_id", "owner_id", "subject_id",
            "subject", "address_line", "restricted_team_id", "opened_at", "updated_at", "closed_at", "due_key",
            "due_on", "due_title", "due_clock_id", "subject_part_id",
        )
    ),
    Index("ix_case_list_open", *_SHOWN, sqlite_where=_OPEN),
    Index("ix_case_list_team", *_covering("team_id"), sqlite_where=_OPEN),
    Index("ix_case_list_owner", *_covering("owner_id"), sqlite_where=_OPEN),
    Index("ix_case_list_due", "due_key", "id", "team_id", "owner_id", sqlite_where=_OPEN),
    Index("ix_case_list_opened", "opened_at", "id"),
    Index("ix_case_list_closed", "closed_at", "id", sqlite_where=_CLOSED),
    Index("ix_case_list_subject", "subject_id"),
    Index("ix_case_list_reference", "reference"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""One row per case, with all that a list shows but names of officers and unsent marks, which are joined when read.

`due_key` is the instant after which the next clock that still asks for something (running or missed) is missed.
"""

case_count = Table(
    "case_count",
    DERIVED,
    Column("status", Text, primary_key=True, nullable=False),
    Column("team_id", Text, primary_key=True, nullable=False),
    Column("owner_id", Text, primary_key=True, nullable=False),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""How many cases there are, kept by adding and taking away as rows change."""

_IN = "IN (SELECT value FROM json_each(:ids))"

_PERSONS_OF = {
    "person": "SELECT value FROM json_each(:ids)",
    "address": f"SELECT person_id FROM addresses WHERE id {_IN}"
    f" UNION SELECT id FROM person_list WHERE :gone AND address_id {_IN}",
}
_CASES_OF = {
    "case": "SELECT value FROM json_each(:ids)",
    "clock": f"SELECT case_id FROM clocks WHERE id {_IN}"
    f" UNION SELECT id FROM case_list WHERE :gone AND due_clock_id {_IN}",
    "participant": f"SELECT case_id FROM participants WHERE id {_IN}"
    f" UNION SELECT id FROM case_list WHERE :gone AND subject_part_id {_IN}",
}
_DATED = {
    "note": "notes",
    "contact_attempt": "contact_attempts",
    "visit": "visits",
    "stage_change": "stage_changes",
    "attachment": "attachments",
    "task": "tasks",
    "letter": "letters",
    "letter_event": "letter_events",
}
"""Kinds that make a case look recently changed, and their tables."""

_TABLES = {"address": "addresses", "clock": "clocks", "participant": "participants"}

_ADDRESS_LINE = """CASE WHEN a.id IS NULL THEN '' WHEN hidden THEN 'Confidential address'
 WHEN a.purpose = 'no-fixed-abode' THEN 'No fixed abode'
 ELSE trim(a.line_1 || iif(a.line_2 = '', '', ', ' || a.line_2)
  || iif(trim(a.town || a.postcode) = '', '', ', ' || trim(a.town || ' ' || a.postcode)), ', ') END"""


def _changes(table: Table, *but: str) -> str:
    """The end of an insert that leaves a row alone which is there and the same: most saves change nothing listed."""
    names = [column.name for column in table.columns if column.name not in but]
    new, old = (", ".join(f"{row}.{name}" for name in names) for row in ("excluded", table.name))
    sets = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"ON CONFLICT (id) DO UPDATE SET {sets} WHERE ({new}) IS NOT ({old})"


_PUT_PERSONS = f"""
INSERT INTO person_list (id, name, surname_key, name_key, known_as, born, address_line, address_id, confidential,
 restricted_team_id, deceased)
SELECT p.id, p.full_name, replace(key, rtrim(key, replace(key, ' ', '')), ''), key, p.known_as, p.date_of_birth,
 {_ADDRESS_LINE}, coalesce(a.id, ''), hidden, p.restricted_team_id, p.deceased_on IS NOT NULL
FROM (
 SELECT p.*, lower(replace(replace(replace(trim(p.full_name), '''', ''), '’', ''), '-', ' ')) AS key,
  EXISTS (SELECT 1 FROM addresses h WHERE h.person_id = p.id AND h.confidential AND h.until IS NULL) AS hidden,
  (SELECT h.id FROM addresses h WHERE h.person_id = p.id
   ORDER BY h.until IS NOT NULL, h.purpose <> 'home', coalesce(h.since, '') DESC, h.id LIMIT 1) AS home_id
 FROM people p WHERE p.id {_IN}
) p LEFT JOIN addresses a ON a.id = p.home_id
WHERE true
{_changes(person_list, "n", "id")} RETURNING id
"""

_LATEST = ", ".join(
    f"coalesce((SELECT max(recorded_at) FROM {table} WHERE case_id = c.id), '')" for table in _DATED.values()
)

_PUT_CASES = f"""
INSERT INTO case_list (id, reference, title, service, stage, status, priority, team_id, owner_id, subject_id,
 subject, address_line, restricted_team_id, opened_at, updated_at, closed_at, due_key, due_on, due_title, due_clock_id,
 subject_part_id)
SELECT c.id, c.reference, c.title, c.service, c.stage, c.status, c.priority, c.team_id, c.owner_id,
 coalesce(s.id, ''), coalesce(s.name, ''),
 CASE WHEN s.confidential THEN s.address_line WHEN s.restricted_team_id <> '' THEN '' WHEN c.place <> '' THEN c.place
  ELSE coalesce(s.address_line, '') END,
 coalesce(s.restricted_team_id, ''), c.aware_at,
 coalesce((SELECT updated_at FROM case_list WHERE id = c.id), max(c.recorded_at, {_LATEST})), coalesce(c.closed_at, ''),
 coalesce(k.due_at, '{NO_DATE}'), coalesce(k.due_on, ''), coalesce(k.title, ''), coalesce(k.id, ''),
 coalesce(part.id, '')
FROM cases c
LEFT JOIN clocks k ON k.id = (SELECT id FROM clocks WHERE case_id = c.id AND state IN ('running', 'missed')
 ORDER BY due_at, id LIMIT 1)
LEFT JOIN participants part ON part.id = (SELECT id FROM participants WHERE case_id = c.id AND role = 'subject'
 ORDER BY until IS NOT NULL, id LIMIT 1)
LEFT JOIN person_list s ON s.id = part.person_id
WHERE c.id {_IN}
{_changes(case_list, "id")}
"""

_COUNT = """
INSERT INTO case_count (status, team_id, owner_id, n)
SELECT status, team_id, owner_id, {sign} count(*) FROM case_list WHERE id IN (SELECT value FROM json_each(:ids))
GROUP BY status, team_id, owner_id
ON CONFLICT DO UPDATE SET n = n + excluded.n
"""


def as_json(ids: Iterable[str | int]) -> str:
    """Ids or numbers as one parameter that SQL can join with."""
    return json.dumps(sorted(ids))


def refresh(connection: Connection, changed: Mapping[str, Set[str]]) -> None:
    """Compute the list rows of everything that the changed records touch."""
    persons = _touched(connection, _PERSONS_OF, changed)
    if persons:
        persons = put_persons(connection, persons)
    cases = _touched(connection, _CASES_OF, changed)
    if persons:
        cases |= _ids(connection, f"SELECT id FROM case_list WHERE subject_id {_IN}", persons)
        cases |= _ids(connection, f"SELECT case_id FROM participants WHERE person_id {_IN}", persons)
    if cases:
        put_cases(connection, cases)
    for kind, table in _DATED.items():
        if changed.get(kind):
            _mark_updated(connection, table, changed[kind])


def _touched(connection: Connection, queries: Mapping[str, str], changed: Mapping[str, Set[str]]) -> set[str]:
    """The owners of the changed records, by the query for each kind."""
    found: set[str] = set()
    for kind, query in queries.items():
        if changed.get(kind):
            found |= _ids(connection, query, changed[kind], gone=_some_gone(connection, kind, changed[kind]))
    return found


def _some_gone(connection: Connection, kind: str, ids: Set[str]) -> int:
    """Whether any of these records is no longer there; then its owner is looked up the slow way."""
    if kind not in _TABLES:
        return 0
    there = connection.execute(
        text(f"SELECT count(*) FROM {_TABLES[kind]} WHERE id {_IN}"),
        {"ids": as_json(ids)},
    ).scalar_one()
    return int(there < len(ids))


def _ids(connection: Connection, query: str, ids: Set[str], *, gone: int = 0) -> set[str]:
    values: dict[str, str | int] = {"ids": as_json(ids)}
    if ":gone" in query:
        values["gone"] = gone
    return set(connection.execute(text(query), values).scalars())


def put_persons(connection: Connection, persons: Set[str]) -> set[str]:
    """Compute the list rows of these people and drop those of people who are gone; whose rows are not as they were."""
    ids = {"ids": as_json(persons)}
    gone = text(f"DELETE FROM person_list WHERE id {_IN} AND id NOT IN (SELECT id FROM people) RETURNING id")
    changed = set(connection.execute(gone, ids).scalars())
    changed.update(connection.execute(text(_PUT_PERSONS), ids).scalars())
    accented = connection.execute(
        text(f"SELECT n, name FROM person_list WHERE id {_IN} AND name_key GLOB '*[^ -~]*'"),
        ids,
    ).all()
    if accented:
        connection.execute(
            text("UPDATE person_list SET surname_key = :surname, name_key = :name WHERE n = :n"),
            [{"n": n, "name": key, "surname": key.split(" ")[-1]} for n, name in accented for key in (folded(name),)],
        )
    return changed


def put_cases(connection: Connection, cases: Set[str]) -> None:
    """Compute the list rows of these cases and keep the counts; rows of people must be fresh already."""
    ids = {"ids": as_json(cases)}
    connection.execute(text(_COUNT.format(sign="-")), ids)
    connection.execute(text(f"DELETE FROM case_list WHERE id {_IN} AND id NOT IN (SELECT id FROM cases)"), ids)
    connection.execute(text(_PUT_CASES), ids)
    connection.execute(text(_COUNT.format(sign="")), ids)
    connection.execute(text("DELETE FROM case_count WHERE n = 0"))


def _mark_updated(connection: Connection, table: str, ids: Set[str]) -> None:
    """Bring forward the time of the latest change of the cases these records belong to."""
    connection.execute(
        text(
            f"UPDATE case_list SET updated_at = latest.at FROM"
            f" (SELECT case_id, max(recorded_at) AS at FROM {table} WHERE id {_IN} GROUP BY case_id) AS latest"
            f" WHERE case_list.id = latest.case_id AND case_list.updated_at < latest.at"
        ),
        {"ids": as_json(ids)},
    )
