"""The tokens of a signed-in device, kept in the computer's keyring and nowhere else."""

from __future__ import annotations

import hashlib
import threading
from typing import Protocol

import msgspec

from almoner.records.trouble import Trouble


class SecretStore(Protocol):
    """A keyring: keeps small secrets by name."""

    def read(self, name: str) -> bytes | None:
        """The secret, or None when there is none."""

    def write(self, name: str, secret: bytes) -> None:
        """Keep a secret, in place of an older one of that name. Raises Trouble when it cannot."""

    def delete(self, name: str) -> None:
        """Forget a secret; one that is not there is no fault."""


class Tokens(msgspec.Struct, frozen=True):
    """What the server gave at sign-in. The refresh token is used once; the next one comes with the answer."""

    access_token: str
    refresh_token: str
    device_id: str
    user_id: str


class MemorySecrets:
    """The keyring's pretend twin for tests and the demonstration: forgotten when the program ends."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def read(self, name: str) -> bytes | None:
        """The secret, or None."""
        return self._kept.get(name)

    def write(self, name: str, secret: bytes) -> None:
        """Keep a secret."""
        self._kept[name] = secret

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._kept.pop(name, None)


class TokenKeeper:
    """The tokens of one user at one server. Any thread may ask."""

    def __init__(self, secrets: SecretStore, server_address: str, username: str = "") -> None:
        mark = hashlib.sha256(f"{server_address}\n{username}".encode()).hexdigest()[:16]
        self._secrets, self._name, self._lock = secrets, f"tokens-{mark}", threading.Lock()
        self._held: Tokens | None = None

    def held(self) -> Tokens | None:
        """The tokens, or None when this device is not signed in."""
        with self._lock:
            if self._held is None:
                self._held = self._read()
            return self._held

    def keep(self, tokens: Tokens) -> None:
        """Keep new tokens, and see that they can be read again. Raises Trouble when the keyring lost them."""
        with self._lock:
            self._held = tokens
            self._secrets.write(self._name, msgspec.json.encode(tokens))
            if self._read() != tokens:
                raise Trouble(
                    "The keyring of this computer did not keep the sign-in.",
                    "You can work on; you will be asked to sign in again later. Tell your IT team.",
                )

    def forget(self) -> None:
        """Sign out on this device."""
        with self._lock:
            self._held = None
            self._secrets.delete(self._name)

    def _read(self) -> Tokens | None:
        kept = self._secrets.read(self._name)
        if kept is None:
            return None
        try:
            return msgspec.json.decode(kept, type=Tokens)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
