"""A device works while its lease lasts by its own clock, whatever that clock says, and wins nothing by setting it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from almoner.rules.lease import Contact, Lock, standing

NOON = datetime(2026, 12, 17, 12, 0, tzinfo=UTC)
DAY, LASTS = timedelta(days=1), timedelta(hours=72)
CONTACT = Contact(at=NOON, lasts=LASTS)


@pytest.mark.parametrize(
    ("now", "highest", "lock"),
    [
        (NOON, None, Lock.NONE),
        (NOON + LASTS - timedelta(seconds=1), NOON, Lock.NONE),
        (NOON + LASTS, NOON, Lock.LEASE),
        (NOON + 400 * DAY, NOON, Lock.LEASE),
        (NOON - timedelta(hours=2), NOON, Lock.NONE),
        (NOON - 2 * DAY, NOON, Lock.CLOCK),
        (NOON - 2 * DAY, None, Lock.CLOCK),
        (NOON + timedelta(hours=1), NOON + timedelta(hours=71), Lock.CLOCK),
        (NOON + timedelta(hours=1), NOON + LASTS, Lock.LEASE),
        (NOON + timedelta(hours=50), NOON + timedelta(hours=71), Lock.NONE),
    ],
)
def test_the_lease_is_counted_by_the_highest_time_seen(now: datetime, highest: datetime | None, lock: Lock) -> None:
    """A clock set back makes no lease longer; a small step, as between two time servers, locks nobody out."""
    assert standing(CONTACT, now=now, highest=highest).lock is lock


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_always_wrong_locks_nobody_out(years: int) -> None:
    """The lease is a length of time, not a date: only how long ago the contact was counts."""
    wrong = NOON + timedelta(days=365 * years)
    contact = Contact(at=wrong, lasts=LASTS)

    assert standing(contact, now=wrong + DAY, highest=wrong + DAY).is_open
    assert standing(contact, now=wrong + 4 * DAY, highest=wrong).lock is Lock.LEASE


def test_what_the_server_asked_for_comes_before_the_lease() -> None:
    """Somebody whose device is wiped is not told to wait for a network."""
    wiped = Contact(at=NOON, lasts=timedelta(0), revoked=True, wipe=True)
    revoked = Contact(at=NOON, lasts=timedelta(0), revoked=True)

    assert standing(wiped, now=NOON + 9 * DAY, highest=None).lock is Lock.WIPE
    assert standing(revoked, now=NOON + 9 * DAY, highest=None).lock is Lock.REVOKED


def test_a_store_that_never_met_its_server_is_open() -> None:
    """The first load has not begun: there is nothing to lock."""
    assert standing(None, now=NOON, highest=NOON + 99 * DAY).is_open


@pytest.mark.parametrize("lock", [lock for lock in Lock if lock is not Lock.NONE])
def test_every_lock_says_what_is_and_what_to_do(lock: Lock) -> None:
    """Nobody is left before a locked screen without a word."""
    contact = {
        Lock.LEASE: CONTACT,
        Lock.CLOCK: CONTACT,
        Lock.REVOKED: Contact(at=NOON, lasts=LASTS, revoked=True),
        Lock.WIPE: Contact(at=NOON, lasts=LASTS, wipe=True),
    }[lock]
    found = standing(contact, now=NOON - 2 * DAY if lock is Lock.CLOCK else NOON + 9 * DAY, highest=None)

    assert found.lock is lock
    assert found.what.endswith(".")
    assert found.do.endswith(".")
