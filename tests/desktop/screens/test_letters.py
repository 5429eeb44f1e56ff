"""The list of letters over a real store."""

from __future__ import annotations

from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from almoner.casework.letters import draft_letter, file_letter, record_printed
from almoner.desktop.parts.rows import ROW_ROLE
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.letters import Letters
from almoner.records import Letter
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


@pytest.fixture
def letters(office: Office, qtbot: QtBot) -> list[Letter]:
    """Two letters to print and one printed."""
    made: list[Letter] = []
    typed = {"summary": "Mould on two walls."}
    for name in ("Comfort", "Emeka Miah", "Grace Griffiths"):
        case_id = office.cases[name].id
        office.doors.change(
            lambda tx, case_id=case_id: file_letter(
                tx, office.desk, draft_letter(tx, office.desk, case_id, "acknowledgement", typed=typed)
            ),
            done=made.append,
        )
    qtbot.waitUntil(lambda: len(made) == 3)
    office.doors.change(lambda tx: record_printed(tx, office.desk, made[0].id))
    qtbot.waitUntil(lambda: office.look(lambda r: r.get(Letter, made[0].id)).status == "printed")
    return made


def rows(screen: Letters) -> list[tuple[str, str]]:
    """To whom and how each letter that is shown stands."""
    model = screen.model
    found = [model.index(at, 0).data(ROW_ROLE) for at in range(model.rowCount())]
    return [(row.title, row.tag) for row in found if row is not None]


def test_letters_are_listed_with_what_became_of_them(office: Office, letters: list[Letter], qtbot: QtBot) -> None:
    """Each letter says to whom and how it stands; the section says how many wait to be printed."""
    screen = cast(Letters, office.open(Letters))
    qtbot.waitUntil(lambda: len(rows(screen)) == 3)
    qtbot.waitUntil(lambda: office.badges.get("letters") == 2)

    assert dict(rows(screen)) == {
        "Comfort Adjei": "Printed", "Emeka Miah": "To print", "Grace Griffiths": "To print",
    }  # fmt: skip


def test_chips_filter_by_keyboard_and_an_empty_list_says_why(
    office: Office, letters: list[Letter], qtbot: QtBot
) -> None:
    """The arrow keys choose another filter; where there is nothing the reason stands there."""
    screen = cast(Letters, office.open(Letters))
    qtbot.waitUntil(lambda: len(rows(screen)) == 3)
    QTest.keyClick(screen.chips, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: len(rows(screen)) == 2)
    QTest.keyClick(screen.chips, Qt.Key.Key_Right)
    qtbot.waitUntil(screen.empty.isVisible)

    assert screen.chips.current == "held"


def test_enter_opens_the_letter(office: Office, letters: list[Letter], qtbot: QtBot) -> None:
    """Enter on a row opens that letter of its case."""
    screen = cast(Letters, office.open(Letters))
    qtbot.waitUntil(lambda: len(rows(screen)) == 3)
    screen.keeps.select_first()
    QTest.keyClick(screen.table, Qt.Key.Key_Return)

    opened = office.went[-1]
    assert opened.screen == "letter"
    assert opened in {Target("letter", letter.case_id, letter.id) for letter in letters}


def test_a_change_reaches_the_list(office: Office, letters: list[Letter], qtbot: QtBot) -> None:
    """A letter printed meanwhile shows so without being asked again."""
    screen = cast(Letters, office.open(Letters))
    qtbot.waitUntil(lambda: len(rows(screen)) == 3)
    office.doors.change(lambda tx: record_printed(tx, office.desk, letters[1].id))

    qtbot.waitUntil(lambda: dict(rows(screen))["Emeka Miah"] == "Printed")


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
def test_everything_can_be_named_read_and_hit(office: Office, letters: list[Letter], qtbot: QtBot, room: Room) -> None:
    """Every control has a name, no words are cut off, and no button is too small."""
    screen = cast(Letters, office.open(Letters))
    screen.fit(room)
    qtbot.waitUntil(lambda: len(rows(screen)) == 3)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []
