"""Records in the council's PostgreSQL: rows in wire form out, wire form in as rows.

A row keeps its values twice: as typed columns, which the council can ask, and `packed`, as they travel, so that sending
a record or answering a save reads one cell. `packed` is null in rows of an older release and after a migration that
changed a column; then the columns count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, or_, select
from sqlalchemy.sql import ColumnElement

from almoner.records import BY_KIND, RECORDS
from almoner.records.derive import Field, fields_of
from almoner.records.wire import Plain, plain_value
from almoner.rules.access import PARENT_FIELDS
from almoner.rules.digests import canonical, record_hash
from almoner.store import central_bulk as bulk
from almoner.store.central import central_table

Key = tuple[str, str]
"""Kind and id of a record."""

_ORDER = {record.kind: place for place, record in enumerate(RECORDS)}
_PACK: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_WORDS: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Sealed:
    """A state of a record as it travels: its values in msgpack, and its fingerprint."""

    packed: bytes
    hash: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the database; nothing in it is changed in place. `field_rev` is `{field: [rev, writer]}`.
    `was` are the values its row holds now, so that only what differs is written; None: all is."""

    values: dict[str, Plain]
    extra: dict[str, Plain]
    rev: int
    field_rev: dict[str, list[Any]]
    was: dict[str, Plain] | None = field(default=None, compare=False, repr=False)
    _sealed: list[Sealed] = field(default_factory=list, init=False, repr=False, compare=False)

    def wire(self, kind: str) -> dict[str, Plain]:
        """The values that travel and are hashed."""
        if self.extra:
            return canonical(kind, {**self.values, **self.extra})
        values = self.values
        return {
            name: value
            for name, default, kept in _canon(kind)
            if (value := values[name]) != default or kept or type(value) is not type(default)
        }

    def sealed(self, kind: str) -> Sealed:
        """The values that travel and the fingerprint, worked out once."""
        if not self._sealed:
            packed = _PACK(self.wire(kind))
            travels: Any = msgspec.Raw(packed)
            self._sealed.append(Sealed(packed, record_hash(kind, str(self.values["id"]), self.rev, travels)))
        return self._sealed[0]

    def hash(self, kind: str) -> int:
        """The fingerprint of this state."""
        return self.sealed(kind).hash


@cache
def _canon(kind: str) -> tuple[tuple[str, Plain, bool], ...]:
    """Fields by name but the id: default, and whether it travels always because there is none."""
    fields = sorted((f for f in fields_of(BY_KIND[kind]) if f.name != "id"), key=lambda f: f.name)
    return tuple((f.name, None if f.required else plain_value(f.default), f.required) for f in fields)


@cache
def _defaults(kind: str) -> tuple[tuple[str, Plain], ...]:
    """Fields in declared order with their defaults."""
    return tuple((f.name, None if f.required else plain_value(f.default)) for f in fields_of(BY_KIND[kind]))


@cache
def _readers(kind: str) -> tuple[tuple[str, Callable[[Any], Plain] | None], ...]:
    record: Any = BY_KIND[kind]
    converted = (datetime, date, tuple)
    return tuple((f.name, _plain if f.type in converted else None) for f in fields_of(record))


def _plain(value: Any) -> Plain:
    return plain_value(tuple(value) if isinstance(value, list) else value)


def stored_of_row(kind: str, row: RowMapping) -> Stored:
    """A row of a record table, by column name, in wire form: what its columns say."""
    values = {name: row[name] if read is None else read(row[name]) for name, read in _readers(kind)}
    return Stored(values, row["extra"], row["rev"], row["field_rev"], values)


def _unpacked(kind: str, row: tuple[str, int, str, str, bytes]) -> Stored:
    """A record from the cells of `_PACKED`."""
    record_id, rev, field_rev, extra, packed = row
    wire = msgspec.msgpack.decode(packed)
    others = {} if extra == "{}" else msgspec.json.decode(extra)
    for name in others:
        wire.pop(name, None)
    values = {name: wire.get(name, default) for name, default in _defaults(kind)}
    values["id"] = record_id
    return Stored(values, others, rev, msgspec.json.decode(field_rev), values)


def in_lock_order(keys: Iterable[Key]) -> dict[str, list[str]]:
    """Ids by kind, both in the one order in which every transaction takes its locks."""
    ids: dict[str, list[str]] = {}
    for kind, record_id in sorted(set(keys), key=lambda key: (_ORDER[key[0]], key[1])):
        ids.setdefault(kind, []).append(record_id)
    return ids


_PACKED = "id, rev, field_rev::text, extra::text, packed"


def load(connection: Connection, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Stored]:
    """The records that exist among those asked for; with `lock` nobody else changes them until the commit."""
    found: dict[Key, Stored] = {}
    for kind, ids in in_lock_order(keys).items():
        table = BY_KIND[kind].table
        query = f'SELECT {_PACKED} FROM "{table}" WHERE id = ANY(%b::text[]) ORDER BY id{" FOR UPDATE" if lock else ""}'
        older: list[str] = []
        for row in bulk.fetch(connection, query, ids):
            if row[4] is None:
                older.append(row[0])
            else:
                found[kind, row[0]] = _unpacked(kind, row)
        if older:
            found |= _from_columns(connection, kind, older)
    return found


