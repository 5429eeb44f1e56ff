"""What a round leaves behind for the lease: a laptop that keeps in contact stays open, one that does not locks."""

from __future__ import annotations

import pytest
from tests.sync.laptops import RUTH, ByWire, Centre, Cut, Laptop

from almoner.casework.lease import prove_open, standing_of
from almoner.records.trouble import Trouble
from almoner.rules.lease import Lock
from almoner.store.reading import Reading


def _lock(laptop: Laptop) -> Lock:
    return laptop.read(lambda reading: standing_of(reading, laptop.clock.now())).lock


def test_a_laptop_that_was_away_too_long_opens_again_when_it_syncs(ruth: Laptop) -> None:
    """The lease runs from contact to contact; syncing is possible while it is over, and loses nothing."""
    ruth.sync()
    seen = [_lock(ruth)]
    for hours in (71, 2):
        ruth.clock.advance(hours=hours)
        ruth.centre.clock.advance(hours=hours)
        seen.append(_lock(ruth))
    case = ruth.new_case()
    ruth.sync()
    seen.append(_lock(ruth))

    assert seen == [Lock.NONE, Lock.NONE, Lock.LEASE, Lock.NONE]
    assert case.id in {held.id for held in ruth.all_of(type(case))}


@pytest.mark.parametrize("years", [-10, 10])
def test_a_laptop_whose_clock_is_years_off_is_not_locked_out(ruth: Laptop, years: int) -> None:
    """Its lease is counted by its own clock, from the moment of contact."""
    ruth.clock.advance(days=365.0 * years)
    ruth.sync()
    ruth.clock.advance(hours=70)
    seen = [_lock(ruth)]
    ruth.clock.advance(hours=3)
    seen.append(_lock(ruth))

    assert seen == [Lock.NONE, Lock.LEASE]


def test_setting_the_clock_back_wins_nothing(ruth: Laptop) -> None:
    """Work on the third day is seen by the store, so going back to the first locks it."""
    ruth.sync()
    ruth.clock.advance(hours=60)
    ruth.new_person()
    ruth.clock.advance(hours=-58)

    assert _lock(ruth) is Lock.CLOCK


def test_a_clock_put_right_is_believed_after_a_round(ruth: Laptop) -> None:
    """A clock that once ran ahead locks nobody for years: the server's time proves the one it has now."""
    ruth.clock.advance(days=365)
    ruth.new_person()
    ruth.clock.advance(days=-365)
    ruth.sync()

    assert _lock(ruth) is Lock.NONE


def test_a_revoked_laptop_is_locked_and_says_why(ruth: Laptop, centre: Centre) -> None:
    """After the round that handed in its work nothing can be opened, and the person is told in words."""
    ruth.sync()
    ruth.new_case()
    ruth.line = Cut(ByWire(centre.peer(RUTH, revoked=True)))
    outcome = ruth.sync()

    def prove(reading: Reading) -> None:
        prove_open(reading, ruth.clock.now())

    assert (_lock(ruth), outcome.unsent) == (Lock.REVOKED, 0)
    with pytest.raises(Trouble, match="may not be used"):
        ruth.read(prove)


def test_a_laptop_that_may_work_again_opens(ruth: Laptop, centre: Centre) -> None:
    """A mistake is put right by the next round."""
    ruth.line = Cut(ByWire(centre.peer(RUTH, revoked=True)))
    ruth.sync()
    ruth.line = Cut(ByWire(centre.peer(RUTH)))
    ruth.sync()

    assert _lock(ruth) is Lock.NONE
