"""Two pretend screens: the look of a list with its case, and of the wide list."""

from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.banners import Banner
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label, rule, upright
from almoner.desktop.parts.due_ring import DueRing
from almoner.desktop.parts.lists import CaseList, CaseTable
from almoner.desktop.parts.records_model import KeepsSelection, RecordsModel
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.parts.tags import ChipBar, Tag
from almoner.desktop.parts.timeline import Timeline
from almoner.desktop.screen import Room, Screen, Section
from tests.desktop.pretend_rows import MOMENTS, TITLES, WIDTHS, PretendListing, row_of


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
