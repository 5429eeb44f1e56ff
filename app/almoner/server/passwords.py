"""Passwords: kept as Argon2id, compared in constant time, also for a user who does not exist."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from almoner.records.trouble import Trouble

LEAST, MOST = 12, 200
AT_ONCE = 4
"""Passwords one worker looks at in the same moment: each takes 64 MiB."""


class Passwords:
    """Makes and checks hashes with one cost. Slow on purpose, so call it off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
        self._nobody = ""
        self._room = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """The hash to keep. Raises Trouble when the password is too short or too long."""
        if not LEAST <= len(password) <= MOST:
            raise Trouble(
                f"A password has {LEAST} to {MOST} characters.", "Three or four words that do not belong together do."
            )
        try:
            return self._hasher.hash(_same(password))
        except UnicodeEncodeError:
            raise Trouble("The password holds a character that is none.", "Type it again.") from None

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept; without a kept one it takes as long and is False."""
        try:
            with self._room:
                return self._hasher.verify(kept or self._somebody(), _same(password[:MOST])) and kept is not None
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    def _somebody(self) -> str:
        """A hash of the same cost for a user who does not exist."""
        if not self._nobody:
            self._nobody = self._hasher.hash("no such user")
        return self._nobody

    def is_stale(self, kept: str) -> bool:
        """Whether the hash was made at another cost and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


def _same(password: str) -> str:
    """One form for a password however the keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password)
