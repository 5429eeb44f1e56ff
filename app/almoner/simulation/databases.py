"""PostgreSQL for worlds: one server for a run, and an empty database of the council's schema for each world."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside.postgres import EmbeddedPostgres, embedded_postgres
from almoner.simulation.server import PostgresKept
from almoner.store.migrate_central import upgrade

LOCK_WAIT = "-c lock_timeout=30ms"
"""One thread plays every laptop, so whoever waits for a lock waits in vain."""
_TEMPLATE = "almoner_worlds"


@contextmanager
def databases(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL from which `database` makes databases."""
    with embedded_postgres(folder) as running:
        _do(running, f"CREATE DATABASE {_TEMPLATE}")
        engine = create_engine(running.url(_TEMPLATE), poolclass=NullPool)
        upgrade(engine)
        engine.dispose()
        yield running


@contextmanager
def database(running: EmbeddedPostgres, seed: int) -> Iterator[PostgresKept]:
    """Books in a database of a world's own, which goes with it."""
    name = f"world_{seed}"
    _do(running, f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
    engine = engine_of(running.url(name))
    try:
        yield PostgresKept(engine)
    finally:
        engine.dispose()
        _do(running, f"DROP DATABASE {name} WITH (FORCE)")


def engine_of(url: str) -> Engine:
    """Connections for a world whose one thread plays everybody."""
    return create_engine(url, pool_size=12, max_overflow=4, connect_args={"options": LOCK_WAIT})


def _do(running: EmbeddedPostgres, statement: str) -> None:
    engine = create_engine(running.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
