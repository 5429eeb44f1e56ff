"""What went wrong between this computer and the server, in words for a caseworker: a PeerTrouble for each failure."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

import msgspec
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    InvalidHeader,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,
)

from almoner.outside.tls import certificate_words
from almoner.sync.messages import Fault, TooLarge, WireTrouble
from almoner.sync.peer import PeerKind, PeerTrouble

LATER = "Your work is kept on this computer and is sent when the server can be reached."
TELL_IT = "Tell your IT team. Your work is kept on this computer."
SIGN_IN = "Sign in again. Your unsent work stays on this computer."
PORTAL = "Open a web browser: the network may ask you to sign in first. Your work is kept on this computer."
_LONGEST_WAIT = 3_600
_LONGEST_TEXT = 300

_KINDS: dict[int, tuple[PeerKind, str, str]] = {
    HTTPStatus.UNAUTHORIZED: (PeerKind.SIGNED_OUT, "This device is no longer signed in.", SIGN_IN),
    HTTPStatus.FORBIDDEN: (PeerKind.NOT_ALLOWED, "The server does not let this device in.", TELL_IT),
    HTTPStatus.NOT_FOUND: (PeerKind.NOT_ALLOWED, "The server has no such thing for this user.", TELL_IT),
    HTTPStatus.REQUEST_TIMEOUT: (PeerKind.BUSY, "The server waited too long for this computer.", LATER),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (PeerKind.TOO_LARGE, "Too much was sent at once.", LATER),
    HTTPStatus.TOO_MANY_REQUESTS: (PeerKind.BUSY, "The server asks this computer to wait.", LATER),
    HTTPStatus.SERVICE_UNAVAILABLE: (PeerKind.BUSY, "The server is busy or being looked after.", LATER),
    HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED: (PeerKind.NOT_ALMONER, "The network asks for a sign-in.", PORTAL),
}


def not_almoner() -> PeerTrouble:
    """Something answered that is not the council's server: a sign-in page, a proxy, another program."""
    return PeerTrouble(PeerKind.NOT_ALMONER, "Something other than the council's server answered.", PORTAL)


def cut_short() -> PeerTrouble:
    """The line was cut in the middle of an answer, or the answer was empty."""
    return PeerTrouble(PeerKind.OFFLINE, "The answer of the server was cut short.", LATER)


@contextmanager
def in_words() -> Iterator[None]:
    """Every failure of the line inside the block becomes a PeerTrouble."""
    try:
        yield
    except NewConnectionError as fault:
        raise _no_connection(fault) from fault
    except TimeoutError as fault:
        raise PeerTrouble(PeerKind.OFFLINE, "The server did not answer in time.", LATER) from fault
    except (SSLError, ProxyError) as fault:
        raise _no_connection(fault) from fault
    except (DecodeError, InvalidHeader, LocationValueError) as fault:
        raise not_almoner() from fault
    except ProtocolError as fault:
        raise not_almoner() if _is_no_http(fault) else cut_short() from fault
    except (HTTPError, OSError) as fault:
        raise cut_short() from fault
    except UnicodeError as fault:
        raise PeerTrouble(
            PeerKind.NOT_ALLOWED, "What was typed holds a character that cannot be sent.", "Type it again."
        ) from fault
    except TooLarge as fault:
        raise PeerTrouble(PeerKind.NOT_ALMONER, "The answer was larger than any the server gives.", TELL_IT) from fault
    except WireTrouble as fault:
        raise cut_short() if "cut" in str(fault) else not_almoner() from fault


def _is_no_http(fault: ProtocolError) -> bool:
    """Whether what answered does not speak HTTP, and did not just hang up."""
    why = fault.args[1] if len(fault.args) > 1 else None
    return isinstance(why, HTTPException) and not isinstance(why, RemoteDisconnected | IncompleteRead)


def _no_connection(fault: Exception) -> PeerTrouble:
    words = certificate_words(fault)
    if words is not None:
        return PeerTrouble(PeerKind.CERTIFICATE, words, TELL_IT)
    seen: BaseException | None = fault
    for _ in range(8):
        if isinstance(seen, socket.gaierror):
            return PeerTrouble(PeerKind.OFFLINE, "This computer is offline, or the server's name is not known.", LATER)
        if isinstance(seen, ConnectionRefusedError):
            return PeerTrouble(PeerKind.OFFLINE, "The server is not running or refuses connections.", LATER)
        seen = seen and (seen.__cause__ or seen.__context__)
    return PeerTrouble(PeerKind.OFFLINE, "The server could not be reached.", LATER)


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> PeerTrouble:
    """The trouble for an answer that is not a success: in the server's own words when the answer is truly its own."""
    said = _said(headers, body)
    wait = _wait(headers, said)
    known = _KINDS.get(status)
    if known is None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        known = (PeerKind.SERVER_FAULT, "The server failed at this request.", LATER)
    if said is not None:
        kind = known[0] if known else PeerKind(said.kind)
        return PeerTrouble(kind, said.what[:_LONGEST_TEXT], said.do[:_LONGEST_TEXT], retry_after_seconds=wait)
    if known is None or status == HTTPStatus.NOT_FOUND:
        return not_almoner()
    return PeerTrouble(*known, retry_after_seconds=wait)


def _said(headers: Mapping[str, str], body: bytes) -> Fault | None:
    if not headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        said = msgspec.json.decode(body, type=Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return said if said.kind in {kind.value for kind in PeerKind} else None


def _wait(headers: Mapping[str, str], said: Fault | None) -> int:
    asked = headers.get("retry-after", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() else said.retry_after_seconds if said else 0
    return min(max(seconds, 0), _LONGEST_WAIT)
