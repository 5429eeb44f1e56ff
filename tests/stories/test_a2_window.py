"""No access, through the real window: three tries stop no clock, and stand beside it wherever it is shown as missed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.desks import RUTH, SANA
from tests.stories import steps
from tests.stories.town import Town

from almoner.demo.hand import until, words_in
from almoner.demo.laptops import Laptop
from almoner.paper.reading_back import text_of
from almoner.records import Case, Clock, ContactAttempt
from almoner.records.cases import ClockState

MISSED = "missed – access attempts recorded (3)"
TRIES = (
    (18, "Visit", "No access", "Card left, photo of the door"),
    (21, "Text", "No answer", "Text sent from the office"),
    (23, "Call", "Message left", "Asked her to ring back"),
)


def test_no_access_is_missed_and_never_paused(town: Town) -> None:
    """Visit, text and call on three days, then the date passes: the case says missed with the three tries, and so do
    the supervisor's report, its PDF and its CSV."""
    ruth = town.laptop(RUTH)
    case = steps.log_damp(ruth)
    for day, how, result, evidence in TRIES:
        town.at(day, 11)
        steps.open_case(ruth, case.reference)
        steps.record_attempt(ruth, how, result, evidence)
    assert len(steps.records(ruth, ContactAttempt, case_id=case.id)) == 3

    town.at(6, 9, month=1, year=2027)
    steps.open_case(ruth, case.reference)
    steps.wait_for(ruth, MISSED.capitalize(), "Tue 5 January 2027")
    the_case_shows_the_tries(ruth)
    clock = ruth.look(lambda reading: reading.all_of(Clock, case_id=case.id))[0]
    assert clock.ended_at is None
    assert clock.state is ClockState.RUNNING
    steps.sync(ruth)

    sana = town.laptop(SANA)
    the_report_lists_it(sana, case)


def the_case_shows_the_tries(laptop: Laptop) -> None:
    """Each with when, how and what shows it; nothing says that time stood still."""
    for day, how, result, evidence in TRIES:
        steps.wait_for(laptop, evidence)
        (spoken,) = [line for line in words_in(laptop.hand.window).splitlines() if evidence in line]
        assert f"{day} Dec" in spoken, spoken
        assert "11:00" in spoken, spoken
        assert how in spoken, spoken
        assert result in spoken, spoken
    assert "pause" not in words_in(laptop.hand.window).casefold()


def the_report_lists_it(laptop: Laptop, case: Case) -> None:
    """On the supervisor's screen, on paper and in the file for spreadsheets."""
    hand = laptop.hand
    hand.front()
    hand.press("Ctrl+5")
    until(lambda: laptop.session.shell.current.screen == "reports", "the reports")
    steps.wait_for(laptop, MISSED, case.reference)
    for number, button in enumerate(("Save as PDF", "Save as CSV"), start=1):
        hand.to(button)
        hand.press("Space")
        until(partial(saved, laptop, number), f"saved by “{button}”")
    pdf, csv = (path.read_bytes() for path in laptop.paperwork.saved)
    paper = " ".join(text_of(pdf).split())
    assert case.reference in paper
    assert MISSED in paper
    (line,) = [line for line in csv.decode("utf-8-sig").splitlines() if MISSED in line]
    assert case.reference in line


def saved(laptop: Laptop, count: int) -> bool:
    """Whether so many papers are whole files by now."""
    paths: list[Path] = laptop.paperwork.saved
    return len(paths) == count and paths[-1].exists()
