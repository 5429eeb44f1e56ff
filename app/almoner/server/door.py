"""The door every request passes: its id, its limits (size, rate, number, time), its log line, and faults.

Pure ASGI, so that streams stay streams. Rate and number are counted in each worker, by token and address; one that is
restarted forgets them, which is harmless: sign-in, where guessing matters, is counted in the database.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections import OrderedDict
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from almoner.server.answers import Refusal, busy, failed, refusal_answer, too_large, too_many
from almoner.server.logs import fault_place
from almoner.server.settings import Settings
from almoner.server.throttle import OFFICE
from almoner.sync.peer import PeerKind

ALWAYS_OPEN = frozenset({"/healthz", "/readyz"})
COUNTED_ELSEWHERE = frozenset({"/sync/hints"})
LONG_LIVED = frozenset({"/sync/hints", "/sync/pull"})
_ADDRESSES = 10_000
_STANDARD = (
    (b"x-content-type-options", b"nosniff"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Buckets:
    """How many requests each address may still make: a bucket that fills by the minute, the oldest forgotten first."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str, now: float) -> float:
        """Take one request; 0.0 when it may pass, else the seconds until it may. `now` is in seconds."""
        left, since = self._left.pop(address, (float(self._a_minute), now))
        left = min(float(self._a_minute), left + (now - since) * self._a_minute / 60)
        passes = left >= 1
        self._left[address] = (left - 1 if passes else left, now)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        return 0.0 if passes else (1 - left) * 60 / self._a_minute


class Door:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, settings: Settings, log: FilteringBoundLogger) -> None:
        self._app, self._settings, self._log = app, settings, log
        self._callers = Buckets(settings.requests_a_minute)
        self._addresses = Buckets(settings.requests_a_minute * OFFICE)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or turn it away."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(scope, receive, send, self._settings)
        try:
            self._admit(visit)
            counted = visit.path not in COUNTED_ELSEWHERE
            self._inside += counted
            try:
                async with asyncio.timeout(self._seconds(visit.path)):
                    await self._app(scope, visit.receive, visit.send)
            finally:
                self._inside -= counted
        except Refusal as refusal:
            await visit.turn_away(refusal)
        except TimeoutError:
            await visit.turn_away(_too_slow())
        except Exception as fault:  # noqa: BLE001  the wiring point: a fault of ours becomes an answer and a log line
            self._log.error("fault", request_id=visit.id, fault=type(fault).__name__, where=fault_place(fault))
            await visit.turn_away(failed())
        finally:
            self._log.info("request", **visit.line())

    def _admit(self, visit: Visit) -> None:
        if visit.path in ALWAYS_OPEN:
            return
        now = time.monotonic()
        if wait := self._addresses.take(visit.address, now) or self._callers.take(visit.caller, now):
            raise too_many(wait)
        if self._inside >= self._settings.requests_at_once:
            raise busy(2.0)
        if visit.declared_bytes > self._settings.body_bytes:
            raise too_large(self._settings.body_bytes)

    def _seconds(self, path: str) -> float:
        if path in LONG_LIVED:
            return self._settings.hint_stream_seconds + self._settings.request_seconds
        return self._settings.request_seconds


class Visit:
    """One request on its way through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        self.id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = self.id
        self.path = str(scope["path"])
        client = scope.get("client")
        self.address = str(client[0]) if client else ""
        self.caller = _caller(scope, self.address)
        self._scope, self._receive, self._send = scope, receive, send
        self._most = settings.body_bytes
        self._began = time.monotonic()
        self._status = self._bytes_in = self._bytes_out = 0
        lengths = [value for name, value in scope["headers"] if name == b"content-length"]
        self.declared_bytes = int(lengths[0]) if lengths and lengths[0].isdigit() else 0

    async def receive(self) -> Message:
        """The next piece of the body; refuses one that grows too large without having said so."""
        message = await self._receive()
        if message["type"] == "http.request":
            self._bytes_in += len(message.get("body", b""))
            if self._bytes_in > self._most:
                raise too_large(self._most)
        return message

    async def send(self, message: Message) -> None:
        """A piece of the answer, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            own = [(b"x-request-id", self.id.encode()), *_STANDARD]
            message = {**message, "headers": [*message.get("headers", []), *own]}
        elif message["type"] == "http.response.body":
            self._bytes_out += len(message.get("body", b""))
        await self._send(message)

    async def turn_away(self, refusal: Refusal) -> None:
        """Answer with a refusal, if no answer has begun; else the connection is cut, which a client notices."""
        if self._status:
            raise ConnectionAbortedError("an answer was cut short")
        await refusal_answer(refusal, self.id)(self._scope, self._receive, self.send)

    def line(self) -> dict[str, Any]:
        """The request's line in the log: the route it matched, never the address that was typed."""
        route = self._scope.get("route")
        return {
            "request_id": self.id,
            "method": self._scope["method"],
            "route": getattr(route, "path", "none"),
            "status": self._status,
            "ms": round((time.monotonic() - self._began) * 1000, 1),
            "bytes_in": self._bytes_in,
            "bytes_out": self._bytes_out,
            **self._scope["state"].get("log", {}),
        }


def _caller(scope: Scope, address: str) -> str:
    """Who is counted: a signed-in device by its token, whose office shares one address with hundreds; anyone else by
    the address. Whoever makes up tokens is still counted by the address, and each is turned away without a look into
    the database."""
    tokens = [value for name, value in scope["headers"] if name == b"authorization"]
    return hashlib.sha256(tokens[0]).hexdigest() if tokens else address


def _too_slow() -> Refusal:
    what, do = "The request took too long.", "Nothing is lost. Try again, with less at a time."
    return Refusal(HTTPStatus.REQUEST_TIMEOUT, PeerKind.BUSY, "too_slow", what, do, retry_after=5)
