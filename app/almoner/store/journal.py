"""The second, encrypted copy of unsent work: an append-only file in its own folder, beside the store.

A frame is written and synced before the transaction it belongs to commits. Frame: length (4 bytes), sequence (8),
nonce (12), AES-256-GCM of the payload, bound to the file and the sequence. Reading gives the intact beginning: a torn
or damaged tail is never taken for work.
"""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from almoner.store.disk import sync_folder

FILE_NAME = "journal.bin"
LARGEST_FRAME = 256 * 1024 * 1024
"""The largest payload of one transaction, in bytes."""

_MAGIC = b"ALMJ\x01"
_HEADER = len(_MAGIC) + 16
_FRAME = struct.Struct(">IQ12s")
_SEQUENCE = struct.Struct(">Q")
_TAG = 16


class Journal:
    """The journal of one open store. One writer; not for several threads at once."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """Open or start the journal in `folder`; a damaged tail is set aside in its own file. Raises OSError."""
        self._path = folder / FILE_NAME
        self._cipher = AESGCM(key)
        folder.mkdir(parents=True, exist_ok=True)
        self.lost_tail = False
        self._last = 0
        if self._path.exists():
            self._adopt()
        else:
            self._start(self._path)
        self._file = open(self._path, "r+b", buffering=0)  # noqa: SIM115 - stays open as long as the store
        self._end = self._file.seek(0, os.SEEK_END)
        self._before_last = self._end

    def _start(self, path: Path) -> None:
        """Begin an empty file under a new random identity."""
        self._identity = secrets.token_bytes(16)
        with open(path, "xb") as file:
            file.write(_MAGIC + self._identity)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)

    def _adopt(self) -> None:
        """Keep the intact beginning of an existing file; move the whole file aside first when its tail is bad."""
        content = self._path.read_bytes()
        if len(content) < _HEADER or not content.startswith(_MAGIC):
            self._set_aside(content)
            self._path.unlink()
            self._start(self._path)
            return
        self._identity = content[len(_MAGIC) : _HEADER]
        end = _HEADER
        for sequence, _payload, stop in self._intact(content):
            self._last, end = sequence, stop
        if end < len(content):
            self._set_aside(content)
            with open(self._path, "r+b") as file:
                file.truncate(end)
                os.fsync(file.fileno())

    def _set_aside(self, content: bytes) -> None:
        self.lost_tail = True
        if content:
            (self._path.parent / f"{FILE_NAME}.damaged").write_bytes(content)

    def _intact(self, content: bytes) -> Iterator[tuple[int, bytes, int]]:
        """The intact frames of a file's content: sequence, payload, and where the frame ends."""
        at, last = _HEADER, -1
        while at + _FRAME.size <= len(content):
            length, sequence, nonce = _FRAME.unpack_from(content, at)
            stop = at + _FRAME.size + length
            if length < _TAG or stop > len(content) or sequence <= last:
                return
            try:
                payload = self._cipher.decrypt(nonce, content[at + _FRAME.size : stop], self._bound_to(sequence))
            except InvalidTag:
                return
            yield sequence, payload, stop
            at, last = stop, sequence

    def _bound_to(self, sequence: int) -> bytes:
        return _MAGIC + self._identity + _SEQUENCE.pack(sequence)

    @property
    def last_sequence(self) -> int:
        """The sequence of the newest frame, 0 when there was never one."""
        return self._last

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._end

    def not_below(self, sequence: int) -> None:
        """Never give out a sequence at or below this one: the store has seen it."""
        self._last = max(self._last, sequence)

    def frames(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """The intact frames with a sequence above `after`, oldest first."""
        for sequence, payload, _stop in self._intact(self._path.read_bytes()):
            if sequence > after:
                yield sequence, payload

    def append(self, payload: bytes) -> int:
        """Write one frame and wait until it is on the disk; its sequence comes back. Raises OSError."""
        sequence = self._last + 1
        frame = self._frame(sequence, payload)
        start = self._end
        try:
            self._file.seek(start)
            written = self._file.write(frame)
            while written < len(frame):
                written += self._file.write(frame[written:])
            os.fsync(self._file.fileno())
        except OSError:
            self._file.truncate(start)
            raise
        self._before_last, self._end, self._last = start, start + len(frame), sequence
        return sequence

    def _frame(self, sequence: int, payload: bytes) -> bytes:
        assert len(payload) <= LARGEST_FRAME, "a transaction too large for the journal"
        nonce = secrets.token_bytes(12)
        sealed = self._cipher.encrypt(nonce, payload, self._bound_to(sequence))
        return _FRAME.pack(len(sealed), sequence, nonce) + sealed

    def take_back(self) -> None:
        """Remove the newest frame: its transaction did not commit. The sequence is not used again."""
        self._file.truncate(self._before_last)
        os.fsync(self._file.fileno())
        self._end = self._before_last

    def rewrite(self, payloads: Sequence[bytes]) -> int:
        """Start a new file that holds these payloads only; the last sequence comes back. Old or new, never a part."""
        fresh = self._path.with_name(FILE_NAME + ".tmp")
        fresh.unlink(missing_ok=True)
        before = self._identity
        self._identity = secrets.token_bytes(16)
        last = self._last
        try:
            with open(fresh, "xb") as file:
                file.write(_MAGIC + self._identity)
                for payload in payloads:
                    last += 1
                    file.write(self._frame(last, payload))
                file.flush()
                os.fsync(file.fileno())
            self._file.close()
            os.replace(fresh, self._path)
        except OSError:
            self._identity = before
            raise
        finally:
            if self._file.closed:
                self._file = open(self._path, "r+b", buffering=0)  # noqa: SIM115 - stays open as long as the store
        sync_folder(self._path.parent)
        self._last = last
        self._end = self._before_last = self._file.seek(0, os.SEEK_END)
        return last

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()
