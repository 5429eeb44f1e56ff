"""Cases: the wide list with its filters, true to the last row however many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.list_marks import TWO_VALUES, case_marks, disputed_among
from almoner.casework.ports import Desk
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.case_list_pane import NarrowCases, narrow_row
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import KeepsSelection, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.tags import ChipBar
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.case_parts.showing import tone_of
from almoner.records.trouble import Trouble
from almoner.store.lists import CaseFilter, CaseRow, FilterName, case_page, count_cases
from almoner.store.reading import Reading

_CHIPS: tuple[tuple[FilterName, str], ...] = (
    ("open", "Open"),
    ("mine", "Mine"),
    ("overdue", "Overdue"),
    ("due_this_week", "Due this week"),
    ("unassigned", "Unassigned"),
    ("closed", "Closed"),
)
_TITLES = ("Due", "Case", "Resident", "Service", "Stage", "Owner", "Updated")
_WIDTHS = (140, 152, 205, 0, 170, 135, 135)
_REFERENCE = 1
_EMPTY = {
    "open": ("No open cases on this device", "Log one with New case, or sync to fetch those of your teams."),
    "mine": ("You have no open cases", "Cases given to you appear here. Nobody's are under Unassigned."),
    "overdue": ("Nothing is overdue", "Cases whose date has passed appear here."),
    "due_this_week": ("Nothing more is due this week", "Cases due until Sunday appear here."),
    "unassigned": ("Every open case has an owner", "Cases that nobody has taken yet appear here."),
    "closed": ("No closed cases on this device", "Cases appear here once they are closed."),
}


@dataclass(frozen=True, slots=True)
class WideCases(NarrowCases):
    """The cases of a filter as rows that carry both the wide and the narrow form."""

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        now = self.desk.clock.now()
        rows = case_page(store, self.filter, self.desk.me, now, anchor, limit)
        disputed = disputed_among(store, rows)
        return tuple(wide_row(row, self.desk, now, is_disputed=row.id in disputed) for row in rows)


def wide_row(row: CaseRow, desk: Desk, now: datetime, *, is_disputed: bool = False) -> Row:
    """Return a case with a cell for each column."""
    marks, narrow = case_marks(row, desk.lines, now), narrow_row(row, desk, now, is_disputed=is_disputed)
    unsent = "Not sent yet" if row.unsent else ""
    return Row(
        id=row.id,
        title=narrow.title,
        second=narrow.second,
        tag=narrow.tag,
        tone=narrow.tone,
        reference=narrow.reference,
        is_unsent=narrow.is_unsent,
        spoken=f"{narrow.spoken}, {marks.stage}, {row.owner or 'unassigned'}",
        cells=(
            Cell(text=marks.due, kind="tag", tone=tone_of(marks.due_tone)),
            Cell(text=row.reference, kind="link"),
            Cell(text=row.subject or "Nobody named", second=row.address_line, kind="strong"),
            Cell(text=row.title, second=marks.service),
            Cell(text=marks.stage, kind="tag", tone=tone_of(marks.stage_tone)),
            Cell(text=row.owner or "Unassigned", kind="plain" if row.owner else "quiet"),
            Cell(text=marks.updated, second=TWO_VALUES if is_disputed else unsent, kind="figures"),
        ),
    )


class Cases(Screen):
    """Chips with counts over the list: a table where there is room, two-line rows where there is not."""

    shows = frozenset(
        {"case", "person", "clock", "participant", "user", "note", "contact_attempt", "task", "letter", "conflict"}
    )

    def build(self) -> None:
        """Make chips, table and narrow list over one model, so that both keep one selection."""
        theme = self.around.theme
        self.held = label("", "quiet")
        self.chips = ChipBar(theme, "Show", _CHIPS)
        self.model = RecordsModel(self.around.doors, _TITLES, parent=self)
        self.table = CaseTable(theme, "Cases", _WIDTHS)
        self.list = CaseList(theme, "Cases")
        self.keeps = KeepsSelection(self.table, self.model)
        self.table.measure()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.table.selectionModel())
        self.empty = EmptyState(theme, "folder-open", "")
        self.empty.offer("New case", self._new, icon="plus")
        self.wrong = ErrorPanel(theme)
        self.wrong.again.connect(self.keeps.refresh)
        self.stack = Stand(self.table, self.list, self.empty, self.wrong)
        self._lay_out()
        self.chips.picked.connect(self._filter)
        self.model.counted.connect(self._counted_rows)
        self.model.failed.connect(self._fail)
        for view in (self.table, self.list):
            view.activated.connect(self._open)
        self.table.clicked.connect(self._clicked)
        self._filter(self.chips.current)

    def _lay_out(self) -> None:
        """Put heading, chips and list under one another."""
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 18, 0)
        head.addWidget(label("Cases", "title"), 1)
        head.addWidget(self.held)
        chips = QHBoxLayout()
        chips.setContentsMargins(18, 0, 18, 0)
        chips.addWidget(self.chips)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(chips)
        column.addWidget(self.stack, 1)

    @property
    def view(self) -> QWidget:
        """The form of the list there is room for."""
        return self.list if self.room <= Room.NARROW else self.table

    def shown(self) -> None:
        """Read again and put the keyboard on the list."""
        self.refresh(self.shows)
        self.view.setFocus()

    def refresh(self, touched: frozenset[str]) -> None:
        """Read rows and counts again; the selected case stays selected."""
        self.keeps.refresh()
        self._read_counts()

    def go(self, target: Target) -> None:
        """Show the filter the target names, and mark the case it names."""
        if target.part in dict(_CHIPS):
            self.chips.pick(target.part)
        if target.id:
            self.keeps.keep(target.id)

    def fit(self, room: Room) -> None:
        """Take the table where there is room for its columns."""
        self.room = room
        if self.stack.part in (self.table, self.list):
            self.stack.setCurrentWidget(self.view)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the chips and the list."""
        return self.chips, self.stack

    def _filter(self, name: str) -> None:
        """Show the cases of a chip."""
        self.model.show(WideCases(self.around.work.desk, CaseFilter(cast(FilterName, name))))
        self.table.scrollToTop()
        self._read_counts()

    def _read_counts(self) -> None:
        """Ask how many each chip would leave."""
        job = _counter(self.around.work.desk)
        self.around.doors.read(job, done=self._counted_chips, key=(id(self), "counts"))

    def _counted_chips(self, counts: dict[str, int]) -> None:
        """Show the counts."""
        for name, _ in _CHIPS:
            self.chips.set_count(name, counts[name])
        self.held.setText(f"{counts['all']:,} on this device")

    def _counted_rows(self, count: int) -> None:
        """Show the list, or why it is empty."""
        if not count:
            title, words = _EMPTY[self.chips.current]
            self.empty.say(title, words)
        self.stack.bring(self.view if count else self.empty)

    def _fail(self, trouble: Trouble) -> None:
        """Say why the list cannot be read."""
        self.wrong.say(trouble)
        self.stack.bring(self.wrong)

    def _clicked(self, index: QModelIndex) -> None:
        """A click on a reference opens the case, as a link does."""
        if index.column() == _REFERENCE:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        """Open the case of a row."""
        row = self.model.row_at(index.row())
        if row is not None:
            self.around.go(Target("case", row.id))

    def _new(self) -> None:
        """Log a new case."""
        self.around.go(Target("new-case"))


def _counter(desk: Desk) -> Callable[[Reading], dict[str, int]]:
    """Return the job that counts."""
    names: tuple[FilterName, ...] = (*(name for name, _ in _CHIPS), "all")
    return lambda reading: {name: count_cases(reading, CaseFilter(name), desk.me, desk.clock.now()) for name in names}
