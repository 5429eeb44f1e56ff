"""Scopes and their members in the council's PostgreSQL: the counters by which a reader misses nothing.

A transaction that changes records calls `settle` as its last act: it locks the scopes it touches in the order of their
names, gives each moved record the next number of its scope and keeps count and digest in step. The locks last to the
commit, so within a scope the order of numbers is the order of commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert

from almoner.store import central_bulk as bulk
from almoner.store import first_pages
from almoner.store.central import member, scope, server_fact
from almoner.store.central_rows import Key

PUT, LEFT, DELETED = "put", "left", "deleted"


@dataclass(frozen=True, slots=True)
class Standing:
    """A scope as it stands: its counter, epoch, oldest state it can continue from, count and digest."""

    id: str
    seq: int = 0
    epoch: int = 1
    min_seq: int = 0
    count: int = 0
    digest: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """A record in its new state, and the scopes it now belongs to; one that is `gone` exists no more."""

    key: Key
    hash: int
    into: frozenset[str]
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where a scope says a record is."""

    seq: int
    kind: str
    record_id: str
    state: str


@dataclass(slots=True)
class _Tally:
    """A scope being counted on."""

    seq: int
    count: int
    digest: int
    rows: list[tuple[str, str, str, int, str, int]] = field(default_factory=list)

    def place(self, scope_id: str, key: Key, state: str, new_hash: int) -> None:
        """Give the record the next number."""
        self.seq += 1
        self.rows.append((scope_id, *key, self.seq, state, new_hash))


def memberships(connection: Connection, keys: Iterable[Key]) -> dict[Key, dict[str, int]]:
    """For each record the scopes it is in now, with the hash each scope counts it by."""
    wanted = set(keys)
    found: dict[Key, dict[str, int]] = {key: {} for key in wanted}
    ids = sorted({record_id for _, record_id in wanted})
    query = "SELECT kind, record_id, scope_id, hash FROM member WHERE record_id = ANY(%b::text[]) AND state = 'put'"
    for kind, record_id, scope_id, its_hash in bulk.fetch(connection, query, ids):
        if (kind, record_id) in wanted:
            found[kind, record_id][scope_id] = its_hash
    return found


def settle(connection: Connection, moves: Sequence[Move], before: dict[Key, dict[str, int]]) -> frozenset[str]:
    """Enter the moves into their scopes; the scopes touched come back. Nothing may follow but the commit."""
    touched = sorted({s for move in moves for s in (*move.into, *before[move.key])})
    tallies = _locked(connection, touched)
    for move in moves:
        was = before[move.key]
        for scope_id in sorted(move.into | was.keys()):
            _enter(tallies[scope_id], scope_id, move, was.get(scope_id))
    _write(connection, tallies)
    return frozenset(touched)


def _enter(tally: _Tally, scope_id: str, move: Move, old_hash: int | None) -> None:
    if old_hash is not None:
        tally.digest ^= old_hash
        tally.count -= 1
    if scope_id in move.into:
        tally.digest ^= move.hash
        tally.count += 1
        tally.place(scope_id, move.key, PUT, move.hash)
    else:
        tally.place(scope_id, move.key, DELETED if move.gone else LEFT, 0)


def _locked(connection: Connection, ids: Sequence[str]) -> dict[str, _Tally]:
    if not ids:
        return {}
    query = select(scope.c.id, scope.c.seq, scope.c.count, scope.c.digest).where(scope.c.id.in_(ids))
    query = query.order_by(scope.c.id).with_for_update()
    found = {row[0]: _Tally(*row[1:]) for row in connection.execute(query)}
    missing = [s for s in ids if s not in found]
    if missing:
        connection.execute(insert(scope).on_conflict_do_nothing(), [{"id": s} for s in missing])
        found = {row[0]: _Tally(*row[1:]) for row in connection.execute(query)}
    return found


_PLACE: Final = """
INSERT INTO member (scope_id, kind, record_id, seq, state, hash)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bigint[], %b::text[], %b::bigint[])
ON CONFLICT (scope_id, kind, record_id) DO UPDATE SET seq = excluded.seq, state = excluded.state, hash = excluded.hash
"""
_COUNT: Final = """
UPDATE scope AS s SET seq = d.seq, count = d.count, digest = d.digest
FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bigint[]) AS d(id, seq, count, digest) WHERE s.id = d.id
"""


def _write(connection: Connection, tallies: dict[str, _Tally]) -> None:
    rows = [row for tally in tallies.values() for row in tally.rows]
    if rows:
        first_pages.drop_outdated(connection, list(tallies), [row[:3] for row in rows])
        bulk.do(connection, _PLACE, *(list(column) for column in zip(*rows, strict=True)))
        counted = [(scope_id, t.seq, t.count, t.digest) for scope_id, t in tallies.items()]
        bulk.do(connection, _COUNT, *(list(column) for column in zip(*counted, strict=True)))


def standings(connection: Connection, ids: Iterable[str]) -> dict[str, Standing]:
    """How scopes stand; one that nothing was ever in stands at nothing."""
    wanted = sorted(ids)
    found = {s: Standing(s) for s in wanted}
    query = "SELECT id, seq, epoch, min_seq, count, digest FROM scope WHERE id = ANY(%b::text[])"
    for row in bulk.fetch(connection, query, wanted):
        found[row[0]] = Standing(*row)
    return found


def positions_after(
    connection: Connection, scope_id: str, seq: int, limit: int, *, present_only: bool
) -> list[Position]:
    """The members with numbers above `seq`, in order; a first load needs only those present."""
    query = select(member.c.seq, member.c.kind, member.c.record_id, member.c.state)
    query = query.where(member.c.scope_id == scope_id, member.c.seq > seq).order_by(member.c.seq).limit(limit)
    if present_only:
        query = query.where(member.c.state == PUT)
    return [Position(*row) for row in connection.execute(query)]


def hashes_between(connection: Connection, scope_id: str, lo: str, hi: str) -> list[tuple[str, Key, int]]:
    """Range key, record and hash of every present member from `lo` up to but not `hi`, in byte order of the key."""
    range_key = func.concat(member.c.record_id, "/", member.c.kind).collate("C")
    lo, hi = lo.replace("\x00", ""), hi.replace("\x00", "")
    query = select(range_key, member.c.kind, member.c.record_id, member.c.hash).where(
        member.c.scope_id == scope_id, member.c.state == PUT, range_key >= lo, range_key < hi
    )
    rows = connection.execute(query.order_by(range_key))
    return [(key, (kind, record_id), its_hash) for key, kind, record_id, its_hash in rows]


def server_epoch(connection: Connection) -> str:
    """The epoch of this database; another one means it was restored from a copy."""
    return str(bulk.fetch(connection, "SELECT value FROM server_fact WHERE name = 'epoch'")[0][0])


def begin_epoch(connection: Connection, epoch: str) -> None:
    """Say that this database was restored: laptops offer again what they sent after the copy was made."""
    statement = insert(server_fact).values(name="epoch", value=epoch)
    same = {"value": statement.excluded.value}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=same))
