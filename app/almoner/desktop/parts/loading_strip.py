"""The slim strip over the work while the first records of a new laptop are still coming: how far, and that one may
begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import Icon, label

_REST = 240
"""Room for the icon, the gaps and a bar worth looking at."""
STAGES = {
    "greeting": "Reaching the office",
    "sending": "Sending",
    "receiving": "Receiving",
    "checking": "Checking that both copies are equal",
    "indexing": "Preparing search",
}


def progress_words(done: int, total: int, what: str) -> str:
    """Say how far a stage of a round has come; a total of 0 is not known."""
    words = STAGES.get(what, what)
    return f"{words}: {done:,} of {total:,}" if total else f"{words}: {done:,}" if done else words


class LoadingStrip(QFrame):
    """One line: what is coming, n of total, a thin bar. Hidden until there is something to say."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "topbar")
        self._words = label("", "strong")
        self._more = label("Your own cases are here: you can begin.", "quiet")
        self._spring = QWidget()
        self._spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Fetching the council's records")
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 6, 18, 6)
        row.setSpacing(12)
        row.addWidget(Icon(theme, "download", size=17))
        row.addWidget(self._words)
        row.addWidget(self._more)
        row.addWidget(self._spring, 2)
        row.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    @property
    def words(self) -> str:
        """What is said; empty when there is nothing to say."""
        return self._words.text() if not self.isHidden() else ""

    def say(self, done: int, total: int, what: str) -> None:
        """Show how far it has come; the first time it is spoken."""
        self._words.setText(progress_words(done, total, what))
        self.bar.setRange(0, total)
        self.bar.setValue(min(done, total))
        self.bar.setAccessibleDescription(self._words.text())
        self.setAccessibleName(self._words.text())
        self._make_room()
        if self.isHidden():
            self.show()
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Everything has come."""
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say less where there is little room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        words = self._words.sizeHint().width() + self._more.sizeHint().width()
        self._more.setVisible(words + self._theme.look.px(_REST) <= self.width())

    def _dress(self) -> None:
        self.bar.setMaximumWidth(self._theme.look.px(280))
        self.bar.setMinimumWidth(0)
        self._make_room()
