"""Letters: every letter made that is on this device, with what has become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.ports import Desk
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.tags import ChipBar
from almoner.desktop.screen import Room, Screen, Target
from almoner.records.trouble import Trouble
from almoner.rules.letter_words import letter_standing
from almoner.rules.words import counted, when
from almoner.store.letters import (
    LETTER_FILTERS,
    PAGE,
    LetterFilter,
    LetterRow,
    count_letters,
    letter_anchors,
    letter_place,
    letter_rows,
)
from almoner.store.reading import Reading

_CHIPS = (("mine", "Mine"), ("to-print", "To print"), ("held", "Held"), ("all", "All"))
_TITLES = ("Status", "Letter", "To", "Case", "Made by", "Made")
_WIDTHS = (140, 210, 200, 0, 160, 140)
_EMPTY = {
    "mine": ("You have made no letters", "Open a case and choose a letter; it appears here once it is filed."),
    "to-print": ("Nothing waits to be printed", "Letters appear here when they are filed and not yet printed."),
    "held": ("No letter is held", "Letters that may not go, or wait for a second person, appear here."),
    "all": ("No letters on this device", "Letters of the cases on this device appear here."),
}


@dataclass(frozen=True, slots=True)
class LetterListing:
    """The letters of a filter as rows."""

    desk: Desk
    filter: LetterFilter

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        me = self.desk.me
        count = count_letters(store, self.filter, me)
        anchors = (None, *letter_anchors(store, self.filter, me))
        place = letter_place(store, self.filter, me, _letter_id(kept)) if kept else None
        return Outline(count, anchors[: -(-count // PAGE) or 1], place)

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        now = self.desk.clock.now()
        return tuple(letter_line(row, now) for row in letter_rows(store, self.filter, self.desk.me, anchor, limit))


def letter_line(row: LetterRow, now: datetime) -> Row:
    """Return a letter as a row. Its id carries the case as well, so that the letter can be opened."""
    standing = letter_standing(row.status)
    to = row.recipient or ("Another team's case" if row.restricted_team_id else "Nobody on this device")
    made = when(row.recorded_at, now)
    pages = counted(row.pages, "page")
    return Row(
        id=f"{row.case_id} {row.id}",
        title=to,
        second=f"{row.title} · {made}",
        tag=standing.words,
        tone=cast(Tone, standing.tone),
        reference=row.reference,
        spoken=f"{row.title} to {to}, {standing.words}, {pages}, made by {row.author or 'nobody known'} {made}",
        cells=(
            Cell(text=standing.words, kind="tag", tone=cast(Tone, standing.tone)),
            Cell(text=row.title, second=pages, kind="strong"),
            Cell(text=to),
            Cell(text=row.reference, second=row.case_title, kind="plain"),
            Cell(text=row.author),
            Cell(text=made, kind="figures"),
        ),
    )


class Letters(Screen):
    """Chips with counts over the list; Enter, a double click or a click on a letter's name opens it."""

    shows = frozenset({"letter", "letter_event", "case", "person", "user"})

    def build(self) -> None:
        """Make chips, table and narrow list over one model, so that both keep one selection."""
        theme = self.around.theme
        self.chips = ChipBar(theme, "Show", _CHIPS)
        self.model = RecordsModel(self.around.doors, _TITLES, parent=self)
        self.table = CaseTable(theme, "Letters", _WIDTHS)
        self.list = CaseList(theme, "Letters")
        self.keeps = KeepsSelection(self.table, self.model)
        self.table.measure()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.table.selectionModel())
        self.empty = EmptyState(theme, "mail", "")
        self.wrong = ErrorPanel(theme)
        self.wrong.again.connect(self.keeps.refresh)
        self.stack = Stand(self.table, self.list, self.empty, self.wrong)
        self._lay_out()
        self.chips.picked.connect(self._filter)
        self.model.counted.connect(self._counted_rows)
        self.model.failed.connect(self._fail)
        for view in (self.table, self.list):
            view.activated.connect(self._open)
        self._filter(self.chips.current)

    def _lay_out(self) -> None:
        """Put heading, chips and list under one another."""
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 18, 0)
        head.addWidget(label("Letters", "title"), 1)
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
        """Read rows and counts again; the selected letter stays selected."""
        self.keeps.refresh()
        self._read_counts()

    def go(self, target: Target) -> None:
        """Show the filter the target names."""
        if target.part in LETTER_FILTERS:
            self.chips.pick(target.part)

    def fit(self, room: Room) -> None:
        """Take the table where there is room for its columns."""
        self.room = room
        if self.stack.part in (self.table, self.list):
            self.stack.setCurrentWidget(self.view)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the chips and the list."""
        return self.chips, self.stack

    def _filter(self, name: str) -> None:
        """Show the letters of a chip."""
        self.model.show(LetterListing(self.around.work.desk, cast(LetterFilter, name)))
        self.table.scrollToTop()
        self._read_counts()

    def _read_counts(self) -> None:
        """Ask how many each chip would leave."""
        job = _counter(self.around.work.desk)
        self.around.doors.read(job, done=self._counted_chips, key=(id(self), "counts"))

    def _counted_chips(self, counts: dict[LetterFilter, int]) -> None:
        """Show the counts; what waits to be printed also stands beside the section."""
        for name, count in counts.items():
            self.chips.set_count(name, count)
        self.around.badge("letters", counts["to-print"])

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

    def _open(self, index: QModelIndex) -> None:
        """Open the letter of a row."""
        row = self.model.row_at(index.row())
        if row is not None:
            case_id, _, letter_id = row.id.partition(" ")
            self.around.go(Target("letter", case_id, letter_id))


def _letter_id(row_id: str) -> str:
    """Return the letter of a row."""
    return row_id.partition(" ")[2]


def _counter(desk: Desk) -> Callable[[Reading], dict[LetterFilter, int]]:
    """Return the job that counts."""
    return lambda reading: {name: count_letters(reading, name, desk.me) for name in LETTER_FILTERS}
