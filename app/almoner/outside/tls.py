"""How we know that the server is the council's: the system's own trust, and words for when it is not."""

from __future__ import annotations

import ssl

import truststore


def system_trust() -> ssl.SSLContext:
    """Trust what this computer trusts: Windows, macOS or the distribution's store, as the council's IT set it."""
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def certificate_words(fault: BaseException) -> str | None:
    """What is wrong with the server's certificate, or None when the fault is of another kind."""
    seen: BaseException | None = fault
    for _ in range(8):
        if seen is None:
            return None
        if isinstance(seen, ssl.SSLCertVerificationError):
            return _verification_words(seen)
        if isinstance(seen, ssl.SSLError):
            return "The server does not speak a secure connection that this computer accepts."
        seen = seen.__cause__ or seen.__context__
    return None


def _verification_words(fault: ssl.SSLCertVerificationError) -> str:
    text = f"{fault.verify_message} {fault}".lower()
    if "expired" in text:
        return "The certificate of the server has run out."
    if "not yet valid" in text:
        return "The certificate of the server is not valid yet, or this computer's date is wrong."
    if "hostname" in text or "ip address mismatch" in text or "not valid for" in text:
        return "The certificate belongs to another server than the one asked for."
    return "The certificate of the server comes from an authority that this computer does not trust."
