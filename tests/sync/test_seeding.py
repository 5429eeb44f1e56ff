"""What the council enters at the server by its own hand is fetched, counted and proved like any other save."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from almoner.records import Case, Note, Person, Team, User
from almoner.records.staff import StaffRole
from almoner.records.wire import WireFault
from almoner.rules.digests import digest_of, record_hash
from almoner.store.central import central_table, field_history, member
from almoner.store.central_scopes import standings
from almoner.store.ledger import Taken
from almoner.sync.messages import Page, Pull
from almoner.sync.seeding import change_record, put_records
from almoner.sync.serving import ServerPeer, Session

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
EARLIER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
TEAM = Team(id="team-1", name="Homes")
RUTH = User(id="ruth", username="ruth", full_name="Ruth Bello", role=StaffRole.CASEWORKER, team_id=TEAM.id)
CASE = Case(
    id="case-1", reference="ASH-0001", service="damp-and-mould", title="Mould", stage="triage", team_id=TEAM.id,
    opened_by="ruth", aware_at=EARLIER, recorded_at=EARLIER, received_at=EARLIER,
)  # fmt: skip
NOTE = Note(id="note-1", case_id="case-1", text="Rang.", author_id="ruth", happened_at=EARLIER, recorded_at=EARLIER)


def pulled(engine: Engine, user_id: str = "ruth") -> list[Page]:
    peer = ServerPeer(engine, Session(user_id, "device"), now=lambda: NOW)
    return list(peer.pull(Pull(client_id="laptop", scopes={})))


def test_entered_records_are_fetched_and_proved(council: Engine) -> None:
    """Children may come before parents; each scope's count and digest fit what a laptop receives."""
    told: list[tuple[int, int]] = []
    count = put_records(council, [NOTE, CASE, RUTH, TEAM], now=NOW, progress=lambda *at: told.append(at))
    parts = {part.scope: part for page in pulled(council) for part in page.parts}

    assert count == 4
    assert told[-1] == (4, 4)
    assert {(put.kind, put.id) for put in parts["team:team-1"].puts} == {("case", "case-1"), ("note", "note-1")}
    for part in parts.values():
        hashes = [record_hash(put.kind, put.id, put.rev, put.values) for put in part.puts]
        assert part.end is not None
        assert (part.end.count, part.end.digest) == (len(hashes), digest_of(hashes))


def test_when_it_was_received_is_now_unless_it_is_said(council: Engine) -> None:
    """A history brought along keeps its own times; what comes without one was received as it was entered."""
    put_records(council, [TEAM, CASE, NOTE], now=NOW)
    with council.connect() as connection:
        case = connection.execute(select(central_table(Case).c.received_at)).scalar_one()
        note = connection.execute(select(central_table(Note).c.received_at)).scalar_one()

    assert (case, note) == (EARLIER, NOW)


def test_a_child_may_follow_its_parent_later(council: Engine) -> None:
    """What hangs on a record entered before finds the scopes of that record."""
    put_records(council, [TEAM, CASE], now=NOW)
    put_records(council, [NOTE], now=NOW)
    with council.connect() as connection:
        scopes = connection.execute(select(member.c.scope_id).where(member.c.record_id == NOTE.id)).scalars().all()

    assert scopes == ["team:team-1"]


def test_all_is_entered_or_nothing(council: Engine) -> None:
    """One record that is there already, or hangs on nothing, or cannot be kept, and none of the batch is entered."""
    put_records(council, [TEAM], now=NOW)
    people = [Person(id=f"p-{n}", full_name="P. One") for n in range(3)]
    with pytest.raises(Taken):
        put_records(council, [*people, TEAM], now=NOW)
    with pytest.raises(AssertionError, match="without the record"):
        put_records(council, [*people, replace(NOTE, case_id="no-case")], now=NOW)
    with pytest.raises(WireFault):
        put_records(council, [*people, Person(id="p-9", full_name="")], now=NOW)
    with council.connect() as connection:
        assert connection.execute(select(func.count()).select_from(central_table(Person))).scalar_one() == 0
        assert standings(connection, ["residents"])["residents"].count == 0


def test_every_entered_value_is_in_the_history(council: Engine) -> None:
    """A later disagreement can show what stood there before."""
    put_records(council, [TEAM, CASE, NOTE], now=NOW)
    with council.connect() as connection:
        rows = connection.execute(select(field_history.c.record_id, field_history.c.value)).all()

    assert {row.record_id: row.value.get("text") for row in rows} == {"team-1": None, "case-1": None, "note-1": "Rang."}


def test_a_change_by_the_councils_hand_reaches_laptops(council: Engine) -> None:
    """The record's rev grows, the scope moves on, and a second change follows the first."""
    put_records(council, [TEAM, RUTH, CASE, NOTE], now=NOW)
    change_record(council, "team", TEAM.id, {"name": "Homes and estates"}, now=NOW)
    change_record(council, "team", TEAM.id, {"name": "Homes"}, now=NOW)
    change_record(council, "team", TEAM.id, {"services": ["damp-and-mould"]}, now=NOW)
    puts = {put.id: put for page in pulled(council) for part in page.parts for put in part.puts}

    assert (puts["team-1"].rev, puts["team-1"].values) == (4, {"name": "Homes", "services": ["damp-and-mould"]})


def test_a_case_given_to_another_team_leaves_the_first(council: Engine) -> None:
    """Everything in the case moves with it."""
    put_records(council, [TEAM, Team(id="team-2", name="Streets"), RUTH, CASE, NOTE], now=NOW)
    change_record(council, "case", CASE.id, {"team_id": "team-2"}, now=NOW)

    assert not {"case", "note"} & {put.kind for page in pulled(council) for part in page.parts for put in part.puts}
