"""The network's own thread: it drives the sync agent, sends and fetches files, and tells the window how things stand.
Beside it a thread listens for the server's hints while there is a line.

Rows are written through the doors' writer, behind the user's own saves; rows are read on a connection of this thread.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from PySide6.QtCore import QTimer, Signal

from almoner.casework.lock_page import Hold, hold_of, is_first_load
from almoner.casework.ports import Clock
from almoner.casework.sync_page import OLD, as_at_words
from almoner.desktop.jobs import Doors
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Network
from almoner.outside.carrying import carry_files
from almoner.outside.places import Line, Listener
from almoner.outside.version import app_version
from almoner.outside.wiping import may_be_wiped
from almoner.records.trouble import Trouble
from almoner.records.wire import read_instant
from almoner.rules.words import when
from almoner.store.attachments import Vault, files_to_send
from almoner.store.opening import Store
from almoner.store.outbox import returned, unsent_count
from almoner.store.reading import Reader, Reading
from almoner.store.scope_states import records_here
from almoner.sync.agent import AgentState, Mood, SyncAgent
from almoner.sync.client import Stage, Step, SyncRound
from almoner.sync.messages import Devices
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.watchdog import Watchdog

T = TypeVar("T")

LONGEST_SLEEP_SECONDS = 60.0
_PATIENCE_SECONDS = 1.0
"""So long the end waits for an answer that is under way; then it is broken off, and comes again another time."""
_LOOK_AFTER_MS = 10_000
"""How often it is looked whether a round is stuck."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """What of the store the pill speaks of. `waiting` counts saves not yet at the office, or when there are none,
    files."""

    waiting: int
    to_review: int
    last_sync: datetime | None
    is_first_load: bool


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
    _holds = Signal(object)
    _may_go = Signal()

    def __init__(
        self,
        store: Store,
        doors: Doors,
        line: Callable[[], Line],
        sign_in: Callable[[str], None],
        clock: Clock,
        chance: Callable[[], float],
        user_id: str,
        *,
        hold: Hold = Hold.NONE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """`line` is called on the network's thread first: what it imports stays off the path to the first paint.
        `sign_in` takes a password and raises Trouble; it runs on the caller's thread. `hold` is how things stand at
        the start; a change of it is told. `ticks` are seconds that only grow."""
        super().__init__()
        self._store, self._doors, self._line, self._clock = store, doors, line, clock
        self._sign_in, self._user_id, self._chance = sign_in, user_id, chance
        self._door: ThreadDoor | None = None
        self._listener: Listener | None = None
        self._listening: threading.Thread | None = None
        self._wake = threading.Event()
        self._stopping = self._has_asked_again = False
        self._hold = hold
        self._counts = _Counts(0, 0, None, is_first_load=False)
        self._before = 0
        self._watchdog = Watchdog(ticks)
        self.agent = SyncAgent(
            self._make_round, now=clock.now, chance=chance, changed=self._came.emit, watchdog=self._watchdog
        )
        self._came.connect(self._tell)
        self._holds.connect(self._tell_hold)
        self._may_go.connect(self._tell_may_go)
        doors.touched.connect(self._count)
        self._looking = QTimer(self, interval=_LOOK_AFTER_MS)
        self._looking.timeout.connect(self.look_after)
        self._thread = threading.Thread(target=self._run, name="almoner-network")

    # On the UI thread

    def start(self) -> None:
        """Begin; the first round runs at once."""
        self._count(frozenset())
        self._thread.start()
        self._looking.start()

    def stop(self) -> None:
        """End between two batches and wait for it. What is unsent stays in the outbox."""
        self._stopping = True
        self._looking.stop()
        self.agent.stop()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_SECONDS)
            if self._thread.is_alive() and self._line_was_used:
                self._line().break_off()
            self._thread.join()
        if self._listener is not None:
            self._listener.stop()
        if self._listening is not None:
            self._listening.join()

    def state(self) -> SyncState:
        """How things stand."""
        now = self.agent.state
        last = now.last_done_at or self._counts.last_sync
        return SyncState(
            is_online=now.trouble is None and now.outcome is not None,
            waiting=self._counts.waiting,
            is_sending=now.mood is Mood.SENDING,
            to_review=self._counts.to_review,
            last_synced=when(last, self._clock.now()) if last else "",
            as_at=as_at_words(last, self._clock.now()),
            is_old=last is not None and self._clock.now() - last > OLD,
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

    def waits_on(self) -> str:
        """Who must act before anything travels, in words; empty when nobody need."""
        trouble = self.agent.state.trouble
        return _WAITS_ON.get(trouble.kind, "") if isinstance(trouble, PeerTrouble) else ""

    def needs_sign_in(self) -> bool:
        """Whether somebody must type a password before anything travels."""
        trouble = self.agent.state.trouble
        return isinstance(trouble, PeerTrouble) and trouble.kind is PeerKind.SIGNED_OUT

    def sign_in(self, password: str) -> None:
        """Sign in again and try at once. Raises Trouble; call it off the UI thread."""
        self._sign_in(password)
        self.sync_now()

    def is_first_load(self) -> bool:
        """Whether the records have never yet all come."""
        return self._counts.is_first_load

    def devices(self, after: str = "") -> Devices:
        """The devices this officer looks after, page by page. Raises Trouble; call it off the UI thread."""
        return self._line().devices(after)

    def look_after(self) -> None:
        """Break off a round that gets nowhere."""
        if self.agent.break_off_if_stuck():
            self._line().break_off()

    def _tell(self, state: AgentState) -> None:
        """Pass on what the agent says."""
        if state.step is not None and state.mood is Mood.SENDING:
            done, total = self._far(state.step)
            self.progress.emit(done, total, state.step.stage.value)
        self.changed.emit(self.state())

    def _far(self, step: Step) -> tuple[int, int]:
        """How far a step has come; of a first load that was cut, with what came before the cut."""
        if step.stage is Stage.RECEIVING and step.total and self._counts.is_first_load:
            return self._before + step.done, self._before + step.total
        return step.done, step.total

    def _tell_hold(self, hold: Hold) -> None:
        """Pass on why nobody can work here now, or that somebody can."""
        self.held.emit(hold)

    def _tell_may_go(self) -> None:
        """Pass on that the store may be destroyed."""
        self.may_go.emit()

    def _count(self, _touched: frozenset[str]) -> None:
        """Count again what is unsent."""
        if not self._doors.is_stopped:
            self._doors.read(_count_all, done=self._counted, key="unsent count")

    def _counted(self, counts: _Counts) -> None:
        """Say how much is unsent; new work wakes the network."""
        before, self._counts = self._counts.waiting, counts
        if counts.waiting > before:
            self.agent.nudge(unsent=counts.waiting)
            self._wake.set()
        self.changed.emit(self.state())

    # On the network's thread

    def _run(self) -> None:
        """Sync when it is due, until told to stop."""
        reader = self._store.reader()
        self._door = ThreadDoor(reader, self._doors)
        try:
            while not self._stopping:
                is_due = self.agent.due(self._clock.now())
                is_well = is_due and self._round()
                self._look_at_hold()
                if is_well:
                    self._carry_files()
                if self._hold is Hold.WIPE and not self._stopping:
                    self._look_whether_all_is_told(is_well=is_well)
                self._wake.wait(min(self.agent.seconds_until_due(self._clock.now()), LONGEST_SLEEP_SECONDS))
                self._wake.clear()
        finally:
            if self._line_was_used:
                self._line().close()

    _line_was_used = False

    def _round(self) -> bool:
        """Run a round; while the server can be reached, listen for its hints. Whether it went well."""
        assert self._door is not None
        self._before = self._door.read(records_here) if self._door.read(is_first_load) else 0
        is_well = self.agent.run_once().trouble is None
        if self._listener is not None:
            self._listener.set_online(is_well)
        elif is_well and not self._stopping:
            self._listen()
        return is_well

    def _look_whether_all_is_told(self, *, is_well: bool) -> None:
        """When the office wants everything here destroyed, nothing is left to hand in, and it knows or does not speak
        with this device any more: say that it is time."""
        assert self._door is not None
        is_told = is_well or self.needs_sign_in() or self._door.read(lambda reading: reading.fact("wipe_told") == "1")
        if is_told and self._door.read(may_be_wiped):
            self._may_go.emit()

    def _listen(self) -> None:
        """Begin to listen for hints, on a thread of its own."""
        self._listener = self._line().listener(self._hinted, self._chance)
        self._listener.set_online(True)
        self._listening = threading.Thread(target=self._listener.run, name="almoner-hints")
        self._listening.start()

    def _hinted(self) -> None:
        """The server says that something changed."""
        self.agent.hint()
        self._wake.set()

    def _look_at_hold(self) -> None:
        """Tell the window when work must end, or may begin. Not while the program ends."""
        assert self._door is not None
        hold = self._door.read(lambda reading: hold_of(reading, self._user_id, self._clock.now()))
        may_have_leapt = hold in _BY_TIME and self._hold is Hold.NONE
        if may_have_leapt and not self._has_asked_again:
            # It may be the clock that leapt: ask the office once before anything is taken away.
            self._has_asked_again = True
            self.sync_now()
            return
        self._has_asked_again = False
        if hold is not self._hold and not self._stopping:
            self._hold = hold
            self._holds.emit(hold)

    def _make_round(self, progress: Callable[[Step], None], cancelled: Callable[[], bool]) -> SyncRound:
        assert self._door is not None, "rounds run on the network's thread"
        line = self._line()
        if not self._line_was_used:
            self._line_was_used = True
            line.watch(self._watchdog.heard)

        def step(done: Step) -> None:
            if self._hold is Hold.LOADING:
                self._look_at_hold()
            progress(done)

        trouble = self.agent.state.trouble
        return SyncRound(
            self._door,
            line.peer,
            now=self._clock.now,
            app_version=app_version(),
            trouble=trouble.what if trouble else "",
            progress=step,
            cancelled=cancelled,
        )

    def _carry_files(self) -> None:
        """Send the files only this laptop has, fetch those it lacks; what fails is tried again next time."""
        assert self._door is not None
        with contextlib.suppress(Trouble):
            carry_files(self._door, self._line().peer, Vault(self._store), stopped=lambda: self._stopping)


_BY_TIME = frozenset({Hold.LEASE, Hold.CLOCK})
_WAITS_ON = {
    PeerKind.SIGNED_OUT: "You: sign in again",
    PeerKind.TOO_OLD: "Your IT service desk: Almoner must be updated on this computer",
    PeerKind.NOT_ALLOWED: "Your IT service desk: the office does not let this device in",
    PeerKind.CERTIFICATE: "Your IT service desk: the office's server cannot prove who it is",
    PeerKind.NOT_ALMONER: "You: open a web browser, the network may ask you to sign in first",
}


def _count_all(reading: Reading) -> _Counts:
    last = reading.fact("last_sync_at")
    return _Counts(
        waiting=unsent_count(reading) or len(files_to_send(reading)),
        to_review=len(returned(reading)),
        last_sync=read_instant(last) if last else None,
        is_first_load=is_first_load(reading),
    )
