"""What a laptop meets on the way to the server: each failure has its kind and its words, and none loses anything."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import urllib3

from almoner.outside import http_peer
from almoner.outside.addresses import checked_address, is_loopback
from almoner.outside.http_peer import HttpPeer
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper, Tokens
from almoner.records.trouble import Trouble
from almoner.sync import messages
from almoner.sync.messages import Hello, HelloReply, Page, Pull
from almoner.sync.peer import PeerKind, PeerTrouble

HELLO = Hello(client_id="c", generation=1, schema=1)
REPLY = HelloReply(
    server_epoch="e", now="n", user_id="u", generation=1, next_client_seq=1, durable_client_seq=0, lease_until="l",
    schema_min=1, schema_max=1,
)  # fmt: skip
WIRE = {"Content-Type": messages.MEDIA_TYPE}
TEXT = {"Content-Type": "text/html"}
Answer = tuple[int, dict[str, str], bytes]


class _Fake(BaseHTTPRequestHandler):
    """Answers what the test tells it to."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        told: Any = self.server
        told.asked.append((self.path, self.headers.get("Authorization")))
        answer = told.answer(self)
        if answer is None:
            self.close_connection = True
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """A line that is cut at the other end is no news."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_words: object) -> None:
        """Be quiet."""


@contextmanager
def fake_server(answer: Callable[[Any], Answer | None]) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A server on loopback that is not ours; its address, and what it was asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Fake)
    server.answer, server.asked = answer, []  # type: ignore[attr-defined]  # what the handler reads
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]  # as above
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def peer_at(address: str) -> Iterator[HttpPeer]:
    keeper = TokenKeeper(MemorySecrets(), address)
    keeper.keep(Tokens("access-1", "refresh-1", "device", "user"))
    peer = HttpPeer(address, keeper)
    try:
        yield peer
    finally:
        peer.close()


def trouble_with(answer: Callable[[Any], Answer | None]) -> PeerTrouble:
    with fake_server(answer) as (address, _), peer_at(address) as peer, pytest.raises(PeerTrouble) as caught:
        peer.hello(HELLO)
    return caught.value


def said(kind: str, **more: Any) -> bytes:
    return json.dumps({"kind": kind, "what": "What happened.", "do": "What to do.", **more}).encode()


JSON = {"Content-Type": "application/json"}
SOME = b"<html>Welcome to our hotel</html>"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, TEXT, SOME), PeerKind.NOT_ALMONER),
        ((200, WIRE, SOME), PeerKind.NOT_ALMONER),
        ((200, WIRE, messages.pack(REPLY)[:-4]), PeerKind.NOT_ALMONER),
        ((200, WIRE, messages.pack(Pull(client_id="c", scopes={}))), PeerKind.NOT_ALMONER),
        ((200, WIRE, b""), PeerKind.OFFLINE),
        ((200, {}, b""), PeerKind.NOT_ALMONER),
        ((302, {"Location": "http://hotel.example/"}, b""), PeerKind.NOT_ALMONER),
        ((403, TEXT, b"no"), PeerKind.NOT_ALLOWED),
        ((404, TEXT, b"no"), PeerKind.NOT_ALMONER),
        ((404, JSON, said("not-allowed")), PeerKind.NOT_ALLOWED),
        ((413, TEXT, b"no"), PeerKind.TOO_LARGE),
        ((426, JSON, said("too-old")), PeerKind.TOO_OLD),
        ((429, TEXT, b"no"), PeerKind.BUSY),
        ((500, TEXT, SOME), PeerKind.SERVER_FAULT),
        ((502, TEXT, SOME), PeerKind.SERVER_FAULT),
        ((500, JSON, b"{"), PeerKind.SERVER_FAULT),
        ((503, TEXT, b"no"), PeerKind.BUSY),
        ((511, TEXT, SOME), PeerKind.NOT_ALMONER),
        ((200, WIRE | {"Content-Length": "900"}, messages.pack(REPLY)), PeerKind.OFFLINE),
        (None, PeerKind.OFFLINE),
    ],
)
def test_every_strange_answer_has_its_kind_and_its_words(answer: Answer | None, kind: PeerKind) -> None:
    """500, HTML, nothing, half an answer, a hotel's page: each is told apart, in two plain sentences."""

    def give(handler: Any) -> Answer | None:
        handler.close_connection = True
        return answer

    trouble = trouble_with(give)

    assert trouble.kind is kind
    assert trouble.what.endswith(".")
    assert trouble.do.endswith(".")
    assert "hotel" not in str(trouble)


def test_the_servers_own_words_are_passed_on() -> None:
    """A refusal of the true server says what it says; a wait is a number."""
    trouble = trouble_with(lambda _: (503, JSON | {"Retry-After": "7"}, said("busy", retry_after_seconds=3)))

    assert (trouble.what, trouble.do, trouble.retry_after_seconds) == ("What happened.", "What to do.", 7)


