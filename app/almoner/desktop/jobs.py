"""The two doors to background work: `read` for looking, `change` for saving. Beside these threads there is only
the network's own (`network.py`), which writes through `write_and_wait`.

One writer thread works through changes one after the other, a user's save before anything in the background.
Two reader threads serve screens; a newer read with the same key drops or interrupts the older one.
Results are immutable values and come back on the UI thread. A change also says which kinds of record it
touched; `Doors.touched` tells the screens, which refresh only for the kinds they show.
"""

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from almoner.desktop.read_queue import LONGEST_QUEUE, ReadBack, ReadJob, ReadQueue, Reply
from almoner.records.trouble import Trouble

log = logging.getLogger(__name__)

T = TypeVar("T")

READERS = 2
_DELIVERY_SECONDS = 0.008
"""How long one turn of the UI thread may hand out results before it lets the window breathe."""
_GATHER_MS = 150
"""Background changes are told to the screens this often, not one by one."""

_USER, _BACKGROUND, _STOP = 0, 1, 2


def busy() -> Trouble:
    """Return what to say when the queue is full."""
    return Trouble("Almoner is still saving a great many changes.", "Wait a moment, then try again.")


def our_mistake() -> Trouble:
    """Return what to say when the fault is ours; never the error's own words, which may hold personal details."""
    return Trouble(
        "Something went wrong in Almoner.",
        "Your saved work is safe. Try again; if it happens again, restart Almoner and tell your IT service desk.",
    )


class WriteBack(Protocol):
    """What the writer thread owns: the one writing connection. Made, used and closed on that thread."""

    def write(self, fn: Callable[[Any], T]) -> tuple[T, frozenset[str]]:
        """Run `fn` in one transaction; return its result and the kinds of record it touched."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Backs(Protocol):
    """Opens connections; each method is called on the thread that will own what it returns."""

    def writer(self) -> WriteBack:
        """Open the writing connection."""
        ...

    def reader(self) -> ReadBack:
        """Open a reading connection."""
        ...


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a worker thread hands back: a value or an error."""

    reply: Reply
    value: Any = None
    error: BaseException | None = None
    touched: frozenset[str] = frozenset()
    level: int | None = None
    """The level of a change; None for a read."""
    key: object = None
    generation: int = 0


@dataclass(order=True, frozen=True, slots=True)
class _WriteJob:
    """One change; ordered by level, then by arrival."""

    level: int
    number: int
    fn: Callable[[Any], Any] | None = field(compare=False)
    reply: Reply = field(compare=False)
    waiting: "Future[Any] | None" = field(compare=False, default=None)
    """Where another thread waits for the outcome."""


_NOBODY = Reply(None, None, None)


