"""Attachments over a bad line: sent piece by piece from where the server stands (tus 1.0), fetched by range.

Neither way is a file in memory whole. A cut is tried again at once as long as each try gets further; smaller pieces
follow a cut. Every piece sent carries its checksum, every file fetched is proved by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from almoner.outside.http_words import cut_short, not_almoner
from almoner.sync.peer import PeerKind, PeerTrouble

PIECE_BYTES = 1 << 20
SMALLEST_PIECE_BYTES = 1 << 15
FRUITLESS = 3
"""Tries in a row that brought nothing further; then the line is given up until the next round."""
_TUS = {"Tus-Resumable": "1.0.0"}
_FILE = "application/octet-stream"

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are done."""


def unwatched(_done: int, _all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer while its body is read; `chunks` raise PeerTrouble when the line fails."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]


class Exchange(Protocol):
    """One request and its answer. Raises PeerTrouble for anything but success."""

    def __call__(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> AbstractContextManager[Answer]:
        """Ask, and give the answer while it is read."""


def send_file(
    exchange: Exchange, sha256: str, size: int, pieces: Callable[[], Iterable[bytes]], progress: Progress = unwatched
) -> None:
    """Send a file; returns only when the server has all of it and found its hash right.

    `pieces` gives the bytes from the start, each time it is called. Raises PeerTrouble; what was sent counts next time.
    """
    source, path, patience = _Source(pieces, size), f"/files/{sha256}", _Patience()
    most = PIECE_BYTES
    while True:
        try:
            done = _begin(exchange, path, size)
            if done == size:
                progress(done, size)
            while done < size:
                patience.reached(done)
                done = _send(exchange, path, done, source.take(done, min(most, size - done)), size)
                most = min(PIECE_BYTES, most * 2)
                progress(done, size)
        except PeerTrouble as trouble:
            patience.lose(trouble)
            most = max(SMALLEST_PIECE_BYTES, most // 4)
        else:
            return


def _begin(exchange: Exchange, path: str, size: int) -> int:
    with exchange("POST", path, headers=_TUS | {"Upload-Length": str(size)}) as answer:
        done, length = _number(answer, "upload-offset"), _number(answer, "upload-length")
        _read_out(answer)
    if length != size or done > size:
        raise not_almoner()
    return done


def _send(exchange: Exchange, path: str, done: int, piece: bytes, size: int) -> int:
    checksum = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    head = {
        "Upload-Offset": str(done),
        "Upload-Checksum": f"sha256 {checksum}",
        "Content-Type": "application/offset+octet-stream",
    }
    with exchange("PATCH", path, headers=_TUS | head, content=piece) as answer:
        after = _number(answer, "upload-offset")
        _read_out(answer)
    if not done < after <= size:
        raise not_almoner()
    return after


def fetch_file(exchange: Exchange, sha256: str, progress: Progress = unwatched) -> Iterator[bytes]:
    """The bytes of a file as they come; a cut line goes on where it stopped. Raises PeerTrouble, also at the end
    when the bytes are not those of the hash: keep nothing before the last piece has come."""
    digest, got, patience = hashlib.sha256(), 0, _Patience()
    while True:
        try:
            for chunk, whole in _rest(exchange, sha256, got):
                digest.update(chunk)
                got += len(chunk)
                patience.reached(got)
                progress(got, whole)
                yield chunk
        except PeerTrouble as trouble:
            patience.lose(trouble)
        else:
            break
    if digest.hexdigest() != sha256:
        raise PeerTrouble(PeerKind.SERVER_FAULT, "The file arrived damaged.", "Try again later.")


def _rest(exchange: Exchange, sha256: str, got: int) -> Iterator[tuple[bytes, int]]:
    """What follows the first `got` bytes, with the length of the whole file beside each piece."""
    head = {"Accept-Encoding": "identity", "Accept": _FILE}
    if got:
        head |= {"Range": f"bytes={got}-", "If-Range": f'"{sha256}"'}
    with exchange("GET", f"/files/{sha256}", headers=head) as answer:
        if answer.headers.get("content-type") != _FILE:
            raise not_almoner()
        at = got if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
        whole = at + _number(answer, "content-length")
        for chunk in answer.chunks:
            at += len(chunk)
            if at > got:
                yield chunk[max(0, len(chunk) - (at - got)) :], whole
                got = at
        if at != whole:
            raise cut_short()


class _Patience:
    """Counts the tries in a row that brought nothing further."""

    def __init__(self) -> None:
        self._best, self._further, self._fruitless = 0, False, 0

    def reached(self, done: int) -> None:
        """So many bytes are safely over."""
        if done > self._best:
            self._best, self._further = done, True

    def lose(self, trouble: PeerTrouble) -> None:
        """A try ended: returns when another one at once is worth it. Raises the trouble again when not."""
        self._fruitless = 0 if self._further else self._fruitless + 1
        self._further = False
        if trouble.kind is not PeerKind.OFFLINE or self._fruitless >= FRUITLESS:
            raise trouble


class _Source:
    """A file's bytes from any place, read forwards; going back begins it anew."""

    def __init__(self, pieces: Callable[[], Iterable[bytes]], size: int) -> None:
        self._pieces, self._size = pieces, size
        self._open, self._at, self._left = iter(pieces()), 0, b""

    def take(self, start: int, count: int) -> bytes:
        """Exactly `count` bytes from `start` on."""
        if start < self._at:
            self._open, self._at, self._left = iter(self._pieces()), 0, b""
        self._skip(start - self._at)
        taken = bytearray()
        while len(taken) < count:
            piece = self._next()
            wanted = count - len(taken)
            taken += piece[:wanted]
            self._left = piece[wanted:]
        self._at = start + count
        return bytes(taken)

    def _skip(self, count: int) -> None:
        while count > 0:
            piece = self._next()
            self._left = piece[count:]
            count -= min(count, len(piece))

    def _next(self) -> bytes:
        if self._left:
            piece, self._left = self._left, b""
            return piece
        following = next(self._open, None)
        assert following is not None, "a file has as many bytes as its record says"
        return following


def _read_out(answer: Answer) -> None:
    """Read to the end, though nothing is said there: only then does the connection serve the next request too."""
    for _ in answer.chunks:
        pass


def _number(answer: Answer, name: str) -> int:
    text = answer.headers.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise not_almoner()
    return int(text)
