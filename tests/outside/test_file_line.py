"""Sending and fetching files against a server of the test's own, that cuts and forgets where it is told to."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from almoner.outside.file_line import FRUITLESS, PIECE_BYTES, SMALLEST_PIECE_BYTES, Answer, fetch_file, send_file
from almoner.outside.http_words import cut_short
from almoner.sync.peer import PeerKind, PeerTrouble

SCAN = random.Random(3).randbytes(3 * PIECE_BYTES + 12_345)
NAME = hashlib.sha256(SCAN).hexdigest()


def in_pieces() -> Iterator[bytes]:
    return (SCAN[at : at + 65_536] for at in range(0, len(SCAN), 65_536))


@dataclass
class Server:
    """Keeps what comes. `cuts`: numbers of requests whose answer is lost after they took effect; `lost`: of requests
    that never arrive; `breaks`: after how many bytes each download is cut, the last for ever."""

    kept: bytearray = field(default_factory=bytearray)
    asked: list[tuple[str, int]] = field(default_factory=list)
    cuts: frozenset[int] = frozenset()
    lost: frozenset[int] = frozenset()
    breaks: tuple[int, ...] = ()
    ranged: bool = True
    content: bytes = SCAN

    @contextmanager
    def __call__(
        self, method: str, path: str, *, headers: dict[str, str], content: bytes | None = None
    ) -> Iterator[Answer]:
        number = len(self.asked)
        self.asked.append((method, len(content or b"")))
        assert path == f"/files/{NAME}"
        if number in self.lost:
            raise cut_short()
        answer = self._fetched(headers) if method == "GET" else self._sent(method, headers, content or b"")
        if number in self.cuts:
            raise cut_short()
        yield answer

    def _sent(self, method: str, headers: dict[str, str], content: bytes) -> Answer:
        if method == "PATCH":
            if int(headers["Upload-Offset"]) != len(self.kept):
                raise PeerTrouble(PeerKind.BUSY, "The upload stands at another place.", "Ask.", retry_after_seconds=1)
            self.kept += content
        said = {"upload-offset": str(len(self.kept)), "upload-length": str(len(SCAN))}
        return Answer(204, said, iter(()))

    def _fetched(self, headers: dict[str, str]) -> Answer:
        start = 0
        if self.ranged and "Range" in headers:
            assert headers["If-Range"] == f'"{NAME}"'
            start = int(headers["Range"].removeprefix("bytes=").removesuffix("-"))
        said = {"content-type": "application/octet-stream", "content-length": str(len(self.content) - start)}
        return Answer(206 if start else 200, said, self._chunks(start))

    def _chunks(self, start: int) -> Iterator[bytes]:
        most, self.breaks = (self.breaks[0], self.breaks[1:] or self.breaks) if self.breaks else (len(SCAN), ())
        given = self.content[start : start + most]
        yield from (given[at : at + 50_000] for at in range(0, len(given), 50_000))
        if start + most < len(self.content):
            raise cut_short()


@pytest.mark.parametrize("lost", [frozenset({1, 3}), frozenset({2}), frozenset({0, 4})])
@pytest.mark.parametrize("cuts", [frozenset({7}), frozenset({6, 9})])
def test_an_upload_goes_on_from_where_the_server_stands(lost: frozenset[int], cuts: frozenset[int]) -> None:
    """Whether a piece was lost or only its answer, the server is asked, and gets each byte once."""
    server = Server(lost=lost, cuts=cuts)
    told: list[int] = []
    send_file(server, NAME, len(SCAN), in_pieces, lambda done, _all: told.append(done))

    assert bytes(server.kept) == SCAN
    assert told == sorted(told)
    assert told[-1] == len(SCAN)


def test_pieces_grow_smaller_after_a_cut_and_large_again() -> None:
    """A line that drops large pieces carries small ones; a good one is not kept at them."""
    server = Server(lost=frozenset({1, 3}))
    send_file(server, NAME, len(SCAN), in_pieces)
    sizes = [size for method, size in server.asked if method == "PATCH"]

    assert sizes[:3] == [PIECE_BYTES, PIECE_BYTES // 4, PIECE_BYTES // 16]
    assert max(sizes[3:]) == PIECE_BYTES
    assert min(sizes[:-1]) >= SMALLEST_PIECE_BYTES


def test_a_line_that_carries_nothing_is_given_up() -> None:
    """After so many tries in a row that brought nothing the round ends; what was sent counts the next time."""
    server = Server(lost=frozenset(range(2, 100)))
    with pytest.raises(PeerTrouble) as caught:
        send_file(server, NAME, len(SCAN), in_pieces)
    tried, server.lost = len(server.asked), frozenset()
    send_file(server, NAME, len(SCAN), in_pieces)

    assert caught.value.kind is PeerKind.OFFLINE
    assert tried == 3 + FRUITLESS
    assert bytes(server.kept) == SCAN


def test_a_server_that_lost_its_pieces_gets_them_again() -> None:
    """The file is read from its start again; a server that loses them every time does not keep a laptop for ever."""
    server = Server(kept=bytearray(SCAN[: 2 * PIECE_BYTES]), lost=frozenset({1}))

    def forget(done: int, _all: int) -> None:
        if done == len(SCAN) - 12_345 and forgotten:
            forgotten.pop()
            server.kept.clear()
            server.lost = frozenset({len(server.asked)})

    forgotten = [True]
    send_file(server, NAME, len(SCAN), in_pieces, forget)
    assert bytes(server.kept) == SCAN

    hopeless = Server()
    with pytest.raises(PeerTrouble):
        send_file(hopeless, NAME, len(SCAN), in_pieces, lambda done, _all: _lose(hopeless, done))


def _lose(server: Server, done: int) -> None:
    if done > PIECE_BYTES:
        server.kept.clear()
        server.lost = frozenset({len(server.asked)})


@pytest.mark.parametrize("kind", [PeerKind.BUSY, PeerKind.SIGNED_OUT, PeerKind.TOO_LARGE, PeerKind.NOT_ALMONER])
def test_what_another_try_would_not_mend_is_told_at_once(kind: PeerKind) -> None:
    """Only a line that was cut is tried again on the spot."""
    asked: list[str] = []

    @contextmanager
    def refuses(method: str, path: str, *, headers: dict[str, str], content: bytes | None = None) -> Iterator[Answer]:
        asked.append(method)
        raise PeerTrouble(kind, "No.", "Wait.")
        yield

    with pytest.raises(PeerTrouble):
        send_file(refuses, NAME, len(SCAN), in_pieces)
    with pytest.raises(PeerTrouble):
        list(fetch_file(refuses, NAME))
    assert asked == ["POST", "GET"]


@pytest.mark.parametrize(
    "said",
    [{}, {"upload-offset": "x", "upload-length": "1"}, {"upload-offset": "0", "upload-length": "5"},
     {"upload-offset": str(len(SCAN) + 1), "upload-length": str(len(SCAN))}],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_not_taken_for_sent(said: dict[str, str]) -> None:
    """A network's sign-in page answers 200 to anything; nothing counts as sent because of it."""

    @contextmanager
    def portal(method: str, path: str, *, headers: dict[str, str], content: bytes | None = None) -> Iterator[Answer]:
        yield Answer(200, said, iter(()))

    with pytest.raises(PeerTrouble) as caught:
        send_file(portal, NAME, len(SCAN), in_pieces)
    assert caught.value.kind is PeerKind.NOT_ALMONER


