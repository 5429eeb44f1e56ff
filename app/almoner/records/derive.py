"""Everything that follows from a field's one declaration: its type, limits, wire form and mask.

Tables (store), forms (desktop), test data (tests) and the golden file of the wire are made from `fields_of`.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen

from almoner.records.facts import Fact, Merge, Personal

Plain = str | int | float | bool | list[str] | None


class Record(Protocol):
    """Any record: a frozen dataclass with an id, a kind, and the name of its table."""

    __dataclass_fields__: ClassVar[dict[str, dataclasses.Field[Any]]]
    kind: ClassVar[str]
    table: ClassVar[str]
    append_only: ClassVar[bool]

    @property
    def id(self) -> str:
        """The record's UUID as text."""


R = TypeVar("R", bound=Record)


class WireFault(ValueError):
    """A value that no field may have; `field` says which, the text says why, never the value itself."""

    def __init__(self, kind: str, field: str, why: str) -> None:
        super().__init__(f"{kind}.{field}: {why}")
        self.kind, self.field, self.why = kind, field, why


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: its Python type (str, int, float, bool, date, datetime, tuple or a StrEnum) and facts."""

    name: str
    type: type
    optional: bool
    required: bool
    default: Any
    fact: Fact
    max_len: int | None
    min_len: int
    ge: int | None
    le: int | None

    @property
    def is_set(self) -> bool:
        """Whether the field holds a set of words."""
        return self.type is tuple


def fields_of(record: Any) -> tuple[Field, ...]:
    """The fields of a record type in declared order."""
    return _fields_of(record)


@cache
def _fields_of(record: Any) -> tuple[Field, ...]:
    hints = get_type_hints(record, include_extras=True)
    return tuple(_field(f, hints[f.name]) for f in dataclasses.fields(record))


def _field(declared: dataclasses.Field[Any], hint: Any) -> Field:
    assert get_origin(hint) is Annotated, f"{declared.name} has no facts"
    inner, *marks = get_args(hint)
    optional = get_origin(inner) in (Union, types.UnionType)
    plain = next(a for a in get_args(inner) if a is not type(None)) if optional else inner
    plain = get_origin(plain) or plain
    facts = [m for m in marks if isinstance(m, Fact)]
    assert len(facts) == 1, f"{declared.name} must have one Fact"
    default = declared.default

    def limit(mark: type, name: str) -> int | None:
        return next((getattr(m, name) for m in marks if isinstance(m, mark)), None)

    return Field(
        name=declared.name,
        type=plain,
        optional=optional,
        required=default is dataclasses.MISSING,
        default=None if default is dataclasses.MISSING else default,
        fact=facts[0],
        max_len=limit(MaxLen, "max_length"),
        min_len=limit(MinLen, "min_length") or 0,
        ge=limit(Ge, "ge"),
        le=limit(Le, "le"),
    )


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
    """One field's value in wire form."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return sorted(set(value))
    assert value is None or isinstance(value, str | int | float | bool), type(value)
    return value


def to_wire(record: Record) -> dict[str, Plain]:
    """A record as plain values, by field name, in declared order."""
    return {f.name: plain_value(getattr(record, f.name)) for f in fields_of(type(record))}


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
        return tuple(sorted(set(value)))
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
    if isinstance(value, str | tuple) and "\x00" in (value if isinstance(value, str) else "".join(value)):
        raise WireFault(kind, field.name, "holds a character that cannot be kept")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value != value or abs(value) > 2**53:
            raise WireFault(kind, field.name, "is not a number that can be kept")
        if (field.ge is not None and value < field.ge) or (field.le is not None and value > field.le):
            raise WireFault(kind, field.name, f"must lie between {field.ge} and {field.le}")


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


def masked(record: Record) -> dict[str, Plain]:
    """A record fit for a log: every personal field is replaced by its length."""
    return {
        f.name: plain_value(getattr(record, f.name))
        if f.fact.personal is Personal.NO
        else _mask(getattr(record, f.name))
        for f in fields_of(type(record))
    }


def _mask(value: object) -> str:
    return "none" if value is None else f"<{len(str(value))}>"


def more_cautious(field: Field, one: Any, other: Any) -> Any:
    """Of two values of a CAUTIOUS field the more protective: True over False, later enum member, longer text."""
    assert field.fact.merge is Merge.CAUTIOUS
    if issubclass(field.type, StrEnum):
        order = list(field.type)
        return max(one, other, key=order.index)
    if field.type is bool:
        return one or other
    return one if one and not other else other or one
