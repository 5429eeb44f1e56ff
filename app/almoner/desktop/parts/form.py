"""Forms: what is wrong is said once at the top, naming the field, and again at the field itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.focus import FocusRing
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.parts.tab_order import follow_layout
from almoner.records.trouble import Trouble


class ErrorSummary(QFrame):
    """Says at the top of a form what stops it, with a way to each field. The keyboard goes there."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(theme, "circle-alert", tint="wrong", size=19), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(label("This cannot be saved yet", "wrong"), 1)
        self._column.addLayout(head)
        self._lines: list[QWidget] = []
        self.hide()

    def say(self, faults: Sequence[tuple[str, Field | None]]) -> None:
        """Show what is wrong, each with its field if it has one, speak it, and take the keyboard."""
        self.clear()
        for words, field in faults:
            line: QWidget = label(words, wraps=True)
            if field is not None:
                line = Button(self._theme, words, kind="link", run=_focuser(field))
            self._lines.append(line)
            self._column.addWidget(line)
        said = " ".join(words for words, _ in faults)
        self.setAccessibleName(f"This cannot be saved yet. {said}")
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        first = next((line for line in self._lines if isinstance(line, Button)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Nothing is wrong any more."""
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = []
        self.hide()


class Faults:
    """Shows trouble at the fields it names and in the summary."""

    def __init__(self, summary: ErrorSummary) -> None:
        self._summary = summary
        self._fields: dict[str, Field] = {}

    def know(self, title: str, field: Field) -> None:
        """Let trouble that names `title` be shown at this field."""
        self._fields[title] = field

    def forget(self, title: str) -> None:
        """The field is gone."""
        self._fields.pop(title, None)

    def show(self, trouble: Trouble) -> None:
        """Show a trouble."""
        self.clear()
        field = self._fields.get(trouble.where)
        words = f"{trouble.what} {trouble.do}"
        if field is not None:
            field.set_wrong(words)
        named = f"{trouble.where}: {words}" if trouble.where else words
        self._summary.say([(named, field)])

    def clear(self) -> None:
        """Nothing is wrong any more."""
        for field in self._fields.values():
            if field.wrong:
                field.set_wrong("")
        self._summary.clear()


class FormDialog(QDialog):
    """A small form over the window: fields, what is wrong, and one button that saves. Ctrl+Enter saves as well."""

    def __init__(self, theme: Theme, doors: Doors, title: str, *, go: str, words: str = "", parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self._doors = doors
        self._make: Callable[[], Callable[[Any], Any]] | None = None
        self._done: Callable[[Any], None] | None = None
        self._drafts: DraftKeeper | None = None
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.summary = ErrorSummary(theme)
        self.faults = Faults(self.summary)
        inside = Sheet()
        inside.setProperty("kind", "page")
        self._body = QVBoxLayout(inside)
        self._body.setContentsMargins(24, 16, 24, 16)
        self._body.setSpacing(16)
        self._body.addWidget(label(title, "title", wraps=True))
        if words:
            self._body.addWidget(label(words, "quiet", wraps=True))
        self._body.addWidget(self.summary)
        self._body.addStretch(1)
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.go = Button(theme, go, kind="go", run=self.save)
        self.go.setDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(area, 1)
        self._foot = self._make_foot()
        column.addWidget(self._foot)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        self._inside = inside
        ring: FocusRing | None = parent.window().findChild(FocusRing)
        if ring is not None:
            ring.also_in(self)

    def _make_foot(self) -> QWidget:
        """Make the row of buttons."""
        foot = QFrame()
        foot.setProperty("kind", "foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 12, 24, 16)
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(Button(self.theme, "Cancel", run=self.reject))
        row.addWidget(self.go)
        return foot

    def add(self, field: Field, title: str = "") -> Field:
        """Put a field under those that are there; trouble that names `title` is shown at it."""
        self.add_widget(field)
        if title:
            self.faults.know(title, field)
        return field

    def add_widget(self, widget: QWidget) -> None:
        """Put anything else under the fields."""
        self._body.insertWidget(self._body.count() - 1, widget)

    def saves(self, make: Callable[[], Callable[[Any], Any]], done: Callable[[Any], None]) -> None:
        """Say what saving does: `make` reads the fields (raising Trouble) and returns the change to run."""
        self._make, self._done = make, done

    def keeps(self, key: str, now: Callable[[], datetime]) -> None:
        """Keep the words typed here as a draft under a key: Escape or a crash loses nothing, saving forgets it."""
        self._drafts = DraftKeeper(self._doors, now, self)
        self._drafts.found.connect(self._restore)
        for box in self._boxes():
            box.textChanged.connect(self._typed)
        self._drafts.open(key)

    def _boxes(self) -> list[QLineEdit | QPlainTextEdit]:
        """Everything here that is typed into, by the order of making."""
        return [*self.findChildren(QLineEdit), *self.findChildren(QPlainTextEdit)]

    def _typed(self) -> None:
        """Note what has been typed."""
        words = {box.accessibleName(): _words_of(box) for box in self._boxes() if _words_of(box)}
        if self._drafts is not None:
            self._drafts.typed(json.dumps(words) if words else "")

    def _restore(self, body: str) -> None:
        """Put back what was typed before, where nothing stands yet."""
        words: dict[str, str] = json.loads(body) if body else {}
        for box in self._boxes():
            before = words.get(box.accessibleName(), "")
            if before and not _words_of(box):
                _write_into(box, before)

    def done(self, result: int) -> None:
        """Write the draft before going."""
        if self._drafts is not None:
            self._drafts.flush()
        super().done(result)

    def start(self) -> None:
        """Open over the window, as high as its fields need."""
        follow_layout(self)
        px = self.theme.look.px
        parent = self.parentWidget()
        assert parent is not None, "a dialog lies over a window"
        most = parent.window().size()
        wide = min(px(560), most.width() - 24)
        self.ensurePolished()
        for widget in self.findChildren(QWidget):
            widget.ensurePolished()
        layout = self._inside.layout()
        assert layout is not None, "it was given one"
        layout.activate()
        high = layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else layout.sizeHint().height()
        self.resize(wide, min(high + self._foot.sizeHint().height() + px(28), most.height() - 24))
        self.open()

    def save(self) -> None:
        """Read the fields and save; trouble is shown at its field."""
        assert self._make is not None, "a form saves something"
        if not self.go.isEnabled():
            return
        self.faults.clear()
        try:
            change = self._make()
        except Trouble as trouble:
            self.faults.show(trouble)
            return
        self.go.setEnabled(False)
        self._doors.change(change, done=self._saved, trouble=self._failed, owner=self)

    def _saved(self, value: Any) -> None:
        """Close, then tell what came of it."""
        done = self._done
        if self._drafts is not None:
            self._drafts.drop()
        self.accept()
        if done is not None:
            done(value)

    def _failed(self, trouble: Trouble) -> None:
        """Let the fields be corrected."""
        self.go.setEnabled(True)
        self.faults.show(trouble)


def _words_of(box: QLineEdit | QPlainTextEdit) -> str:
    """Return what stands in a box."""
    return box.text() if isinstance(box, QLineEdit) else box.toPlainText()


def _write_into(box: QLineEdit | QPlainTextEdit, words: str) -> None:
    """Put words into a box."""
    if isinstance(box, QLineEdit):
        box.setText(words)
    else:
        box.setPlainText(words)


def _focuser(field: Field) -> Callable[[], None]:
    """Return what puts the keyboard on a field."""
    return lambda: field.control.setFocus(Qt.FocusReason.OtherFocusReason)
