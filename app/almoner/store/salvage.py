"""Makes a new store of what can still be read of a damaged one, and of the journal beside it.

Rows are read in ranges; where a range cannot be read it is halved, so that only the rows on damaged pages are lost.
Work that was not sent is in the journal as well. What the server has comes back with the next sync.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlcipher3 import dbapi2

from almoner.records.trouble import Trouble
from almoner.store import derived_tables
from almoner.store.connections import unlocked, writer_engine
from almoner.store.derivation import key_for
from almoner.store.faults import told_plainly
from almoner.store.journal import Journal
from almoner.store.lines import Line, insert_files, unpack_entry
from almoner.store.opening import Store, database_path, hold, journal_folder
from almoner.store.replay import put_back, rewrite_journal
from almoner.store.tables import LOCAL, alembic_version, outbox, scope_state, store_fact

_STEP = 2_000
_SMALLEST_ROW_BYTES = 16
_MOST_FAILURES = 5_000
"""After so many ranges of one table that cannot be read, the rest of the table is given up."""
_OWN_FACTS = frozenset({"journal_seq", "derived_version", "store_id"})
"""Facts the new store keeps of its own."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was saved: rows by count, rows or ranges of rows lost, and saves put back from the journal."""

    rows: int
    lost: int
    from_journal: int


class _Damaged:
    """A damaged database, opened again after each failure: one bad page spoils the whole connection."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._raw: Any = None
        self.lost = 0
        self.failures = 0

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]] | None:
        """The rows of a query, or None when a page in its way is damaged."""
        try:
            if self._raw is None:
                self._raw = unlocked(self._path, self._key, mode="ro")
            return list(self._raw.execute(sql, values))
        except dbapi2.DatabaseError:
            self.failures += 1
            self.close()
            return None

    def size(self) -> int:
        """Bytes in the file, 0 when it is missing; with the smallest row this bounds how many rows there can be."""
        return self._path.stat().st_size if self._path.exists() else 0

    def close(self) -> None:
        """Let go of the file."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None


def repair(folder: Path, master: bytes, dest: Path) -> Repaired:
    """Make a new store in `dest` from a damaged one; the damaged one is left as it is.

    Key file and attachments are copied along. Raises Trouble when the store is open or `dest` holds something.
    """
    if dest.exists() and any(dest.iterdir()):
        raise Trouble("The folder for the repaired store is not empty.", "Choose an empty folder.", str(dest))
    with told_plainly():
        lock = hold(folder)
        try:
            return _repair_held(folder, master, dest)
        finally:
            lock.release()


def _repair_held(folder: Path, master: bytes, dest: Path) -> Repaired:
    user_id = _user_of(folder)
    Store.create(dest, master, user_id=user_id).close()
    for name in ("keys.json", "keys.copy.json"):
        if (folder / name).exists():
            shutil.copyfile(folder / name, dest / name)
    if (folder / "files").exists():
        shutil.copytree(folder / "files", dest / "files", dirs_exist_ok=True)
    key, journal_key = key_for(master, "database"), key_for(master, "journal")
    engine = writer_engine(database_path(dest), key)
    damaged = _Damaged(database_path(folder), key)
    try:
        with engine.begin() as connection:
            rows = _copy_rows(connection, damaged)
            back = _replay_all(connection, folder, journal_key)
            derived_tables.rebuild(connection)
            journal = Journal(journal_folder(dest), journal_key)
            rewrite_journal(connection, journal)
            journal.close()
    finally:
        damaged.close()
        engine.dispose()
    return Repaired(rows=rows, lost=damaged.lost, from_journal=back)


def _user_of(folder: Path) -> str:
    """Whose store it is, as far as the file beside the database still says."""
    try:
        found = msgspec.json.decode((folder / "store" / "store.json").read_bytes())
    except (OSError, msgspec.MsgspecError):
        return ""
    user = found.get("user_id") if isinstance(found, dict) else ""
    return user if isinstance(user, str) else ""


