"""The short message at the foot of the window that confirms an act and offers to undo it."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from almoner.desktop.look.theme import Theme, colour, mark
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label

SHOWN_MS = 8_000
_TOP = 62
_SPACE = 24


class Toast(QWidget):
    """One message at a time over the bottom of its parent; stays while the pointer or the focus is on it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._undo: Callable[[], object] | None = None
        self._words = label("", "toast")
        self._button = Button(theme, "Undo", kind="link", run=self._undo_now)
        mark(self._button, "toast")
        row = QHBoxLayout(self)
        self._row = row
        row.setSpacing(14)
        row.addWidget(self._words)
        row.addWidget(self._button)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._time_over)
        parent.installEventFilter(self)
        theme.changed.connect(self._place)
        self.hide()

    def say(self, words: str, undo: Callable[[], object] | None = None) -> None:
        """Show and speak a message; with `undo`, offer to take the act back."""
        self._words.setText(words)
        self._undo = undo
        self._button.setVisible(undo is not None)
        self._row.setContentsMargins(18, 8, 12 if undo is not None else 18, 8)
        self.setAccessibleName(words)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _undo_now(self) -> None:
        """Take the act back and go away."""
        self.hide()
        if self._undo is not None:
            self._undo()

    def _time_over(self) -> None:
        """Go away, unless someone is about to use it."""
        if self.underMouse() or self._button.hasFocus():
            self._timer.start()
        else:
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the middle when the window changes size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        """Sit in the middle under the top bar, where no screen has a button or a box to type in."""
        parent = self.parentWidget()
        assert parent is not None, "a toast lies over a window"
        self.adjustSize()
        wide = min(self.sizeHint().width(), parent.width() - 2 * _SPACE)
        self.setGeometry((parent.width() - wide) // 2, self._theme.look.px(_TOP), wide, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dark rounded ground."""
        ink = self._theme.look.tokens.toast
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(colour(ink.back))
        painter.setPen(QPen(colour(ink.edge), 1) if ink.edge != ink.back else QPen(Qt.PenStyle.NoPen))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
