"""Everything that happened on a case, as moments."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.shelf import ANN, BEN, NOW, Shelf, clock, day, days, shelf_in

from almoner.records import Attachment, ContactAttempt, Letter, LetterEvent, StageChange, Task, Visit
from almoner.records.cases import ClockState
from almoner.records.events import AttemptResult, LetterStep, Method, VisitStep
from almoner.records.trouble import Trouble
from almoner.store.timeline import TimelineEntry, timeline


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    with shelf_in(tmp_path / "store") as shelf:
        yield shelf


def only(entries: tuple[TimelineEntry, ...], kind: str) -> list[TimelineEntry]:
    return [entry for entry in entries if entry.record_kind == kind]


def test_every_kind_of_moment(shelf: Shelf) -> None:
    """Notes, attempts, visits, stages, letters, files, tasks and clocks all stand there, with who and what."""
    person = shelf.person("Grace Bramley")
    case = shelf.case(subject=person, summary="Black patches")
    by = {"case_id": case.id, "author_id": BEN.id, "happened_at": days(1), "recorded_at": days(1)}
    made = {"case_id": case.id, "author_id": BEN.id, "recorded_at": days(1)}
    file = {"media_type": "image/jpeg", "size": 1, "sha256": "0" * 64}
    shelf.note(case, "Rang the landlord")
    shelf.put(
        ContactAttempt(id="a", person_id=person.id, method=Method.PHONE, result=AttemptResult.NO_ANSWER, **by),
        Visit(id="v", visit_id="v", step=VisitStep.BOOKED, starts_at=days(5), officer_id=ANN.id, purpose="Look", **by),
        StageChange(id="s", from_stage="new", to_stage="awaiting-visit", reason="Booked", **by),
        Attachment(id="photo", name="Wall.jpg", **file, **by),
        Attachment(id="pdf", name="Letter.pdf", **file, **by),
        Letter(id="l", person_id=person.id, template="ack", title="Acknowledgement", attachment_id="pdf", **made),
        LetterEvent(id="e0", letter_id="l", step=LetterStep.FINAL, **by),
        LetterEvent(id="e1", letter_id="l", step=LetterStep.PRINTED, copy_number=2, **by),
        Task(id="t", case_id=case.id, title="Ring back", do_by=day(2), created_by=ANN.id, recorded_at=days(1),
             done_at=days(2), done_by=BEN.id),
        clock(case, days(10), id="c", title="Investigate", state=ClockState.LATE, ended_at=days(11)),
    )  # fmt: skip

    entries = shelf.look(timeline, case.id)

    said = {(entry.record_kind, entry.heading, entry.tag, entry.who) for entry in entries}
    assert said == {
        ("case", "Case opened", "Opened", "Ann Officer"),
        ("note", "Note", "", "Ann Officer"),
        ("contact_attempt", "Call to Grace Bramley", "No answer", "Ben Officer"),
        ("visit", "Visit booked", "Booked", "Ben Officer"),
        ("stage_change", "Moved to awaiting visit", "Stage", "Ben Officer"),
        ("attachment", "Wall.jpg", "File", "Ben Officer"),
        ("letter", "Letter: Acknowledgement", "Letter", "Ben Officer"),
        ("letter_event", "Acknowledgement", "Printed", "Ben Officer"),
        ("task", "Task: Ring back", "", "Ann Officer"),
        ("task", "Done: Ring back", "Done", "Ben Officer"),
        ("clock", "Clock started: Investigate, due Sun 27 Dec 2026", "Clock", "Almoner"),
        ("clock", "Investigate: late", "Late", "Almoner"),
    }
    assert "Ann Officer goes" in only(entries, "visit")[0].text
    assert only(entries, "letter_event")[0].text.startswith("Copy 2")


def test_newest_first(shelf: Shelf) -> None:
    """Moments stand by when they happened, newest first, whenever they were written down."""
    case = shelf.case()
    shelf.note(case, "second", happened_at=days(2), recorded_at=days(2))
    shelf.note(case, "first, written late", happened_at=days(1), recorded_at=days(3))
    shelf.note(case, "third", happened_at=days(4), recorded_at=days(4))

    entries = shelf.look(timeline, case.id)

    assert [entry.text for entry in entries if entry.record_kind == "note"] == [
        "third",
        "second",
        "first, written late",
    ]
    assert entries[2].recorded_at == days(3)
    assert [entry.at for entry in shelf.look(timeline, case.id, 2)] == [days(4), days(2)]


def test_sent_or_not(shelf: Shelf) -> None:
    """A moment says whether the server may lack it, and when the server had it."""
    case = shelf.case()
    sent, unsent = shelf.note(case, "at the server"), shelf.note(case, "only here")

    def acknowledge(tx: object) -> None:
        tx.connection.exec_driver_sql("DELETE FROM outbox WHERE record_id <> ?", (unsent.id,))  # type: ignore[attr-defined]
        tx.connection.exec_driver_sql(  # type: ignore[attr-defined]
            "UPDATE notes SET received_at = '2026-12-18T09:00:00.000000Z' WHERE id = ?", (sent.id,)
        )

    shelf.writer.write(acknowledge, author=ANN.id, now=NOW)

    entries = {entry.record_id: entry for entry in shelf.look(timeline, case.id)}
    assert entries[sent.id].sent
    assert not entries[unsent.id].sent
    assert entries[sent.id].received_at is not None
    assert entries[unsent.id].received_at is None


def test_correction(shelf: Shelf) -> None:
    """A correction says that it corrects; the note it corrects stays."""
    case = shelf.case()
    wrong = shelf.note(case, "Born 1908")
    shelf.note(case, "Born 1980", corrects_id=wrong.id)

    notes = only(shelf.look(timeline, case.id), "note")

    assert {(entry.heading, entry.tag) for entry in notes} == {("Correction", "Corrects an earlier note"), ("Note", "")}


def test_only_this_case(shelf: Shelf) -> None:
    """Nothing of another case is shown."""
    case, other = shelf.case(), shelf.case()
    shelf.note(other, "of the other")

    assert "of the other" not in repr(shelf.look(timeline, case.id))


def test_officer_not_known_here(shelf: Shelf) -> None:
    """An officer who is not on this device is not made up."""
    case = shelf.case()
    shelf.note(case, "words", author_id="gone")

    assert only(shelf.look(timeline, case.id), "note")[0].who == "An officer not known here"


def test_case_elsewhere(shelf: Shelf) -> None:
    """A case that is not on this device is said to be so."""
    with pytest.raises(Trouble):
        shelf.look(timeline, "nowhere")
