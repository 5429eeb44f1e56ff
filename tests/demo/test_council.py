"""The fictional council keeps the rules that real casework keeps, and comes out the same every time."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.desks import Bench

from almoner.casework.cases import move_case, record_answer
from almoner.demo.council import OFFICERS, TEAMS, council_records
from almoner.outside.resources import resources_dir
from almoner.outside.rulebook import load_calendars, load_service_lines
from almoner.records import Case, Clock, SafeContactRule, StageChange
from almoner.records.cases import CaseStatus, ClockState
from almoner.records.derive import Record, fields_of
from almoner.records.wire import checked
from almoner.rules.clocks import due, parse_rule
from almoner.rules.references import check_reference
from almoner.rules.stages import clock_state, is_closing
from almoner.store.timeline import case_view

NOW = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
LINES, CALENDARS = load_service_lines(resources_dir()), load_calendars(resources_dir())
LINE = LINES.current("damp-and-mould", NOW.date())


def small() -> tuple[Record, ...]:
    return tuple(council_records(LINES, CALENDARS, NOW, residents=400, cases=150))


@pytest.fixture(scope="module")
def records() -> tuple[Record, ...]:
    return small()


def test_the_same_seed_gives_the_same_council(records: tuple[Record, ...]) -> None:
    """A picture, a walk and a test of last week show the same people and the same cases."""
    assert small() == records


def test_every_record_can_be_kept_and_parents_come_first(records: tuple[Record, ...]) -> None:
    """Each record passes its own limits, ids are unique, and what a record refers to was given before it."""
    seen: set[str] = set()
    for record in records:
        checked(record)
        assert record.id not in seen
        seen.add(record.id)
        for field in fields_of(type(record)):
            if field.fact.refers and getattr(record, field.name):
                assert getattr(record, field.name) in seen, (record.kind, field.name)


def test_nothing_that_happened_lies_in_the_future(records: tuple[Record, ...]) -> None:
    """Only due dates, reviews and booked visits are still to come."""
    for record in records:
        for name in ("aware_at", "happened_at", "recorded_at", "done_at", "closed_at", "ended_at"):
            moment = getattr(record, name, None)
            assert moment is None or moment <= NOW, (record.kind, name)


def test_clocks_are_what_the_rules_say(records: tuple[Record, ...]) -> None:
    """Due dates, states and reasons are those that counting afresh gives."""
    for clock in (record for record in records if isinstance(record, Clock)):
        again = due(parse_rule(clock.rule), clock.starts_at, CALENDARS)
        assert (clock.due_on, clock.due_at, clock.why) == (again.on, again.instant, again.why)
        if clock.outcome == "Case closed":
            assert clock_state(clock.due_on, clock.due_at, NOW, clock.ended_at, ceased=True) is clock.state
        elif clock.ended_at:
            assert clock_state(clock.due_on, clock.due_at, NOW, clock.ended_at) is clock.state
        else:
            assert clock.state is ClockState.RUNNING


def test_cases_move_only_along_the_moves_of_their_line(records: tuple[Record, ...]) -> None:
    """Every stage change is a move, each begins where the last ended, and closed means closed."""
    changes: defaultdict[str, list[StageChange]] = defaultdict(list)
    for record in records:
        if isinstance(record, StageChange):
            changes[record.case_id].append(record)
    moves = {(move.start, move.end) for move in LINE.moves}
    for case in (record for record in records if isinstance(record, Case)):
        stage, at = LINE.first_stage.code, case.aware_at
        for change in changes[case.id]:
            assert change.from_stage == stage
            assert (change.from_stage, change.to_stage) in moves
            assert change.happened_at >= at
            stage, at = change.to_stage, change.happened_at
        assert case.stage == stage
        assert (case.status is CaseStatus.CLOSED) == is_closing(LINE, stage) == (case.closed_at is not None)
        assert check_reference(case.reference)


def test_a_morning_has_everything_to_look_at(records: tuple[Record, ...]) -> None:
    """Some clocks are overdue, some due today, some met and some late; some cases are open, some closed."""
    clocks = [record for record in records if isinstance(record, Clock)]
    running = [clock for clock in clocks if clock.state is ClockState.RUNNING]
    assert any(clock.due_at <= NOW for clock in running)
    assert any(clock.due_on == NOW.date() for clock in running)
    assert {ClockState.MET, ClockState.LATE} <= {clock.state for clock in clocks}
    assert {record.status for record in records if isinstance(record, Case)} == set(CaseStatus)


def test_the_people_of_the_stories_live_there(records: tuple[Record, ...]) -> None:
    """Comfort Adjei has a home, a son and no case yet; Lena Marsh has the rule that protects her."""
    people = {record.full_name: record.id for record in records if record.kind == "person"}  # type: ignore[attr-defined]  # only people
    comfort, lena = people["Comfort Adjei"], people["Lena Marsh"]
    assert not any(r.kind == "participant" and r.person_id == comfort for r in records)  # type: ignore[attr-defined]  # only participants
    rule = next(r for r in records if isinstance(r, SafeContactRule) and r.person_id == lena)
    assert (rule.never_at, rule.collect_only) == (("9 Hob Lane, AS2 1RR",), True)


def test_a_case_of_the_council_can_be_worked(tmp_path: Path) -> None:
    """Kept in a real store, its cases are listed and move on like any other."""
    few = tuple(council_records(LINES, CALENDARS, NOW, residents=40, cases=20))
    case = next(record for record in few if isinstance(record, Case) and record.stage == "investigating")
    bench = Bench(tmp_path / "laptop", NOW)
    try:
        bench.write(lambda tx: [tx.add(record) for record in few])
        bench.do(record_answer, case.id, "finding", "significant-hazard")
        bench.do(record_answer, case.id, "investigator", "Owen Price, surveyor")
        moved = bench.do(move_case, case.id, "concluded")
        view = bench.look(lambda reading: case_view(reading, case.id))
    finally:
        bench.close()

    assert {clock.code for clock in moved.started} == {
        "summary", "make-safe", "preventative-begin", "preventative-longstop",
    }  # fmt: skip
    assert [clock.code for clock in moved.ended] == ["investigate"]
    assert view.subject is not None


def test_each_team_has_a_supervisor_and_three_officers() -> None:
    """Twelve officers, with user names that are all different."""
    assert [[user.role.value for user in OFFICERS if user.team_id == team.id] for team in TEAMS] == [
        ["supervisor", "caseworker", "caseworker", "caseworker"]
    ] * 3
    assert len({user.username for user in OFFICERS}) == 12
