"""Sync: whether work has reached the office, what has not, what came back and why, and whether both copies agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.ports import Desk
from almoner.casework.sync_page import (
    MOST_SHOWN,
    FileLine,
    SyncPage,
    read_sync_page,
    state_words,
    unsent_files,
    words_of_save,
)
from almoner.desktop.commands import Command
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.banners import EmptyState
from almoner.desktop.parts.line_items import Item, LineItems
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import PAGE, KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.sync_parts.state_bar import StateBar
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Work
from almoner.records import BY_KIND
from almoner.rules.words import when
from almoner.store.lines import LineState
from almoner.store.outbox import UnsentLine, unsent, unsent_anchors, unsent_count
from almoner.store.reading import Reading

_TABS = (("to-send", "To send"), ("returned", "Came back"), ("two-values", "Two values"), ("copies", "Copies"))
_TITLES = ("Saved", "What", "State")
_WIDTHS = (160, 0, 200)
_NOW = "sync.now"


@dataclass(frozen=True, slots=True)
class UnsentListing:
    """The saves on their way, oldest first; after them the files, as many as the last page has room for."""

    desk: Desk

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        saves = unsent_count(store)
        files = len(unsent_files(store, _room_after(saves)))
        return Outline(saves + files, (0, *unsent_anchors(store, PAGE))[: -(-saves // PAGE) or 1])

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        now = self.desk.clock.now()
        lines = unsent(store, limit, after=anchor or 0)
        files = unsent_files(store, limit - len(lines)) if len(lines) < limit else ()
        return (*(unsent_row(line, now) for line in lines), *(file_row(file, now) for file in files))


def _room_after(saves: int) -> int:
    """How many rows the last page of so many saves has left."""
    return PAGE - saves % PAGE if saves % PAGE or not saves else 0


def file_row(file: FileLine, now: datetime) -> Row:
    """Return a file as a row."""
    words, tone = state_words(LineState.WAITING)
    made, title = when(file.made_at, now), f"File: {file.name}"
    return Row(
        id=f"{file.case_id} {title}",
        title=title,
        second=made,
        tag=words,
        tone=cast(Tone, tone),
        spoken=f"{title}, added {made}, {words}",
        cells=(
            Cell(text=made, kind="figures"),
            Cell(text=title, kind="strong"),
            Cell(text=words, kind="tag", tone=cast(Tone, tone)),
        ),
    )


def unsent_row(line: UnsentLine, now: datetime) -> Row:
    """Return a save as a row."""
    words, tone = state_words(line.state)
    made = when(line.made_at, now)
    return Row(
        id=f"{line.case_id} {line.client_seq}",
        title=line.label,
        second=made,
        tag=words,
        tone=cast(Tone, tone),
        spoken=f"{line.label}, saved {made}, {words}",
        cells=(
            Cell(text=made, kind="figures"),
            Cell(text=line.label, kind="strong"),
            Cell(text=words, kind="tag", tone=cast(Tone, tone)),
        ),
    )


class Sync(Screen):
    """The state above; under it, by tab: what waits, what came back, two values, and the proof."""

    shows = frozenset(BY_KIND)

    def build(self) -> None:
        """Make the bar, the tabs and what they show."""
        theme, network = self.around.theme, self._work.network
        self.bar = StateBar(theme, network)
        self.tabs = Tabs("What to look at", _TABS)
        self.model = RecordsModel(self.around.doors, _TITLES, parent=self)
        self.table = CaseTable(theme, "To send", _WIDTHS)
        self.list = CaseList(theme, "To send")
        self.keeps = KeepsSelection(self.table, self.model)
        self.table.measure()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.table.selectionModel())
        self.empty = EmptyState(theme, "cloud-check", "")
        self.returned, self.conflicts, self.copies = (
            LineItems(theme, name) for name in ("Came back", "Two values", "Copies")
        )
        self._areas = {
            "returned": _scrolling(self.returned),
            "two-values": _scrolling(self.conflicts),
            "copies": _scrolling(self.copies),
        }
        self.stack = Stand(self.empty, self.table, self.list, *self._areas.values())
        self._page: SyncPage | None = None
        self._lay_out()
        self.tabs.opened.connect(lambda _tab: self._show_tab())
        network.changed.connect(self._changed)
        network.progress.connect(self.bar.show_progress)
        self.model.counted.connect(lambda _count: self._show_tab())
        for items in (self.returned, self.conflicts):
            items.acted.connect(self._act)
        for view in (self.table, self.list):
            view.activated.connect(self._open)
        self.model.show(UnsentListing(self._work.desk))

    @property
    def _work(self) -> Work:
        """What the wiring laid on the bench."""
        work: Work = self.around.work
        return work

    def _lay_out(self) -> None:
        """Put bar, tabs and lists under one another."""
        tabs = QHBoxLayout()
        tabs.setContentsMargins(24, 8, 24, 0)
        tabs.addWidget(self.tabs, 1)
        line = QFrame()
        line.setProperty("kind", "rule")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(tabs)
        column.addWidget(line)
        column.addWidget(self.stack, 1)

    # What the shell asks

    def shown(self) -> None:
        """Read again, take the key for trying now, put the keyboard on what comes next."""
        if _NOW not in self.around.commands:
            self.around.commands.add(
                Command(
                    id=_NOW,
                    title="Sync now",
                    group="Sync",
                    shortcut="F5",
                    icon="refresh-cw",
                    run=self._work.network.sync_now,
                    enabled=self.bar.now.isEnabled,
                )
            )
        self.bar.say(self._work.network.state())
        self.refresh(self.shows)
        if self._work.network.needs_sign_in():
            self.bar.sign_in.password.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the key."""
        self.around.commands.remove(_NOW)
        super().hideEvent(event)

    def refresh(self, touched: frozenset[str]) -> None:
        """Read everything again."""
        self.keeps.refresh()
        self._read()

    def go(self, target: Target) -> None:
        """Open the tab the target names."""
        if target.part in dict(_TABS):
            self.tabs.open(target.part)

    def fit(self, room: Room) -> None:
        """Take the table where there is room for its columns."""
        self.room = room
        self._show_tab()

    def panes(self) -> tuple[QWidget, ...]:
        """Return the bar, the tabs and the list."""
        return self.bar.now, self.tabs, self.stack

    # Reading and showing

    def _read(self) -> None:
        """Ask what there is to look at."""
        desk = self._work.desk
        self.around.doors.read(lambda reading: read_sync_page(reading, desk), done=self._show, key=(id(self), "page"))

    def _changed(self, state: SyncState) -> None:
        """The network says how things stand; after a round the lists may have changed."""
        self.bar.say(state)
        if self.isVisible() and not state.is_sending and not self.around.doors.is_stopped:
            self._read()
            self.model.refresh()

    def _show(self, page: SyncPage) -> None:
        """Show what was read."""
        self._page = page
        self.bar.remember(page.last_synced)
        for tab, count in (
            ("to-send", page.to_send),
            ("returned", page.returned_count),
            ("two-values", page.conflict_count),
        ):
            self.tabs.set_count(tab, count)
        self.around.badge("sync", page.returned_count + page.conflict_count)
        self.returned.show_items(_returned_items(page))
        self.conflicts.show_items(_conflict_items(page))
        self.copies.show_items(
            [
                Item(
                    id=str(at),
                    icon="circle-check" if scope.is_proved else "hourglass",
                    title=scope.name,
                    second=scope.records,
                    tag=scope.proved,
                    tone="green" if scope.is_proved else "neutral",
                )
                for at, scope in enumerate(page.scopes)
            ]
        )
        self._show_tab()

    def _show_tab(self) -> None:
        """Show the open tab, or why there is nothing in it."""
        page, tab = self._page, self.tabs.current
        counts = {
            "to-send": self.model.rowCount(),
            "returned": page.returned_count if page else 0,
            "two-values": page.conflict_count if page else 0,
            "copies": len(page.scopes) if page else 0,
        }
        if not counts[tab]:
            icon, title, words = _EMPTY[tab]
            self.empty.say(title, words, icon=icon)
            self.stack.bring(self.empty)
        elif tab == "to-send":
            self.stack.bring(self.list if self.room <= Room.NARROW else self.table)
        else:
            self.stack.bring(self._areas[tab])

    def _open(self, index: QModelIndex) -> None:
        """Open the case a save belongs to."""
        row = self.model.row_at(index.row())
        case_id = row.id.partition(" ")[0] if row is not None else ""
        if case_id:
            self.around.go(Target("case", case_id))

    def _act(self, item_id: str, act: str) -> None:
        """Open the case, or copy the words of a save."""
        case_id, _, number = item_id.partition(" ")
        if act == "open":
            self.around.go(Target("case", case_id))
        elif act == "copy":
            self.around.doors.read(
                partial(_words_job, int(number)), done=self._copied, trouble=self.around.trouble, owner=self
            )

    def _copied(self, words: str) -> None:
        """Put the words on the clipboard; locking empties it."""
        QGuiApplication.clipboard().setText(words)
        self.around.say("Copied. Paste it where it belongs", None)


