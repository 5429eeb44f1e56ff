"""The columns of a disagreement: what stood there before, and what each of the two wrote, with a button under it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.conflict_page import ConflictPage, Side
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label, rule
from almoner.desktop.parts.difference import Difference
from almoner.rules.settling import Choice


class Column(QFrame):
    """One value: whose it is, when it was made, its words, what follows when it is kept."""

    def __init__(self, theme: Theme, icon: str, keep: Callable[[Choice], None] | None = None) -> None:
        super().__init__()
        self._theme = theme
        self._keep = keep
        self._choice: Choice | None = None
        self.setProperty("kind", "card")
        self.heading = label("", "heading", wraps=True)
        self.who = label("", "strong", wraps=True)
        self.times = label("", "quiet", wraps=True)
        self.words = Difference(theme, "")
        self.follows = label("", "quiet", wraps=True)
        self._follows_row = QWidget()
        self.button = Button(theme, "Keep", icon="check", run=self._press)
        self._lay_out(icon)

    def _lay_out(self, icon: str) -> None:
        """Put everything under one another, the button at the foot."""
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(self._theme, icon, size=19), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.heading, 1)
        foot = QHBoxLayout(self._follows_row)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(8)
        foot.addWidget(Icon(self._theme, "clock", tint="quiet", size=17), 0, Qt.AlignmentFlag.AlignTop)
        foot.addWidget(self.follows, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.who)
        column.addWidget(self.times)
        column.addSpacing(2)
        column.addWidget(rule())
        column.addSpacing(2)
        column.addWidget(self.words)
        column.addStretch(1)
        column.addSpacing(6)
        column.addWidget(self._follows_row)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_side(self, side: Side, *, may: bool) -> None:
        """Show a value; its button only where it may be kept."""
        self.setAccessibleName(side.heading)
        self.heading.setText(side.heading)
        self.who.setText(side.who)
        self.who.setVisible(bool(side.who) and side.who != side.heading)
        self.times.setText("\n".join(side.times))
        self.times.setVisible(bool(side.times))
        self.words.call(f"{side.heading}: what it says")
        self.words.show_parts(side.parts)
        self.follows.setText(side.follows)
        self._follows_row.setVisible(bool(side.follows))
        self._choice = side.choice
        self.button.setText(side.keep or "Keep")
        self.button.setAccessibleName(side.keep or "Keep")
        self.button.setAccessibleDescription(side.follows)
        self.button.setVisible(may and side.choice is not None)

    def _press(self) -> None:
        """Keep this one."""
        if self._keep is not None and self._choice is not None:
            self._keep(self._choice)


class Columns(QWidget):
    """The three, side by side where there is room and under one another where there is not."""

    def __init__(self, theme: Theme, keep: Callable[[Choice], None]) -> None:
        super().__init__()
        self.before = Column(theme, "history")
        self.first = Column(theme, "user", keep)
        self.second = Column(theme, "users", keep)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(14)
        for column, stretch in ((self.before, 4), (self.first, 5), (self.second, 5)):
            self._row.addWidget(column, stretch)

    def show_page(self, page: ConflictPage) -> None:
        """Show the three values."""
        may = page.may and page.is_open
        self.before.show_side(page.before, may=False)
        self.before.setVisible(bool(page.conflict.field))
        self.first.show_side(page.first, may=may)
        self.second.show_side(page.second, may=may)

    def stand(self, *, side_by_side: bool) -> None:
        """Put them side by side or under one another."""
        way = QBoxLayout.Direction.LeftToRight if side_by_side else QBoxLayout.Direction.TopToBottom
        self._row.setDirection(way)
