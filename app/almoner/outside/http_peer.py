"""The council's server over the network: the Peer that a laptop syncs with, and the way of its files.

`https` for anything but this very computer, the trust of the system, timeouts on everything, tokens renewed when the
server asks. It holds no work: what fails is still in the outbox.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from almoner.outside.addresses import checked_address, is_loopback
from almoner.outside.file_line import Answer, Progress, fetch_file, send_file, unwatched
from almoner.outside.http_words import SIGN_IN, cut_short, in_words, not_almoner, refusal
from almoner.outside.tls import system_trust
from almoner.outside.tokens import TokenKeeper, Tokens
from almoner.sync import messages
from almoner.sync.messages import (
    Devices,
    Hello,
    HelloReply,
    Page,
    Pull,
    Push,
    PushReply,
    Ranges,
    RangesReply,
    Receipt,
    ReceiptReply,
)
from almoner.sync.peer import PeerKind, PeerTrouble

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
MAX_STREAM_BYTES = 1 << 30
MAX_FILE_BYTES = 100 * (1 << 20)
MAX_REFUSAL_BYTES = 1 << 16


class SignedIn(msgspec.Struct, frozen=True):
    """The answer of the server's sign-in addresses."""

    access_token: str
    refresh_token: str
    device_id: str
    user_id: str


class HttpPeer:
    """A Peer over HTTP. May be used by one thread at a time; `close` it in the end."""

    def __init__(self, address: str, keeper: TokenKeeper, *, trust: ssl.SSLContext | None = None) -> None:
        self._address = checked_address(address)
        self._keeper, self._renewing = keeper, threading.Lock()
        self._client = _client(self._address, trust)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    # ---- signing in

    def enrol(self, *, username: str, password: str, code: str, device_name: str) -> Tokens:
        """Make this device known with a one-time code; the tokens are kept. Raises PeerTrouble."""
        asked = {"username": username, "password": password, "code": code, "device_name": device_name}
        return self._sign_in("/auth/enrol", asked)

    def sign_in(self, *, username: str, password: str, device_id: str) -> Tokens:
        """Sign in on a known device; the tokens are kept. Raises PeerTrouble."""
        return self._sign_in("/auth/token", {"username": username, "password": password, "device_id": device_id})

    def _sign_in(self, path: str, asked: dict[str, str]) -> Tokens:
        with in_words():
            response = self._client.post(path, json=asked)
            if response.status_code != HTTPStatus.OK:
                raise refusal(response.status_code, response.headers, response.content)
            try:
                got = msgspec.json.decode(response.content, type=SignedIn)
            except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
                raise not_almoner() from fault
        tokens = Tokens(**msgspec.structs.asdict(got))
        self._keeper.keep(tokens)
        return tokens

    def _renew(self, stale: Tokens) -> Tokens:
        with self._renewing:
            held = self._keeper.held()
            if held is not None and held.access_token != stale.access_token:
                return held
            return self._sign_in("/auth/refresh", {"refresh_token": stale.refresh_token})

    def _tokens(self) -> Tokens:
        held = self._keeper.held()
        if held is None:
            raise PeerTrouble(PeerKind.SIGNED_OUT, "This device is not signed in.", SIGN_IN)
        return held

    # ---- the phases of a round

    def hello(self, message: Hello) -> HelloReply:
        """Open a round."""
        return self._ask("/sync/hello", message, HelloReply)

    def push(self, message: Push) -> PushReply:
        """Send saves."""
        return self._ask("/sync/push", message, PushReply)

    def ranges(self, message: Ranges) -> RangesReply:
        """Compare ranges of a scope."""
        return self._ask("/sync/ranges", message, RangesReply)

    def receipt(self, message: Receipt) -> ReceiptReply:
        """Say what has left this device."""
        return self._ask("/sync/receipt", message, ReceiptReply)

    def devices(self, after: str = "") -> Devices:
        """The devices of the officers this one looks after, those longest away first; `after` is `Devices.next` of
        the page before. Raises PeerTrouble, NOT_ALLOWED for anyone but supervisors and administrators."""
        return self._answered("GET", f"/devices?after={quote(after, safe='')}", None, Devices)

    def pull(self, message: Pull) -> Iterator[Page]:
        """Fetch what changed, page by page, as the bytes arrive."""
        with in_words(), self._open("POST", "/sync/pull", content=messages.pack(message), headers=_WIRE) as response:
            _expect_wire(response)
            yield from messages.read_frames(_limited(response, MAX_STREAM_BYTES))

    def _ask(self, path: str, message: msgspec.Struct, shape: type[messages.M]) -> messages.M:
        return self._answered("POST", path, messages.pack(message), shape)

    def _answered(self, method: str, path: str, content: bytes | None, shape: type[messages.M]) -> messages.M:
        with in_words(), self._open(method, path, content=content, headers=_WIRE) as response:
            _expect_wire(response)
            body = b"".join(_limited(response, messages.MAX_FRAME_BYTES))
            if not body:
                raise cut_short()
            return messages.unpack(body, shape, limit=messages.MAX_FRAME_BYTES)

    # ---- files

    def upload(
        self, sha256: str, size: int, pieces: Callable[[], Iterable[bytes]], progress: Progress = unwatched
    ) -> None:
        """Send an attachment, going on where an earlier try was cut. Raises PeerTrouble."""
        send_file(self._exchange, sha256, size, pieces, progress)

    def download(self, sha256: str, progress: Progress = unwatched) -> Iterator[bytes]:
        """Fetch an attachment as it comes; see `file_line.fetch_file`. Raises PeerTrouble."""
        return fetch_file(self._exchange, sha256, progress)

    @contextmanager
    def _exchange(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> Iterator[Answer]:
        with in_words(), self._open(method, path, headers=headers, content=content) as response:
            yield Answer(response.status_code, response.headers, _limited(response, MAX_FILE_BYTES))

    # ---- below

    @contextmanager
    def _open(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """A successful answer while its body is read; anything else is raised as a PeerTrouble. The token is renewed
        once when the server asks for it."""
        tokens = self._tokens()
        response = self._send(method, path, headers, content, tokens)
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.close()
            response = self._send(method, path, headers, content, self._renew(tokens))
        try:
            if not response.is_success:
                body = b"".join(_limited(response, MAX_REFUSAL_BYTES))
                raise refusal(response.status_code, response.headers, body)
            yield response
        finally:
            response.close()

    def _send(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None, tokens: Tokens
    ) -> httpx.Response:
        head = headers | {"Authorization": f"Bearer {tokens.access_token}"}
        return self._client.send(self._client.build_request(method, path, headers=head, content=content), stream=True)


_WIRE = {"Content-Type": messages.MEDIA_TYPE, "Accept": messages.MEDIA_TYPE}


def _client(address: str, trust: ssl.SSLContext | None) -> httpx.Client:
    host = urlsplit(address).hostname or ""
    return httpx.Client(
        base_url=address,
        verify=trust or system_trust(),
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=not is_loopback(host),
        limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
        headers={"User-Agent": "Almoner"},
    )


def _expect_wire(response: httpx.Response) -> None:
    if response.headers.get("content-type", "") != messages.MEDIA_TYPE:
        raise not_almoner()


def _limited(response: httpx.Response, limit: int) -> Iterator[bytes]:
    seen = 0
    for chunk in response.iter_raw():
        seen += len(chunk)
        if seen > limit:
            raise messages.TooLarge(f"The answer holds more than {limit} bytes.")
        yield chunk
