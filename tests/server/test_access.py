"""Who may see what: an officer of another team gets nothing of a case, not even whether it exists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from tests.server.conftest import HOMES, MORNING, Town

from almoner.outside.http_peer import HttpPeer
from almoner.records import SCHEMA, Case, Note, Person
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import to_wire
from almoner.store.central import held
from almoner.sync.messages import Hello, Page, Pull, Push, Range, Ranges
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.seeding import put_records


def a_case(case_id: str = "case-1", now: datetime = MORNING, **more: Any) -> Case:
    values: dict[str, Any] = {
        "reference": "ASH-0001-AA",
        "service": "damp-and-mould",
        "title": "Mould",
        "stage": "triage",
        "team_id": HOMES.id,
        "opened_by": "server",
        "aware_at": now,
        "recorded_at": now,
    }
    return Case(id=case_id, **{**values, **more})


def a_note(case_id: str, author: str, note_id: str = "note-1") -> Note:
    return Note(
        id=note_id, case_id=case_id, text="Seen today.", author_id=author, happened_at=MORNING, recorded_at=MORNING
    )


def pulled(peer: HttpPeer) -> list[Page]:
    return list(peer.pull(Pull(client_id="a-laptop", scopes={})))


def kinds_in(pages: list[Page]) -> set[str]:
    return {put.kind for page in pages for part in page.parts for put in part.puts}


def as_save(note: Note, author: str) -> Mutation:
    values = {name: value for name, value in to_wire(note).items() if name not in ("id", "received_at")}
    return Mutation(
        client_seq=1, mutation_id="m-1", made_at=values["recorded_at"], author=author,  # type: ignore[arg-type]  # text
        schema=SCHEMA, kind="note", record=note.id, values=values,
    )  # fmt: skip


def test_a_team_sees_its_cases_and_the_residents(town: Town) -> None:
    """Ann's laptop is given the case of her team, and its notes."""
    put_records(town.engine, [a_case(), a_note("case-1", "server"), Person(id="p-1", full_name="P. One")], now=MORNING)
    with town.peer("ann") as peer:
        pages = pulled(peer)

    assert {"case", "note", "person", "team", "user"} <= kinds_in(pages)


def test_another_team_gets_nothing_of_a_case(town: Town) -> None:
    """Bob's laptop is given neither the case nor its scope, nor a word that would tell it exists."""
    put_records(town.engine, [a_case(), a_note("case-1", "server")], now=MORNING)
    with town.peer("bob") as peer:
        pages = pulled(peer)

    assert not {"case", "note"} & kinds_in(pages)
    assert "case-1" not in str(pages)
    assert f"team:{HOMES.id}" not in str(pages)


def test_asking_for_a_scope_of_another_team_gives_nothing(town: Town) -> None:
    """A laptop that names a scope it may not see is told to let go of it, and may not compare it."""
    put_records(town.engine, [a_case()], now=MORNING)
    scope = f"team:{HOMES.id}"
    with town.peer("bob") as peer:
        pages = list(peer.pull(Pull(client_id="a-laptop", scopes={scope: ""})))
        with pytest.raises(PeerTrouble) as caught:
            peer.ranges(Ranges(client_id="a-laptop", scope=scope, ranges=[Range("", "~", 0, 0)]))

    assert any(scope in page.closed for page in pages)
    assert "case-1" not in str(pages)
    assert caught.value.kind is PeerKind.NOT_ALLOWED


@pytest.mark.parametrize("case_id", ["case-1", "case-never-made"])
def test_a_note_on_a_case_of_another_team_is_held(town: Town, case_id: str) -> None:
    """It is kept for a supervisor, not applied and not lost, whether or not there is such a case."""
    put_records(town.engine, [a_case()], now=MORNING)
    with town.peer("bob") as peer:
        bob = peer.hello(Hello(client_id="a-laptop", generation=1, schema=SCHEMA)).user_id
        save = as_save(a_note(case_id, bob), bob)
        reply = peer.push(Push(client_id="a-laptop", generation=1, mutations=[save]))
    with town.engine.connect() as connection:
        kept = connection.execute(select(held.c.body).where(held.c.author == bob)).scalars().all()

    assert [result.verdict for result in reply.results] == [Verdict.HELD]
    assert [msgspec.msgpack.decode(body)["record"] for body in kept] == ["note-1"]


def test_a_save_over_the_wire_reaches_a_colleague(town: Town) -> None:
    """What Ann saves is pulled by a supervisor's laptop of the same team."""
    put_records(town.engine, [a_case()], now=MORNING)
    with town.peer("ann") as peer:
        ann = peer.hello(Hello(client_id="a-laptop", generation=1, schema=SCHEMA)).user_id
        reply = peer.push(Push(client_id="a-laptop", generation=1, mutations=[as_save(a_note("case-1", ann), ann)]))
        pages = pulled(peer)

    assert [result.verdict for result in reply.results] == [Verdict.APPLIED]
    assert "note" in kinds_in(pages)


def test_a_revoked_device_hands_in_its_work_and_is_told_to_let_go(town: Town) -> None:
    """Nothing that was saved is lost, and nothing more is given."""
    put_records(town.engine, [a_case()], now=MORNING)
    with town.peer("ann") as peer:
        ann = peer.hello(Hello(client_id="a-laptop", generation=1, schema=SCHEMA)).user_id
        town.staff.revoke(str(town.staff.devices("ann")[0]["id"]))
        reply = peer.push(Push(client_id="a-laptop", generation=1, mutations=[as_save(a_note("case-1", ann), ann)]))
        pages = list(peer.pull(Pull(client_id="a-laptop", scopes={f"team:{HOMES.id}": "", "staff": ""})))

    assert [result.verdict for result in reply.results] == [Verdict.HELD]
    assert {scope for page in pages for scope in page.closed} == {f"team:{HOMES.id}", "staff"}
    assert kinds_in(pages) == set()


def test_who_falls_behind_is_seen(town: Town) -> None:
    """The list of devices tells when each was last here, what it had not sent and what it runs."""
    with town.peer("ann") as peer:
        town.clock.advance(hours=3)
        peer.hello(Hello(client_id="a-laptop", generation=1, schema=SCHEMA, unsent=7, app_version="0.1.0\x00é"))
    (device,) = town.staff.devices("ann")

    assert (device["last_seen"], device["unsent"], device["version"]) == ("2026-12-17T13:05:00+00:00", 7, "0.1.0")
