"""Access tokens, signed so that any worker can check them, and the secrets of refresh tokens and codes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

import msgspec

READABLE = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody confuses when read aloud: no I, L, O, 0 or 1."""
CODE_LENGTH = 10
_LONGEST = 500


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """What an access token says: the user, the device, and when it ends (seconds since 1970)."""

    user_id: str
    device_id: str
    ends: int


def sign(key: bytes, claim: Claim) -> str:
    """The claim as a token."""
    body = msgspec.msgpack.encode(claim)
    return f"{_text(body)}.{_text(_seal(key, body))}"


def read_claim(key: bytes, token: str, now: datetime) -> Claim | None:
    """The claim of a token, or None when it is not one of ours or has ended."""
    body_text, dot, seal_text = token.partition(".")
    if not dot or len(token) > _LONGEST or not token.isascii():
        return None
    try:
        body, seal = _bytes(body_text), _bytes(seal_text)
        if not hmac.compare_digest(seal, _seal(key, body)):
            return None
        claim = msgspec.msgpack.decode(body, type=Claim)
    except (binascii.Error, msgspec.MsgspecError):
        return None
    return claim if now.timestamp() < claim.ends else None


def new_secret() -> str:
    """A new refresh token: 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """A new one-time code that a person can read over the telephone."""
    return "".join(secrets.choice(READABLE) for _ in range(CODE_LENGTH))


def tidy_code(typed: str) -> str:
    """A code as typed, without the spaces, hyphens and small letters people add."""
    return "".join(c for c in typed.upper() if c in READABLE)


def digest(secret: str) -> str:
    """What is kept of a secret of full randomness: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _seal(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"almoner access 1" + body, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
