"""What the server sends: rows, what left, and how far a scope has come, applied in the transaction of one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, select

from almoner.records import BY_KIND
from almoner.store import leaving, members, outbox, to_derive
from almoner.store.expected import rebuild_expected, replace_server_copy, server_state, write_row
from almoner.store.members import Standing, mark_proved, not_come_again, scope_digest, scope_states
from almoner.store.reading import Reading
from almoner.store.received import PutLike, Received, RefLike, Row, Taken, columns_of
from almoner.store.rows import wire_of_row
from almoner.store.tables import local_table, set_aside
from almoner.store.writing import Writing

__all__ = [
    "apply_early", "apply_part", "close_scope", "mark_proved", "not_come_again", "prove", "scope_digest",
    "scope_states", "set_aside_count", "start_afresh",
]  # fmt: skip

DERIVED_AT_ONCE = 50
"""Records of a kind in one part up to which lists and search follow in the same transaction; those of more are computed
at the end of the round, so that a page is written quickly."""

_UNSENT = 1 << 62
"""Above every rev."""
_IN = "IN (SELECT value FROM json_each(?))"


def apply_part(
    tx: Writing,
    scope: str,
    state: str,
    *,
    puts: Sequence[PutLike] | Taken = (),
    left: Sequence[RefLike] = (),
    deleted: Sequence[RefLike] = (),
) -> Standing:
    """Take over what one scope adds to a page, and its new state. Call it for every part of a page in one transaction.

    A record with saves on their way keeps them on top of the new server state. A record this version cannot read is
    set aside whole and blocks nothing. An older rev than the one held changes nothing.
    """
    now = members.standing(tx, scope)
    for kind, group in _taken(puts).by_kind.items():
        _put_kind(tx, kind, group, first_load=not now.loaded)
        members.join(tx, now, kind, [(one.id, one.hash) for one in group])
    if left:
        members.leave(tx, now, left)
        leaving.remove_unheld(tx, [(ref.kind, ref.id) for ref in left])
    if deleted:
        members.leave_everywhere(tx, now, deleted)
        leaving.remove_unheld(tx, [(ref.kind, ref.id) for ref in deleted])
    now.state = state
    members.keep_standing(tx, now)
    return now


def apply_early(tx: Writing, scope: str, puts: Sequence[PutLike] | Taken) -> None:
    """Take in records sent ahead of their turn, so that work can begin. They do not move the scope's state, and leave
    again unless they come again in their turn."""
    now = members.standing(tx, scope)
    for kind, group in _taken(puts).by_kind.items():
        _put_kind(tx, kind, group, first_load=False)
        members.join_early(tx, now, kind, [one.id for one in group])
    members.keep_standing(tx, now)


def _taken(puts: Sequence[PutLike] | Taken) -> Taken:
    return puts if isinstance(puts, Taken) else Taken(puts)


def _put_kind(tx: Writing, kind: str, came: Sequence[Received], *, first_load: bool) -> None:
    _set_aside(tx, kind, [one for one in came if one.row is None])
    rows = [one for one in came if one.row is not None]
    tops = _tops(tx, kind, [one.id for one in rows])
    plain = [one for one in rows if one.rev >= tops.get(one.id, 0)]
    under = [one for one in rows if one.rev < tops.get(one.id, 0)]
    if first_load and len(plain) > DERIVED_AT_ONCE:
        _write_all(tx, kind, plain)
        _follow(tx, kind, [one.id for one in plain])
    elif plain:
        _write_changed(tx, kind, plain)
    for one in under:
        _put_under_unsent(tx, kind, one)
    if tops:
        _drop_copies(tx, kind, [one.id for one in plain if one.id in tops])
    _no_longer_aside(tx, kind, [one.id for one in rows])
    if kind == "held_work":
        outbox.settle_held(tx, [one.id for one in rows])


def _tops(tx: Writing, kind: str, ids: Sequence[str]) -> dict[str, int]:
    """For records with saves on their way: the rev from which on a server state holds them all."""
    if tx.connection.exec_driver_sql("SELECT 1 FROM outbox WHERE state IN ('waiting', 'sent') LIMIT 1").first() is None:
        return {}
    rows = tx.connection.exec_driver_sql(
        f"SELECT record_id, max(CASE WHEN state = 'waiting' OR rev = 0 THEN {_UNSENT} ELSE rev END) FROM outbox"
        f" WHERE kind = ? AND record_id {_IN} AND state IN ('waiting', 'sent') GROUP BY record_id",
        (kind, json.dumps(ids)),
    )
    return {row[0]: row[1] for row in rows}


def _write_all(tx: Writing, kind: str, came: Sequence[Received]) -> None:
    """Write rows whatever was there, but for what is older."""
    table, columns = local_table(BY_KIND[kind]).name, columns_of(kind)
    sets = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
    tx.connection.exec_driver_sql(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        f" ON CONFLICT (id) DO UPDATE SET {sets} WHERE excluded.rev >= {table}.rev",
        [one.row for one in came],
    )
    tx.touched.add(kind)


def _write_changed(tx: Writing, kind: str, came: Sequence[Received]) -> None:
    """Write the rows that differ from what is there; what only has a newer rev disturbs nobody."""
    held = _rows_of(tx, kind, [one.id for one in came])
    changed: list[Received] = []
    revs: list[tuple[int, str]] = []
    for one in came:
        old = held.get(one.id)
        if old is None or (one.rev >= old[-2] and not _is_same(old, one.row)):
            changed.append(one)
        elif one.rev > old[-2]:
            revs.append((one.rev, one.id))
    if revs:
        table = local_table(BY_KIND[kind]).name
        tx.connection.exec_driver_sql(f"UPDATE {table} SET rev = ? WHERE id = ?", revs)
    if changed:
        _write_all(tx, kind, changed)
        _follow(tx, kind, [one.id for one in changed])


def _follow(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    """Have lists and search follow, now or soon."""
    if len(ids) > DERIVED_AT_ONCE:
        to_derive.queue(tx, kind, ids)
    else:
        tx.note_changed(kind, ids)


def _is_same(old: Any, new: Row | None) -> bool:
    """Whether two rows differ in nothing but their rev."""
    return new is not None and old[:-2] == new[:-2] and old[-1] == new[-1]


def _rows_of(tx: Writing, kind: str, ids: Sequence[str]) -> dict[str, Any]:
    table, columns = local_table(BY_KIND[kind]).name, ", ".join(columns_of(kind))
    found: dict[str, Any] = {}
    for piece in _pieces(ids):
        rows = tx.connection.exec_driver_sql(
            f"SELECT {columns} FROM {table} WHERE id {_IN}",
            (json.dumps(piece),),
        )
        found.update((row[0], tuple(row)) for row in rows)
    return found


def _pieces(rows: Sequence[Any], size: int = 500) -> Any:
    left = iter(rows)
    while piece := list(islice(left, size)):
        yield piece


def _put_under_unsent(tx: Writing, kind: str, one: Received) -> None:
    """A newer server state goes under the saves that stand on it."""
    record: Any = BY_KIND[kind]
    rev, _wire = server_state(tx.connection, record, one.id)
    if one.rev < rev:
        return
    row = dict(zip(columns_of(kind), one.row or (), strict=True))
    if rev == 0 and tx.find(record, one.id) is None:
        write_row(tx.connection, record, row)
    replace_server_copy(tx.connection, [(kind, one.id, one.rev, wire_of_row(record, row))])
    rebuild_expected(tx.connection, {kind: {one.id}})
    tx.note_changed(kind, (one.id,))


def _drop_copies(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    """The rows are the server's state again."""
    if ids:
        tx.connection.exec_driver_sql(
            f"DELETE FROM server_copy WHERE kind = ? AND record_id {_IN}",
            (kind, json.dumps(ids)),
        )


