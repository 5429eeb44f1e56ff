"""A hostile client over HTTP: whatever it asks for, hidden and absent are answered byte for byte alike."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.server.conftest import HOMES, MORNING, Town
from tests.server.test_access import a_case

from almoner.records import SCHEMA, Attachment, Person
from almoner.records.mutation import Mutation
from almoner.sync.messages import Hello, Pull, Push, Range, Ranges, to_json
from almoner.sync.seeding import put_records

SHA = "a" * 64
HIDDEN = {"case": "case-of-homes", "person": "person-of-homes"}
ABSENT = {"case": "case-of-none", "person": "person-of-none"}


@pytest.fixture
def bob(town: Town) -> dict[str, str]:
    """Bob, of another team, with a token; Homes has a case, a file and a person."""
    photo = Attachment(
        id="photo", case_id="case-of-homes", name="wall.jpg", media_type="image/jpeg", size=3, sha256=SHA,
        author_id="server", happened_at=MORNING, recorded_at=MORNING,
    )  # fmt: skip
    person = Person(id="person-of-homes", full_name="P. One", restricted_team_id=HOMES.id)
    put_records(town.engine, [a_case("case-of-homes"), photo, person], now=MORNING)
    return town.enrol("bob")


def _ask(town: Town, token: str, path: str, message: Any) -> httpx.Response:
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return httpx.post(f"{town.address}{path}", content=to_json(message), headers=head, trust_env=False)


def _same(one: httpx.Response, other: httpx.Response, *names: dict[str, str]) -> bool:
    """Whether two answers differ in nothing but the request's id, the numbers of the saves and what was asked for."""
    said = []
    for answer in (one, other):
        text = answer.text.replace(answer.headers.get("x-request-id", "\x00"), "")
        for ids in names:
            for kind, name in ids.items():
                text = text.replace(name, f"<{kind}>")
        length = {"content-length", "date", "x-request-id"}
        said.append((answer.status_code, text, {k: v for k, v in answer.headers.items() if k not in length}))
    return said[0] == said[1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH"])
def test_a_file_of_another_team_is_as_absent_as_one_that_never_was(
    town: Town, bob: dict[str, str], method: str
) -> None:
    """Fetching, sending and asking how far it came: not found, in the same words."""
    head = {"Authorization": f"Bearer {bob['access_token']}", "Upload-Length": "3", "Upload-Offset": "0",
            "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}  # fmt: skip
    answers = [
        httpx.request(method, f"{town.address}/files/{sha}", headers=head, content=b"abc", trust_env=False)
        for sha in (SHA, "b" * 64)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert _same(*answers)


def test_ranges_of_hidden_and_absent_scopes_are_refused_alike(town: Town, bob: dict[str, str]) -> None:
    """A team, a case, a person, an officer, the confidential addresses: one answer."""
    names = [f"team:{HOMES.id}", "case:case-of-homes", "person:person-of-homes", "user:nobody", "confidential",
             "team:none", "case:none", "person:none", "nonsense"]  # fmt: skip
    asked = [Ranges(client_id="bob", scope=name, ranges=[Range("", "~", 0, 0)]) for name in names]
    answers = [_ask(town, bob["access_token"], "/sync/ranges", message) for message in asked]

    assert {answer.status_code for answer in answers} == {403}
    assert all(_same(answers[0], answer) for answer in answers)


def test_pushes_at_hidden_and_absent_records_are_answered_alike(town: Town, bob: dict[str, str]) -> None:
    """A change of a case, of a person, and a removal."""
    token = bob["access_token"]
    hello = _ask(town, token, "/sync/hello", Hello(client_id="bob", generation=1, schema=SCHEMA)).json()

    def push(seq: int, kind: str, record: str, **more: Any) -> httpx.Response:
        save = Mutation(
            client_seq=seq, mutation_id=f"m-{seq:03}", made_at=hello["now"], author=hello["user_id"], schema=SCHEMA,
            kind=kind, record=record, **more,
        )  # fmt: skip
        return _ask(town, token, "/sync/push", Push(client_id="bob", generation=1, mutations=[save]))

    changes: list[tuple[str, dict[str, Any]]] = [
        ("case", {"base": {"title": 1}, "values": {"title": "Mine"}}),
        ("case", {"base": {"status": 1}, "values": {"status": "closed"}}),
        ("person", {"base": {"full_name": 1}, "values": {"full_name": "Mine"}}),
        ("person", {"base": {"": 1}, "delete": True}),
    ]
    for number, (kind, more) in enumerate(changes):
        results = [
            push(number * 2 + place + 1, kind, ids[kind], **more).json()["results"][0]
            for place, ids in enumerate((HIDDEN, ABSENT))
        ]
        for result in results:
            del result["client_seq"], result["mutation_id"]

        assert results[0] == results[1]
        assert results[0]["verdict"] == "held"


def test_a_pull_that_names_hidden_scopes_gives_nothing_of_them(town: Town, bob: dict[str, str]) -> None:
    """Neither the case nor the person nor the file is anywhere in the answer."""
    scopes = dict.fromkeys([f"team:{HOMES.id}", "case:case-of-homes", "confidential", "team:unassigned"], "")
    answer = _ask(town, bob["access_token"], "/sync/pull", Pull(client_id="bob", scopes=scopes))

    assert answer.status_code == 200
    assert not [word for word in ("P. One", "Mould", "wall.jpg", SHA, "person-of-homes") if word in answer.text]


def test_without_a_token_every_address_answers_alike(town: Town, bob: dict[str, str]) -> None:
    """Nobody learns of files or scopes before signing in."""
    paths = [f"/files/{SHA}", f"/files/{'b' * 64}", "/sync/hints", "/devices"]
    answers = [town.get(path) for path in paths]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["what"] for answer in answers}) == 1


def test_a_caseworker_asks_for_no_devices(town: Town, bob: dict[str, str]) -> None:
    """The list of laptops is for supervisors and those who look after them."""
    answer = town.get("/devices", bob["access_token"])

    assert "ann" not in answer.text
    assert answer.status_code == 403 or answer.json().get("devices", []) == []
