"""What the server sends, made into rows: proved field by field, with the fingerprint of the very bytes that came.

Each kind has decoders compiled from its fields, at least as strict as `records.wire`. What they do not accept at once
is looked at again the slow way, which decides: a record of ours, one with fields of a newer version, or one that
this version cannot read and sets aside whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Protocol

import msgspec

from almoner.records import BY_KIND
from almoner.records.derive import Field, fields_of
from almoner.records.facts import ID_LENGTH
from almoner.records.wire import LONGEST_LINE, Plain, WireFault, plain_value, read_value
from almoner.rules.digests import filled, hash_of_packed
from almoner.store.rows import row_of_wire
from almoner.store.tables import local_table

Row = tuple[Any, ...]
"""One row of a record table, its columns in the order of the table."""

_LARGEST = 2**53
_INSTANT_LENGTH = 27
_HEADS = 10
"""Bytes before the first value of a packed record beside its kind and id; they may be zero, which text may not."""
_PACK = msgspec.msgpack.Encoder(order="deterministic").encode
_WIRE = msgspec.msgpack.Decoder(dict[str, Any])


class PutLike(Protocol):
    """A record as it stands on the server. `values` are in wire form; defaults may be left out. One that also has
    `raw` (the same values as msgpack, as they came) is read without being taken apart twice."""

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


class Received(NamedTuple):
    """A record that came: its fingerprint, and its row, or else its body and why it cannot be kept as a record."""

    id: str
    rev: int
    hash: int
    row: Row | None
    why: str
    body: Any


def columns_of(kind: str) -> tuple[str, ...]:
    """The columns of a kind's table in order: id, fields, rev, extra."""
    return _reader(kind).columns


def received(put: PutLike) -> Received:
    """Read one record of the server."""
    raw = getattr(put, "raw", None)
    if raw is None:
        raw = msgspec.Raw(_PACK(put.values))
    packed = _PACK((put.kind, put.id, put.rev, raw))
    fingerprint = hash_of_packed(packed)
    if put.kind not in BY_KIND:
        return Received(
            put.id, min(put.rev, _LARGEST), fingerprint, None, "this version does not know such records", raw
        )
    if not 0 <= put.rev <= _LARGEST:
        return Received(put.id, 0, fingerprint, None, "its rev is not a number that can be kept", raw)
    reader = _reader(put.kind)
    row = reader.quick(put.id, put.rev, raw, packed)
    if row is not None:
        return Received(put.id, put.rev, fingerprint, row, "", None)
    row, why = reader.slow(put.id, put.rev, raw)
    return Received(put.id, put.rev, fingerprint, row, why, None if row else raw)


class Taken:
    """The records of one part of a page, read and by kind: made before the transaction, which is the shorter for it."""

    __slots__ = ("by_kind", "count")

    def __init__(self, puts: Sequence[PutLike] = ()) -> None:
        self.count = len(puts)
        self.by_kind: dict[str, list[Received]] = {}
        for put in puts:
            self.by_kind.setdefault(put.kind, []).append(received(put))


def wire_values(body: Any) -> dict[str, Plain]:
    """The values of a received record, taken apart. Raises msgspec.DecodeError when they are damaged."""
    return _WIRE.decode(body)


