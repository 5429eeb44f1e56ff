"""A few large numbers at the head of a page, each over what it counts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme, mark
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.flow import FlowLayout


class FigureBox(QFrame):
    """One number. It takes its tone only when there is something to count."""

    def __init__(self, theme: Theme, words: str, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = tone
        self._name = words
        self.setProperty("kind", "card")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._number = label("0", "title")
        self._words = label(words, "quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(10)
        row.addWidget(self._number, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.addWidget(self._words, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(column)
        self.show_number(0)

    @property
    def number(self) -> str:
        """What is shown."""
        return self._number.text()

    def show_number(self, number: int) -> None:
        """Show another number."""
        self._number.setText(f"{number:,}")
        self._number.setProperty("ink", self._tone if number else "")
        mark(self._number, "title")
        self.setAccessibleName(f"{self._name}: {number:,}")


class Figures(QWidget):
    """The numbers, side by side, on more lines where there is no room."""

    def __init__(self, theme: Theme, boxes: tuple[tuple[str, str, Tone], ...], parent: QWidget | None = None) -> None:
        """`boxes` are (id, words, tone)."""
        super().__init__(parent)
        self.boxes = {box_id: FigureBox(theme, words, tone, self) for box_id, words, tone in boxes}
        row = FlowLayout(self, gap=12)
        for box in self.boxes.values():
            row.addWidget(box)

    def show_numbers(self, numbers: dict[str, int]) -> None:
        """Show other numbers, by id."""
        for box_id, number in numbers.items():
            self.boxes[box_id].show_number(number)
