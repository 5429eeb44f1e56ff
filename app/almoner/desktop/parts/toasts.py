"""The short message in the top bar that confirms an act and offers to undo it: it covers nothing of the work."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from almoner.desktop.look.theme import MEDIUM, Theme, colour, mark
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label

SHOWN_MS = 8_000
_WIDEST_WORDS = 340
"""Longer words take two lines, and are whole in the tooltip."""
_NARROWEST, _HEIGHT = 120, 44


class Toast(QWidget):
    """One message at a time between the search box, which makes room, and the state of sync; stays while the pointer
    or the focus is on it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._undo: Callable[[], object] | None = None
        self._words = label("", "toast", wraps=True)
        self._button = Button(theme, "Undo", kind="link", run=self._undo_now)
        mark(self._button, "toast")
        row = QHBoxLayout(self)
        self._row = row
        row.setSpacing(14)
        row.addWidget(self._words, 1)
        row.addWidget(self._button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._timer.timeout.connect(self._time_over)
        theme.changed.connect(self.updateGeometry)
        self.hide()

    def say(self, words: str, undo: Callable[[], object] | None = None) -> None:
        """Show and speak a message; with `undo`, offer to take the act back."""
        self._words.setText(words)
        self._undo = undo
        self._button.setVisible(undo is not None)
        self._row.setContentsMargins(14, 2, 8 if undo is not None else 14, 2)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.updateGeometry()
        self.show()
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

    def sizeHint(self) -> QSize:
        """Return the room the words take on one line, or on two when they are long."""
        look, margins = self._theme.look, self._row.contentsMargins()
        words = min(look.fonts.metrics(14, MEDIUM).horizontalAdvance(self._words.text()) + 4, look.px(_WIDEST_WORDS))
        undo = 0 if self._undo is None else self._button.sizeHint().width() + self._row.spacing()
        return QSize(margins.left() + words + undo + margins.right(), look.px(_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return little, so that a narrow window stays narrow."""
        look = self._theme.look
        return QSize(look.px(_NARROWEST), look.px(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dark rounded ground."""
        ink = self._theme.look.tokens.toast
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(colour(ink.back))
        painter.setPen(QPen(colour(ink.edge), 1) if ink.edge != ink.back else QPen(Qt.PenStyle.NoPen))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()
