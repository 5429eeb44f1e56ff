"""What books in memory hold: rows on shelves, none of which is ever changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from almoner.store.central_rows import Key, Stored

Shelf: TypeAlias = Mapping[Any, Any]


class Row(NamedTuple):
    """A record and its fingerprint."""

    stored: Stored
    hash: int


class Member(NamedTuple):
    """Where a record stands in a scope."""

    seq: int
    state: str
    hash: int


@dataclass(frozen=True)
class Shelves:
    """All that is committed at one moment. Nothing in it is ever changed in place."""

    records: Shelf  # Key -> Row
    history: Shelf  # Key -> tuple of Offer
    saves: Shelf  # mutation_id -> Answer
    numbers: Shelf  # (client_id, generation) -> {client_seq: (mutation_id, received_at)}
    held: Shelf  # mutation_id -> packed save
    scopes: Shelf  # id -> Standing
    members: Shelf  # scope id -> {Key: Member}
    clients: Shelf  # id -> Client
    devices: Shelf  # id -> Said
    receipts: Shelf  # id -> Given
    facts: Shelf  # name -> text
    pages: Shelf = field(default_factory=dict)  # scope id -> {(edition, after): FirstPage}

    def standing(self) -> dict[Key, Stored]:
        """The records there are."""
        return {key: row.stored for key, row in self.records.items() if row is not None}


EMPTY = Shelves({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {"epoch": "first"})
