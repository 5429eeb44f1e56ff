"""Notices a round that gets nowhere: no step and hardly a byte for some minutes."""

from __future__ import annotations

import threading
from collections.abc import Callable

STUCK_SECONDS = 300.0
"""A round without progress for so long is broken off and tried again."""

ENOUGH_BYTES = 4096
"""Fewer bytes are no progress: a line that gives one now and then would otherwise hold a laptop for ever."""


class Watchdog:
    """Watches one round at a time. `ticks` gives seconds that only grow, whatever the computer's clock does. Any
    thread may call."""

    def __init__(self, ticks: Callable[[], float], *, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._ticks, self._stuck_seconds = ticks, stuck_seconds
        self._lock = threading.Lock()
        self._last: float | None = None
        self._bytes = 0

    def begin(self) -> None:
        """A round begins."""
        self.step()

    def step(self) -> None:
        """The round has come a step further."""
        with self._lock:
            self._last, self._bytes = self._ticks(), 0

    def heard(self, count: int) -> None:
        """So many bytes came from the server; enough of them are progress."""
        with self._lock:
            self._bytes += count
            if self._last is not None and self._bytes >= ENOUGH_BYTES:
                self._last, self._bytes = self._ticks(), 0

    def end(self) -> None:
        """The round is over; nothing is watched until the next."""
        with self._lock:
            self._last = None

    @property
    def is_stuck(self) -> bool:
        """Whether a round is under way that has made no progress for too long."""
        with self._lock:
            return self._last is not None and self._ticks() - self._last >= self._stuck_seconds
