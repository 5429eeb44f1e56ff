"""Taking in a new case: few keys, the date said before anything is saved, nothing typed ever lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.screen import Room, Target
from almoner.desktop.screens.new_case import NewCaseScreen
from almoner.records import Answer, Case, Clock, Participant
from almoner.records.cases import AnswerState, Role
from tests.desktop.accessibility import clipped, nameless, small_targets
from tests.desktop.office import Office

CTRL = Qt.KeyboardModifier.ControlModifier
SENTENCE = (
    "Investigate by Tue 5 January 2027: 10 working days from Thu 17 Dec 2026; not counted: 25 Dec, 28 Dec, 1 Jan."
)


@pytest.fixture
def screen(office: Office, qtbot: QtBot) -> Iterator[NewCaseScreen]:
    """The form, empty, in a window of its own."""
    return opened(office, qtbot)


def opened(office: Office, qtbot: QtBot, person_id: str = "") -> NewCaseScreen:
    made = office.open(NewCaseScreen)
    assert isinstance(made, NewCaseScreen)
    if person_id:
        made.go(Target("new-case", person_id))
        made.shown()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None and made.isAncestorOf(QApplication.focusWidget()))
    return made


def press(*keys: Qt.Key) -> int:
    """Press keys one after the other where the keyboard is; return how many."""
    for key in keys:
        QTest.keyClick(QApplication.focusWidget(), key)
    return len(keys)


def type_words(words: str) -> None:
    QTest.keyClicks(QApplication.focusWidget(), words)


def pick(screen: NewCaseScreen, qtbot: QtBot, words: str) -> None:
    """Find the person a case is about and take the first."""
    QTest.keyClicks(screen.form.subject.box, words)
    QTest.keyClick(screen.form.subject.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(screen.form.subject.person_id))


def cases(office: Office) -> tuple[Case, ...]:
    return office.look(lambda reading: reading.all_of(Case, order="recorded_at", descending=True))


def texts(parent: QWidget) -> str:
    return "\n".join(each.text() for each in parent.findChildren(QLabel) if each.isVisible())


def test_a_known_caller_takes_at_most_twelve_keys_beyond_the_words(
    screen: NewCaseScreen, office: Office, qtbot: QtBot
) -> None:
    """Find, kind, what was told, save, letter: the keys beside the words are few, and the sentence stands large."""
    pressed = 1  # Ctrl+N opened the form
    type_words("nowak")
    pressed += press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(screen.form.subject.person_id))
    pressed += press(Qt.Key.Key_Right, Qt.Key.Key_Space)
    pressed += press(Qt.Key.Key_Tab, Qt.Key.Key_Tab)
    type_words("Black mould on two walls.")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CTRL)
    pressed += 1
    qtbot.waitUntil(screen.logged.isVisible)
    pressed += press(Qt.Key.Key_Return)

    case = cases(office)[0]
    assert pressed <= 12
    assert screen.logged.sentence.text() == SENTENCE
    assert case.reference in screen.logged.reference.text()
    assert (case.summary, case.owner_id) == ("Black mould on two walls.", office.desk.me.id)
    assert office.went[-1] == Target("letter", case.id, "acknowledgement")


def test_the_date_is_said_before_anything_is_saved(screen: NewCaseScreen, office: Office, qtbot: QtBot) -> None:
    """As soon as kind and time are known the sentence stands by the button; the store holds no new case."""
    before = len(cases(office))
    screen.form.kind.setFocus()
    press(Qt.Key.Key_Right, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: screen.sentence.text() == SENTENCE)
    screen.form.aware.box.selectAll()
    QTest.keyClicks(screen.form.aware.box, "sat 9am")
    qtbot.waitUntil(lambda: "10 working days from Sat 12 Dec 2026" in screen.sentence.text())

    assert len(cases(office)) == before


def test_a_case_overdue_on_discovery_says_so(screen: NewCaseScreen, qtbot: QtBot) -> None:
    """An emergency the council knew of two days ago is overdue before it is typed."""
    screen.form.kind.setFocus()
    press(Qt.Key.Key_Space)
    screen.form.aware.box.selectAll()
    QTest.keyClicks(screen.form.aware.box, "tue 9am")

    qtbot.waitUntil(lambda: "Overdue on discovery: act now." in screen.sentence.text())


def test_a_time_to_come_is_refused_at_its_field(screen: NewCaseScreen, qtbot: QtBot) -> None:
    """Nobody became aware tomorrow: said while it is typed, at the field."""
    screen.form.aware.box.selectAll()
    QTest.keyClicks(screen.form.aware.box, "tomorrow 9am")

    qtbot.waitUntil(lambda: "in the future" in screen.form.aware.wrong)


def test_what_stops_saving_is_named_twice(screen: NewCaseScreen, office: Office, qtbot: QtBot) -> None:
    """Without a kind nothing is saved: the top of the form says so with the keyboard there, and so does the field."""
    before = len(cases(office))
    pick(screen, qtbot, "quinn")

    screen.save()

    assert screen.form.kind_field.wrong
    assert "Kind of report" in screen.form.errors.accessibleName()
    assert screen.form.errors.isAncestorOf(QApplication.focusWidget())
    assert len(cases(office)) == before


def test_a_half_filled_form_survives(office: Office, qtbot: QtBot) -> None:
    """A form half filled in is kept while it is typed and stands there again in a new window."""
    first = opened(office, qtbot)
    pick(first, qtbot, "patel")
    press(Qt.Key.Key_Right, Qt.Key.Key_Space)
    with qtbot.waitSignal(first.drafts.kept):
        QTest.keyClicks(first.form.summary, "Condensation in the")
    first.hide()

    second = opened(office, qtbot)

    qtbot.waitUntil(lambda: second.form.summary.toPlainText() == "Condensation in the")
    assert second.form.kind.chosen == "potential-significant-hazard"
    assert second.form.subject.person_id == office.people["Gareth Patel"].id
    qtbot.waitUntil(lambda: "Gareth Patel" in second.form.subject.accessibleName())


def test_a_saved_form_leaves_no_draft(screen: NewCaseScreen, office: Office, qtbot: QtBot) -> None:
    """After saving, the next form is empty."""
    pick(screen, qtbot, "quinn")
    press(Qt.Key.Key_Space)
    screen.drafts.flush()
    screen.save()
    qtbot.waitUntil(screen.logged.isVisible)

    QTest.keyClick(screen.logged._again, Qt.Key.Key_Space)

    assert screen.form.subject.person_id == ""
    qtbot.waitUntil(lambda: office.look(lambda reading: reading.draft("new-case")) is None)


def test_throwing_away_can_be_taken_back(screen: NewCaseScreen, office: Office, qtbot: QtBot) -> None:
    """An emptied form says so; nothing of the person remains on the screen."""
    pick(screen, qtbot, "hussain")
    qtbot.waitUntil(screen.banner.isVisible)

    screen._throw_away()

    assert office.said == ["The form was emptied"]
    assert not screen.banner.isVisible()
    assert "Nadia" not in texts(screen)


def test_the_same_matter_is_noticed(office: Office, qtbot: QtBot) -> None:
    """A person with an open case of this service is not logged twice unawares; one key opens that case."""
    screen = opened(office, qtbot, office.people["Comfort"].id)
    qtbot.waitUntil(lambda: "This may be there already" in texts(screen))

    QTest.keyClick(screen.form.open_similar, Qt.Key.Key_Space)

    assert office.went == [Target("case", office.cases["Comfort"].id)]


def test_who_calls_is_kept_apart_from_whom_it_is_about(screen: NewCaseScreen, office: Office, qtbot: QtBot) -> None:
    """A neighbour who rings is the reporter; the case is about somebody else and names no household of the caller."""
    screen.form.caller.setFocus()
    press(Qt.Key.Key_Right, Qt.Key.Key_Space)
    QTest.keyClicks(screen.form.reporter.box, "quinn")
    QTest.keyClick(screen.form.reporter.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(screen.form.reporter.person_id))
    pick(screen, qtbot, "miah")
    press(Qt.Key.Key_Space)

    screen.save()

    qtbot.waitUntil(screen.logged.isVisible)
    case = cases(office)[0]
    parts = office.look(lambda reading: reading.all_of(Participant, case_id=case.id))
    assert {part.role: part.person_id for part in parts} == {
        Role.SUBJECT: office.people["Emeka Miah"].id,
        Role.REPORTER: office.people["Mei Quinn"].id,
    }


def test_the_household_comes_along_and_may_be_left_out(office: Office, qtbot: QtBot) -> None:
    """Those who live there are in the case unless taken out: a child in a mouldy room counts."""
    screen = opened(office, qtbot, office.people["Comfort"].id)
    qtbot.waitUntil(lambda: screen.form.household.pills is not None)
    screen.form.kind.setFocus()
    press(Qt.Key.Key_Space)

    screen.save()

    qtbot.waitUntil(screen.logged.isVisible)
    case = cases(office)[0]
    parts = office.look(lambda reading: reading.all_of(Participant, case_id=case.id, role=Role.HOUSEHOLD))
    assert [part.person_id for part in parts] == [office.people["Kwame"].id]
    assert case.place == "14B Tarn Court, AS1 4QT"


def test_a_confidential_address_never_reaches_the_case(office: Office, qtbot: QtBot) -> None:
    """Where somebody hides is not written into a case; the safe-contact banner stands over the form."""
    screen = opened(office, qtbot, office.people["Nadia"].id)
    qtbot.waitUntil(screen.banner.isVisible)
    screen.form.kind.setFocus()
    press(Qt.Key.Key_Space)

    screen.save()

    qtbot.waitUntil(screen.logged.isVisible)
    assert cases(office)[0].place == ""
    assert "Wharf" not in texts(screen)


def test_answers_may_be_missing_or_not_known(office: Office, qtbot: QtBot) -> None:
    """Questions are answered in any order; not knowing is kept as an answer, silence as none, and clocks follow."""
    screen = opened(office, qtbot, office.people["Mei Quinn"].id)
    screen.form.kind.setFocus()
    press(Qt.Key.Key_Right, Qt.Key.Key_Space)
    heated = next(editor for editor in screen.form.questions.editors if editor.question.code == "heating")
    heated.field.control.setFocus()
    press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space)
    tenancy = next(editor for editor in screen.form.questions.editors if editor.question.code == "tenure")
    tenancy.field.control.setFocus()
    type_words("Private")
    qtbot.waitUntil(lambda: screen.sentence.text() == "No clock runs for this kind of report.")

    screen.save()

    qtbot.waitUntil(screen.logged.isVisible)
    case = cases(office)[0]
    answers = office.look(lambda reading: reading.all_of(Answer, case_id=case.id))
    assert {answer.question: (answer.state, answer.value) for answer in answers} == {
        "heating": (AnswerState.NOT_KNOWN, ""),
        "tenure": (AnswerState.ANSWERED, "private"),
    }
    assert office.look(lambda reading: reading.all_of(Clock, case_id=case.id)) == ()


def test_somebody_who_is_not_here_yet_is_added_first(office: Office, qtbot: QtBot) -> None:
    """The way to a new resident keeps the form; asking for a case for them goes on with it."""
    screen = opened(office, qtbot)
    QTest.keyClicks(screen.form.summary, "Mould behind the cot.")
    QTest.keyClicks(screen.form.subject.box, "Zebedee")
    QTest.keyClick(screen.form.subject.box, Qt.Key.Key_Return)
    qtbot.waitUntil(screen.form.subject.popup.isVisible)
    QTest.keyClick(screen.form.subject.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: office.went == [Target("new-person", part="Zebedee")])

    screen.go(Target("new-case", office.people["Mei Quinn"].id))
    screen.shown()

    qtbot.waitUntil(lambda: "Mei Quinn" in screen.form.subject.accessibleName())
    assert screen.form.summary.toPlainText() == "Mould behind the cot."


@pytest.mark.parametrize("percent", [100, 200])
def test_everything_has_a_name_and_room(office: Office, qtbot: QtBot, percent: int) -> None:
    """At twice the text size too, each control has a name and a size, and no label is cut."""
    office.theme.resize_text(percent)
    screen = opened(office, qtbot, office.people["Comfort"].id)
    screen.resize(1300, 900)
    screen.fit(Room.WIDE if percent == 100 else Room.ONE_PANE)
    qtbot.waitUntil(lambda: screen.form.household.pills is not None and screen.form.similar.isVisible())
    qtbot.waitUntil(lambda: not clipped(screen))

    assert nameless(screen) == []
    assert small_targets(screen) == []
