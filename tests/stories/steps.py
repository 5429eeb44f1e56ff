"""What an officer does at a window, by keyboard, and what they wait for before they go on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox
from tests.stories.town import Town

from almoner.demo.hand import until, words_in
from almoner.demo.laptops import Laptop
from almoner.desktop.screens.case import CaseScreen
from almoner.records import Case, ContactAttempt, Letter, Note
from almoner.store.outbox import unsent_count
from almoner.sync.client import SyncOutcome

R = TypeVar("R", Case, ContactAttempt, Letter, Note)
_LONGEST_ROW = 20


def shows(laptop: Laptop, *words: str) -> bool:
    """Whether all of these can be read in the window in front."""
    read = words_in(laptop.hand.top)
    return all(each in read for each in words)


def wait_for(laptop: Laptop, *words: str) -> None:
    """Wait until all of these can be read."""
    for each in words:
        until(partial(shows, laptop, each), f"“{each}” in the window")


def records(laptop: Laptop, kind: type[R], **which: str) -> tuple[R, ...]:
    """Records on a laptop."""
    return laptop.look(lambda reading: reading.all_of(kind, **which))


def wait_for_pill(laptop: Laptop, words: str) -> None:
    """Wait until the pill at the top says this."""
    pill = laptop.session.shell.top.sync
    until(lambda: pill.accessibleName() == words, f"the pill says “{words}”, not “{pill.accessibleName()}”")


def cut(laptop: Laptop) -> None:
    """Pull the network's plug; the window finds out."""
    laptop.line.cut()
    sync_now(laptop)
    wait_for_pill(laptop, "Offline, all sent")


def cut_with_something_to_review(laptop: Laptop) -> None:
    """The same where something came back: the pill goes on saying that."""
    laptop.line.cut()
    sync_now(laptop)
    until(lambda: not laptop.session.network.state().is_online, "the window finds out that the line is cut")


def sync_something_to_review(laptop: Laptop) -> None:
    """Ask for a round and wait until it went well and everything is at the office, whatever came back."""
    agent, before = laptop.session.network.agent, sync_now(laptop)
    until(lambda: agent.state.outcome is not before, "a round goes well")
    until(lambda: laptop.look(unsent_count) == 0, "everything is sent")


def sync_now(laptop: Laptop) -> SyncOutcome | None:
    """Ask for a round from the page about sync, once none is under way; how the last one before it went."""
    hand = laptop.hand
    hand.front()
    hand.press("Ctrl+6")
    until(lambda: laptop.session.shell.current.screen == "sync", "the page about sync")
    network = laptop.session.network
    until(lambda: is_enabled(laptop, "Sync now"), f"no round is under way; {network.trouble() or network.state()}")
    before = laptop.session.network.agent.state.outcome
    hand.press("F5")
    return before


def is_enabled(laptop: Laptop, name: str) -> bool:
    """Whether a button of this name can be pressed."""
    found = [each for each in laptop.hand.top.findChildren(QAbstractButton) if each.accessibleName() == name]
    return any(each.isVisible() and each.isEnabled() for each in found)


def sync(laptop: Laptop) -> None:
    """Ask for a round and wait until it went well, everything is at the office, and the pill says so."""
    agent, before = laptop.session.network.agent, sync_now(laptop)
    until(lambda: agent.state.outcome is not before, "a round goes well")
    until(lambda: laptop.look(unsent_count) == 0, "everything is sent")
    wait_for_pill(laptop, "All sent")


def choose(laptop: Laptop, row: str, *titles: str) -> None:
    """Go to a row of pills and switch these on."""
    laptop.hand.to(row)
    for title in titles:
        for _ in range(_LONGEST_ROW):
            at = QApplication.focusWidget()
            if isinstance(at, QAbstractButton) and at.text() == title:
                break
            laptop.hand.press("Right")
        at = QApplication.focusWidget()
        assert isinstance(at, QAbstractButton), f"the keyboard is in “{row}”"
        assert at.text() == title, f"“{title}” is among “{row}”"
        if not at.isChecked():
            laptop.hand.press("Space")
        assert at.isChecked()


def pick(laptop: Laptop, name: str, title: str) -> None:
    """Go to a choice from a list and step down to a line of it."""
    at = laptop.hand.to(name)
    assert isinstance(at, QComboBox), f"“{name}” is a list to choose from"
    for _ in range(at.count()):
        if at.currentText() == title:
            return
        laptop.hand.press("Down")
    assert at.currentText() == title


