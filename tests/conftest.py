"""What every test stands on: no display, a runtime folder of its own, and no thread left behind."""

import os
import tempfile
import threading
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pytestqt.qtbot import QtBot

from tests.postgres import council, postgres, postgres_url  # noqa: F401

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="almoner-runtime-")

settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
"""By default the suite says the same of the same code, however busy the machine; `explore` looks for what is new."""

for wait in (QtBot.waitUntil, QtBot.waitSignal):
    assert wait.__kwdefaults__ is not None, "pytest-qt has changed how it waits"
    wait.__kwdefaults__["timeout"] = 30_000
"""How long to wait in vain: long, because only a failure waits that long."""


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail the test that leaves one of our threads running."""
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    assert not left, f"threads left running: {left}"
