"""A full disk: said in words, nothing half-written, and room is given back so that work can go on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.builders import make_note
from tests.store.opened import MASTER, add, made, read

from almoner.records import Note
from almoner.records.trouble import Trouble
from almoner.store import disk, opening
from almoner.store.check import check
from almoner.store.faults import DiskFull
from almoner.store.opening import BALLAST_BYTES, Store
from almoner.store.outbox import unsent_count

ROOT = Path(__file__).resolve().parents[2]

_FILLS_UP = """
import resource, signal, sys
from pathlib import Path
from almoner.records.trouble import Trouble
from almoner.store.faults import DiskFull
from almoner.store.opening import Store
from tests.builders import NOW, make_note
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]), bytes(range(32)))
writer = store.writer()
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
saved = 0
while True:
    number = saved + 1
    try:
        writer.write(lambda tx: tx.add(make_note(number, text="x" * 5000)), author="u", now=NOW)
    except Trouble as told:
        print(saved, type(told).__name__, told.what)
        break
    saved = number
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.write(lambda tx: tx.add(make_note(100_000)), author="u", now=NOW)
store.close()
"""
"""Saves notes until a file may grow no more, then is given room again and saves one more."""


@pytest.mark.parametrize("limit", [300_000, 700_001, 1_500_000])
def test_a_disk_that_fills_up_loses_nothing(tmp_path: Path, limit: int) -> None:
    """The save that does not fit is refused in words; those before are whole; with room again work goes on."""
    folder = tmp_path / "s"
    made(folder).close()

    command = [sys.executable, "-c", _FILLS_UP, str(folder), str(limit)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert ended.returncode == 0, ended.stderr
    saved, kind, *_what = ended.stdout.split()
    assert kind in ("DiskFull", "StoreFault")
    assert "not saved" in ended.stdout
    store = Store.open(folder, MASTER)
    assert read(store, unsent_count) == int(saved) + 1
    assert check(store).is_whole
    store.close()


def test_a_full_disk_gives_back_the_ballast(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing more fits, the room kept for that is given back, and the next try succeeds."""
    ballast = store.folder / "ballast"
    assert ballast.stat().st_size == BALLAST_BYTES
    append = store.journal.append

    def full(_payload: bytes) -> int:
        if ballast.exists():
            raise OSError(28, "No space left on device")
        return append(_payload)

    monkeypatch.setattr(store.journal, "append", full)
    with pytest.raises(DiskFull, match="not saved"):
        add(store, make_note())
    assert read(store, lambda r: r.find(Note, make_note().id)) is None

    add(store, make_note())

    assert read(store, lambda r: r.get(Note, make_note().id)) == make_note()


def test_the_ballast_is_put_back_when_there_is_room(store: Store) -> None:
    """The next opening with room on the disk keeps room for the next time."""
    store.release_ballast()
    store.close()

    Store.open(store.folder, MASTER).close()

    assert (store.folder / "ballast").stat().st_size == BALLAST_BYTES


def test_no_store_is_made_on_a_nearly_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first run without room says so and leaves nothing behind."""
    monkeypatch.setattr(opening.disk, "free_bytes", lambda _folder: 1_000_000)

    with pytest.raises(Trouble, match="nearly full"):
        made(tmp_path / "s")

    assert not Store.exists(tmp_path / "s")


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the new content does not fit, the old one stays and no part of the new one is left."""
    path = tmp_path / "keys.json"
    disk.write_whole(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        disk.write_whole(path, b"new")

    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["keys.json"]


def test_a_folder_that_may_not_be_written_is_said_in_words(store: Store) -> None:
    """When the files may only be read, the store is refused in words that name the remedy."""
    store.close()
    for path in (store.folder / "store").iterdir():
        path.chmod(0o444)
    command = [sys.executable, "-c", _AS_NOBODY, str(store.folder)]
    if os.geteuid() != 0:
        command = [sys.executable, "-c", _AS_NOBODY.replace("os.setuid(65534)", "None"), str(store.folder)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "told"


_AS_NOBODY = """
import os, sys
from pathlib import Path
from almoner.records.trouble import Trouble
from almoner.store.faults import DamagedStore
from almoner.store.opening import Store
folder = Path(sys.argv[1])
os.setuid(65534)
try:
    Store.open(folder, bytes(range(32)))
except DamagedStore:
    print("taken for damaged")
except Trouble as told:
    print("told" if told.do else "no remedy")
"""
