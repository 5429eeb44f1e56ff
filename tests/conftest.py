"""What every test stands on: no display, a runtime folder of its own, and no thread left behind."""

import os
import tempfile
import threading
from collections.abc import Iterator

import pytest

from tests.postgres import council, postgres, postgres_url  # noqa: F401

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="almoner-runtime-")


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail the test that leaves one of our threads running."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    assert not left, f"threads left running: {left}"
