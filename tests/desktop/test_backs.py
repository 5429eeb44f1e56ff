"""The store behind the doors: who saved, when by the device's clock, and what each thread owns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from almoner.desktop.backs import StoreBacks
from almoner.outside.clock import PretendClock
from almoner.records import Person
from almoner.records.wire import instant_text
from almoner.store.opening import Store
from almoner.store.outbox import next_batch
from tests.desks import A1_MORNING, RUTH

EMEKA = Person(id="emeka", full_name="Emeka Miah")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    made = Store.create(tmp_path / "store", bytes(32), user_id=RUTH.id)
    yield made
    made.close()


def test_a_save_carries_its_officer_and_the_device_s_time(store: Store) -> None:
    """Each save is by the officer who is signed in, at the moment it is written, not when the window was opened."""
    clock = PretendClock(A1_MORNING)
    backs = StoreBacks(store, author=RUTH.id, clock=clock)
    clock.advance(hours=2)
    value, touched = backs.writer().write(lambda tx: tx.add(EMEKA))

    (save,) = store.look(lambda reading: next_batch(reading, 10, 1 << 20))
    assert (save.author, save.made_at) == (RUTH.id, instant_text(A1_MORNING + timedelta(hours=2)))
    assert (value, touched) == (None, frozenset({"person"}))


def test_the_reader_sees_what_was_saved(store: Store) -> None:
    """What one thread saved another reads at once."""
    backs = StoreBacks(store, author=RUTH.id, clock=PretendClock(A1_MORNING))
    reader = backs.reader()
    backs.writer().write(lambda tx: tx.add(EMEKA))

    assert reader.read(lambda reading: reading.get(Person, EMEKA.id)) == EMEKA
    reader.close()


def test_a_writer_let_go_leaves_the_store_open(store: Store) -> None:
    """The store closes its writer itself, after the last reader: the thread that ends first must not."""
    backs = StoreBacks(store, author=RUTH.id, clock=PretendClock(A1_MORNING))
    writer = backs.writer()
    writer.close()
    writer.write(lambda tx: tx.add(EMEKA))

    assert store.look(lambda reading: reading.get(Person, EMEKA.id)) == EMEKA
