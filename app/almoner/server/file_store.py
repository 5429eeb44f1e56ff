"""Attachments in an object store, each named by the SHA-256 of its bytes; uploads go on where they were cut.

A folder today, S3 or its like tomorrow: only whole objects are written, listed, read and deleted. Finished files lie at
`ab/abcd…`, the pieces of unfinished ones at `unfinished/<sha256>/<length>/<offset>-<end>`. How far an upload has come
is read from the names of its pieces, so any worker process may take the next one, and none keeps anything in memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from almoner.server.answers import Refusal, busy, not_found, too_large
from almoner.server.object_store import make_durable
from almoner.sync.peer import PeerKind

CHUNK_BYTES = 1 << 20
"""About how much of a file is in memory at a time while it is read."""
_PART_BYTES = 5 << 20  # the least that S3 takes as a part of a larger object
_UNFINISHED = "unfinished"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PIECE = re.compile(r"(\d{12})-(\d{12})")


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload has come, in bytes; whole when `offset` is `length`."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    path: str


class _WrongBytes(Exception):
    """The pieces together are not the file they were announced as."""


class FileStore:
    """Files by hash. Several processes may use one at once; all calls block. A store that does not answer is a
    Refusal that asks to come again."""

    def __init__(self, store: ObjectStore, *, most_bytes: int) -> None:
        self._store, self._most = store, most_bytes

    def whole(self, sha256: str) -> int | None:
        """How many bytes the complete file has; None when it is not here. Raises Refusal for a name that is none."""
        with _in_words(), suppress(FileNotFoundError):
            return int(obstore.head(self._store, _path(sha256))["size"])
        return None

    def read(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes of a complete file from `start` up to `end`, in pieces. Raises Refusal when it is not here."""
        try:
            with _in_words():
                found = obstore.get(self._store, _path(sha256), options={"range": (start, end)})
        except FileNotFoundError as fault:
            raise not_found() from fault
        return iter(found.stream(CHUNK_BYTES))

    def begin(self, sha256: str, length: int) -> Upload:
        """Begin an upload, or go on with the one that is there. Raises Refusal when it is too large."""
        if not 0 < length <= self._most:
            raise too_large(self._most)
        if (size := self.whole(sha256)) is not None:
            return Upload(size, size)
        with _in_words():
            others = [path for path, other in self._listed(sha256) if other != length]
            self._remove(others)
            obstore.put(self._store, f"{_folder(sha256, length)}/begun", b"", use_multipart=False)
            return self._stand(sha256, length)

    def state(self, sha256: str) -> Upload:
        """How far an upload has come. Raises Refusal when none was begun."""
        if (size := self.whole(sha256)) is not None:
            return Upload(size, size)
        with _in_words():
            lengths = {length for _, length in self._listed(sha256)}
            if not lengths:
                raise not_found()
            return self._stand(sha256, min(lengths))

    def append(self, sha256: str, offset: int, piece: bytes) -> Upload:
        """Add a piece at the offset; with the last one the hash is checked and the file becomes whole.

        Raises Refusal when the offset is not where the upload stands (the client asks and goes on from there), when
        the piece reaches past the announced length, or when the bytes are not those of the hash (they are dropped).
        """
        now, end = self.state(sha256), offset + len(piece)
        if offset != now.offset:
            raise _conflict("wrong_offset", "The upload stands at another place.")
        if end > now.length:
            raise _conflict("past_the_end", "More bytes came than were announced.")
        if not piece:
            return now
        with _in_words():
            with suppress(FileNotFoundError):  # another worker finished the file meanwhile, and took the pieces away
                self._keep(f"{_folder(sha256, now.length)}/{offset:012}-{end:012}", piece)
            return self._stand(sha256, now.length)

    def sweep(self, before: datetime) -> int:
        """Drop uploads nobody went on with since; how many objects went."""
        with _in_words():
            batches = list(obstore.list(self._store, _UNFINISHED))
            stale = [one["path"] for batch in batches for one in batch if one["last_modified"] < before]
            self._remove(stale)
        return len(stale)

    def _stand(self, sha256: str, length: int) -> Upload:
        """Where the upload of this length stands; makes the file whole when all its bytes are here."""
        pieces = self._pieces(sha256, length)
        if not pieces and (size := self.whole(sha256)) is not None:
            return Upload(size, size)
        offset = pieces[-1].end if pieces else 0
        if offset == length:
            self._finish(sha256, pieces)
        return Upload(offset, length)

    def _pieces(self, sha256: str, length: int) -> list[_Piece]:
        """The pieces that follow on each other from the start. Two workers may have kept two of one offset."""
        best: dict[int, _Piece] = {}
        for path, of_length in self._listed(sha256):
            match = _PIECE.fullmatch(path.rpartition("/")[2])
            if match is None or of_length != length:
                continue
            piece = _Piece(int(match[1]), int(match[2]), path)
            if piece.start not in best or best[piece.start].end < piece.end:
                best[piece.start] = piece
        chain: list[_Piece] = []
        while (following := best.get(chain[-1].end if chain else 0)) is not None:
            chain.append(following)
        return chain

    def _finish(self, sha256: str, pieces: list[_Piece]) -> None:
        try:
            self._join(sha256, pieces)
        except _WrongBytes as fault:
            self._remove(path for path, _ in self._listed(sha256))
            raise _conflict("wrong_hash", "The bytes that came are not those that were announced.") from fault
        except FileNotFoundError:
            if self.whole(sha256) is None:  # else another worker finished it meanwhile, and took the pieces away
                raise
        self._remove(path for path, _ in self._listed(sha256))

    def _join(self, sha256: str, pieces: list[_Piece]) -> None:
        """Write the file from its pieces. It becomes visible under its name only when its bytes are proved: an
        exception before the end drops all of it."""
        digest, path = hashlib.sha256(), _path(sha256)
        with obstore.open_writer(self._store, path, buffer_size=_PART_BYTES, max_concurrency=2) as file:
            for piece in pieces:
                for chunk in obstore.get(self._store, piece.path).stream(CHUNK_BYTES):
                    digest.update(chunk)
                    file.write(chunk)
            if digest.hexdigest() != sha256:
                raise _WrongBytes
        make_durable(self._store, path)

    def _keep(self, path: str, content: bytes) -> None:
        obstore.put(self._store, path, content, use_multipart=False)
        make_durable(self._store, path)

    def _listed(self, sha256: str) -> list[tuple[str, int]]:
        """Every object of the unfinished upload, with the length it was begun for."""
        _path(sha256)
        found = [one["path"] for batch in obstore.list(self._store, f"{_UNFINISHED}/{sha256}") for one in batch]
        return [(path, int(path.split("/")[-2])) for path in found]

    def _remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            with suppress(FileNotFoundError):
                obstore.delete(self._store, path)


def _path(sha256: str) -> str:
    if _SHA256.fullmatch(sha256) is None:
        raise not_found()
    return f"{sha256[:2]}/{sha256}"


def _folder(sha256: str, length: int) -> str:
    return f"{_UNFINISHED}/{sha256}/{length}"


@contextmanager
def _in_words() -> Iterator[None]:
    """A store that does not answer, is full or not allowed asks the client to come again; what is missing is left to
    the caller."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError) as fault:
        raise busy(5.0, code="files_unavailable") from fault


def _conflict(code: str, what: str) -> Refusal:
    do = "Ask how far it has come and go on from there."
    return Refusal(HTTPStatus.CONFLICT, PeerKind.BUSY, code, what, do, retry_after=1)
