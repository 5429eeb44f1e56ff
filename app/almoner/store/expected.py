"""The expected state of a record: what the server last said, with this laptop's unsent saves on top, in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from almoner.records import BY_KIND
from almoner.records.derive import Field, fields_of
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, WireFault, plain_value, read_value
from almoner.store.lines import ON_THE_WAY, LineState, pack, unpack_mutation
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
        if not _is_readable(record, field, whole[field.name]):
            return None
    return whole


def _is_readable(record: type[Any], field: Field, value: Plain) -> bool:
    try:
        read_value(record.kind, field, value)
    except WireFault:
        return False
    return True


def _on_top(record: type[Any], wire: Mapping[str, Plain], mutation: Mutation) -> dict[str, Plain]:
    """Wire values with what can be read of a save on top: a value that no record can keep hides no other save."""
    after = with_change(wire, mutation)
    for field in fields_of(record):
        name = field.name
        is_touched = name in mutation.values or name in mutation.added or name in mutation.removed
        if is_touched and not _is_readable(record, field, after[name]):
            del after[name]
            after |= {name: wire[name]} if name in wire else {}
    return after


@dataclass(frozen=True, slots=True)
class OnTop:
    """A save that stands on top of the server's state. `rev`: the record's rev after the server applied it; 0 when it
    has not, or did not say."""

    mutation: Mutation
    waiting: bool
    rev: int

    def is_above(self, rev: int) -> bool:
        """Whether a server state of this rev does not hold the save yet."""
        return self.waiting or self.rev == 0 or self.rev > rev


def lines_of(connection: Connection, kind: str, id: str) -> tuple[OnTop, ...]:
    """The saves of a record that are on their way or were answered and not made durable yet, oldest first."""
    query = (
        select(outbox.c.body, outbox.c.state, outbox.c.rev)
        .where(outbox.c.kind == kind, outbox.c.record_id == id, outbox.c.state.in_(ON_THE_WAY))
        .order_by(outbox.c.client_seq)
    )
    return tuple(
        OnTop(unpack_mutation(row.body), row.state == LineState.WAITING, row.rev) for row in connection.execute(query)
    )


def rebuild_expected(connection: Connection, changed: Mapping[str, Set[str]], *, may_make: bool = False) -> None:
    """Make these records' rows anew from the server's state and the saves it does not hold yet.

    A row that is gone (its scope was closed) stays gone unless `may_make`, which replaying the journal needs.
    """
    for kind, ids in changed.items():
        if kind in BY_KIND:
            for id in sorted(ids):
                _rebuild(connection, BY_KIND[kind], id, may_make=may_make)


def _rebuild(connection: Connection, record: type[Any], id: str, *, may_make: bool) -> None:
    rev, wire = server_state(connection, record, id)
    if wire is None and not may_make:
        return
    lines = [line.mutation for line in lines_of(connection, record.kind, id) if line.is_above(rev)]
    if lines and rev > 0 and wire is not None:
        keep_server_copy(connection, record.kind, id, rev, wire)
    expected: dict[str, Plain] | None = dict(wire or {"id": id})
    for mutation in lines:
        expected = None if mutation.delete else _on_top(record, expected or {"id": id}, mutation)
    if expected is None:
        table = local_table(record)
        connection.execute(delete(table).where(table.c.id == id))
    elif (whole := complete(record, expected)) is not None:
        write_row(connection, record, row_of_wire(record, whole, rev))
    if not lines:
        drop_server_copy(connection, record.kind, id)


def drop_server_copy(connection: Connection, kind: str, id: str) -> None:
    """Forget the server's state of a record: its row is that state, or it is gone."""
    connection.execute(delete(server_copy).where(server_copy.c.kind == kind, server_copy.c.record_id == id))


def drop_settled_copies(connection: Connection, kind: str, ids: Sequence[str]) -> None:
    """Forget the server's state of those of a kind's records on which no save stands any more."""
    connection.exec_driver_sql(
        "DELETE FROM server_copy WHERE kind = ? AND record_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS"
        " (SELECT 1 FROM outbox o WHERE o.kind = server_copy.kind AND o.record_id = server_copy.record_id"
        " AND (o.state = 'waiting' OR (o.state = 'sent' AND (o.rev = 0 OR o.rev > server_copy.rev))))",
        (kind, json.dumps(ids)),
    )


def advance_copies(connection: Connection, numbers: Sequence[int]) -> None:
    """The server has these answered saves for ever: where later saves stand on them, its remembered state moves on,
    until it sends its own."""
    rows = connection.exec_driver_sql(
        "SELECT o.kind, o.record_id, o.body FROM json_each(?) j CROSS JOIN outbox o ON o.client_seq = j.value"
        " CROSS JOIN server_copy c ON c.kind = o.kind AND c.record_id = o.record_id"
        " WHERE (o.rev = 0 OR o.rev > c.rev) AND EXISTS (SELECT 1 FROM outbox w WHERE w.kind = o.kind"
        " AND w.record_id = o.record_id AND w.client_seq > o.client_seq AND w.state IN ('waiting', 'sent'))"
        " ORDER BY o.client_seq",
        (json.dumps(numbers),),
    ).all()
    for row in rows:
        mutation = unpack_mutation(row[2])
        here = (server_copy.c.kind == row[0], server_copy.c.record_id == row[1])
        body = connection.execute(select(server_copy.c.body).where(*here)).scalar_one()
        if not mutation.delete:
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
