"""The door: what is too large, too many, malformed or unknown is turned away in words, and faults stay inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import zstandard
from fastapi import FastAPI
from tests.server.conftest import Town, served

from almoner.server.door import Buckets
from almoner.sync import messages
from almoner.sync.messages import Pull


def _sent(town: Town, path: str, body: bytes | Iterator[bytes], token: str, **head: str) -> httpx.Response:
    head = {"Content-Type": messages.MEDIA_TYPE, "Authorization": f"Bearer {token}"} | head
    return httpx.post(f"{town.address}{path}", content=body, headers=head, trust_env=False)


def test_a_body_that_says_it_is_too_large_is_refused(closed_town: Town) -> None:
    """The refusal names the limit and tells a client to send less."""
    with closed_town.open(body_bytes=1_000) as town:
        answer = _sent(town, "/sync/push", b"x" * 1_001, "any")

    assert (answer.status_code, answer.json()["kind"]) == (413, "too-large")
    assert "1000" in answer.json()["what"]


def test_a_body_that_grows_too_large_without_saying_so_is_refused(closed_town: Town) -> None:
    """A stream without a length is counted as it comes."""
    with closed_town.open(body_bytes=1_000) as town:
        token = town.enrol()["access_token"]
        answer = _sent(town, "/sync/push", (b"x" * 300 for _ in range(10)), token)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(town: Town) -> None:
    """A zip bomb is measured before it is unpacked."""
    bomb = zstandard.ZstdCompressor().compress(bytes(messages.MAX_REQUEST_BYTES + 1))
    answer = _sent(town, "/sync/pull", bomb, town.enrol()["access_token"])

    assert len(bomb) < 10_000
    assert answer.status_code == 413


def test_too_many_saves_at_once_are_refused(town: Town) -> None:
    """A push over the limit is halved by the client, not half applied by the server."""
    mutation = {
        "mutation_id": "m",
        "made_at": "",
        "author": "",
        "schema": 1,
        "kind": "note",
        "record": "r",
    }
    saves = [{**mutation, "client_seq": n + 1} for n in range(messages.MAX_PUSH + 1)]
    body = msgspec.json.encode({"client_id": "c", "generation": 1, "mutations": saves})
    token = town.enrol()["access_token"]
    answer = _sent(town, "/sync/push", body, token, **{"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["kind"]) == (413, "too-large")


def test_too_many_requests_must_wait(closed_town: Town) -> None:
    """One address gets its share and is told how long to wait; health is always answered."""
    with closed_town.open(requests_a_minute=3) as town:
        answers = [town.get("/auth/me") for _ in range(4)]
        health = town.get("/healthz")

    assert [a.status_code for a in answers] == [401, 401, 401, 429]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert health.status_code == 200


def test_a_bucket_fills_again() -> None:
    """After waiting as long as it was told, a request passes, and not before."""
    buckets = Buckets(60)
    passed = [buckets.take("a", 0.0) for _ in range(60)]
    wait = buckets.take("a", 0.0)

    assert passed == [0.0] * 60
    assert wait == pytest.approx(1.0)
    assert buckets.take("a", 0.5) > 0
    assert buckets.take("a", 2.0) == 0.0
    assert buckets.take("b", 0.0) == 0.0


def test_a_full_house_asks_to_come_later(closed_town: Town) -> None:
    """More requests at once than it can serve well are sent away, to come again."""
    with closed_town.open(requests_at_once=0) as town:
        answer = town.get("/auth/me")

    assert (answer.status_code, answer.json()["kind"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) >= 1


def test_hints_do_not_fill_the_house(closed_town: Town) -> None:
    """Laptops that only listen leave room for those that work."""
    with closed_town.open(requests_at_once=1) as town:
        head = {"Authorization": f"Bearer {town.enrol()['access_token']}"}
        with (
            httpx.Client(trust_env=False, timeout=10) as client,
            client.stream("GET", f"{town.address}/sync/hints", headers=head) as stream,
        ):
            next(stream.iter_lines())
            working = town.get("/auth/me", head["Authorization"].removeprefix("Bearer ")).status_code

    assert working == 200


def test_a_request_that_never_ends_is_given_up(closed_town: Town) -> None:
    """A client that announces a body and sends none does not hold the service."""
    with closed_town.open(request_seconds=0.2) as town:
        where = urlsplit(town.address)
        with socket.create_connection((where.hostname, where.port), timeout=10) as line:
            line.sendall(b"POST /auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
            answer = line.recv(100)

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (b"", {}),
        (b"nonsense", {}),
        (zstandard.ZstdCompressor().compress(b"\xc1"), {}),
        (messages.pack(Pull(client_id="c", scopes={}))[:-3], {}),
        (b"{", {"Content-Type": "application/json"}),
        (b'{"client_id": 5, "scopes": {}}', {"Content-Type": "application/json"}),
        (b'{"client_id": "Ann Archer", "scopes": "\xff"}', {"Content-Type": "application/json"}),
    ],
)
def test_nonsense_is_answered_in_words_and_not_quoted(town: Town, body: bytes, head: dict[str, str]) -> None:
    """What cannot be read gets a sentence; what was sent is not sent back."""
    answer = _sent(town, "/sync/pull", body, town.enrol()["access_token"], **head)

    assert (answer.status_code, answer.json()["code"]) == (400, "not_understood")
    assert "Archer" not in answer.text


def test_a_form_with_a_wrong_field_is_not_quoted(town: Town) -> None:
    """The answer names the field and never repeats what was typed into it."""
    answer = town.post("/auth/token", username="ann", password="secret words", device_id="x", extra="Ann Archer")

    assert answer.status_code == 400
    assert "body.extra" in answer.json()["what"]
    assert "Archer" not in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/nothing", "/sync", "/docs", "/files/..%2f..%2fetc%2fpasswd"])
def test_unknown_addresses_are_not_there(town: Town, path: str) -> None:
    """What is not an address of the service gets the same short answer."""
    answer = town.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_every_answer_carries_its_id_and_the_usual_protections(closed_town: Town) -> None:
    """The id in the answer finds the line in the log."""
    with closed_town.open() as town:
        answer = town.get("/auth/me")

    assert answer.headers["X-Request-Id"] == answer.json()["request_id"]
    assert answer.headers["X-Request-Id"] in {line["request_id"] for line in town.lines()}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in answer.headers


def _with_a_fault(app: FastAPI) -> FastAPI:
    @app.get("/broken")
    def broken() -> None:
        raise ValueError("Ann Archer, 12 High Street")

    return app


def test_a_fault_of_ours_shows_an_id_and_nothing_else(closed_town: Town) -> None:
    """Neither the answer nor the log tells what was in the program's hands; the log tells where it happened."""
    with served(_with_a_fault(closed_town.app())) as port:
        closed_town.address = f"http://127.0.0.1:{port}"
        answer = closed_town.get("/broken")

    assert (answer.status_code, answer.json()["kind"]) == (500, "server-fault")
    assert "Archer" not in answer.text + closed_town.log.getvalue()
    fault = next(line for line in closed_town.lines() if line["event"] == "fault")
    assert (fault["fault"], fault["request_id"]) == ("ValueError", answer.json()["request_id"])
