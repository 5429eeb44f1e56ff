"""Every address, asked anything its description allows and much that it does not: no fault of ours, and no leak.

The requests are made from the OpenAPI description by schemathesis, the same ones each time; set ALMONER_FUZZ for a
long night of many more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import schemathesis
import zstandard
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.openapi import checks as _openapi_checks  # noqa: F401  makes the checks of OpenAPI known
from tests.network.conftest import Office
from tests.server.conftest import PASSWORD
from tests.sync.laptops import JOAN, RUTH, START

from almoner.records import BY_KIND, SCHEMA, Address, Attachment, Case, Person
from almoner.records.derive import fields_of
from almoner.records.wire import instant_text
from almoner.sync import messages
from almoner.sync.seeding import put_records

EXAMPLES = int(os.environ.get("ALMONER_FUZZ", "20"))
GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
WORDS = ("Zebedee Quillfeather", "Marmalade Passage", "zebra-stripes")
"""Of a resident whom Ruth may not see: none of it may come back to her, and none at all to nobody."""
LEAKS = ("Traceback", "psycopg", "sqlalchemy", "SELECT ", "INSERT ", "UPDATE ", 'File "', "/site-packages/", ".py")
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("OPTIONS", "/files/{sha256}")}
SIGNING_IN = {"/auth/enrol", "/auth/token", "/auth/refresh"}


@schemathesis.serializer(messages.MEDIA_TYPE)
def as_wire(_context: Any, value: Any) -> bytes:
    """What a machine would send, whether or not it makes sense."""
    try:
        return zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(value))
    except (TypeError, ValueError, OverflowError, UnicodeEncodeError, RecursionError):
        return repr(value).encode("utf-8", "replace")


def operations() -> list[Any]:
    described = schemathesis.openapi.from_dict(json.loads(GOLDEN.read_text(encoding="utf-8")))
    return [found.ok() for found in described.get_all_operations()]


OPERATIONS = {f"{one.method.upper()} {one.path}": one for one in operations()}
HURRIED = settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
"""A request that is answered wrongly is shown as it was made: making it smaller takes minutes over HTTP."""
KNOWN = [CHECKS.get_by_names([name])[0] for name in ("not_a_server_error", "response_schema_conformance")]


@pytest.fixture
def ruth(closed_office: Office) -> Iterator[tuple[Office, str]]:
    """The open service with a resident of Streets that Ruth, of Repairs, may not see; and Ruth's access token."""
    hidden = Person(id="hidden-person", full_name=WORDS[0], restricted_team_id="t2")
    case = Case(
        id="hidden-case", reference="ASH-1", service="damp-and-mould", title=WORDS[2], stage="new", team_id="t2",
        opened_by=JOAN.id, aware_at=START, recorded_at=START,
    )  # fmt: skip
    home = Address(id="hidden-address", person_id=hidden.id, line_1=WORDS[1])
    photo = Attachment(
        id="hidden-photo", case_id=case.id, name=f"{WORDS[2]}.jpg", media_type="image/jpeg", size=3,
        sha256="a" * 64, author_id=JOAN.id, happened_at=START, recorded_at=START,
    )  # fmt: skip
    open_ = Case(
        id="open-case", reference="ASH-2", service="damp-and-mould", title="Mould", stage="new", team_id="t1",
        opened_by=RUTH.id, aware_at=START, recorded_at=START,
    )  # fmt: skip
    put_records(closed_office.centre.engine, [hidden, case, home, photo, open_], now=START)
    with closed_office.open(hint_stream_seconds=0.02, hint_poll_seconds=0.01, sign_in_free_tries=10_000) as office:
        code, _ = office.staff.new_code(RUTH.username)
        body = {"username": "ruth", "password": PASSWORD, "code": code, "device_name": "Laptop"}
        answer = requests.post(f"{office.address}/auth/enrol", json=body, timeout=30, proxies=NO_PROXY)
        yield office, answer.json()["access_token"]


NO_PROXY = {"http": "", "https": ""}


def prove(office: Office, response: Any, case: Any = None) -> None:
    """No fault of ours and no leak."""
    text = response.text + str(response.headers)
    faults = [line for line in office.log.getvalue().splitlines() if '"fault"' in line]
    assert response.status_code < 500, (response.status_code, faults[-1:])
    assert not [word for word in (*WORDS, *LEAKS) if word in text], text
    assert not [word for word in WORDS if word in office.log.getvalue()]
    if case is not None and response.headers.get("content-type") == messages.JSON_TYPE:
        case.validate_response(response, checks=KNOWN)


@pytest.mark.parametrize("name", OPERATIONS)
def test_nothing_asked_makes_it_fail_or_tell(ruth: tuple[Office, str], name: str) -> None:
    """Whatever is sent, signed in or not, gets an answer below 500 that is as described and gives nothing away."""
    office, token = ruth
    operation = OPERATIONS[name]
    anything = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(HURRIED, max_examples=EXAMPLES)
    @given(case=anything, is_signed_in=st.sampled_from([True, True, False]))
    def ask(case: Any, *, is_signed_in: bool) -> None:
        case.headers = {n: v for n, v in (case.headers or {}).items() if n.lower() != "authorization"}
        head = {"Authorization": f"Bearer {token}"} if is_signed_in else {}
        response = case.call(base_url=office.address, headers=head, timeout=30, proxies=NO_PROXY)
        prove(office, response, case)
        if not is_signed_in and (case.method, case.path) not in OPEN and case.path not in SIGNING_IN:
            assert response.status_code >= 400, "an answer for nobody"

    ask()


