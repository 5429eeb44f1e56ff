"""The council's server over the network: the Peer that a laptop syncs with, and the way of its files.

`https` for anything but this very computer, the trust of the system, timeouts on everything, tokens renewed when the
server asks. It holds no work: what fails is still in the outbox.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import quote, unquote, urlsplit

import msgspec
import urllib3

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

TIMEOUT = urllib3.Timeout(connect=10.0, read=30.0)
CHUNK_BYTES = 1 << 16
MOST_CONNECTIONS = 2
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
    """A Peer over HTTP. May be used by one thread at a time, but `break_off` by any; `close` it in the end."""

    def __init__(
        self,
        address: str,
        keeper: TokenKeeper,
        *,
        trust: ssl.SSLContext | None = None,
        heard: Callable[[int], None] = lambda _count: None,
    ) -> None:
        """`heard` is told how many bytes of an answer to a round have come."""
        self._address = checked_address(address)
        self._heard = heard
        self._under_way: urllib3.BaseHTTPResponse | None = None
        self._keeper, self._renewing = keeper, threading.Lock()
        self._pools = pools_for(self._address, trust)
        self._pool = self._pools.connection_from_url(self._address)
        self._prefix = urlsplit(self._address).path.rstrip("/")

    def close(self) -> None:
        """End the connections."""
        self._pools.clear()

    def break_off(self) -> None:
        """End the answer that is being read, also in the middle of waiting for more of it, as if the line were cut."""
        answer = self._under_way
        if answer is not None:
            with suppress(OSError, RuntimeError, ValueError):  # it may have come to its end meanwhile
                answer.shutdown()

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
            with self._asked("POST", path, _JSON, msgspec.json.encode(asked)) as response:
                body = b"".join(_limited(response, MAX_REFUSAL_BYTES))
            if response.status != HTTPStatus.OK:
                raise refusal(response.status, response.headers, body)
            try:
                got = msgspec.json.decode(body, type=SignedIn)
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
            yield from messages.read_frames(_limited(response, MAX_STREAM_BYTES), messages.ArrivedPage)

    def _ask(self, path: str, message: msgspec.Struct, shape: type[messages.M]) -> messages.M:
        return self._answered("POST", path, messages.pack(message), shape)

    def _answered(self, method: str, path: str, content: bytes | None, shape: type[messages.M]) -> messages.M:
        with in_words(), self._open(method, path, content=content, headers=_WIRE) as response:
            _expect_wire(response)
            body = b"".join(self._counted(response, messages.MAX_FRAME_BYTES))
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
            yield Answer(response.status, response.headers, _limited(response, MAX_FILE_BYTES))

    # ---- below

    def _counted(self, response: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
        for chunk in _limited(response, limit):
            self._heard(len(chunk))
            yield chunk

    @contextmanager
    def _open(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """A successful answer while its body is read; anything else is raised as a PeerTrouble. The token is renewed
        once when the server asks for it."""
        tokens = self._tokens()
        for renewed in (False, True):
            token = (self._renew(tokens) if renewed else tokens).access_token
            head = headers | {"Authorization": f"Bearer {token}"}
            with self._asked(method, path, head, content) as response:
                if response.status == HTTPStatus.UNAUTHORIZED and not renewed:
                    response.drain_conn()
                    continue
                if not HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
                    body = b"".join(_limited(response, MAX_REFUSAL_BYTES))
                    raise refusal(response.status, response.headers, body)
                yield response
                return

    @contextmanager
    def _asked(
        self, method: str, path: str, headers: dict[str, str], content: bytes | None
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Any answer, while its body is read; what is not read ends the connection."""
        response = self._pool.urlopen(
            method,
            f"{self._prefix}{path}",
            body=content,
            headers=_AGENT | headers,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )
        self._under_way = response
        try:
            yield response
        finally:
            self._under_way = None
            response.close()


_WIRE = {"Content-Type": messages.MEDIA_TYPE, "Accept": messages.MEDIA_TYPE}


_JSON = {"Content-Type": messages.JSON_TYPE, "Accept": messages.JSON_TYPE}
_AGENT = {"User-Agent": "Almoner"}


def pools_for(address: str, trust: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Connections to a server, by way of this computer's web proxy when it has one for that address."""
    parts = urlsplit(address)
    context = trust or (system_trust() if parts.scheme == "https" else None)
    proxy = "" if is_loopback(parts.hostname or "") else _proxy_for(parts.scheme, parts.hostname or "")
    if not proxy:
        return urllib3.PoolManager(maxsize=MOST_CONNECTIONS, timeout=TIMEOUT, ssl_context=context)
    name, secret = (unquote(word or "") for word in (urlsplit(proxy).username, urlsplit(proxy).password))
    head = urllib3.make_headers(proxy_basic_auth=f"{name}:{secret}") if name else None
    return urllib3.ProxyManager(
        proxy, proxy_headers=head, maxsize=MOST_CONNECTIONS, timeout=TIMEOUT, ssl_context=context
    )


def _proxy_for(scheme: str, host: str) -> str:
    """The web proxy that this computer names for a host; nothing when there is none or it is of a kind we do not
    speak."""
    from urllib.request import getproxies, proxy_bypass  # heavy, and only for servers elsewhere

    found = getproxies()
    proxy = found.get(scheme) or found.get("all") or ""
    proxy = proxy if "://" in proxy or not proxy else f"http://{proxy}"
    spoken = urlsplit(proxy).scheme in ("http", "https")
    return proxy if spoken and not proxy_bypass(host) else ""


def _expect_wire(response: urllib3.BaseHTTPResponse) -> None:
    if response.headers.get("content-type", "") != messages.MEDIA_TYPE:
        raise not_almoner()


def _limited(response: urllib3.BaseHTTPResponse, limit: int) -> Iterator[bytes]:
    seen = 0
    while chunk := response.read1(CHUNK_BYTES, decode_content=False):
        seen += len(chunk)
        if seen > limit:
            raise messages.TooLarge(f"The answer holds more than {limit} bytes.")
        yield chunk
