"""Ctrl+C while a window is up: Qt swallows what a signal raises inside its loop, so it is noted and looked for."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOP = threading.Event()
"""Somebody pressed Ctrl+C, or the system asked us to end."""


@contextmanager
def noted_stops() -> Iterator[None]:
    """While this lasts, Ctrl+C and SIGTERM set `STOP` and raise nothing; afterwards they are as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    STOP.clear()
    for number in before:
        signal.signal(number, lambda _number, _frame: STOP.set())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def raise_if_stopped() -> None:
    """Raise KeyboardInterrupt when somebody asked to stop."""
    if STOP.is_set():
        raise KeyboardInterrupt
