"""One saved change to one record, as it waits in the outbox and travels to the server."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from almoner.records.wire import Plain


class Verdict(StrEnum):
    """What the server made of a mutation."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    HELD = "held"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """`values` sets fields; `added`/`removed` change sets of words; `base` is, per field, the record's rev when the
    author saw it (0: the author made the record). `author` is fixed when saved, whoever signs in later.
    `made_at` is an instant in wire form by the device's clock: shown, never trusted. `delete` takes the record away;
    `base` then holds its rev under ""."""

    client_seq: int
    mutation_id: str
    made_at: str
    author: str
    schema: int
    kind: str
    record: str
    base: dict[str, int] = field(default_factory=dict)
    values: dict[str, Plain] = field(default_factory=dict)
    added: dict[str, list[str]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    delete: bool = False
