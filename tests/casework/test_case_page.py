"""What the page of a case says, worked out without a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, SANA, Bench

from almoner.casework.attempts import record_attempt
from almoner.casework.callers import owner_for, read_caller
from almoner.casework.case_page import CasePage, read_case_page, task_mark
from almoner.casework.cases import Given, log_case, move_case, record_answer
from almoner.casework.previews import preview_case
from almoner.casework.residents import add_contact_point, add_person, join_household, set_safe_contact
from almoner.casework.tasks import add_task, finish_task
from almoner.casework.visits import book_visit, record_visit
from almoner.records import Case, Person
from almoner.records.cases import AnswerState, ClockState
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.records.people import Channel
from almoner.records.trouble import Trouble

HOME = {"line_1": "14B Tarn Court", "town": "Ashmere", "postcode": "AS1 4QT"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def resident(bench: Bench, name: str = "Comfort Adjei", **more: object) -> Person:
    made: Person = bench.do(add_person, full_name=name, addresses=[{**HOME, **more}])
    return made


def logged(bench: Bench, person: Person, kind: str = "potential-significant-hazard", **more: object) -> Case:
    case: Case = bench.do(
        log_case,
        service="damp-and-mould",
        case_kind=kind,
        subject_id=person.id,
        **{"answers": {"tenure": "secure"}} | more,
    ).case
    return case


def page(bench: Bench, case: Case) -> CasePage:
    return bench.look(lambda reading: read_case_page(reading, bench.desk, case.id))


def test_a_clock_in_words(bench: Bench) -> None:
    """The next clock says its day, what is left as the ring and the words both count it, and why, with its source."""
    line = page(bench, logged(bench, resident(bench))).next_clock

    assert line is not None
    assert (line.due, line.number, line.unit, line.part_left) == ("Tue 5 January 2027", 10, "working day", 1.0)
    assert line.left.endswith("10 working days left")
    assert line.why.startswith("10 working days from Thu 17 Dec 2026; not counted: 25 Dec, 28 Dec, 1 Jan. SI 2025/1042")


def test_a_clock_of_hours_counts_hours(bench: Bench) -> None:
    """Within two days of its end a clock with a time of day is counted in hours, and in hours overdue."""
    case = logged(bench, resident(bench), "emergency-hazard")
    bench.clock.advance(hours=20)
    assert (line := page(bench, case).next_clock) is not None
    assert (line.number, line.unit) == (4, "hour")

    bench.clock.advance(hours=10)

    assert (late := page(bench, case).next_clock) is not None
    assert (late.number, late.unit, late.part_left, late.tone) == (-6, "hour", 0.0, "red")


def test_a_missed_clock_is_missed_with_its_attempts_beside_it(bench: Bench) -> None:
    """Attempts at access never make a missed clock anything but missed; they stand beside it."""
    case = logged(bench, resident(bench))
    for day in range(3):
        bench.clock.advance(days=1)
        bench.do(record_attempt, case.id, method=Method.VISIT, result=AttemptResult.NO_ACCESS, evidence=f"Card {day}")
    bench.clock.set(datetime(2027, 1, 8, 10, tzinfo=UTC))

    line = page(bench, case).clocks[0]

    assert (line.standing, line.number, line.runs) == ("missed – access attempts recorded (3)", -3, True)


def test_ended_clocks_come_after_those_that_run(bench: Bench) -> None:
    """What is met or late is still said, under what still asks for something."""
    case = logged(bench, resident(bench))
    bench.do(record_answer, case.id, "risk-level", "significant")
    bench.do(move_case, case.id, "triaged")
    bench.do(move_case, case.id, "investigating")
    bench.do(record_answer, case.id, "finding", "significant-hazard")
    bench.do(record_answer, case.id, "investigator", "O. Pryce")
    bench.do(move_case, case.id, "concluded")

    clocks = page(bench, case).clocks

    assert [line.runs for line in clocks] == [True, True, True, True, False]
    assert clocks[-1].clock.state is ClockState.MET
    assert clocks[0].clock.code == "summary"


def test_moves_say_what_they_lack(bench: Bench) -> None:
    """Each step lists what is missing; a reason typed into the form takes that one off."""
    case = logged(bench, resident(bench))
    assert [(move.move.end, move.missing) for move in page(bench, case).moves] == [
        ("triaged", ("an answer to “Risk level”",))
    ]
    bench.do(record_answer, case.id, "risk-level", "low")
    bench.do(move_case, case.id, "triaged")

    closing = next(move for move in page(bench, case).moves if move.closes)

    assert (closing.missing, closing.needs_reason) == (("a reason",), True)
    assert closing.missing_but("Landlord is private") == ()


def test_questions_carry_their_answers(bench: Bench) -> None:
    """Every question asked by now is listed with its answer in words; required ones without one are to ask."""
    case = logged(bench, resident(bench), answers={"tenure": "secure", "rooms": Given(state=AnswerState.TO_FOLLOW)})

    questions = {each.field.code: each for each in page(bench, case).questions}

    assert (questions["tenure"].words, questions["tenure"].is_open) == ("Secure tenancy", False)
    assert (questions["rooms"].words, questions["rooms"].is_open) == ("To follow", True)
    assert (questions["risks"].words, questions["risks"].is_open) == ("", True)
    assert not questions["heating"].is_open
    assert "finding" not in questions


def test_who_must_be_reached_safely(bench: Bench) -> None:
    """The subject's rule comes first; another's in the case is said with their name; a barred number is marked."""
    mother, child = resident(bench), resident(bench, "Kwame Adjei")
    bench.do(add_contact_point, mother.id, Channel.PHONE, "07700 900123")
    for person in (child, mother):
        bench.do(set_safe_contact, person.id, reason="Not safe", never_by=("phone",))
    case = logged(bench, mother, household_ids=(child.id,))

    shown = page(bench, case)

    assert [(each.name, each.banner.tone) for each in shown.banners] == [("", "red"), ("Kwame Adjei", "red")]
    assert ("07700 900123: do not use", True) in [(fact.words, fact.warns) for fact in shown.resident]
    assert shown.barred == (Method.PHONE,)


def test_a_confidential_address_is_never_said(bench: Bench) -> None:
    """Neither the page nor the form for a new case says where somebody hides."""
    person = resident(bench, confidential=True)
    case = logged(bench, person)

    caller = bench.look(lambda reading: read_caller(reading, bench.desk, person.id))
    said = f"{page(bench, case).resident} {caller.facts} {caller.second} {caller.place}"

    assert "Tarn Court" not in said
    assert caller.place == ""


def test_visits_ahead_are_those_nobody_has_said_the_outcome_of(bench: Bench) -> None:
    """A visit leaves the list when it is recorded as made, not when its time has passed."""
    case = logged(bench, resident(bench))
    later = bench.do(book_visit, case.id, starts_at=A1_MORNING + timedelta(days=2))
    soon = bench.do(book_visit, case.id, starts_at=A1_MORNING + timedelta(hours=2))
    bench.clock.advance(days=1)
    assert [visit.visit_id for visit in page(bench, case).visits] == [soon.visit_id, later.visit_id]

    bench.do(record_visit, soon.visit_id, step=VisitStep.ATTENDED, findings="Seen.")

    assert [visit.visit_id for visit in page(bench, case).visits] == [later.visit_id]


def test_other_open_cases_of_the_person(bench: Bench) -> None:
    """Other open cases of the same person are at hand; the case itself is not among them."""
    person = resident(bench)
    first, second = logged(bench, person), logged(bench, person)

    assert [row.id for row in page(bench, first).also_open] == [second.id]


def test_tasks_in_words(bench: Bench) -> None:
    """Overdue, today, to come, undated and done tasks each say how they stand."""
    case = logged(bench, resident(bench))
    days = {
        date(2026, 12, 15): "2 days overdue",
        date(2026, 12, 17): "Due today",
        date(2026, 12, 18): "By Fri 18 Dec 2026",
    }
    for day, words in days.items():
        assert task_mark(bench.do(add_task, case.id, "Ring", do_by=day), A1_MORNING).words == words
    undated = bench.do(add_task, case.id, "Ring")
    assert task_mark(undated, A1_MORNING).words == "No date"

    assert task_mark(bench.do(finish_task, undated.id), A1_MORNING).words == "Done Today 10:05"


def test_a_preview_saves_nothing_and_says_what_saving_would(bench: Bench) -> None:
    """The sentence before saving is the sentence after it; the store is as it was."""
    person = resident(bench)
    preview = bench.look(
        lambda reading: preview_case(
            reading, bench.desk, service="damp-and-mould", case_kind="potential-significant-hazard",
            aware_at=A1_MORNING, subject_id=person.id, answers={"tenure": Given("secure")},
        )
    )  # fmt: skip
    assert bench.look(lambda reading: reading.all_of(Case)) == ()

    done = bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", aware_at=A1_MORNING,
        subject_id=person.id, answers={"tenure": "secure"},
    )  # fmt: skip

    assert preview.sentence == done.sentence
    assert [clock.due_on for clock in preview.clocks] == [clock.due_on for clock in done.clocks]
    assert not preview.is_overdue


def test_a_preview_of_what_is_overdue_or_not_owed(bench: Bench) -> None:
    """An emergency known for two days is overdue on discovery; a private tenancy starts no clock."""

    def look(days: int, tenure: str) -> tuple[bool, int]:
        found = bench.look(
            lambda reading: preview_case(
                reading, bench.desk, service="damp-and-mould", case_kind="emergency-hazard",
                aware_at=A1_MORNING - timedelta(days=days), answers={"tenure": Given(tenure)},
            )
        )  # fmt: skip
        return found.is_overdue, len(found.clocks)

    assert look(2, "secure") == (True, 1)
    assert look(0, "secure") == (False, 1)
    assert look(2, "private") == (False, 0)


def test_a_preview_names_a_case_that_is_there_already(bench: Bench) -> None:
    """An open case of the same person and service is said before saving; without a kind nothing is counted."""
    person = resident(bench)
    case = logged(bench, person)

    preview = bench.look(
        lambda reading: preview_case(
            reading, bench.desk, service="damp-and-mould", case_kind="", aware_at=A1_MORNING, subject_id=person.id
        )
    )

    assert [each.case.id for each in preview.similar] == [case.id]
    assert case.reference in preview.similar[0].words
    assert preview.clocks == ()


def test_nobody_became_aware_tomorrow(bench: Bench) -> None:
    """A time to come is refused by name before anything is saved."""
    with pytest.raises(Trouble) as caught:
        bench.look(
            lambda reading: preview_case(
                reading, bench.desk, service="damp-and-mould", case_kind="", aware_at=A1_MORNING + timedelta(days=1)
            )
        )

    assert caught.value.where == "Council became aware"


def test_a_caller_with_household_and_cases(bench: Bench) -> None:
    """The form is given who lives there, which cases are open, and the place a case about the home has."""
    mother, child = resident(bench), resident(bench, "Kwame Adjei")
    bench.do(join_household, child.id, mother.id, relationship="Son")
    case = logged(bench, mother)

    caller = bench.look(lambda reading: read_caller(reading, bench.desk, mother.id))

    assert [person.id for person in caller.household] == [child.id]
    assert [row.id for row in caller.open_cases] == [case.id]
    assert caller.place == "14B Tarn Court, AS1 4QT"


def test_whoever_takes_a_case_in_owns_it_when_their_team_does_the_work(bench: Bench) -> None:
    """An officer of the team that does the work owns what they log; another team's officer leaves it to the pile."""
    assert bench.look(lambda reading: owner_for(reading, bench.desk, "damp-and-mould")) == bench.desk.me.id

    bench.sign_in(next(u for u in page(bench, logged(bench, resident(bench))).officers if u.username == "owen"))

    assert bench.look(lambda reading: owner_for(reading, bench.desk, "damp-and-mould")) == ""
    assert SANA.team_id == bench.look(lambda reading: reading.all_of(Case))[0].team_id
