"""The screen of a disagreement: before, mine and theirs side by side, why it matters, and the choice by keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from almoner.casework.conflicts import settle
from almoner.desktop.parts.difference import Difference
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.rows import ROW_ROLE, Row
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.case import CaseScreen
from almoner.desktop.screens.cases import Cases
from almoner.desktop.screens.conflict import ConflictScreen
from almoner.desktop.screens.my_work import MyWork
from almoner.records import Case, Conflict
from almoner.rules.settling import Choice, Part
from tests.desks import OWEN, RUTH, SANA
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

BEFORE = "Black mould in her son's bedroom. He is 3 and has asthma. Not judged imminent."
MINE = f"{BEFORE} Damp has spread to the landing."
THEIRS = BEFORE.replace("3", "4")


def disagree(office: Office, field: str = "summary", **values: Any) -> Conflict:
    """Two people changed Comfort's case: Ruth's value is in force, Owen's was offered."""
    case, now = office.cases["Comfort"], office.clock.now()
    said = {"before": BEFORE, "in_force": MINE, "offered": THEIRS, **values}
    if field == "summary":
        office.doors.write_and_wait(lambda tx: tx.save(replace(case, summary=MINE)))
    conflict = Conflict(
        id=f"conflict-{field}", case_id=case.id, record_kind="case", record_id=case.id, field=field,
        before=json.dumps(said["before"]), in_force=json.dumps(said["in_force"]), offered=json.dumps(said["offered"]),
        in_force_by=RUTH.id, in_force_at=now - timedelta(minutes=20), offered_by=OWEN.id,
        offered_at=now - timedelta(hours=1), mutation_id="m",
    )  # fmt: skip
    office.doors.write_and_wait(lambda tx: tx.add(conflict))
    return conflict


def opened(office: Office, qtbot: QtBot, conflict: Conflict) -> ConflictScreen:
    """Open the screen on a disagreement and wait until it is read."""
    screen = cast(ConflictScreen, office.open(ConflictScreen))
    screen.go(Target("conflict", conflict.id))
    screen.shown()
    qtbot.waitUntil(lambda: screen.page is not None)
    return screen


def kept(office: Office, qtbot: QtBot, conflict: Conflict) -> Conflict:
    """Wait until it is settled."""
    qtbot.waitUntil(lambda: office.look(lambda reading: reading.get(Conflict, conflict.id)).settled_at is not None)
    qtbot.waitUntil(lambda: bool(office.said))
    return office.look(lambda reading: reading.get(Conflict, conflict.id))


def marked(words: Difference) -> list[str]:
    """The words that are marked as new."""
    return [part.words for part in words.parts if part.differs]


def test_three_values_with_what_differs(office: Office, qtbot: QtBot) -> None:
    """Before, mine and theirs stand side by side, with who, when, why it matters, and the new words marked."""
    screen = opened(office, qtbot, disagree(office))
    columns = screen.columns

    assert columns.before.words.toPlainText() == BEFORE
    assert (columns.first.heading.text(), columns.first.who.text()) == ("Mine", "Ruth Bello")
    assert (columns.second.heading.text(), columns.second.who.text()) == ("Theirs", "Owen Pryce")
    assert columns.first.times.text() == "In force since today 09:45"
    assert columns.second.times.text() == "Made today 09:05"
    assert marked(columns.first.words) == ["Damp has spread to the landing."]
    assert marked(columns.second.words) == ["4"]
    assert "New words: 4" in columns.second.words.accessibleDescription()
    assert screen.why.text().startswith("Why it matters: both wrote")
    assert columns.before.button.isHidden()


