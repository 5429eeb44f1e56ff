"""Residents: everybody on this device by surname, found while one types, with a side pane that says who it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from almoner.casework.person_page import PersonPage, my_teams, read_person_page
from almoner.casework.ports import Desk
from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, upright
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import PAGE, KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.search_popup import DEBOUNCE_MS
from almoner.desktop.parts.stand import Stand
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.person_parts.preview import PersonPreview
from almoner.records.trouble import Trouble
from almoner.rules.birth_dates import birth_words
from almoner.rules.words import counted
from almoner.store.list_rows import HIDDEN_ADDRESS
from almoner.store.lists import PersonRow, count_people, people_anchors, people_page
from almoner.store.people_rows import NO_NOTES, PersonNotes, people_notes, person_place
from almoner.store.reading import Reading
from almoner.store.search import PersonHit, search

MOST_FOUND = 100
"""More hits than one page are no use to anyone; a longer word finds fewer."""

_TITLES = ("Name", "Born", "Address", "Open cases", "To mind")
_WIDTHS = (250, 120, 0, 110, 170)
_PREVIEW_MS = 80


@dataclass(frozen=True, slots=True)
class Everybody:
    """All people by surname."""

    teams: Collection[str]

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        count = count_people(store)
        anchors = (None, *people_anchors(store))
        return Outline(count, anchors[: -(-count // PAGE) or 1], person_place(store, kept) if kept else None)

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows that follow an anchor."""
        people = people_page(store, anchor, limit)
        notes = people_notes(store, [person.id for person in people])
        return tuple(_row_of(person, notes.get(person.id, NO_NOTES), self.teams) for person in people)


