"""Brings a store made by an older Almoner up to date: a copy first, then every step in one transaction.

A store of a newer Almoner is refused before anything is touched. If a step fails, the transaction is undone and the
copy is there as well; the app can still read it with the version that made it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, text

from almoner.records.trouble import Trouble
from almoner.store import disk
from almoner.store.connections import migration_engine, unlocked
from almoner.store.derivation import key_for
from almoner.store.faults import told_plainly
from almoner.store.opening import (
    OldStore,
    Progress,
    Store,
    database_path,
    hold,
    new_uuid,
    prove_ours,
    read_sidecar,
    write_sidecar,
)
from almoner.store.tables import REVISION

COPIES_KEPT = 2
"""Copies of the store from before a migration that are kept; older ones are removed."""


def open_store(
    folder: Path,
    master: bytes,
    migrations: Path,
    *,
    new_id: Callable[[], str] = new_uuid,
    progress: Progress | None = None,
) -> Store:
    """Open a store, bringing it up to date first when it is older. `migrations` is the folder of `local`'s steps.

    Raises what `Store.open` and `upgrade` raise.
    """
    try:
        return Store.open(folder, master, new_id=new_id, progress=progress)
    except OldStore:
        upgrade(folder, master, migrations)
    return Store.open(folder, master, new_id=new_id, progress=progress)


def copies_folder(folder: Path) -> Path:
    """Where copies of the store from before a migration lie; they are encrypted like the store."""
    return folder / "copies"


def upgrade(folder: Path, master: bytes, migrations: Path) -> Path | None:
    """Bring the folder's store up to date; where the copy from before lies, or None when nothing was to be done.

    Raises Trouble when the store is newer, in use, or damaged, or when there is no room for the copy.
    """
    with told_plainly():
        lock = hold(folder)
        try:
            return _upgrade_held(folder, master, migrations)
        finally:
            lock.release()


def _upgrade_held(folder: Path, master: bytes, migrations: Path) -> Path | None:
    sidecar = read_sidecar(folder)
    assert sidecar is not None, "there is no store to bring up to date"
    key, path = key_for(master, "database"), database_path(folder)
    try:
        prove_ours(path, key)
        return None
    except OldStore:
        pass
    copy = _copy_store(folder, path, key, sidecar.revision)
    _migrate(path, key, migrations)
    write_sidecar(folder, msgspec.structs.replace(sidecar, revision=REVISION))
    _drop_old_copies(folder)
    return copy


def _copy_store(folder: Path, path: Path, key: bytes, revision: str) -> Path:
    """Copy the whole store file, with nothing left in its log."""
    raw = unlocked(path, key)
    try:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        raw.close()
    size = path.stat().st_size
    if disk.free_bytes(folder) < 2 * size + 16 * 1024 * 1024:
        raise Trouble(
            "There is not enough room on the disk to bring the store up to date safely. Nothing was changed.",
            f"Make room for {2 * size // 1_000_000 + 20} MB, then unlock again.",
        )
    copies_folder(folder).mkdir(exist_ok=True)
    copy = copies_folder(folder) / f"store-before-{REVISION}-from-{revision}.db"
    fresh = copy.with_name(copy.name + ".tmp")
    shutil.copyfile(path, fresh)
    with open(fresh, "r+b") as file:
        os.fsync(file.fileno())
    fresh.replace(copy)
    disk.sync_folder(copy.parent)
    return copy


def _migrate(path: Path, key: bytes, migrations: Path) -> None:
    """Run every step in one BEGIN IMMEDIATE, with foreign keys off so that rebuilding a table deletes no children."""
    from alembic import command  # kept out of a normal start, which it would slow by a tenth of a second
    from alembic.config import Config

    engine = migration_engine(path, key)
    try:
        with engine.begin() as connection:
            before = _row_counts(connection)
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(migrations).replace("%", "%%"))
            command.upgrade(config, REVISION)
            _prove_whole(connection, before)
    finally:
        engine.dispose()


def _row_counts(connection: Connection) -> dict[str, int]:
    names = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    ).scalars()
    return {
        name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()  # noqa: S608 - a table's own name
        for name in list(names)
    }


def _prove_whole(connection: Connection, before: dict[str, int]) -> None:
    """No row may have gone with a rebuilt table, and nothing may point to what is not there."""
    after = _row_counts(connection)
    lost = {name for name, count in before.items() if name in after and after[name] < count}
    assert not lost, f"rows were lost in {sorted(lost)}"
    broken: list[Any] = list(connection.execute(text("PRAGMA foreign_key_check")))
    assert not broken, f"{len(broken)} rows point to nothing"


def _drop_old_copies(folder: Path) -> None:
    copies = sorted(copies_folder(folder).glob("store-before-*.db"), key=lambda copy: copy.stat().st_mtime)
    for copy in copies[:-COPIES_KEPT]:
        copy.unlink(missing_ok=True)
