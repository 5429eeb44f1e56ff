"""To settle: values two people changed, and work the office did not take, until somebody decides."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.ports import Desk
from almoner.casework.returned import Act, ReturnedItem, find_returned, leave, officers_for, take_over
from almoner.casework.settle_page import MOST_SHOWN, SettlePage, count_to_settle, read_settle_page
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.cards import label, rule
from almoner.desktop.parts.line_items import Item, LineItems
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.screen import Screen, Target
from almoner.desktop.screens.settle_parts.forms import ask_whom, ask_why
from almoner.desktop.screens.settle_parts.returned_card import ReturnedCards
from almoner.records import BY_KIND, User
from almoner.records.trouble import Trouble
from almoner.store.reading import Reading

SECTION = "settle"
_TABS = (("two-values", "Two values"), ("returned", "Came back"))
_EMPTY = {
    "two-values": ("Nothing to settle", "Where two people changed one thing, both values wait here for a choice."),
    "returned": (
        "Nothing came back",
        "Work the office did not take waits here, with the reason. Nothing typed is lost.",
    ),
}


class Settle(Screen):
    """Two tabs: disagreements as lines, returned work as cards."""

    shows = frozenset(BY_KIND) | {"outbox"}

    def build(self) -> None:
        """Make the tabs and what lies under them."""
        theme = self.around.theme
        self._desk: Desk = self.around.work.desk
        self._page: SettlePage | None = None
        self.title = label("To settle", "title", wraps=True)
        self.words = label("Nothing here is lost: it waits until somebody decides.", "quiet", wraps=True)
        self.tabs = Tabs("What to settle", _TABS)
        self.conflicts = LineItems(theme, "Two values")
        self.returned = ReturnedCards(theme)
        self.rest = label("", "quiet", wraps=True)
        self.empty = EmptyState(theme, "circle-check", "")
        self.wrong = ErrorPanel(theme)
        self._areas = {"two-values": _scrolling(self.conflicts), "returned": _scrolling(self.returned)}
        self.stack = Stand(self.empty, *self._areas.values(), self.wrong)
        self._lay_out()
        self.tabs.opened.connect(lambda _tab: self._show_tab())
        self.conflicts.acted.connect(self._act_on_conflict)
        self.returned.acted.connect(self._act)
        self.wrong.again.connect(self._read)
        self.around.doors.touched.connect(self._touched_behind)

    def _lay_out(self) -> None:
        """Put title, tabs and lists under one another."""
        head = QVBoxLayout()
        head.setContentsMargins(22, 16, 22, 0)
        head.setSpacing(4)
        head.addWidget(self.title)
        head.addWidget(self.words)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(22, 6, 22, 0)
        tabs.addWidget(self.tabs, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(22, 6, 22, 10)
        foot.addWidget(self.rest, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(tabs)
        column.addWidget(rule())
        column.addWidget(self.stack, 1)
        column.addLayout(foot)

    # What the shell asks

    def shown(self) -> None:
        """Read, and put the keyboard on the tabs."""
        self._read()
        self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again."""
        self._read()

    def go(self, target: Target) -> None:
        """Open the tab the target names."""
        if target.part in dict(_TABS):
            self.tabs.open(target.part)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the tabs and the list."""
        return self.tabs, self.stack

    # Reading and showing

    def _read(self) -> None:
        """Ask what there is to settle."""
        desk = self._desk
        self.around.doors.read(
            lambda reading: (read_settle_page(reading, desk), count_to_settle(reading, desk)),
            done=self._show,
            trouble=self._fail,
            key=(id(self), "page"),
        )

    def _touched_behind(self, kinds: frozenset[str]) -> None:
        """Keep the number in the navigation true while another screen is in front."""
        behind = not self.isVisible() and not self.around.doors.is_stopped
        if behind and kinds & {"conflict", "held_work", "outbox", "case"}:
            self._read()

    def _show(self, read: tuple[SettlePage, int]) -> None:
        """Show what was read; the first time the tab that has something is opened."""
        page, mine = read
        is_new, self._page = self._page is None, page
        self.tabs.set_count("two-values", page.conflict_count)
        self.tabs.set_count("returned", page.returned_count)
        self.around.badge(SECTION, mine)
        self.conflicts.show_items(_lines(page))
        self.returned.show_items(page.returned)
        if is_new and not page.conflicts and page.returned:
            self.tabs.open("returned")
        self._show_tab()

    def _show_tab(self) -> None:
        """Show the open tab, or why there is nothing in it."""
        page, tab = self._page, self.tabs.current
        if page is None:
            return
        shown, count = {
            "two-values": (len(page.conflicts), page.conflict_count),
            "returned": (len(page.returned), page.returned_count),
        }[tab]
        self.rest.setText(
            f"{count - MOST_SHOWN:,} more follow when these are dealt with." if count > MOST_SHOWN else ""
        )
        self.rest.setVisible(count > MOST_SHOWN)
        if not shown:
            self.empty.say(*_EMPTY[tab])
            self.stack.bring(self.empty)
        else:
            self.stack.bring(self._areas[tab])

    def _fail(self, trouble: Trouble) -> None:
        """Say why nothing can be shown."""
        self.wrong.say(trouble)
        self.stack.bring(self.wrong)

    # Doing

    def _act_on_conflict(self, item_id: str, _act: str) -> None:
        """Open a disagreement."""
        self.around.go(Target("conflict", item_id))

    def _act(self, item_id: str, act: str) -> None:
        """Do what was asked of a piece of work."""
        item = next((each for each in self.returned.items if each.id == item_id), None)
        if item is None:
            return
        acts = {
            Act.OPEN: self._open_case,
            Act.COPY: self._copy,
            Act.OK: self._leave,
            Act.TAKE_OVER: self._take_over,
            Act.SEND_ON: self._send_on,
            Act.DISCARD: self._discard,
        }
        acts[Act(act)](item)

    def _open_case(self, item: ReturnedItem) -> None:
        """Go to the case."""
        self.around.go(Target("case", item.case_id))

    def _copy(self, item: ReturnedItem) -> None:
        """Put the whole item on the clipboard; locking empties it."""
        QGuiApplication.clipboard().setText(item.text)
        self.around.say("Copied. Paste it where it belongs", None)

    def _leave(self, item: ReturnedItem) -> None:
        """The author has seen what became of it."""
        desk = self._desk
        self.around.doors.change(
            lambda tx: leave(tx, desk, item.id),
            done=lambda _none: self._read(),
            trouble=self.around.trouble,
            owner=self,
        )

    def _take_over(self, item: ReturnedItem) -> None:
        """Save it as this officer's own work."""
        desk = self._desk
        self.around.doors.change(
            lambda tx: take_over(tx, desk, item.id), done=self._say, trouble=self._refused, owner=self
        )

    def _send_on(self, item: ReturnedItem) -> None:
        """Ask whom to send it to."""
        desk = self._desk
        self.around.doors.read(
            lambda reading: _item_and_officers(reading, desk, item.id),
            done=self._ask_whom,
            trouble=self._refused,
            key=(id(self), "whom"),
            owner=self,
        )

    def _ask_whom(self, found: tuple[ReturnedItem, tuple[User, ...]]) -> None:
        """Open the form."""
        item, officers = found
        ask_whom(self.around, self._desk, item, officers, self._say, self)

    def _discard(self, item: ReturnedItem) -> None:
        """Ask why it is not needed."""
        ask_why(self.around, self._desk, item, self._say, self)

    def _say(self, words: str) -> None:
        """Confirm at the head of the window and read again."""
        self.around.say(words, None)
        self._read()

    def _refused(self, trouble: Trouble) -> None:
        """Say why not, and show things as they are now."""
        self.around.trouble(trouble)
        self._read()


def _item_and_officers(reading: Reading, desk: Desk, item_id: str) -> tuple[ReturnedItem, tuple[User, ...]]:
    """Return the item as it is now, and whom it can be sent to."""
    item = find_returned(reading, desk, item_id)
    return item, officers_for(reading, desk, item)


def _lines(page: SettlePage) -> list[Item]:
    """Return the disagreements as lines."""
    return [
        Item(
            id=each.id,
            icon="arrow-right-left",
            title=each.title,
            second="\n".join(filter(None, (each.values, each.about, each.by))),
            tag="" if each.may else "To read",
            tone="neutral",
            acts=(("open", "Settle" if each.may else "Read"),),
        )
        for each in page.conflicts
    ]


def _scrolling(inside: QWidget) -> QScrollArea:
    """Return a scrolling area round a list."""
    holder = QWidget()
    holder.setProperty("kind", "page")
    column = QVBoxLayout(holder)
    column.setContentsMargins(22, 14, 22, 16)
    column.addWidget(inside)
    column.addStretch(1)
    area = QScrollArea()
    area.setAccessibleName(inside.accessibleName())
    area.setWidget(holder)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setMinimumWidth(0)
    return area
