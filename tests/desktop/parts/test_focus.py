"""The ring shows where the keyboard is, and only when the keyboard is in use."""

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import colour
from almoner.desktop.parts.focus import FocusRing
from almoner.desktop.parts.form import FormDialog
from tests.desktop.pretend import World, delete
from tests.desktop.pretend_screens import PretendCases


def test_ring_appears_with_the_first_key(window: World, qtbot: QtBot) -> None:
    """No ring at first; after a key it lies round the control that has the keyboard."""
    shell = window.shell
    shell.search.setFocus()
    before = shell.ring.target

    qtbot.keyClick(shell.search, Qt.Key.Key_A)

    assert before is None
    assert shell.ring.target is shell.search
    corner = shell.search.mapTo(shell, QPoint(0, 0))
    assert shell.ring.geometry().contains(shell.search.rect().translated(corner))


def test_ring_goes_with_a_click(window: World, qtbot: QtBot) -> None:
    """The mouse takes the ring away."""
    shell = window.shell
    shell.search.setFocus()
    qtbot.keyClick(shell.search, Qt.Key.Key_A)

    qtbot.mouseClick(shell.search, Qt.MouseButton.LeftButton)

    assert shell.ring.target is None


def test_ring_follows_the_keyboard(window: World, qtbot: QtBot) -> None:
    """Tab moves the ring with the focus, also when panes move under it."""
    shell = window.shell
    shell.search.setFocus()
    qtbot.keyClick(shell.search, Qt.Key.Key_Tab)
    now = QApplication.focusWidget()
    first = shell.ring.target
    shell.resize(1100, 800)
    QApplication.processEvents()

    assert first is now
    assert shell.ring.geometry().contains(now.mapTo(shell, now.rect().center()))


def test_ring_is_yellow_and_black(window: World, qtbot: QtBot) -> None:
    """The ring is painted in both colours, so that one of them stands out on any ground."""
    shell = window.shell
    shell.search.setFocus()
    qtbot.keyClick(shell.search, Qt.Key.Key_A)

    picture = shell.ring.grab().toImage()
    across = {picture.pixelColor(at, picture.height() // 2).name() for at in range(6)}

    assert {colour("#ffdd00").name(), colour("#0b0c0c").name()} <= across


def test_ring_outlives_its_target(window: World, qtbot: QtBot) -> None:
    """A control that is deleted while it has the keyboard takes the ring with it and harms nothing."""
    screen = window.shell.screen_open
    assert isinstance(screen, PretendCases)
    screen.list.setFocus()
    qtbot.keyClick(screen.list, Qt.Key.Key_Down)
    on_list = window.shell.ring.target is screen.list

    screen.list.deleteLater()
    QApplication.sendPostedEvents(screen.list, QEvent.Type.DeferredDelete)
    QApplication.processEvents()

    assert on_list
    assert window.shell.ring.target is not screen


def test_a_form_over_the_window_has_the_ring_too(window: World, qtbot: QtBot) -> None:
    """A form that the keyboard opened shows where the keyboard is, and takes the ring away with it."""
    shell = window.shell
    shell.search.setFocus()
    qtbot.keyClick(shell.search, Qt.Key.Key_A)
    form = FormDialog(window.theme, window.doors, "Move", go="Move", parent=shell)
    typed = QLineEdit()
    form.add_widget(typed)
    form.open()
    form.activateWindow()
    typed.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is typed)

    ring = form.findChild(FocusRing)

    assert ring is not None
    assert ring.target is typed
    assert shell.ring.target is None
    form.reject()
    delete(form)
