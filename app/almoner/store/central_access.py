"""What the rules of access ask of the council's PostgreSQL: what is shared with an officer, and what names a record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, delete, or_, select

from almoner.records import BY_KIND, RECORDS
from almoner.records.derive import fields_of
from almoner.records.sharing import SharingState
from almoner.rules.access import SERVER_KINDS, shared_scope
from almoner.store import central_bulk as bulk
from almoner.store.central import central_table
from almoner.store.central_rows import Key

MOST_OPENED = 5_000
"""Cases and people that can be open to one officer by sharing; the newest ones are."""

MOST_NAMED = 500
"""Records asked for that name another: as many as one push can take away."""


def opened_to(connection: Connection, user_id: str, team_ids: Collection[str], today: date) -> frozenset[str]:
    """The scopes of cases and people open to an officer on a day, by a share or by consent (`access.is_in_force`)."""
    teams, is_open = sorted(team_ids), SharingState.OPEN.value
    found = bulk.fetch(
        connection, _OPENED, *(user_id, teams, is_open, today, MOST_OPENED), *(teams, is_open, today, MOST_OPENED)
    )
    return frozenset(shared_scope(kind, record_id) for kind, record_id in found)


_OPENED: Final = """
(SELECT 'case', case_id FROM case_shares WHERE (user_id = %s OR team_id = ANY(%b::text[]))
 AND state = %s AND (until IS NULL OR until >= %s) ORDER BY id DESC LIMIT %s)
UNION ALL
(SELECT 'person', person_id FROM consent_grants WHERE team_id = ANY(%b::text[])
 AND state = %s AND (until IS NULL OR until >= %s) ORDER BY id DESC LIMIT %s)
"""


def naming_fields(kind: str) -> Iterator[tuple[Any, str]]:
    """Every kind of record that can name one of this kind, with the field that does; what the server opens about a
    record does not count."""
    for record in RECORDS:
        for field in fields_of(record):
            if field.fact.refers == kind and record.kind not in SERVER_KINDS:
                yield record, field.name


def named_by(connection: Connection, kind: str, record_id: str) -> frozenset[Key]:
    """The records that hang on this one or name it, so that it cannot be taken away; at most `MOST_NAMED` of a kind."""
    found: set[Key] = set()
    for record, name in naming_fields(kind):
        table = central_table(record)
        query = select(table.c.id).where(table.c[name] == record_id).limit(MOST_NAMED)
        found |= {(record.kind, named) for named in connection.execute(query).scalars()}
    return frozenset(found)


def about(connection: Connection, record_ids: Iterable[str]) -> dict[Key, int]:
    """What the server has opened about these records or for these cases and people, with its hash."""
    wanted = sorted(set(record_ids))
    found: dict[Key, int] = {}
    for kind in sorted(SERVER_KINDS):
        table = central_table(BY_KIND[kind])
        names = or_(*(table.c[name].in_(wanted) for name in ("record_id", "case_id", "person_id")))
        query = select(table.c.id, table.c.hash).where(names).order_by(table.c.id)
        found |= {(kind, row.id): row.hash for row in connection.execute(query)}
    return found


def delete_records(connection: Connection, kind: str, ids: Sequence[str]) -> None:
    """Take away records that exist and are locked; the history keeps them."""
    if ids:
        table = central_table(BY_KIND[kind])
        connection.execute(delete(table).where(table.c.id.in_(ids)))
