"""The line that can be cut."""

from __future__ import annotations

import http.server
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from almoner.demo.line import Line


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers every call with one word."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def call(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        body: bytes = answer.read()
        return body


def test_a_cut_line_refuses_and_a_restored_one_carries_again(service: int) -> None:
    """The walk through the story needs a network that really goes away and really comes back."""
    with Line(service) as line:
        before = call(line.port)
        line.cut()
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            call(line.port)
        line.restore()

        assert before == b"hello"
        assert line.is_whole
        assert call(line.port) == b"hello"
