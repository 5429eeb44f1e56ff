"""Hints: news comes at once while there is a line, and nothing that happens to them is ever trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from almoner.outside import hints
from almoner.outside.hints import HintListener, HintsEnded, HintStream
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper, Tokens

SSE = "text/event-stream"


class _Fake(BaseHTTPRequestHandler):
    """Streams what the test tells it to, and ends."""

    def do_GET(self) -> None:
        told: Any = self.server
        self.send_response(told.status)
        self.send_header("Content-Type", told.kind)
        self.end_headers()
        with suppress(ConnectionError):
            for piece in told.pieces():
                self.wfile.write(piece)
                self.wfile.flush()

    def log_message(self, *_words: object) -> None:
        """Be quiet."""


@contextmanager
def streaming(pieces: Callable[[], Iterator[bytes]], *, status: int = 200, kind: str = SSE) -> Iterator[HintStream]:
    """A stream from a server on loopback that says these pieces."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Fake)
    server.status, server.kind, server.pieces = status, kind, pieces  # type: ignore[attr-defined]  # what it reads
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    keeper = TokenKeeper(MemorySecrets(), address)
    keeper.keep(Tokens("access-1", "refresh-1", "device", "user"))
    try:
        yield HintStream(address, keeper)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def all_of(stream: HintStream) -> list[tuple[str, ...]]:
    """Everything a stream says, to its end."""
    said: list[tuple[str, ...]] = []
    with pytest.raises(HintsEnded):
        said.extend(stream.listen())
    return said


def test_scopes_come_as_they_are_said() -> None:
    """A hint cut anywhere is read whole; heartbeats and lines of other kinds say nothing."""
    pieces = (
        b"retry: 5000\n\n: still here\n\nda",
        b'ta: {"scopes":["team:a","res',
        b'idents"]}\n\ndata:{"scopes":[]}\n',
    )
    with streaming(lambda: iter(pieces)) as stream:
        said = all_of(stream)

    assert said == [(), ("team:a", "residents"), ()]


@pytest.mark.parametrize(
    ("status", "kind", "piece"),
    [
        (401, "application/json", b"{}"),
        (503, "application/json", b"{}"),
        (200, "text/html", b"<html>Welcome to our hotel</html>"),
        (200, SSE, b"data: <html>\n"),
        (200, SSE, b'data: {"scopes": 7}\n'),
        (200, SSE, b"data: " + b"x" * (hints.MOST_LINE_BYTES + 10)),
    ],
)
def test_whatever_else_answers_only_ends_the_stream(status: int, kind: str, piece: bytes) -> None:
    """Refusals, sign-in pages of hotels and nonsense are no trouble for anybody: it is tried again later."""
    with streaming(lambda: iter([piece]), status=status, kind=kind) as stream:
        said = all_of(stream)

    assert set(said) <= {()}


def test_without_a_sign_in_nothing_is_asked() -> None:
    """A device that is signed out does not knock."""
    stream = HintStream("http://127.0.0.1:9", TokenKeeper(MemorySecrets(), "http://127.0.0.1:9"))

    assert all_of(stream) == []


def test_hanging_up_ends_the_waiting_at_once() -> None:
    """Closing the program does not wait for the next heartbeat."""
    may_end, is_open = threading.Event(), threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b": still here\n\n"
        may_end.wait(30)

    with streaming(pieces) as stream:
        ended: list[bool] = []

        def listen() -> None:
            with suppress(HintsEnded):
                for _scopes in stream.listen():
                    is_open.set()
            ended.append(not may_end.is_set())

        thread = threading.Thread(target=listen)
        thread.start()
        assert is_open.wait(30)
        stream.hang_up()
        thread.join(30)
        may_end.set()
        after = all_of(stream)

    assert ended == [True]
    assert after == []


class Fickle:
    """Hints that cannot be opened at first, then say something and end, then wait until somebody hangs up."""

    def __init__(self) -> None:
        self.tries, self.hung_up = 0, threading.Event()

    def listen(self) -> Iterator[tuple[str, ...]]:
        self.tries += 1
        if self.tries <= 3:
            raise HintsEnded
        yield ()
        yield ("team:a",)
        if self.tries > 4:
            self.hung_up.wait(30)
        raise HintsEnded

    def hang_up(self) -> None:
        self.hung_up.set()


def test_it_never_gives_up_and_stops_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that cannot be opened is tried again, one that ended is opened again, and the end comes at once."""
    monkeypatch.setattr(hints, "FIRST_WAIT_SECONDS", 0.001)
    monkeypatch.setattr(hints, "AGAIN_SECONDS", 0.001)
    fickle, heard, twice = Fickle(), list[tuple[str, ...]](), threading.Event()

    def hear(scopes: tuple[str, ...]) -> None:
        heard.append(scopes)
        if len(heard) == 2:
            twice.set()

    listener = HintListener(lambda: fickle, hear, lambda: 0.5)
    thread = threading.Thread(target=listener.run)
    thread.start()
    tries_offline = fickle.tries
    listener.set_online(True)
    assert twice.wait(30)
    listener.stop()
    thread.join(30)

    assert tries_offline == 0
    assert fickle.tries == 5
    assert heard == [("team:a",), ("team:a",)]
    assert not thread.is_alive()


def test_stopped_before_there_was_a_line_it_ends() -> None:
    """A laptop that was never online closes all the same."""
    fickle = Fickle()
    listener = HintListener(lambda: fickle, lambda _scopes: None, lambda: 0.5)
    thread = threading.Thread(target=listener.run)
    thread.start()
    listener.stop()
    thread.join(30)

    assert not thread.is_alive()
    assert fickle.tries == 0
