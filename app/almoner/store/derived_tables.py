"""Makes the tables of lists and search, and makes them anew when what they hold has changed with a version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from sqlalchemy import Connection, inspect, text

from almoner.store import list_rows, search_index
from almoner.store.list_rows import DERIVED
from almoner.store.search_index import WORD_TABLES

VERSION = "1"
"""Raise it whenever a table or what is put into it changes; every store then computes them again."""

BATCH = 5_000
"""How many records are worked through at a time."""

_SOURCES = {"person": "people", "case": "cases", "note": "notes", "visit": "visits"}
"""Kinds that lists and search are computed from, parents first, and their tables."""

_ROWS: dict[str, Callable[[Connection, Set[str]], object]] = {
    "person": list_rows.put_persons,
    "case": list_rows.put_cases,
}
"""Kinds that have list rows. Everything else only changes those, which is seen when they are computed."""


def prepare(connection: Connection, progress: Callable[[int, int], None] | None = None) -> bool:
    """Have the derived tables there and current; says whether they were computed anew. `progress` gets done and total.

    Run it in the opening transaction, after migrations. Costs one look-up when nothing changed.
    """
    known = connection.execute(text("SELECT value FROM store_fact WHERE name = 'derived_version'")).scalar()
    if known == VERSION:
        return False
    rebuild(connection, progress)
    connection.execute(
        text("INSERT OR REPLACE INTO store_fact (name, value) VALUES ('derived_version', :version)"),
        {"version": VERSION},
    )
    return True


def rebuild(connection: Connection, progress: Callable[[int, int], None] | None = None) -> None:
    """Throw away everything derived and compute it again from the records."""
    for name in WORD_TABLES:
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
    DERIVED.drop_all(connection)
    create(connection)
    counts = {
        kind: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for kind, table in _SOURCES.items()
    }
    done, total = 0, sum(counts.values())
    for kind, table in _SOURCES.items():
        last = ""
        while ids := _next_ids(connection, table, last):
            if kind in _ROWS:
                _ROWS[kind](connection, frozenset(ids))
            search_index.refresh(connection, {kind: frozenset(ids)})
            last, done = ids[-1], done + len(ids)
            if progress is not None:
                progress(done, total)


def create(connection: Connection) -> None:
    """Make the tables, empty. Fails when they are there already."""
    DERIVED.create_all(connection, checkfirst=False)
    for statement in WORD_TABLES.values():
        connection.execute(text(statement))


def is_there(connection: Connection) -> bool:
    """Whether the derived tables have been made."""
    return inspect(connection).has_table("case_list")


def refresh(connection: Connection, changed: Mapping[str, Set[str]]) -> None:
    """Bring lists, then search, up to date for the changed records."""
    search_index.forget(connection, changed)
    list_rows.refresh(connection, changed)
    search_index.refresh(connection, changed)


def _next_ids(connection: Connection, table: str, after: str) -> list[str]:
    rows = connection.execute(
        text(f"SELECT id FROM {table} WHERE id > :after ORDER BY id LIMIT :batch"),
        {"after": after, "batch": BATCH},
    )
    return list(rows.scalars())
