"""The town in which stories happen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from sqlalchemy import Engine
from tests.stories.town import Town, open_town

LONG_STAY = 60 * 86_400
"""Seconds an officer stays signed in: a story's clock leaps over days, also in the middle of a round."""


@pytest.fixture
def town(qapp: QApplication, council: Engine, postgres_url: str, tmp_path: Path) -> Iterator[Town]:
    """Ashmere on the morning of Thursday 17 December 2026, 10:05, its service running and no laptop set up yet."""
    with open_town(qapp, council, postgres_url, tmp_path, access_seconds=LONG_STAY) as made:
        yield made
