"""Making, opening and closing the store of one user on one device.

    folder/store/store.db     the encrypted database          folder/store/store.json   what it is (not secret)
    folder/journal/           the second copy of unsent work  folder/files/             attachments, encrypted
    folder/keys.json          the wrapped master key          folder/ballast            room to give back when full

`store/` appears in one rename when complete, so a store that exists is never taken for a first run.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import uuid6
from filelock import FileLock, Timeout
from sqlalchemy import Engine, insert, select
from sqlcipher3 import dbapi2

from almoner.records.trouble import Trouble
from almoner.store import derived_tables, disk
from almoner.store.connections import LARGE_CACHE_KIB, SMALL_CACHE_KIB, reader_engine, unlocked, writer_engine
from almoner.store.derivation import key_for, key_id
from almoner.store.faults import DamagedStore, damaged, told_plainly
from almoner.store.file_places import sealed_path
from almoner.store.journal import Journal
from almoner.store.lines import FileKey
from almoner.store.reading import Reader, Reading
from almoner.store.replay import replay_journal
from almoner.store.tables import APPLICATION_ID, KNOWN_REVISIONS, LOCAL, REVISION, alembic_version, store_fact
from almoner.store.writing import Writer

BALLAST_BYTES = 8 * 1024 * 1024
NEEDED_BYTES = 32 * 1024 * 1024
"""Free space below which a new store is not made."""

T = TypeVar("T")

Progress = Callable[[int, int], None]

_PLAIN_SQLITE = b"SQLite format 3\x00"


def new_uuid() -> str:
    """A new UUIDv7 as text, for saves; tests and simulations give their own."""
    return str(uuid6.uuid7())


class OldStore(Trouble):
    """The store was made by an older Almoner and is brought up to date before it is opened."""


class WrongKey(Trouble):
    """The key does not belong to this store."""


class Sidecar(msgspec.Struct, frozen=True):
    """What is known of a store before it is unlocked."""

    store_id: str
    user_id: str
    key_id: str
    revision: str


def database_path(folder: Path) -> Path:
    """The encrypted database file of a store's folder."""
    return folder / "store" / "store.db"


def sidecar_path(folder: Path) -> Path:
    """The file that says what the database beside it is."""
    return folder / "store" / "store.json"


def journal_folder(folder: Path) -> Path:
    """Where the second copy of unsent work lies."""
    return folder / "journal"


def read_sidecar(folder: Path) -> Sidecar | None:
    """What the folder's store is; None when there is none. Raises Trouble when the file cannot be understood."""
    path = sidecar_path(folder)
    with told_plainly():
        if not path.parent.exists():
            return None
        try:
            return msgspec.json.decode(path.read_bytes(), type=Sidecar)
        except (FileNotFoundError, msgspec.MsgspecError) as error:
            raise damaged(str(path)) from error


def write_sidecar(folder: Path, sidecar: Sidecar) -> None:
    """Keep what the folder's store is. Raises OSError."""
    disk.write_whole(sidecar_path(folder), msgspec.json.encode(sidecar))


def hold(folder: Path) -> FileLock:
    """Take the one-instance lock of a store's folder. Raises Trouble when another Almoner has it."""
    lock = FileLock(folder / "store.lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Trouble(
            "Almoner is already open on this computer for this user.",
            "Use the window that is open. If there is none, sign out of this computer and in again.",
        ) from error
    return lock


