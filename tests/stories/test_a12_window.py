"""Two officers without signal on one case, through two real windows: nothing is lost, and the owner settles it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PIL import Image
from sqlalchemy import select
from tests.desks import RUTH
from tests.stories import steps
from tests.stories.town import SURVEYOR, Town

from almoner.demo.hand import until
from almoner.demo.laptops import Laptop
from almoner.records import Attachment, Case, Clock, Conflict, Note
from almoner.records.cases import ClockState
from almoner.records.derive import Record
from almoner.store.central import central_table

A_NOTE = "She will send photos of the landing."
B_NOTE = "Nobody lives there any more, the neighbour says."


def test_two_officers_no_signal_a_first(town: Town) -> None:
    """Ruth waits for evidence, Owen closes; Ruth's laptop syncs first."""
    _story(town, first="ruth")


def test_two_officers_no_signal_b_first(town: Town) -> None:
    """The same, and Owen's laptop syncs first."""
    _story(town, first="owen")


def _story(town: Town, *, first: str) -> None:
    """Both notes and the photo are there, the stage is disputed with who, when and why, no clock is lost, the owner
    keeps her own by keyboard with no network, and every laptop ends the same."""
    ruth, owen, case = _one_case_on_two_laptops(town)
    for laptop in (ruth, owen):
        steps.cut(laptop)
        steps.open_case(laptop, case.reference)
    steps.add_note(ruth, case, A_NOTE)
    ruth.hand.front()
    steps.move(ruth, "Ask for evidence")
    town.clock.advance(minutes=5)
    owen.hand.front()
    steps.add_note(owen, case, B_NOTE)
    _add_photo(owen, case, town.folder)
    _close(owen)

    order = (ruth, owen) if first == "ruth" else (owen, ruth)
    town.clock.advance(minutes=30)
    for laptop in (*order, *order):
        laptop.line.restore()
        steps.sync_something_to_review(laptop)

    _the_same_everywhere(town, case, ruth, owen)
    stage, status = ("awaiting-evidence", "open") if first == "ruth" else ("closed", "closed")
    at_case = _at_the_office(town, case)
    assert (at_case.stage, at_case.status) == (stage, status)
    for laptop in (ruth, owen):
        notes = [note.text for note in steps.records(laptop, Note, case_id=case.id)]
        assert {A_NOTE, B_NOTE} <= set(notes)
        assert len(laptop.look(lambda reading: reading.all_of(Attachment, case_id=case.id))) == 1
    (conflict,) = ruth.look(lambda reading: reading.all_of(Conflict, case_id=case.id))
    assert (conflict.field, conflict.settled_at) == ("stage", None)
    assert {conflict.in_force_by, conflict.offered_by} == {RUTH.id, SURVEYOR.id}
    (clock,) = ruth.look(lambda reading: reading.all_of(Clock, case_id=case.id))
    assert clock.state is (ClockState.RUNNING if first == "ruth" else ClockState.CEASED)

    _settle_offline(ruth, case)
    (clock,) = ruth.look(lambda reading: reading.all_of(Clock, case_id=case.id))
    assert clock.state is ClockState.RUNNING
    ruth.line.restore()
    steps.sync_something_to_review(ruth)
    steps.sync_something_to_review(owen)
    _the_same_everywhere(town, case, ruth, owen)
    at_case = _at_the_office(town, case)
    assert (at_case.stage, at_case.status) == ("awaiting-evidence", "open")
    assert _at_the_office(town, clock).state == "running"
    assert _at_the_office(town, clock).due_on == clock.due_on
    _read_what_became_of_it(owen, case)


def _one_case_on_two_laptops(town: Town) -> tuple[Laptop, Laptop, Case]:
    """Ruth logs a case as its owner and triages it; Owen has it on his laptop too."""
    ruth = town.laptop(RUTH)
    case = steps.log_damp(ruth)
    steps.open_case(ruth, case.reference)
    steps.form(ruth, "Ctrl+Shift+E", "Edit details", (("Risk level", "May be significant"),), {})
    steps.move(ruth, "Triage")
    steps.sync(ruth)
    owen = town.laptop(SURVEYOR)
    steps.open_case(owen, case.reference)
    return ruth, owen, case


def _add_photo(laptop: Laptop, case: Case, folder: Path) -> None:
    """Attach a photo to the case that is open."""
    photo = folder / "door.jpg"
    Image.new("RGB", (320, 240), (120, 110, 100)).save(photo)
    laptop.paperwork.files = (photo,)
    steps.form(laptop, "Ctrl+Shift+F", "", (), {"Description": "The front door"})
    until(lambda: bool(laptop.look(lambda reading: reading.all_of(Attachment, case_id=case.id))), "the photo is kept")


def _close(laptop: Laptop) -> None:
    """Close the case that is open, with the reason it asks for."""
    pills = (("Where to", "Close without investigating"),)
    steps.form(laptop, "Ctrl+Shift+M", "Move from “Triaged”", pills, {"Why": "The home is empty."})


def _settle_offline(laptop: Laptop, case: Case) -> None:
    """From the case's banner, by keyboard, with no network: read both, keep mine."""
    steps.cut_with_something_to_review(laptop)
    steps.open_case(laptop, case.reference)
    steps.wait_for(laptop, "1 disagreement on this case")
    laptop.hand.press("Ctrl+Shift+Y")
    until(lambda: laptop.session.shell.current.screen == "conflict", "the disagreement")
    steps.wait_for(laptop, "Why it matters", "Mine", "Theirs", SURVEYOR.full_name, "Awaiting evidence", "Closed")
    steps.wait_for(laptop, "Investigate by Tue 5 January 2027", "Why: The home is empty.")
    laptop.hand.to("Keep mine")
    laptop.hand.press("Space")
    until(lambda: not _open_conflicts(laptop, case), "it is settled")


def _open_conflicts(laptop: Laptop, case: Case) -> int:
    return len(laptop.look(lambda reading: reading.all_of(Conflict, case_id=case.id, settled_at=None)))


def _read_what_became_of_it(laptop: Laptop, case: Case) -> None:
    """The other officer's case says where it stands, who settled it, and nothing waits for them but to have read it."""
    assert _open_conflicts(laptop, case) == 0
    steps.open_case(laptop, case.reference)
    steps.wait_for(laptop, "Awaiting evidence", "Disagreement settled", RUTH.full_name)


def _at_the_office(town: Town, record: Record) -> Case | Clock:
    """A record as PostgreSQL has it."""
    table = central_table(type(record))
    with town.engine.connect() as connection:
        found: Case | Clock = connection.execute(select(table).where(table.c.id == record.id)).one()  # type: ignore[assignment]  # read by name
    return found


def _the_same_everywhere(town: Town, case: Case, *laptops: Laptop) -> None:
    """Every laptop shows the same case, clocks, notes, photo and disagreement as the other."""
    kinds: tuple[Callable[..., object], ...] = tuple(
        partial(lambda kind, reading: kind and reading.all_of(kind, case_id=case.id), kind)
        for kind in (Clock, Note, Attachment, Conflict)
    )
    seen = [
        [laptop.look(lambda reading: reading.get(Case, case.id)), *(laptop.look(kind) for kind in kinds)]
        for laptop in laptops
    ]
    assert seen[0] == seen[1]
