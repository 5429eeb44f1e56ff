"""The letter screen over a real store: previewed, checked, filed, printed, saved, posted; by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from almoner.casework.letters import draft_letter, file_letter
from almoner.casework.residents import set_safe_contact
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.letter import LetterScreen
from almoner.paper.pictures import page_sizes
from almoner.paper.reading_back import text_of
from almoner.records import Letter, LetterEvent
from almoner.records.events import LetterStep
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

Open = Callable[..., LetterScreen]


@pytest.fixture
def open_letter(office: Office, qtbot: QtBot) -> Open:
    """Open the screen on a paper of Comfort's case and wait for its page."""

    def open_it(part: str = "acknowledgement", case: str = "Comfort") -> LetterScreen:
        screen = cast(LetterScreen, office.open(LetterScreen))
        screen.go(Target("letter", office.cases[case].id, part))
        qtbot.waitUntil(lambda: screen.page is not None)
        return screen

    return open_it


def filed(office: Office, qtbot: QtBot, case: str = "Comfort") -> Letter:
    """File an acknowledgement as the screen would."""
    made: list[Letter] = []
    case_id, desk = office.cases[case].id, office.desk
    office.doors.change(
        lambda tx: file_letter(tx, desk, draft_letter(tx, desk, case_id, "acknowledgement")), done=made.append
    )
    qtbot.waitUntil(lambda: bool(made))
    return made[0]


def steps(office: Office, letter_id: str) -> list[LetterStep]:
    """What has happened to a letter."""
    return [event.step for event in office.look(lambda reading: reading.all_of(LetterEvent, letter_id=letter_id))]


