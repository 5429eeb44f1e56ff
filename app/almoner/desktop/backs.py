"""The store behind the two doors: what the writer thread and the reader threads own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from almoner.casework.ports import Clock
from almoner.store.opening import Store
from almoner.store.reading import Reader
from almoner.store.writing import Writer

T = TypeVar("T")


class StoreWriter:
    """The writing connection; every save carries the officer who is signed in and the device's time."""

    def __init__(self, writer: Writer, *, author: str, clock: Clock) -> None:
        self._writer, self._author, self._clock = writer, author, clock

    def write(self, fn: Callable[[Any], T]) -> tuple[T, frozenset[str]]:
        """Run one transaction."""
        return self._writer.write(fn, author=self._author, now=self._clock.now())

    def close(self) -> None:
        """Nothing: the store closes its writer itself, after the last reader."""


class StoreBacks:
    """Opens what each thread of the doors owns. The first reader gets the large cache that searching needs."""

    def __init__(self, store: Store, *, author: str, clock: Clock) -> None:
        self._store, self._author, self._clock = store, author, clock

    def writer(self) -> StoreWriter:
        """The writing connection."""
        return StoreWriter(self._store.writer(), author=self._author, clock=self._clock)

    def reader(self) -> Reader:
        """A reading connection."""
        return self._store.reader(large_cache=True)
