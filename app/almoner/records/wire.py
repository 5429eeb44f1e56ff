"""The wire form of records: plain values that JSON and SQLite can hold, and back, within each field's limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from almoner.records.derive import Field, R, Record, fields_of

Plain = str | int | float | bool | list[str] | None
"""One field's value in wire form."""

LONGEST_LINE = 1_000
"""Characters in one of several words or lines that a field holds."""
_HALVES = re.compile("[\ud800-\udfff]")


class WireFault(ValueError):
    """A value that no field may have; `field` says which, the text says why, never the value itself."""

    def __init__(self, kind: str, field: str, why: str) -> None:
        super().__init__(f"{kind}.{field}: {why}")
        self.kind, self.field, self.why = kind, field, why


def instant_text(moment: datetime) -> str:
    """An instant in wire form: UTC, microseconds, `2026-12-17T10:05:00.000000Z`; sorts as text."""
    assert moment.tzinfo is not None, "an instant needs a time zone"
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_instant(text: str) -> datetime:
    """The instant of a wire form. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    if not 1000 <= moment.year <= 9998:
        raise ValueError("an instant in a year that cannot be kept")
    return moment.astimezone(UTC)


def plain_value(value: Any) -> Plain:
    """One field's value in wire form; words keep their order."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    assert value is None or isinstance(value, str | int | float | bool), type(value)
    return value


def to_wire(record: Record) -> dict[str, Plain]:
    """A record as plain values, by field name, in declared order."""
    return {f.name: plain_value(_in_order(f, getattr(record, f.name))) for f in fields_of(type(record))}


def _in_order(field: Field, value: Any) -> Any:
    """A set of words in the one order that two copies agree on; lines of text as they are."""
    return tuple(sorted(set(value))) if field.is_set else value


def read_value(kind: str, field: Field, value: object) -> Any:
    """A field's value from wire form. Raises WireFault when it is not what the field may hold."""
    if value is None:
        if field.optional:
            return None
        raise WireFault(kind, field.name, "must have a value")
    try:
        read = _convert(field, value)
    except (TypeError, ValueError, OverflowError) as fault:
        raise WireFault(kind, field.name, f"is not {field.type.__name__}") from fault
    _check_limits(kind, field, read)
    return read


def _convert(field: Field, value: object) -> Any:
    if field.type is tuple:
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise TypeError("words expected")
        return _in_order(field, tuple(value))
    if field.type is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if field.type is int and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError("a whole number expected")
    if field.type in (bool, int):
        if not isinstance(value, field.type):
            raise TypeError("wrong type")
        return value
    if not isinstance(value, str):
        raise TypeError("text expected")
    if field.type is datetime:
        return read_instant(value)
    if field.type is date:
        return date.fromisoformat(value)
    return field.type(value)


def _check_limits(kind: str, field: Field, value: Any) -> None:
    if isinstance(value, str | tuple):
        if field.max_len is not None and len(value) > field.max_len:
            raise WireFault(kind, field.name, f"is longer than {field.max_len}")
        if len(value) < field.min_len:
            raise WireFault(kind, field.name, "must not be empty")
    if isinstance(value, tuple) and any(len(word) > LONGEST_LINE for word in value):
        raise WireFault(kind, field.name, f"has a line longer than {LONGEST_LINE}")
    if isinstance(value, str | tuple) and not _is_text(value if isinstance(value, str) else "".join(value)):
        raise WireFault(kind, field.name, "holds a character that cannot be kept")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != value or abs(value) > 2**53:
            raise WireFault(kind, field.name, "is not a number that can be kept")
        if (field.ge is not None and value < field.ge) or (field.le is not None and value > field.le):
            raise WireFault(kind, field.name, f"must lie between {field.ge} and {field.le}")


def _is_text(text: str) -> bool:
    """Whether both databases and the wire can hold it: no NUL, and no half of a character."""
    return "\x00" not in text and (text.isascii() or not _HALVES.search(text))


def from_wire(record: type[R], values: Mapping[str, object]) -> R:
    """A record from plain values; unknown names are left to the caller. Raises WireFault for what cannot be."""
    read: dict[str, Any] = {}
    for field in fields_of(record):
        if field.name in values:
            read[field.name] = read_value(record.kind, field, values[field.name])
        elif field.required:
            raise WireFault(record.kind, field.name, "is missing")
    return record(**read)


def checked(record: R) -> R:
    """The same record, proved to be one that can be kept and sent. Raises WireFault otherwise."""
    return from_wire(type(record), to_wire(record))