@pytest.mark.parametrize("ranged", [True, False])
def test_a_download_goes_on_where_it_was_cut(ranged: bool) -> None:
    """What came is not given out twice, also by a server that begins anew each time."""
    server = Server(breaks=(1_000_000, 900_000, 700_000) if ranged else (500_000, 1_500_000, 5_000_000), ranged=ranged)
    told: list[tuple[int, int]] = []
    got = b"".join(fetch_file(server, NAME, lambda done, whole: told.append((done, whole))))

    assert got == SCAN
    assert len(server.asked) > 2
    assert told[-1] == (len(SCAN), len(SCAN))


def test_a_download_that_brings_nothing_is_given_up() -> None:
    """Pieces before the cut were given out; the trouble says that the line was cut."""
    server = Server(breaks=(100_000, 0))
    got: list[bytes] = []
    with pytest.raises(PeerTrouble) as caught:
        got.extend(fetch_file(server, NAME))

    assert b"".join(got) == SCAN[:100_000]
    assert caught.value.kind is PeerKind.OFFLINE
    assert len(server.asked) == 1 + FRUITLESS


def test_a_download_of_other_bytes_ends_in_trouble() -> None:
    """The hash is proved before the last word."""
    with pytest.raises(PeerTrouble, match="damaged"):
        list(fetch_file(Server(content=SCAN[:-1] + b"!"), NAME))
    with pytest.raises(PeerTrouble, match="damaged"):
        list(fetch_file(Server(content=SCAN[:1_000]), NAME))