@pytest.mark.parametrize(
    ("press", "choice"),
    [
        (lambda screen: QTest.keyClick(screen.columns.first.button, Qt.Key.Key_Space), "in-force"),
        (lambda screen: QTest.keyClick(screen.columns.second.button, Qt.Key.Key_Space), "offered"),
        (lambda screen: QTest.keyClick(screen.both, Qt.Key.Key_Space), "both"),
        (lambda screen: screen.around.commands.run("settle.first"), "in-force"),
        (lambda screen: screen.around.commands.run("settle.second"), "offered"),
        (lambda screen: screen.around.commands.run("settle.both"), "both"),
    ],
)
def test_a_key_settles_it(office: Office, qtbot: QtBot, press: Callable[[ConflictScreen], object], choice: str) -> None:
    """Each button and each key keeps its value, says so, and leads back to where the officer came from."""
    conflict = disagree(office)
    screen = opened(office, qtbot, conflict)
    press(screen)

    assert kept(office, qtbot, conflict).choice == choice
    summary = office.look(lambda reading: reading.get(Case, office.cases["Comfort"].id)).summary
    assert (MINE in summary, THEIRS in summary) == (choice != "offered", choice != "in-force")
    qtbot.waitUntil(lambda: office.went == [Target("back")])
    assert office.said[0].startswith("Settled. What we understood: ")


def test_the_keyboard_begins_at_the_first_choice(office: Office, qtbot: QtBot) -> None:
    """Tab is not needed to keep one's own; the texts and every choice are on the way of Tab."""
    screen = opened(office, qtbot, disagree(office))
    qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.columns.first.button)
    reached = set()
    for _ in range(12):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget() or screen, Qt.Key.Key_Tab)

    assert {screen.columns.second.words, screen.columns.second.button, screen.both, screen.other} <= reached


def test_something_else_is_written_in_the_fields_own_form(office: Office, qtbot: QtBot) -> None:
    """A third value is typed into the form the field has, filled with what is in force."""
    conflict = disagree(office)
    screen = opened(office, qtbot, conflict)
    QTest.keyClick(screen.other, Qt.Key.Key_Space)
    (dialog,) = screen.findChildren(FormDialog)
    box = dialog.findChild(QPlainTextEdit)
    assert box is not None
    before = box.toPlainText()
    box.setPlainText("Mould in two rooms.")
    dialog.save()

    assert kept(office, qtbot, conflict).choice == "other"
    assert before == MINE
    assert office.look(lambda reading: reading.get(Case, office.cases["Comfort"].id)).summary == "Mould in two rooms."


def test_a_stage_says_what_follows_and_is_not_kept_twice(office: Office, qtbot: QtBot) -> None:
    """Where the case stands each choice says what becomes of the dates; there is no both and nothing else."""
    conflict = disagree(office, "stage", before="reported", in_force="reported", offered="closed")
    screen = opened(office, qtbot, conflict)

    assert "Investigate by Tue 5 January 2027" in screen.columns.first.follows.text()
    assert "The case is closed" in screen.columns.second.follows.text()
    assert screen.columns.second.button.accessibleDescription() == screen.columns.second.follows.text()
    assert screen.both.isHidden()
    assert screen.other.isHidden()


def test_settled_meanwhile_it_says_by_whom(office: Office, qtbot: QtBot) -> None:
    """Somebody settles it while it is open here: the buttons go, and it says who chose what."""
    conflict = disagree(office)
    screen = opened(office, qtbot, conflict)
    colleague = replace(office.desk, me=SANA)
    office.doors.change(lambda tx: settle(tx, colleague, conflict.id, Choice.OFFERED))
    qtbot.waitUntil(screen.banner.isVisible)

    assert "Sana Iqbal settled this today 10:05 and kept what Owen Pryce wrote." in screen.banner.accessibleName()
    assert screen.columns.first.button.isHidden()
    assert screen.columns.second.button.isHidden()
    screen.keep(Choice.IN_FORCE)
    assert office.look(lambda reading: reading.get(Conflict, conflict.id)).settled_by == SANA.id


def test_others_may_read_it(office: Office, qtbot: QtBot) -> None:
    """Who may not settle it reads both values and who may."""
    conflict = disagree(office)
    stranger = replace(OWEN, id="kim", username="kim", full_name="Kim Lund")
    office.desk = replace(office.desk, me=stranger)
    screen = opened(office, qtbot, conflict)

    assert "You can read this" in screen.banner.accessibleName()
    assert screen.columns.first.heading.text() == "Ruth Bello"
    assert screen.columns.first.button.isHidden()
    assert screen.both.isHidden()


