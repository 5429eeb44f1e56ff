"""What keeps a laptop in step: when to sync next and what to say about it. It has no thread; a worker drives it.

agent = SyncAgent(make_round, now=clock.now, chance=random)
while open:  wait until agent.next_at or a nudge;  agent.run_once()
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from almoner.records.trouble import Trouble
from almoner.sync.backoff import NEEDS_A_PERSON, wait_after, wait_on_hint, wait_when_well
from almoner.sync.client import Stage, Step, SyncOutcome, SyncRound
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.watchdog import Watchdog

SETTLE = timedelta(seconds=2)
"""How long after a save to wait for more of it before sending."""

FARTHEST = timedelta(hours=2)
"""No wait is longer: a next try further away than this means that the clock of the computer was set back."""


class Mood(StrEnum):
    """What the sync pill says."""

    OFFLINE = "offline"  # the server cannot be reached; work is kept here
    SENDING = "sending"  # a round is running
    ALL_SENT = "all-sent"  # the last round ended with nothing unsent and the copies proved equal
    UNSENT = "unsent"  # work waits for the next round
    WAITING = "waiting"  # somebody must act: sign in, update, ask an administrator


@dataclass(frozen=True, slots=True)
class AgentState:
    """Everything a screen may want to say about sync. `trouble` is why the last round failed; `returned` counts
    saves that came back since the program started."""

    mood: Mood = Mood.UNSENT
    unsent: int = 0
    step: Step | None = None
    outcome: SyncOutcome | None = None
    trouble: Trouble | None = None
    last_done_at: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    returned: int = 0


MakeRound = Callable[[Callable[[Step], None], Callable[[], bool]], SyncRound]
"""Makes a round that reports to the first and stops when the second says so."""


class SyncAgent:
    """Decides when to sync and remembers how it went. `run_once` is for one worker thread; the rest for any."""

    def __init__(
        self,
        make_round: MakeRound,
        *,
        now: Callable[[], datetime],
        chance: Callable[[], float],
        changed: Callable[[AgentState], None] = lambda _state: None,
        watchdog: Watchdog | None = None,
    ) -> None:
        """`watchdog` hears of every step; without one no round is ever found stuck."""
        self._make_round, self._now, self._chance, self._changed = make_round, now, chance, changed
        self._watchdog, self._broken_off = watchdog, False
        self._lock = threading.Lock()
        self._state = AgentState(next_at=now())
        self._again_at: datetime | None = None
        self._stop = False

    @property
    def state(self) -> AgentState:
        """How things stand."""
        with self._lock:
            return self._state

    def due(self, now: datetime) -> bool:
        """Whether a round should run."""
        at = self.state.next_at
        return not self._stop and at is not None and not now < at < now + FARTHEST

    def seconds_until_due(self, now: datetime) -> float:
        """How long the worker may wait on its event; 0 when a round should run."""
        at = self.state.next_at
        return 0.0 if at is None or self.due(now) else max(0.0, (at - now).total_seconds())

    def nudge(self, *, unsent: int | None = None, at_once: bool = False) -> None:
        """Something was saved, a hint came, or a person pressed Sync now. A waiting round is brought forward, not
        past what the server asked for, unless a person asked (`at_once`). What comes while a round runs may have come
        too late for it: when that round went well, the next one follows soon."""
        with self._lock:
            soon = self._now() + (timedelta(0) if at_once else SETTLE)
            at = self._state.next_at
            if self._state.mood is Mood.SENDING:
                self._again_at = min(self._again_at or soon, soon)
            may_hurry = at_once or self._state.failures == 0
            self._state = replace(
                self._state,
                unsent=self._state.unsent if unsent is None else unsent,
                mood=Mood.UNSENT if unsent and self._state.mood is Mood.ALL_SENT else self._state.mood,
                next_at=min(at, soon) if at is not None and may_hurry else at or soon,
            )

    def hint(self) -> None:
        """The server says that something changed. Every laptop that holds the scope hears it at once, so each waits a
        moment of its own; a round that failed is not hurried."""
        with self._lock:
            soon = self._now() + wait_on_hint(self._chance())
            at = self._state.next_at
            if self._state.mood is Mood.SENDING:
                self._again_at = min(self._again_at or soon, soon)
            if at is not None and self._state.failures == 0:
                self._state = replace(self._state, next_at=min(at, soon))

    def break_off_if_stuck(self) -> bool:
        """Give up on a round that makes no progress; True when the caller must now cut its line, so that it ends. It
        ends as a failure in words, and the next try is set as after any other."""
        if self._broken_off or self._watchdog is None or not self._watchdog.is_stuck:
            return False
        self._broken_off = True
        return True

    def stop(self) -> None:
        """Let the running round end between two batches, and begin no other."""
        self._stop = True

    def run_once(self) -> AgentState:
        """Run a round now; its outcome or trouble is in the state that comes back. Never raises for the world's
        faults."""
        with self._lock:
            self._again_at, self._broken_off = None, False
        if self._watchdog is not None:
            self._watchdog.begin()
        self._set(mood=Mood.SENDING, step=Step(Stage.GREETING))
        outcome: SyncOutcome | None = None
        try:
            outcome = self._make_round(self._step, lambda: self._stop or self._broken_off).run()
        except PeerTrouble as trouble:
            if not self._broken_off:
                return self._failed(trouble, trouble.kind, trouble.retry_after_seconds)
        except Trouble as trouble:
            return self._failed(trouble, PeerKind.SERVER_FAULT, 0)
        finally:
            if self._watchdog is not None:
                self._watchdog.end()
        if outcome is None or (self._broken_off and outcome.cancelled):
            return self._failed(_no_progress(), PeerKind.OFFLINE, 0)
        return self._went_well(outcome)

    def _went_well(self, outcome: SyncOutcome) -> AgentState:
        done = outcome.proved_equal and outcome.unsent == 0
        now = self._now()
        next_at = now + (SETTLE if outcome.unsent and outcome.sent else wait_when_well(self._chance()))
        with self._lock:
            next_at = min(next_at, self._again_at or next_at)
        return self._set(
            mood=Mood.ALL_SENT if done else Mood.UNSENT,
            unsent=outcome.unsent,
            outcome=outcome,
            trouble=None,
            failures=0,
            last_done_at=now if outcome.proved_equal else self.state.last_done_at,
            next_at=next_at,
            returned=self.state.returned + outcome.conflicts + outcome.held + outcome.rejected,
        )

    def _failed(self, trouble: Trouble, kind: PeerKind, retry_after_seconds: int) -> AgentState:
        failures = self.state.failures + 1
        wait = wait_after(failures, kind, retry_after_seconds=retry_after_seconds, chance=self._chance())
        return self._set(
            mood=Mood.WAITING if kind in NEEDS_A_PERSON else Mood.OFFLINE,
            trouble=trouble,
            failures=failures,
            next_at=self._now() + wait,
        )

    def _step(self, step: Step) -> None:
        if self._watchdog is not None:
            self._watchdog.step()
        self._set(step=step)

    def _set(self, **changes: object) -> AgentState:
        with self._lock:
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]  # names checked by the dataclass
            state = self._state
        self._changed(state)
        return state


def _no_progress() -> Trouble:
    return Trouble(
        "The server stopped answering in the middle of a sync, which was broken off.",
        "What had come is kept. Almoner goes on from there by itself.",
    )
