"""Cases start, stop and restart clocks by their service line; what was missed stays missed, what was promised stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.desks import A1_MORNING, OTHER_TEAM, OWEN, TEAM, Bench

from almoner.casework.attempts import record_attempt
from almoner.casework.cases import (
    Given,
    Logged,
    answer_id,
    assign_case,
    close_case,
    judge_again,
    log_case,
    move_case,
    record_answer,
    reopen_case,
)
from almoner.casework.clocks import cease_clock, clock_standing, recompute
from almoner.casework.residents import add_person
from almoner.casework.times import confirm_device_time
from almoner.records import Answer, Case, Clock, Note, StageChange
from almoner.records.cases import AnswerState, CaseStatus, ClockState
from almoner.records.events import AttemptResult, Method
from almoner.records.trouble import Trouble
from almoner.rules.calendars import Holiday
from almoner.rules.references import check_reference

HAZARD = "potential-significant-hazard"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def log(bench: Bench, kind: str = HAZARD, **more: Any) -> Logged:
    return bench.do(log_case, service="damp-and-mould", case_kind=kind, **more)


def clocks_of(bench: Bench, case: Case) -> dict[str, Clock]:
    return {clock.code: clock for clock in bench.look(lambda r: r.all_of(Clock, case_id=case.id))}


def walk(bench: Bench, case: Case, *stages: str) -> None:
    answers = {"triaged": ("risk-level", "significant"), "concluded": ("finding", "significant-hazard")}
    for stage in stages:
        if stage in answers:
            bench.do(record_answer, case.id, *answers[stage])
        if stage == "concluded":
            bench.do(record_answer, case.id, "investigator", "O. Pryce, surveyor")
        bench.do(move_case, case.id, stage, reason="Seen at the visit.")


@pytest.mark.parametrize(
    ("aware", "reason"),
    [
        (A1_MORNING + timedelta(minutes=4), ""),
        (A1_MORNING + timedelta(minutes=6), "in the future"),
        (datetime(1970, 1, 1, tzinfo=UTC), "over 30 years ago"),
        (A1_MORNING - timedelta(days=5), ""),
    ],
)
def test_the_council_cannot_become_aware_in_the_future(bench: Bench, aware: datetime, reason: str) -> None:
    """Five minutes between two clocks are forgiven; a time to come, or of another age, is refused."""
    if not reason:
        assert log(bench, aware_at=aware).case.aware_at == aware
        return
    with pytest.raises(Trouble, match=reason):
        log(bench, aware_at=aware)


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, 0, 3, tzinfo=UTC), A1_MORNING - timedelta(days=3)])
def test_a_device_that_lost_its_time_records_nothing(bench: Bench, now: datetime) -> None:
    """A clock at 1970, or set back behind what this store has seen, is refused in words; nothing is half-kept."""
    bench.clock.set(now)

    with pytest.raises(Trouble, match="clock says") as told:
        log(bench)

    assert "Set the date" in told.value.do
    assert not bench.look(lambda r: r.all_of(Case))


def test_a_clock_that_was_wrong_before_can_be_believed_again(bench: Bench) -> None:
    """Somebody who looked may say that the time is right now."""
    bench.clock.set(A1_MORNING - timedelta(days=3))

    bench.write(confirm_device_time)

    assert log(bench).case.aware_at == bench.clock.now()


def test_an_overdue_discovery_is_said_at_once(bench: Bench) -> None:
    """A report found in a pile is late already when it is typed, and the sentence says so."""
    logged = log(bench, aware_at=A1_MORNING - timedelta(days=40))

    assert logged.sentence.endswith("Overdue on discovery: act now.")
    assert logged.case.recorded_at == A1_MORNING


def test_a_report_older_than_the_rules_runs_no_clock(bench: Bench) -> None:
    """The law did not apply then; the sentence says from when it does."""
    logged = log(bench, aware_at=datetime(2025, 10, 1, 9, tzinfo=UTC))

    assert logged.clocks == ()
    assert "27 October 2025" in logged.sentence


def test_references_are_whole_and_all_different(bench: Bench) -> None:
    """Each case has a reference with a fitting check character that this device has not used."""
    references = [log(bench).case.reference for _ in range(20)]

    assert all(check_reference(each) for each in references)
    assert len(set(references)) == 20


def test_the_same_person_and_service_is_noticed(bench: Bench) -> None:
    """A second open case for the person is made, with a warning that names the first; a closed one does not warn."""
    person = bench.do(add_person, full_name="Tomos Vale")
    first = log(bench, subject_id=person.id)

    second = log(bench, subject_id=person.id)

    assert first.warnings == ()
    assert [first.case.reference in words for words in second.warnings] == [True]
    assert log(bench).warnings == ()


def test_wrong_answers_are_refused_and_nothing_is_kept(bench: Bench) -> None:
    """One answer that is none stops the whole save, naming the question."""
    with pytest.raises(Trouble, match="Tenancy"):
        log(bench, answers={"tenure": "castle"})

    assert not bench.look(lambda r: r.all_of(Case))


def test_not_knowing_is_an_answer(bench: Bench) -> None:
    """A question left as not known keeps its state; its id is the same on every device."""
    case = log(bench, answers={"tenure": Given(state=AnswerState.NOT_KNOWN)}).case

    answer = bench.look(lambda r: r.get(Answer, answer_id(case.id, "tenure")))
    assert (answer.state, answer.value) == (AnswerState.NOT_KNOWN, "")
    assert clocks_of(bench, case)["investigate"].state is ClockState.RUNNING


def test_a_move_says_everything_it_still_needs(bench: Bench) -> None:
    """Nothing moves until its needs are met, and a move that is not one names those that are."""
    case = log(bench).case

    with pytest.raises(Trouble, match="Risk level"):
        bench.do(move_case, case.id, "triaged")
    with pytest.raises(Trouble, match="cannot go from “Reported” to “Closed”"):
        bench.do(move_case, case.id, "closed", reason="Done")
    assert not bench.look(lambda r: r.all_of(StageChange))


def test_nothing_happens_before_the_council_was_aware(bench: Bench) -> None:
    """A move or an attempt dated before the report names both times."""
    case = log(bench).case
    bench.do(record_answer, case.id, "risk-level", "low")
    early = A1_MORNING - timedelta(hours=2)

    with pytest.raises(Trouble, match="Council became aware"):
        bench.do(move_case, case.id, "triaged", happened_at=early)
    with pytest.raises(Trouble, match="Council became aware"):
        bench.do(record_attempt, case.id, method=Method.PHONE, result=AttemptResult.NO_ANSWER, happened_at=early)


def test_reopening_starts_anew_and_keeps_the_old_clock(bench: Bench) -> None:
    """The first investigation stays met with its own date; a second one runs from the day of reopening."""
    case = log(bench).case
    bench.clock.advance(days=4)
    walk(bench, case, "triaged", "investigating", "concluded", "summary-sent", "made-safe")
    bench.do(record_answer, case.id, "cause", "leak")
    closed = bench.do(close_case, case.id, reason="Dry again.")
    bench.clock.set(datetime(2027, 1, 20, 9, tzinfo=UTC))

    opened = bench.do(reopen_case, case.id, reason="It came back.")

    assert (closed.case.status, closed.case.closed_at is not None) == (CaseStatus.CLOSED, True)
    assert (opened.case.status, opened.case.stage, opened.case.closed_at) == (CaseStatus.OPEN, "triaged", None)
    clocks = bench.look(lambda r: r.all_of(Clock, case_id=case.id, code="investigate", order="starts_at"))
    assert [(c.state, c.due_on) for c in clocks] == [
        (ClockState.MET, date(2027, 1, 5)),
        (ClockState.RUNNING, date(2027, 2, 3)),
    ]


def test_closing_ends_what_still_runs(bench: Bench) -> None:
    """A duty not yet due has ceased; an overdue one is missed for ever."""
    early, late = log(bench).case, log(bench, aware_at=A1_MORNING - timedelta(days=60)).case
    for case in (early, late):
        walk(bench, case, "triaged")
        bench.do(move_case, case.id, "closed", reason="Not our home.")

    assert clocks_of(bench, early)["investigate"].state is ClockState.CEASED
    assert clocks_of(bench, late)["investigate"].state is ClockState.MISSED


def test_judging_again_counts_from_when_we_first_knew(bench: Bench) -> None:
    """An emergency noticed two hours later runs from the report, not from the second look; the old clock has ceased."""
    case = log(bench).case
    bench.clock.advance(hours=2)

    moved = bench.do(judge_again, case.id, "emergency-hazard", reason="The ceiling is coming down.")

    clocks = clocks_of(bench, case)
    assert clocks["emergency"].due_at == A1_MORNING + timedelta(hours=24)
    assert (clocks["investigate"].state, moved.case.priority.value) == (ClockState.CEASED, "urgent")


def test_an_answer_that_ends_the_duty_ends_its_clock(bench: Bench) -> None:
    """A private tenancy owes nothing under these rules; put right again, the clock runs from the report."""
    case = log(bench).case

    bench.do(record_answer, case.id, "tenure", "private")
    assert clocks_of(bench, case)["investigate"].state is ClockState.CEASED

    bench.do(record_answer, case.id, "tenure", "secure")
    states = [c.state for c in bench.look(lambda r: r.all_of(Clock, case_id=case.id, code="investigate"))]
    assert sorted(states) == [ClockState.CEASED, ClockState.RUNNING]


def test_a_duty_ceases_only_in_a_way_the_rules_list(bench: Bench) -> None:
    """The outcome must be one of the line's, with a reason; after its date the duty is missed all the same."""
    case = log(bench, "emergency-hazard").case
    clock = clocks_of(bench, case)["emergency"]

    with pytest.raises(Trouble, match="cannot end like that"):
        bench.do(cease_clock, clock.id, "too-busy", reason="Busy")
    ended = bench.do(cease_clock, clock.id, "moved-out", reason="To her sister's at 15:00.")

    assert ended.state is ClockState.CEASED
    late = log(bench, "emergency-hazard", aware_at=A1_MORNING - timedelta(hours=30)).case
    overdue = clocks_of(bench, late)["emergency"]
    assert bench.do(cease_clock, overdue.id, "moved-out", reason="Late.").state is ClockState.MISSED


