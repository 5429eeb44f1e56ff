"""One question of a service line as it is asked: short answers as pills, long lists as a choice, words in a box."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from almoner.casework.cases import Given
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.fields import Field as FormField
from almoner.desktop.parts.pills import Pills
from almoner.records.cases import AnswerState
from almoner.rules.service_line import Field, FieldType

STATE_WORDS = {
    AnswerState.NOT_KNOWN: "Not known",
    AnswerState.REFUSED: "Prefers not to say",
    AnswerState.TO_FOLLOW: "To follow",
}
_LONGEST = 2_000
_MOST_PILLS = 8
_STATE = "state:"


class AnswerEditor(QWidget):
    """Asks one question. `given` is the answer so far, None while there is none; nothing has to be answered."""

    changed = Signal()

    def __init__(self, theme: Theme, field: Field, day: date, parent: QWidget | None = None) -> None:
        """`day` is the day the council became aware: dated choices are those offered then."""
        super().__init__(parent)
        self.question = field
        choices = [(choice.code, choice.title) for choice in field.choices_on(day)]
        if field.type is FieldType.YES_NO:
            choices = [("yes", "Yes"), ("no", "No")]
        states = [(f"{_STATE}{state.value}", STATE_WORDS[state]) for state in field.allows]
        self._pills: Pills | None = None
        self._select: Select | None = None
        self._box: QLineEdit | None = None
        control: QWidget
        if choices and (len(choices) <= _MOST_PILLS or field.type is FieldType.MULTI):
            many = field.type is FieldType.MULTI
            alone = [*(key for key, _ in states), "none"]
            control = self._pills = Pills(theme, field.label, [*choices, *states], many=many, alone=alone)
        elif choices:
            control = self._select = _select(theme, field.label, [*choices, *states])
        else:
            control = self._words(theme, field, states)
        self.field = FormField(theme, field.label, control, help_text=field.help, is_optional=not field.required)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        self._listen()

    def _words(self, theme: Theme, field: Field, states: list[tuple[str, str]]) -> QWidget:
        """Make a box for words, a number or a day, with pills under it for having no answer."""
        box = QLineEdit()
        box.setMaxLength(_LONGEST)
        self._box = box
        if not states:
            return box
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        box.setAccessibleName(field.label)
        self._pills = Pills(theme, f"{field.label}: no answer", states)
        column.addWidget(box)
        column.addWidget(self._pills)
        both.setFocusProxy(box)
        return both

    def _listen(self) -> None:
        """Tell of every change; words and "not known" put each other out."""
        if self._pills is not None:
            self._pills.changed.connect(self._pressed)
        if self._select is not None:
            self._select.currentIndexChanged.connect(self.changed)
        if self._box is not None:
            self._box.textEdited.connect(self._typed)

    def given(self) -> Given | None:
        """The answer so far; None while there is none."""
        chosen = self._pills.chosen if self._pills is not None else ()
        if self._select is not None and self._select.currentData():
            chosen = (str(self._select.currentData()),)
        for each in chosen:
            if each.startswith(_STATE):
                return Given(state=AnswerState(each.removeprefix(_STATE)))
        words = self._box.text().strip() if self._box is not None else ",".join(chosen)
        return Given(words) if words else None

    def show_answer(self, given: Given | None) -> None:
        """Show an answer, or none."""
        value = given.value if given else ""
        state = f"{_STATE}{given.state.value}" if given and given.state is not AnswerState.ANSWERED else ""
        if self._box is not None:
            self._box.setText(value)
        if self._pills is not None:
            self._pills.choose([state] if state else value.split(",") if self._box is None else [])
        if self._select is not None:
            self._select.setCurrentIndex(max(0, self._select.findData(state or value)))

    def _pressed(self) -> None:
        """Having no answer empties the box."""
        if self._box is not None and self._pills is not None and self._pills.chosen:
            self._box.clear()
        self.changed.emit()

    def _typed(self) -> None:
        """Words put "not known" out."""
        if self._pills is not None and self._box is not None and self._box.text():
            self._pills.choose(())
        self.changed.emit()


def _select(theme: Theme, name: str, choices: list[tuple[str, str]]) -> Select:
    """Make a choice from a list, with no answer first."""
    made = Select(theme, name)
    made.addItem("No answer yet", "")
    for code, title in choices:
        made.addItem(title, code)
    return made
