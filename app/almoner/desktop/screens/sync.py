"""Sync: whether work has reached the office, what has not, what is kept until the office's backup, who must act, and
whether both copies agree. What came back or differs is settled on a page of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.ports import Desk
from almoner.casework.sync_page import FileLine, SyncPage, read_sync_page, state_words, unsent_files
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
from almoner.store.outbox import (
    UnsentLine,
    kept_until_durable,
    kept_until_durable_count,
    unsent,
    unsent_anchors,
    unsent_count,
)
from almoner.store.reading import Reading

_TABS = (("to-send", "To send"), ("kept", "Kept until backed up"), ("waits", "Waits on someone"), ("copies", "Copies"))
_LISTED = ("to-send", "kept")
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


@dataclass(frozen=True, slots=True)
class KeptListing:
    """The saves the office has taken and that stay here as well until its next backup is complete, oldest first."""

    desk: Desk

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        saves = kept_until_durable_count(store)
        anchors = unsent_anchors(store, PAGE, state=LineState.SENT)
        return Outline(saves, (0, *anchors)[: -(-saves // PAGE) or 1])

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        now = self.desk.clock.now()
        return tuple(unsent_row(line, now) for line in kept_until_durable(store, limit, after=anchor or 0))


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
    """The state above; under it, by tab: what waits, what is kept, who must act, and the proof."""

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
        self.waits, self.copies = (LineItems(theme, name) for name in ("Waits on someone", "Copies"))
        self._areas = {"waits": _scrolling(self.waits), "copies": _scrolling(self.copies)}
        self.stack = Stand(self.empty, self.table, self.list, *self._areas.values())
        self._page: SyncPage | None = None
        self._lay_out()
        self.tabs.opened.connect(self._tab_opened)
        self._listed = "to-send"
        network.changed.connect(self._changed)
        network.progress.connect(self.bar.show_progress)
        self.model.counted.connect(lambda _count: self._show_tab())
        self.waits.acted.connect(lambda _item, screen: self.around.go(Target(screen)))
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
        self._show_waits()
        if self.isVisible() and not state.is_sending and not self.around.doors.is_stopped:
            self._read()
            self.model.refresh()

    def _show(self, page: SyncPage) -> None:
        """Show what was read."""
        self._page = page
        self.bar.remember(page)
        self.tabs.set_count("to-send", page.to_send)
        self.tabs.set_count("kept", page.kept)
        self._show_waits()
        self.copies.show_items(
            [
                Item(
                    id=str(at),
                    icon="circle-check" if scope.is_proved else "hourglass",
                    title=scope.name,
                    second=scope.words,
                    tag="Equal" if scope.is_proved else "Not yet",
                    tone="green" if scope.is_proved else "neutral",
                )
                for at, scope in enumerate(page.scopes)
            ]
        )
        self._show_tab()

    def _show_waits(self) -> None:
        """Show who must act: first what keeps everything from travelling."""
        network = self._work.network
        items = [
            Item(
                id=str(at),
                icon=each.icon,
                title=each.title,
                second=each.why,
                acts=(("settle", "Open"),) if each.screen else (),
            )
            for at, each in enumerate(self._page.waiting_on if self._page else ())
        ]
        blocked = network.waits_on()
        if blocked:
            items.insert(0, Item(id="network", icon="triangle-alert", title=blocked, second=network.trouble()))
        self.waits.show_items(items)
        self.tabs.set_count("waits", len(items))
        self.around.badge("sync", 1 if blocked else 0)

    def _tab_opened(self, tab: str) -> None:
        """The two lists share one table."""
        if tab in _LISTED and tab != self._listed:
            self._listed = tab
            self.table.setAccessibleName(dict(_TABS)[tab])
            self.list.setAccessibleName(dict(_TABS)[tab])
            self.model.show(UnsentListing(self._work.desk) if tab == "to-send" else KeptListing(self._work.desk))
        self._show_tab()

    def _show_tab(self) -> None:
        """Show the open tab, or why there is nothing in it."""
        page, tab = self._page, self.tabs.current
        counts = {
            "to-send": self.model.rowCount(),
            "kept": self.model.rowCount(),
            "waits": len(self.waits.items),
            "copies": len(page.scopes) if page else 0,
        }
        if not counts[tab]:
            icon, title, words = _EMPTY[tab]
            self.empty.say(title, words, icon=icon)
            self.stack.bring(self.empty)
        elif tab in _LISTED:
            self.stack.bring(self.list if self.room <= Room.NARROW else self.table)
        else:
            self.stack.bring(self._areas[tab])

    def _open(self, index: QModelIndex) -> None:
        """Open the case a save belongs to."""
        row = self.model.row_at(index.row())
        case_id = row.id.partition(" ")[0] if row is not None else ""
        if case_id:
            self.around.go(Target("case", case_id))


_EMPTY = {
    "to-send": ("cloud-check", "Everything is sent", "What you save appears here until the office has it."),
    "kept": ("cloud-check", "Nothing is kept back", "What the office has, but in no backup yet, stays here as well."),
    "waits": ("circle-check", "Nobody has to do anything", "What somebody must decide or put right appears here."),
    "copies": ("hourglass", "Not compared yet", "After the first sync, each part of the records is listed here."),
}  # fmt: skip


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
