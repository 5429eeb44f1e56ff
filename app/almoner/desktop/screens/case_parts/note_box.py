"""The box for a note under the timeline: kept as it is typed, saved by Ctrl+Enter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from almoner.casework.notes import DISCLOSURE_HINT
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.records.facts import TEXT
from almoner.records.trouble import Trouble
from almoner.rules.words import uk_time

_LINES_LOW, _LINES_HIGH = 56, 132


class NoteEdit(QPlainTextEdit):
    """A box for several lines; Tab leaves it and Ctrl+Enter says that it is finished."""

    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Ctrl+Enter out."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.finished.emit()
        else:
            super().keyPressEvent(event)


class NoteBox(QWidget):
    """The box with its hint, whether the draft is kept, and the two buttons."""

    saved = Signal(str)
    """The words of a finished note."""
    attach = Signal()

    def __init__(self, theme: Theme, doors: Doors, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.edit = NoteEdit()
        self.edit.setAccessibleName("Add a note to this case")
        self.edit.setAccessibleDescription(DISCLOSURE_HINT)
        self.edit.setPlaceholderText("What happened? Ctrl+Enter saves it")
        self._title = label("Add a note", "label")
        self._title.setBuddy(self.edit)
        self._draft = label("", "quiet")
        self._wrong = label("", "wrong", wraps=True)
        self._wrong.hide()
        self._attach = Button(theme, "Attach", run=self.attach.emit)
        self._save = Button(theme, "Add note", run=self.finish)
        self.drafts = DraftKeeper(doors, now, self)
        self._lay_out()
        self.edit.textChanged.connect(self._typed)
        self.edit.finished.connect(self.finish)
        self.drafts.kept.connect(self._kept)
        self.drafts.found.connect(self._found)
        theme.changed.connect(self._measure)
        self._measure()

    def _lay_out(self) -> None:
        """Label and hint above, box, draft and buttons below."""
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(label(DISCLOSURE_HINT, "quiet", wraps=True), 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._draft, 1)
        foot.addWidget(self._attach)
        foot.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 8, 18, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._wrong)
        column.addWidget(self.edit)
        column.addLayout(foot)

    def open(self, case_id: str) -> None:
        """Take the box to another case: what was typed for the last one is kept as its draft."""
        self.drafts.flush()
        self.edit.blockSignals(True)
        self.edit.clear()
        self.edit.blockSignals(False)
        self._draft.clear()
        self._measure()
        self.set_wrong(None)
        self.drafts.open(f"note/{case_id}")

    def finish(self) -> None:
        """Pass on what was typed; an empty box only takes the keyboard."""
        words = self.edit.toPlainText().strip()
        if not words:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.saved.emit(words)

    def is_saved(self) -> None:
        """The note is kept: empty the box and forget the draft."""
        self.drafts.drop()
        self.edit.blockSignals(True)
        self.edit.clear()
        self.edit.blockSignals(False)
        self._draft.clear()
        self._measure()
        self.set_wrong(None)

    def set_wrong(self, trouble: Trouble | None) -> None:
        """Say why the note could not be saved, or that all is well."""
        self._wrong.setText(f"{trouble.what} {trouble.do}" if trouble else "")
        self._wrong.setVisible(trouble is not None)

    def _typed(self) -> None:
        """Keep the draft; nobody writes more than can be kept."""
        words = self.edit.toPlainText()
        over = len(words) - TEXT
        self._draft.setText(f"{over:,} characters too many" if over > 0 else "")
        self.drafts.typed(words[:TEXT])
        self._measure()

    def _kept(self, at: datetime) -> None:
        """Say when the draft was kept."""
        if self.edit.toPlainText():
            self._draft.setText(f"Draft saved {uk_time(at)}")

    def _found(self, body: str) -> None:
        """Put back what was typed before."""
        if body and not self.edit.toPlainText():
            self.edit.blockSignals(True)
            self.edit.setPlainText(body)
            self.edit.blockSignals(False)
            self._draft.setText("Draft from before")
            self._measure()

    def _measure(self) -> None:
        """Grow with the words, up to a limit."""
        px = self._theme.look.px
        lines = self.edit.document().size().height()
        wanted = round(lines * self.edit.fontMetrics().lineSpacing()) + px(20)
        self.edit.setFixedHeight(max(px(_LINES_LOW), min(px(_LINES_HIGH), wanted)))
