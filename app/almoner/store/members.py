"""Which scopes hold the records of this device, how far each scope has come, and its count and digest kept in step."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from almoner.records.wire import instant_text
from almoner.rules.digests import EMPTY, digest_of
from almoner.store.reading import Reading
from almoner.store.received import RefLike
from almoner.store.tables import scope_member, scope_state
from almoner.store.writing import Writing

UNKNOWN = -1
"""In place of a count: the members must be added up."""

RECOUNT_AFTER = timedelta(days=1)
"""Count and digest that were kept step by step are added up from the members again at least this often."""

_MARKED = 0
"""The hash of a member that must come again, or it has left."""


@dataclass(slots=True)
class Standing:
    """One scope as this device holds it. `count` and `digest` are of its members; a count of `UNKNOWN` says that they
    must be added up. `loaded`: its first load has come to its end."""

    scope: str
    state: str = ""
    loaded: bool = False
    count: int = UNKNOWN
    digest: int = EMPTY
    counted_at: str = ""
    is_new: bool = False

    def change(self, before: Iterable[int], after: Iterable[int]) -> None:
        """Members with these hashes went, and others came."""
        for one in before:
            self.count, self.digest = self.count - 1, self.digest ^ one
        for one in after:
            self.count, self.digest = self.count + 1, self.digest ^ one


def standing(reading: Reading, scope: str) -> Standing:
    """How far a scope has come; a new one has come nowhere."""
    row = reading.connection.exec_driver_sql(
        "SELECT state, loaded, held_count, held_digest, counted_at FROM scope_state WHERE scope = ?", (scope,)
    ).first()
    if row is None:
        return Standing(scope, is_new=True)
    return Standing(scope, row[0], bool(row[1]), row[2], row[3], row[4])


def keep_standing(tx: Writing, now: Standing) -> None:
    """Write down how far a scope has come."""
    tx.connection.exec_driver_sql(
        "INSERT INTO scope_state"
        " (scope, state, count, digest, proved_at, loaded, held_count, held_digest, counted_at)"
        " VALUES (?, ?, 0, '', '', ?, ?, ?, ?) ON CONFLICT (scope) DO UPDATE SET state = excluded.state,"
        " loaded = excluded.loaded, held_count = excluded.held_count, held_digest = excluded.held_digest,"
        " counted_at = excluded.counted_at",
        (now.scope, now.state, int(now.loaded), now.count, now.digest, now.counted_at),
    )


def scope_states(reading: Reading) -> dict[str, str]:
    """The state of every scope this device holds, to be sent with a pull."""
    return {
        row.scope: row.state for row in reading.connection.execute(select(scope_state.c.scope, scope_state.c.state))
    }


def join(tx: Writing, now: Standing, kind: str, came: Sequence[tuple[str, int]]) -> None:
    """Records (id, hash) of a kind belong to the scope."""
    if now.count != UNKNOWN:
        last = dict(came)
        before = _hashes(tx, now.scope, kind, list(last))
        now.change(before.values(), last.values())
    tx.connection.exec_driver_sql(
        "INSERT INTO scope_member (scope, kind, record_id, hash) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, kind, record_id) DO UPDATE SET hash = excluded.hash",
        [(now.scope, kind, record_id, one) for record_id, one in came],
    )


def join_early(tx: Writing, now: Standing, kind: str, ids: Sequence[str]) -> None:
    """Records sent ahead of their turn: members that must come again, or they will be taken for gone."""
    now.count = UNKNOWN
    tx.connection.exec_driver_sql(
        "INSERT INTO scope_member (scope, kind, record_id, hash) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(now.scope, kind, record_id, _MARKED) for record_id in ids],
    )


def leave(tx: Writing, now: Standing, refs: Sequence[RefLike]) -> None:
    """Records no longer belong to the scope."""
    for kind, ids in by_kind(refs).items():
        if now.count != UNKNOWN:
            now.change(_hashes(tx, now.scope, kind, ids).values(), ())
        tx.connection.exec_driver_sql(
            "DELETE FROM scope_member WHERE scope = ? AND kind = ? AND record_id IN (SELECT value FROM json_each(?))",
            (now.scope, kind, json.dumps(ids)),
        )


def leave_everywhere(tx: Writing, now: Standing, refs: Sequence[RefLike]) -> None:
    """Records exist no more; the other scopes that held them are added up anew."""
    leave(tx, now, refs)
    for kind, ids in by_kind(refs).items():
        which = (kind, json.dumps(ids))
        theirs = (
            "scope IN (SELECT scope FROM scope_state) AND kind = ? AND record_id IN (SELECT value FROM json_each(?))"
        )
        tx.connection.exec_driver_sql(
            f"UPDATE scope_state SET held_count = {UNKNOWN}"
            f" WHERE scope IN (SELECT DISTINCT scope FROM scope_member WHERE {theirs})",
            which,
        )
        tx.connection.exec_driver_sql(f"DELETE FROM scope_member WHERE {theirs}", which)


def held_of(reading: Reading, kind: str, ids: Sequence[str]) -> set[str]:
    """Those of the records that at least one scope holds."""
    rows = reading.connection.exec_driver_sql(
        "SELECT record_id FROM scope_member WHERE scope IN (SELECT scope FROM scope_state) AND kind = ?"
        " AND record_id IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(ids)),
    )
    return set(rows.scalars())


def by_kind(refs: Iterable[RefLike]) -> dict[str, list[str]]:
    """Ids by their kind, each once."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for ref in refs:
        found[ref.kind][ref.id] = None
    return {kind: list(ids) for kind, ids in found.items()}