def _values(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values of any sort for some of the true fields of a kind."""
    sort = st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=30), st.just("\x00"),
        st.sampled_from(["u1", "t2", "open-case", "hidden-case", "hidden-person", "2026-12-17", instant_text(START)]),
        st.lists(st.text(max_size=5), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    )  # fmt: skip
    names = [field.name for field in fields_of(BY_KIND[kind])]
    return st.dictionaries(st.sampled_from(names), sort, max_size=8)


@st.composite
def _save(draw: st.DrawFn) -> dict[str, Any]:
    """A save of a true kind, of records that exist, that are hidden and that never were, with any values."""
    kind = draw(st.sampled_from(sorted(BY_KIND)))
    records = ("open-case", "hidden-case", "hidden-person", "hidden-photo", "u1", "c0", "new-1", "new-2", "\x00", "")
    numbers = st.integers(-(2**40), 2**70) | st.integers(0, 3)
    words = st.lists(st.text(max_size=5), max_size=3)
    return {
        "client_seq": draw(st.integers(1, 2**53 - 1)),
        "mutation_id": draw(st.uuids()).hex,
        "made_at": draw(st.sampled_from([instant_text(START), "", "yesterday", "9999-99-99", "\x00"])),
        "author": draw(st.sampled_from(["u1", "u4", "", "\x00"])),
        "schema": draw(st.sampled_from([0, 1, SCHEMA, 99, -1, 2**60])),
        "kind": kind,
        "record": draw(st.sampled_from(records)),
        "base": draw(st.dictionaries(st.sampled_from(["", "title", "full_name", "\x00"]), numbers, max_size=2)),
        "values": draw(_values(kind)),
        "added": draw(st.dictionaries(st.sampled_from(["team_ids", "support_needs", "title"]), words, max_size=2)),
        "removed": draw(st.dictionaries(st.sampled_from(["team_ids", "support_needs", "title"]), words, max_size=2)),
        "delete": draw(st.booleans()),
    }


def test_no_save_makes_it_fail_or_tell(ruth: tuple[Office, str]) -> None:
    """Saves of true kinds with any values, of what is hers, hidden or nothing: each gets a verdict, and the pull after
    them still works and holds nothing that is hidden."""
    office, token = ruth
    head = {"Authorization": f"Bearer {token}", "Content-Type": messages.JSON_TYPE}

    @settings(HURRIED, max_examples=EXAMPLES * 5)
    @given(saves=st.lists(_save(), min_size=1, max_size=4, unique_by=lambda save: save["client_seq"]))
    def push(saves: list[dict[str, Any]]) -> None:
        body = json.dumps({"client_id": "fuzz", "generation": 1, "mutations": saves})
        response = requests.post(f"{office.address}/sync/push", data=body, headers=head, timeout=30, proxies=NO_PROXY)
        prove(office, response)
        if response.status_code == 200 and response.json()["results"]:
            assert [one["client_seq"] for one in response.json()["results"]] == [save["client_seq"] for save in saves]

    push()
    body = json.dumps({"client_id": "fuzz", "scopes": {}})
    pulled = requests.post(f"{office.address}/sync/pull", data=body, headers=head, timeout=30, proxies=NO_PROXY)
    prove(office, pulled)
    assert pulled.status_code == 200


def _answers(office: Office, token: str, case_id: str, scope: str, sha256: str) -> list[tuple[int, dict[str, Any]]]:
    """What Ruth is told when she writes to a case, compares a scope, and asks for a file in every way."""
    head = {"Authorization": f"Bearer {token}", "Content-Type": messages.JSON_TYPE}
    note = {
        "client_seq": 1, "mutation_id": f"to {case_id}", "made_at": instant_text(START), "author": "u1",
        "schema": SCHEMA, "kind": "note", "record": f"note on {case_id}",
        "values": {
            "case_id": case_id, "text": "Rang.", "author_id": "u1",
            "happened_at": instant_text(START), "recorded_at": instant_text(START),
        },
    }  # fmt: skip
    change = note | {"client_seq": 2, "mutation_id": f"of {case_id}", "kind": "case", "record": case_id}
    change |= {"values": {"title": "Mine now"}, "base": {"title": 1}}
    asked = [
        ("POST", "/sync/push", {"client_id": case_id, "generation": 1, "mutations": [note, change]}),
        ("POST", "/sync/ranges", {"client_id": case_id, "scope": scope, "ranges": [["", "x", 0, 0]]}),
        *((method, f"/files/{sha256}", {}) for method in ("GET", "HEAD", "POST", "PATCH")),
    ]
    said = []
    for method, path, body in asked:
        answer = requests.request(
            method, office.address + path, data=json.dumps(body), headers=head, timeout=30, proxies=NO_PROXY
        )
        prove(office, answer)
        text = answer.text.replace(case_id, "CASE")
        told = json.loads(text) if text else {}
        said.append((answer.status_code, {name: value for name, value in told.items() if name != "request_id"}))
    return said


def test_what_is_hidden_answers_as_what_never_was(ruth: tuple[Office, str]) -> None:
    """Whether something exists cannot be found out by writing to it, comparing its scope or asking for its file."""
    office, token = ruth
    hidden = _answers(office, token, "hidden-case", "team:t2", "a" * 64)
    never = _answers(office, token, "no-such-case", "team:none", "b" * 64)

    assert hidden == never
    assert [status for status, _ in hidden] == [200, 403, 404, 404, 404, 404]
    assert [one["verdict"] for one in hidden[0][1]["results"]] == ["held", "held"]
