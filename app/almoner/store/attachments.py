"""Photos, scans and letters as encrypted files beside the database, each with a key of its own.

A file is AES-256-GCM in 64 KiB chunks. Nonce: 7 random bytes, the chunk's number (4), and 1 for the last chunk (1), so
a file cut at any point is refused. The file's name tells nothing about its content. Its key lies in the database, in
the same transaction as the record that names it: without the key the file is noise.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select, update

from almoner.records import Attachment
from almoner.records.trouble import Trouble
from almoner.store import disk
from almoner.store.faults import disk_full, told_plainly
from almoner.store.file_places import files_folder, sealed_path
from almoner.store.lines import FileKey
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.tables import attachment_key, local_table
from almoner.store.writing import Writing

CHUNK = 64 * 1024
LARGEST = 100 * 1024 * 1024
"""Bytes of the largest file that is kept."""
RESERVE = 32 * 1024 * 1024
"""Bytes that must stay free on the disk after a file was written."""
ORPHAN_SECONDS = 24 * 3600
"""A file no record knows is swept away when it is older than this: a younger one may belong to a save in the making."""

_MAGIC = b"ALMF\x01"
_PREFIX = 7
_TAG = 16
_TAIL = struct.Struct(">IB")


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is safely on the disk."""

    sha256: str
    size: int


class DamagedFile(Trouble):
    """A file is not what was kept: changed, cut short or replaced."""


def _damaged() -> DamagedFile:
    return DamagedFile(
        "This file is damaged on this computer and was not opened.",
        "Connect and sync to fetch it again. If it was never sent, add it again from the original.",
    )


def _absent() -> Trouble:
    return Trouble("This file is not on this computer yet.", "Connect and sync, then open it again.")