def opened_form(qtbot: QtBot) -> FormDialog:
    """The form that is open, with the keyboard in it."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), FormDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, FormDialog)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is found and found.isAncestorOf(QApplication.focusWidget()))
    return found


def press(screen: LetterScreen, act: str) -> None:
    """Press a button by the keyboard."""
    QTest.keyClick(screen.buttons[act], Qt.Key.Key_Space)


def test_the_preview_is_drawn_page_for_page(open_letter: Open, qtbot: QtBot) -> None:
    """Every page of the letter can be seen, and Page Down goes to the next."""
    screen = open_letter()
    view = screen.pages.view
    qtbot.waitUntil(lambda: 1 in view.drawn)
    first = view.page
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: 2 in view.drawn)

    assert screen.page is not None
    assert view.count == len(page_sizes(screen.page.pdf)) == 3
    assert (first, view.page) == (1, 2)
    assert view.accessibleName() == "Preview, page 2 of 3"
    assert "We will investigate" in view.accessibleDescription()


def test_words_typed_show_in_the_preview_and_are_kept(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """What the officer puts in other words is in the pages at once, and still there after leaving the screen."""
    screen = open_letter()
    edit = screen.side.words.edit("summary")
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "Mould on two walls.")
    qtbot.waitUntil(lambda: screen.page is not None and "Mould on two walls." in screen.page.text)
    screen.hide()
    key = f"letter {office.cases['Comfort'].id} acknowledgement"
    qtbot.waitUntil(lambda: bool(office.look(lambda reading: reading.draft(key))))

    again = open_letter()
    qtbot.waitUntil(lambda: again.page is not None and "Mould on two walls." in again.page.text)

    assert again.side.words.edit("summary").toPlainText() == "Mould on two walls."


def test_ctrl_s_files_the_letter_on_the_case(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """Filing freezes the PDF and opens the letter as it lies on the case."""
    screen = open_letter()
    assert office.commands.by_shortcut("Ctrl+S") is not None
    office.commands.run("letter.file")
    qtbot.waitUntil(lambda: bool(office.went))

    target = office.went[-1]
    letter = office.look(lambda reading: reading.get(Letter, target.part))
    assert (target.screen, target.id, letter.status) == ("letter", office.cases["Comfort"].id, "final")
    screen.go(target)
    qtbot.waitUntil(lambda: screen.page is not None and screen.page.letter is not None)
    assert screen.heading.status == "To print"


def test_file_and_print_does_both(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """Ctrl+P on a letter not yet filed files it first, then prints the frozen PDF."""
    screen = open_letter()
    office.commands.run("letter.print")
    qtbot.waitUntil(lambda: bool(office.went))
    screen.go(office.went[-1])
    qtbot.waitUntil(lambda: bool(office.paperwork.printed))

    printed = next(office.paperwork.folder.glob("printed*")).read_bytes()
    assert "Comfort Adjei" in text_of(printed)
    assert steps(office, office.went[-1].part) == [LetterStep.FINAL, LetterStep.PRINTED]


def test_a_letter_that_became_unsafe_is_held_at_the_printer(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """Whatever the screen showed, the rules at the moment of printing decide; nothing reaches the printer."""
    letter = filed(office, qtbot)
    screen = open_letter(letter.id)
    desk, person = office.desk, office.people["Comfort"].id
    office.doors.change(lambda tx: set_safe_contact(tx, desk, person, never_by=("post",), reason="Her post is opened."))
    press(screen, "print")
    qtbot.waitUntil(lambda: bool(office.troubles))
    qtbot.waitUntil(lambda: screen.heading.status == "Held")

    assert office.paperwork.printed == []
    assert office.troubles[0].do
    assert screen.side.held.isVisible()


def test_thinking_better_of_printing_records_nothing(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """A dialog that was closed leaves no printed copy behind, neither on paper nor on the case."""
    letter = filed(office, qtbot)
    screen = open_letter(letter.id)
    office.paperwork.thinks_better = True
    press(screen, "print")
    press(screen, "save")

    assert steps(office, letter.id) == [LetterStep.FINAL]
    assert list(office.paperwork.folder.iterdir()) == []


def test_saved_then_posted_by_keyboard(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """The PDF is written under its name, the saving is recorded, and posting is offered next."""
    letter = filed(office, qtbot)
    screen = open_letter(letter.id)
    press(screen, "save")
    qtbot.waitUntil(lambda: any(said.startswith("Saved as") for said in office.said))
    qtbot.waitUntil(lambda: screen.buttons["post"].isVisible())
    press(screen, "post")
    qtbot.waitUntil(lambda: screen.heading.status == "Posted")

    saved = next(office.paperwork.folder.glob("Acknowledgement*.pdf"))
    assert len(page_sizes(saved.read_bytes())) == letter.pages
    assert steps(office, letter.id) == [LetterStep.FINAL, LetterStep.SAVED, LetterStep.POSTED]


def test_cancelling_asks_why(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """A letter is not cancelled without a reason; with one it can no longer be printed."""
    letter = filed(office, qtbot)
    screen = open_letter(letter.id)
    press(screen, "cancel")
    dialog = opened_form(qtbot)
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(dialog.summary.isVisible)
    why = dialog.findChild(QPlainTextEdit)
    assert why is not None
    QTest.keyClicks(why, "Wrong person")
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: screen.heading.status == "Cancelled")

    assert not any(button.isVisible() for button in screen.buttons.values())


def test_what_stops_a_letter_is_said_and_cannot_be_filed(office: Office, open_letter: Open) -> None:
    """A letter with words missing says which, and neither button nor key files it."""
    screen = open_letter(case="Nadia")
    office.commands.run("letter.file")

    assert screen.page is not None
    assert screen.page.stopped_by[0].code == "blanks"
    assert not screen.buttons["file"].isEnabled()
    assert office.look(lambda reading: reading.all_of(Letter)) == ()


def test_the_case_summary_is_printed_and_saved(office: Office, open_letter: Open, qtbot: QtBot) -> None:
    """The summary is on the same screen with its own two acts."""
    screen = open_letter("case-summary")
    press(screen, "print")
    press(screen, "save")
    qtbot.waitUntil(lambda: any(said.startswith("Saved as") for said in office.said))

    names = sorted(each.name.split(" ASH")[0] for each in office.paperwork.folder.iterdir())
    assert names == ["Case summary", "printed 01 Case summary"]


def test_keys_belong_to_the_screen_in_front(office: Office, open_letter: Open) -> None:
    """Ctrl+P prints the letter only while the letter is in front."""
    screen = open_letter()
    before = office.commands.by_shortcut("Ctrl+P")
    screen.hide()

    assert before is not None
    assert office.commands.by_shortcut("Ctrl+P") is None


def test_a_letter_not_on_this_computer_says_so(office: Office, qtbot: QtBot) -> None:
    """An unknown letter gives a sentence and what to do, not an empty page."""
    screen = cast(LetterScreen, office.open(LetterScreen))
    screen.go(Target("letter", office.cases["Comfort"].id, "no-such-letter"))
    qtbot.waitUntil(screen.error.isVisible)

    assert "no such letter" in screen.error.accessibleName()


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
def test_everything_can_be_named_read_and_hit(open_letter: Open, qtbot: QtBot, room: Room) -> None:
    """Every control has a name, no words are cut off, and no button is too small; with one pane as with two."""
    screen = open_letter()
    screen.fit(room)
    qtbot.waitUntil(lambda: 1 in screen.pages.view.drawn)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []
