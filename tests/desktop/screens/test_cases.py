"""The wide list of cases."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from almoner.casework.cases import assign_case
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.cases import Cases
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def _open(office: Office, qtbot: QtBot) -> Cases:
    screen = office.open(Cases)
    assert isinstance(screen, Cases)
    qtbot.waitUntil(lambda: screen.model.rowCount() == len(office.cases) and screen.model.row_at(0) is not None)
    return screen


def test_counts_and_order(office: Office, qtbot: QtBot) -> None:
    """Every case is there, what is due first on top, and each chip says how many it would leave."""
    screen = _open(office, qtbot)
    qtbot.waitUntil(lambda: "on this device" in screen.held.text())

    assert screen.held.text() == f"{len(office.cases)} on this device"
    first = screen.model.row_at(0)
    assert first is not None
    assert first.title == "Emeka Miah"
    assert "overdue" in first.tag
    names = [chip.accessibleName() for chip in screen.chips.findChildren(QWidget) if chip.accessibleName()]
    assert "Mine, 2" in names
    assert f"Unassigned, {len(office.cases) - 2}" in names


def test_enter_opens_and_arrows_move(office: Office, qtbot: QtBot) -> None:
    """From the keyboard: down to a case, Enter opens it."""
    screen = _open(office, qtbot)
    screen.table.setFocus()
    screen.table.setCurrentIndex(screen.model.index(0, 0))
    QTest.keyClick(screen.table, Qt.Key.Key_Down)
    chosen = screen.model.row_at(1)
    QTest.keyClick(screen.table, Qt.Key.Key_Return)

    assert chosen is not None
    assert office.went == [Target("case", chosen.id)]


def test_selection_is_kept_by_id(office: Office, qtbot: QtBot) -> None:
    """When a change moves rows about, the chosen case stays chosen."""
    screen = _open(office, qtbot)
    screen.go(Target("cases", part="unassigned"))
    qtbot.waitUntil(lambda: screen.model.rowCount() == len(office.cases) - 2)
    screen.table.setCurrentIndex(screen.model.index(2, 0))
    qtbot.waitUntil(lambda: screen.keeps.kept is not None)
    kept = screen.keeps.kept
    first = screen.model.row_at(0)
    assert first is not None
    me = office.desk.me.id
    office.doors.change(lambda tx: assign_case(tx, office.desk, first.id, owner_id=me))
    qtbot.waitUntil(lambda: screen.model.rowCount() == len(office.cases) - 3)
    qtbot.waitUntil(lambda: screen.table.currentIndex().row() == 1)

    assert screen.keeps.kept == kept


def test_an_empty_filter_says_why(office: Office, qtbot: QtBot) -> None:
    """A filter that leaves nothing says what will appear there, in place of an empty table."""
    screen = _open(office, qtbot)
    screen.chips.pick("closed")
    qtbot.waitUntil(lambda: screen.stack.part is screen.empty)
    screen.chips.pick("open")

    qtbot.waitUntil(lambda: screen.stack.part is screen.table)


def test_narrow_windows_get_two_line_rows(office: Office, qtbot: QtBot) -> None:
    """Where the columns have no room, the same rows and the same choice show on two lines."""
    screen = _open(office, qtbot)
    screen.table.setCurrentIndex(screen.model.index(3, 0))
    screen.fit(Room.ONE_PANE)

    assert screen.stack.part is screen.list
    assert screen.list.currentIndex().row() == 3


def test_confidential_addresses_are_masked(office: Office, qtbot: QtBot) -> None:
    """No row of the list holds the confidential address."""
    screen = _open(office, qtbot)
    rows = [screen.model.row_at(at) for at in range(screen.model.rowCount())]

    said = " ".join(str(row) for row in rows)
    assert "Nadia Hussain" in said
    assert "Wharf" not in said


def test_can_be_read_aloud_and_hit(office: Office, qtbot: QtBot) -> None:
    """Everything has a name, is large enough and is not cut off."""
    screen = _open(office, qtbot)

    assert nameless(screen) == []
    assert small_targets(screen) == []
    qtbot.waitUntil(lambda: clipped(screen) == [])
