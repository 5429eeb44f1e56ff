"""The tokens of a signed-in device, kept in the computer's keyring and nowhere else."""

from __future__ import annotations

import hashlib
import threading

import msgspec

from almoner.records.trouble import Trouble
from almoner.store.keys import SecretStore


class Tokens(msgspec.Struct, frozen=True):
    """What the server gave at sign-in. The refresh token is used once; the next one comes with the answer."""

    access_token: str
    refresh_token: str
    device_id: str
    user_id: str


class TokenKeeper:
    """The tokens of one user at one server. Any thread may ask."""

    def __init__(self, secrets: SecretStore, server_address: str, username: str = "") -> None:
        mark = hashlib.sha256(f"{server_address}\n{username}".encode(errors="surrogatepass")).hexdigest()[:16]
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
