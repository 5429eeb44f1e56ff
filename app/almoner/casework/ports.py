"""What casework needs from outside, named so that a test can own time, chance and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from almoner.records import Council, User
from almoner.rules.calendars import Calendars
from almoner.rules.service_line import ServiceLines


class Clock(Protocol):
    """Tells the time in UTC."""

    def now(self) -> datetime:
        """This instant, with a time zone."""


class Ids(Protocol):
    """Makes identifiers that clash nowhere."""

    def new(self) -> str:
        """A new UUIDv7 as text."""

    def bits(self, count: int) -> int:
        """That many random bits."""


class FileVault(Protocol):
    """Keeps attachments as encrypted files on this device."""

    def keep(self, content: bytes) -> str:
        """Keep the bytes; their SHA-256 in hex comes back once they are safely on disk."""

    def read(self, sha256: str) -> bytes:
        """The bytes again. Raises Trouble when they are not on this device or damaged."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that an action needs beside its own arguments: who works, when, and by which rules."""

    me: User
    council: Council
    clock: Clock
    ids: Ids
    lines: ServiceLines
    calendars: Calendars
    files: FileVault
    resources: Path
    log: Callable[[str], None] = lambda _line: None
