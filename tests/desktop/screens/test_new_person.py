"""Adding a resident."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.new_person import NewPerson
from almoner.records import Address, ContactPoint, Person
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

CTRL = Qt.KeyboardModifier.ControlModifier


def _open(office: Office, qtbot: QtBot, part: str = "") -> NewPerson:
    screen = office.open(NewPerson)
    assert isinstance(screen, NewPerson)
    screen.go(Target("new-person", part=part))
    screen.shown()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.who.field("full_name").control)
    return screen


def _type(text: str) -> None:
    """Type into whatever has the keyboard."""
    where = QApplication.focusWidget()
    assert where is not None
    QTest.keyClicks(where, text)


def _tab(times: int = 1) -> None:
    for _ in range(times):
        where = QApplication.focusWidget()
        assert where is not None
        QTest.keyClick(where, Qt.Key.Key_Tab)


def _save() -> None:
    where = QApplication.focusWidget()
    assert where is not None
    QTest.keyClick(where, Qt.Key.Key_Return, CTRL)


def _line(screen: QWidget, name: str) -> QLineEdit:
    return next(box for box in screen.findChildren(QLineEdit) if box.accessibleName().startswith(name))


def _people(office: Office) -> dict[str, Person]:
    return {person.full_name: person for person in office.look(lambda reading: reading.all_of(Person))}


def test_added_from_the_keyboard(office: Office, qtbot: QtBot) -> None:
    """Name, date of birth, telephone and address are typed with Tab between them; Ctrl+Enter saves and opens them."""
    screen = _open(office, qtbot)
    _type("Ada Nowicka")
    _tab(2)
    _type("8 March 1991")
    _line(screen, "Telephone").setFocus()
    _type("07700 900555")
    _line(screen, "Line 1").setFocus()
    _type("9 Quay Rise")
    _line(screen, "Postcode").setFocus()
    _type("as44eb")
    _save()
    qtbot.waitUntil(lambda: bool(office.went))

    person = _people(office)["Ada Nowicka"]
    assert office.went == [Target("person", person.id)]
    assert office.said == ["Ada Nowicka added"]
    assert person.date_of_birth == "1991-03-08"
    address = office.look(lambda reading: reading.all_of(Address, person_id=person.id))[0]
    point = office.look(lambda reading: reading.all_of(ContactPoint, person_id=person.id))[0]
    assert (address.line_1, address.postcode, point.value) == ("9 Quay Rise", "AS4 4EB", "07700 900555")


def test_a_name_is_all_that_is_needed(office: Office, qtbot: QtBot) -> None:
    """A person is added with a name alone, and no empty address is made; without a name the form says so."""
    screen = _open(office, qtbot)
    _save()
    assert screen.summary.isVisible()
    assert "empty" in screen.who.field("full_name").wrong
    screen.who.field("full_name").control.setFocus()
    _type("Mononym")
    _save()
    qtbot.waitUntil(lambda: bool(office.went))

    person = _people(office)["Mononym"]
    assert office.look(lambda reading: reading.all_of(Address, person_id=person.id)) == ()


def test_warned_before_a_duplicate_is_made(office: Office, qtbot: QtBot) -> None:
    """Somebody with a like name and the same date of birth is shown while typing; saving stops there first."""
    screen = _open(office, qtbot)
    _type("Comfort Adjey")
    _tab(2)
    _type("8/3/1991")
    qtbot.waitUntil(screen.alike.isVisible)
    item = screen.alike.lines.items[0]
    assert item.id == office.people["Comfort"].id
    assert "same date of birth" in item.second.lower()
    _save()
    qtbot.waitUntil(screen.none_of_these.hasFocus)
    assert "Comfort Adjey" not in _people(office)

    QTest.keyClick(screen.none_of_these, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(office.went))
    assert "Comfort Adjey" in _people(office)


def test_a_hurried_save_is_warned_too(office: Office, qtbot: QtBot) -> None:
    """Saving before the search has answered waits for it: no duplicate slips through."""
    screen = _open(office, qtbot)
    screen.who.restore({"full_name": "Comfort Adjei", "date_of_birth": "8/3/1991"})
    _save()
    qtbot.waitUntil(screen.none_of_these.hasFocus)

    assert office.went == []
    assert len(_people(office)) == len(office.people)


def test_the_one_who_is_here_is_opened(office: Office, qtbot: QtBot) -> None:
    """One key press opens the person who is here already; what was typed waits as a draft."""
    screen = _open(office, qtbot)
    _type("Comfort Adjei")
    qtbot.waitUntil(screen.alike.isVisible)
    screen.alike.lines.acted.emit(screen.alike.lines.items[0].id, "open")
    office.doors.write_and_wait(lambda _tx: None)

    assert office.went == [Target("person", office.people["Comfort"].id)]
    assert "Comfort Adjei" in (office.look(lambda reading: reading.draft("new-person")) or "")


def test_confidential_addresses_are_not_shown(office: Office, qtbot: QtBot) -> None:
    """A likely duplicate with a confidential address is shown without it."""
    screen = _open(office, qtbot)
    _type("Nadia Hussain")
    qtbot.waitUntil(screen.alike.isVisible)

    assert "Confidential address" in screen.alike.lines.items[0].second
    assert "Wharf" not in str(screen.alike.lines.items)


@pytest.mark.parametrize(
    ("box", "typed", "says"),
    [
        ("Telephone", "x", "telephone number"),
        ("E-mail", "nobody", "e-mail address"),
        ("Date of birth", "soon", "date of birth"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(office: Office, qtbot: QtBot, box: str, typed: str, says: str) -> None:
    """What cannot be kept is said in the summary and at the field, and nothing is saved."""
    screen = _open(office, qtbot)
    _type("Ada Nowicka")
    line = _line(screen, box)
    line.setText(typed)
    _save()

    assert screen.summary.isVisible()
    assert says in line.accessibleDescription()
    assert "Ada Nowicka" not in _people(office)


def test_the_draft_comes_back(office: Office, qtbot: QtBot) -> None:
    """What was half typed is there again after the window was closed; saving forgets it."""
    screen = _open(office, qtbot)
    _type("Ada Now")
    _line(screen, "Telephone").setText("0770")
    qtbot.waitUntil(lambda: "Ada Now" in (office.look(lambda reading: reading.draft("new-person")) or ""))

    again = office.open(NewPerson)
    assert isinstance(again, NewPerson)
    again.shown()
    qtbot.waitUntil(lambda: _line(again, "Telephone").text() == "0770")
    assert _line(again, "Full name").text() == "Ada Now"
    _line(again, "Telephone").setText("")
    again.save.click()
    qtbot.waitUntil(lambda: bool(office.went))
    qtbot.waitUntil(lambda: office.look(lambda reading: reading.draft("new-person")) is None)


def test_a_new_case_gets_its_person(office: Office, qtbot: QtBot) -> None:
    """Somebody added in the middle of a new case leads back to it."""
    _open(office, qtbot, part="Ada Nowicka")
    _save()
    qtbot.waitUntil(lambda: bool(office.went))

    assert office.went == [Target("new-case", _people(office)["Ada Nowicka"].id)]


@pytest.mark.parametrize("room", [Room.WIDE, Room.ONE_PANE])
def test_can_be_read_aloud_and_hit(office: Office, qtbot: QtBot, room: Room) -> None:
    """Everything has a name, is large enough and is not cut off, with the warning shown."""
    screen = _open(office, qtbot)
    screen.fit(room)
    if room is Room.ONE_PANE:
        screen.resize(600, 850)
    _type("Comfort Adjei")
    qtbot.waitUntil(screen.alike.isVisible)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []
