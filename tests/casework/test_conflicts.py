"""Settling what two people changed: the choice, what follows from it, who may, and that it is done once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.desks import OWEN, RUTH, SANA, Bench

from almoner.casework.cases import assign_case, log_case, move_case, record_answer
from almoner.casework.conflict_page import ConflictPage, list_conflicts, read_conflict_page
from almoner.casework.conflicts import settle
from almoner.casework.residents import add_person
from almoner.casework.tasks import add_task
from almoner.casework.work_page import read_work_page
from almoner.records import Case, Clock, Conflict, Note, Person, StageChange, Task
from almoner.records.cases import CaseStatus, ClockState
from almoner.records.trouble import Trouble
from almoner.rules.settling import Choice
from almoner.store.outbox import unsent


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


@pytest.fixture
def case(bench: Bench) -> Case:
    """A triaged case of Ruth's with one clock running."""
    found = bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", owner_id=RUTH.id,
        summary="Mould in the back bedroom.", answers={"tenure": "secure"},
    ).case  # fmt: skip
    bench.do(record_answer, found.id, "risk-level", "significant")
    return bench.do(move_case, found.id, "triaged").case


def disagreement(bench: Bench, record: Any, field: str, **values: Any) -> Conflict:
    """A disagreement as the server opens it: Ruth's value is in force, Owen's was offered an hour ago."""
    conflict = Conflict(
        id=bench.ids.new(), record_kind=record.kind, record_id=record.id, field=field,
        case_id=record.id if record.kind == "case" else getattr(record, "case_id", ""),
        person_id=record.id if record.kind == "person" else "",
        before=json.dumps(values.get("before", "")), in_force=json.dumps(values.get("in_force", "")),
        offered=json.dumps(values.get("offered", "")), in_force_by=RUTH.id, in_force_at=bench.clock.now(),
        offered_by=OWEN.id, offered_at=bench.clock.now() - timedelta(hours=1), mutation_id="m",
    )  # fmt: skip
    bench.write(lambda tx: tx.add(conflict))
    return conflict


def page_of(bench: Bench, conflict: Conflict) -> ConflictPage:
    return bench.look(lambda reading: read_conflict_page(reading, bench.desk, conflict.id))


def closed_by_owen(bench: Bench, case: Case, at: Any) -> None:
    """Owen's closing as it reaches the laptop: the event, but not the case, which Ruth moved meanwhile."""
    change = StageChange(
        id=bench.ids.new(), case_id=case.id, from_stage="triaged", to_stage="closed", reason="No hazard was found.",
        author_id=OWEN.id, happened_at=at, recorded_at=at,
    )  # fmt: skip
    bench.write(lambda tx: tx.add(change))


def test_the_case_stays_open_and_its_clock_runs_on(bench: Bench, case: Case) -> None:
    """Ruth's open stage is kept against a closing: nothing of the case changes, and no clock is lost."""
    moved = bench.do(move_case, case.id, "awaiting-evidence").case
    closed_by_owen(bench, case, bench.clock.now())
    conflict = disagreement(bench, moved, "stage", before="triaged", in_force="awaiting-evidence", offered="closed")
    page = page_of(bench, conflict)
    done = bench.do(settle, conflict.id, Choice.IN_FORCE)

    assert [side.words for side in (page.before, page.first, page.second)] == ["Triaged", "Awaiting evidence", "Closed"]
    assert "Investigate by Tue 5 January 2027" in page.first.follows
    assert "1 date ends" in page.second.follows
    assert page.second.times[-1] == "Why: No hazard was found."
    after = bench.look(lambda reading: reading.get(Case, case.id))
    assert (after.stage, after.status) == ("awaiting-evidence", CaseStatus.OPEN)
    (clock,) = bench.look(lambda reading: reading.all_of(Clock, case_id=case.id))
    assert clock.state is ClockState.RUNNING
    assert done.conflict.settled_by == RUTH.id
    assert done.conflict.choice == "in-force"
    (note,) = bench.look(lambda reading: reading.all_of(Note, case_id=case.id))
    assert (note.heading, "Owen Pryce" in note.text, "Closed" in note.text) == ("Disagreement settled", True, True)


def test_choosing_the_closing_closes_as_of_then(bench: Bench, case: Case) -> None:
    """Owen's closing is taken: the case is closed as of when he closed it, with his reason, and its clock ends."""
    moved = bench.do(move_case, case.id, "awaiting-evidence").case
    then = bench.clock.now()
    closed_by_owen(bench, case, then)
    conflict = disagreement(bench, moved, "stage", before="triaged", in_force="awaiting-evidence", offered="closed")
    bench.clock.advance(minutes=30)
    bench.do(settle, conflict.id, Choice.OFFERED)

    after = bench.look(lambda reading: reading.get(Case, case.id))
    assert (after.stage, after.status, after.closed_at) == ("closed", CaseStatus.CLOSED, then)
    assert after.outcome == "No hazard was found."
    (clock,) = bench.look(lambda reading: reading.all_of(Clock, case_id=case.id))
    assert (clock.state, clock.ended_at) == (ClockState.CEASED, then)


def test_undoing_a_closing_lets_its_clock_run_on(bench: Bench, case: Case) -> None:
    """The case was closed and is judged open after all: the clock that the closing ended runs with its old date; one
    that an earlier closing ended stays as it ended."""
    bench.do(move_case, case.id, "closed", reason="Nobody answers.")
    bench.clock.advance(minutes=10)
    bench.do(move_case, case.id, "triaged", reason="She rang again.")
    bench.clock.advance(minutes=10)
    closed = bench.do(move_case, case.id, "closed", reason="No hazard.").case
    first, second = sorted(
        bench.look(lambda reading: reading.all_of(Clock, case_id=case.id)), key=lambda clock: clock.starts_at
    )
    conflict = disagreement(bench, closed, "stage", before="triaged", in_force="closed", offered="awaiting-evidence")
    page = page_of(bench, conflict)
    bench.do(settle, conflict.id, Choice.OFFERED)

    assert "Dates run on as they were promised" in page.second.follows
    after = bench.look(lambda reading: reading.get(Case, case.id))
    assert (after.stage, after.status, after.closed_at, after.outcome) == (
        "awaiting-evidence", CaseStatus.OPEN, None, "",
    )  # fmt: skip
    clocks = {clock.id: clock for clock in bench.look(lambda reading: reading.all_of(Clock, case_id=case.id))}
    assert len(clocks) == 2
    assert clocks[first.id] == first
    assert clocks[second.id] == replace(second, state=ClockState.RUNNING, ended_at=None, outcome="")


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Choice.IN_FORCE, "Black mould in the back bedroom."),
        (Choice.OFFERED, "Mould in the front bedroom."),
        (Choice.OTHER, "Mould in two bedrooms."),
        (
            Choice.BOTH,
            "Owen Pryce, 17 Dec 2026 09:05:\nMould in the front bedroom.\n\n"
            "Ruth Bello, 17 Dec 2026 10:05:\nBlack mould in the back bedroom.",
        ),
    ],
)
def test_a_text_is_kept_as_chosen(bench: Bench, case: Case, choice: Choice, text: str) -> None:
    """Mine, theirs, both with who wrote which, or something else: that is the record's text, and it is sent."""
    bench.write(lambda tx: tx.save(replace(case, summary="Black mould in the back bedroom.")))
    conflict = disagreement(
        bench, case, "summary", before="Mould in the back bedroom.", in_force="Black mould in the back bedroom.",
        offered="Mould in the front bedroom.",
    )  # fmt: skip
    bench.do(settle, conflict.id, choice, other="Mould in two bedrooms.")

    assert bench.look(lambda reading: reading.get(Case, case.id)).summary == text
    assert bench.look(lambda reading: reading.get(Conflict, conflict.id)).choice == choice.value
    labels = [line.label for line in bench.look(unsent)]
    assert any("settled" in label.lower() for label in labels)


def test_both_that_are_too_long_are_refused_whole(bench: Bench, case: Case) -> None:
    """Two long texts that do not fit together are not cut: nothing is saved, and it says what to do."""
    bench.write(lambda tx: tx.save(replace(case, summary="a" * 15_000)))
    conflict = disagreement(bench, case, "summary", in_force="a" * 15_000, offered="b" * 15_000)
    with pytest.raises(Trouble, match="longer"):
        bench.do(settle, conflict.id, Choice.BOTH)

    assert bench.look(lambda reading: reading.get(Conflict, conflict.id)).settled_at is None


def test_it_is_settled_once(bench: Bench, case: Case) -> None:
    """Whoever comes later reads who settled it, when and how; nothing changes any more."""
    conflict = disagreement(bench, case, "title", before="Damp", in_force=case.title, offered="Damp and mould")
    bench.do(settle, conflict.id, Choice.OFFERED)
    bench.sign_in(SANA)
    with pytest.raises(Trouble, match="Ruth Bello settled this today 10:05 and kept what Owen Pryce wrote"):
        bench.do(settle, conflict.id, Choice.IN_FORCE)

    assert bench.look(lambda reading: reading.get(Case, case.id)).title == "Damp and mould"
    assert page_of(bench, conflict).settled.startswith("Ruth Bello settled this today 10:05")