class Store:
    """An open store: it gives out one writer and a few readers, and holds the lock until it is closed."""

    def __init__(
        self,
        folder: Path,
        master: bytes,
        sidecar: Sidecar,
        *,
        new_id: Callable[[], str],
        progress: Progress | None = None,
    ) -> None:
        """Use `create` or `open`."""
        self.folder, self.sidecar = folder, sidecar
        self.new_id = new_id
        self.pending_files: dict[str, FileKey] = {}
        self.file_names_key = key_for(master, "file names")
        self._lock = hold(folder)
        self._engines: list[Engine] = []
        self._journal: Journal | None = None
        self._writer: Writer | None = None
        self._readers: list[Reader] = []
        try:
            with told_plainly():
                self._prepare(key_for(master, "database"), key_for(master, "journal"), progress)
        except BaseException:
            self.close()
            raise

    def _prepare(self, key: bytes, journal_key: bytes, progress: Progress | None) -> None:
        path = database_path(self.folder)
        prove_ours(path, key)
        self._engines = [writer_engine(path, key), reader_engine(path, key)]
        with self._engines[0].begin() as connection:
            derived_tables.prepare(connection)
        self._journal = Journal(journal_folder(self.folder), journal_key)
        with self._engines[0].begin() as connection:
            derived_tables.prepare(connection, progress)
            self.replayed = replay_journal(connection, self._journal)
        with suppress(OSError):
            self._fill_ballast()

    def _fill_ballast(self) -> None:
        path = self.folder / "ballast"
        if not path.exists() and disk.free_bytes(self.folder) > 4 * BALLAST_BYTES:
            path.write_bytes(bytes(BALLAST_BYTES))

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether the folder holds a store, whole or damaged: then it is opened or repaired, never made anew."""
        return (folder / "store").exists()

    @classmethod
    def create(cls, folder: Path, master: bytes, *, user_id: str, new_id: Callable[[], str] = new_uuid) -> Store:
        """Make the store of a user and open it. Raises Trouble when there is one already, or no room."""
        with told_plainly():
            folder.mkdir(parents=True, exist_ok=True)
            if cls.exists(folder):
                raise Trouble("There is already a store in this folder.", "Unlock it instead.", str(folder))
            if disk.free_bytes(folder) < NEEDED_BYTES:
                raise Trouble("The disk of this computer is nearly full.", "Make room for 100 MB, then try again.")
            sidecar = Sidecar(store_id=str(uuid.uuid4()), user_id=user_id, key_id=key_id(master), revision=REVISION)
            _build(folder, key_for(master, "database"), sidecar)
        return cls(folder, master, sidecar, new_id=new_id)

    @classmethod
    def open(
        cls,
        folder: Path,
        master: bytes,
        *,
        new_id: Callable[[], str] = new_uuid,
        progress: Progress | None = None,
    ) -> Store:
        """Open the folder's store. `progress` gets done and total when lists and search must be computed anew.

        Raises WrongKey, OldStore, DamagedStore or another Trouble, each with its remedy.
        """
        sidecar = read_sidecar(folder)
        if sidecar is None:
            raise Trouble("There is no store in this folder.", "Set up this computer first.", str(folder))
        if sidecar.key_id != key_id(master):
            raise WrongKey(
                "The key does not fit the store on this computer.",
                "Try again. If you changed computers or were given a new account, ask your IT service desk.",
            )
        with told_plainly():
            return cls(folder, master, sidecar, new_id=new_id, progress=progress)

    def writer(self) -> Writer:
        """The one writer; use it on one thread."""
        assert self._journal is not None, "the store is closed"
        if self._writer is None:
            self._writer = Writer(
                self._engines[0],
                self._journal,
                new_id=self.new_id,
                pending=self.pending_files,
                when_full=self.release_ballast,
                take_off=self._take_off,
            )
            self._writer.take_off_gone()
        return self._writer

    def _take_off(self, names: Iterable[str]) -> None:
        """Remove encrypted files from the disk, by the SHA-256 of what they hold."""
        for sha256 in names:
            sealed_path(self.folder, self.file_names_key, sha256).unlink(missing_ok=True)

    def reader(self, *, large_cache: bool = False) -> Reader:
        """A new reader for one thread; `large_cache` for the one that searches."""
        assert self._journal is not None, "the store is closed"
        reader = Reader(self._engines[1], cache_kib=LARGE_CACHE_KIB if large_cache else SMALL_CACHE_KIB)
        self._readers.append(reader)
        return reader

    def look(self, query: Callable[[Reading], T]) -> T:
        """One quick question, from any thread, on a connection of its own."""
        assert self._journal is not None, "the store is closed"
        with told_plainly(), self._engines[1].begin() as connection:
            return query(Reading(connection))

    @property
    def journal(self) -> Journal:
        """The journal of unsent work."""
        assert self._journal is not None, "the store is closed"
        return self._journal

    def release_ballast(self) -> None:
        """Give the disk back the room kept for when it is full, so that the next save can succeed."""
        with suppress(OSError):
            (self.folder / "ballast").unlink()

    def close(self) -> None:
        """Close everything and let another instance in. Nothing can be read until the next unlocking."""
        for reader in self._readers:
            reader.close()
        if self._writer is not None:
            self._writer.close()
        self._readers, self._writer = [], None
        for engine in self._engines:
            engine.dispose()
        self._engines = []
        if self._journal is not None:
            self._journal.close()
            self._journal = None
        self._lock.release()


def _build(folder: Path, key: bytes, sidecar: Sidecar) -> None:
    """Make the store beside its place and move it there when it is complete."""
    fresh = folder / "store.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    path = fresh / "store.db"
    unlocked(path, key, mode="rwc").close()
    engine = writer_engine(path, key)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
            LOCAL.create_all(connection)
            connection.execute(insert(alembic_version), {"version_num": REVISION})
            facts = {
                "user_id": sidecar.user_id,
                "store_id": sidecar.store_id,
                "client_id": str(uuid.uuid4()),
                "generation": "1",
                "client_seq": "0",
                "journal_seq": "0",
            }
            connection.execute(insert(store_fact), [{"name": n, "value": v} for n, v in facts.items()])
    finally:
        engine.dispose()
    disk.write_whole(fresh / "store.json", msgspec.json.encode(sidecar))
    fresh.rename(folder / "store")
    disk.sync_folder(folder)


def prove_ours(path: Path, key: bytes) -> None:
    """Refuse what is not a whole store of ours that this version can work with."""
    if not path.exists() or path.stat().st_size == 0:
        raise DamagedStore(
            "The store of this computer is missing or empty, although it was set up before.",
            "Do not set up this computer again. Choose Repair store: your unsent work is also kept in a separate file.",
            str(path),
        )
    try:
        raw = unlocked(path, key)
    except dbapi2.DatabaseError as error:
        with open(path, "rb") as file:
            if file.read(len(_PLAIN_SQLITE)) == _PLAIN_SQLITE:
                raise _foreign(path) from error
        if "not a database" in str(error) or "malformed" in str(error):
            raise damaged(str(path)) from error
        raise
    try:
        if raw.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise _foreign(path)
        rows = raw.execute(str(select(alembic_version.c.version_num))).fetchall()
    finally:
        raw.close()
    _prove_version(rows[0][0] if rows else "")


def _foreign(path: Path) -> Trouble:
    return Trouble(
        "The file in the place of the store was not made by Almoner.",
        "Ask your IT service desk to put the right file back, or choose Repair store.",
        str(path),
    )


def _prove_version(revision: str) -> None:
    if revision == REVISION:
        return
    if revision in KNOWN_REVISIONS:
        raise OldStore("The store was made by an older Almoner.", "It is brought up to date when you unlock it.")
    raise Trouble(
        "The store on this computer was made by a newer Almoner. Nothing was changed.",
        "Install the newest version of Almoner, then unlock again.",
    )
