"""Connections to the encrypted database file: the key first, then the settings that were measured, in one order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from almoner.store.derivation import KEY_BYTES

LARGE_CACHE_KIB = 65_536
SMALL_CACHE_KIB = 8_192
MOST_READERS = 8
_BUSY_SECONDS = 5.0
_PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    f"cache_size=-{SMALL_CACHE_KIB}",
    "busy_timeout=5000",
    "wal_autocheckpoint=8000",
    "journal_size_limit=67108864",
    "trusted_schema=OFF",
)


def unlocked(path: Path, key: bytes, *, mode: str = "rw") -> Any:
    """A raw connection whose key is proved. `mode` is rw, ro or rwc (make the file).

    Raises sqlcipher3 DatabaseError for a wrong key or a damaged header, OperationalError when there is no file.
    """
    assert len(key) == KEY_BYTES, "a raw key of another length would be taken for a passphrase"
    assert mode in ("rw", "ro", "rwc")
    raw = dbapi2.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_SECONDS,
    )
    try:
        raw.execute(f"PRAGMA key=\"x'{key.hex()}'\"")
        raw.execute("PRAGMA cipher_log_level=NONE")
        raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except dbapi2.Error:
        raw.close()
        raise
    return raw


def _settled(path: Path, key: bytes, extra: tuple[str, ...]) -> Any:
    raw = unlocked(path, key)
    for pragma in (*_PRAGMAS, *extra):
        raw.execute(f"PRAGMA {pragma}").fetchall()
    return raw


def _engine(creator: Callable[[], Any], begin: str, size: int) -> Engine:
    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=creator,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
    )

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def writer_engine(path: Path, key: bytes) -> Engine:
    """The engine of the one writing connection: transactions take the write lock when they begin."""
    extra = ("synchronous=FULL", f"cache_size=-{LARGE_CACHE_KIB}")
    return _engine(lambda: _settled(path, key, extra), "BEGIN IMMEDIATE", 1)


def reader_engine(path: Path, key: bytes) -> Engine:
    """The engine of the reading connections, which cannot write."""
    return _engine(lambda: _settled(path, key, ("query_only=ON",)), "BEGIN", MOST_READERS)


def migration_engine(path: Path, key: bytes) -> Engine:
    """The engine that migrations run on: foreign keys off, because rebuilding a table would delete its children."""
    return _engine(lambda: _settled(path, key, ("synchronous=FULL", "foreign_keys=OFF")), "BEGIN IMMEDIATE", 1)
