"""When a laptop syncs and what it says about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sync.laptops import Laptop

from almoner.sync.agent import SETTLE, Mood, SyncAgent
from almoner.sync.backoff import LONGEST_SECONDS, NEEDS_A_PERSON, wait_after, wait_when_well
from almoner.sync.client import Stage, Step, SyncRound
from almoner.sync.peer import PeerKind, PeerTrouble


def _agent(laptop: Laptop, told: list[Mood] | None = None) -> SyncAgent:
    def make(progress: Callable[[Step], None], cancelled: Callable[[], bool]) -> SyncRound:
        return SyncRound(laptop, laptop.line, now=laptop.clock.now, progress=progress, cancelled=cancelled)

    return SyncAgent(
        make, now=laptop.clock.now, chance=lambda: 0.5, changed=lambda s: None if told is None else told.append(s.mood)
    )


def test_offline_then_sent(ruth: Laptop) -> None:
    """The pill goes from offline to all sent; nothing is lost between."""
    ruth.new_case()
    agent = _agent(ruth)
    ruth.line.down = True
    away = agent.run_once()
    ruth.line.down = False
    ruth.clock.advance(minutes=1)
    assert agent.due(ruth.clock.now())
    well = agent.run_once()

    assert (away.mood, away.failures) == (Mood.OFFLINE, 1)
    assert away.trouble is not None
    assert (well.mood, well.unsent, well.trouble, well.failures) == (Mood.ALL_SENT, 0, None, 0)
    assert well.last_done_at == ruth.clock.now()


def test_a_save_brings_the_next_round_forward(ruth: Laptop) -> None:
    """Saved work does not wait for the usual minute, but gathers for a moment."""
    agent = _agent(ruth)
    agent.run_once()
    assert not agent.due(ruth.clock.now() + SETTLE)
    agent.nudge(unsent=1)

    assert agent.due(ruth.clock.now() + SETTLE)
    assert agent.state.mood is Mood.UNSENT
    assert agent.seconds_until_due(ruth.clock.now()) == SETTLE.total_seconds()


def test_a_save_during_a_round_is_sent_soon_after_it(ruth: Laptop) -> None:
    """What was saved or asked for while a round ran may have come too late for it, and does not wait a minute."""

    def make(progress: Callable[[Step], None], cancelled: Callable[[], bool]) -> SyncRound:
        agent.nudge(unsent=1)
        return SyncRound(ruth, ruth.line, now=ruth.clock.now, progress=progress, cancelled=cancelled)

    agent = SyncAgent(make, now=ruth.clock.now, chance=lambda: 0.5)
    agent.run_once()

    assert agent.due(ruth.clock.now() + SETTLE)


def test_a_save_does_not_hurry_a_server_that_is_away_but_a_person_may(ruth: Laptop) -> None:
    """A broken server is not hammered by every save; Sync now tries at once."""
    agent = _agent(ruth)
    ruth.line.down = True
    for _ in range(6):
        agent.run_once()
    agent.nudge(unsent=2)
    assert not agent.due(ruth.clock.now() + SETTLE)
    agent.nudge(at_once=True)

    assert agent.due(ruth.clock.now())


def test_a_clock_set_back_does_not_stop_the_rounds(ruth: Laptop) -> None:
    """When the clock of the computer is put back from a wrong year, the next try is not years away."""
    agent = _agent(ruth)
    agent.run_once()
    set_back = ruth.clock.now() - timedelta(days=365 * 50)

    assert not agent.due(ruth.clock.now())
    assert agent.due(set_back)
    assert agent.seconds_until_due(set_back) == 0


@pytest.mark.parametrize("kind", sorted(NEEDS_A_PERSON))
def test_what_needs_a_person_says_so_and_is_tried_again_all_the_same(ruth: Laptop, kind: PeerKind) -> None:
    """Waiting on someone is not offline; the next try is set in any case."""

    class Refusing:
        def hello(self, message: object) -> object:
            raise PeerTrouble(kind, "Sign in again.", "Type your password.")

    ruth.line = Refusing()  # type: ignore[assignment]
    state = _agent(ruth).run_once()

    assert state.mood is Mood.WAITING
    assert state.next_at is not None


def test_stopping_ends_between_two_batches(ruth: Laptop) -> None:
    """Closing the program does not wait for a long round, and what was not sent stays."""
    ruth.new_case()
    agent = _agent(ruth)
    agent.stop()
    state = agent.run_once()

    assert state.outcome is not None
    assert state.outcome.cancelled
    assert (state.outcome.proved_equal, ruth.unsent(), state.mood) == (False, 1, Mood.UNSENT)
    assert not agent.due(ruth.clock.now() + timedelta(days=1))


def test_steps_are_told_as_they_come(ruth: Laptop) -> None:
    """A person watching sees sending and receiving, n of total."""
    steps: list[Step] = []
    ruth.new_case()
    SyncRound(ruth, ruth.line, now=ruth.clock.now, progress=steps.append).run()

    assert [s.stage for s in steps][:2] == [Stage.GREETING, Stage.SENDING]
    assert Step(Stage.SENDING, 1, 1) in steps
    assert steps[-1].stage is Stage.RECEIVING


@given(st.integers(1, 10_000), st.sampled_from(list(PeerKind)), st.integers(0, 7200), st.floats(0, 1))
def test_waiting_is_bounded_and_never_undercuts_the_server(
    failures: int, kind: PeerKind, retry_after: int, chance: float
) -> None:
    """Never never, never at once, never sooner than asked."""
    wait = wait_after(failures, kind, retry_after_seconds=retry_after, chance=chance).total_seconds()

    assert wait >= retry_after
    assert 2.5 <= wait <= max(LONGEST_SECONDS, retry_after)


def test_laptops_that_lost_the_server_together_come_back_apart() -> None:
    """Chance spreads them, also when all is well."""
    assert wait_after(5, PeerKind.OFFLINE, chance=0.0) < wait_after(5, PeerKind.OFFLINE, chance=1.0)
    assert wait_when_well(0.0) < wait_when_well(1.0)
