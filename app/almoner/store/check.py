"""Looking after a store: is it whole, a copy of it, and what can be saved of a damaged one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text

from almoner.records.trouble import Trouble
from almoner.rules.words import counted
from almoner.store import disk
from almoner.store.faults import told_plainly
from almoner.store.incoming import set_aside_count
from almoner.store.lines import unpack_entry
from almoner.store.opening import Store, hold
from almoner.store.reading import Reading
from almoner.store.salvage import Repaired, repair
from almoner.store.tables import outbox

__all__ = ["Checked", "Repaired", "backup", "check", "repair"]

_LEFT_OUT = frozenset({"store.lock", "ballast"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of a store found. `faults` says all that is wrong, in words; counts only, never what is held."""

    faults: tuple[str, ...]
    bad_pages: int
    unsent: int
    unsent_not_in_journal: int
    set_aside: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check(store: Store) -> Checked:
    """Read every page of a store and compare the outbox with the journal. Takes about 20 s for each 1.5 GB.

    Raises Trouble when the disk fails while reading.
    """
    lines = {
        line.mutation.mutation_id for _seq, payload in store.journal.frames() for line in unpack_entry(payload).lines
    }

    def query(reading: Reading) -> Checked:
        connection = reading.connection
        bad = len(connection.execute(text("PRAGMA cipher_integrity_check")).all())
        if bad:
            return Checked((f"{counted(bad, 'page')} of the store cannot be read.",), bad, 0, 0, 0)
        faults = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check(20)"))]
        faults = [fault for fault in faults if fault != "ok"]
        waiting = set(connection.execute(select(outbox.c.mutation_id)).scalars())
        missing = len(waiting - lines)
        if missing:
            lacking = counted(missing, "unsent save")
            faults.append(f"The second copy lacks {lacking}; opening the store again mends that.")
        return Checked(tuple(faults), 0, len(waiting), missing, set_aside_count(reading))

    return store.look(query)


def backup(folder: Path, dest: Path) -> int:
    """Copy a store that is not open: database, journal, keys and files, encrypted as they are; the bytes copied.

    Raises Trouble when the store is open, `dest` exists, or there is no room.
    """
    if dest.exists():
        raise Trouble("There is something at the place for the copy already.", "Choose another place.", str(dest))
    if not Store.exists(folder):
        raise Trouble("There is no store in this folder.", "Choose the folder of the store.", str(folder))
    with told_plainly():
        lock = hold(folder)
        try:
            files = [path for path in folder.rglob("*") if path.is_file() and path.name not in _LEFT_OUT]
            size = sum(path.stat().st_size for path in files)
            dest.parent.mkdir(parents=True, exist_ok=True)
            if disk.free_bytes(dest.parent) < size + 16 * 1024 * 1024:
                raise Trouble("There is not enough room for the copy.", f"Make room for {size // 1_000_000 + 20} MB.")
            fresh = dest.with_name(dest.name + ".part")
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(folder, fresh, ignore=lambda _folder, names: _LEFT_OUT.intersection(names))
            fresh.rename(dest)
            disk.sync_folder(dest.parent)
            return size
        finally:
            lock.release()
