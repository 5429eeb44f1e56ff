"""The page of a resident and its forms."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from almoner.casework.residents import change_person
from almoner.desktop.parts.buttons import Button, Select
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.person import PersonScreen
from almoner.records import Address, ConsentGrant, ContactPoint, Flag, HouseholdMembership, Person, SafeContactRule
from almoner.records.people import Channel, FlagKind, Format
from tests.desks import OTHER_TEAM, SANA
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office


def _open(office: Office, qtbot: QtBot, who: str = "Comfort") -> PersonScreen:
    screen = office.open(PersonScreen)
    assert isinstance(screen, PersonScreen)
    screen.go(Target("person", office.people[who].id))
    screen.shown()
    qtbot.waitUntil(lambda: screen.page is not None and screen.stack.part is not screen._waiting)
    return screen


def _form(qtbot: QtBot) -> FormDialog:
    """The form that is open."""
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), FormDialog))
    found = QApplication.activeModalWidget()
    assert isinstance(found, FormDialog)
    qtbot.waitUntil(lambda: (inside := QApplication.focusWidget()) is not None and found.isAncestorOf(inside))
    return found


def _control(parent: QWidget, kind: type[Any], name: str) -> Any:
    """A control by the name a screen reader says."""
    found = [child for child in parent.findChildren(kind) if child.accessibleName().removesuffix(" (optional)") == name]
    assert len(found) == 1, name
    return found[0]


def _press(parent: QWidget, name: str) -> None:
    """Press a button from the keyboard."""
    button = _control(parent, Button, name)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def _save(qtbot: QtBot, form: FormDialog) -> None:
    with qtbot.waitSignal(form.accepted):
        _ctrl_enter(form)


def _ctrl_enter(form: FormDialog) -> None:
    QTest.keyClick(form.focusWidget() or form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def _titles(card: Any) -> list[str]:
    return [item.title for item in card.lines.items]


def test_shows_the_whole_person(office: Office, qtbot: QtBot) -> None:
    """Name, age, format, ways to reach, address, household and every case are there."""
    screen = _open(office, qtbot)

    assert screen.name.text() == "Comfort Adjei"
    assert "Born 8 Mar 1991 (age 35)" in screen.second.text()
    assert screen.page is not None
    assert "Large print 20 pt" in [mark.words for mark in screen.page.marks]
    assert _titles(screen.reach) == ["07700 900123"]
    assert _titles(screen.homes) == ["14B Tarn Court, Ashmere AS1 4QT"]
    assert _titles(screen.household) == ["Kwame Adjei"]
    assert screen.household.lines.items[0].second.startswith("Son")
    assert [item.id for item in screen.cases.lines.items] == [office.cases["Comfort"].id]


def test_safe_contact_stands_above_all(office: Office, qtbot: QtBot) -> None:
    """The banner says how the person must not be reached, and a barred number says so itself."""
    screen = _open(office, qtbot, "Nadia")

    assert screen.banner.isVisible()
    assert "Safe contact only" in screen.banner.accessibleName()
    assert screen.banner.y() == 0
    assert screen.reach.lines.items[0].tag == "Do not use"
    assert "weekdays 9:30 to 14:30" in screen.banner.accessibleName()


def test_confidential_address_is_shown_only_when_asked(office: Office, qtbot: QtBot) -> None:
    """A confidential address needs a reason before it is shown, and is hidden again when the page is left."""
    screen = _open(office, qtbot, "Nadia")
    assert _titles(screen.homes) == ["Confidential address"]

    _press(screen, "Show: Confidential address")
    form = _form(qtbot)
    form.save()
    assert form.summary.isVisible()
    _control(form, QLineEdit, "Why you need it").setText("Booking the surveyor")
    _save(qtbot, form)
    qtbot.waitUntil(lambda: _titles(screen.homes) != ["Confidential address"])
    assert _titles(screen.homes) == ["Flat 3, 47 Wharf Road, Ashmere AS2 8LQ"]

    screen.shown()
    qtbot.waitUntil(lambda: _titles(screen.homes) == ["Confidential address"])


def test_details_are_edited(office: Office, qtbot: QtBot) -> None:
    """The form begins with what is kept; what is changed is saved, and a wrong date is said at its field."""
    screen = _open(office, qtbot)
    office.commands.run("person.edit")
    form = _form(qtbot)
    assert _control(form, QLineEdit, "Full name").text() == "Comfort Adjei"
    born = _control(form, QLineEdit, "Date of birth")
    born.setText("31/2/1991")
    form.save()
    assert "calendar" in born.accessibleDescription()
    born.setText("March 1991")
    _control(form, QPlainTextEdit, "Support needs").setPlainText("Hard of hearing\n\nUses a wheelchair")
    _save(qtbot, form)
    qtbot.waitUntil(lambda: "Mar 1991" in screen.second.text())

    kept = office.look(lambda reading: reading.get(Person, office.people["Comfort"].id))
    assert kept.date_of_birth == "1991-03"
    assert kept.support_needs == ("Hard of hearing", "Uses a wheelchair")
    assert kept.letter_format is Format.LARGE_PRINT
    assert kept.print_points == 20


def test_an_address_is_added(office: Office, qtbot: QtBot) -> None:
    """An address is added with its dates; an empty one is refused in words."""
    screen = _open(office, qtbot)
    office.commands.run("person.address")
    form = _form(qtbot)
    _ctrl_enter(form)
    qtbot.waitUntil(form.summary.isVisible)
    _control(form, QLineEdit, "Line 1").setText("2 Mill Lane")
    _control(form, QLineEdit, "Postcode").setText("as14qt")
    _control(form, QCheckBox, "Confidential").setChecked(True)
    _control(form, QLineEdit, "From").setText("1/12/2026")
    _save(qtbot, form)
    qtbot.waitUntil(lambda: "Confidential address" in _titles(screen.homes))

    found = office.look(lambda reading: reading.all_of(Address, person_id=office.people["Comfort"].id))
    added = next(address for address in found if address.line_1 == "2 Mill Lane")
    assert (added.postcode, added.confidential, str(added.since)) == ("AS1 4QT", True, "2026-12-01")


def test_a_number_is_added_and_ended(office: Office, qtbot: QtBot) -> None:
    """A number is added, and later no longer used; it stays on record."""
    screen = _open(office, qtbot)
    office.commands.run("person.contact")
    form = _form(qtbot)
    (ways,) = form.findChildren(Select)
    ways.setCurrentIndex(ways.findData("email"))
    boxes = form.findChildren(QLineEdit)
    boxes[0].setText("comfort@example.org")
    _save(qtbot, form)
    qtbot.waitUntil(lambda: "comfort@example.org" in _titles(screen.reach))
    _press(screen, "Stop using: comfort@example.org")
    _save(qtbot, _form(qtbot))
    qtbot.waitUntil(lambda: any(item.second == "Not used any more" for item in screen.reach.lines.items))

    points = office.look(lambda reading: reading.all_of(ContactPoint, person_id=office.people["Comfort"].id))
    ended = next(point for point in points if point.channel is Channel.EMAIL)
    assert ended.value == "comfort@example.org"
    assert ended.ended_on == office.clock.now().date()


def test_a_safe_contact_rule_is_set(office: Office, qtbot: QtBot) -> None:
    """The rule needs a reason and something it restricts; once set, the banner stands at once."""
    screen = _open(office, qtbot)
    assert not _is_red(screen)
    office.commands.run("person.safe")
    form = _form(qtbot)
    form.save()
    assert form.summary.isVisible()
    _control(form, QPlainTextEdit, "Why").setPlainText("Her ex-partner reads her post.")
    _control(form, QCheckBox, "Leave no voicemail").setChecked(True)
    _save(qtbot, form)
    qtbot.waitUntil(lambda: _is_red(screen))

    rule = office.look(lambda reading: reading.all_of(SafeContactRule, person_id=office.people["Comfort"].id))[0]
    assert rule.no_voicemail
    assert str(rule.review_on) == "2027-12-17"


def _is_red(screen: PersonScreen) -> bool:
    return screen.page is not None and screen.page.banner.tone == "red" and screen.banner.isVisible()


def test_a_warning_needs_a_supervisor(office: Office, qtbot: QtBot) -> None:
    """Only supervisors can be named as having agreed; without one the form says so at the field."""
    screen = _open(office, qtbot)
    office.commands.run("person.flag")
    form = _form(qtbot)
    kind, agreed = form.findChildren(Select)
    kind.setCurrentIndex(kind.findData("risk-to-staff"))
    assert [agreed.itemText(at) for at in range(agreed.count())] == ["Choose a supervisor", SANA.full_name]
    _control(form, QPlainTextEdit, "Why").setPlainText("Dog in the hall.")
    _control(form, QCheckBox, "The person was told").setChecked(True)
    _ctrl_enter(form)
    qtbot.waitUntil(lambda: "supervisor" in agreed.accessibleDescription())
    agreed.setCurrentIndex(1)
    _save(qtbot, form)
    qtbot.waitUntil(lambda: "Risk to staff" in _titles(screen.warnings))

    flag = office.look(lambda reading: reading.all_of(Flag, person_id=office.people["Comfort"].id))[0]
    assert (flag.warning, flag.agreed_by) == (FlagKind.RISK_TO_STAFF, SANA.id)


def test_somebody_leaves_the_household(office: Office, qtbot: QtBot) -> None:
    """Taking somebody out ends their place today; the person stays."""
    screen = _open(office, qtbot)
    _press(screen, "Take out: Kwame Adjei")
    _save(qtbot, _form(qtbot))
    qtbot.waitUntil(lambda: _titles(screen.household) == [])

    places = office.look(lambda reading: reading.all_of(HouseholdMembership, person_id=office.people["Kwame"].id))
    assert [place.until for place in places] == [office.clock.now().date()]


def test_the_keyboard_leads_on(office: Office, qtbot: QtBot) -> None:
    """A case and a relative are opened, and a new case begun for this person, by their buttons and keys."""
    screen = _open(office, qtbot)
    _press(screen, "Open: Black mould in child's bedroom")
    _press(screen, "Open: Kwame Adjei")
    office.commands.run("person.case")

    assert office.went == [
        Target("case", office.cases["Comfort"].id),
        Target("person", office.people["Kwame"].id),
        Target("new-case", office.people["Comfort"].id),
    ]


def test_another_teams_record_shows_its_name_only(office: Office, qtbot: QtBot) -> None:
    """A person kept for another team: the name, whose they are, and nothing that can be done."""
    person_id = office.people["Comfort"].id
    office.doors.write_and_wait(lambda tx: change_person(tx, office.desk, person_id, restricted_team_id=OTHER_TEAM.id))
    screen = _open(office, qtbot)

    assert screen.banner.accessibleName().startswith("Only for Neighbourhoods")
    assert not screen.reach.isVisible()
    assert not screen.new_case.isVisible()
    office.commands.run("person.edit")
    assert QApplication.activeModalWidget() is None


def test_who_is_not_here_is_said(office: Office, qtbot: QtBot) -> None:
    """A person who is not on this device: the page says so and offers to try again."""
    screen = office.open(PersonScreen)
    assert isinstance(screen, PersonScreen)
    screen.go(Target("person", "01900000-0000-7000-8000-00000000dead"))
    screen.shown()

    qtbot.waitUntil(lambda: screen.stack.part is screen._wrong)


@pytest.mark.parametrize(("who", "room"), [("Comfort", Room.WIDE), ("Nadia", Room.WIDE), ("Comfort", Room.ONE_PANE)])
def test_can_be_read_aloud_and_hit(office: Office, qtbot: QtBot, who: str, room: Room) -> None:
    """Everything has a name, is large enough and is not cut off."""
    screen = _open(office, qtbot, who)
    screen.fit(room)
    if room is Room.ONE_PANE:
        screen.resize(600, 850)
    qtbot.waitUntil(lambda: clipped(screen) == [])

    assert nameless(screen) == []
    assert small_targets(screen) == []


def test_consent_is_recorded_and_ended(office: Office, qtbot: QtBot) -> None:
    """A team is chosen, what was agreed is said, and the line on the page ends it again."""
    screen = _open(office, qtbot)
    screen._runner("consent")()
    form = _form(qtbot)
    team = _control(form, Select, "To")
    team.setCurrentIndex(team.findData(OTHER_TEAM.id))
    _control(form, QLineEdit, "For").setText("Moving house.")
    _save(qtbot, form)
    qtbot.waitUntil(lambda: [item.tag for item in screen.sharing.lines.items] == ["Sees this"])
    (line,) = screen.sharing.lines.items
    said = line.title, line.second.split("  ·  ")[:2]
    _press(screen.sharing, f"End: {line.title}")
    _save(qtbot, _form(qtbot))
    qtbot.waitUntil(lambda: [item.tag for item in screen.sharing.lines.items] == ["Ended"])

    assert said == (OTHER_TEAM.name, ["Moving house.", "The person agreed"])
    (grant,) = office.look(lambda r: r.all_of(ConsentGrant))
    assert (grant.state.value, grant.team_id) == ("ended", OTHER_TEAM.id)


def test_who_may_not_see_confidential_addresses_is_told_who_can(office: Office, qtbot: QtBot) -> None:
    """Under every person's addresses, so that it gives nobody away."""
    screen = _open(office, qtbot)

    assert "a supervisor can see it" in screen.homes._note.text()
    assert screen.homes._note.isVisibleTo(screen)


def test_a_number_entered_by_mistake_is_taken_away(office: Office, qtbot: QtBot) -> None:
    """It is chosen from what is recorded, and leaves the page."""
    screen = _open(office, qtbot)
    (before,) = _titles(screen.reach)
    screen._runner("remove")()
    form = _form(qtbot)
    _save_refused(form)
    what = _control(form, Select, "What")
    what.setCurrentIndex(what.findText(before))
    _save(qtbot, form)
    qtbot.waitUntil(lambda: _titles(screen.reach) == [])

    person_id = office.people["Comfort"].id
    assert office.look(lambda r: r.all_of(ContactPoint, person_id=person_id)) == ()


def _save_refused(form: FormDialog) -> None:
    """Saving without a choice says so and keeps the form."""
    _ctrl_enter(form)
    assert "Nothing is chosen" in form.summary.accessibleName()
