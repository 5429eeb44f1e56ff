"""Work typed on a case that another team was given meanwhile, through three real windows: it reaches that team."""

from __future__ import annotations

from dataclasses import replace

from argon2 import PasswordHasher
from PySide6.QtGui import QGuiApplication
from sqlalchemy import select
from tests.desks import OTHER_TEAM, RUTH
from tests.stories import steps
from tests.stories.town import SURVEYOR, Town

from almoner.demo.ground import PASSWORD
from almoner.demo.hand import until
from almoner.demo.laptops import Laptop
from almoner.records import Case, HeldWork, Note
from almoner.records.held_work import Settlement
from almoner.server.passwords import Passwords
from almoner.store.central import central_table
from almoner.store.outbox import returned
from almoner.sync.seeding import put_records

NORA = replace(
    RUTH,
    id="00000000-0000-7000-8000-000000000029",
    username="nora",
    full_name="Nora Finch",
    job_title="Neighbourhood officer",
    team_id=OTHER_TEAM.id,
    team_ids=(OTHER_TEAM.id,),
)
WORDS = "She can be in on Tuesday after 2, not before."


def test_work_on_a_reassigned_case_reaches_its_new_owner(town: Town) -> None:
    """Ruth's unsent note comes back to her tray whole, though the case has left her laptop; she sends it to the new
    owner, who takes it over; the office has it under the new owner's name, and Ruth reads what became of it."""
    put_records(town.engine, [OTHER_TEAM, NORA], now=town.clock.now())
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    town.staff.open_account(NORA.id, NORA.username, Passwords(cheap).hash(PASSWORD))
    owen, ruth = town.laptop(SURVEYOR), town.laptop(RUTH)
    case = _case_of(owen)
    owen.hand.front()
    steps.sync(ruth)
    steps.cut(ruth)
    steps.open_case(ruth, case.reference)
    steps.add_note(ruth, case, WORDS)
    _give_to_nora(owen, case)

    town.clock.advance(minutes=30)
    ruth.line.restore()
    steps.sync_something_to_review(ruth)
    until(lambda: bool(ruth.look(lambda reading: reading.all_of(HeldWork))), "the office confirms that it holds it")
    assert ruth.look(lambda reading: reading.find(Case, case.id)) is None
    _send_on(ruth, case)
    steps.sync_something_to_review(ruth)

    nora = town.laptop(NORA)
    _take_over(nora, case)
    steps.sync_something_to_review(nora)
    at_the_office = central_table(Note)
    with town.engine.connect() as connection:
        note = connection.execute(select(at_the_office).where(at_the_office.c.case_id == case.id)).one()
    assert (note.text, note.author_id) == (WORDS, NORA.id)
    assert note.heading.startswith("Written by Ruth Bello")

    steps.sync_something_to_review(ruth)
    _read_and_leave(ruth)
    (work,) = ruth.look(lambda reading: reading.all_of(HeldWork))
    assert (work.settlement, work.settled_by) == (Settlement.TAKEN_OVER, NORA.id)


def _case_of(laptop: Laptop) -> Case:
    """A case that Owen logs and owns, at the office."""
    case = steps.log_damp(laptop)
    steps.sync(laptop)
    return case


def _give_to_nora(laptop: Laptop, case: Case) -> None:
    """Its owner gives the case to another team by the case's own form."""
    steps.open_case(laptop, case.reference)
    hand = laptop.hand
    hand.press("Ctrl+Shift+G")
    until(lambda: hand.top is not hand.window, "the form")
    steps.pick(laptop, "Owner", NORA.full_name)
    steps.pick(laptop, "Team", OTHER_TEAM.name)
    hand.press("Ctrl+Return")
    until(lambda: hand.top is hand.window, "the form is saved")
    steps.sync(laptop)


def _tray(laptop: Laptop) -> None:
    """Open what waits to be settled."""
    laptop.hand.front()
    laptop.hand.press("Ctrl+7")
    until(lambda: laptop.session.shell.current.screen == "settle", "the page of what waits")
    steps.wait_for(laptop, WORDS)


def _send_on(laptop: Laptop, case: Case) -> None:
    """The author reads it, copies it, and sends it to the new owner."""
    _tray(laptop)
    steps.wait_for(laptop, f"Note on {case.reference}", "Held at the office", "not on this computer any more")
    hand = laptop.hand
    hand.to(f"Copy: Note on {case.reference}")
    hand.press("Space")
    assert WORDS in QGuiApplication.clipboard().text()
    hand.to(f"Send to: Note on {case.reference}")
    hand.press("Space")
    until(lambda: hand.top is not hand.window, "the form")
    steps.pick(laptop, "Send to", f"{NORA.full_name}, {NORA.job_title.lower()}")
    hand.press("Ctrl+Return")
    until(lambda: hand.top is hand.window, "it is sent on")
    steps.wait_for(laptop, f"Sent to {NORA.full_name}.")


def _take_over(laptop: Laptop, case: Case) -> None:
    """The new owner finds it, with its author, and takes it over; the note is on the case."""
    _tray(laptop)
    steps.wait_for(laptop, RUTH.full_name, case.reference)
    laptop.hand.to("Take over: Note")
    laptop.hand.press("Space")
    until(lambda: len(steps.records(laptop, Note, case_id=case.id)) == 1, "the note is on the case")
    steps.open_case(laptop, case.reference)
    steps.wait_for(laptop, WORDS, "Written by Ruth Bello")


def _read_and_leave(laptop: Laptop) -> None:
    """The author reads who took it over, and leaves it with OK."""
    _tray(laptop)
    steps.wait_for(laptop, f"{NORA.full_name} took this over")
    laptop.hand.to("OK: Note")
    laptop.hand.press("Space")
    until(lambda: steps.shows(laptop, "Nothing came back"), "the item has left the page")
    assert laptop.look(returned) == ()
