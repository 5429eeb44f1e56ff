"""The caseload report read from a real store: whose cases, which cases, and totals that agree with the lists."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.store.shelf import ANN, BEN, NOW, Shelf, clock, days, shelf_in

from almoner.records import ContactAttempt
from almoner.records.cases import CaseStatus, ClockState
from almoner.records.events import AttemptResult, Method
from almoner.records.sheets import ReportSheet
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.reports.caseload_rows import ALL_TEAMS, MINE, caseload, choices

SERVICES = {"damp-and-mould": "Damp and mould"}
ANNA = replace(ANN, role=StaffRole.SUPERVISOR)
BOTH = replace(ANNA, team_ids=("team-1", "team-2"))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def report(shelf: Shelf, whose: str = MINE, *, me: Any = ANN, since: date = date(2026, 12, 1)) -> ReportSheet:
    return shelf.look(caseload, me, whose, SERVICES, period_start=since, period_end=date(2026, 12, 17), as_at=NOW)


def figures(sheet: ReportSheet) -> dict[str, int]:
    return {figure.words: figure.number for figure in sheet.figures}


def test_a_case_stands_under_its_most_urgent_clock(shelf: Shelf) -> None:
    """Overdue, due this week and later are counted from the clocks on this device; a clock that was met is no longer
    due, and a missed one stays overdue until it ends."""
    shelf.case(due=days(-2))
    shelf.case(due=days(2))
    shelf.case(due=days(30))
    done = shelf.case()
    shelf.put(clock(done, days(-3), state=ClockState.MET, ended_at=days(-4)))
    missed = shelf.case()
    shelf.put(clock(missed, days(-3), state=ClockState.MISSED))

    counted = figures(report(shelf))

    assert (counted["overdue"], counted["due this week"], counted["open now"]) == (2, 1, 5)


def test_cases_closed_before_the_period_are_left_out_and_the_rest_reconciles(shelf: Shelf) -> None:
    """Opened and brought forward are equal to closed and carried forward."""
    before = NOW - timedelta(days=60)
    shelf.case(aware_at=before, status=CaseStatus.CLOSED, closed_at=before + timedelta(days=5))
    shelf.case(aware_at=before, status=CaseStatus.CLOSED, closed_at=NOW - timedelta(days=1))
    shelf.case(aware_at=before)
    shelf.case(aware_at=NOW - timedelta(days=2))

    flow = report(shelf).tables[1].rows[-1].cells

    assert flow == ("All services", 2, 1, 1, 2)


def test_attempts_that_failed_stand_beside_a_missed_clock(shelf: Shelf) -> None:
    """The defence is shown; speaking to somebody is no failed attempt."""
    case = shelf.case(due=days(-2))
    for number, result in enumerate((AttemptResult.NO_ACCESS, AttemptResult.NO_ANSWER, AttemptResult.SPOKE)):
        shelf.put(
            ContactAttempt(
                id=f"attempt-{number}", case_id=case.id, method=Method.VISIT, result=result, author_id=ANN.id,
                happened_at=NOW, recorded_at=NOW,
            )
        )  # fmt: skip

    missed = report(shelf).tables[2].rows[0].cells

    assert missed[0] == case.reference
    assert "(2)" in str(missed[-1])


def test_whose_cases_follow_the_officers_part(shelf: Shelf) -> None:
    """A caseworker may ask for their own cases, a supervisor for the teams they see, together or one by one."""
    offered = [[each.code for each in shelf.look(choices, me)] for me in (ANN, ANNA, BOTH)]

    assert offered == [[MINE], ["team-1", MINE], [ALL_TEAMS, "team-1", "team-2", MINE]]


def test_a_team_is_counted_whole_and_others_are_not(shelf: Shelf) -> None:
    """A team's report holds every officer's cases of that team and nobody else's."""
    shelf.case()
    shelf.case(owner_id=BEN.id)
    shelf.case(owner_id=BEN.id, team_id="team-2")

    assert figures(report(shelf, "team-1", me=BOTH))["open now"] == 2
    assert figures(report(shelf, ALL_TEAMS, me=BOTH))["open now"] == 3
    assert figures(report(shelf, MINE))["open now"] == 1
    assert report(shelf, "team-1", me=BOTH).subtitle.startswith("Repairs, 1 Dec 2026")


def test_a_team_one_may_not_see_is_refused_in_words(shelf: Shelf) -> None:
    """A caseworker cannot ask for a team's report, nor a supervisor for that of a team they do not see."""
    with pytest.raises(Trouble, match="supervisors"):
        report(shelf, "team-1")
    with pytest.raises(Trouble, match="supervisors"):
        report(shelf, "team-2", me=ANNA)
