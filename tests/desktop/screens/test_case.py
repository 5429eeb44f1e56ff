"""The page of a case: everything on it is read from a real store and done from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from almoner.casework.cases import move_case, record_answer
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.tags import Tag
from almoner.desktop.parts.timeline import Moment
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.case import CaseScreen
from almoner.records import Address, Answer, Attachment, Case, ContactAttempt, Note, Task, Visit
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.store.writing import Writing
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

CTRL = Qt.KeyboardModifier.ControlModifier


def opened(office: Office, qtbot: QtBot, who: str = "Comfort", tab: str = "") -> CaseScreen:
    """Open the case of somebody and wait until it has been read."""
    screen = office.open(CaseScreen)
    assert isinstance(screen, CaseScreen)
    show(screen, office, qtbot, who, tab)
    return screen


def show(screen: CaseScreen, office: Office, qtbot: QtBot, who: str, tab: str = "") -> None:
    case_id = office.cases[who].id
    screen.go(Target("case", case_id, tab))
    screen.shown()
    qtbot.waitUntil(lambda: screen.page is not None and screen.page.view.case.id == case_id)
    qtbot.waitUntil(lambda: screen.cases.model.rowCount() > 0)
    subject = screen.page.view.subject
    assert subject is not None, "every case here is about somebody"
    qtbot.waitUntil(lambda: any(each.isVisible() for each in named(screen.side, subject.person.full_name)))


def form(qtbot: QtBot) -> FormDialog:
    """The form that is open."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), FormDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, FormDialog)
    qtbot.waitUntil(lambda: QApplication.activeWindow() is found and found.isAncestorOf(QApplication.focusWidget()))
    return found


def control(parent: QWidget, name: str) -> QWidget:
    """A control by what a screen reader calls it."""
    return next(
        child
        for child in parent.findChildren(QWidget)
        if (child.accessibleName() == name and child.focusPolicy() != Qt.FocusPolicy.NoFocus)
        or (isinstance(child, Pills) and child.accessibleName() == name)
    )


def choose(parent: QWidget, name: str, at: int) -> None:
    """Choose a pill of a row by the keyboard."""
    pills = control(parent, name)
    pills.setFocus()
    for _ in range(at):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)


def write(parent: QWidget, name: str, words: str) -> None:
    """Type into a box."""
    QTest.keyClicks(control(parent, name), words)


def save(dialog: FormDialog) -> None:
    """Save a form by the keyboard."""
    QTest.keyClick(dialog, Qt.Key.Key_Return, CTRL)


def newest(screen: CaseScreen) -> Moment:
    """The first moment of the timeline."""
    moment = screen.timeline.moments.data(screen.timeline.moments.index(0), Qt.ItemDataRole.UserRole + 1)
    assert isinstance(moment, Moment)
    return moment


def named(parent: QWidget, words: str) -> list[QWidget]:
    """What in a pane says these words: a label, or a button that leads to a person."""
    every = [*parent.findChildren(QLabel), *parent.findChildren(QAbstractButton)]
    return [each for each in every if each.text() == words]


def texts(parent: QWidget) -> str:
    """Every word a pane shows."""
    return "\n".join(each.text() for each in parent.findChildren(QLabel) if each.isVisible())


def test_the_page_says_what_it_is_what_is_due_and_what_is_not_sent(office: Office, qtbot: QtBot) -> None:
    """Reference, stage, next date with its reason, whom it is about and what has not reached the office, in words."""
    screen = opened(office, qtbot)

    assert office.cases["Comfort"].reference in screen.header.reference.text()
    side = texts(screen.side)
    assert "Tue 5 January 2027" in side
    assert "not counted: 25 Dec, 28 Dec, 1 Jan" in side
    assert "You are offline. 11 changes on this case" in side
    assert "07700 900123" in side
    assert newest(screen).is_unsent
    assert screen.cases.keeps.kept == office.cases["Comfort"].id


