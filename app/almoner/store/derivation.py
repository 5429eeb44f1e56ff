"""The keys that follow from the one master key of a store (HKDF-SHA256, RFC 5869)."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def key_for(master: bytes, purpose: str) -> bytes:
    """The 32-byte key for one purpose: `database`, `journal` or `file names`."""
    assert len(master) == KEY_BYTES, "a master key has 32 bytes"
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"almoner " + purpose.encode()).derive(master)


def key_id(master: bytes) -> str:
    """A name for the master key that tells nothing about it: shows a wrong key before the store is opened."""
    return hmac.new(key_for(master, "key id"), b"almoner", hashlib.sha256).hexdigest()[:16]
