"""Damp at the desk with no network, through the real window: what is said, printed, sent, answered and due next."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select
from tests.desks import A1_MORNING, RUTH
from tests.stories import steps
from tests.stories.town import SURVEYOR, Town

from almoner.demo.hand import until, words_in
from almoner.demo.laptops import Laptop
from almoner.paper.reading_back import text_of
from almoner.records import Case, Clock, Letter, Note
from almoner.store.central import central_table
from almoner.store.outbox import unsent_count

SENTENCE = (
    "Investigate by Tue 5 January 2027: 10 working days from Thu 17 Dec 2026; not counted: 25 Dec, 28 Dec, 1 Jan."
)


def printed(folder: Path) -> str:
    """The words of the newest paper that came out of the printer."""
    newest = sorted(folder.glob("printed *.pdf"))[-1]
    return " ".join(text_of(newest.read_bytes()).split())


def make_acknowledgement(laptop: Laptop, case: Case) -> None:
    """File and print the acknowledgement, from the page that says what was logged."""
    hand = laptop.hand
    hand.to("Make acknowledgement letter")
    hand.press("Space")
    until(lambda: laptop.session.shell.current.screen == "letter", "the letter")
    steps.wait_for(laptop, "File on the case")
    hand.to("File on the case")
    hand.press("Ctrl+S")
    until(lambda: len(steps.records(laptop, Letter, case_id=case.id)) == 1, "the letter is filed")
    hand.to("Print")
    hand.press("Ctrl+P")
    until(lambda: len(laptop.paperwork.printed) == 1, "the letter is printed")


def test_damp_offline_at_the_desk(town: Town) -> None:
    """One date with the days not counted, on screen and on paper, the same before and after the network comes back;
    the office knows when it was told and when it heard; a colleague answers; concluding starts the next clocks."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)

    case = steps.log_damp(ruth)
    assert steps.shows(ruth, SENTENCE)
    clocks = ruth.look(lambda reading: reading.all_of(Clock, case_id=case.id))
    assert [clock.code for clock in clocks] == ["investigate"]
    make_acknowledgement(ruth, case)
    paper = printed(ruth.paperwork.folder)
    assert "Tuesday 5 January 2027" in paper
    assert case.reference in paper
    assert "AS1 4QT" in paper
    steps.open_case(ruth, case.reference)
    steps.wait_for(ruth, "Investigate", "Tue 5 January 2027", "not counted: 25 Dec, 28 Dec, 1 Jan")
    said = words_in(ruth.hand.window)
    assert "Send written summary" not in said
    assert "Make safe" not in said
    waiting = ruth.look(unsent_count)
    assert waiting > 0
    steps.wait_for_pill(ruth, f"Offline, {waiting} to send")

    morning = town.at(18, 9)
    ruth.line.restore()
    steps.sync(ruth)
    told, received, due, promised = at_the_office(town, case)
    assert (told, received) == (A1_MORNING, morning)
    assert (due, promised) == (date(2027, 1, 5), date(2027, 1, 5))
    steps.open_case(ruth, case.reference)
    steps.wait_for(ruth, "Tue 5 January 2027", "not counted: 25 Dec, 28 Dec, 1 Jan")

    town.at(18, 9, 30)
    answered_by_the_surveyor(town, case)
    steps.sync(ruth)
    steps.open_case(ruth, case.reference)
    steps.wait_for(ruth, "I will bring the damp meter on Tuesday.", SURVEYOR.full_name)

    town.at(22, 14)
    steps.conclude(ruth, town)
    steps.wait_for(ruth, "Send written summary", "Tue 29 December 2026")
    steps.wait_for(ruth, "Make safe", "Thu 31 December 2026")
    steps.wait_for(ruth, "Preventative works: last date to begin", "Tue 16 March 2027")
    steps.sync(ruth)
    assert due_dates(town, case) == {
        "investigate": date(2027, 1, 5),
        "summary": date(2026, 12, 29),
        "make-safe": date(2026, 12, 31),
        "preventative-begin": date(2026, 12, 31),
        "preventative-longstop": date(2027, 3, 16),
    }


def answered_by_the_surveyor(town: Town, case: Case) -> None:
    """A second officer finds the case on another laptop, sees the date, and adds a note that reaches the office."""
    owen = town.laptop(SURVEYOR)
    steps.open_case(owen, case.reference)
    steps.wait_for(owen, "Investigate", "Tue 5 January 2027", RUTH.full_name)
    steps.add_note(owen, case, "I will bring the damp meter on Tuesday.")
    steps.sync(owen)
    with town.engine.connect() as connection:
        kept = central_table(Note)
        (note,) = connection.execute(select(kept.c.author_id, kept.c.received_at).where(kept.c.case_id == case.id))
    assert (note.author_id, note.received_at) == (SURVEYOR.id, datetime(2026, 12, 18, 9, 30, tzinfo=UTC))


def at_the_office(town: Town, case: Case) -> tuple[datetime, datetime, date, date]:
    """When the council was told and the office received it, and the dates due and promised, as PostgreSQL has them."""
    cases, clocks = central_table(Case), central_table(Clock)
    with town.engine.connect() as connection:
        told = connection.execute(select(cases.c.aware_at, cases.c.received_at).where(cases.c.id == case.id)).one()
        due = connection.execute(select(clocks.c.due_on, clocks.c.promised_on).where(clocks.c.case_id == case.id)).one()
    return told.aware_at, told.received_at, due.due_on, due.promised_on


def due_dates(town: Town, case: Case) -> dict[str, date]:
    """The dates of the case's clocks, as PostgreSQL has them."""
    clocks = central_table(Clock)
    with town.engine.connect() as connection:
        found = connection.execute(select(clocks.c.code, clocks.c.due_on).where(clocks.c.case_id == case.id)).all()
    return {row.code: row.due_on for row in found}
