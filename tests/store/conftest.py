"""A small new store for each test, quickly made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.opened import made

from almoner.store.opening import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An open store that the test may also close itself."""
    opened = made(tmp_path / "store of one user")
    yield opened
    opened.close()
