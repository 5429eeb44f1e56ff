"""The network's own thread: it drives the sync agent, sends and fetches files, and tells the window how things stand.

Rows are written through the doors' writer, behind the user's own saves; rows are read on a connection of this thread.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import Signal

from almoner.casework.ports import Clock
from almoner.desktop.jobs import Doors
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Network
from almoner.outside.carrying import carry_files
from almoner.outside.places import Line, Post
from almoner.records.trouble import Trouble
from almoner.rules.words import when
from almoner.store.attachments import Vault, files_to_send
from almoner.store.opening import Store
from almoner.store.outbox import returned, unsent_count
from almoner.store.reading import Reader, Reading
from almoner.sync.agent import AgentState, Mood, SyncAgent
from almoner.sync.client import Step, SyncRound
from almoner.sync.peer import PeerKind, PeerTrouble

T = TypeVar("T")

LONGEST_SLEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ThreadDoor:
    """The store as a round on this thread needs it."""

    reader: Reader
    doors: Doors

    def read(self, query: Callable[[Reading], T]) -> T:
        """The answer to a question."""
        return self.reader.read(query)

    def write(self, action: Callable[[Any], T]) -> T:
        """All of it in one transaction, or nothing."""
        return self.doors.write_and_wait(action)


class SyncWorker(Network):
    """Keeps this laptop in step for as long as its window is open."""

    _came = Signal(object)

    def __init__(
        self,
        store: Store,
        doors: Doors,
        line: Callable[[], Line],
        sign_in: Callable[[str], None],
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        """`line` is called on the network's thread first: what it imports stays off the path to the first paint.
        `sign_in` takes a password and raises Trouble; it runs on the caller's thread."""
        super().__init__()
        self._store, self._doors, self._line, self._clock = store, doors, line, clock
        self._sign_in = sign_in
        self._peer: Post | None = None
        self._door: ThreadDoor | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._waiting = 0
        self._to_review = 0
        self.agent = SyncAgent(self._make_round, now=clock.now, chance=chance, changed=self._came.emit)
        self._came.connect(self._tell)
        doors.touched.connect(self._count)
        self._thread = threading.Thread(target=self._run, name="almoner-network")

    # On the UI thread

    def start(self) -> None:
        """Begin; the first round runs at once."""
        self._count(frozenset())
        self._thread.start()

    def stop(self) -> None:
        """End between two batches and wait for it. What is unsent stays in the outbox."""
        self._stopping = True
        self.agent.stop()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def state(self) -> SyncState:
        """How things stand."""
        now = self.agent.state
        return SyncState(
            is_online=now.trouble is None and now.outcome is not None,
            waiting=self._waiting,
            is_sending=now.mood is Mood.SENDING,
            to_review=self._to_review,
            last_synced=when(now.last_done_at, self._clock.now()) if now.last_done_at else "",
        )

    def sync_now(self) -> None:
        """Try now."""
        self.agent.nudge(at_once=True)
        self._wake.set()

    def next_try(self) -> str:
        """When it tries next, in words."""
        at = self.agent.state.next_at
        if self.agent.state.mood is Mood.SENDING or at is None:
            return ""
        return when(at, self._clock.now())

    def trouble(self) -> str:
        """Why the last try did not get through."""
        trouble = self.agent.state.trouble
        return f"{trouble.what} {trouble.do}" if trouble else ""

    def needs_sign_in(self) -> bool:
        """Whether somebody must type a password before anything travels."""
        trouble = self.agent.state.trouble
        return isinstance(trouble, PeerTrouble) and trouble.kind is PeerKind.SIGNED_OUT

    def sign_in(self, password: str) -> None:
        """Sign in again and try at once. Raises Trouble; call it off the UI thread."""
        self._sign_in(password)
        self.sync_now()

    def _tell(self, state: AgentState) -> None:
        """Pass on what the agent says."""
        if state.step is not None and state.mood is Mood.SENDING:
            self.progress.emit(state.step.done, state.step.total, state.step.stage.value)
        self.changed.emit(self.state())

    def _count(self, _touched: frozenset[str]) -> None:
        """Count again what is unsent."""
        if not self._doors.is_stopped:
            self._doors.read(_counts, done=self._counted, key="unsent count")

    def _counted(self, counts: tuple[int, int]) -> None:
        """Say how much is unsent; new work wakes the network."""
        before, (self._waiting, self._to_review) = self._waiting, counts
        if self._waiting > before:
            self.agent.nudge(unsent=self._waiting)
            self._wake.set()
        self.changed.emit(self.state())

    # On the network's thread

    def _run(self) -> None:
        """Sync when it is due, until told to stop."""
        reader = self._store.reader()
        self._door = ThreadDoor(reader, self._doors)
        try:
            while not self._stopping:
                if self.agent.due(self._clock.now()):
                    state = self.agent.run_once()
                    if state.trouble is None:
                        self._carry_files()
                self._wake.wait(min(self.agent.seconds_until_due(self._clock.now()), LONGEST_SLEEP_SECONDS))
                self._wake.clear()
        finally:
            if self._peer is not None:
                self._line().close()

    def _make_round(self, progress: Callable[[Step], None], cancelled: Callable[[], bool]) -> SyncRound:
        assert self._door is not None, "rounds run on the network's thread"
        if self._peer is None:
            self._peer = self._line().peer
        return SyncRound(self._door, self._peer, now=self._clock.now, progress=progress, cancelled=cancelled)

    def _carry_files(self) -> None:
        """Send the files only this laptop has, fetch those it lacks; what fails is tried again next time."""
        assert self._door is not None
        assert self._peer is not None
        with contextlib.suppress(Trouble):
            carry_files(self._door, self._peer, Vault(self._store), stopped=lambda: self._stopping)


def _counts(reading: Reading) -> tuple[int, int]:
    """Saves not yet at the office, or when there are none, files; and saves that came back for a person to look at."""
    return unsent_count(reading) or len(files_to_send(reading)), len(returned(reading))