def test_what_is_due_is_said_without_the_side_panel_too(office: Office, qtbot: QtBot) -> None:
    """In a narrow window, where the panel has no room, a tag says what is due first."""
    screen = opened(office, qtbot)

    def tags() -> list[str]:
        return [each.accessibleName() for each in screen.header.findChildren(Tag) if each.isVisible()]

    qtbot.waitUntil(lambda: "Reported" in tags())
    assert "Investigate: 10 working days left" not in tags()

    screen.fit(Room.ONE_PANE)

    assert not screen.side.isVisible()
    qtbot.waitUntil(lambda: "Investigate: 10 working days left" in tags())


def test_safe_contact_cannot_be_missed(office: Office, qtbot: QtBot) -> None:
    """A safe-contact rule stands over the case in the loudest colour, and beside the number that must not be used."""
    screen = opened(office, qtbot, "Nadia")

    banner = screen.header.banners[0]
    assert banner.isVisible()
    assert banner.accessibleName().startswith("Safe contact only")
    side = texts(screen.side)
    assert "07700 900417: do not use" in side
    assert "Wharf Road" not in side + texts(screen)


def test_a_note_is_saved_by_the_keyboard(office: Office, qtbot: QtBot) -> None:
    """Ctrl+Enter saves the note, it stands first on the timeline as not sent yet, and the box is empty again."""
    screen = opened(office, qtbot)
    office.commands.run("case.note")
    QTest.keyClicks(screen.note.edit, "Rang the surveyor.")

    QTest.keyClick(screen.note.edit, Qt.Key.Key_Return, CTRL)

    qtbot.waitUntil(lambda: newest(screen).words == "Rang the surveyor.")
    assert newest(screen).is_unsent
    assert screen.note.edit.toPlainText() == ""
    assert office.said == ["Note saved"]


def test_a_half_typed_note_comes_back(office: Office, qtbot: QtBot) -> None:
    """What was typed for one case is kept when another is opened, and is there again on return."""
    screen = opened(office, qtbot)
    with qtbot.waitSignal(screen.note.drafts.kept):
        QTest.keyClicks(screen.note.edit, "She will ring ba")

    show(screen, office, qtbot, "Nadia")
    assert screen.note.edit.toPlainText() == ""
    show(screen, office, qtbot, "Comfort")

    qtbot.waitUntil(lambda: screen.note.edit.toPlainText() == "She will ring ba")


def test_a_saved_note_leaves_no_draft(office: Office, qtbot: QtBot) -> None:
    """Once a note is saved its draft is gone, even when the draft was still on its way to the disk."""
    screen = opened(office, qtbot)
    case_id = office.cases["Comfort"].id
    QTest.keyClicks(screen.note.edit, "Done.")
    screen.note.drafts.flush()
    QTest.keyClick(screen.note.edit, Qt.Key.Key_Return, CTRL)

    qtbot.waitUntil(lambda: office.said == ["Note saved"])
    with qtbot.waitSignal(screen.note.drafts.found):
        screen.note.drafts.open(f"note/{case_id}")

    qtbot.waitUntil(lambda: office.look(lambda reading: reading.draft(f"note/{case_id}")) is None)


def test_a_new_postcode_in_a_note_is_asked_about(office: Office, qtbot: QtBot) -> None:
    """A postcode nobody in the case has may be a refuge: called confidential, it is masked in the note."""
    screen = opened(office, qtbot)
    QTest.keyClicks(screen.note.edit, "She has gone to her sister, AS9 9ZZ.")
    QTest.keyClick(screen.note.edit, Qt.Key.Key_Return, CTRL)
    dialog = form(qtbot)
    choose(dialog, "AS9 9ZZ", 2)

    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["Note saved"])
    case_id, person_id = office.cases["Comfort"].id, office.people["Comfort"].id
    notes = office.look(lambda reading: reading.all_of(Note, case_id=case_id, order="recorded_at", descending=True))
    addresses = office.look(lambda reading: reading.all_of(Address, person_id=person_id))
    assert "AS9" not in notes[0].text
    assert [address.confidential for address in addresses if address.postcode == "AS9 9ZZ"] == [True]


