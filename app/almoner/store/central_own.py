"""What one officer works on: their own open cases with all that is in them, and the people these are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from almoner.records import RECORDS
from almoner.records.derive import fields_of
from almoner.store import central_bulk as bulk
from almoner.store.central_rows import Key

_CASES: Final = """
SELECT DISTINCT ON (c.recorded_at, c.id) m.scope_id, c.id FROM cases AS c
JOIN member AS m ON m.record_id = c.id AND m.kind = 'case' AND m.state = 'put' AND m.scope_id = ANY(%b::text[])
WHERE c.owner_id = %s AND c.status = 'open' ORDER BY c.recorded_at DESC, c.id LIMIT %s
"""


def own_work(connection: Connection, user_id: str, scopes: Sequence[str], *, most_cases: int) -> list[tuple[str, Key]]:
    """Scope and key of each record, newest cases first, then what is in them, then people and what hangs on these;
    only what is in the scopes given."""
    cases = bulk.fetch(connection, _CASES, list(scopes), user_id, most_cases)
    found: list[tuple[str, Key]] = [(scope_id, ("case", case_id)) for scope_id, case_id in cases]
    if not found:
        return []
    below = _hanging_on(connection, "case_id", [case_id for _, case_id in cases], scopes)
    named = [key[1] for _, key in below if key[0] == "participant"]
    people = bulk.fetch(
        connection, "SELECT DISTINCT person_id FROM participants WHERE id = ANY(%b::text[]) ORDER BY 1", named
    )
    ids = [row[0] for row in people]
    persons = _these(connection, "person", ids, scopes)
    return [*found, *below, *persons, *_hanging_on(connection, "person_id", ids, scopes)]


def _hanging_on(connection: Connection, column: str, ids: list[str], scopes: Sequence[str]) -> list[tuple[str, Key]]:
    found: list[tuple[str, Key]] = []
    for record in RECORDS:
        names = {field.name for field in fields_of(record)}
        if column not in names or (column == "person_id" and "case_id" in names):
            continue
        query = (
            f'SELECT m.scope_id, t.id FROM "{record.table}" AS t JOIN member AS m ON m.record_id = t.id '
            "AND m.kind = %s AND m.state = 'put' AND m.scope_id = ANY(%b::text[]) "
            f'WHERE t."{column}" = ANY(%b::text[]) ORDER BY t.id'
        )
        rows = bulk.fetch(connection, query, record.kind, list(scopes), ids)
        found += [(scope_id, (record.kind, record_id)) for scope_id, record_id in rows]
    return found


def _these(connection: Connection, kind: str, ids: list[str], scopes: Sequence[str]) -> list[tuple[str, Key]]:
    query = (
        "SELECT scope_id, record_id FROM member WHERE record_id = ANY(%b::text[]) AND kind = %s AND state = 'put' "
        "AND scope_id = ANY(%b::text[]) ORDER BY record_id"
    )
    rows = bulk.fetch(connection, query, ids, kind, list(scopes))
    return [(scope_id, (kind, record_id)) for scope_id, record_id in rows]
