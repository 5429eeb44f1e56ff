"""Rows to records and back: what the derived tables hold, converted without a mapper."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import RowMapping

from almoner.records.derive import Field, R, Record, fields_of
from almoner.records.wire import Plain, to_wire

Convert = Callable[[Any], Any]
Row = Mapping[str, Any] | RowMapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


def _reader(field: Field) -> Convert | None:
    if field.type is tuple:
        return _words
    if field.type is bool:
        return bool
    if field.type is datetime:
        return datetime.fromisoformat
    if field.type is date:
        return date.fromisoformat
    if issubclass(field.type, StrEnum):
        return field.type
    return None


@cache
def _readers(record: Any) -> tuple[tuple[str, Convert | None], ...]:
    return tuple((field.name, _reader(field)) for field in fields_of(record))


def record_of(cls: type[R], row: Row) -> R:
    """The record of a row of its table (a mapping by column name)."""
    values = {}
    kind: Any = cls
    for name, convert in _readers(kind):
        value = row[name]
        values[name] = value if convert is None or value is None else convert(value)
    return cls(**values)


def cell(value: Plain) -> Plain:
    """A wire value as the table keeps it."""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


@cache
def _wire_readers(record: Any) -> tuple[tuple[str, Convert | None], ...]:
    convert: dict[type, Convert] = {tuple: json.loads, bool: bool}
    return tuple((field.name, convert.get(field.type)) for field in fields_of(record))


def wire_of_row(record: type[Any], row: Row) -> dict[str, Plain]:
    """A row's fields as wire values, and the unknown fields it carries."""
    wire: dict[str, Plain] = {}
    kind: Any = record
    for name, convert in _wire_readers(kind):
        value = row[name]
        wire[name] = value if convert is None or value is None else convert(value)
    if row["extra"]:
        wire.update(json.loads(row["extra"]))
    return wire


def row_of_wire(record: type[Any], wire: Mapping[str, Any], rev: int) -> dict[str, Any]:
    """Wire values (every field present, unknown ones allowed) as a row with its rev."""
    row: dict[str, Any] = {}
    for field in fields_of(record):
        row[field.name] = cell(wire[field.name])
    row["rev"] = rev
    unknown = {name: wire[name] for name in wire if name not in row}
    row["extra"] = json.dumps(unknown, ensure_ascii=False, sort_keys=True) if unknown else None
    return row


def row_of_record(record: Record, rev: int) -> dict[str, Any]:
    """A record as a row with its rev."""
    return row_of_wire(type(record), to_wire(record), rev)
