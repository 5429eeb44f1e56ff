"""Reads waiting and running on the reader threads, and who is to hear of them."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QObject
from shiboken6 import Shiboken

from almoner.records.trouble import Trouble

T = TypeVar("T")

LONGEST_QUEUE = 2_000


class ReadBack(Protocol):
    """What a reader thread owns: one read-only connection. Made, used and closed on that thread."""

    def read(self, fn: Callable[[Any], T]) -> T:
        """Run `fn` with this thread's view of the store."""
        ...

    def interrupt(self) -> None:
        """Stop the statement that is running; the one method that is called from another thread."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """Who is to hear of a result: callbacks, and the QObject that must still be alive to hear."""

    done: Callable[[Any], None] | None
    trouble: Callable[[Trouble], None] | None
    owner: QObject | None

    @property
    def is_wanted(self) -> bool:
        """True unless the widget that asked is gone."""
        return self.owner is None or Shiboken.isValid(self.owner)


@dataclass(frozen=True, slots=True)
class ReadJob:
    """One request to look something up."""

    fn: Callable[[Any], Any]
    reply: Reply
    key: object
    generation: int


class ReadQueue:
    """Reads waiting and running. All of its state is behind one lock."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._waiting: deque[ReadJob] = deque()
        self._running: dict[int, ReadJob] = {}
        self._dropped: set[int] = set()
        self._backs: dict[int, ReadBack] = {}
        self._is_stopped = False

    def put(self, job: ReadJob) -> bool:
        """Add a read, dropping older ones with its key; False when too many wait already."""
        with self._turn:
            if job.key is not None:
                self._waiting = deque(other for other in self._waiting if other.key != job.key)
                for thread, other in self._running.items():
                    if other.key == job.key:
                        self._drop(thread)
            if len(self._waiting) >= LONGEST_QUEUE:
                return False
            self._waiting.append(job)
            self._turn.notify()
            return True

    def take(self) -> ReadJob | None:
        """Wait for the next read; None when it is time to stop."""
        with self._turn:
            self._turn.wait_for(lambda: self._waiting or self._is_stopped)
            if self._is_stopped:
                return None
            job = self._waiting.popleft()
            self._running[threading.get_ident()] = job
            return job

    def own(self, back: ReadBack) -> None:
        """Note this thread's connection, so that its statement can be interrupted."""
        with self._turn:
            self._backs[threading.get_ident()] = back

    def finish(self) -> bool:
        """Note that this thread's read is over; True when its answer is no longer wanted."""
        with self._turn:
            thread = threading.get_ident()
            del self._running[thread]
            was_dropped = thread in self._dropped
            self._dropped.discard(thread)
            return was_dropped

    def stop(self) -> None:
        """Forget what waits, interrupt what runs, and send the threads home."""
        with self._turn:
            self._is_stopped = True
            self._waiting.clear()
            for thread in self._running:
                self._drop(thread)
            self._turn.notify_all()

    def _drop(self, thread: int) -> None:
        """Interrupt the statement a thread is running, under the lock so that it cannot hit the next one."""
        self._dropped.add(thread)
        back = self._backs.get(thread)
        if back is not None:
            back.interrupt()