@pytest.mark.parametrize(("asked", "waited"), [("-5", 0), ("soon", 0), ("99999999999", 3_600), ("Ⅷ", 0)])
def test_a_wait_that_makes_no_sense_is_bounded(asked: str, waited: int) -> None:
    """No server can put a laptop to sleep for a year."""
    trouble = trouble_with(lambda _: (503, {"Retry-After": asked.encode().decode("latin-1")}, b""))

    assert trouble.retry_after_seconds == waited


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than any true answer holds is not taken into memory."""
    monkeypatch.setattr(messages, "MAX_FRAME_BYTES", 1_000)

    trouble = trouble_with(lambda _: (200, WIRE, bytes(5_000)))
    assert trouble.kind is PeerKind.NOT_ALMONER
    assert "larger" in trouble.what


def test_no_server_is_offline() -> None:
    """A refused connection is told as such; the work stays."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with peer_at(address) as peer, pytest.raises(PeerTrouble, match="refuses connections") as caught:
        peer.hello(HELLO)

    assert caught.value.kind is PeerKind.OFFLINE


def test_an_unknown_name_is_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network names are not found."""

    def no_name(*_words: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_name)
    with peer_at("https://almoner.example") as peer, pytest.raises(PeerTrouble, match="offline") as caught:
        peer.hello(HELLO)

    assert caught.value.kind is PeerKind.OFFLINE


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait has an end."""
    monkeypatch.setattr(http_peer, "TIMEOUT", urllib3.Timeout(0.1))
    done = threading.Event()

    def wait(_handler: Any) -> None:
        done.wait(10)

    with fake_server(wait) as (address, _), peer_at(address) as peer:
        with pytest.raises(PeerTrouble, match="in time") as caught:
            peer.hello(HELLO)
        done.set()

    assert caught.value.kind is PeerKind.OFFLINE


def test_a_stale_token_is_renewed_once_and_the_request_goes_on() -> None:
    """A caseworker notices nothing when ten minutes are over."""
    signed_in = {"access_token": "access-2", "refresh_token": "refresh-2", "device_id": "d", "user_id": "u"}

    def answer(handler: Any) -> Answer:
        if handler.path == "/auth/refresh":
            return 200, JSON, json.dumps(signed_in).encode()
        fresh = handler.headers["Authorization"] == "Bearer access-2"
        return (200, WIRE, messages.pack(REPLY)) if fresh else (401, JSON, said("signed-out"))

    with fake_server(answer) as (address, asked), peer_at(address) as peer:
        assert peer.hello(HELLO) == REPLY
        assert peer.hello(HELLO) == REPLY

    assert [path for path, _ in asked] == ["/sync/hello", "/auth/refresh", "/sync/hello", "/sync/hello"]


def test_a_renewed_token_that_is_refused_too_ends_the_session() -> None:
    """Also when it is the same token again, as within one second: told in words, and asked for no third time."""
    signed_in = {"access_token": "access-1", "refresh_token": "refresh-2", "device_id": "d", "user_id": "u"}

    def answer(handler: Any) -> Answer:
        fresh = handler.path == "/auth/refresh"
        return (200, JSON, json.dumps(signed_in).encode()) if fresh else (401, JSON, said("signed-out"))

    with fake_server(answer) as (address, asked), peer_at(address) as peer, pytest.raises(PeerTrouble) as caught:
        peer.hello(HELLO)

    assert caught.value.kind is PeerKind.SIGNED_OUT
    assert [path for path, _ in asked] == ["/sync/hello", "/auth/refresh", "/sync/hello"]


def test_when_renewal_is_refused_the_officer_signs_in_again() -> None:
    """The session is over; the words say that unsent work stays."""
    with (
        fake_server(lambda _: (401, TEXT, b"")) as (address, asked),
        peer_at(address) as peer,
        pytest.raises(PeerTrouble) as caught,
    ):
        peer.hello(HELLO)

    assert caught.value.kind is PeerKind.SIGNED_OUT
    assert len(asked) == 2


def test_a_proxy_of_the_computer_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays on this computer does not go by way of the council's web proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with fake_server(lambda _: (200, WIRE, messages.pack(REPLY))) as (address, _), peer_at(address) as peer:
        assert peer.hello(HELLO) == REPLY


def test_without_tokens_nothing_is_sent() -> None:
    """A device that is not signed in asks its user first."""
    with fake_server(lambda _: (200, WIRE, b"")) as (address, asked):
        peer = HttpPeer(address, TokenKeeper(MemorySecrets(), address))
        with pytest.raises(PeerTrouble) as caught:
            peer.hello(HELLO)
        peer.close()

    assert (caught.value.kind, asked) == (PeerKind.SIGNED_OUT, [])