_EMPTY = {
    "to-send": ("cloud-check", "Everything is sent", "What you save appears here until the office has it."),
    "returned": ("circle-check", "Nothing came back", "Saves the office did not take appear here, with the reason."),
    "two-values": ("circle-check", "Nothing to settle", "Where two people changed one thing, both values appear here."),
    "copies": ("hourglass", "Not compared yet", "After the first sync, each part of the records is listed here."),
}  # fmt: skip


def _returned_items(page: SyncPage) -> list[Item]:
    """Return what came back as lines."""
    items = [
        Item(
            id=f"{line.case_id} {line.client_seq}",
            icon="undo-2",
            title=line.title,
            second=line.why,
            tag=line.mark,
            tone=cast(Tone, line.tone),
            acts=((("open", "Open the case"),) if line.case_id else ()) + (("copy", "Copy"),),
        )
        for line in page.returned
    ]
    return items + _rest(page.returned_count)


def _conflict_items(page: SyncPage) -> list[Item]:
    """Return what two people changed as lines."""
    items = [
        Item(
            id=f"{each.case_id} {each.id}",
            icon="arrow-right-left",
            title=each.title,
            second=f"In force: {each.in_force}\nOffered by {each.by}: {each.offered}",
            tag="Two values",
            tone="purple",
            acts=(("open", "Open the case"),) if each.case_id else (),
        )
        for each in page.conflicts
    ]
    return items + _rest(page.conflict_count)


def _rest(count: int) -> list[Item]:
    """Say how many more there are."""
    if count <= MOST_SHOWN:
        return []
    return [Item(id="rest", icon="ellipsis", title=f"{count - MOST_SHOWN:,} more follow when these are dealt with")]


def _words_job(client_seq: int, reading: Reading) -> str:
    """Read the words of a save."""
    return words_of_save(reading, client_seq)


def _scrolling(inside: QWidget) -> QScrollArea:
    """Return a scrolling area round a list of lines."""
    holder = QWidget()
    holder.setProperty("kind", "page")
    column = QVBoxLayout(holder)
    column.setContentsMargins(20, 8, 20, 16)
    column.addWidget(inside)
    column.addStretch(1)
    area = QScrollArea()
    area.setAccessibleName(inside.accessibleName())
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setMinimumWidth(0)
    return area
