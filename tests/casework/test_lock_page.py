"""What stands in place of the work: why, what became of the work, what to do, and nothing of any resident."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, COUNCIL, RUTH

from almoner.casework.lock_page import Hold, hold_of, is_first_load, lock_words
from almoner.records import Person
from almoner.records.wire import instant_text
from almoner.store.opening import Store

NOW = A1_MORNING
CONTACT = {
    "server_time": instant_text(NOW - timedelta(days=1)),
    "greeted_at": instant_text(NOW - timedelta(days=1)),
    "lease_until": instant_text(NOW + timedelta(days=2)),
}
PAST = {
    "server_time": instant_text(NOW - timedelta(days=4)),
    "greeted_at": instant_text(NOW - timedelta(days=4)),
    "lease_until": instant_text(NOW - timedelta(days=1)),
}
AHEAD = {
    "server_time": instant_text(NOW + timedelta(days=5)),
    "greeted_at": instant_text(NOW + timedelta(days=5)),
    "lease_until": instant_text(NOW + timedelta(days=8)),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with its officer, the council and a resident."""
    made = Store.create(tmp_path / "store", bytes(32), user_id=RUTH.id)
    for record in (COUNCIL, RUTH, Person(id="comfort", full_name="Comfort Adjei")):
        made.writer().write(lambda tx, record=record: tx.add(record), author=RUTH.id, now=NOW)
    yield made
    made.close()


def keep(store: Store, facts: dict[str, str]) -> None:
    """Let the store know this; the time of the writing is long ago, so that it proves nothing of the clock."""
    store.writer().write(
        lambda tx: tx.set_facts(facts) if facts else None, author=RUTH.id, now=NOW - timedelta(days=30)
    )


@pytest.mark.parametrize(
    ("facts", "user_id", "hold", "words"),
    [
        ({}, RUTH.id, Hold.NONE, ""),
        (CONTACT, RUTH.id, Hold.NONE, ""),
        ({}, "somebody", Hold.LOADING, "Your own cases come first"),
        (PAST, RUTH.id, Hold.LEASE, "It last reached the office 13 Dec 10:05."),
        (AHEAD, RUTH.id, Hold.CLOCK, "says 17 Dec 2026 10:05, but it was later than that before"),
        ({**CONTACT, "revoked": "1"}, RUTH.id, Hold.REVOKED, "3 saves not sent yet are handed in first."),
        ({**CONTACT, "revoked": "1", "wipe": "1"}, RUTH.id, Hold.WIPE, "to be destroyed"),
    ],
)
def test_each_hold_says_why(store: Store, facts: dict[str, str], user_id: str, hold: Hold, words: str) -> None:
    """The worst counts; the words say what happened and what becomes of the work, and never name a resident."""
    keep(store, facts)
    found = store.look(lambda reading: hold_of(reading, user_id, NOW))
    said = store.look(lambda reading: lock_words(reading, user_id, NOW))

    assert found is hold
    assert said.hold is hold
    assert words in said.what
    assert said.unsent == 3
    assert "Comfort" not in f"{said.title} {said.what} {said.do}"


def test_what_left_the_device_is_said(store: Store) -> None:
    """After the purge the page says how much left, and when."""
    gone = {"gone_at": instant_text(NOW - timedelta(minutes=1)), "gone_records": "51204", "gone_files": "1"}
    keep(store, {**CONTACT, "revoked": "1", **gone})
    said = store.look(lambda reading: lock_words(reading, RUTH.id, NOW))

    assert "51,204 records and 1 file left this device today 10:04." in said.what


def test_a_first_load_ends_with_the_first_whole_round(store: Store) -> None:
    """Only once everything has come is it said that nothing more is being fetched."""
    before = store.look(is_first_load)
    keep(store, {"last_sync_at": instant_text(NOW)})
    after = store.look(is_first_load)

    assert (before, after) == (True, False)
