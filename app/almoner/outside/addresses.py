"""Addresses of servers: which can be one at all, and which can only be this very computer."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from almoner.records.trouble import Trouble


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be this very computer."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def checked_address(address: str) -> str:
    """The server's address without a trailing slash. Raises Trouble unless it is https, or http to this computer."""
    parts = _parts(address.strip())
    if parts is None or parts.scheme not in ("http", "https"):
        raise Trouble(
            "The address of the server is not one.", "It looks like https://almoner.example.gov.uk; ask your IT team."
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Trouble("The address of the server says too much.", "Give only https, the name and the port.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise Trouble(
            "The address of the server begins with http, so others could read what is sent.",
            "Use the address that begins with https.",
        )
    return address.strip().rstrip("/")


def _parts(typed: str) -> SplitResult | None:
    """The parts of an address, or None when its host or port cannot be one."""
    if not typed.isprintable() or " " in typed:
        return None
    try:
        parts = urlsplit(typed)
        host = parts.hostname or ""
        known = bool(host.encode("idna").decode("idna")) and parts.port != 0
        if ":" in host:
            ipaddress.ip_address(host)
    except ValueError:
        return None
    return parts if known else None
