"""The list of residents."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from almoner.casework.residents import add_person, change_person
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.residents import Residents
from tests.desks import OTHER_TEAM
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def _open(office: Office, qtbot: QtBot) -> Residents:
    screen = office.open(Residents)
    assert isinstance(screen, Residents)
    qtbot.waitUntil(lambda: screen.held.text() == f"{len(office.people)} on this device")
    qtbot.waitUntil(lambda: screen.model.row_at(0) is not None)
    return screen


def _names(screen: Residents) -> list[str]:
    rows = [screen.model.row_at(at) for at in range(screen.model.rowCount())]
    return [row.title for row in rows if row is not None]


def _leads(screen: Residents, name: str) -> bool:
    return _names(screen)[:1] == [name]


def test_by_surname_with_what_to_mind(office: Office, qtbot: QtBot) -> None:
    """Everybody is listed by surname, with open cases and what to mind; a confidential address is masked."""
    screen = _open(office, qtbot)

    assert _names(screen)[:3] == ["Comfort Adjei", "Kwame Adjei", "Grace Griffiths"]
    nadia = screen.model.row_at(_names(screen).index("Nadia Hussain"))
    assert nadia is not None
    assert [cell.text for cell in nadia.cells] == [
        "Nadia Hussain",
        "2 Nov 1988",
        "Confidential address",
        "1",
        "Safe contact",
    ]
    assert "Safe contact" in nadia.spoken


def test_found_while_typing(office: Office, qtbot: QtBot) -> None:
    """A misspelt name, a phone number and a postcode find the person; an empty box brings everybody back."""
    screen = _open(office, qtbot)
    for typed, wanted in (
        ("comfert adjey", "Comfort Adjei"),
        ("07700 900417", "Nadia Hussain"),
        ("AS3 1LN", "Grace Griffiths"),
    ):
        screen.box.clear()
        QTest.keyClicks(screen.box, typed)
        qtbot.waitUntil(partial(_leads, screen, wanted))
    screen.box.clear()

    qtbot.waitUntil(lambda: screen.model.rowCount() == len(office.people))


def test_nobody_found_offers_to_add(office: Office, qtbot: QtBot) -> None:
    """When nobody is found the page says what to try, and a new resident begins with the name typed."""
    screen = _open(office, qtbot)
    QTest.keyClicks(screen.box, "Zzyzx Qwv")
    qtbot.waitUntil(lambda: screen.stack.part is screen.empty)
    office.commands.run("new-person")

    assert office.went == [Target("new-person", part="name:Zzyzx Qwv")]


def test_keyboard_from_box_to_page(office: Office, qtbot: QtBot) -> None:
    """Type, Down into the list, Down to a person, Enter opens their page; the side pane says who it is."""
    screen = _open(office, qtbot)
    QTest.keyClicks(screen.box, "adjei")
    qtbot.waitUntil(lambda: screen.model.rowCount() == 2)
    QTest.keyClick(screen.box, Qt.Key.Key_Down)
    qtbot.waitUntil(screen.table.hasFocus)
    screen.table.setCurrentIndex(screen.model.index(0, 0))
    QTest.keyClick(screen.table, Qt.Key.Key_Down)
    kwame = office.people["Kwame"]
    qtbot.waitUntil(lambda: any(each.text() == "Kwame Adjei" for each in screen.preview.findChildren(QLabel)))
    QTest.keyClick(screen.table, Qt.Key.Key_Return)

    assert screen.keeps.kept == kwame.id
    assert office.went == [Target("person", kwame.id)]


def test_another_teams_record_shows_its_name_only(office: Office, qtbot: QtBot) -> None:
    """Somebody kept for another team stands in the list by name, and nothing else about them."""
    person_id = office.people["Grace Griffiths"].id
    office.doors.write_and_wait(lambda tx: change_person(tx, office.desk, person_id, restricted_team_id=OTHER_TEAM.id))
    screen = _open(office, qtbot)
    for typed in ("", "griffiths"):
        screen.box.setText(typed)
        qtbot.waitUntil(lambda: "Grace Griffiths" in _names(screen)[:3])
        row = screen.model.row_at(_names(screen).index("Grace Griffiths"))

        assert row is not None
        assert row.spoken == "Grace Griffiths, only for another team"
        assert "Chapel" not in str(row)


def test_selection_is_kept_by_id(office: Office, qtbot: QtBot) -> None:
    """When somebody is added above, the person chosen stays chosen."""
    screen = _open(office, qtbot)
    at = _names(screen).index("Nadia Hussain")
    screen.table.setCurrentIndex(screen.model.index(at, 0))
    office.doors.change(lambda tx: add_person(tx, office.desk, full_name="Ada Aaron"))
    qtbot.waitUntil(lambda: screen.table.currentIndex().row() == at + 1)

    assert screen.keeps.kept == office.people["Nadia"].id


def test_gives_way_in_narrow_windows(office: Office, qtbot: QtBot) -> None:
    """Without room the side pane goes, then the columns."""
    screen = _open(office, qtbot)
    screen.fit(Room.MEDIUM)
    assert not screen.preview.isVisible()
    assert screen.stack.part is screen.table

    screen.fit(Room.NARROW)
    assert screen.stack.part is screen.list


def test_can_be_read_aloud_and_hit(office: Office, qtbot: QtBot) -> None:
    """Everything has a name, is large enough and is not cut off, also with somebody in the side pane."""
    screen = _open(office, qtbot)
    screen.table.setCurrentIndex(screen.model.index(_names(screen).index("Nadia Hussain"), 0))
    qtbot.waitUntil(lambda: screen.preview.banner.isVisible())

    assert nameless(screen) == []
    assert small_targets(screen) == []
    assert clipped(screen) == []
