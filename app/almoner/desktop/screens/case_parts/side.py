"""The panel beside a case: what is due and why, what is not sent yet, whom it is about, their other cases."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.case_page import CasePage, ClockLine, also_mark
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.due_ring import DueRing
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screen import Target
from almoner.desktop.screens.case_parts.showing import tone_of
from almoner.desktop.top_bar import SyncState
from almoner.rules.words import counted

_MOST_ALSO = 8


class SidePanel(QScrollArea):
    """The cards. Shown anew whenever the page of the case is read again."""

    def __init__(self, theme: Theme, go: Callable[[Target], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._go = theme, go
        self._page: CasePage | None = None
        self._sync = SyncState()
        self.setAccessibleName("About this case")
        self.setProperty("kind", "panel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(0)
        inside = Sheet()
        inside.setProperty("kind", "panel")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(14, 14, 14, 14)
        self._column.setSpacing(13)
        self.due = Card(theme, "clock", "Due")
        self.saved = Card(theme, "cloud-off", "Saved on this device")
        self.safe = Card(theme, "shield-alert", "Safe contact")
        self.resident = Card(theme, "user", "Resident")
        self.also = Card(theme, "link", "Also open")
        for card in (self.due, self.saved, self.safe, self.resident, self.also):
            self._column.addWidget(card)
            card.hide()
        self._column.addStretch(1)
        self.setWidget(inside)

    def show_page(self, page: CasePage) -> None:
        """Show the cards of a case."""
        if self._page is not None and _but_time(page) == _but_time(self._page) and page.clocks == self._page.clocks:
            return
        self._page = page
        self._show_due(page)
        self._show_saved()
        self._show_safe(page)
        self._show_resident(page)
        self._show_also(page)

    def show_sync(self, state: SyncState) -> None:
        """Show whether the office can be reached."""
        self._sync = state
        if self._page is not None:
            self._show_saved()

    def _show_due(self, page: CasePage) -> None:
        """The next clock with its ring and why, then the others and how they stand."""
        self.due.clear()
        self.due.show()
        first = page.next_clock
        if first is None:
            self.due.add(label("Nothing is due on this case.", wraps=True))
        else:
            self._add_ring(first)
        for line in page.clocks:
            if line is not first:
                self.due.add(self._clock(line))

    def _add_ring(self, line: ClockLine) -> None:
        ring = DueRing(self._theme)
        ring.show_days(line.number, part_left=line.part_left, unit=line.unit, why=f"{line.clock.title}. {line.why}")
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addStretch(1)
        words.addWidget(label(line.clock.title, "strong", wraps=True))
        words.addWidget(label(line.due, "strong", wraps=True))
        if line.standing != line.left:
            words.addWidget(label(line.standing.capitalize(), "wrong", wraps=True))
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(ring)
        row.addLayout(words, 1)
        self.due.add(row)
        left = line.left.rpartition(", ")[2]
        why = f"{left[:1].upper()}{left[1:]}. {line.why}" if line.number >= 0 and left != line.left else line.why
        self.due.add(label(why, "small", wraps=True, can_select=True))

    def _clock(self, line: ClockLine) -> QWidget:
        """Another clock: its title and how it stands."""
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(2)
        column.addWidget(label(line.clock.title, "strong", wraps=True))
        words = line.standing[:1].upper() + line.standing[1:]
        when = "" if line.due in words else f" · due {line.due}"
        column.addWidget(label(f"{words}{when}", "wrong" if line.tone == "red" else "small", wraps=True))
        box.setToolTip(line.why)
        return box

    def _show_saved(self) -> None:
        """How many changes on this case have not reached the office, and a way to see them."""
        assert self._page is not None, "only with a page"
        self.saved.clear()
        count = self._page.view.unsent
        self.saved.setVisible(bool(count) or not self._sync.is_online)
        offline = "" if self._sync.is_online else "You are offline. "
        if count:
            verb = "will go to the office when you reconnect." if offline else "will go to the office shortly."
            words = f"{offline}{counted(count, 'change')} on this case {verb}"
        else:
            words = f"{offline}Everything on this case is at the office."
        self.saved.add(label(words, "small", wraps=True))
        row = QHBoxLayout()
        last = f"Last synced {self._sync.last_synced}" if self._sync.last_synced else "Not synced yet"
        row.addWidget(label(last, "small", wraps=True), 1)
        if count:
            row.addWidget(Button(self._theme, "Review", name="Review what is not sent", run=self._to_sync))
        self.saved.add(row)

    def _show_safe(self, page: CasePage) -> None:
        """How the person is reached safely, before anything else about them."""
        self.safe.clear()
        rules = page.view.subject.safe_contact if page.view.subject else ()
        current = [rule for rule in rules if rule.ended_on is None]
        self.safe.setVisible(bool(current))
        for each in page.banners:
            if not each.name and current:
                for line in each.banner.lines:
                    self.safe.add(label(line, wraps=True))

    def _show_resident(self, page: CasePage) -> None:
        """Whom it is about."""
        self.resident.clear()
        self.resident.show()
        subject = page.view.subject
        if subject is None:
            self.resident.add(label("Nobody is named on this case.", wraps=True))
            return
        person_id = subject.person.id
        name = Button(
            self._theme,
            subject.person.full_name,
            kind="link",
            name=f"Open {subject.person.full_name}",
            run=lambda: self._go(Target("person", person_id)),
        )
        self.resident.add(name)
        for fact in page.resident:
            words = self.resident.add_fact(fact.icon, fact.words)
            if fact.warns:
                words.setProperty("kind", "wrong")

    def _show_also(self, page: CasePage) -> None:
        """Other open cases of the person."""
        self.also.clear()
        self.also.setVisible(bool(page.also_open))
        for row in page.also_open[:_MOST_ALSO]:
            mark = also_mark(row, page.read_at)
            line = QVBoxLayout()
            line.setSpacing(2)
            button = Button(
                self._theme, row.title, kind="link", name=f"Open {row.title}, {row.reference}", run=self._opener(row.id)
            )
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
            line.addWidget(Tag(self._theme, mark.words, tone_of(mark.tone)), 0, Qt.AlignmentFlag.AlignLeft)
            self.also.add(line)

    def _opener(self, case_id: str) -> Callable[[], None]:
        """Return what opens another case."""
        return lambda: self._go(Target("case", case_id))

    def _to_sync(self) -> None:
        """Show what is not sent."""
        self._go(Target("sync"))


def _but_time(page: CasePage) -> tuple[object, ...]:
    """What the panel shows of a page, apart from the clocks."""
    return page.view, page.resident, page.also_open, page.banners
