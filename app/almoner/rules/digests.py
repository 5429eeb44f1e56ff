"""The fingerprint of a record and the digest of a scope: how two copies prove in 16 bytes that they are equal.

A record's hash covers its kind, id, rev and canonical values: fields that differ from their declared default, by
name. Leaving defaults out means that adding a field with a default changes no hash and re-sends nothing. A scope's
digest is the XOR of its records' hashes, so it can be kept up to date one record at a time, in any order.
All numbers are signed 64-bit, because neither SQLite nor PostgreSQL keeps unsigned ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import blake2b
from typing import Any

import msgspec

from almoner.records import BY_KIND
from almoner.records.derive import fields_of
from almoner.records.wire import Plain, plain_value

EMPTY = 0
"""The digest of nothing."""

_ENCODER = msgspec.msgpack.Encoder(order="deterministic")


@cache
def _defaults(kind: str) -> dict[str, Plain]:
    if kind not in BY_KIND:
        return {}
    record: Any = BY_KIND[kind]
    return {f.name: plain_value(f.default) for f in fields_of(record) if not f.required}


def canonical(kind: str, values: Mapping[str, Plain]) -> dict[str, Plain]:
    """The values that travel and are hashed: without the id and without fields at their default, by name.

    Fields this version does not know are kept: they came from a newer one and go back to it unchanged.
    """
    defaults = _defaults(kind)
    return {
        name: values[name] for name in sorted(values) if name != "id" and not _is_default(defaults, name, values[name])
    }


def _is_default(defaults: Mapping[str, Plain], name: str, value: Plain) -> bool:
    return name in defaults and type(value) is type(defaults[name]) and value == defaults[name]


def filled(kind: str, record_id: str, values: Mapping[str, Plain]) -> dict[str, Plain]:
    """The whole wire form again, as `from_wire` reads it: id, defaults, then the values that travelled."""
    return {"id": record_id, **_defaults(kind), **values}


def record_hash(kind: str, record_id: str, rev: int, values: Mapping[str, Plain]) -> int:
    """The fingerprint of one record in one state; `values` must be canonical."""
    return hash_of_packed(_ENCODER.encode((kind, record_id, rev, values)))


def hash_of_packed(packed: bytes) -> int:
    """The fingerprint of a record from the msgpack of (kind, id, rev, canonical values), names in order."""
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def digest_of(hashes: Iterable[int]) -> int:
    """The digest of a set of records from their hashes."""
    digest = EMPTY
    for one in hashes:
        digest ^= one
    return digest
