"""A small pretend world for the window: rows from memory, two screens, a wiring that keeps everything in reach."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from almoner.desktop.commands import Commands
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.banners import Banner
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label, rule, upright
from almoner.desktop.parts.due_ring import DueRing
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import PAGE, KeepsSelection, Outline, RecordsModel
from almoner.desktop.parts.rows import Cell, Row
from almoner.desktop.parts.search_popup import Hit, HitGroup
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.parts.tags import ChipBar, Tag
from almoner.desktop.parts.timeline import Moment, Timeline
from almoner.desktop.presenter import Presenter
from almoner.desktop.screen import Room, Screen, Section, Target
from almoner.desktop.shell import Shell, ShellParts
from almoner.desktop.watch import InputWatch
from almoner.outside.resources import resources_dir

PEOPLE = (
    ("Emeka Miah", "Highways", "Pothole outside school", "167 Alder Road", "New", "blue", "Marta Zielinska"),
    ("Mei Quinn", "Benefits", "Discretionary housing payment", "55 Alder Road", "New", "blue", "Priya Nair"),
    ("Sunita Nowak", "Housing", "Homelessness prevention", "16 Beech Grove", "New", "blue", ""),
    ("Sunita Davies", "Street lighting", "Lamp column out", "147 Priory Gardens", "Waiting on partner", "orange", ""),
    ("Grace Griffiths", "Benefits", "Discretionary housing payment", "96 Chapel Lane", "Closed", "neutral", "Dan Cole"),
    (
        "Gareth Patel",
        "Council tax",
        "Reduction: change of circumstances",
        "175 Tannery Court",
        "Visit booked",
        "purple",
        "Priya Nair",
    ),
    (
        "Jadwiga Hussain",
        "Adult social care",
        "Needs assessment request",
        "47 Wharf Road",
        "In progress",
        "teal",
        "Marta Zielinska",
    ),
    ("Chidinma Okafor", "Housing", "Damp and mould report", "14 Tannery Court", "Visit booked", "purple", "Priya Nair"),
)
DUE: tuple[tuple[str, Tone], ...] = (
    ("3 days overdue", "red"),
    ("1 day overdue", "red"),
    ("1 day overdue", "red"),
    ("Due today", "orange"),
    ("Due today", "orange"),
    ("1 day left", "yellow"),
    ("1 day left", "yellow"),
    ("2 days left", "yellow"),
)
TITLES = ("Due", "Case", "Resident", "Service", "Status", "Owner", "Updated")
WIDTHS = (140, 120, 210, 312, 170, 140, 0)


def row_of(at: int) -> Row:
    """Return the pretend row at a place in the list."""
    name, service, what, home, status, tone, owner = PEOPLE[at % len(PEOPLE)]
    due, due_tone = DUE[at] if at < len(DUE) else (f"{2 + at // 8} days left", "yellow" if at < 40 else "neutral")
    reference = f"AL-26{347514 - at * 137:06d}"
    return Row(
        id=f"case-{at}",
        title=name,
        second=f"{service} · {what}",
        tag=due,
        tone=due_tone,
        reference=reference,
        spoken=f"{name}, {what}, {due}, reference {reference}",
        cells=(
            Cell(text=due, kind="tag", tone=due_tone),
            Cell(text=reference, kind="link"),
            Cell(text=name, second=home, kind="strong"),
            Cell(text=what, second=service),
            Cell(text=status, kind="tag", tone=tone),
            Cell(text=owner or "Unassigned", kind="plain" if owner else "quiet"),
            Cell(text="22 Nov, 13:55", kind="figures"),
        ),
    )


@dataclass
class PretendListing:
    """A list of rows in memory; `rows` may be changed between refreshes."""

    rows: list[Row]
    pages_read: list[Any] = field(default_factory=list)

    def outline(self, store: Any, kept: str | None) -> Outline:
        """Return the shape of the list."""
        where = next((at for at, row in enumerate(self.rows) if row.id == kept), None)
        return Outline(len(self.rows), tuple(range(0, len(self.rows), PAGE)), where)

    def page(self, store: Any, anchor: Any, limit: int) -> tuple[Row, ...]:
        """Return the rows from an anchor on."""
        self.pages_read.append(anchor)
        return tuple(self.rows[anchor or 0 : (anchor or 0) + limit])


class PretendBack:
    """A reader or writer whose store is a plain dictionary."""

    def __init__(self, store: dict[str, Any]) -> None:
        self.store = store

    def read(self, fn: Callable[[Any], Any]) -> Any:
        """Run a read."""
        return fn(self.store)

    def write(self, fn: Callable[[Any], Any]) -> tuple[Any, frozenset[str]]:
        """Run a change; what it touched is what it left under `touched`."""
        value = fn(self.store)
        return value, frozenset(self.store.pop("touched", ()))

    def interrupt(self) -> None:
        """Stop a running read, if it looks at the event."""
        event = self.store.get("interrupted")
        if event is not None:
            event.set()

    def close(self) -> None:
        """Note that it was closed."""
        self.store.setdefault("closed", []).append(self)


@dataclass
class PretendBacks:
    """Opens pretend connections over one dictionary."""

    store: dict[str, Any] = field(default_factory=dict)

    def writer(self) -> PretendBack:
        """Open the writing side."""
        return PretendBack(self.store)

    def reader(self) -> PretendBack:
        """Open a reading side."""
        return PretendBack(self.store)


def raise_it(error: BaseException) -> None:
    """Let a bug fail the test instead of showing it kindly."""
    raise error


def find(words: str) -> Callable[[Any], tuple[HitGroup, ...]]:
    """Return a job that finds pretend people and cases by the beginning of a word."""

    def look(_store: Any) -> tuple[HitGroup, ...]:
        rows = [row_of(at) for at in range(len(PEOPLE))]
        fits = [row for row in rows if words.casefold() in row.title.casefold()]
        people = tuple(Hit(kind="people", id=row.id, title=row.title, second=row.cells[2].second) for row in fits)
        cases = tuple(
            Hit(
                kind="cases",
                id=row.id,
                title=row.cells[3].text,
                second=f"{row.title}, {row.reference}",
                icon="folder-open",
                tag=row.tag,
                tone=row.tone,
            )
            for row in fits
        )
        return HitGroup("Residents", people), HitGroup("Cases", cases)

    return look


MOMENTS = (
    Moment(
        id="1",
        icon="message-square",
        title="Spoke to Mrs Okafor",
        by="Priya Nair",
        at="Today 10:31",
        words="Damp has spread to the back bedroom. Her son has asthma and is using his inhaler every night. "
        "She is out until 2pm on Thursdays. Agreed a visit before the weekend.",
        is_unsent=True,
    ),
    Moment(
        id="2",
        icon="calendar-clock",
        title="Visit booked",
        by="Priya Nair",
        at="Today 10:18",
        tag="Visit booked",
        tone="purple",
        words="Wednesday 25 November, 9:30am with Owen Price, housing officer.",
    ),
    Moment(
        id="3",
        icon="paperclip",
        title="4 photos added",
        by="Resident portal",
        at="Yesterday 16:02",
        words="Kitchen wall, back bedroom ceiling, window frame, boiler cupboard.",
    ),
    Moment(
        id="4",
        icon="mail",
        title="Letter sent: acknowledgement",
        by="Marta Zielinska",
        at="20 Nov 11:47",
        tag="Delivered",
        tone="green",
        words="Large print, English. Posted second class, also emailed.",
    ),
    Moment(
        id="5",
        icon="flag",
        title="Priority raised to high",
        by="Almoner",
        at="20 Nov 09:05",
        tag="High priority",
        tone="red",
        words="A child under five and a respiratory condition are recorded in the household. "
        "Hazard response must start within 24 hours.",
    ),
    Moment(
        id="6",
        icon="folder-plus",
        title="Case opened",
        by="Marta Zielinska",
        at="19 Nov 15:40",
        tag="New",
        tone="blue",
        words="Reported by telephone.",
    ),
)


class PretendCases(Screen):
    """The look of the case screen: list, case, side panel."""

    shows = frozenset({"case"})

    def build(self) -> None:
        """Make the three panes."""
        theme = self.around.theme
        self.refreshed: list[frozenset[str]] = []
        self.listing = PretendListing([row_of(at) for at in range(812)])
        self.model = RecordsModel(self.around.doors, TITLES, parent=self)
        self.list = CaseList(theme, "Cases")
        self.keeps = KeepsSelection(self.list, self.model)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.left = self._left(theme)
        self.middle = self._middle(theme)
        self.side = self._side(theme)
        row.addWidget(self.left, 40)
        row.addWidget(upright())
        row.addWidget(self.middle, 53)
        row.addWidget(upright())
        row.addWidget(self.side, 29)
        self.model.show(self.listing)

    def shown(self) -> None:
        """Put the keyboard in the list."""
        self.list.setFocus()

    def refresh(self, touched: frozenset[str]) -> None:
        """Note it and read again."""
        self.refreshed.append(touched)
        self.keeps.refresh()

    def fit(self, room: Room) -> None:
        """Hide panes where there is no room."""
        self.side.setVisible(room is Room.WIDE)
        self.left.setVisible(room > Room.ONE_PANE)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the panes."""
        return self.list, self.timeline, self.side

    def _left(self, theme: Theme) -> QWidget:
        """Make the list pane."""
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 14, 8)
        head.addWidget(label("Cases", "title"), 1)
        head.addWidget(label("812 on this device", "quiet"))
        self.chips = ChipBar(theme, "Show", (("open", "Open"), ("mine", "Mine"), ("overdue", "Overdue")))
        for chip, count in (("open", 812), ("mine", 24), ("overdue", 3)):
            self.chips.set_count(chip, count)
        chips = QHBoxLayout()
        chips.setContentsMargins(18, 0, 8, 10)
        chips.addWidget(self.chips)
        column.addLayout(head)
        column.addLayout(chips)
        column.addWidget(self.list, 1)
        pane.setMinimumWidth(0)
        return pane

    def _middle(self, theme: Theme) -> QWidget:
        """Make the case pane."""
        pane = QWidget()
        column = QVBoxLayout(pane)
        column.setContentsMargins(0, 0, 0, 14)
        column.setSpacing(0)
        self.banner = Banner(theme)
        self.banner.say("danger", "Do not telephone at home", "Her husband must not know about this case. Text only.")
        column.addWidget(self.banner)
        top = QVBoxLayout()
        top.setContentsMargins(22, 14, 16, 0)
        top.setSpacing(8)
        line = QHBoxLayout()
        line.addWidget(label("AL-26004170  ·  Housing", "quiet"), 1)
        for icon, name in (("phone", "Log a call"), ("mail", "Write a letter"), ("ellipsis", "More")):
            line.addWidget(Button(theme, name=name, icon=icon, kind="icon"))
        tags = QHBoxLayout()
        tags.setSpacing(8)
        for text, tone in (("Visit booked", "purple"), ("High priority", "red"), ("Child under 5", "neutral")):
            tags.addWidget(Tag(theme, text, tone))
        tags.addStretch(1)
        self.tabs = Tabs(
            "Parts of the case", (("timeline", "Timeline"), ("details", "Details"), ("letters", "Letters"))
        )
        self.tabs.set_count("letters", 2)
        top.addLayout(line)
        top.addWidget(label("Damp and mould report", "title"))
        top.addLayout(tags)
        top.addWidget(self.tabs)
        column.addLayout(top)
        column.addWidget(rule())
        column.addSpacing(10)
        self.timeline = Timeline(theme)
        self.timeline.moments.show(MOMENTS)
        column.addWidget(self.timeline, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(22, 8, 18, 0)
        foot.setSpacing(8)
        note = QPlainTextEdit()
        note.setAccessibleName("Add a note to this case")
        note.setPlaceholderText("Add a note to this case")
        note.setTabChangesFocus(True)
        note.setFixedHeight(62)
        acts = QHBoxLayout()
        acts.addWidget(label("Draft saved 10:41", "quiet"), 1)
        acts.addWidget(Button(theme, "Attach"))
        acts.addWidget(Button(theme, "Add note"))
        foot.addWidget(note)
        foot.addLayout(acts)
        column.addLayout(foot)
        return pane

    def _side(self, theme: Theme) -> QWidget:
        """Make the side panel."""
        inside = QWidget()
        inside.setProperty("kind", "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(13)
        due = Card(theme, "clock", "Due")
        self.ring = DueRing(theme)
        self.ring.show_days(2, part_left=0.56, why="Inspect within 5 working days of 19 November.")
        line = QHBoxLayout()
        line.setSpacing(11)
        line.addWidget(self.ring)
        words = QVBoxLayout()
        words.addStretch(1)
        words.addWidget(label("Wed 25 Nov", "strong"))
        words.addWidget(label("by 5pm. Inspect within 5 working days of 19 Nov.", "small", wraps=True))
        words.addStretch(1)
        line.addLayout(words, 1)
        due.add(line)
        resident = Card(theme, "user", "Resident")
        resident.add(label("Chidinma Okafor", "strong"))
        for icon, text in (
            ("map-pin", "14 Tannery Court, Northmere NM4 2QX"),
            ("phone", "07700 900417"),
            ("languages", "English, Igbo. No interpreter needed"),
            ("accessibility", "Large print letters"),
        ):
            resident.add_fact(icon, text)
        saved = Card(theme, "cloud-off", "Saved on this device")
        saved.add(
            label(
                "You are offline. 3 changes on this case will go to the office when you reconnect.", "small", wraps=True
            )
        )
        review = QHBoxLayout()
        review.addWidget(label("Last synced 8:55am", "small"), 1)
        review.addWidget(Button(theme, "Review"))
        saved.add(review)
        for card in (due, saved, resident):
            column.addWidget(card)
        column.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("About this case")
        area.setProperty("kind", "panel")
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setMinimumWidth(0)
        return area


class PretendTable(Screen):
    """The look of the wide list."""

    def build(self) -> None:
        """Make title, chips and table."""
        theme = self.around.theme
        self.model = RecordsModel(self.around.doors, TITLES, parent=self)
        self.table = CaseTable(theme, "All cases", WIDTHS)
        self.table.setModel(self.model)
        self.table.measure()
        self.model.show(PretendListing([row_of(at) for at in range(812)]))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(10)
        head = QHBoxLayout()
        head.setContentsMargins(18, 0, 14, 0)
        head.addWidget(label("Cases", "title"), 1)
        column.addLayout(head)
        column.addWidget(self.table, 1)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the table."""
        return (self.table,)


SECTIONS = (
    Section(id="cases", title="Cases", icon="folder-open", make=PretendCases),
    Section(id="people", title="Residents", icon="users", make=PretendTable),
    Section(id="letters", title="Letters", icon="mail", make=Screen),
    Section(id="reports", title="Reports", icon="chart-column", make=Screen),
    Section(id="sync", title="Sync", icon="refresh-cw", make=Screen),
    Section(id="new", title="New case", icon="plus", make=Screen, in_navigation=False, belongs_to="cases"),
)


@dataclass
class World:
    """A window and what it stands on."""

    theme: Theme
    doors: Doors
    commands: Commands
    watch: InputWatch
    presenter: Presenter
    shell: Shell
    locked: list[int]

    def top_parent(self) -> QWidget:
        """Return the visible ground of the window, for a test to put a widget on."""
        centre = self.shell.centralWidget()
        assert centre is not None
        return centre


@contextmanager
def theme_of(app: QApplication) -> Iterator[Theme]:
    """Dress the application and undress it again."""
    theme = Theme(app, resources_dir(), choice="light")
    yield theme
    theme.stop()


@contextmanager
def world(
    app: QApplication, sections: tuple[Section, ...] = SECTIONS, store: dict[str, Any] | None = None
) -> Iterator[World]:
    """Open the window over a pretend store and put everything away again."""
    locked: list[int] = []
    counter = itertools.count(1)
    with theme_of(app) as theme:
        presenter = Presenter()
        doors = Doors(PretendBacks(store if store is not None else {}), presenter=presenter.present, on_bug=raise_it)
        commands, watch = Commands(), InputWatch(app)
        shell = Shell(
            ShellParts(
                app=app,
                theme=theme,
                doors=doors,
                commands=commands,
                watch=watch,
                presenter=presenter,
                resources=Path(resources_dir()),
                find=find,
                council="Northmere Council",
                user="Priya Nair",
                place="Housing, front desk",
                work=None,
                lock=lambda: locked.append(next(counter)),
                new_case=Target("new"),
            ),
            sections,
        )
        made = World(theme, doors, commands, watch, presenter, shell, locked)
        try:
            yield made
        finally:
            doors.stop()
            watch.stop()
            delete(shell)


def delete(widget: QWidget) -> None:
    """Close a window and delete it now, not when the collector comes by."""
    widget.close()
    widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
