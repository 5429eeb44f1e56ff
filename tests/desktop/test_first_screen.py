"""What the program loads before an officer can work: nothing that the first screen does not need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.desktop.laptop import PASSPHRASE, set_up

SLOW = (
    "reportlab",
    "httpx",
    "urllib3",
    "tenacity",
    "pypdfium2",
    "alembic",
    "numpy",
    "sqlalchemy.orm",
    "PIL",
    "uvicorn",
    "fastapi",
)
"""For paper, network, old stores, pictures and the server: loaded when first needed, never on the way to work."""
PROGRAM = Path(__file__).with_name("first_screen.py")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules that a program of its own has loaded once its first screen is shown."""
    home = tmp_path_factory.mktemp("laptop")
    set_up(home, None)
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(PROGRAM), str(home), PASSPHRASE],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return frozenset(json.loads(ran.stdout))


def test_the_first_screen_was_shown(loaded: frozenset[str]) -> None:
    """The window, its first screen and the open store are what is looked at here."""
    assert {"almoner.desktop.screens.my_work", "PySide6.QtWidgets", "sqlcipher3"} <= loaded


@pytest.mark.parametrize("name", SLOW)
def test_nothing_slow_is_loaded_before_the_first_screen(loaded: frozenset[str], name: str) -> None:
    """An officer with somebody at the desk does not wait for what they may not use today."""
    assert name not in loaded
