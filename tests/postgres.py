"""One PostgreSQL for the whole run of tests, and an empty database of the council's schema for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside.postgres import EmbeddedPostgres, embedded_postgres
from almoner.store.migrate_central import upgrade

_TEMPLATE = "almoner_template"
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL whose database `almoner_template` has the council's tables.

    Its files lie beside pytest's own folder, not in it: each new run of pytest shuts that folder to other users, and
    under root PostgreSQL is another user.
    """
    with TemporaryDirectory(prefix="almoner-postgres-") as folder, embedded_postgres(Path(folder)) as running:
        _run(running, f"CREATE DATABASE {_TEMPLATE}")
        engine = create_engine(running.url(_TEMPLATE), poolclass=NullPool)
        upgrade(engine)
        engine.dispose()
        yield running


def _run(running: EmbeddedPostgres, statement: str) -> None:
    engine = create_engine(running.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def postgres_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database of this test's own, with the council's tables and nothing in them."""
    name = f"test_{next(_NUMBERS)}"
    _run(postgres, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    yield postgres.url(name)
    _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def council(postgres_url: str) -> Iterator[Engine]:
    """Connections to a council's database of this test's own."""
    engine = create_engine(postgres_url, pool_size=10, max_overflow=2)
    yield engine
    engine.dispose()
