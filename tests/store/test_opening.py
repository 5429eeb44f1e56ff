"""Making and opening a store, and every way in which its file can be wrong."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builders import make_note, make_person
from tests.store.opened import MASTER, OTHER_MASTER, add, made, read, reopened, write

from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store.connections import unlocked
from almoner.store.derivation import key_for
from almoner.store.faults import DamagedStore, Interrupted
from almoner.store.opening import OldStore, Store, WrongKey, database_path, sidecar_path
from almoner.store.outbox import unsent_count
from almoner.store.reading import Reading


def test_what_was_saved_is_there_after_opening_again(store: Store) -> None:
    """Closing and opening loses nothing."""
    add(store, make_person())

    again = reopened(store)

    assert read(again, lambda r: r.get(Person, make_person().id)) == make_person()
    assert read(again, unsent_count) == 1
    again.close()


def test_nothing_on_the_disk_can_be_read_without_the_key(store: Store) -> None:
    """No file of a store holds a name in plain text, nor the database's usual header."""
    add(store, make_person(full_name="Xylophone Quagmire"), make_note(text="Xylophone Quagmire rang"))
    reopened(store).close()

    for path in store.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"Xylophone" not in content, path.name
            assert b"SQLite format 3" not in content, path.name
            assert MASTER not in content, path.name


def test_settings_are_those_that_were_measured(store: Store) -> None:
    """WAL, full sync on the writer, foreign keys, memory for temporary tables, nothing trusted from the schema."""

    def pragma(name: str) -> object:
        return write(store, lambda tx: tx.connection.exec_driver_sql(f"PRAGMA {name}").scalar())

    found = {name: pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "temp_store")}

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "temp_store": 2}
    assert pragma("trusted_schema") == 0
    assert pragma("wal_autocheckpoint") == 8000
    assert pragma("application_id") == 0x414C4D4E


def test_a_wrong_key_changes_nothing(store: Store) -> None:
    """Another key is refused in words; the right one opens the store afterwards."""
    store.close()

    with pytest.raises(WrongKey, match="does not fit"):
        Store.open(store.folder, OTHER_MASTER)

    Store.open(store.folder, MASTER).close()


def test_a_key_of_another_length_is_never_a_passphrase(tmp_path: Path) -> None:
    """31 bytes would be taken for a passphrase by the engine without a word: refused before."""
    with pytest.raises(AssertionError, match="32 bytes"):
        Store.create(tmp_path / "s", bytes(31), user_id="u")
    with pytest.raises(AssertionError, match="raw key"):
        unlocked(tmp_path / "x.db", bytes(31), mode="rwc")
    assert not (tmp_path / "x.db").exists()


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _removed(path: Path) -> None:
    path.unlink()


def _header_spoilt(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[16:48] = bytes(32)
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 7])


def _zeroed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 100 : page * 4096 + 200] = bytes(100)
    path.write_bytes(content)


def _one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 + 1000] ^= 4
    path.write_bytes(content)


def _noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def _open_and_read(folder: Path) -> None:
    opened = Store.open(folder, MASTER)
    try:
        read(opened, lambda r: r.all_of(Person))
    finally:
        opened.close()


@pytest.mark.parametrize("spoil", [_emptied, _removed, _header_spoilt, _cut, _zeroed, _one_bit, _noise])
def test_a_damaged_store_is_sent_to_repair(store: Store, spoil: Callable[[Path], None]) -> None:
    """Missing, empty, cut, zeroed or flipped: it is never read as data, never taken for a first run."""
    add(store, make_person())
    store.close()
    spoil(database_path(store.folder))

    with pytest.raises(DamagedStore, match="Repair store"):
        _open_and_read(store.folder)

    assert Store.exists(store.folder)
    with pytest.raises(Trouble, match="already a store"):
        made(store.folder)


def test_a_page_swapped_for_another_is_noticed(store: Store) -> None:
    """A valid page in the wrong place is damage, not data."""
    add(store, *(make_note(n, text="x" * 3000) for n in range(1, 40)))
    store.close()
    path = database_path(store.folder)
    content = path.read_bytes()
    pages = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    path.write_bytes(b"".join([pages[0], *reversed(pages[1:])]))

    with pytest.raises(DamagedStore):
        Store.open(store.folder, MASTER)


def test_a_foreign_database_is_refused(store: Store) -> None:
    """A plain SQLite file, and an encrypted one that is not ours, are named for what they are."""
    store.close()
    path = database_path(store.folder)
    path.unlink()
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE t (x)")
    plain.close()

    with pytest.raises(Trouble, match="not made by Almoner"):
        Store.open(store.folder, MASTER)

    path.unlink()
    raw = unlocked(path, key_for(MASTER, "database"), mode="rwc")
    raw.execute("CREATE TABLE t (x)")
    raw.close()
    with pytest.raises(Trouble, match="not made by Almoner"):
        Store.open(store.folder, MASTER)


