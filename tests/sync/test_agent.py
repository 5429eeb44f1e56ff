"""When a laptop syncs and what it says about it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sync.laptops import Laptop

from almoner.sync.agent import SETTLE, Mood, SyncAgent
from almoner.sync.backoff import LONGEST_SECONDS, NEEDS_A_PERSON, wait_after, wait_on_hint, wait_when_well
from almoner.sync.client import Stage, Step, SyncRound
from almoner.sync.messages import Hello, HelloReply
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.watchdog import STUCK_SECONDS, Watchdog


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


@given(st.integers(1, 10_000))
def test_after_an_outage_laptops_are_spread(seed: int) -> None:
    """Fifty laptops that all failed for an hour do not come back in the same seconds."""
    chance = random.Random(seed)
    waits = [wait_after(12, PeerKind.OFFLINE, chance=chance.random()).total_seconds() for _ in range(50)]
    in_one_minute = Counter(int(wait // 60) for wait in waits)

    assert len(in_one_minute) >= 4
    assert max(in_one_minute.values()) <= 25


def test_a_hint_brings_the_next_round_forward_each_laptop_in_its_own_moment(ruth: Laptop) -> None:
    """News is fetched within seconds, but a hundred laptops that hear of it at once do not ask at once."""
    agent = _agent(ruth)
    agent.run_once()
    before = agent.due(ruth.clock.now() + wait_on_hint(0.5))
    agent.hint()

    assert not before
    assert agent.due(ruth.clock.now() + wait_on_hint(0.5))
    assert not agent.due(ruth.clock.now())
    assert wait_on_hint(0.0) < wait_on_hint(1.0)


def test_a_hint_does_not_hurry_a_server_that_is_away(ruth: Laptop) -> None:
    """A late hint does not undo the wait after a failure."""
    agent = _agent(ruth)
    ruth.line.down = True
    agent.run_once()
    planned = agent.state.next_at
    agent.hint()

    assert agent.state.next_at == planned


class Stalling:
    """A server that takes the greeting and then says nothing until its line is cut."""

    def __init__(self, stuck: Callable[[], None]) -> None:
        self._stuck = stuck

    def hello(self, message: Hello) -> HelloReply:
        self._stuck()
        raise PeerTrouble(PeerKind.OFFLINE, "The answer of the server was cut short.", "Later.")


def test_a_round_without_progress_is_broken_off_and_tried_again(ruth: Laptop) -> None:
    """A line that gives nothing for minutes does not hold the laptop for ever: the round ends, says why in words, and
    the next try is set; bytes that trickle in are no progress."""
    ticks = [0.0]
    watchdog = Watchdog(lambda: ticks[0])
    seen: list[bool] = []

    def stuck() -> None:
        seen.append(agent.break_off_if_stuck())
        for _ in range(10):
            ticks[0] += STUCK_SECONDS / 10
            watchdog.heard(1)
        seen.append(agent.break_off_if_stuck())
        seen.append(agent.break_off_if_stuck())

    ruth.line = Stalling(stuck)  # type: ignore[assignment]

    def make(progress: Callable[[Step], None], cancelled: Callable[[], bool]) -> SyncRound:
        return SyncRound(ruth, ruth.line, now=ruth.clock.now, progress=progress, cancelled=cancelled)

    agent = SyncAgent(make, now=ruth.clock.now, chance=lambda: 0.5, watchdog=watchdog)
    state = agent.run_once()
    ticks[0] += STUCK_SECONDS * 2

    assert seen == [False, True, False]
    assert state.mood is Mood.OFFLINE
    assert state.trouble is not None
    assert "broken off" in state.trouble.what
    assert state.next_at is not None
    assert not watchdog.is_stuck


def test_steps_and_bytes_keep_a_slow_round_alive() -> None:
    """A slow line is not a dead one: every step and every few thousand bytes give it its time again."""
    ticks = [0.0]
    watchdog = Watchdog(lambda: ticks[0])
    watchdog.begin()
    found = []
    for happens in (watchdog.step, lambda: watchdog.heard(4096), lambda: watchdog.heard(10)):
        ticks[0] += STUCK_SECONDS - 1
        happens()
        found.append(watchdog.is_stuck)
    ticks[0] += 2

    assert found == [False, False, False]
    assert watchdog.is_stuck
