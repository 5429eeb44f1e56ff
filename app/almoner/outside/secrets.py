"""The operating system's keyring, for small secrets: the device's half of the store key, and sign-in tokens.

Only backends known to be safe are used, each made directly: the library's own choice may fall on a plain-text file or
on one that forgets. A keyring is relied on only after it gave back what it was given.
"""

from __future__ import annotations

import base64
import binascii
import importlib
import secrets
from collections.abc import Sequence
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from almoner.records.trouble import Trouble

ALLOWED = (
    ("keyring.backends.Windows", "WinVaultKeyring"),
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
    ("keyring.backends.libsecret", "Keyring"),
)
"""Backends that encrypt and are bound to the signed-in account, in the order they are tried."""

_OURS = "Almoner"
_WINDOWS = "WinVaultKeyring"


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


class KeyringSecrets:
    """Secrets in one keyring backend. The name goes into the service, so two users never share an entry."""

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend
        if type(backend).__name__ == _WINDOWS:
            stays_here: Any = backend
            stays_here.persist = "local machine"

    def read(self, name: str) -> bytes | None:
        """The secret, or None when there is none. Raises Trouble when the keyring is locked or fails."""
        try:
            kept = self._backend.get_password(f"{_OURS} {name}", _OURS)
        except (KeyringError, OSError) as error:
            raise _trouble(error) from error
        if kept is None:
            return None
        try:
            return base64.b64decode(kept, validate=True)
        except binascii.Error as error:
            raise Trouble(
                "The keyring of this computer holds something that is not ours under our name.",
                "Ask your IT service desk to look at the entries named Almoner.",
            ) from error

    def write(self, name: str, secret: bytes) -> None:
        """Keep a secret, as one line of base64. Raises Trouble when the keyring is locked or fails."""
        try:
            self._backend.set_password(f"{_OURS} {name}", _OURS, base64.b64encode(secret).decode())
        except (KeyringError, OSError) as error:
            raise _trouble(error) from error

    def delete(self, name: str) -> None:
        """Forget a secret; one that is not there is no fault. Raises Trouble when the keyring is locked or fails."""
        try:
            self._backend.delete_password(f"{_OURS} {name}", _OURS)
        except PasswordDeleteError:
            return
        except (KeyringError, OSError) as error:
            raise _trouble(error) from error

    def is_reliable(self) -> bool:
        """Whether the keyring gives back what it is given. Leaves nothing behind. Raises Trouble when locked."""
        name, secret = f"trial {secrets.token_hex(8)}", secrets.token_bytes(32)
        self.write(name, secret)
        kept = self.read(name)
        self.delete(name)
        return kept == secret


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, KeyringLocked):
        return Trouble("The keyring of this computer is locked.", "Unlock it when you are asked, then try again.")
    return Trouble(
        "The keyring of this computer does not answer.",
        "Sign out of this computer and in again, then try once more. If it still fails, ask your IT service desk.",
    )


def _usable(module: str, name: str) -> KeyringBackend | None:
    """The backend of this name, made directly, when it works on this computer."""
    try:
        backend: type[KeyringBackend] = getattr(importlib.import_module(module), name)
        if not backend.viable:
            return None
        return backend()
    except (ImportError, AttributeError, RuntimeError, OSError):
        return None


def system_secrets(allowed: Sequence[tuple[str, str]] = ALLOWED) -> KeyringSecrets | None:
    """The computer's keyring, or None when it has none that can be trusted: then the passphrase stands alone.

    Raises Trouble when there is one but it is locked: that is not the same as having none.
    """
    for module, name in allowed:
        backend = _usable(module, name)
        if backend is not None:
            keyring = KeyringSecrets(backend)
            if keyring.is_reliable():
                return keyring
    return None
