"""Hints: which scopes changed, and never more."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select
from tests.server.conftest import HOMES, MORNING, STREETS, Town
from tests.server.test_access import a_case

from almoner.records import Person
from almoner.server.watching import Watch
from almoner.store.central import account
from almoner.sync.seeding import put_records


def _first_hint(town: Town, token: str, *cases: object) -> str:
    head = {"Authorization": f"Bearer {token}"}
    with (
        httpx.Client(trust_env=False, timeout=10) as client,
        client.stream("GET", f"{town.address}/sync/hints", headers=head) as answer,
    ):
        lines = answer.iter_lines()
        assert next(lines).startswith("retry:")
        put_records(town.engine, cases, now=MORNING)  # type: ignore[arg-type]  # records
        return next(line for line in lines if line.startswith("data:"))


def test_a_change_in_a_scope_is_hinted_by_its_name_alone(town: Town) -> None:
    """The hint says where to look, nothing of what is there."""
    hint = _first_hint(town, town.enrol()["access_token"], a_case())

    assert hint == f'data: {{"scopes":["team:{HOMES.id}"]}}'


def test_a_change_of_another_team_is_not_hinted(town: Town) -> None:
    """Bob hears of his own team's case and not of Ann's that changed with it."""
    ours = a_case("case-2", team_id=STREETS.id, reference="ASH-0002-AB")
    hint = _first_hint(town, town.enrol("bob")["access_token"], a_case(), ours)

    assert hint == f'data: {{"scopes":["team:{STREETS.id}"]}}'


def _watching(town: Town, username: str = "ann") -> Watch:
    with town.engine.connect() as connection:
        user_id = connection.execute(select(account.c.user_id).where(account.c.username == username)).scalar_one()
    return Watch(town.app().state.service, user_id, 0.0)


def test_what_everybody_holds_is_told_at_once_and_then_once_in_a_while(closed_town: Town) -> None:
    """A busy council would otherwise send every laptop to fetch every two seconds; nothing is forgotten meanwhile."""
    watch, told = _watching(closed_town), []
    for number, seconds in enumerate((2.0, 4.0, 61.0, 63.0)):
        put_records(closed_town.engine, [Person(id=f"p-{number}", full_name="P. One")], now=MORNING)
        told.append(watch.look(seconds))
    told.append(watch.look(125.0))
    told.append(watch.look(190.0))

    assert told == [["residents"], [], [], ["residents"], [], []]


def test_a_teams_change_is_told_while_the_councils_waits(closed_town: Town) -> None:
    """Only what everybody holds is kept back."""
    watch = _watching(closed_town)
    for number, expected in enumerate((["residents", f"team:{HOMES.id}"], [f"team:{HOMES.id}"])):
        case = a_case(f"case-{number}", reference=f"ASH-000{number}-AB")
        put_records(closed_town.engine, [Person(id=f"p-{number}", full_name="P. One"), case], now=MORNING)

        assert watch.look(2.0 * number + 2) == expected


def test_a_new_team_is_noticed_after_a_while(closed_town: Town) -> None:
    """What an officer may see is not asked with every look, but a change of it is told within seconds."""
    put_records(closed_town.engine, [a_case(team_id=STREETS.id)], now=MORNING)
    watch = _watching(closed_town)
    closed_town.staff.change_user("ann", {"more_teams": ["Streets"]})
    soon, later = watch.look(5.0), watch.look(25.0)

    assert soon == ["staff"]
    assert later == [f"team:{STREETS.id}"]


@pytest.mark.parametrize("streams", [0])
def test_streams_are_counted(closed_town: Town, streams: int) -> None:
    """Open streams have a limit, and a client over it is told when to come again."""
    with closed_town.open(hint_streams=streams) as town:
        answer = town.get("/sync/hints", town.enrol()["access_token"])

    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_hint_streams")


def test_a_stream_ends_by_itself(closed_town: Town) -> None:
    """A stream lasts its time and makes room; the client asks again."""
    with closed_town.open(hint_stream_seconds=0.1) as town:
        answer = town.get("/sync/hints", town.enrol()["access_token"])

    assert answer.status_code == 200
    assert "data:" not in answer.text
