"""Unlocking and enrolling: off the UI thread, patient, and kind to those who mistype."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from almoner.desktop.jobs import Aside
from almoner.desktop.look.theme import Theme
from almoner.desktop.unlock import EnrolForm, Enrolment, UnlockForm, UnlockWindow, in_words
from almoner.outside.resources import resources_dir
from almoner.records.trouble import Trouble
from tests.desktop.accessibility import clipped, nameless
from tests.desktop.pretend import delete


class Lock:
    """A store with one right passphrase, and a wait after each wrong one."""

    def __init__(self) -> None:
        self.wait = 0.0
        self.threads: list[str] = []

    def unlock(self, passphrase: str) -> str:
        """Open, or be troubled."""
        self.threads.append(threading.current_thread().name)
        if passphrase != "kettle harbour violin":
            self.wait = 2.0 ** len(self.threads)
            raise Trouble("That passphrase is not right.", "Check Caps Lock and try again.")
        return "the store"


@pytest.fixture
def aside(qtbot: QtBot) -> Iterator[Aside]:
    """Where the slow work is done."""
    made = Aside()
    yield made
    made.stop()


@pytest.fixture
def lock() -> Lock:
    """The lock."""
    return Lock()


@pytest.fixture
def form(theme: Theme, aside: Aside, lock: Lock) -> Iterator[UnlockForm]:
    """The form, shown."""
    made = UnlockForm(theme, aside, unlock=lock.unlock, wait_seconds=lambda: lock.wait)
    made.show()
    yield made
    delete(made)


def test_right_passphrase_opens(form: UnlockForm, lock: Lock, qtbot: QtBot) -> None:
    """The right passphrase opens, off the UI thread, and is forgotten by the form."""
    qtbot.keyClicks(form.passphrase.line, "kettle harbour violin")
    with qtbot.waitSignal(form.opened) as told:
        qtbot.keyClick(form.passphrase.line, Qt.Key.Key_Return)

    assert told.args == ["the store"]
    assert lock.threads == ["almoner-aside"]
    assert form.passphrase.text() == ""


def test_wrong_passphrase_waits(form: UnlockForm, lock: Lock, qtbot: QtBot) -> None:
    """After a wrong one the form says so and when to try again, and takes no further try until then."""
    qtbot.keyClicks(form.passphrase.line, "wrong")
    qtbot.keyClick(form.passphrase.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(form.wrong))
    said = form.message
    qtbot.keyClicks(form.passphrase.line, "kettle harbour violin")
    qtbot.keyClick(form.passphrase.line, Qt.Key.Key_Return)
    tries = len(lock.threads)
    lock.wait = 0.0
    qtbot.waitUntil(form.button.isEnabled)

    assert "not right" in form.wrong
    assert said == "You can try again in 2 seconds."
    assert tries == 1
    assert form.message == "You can try again now."


def test_empty_passphrase_is_not_tried(form: UnlockForm, lock: Lock, qtbot: QtBot) -> None:
    """Pressing Enter on nothing costs no try."""
    qtbot.keyClick(form.passphrase.line, Qt.Key.Key_Return)

    assert form.wrong == "Type your passphrase."
    assert lock.threads == []


def test_passphrase_can_be_shown(form: UnlockForm, qtbot: QtBot) -> None:
    """What is typed is hidden at first and can be shown, for whoever needs to see it."""
    line = form.passphrase.line
    eye = form.passphrase.findChildren(type(form.button))[0]
    modes = [line.echoMode()]
    for _ in range(2):
        qtbot.mouseClick(eye, Qt.MouseButton.LeftButton)
        modes.append(line.echoMode())

    password, normal = QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal
    assert modes == [password, normal, password]
    assert eye.accessibleName() == "Show what I type"


@pytest.fixture
def enrolled() -> list[Enrolment]:
    """What was sent."""
    return []


@pytest.fixture
def enrol_form(theme: Theme, aside: Aside, enrolled: list[Enrolment]) -> Iterator[EnrolForm]:
    """The form of the first start, filled in well."""

    def enrol(enrolment: Enrolment) -> Any:
        enrolled.append(enrolment)
        if enrolment.code == "used":
            raise Trouble("That code has been used.", "Ask your IT service desk for a new one.")
        return "the store"

    made = EnrolForm(theme, aside, enrol=enrol)
    made.server.setText(" https://almoner.northmere.example ")
    made.user.setText("priya.nair")
    made.password.line.setText("first password")
    made.code.setText("4821-7730")
    made.passphrase.line.setText("kettle harbour violin")
    made.again.line.setText("kettle harbour violin")
    made.show()
    yield made
    delete(made)


def test_enrolling_sends_what_was_typed(enrol_form: EnrolForm, enrolled: list[Enrolment], qtbot: QtBot) -> None:
    """A form filled in well is sent once; its secrets are forgotten and never show in a log."""
    with qtbot.waitSignal(enrol_form.opened):
        qtbot.mouseClick(enrol_form.button, Qt.MouseButton.LeftButton)

    assert len(enrolled) == 1
    assert enrolled[0].server == "https://almoner.northmere.example"
    assert "kettle" not in repr(enrolled[0])
    assert enrol_form.passphrase.text() == enrol_form.password.text() == ""


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("server", "", "Type the server's address."),
        ("user", " ", "Type your user name."),
        ("code", "", "Type the one-time code you were given."),
        ("again", "kettle harbour viola", "The two passphrases differ."),
    ],
)
def test_a_form_with_a_gap_is_not_sent(
    enrol_form: EnrolForm, enrolled: list[Enrolment], qtbot: QtBot, field: str, typed: str, wrong: str
) -> None:
    """Each gap is told at its field; nothing is sent; what was typed stays."""
    edit = getattr(enrol_form, field)
    getattr(edit, "line", edit).setText(typed)

    qtbot.mouseClick(enrol_form.button, Qt.MouseButton.LeftButton)

    assert enrol_form.wrongs == {field: wrong}
    assert enrolled == []
    assert enrol_form.password.text() == "first password"


def test_trouble_with_enrolling_keeps_what_was_typed(enrol_form: EnrolForm, qtbot: QtBot) -> None:
    """When the server refuses, the form says why and nothing has to be typed twice."""
    enrol_form.code.setText("used")

    qtbot.mouseClick(enrol_form.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(enrol_form.wrongs))

    assert enrol_form.wrongs == {"": "That code has been used. Ask your IT service desk for a new one."}
    assert enrol_form.passphrase.text() == "kettle harbour violin"


@pytest.mark.parametrize("percent", [100, 200])
def test_unlock_window_can_be_read(theme: Theme, enrol_form: EnrolForm, percent: int) -> None:
    """Everything in the window has a name and room for its words, and its title tells nothing."""
    theme.resize_text(percent)
    window = UnlockWindow(theme, enrol_form, title="Set up this laptop", words="Once.", resources=resources_dir())
    window.resize(1280, 800)
    window.show()
    QApplication.processEvents()
    QApplication.processEvents()
    found = nameless(window), clipped(window), window.windowTitle()
    enrol_form.setParent(None)
    delete(window)

    assert found == ([], [], "Almoner")


@pytest.mark.parametrize(("seconds", "words"), [(1, "1 second"), (65, "1 minute 5 seconds"), (120, "2 minutes")])
def test_waits_are_said_in_words(seconds: int, words: str) -> None:
    """A wait is said as a person would."""
    assert in_words(seconds) == words