def test_pages_before_a_cut_count() -> None:
    """A pull that is cut in its second page has given its first."""
    first = messages.frame(Page(opened=["staff"], more=True))
    body = first + messages.frame(Page(opened=["residents"]))[:-5]
    with fake_server(lambda _: (200, WIRE, body)) as (address, _), peer_at(address) as peer:
        pages = peer.pull(Pull(client_id="c", scopes={}))
        got = next(pages)
        with pytest.raises(PeerTrouble) as caught:
            next(pages)

    assert (got.opened, got.more, got.parts) == (["staff"], True, [])
    assert caught.value.kind is PeerKind.OFFLINE


@pytest.mark.parametrize(
    "address",
    [
        "http://almoner.example", "http://10.0.0.5:8443", "ftp://almoner.example", "almoner.example", "", "https://",
        "https://ann:secret@almoner.example", "http://127.0.0.1.example", "https://almoner.example/?a=b",
    ],
)  # fmt: skip
def test_only_https_leaves_this_computer(address: str) -> None:
    """Plain http reaches nothing but loopback, and the refusal says what an address looks like."""
    with pytest.raises(Trouble):
        checked_address(address)


@pytest.mark.parametrize(
    ("host", "yes"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True), ("0.0.0.0", False),
     ("", False), ("localhost.example", False), ("127.0.0.1.example", False), ("169.254.1.1", False)],
)  # fmt: skip
def test_loopback_is_known(host: str, *, yes: bool) -> None:
    """Only addresses of this very computer count as such."""
    assert is_loopback(host) is yes


def test_tokens_are_kept_in_the_keyring_and_read_again() -> None:
    """Another start of the program is still signed in; another server or user is not."""
    secrets, tokens = MemorySecrets(), Tokens("a", "r", "d", "u")
    TokenKeeper(secrets, "https://one", "ann").keep(tokens)

    assert TokenKeeper(secrets, "https://one", "ann").held() == tokens
    assert TokenKeeper(secrets, "https://two", "ann").held() is None
    assert TokenKeeper(secrets, "https://one", "bob").held() is None


def test_a_keyring_that_forgets_is_noticed() -> None:
    """A sign-in that was not kept is said at once, and works until the program ends."""

    class Forgetful(MemorySecrets):
        def write(self, name: str, secret: bytes) -> None:
            """Lose it."""

    keeper = TokenKeeper(Forgetful(), "https://one")
    with pytest.raises(Trouble, match="did not keep"):
        keeper.keep(Tokens("a", "r", "d", "u"))

    assert keeper.held() == Tokens("a", "r", "d", "u")


@pytest.mark.parametrize("kept", [b"", b"{", b'{"access_token": 1}', b"\xff"])
def test_a_damaged_sign_in_counts_as_none(kept: bytes) -> None:
    """What the keyring gives back is checked before it is used."""
    secrets = MemorySecrets()
    keeper = TokenKeeper(secrets, "https://one")
    keeper.keep(Tokens("a", "r", "d", "u"))
    (name,) = secrets._kept
    secrets.write(name, kept)

    assert TokenKeeper(secrets, "https://one").held() is None


def test_signing_out_forgets() -> None:
    """Nothing of the sign-in is left in the keyring."""
    secrets = MemorySecrets()
    keeper = TokenKeeper(secrets, "https://one")
    keeper.keep(Tokens("a", "r", "d", "u"))
    keeper.forget()

    assert (keeper.held(), secrets._kept) == (None, {})


def test_a_line_that_only_trickles_can_be_broken_off_from_another_thread() -> None:
    """What is under way ends at once as if the line were cut, although bytes still come now and then; each is told."""
    may_end, heard, said = threading.Event(), list[int](), list[PeerKind]()

    def trickle(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", messages.MEDIA_TYPE)
        handler.end_headers()
        handler.wfile.write(b"x")
        handler.wfile.flush()
        may_end.wait(30)

    with fake_server(trickle) as (address, _):
        keeper = TokenKeeper(MemorySecrets(), address)
        keeper.keep(Tokens("access-1", "refresh-1", "device", "user"))
        came = threading.Event()
        peer = HttpPeer(address, keeper, heard=lambda count: (heard.append(count), came.set()))  # type: ignore[func-returns-value]

        def ask() -> None:
            with pytest.raises(PeerTrouble) as caught:
                peer.hello(HELLO)
            said.append(caught.value.kind)

        asking = threading.Thread(target=ask)
        asking.start()
        assert came.wait(30)
        peer.break_off()
        asking.join(30)
        may_end.set()
        peer.close()

    assert not asking.is_alive()
    assert heard == [1]
    assert said in ([PeerKind.OFFLINE], [PeerKind.NOT_ALMONER])