def test_others_may_read_but_not_settle(bench: Bench, case: Case) -> None:
    """A colleague who neither wrote, nor owns the case, nor supervises reads both values and may not choose."""
    bench.do(assign_case, case.id, owner_id=SANA.id)
    conflict = disagreement(bench, case, "title", in_force=case.title, offered="Other")
    stranger = replace(OWEN, id=bench.ids.new(), username="kim", full_name="Kim Lund")
    bench.write(lambda tx: tx.add(stranger))
    bench.sign_in(stranger)
    page = page_of(bench, conflict)
    with pytest.raises(Trouble, match="not yours"):
        bench.do(settle, conflict.id, Choice.IN_FORCE)

    assert not page.may
    assert [line.may for line in bench.look(lambda reading: list_conflicts(reading, bench.desk, 50))] == [False]


@pytest.mark.parametrize(("officer", "headings"), [(RUTH, ("Mine", "Theirs")), (OWEN, ("Mine", "Theirs")),
                                                   (SANA, ("Ruth Bello", "Owen Pryce"))])  # fmt: skip
def test_the_readers_own_value_stands_first(bench: Bench, case: Case, officer: Any, headings: tuple[str, str]) -> None:
    """Each author reads Mine before Theirs; anybody else reads two names, the value in force first."""
    conflict = disagreement(bench, case, "title", in_force=case.title, offered="Other")
    bench.sign_in(officer)
    page = page_of(bench, conflict)

    assert (page.first.heading, page.second.heading) == headings
    assert page.first.who == (officer.full_name if officer is not SANA else "Ruth Bello")


def test_what_changed_again_since_is_what_is_kept(bench: Bench, case: Case) -> None:
    """The value in force is the record's own as it is now, and the page says that it changed since."""
    conflict = disagreement(bench, case, "title", before="Damp", in_force="Damp, old", offered="Other")
    bench.write(lambda tx: tx.save(replace(case, title="Damp, newest")))
    page = page_of(bench, conflict)
    bench.do(settle, conflict.id, Choice.IN_FORCE)

    assert page.first.words == "Damp, newest"
    assert "Changed again since" in page.first.times
    assert bench.look(lambda reading: reading.get(Case, case.id)).title == "Damp, newest"


@pytest.mark.parametrize(("choice", "is_there"), [(Choice.IN_FORCE, True), (Choice.OFFERED, False)])
def test_something_taken_away_stays_or_goes(bench: Bench, case: Case, choice: Choice, is_there: bool) -> None:
    """One took it away, the other changed it: it stays, or it is taken away for everybody."""
    task = bench.do(add_task, case.id, "Ring the surveyor")
    conflict = disagreement(bench, task, "")
    page = page_of(bench, conflict)
    bench.do(settle, conflict.id, choice)

    assert (page.first.words.splitlines()[0], page.second.words) == ("To do: Ring the surveyor", "Taken away")
    assert (page.first.keep, page.second.keep) == ("Keep it", "Take it away")
    assert (bench.look(lambda reading: reading.find(Task, task.id)) is not None) is is_there


def test_a_residents_name_leaves_no_note_on_any_case(bench: Bench, case: Case) -> None:
    """What is settled about a person is not written into a case."""
    lena = bench.do(add_person, full_name="Lena Marsh")
    conflict = disagreement(bench, lena, "full_name", before="Lena", in_force="Lena Marsh", offered="Lena March")
    bench.do(settle, conflict.id, Choice.OFFERED)

    assert bench.look(lambda reading: reading.get(Person, lena.id)).full_name == "Lena March"
    assert bench.look(lambda reading: reading.all_of(Note)) == ()


def test_owner_and_supervisor_see_it_until_it_is_settled(bench: Bench, case: Case) -> None:
    """It is on the first page of the case's owner and of a supervisor, and gone once it is settled."""
    conflict = disagreement(bench, case, "title", in_force=case.title, offered="Other")

    def seen() -> list[bool]:
        found = []
        for officer in (RUTH, SANA):
            bench.sign_in(officer)
            page = bench.look(lambda reading: read_work_page(reading, bench.desk))
            ids = [line.item.record_id for group in page.groups for line in group.lines]
            found.append(conflict.id in ids and page.to_settle == 1)
        return found

    before = seen()
    bench.do(settle, conflict.id, Choice.IN_FORCE)

    assert before == [True, True]
    assert seen() == [False, False]
