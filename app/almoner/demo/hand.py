"""A pair of hands for a window: presses keys, waits for what a person would wait for, takes pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QRect, Qt, QTimer
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from almoner.demo.stop import STOP, raise_if_stopped

_LOOK_EVERY_MS = 15
_REST_MS = 250
_MOST_TABS, _ROUNDS = 150, 4
_MOST_ROWS, _COLUMNS = 100, 12


class TooLong(AssertionError):
    """Something that should have come did not."""


def until(reached: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Let the program live until something is so. Raises TooLong, naming `what`, when it does not come, and
    KeyboardInterrupt when somebody asked to stop."""
    if reached():
        return
    loop = QEventLoop()
    look, limit = QTimer(interval=_LOOK_EVERY_MS), QTimer(singleShot=True, interval=int(seconds * 1000))
    look.timeout.connect(lambda: loop.quit() if STOP.is_set() or reached() else None)
    limit.timeout.connect(loop.quit)
    look.start()
    limit.start()
    loop.exec()
    look.stop()
    limit.stop()
    raise_if_stopped()
    if not reached():
        raise TooLong(f"waited {seconds:.0f} seconds in vain: {what}")


def rest() -> None:
    """Let the window lay itself out and paint, as it does in the moment before a person looks."""
    loop = QEventLoop()
    QTimer.singleShot(_REST_MS, loop.quit)
    loop.exec()


def named(root: QWidget, name: str) -> QWidget:
    """The visible widget with this accessible name. Raises TooLong when there is none."""
    found = _named(root, name)
    if found is None:
        raise TooLong(f"nothing in the window is called “{name}”")
    return found


def words_in(root: QWidget) -> str:
    """Everything that can be read in a window, as a screen reader would come by it."""
    words: list[str] = []
    for child in (root, *root.findChildren(QWidget)):
        if not child.isVisible():
            continue
        words += [child.accessibleName(), child.accessibleDescription()]
        if isinstance(child, QLabel | QAbstractButton | QLineEdit):
            words.append(child.text())
        elif isinstance(child, QPlainTextEdit):
            words.append(child.toPlainText())
        elif isinstance(child, QAbstractItemView) and child.model() is not None:
            words += _rows_of(child)
    return "\n".join(filter(None, words))


def _rows_of(view: QAbstractItemView) -> list[str]:
    """The rows of a list, as they are spoken."""
    model = view.model()
    at = [model.index(row, column) for row in range(min(model.rowCount(), _MOST_ROWS)) for column in range(_COLUMNS)]
    spoken = [index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data() for index in at if index.isValid()]
    return [str(words) for words in spoken if words]


def _named(root: QWidget, name: str) -> QWidget | None:
    every = [child for child in root.findChildren(QWidget) if child.isVisible() and _is_called(child, name)]
    taking = [child for child in every if child.focusPolicy() != Qt.FocusPolicy.NoFocus]
    return next(iter(taking or every), None)


def _is_called(widget: QWidget, name: str) -> bool:
    """Whether a widget has this accessible name, leaving aside that it may be left empty."""
    return widget.accessibleName().removesuffix(" (optional)") == name


class Hand:
    """Works one window by its keys."""

    def __init__(self, window: QWidget) -> None:
        self.window = window

    def front(self) -> None:
        """Bring the window to the front, as a person who turns to this laptop does."""
        self.window.raise_()
        self._turn_to(self.window)

    def _turn_to(self, window: QWidget) -> None:
        """See that a window has the keyboard; with no desktop around it, none gets it by itself."""
        if not window.isActiveWindow():
            window.activateWindow()
            until(window.isActiveWindow, "the window has the keyboard")

    @property
    def top(self) -> QWidget:
        """The window that has the keyboard: the main one, or a form over it."""
        return QApplication.activeModalWidget() or self.window

    def press(self, keys: str) -> None:
        """Press a key or keys together, as Qt writes them: `Ctrl+K`, `Return`."""
        self._turn_to(self.top)
        QTest.keySequence(QApplication.focusWidget() or self.top, QKeySequence(keys))

    def write(self, text: str) -> None:
        """Type into whatever has the keyboard."""
        at = QApplication.focusWidget()
        assert at is not None, "nothing has the keyboard"
        QTest.keyClicks(at, text)

    def to(self, name: str) -> QWidget:
        """Press Tab until the thing with this accessible name, or something inside it, has the keyboard."""
        until(lambda: self._can_take(name), f"“{name}” is in the window and takes keys")
        for _ in range(_ROUNDS):
            self._turn_to(self.top)
            found = self._tab_round(name)
            if found is not None:
                return found
            rest()
        raise TooLong(f"Tab does not reach “{name}”")

    def _can_take(self, name: str) -> bool:
        found = _named(self.top, name)
        return found is not None and found.isEnabled()

    def _tab_round(self, name: str) -> QWidget | None:
        """Press Tab, once through the window at the most; what has the keyboard when it is the thing asked for."""
        for _ in range(_MOST_TABS):
            wanted, at = _named(self.top, name), QApplication.focusWidget()
            if wanted is not None and at is not None and (at is wanted or wanted.isAncestorOf(at)):
                return at
            QTest.keyClick(at or self.top, Qt.Key.Key_Tab)
        return None

    def fill(self, name: str, text: str) -> None:
        """Go to a field and replace what is in it."""
        at = self.to(name)
        QTest.keySequence(at, QKeySequence("Ctrl+A"))
        QTest.keyClicks(at, text)

    def picture(self, path: Path) -> None:
        """Take a picture of the window, with any form over it in its place."""
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = self.window.grab()
        form = QApplication.activeModalWidget()
        if form is not None and form is not self.window:
            _lay_over(picture, form, self.window)
        if not picture.save(str(path)):
            raise TooLong(f"the picture could not be saved: {path.name}")


def _lay_over(picture: QPixmap, form: QWidget, window: QWidget) -> None:
    """Draw a form where it lies over its window, with the shade and frame that a desktop would give it."""
    corner = window.rect().center() - form.rect().center()
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QColor(11, 12, 12, 90))
    painter.drawPixmap(corner, form.grab())
    painter.setPen(QColor(11, 12, 12))
    painter.drawRect(QRect(corner, form.size()).adjusted(-1, -1, 0, 0))
    painter.end()