def _copy_rows(connection: Connection, damaged: _Damaged) -> int:
    """Copy what can be read of every table. Scope states start anew, so that the server sends what was lost."""
    if damaged.rows("SELECT count(*) FROM sqlite_master") is None:  # without its list of tables nothing can be read
        damaged.lost += len(LOCAL.sorted_tables)
        return 0
    copied = 0
    for table in LOCAL.sorted_tables:
        if table in (alembic_version, scope_state, store_fact):
            continue
        for piece in _pieces_of(table, damaged):
            names = [column.name for column in table.c]
            connection.execute(
                upsert(table).on_conflict_do_nothing(), [dict(zip(names, row, strict=True)) for row in piece]
            )
            copied += len(piece)
    _copy_facts(connection, damaged)
    return copied


def _copy_facts(connection: Connection, damaged: _Damaged) -> None:
    facts = {name: value for piece in _pieces_of(store_fact, damaged) for name, value in piece}
    kept = {name: value for name, value in facts.items() if name not in _OWN_FACTS}
    if "client_id" in kept:
        connection.execute(delete(store_fact).where(store_fact.c.name.in_(kept)))
        connection.execute(insert(store_fact), [{"name": n, "value": v} for n, v in kept.items()])


def _pieces_of(table: Table, damaged: _Damaged) -> Iterator[list[tuple[Any, ...]]]:
    names = ", ".join(f'"{column.name}"' for column in table.c)
    if table.dialect_options["sqlite"]["with_rowid"] is False:
        yield from _both_ends(table, names, damaged)
        return
    query = f'SELECT {names} FROM "{table.name}" WHERE rowid BETWEEN ? AND ?'  # noqa: S608 - names of our own
    last = _last_rowid(table, damaged)
    damaged.failures = 0
    for low in range(1, last + 1, _STEP):
        yield from _halved(query, low, min(low + _STEP - 1, last), damaged)


def _last_rowid(table: Table, damaged: _Damaged) -> int:
    found = damaged.rows(f'SELECT max(rowid) FROM "{table.name}"')  # noqa: S608 - a name of our own
    if found is not None:
        return int(found[0][0] or 0)
    return damaged.size() // _SMALLEST_ROW_BYTES


def _halved(query: str, low: int, high: int, damaged: _Damaged) -> Iterator[list[tuple[Any, ...]]]:
    rows = damaged.rows(query, (low, high))
    if rows is not None:
        if rows:
            yield rows
    elif low == high or damaged.failures > _MOST_FAILURES:
        damaged.lost += 1
    else:
        middle = (low + high) // 2
        yield from _halved(query, low, middle, damaged)
        yield from _halved(query, middle + 1, high, damaged)


def _both_ends(table: Table, names: str, damaged: _Damaged) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a table without row numbers: from its beginning and from its end, up to the damage."""
    whole = damaged.rows(f'SELECT {names} FROM "{table.name}"')  # noqa: S608 - names of our own
    if whole is not None:
        if whole:
            yield whole
        return
    damaged.lost += 1
    keys = [f'"{column.name}"' for column in table.primary_key]
    for way in ("ASC", "DESC"):
        order = ", ".join(f"{key} {way}" for key in keys)
        offset = 0
        while True:
            sql = f'SELECT {names} FROM "{table.name}" ORDER BY {order} LIMIT 20 OFFSET {offset}'  # noqa: S608
            rows = damaged.rows(sql)
            if not rows:
                break
            yield rows
            offset += len(rows)


def _replay_all(connection: Connection, folder: Path, journal_key: bytes) -> int:
    """Put back every save of the old journal that the outbox has not; one the server has already is sent in vain."""
    if not journal_folder(folder).exists():
        return 0
    journal = Journal(journal_folder(folder), journal_key)
    back = 0
    try:
        for _sequence, payload in journal.frames():
            entry = unpack_entry(payload)
            back += put_back(connection, _free_numbers(connection, entry.lines))
            insert_files(connection, entry.files)
    finally:
        journal.close()
    return back


def _free_numbers(connection: Connection, lines: list[Line]) -> list[Line]:
    """The lines, numbered anew above all others where their number is taken by another save."""
    rows = connection.execute(select(outbox.c.client_seq, outbox.c.mutation_id))
    taken = {row.client_seq: row.mutation_id for row in rows}
    highest = max([*taken, *(line.mutation.client_seq for line in lines)], default=0)
    free: list[Line] = []
    for line in lines:
        held = taken.get(line.mutation.client_seq)
        if held is not None and held != line.mutation.mutation_id:
            highest += 1
            free.append(msgspec.structs.replace(line, mutation=replace(line.mutation, client_seq=highest)))
        else:
            free.append(line)
    return free
