"""A safe copy of everything the council keeps: first the database, then the files of attachments, and only then the
word to laptops that they may let go of what is in it.

Attachments are named by their hash and never change, so those copied after the database are all that it names.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import obstore
import psycopg
from obstore.exceptions import BaseError
from obstore.store import ObjectStore
from sqlalchemy import Engine

from almoner.casework.ports import Clock
from almoner.records.trouble import Trouble
from almoner.server.file_store import CHUNK_BYTES
from almoner.server.object_store import open_object_store
from almoner.store.central_life import note_backed_up
from almoner.store.disk import sync_folder

_SHA256_LENGTH = 64
_HOURS = 12
_PREFIX, _SUFFIX, _PART = "almoner-", ".dump", ".part"


@dataclass(frozen=True, slots=True)
class Copied:
    """A complete copy: when it began, where the database lies, how many files were added to those copied before, and
    how many older copies were removed."""

    began: datetime
    dump: Path
    files: int
    removed: int


@dataclass(frozen=True, slots=True)
class Programs:
    """PostgreSQL's own programs, found on the path or named in full; as new as the server or newer."""

    dump: str = "pg_dump"
    restore: str = "pg_restore"


def back_up(engine: Engine, folder: Path, files: str, clock: Clock, *, programs: Programs, keep: int) -> Copied:
    """Copy database and files into a folder, keep the newest `keep` copies, and note from when on everything is safe.

    `files` is where attachments lie; empty when they are copied in another way. Raises Trouble; then nothing is noted
    and laptops keep what they have.
    """
    began = clock.now()
    dump = folder / f"{_PREFIX}{began.strftime('%Y%m%dT%H%M%S%fZ')}{_SUFFIX}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _dump(engine, dump, programs)
        copied = _copy_files(open_object_store(files), folder / "files") if files else 0
        removed = _remove_older(folder, keep)
    except (OSError, BaseError) as fault:
        raise Trouble(
            "The copy could not be written.",
            "See that there is room and that this user may write there. Laptops keep their copies until one is whole.",
            str(folder),
        ) from fault
    with engine.begin() as connection:
        note_backed_up(connection, began)
    return Copied(began, dump, copied, removed)


def _dump(engine: Engine, dump: Path, programs: Programs) -> None:
    """The database in one file, which is proved to be readable before it gets its name."""
    fresh = dump.with_suffix(_PART)
    words = ["--format=custom", "--no-owner", "--no-privileges", "--exclude-table-data=first_page"]
    try:
        _run([programs.dump, *words, f"--file={fresh}"], engine)
        _run([programs.restore, "--list", str(fresh)], None)
        with open(fresh, "r+b") as file:
            os.fsync(file.fileno())
        fresh.rename(dump)
        sync_folder(dump.parent)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _run(words: list[str], engine: Engine | None) -> None:
    """Run a program of PostgreSQL; it finds its database by the environment, where no other user can read it."""
    try:
        done = subprocess.run(  # noqa: S603  programs that the administrator names
            words,
            env={**os.environ, **({} if engine is None else environment_of(engine))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_HOURS * 3600,
        )
    except FileNotFoundError as fault:
        raise Trouble(
            f"The program {words[0]} is not here.",
            "Install the client programs of PostgreSQL, of the server's version or newer, or name it in full.",
        ) from fault
    except subprocess.TimeoutExpired as fault:
        raise Trouble(f"{words[0]} took more than {_HOURS} hours.", "Copy the database in another way.") from fault
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Trouble(
            f"{Path(words[0]).name} failed. Nothing counts as copied.",
            "Put right what it says, then try again.",
            said[0][:300] if said else "",
        )


def environment_of(engine: Engine) -> dict[str, str]:
    """Where the database is, as PostgreSQL's own programs read it from the environment."""
    _, found = engine.dialect.create_connect_args(engine.url)
    read = {option.keyword.decode(): option.envvar for option in psycopg.pq.Conninfo.get_defaults()}
    return {
        envvar.decode(): str(value)
        for name, value in found.items()
        if (envvar := read.get(name)) is not None and value is not None
    }


def _copy_files(source: ObjectStore, folder: Path) -> int:
    """Copy finished attachments that are not in the folder yet; how many."""
    folder.mkdir(mode=0o700, exist_ok=True)
    copied = 0
    for path in _finished(source):
        target = folder / path
        if not target.exists():
            _copy_file(source, path, target)
            copied += 1
    return copied


def _copy_file(source: ObjectStore, path: str, target: Path) -> None:
    target.parent.mkdir(mode=0o700, exist_ok=True)
    fresh = target.with_suffix(_PART)
    with open(fresh, "wb") as file:
        for piece in obstore.get(source, path).stream(CHUNK_BYTES):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(target)
    sync_folder(target.parent)


def _finished(source: ObjectStore) -> Iterator[str]:
    for batch in obstore.list(source):
        for one in batch:
            path: str = one["path"]
            if len(path.rpartition("/")[2]) == _SHA256_LENGTH and path.count("/") == 1:
                yield path


def _remove_older(folder: Path, keep: int) -> int:
    """Remove all but the newest copies of the database; how many went. Files are never removed."""
    dumps = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    for old in dumps[:-keep]:
        old.unlink()
    return len(dumps[:-keep])
