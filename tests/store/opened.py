"""What tests of the store share: a master key, a cheap passphrase cost, and short ways to write and read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.builders import NOW, USER_ID

from almoner.records.wire import to_wire
from almoner.rules.digests import canonical
from almoner.store.incoming import apply_part
from almoner.store.keys import Cost
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.writing import Writing

T = TypeVar("T")

MASTER = bytes(range(32))
OTHER_MASTER = bytes(range(1, 33))
CHEAP = Cost(memory_kib=8, passes=1, lanes=1)


def write(store: Store, action: Callable[[Writing], T]) -> T:
    """Run an action in one transaction of the store's writer."""
    return store.writer().write(action, author=USER_ID, now=NOW)[0]


def add(store: Store, *records: Any) -> None:
    """Add records in one transaction."""
    write(store, lambda tx: [tx.add(record) for record in records])


def read(store: Store, query: Callable[[Reading], T]) -> T:
    """Ask the store one question."""
    return store.look(query)


def made(folder: Path) -> Store:
    """A new store."""
    return Store.create(folder, MASTER, user_id=USER_ID)


def reopened(store: Store) -> Store:
    """The same store, closed and opened again."""
    store.close()
    return Store.open(store.folder, MASTER)


@dataclass(frozen=True)
class Put:
    """A record as the server sends it."""

    kind: str
    id: str
    rev: int
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ref:
    """A record that left."""

    kind: str
    id: str


def put(record: Any, rev: int = 1, **extra: Any) -> Put:
    """A record as the server sends it, defaults left out."""
    return Put(record.kind, record.id, rev, {**canonical(record.kind, to_wire(record)), **extra})


def ref(record: Any) -> Ref:
    """A record that left."""
    return Ref(record.kind, record.id)


def receive(store: Store, *puts: Put, scope: str = "team", state: str = "s1", **more: Any) -> None:
    """Take in what one scope adds to a page."""
    write(store, lambda tx: apply_part(tx, scope, state, puts=puts, **more))
