"""Notes, tasks, visits and attempts: added, never lost, each with its times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, OWEN, Bench

from almoner.casework.attempts import record_attempt
from almoner.casework.cases import log_case
from almoner.casework.notes import add_note, new_postcodes
from almoner.casework.residents import add_address, add_person, set_safe_contact
from almoner.casework.summaries import case_summary
from almoner.casework.tasks import add_task, finish_task
from almoner.casework.visits import book_visit, move_visit, record_visit
from almoner.paper.faces import load_faces
from almoner.paper.reading_back import text_of
from almoner.paper.summary import render_summary
from almoner.records import Case, ContactAttempt, Note
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.records.trouble import Trouble


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


@pytest.fixture
def case(bench: Bench) -> Case:
    lena = bench.do(
        add_person, full_name="Lena Marsh",
        addresses=[{"line_1": "9 Hob Lane", "town": "Ashmere", "postcode": "AS2 1RR"}],
    )  # fmt: skip
    return bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", subject_id=lena.id,
        answers={"tenure": "secure"},
    ).case  # fmt: skip


def subject_of(bench: Bench) -> str:
    return bench.look(lambda r: r.connection.exec_driver_sql("SELECT person_id FROM participants")).scalar_one()


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_001, "bad \x00 byte"])
def test_a_note_is_something_that_can_be_read(bench: Bench, case: Case, text: str) -> None:
    """Empty, endless and unprintable notes are refused, and nothing is kept."""
    with pytest.raises(Trouble):
        bench.do(add_note, case.id, text)

    assert not bench.look(lambda r: r.all_of(Note))


def test_a_correction_keeps_what_was_written(bench: Bench, case: Case) -> None:
    """Both notes stay; a note of another case cannot be corrected from here."""
    first = bench.do(add_note, case.id, "Window broken")
    bench.do(add_note, case.id, "Door broken", corrects_id=first.id)

    assert [n.text for n in bench.look(lambda r: r.all_of(Note, case_id=case.id))] == ["Window broken", "Door broken"]
    other = bench.do(log_case, service="damp-and-mould", case_kind="routine").case
    with pytest.raises(Trouble, match="another case"):
        bench.do(add_note, other.id, "No", corrects_id=first.id)


def test_an_address_typed_into_a_note_is_asked_about_and_masked(bench: Bench, case: Case) -> None:
    """A postcode nobody on the case has is asked about; kept as a confidential address it is masked in the note."""
    text = "now at 3 Quay Rise AS7 2LD do not tell ex; was at AS2 1RR"
    assert bench.look(lambda r: new_postcodes(r, case.id, text)) == ("AS7 2LD",)
    address = bench.do(add_address, subject_of(bench), line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)

    note = bench.do(add_note, case.id, text, withhold=[address])

    assert note.text == "now at [address withheld] [address withheld] do not tell ex; was at AS2 1RR"


def test_an_attempt_by_a_barred_way_is_kept_with_a_warning(bench: Bench, case: Case) -> None:
    """What happened is recorded; the officer is told that it should not have."""
    person = subject_of(bench)
    bench.do(set_safe_contact, person, reason="Asked", never_by=("phone",))

    tried = bench.do(record_attempt, case.id, method=Method.PHONE, result=AttemptResult.NO_ANSWER, person_id=person)

    assert "never by telephone" in tried.warning
    assert len(bench.look(lambda r: r.all_of(ContactAttempt))) == 1


def test_a_task_is_done_once_by_whoever_did_it_first(bench: Bench, case: Case) -> None:
    """Ticking twice changes neither name nor time; a wrong year is noticed."""
    task = bench.do(add_task, case.id, "Ring back", do_by=date(2026, 12, 18))
    done = bench.do(finish_task, task.id)
    bench.clock.advance(hours=1)
    bench.sign_in(OWEN)

    assert bench.do(finish_task, task.id) == done
    with pytest.raises(Trouble, match="ten years"):
        bench.do(add_task, case.id, "Ring", do_by=date(2226, 1, 1))


def test_a_closed_door_is_an_attempt(bench: Bench, case: Case) -> None:
    """A visit is booked, moved, and met by nobody: the attempt counts, and the visit has had its outcome."""
    visit = bench.do(book_visit, case.id, starts_at=A1_MORNING + timedelta(days=1), purpose="Look")
    bench.do(move_visit, visit.visit_id, starts_at=A1_MORNING + timedelta(days=2))
    bench.clock.advance(days=2, hours=1)

    seen = bench.do(record_visit, visit.visit_id, step=VisitStep.NO_ACCESS, findings="Card left")

    assert seen.attempt is not None
    assert (seen.attempt.attempt.method, seen.attempt.attempt.result) == (Method.VISIT, AttemptResult.NO_ACCESS)
    assert seen.attempt.attempt.evidence == "Card left"
    with pytest.raises(Trouble, match="already recorded"):
        bench.do(record_visit, visit.visit_id, step=VisitStep.ATTENDED)


@pytest.mark.parametrize(
    ("start", "length", "reason"),
    [(-2, 1, "in the past"), (24 * 800, 1, "two years"), (24, -1, "before it starts"), (24, 13, "12 hours")],
)
def test_a_visit_has_a_possible_time(bench: Bench, case: Case, start: int, length: int, reason: str) -> None:
    """Past, far away, backwards and endless visits are refused."""
    at = A1_MORNING + timedelta(hours=start)

    with pytest.raises(Trouble, match=reason):
        bench.do(book_visit, case.id, starts_at=at, ends_at=at + timedelta(hours=length))


def test_the_printed_summary_holds_the_case_and_no_confidential_address(bench: Bench, case: Case) -> None:
    """Reference, clock with its reason, answers and moments are on paper; a hidden address is withheld everywhere."""
    bench.do(add_note, case.id, "She is at 3 Quay Rise, AS7 2LD now.")
    bench.do(add_address, subject_of(bench), line_1="3 Quay Rise", postcode="AS7 2LD", confidential=True)

    summary = bench.look(lambda r: case_summary(r, bench.desk, case.id))
    words = text_of(render_summary(summary, load_faces(bench.desk.resources / "fonts")).content)

    assert case.reference in words
    assert "Secure tenancy" in words
    assert [(clock.label, clock.due) for clock in summary.clocks] == [("Investigate", "Tue 5 January 2027")]
    assert "10 working days from Thu 17 Dec 2026" in summary.clocks[0].why
    assert "Quay" not in words
    assert "AS7" not in words
    assert "[address withheld]" in words
