"""A council and its laptops for every test of sync."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.sync.laptops import OWEN, RUTH, Centre, Laptop

from almoner.records import User


@pytest.fixture
def centre(council: Engine) -> Centre:
    """A server with a council, two teams and five officers."""
    return Centre(council)


@pytest.fixture
def enrol(centre: Centre, tmp_path: Path) -> Iterator[Callable[[User], Laptop]]:
    """Makes a laptop for an officer; all are closed in the end."""
    made: list[Laptop] = []
    numbers = itertools.count(1)

    def make(user: User) -> Laptop:
        number = next(numbers)
        made.append(Laptop(centre, user, tmp_path / f"laptop{number}", seed=number))
        return made[-1]

    yield make
    for laptop in made:
        laptop.store.close()


@pytest.fixture
def ruth(enrol: Callable[[User], Laptop]) -> Laptop:
    """Ruth's laptop; she works in repairs."""
    return enrol(RUTH)


@pytest.fixture
def owen(enrol: Callable[[User], Laptop]) -> Laptop:
    """Owen's laptop; he works in repairs too."""
    return enrol(OWEN)
