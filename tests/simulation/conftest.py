"""What every world of this room begins with, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from almoner.simulation.running import Stage, working_folder


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The town, and a store for each officer."""
    with working_folder() as folder:
        yield Stage(folder)
