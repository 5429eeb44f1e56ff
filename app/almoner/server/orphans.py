"""A worker process does not outlive the process that started it, however that one ended."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """Stop this process in order once its parent is gone, killed perhaps, so that no worker is left holding the
    address and the database. Does nothing in a process that is nobody's worker."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    threading.Thread(target=_stop_after, args=(parent.sentinel,), name="almoner-parent", daemon=True).start()


def _stop_after(sentinel: int) -> None:
    wait([sentinel])
    signal.raise_signal(signal.SIGTERM)
