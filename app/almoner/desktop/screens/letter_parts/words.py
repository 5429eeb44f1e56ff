"""The words that go into a letter: those an officer may put differently, and those the case gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.fields import Field

if TYPE_CHECKING:
    from almoner.casework.letter_page import FilledBlank

PAUSE_MS = 350
"""How long the typing must pause before the pages are drawn again."""
_ONE_LINE, _MORE_LINES = 42, 118
_MOST = 4_000


class WordsEdit(QPlainTextEdit):
    """A box for the words of one blank. Tab leaves it."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Ctrl+Enter and Page Up and Down to the window."""
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            event.ignore()
            return
        super().keyPressEvent(event)


class WordsForm(QWidget):
    """A field for each blank that may be put differently. `typed` says, after a pause, what was."""

    changed = Signal(object)
    """The words typed, by the blank's name: a dict of str."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._fields: dict[str, Field] = {}
        self._edits: dict[str, WordsEdit] = {}
        self._typed: dict[str, str] = {}
        self._is_filling = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(14)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(lambda: self.changed.emit(dict(self._typed)))
        theme.changed.connect(self._measure)

    @property
    def typed(self) -> dict[str, str]:
        """What was typed, by the blank's name."""
        return dict(self._typed)

    def start(self, typed: Mapping[str, str]) -> None:
        """Begin with words typed before; the fields are made again with the next blanks."""
        self._typed = dict(typed)
        self._pause.stop()
        for name in list(self._fields):
            self._drop(name)

    def show_blanks(self, blanks: Sequence[FilledBlank]) -> None:
        """Show the blanks; a field that is being typed in keeps its words."""
        editable = [blank for blank in blanks if blank.editable]
        for gone in [name for name in self._fields if name not in {blank.name for blank in editable}]:
            self._drop(gone)
        self._is_filling = True
        for at, blank in enumerate(editable):
            if blank.name not in self._fields:
                self._add(at, blank)
            edit = self._edits[blank.name]
            words = self._typed.get(blank.name, blank.words)
            if not edit.hasFocus() and edit.toPlainText() != words:
                edit.setPlainText(words)
            wrong = "Fill this in: the letter cannot go without it." if blank.lacking else ""
            if self._fields[blank.name].wrong != wrong:
                self._fields[blank.name].set_wrong(wrong)
        self._is_filling = False
        self.setVisible(bool(editable))

    def edit(self, name: str) -> WordsEdit:
        """Return the box of a blank."""
        return self._edits[name]

    def _add(self, at: int, blank: FilledBlank) -> None:
        """Make the field of a blank."""
        edit = WordsEdit()
        self._edits[blank.name] = edit
        self._fields[blank.name] = Field(self._theme, blank.means, edit)
        self._column.insertWidget(at, self._fields[blank.name])
        edit.setProperty("lines", _MORE_LINES if blank.long else _ONE_LINE)
        if not blank.long:
            edit.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        edit.textChanged.connect(self._typer(blank.name))
        self._measure()

    def _drop(self, name: str) -> None:
        """Take a field away."""
        field = self._fields.pop(name)
        self._edits.pop(name)
        self._column.removeWidget(field)
        field.hide()
        field.deleteLater()

    def _typer(self, name: str) -> Callable[[], None]:
        """Return what notes a change of one blank."""

        def typed() -> None:
            if self._is_filling:
                return
            self._typed[name] = self._edits[name].toPlainText()[:_MOST]
            self._pause.start()

        return typed

    def _measure(self) -> None:
        """Make the boxes as high as the text size asks."""
        for edit in self._edits.values():
            edit.setFixedHeight(self._theme.look.px(edit.property("lines")))


class GivenCard(Card):
    """What the case and the council give, which is corrected there and not in the letter."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "file-text", "Filled from the case")
        self._shown: tuple[tuple[str, str], ...] | None = None

    def show_given(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show labels with their words."""
        self.setVisible(bool(lines))
        if tuple(lines) == self._shown:
            return
        self._shown = tuple(lines)
        self.clear()
        for name, words in lines:
            part = QWidget()
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 2, 0, 4)
            column.setSpacing(1)
            column.addWidget(label(name, "small", wraps=True))
            column.addWidget(label(words, "", wraps=True, can_select=True))
            self.add(part)
