"""Many rows at once, in and out of the council's PostgreSQL: by COPY and by arrays, past SQLAlchemy's row by row.

Transactions stay SQLAlchemy's. A fault of the driver is raised as SQLAlchemy would raise it, without any parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


@contextmanager
def bare(connection: Connection) -> Iterator[Any]:
    """The driver's cursor in this connection's transaction; results come in binary."""
    driver: Any = connection.connection.driver_connection
    error = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor(binary=True) as cursor:
            yield cursor
    except error as fault:
        meant = DBAPIError.instance(None, None, fault, error, hide_parameters=True, dialect=connection.dialect)
        raise meant from fault


def fetch(connection: Connection, statement: str, *values: Any) -> list[Any]:
    """All rows of a statement with `%s` for each value; lists become arrays."""
    with bare(connection) as cursor:
        found: list[Any] = cursor.execute(statement, values, prepare=True).fetchall()
        return found


def do(connection: Connection, statement: str, *values: Any) -> int:
    """Run a statement that returns no rows; how many it touched."""
    with bare(connection) as cursor:
        return int(cursor.execute(statement, values, prepare=True).rowcount)


def unhurried(connection: Connection) -> None:
    """Let this transaction's commit not wait for the disk: what it writes may be lost in a power cut."""
    do(connection, "SET LOCAL synchronous_commit = off")


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows by COPY. Values are what PostgreSQL reads as text for their columns, or None. Raises IntegrityError
    when one exists already."""
    names = ", ".join(f'"{name}"' for name in columns)
    with bare(connection) as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as into:
        for row in rows:
            into.write_row(row)
