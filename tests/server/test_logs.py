"""The log tells ids, counts and times, and nothing about a person."""

from __future__ import annotations

import io
import json
import logging

from tests.server.conftest import MORNING, PASSWORD, Town

from almoner.records import Person
from almoner.server.logs import ALLOWED, WordsOnly, fault_place, make_log
from almoner.sync.messages import Pull
from almoner.sync.seeding import put_records


def test_a_name_that_is_not_on_the_list_never_reaches_the_log() -> None:
    """A careless call cannot leak: only listed names are written."""
    stream = io.StringIO()
    make_log(stream).info("request", user_id="u-1", full_name="Ann Archer", note="Seen today")

    assert set(json.loads(stream.getvalue())) == {"event", "level", "at", "user_id"}


def test_the_list_holds_no_name_for_a_persons_details() -> None:
    """The list itself stays what it is for."""
    personal = {"name", "full_name", "username", "address", "email", "phone", "text", "title", "password", "token"}

    assert not ALLOWED & personal


def test_a_morning_of_work_leaves_no_personal_detail_in_the_log(closed_town: Town) -> None:
    """Names, passwords, tokens, addresses of machines and the text of records stay out, whatever is asked."""
    put_records(closed_town.engine, [Person(id="p-1", full_name="Petra Quill")], now=MORNING)
    with closed_town.open() as town:
        token = town.enrol()["access_token"]
        town.post("/auth/token", username="ann", password="Wrong Password Here", device_id="x")
        town.get("/cases/Petra-Quill?name=Petra", token)
        with town.peer("bob") as peer:
            pages = list(peer.pull(Pull(client_id="a-laptop", scopes={})))
    log = town.log.getvalue()

    assert "Petra Quill" in str([put.values for page in pages for part in page.parts for put in part.puts])
    for secret in ("Petra", "Quill", "ann", "bob", PASSWORD, "Wrong", token, "127.0.0.1"):
        assert secret not in log
    assert {line["route"] for line in town.lines()} >= {"/auth/enrol", "/sync/pull", "none"}


def test_a_fault_is_placed_without_its_message() -> None:
    """The line says where in our own files, not what the value was."""
    try:
        Person(id="p-1")  # type: ignore[call-arg]  # the fault that is wanted
    except TypeError as fault:
        outside = fault_place(fault)
    try:
        make_log("Petra Quill").info("x")  # type: ignore[arg-type]  # the fault that is wanted
    except AttributeError as fault:
        inside = fault_place(fault)

    assert outside == ""
    assert inside.startswith("server/logs.py:")
    assert "Petra" not in inside


def test_lines_of_the_web_server_lose_their_details() -> None:
    """uvicorn's own warnings are kept as words, without arguments or traceback."""
    record = logging.LogRecord("uvicorn", logging.ERROR, "", 0, "Bad request from %s", ("Petra",), None)

    line = json.loads(WordsOnly().format(record))
    assert (line["event"], line["level"]) == ("Bad request from", "error")
