"""Rows of a form made from a record's own facts: a field added to a record appears without its name typed twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import Faults
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.time_field import DayField
from almoner.records.derive import Field as Fact
from almoner.records.derive import fields_of
from almoner.records.trouble import Trouble
from almoner.records.wire import plain_value

Choices = Sequence[tuple[str, str]]
Reader = Callable[[str], str]

_MOST_LINES = 100
_WORDS_HEIGHT = 84
_DAY_HELP = "Such as 17/12/2026, yesterday, fri"
_LINES_HELP = "One on each line"
_NONE: Mapping[str, Any] = MappingProxyType({})


class Row(Protocol):
    """One field of a record on a form. The draft form is a text, whatever is in the control."""

    changed: Any

    @property
    def field(self) -> Field:
        """What is laid out."""

    def value(self) -> Any:
        """What the record is to hold. Raises Trouble that names the field by its label."""

    def put(self, value: Any) -> None:
        """Show what a record holds."""

    def draft(self) -> str:
        """What stands in the control, read or not."""

    def restore(self, draft: str) -> None:
        """Put a draft back."""


class RecordForm(QObject):
    """The rows of a record type in declared order. Put `fields` where they are to stand."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        record: Any,
        now: Callable[[], datetime],
        *,
        leave_out: Iterable[str] = (),
        only: Iterable[str] = (),
        needed: Iterable[str] = (),
        choices: Mapping[str, Choices] = _NONE,
        readers: Mapping[str, Reader] = _NONE,
        parent: QObject | None = None,
    ) -> None:
        """`choices` gives what an id or a set of words is chosen from; `readers` turn what was typed into what is kept.

        With `only`, those fields in that order; otherwise all but `leave_out` and those the server sets. `needed` are
        fields this form does not let pass empty though the record could.
        """
        super().__init__(parent)
        known = {fact.name: fact for fact in fields_of(record)}
        names = tuple(only) or tuple(n for n, fact in known.items() if n not in {"id", *leave_out})
        assert set(names) <= set(known), f"{record.kind} has no {sorted(set(names) - set(known))}"
        self._record = record
        self._rows: dict[str, Row] = {}
        for name in names:
            fact = replace(known[name], required=True, min_len=1) if name in set(needed) else known[name]
            if not fact.fact.server:
                self._rows[name] = _row(theme, fact, now, choices.get(name), readers.get(name))
                self._rows[name].changed.connect(self.changed)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The rows to lay out."""
        return tuple(row.field for row in self._rows.values())

    def field(self, name: str) -> Field:
        """One row."""
        return self._rows[name].field

    def know(self, faults: Faults) -> None:
        """Let trouble that names a field by its label be shown at its row."""
        for name, row in self._rows.items():
            faults.know(self._label(name), row.field)

    def fill(self, record: Any) -> None:
        """Show what a record holds."""
        for name, row in self._rows.items():
            row.put(getattr(record, name))

    def put(self, name: str, value: Any) -> None:
        """Show one value."""
        self._rows[name].put(value)

    def values(self) -> dict[str, Any]:
        """What was typed, by field name. Raises Trouble that names the first field that cannot be read.

        A day that must be given and was not is left out: the action knows what it is then.
        """
        needed = {fact.name for fact in fields_of(self._record) if fact.type is date and not fact.optional}
        found = {name: row.value() for name, row in self._rows.items()}
        return {name: value for name, value in found.items() if value is not None or name not in needed}

    def drafts(self) -> dict[str, str]:
        """What stands in the rows, for a draft; empty rows are left out."""
        return {name: text for name, row in self._rows.items() if (text := row.draft())}

    def restore(self, drafts: Mapping[str, Any]) -> None:
        """Put a draft back; what it does not name is emptied."""
        for name, row in self._rows.items():
            row.restore(str(drafts.get(name, "")))

    def _label(self, name: str) -> str:
        return next(fact.fact.label for fact in fields_of(self._record) if fact.name == name)


def words_of(code: str) -> str:
    """Say a code as people do: "large-print" becomes "Large print"."""
    return code.replace("-", " ").capitalize()


def _row(theme: Theme, fact: Fact, now: Callable[[], datetime], choices: Choices | None, reader: Reader | None) -> Row:
    """Make the row that suits a field's type."""
    if fact.is_set:
        return _SetRow(theme, fact, choices) if choices is not None else _LinesRow(theme, fact)
    if choices is not None:
        return _ChoiceRow(theme, fact, choices)
    if issubclass(fact.type, StrEnum):
        return _ChoiceRow(theme, fact, [(each.value, words_of(each.value)) for each in fact.type])
    if fact.type is bool:
        return _YesRow(theme, fact)
    if fact.type is date:
        return _DayRow(theme, fact, now)
    return _WordsRow(theme, fact, reader)


def _is_optional(fact: Fact) -> bool:
    return fact.type is str and not fact.required


