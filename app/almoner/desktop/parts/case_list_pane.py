"""The narrow list of cases at the left of a case: filter chips with counts, and rows that open the case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from PySide6.QtCore import Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.list_marks import TWO_VALUES, disputed_among
from almoner.casework.ports import Desk
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.lists import CaseList
from almoner.desktop.parts.records_model import PAGE, KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Row
from almoner.desktop.parts.tags import ChipBar
from almoner.rules.due_tags import due_tag
from almoner.store.lists import CaseFilter, CaseRow, FilterName, case_anchors, case_page, case_place, count_cases
from almoner.store.reading import Reading

SHOWS = frozenset({"case", "person", "clock", "participant", "conflict"})
"""The kinds of record the list shows."""

_CHIPS: tuple[tuple[FilterName, str], ...] = (("open", "Open"), ("mine", "Mine"), ("overdue", "Overdue"))


@dataclass(frozen=True, slots=True)
class NarrowCases:
    """The cases of a filter as narrow rows."""

    desk: Desk
    filter: CaseFilter

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        me, now = self.desk.me, self.desk.clock.now()
        count = count_cases(store, self.filter, me, now)
        anchors = (None, *case_anchors(store, self.filter, me, now))
        place = case_place(store, self.filter, me, now, kept) if kept else None
        return Outline(count, anchors[: -(-count // PAGE) or 1], place)

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        now = self.desk.clock.now()
        rows = case_page(store, self.filter, self.desk.me, now, anchor, limit)
        disputed = disputed_among(store, rows)
        return tuple(narrow_row(row, self.desk, now, is_disputed=row.id in disputed) for row in rows)


def narrow_row(row: CaseRow, desk: Desk, now: datetime, *, is_disputed: bool = False) -> Row:
    """Return a case as two lines: whom it is about and how near its date is; what it is about and its reference."""
    versions = desk.lines.versions(row.service)
    service = versions[-1].title if versions else row.service
    tag = due_tag(row.due_on, row.due_at, now)
    words = tag.words if row.status == "open" else "Closed"
    second = f"{TWO_VALUES} · {row.title}" if is_disputed else f"{service} · {row.title}"
    said = [
        row.subject or "Nobody named",
        second,
        words,
        f"reference {row.reference}",
        "not sent yet" * bool(row.unsent),
    ]
    return Row(
        id=row.id,
        title=row.subject or row.address_line or "Nobody named",
        second=second,
        tag=words,
        tone=cast(Tone, tag.tone) if row.status == "open" else "neutral",
        reference=row.reference,
        spoken=", ".join(filter(None, said)),
        is_unsent=bool(row.unsent),
    )


class _SteadyList(CaseList):
    """A list that chooses nothing by itself when the keyboard comes into it."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Let Qt place its cursor without anyone taking that for a choice."""
        chooser = self.selectionModel()
        chooser.blockSignals(True)
        super().focusInEvent(event)
        chooser.blockSignals(False)


class CaseListPane(QWidget):
    """Chips and list. `picked` gives the id of the case the worker chose."""

    picked = Signal(str)

    def __init__(self, theme: Theme, doors: Doors, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._doors, self._desk = doors, desk
        self._held = label("", "quiet")
        self.chips = ChipBar(theme, "Show", _CHIPS)
        self.list = _SteadyList(theme, "Cases")
        self.model = RecordsModel(doors, parent=self)
        self.keeps = KeepsSelection(self.list, self.model)
        self._lay_out()
        self.setMinimumWidth(0)
        self.chips.picked.connect(self._filter)
        self.keeps.picked.connect(self._picked)
        self._filter(self.chips.current)

    def _lay_out(self) -> None:
        """Put heading, chips and list under one another."""
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 14, 8)
        head.addWidget(label("Cases", "title"), 1)
        head.addWidget(self._held)
        chips = QHBoxLayout()
        chips.setContentsMargins(18, 0, 8, 10)
        chips.addWidget(self.chips)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(chips)
        column.addWidget(self.list, 1)

    def keep(self, case_id: str) -> None:
        """Mark the case that is open, wherever it lies in the list."""
        if self.keeps.kept != case_id:
            self.keeps.keep(case_id)

    def refresh(self) -> None:
        """Read again after a change."""
        self.keeps.refresh()
        self._read_counts()

    def _filter(self, name: str) -> None:
        """Show the cases of a chip, and keep the open one marked if it is among them."""
        kept = self.keeps.kept
        self.model.show(NarrowCases(self._desk, CaseFilter(cast(FilterName, name))))
        if kept:
            self.keeps.keep(kept)
        self._read_counts()

    def _read_counts(self) -> None:
        """Ask how many each chip would leave."""
        self._doors.read(_counter(self._desk), done=self._counted, key=(id(self), "counts"))

    def _counted(self, counts: dict[str, int]) -> None:
        """Show the counts."""
        for name, _ in _CHIPS:
            self.chips.set_count(name, counts[name])
        self._held.setText(f"{counts['all']:,} on this device")

    def _picked(self, case_id: str) -> None:
        """Pass on a choice; a case that left the list stays open."""
        if case_id:
            self.picked.emit(case_id)


def _counter(desk: Desk) -> Callable[[Reading], dict[str, int]]:
    """Return the job that counts."""
    names: tuple[FilterName, ...] = (*(name for name, _ in _CHIPS), "all")
    return lambda reading: {name: count_cases(reading, CaseFilter(name), desk.me, desk.clock.now()) for name in names}
