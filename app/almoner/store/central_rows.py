"""Records in the council's PostgreSQL: rows in wire form out, wire form in as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, or_, select, update
from sqlalchemy.sql import ColumnElement

from almoner.records import BY_KIND, RECORDS
from almoner.records.derive import fields_of
from almoner.records.wire import Plain, from_wire, plain_value
from almoner.rules.access import PARENT_FIELDS
from almoner.rules.digests import canonical, record_hash
from almoner.store.central import central_table

Key = tuple[str, str]
"""Kind and id of a record."""

_ORDER = {record.kind: place for place, record in enumerate(RECORDS)}


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies in the database. `field_rev` is `{field: [rev, writer]}`."""

    values: dict[str, Plain]
    extra: dict[str, Plain]
    rev: int
    field_rev: dict[str, list[Any]]

    def wire(self, kind: str) -> dict[str, Plain]:
        """The values that travel and are hashed."""
        return canonical(kind, {**self.values, **self.extra})

    def hash(self, kind: str) -> int:
        """The fingerprint of this state."""
        return record_hash(kind, str(self.values["id"]), self.rev, self.wire(kind))


@cache
def _readers(kind: str) -> tuple[tuple[str, Callable[[Any], Plain] | None], ...]:
    record: Any = BY_KIND[kind]
    converted = (datetime, date, tuple)
    return tuple((f.name, _plain if f.type in converted else None) for f in fields_of(record))


def _plain(value: Any) -> Plain:
    return plain_value(tuple(value) if isinstance(value, list) else value)


def stored_of_row(kind: str, row: RowMapping) -> Stored:
    """A row of a record table, by column name, in wire form."""
    values = {name: row[name] if read is None else read(row[name]) for name, read in _readers(kind)}
    return Stored(values, row["extra"], row["rev"], row["field_rev"])


def in_lock_order(keys: Iterable[Key]) -> dict[str, list[str]]:
    """Ids by kind, both in the one order in which every transaction takes its locks."""
    ids: dict[str, list[str]] = {}
    for kind, record_id in sorted(set(keys), key=lambda key: (_ORDER[key[0]], key[1])):
        ids.setdefault(kind, []).append(record_id)
    return ids


def load(connection: Connection, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Stored]:
    """The records that exist among those asked for; with `lock` nobody else changes them until the commit."""
    found: dict[Key, Stored] = {}
    for kind, ids in in_lock_order(keys).items():
        table = central_table(BY_KIND[kind])
        query = select(table).where(table.c.id.in_(ids)).order_by(table.c.id)
        if lock:
            query = query.with_for_update()
        for row in connection.execute(query).mappings():
            found[kind, row["id"]] = stored_of_row(kind, row)
    return found


def _row(kind: str, stored: Stored) -> dict[str, Any]:
    record = from_wire(BY_KIND[kind], stored.values)
    row: dict[str, Any] = {f.name: _cell(getattr(record, f.name)) for f in fields_of(BY_KIND[kind])}
    row["rev"], row["field_rev"], row["extra"] = stored.rev, stored.field_rev, stored.extra
    row["hash"] = stored.hash(kind)
    return row


def _cell(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def insert_records(connection: Connection, kind: str, records: Sequence[Stored]) -> None:
    """Add new records. Raises IntegrityError when another transaction has made one of them meanwhile."""
    if records:
        connection.execute(insert(central_table(BY_KIND[kind])), [_row(kind, r) for r in records])


def update_records(connection: Connection, kind: str, records: Sequence[Stored]) -> None:
    """Write the new state of records that exist and are locked."""
    if not records:
        return
    table = central_table(BY_KIND[kind])
    columns: dict[str, Any] = {c.name: bindparam(f"to_{c.name}") for c in table.columns if c.name != "id"}
    statement = update(table).where(table.c.id == bindparam("to_id")).values(columns)
    rows = [{f"to_{name}": value for name, value in _row(kind, r).items()} for r in records]
    connection.execute(statement, rows)


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