class _WordsRow:
    """A line of text, a box for a long text, or a whole number."""

    def __init__(self, theme: Theme, fact: Fact, reader: Reader | None) -> None:
        self._fact, self._reader = fact, reader
        self.box = QPlainTextEdit() if fact.fact.long else QLineEdit()
        if isinstance(self.box, QPlainTextEdit):
            self.box.setTabChangesFocus(True)
            self.box.setFixedHeight(theme.look.px(_WORDS_HEIGHT))
        elif fact.max_len is not None and reader is None:
            self.box.setMaxLength(fact.max_len)
        self.changed = self.box.textChanged
        help_text = fact.fact.help if reader is None else "Such as 8/3/1991, March 1991, or only 1991"
        is_optional = _is_optional(fact) or fact.optional
        self.field = Field(theme, fact.fact.label, self.box, help_text=help_text, is_optional=is_optional)

    def value(self) -> Any:
        text, label = self.draft().strip(), self._fact.fact.label
        if self._fact.type is int:
            return self._number(text, label)
        if self._reader is not None:
            return self._reader(text)
        if self._fact.max_len is not None and len(text) > self._fact.max_len:
            raise Trouble(f"“{label}” is longer than {self._fact.max_len:,} characters.", "Make it shorter.", label)
        if len(text) < self._fact.min_len:
            raise Trouble(f"“{label}” is empty.", "Type something there and save again.", label)
        return text

    def _number(self, text: str, label: str) -> int | None:
        low, high = self._fact.ge, self._fact.le
        if not text and self._fact.optional:
            return None
        within = f"Give a whole number from {low} to {high}." if low is not None else "Give a whole number."
        if not (text.isascii() and text.isdecimal()) or not (low or 0) <= int(text[:12]) <= (high or 10**9):
            raise Trouble(f"“{label}” is not a number that will do.", within, label)
        return int(text)

    def put(self, value: Any) -> None:
        self.restore("" if value is None else str(value))

    def draft(self) -> str:
        return self.box.toPlainText() if isinstance(self.box, QPlainTextEdit) else self.box.text()

    def restore(self, draft: str) -> None:
        if isinstance(self.box, QPlainTextEdit):
            self.box.setPlainText(draft)
        else:
            self.box.setText(draft)


class _LinesRow:
    """A set of words, one on each line."""

    def __init__(self, theme: Theme, fact: Fact) -> None:
        self._fact = fact
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setFixedHeight(theme.look.px(_WORDS_HEIGHT))
        self.changed = self.box.textChanged
        help_text = f"{fact.fact.help} {_LINES_HELP}".strip()
        self.field = Field(theme, fact.fact.label, self.box, help_text=help_text, is_optional=not fact.required)

    def value(self) -> tuple[str, ...]:
        lines = [line.strip() for line in self.draft().splitlines()[:_MOST_LINES]]
        found = tuple(sorted({line for line in lines if line}))
        label, most = self._fact.fact.label, self._fact.max_len
        if most is not None and len(found) > most:
            raise Trouble(f"“{label}” holds more than {most} lines.", "Leave some out.", label)
        return found

    def put(self, value: Any) -> None:
        self.restore("\n".join(value))

    def draft(self) -> str:
        return self.box.toPlainText()

    def restore(self, draft: str) -> None:
        self.box.setPlainText(draft)


class _SetRow:
    """A set of words chosen from those offered."""

    def __init__(self, theme: Theme, fact: Fact, choices: Choices) -> None:
        self.pills = Pills(theme, fact.fact.label, choices, many=True)
        self.changed = self.pills.changed
        self.field = Field(theme, fact.fact.label, self.pills, help_text=fact.fact.help, is_optional=not fact.required)

    def value(self) -> tuple[str, ...]:
        return tuple(sorted(self.pills.chosen))

    def put(self, value: Any) -> None:
        self.pills.choose(value)

    def draft(self) -> str:
        return ",".join(self.pills.chosen)

    def restore(self, draft: str) -> None:
        self.pills.choose(filter(None, draft.split(",")))


class _ChoiceRow:
    """One of a few."""

    def __init__(self, theme: Theme, fact: Fact, choices: Choices) -> None:
        self._fact = fact
        self.select = Select(theme, fact.fact.label)
        for code, words in choices:
            self.select.addItem(words, code)
        self.changed = self.select.currentIndexChanged
        self.field = Field(theme, fact.fact.label, self.select, help_text=fact.fact.help)

    def value(self) -> Any:
        code = str(self.select.currentData() or "")
        return self._fact.type(code)

    def put(self, value: Any) -> None:
        self.restore(str(plain_value(value) or ""))

    def draft(self) -> str:
        return str(self.select.currentData() or "") if self.select.currentIndex() > 0 else ""

    def restore(self, draft: str) -> None:
        self.select.setCurrentIndex(max(0, self.select.findData(draft)))


class _YesRow:
    """Yes or not."""

    def __init__(self, theme: Theme, fact: Fact) -> None:
        self.box = QCheckBox("Yes")
        self.changed = self.box.toggled
        self.field = Field(theme, fact.fact.label, self.box, help_text=fact.fact.help)

    def value(self) -> bool:
        return self.box.isChecked()

    def put(self, value: Any) -> None:
        self.box.setChecked(bool(value))

    def draft(self) -> str:
        return "yes" if self.box.isChecked() else ""

    def restore(self, draft: str) -> None:
        self.box.setChecked(bool(draft))


class _DayRow:
    """A day, or none."""

    def __init__(self, theme: Theme, fact: Fact, now: Callable[[], datetime]) -> None:
        help_text = f"{fact.fact.help}. {_DAY_HELP}" if fact.fact.help else _DAY_HELP
        self._day = DayField(theme, fact.fact.label, now, help_text=help_text)
        self.field: Field = self._day
        self.changed = self._day.box.textChanged

    def value(self) -> date | None:
        return self._day.day()

    def put(self, value: Any) -> None:
        self.restore(value.strftime("%d/%m/%Y") if value else "")

    def draft(self) -> str:
        return self._day.box.text()

    def restore(self, draft: str) -> None:
        self._day.box.setText(draft)
