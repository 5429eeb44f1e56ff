"""The door: what is too large, too many, malformed or unknown is turned away in words, and faults stay inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
import zstandard
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tests.server.conftest import Town, served

from almoner.records import SCHEMA
from almoner.server.app import make_app
from almoner.server.database import make_engine
from almoner.server.door import ALWAYS_OPEN, LONG_LIVED, Buckets, Door
from almoner.server.logs import make_log
from almoner.server.throttle import OFFICE
from almoner.sync import messages, sending
from almoner.sync.messages import Hello, Pull, Range, Ranges
from almoner.sync.peer import PeerKind, PeerTrouble


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


# ---- every address has all four limits: size, number, rate, time


def _addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of everything that can be asked, but what is always open."""
    found = [(method.upper(), path) for path, said in app.openapi()["paths"].items() for method in said]
    assert len(found) > 12
    return [(method, path.replace("{sha256}", "a" * 64)) for method, path in found if path not in ALWAYS_OPEN]


def _asked(town: Town, method: str, path: str, **more: Any) -> httpx.Response:
    return httpx.request(method, f"{town.address}{path}", trust_env=False, **more)


def test_every_address_refuses_a_body_that_is_too_large(closed_town: Town) -> None:
    """Whatever is asked, a body over the limit is answered with the limit, for a client to halve."""
    with closed_town.open(body_bytes=100) as town:
        answers = {
            (method, path): _asked(town, method, path, content=b"x" * 101) for method, path in _addresses(town.app())
        }

    assert {key: a.status_code for key, a in answers.items() if a.status_code != 413} == {}
    assert {a.json()["kind"] for (method, _), a in answers.items() if method != "HEAD"} == {"too-large"}


@pytest.mark.parametrize(("limit", "status"), [("requests_at_once", 503), ("requests_a_minute", 429)])
def test_every_address_says_when_to_come_again(closed_town: Town, limit: str, status: int) -> None:
    """Too many at once, or too often: each answer carries the seconds to wait, as a header and in the body."""
    with closed_town.open(**{limit: 0 if status == 503 else 0.001}) as town:
        answers = {(method, path): _asked(town, method, path) for method, path in _addresses(town.app())}

    assert {key: a.status_code for key, a in answers.items() if a.status_code != status} == {}
    for (method, _), answer in answers.items():
        wait = int(answer.headers["Retry-After"])
        assert wait >= 1
        assert method == "HEAD" or answer.json()["retry_after_seconds"] == wait


def test_every_address_has_its_time(closed_town: Town) -> None:
    """Nothing runs for ever: streams end after minutes, everything else after one."""
    settings, app = closed_town.settings, closed_town.app()
    door = Door(app, settings, make_log(closed_town.log))
    longest = {path: door._seconds(path) for _, path in _addresses(app)}

    assert {path for path, seconds in longest.items() if seconds > settings.request_seconds} == LONG_LIVED
    assert max(longest.values()) <= settings.hint_stream_seconds + settings.request_seconds


def test_hint_streams_are_counted(closed_town: Town) -> None:
    """Streams that stay open have a number of their own, with a time to come again."""
    with closed_town.open(hint_streams=0) as town:
        answer = town.get("/sync/hints", town.enrol()["access_token"])

    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_hint_streams")
    assert int(answer.headers["Retry-After"]) >= 1


def test_an_office_shares_an_address_and_each_device_has_its_own_share(closed_town: Town) -> None:
    """Hundreds of laptops come from one address: one that asks too often keeps no other from its work."""
    with closed_town.open(requests_a_minute=3) as town:
        greedy, quiet = (town.enrol(name)["access_token"] for name in ("ann", "bob"))
        asked = [town.get("/auth/me", greedy).status_code for _ in range(12)]
        other = town.get("/auth/me", quiet).status_code

    assert asked[:3] == [200] * 3
    assert 429 in asked
    assert other == 200


def test_made_up_tokens_win_no_more_requests(closed_town: Town) -> None:
    """Whoever changes the token with every request is counted by the address all the same."""
    with closed_town.open(requests_a_minute=1) as town:
        answers = [town.get("/auth/me", f"token-{number}").status_code for number in range(3 * OFFICE)]

    assert answers[:OFFICE] == [401] * OFFICE
    assert 429 in answers


@pytest.mark.parametrize("pooled", [False, True])
def test_a_statement_that_takes_too_long_is_given_up(closed_town: Town, postgres_url: str, pooled: bool) -> None:
    """PostgreSQL itself stops it, so that no request that was given up works on in the database. Behind a pooler too,
    where no setting may outlast the transaction and no prepared statement may stay."""
    engine = make_engine(replace(closed_town.settings, request_seconds=0.2, connections=1, pooled=pooled))
    with engine.connect() as connection, pytest.raises(OperationalError, match="statement timeout"):
        connection.execute(text("SELECT pg_sleep(30)"))
    with engine.connect() as connection:
        for _ in range(20):
            connection.execute(text("SELECT 1"))
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
        connection.rollback()
        driver: Any = connection.connection.driver_connection
        driver.autocommit = True
        kept = driver.execute("SHOW statement_timeout").fetchone()[0]
    engine.dispose()

    assert (prepared > 0, kept) == ((False, "0") if pooled else (True, "200ms"))


def test_a_request_that_waits_for_another_is_asked_to_come_again(closed_town: Town) -> None:
    """Somebody holds what a greeting needs: the client is told to wait and loses nothing."""
    quick = make_engine(replace(closed_town.settings, request_seconds=0.5))
    app = make_app(
        replace(closed_town.settings, request_seconds=10.0), quick, clock=closed_town.clock,
        passwords=closed_town.passwords, log=make_log(closed_town.log),
    )  # fmt: skip
    with served(app) as port:
        closed_town.address = f"http://127.0.0.1:{port}"
        with closed_town.peer() as peer:
            hello = Hello(client_id="a-laptop", generation=1, schema=SCHEMA)
            peer.hello(hello)
            with closed_town.engine.begin() as other:
                other.execute(text("SELECT 1 FROM client FOR UPDATE"))
                with pytest.raises(PeerTrouble) as caught:
                    peer.hello(hello)
            again = peer.hello(hello)

    assert caught.value.kind is PeerKind.BUSY
    assert caught.value.retry_after_seconds >= 1
    assert again.generation == 1


def test_a_pull_names_no_more_scopes_than_anybody_sees(town: Town) -> None:
    """A list of made-up scopes is not worked through."""
    scopes = {f"case:{number}": "" for number in range(messages.MAX_SCOPES + 1)}
    with town.peer() as peer, pytest.raises(PeerTrouble) as caught:
        list(peer.pull(Pull(client_id="c", scopes=scopes)))

    assert caught.value.kind is PeerKind.TOO_LARGE


def test_ranges_are_answered_so_many_at_a_time(town: Town) -> None:
    """However many are asked, a bounded number is compared; the client asks for the rest again."""
    asked = [Range(f"{number:06}", f"{number:06}~", 1, 1) for number in range(sending.MAX_RANGES + 50)]
    with town.peer() as peer:
        peer.hello(Hello(client_id="c", generation=1, schema=SCHEMA))
        reply = peer.ranges(Ranges(client_id="c", scope="staff", ranges=asked))

    assert len(reply.listed) == sending.MAX_RANGES