@dataclass(frozen=True, slots=True)
class _Reader:
    """How records of one kind are read; places are those of a row's cells."""

    record: Any
    columns: tuple[str, ...]
    strict: Any
    plain: Any
    instants: tuple[int, ...]
    truths: tuple[int, ...]
    words: tuple[int, ...]
    numbers: tuple[int, ...]

    def quick(self, record_id: str, rev: int, raw: Any, packed: bytes) -> Row | None:
        """The row, or None when the record must be looked at more closely."""
        if len(record_id) > ID_LENGTH or not record_id.isascii():
            return None
        try:
            self.strict.decode(raw)
            row = (record_id, *msgspec.structs.astuple(self.plain.decode(raw)), rev, None)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        for place in self.instants:
            if not _is_instant(row[place]):
                return None
        for place in self.numbers:
            if row[place] != row[place]:
                return None
        if packed.find(b"\x00", len(self.record.kind) + len(record_id) + _HEADS) >= 0 and any(map(_has_nul, row)):
            return None
        return self._as_kept(row) if self.truths or self.words else row

    def _as_kept(self, row: Row) -> Row:
        cells = list(row)
        for place in self.truths:
            if cells[place] is not None:
                cells[place] = int(cells[place])
        for place in self.words:
            cells[place] = json.dumps(cells[place], ensure_ascii=False) if cells[place] else "[]"
        return tuple(cells)

    def slow(self, record_id: str, rev: int, raw: Any) -> tuple[Row | None, str]:
        """The row, or why there is none. Never quotes a value."""
        try:
            wire = filled(self.record.kind, record_id, wire_values(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None, "it is damaged"
        why = _unreadable(self.record, wire)
        if why:
            return None, why
        try:
            row = row_of_wire(self.record, wire, rev)
        except (TypeError, ValueError):
            return None, "it holds a field of a newer version that cannot be kept"
        return tuple(row[name] for name in self.columns), ""


def _is_instant(text: str | None) -> bool:
    """Whether an instant that was read as one is also written in the one way we write them, in a year we can keep."""
    return text is None or (
        len(text) == _INSTANT_LENGTH and text[10] == "T" and text[26] == "Z" and "1000" <= text < "9999"
    )


def _has_nul(cell: object) -> bool:
    if isinstance(cell, list):
        return any("\x00" in word for word in cell)
    return isinstance(cell, str) and "\x00" in cell


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


@cache
def _reader(kind: str) -> _Reader:
    record: Any = BY_KIND[kind]
    fields = fields_of(record)
    assert fields[0].name == "id", "a record's id stands first"
    columns = tuple(column.name for column in local_table(record).c)
    assert columns == (*(field.name for field in fields), "rev", "extra"), "a row is its fields, rev and extra"
    return _Reader(
        record=record,
        columns=columns,
        strict=_decoder(record, fields[1:], _strict_type, forbid_unknown_fields=True),
        plain=_decoder(record, fields[1:], _plain_type, forbid_unknown_fields=False),
        instants=_places(fields, datetime),
        truths=_places(fields, bool),
        words=_places(fields, tuple),
        numbers=_places(fields, float),
    )


def _places(fields: tuple[Field, ...], kind: type) -> tuple[int, ...]:
    return tuple(place for place, field in enumerate(fields) if field.type is kind)


def _decoder(record: Any, fields: tuple[Field, ...], type_of: Any, *, forbid_unknown_fields: bool) -> Any:
    """A decoder of a kind's values; fields that may be missing get their default in wire form."""
    members: list[Any] = []
    for field in fields:
        found = type_of(field)
        shape = found | None if field.optional else found
        members.append((field.name, shape) if field.required else (field.name, shape, _default(field)))
    shape = msgspec.defstruct(
        f"{record.__name__}Values", members, kw_only=True, forbid_unknown_fields=forbid_unknown_fields, gc=False
    )
    return msgspec.msgpack.Decoder(shape)


def _default(field: Field) -> Any:
    plain = plain_value(field.default)
    return msgspec.field(default_factory=list) if isinstance(plain, list) else plain


def _plain_type(field: Field) -> Any:
    return {bool: bool, int: int, float: float, tuple: list[str]}.get(field.type, str)


def _strict_type(field: Field) -> Any:
    """The type that accepts no value which `read_value` refuses."""
    if field.type in (bool, date):
        return field.type
    if field.type is datetime:
        return Annotated[datetime, msgspec.Meta(tz=True)]
    if field.type in (int, float):
        low = -_LARGEST if field.ge is None else max(field.ge, -_LARGEST)
        high = _LARGEST if field.le is None else min(field.le, _LARGEST)
        return Annotated[field.type, msgspec.Meta(ge=low, le=high)]
    length = msgspec.Meta(min_length=field.min_len or None, max_length=field.max_len)
    if field.type is tuple:
        return Annotated[list[Annotated[str, msgspec.Meta(max_length=LONGEST_LINE)]], length]
    if issubclass(field.type, StrEnum):
        return Literal[tuple(word.value for word in field.type)]
    return Annotated[str, length]