class Doors(QObject):
    """The two doors. Made once by the wiring, passed to every screen, and stopped before the store closes."""

    touched = Signal(frozenset)
    """The kinds of record that changed, as `frozenset[str]`."""
    saving = Signal(int)
    """How many of the worker's own changes are waiting or being written."""
    closing = Signal()
    """The doors are about to be shut: the last moment to ask for a change, such as keeping what is half typed."""
    _nudge = Signal()

    def __init__(
        self,
        backs: Backs,
        *,
        presenter: Callable[[Trouble], None],
        on_bug: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Start the threads. `presenter` shows trouble nobody else took; `on_bug` hears of our own mistakes."""
        super().__init__()
        self._presenter = presenter
        self._on_bug = on_bug
        self._outcomes: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        self._writes: queue.PriorityQueue[_WriteJob] = queue.PriorityQueue()
        self._numbers = itertools.count(1)
        self._generations: dict[object, int] = {}
        self._user_changes = 0
        self._unheard = 0
        self._is_stopped = self._is_shut = False
        self._gathered: set[str] = set()
        self._gather = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._gather.timeout.connect(self._tell_gathered)
        self._nudge.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._reads = ReadQueue()
        self._threads = [
            threading.Thread(target=self._write_loop, args=(backs,), name="almoner-writer"),
            *(
                threading.Thread(target=self._read_loop, args=(backs,), name=f"almoner-reader-{number}")
                for number in range(1, READERS + 1)
            ),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_stopped(self) -> bool:
        """True once `stop` has been called: nothing is read any more, and nothing new should be begun."""
        return self._is_stopped

    # The doors

    def read(
        self,
        fn: Callable[[Any], T],
        *,
        done: Callable[[T], None],
        trouble: Callable[[Trouble], None] | None = None,
        key: object = None,
        owner: QObject | None = None,
    ) -> None:
        """Look something up on a reader thread and call `done` with it on the UI thread.

        A newer read with the same `key` drops this one: only the newest answer is delivered. Nothing is
        delivered once `owner` (by default the QObject that `done` is a method of) has been deleted. While the
        doors are being shut nobody is left to look, and nothing is read.
        """
        assert not self._is_shut, "the doors are shut"
        if self._is_stopped:
            return
        generation = next(self._numbers)
        if key is not None:
            self._generations[key] = generation
        job = ReadJob(fn, Reply(done, trouble, owner or _owner_of(done)), key, generation)
        if not self._reads.put(job):
            (trouble or self._presenter)(busy())

    def change(
        self,
        fn: Callable[[Any], T],
        *,
        done: Callable[[T], None] | None = None,
        trouble: Callable[[Trouble], None] | None = None,
        owner: QObject | None = None,
        in_background: bool = False,
    ) -> None:
        """Save something: run `fn` in one transaction on the writer thread, then call `done` on the UI thread.

        Changes of one level happen in the order they were asked for; `in_background` ones wait for the user's.
        What follows from a save while the doors are being shut, such as forgetting its draft, is still written.
        """
        assert not self._is_shut, "the doors are shut"
        reply = Reply(done, trouble, owner or _owner_of(done))
        if self._writes.qsize() >= LONGEST_QUEUE:
            (trouble or self._presenter)(busy())
            return
        if not in_background:
            self._count_user_changes(1)
        self._unheard += 1
        self._writes.put(_WriteJob(_BACKGROUND if in_background else _USER, next(self._numbers), fn, reply))

    def write_and_wait(self, fn: Callable[[Any], T]) -> T:
        """Save in the background from a thread that is not the UI's, and wait for it. Raises what `fn` raised."""
        waiting: Future[T] = Future()
        self._writes.put(_WriteJob(_BACKGROUND, next(self._numbers), fn, _NOBODY, waiting))
        return waiting.result()

    def change_in_steps(
        self,
        steps: Iterator[Callable[[Any], T]],
        *,
        step_done: Callable[[T], None],
        done: Callable[[], None],
        trouble: Callable[[Trouble], None] | None = None,
        owner: QObject | None = None,
    ) -> None:
        """Do a bulk change as many small ones in the background; the user's own saves go in between.

        `steps` is taken from on the UI thread, one at a time, the next one when the last is saved.
        """
        _Steps(self, steps, step_done, done, trouble, owner).go()

    def stop(self) -> None:
        """Finish every change asked for and what follows from it, tell whoever asked, drop the reads, join the
        threads. They are joined also when a callback fails by a mistake of ours, which is then raised."""
        if self._is_stopped:
            return
        self.closing.emit()
        self._is_stopped = True
        self._reads.stop()
        try:
            while self._unheard:
                self._hand_out(self._outcomes.get())
            self._gather.stop()
            self._tell_gathered()
        finally:
            self._is_shut = True
            self._writes.put(_WriteJob(_STOP, next(self._numbers), None, _NOBODY))
            for thread in self._threads:
                thread.join()

    # On the worker threads

    def _write_loop(self, backs: Backs) -> None:
        """Work through the changes until told to stop; one failing change does not stop the next."""
        back: WriteBack | None = None
        while (job := self._writes.get()).fn is not None:
            error: BaseException | None = None
            value, touched = None, frozenset[str]()
            try:
                back = back or backs.writer()
                value, touched = back.write(job.fn)
            except BaseException as problem:  # noqa: BLE001  carried to the thread that asked, which shows or raises it
                error = problem
            if job.waiting is not None:
                _settle(job.waiting, value, error)
                error = None
            self._send(_Outcome(job.reply, value, error, touched, job.level))
        if back is not None:
            back.close()

    def _read_loop(self, backs: Backs) -> None:
        """Serve reads until told to stop; an interrupted read ends here without a word."""
        back: ReadBack | None = None
        while (job := self._reads.take()) is not None:
            error: BaseException | None = None
            value = None
            try:
                if back is None:
                    back = backs.reader()
                    self._reads.own(back)
                value = back.read(job.fn)
            except BaseException as problem:  # noqa: BLE001  carried to the UI thread, which shows or raises it
                error = problem
            if not self._reads.finish():
                self._send(_Outcome(job.reply, value, error, key=job.key, generation=job.generation))
        if back is not None:
            back.close()

    def _send(self, outcome: _Outcome) -> None:
        """Put a result where the UI thread finds it and wake it."""
        self._outcomes.put(outcome)
        self._nudge.emit()

    # On the UI thread

    def _deliver(self) -> None:
        """Hand out results for a few milliseconds; go on in the next turn if there are more."""
        until = monotonic() + _DELIVERY_SECONDS
        while not self._outcomes.empty():
            if monotonic() > until:
                self._nudge.emit()
                return
            self._hand_out(self._outcomes.get_nowait())

    def _hand_out(self, outcome: _Outcome) -> None:
        """Give one result to the one who asked, unless it is out of date or its asker is gone."""
        if outcome.level is not None and outcome.reply is not _NOBODY:
            self._unheard -= 1
        if outcome.key is not None:
            if self._generations.get(outcome.key) != outcome.generation:
                return
            del self._generations[outcome.key]
        self._tell(outcome)
        reply = outcome.reply
        if outcome.error is not None:
            if reply.is_wanted or outcome.level is not None or not isinstance(outcome.error, Trouble):
                self._complain(reply, outcome.error)
        elif reply.done is not None and reply.is_wanted:
            reply.done(outcome.value)

    def _tell(self, outcome: _Outcome) -> None:
        """Tell the screens what a change touched: at once for the user's own, gathered for the background."""
        if outcome.level == _USER:
            self._count_user_changes(-1)
        if outcome.level == _BACKGROUND:
            self._gathered |= outcome.touched
            if self._gathered and not self._gather.isActive():
                self._gather.start()
            return
        if outcome.touched:
            self.touched.emit(outcome.touched)

    def _tell_gathered(self) -> None:
        """Tell the screens what the background changes touched since the last time."""
        gathered, self._gathered = frozenset(self._gathered), set()
        if gathered:
            self.touched.emit(gathered)

    def _complain(self, reply: Reply, error: BaseException) -> None:
        """Show trouble to the one who asked or to the presenter; log a bug by its type, never by its words."""
        show = reply.trouble if reply.trouble is not None and reply.is_wanted else self._presenter
        if isinstance(error, Trouble):
            show(error)
            return
        log.error("a background job failed: %s", type(error).__name__)
        if self._on_bug is not None:
            self._on_bug(error)
        show(our_mistake())

    def _count_user_changes(self, step: int) -> None:
        """Keep the number of the worker's own unsaved changes."""
        self._user_changes += step
        self.saving.emit(self._user_changes)


class Aside(QObject):
    """Runs one slow thing at a time off the UI thread where there is no store yet: unlocking, enrolling."""

    _ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._thread: threading.Thread | None = None
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """True while something runs."""
        return self._thread is not None

    def run(
        self,
        fn: Callable[[], T],
        *,
        done: Callable[[T], None],
        trouble: Callable[[Trouble], None],
        owner: QObject | None = None,
    ) -> None:
        """Run `fn` on a thread of its own and call `done` or `trouble` on the UI thread."""
        assert self._thread is None, "one thing at a time"
        reply = Reply(done, trouble, owner or _owner_of(done))
        self._thread = threading.Thread(target=self._work, args=(fn, reply), name="almoner-aside")
        self._thread.start()

    def stop(self) -> None:
        """Wait for what runs, and tell nobody."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            self._ended.disconnect(self._deliver)

    def _work(self, fn: Callable[[], Any], reply: Reply) -> None:
        """Run on the thread."""
        try:
            outcome = _Outcome(reply, fn())
        except BaseException as problem:  # noqa: BLE001  carried to the UI thread, which shows or raises it
            outcome = _Outcome(reply, error=problem)
        self._ended.emit(outcome)

    def _deliver(self, outcome: _Outcome) -> None:
        """Hand the result over, unless stopped meanwhile; our own mistakes are raised on the UI thread."""
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        reply = outcome.reply
        if outcome.error is not None and not isinstance(outcome.error, Trouble):
            raise outcome.error
        if not reply.is_wanted or reply.done is None or reply.trouble is None:
            return
        if isinstance(outcome.error, Trouble):
            reply.trouble(outcome.error)
        else:
            reply.done(outcome.value)


class _Steps:
    """A bulk change under way: asks for the next step when the last is saved."""

    def __init__(
        self,
        doors: Doors,
        steps: Iterator[Callable[[Any], Any]],
        step_done: Callable[[Any], None],
        done: Callable[[], None],
        trouble: Callable[[Trouble], None] | None,
        owner: QObject | None,
    ) -> None:
        self._doors = doors
        self._steps = steps
        self._step_done = step_done
        self._done = done
        self._trouble = trouble
        self._owner = owner

    def go(self) -> None:
        """Ask for the next step, or say that all are done."""
        step = next(self._steps, None)
        if step is None:
            self._done()
            return
        self._doors.change(step, done=self._saved, trouble=self._trouble, owner=self._owner, in_background=True)

    def _saved(self, value: object) -> None:
        """Pass on the result of one step and go on, unless the window is closing."""
        self._step_done(value)
        if not self._doors.is_stopped:
            self.go()


def _settle(waiting: "Future[Any]", value: object, error: BaseException | None) -> None:
    """Hand the outcome to the thread that waits."""
    if error is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(value)


def _owner_of(callback: Callable[..., None] | None) -> QObject | None:
    """Return the QObject a callback is a method of, if it is one."""
    owner = getattr(callback, "__self__", None)
    return owner if isinstance(owner, QObject) else None