def test_a_contact_attempt(office: Office, qtbot: QtBot) -> None:
    """How, what came of it and when are recorded from the keyboard, with the number of the attempt said back."""
    screen = opened(office, qtbot)
    office.commands.run("case.attempt")
    dialog = form(qtbot)
    choose(dialog, "How", 1)
    choose(dialog, "What came of it", 3)
    write(dialog, "Happened", "10:01")
    write(dialog, "What shows it (optional)", "Card left.")

    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["Attempt 2 recorded."])
    case_id = office.cases["Comfort"].id
    kept = office.look(lambda reading: reading.all_of(ContactAttempt, case_id=case_id, method=Method.VISIT))
    assert [(each.result, each.evidence) for each in kept] == [(AttemptResult.NO_ACCESS, "Card left.")]
    assert screen.isVisible()


def test_a_form_that_lacks_something_says_so_twice(office: Office, qtbot: QtBot) -> None:
    """A missing choice is named at the top, with the keyboard there, and at its field; nothing is saved."""
    opened(office, qtbot)
    office.commands.run("case.attempt")
    dialog = form(qtbot)

    save(dialog)

    assert dialog.summary.isVisible()
    assert dialog.summary.isAncestorOf(QApplication.focusWidget())
    assert "How: Nothing is chosen." in dialog.summary.accessibleName()
    assert office.said == []
    dialog.reject()


def test_words_in_a_form_survive_escape_and_are_gone_once_saved(office: Office, qtbot: QtBot) -> None:
    """Escape pressed by mistake loses no word; a saved form comes back empty."""
    opened(office, qtbot)
    box = "What shows it (optional)"
    office.commands.run("case.attempt")
    dialog = form(qtbot)
    write(dialog, box, "Nobody in, curtains drawn.")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    office.commands.run("case.attempt")
    again = form(qtbot)
    qtbot.waitUntil(lambda: "curtains drawn" in control(again, box).property("plainText"))
    choose(again, "How", 0)
    choose(again, "What came of it", 1)
    save(again)
    qtbot.waitUntil(lambda: len(office.said) == 1)

    office.commands.run("case.attempt")
    empty = form(qtbot)
    key = f"attempt/{office.cases['Comfort'].id}"
    qtbot.waitUntil(lambda: office.look(lambda reading: reading.draft(key)) is None)

    assert control(empty, box).property("plainText") == ""
    empty.reject()


def test_a_time_that_cannot_be_read_is_said_at_its_field(office: Office, qtbot: QtBot) -> None:
    """Nonsense typed as a time stops the form and is named."""
    opened(office, qtbot)
    office.commands.run("case.book")
    dialog = form(qtbot)
    write(dialog, "Starts", "whenever")

    save(dialog)

    assert "Starts: This day and time cannot be read." in dialog.summary.accessibleName()
    dialog.reject()


def test_a_move_asks_what_it_needs_and_then_says_what_runs(office: Office, qtbot: QtBot) -> None:
    """A step that lacks an answer asks for it in the same form; made, one sentence says where the case is now."""
    opened(office, qtbot)
    office.commands.run("case.move")
    dialog = form(qtbot)
    assert "Still needs an answer to “Risk level”" in texts(dialog)
    save(dialog)
    assert "Risk level: This step needs an answer." in dialog.summary.accessibleName()

    choose(dialog, "Risk level", 1)
    assert "Nothing is missing." in texts(dialog)
    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["Moved to Triaged."])
    case_id = office.cases["Comfort"].id
    assert office.look(lambda reading: reading.get(Case, case_id)).stage == "triaged"
    answers = office.look(lambda reading: reading.all_of(Answer, case_id=case_id, question="risk-level"))
    assert [answer.value for answer in answers] == ["significant"]