class Vault:
    """The attachments of one open store. Any thread may use it; a new file's key is kept by the next transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._folder = files_folder(store.folder)

    def keep(self, content: bytes) -> str:
        """Keep the bytes; their SHA-256 in hex comes back once they are safely on disk. Raises Trouble."""
        pieces = (content[at : at + CHUNK] for at in range(0, len(content), CHUNK))
        return self._keep(pieces, hashlib.sha256(content).hexdigest(), len(content), state="kept").sha256

    def keep_file(self, path: Path) -> Kept:
        """Keep a file from the disk, read piece by piece. Raises Trouble."""
        with told_plainly():
            size = path.stat().st_size
            _prove_size(size)
            with open(path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                file.seek(0)
                return self._keep(iter(lambda: file.read(CHUNK), b""), sha256, size, state="kept")

    def take_in(self, sha256: str, pieces: Iterable[bytes], size: int) -> Kept:
        """Keep a file that the server sent; nothing is kept unless its bytes have that SHA-256. Raises Trouble."""
        return self._keep(pieces, sha256, size, state="sent")

    def _keep(self, pieces: Iterable[bytes], sha256: str, size: int, *, state: str) -> Kept:
        _prove_size(size)
        path = self._path(sha256)
        known = self._key(sha256)
        if known is not None and self._is_whole(sha256):
            return Kept(sha256, size)
        key = known.key if known is not None else secrets.token_bytes(32)
        with told_plainly():
            path.parent.mkdir(parents=True, exist_ok=True)
            if disk.free_bytes(self._folder) < size + RESERVE:
                raise disk_full()
            _write_sealed(path, key, pieces, sha256)
        if known is None:
            self._store.pending_files[sha256] = FileKey(sha256, key, size, state)
        return Kept(sha256, size)

    def read(self, sha256: str) -> bytes:
        """The bytes again. Raises Trouble when they are not on this device, DamagedFile when they are not the same."""
        content = b"".join(self.pieces(sha256))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged()
        return content

    def pieces(self, sha256: str) -> Iterator[bytes]:
        """The bytes in pieces of 64 KiB, each proved genuine and the end proved to be the end. Raises as `read`."""
        known = self._key(sha256)
        path = self._path(sha256)
        if known is None or not path.exists():
            raise _absent()
        with told_plainly(), open(path, "rb") as file:
            yield from _opened(file.read, AESGCM(known.key))

    def has(self, sha256: str) -> bool:
        """Whether the file is on this device."""
        return self._key(sha256) is not None and self._path(sha256).exists()

    def _is_whole(self, sha256: str) -> bool:
        digest = hashlib.sha256()
        try:
            for piece in self.pieces(sha256):
                digest.update(piece)
        except Trouble:
            return False
        return digest.hexdigest() == sha256

    def sweep(self, now_seconds: float) -> int:
        """Remove files that no record knows and half-written ones, older than a day; how many went.

        `now_seconds` is the time as the file system counts it (seconds since 1970).
        """
        known = {self._path(sha256) for sha256 in self._all_known()}
        gone = 0
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                if path not in known and now_seconds - path.stat().st_mtime > ORPHAN_SECONDS:
                    path.unlink()
                    gone += 1
        return gone

    def _all_known(self) -> set[str]:
        def query(reading: Reading) -> set[str]:
            return set(reading.connection.execute(select(attachment_key.c.sha256)).scalars())

        return self._store.look(query) | set(self._store.pending_files)

    def _path(self, sha256: str) -> Path:
        return sealed_path(self._store.folder, self._store.file_names_key, sha256)

    def _key(self, sha256: str) -> FileKey | None:
        pending = self._store.pending_files.get(sha256)
        if pending is not None:
            return pending

        def query(reading: Reading) -> FileKey | None:
            here = select(attachment_key).where(attachment_key.c.sha256 == sha256)
            row = reading.connection.execute(here).first()
            return None if row is None else FileKey(row.sha256, row.key, row.size, row.state)

        return self._store.look(query)


def _prove_size(size: int) -> None:
    if size > LARGEST:
        raise Trouble(
            f"The file is larger than {LARGEST // (1024 * 1024)} MB.",
            "Make it smaller, for example by saving the photo or scan at a lower resolution.",
        )


def _write_sealed(path: Path, key: bytes, pieces: Iterable[bytes], sha256: str) -> None:
    """Write the encrypted file under another name and rename it once it is whole and its content proved."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    digest = hashlib.sha256()
    try:
        with open(fresh, "wb") as file:
            for sealed in _sealed(_in_chunks(_digested(pieces, digest.update)), AESGCM(key)):
                file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != sha256:
            raise _damaged()
        os.replace(fresh, path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
    disk.sync_folder(path.parent)
    disk.sync_folder(path.parent.parent)


def _digested(pieces: Iterable[bytes], note: Callable[[bytes], None]) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        _prove_size(total)
        note(piece)
        yield piece


def _in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in chunks of exactly 64 KiB, but for the last."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= CHUNK:
            yield bytes(waiting[:CHUNK])
            del waiting[:CHUNK]
    if waiting:
        yield bytes(waiting)


def _sealed(chunks: Iterable[bytes], cipher: AESGCM) -> Iterator[bytes]:
    prefix = secrets.token_bytes(_PREFIX)
    yield _MAGIC + prefix
    waiting: bytes | None = None
    number = 0
    for chunk in chunks:
        if waiting is not None:
            yield cipher.encrypt(prefix + _TAIL.pack(number, 0), waiting, _MAGIC)
            number += 1
        waiting = chunk
    yield cipher.encrypt(prefix + _TAIL.pack(number, 1), waiting or b"", _MAGIC)


def _opened(read: Callable[[int], bytes], cipher: AESGCM) -> Iterator[bytes]:
    head = read(len(_MAGIC) + _PREFIX)
    if len(head) < len(_MAGIC) + _PREFIX or not head.startswith(_MAGIC):
        raise _damaged()
    prefix = head[len(_MAGIC) :]
    chunk, number = read(CHUNK + _TAG), 0
    while True:
        following = read(CHUNK + _TAG) if len(chunk) == CHUNK + _TAG else b""
        try:
            yield cipher.decrypt(prefix + _TAIL.pack(number, 0 if following else 1), chunk, _MAGIC)
        except InvalidTag as error:
            raise _damaged() from error
        if not following:
            return
        chunk, number = following, number + 1


def files_to_send(reading: Reading, limit: int = 100) -> tuple[Kept, ...]:
    """Files that only this device has, smallest first."""
    here = attachment_key.c
    query = select(here.sha256, here.size).where(here.state == "kept").order_by(here.size, here.sha256).limit(limit)
    return tuple(Kept(row.sha256, row.size) for row in reading.connection.execute(query))


def files_wanted(reading: Reading, limit: int = 100) -> tuple[Kept, ...]:
    """Files that records here name and that are not on this device, newest record first."""
    table = local_table(Attachment)
    held = select(attachment_key.c.sha256).where(attachment_key.c.sha256 == table.c.sha256)
    query = (
        select(table.c.sha256, table.c.size)
        .where(~held.exists())
        .group_by(table.c.sha256)
        .order_by(table.c.recorded_at.desc())
        .limit(limit)
    )
    return tuple(Kept(row.sha256, row.size) for row in reading.connection.execute(query))


def mark_sent(tx: Writing, sha256: str) -> None:
    """The server has the whole file and its hash was compared."""
    tx.connection.execute(update(attachment_key).where(attachment_key.c.sha256 == sha256).values(state="sent"))
    tx.touched.add(Attachment.kind)