def _from_columns(connection: Connection, kind: str, ids: Sequence[str]) -> dict[Key, Stored]:
    table = central_table(BY_KIND[kind])
    rows = connection.execute(select(table).where(table.c.id.in_(ids))).mappings()
    return {(kind, row["id"]): stored_of_row(kind, row) for row in rows}


def travelling(connection: Connection, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
    """For each record that exists its rev and the msgpack of the values that travel."""
    found: dict[Key, tuple[int, bytes]] = {}
    for kind, ids in in_lock_order(keys).items():
        query = f'SELECT id, rev, packed FROM "{BY_KIND[kind].table}" WHERE id = ANY(%b::text[])'
        older: list[str] = []
        for record_id, rev, packed in bulk.fetch(connection, query, ids):
            if packed is None:
                older.append(record_id)
            else:
                found[kind, record_id] = (rev, packed)
        if older:
            read = _from_columns(connection, kind, older)
            found |= {key: (stored.rev, stored.sealed(kind).packed) for key, stored in read.items()}
    return found


_KEPT: Final = ("rev", "field_rev", "extra", "hash", "packed")
"""What a row has beside the fields of its record."""


def insert_records(connection: Connection, kind: str, records: Sequence[Stored]) -> None:
    """Add new records. Raises IntegrityError when another transaction has made one of them meanwhile."""
    if records:
        names = [f.name for f in fields_of(BY_KIND[kind])]
        rows = (_cells(kind, stored, names) for stored in records)
        bulk.copy_in(connection, BY_KIND[kind].table, [*names, *_KEPT], rows)


def _cells(kind: str, stored: Stored, names: Sequence[str]) -> list[Any]:
    sealed, values = stored.sealed(kind), stored.values
    return [
        *(values[name] for name in names),
        stored.rev,
        _WORDS(stored.field_rev).decode(),
        _WORDS(stored.extra).decode(),
        sealed.hash,
        sealed.packed,
    ]


def update_records(connection: Connection, kind: str, records: Sequence[Stored]) -> None:
    """Write the new state of records that exist and are locked."""
    alike: dict[tuple[str, ...], list[Stored]] = {}
    for stored in records:
        alike.setdefault(_changed(kind, stored), []).append(stored)
    for names, some in alike.items():
        rows = [
            {
                "id": stored.values["id"],
                "rev": stored.rev,
                "field_rev": stored.field_rev,
                "extra": stored.extra,
                "hash": stored.sealed(kind).hash,
                **{name: stored.values[name] for name in names},
            }
            for stored in some
        ]
        packed = [stored.sealed(kind).packed for stored in some]
        bulk.do(connection, _update(kind, names), _WORDS(rows).decode(), packed)


def _changed(kind: str, stored: Stored) -> tuple[str, ...]:
    """The fields to be written."""
    was, values = stored.was, stored.values
    if was is None:
        return tuple(name for name, _default in _defaults(kind) if name != "id")
    return tuple(name for name, _default in _defaults(kind) if values[name] != was[name])


def _update(kind: str, names: Sequence[str]) -> str:
    """The statement that writes these fields: rows come as JSON, the packed values beside them in the same order."""
    fields = {f.name: f for f in fields_of(BY_KIND[kind])}
    columns = {"id": "text", "rev": "bigint", "field_rev": "jsonb", "extra": "jsonb", "hash": "bigint"}
    columns |= {name: _type(fields[name]) for name in names}
    sets = ", ".join(f'"{name}" = d."{name}"' for name in [*columns, "packed"] if name != "id")
    shape = ", ".join(f'"{name}" {sort}' for name, sort in columns.items())
    named = ", ".join(f'"{name}"' for name in [*columns, "packed"])
    return (
        f'UPDATE "{BY_KIND[kind].table}" AS t SET {sets} '
        f"FROM ROWS FROM (json_to_recordset(%s::json) AS ({shape}), unnest(%b::bytea[])) AS d({named}) "
        'WHERE t.id = d."id"'
    )


_TYPES: Final[dict[type, str]] = {
    bool: "boolean",
    int: "bigint",
    float: "double precision",
    datetime: "timestamptz",
    date: "date",
    tuple: "text[]",
}


def _type(field: Field) -> str:
    return _TYPES.get(field.type, "text")


def children_of(connection: Connection, kind: str, record_id: str) -> dict[Key, int]:
    """Every record that follows this one's scopes, with its hash."""
    column = next(name for name, parent in PARENT_FIELDS.items() if parent == kind)
    found: dict[Key, int] = {}
    for record in RECORDS:
        table = central_table(record)
        if column not in table.c or record.kind == kind:
            continue
        here: ColumnElement[bool] = table.c[column] == record_id
        if column == "person_id" and "case_id" in table.c:
            here = here & or_(table.c.case_id == "", table.c.case_id.is_(None))
        for child, its_hash in connection.execute(select(table.c.id, table.c.hash).where(here).order_by(table.c.id)):
            found[record.kind, child] = its_hash
    return found
