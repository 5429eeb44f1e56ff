"""The expected state of a record: what the server last said, with this laptop's unsent saves on top, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from almoner.records import BY_KIND
from almoner.records.derive import fields_of
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, WireFault, plain_value, read_value
from almoner.store.lines import ON_THE_WAY, pack, unpack_mutation
from almoner.store.rows import row_of_wire, wire_of_row
from almoner.store.tables import local_table, outbox, server_copy

_WIRE = msgspec.msgpack.Decoder(dict[str, Any])


def with_change(wire: Mapping[str, Plain], mutation: Mutation) -> dict[str, Plain]:
    """Wire values with one save on top."""
    after: dict[str, Plain] = {**wire, **mutation.values}
    for name in {*mutation.added, *mutation.removed}:
        now = after.get(name)
        words = set(now) if isinstance(now, list) else set()
        after[name] = sorted((words - set(mutation.removed.get(name, ()))) | set(mutation.added.get(name, ())))
    return after


def complete(record: type[Any], wire: Mapping[str, Plain]) -> dict[str, Plain] | None:
    """Wire values with the defaults of fields that are missing; None when a required field is missing or wrong."""
    whole = dict(wire)
    for field in fields_of(record):
        if field.name not in whole:
            if field.required:
                return None
            whole[field.name] = plain_value(field.default)
        try:
            read_value(record.kind, field, whole[field.name])
        except WireFault:
            return None
    return whole


def lines_of(connection: Connection, kind: str, id: str) -> tuple[Mutation, ...]:
    """The saves of a record that are on their way, oldest first."""
    query = (
        select(outbox.c.body)
        .where(outbox.c.kind == kind, outbox.c.record_id == id, outbox.c.state.in_(ON_THE_WAY))
        .order_by(outbox.c.client_seq)
    )
    return tuple(unpack_mutation(body) for body in connection.execute(query).scalars())


def rebuild_expected(connection: Connection, changed: Mapping[str, Set[str]], *, may_make: bool = False) -> None:
    """Make these records' rows anew from the server's state and the saves on their way.

    A row that is gone (its scope was closed) stays gone unless `may_make`, which replaying the journal needs.
    """
    for kind, ids in changed.items():
        if kind in BY_KIND:
            for id in sorted(ids):
                _rebuild(connection, BY_KIND[kind], id, may_make=may_make)


def _rebuild(connection: Connection, record: type[Any], id: str, *, may_make: bool) -> None:
    lines = lines_of(connection, record.kind, id)
    rev, wire = server_state(connection, record, id)
    if wire is None and not may_make:
        return
    if lines and rev > 0 and wire is not None:
        keep_server_copy(connection, record.kind, id, rev, wire)
    expected: dict[str, Plain] = dict(wire or {"id": id})
    for mutation in lines:
        expected = with_change(expected, mutation)
    whole = complete(record, expected)
    if whole is not None:
        write_row(connection, record, row_of_wire(record, whole, rev))
    if not lines:
        drop_server_copy(connection, record.kind, id)


def drop_server_copy(connection: Connection, kind: str, id: str) -> None:
    """Forget the server's state of a record: its row is that state, or it is gone."""
    connection.execute(delete(server_copy).where(server_copy.c.kind == kind, server_copy.c.record_id == id))


def drop_settled_copies(connection: Connection) -> None:
    """Forget the server's state of every record that has no save on its way any more."""
    unsent = select(outbox.c.client_seq).where(
        outbox.c.kind == server_copy.c.kind,
        outbox.c.record_id == server_copy.c.record_id,
        outbox.c.state.in_(ON_THE_WAY),
    )
    connection.execute(delete(server_copy).where(~unsent.exists()))


def advance_server_copy(connection: Connection, mutation: Mutation) -> None:
    """The server has applied a save: its remembered state moves on, until it sends its own."""
    here = (server_copy.c.kind == mutation.kind, server_copy.c.record_id == mutation.record)
    body = connection.execute(select(server_copy.c.body).where(*here)).scalar()
    if body is not None:
        after = pack(with_change(_WIRE.decode(body), mutation))
        connection.execute(update(server_copy).where(*here).values(body=after))


def server_state(connection: Connection, record: type[Any], id: str) -> tuple[int, dict[str, Plain] | None]:
    """The server's last state of a record: from its copy, or else the row when nothing unsent ever changed it."""
    query = select(server_copy.c.rev, server_copy.c.body).where(
        server_copy.c.kind == record.kind, server_copy.c.record_id == id
    )
    kept = connection.execute(query).first()
    if kept is not None:
        return kept.rev, _WIRE.decode(kept.body)
    table = local_table(record)
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        return 0, None
    return row["rev"], wire_of_row(record, row)


def keep_server_copy(connection: Connection, kind: str, id: str, rev: int, wire: Mapping[str, Plain]) -> None:
    """Remember the server's state of a record that has unsent changes, if it is not remembered yet."""
    row = {"kind": kind, "record_id": id, "rev": rev, "body": pack(wire)}
    connection.execute(upsert(server_copy).on_conflict_do_nothing(), row)


def replace_server_copy(connection: Connection, rows: Iterable[tuple[str, str, int, Mapping[str, Plain]]]) -> None:
    """Take over newer server states (kind, id, rev, wire) of records that have unsent changes."""
    statement = upsert(server_copy)
    newer = {"rev": statement.excluded.rev, "body": statement.excluded.body}
    found = [{"kind": k, "record_id": i, "rev": r, "body": pack(w)} for k, i, r, w in rows]
    if found:
        connection.execute(statement.on_conflict_do_update(index_elements=["kind", "record_id"], set_=newer), found)


def write_row(connection: Connection, record: type[Any], row: Mapping[str, Any]) -> None:
    """Put one row in the place of what was there."""
    table = local_table(record)
    cells = dict(row)
    found = connection.execute(update(table).where(table.c.id == cells["id"]).values(cells))
    if found.rowcount == 0:
        connection.execute(insert(table), cells)
