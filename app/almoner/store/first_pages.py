"""Pages of first loads, kept packed, so that a team's second laptop costs the database one read a page.

A kept page is exactly what its scope holds with numbers above `after_seq` up to `upto_seq`. Every change of a record
gives it a higher number, so a page is right until one of its members moves; whoever moves one deletes the page in the
same transaction, with the scope locked, and whoever keeps one first proves, with the scope locked, that none has moved
since it was read. So nobody is ever given a record that has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from almoner.store import central_bulk as bulk
from almoner.store.central_bulk import unhurried

PAGES_EACH: Final = 20_000
"""Pages kept of one scope; far above any council's largest."""


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A page of a scope. `edition` names server epoch, scope epoch, schema, protocol and page size; `rows` counts its
    members; `body` is the packed page, empty when it was not asked for."""

    scope_id: str
    edition: str
    after_seq: int
    upto_seq: int
    rows: int
    body: bytes = b""


_NEXT: Final = """
SELECT scope_id, edition, after_seq, upto_seq, rows, CASE WHEN after_seq = %s THEN body ELSE '' END FROM first_page
WHERE scope_id = %s AND edition = %s AND after_seq >= %s ORDER BY after_seq LIMIT 1
"""


def next_page(connection: Connection, scope_id: str, edition: str, seq: int) -> FirstPage | None:
    """The first kept page that begins at `seq` or later; its body is given when it begins there."""
    found = bulk.fetch(connection, _NEXT, seq, scope_id, edition, seq)
    return FirstPage(*found[0]) if found else None


def ends_page(connection: Connection, scope_id: str, edition: str, seq: int) -> bool:
    """Whether a kept page ends at `seq`, so that a client there is in the midst of a first load."""
    query = "SELECT 1 FROM first_page WHERE scope_id = %s AND edition = %s AND upto_seq = %s LIMIT 1"
    return bool(bulk.fetch(connection, query, scope_id, edition, seq))


def members_between(connection: Connection, scope_id: str, after: int, upto: int) -> int:
    """How many members a scope has with numbers above `after` up to `upto`, whatever their state."""
    query = "SELECT count(*) FROM member WHERE scope_id = %s AND seq > %s AND seq <= %s"
    return int(bulk.fetch(connection, query, scope_id, after, upto)[0][0])


def keep_pages(connection: Connection, pages: Sequence[FirstPage]) -> int:
    """Keep pages that are still what their scopes hold; how many were. A page of another edition, or one that a new one
    covers, goes. A cache may be lost in a power cut, so the commit does not wait for the disk."""
    unhurried(connection)
    kept = 0
    for scope_id in sorted({page.scope_id for page in pages}):
        bulk.fetch(connection, "SELECT 1 FROM scope WHERE id = %s FOR SHARE", scope_id)
        kept += sum(_keep(connection, page) for page in pages if page.scope_id == scope_id)
    return kept


def _keep(connection: Connection, page: FirstPage) -> bool:
    if members_between(connection, page.scope_id, page.after_seq, page.upto_seq) != page.rows:
        return False
    bulk.do(
        connection,
        "DELETE FROM first_page WHERE scope_id = %s AND "
        "(edition <> %s OR (after_seq < %s AND upto_seq > %s AND after_seq <> %s))",
        *(page.scope_id, page.edition, page.upto_seq, page.after_seq, page.after_seq),
    )
    most = "SELECT count(*) FROM first_page WHERE scope_id = %s"
    if bulk.fetch(connection, most, page.scope_id)[0][0] >= PAGES_EACH:
        return False
    return (
        bulk.do(
            connection,
            "INSERT INTO first_page (scope_id, edition, after_seq, upto_seq, rows, body) "
            "VALUES (%s, %s, %s, %s, %s, %b) ON CONFLICT DO NOTHING",
            *(page.scope_id, page.edition, page.after_seq, page.upto_seq, page.rows, page.body),
        )
        == 1
    )


_OUTDATED: Final = """
DELETE FROM first_page AS p
USING member AS m, unnest(%b::text[], %b::text[], %b::text[]) AS d(scope_id, kind, record_id)
WHERE m.scope_id = d.scope_id AND m.kind = d.kind AND m.record_id = d.record_id
AND p.scope_id = m.scope_id AND p.after_seq < m.seq AND m.seq <= p.upto_seq
"""


def drop_outdated(connection: Connection, scope_ids: Sequence[str], moving: Sequence[tuple[str, str, str]]) -> int:
    """Delete the pages that hold members about to move, given as scope, kind and id; how many pages went. The scopes
    must be locked, and the members still be where they were."""
    query = "SELECT DISTINCT scope_id FROM first_page WHERE scope_id = ANY(%b::text[])"
    having = {row[0] for row in bulk.fetch(connection, query, list(scope_ids))}
    here = [one for one in moving if one[0] in having]
    if not here:
        return 0
    return bulk.do(connection, _OUTDATED, *(list(column) for column in zip(*here, strict=True)))