def test_ending_an_investigation_says_every_date_that_now_runs(office: Office, qtbot: QtBot) -> None:
    """One sentence tells the clock that was met and those that started, soonest first."""
    case_id, desk = office.cases["Comfort"].id, office.desk
    steps = (("risk-level", "significant", "triaged"), ("", "", "investigating"))

    def go_on(tx: Writing) -> None:
        for question, value, stage in steps:
            if question:
                record_answer(tx, desk, case_id, question, value)
            move_case(tx, desk, case_id, stage)
        record_answer(tx, desk, case_id, "finding", "significant-hazard")

    with qtbot.waitSignal(office.doors.touched):
        office.doors.change(go_on)
    screen = opened(office, qtbot)
    office.commands.run("case.move")
    dialog = form(qtbot)
    choose(
        dialog, "Where to", [choice.move.end for choice in screen.page.moves].index("concluded") if screen.page else 0
    )
    write(dialog, "Investigated by", "O. Pryce, surveyor")

    save(dialog)

    qtbot.waitUntil(lambda: len(office.said) == 1)
    assert office.said[0].startswith(
        "Moved to Investigation concluded. Investigate: met. Send written summary by Tue 22 December 2026. Make safe by"
    )


def test_a_task_is_added_and_ticked_off(office: Office, qtbot: QtBot) -> None:
    """A task gets its day as it is typed; the button on its line ticks it off and the message can take that back."""
    screen = opened(office, qtbot, tab="tasks")
    office.commands.run("case.task")
    dialog = form(qtbot)
    write(dialog, "To do", "Send the photos on")
    write(dialog, "Do by (optional)", "fri")
    save(dialog)
    qtbot.waitUntil(lambda: any("Send the photos on" in item.title for item in screen._pages["tasks"].lines.items))

    QTest.keyClick(control(screen, "Done: Send the photos on"), Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: "Done: Send the photos on" in office.said)
    tasks = office.look(lambda reading: reading.all_of(Task, title="Send the photos on"))
    assert [(str(task.do_by), task.done_by) for task in tasks] == [("2026-12-18", office.desk.me.id)]


def test_a_visit_without_access_counts_as_an_attempt(office: Office, qtbot: QtBot) -> None:
    """A booked visit that nobody opened the door for is recorded as a visit and as an attempt at contact."""
    screen = opened(office, qtbot)
    office.commands.run("case.book")
    dialog = form(qtbot)
    write(dialog, "Starts", "today 14:00")
    save(dialog)
    qtbot.waitUntil(lambda: screen.page is not None and len(screen.page.visits) == 1)
    office.clock.advance(hours=5)

    office.commands.run("case.visit")
    dialog = form(qtbot)
    choose(dialog, "How it went", 1)
    write(dialog, "Findings", "Card left at 14:05.")
    save(dialog)

    qtbot.waitUntil(lambda: len(office.said) == 2)
    case_id = office.cases["Comfort"].id
    steps = office.look(lambda reading: reading.all_of(Visit, case_id=case_id))
    attempts = office.look(lambda reading: reading.all_of(ContactAttempt, case_id=case_id))
    assert {visit.step for visit in steps} == {VisitStep.BOOKED, VisitStep.NO_ACCESS}
    assert AttemptResult.NO_ACCESS in {attempt.result for attempt in attempts}


def test_answers_are_edited(office: Office, qtbot: QtBot) -> None:
    """Only the answers that changed are saved, and not knowing is an answer."""
    opened(office, qtbot)
    office.commands.run("case.details")
    dialog = form(qtbot)
    choose(dialog, "Can the home be heated? (optional)", 2)

    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["1 answer saved"])


def test_a_case_is_given_to_somebody(office: Office, qtbot: QtBot) -> None:
    """A case is handed over without the mouse."""
    opened(office, qtbot)
    office.commands.run("case.assign")
    dialog = form(qtbot)
    QTest.keyClicks(control(dialog, "Owner"), "Sana")

    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["Given to Sana Iqbal, Housing repairs"])


def test_a_photo_is_attached(office: Office, qtbot: QtBot, tmp_path: Path) -> None:
    """A photo chosen from the system's dialog is kept on the case with what it shows."""
    screen = opened(office, qtbot, tab="files")
    photo = tmp_path / "wall.png"
    Image.new("RGB", (8, 8), "grey").save(photo)
    office.paperwork.files = (photo,)
    office.commands.run("case.attach")
    dialog = form(qtbot)
    choose(dialog, "What it is (optional)", 0)

    save(dialog)

    qtbot.waitUntil(lambda: office.said == ["File added"])
    case_id = office.cases["Comfort"].id
    files = office.look(lambda reading: reading.all_of(Attachment, case_id=case_id))
    assert [(each.name, each.description) for each in files] == [("wall.png", "Dated photos")]
    qtbot.waitUntil(lambda: [item.title for item in screen._pages["files"].lines.items] == ["wall.png"])