def _hashes(reading: Reading, scope: str, kind: str, ids: Sequence[str]) -> dict[str, int]:
    rows = reading.connection.exec_driver_sql(
        "SELECT record_id, hash FROM scope_member WHERE scope = ? AND kind = ?"
        " AND record_id IN (SELECT value FROM json_each(?))",
        (scope, kind, json.dumps(ids)),
    )
    return {row[0]: row[1] for row in rows}


def mark_all(tx: Writing, scope: str) -> dict[str, list[str]]:
    """Mark every member of a scope as one that must come again; they come back by kind."""
    rows = tx.connection.exec_driver_sql("SELECT kind, record_id FROM scope_member WHERE scope = ?", (scope,))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for kind, record_id in rows:
        found[kind].append(record_id)
    tx.connection.exec_driver_sql("UPDATE scope_member SET hash = ? WHERE scope = ?", (_MARKED, scope))
    return found


def not_come_again(reading: Reading, scope: str) -> list[RefLike]:
    """The members marked by `mark_all` or sent early that have not come since: they left while we were not told."""
    here = select(scope_member.c.kind, scope_member.c.record_id.label("id"))
    return list(reading.connection.execute(here.where(scope_member.c.scope == scope, scope_member.c.hash == _MARKED)))


def count_again(tx: Writing, now: Standing) -> None:
    """Add the members of a scope up."""
    rows = tx.connection.exec_driver_sql("SELECT hash FROM scope_member WHERE scope = ?", (now.scope,))
    hashes: list[Any] = rows.scalars().all()  # type: ignore[assignment]
    now.count, now.digest, now.counted_at = len(hashes), digest_of(hashes), instant_text(tx.now)


def is_count_old(tx: Writing, now: Standing) -> bool:
    """Whether a scope must be added up again: never done, longer ago than a day, or in what is now the future."""
    oldest = instant_text(tx.now - RECOUNT_AFTER)
    return now.count == UNKNOWN or not oldest <= now.counted_at <= instant_text(tx.now)


def scope_digest(reading: Reading, scope: str) -> tuple[int, int]:
    """How many records of a scope are held, and their digest, added up; equal to the server's when the copies are."""
    hashes = (
        reading.connection.execute(select(scope_member.c.hash).where(scope_member.c.scope == scope)).scalars().all()
    )
    return len(hashes), digest_of(hashes) if hashes else EMPTY


def mark_proved(tx: Writing, scope: str, *, count: int, digest: int) -> None:
    """Count and digest were found equal to the server's, now."""
    tx.connection.exec_driver_sql(
        "UPDATE scope_state SET count = ?, digest = ?, proved_at = ? WHERE scope = ?",
        (count, str(digest), instant_text(tx.now), scope),
    )


def members(reading: Reading, scope: str, *, after: tuple[str, str] = ("", ""), limit: int = 500) -> list[Any]:
    """Rows (kind, record_id, hash) of a scope in order of kind and id, after a key: for comparing ranges."""
    here = scope_member.c
    query = (
        select(here.kind, here.record_id, here.hash)
        .where(here.scope == scope)
        .where((here.kind > after[0]) | ((here.kind == after[0]) & (here.record_id > after[1])))
        .order_by(here.kind, here.record_id)
        .limit(limit)
    )
    return list(reading.connection.execute(query))
