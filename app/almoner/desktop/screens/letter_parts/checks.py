"""The checks of a letter in words: what stops it first, then what to look at, then what is in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import Card, Icon, label

if TYPE_CHECKING:
    from almoner.casework.letter_checks import Check

_STOPS, _LOOK, _PASSED = ("Stops the letter", "octagon-alert", "wrong"), ("Look at this", "triangle-alert", "warn"), (
    "In order", "circle-check", "good"
)  # fmt: skip


class ChecksCard(Card):
    """The checks as a card; made again only when they differ."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "list-checks", "Checks")
        self._shown: tuple[Check, ...] | None = None

    def show_checks(self, checks: Sequence[Check]) -> None:
        """Show these checks."""
        if tuple(checks) == self._shown:
            return
        self._shown = tuple(checks)
        self.clear()
        stops = sum(check.stops for check in checks)
        self.retitle(_heading(stops, sum(not check.passed and not check.stops for check in checks)))
        for check in sorted(checks, key=lambda check: (not check.stops, check.passed)):
            self.add(self._line(check))

    def _line(self, check: Check) -> QWidget:
        """Make one line: icon and state, the words, and what to do."""
        state, icon, tint = _PASSED if check.passed else _STOPS if check.stops else _LOOK
        line = QWidget()
        line.setAccessibleName(f"{state}: {check.what} {check.do}".strip())
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(10)
        row.addWidget(Icon(self._theme, icon, tint=tint, size=18), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(check.what, "" if check.passed else "strong", wraps=True))
        if check.do and not check.passed:
            words.addWidget(label(check.do, "quiet", wraps=True))
        row.addLayout(words, 1)
        return line


def _heading(stops: int, warnings: int) -> str:
    """Say how the checks went altogether."""
    if stops:
        return "Checks: 1 stops this letter" if stops == 1 else f"Checks: {stops} stop this letter"
    if warnings:
        return "Checks: 1 to look at" if warnings == 1 else f"Checks: {warnings} to look at"
    return "Checks: all in order"