def test_a_file_that_is_gone_is_said(office: Office, qtbot: QtBot, tmp_path: Path) -> None:
    """A file that cannot be read leaves the form open with the reason."""
    opened(office, qtbot)
    office.paperwork.files = (tmp_path / "gone.png",)
    office.commands.run("case.attach")
    dialog = form(qtbot)

    save(dialog)

    qtbot.waitUntil(lambda: "This file cannot be read." in dialog.summary.accessibleName())
    dialog.reject()


def test_the_list_opens_another_case(office: Office, qtbot: QtBot) -> None:
    """Moving in the list asks to open the case under the cursor; coming into the list alone opens nothing."""
    screen = opened(office, qtbot)
    screen.cases.list.setFocus()
    assert office.went == []
    here = screen.cases.model.find
    qtbot.waitUntil(lambda: screen.cases.list.currentIndex().row() == here(office.cases["Comfort"].id) > 0)

    QTest.keyClick(screen.cases.list, Qt.Key.Key_Up)

    assert [(target.screen, target.id) for target in office.went] == [("case", office.cases["Nadia"].id)]


def test_letters_and_unsent_work_are_a_key_away(office: Office, qtbot: QtBot) -> None:
    """The letter and the summary open their own screen; Review opens what is not sent."""
    screen = opened(office, qtbot)
    case_id = office.cases["Comfort"].id

    office.commands.run("case.letter")
    office.commands.run("case.summary")
    QTest.keyClick(control(screen, "Review what is not sent"), Qt.Key.Key_Space)

    assert office.went == [
        Target("letter", case_id, "acknowledgement"), Target("letter", case_id, "case-summary"), Target("sync"),
    ]  # fmt: skip


def test_a_case_that_is_not_here_is_said(office: Office, qtbot: QtBot) -> None:
    """A case of another device says so in place of the page, and no act can be asked for."""
    screen = office.open(CaseScreen)
    assert isinstance(screen, CaseScreen)
    screen.go(Target("case", "01900000-0000-7000-8000-00000000dead"))
    screen.shown()

    qtbot.waitUntil(lambda: "is not on this computer" in texts(screen))
    assert not office.commands["case.note"].enabled()


def test_every_act_has_a_key(office: Office, qtbot: QtBot) -> None:
    """Everything that can be done on a case is a command with a shortcut, so that help lists it."""
    opened(office, qtbot)

    acts = [command for command in office.commands.all() if command.id.startswith("case.")]

    assert len(acts) == 15
    assert all(command.shortcut and command.title and command.group == "Case" for command in acts)


@pytest.mark.parametrize("tab", ["timeline", "details", "people", "letters", "files", "tasks"])
@pytest.mark.parametrize("percent", [100, 200])
def test_everything_has_a_name_and_room(office: Office, qtbot: QtBot, tab: str, percent: int) -> None:
    """On every tab, at twice the text size too, each control has a name and a size, and no label is cut."""
    office.theme.resize_text(percent)
    screen = opened(office, qtbot, "Nadia", tab)
    screen.resize(1300, 900)
    screen.fit(Room.WIDE if percent == 100 else Room.ONE_PANE)
    qtbot.waitUntil(lambda: not clipped(screen))

    assert nameless(screen) == []
    assert small_targets(screen) == []


@pytest.mark.parametrize("act", ["attempt", "task", "finish", "book", "move", "assign", "share", "remove", "details"])
def test_every_form_has_names_and_room(office: Office, qtbot: QtBot, act: str) -> None:
    """Each control of each form has a name, and no label is cut."""
    opened(office, qtbot)
    office.commands.run(f"case.{act}")
    dialog = form(qtbot)

    assert nameless(dialog) == []
    assert clipped(dialog) == []
    dialog.reject()
