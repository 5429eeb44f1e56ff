"""Two stories through casework: damp at the desk with no network, and three visits that find nobody in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, Bench

from almoner.casework.attempts import record_attempt
from almoner.casework.cases import Logged, log_case, move_case, record_answer
from almoner.casework.clocks import clock_standing
from almoner.casework.residents import add_person, join_household
from almoner.records import Case, Clock, ContactAttempt, Person
from almoner.records.cases import ClockState
from almoner.records.events import AttemptResult, Method
from almoner.records.people import Channel


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def comfort_and_son(bench: Bench) -> tuple[Person, Person]:
    home = {"line_1": "14B Tarn Court", "town": "Ashmere", "postcode": "as1 4qt"}
    comfort = bench.do(
        add_person, full_name="Comfort Adjei", date_of_birth="1991-03-08", addresses=[home],
        contact_points=[(Channel.PHONE, "07700 900123")],
    )  # fmt: skip
    son = bench.do(
        add_person, full_name="Kwame Adjei", date_of_birth="2023-05", support_needs=("Asthma",), addresses=[home]
    )
    bench.do(join_household, son.id, comfort.id, relationship="Son")
    return comfort, son


def damp_at_the_desk(bench: Bench) -> Logged:
    comfort, son = comfort_and_son(bench)
    return bench.do(
        log_case,
        service="damp-and-mould",
        case_kind="potential-significant-hazard",
        title="Black mould in child's bedroom",
        summary="Black mould in her son's bedroom. He is 3 and has asthma. Not judged imminent.",
        subject_id=comfort.id,
        household_ids=(son.id,),
        aware_at=A1_MORNING,
        answers={"tenure": "secure", "rooms": "child-bedroom", "risks": "under-5,asthma-copd"},
        place="14B Tarn Court, AS1 4QT",
    )


def at(day: int, hour: int = 10, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def investigated(bench: Bench, case: Case) -> None:
    bench.do(record_answer, case.id, "risk-level", "significant")
    bench.do(move_case, case.id, "triaged")
    bench.do(move_case, case.id, "investigating")


def test_a1_damp_offline_at_the_desk(bench: Bench) -> None:
    """The case tells one date with the days not counted; no summary or make-safe clock runs yet."""
    logged = damp_at_the_desk(bench)

    assert logged.sentence == (
        "Investigate by Tue 5 January 2027: 10 working days from Thu 17 Dec 2026; not counted: 25 Dec, 28 Dec, 1 Jan."
    )
    assert [clock.code for clock in logged.clocks] == ["investigate"]
    kept = bench.look(lambda reading: reading.get(Case, logged.case.id))
    assert (kept.aware_at, kept.recorded_at, kept.received_at) == (A1_MORNING, A1_MORNING, None)
    assert kept.reference.startswith("ASH-")
    assert bench.look(lambda reading: reading.all_of(Clock, case_id=kept.id))[0].promised_on == date(2027, 1, 5)


def test_a1_when_the_investigation_concludes(bench: Bench) -> None:
    """Concluded on 22 December: summary on the 29th, made safe by the 31st, works begun at the latest on 16 March."""
    case = damp_at_the_desk(bench).case
    bench.clock.set(at(22, 15))
    investigated(bench, case)
    bench.do(record_answer, case.id, "finding", "significant-hazard")
    bench.do(record_answer, case.id, "investigator", "O. Pryce, surveyor, HHSRS trained")

    moved = bench.do(move_case, case.id, "concluded", happened_at=at(22, 14))

    assert {clock.code: clock.due_on for clock in moved.started} == {
        "summary": date(2026, 12, 29),
        "make-safe": date(2026, 12, 31),
        "preventative-begin": date(2026, 12, 31),
        "preventative-longstop": date(2027, 3, 16),
    }
    assert [(clock.code, clock.state, clock.ended_at) for clock in moved.ended] == [
        ("investigate", ClockState.MET, at(22, 14))
    ]
    assert moved.sentence.startswith(
        "Send written summary by Tue 29 December 2026: 3 working days from Tue 22 Dec 2026; "
        "not counted: 25 Dec, 28 Dec."
    )


def test_a2_no_access_is_missed_not_paused(bench: Bench) -> None:
    """Three attempts on different days do not stop the clock: it is missed, with the attempts beside it."""
    case = damp_at_the_desk(bench).case
    tries = [(Method.VISIT, AttemptResult.NO_ACCESS, 18), (Method.TEXT, AttemptResult.NO_ANSWER, 21),
             (Method.PHONE, AttemptResult.MESSAGE_LEFT, 23)]  # fmt: skip
    for number, (method, result, day) in enumerate(tries, start=1):
        bench.clock.set(at(day))
        tried = bench.do(record_attempt, case.id, method=method, result=result, evidence="Card left, photo of door")
        assert tried.number == number

    bench.clock.set(at(6, month=1, year=2027))

    attempts = bench.look(lambda reading: reading.all_of(ContactAttempt, case_id=case.id, order="happened_at"))
    clock = bench.look(lambda reading: reading.all_of(Clock, case_id=case.id))[0]
    standing = clock_standing(clock, attempts, bench.clock.now(), bench.desk.calendars)
    assert (standing.state, standing.words) == (ClockState.MISSED, "missed – access attempts recorded (3)")
    assert standing.left == "1 day overdue"
    assert clock.due_on == date(2027, 1, 5)
    assert [(a.method, a.happened_at, a.evidence) for a in attempts] == [
        (method, at(day), "Card left, photo of door") for method, _, day in tries
    ]


def test_a2_done_afterwards_it_is_late_for_ever(bench: Bench) -> None:
    """A clock that was missed never becomes met."""
    case = damp_at_the_desk(bench).case
    bench.clock.set(at(6, month=1, year=2027))
    investigated(bench, case)
    bench.do(record_answer, case.id, "finding", "no-hazard")
    bench.do(record_answer, case.id, "investigator", "O. Pryce")

    moved = bench.do(move_case, case.id, "concluded")

    assert [clock.state for clock in moved.ended] == [ClockState.LATE]
    assert {clock.code for clock in moved.started} == {"summary"}