def test_one_that_is_gone_says_so(office: Office, qtbot: QtBot) -> None:
    """A disagreement that is no longer on this computer leaves words and a way on, not an empty page."""
    screen = cast(ConflictScreen, office.open(ConflictScreen))
    screen.go(Target("conflict", "gone"))
    screen.shown()
    qtbot.waitUntil(lambda: screen.stack.part is screen.wrong)

    assert "not on this computer" in screen.wrong.accessibleName()


def test_the_case_says_it_and_leads_there(office: Office, qtbot: QtBot) -> None:
    """The page of the case says how many disagreements there are; its button and its key lead to the oldest."""
    first, _second = disagree(office), disagree(office, "title", in_force="Damp", offered="Mould")
    screen = cast(CaseScreen, office.open(CaseScreen))
    screen.go(Target("case", office.cases["Comfort"].id))
    screen.shown()
    qtbot.waitUntil(screen.header.disputed.isVisible)
    office.commands.run("case.settle")

    assert screen.header.disputed.accessibleName().startswith("2 disagreements on this case")
    assert office.went == [Target("conflict", first.id)]


def test_my_work_leads_there(office: Office, qtbot: QtBot) -> None:
    """On the first page it says what is disagreed about, and Enter opens it; the number beside To settle counts it."""
    conflict = disagree(office)
    screen = cast(MyWork, office.open(MyWork))
    qtbot.waitUntil(lambda: any(row.id == f"conflict-{conflict.id}" for row in screen.list.rows))
    row = next(row for row in screen.list.rows if row.id == f"conflict-{conflict.id}")
    screen.list.opened.emit(row.id)

    assert row.second.startswith("What we understood: two people changed this")
    assert office.went == [Target("conflict", conflict.id)]
    assert office.badges["settle"] == 1


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
@pytest.mark.parametrize("percent", [100, 200])
def test_everything_can_be_named_read_and_hit(office: Office, qtbot: QtBot, room: Room, percent: int) -> None:
    """Every control has a name and a size and no words are cut, side by side or under one another, also at 200 %."""
    office.theme.resize_text(percent)
    screen = opened(office, qtbot, disagree(office))
    screen.resize(1300 if room is Room.WIDE else 700, 1000)
    screen.fit(room)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []


def test_the_words_are_as_high_as_they_need(office: Office, qtbot: QtBot) -> None:
    """A long text is shown whole, and typed marks are never taken for markup."""
    view = Difference(office.theme, "Words")
    qtbot.addWidget(view)
    view.resize(300, 10)
    view.show_parts([Part("word " * 200), Part("<b>new</b>", differs=True)])
    view.show()

    assert view.toPlainText().endswith("<b>new</b>")
    assert view.height() >= view.document().size().height()
    assert view.verticalScrollBar().maximum() == 0


def test_lists_mark_the_case(office: Office, qtbot: QtBot) -> None:
    """In the list of cases the disputed one says so, in its row and to a screen reader, until it is settled."""
    conflict = disagree(office)
    screen = cast(Cases, office.open(Cases))

    def rows() -> dict[str, Row]:
        found = (screen.model.index(at, 0).data(ROW_ROLE) for at in range(screen.model.rowCount()))
        return {row.id: row for row in found if row is not None}

    case_id = office.cases["Comfort"].id
    qtbot.waitUntil(lambda: case_id in rows())
    before = [row.id for row in rows().values() if "Two values" in row.spoken]
    cell = rows()[case_id].cells[-1].second
    office.doors.change(lambda tx: settle(tx, office.desk, conflict.id, Choice.IN_FORCE))
    qtbot.waitUntil(lambda: not any("Two values" in row.spoken for row in rows().values()))

    assert before == [case_id]
    assert cell == "Two values"