def test_a_holiday_that_appears_moves_the_date_and_keeps_the_promise(bench: Bench) -> None:
    """The new date is told in a note with old, new and cause; the promised date stays on the clock."""
    case = log(bench).case
    more = bench.desk.calendars.with_holiday("EW", Holiday(date(2026, 12, 22), "Proclaimed", date(2026, 12, 17)))
    bench.desk = replace(bench.desk, calendars=more)

    bench.do(recompute, case.id, "A bank holiday was proclaimed")

    clock = clocks_of(bench, case)["investigate"]
    assert (clock.due_on, clock.promised_on) == (date(2027, 1, 6), date(2027, 1, 5))
    note = bench.look(lambda r: r.all_of(Note, case_id=case.id))[0]
    assert "Was Tue 5 January 2027, now Wed 6 January 2027" in note.text
    assert "proclaimed" in note.text


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ([], "missed"),
        ([AttemptResult.SPOKE], "missed"),
        ([AttemptResult.NO_ACCESS], "missed – access attempts recorded (1)"),
        ([AttemptResult.NO_ACCESS, AttemptResult.REFUSED], "missed – access attempts recorded (2)"),
    ],
)
def test_only_attempts_that_failed_stand_beside_a_missed_clock(
    bench: Bench, results: list[AttemptResult], words: str
) -> None:
    """Somebody who was spoken to is no defence; a refusal is."""
    case = log(bench).case
    tries = [bench.do(record_attempt, case.id, method=Method.VISIT, result=result).attempt for result in results]

    standing = clock_standing(
        clocks_of(bench, case)["investigate"], tries, A1_MORNING + timedelta(days=60), bench.desk.calendars
    )

    assert standing.words == words
    assert standing.tone == "red"


def test_a_case_is_given_to_people_who_work_here(bench: Bench) -> None:
    """An officer and a team that exist; an empty owner puts it back on the pile."""
    case = log(bench).case

    assert case.team_id == TEAM.id
    given = bench.do(assign_case, case.id, owner_id=OWEN.id, team_id=OTHER_TEAM.id)
    assert (given.owner_id, given.team_id) == (OWEN.id, OTHER_TEAM.id)
    assert bench.do(assign_case, case.id).owner_id == ""
    with pytest.raises(Trouble, match="does not work here"):
        bench.do(assign_case, case.id, owner_id="nobody")
