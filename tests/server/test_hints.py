"""Hints: which scopes changed, and never more."""

from __future__ import annotations

import httpx
import pytest
from tests.server.conftest import HOMES, MORNING, STREETS, Town
from tests.server.test_access import a_case

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