@dataclass(frozen=True, slots=True)
class TheFound:
    """Those a search finds, best first, on one page."""

    typed: str
    teams: Collection[str]

    def outline(self, store: Reading, kept: str | None) -> Outline:
        """Return the shape of the list."""
        found = self._found(store)
        place = next((at for at, hit in enumerate(found) if hit.id == kept), None)
        return Outline(len(found), (None,), place)

    def page(self, store: Reading, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return all rows."""
        found = self._found(store)
        notes = people_notes(store, [hit.id for hit in found])
        return tuple(_row_of_hit(hit, notes.get(hit.id, NO_NOTES)) for hit in found[:limit])

    def _found(self, store: Reading) -> tuple[PersonHit, ...]:
        return search(store, self.typed, MOST_FOUND, teams=self.teams).people


def _row_of(person: PersonRow, notes: PersonNotes, teams: Collection[str]) -> Row:
    if person.restricted_team_id and person.restricted_team_id not in teams:
        return _closed(person.id, person.name)
    known = f"Known as {person.known_as}" if person.known_as else ""
    return _row(person.id, person.name, known, person.born, person.address_line, notes)


def _row_of_hit(hit: PersonHit, notes: PersonNotes) -> Row:
    if hit.restricted:
        return _closed(hit.id, hit.name)
    known = "Similar name" if hit.why == "similar name" else ""
    return _row(hit.id, hit.name, known, hit.born, HIDDEN_ADDRESS if hit.confidential else hit.address, notes)


def _closed(person_id: str, name: str) -> Row:
    """Somebody who is only for another team: the name and nothing else."""
    cells = (Cell(text=name, kind="strong"), Cell(text=""), Cell(text="Only for another team", kind="quiet"))
    return Row(
        id=person_id,
        title=name,
        second="Only for another team",
        spoken=f"{name}, only for another team",
        cells=(*cells, Cell(text=""), Cell(text="Restricted", kind="tag", tone="purple")),
    )


def _row(person_id: str, name: str, known: str, born: str, address: str, notes: PersonNotes) -> Row:
    flag = notes.flags[0] if notes.flags else ""
    more = f"{flag} +{len(notes.flags) - 1}" if len(notes.flags) > 1 else flag
    birth = birth_words(born)
    cases = counted(notes.open_cases, "open case") if notes.open_cases else ""
    said = (name, known, f"born {birth}" if birth else "", address, cases, *notes.flags)
    return Row(
        id=person_id,
        title=name,
        second="  ·  ".join(filter(None, (f"born {birth}" if birth else "", address))),
        tag=more,
        tone="red" if flag else "neutral",
        reference=cases,
        spoken=", ".join(filter(None, said)),
        cells=(
            Cell(text=name, second=known, kind="strong"),
            Cell(text=birth, kind="figures"),
            Cell(text=address, kind="quiet" if address == HIDDEN_ADDRESS else "plain"),
            Cell(text=str(notes.open_cases) if notes.open_cases else "", kind="figures"),
            Cell(text=more, kind="tag", tone="neutral" if flag == "Has died" else "red"),
        ),
    )


class _FindLine(QLineEdit):
    """The box above the list; down and Enter go into the list."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        self.view = view
        self.setClearButtonEnabled(True)
        self.setMaxLength(200)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand the keyboard to the list."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class Residents(Screen):
    """Box, list and side pane."""

    shows = frozenset(
        {
            "person", "address", "contact_point", "flag", "safe_contact_rule", "case", "participant",
            "household_membership", "clock",
        }
    )  # fmt: skip

    def build(self) -> None:
        """Make box, table, narrow list and side pane."""
        theme = self.around.theme
        self._desk: Desk = self.around.work.desk
        self._teams = my_teams(self._desk)
        self.around.commands.add(
            Command(
                id="new-person",
                title="New resident",
                group="Work",
                shortcut="Ctrl+Shift+R",
                icon="user-plus",
                words="add person",
                run=self._new,
            )
        )
        self.held = label("", "quiet")
        self.new = Button(theme, "New resident", icon="user-plus", run=self._new)
        self.model = RecordsModel(self.around.doors, _TITLES, parent=self)
        self.table = CaseTable(theme, "Residents", _WIDTHS)
        self.list = CaseList(theme, "Residents")
        self.keeps = KeepsSelection(self.table, self.model)
        self.table.measure()
        self.list.setModel(self.model)
        self.list.setSelectionModel(self.table.selectionModel())
        self.empty = EmptyState(theme, "users", "")
        self.empty.offer("New resident", self._new, icon="user-plus")
        self.wrong = ErrorPanel(theme)
        self.wrong.again.connect(self.keeps.refresh)
        self.stack = Stand(self.table, self.list, self.empty, self.wrong)
        self.box = _FindLine(self.stack)
        self.preview = PersonPreview(theme, self.around.go)
        self._line = upright()
        self._wait = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._wait.timeout.connect(self._find)
        self._look = QTimer(self, singleShot=True, interval=_PREVIEW_MS)
        self._look.timeout.connect(self._read_preview)
        self._lay_out()
        self._connect()
        self._find()

    def _connect(self) -> None:
        """Listen to the parts."""
        self.box.textChanged.connect(lambda _text: self._wait.start())
        self.model.counted.connect(self._counted)
        self.model.failed.connect(self._fail)
        self.keeps.picked.connect(lambda _id: self._look.start())
        for view in (self.table, self.list):
            view.activated.connect(self._open)

    def _lay_out(self) -> None:
        """Put heading, box and list at the left, the side pane at the right."""
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 18, 0)
        head.setSpacing(12)
        head.addWidget(label("Residents", "title"), 1)
        head.addWidget(self.held)
        head.addWidget(self.new)
        find = QHBoxLayout()
        find.setContentsMargins(18, 0, 18, 6)
        find.addWidget(Field(self.around.theme, "Name, address, postcode or telephone number", self.box))
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(find)
        column.addWidget(self.stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 93)
        row.addWidget(self._line)
        row.addWidget(self.preview, 29)

    @property
    def view(self) -> QWidget:
        """The form of the list there is room for."""
        return self.list if self.room <= Room.NARROW else self.table

    # What the shell asks

    def shown(self) -> None:
        """Read again and put the keyboard in the box."""
        self.keeps.refresh()
        self._look.start()
        self.box.setFocus()

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again; the person selected stays selected."""
        self.keeps.refresh()
        self._look.start()

    def go(self, target: Target) -> None:
        """Mark a person."""
        if target.id:
            self.keeps.keep(target.id)

    def fit(self, room: Room) -> None:
        """Leave out the side pane, then the columns, where there is no room."""
        self.room = room
        for widget in (self._line, self.preview):
            widget.setVisible(room is Room.WIDE)
        if self.stack.part in (self.table, self.list):
            self.stack.bring(self.view)

    def panes(self) -> tuple[QWidget, ...]:
        """Return box, list and side pane."""
        return self.box, self.stack, self.preview

    # Reading

    def _find(self) -> None:
        """Show those who are found, or everybody."""
        typed = self.box.text().strip()
        self.model.show(TheFound(typed, self._teams) if typed else Everybody(self._teams))
        self.table.scrollToTop()

    def _counted(self, count: int) -> None:
        """Show the list, or why it is empty."""
        typed = self.box.text().strip()
        words = f"{count:,} on this device"
        if typed:
            words = f"The {count} that fit best" if count == MOST_FOUND else f"{count} found"
        self.held.setText(words)
        if not count and typed:
            self.empty.say(
                "Nobody found", "Try part of the name, another spelling, a postcode or a phone number.", icon="search"
            )
        elif not count:
            self.empty.say("No residents on this device", "Sync to fetch them, or add one.", icon="users")
        self.stack.bring(self.view if count else self.empty)

    def _fail(self, trouble: Trouble) -> None:
        """Say why the list cannot be read."""
        self.wrong.say(trouble)
        self.stack.bring(self.wrong)

    def _read_preview(self) -> None:
        """Ask who is selected."""
        if self.keeps.kept is None or not self.preview.isVisible():
            self.preview.forget()
            return
        job = partial(read_person_page, desk=self._desk, person_id=self.keeps.kept)
        self.around.doors.read(
            job, done=self._show_preview, trouble=self.preview.fail, key=(id(self), "preview"), owner=self
        )

    def _show_preview(self, page: PersonPage) -> None:
        """Show who is selected, unless somebody else is by now."""
        if page.view.person.id == self.keeps.kept:
            self.preview.show_page(page)

    # Acting

    def _open(self, index: QModelIndex) -> None:
        """Open the person of a row."""
        row = self.model.row_at(index.row())
        if row is not None:
            self.around.go(Target("person", row.id))

    def _new(self) -> None:
        """Add a resident, beginning with what was typed if it is a name."""
        typed = self.box.text().strip()
        name = typed if typed and not any(character.isdigit() for character in typed) else ""
        self.around.go(Target("new-person", part=f"name:{name}" if name else ""))
