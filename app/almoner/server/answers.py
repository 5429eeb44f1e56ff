"""How the service says no: a status, and words that a client and a person can act on, never a traceback."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.responses import Response

from almoner.sync.messages import Fault
from almoner.sync.peer import PeerKind, PeerTrouble

_CHECKSUM_MISMATCH = 460


class Refused(Fault, frozen=True, kw_only=True):
    """The body of every answer that is not a success: the fault of the wire, a finer code, and the request's id."""

    code: str
    request_id: str = ""


class Refusal(Exception):
    """Raised by a handler to answer with a refusal. `kind` tells a client what to do, `code` says exactly what it
    was, `what` and `do` are for people; `retry_after` is in seconds."""

    def __init__(self, status: int, kind: PeerKind, code: str, what: str, do: str, *, retry_after: float = 0) -> None:
        super().__init__(code)
        self.status = status
        wait = max(1, round(retry_after)) if retry_after > 0 else 0
        self.body = Refused(kind=kind, code=code, what=what, do=do, retry_after_seconds=wait)


def refusal_answer(refusal: Refusal, request_id: str) -> Response:
    """The refusal as an HTTP answer."""
    body = msgspec.structs.replace(refusal.body, request_id=request_id)
    headers = {"Cache-Control": "no-store"}
    if body.retry_after_seconds:
        headers["Retry-After"] = str(body.retry_after_seconds)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(body), refusal.status, headers, "application/json")


def too_large(limit: int) -> Refusal:
    """What was sent is larger than the limit, in bytes."""
    what = f"What was sent is larger than {limit} bytes."
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return Refusal(status, PeerKind.TOO_LARGE, "too_large", what, "Send less at a time.")


def not_understood(why: str) -> Refusal:
    """The request is not what this address takes; `why` must quote nothing that was sent."""
    what = f"The request was not understood: {why}"
    return Refusal(HTTPStatus.BAD_REQUEST, PeerKind.TOO_OLD, "not_understood", what, "Update Almoner on this device.")


def sign_in_again(code: str = "not_signed_in") -> Refusal:
    """The token is missing, stale or withdrawn."""
    what = "This device is not signed in."
    return Refusal(HTTPStatus.UNAUTHORIZED, PeerKind.SIGNED_OUT, code, what, "Sign in again.")


def not_allowed(code: str, what: str, do: str) -> Refusal:
    """The user is known and may not do this."""
    return Refusal(HTTPStatus.FORBIDDEN, PeerKind.NOT_ALLOWED, code, what, do)


def too_many(retry_after: float, code: str = "too_many", what: str = "Too many requests came at once.") -> Refusal:
    """Too many requests from one address or for one account; `retry_after` in seconds."""
    wait = max(1, round(retry_after))
    do = f"Wait {wait} seconds and try again."
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, PeerKind.BUSY, code, what, do, retry_after=wait)


def busy(retry_after: float, code: str = "busy") -> Refusal:
    """The service or its database cannot answer now; `retry_after` in seconds."""
    what, do = "The service is busy.", "Nothing is lost. Try again later."
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, PeerKind.BUSY, code, what, do, retry_after=retry_after)


def not_found() -> Refusal:
    """There is no such thing, or the user may not know whether there is."""
    what, do = "There is nothing here.", "Check what was asked for."
    return Refusal(HTTPStatus.NOT_FOUND, PeerKind.NOT_ALLOWED, "not_found", what, do)


def garbled() -> Refusal:
    """A piece of a file is not what its checksum says (tus 1.0, checksum)."""
    what, do = "The line changed what was sent.", "Send the same piece again."
    return Refusal(_CHECKSUM_MISMATCH, PeerKind.OFFLINE, "garbled", what, do)


def out_of_range(size: int) -> Refusal:
    """The range asked for lies outside the file; `size` in bytes."""
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    what = f"The file ends at {size} bytes."
    return Refusal(status, PeerKind.NOT_ALLOWED, "out_of_range", what, "Ask for a part of it.")


def failed() -> Refusal:
    """Our own fault; the request's id finds the line in the log."""
    what, do = "The service failed at this request.", "Nothing is lost. Tell your administrator the request id."
    return Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, PeerKind.SERVER_FAULT, "failed", what, do)


_STATUSES = {
    PeerKind.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    PeerKind.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    PeerKind.SERVER_FAULT: HTTPStatus.BAD_REQUEST,  # declined on purpose: the request made no sense
    PeerKind.SIGNED_OUT: HTTPStatus.UNAUTHORIZED,
    PeerKind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    PeerKind.TOO_OLD: HTTPStatus.UPGRADE_REQUIRED,
}


def peer_refusal(trouble: PeerTrouble) -> Refusal:
    """What the server half of sync declines, as a refusal."""
    status = _STATUSES.get(trouble.kind, HTTPStatus.INTERNAL_SERVER_ERROR)
    code = trouble.kind.value.replace("-", "_")
    wait = trouble.retry_after_seconds
    return Refusal(status, trouble.kind, code, trouble.what, trouble.do, retry_after=wait)