def _set_revision(folder: Path, revision: str) -> None:
    raw = unlocked(database_path(folder), key_for(MASTER, "database"))
    raw.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    raw.close()


def test_a_newer_store_is_refused_politely(store: Store) -> None:
    """A store of a newer Almoner asks for the newer program, and is not touched."""
    store.close()
    _set_revision(store.folder, "9999")
    before = database_path(store.folder).read_bytes()

    with pytest.raises(Trouble, match="newer Almoner") as told:
        Store.open(store.folder, MASTER)

    assert "newest version" in told.value.do
    assert not isinstance(told.value, OldStore | DamagedStore)
    assert database_path(store.folder).read_bytes() == before


def test_a_damaged_sidecar_is_sent_to_repair(store: Store) -> None:
    """The file that says what the store is may be damaged too; the store is then not taken for absent."""
    store.close()
    sidecar_path(store.folder).write_bytes(b"{nonsense")

    with pytest.raises(DamagedStore):
        Store.open(store.folder, MASTER)


def test_no_store_is_said_in_words(tmp_path: Path) -> None:
    """Opening where nothing is asks for setting up, and makes nothing."""
    with pytest.raises(Trouble, match="no store"):
        Store.open(tmp_path / "nowhere", MASTER)
    assert not (tmp_path / "nowhere").exists()


def test_an_unfinished_making_is_begun_again(tmp_path: Path) -> None:
    """A first run that was cut short leaves no store, and the next one succeeds."""
    (tmp_path / "s" / "store.new").mkdir(parents=True)
    (tmp_path / "s" / "store.new" / "store.db").write_bytes(b"half")
    assert not Store.exists(tmp_path / "s")

    made(tmp_path / "s").close()

    assert not (tmp_path / "s" / "store.new").exists()


def test_a_second_instance_is_refused(store: Store) -> None:
    """One instance per store, in this process and in another, until the first lets go."""
    with pytest.raises(Trouble, match="already open"):
        Store.open(store.folder, MASTER)
    script = (
        "import sys; from pathlib import Path\n"
        "from almoner.store.opening import Store\n"
        "from almoner.records.trouble import Trouble\n"
        "try: Store.open(Path(sys.argv[1]), bytes(range(32)))\n"
        "except Trouble as told: print(told)\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", script, str(store.folder)], capture_output=True, text=True, timeout=60
    )
    assert "already open" in other.stdout, other.stderr

    reopened(store).close()


def test_a_lock_of_a_dead_program_holds_nobody_up(store: Store) -> None:
    """The lock file may lie there from before: only a living program holds it."""
    store.close()
    (store.folder / "store.lock").touch()

    Store.open(store.folder, MASTER).close()


def test_a_store_can_be_moved_whole(store: Store, tmp_path: Path) -> None:
    """The folder may be copied to another place, with blanks and umlauts in its name, and opened there."""
    add(store, make_person())
    store.close()
    elsewhere = tmp_path / "Büro #3? 100%"
    shutil.copytree(store.folder, elsewhere)

    opened = Store.open(elsewhere, MASTER)

    assert read(opened, unsent_count) == 1
    opened.close()


def test_a_query_can_be_interrupted(store: Store) -> None:
    """A stopped query says so, and its reader works on."""
    reader = store.reader(large_cache=True)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    def stopped_midway(reading: Reading) -> None:
        raw = reading.connection.connection.dbapi_connection
        raw.set_progress_handler(lambda: reader.interrupt() or 0, 10_000)
        try:
            reading.connection.exec_driver_sql(endless)
        finally:
            raw.set_progress_handler(None, 0)

    with pytest.raises(Interrupted):
        reader.read(stopped_midway)

    assert reader.read(lambda r: r.fact("generation")) == "1"


def test_no_personal_value_in_an_error_of_ours(store: Store) -> None:
    """What a failed statement says never shows the values it was given."""
    with pytest.raises(Exception, match="no such table") as failed:
        store.look(lambda r: r.connection.exec_driver_sql("SELECT * FROM no_such WHERE x = ?", ("Xylophone",)))

    assert "Xylophone" not in str(failed.value)


def test_a_store_opened_on_one_thread_and_closed_on_another_can_be_opened_again(tmp_path: Path) -> None:
    """Unlocking runs on a thread of its own, locking on the window's: the lock of the store must go with the store."""
    opened: list[Store] = []
    thread = threading.Thread(target=lambda: opened.append(Store.create(tmp_path, bytes(range(32)), user_id="u")))
    thread.start()
    thread.join()
    opened[0].close()

    again = Store.open(tmp_path, bytes(range(32)))
    assert again.look(unsent_count) == 0
    again.close()
