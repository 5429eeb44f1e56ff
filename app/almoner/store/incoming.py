"""What the server sends: rows, what left, and how far a scope has come, applied in the transaction of one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from almoner.records import BY_KIND
from almoner.records.derive import fields_of
from almoner.records.wire import Plain, WireFault, instant_text, read_value
from almoner.rules.digests import EMPTY, digest_of, filled, record_hash
from almoner.store.expected import (
    drop_server_copy,
    rebuild_expected,
    replace_server_copy,
    server_state,
    write_row,
)
from almoner.store.lines import ON_THE_WAY, pack
from almoner.store.reading import Reading
from almoner.store.rows import row_of_wire
from almoner.store.tables import attachment_key, local_table, outbox, scope_member, scope_state, server_copy, set_aside
from almoner.store.writing import Writing

PIECE = 500
"""Rows written by one statement."""


class PutLike(Protocol):
    """A record as it stands on the server. `values` are in wire form; defaults may be left out."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def rev(self) -> int: ...  # noqa: D102
    @property
    def values(self) -> Mapping[str, Plain]: ...  # noqa: D102


class RefLike(Protocol):
    """A record that is no longer in a scope."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def id(self) -> str: ...  # noqa: D102


def apply_part(
    tx: Writing,
    scope: str,
    state: str,
    *,
    puts: Sequence[PutLike] = (),
    left: Sequence[RefLike] = (),
    deleted: Sequence[RefLike] = (),
) -> None:
    """Take over what one scope adds to a page, and its new state. Call it for every part of a page in one transaction.

    A record with saves on their way keeps them on top of the new server state. A record this version cannot read is
    set aside whole and blocks nothing. An older rev than the one held changes nothing.
    """
    unsent = _with_unsent(tx)
    by_kind: defaultdict[str, list[PutLike]] = defaultdict(list)
    for put in puts:
        by_kind[put.kind].append(put)
    for kind, group in by_kind.items():
        _put_kind(tx, kind, group, unsent.get(kind, frozenset()))
    _join(tx, scope, puts)
    _leave(tx, scope, left)
    _delete(tx, deleted)
    _set_state(tx, scope, state)


def _with_unsent(tx: Writing) -> dict[str, set[str]]:
    query = select(outbox.c.kind, outbox.c.record_id).where(outbox.c.state.in_(ON_THE_WAY)).distinct()
    found: defaultdict[str, set[str]] = defaultdict(set)
    for kind, id in tx.connection.execute(query):
        found[kind].add(id)
    return found


def _put_kind(tx: Writing, kind: str, puts: Sequence[PutLike], unsent: Iterable[str]) -> None:
    record: Any = BY_KIND.get(kind)
    if record is None:
        _set_aside(tx, puts, "this version does not know such records")
        return
    rows: list[dict[str, Any]] = []
    waiting = set(unsent)
    for put in puts:
        wire = filled(kind, put.id, put.values)
        why = _unreadable(record, wire)
        if why:
            _set_aside(tx, [put], why)
        elif put.id in waiting:
            _put_under_unsent(tx, record, put, wire)
        else:
            rows.append(row_of_wire(record, wire, put.rev))
    _write_rows(tx, record, rows)
    _no_longer_aside(tx, kind, [row["id"] for row in rows])
    tx.note_changed(kind, (put.id for put in puts))


def _unreadable(record: Any, wire: Mapping[str, Plain]) -> str:
    """Why a row cannot be kept as a record, or nothing. Never quotes a value."""
    for field in fields_of(record):
        if field.name not in wire:
            return f"{field.name} is missing"
        try:
            read_value(record.kind, field, wire[field.name])
        except WireFault as fault:
            return f"{fault.field} {fault.why}"
    return ""


def _put_under_unsent(tx: Writing, record: Any, put: PutLike, wire: Mapping[str, Plain]) -> None:
    rev, _held = server_state(tx.connection, record, put.id)
    if put.rev >= rev:
        if rev == 0 and tx.find(record, put.id) is None:
            write_row(tx.connection, record, row_of_wire(record, wire, put.rev))
        replace_server_copy(tx.connection, [(put.kind, put.id, put.rev, wire)])
        rebuild_expected(tx.connection, {put.kind: {put.id}})


def _write_rows(tx: Writing, record: Any, rows: Sequence[dict[str, Any]]) -> None:
    table = local_table(record)
    statement = upsert(table)
    fresh = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_=fresh, where=statement.excluded.rev >= table.c.rev
    )
    for piece in _pieces(rows):
        tx.connection.execute(statement, piece)


def _pieces(rows: Sequence[Any]) -> Iterable[list[Any]]:
    left = iter(rows)
    while piece := list(islice(left, PIECE)):
        yield piece


def _set_aside(tx: Writing, puts: Sequence[PutLike], why: str) -> None:
    statement = upsert(set_aside)
    newer = {name: statement.excluded[name] for name in ("rev", "body", "why")}
    rows = [
        {"kind": p.kind, "record_id": p.id, "rev": p.rev, "body": pack(dict(p.values)), "why": why[:200]} for p in puts
    ]
    statement = statement.on_conflict_do_update(index_elements=["kind", "record_id"], set_=newer)
    for piece in _pieces(rows):
        tx.connection.execute(statement, piece)


def _no_longer_aside(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    if tx.connection.execute(select(set_aside.c.kind).limit(1)).first() is not None:
        gone = delete(set_aside).where(set_aside.c.kind == kind, set_aside.c.record_id == bindparam("id"))
        for piece in _pieces(ids):
            tx.connection.execute(gone, [{"id": id} for id in piece])


def _join(tx: Writing, scope: str, puts: Sequence[PutLike]) -> None:
    statement = upsert(scope_member)
    statement = statement.on_conflict_do_update(
        index_elements=["scope", "kind", "record_id"], set_={"hash": statement.excluded.hash}
    )
    rows = [
        {"scope": scope, "kind": p.kind, "record_id": p.id, "hash": record_hash(p.kind, p.id, p.rev, dict(p.values))}
        for p in puts
    ]
    for piece in _pieces(rows):
        tx.connection.execute(statement, piece)


def _leave(tx: Writing, scope: str, refs: Sequence[RefLike]) -> None:
    """Take records out of one scope; those that no other scope holds leave the device."""
    gone = delete(scope_member).where(
        scope_member.c.scope == scope,
        scope_member.c.kind == bindparam("k"),
        scope_member.c.record_id == bindparam("i"),
    )
    for piece in _pieces(refs):
        tx.connection.execute(gone, [{"k": ref.kind, "i": ref.id} for ref in piece])
    _remove_unheld(tx, [(ref.kind, ref.id) for ref in refs])


def _delete(tx: Writing, refs: Sequence[RefLike]) -> None:
    gone = delete(scope_member).where(scope_member.c.kind == bindparam("k"), scope_member.c.record_id == bindparam("i"))
    for piece in _pieces(refs):
        tx.connection.execute(gone, [{"k": ref.kind, "i": ref.id} for ref in piece])
    _remove_unheld(tx, [(ref.kind, ref.id) for ref in refs])


def _remove_unheld(tx: Writing, refs: Iterable[tuple[str, str]]) -> None:
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for kind, id in refs:
        by_kind[kind].add(id)
    for kind, ids in by_kind.items():
        for piece in _pieces(sorted(ids)):
            _remove_piece(tx, kind, piece)


def _remove_piece(tx: Writing, kind: str, ids: list[str]) -> None:
    still = select(scope_member.c.record_id).where(scope_member.c.kind == kind, scope_member.c.record_id.in_(ids))
    held = set(tx.connection.execute(still).scalars())
    gone = [id for id in ids if id not in held]
    if not gone:
        return
    tx.connection.execute(delete(set_aside).where(set_aside.c.kind == kind, set_aside.c.record_id.in_(gone)))
    record: Any = BY_KIND.get(kind)
    if record is None:
        return
    table = local_table(record)
    if kind == "attachment":
        _forget_files(tx, gone)
    tx.connection.execute(delete(table).where(table.c.id.in_(gone)))
    for id in gone:
        drop_server_copy(tx.connection, kind, id)
    tx.note_changed(kind, gone)


def _forget_files(tx: Writing, attachment_ids: Sequence[str]) -> None:
    """Destroy the keys of files that no other attachment needs: without its key a file is noise, swept away later.

    A file the server does not have yet keeps its key: access may end before the last photo is sent.
    """
    table = local_table(BY_KIND["attachment"])
    going = select(table.c.sha256).where(table.c.id.in_(attachment_ids))
    staying = select(table.c.sha256).where(table.c.id.not_in(attachment_ids))
    tx.connection.execute(
        delete(attachment_key).where(
            attachment_key.c.sha256.in_(going),
            attachment_key.c.sha256.not_in(staying),
            attachment_key.c.state == "sent",
        )
    )


def _set_state(tx: Writing, scope: str, state: str) -> None:
    statement = upsert(scope_state).values(scope=scope, state=state, count=0, digest="", proved_at="")
    statement = statement.on_conflict_do_update(index_elements=["scope"], set_={"state": state})
    tx.connection.execute(statement)


def close_scope(tx: Writing, scope: str) -> None:
    """The user may no longer see this scope: every record that no other scope holds leaves the device.

    Saves on their way stay in the outbox: the server holds them for a supervisor.
    """
    here = select(scope_member.c.kind, scope_member.c.record_id).where(scope_member.c.scope == scope)
    refs = [(row.kind, row.record_id) for row in tx.connection.execute(here)]
    tx.connection.execute(delete(scope_member).where(scope_member.c.scope == scope))
    _remove_unheld(tx, refs)
    tx.connection.execute(delete(scope_state).where(scope_state.c.scope == scope))


def start_afresh(tx: Writing, scope: str) -> None:
    """The server cannot continue from our state: forget how far we were, and take what it sends from the start.

    Nothing leaves the screens meanwhile: the members are only marked, by a hash of 0, until they come again; what has
    not come when the scope is complete is found by `not_come_again`. Revs are forgotten too, because a server
    restored from a copy counts on from lower ones.
    """
    here = select(scope_member.c.kind, scope_member.c.record_id).where(scope_member.c.scope == scope)
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for kind, id in tx.connection.execute(here):
        by_kind[kind].append(id)
    for kind, ids in by_kind.items():
        _forget_revs(tx, kind, ids)
    tx.connection.execute(update(scope_member).where(scope_member.c.scope == scope).values(hash=0))
    tx.connection.execute(delete(scope_state).where(scope_state.c.scope == scope))


def _forget_revs(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    copies = update(server_copy).where(server_copy.c.kind == kind, server_copy.c.record_id == bindparam("i"))
    for piece in _pieces(ids):
        tx.connection.execute(copies.values(rev=0), [{"i": id} for id in piece])
        if kind in BY_KIND:
            table = local_table(BY_KIND[kind])
            tx.connection.execute(
                update(table).where(table.c.id == bindparam("i")).values(rev=0), [{"i": id} for id in piece]
            )


def not_come_again(reading: Reading, scope: str) -> list[RefLike]:
    """The members marked by `start_afresh` that the server has not sent since: they left while we were not told."""
    here = select(scope_member.c.kind, scope_member.c.record_id.label("id"))
    return list(reading.connection.execute(here.where(scope_member.c.scope == scope, scope_member.c.hash == 0)))


def is_proved_at(reading: Reading, scope: str, count: int, digest: int) -> bool:
    """Whether the scope was found equal at this very count and digest before, so that it need not be added up."""
    query = select(scope_state.c.count, scope_state.c.digest).where(
        scope_state.c.scope == scope, scope_state.c.proved_at != ""
    )
    return reading.connection.execute(query).first() == (count, str(digest))


def sweep_unheld(tx: Writing) -> int:
    """Take records off the device that the server took but keeps in no scope of this user; how many.

    Such are cases taken down for another team: sent and answered, they are not this device's to keep. Only after a
    pull that brought everything, or what is still to come would go too. Unsent and returned work stays.
    """
    gone = 0
    for kind, record in BY_KIND.items():
        table = local_table(record)
        member = select(scope_member.c.record_id).where(
            scope_member.c.kind == kind, scope_member.c.record_id == table.c.id
        )
        line = select(outbox.c.client_seq).where(outbox.c.kind == kind, outbox.c.record_id == table.c.id)
        strays = tx.connection.execute(
            select(table.c.id).where(table.c.rev == 0, ~member.exists(), ~line.exists()).limit(PIECE)
        )
        ids = list(strays.scalars())
        _remove_unheld(tx, [(kind, id) for id in ids])
        gone += len(ids)
    return gone


def scope_states(reading: Reading) -> dict[str, str]:
    """The state of every scope this device holds, to be sent with a pull."""
    return {
        row.scope: row.state for row in reading.connection.execute(select(scope_state.c.scope, scope_state.c.state))
    }


def scope_digest(reading: Reading, scope: str) -> tuple[int, int]:
    """How many records of a scope are held, and their digest; equal to the server's when the copies are equal."""
    hashes = (
        reading.connection.execute(select(scope_member.c.hash).where(scope_member.c.scope == scope)).scalars().all()
    )
    return len(hashes), digest_of(hashes) if hashes else EMPTY


def mark_proved(tx: Writing, scope: str, *, count: int, digest: int) -> None:
    """Count and digest were found equal to the server's, now."""
    statement = upsert(scope_state).values(
        scope=scope, state="", count=count, digest=str(digest), proved_at=instant_text(tx.now)
    )
    same = {name: statement.excluded[name] for name in ("count", "digest", "proved_at")}
    tx.connection.execute(statement.on_conflict_do_update(index_elements=["scope"], set_=same))


def members(reading: Reading, scope: str, *, after: tuple[str, str] = ("", ""), limit: int = PIECE) -> list[Any]:
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


def set_aside_count(reading: Reading) -> int:
    """How many received records this version cannot read."""
    return reading.connection.execute(select(func.count()).select_from(set_aside)).scalar_one()
