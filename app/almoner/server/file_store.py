"""Attachments on the server's disk, each named by the SHA-256 of its bytes; uploads go on where they were cut."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from filelock import FileLock, Timeout

from almoner.server.answers import Refusal, busy, not_found, too_large
from almoner.sync.peer import PeerKind

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload has come, in bytes; whole when `offset` is `length`."""

    offset: int
    length: int


class FileStore:
    """A folder of files by hash. Several processes may use it at once; a lock guards each unfinished upload."""

    def __init__(self, folder: Path, *, most_bytes: int) -> None:
        self._folder, self._most = folder, most_bytes

    def whole(self, sha256: str) -> Path | None:
        """Where the complete file is, or None."""
        path = self._path(sha256)
        return path if path.is_file() else None

    def begin(self, sha256: str, length: int) -> Upload:
        """Begin an upload, or go on with the one that is there. Raises Refusal when it is too large."""
        if not 0 < length <= self._most:
            raise too_large(self._most)
        if (whole := self.whole(sha256)) is not None:
            return _finished(whole)
        with self._locked(sha256):
            part = self._part(sha256)
            if part is not None and _length_of(part) != length:
                part.unlink()
                part = None
            if part is None:
                part = self._path(sha256).with_suffix(f".{length}.part")
                part.touch(mode=0o600)
            return Upload(part.stat().st_size, length)

    def state(self, sha256: str) -> Upload:
        """How far an upload has come. Raises Refusal when none was begun."""
        if (whole := self.whole(sha256)) is not None:
            return _finished(whole)
        part = self._part(sha256)
        if part is None:
            raise not_found()
        return Upload(part.stat().st_size, _length_of(part))

    def append(self, sha256: str, offset: int, piece: bytes) -> Upload:
        """Add a piece at the offset; with the last one the hash is checked and the file becomes whole.

        Raises Refusal when the offset is not where the upload stands (the client asks and goes on from there), when
        the piece reaches past the announced length, or when the bytes are not those of the hash (they are dropped).
        """
        with self._locked(sha256):
            now = self.state(sha256)
            if offset != now.offset:
                raise _conflict("wrong_offset", "The upload stands at another place.")
            if offset + len(piece) > now.length:
                raise _conflict("past_the_end", "More bytes came than were announced.")
            part = self._part(sha256)
            if part is None:
                return now
            with part.open("ab") as stream:
                stream.write(piece)
                stream.flush()
                os.fsync(stream.fileno())
            if offset + len(piece) == now.length:
                self._finish(sha256, part)
            return Upload(offset + len(piece), now.length)

    def _finish(self, sha256: str, part: Path) -> None:
        with part.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != sha256:
            part.unlink()
            raise _conflict("wrong_hash", "The bytes that came are not those that were announced.")
        part.rename(self._path(sha256))
        _sync_folder(part.parent)

    def _path(self, sha256: str) -> Path:
        if _SHA256.fullmatch(sha256) is None:
            raise not_found()
        return self._folder / sha256[:2] / sha256

    def _part(self, sha256: str) -> Path | None:
        path = self._path(sha256)
        return next(path.parent.glob(f"{sha256}.*.part"), None)

    @contextmanager
    def _locked(self, sha256: str) -> Iterator[None]:
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with FileLock(path.parent / "lock", timeout=10):
                yield
        except Timeout as fault:
            raise busy(2.0) from fault


def _length_of(part: Path) -> int:
    return int(part.name.split(".")[1])


def _finished(whole: Path) -> Upload:
    size = whole.stat().st_size
    return Upload(size, size)


def _conflict(code: str, what: str) -> Refusal:
    do = "Ask how far it has come and go on from there."
    return Refusal(HTTPStatus.CONFLICT, PeerKind.BUSY, code, what, do, retry_after=1)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable; only POSIX can and needs to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