def _set_aside(tx: Writing, kind: str, came: Sequence[Received]) -> None:
    if came:
        tx.connection.exec_driver_sql(
            "INSERT INTO set_aside (kind, record_id, rev, body, why) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, record_id) DO UPDATE SET rev = excluded.rev, body = excluded.body,"
            " why = excluded.why",
            [(kind, one.id, one.rev, bytes(one.body), one.why[:200]) for one in came],
        )
        tx.note_changed(kind, [one.id for one in came])


def _no_longer_aside(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    if ids and tx.connection.execute(select(set_aside.c.kind).limit(1)).first() is not None:
        tx.connection.exec_driver_sql(
            f"DELETE FROM set_aside WHERE kind = ? AND record_id {_IN}",
            (kind, json.dumps(ids)),
        )


def prove(tx: Writing, now: Standing, *, count: int, digest: int) -> bool:
    """The scope is complete: whether it is equal to the server's. What was to come again and did not has left.

    Count and digest are those kept step by step, added up anew once a day and whenever they differ.
    """
    if not now.loaded:
        apply_part(tx, now.scope, now.state, left=not_come_again(tx, now.scope))
        now = members.standing(tx, now.scope)
        now.loaded = True
    if members.is_count_old(tx, now):
        members.count_again(tx, now)
    if (now.count, now.digest) != (count, digest):
        members.count_again(tx, now)
    members.keep_standing(tx, now)
    equal = (now.count, now.digest) == (count, digest)
    if equal:
        mark_proved(tx, now.scope, count=count, digest=digest)
    return equal


def close_scope(tx: Writing, scope: str) -> None:
    """The user may no longer see this scope; see `leaving.close_scopes`."""
    leaving.close_scopes(tx, [scope])


def start_afresh(tx: Writing, scope: str) -> None:
    """The server cannot continue from our state: forget how far we were, and take what it sends from the start.

    Nothing leaves the screens meanwhile: the members are only marked until they come again; what has not come when
    the scope is complete is found by `not_come_again`. Revs are forgotten too, because a server restored from a copy
    counts on from lower ones.
    """
    for kind, ids in members.mark_all(tx, scope).items():
        _forget_revs(tx, kind, ids)
    members.keep_standing(tx, Standing(scope))


def _forget_revs(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    run, those = tx.connection.exec_driver_sql, json.dumps(ids)
    run(f"UPDATE server_copy SET rev = 0 WHERE kind = ? AND record_id {_IN}", (kind, those))
    if kind in BY_KIND:
        table = local_table(BY_KIND[kind]).name
        run(f"UPDATE {table} SET rev = 0 WHERE id {_IN}", (those,))


def set_aside_count(reading: Reading) -> int:
    """How many received records this version cannot read."""
    return reading.connection.execute(select(func.count()).select_from(set_aside)).scalar_one()
