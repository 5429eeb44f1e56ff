"""A box for a day and time typed in any of the ways people write them; what was understood stands under it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.fields import Field
from almoner.records.trouble import Trouble
from almoner.rules.typed_times import LONGEST, Direction, read_day, read_when
from almoner.rules.words import full_date, uk_date, uk_time

WHEN_HELP = "As you like: 17/12/2026 10:05, yesterday 16:40, sat 9am. Empty means now."


class TimeField(Field):
    """A day and time. Says at once what it understood."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        title: str,
        now: Callable[[], datetime],
        *,
        direction: Direction = "past",
        help_text: str = WHEN_HELP,
        is_needed: bool = False,
    ) -> None:
        """With `is_needed` an empty box is not taken for now."""
        self.box = QLineEdit()
        self.box.setMaxLength(LONGEST)
        super().__init__(theme, title, self.box, help_text=help_text)
        self._title, self._now, self._direction, self._needed = title, now, direction, is_needed
        self._understood = label("", "good", wraps=True)
        layout = self.layout()
        assert layout is not None, "a field lays itself out"
        layout.addWidget(self._understood)
        self.box.textChanged.connect(self._echo)
        self._echo()

    @property
    def text(self) -> str:
        """What is typed."""
        return self.box.text()

    def type(self, text: str) -> None:
        """Type something in."""
        self.box.setText(text)

    def instant(self) -> datetime:
        """The instant in UTC. Raises Trouble that names the field when it cannot be read."""
        if self._needed and not self.text.strip():
            raise Trouble("The day and time are missing.", "Give both, such as fri 9:30.", self._title)
        try:
            return read_when(self.text, self._now(), self._direction)
        except Trouble as trouble:
            raise Trouble(trouble.what, trouble.do, self._title) from None

    def _echo(self) -> None:
        """Say what was understood; while it cannot be read, say nothing yet."""
        try:
            at = self.instant()
        except Trouble:
            self._understood.setText("")
        else:
            if self.wrong:
                self.set_wrong("")
            self._understood.setText(f"{full_date(uk_date(at))}, {uk_time(at)}")
        self._understood.setVisible(bool(self._understood.text()))
        self.changed.emit()


class DayField(Field):
    """A day, or none. Says at once what it understood."""

    def __init__(self, theme: Theme, title: str, now: Callable[[], datetime], *, help_text: str) -> None:
        self.box = QLineEdit()
        self.box.setMaxLength(LONGEST)
        super().__init__(theme, title, self.box, help_text=help_text, is_optional=True)
        self._title, self._now = title, now
        self._understood = label("", "good", wraps=True)
        layout = self.layout()
        assert layout is not None, "a field lays itself out"
        layout.addWidget(self._understood)
        self.box.textChanged.connect(self._echo)
        self._echo()

    def day(self) -> date | None:
        """The day; None when the box is empty. Raises Trouble that names the field when it cannot be read."""
        if not self.box.text().strip():
            return None
        try:
            return read_day(self.box.text(), uk_date(self._now()))
        except Trouble as trouble:
            raise Trouble(trouble.what, trouble.do, self._title) from None

    def _echo(self) -> None:
        """Say what was understood."""
        try:
            day = self.day()
        except Trouble:
            day = None
        self._understood.setText(full_date(day) if day else "")
        self._understood.setVisible(day is not None)
