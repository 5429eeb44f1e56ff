"""The panel beside the form for a new case: what will be due, and what is known about the person."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout

from almoner.casework.callers import Caller
from almoner.casework.case_page import also_mark
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screens.case_parts.showing import tone_of

_MOST_CASES = 8


class KnownPanel(QScrollArea):
    """Cards that come and go with what is typed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._due = Card(theme, "clock", "What will be due")
        self._about = Card(theme, "user", "Who it is about")
        self._open = Card(theme, "link", "Already open")
        inside = Sheet()
        inside.setProperty("kind", "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(13)
        for card in (self._due, self._about, self._open):
            column.addWidget(card)
            card.hide()
        column.addStretch(1)
        self.setAccessibleName("What is known")
        self.setProperty("kind", "panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inside)
        self.setMinimumWidth(0)

    def show_sentence(self, sentence: str) -> None:
        """Show what would run: the date strong, why it is then under it."""
        self._due.clear()
        self._due.setVisible(bool(sentence))
        promise, _, why = sentence.partition(": ")
        self._due.add(label(promise, "strong", wraps=True))
        if why:
            self._due.add(label(why, "small", wraps=True))

    def show_caller(self, caller: Caller | None, now: datetime) -> None:
        """Show whom the case is about, and their open cases."""
        self._about.clear()
        self._open.clear()
        self._about.setVisible(caller is not None)
        self._open.setVisible(caller is not None and bool(caller.open_cases))
        if caller is None:
            return
        self._about.add(label(caller.person.full_name, "strong", wraps=True))
        for fact in caller.facts:
            self._about.add_fact(fact.icon, fact.words)
        for row in caller.open_cases[:_MOST_CASES]:
            mark = also_mark(row, now)
            self._open.add(label(row.title, wraps=True))
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(label(row.reference, "quiet"))
            line.addWidget(Tag(self._theme, mark.words, tone_of(mark.tone)))
            line.addStretch(1)
            self._open.add(line)
