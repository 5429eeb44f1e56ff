"""What lies under the tabs of a case: lines with a button for the next step, and a word when there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.line_items import Item, LineItems
from almoner.desktop.parts.sheet import Sheet


class TabPage(QScrollArea):
    """A list of lines with buttons over it. `acted` passes on what was asked of a line."""

    acted = Signal(str, str)

    def __init__(
        self, theme: Theme, name: str, empty: str, buttons: Sequence[tuple[str, str, Callable[[], None]]]
    ) -> None:
        """`buttons` are (words, icon, what to run)."""
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumSize(0, 0)
        inside = Sheet()
        inside.setProperty("kind", "page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(22, 14, 18, 14)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, icon, run in buttons:
            row.addWidget(Button(theme, words, icon=icon, run=run))
        row.addStretch(1)
        column.addLayout(row)
        self._empty = label(empty, "quiet", wraps=True)
        self.lines = LineItems(theme, name)
        self.lines.acted.connect(self.acted)
        column.addWidget(self._empty)
        column.addWidget(self.lines)
        column.addStretch(1)
        self.setWidget(inside)

    def show_items(self, items: Sequence[Item]) -> None:
        """Show the lines, or the word for none."""
        self._empty.setVisible(not items)
        self.lines.show_items(items)
