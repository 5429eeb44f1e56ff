"""Everything that follows from a field's one declaration: its type, its limits and what is known about it.

Tables (store), forms (desktop), test data (tests) and the golden file of the wire are made from `fields_of`.
"""

from __future__ import annotations

import dataclasses
import types
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen

from almoner.records.facts import Fact, Merge


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
        """Whether the field holds a set of words; otherwise several words are lines, whose order matters."""
        return self.type is tuple and self.fact.merge is Merge.UNION


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