def form(laptop: Laptop, keys: str, title: str, pills: Sequence[tuple[str, str]], words: dict[str, str]) -> None:
    """Open a form over the case by its keys, choose, type, save, and wait until it is gone."""
    hand = laptop.hand
    hand.press(keys)
    until(lambda: hand.top is not hand.window, f"the form “{title}”")
    wait_for(laptop, title)
    for row, choice in pills:
        choose(laptop, row, choice)
    for name, text in words.items():
        hand.fill(name, text)
    hand.press("Ctrl+Return")
    until(lambda: hand.top is hand.window, f"the form “{title}” is saved; it says: {words_in(hand.top)}")
    hand.front()


def log_damp(laptop: Laptop) -> Case:
    """Log black mould in a child's bedroom as a potential significant hazard, as it is told at the desk."""
    hand, shell = laptop.hand, laptop.session.shell
    before = {case.id for case in records(laptop, Case)}
    hand.front()
    hand.press("Ctrl+N")
    until(lambda: shell.current.screen == "new-case", "the form for a new case")
    hand.to("Who is it about?")
    hand.write("adjei comf")
    wait_for(laptop, "Comfort Adjei")
    hand.press("Return")
    wait_for(laptop, "14B Tarn Court")
    choose(laptop, "Kind of report", "Potential significant hazard")
    hand.fill("What were you told?", "Black mould in her son's bedroom. He is 3 and has asthma. Not judged imminent.")
    pick(laptop, "Tenancy", "Secure tenancy")
    choose(laptop, "Rooms affected", "Child's bedroom")
    choose(laptop, "People at greater risk", "Child under 5", "Asthma, COPD or other breathing trouble")
    choose(laptop, "How it reached us", "At the desk")
    wait_for(laptop, "Investigate by")
    hand.press("Ctrl+Return")
    wait_for(laptop, "Logged as")
    (case,) = [case for case in records(laptop, Case) if case.id not in before]
    return case


def open_case(laptop: Laptop, reference: str) -> None:
    """Find a case by its reference in the one box and open it."""
    hand, search = laptop.hand, laptop.session.shell.search
    hand.front()
    hand.press("Ctrl+K")
    until(search.hasFocus, "the search box has the keyboard")
    hand.press("Ctrl+A")
    search.popup.hide()
    hand.write(reference)
    until(search.popup.isVisible, f"results for {reference}")
    hand.press("Return")
    until(lambda: laptop.session.shell.current.screen == "case", "the page of the case")
    wait_for(laptop, f"{reference}  ·  Damp and mould")


def add_note(laptop: Laptop, case: Case, words: str) -> None:
    """Write a note on the case that is open."""
    before = len(records(laptop, Note, case_id=case.id))
    laptop.hand.press("Ctrl+Shift+N")
    laptop.hand.write(words)
    laptop.hand.press("Ctrl+Return")
    until(lambda: len(records(laptop, Note, case_id=case.id)) == before + 1, "the note is saved")


def record_attempt(laptop: Laptop, how: str, result: str, evidence: str) -> None:
    """Record a try to reach the resident on the case that is open."""
    pills = (("How", how), ("What came of it", result))
    form(laptop, "Ctrl+Shift+A", "Record a contact attempt", pills, {"What shows it": evidence})


def move(laptop: Laptop, step: str) -> None:
    """Move the case that is open by a step of its service line, and wait until its page says where it is."""
    screen = laptop.session.shell.screen_open
    assert isinstance(screen, CaseScreen)
    assert screen.page is not None
    before = screen.page.stage
    form(laptop, "Ctrl+Shift+M", f"Move from “{before}”", (("Where to", step),), {})
    until(lambda: screen.page is not None and screen.page.stage != before, "the page says the new stage")


def conclude(laptop: Laptop, town: Town) -> None:
    """Take the case that is open from its first stage to the end of its investigation, as the service line asks."""
    form(laptop, "Ctrl+Shift+E", "Edit details", (("Risk level", "May be significant"),), {})
    move(laptop, "Triage")
    move(laptop, "Begin investigating")
    words = {"Investigated by": "O. Pryce, surveyor, trained in HHSRS"}
    form(laptop, "Ctrl+Shift+E", "Edit details", (("Finding", "Significant hazard"),), words)
    town.clock.advance(minutes=5)
    move(laptop, "Conclude the investigation")
