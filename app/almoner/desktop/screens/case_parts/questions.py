"""What a service line asks about a new case: the kind of report, and its questions in any order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from almoner.casework.cases import Given
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.form import Faults
from almoner.desktop.parts.pills import Pills
from almoner.desktop.screens.case_parts.answers import AnswerEditor
from almoner.rules.answers import fields_at
from almoner.rules.service_line import ServiceLine


class KindChoice(QWidget):
    """The kinds of report, with what the chosen one means under them."""

    changed = Signal()

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme, self._title = theme, title
        self._line: ServiceLine | None = None
        self.pills = Pills(theme, title, ())
        self._help = label("", "quiet", wraps=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.pills)
        self._column.addWidget(self._help)

    @property
    def chosen(self) -> str:
        """The code of the kind, or empty."""
        return next(iter(self.pills.chosen), "")

    def ask(self, line: ServiceLine) -> None:
        """Offer the kinds of a service line."""
        self._line = line
        old, self.pills = self.pills, Pills(self._theme, self._title, [(kind.code, kind.title) for kind in line.kinds])
        self._column.replaceWidget(old, self.pills)
        old.hide()
        old.deleteLater()
        self.pills.changed.connect(self._pressed)
        self.setFocusProxy(self.pills)
        self._say()

    def choose(self, code: str) -> None:
        """Show a kind as chosen, or none."""
        self.pills.choose([code] if code else [])
        self._say()

    def _pressed(self) -> None:
        """Say what was chosen, and tell of it."""
        self._say()
        self.changed.emit()

    def _say(self) -> None:
        assert self._line is not None, "a service line has been chosen"
        words = self._line.case_kind(self.chosen).help if self.chosen else "Choose one: the dates depend on it."
        self._help.setText(words)


class Questions(QWidget):
    """The questions asked when a case is reported."""

    changed = Signal()

    def __init__(self, theme: Theme, faults: Faults) -> None:
        super().__init__()
        self._theme, self._faults = theme, faults
        self.editors: tuple[AnswerEditor, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(18)

    def ask(self, line: ServiceLine, day: date) -> None:
        """Ask the questions of a service line as they are offered on a day."""
        empty(self._column)
        for editor in self.editors:
            self._faults.forget(editor.question.label)
        self.editors = tuple(AnswerEditor(self._theme, field, day) for field in fields_at(line, line.first_stage.code))
        for editor in self.editors:
            editor.changed.connect(self.changed)
            self._faults.know(editor.question.label, editor.field)
            self._column.addWidget(editor)

    def given(self) -> dict[str, Given]:
        """The answers so far."""
        found = ((editor.question.code, editor.given()) for editor in self.editors)
        return {code: given for code, given in found if given is not None}

    def show_answers(self, given: Mapping[str, Given]) -> None:
        """Show answers given before."""
        for editor in self.editors:
            editor.show_answer(given.get(editor.question.code))


class Household(QWidget):
    """The people who live there; all of them are in the case unless taken out."""

    changed = Signal()

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme, self._title = theme, title
        self.pills: Pills | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def chosen(self) -> tuple[str, ...] | None:
        """The ids of those in the case; None while nobody lives there."""
        return self.pills.chosen if self.pills is not None else None

    def offer(self, people: Iterable[tuple[str, str]], wanted: tuple[str, ...] | None) -> None:
        """Offer people as (id, name); `wanted` are those to be in, None for everyone."""
        from_people = tuple(people)
        empty(self._column)
        self.pills = None
        self.setVisible(bool(from_people))
        if from_people:
            self.pills = Pills(self._theme, self._title, from_people, many=True)
            self.pills.choose([key for key, _ in from_people if wanted is None or key in wanted])
            self.pills.changed.connect(self.changed)
            self._column.addWidget(label(self._title, "label"))
            self._column.addWidget(self.pills)


def empty(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
