"""My work: what needs the officer, in the order to do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.casework.notes import add_note
from almoner.casework.tasks import add_task
from almoner.casework.work_page import greeting, read_work_page
from almoner.desktop.screen import Target
from almoner.desktop.screens.my_work import MyWork
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def _open(office: Office, qtbot: QtBot) -> MyWork:
    screen = office.open(MyWork)
    assert isinstance(screen, MyWork)
    qtbot.waitUntil(lambda: bool(screen.list.rows) or screen.stack.part is screen.empty)
    return screen


def test_says_what_and_why(office: Office, qtbot: QtBot) -> None:
    """Each thing to do says whom it is about and why it needs the officer; the figures count the groups."""
    screen = _open(office, qtbot)

    whys = [row.second for row in screen.list.rows]
    assert any("Ring the surveyor" in why for why in whys)
    assert all(row.title and row.second for row in screen.list.rows)
    page = office.look(lambda reading: read_work_page(reading, office.desk))
    shown = {code: box.number for code, box in screen.figures.boxes.items()}
    assert shown == {figure.code: str(figure.number) for figure in page.figures}
    assert office.badges["work"] == page.pressing >= 1


def test_enter_opens_the_case(office: Office, qtbot: QtBot) -> None:
    """From the keyboard: the first thing to do is chosen, and Enter opens its case at the part it is found in."""
    screen = _open(office, qtbot)
    rows = screen.list.rows
    at = next(place for place, row in enumerate(rows) if "surveyor" in row.second)
    for _ in range(at):
        QTest.keyClick(screen.list, Qt.Key.Key_Down)
    QTest.keyClick(screen.list, Qt.Key.Key_Return)

    assert office.went == [Target("case", office.cases["Comfort"].id, "tasks")]


def test_a_change_keeps_the_chosen_row(office: Office, qtbot: QtBot) -> None:
    """New work appears by itself, and what was chosen stays chosen."""
    screen = _open(office, qtbot)
    before = screen.list.rows
    kept = before[-1].id
    while screen.list.current_id != kept:
        QTest.keyClick(screen.list, Qt.Key.Key_Down)
    case_id = office.cases["Comfort"].id
    late = (office.clock.now() - timedelta(days=3)).date()
    office.doors.change(lambda tx: add_task(tx, office.desk, case_id, "Send the leaflet", do_by=late))
    qtbot.waitUntil(lambda: len(screen.list.rows) == len(before) + 1)

    assert screen.list.rows[0].second.startswith("Send the leaflet")
    assert screen.list.current_id == kept


def test_a_hidden_page_keeps_its_number_true(office: Office, qtbot: QtBot) -> None:
    """While another screen is in front, the number in the navigation follows."""
    screen = _open(office, qtbot)
    before = office.badges["work"]
    screen.hide()
    case_id, today = office.cases["Comfort"].id, office.clock.now().date()
    office.doors.change(lambda tx: add_task(tx, office.desk, case_id, "Ring back", do_by=today))

    qtbot.waitUntil(lambda: office.badges["work"] == before + 1)


def test_what_does_not_matter_changes_nothing(office: Office, qtbot: QtBot) -> None:
    """A note is no work: the same rows stay."""
    screen = _open(office, qtbot)
    before = screen.list.rows
    office.doors.change(lambda tx: add_note(tx, office.desk, office.cases["Comfort"].id, "She rang."), done=None)
    office.doors.write_and_wait(lambda _tx: None)

    assert screen.list.rows == before


def test_can_be_read_aloud_and_hit(office: Office, qtbot: QtBot) -> None:
    """Everything has a name, is large enough and is not cut off."""
    screen = _open(office, qtbot)

    assert nameless(screen) == []
    assert small_targets(screen) == []
    assert clipped(screen) == []


@pytest.mark.parametrize(
    ("hour", "words"), [(5, "Good morning"), (12, "Good afternoon"), (17, "Good afternoon"), (18, "Good evening")]
)
def test_greets_by_the_hour(hour: int, words: str) -> None:
    """The greeting goes by the hour in the UK."""
    assert greeting(datetime(2026, 12, 17, hour, tzinfo=UTC)) == words
