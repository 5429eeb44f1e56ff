"""Hints from the server that something changed: they make news come within seconds. Losing one loses nothing, so
nothing that happens here is ever trouble for a person."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Protocol

import msgspec
import tenacity
import urllib3

from almoner.outside.addresses import checked_address
from almoner.outside.http_peer import pools_for
from almoner.outside.tokens import TokenKeeper
from almoner.records.trouble import Trouble
from almoner.sync.messages import Hint

READ_SECONDS = 40.0
"""The server says something every 15 seconds, if only that it is still there."""
CONNECT_SECONDS = 5.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 600.0
AGAIN_SECONDS = 10.0
"""A stream that went well and ended is opened again within this time."""
MOST_LINE_BYTES = 1 << 20
_PIECE = 4096
_DATA = b"data:"


class HintsEnded(Exception):
    """The stream ended or could not be opened; it is tried again."""


class HintStream:
    """One officer's stream of hints. One thread listens; any thread may hang up."""

    def __init__(self, address: str, keeper: TokenKeeper, *, trust: ssl.SSLContext | None = None) -> None:
        """Raises Trouble for an address that is none."""
        self._address, self._keeper, self._trust = checked_address(address), keeper, trust
        self._lock = threading.Lock()
        self._answer: urllib3.BaseHTTPResponse | None = None
        self._is_over = False

    def listen(self) -> Iterator[tuple[str, ...]]:
        """First nothing, when the stream is open; then the scopes in which something changed, each time something did.
        Raises HintsEnded, sooner or later."""
        tokens = self._keeper.held()
        if tokens is None:
            raise HintsEnded
        head = {"Authorization": f"Bearer {tokens.access_token}", "Accept": "text/event-stream"}
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        with pools_for(self._address, self._trust) as pools:
            try:
                answer = pools.request(
                    "GET",
                    f"{self._address}/sync/hints",
                    headers=head,
                    timeout=timeout,
                    retries=False,
                    preload_content=False,
                )
            except urllib3.exceptions.HTTPError as fault:
                raise HintsEnded from fault
            try:
                self._take(answer)
                yield from _hints(answer)
            except (urllib3.exceptions.HTTPError, OSError, msgspec.MsgspecError, UnicodeDecodeError) as fault:
                raise HintsEnded from fault
            finally:
                self._let_go(answer)
        raise HintsEnded

    def hang_up(self) -> None:
        """End what is being listened to, also in the middle of waiting, and whatever would be listened to later."""
        with self._lock:
            self._is_over = True
            if self._answer is not None:
                with suppress(OSError, RuntimeError, ValueError):
                    self._answer.shutdown()

    def _take(self, answer: urllib3.BaseHTTPResponse) -> None:
        right = answer.status == HTTPStatus.OK and answer.headers.get("content-type", "").startswith(
            "text/event-stream"
        )
        with self._lock:
            if self._is_over or not right:
                raise HintsEnded
            self._answer = answer

    def _let_go(self, answer: urllib3.BaseHTTPResponse) -> None:
        with self._lock:
            self._answer = None
        answer.close()


def _hints(answer: urllib3.BaseHTTPResponse) -> Iterator[tuple[str, ...]]:
    """The hints in a stream of events, after an empty one that says that the stream is open; lines that are none of
    ours are passed over."""
    yield ()
    waiting = bytearray()
    while piece := answer.read1(_PIECE):
        waiting += piece
        *lines, rest = waiting.split(b"\n")
        if len(rest) > MOST_LINE_BYTES:
            raise HintsEnded
        waiting = bytearray(rest)
        for line in lines:
            if line.startswith(_DATA):
                yield tuple(msgspec.json.decode(line.removeprefix(_DATA), type=Hint).scopes)


class Hints(Protocol):
    """What hints come from: `HintStream`, or a twin of it in a test."""

    def listen(self) -> Iterator[tuple[str, ...]]:
        """The scopes in which something changed. Raises HintsEnded."""

    def hang_up(self) -> None:
        """End the listening."""


class HintListener:
    """Keeps listening while there is a line. `run` is for a thread of its own, the rest for any thread.

    A stream that ended is opened again after a moment of chance; one that cannot be opened later and later, so that
    laptops which lost the server together come back apart. It never gives up.
    """

    def __init__(
        self, source: Callable[[], Hints], heard: Callable[[tuple[str, ...]], None], chance: Callable[[], float]
    ) -> None:
        """`source` is called on the listening thread first."""
        self._source, self._heard, self._chance = source, heard, chance
        self._online, self._stopped = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._hints: Hints | None = None

    def set_online(self, is_online: bool) -> None:
        """Say whether the server could be reached just now; nothing is opened while it could not."""
        if is_online:
            self._online.set()
        elif not self._stopped.is_set():
            self._online.clear()

    def stop(self) -> None:
        """End the listening at once, wherever it is."""
        self._stopped.set()
        self._online.set()
        with self._lock:
            if self._hints is not None:
                self._hints.hang_up()

    def run(self) -> None:
        """Listen until told to stop."""
        retrying = tenacity.Retrying(
            sleep=tenacity.sleep_using_event(self._stopped),
            wait=tenacity.wait_random_exponential(multiplier=FIRST_WAIT_SECONDS, max=LONGEST_WAIT_SECONDS),
            stop=tenacity.stop_when_event_set(self._stopped),
            retry=tenacity.retry_if_exception_type((HintsEnded, Trouble)),
        )
        while not self._stopped.is_set():
            with suppress(tenacity.RetryError):
                retrying(self._listen)
            self._stopped.wait(AGAIN_SECONDS * self._chance())

    def _listen(self) -> None:
        """Listen to one stream to its end. Raises HintsEnded or Trouble when it could not be opened or gave nothing."""
        self._online.wait()
        with self._lock:
            if self._stopped.is_set():
                return
            self._hints = self._hints or self._source()
            hints = self._hints
        heard_any = False
        try:
            for scopes in hints.listen():
                heard_any = True
                if scopes:
                    self._heard(scopes)
        except HintsEnded:
            if not heard_any:
                raise
