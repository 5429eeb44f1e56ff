"""The top of a case: who must be reached safely, which case it is, how it stands, and its tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from almoner.casework.case_page import CasePage, Mark, PersonBanner
from almoner.desktop.commands import Command, shortcut_text
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.banners import Banner, Weight
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, rule
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screens.case_parts.showing import mark_tone, reference_words
from almoner.rules.words import counted

TABS = (
    ("timeline", "Timeline"),
    ("details", "Details"),
    ("people", "People"),
    ("letters", "Letters"),
    ("files", "Files"),
    ("tasks", "Tasks"),
)
_MOST_BANNERS = 3


class CaseHeader(QWidget):
    """Banners, reference, title, tags and tabs."""

    def __init__(
        self,
        theme: Theme,
        quick: Sequence[Command],
        menu: Callable[[], Sequence[Command]],
        settle: Callable[[], None],
    ) -> None:
        """`quick` become buttons beside the reference; `menu` gives what "More" lists; `settle` opens what two people
        disagree about."""
        super().__init__()
        self._theme, self._menu_of = theme, menu
        self._marks: tuple[Mark, ...] = ()
        self._plain_marks: tuple[Mark, ...] = ()
        self._due: Mark | None = None
        self._says_due = False
        self.banners = tuple(Banner(theme) for _ in range(_MOST_BANNERS))
        self.disputed = Banner(theme)
        self.disputed.add(Button(theme, "Settle", icon="arrow-right-left", run=settle))
        self.reference = label("", "quiet", wraps=True, can_select=True)
        self.title = label("", "title", wraps=True, can_select=True)
        self.tabs = Tabs("Parts of the case", TABS)
        self._tags = QWidget()
        self._flow = FlowLayout(self._tags)
        self.more = Button(theme, name="More things to do", icon="ellipsis", kind="icon", run=self._show_menu)
        self._lay_out(quick)

    def _lay_out(self, quick: Sequence[Command]) -> None:
        """Put everything under one another."""
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.reference, 1)
        for command in quick:
            words = f"{command.title} ({shortcut_text(command.shortcut)})" if command.shortcut else command.title
            line.addWidget(Button(self._theme, name=words, icon=command.icon, kind="icon", run=command.run))
        line.addWidget(self.more)
        inside = QVBoxLayout()
        inside.setContentsMargins(22, 12, 16, 0)
        inside.setSpacing(8)
        inside.addLayout(line)
        inside.addWidget(self.title)
        inside.addWidget(self._tags)
        inside.addWidget(self.tabs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for banner in self.banners:
            column.addWidget(banner)
        column.addWidget(self.disputed)
        column.addLayout(inside)
        column.addWidget(rule())

    def show_page(self, page: CasePage) -> None:
        """Show the case."""
        self._show_banners(page.banners)
        self._show_disputed(len(page.view.conflicts))
        self.reference.setText(reference_words(page))
        self.title.setText(page.view.case.title)
        self._due = page.due_mark
        self._renew_marks(page.marks)
        self.tabs.set_count("letters", len(page.view.letters))
        self.tabs.set_count("files", len(page.files))
        self.tabs.set_count("tasks", sum(task.done_at is None for task in page.view.tasks) + len(page.visits))
        self.tabs.set_count("people", len({party.details.person.id for party in page.view.parties}))

    def say_due(self, is_said: bool) -> None:
        """Say what is due among the tags, where no panel beside the case says it."""
        self._says_due = is_said
        self._renew_marks(self._plain_marks)

    def _renew_marks(self, plain: tuple[Mark, ...]) -> None:
        """Show the tags if they are others than those shown."""
        self._plain_marks = plain
        marks = (self._due, *plain) if self._due is not None and self._says_due else plain
        if marks != self._marks:
            self._marks = marks
            self._show_marks(marks)

    def _show_banners(self, banners: tuple[PersonBanner, ...]) -> None:
        """What must not be missed stands first and loudest."""
        weights: dict[str, Weight] = {"red": "danger", "orange": "warning"}
        for at, bar in enumerate(self.banners):
            if at >= len(banners):
                bar.clear()
                continue
            said = banners[at].banner
            who = f"{banners[at].name}: " if banners[at].name else ""
            weight = weights.get(said.tone, "notice")
            words = " ".join(said.lines)
            if bar.isHidden() or bar.accessibleName() != f"{who}{said.headline} {words}".strip():
                bar.say(weight, f"{who}{said.headline}", words)

    def _show_disputed(self, count: int) -> None:
        """Say on how many things two people disagree here."""
        words = f"{counted(count, 'disagreement')} on this case"
        if not count:
            self.disputed.clear()
        elif self.disputed.isHidden() or not self.disputed.accessibleName().startswith(words):
            self.disputed.say("warning", words, "Two people changed the same thing.", icon="arrow-right-left")

    def _show_marks(self, marks: tuple[Mark, ...]) -> None:
        """Put the tags side by side."""
        while (old := self._flow.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for mark in marks:
            self._flow.addWidget(Tag(self._theme, mark.words, mark_tone(mark)))
        self._tags.updateGeometry()

    def _show_menu(self) -> None:
        """List everything that can be done on the case, with its keys."""
        menu = QMenu(self)
        menu.setAccessibleName("Things to do on this case")
        look = self._theme.look
        for command in self._menu_of():
            icon = look.icon(command.icon or "chevron-right", look.tokens.text)
            action = menu.addAction(icon, command.title, command.run)
            action.setShortcut(command.shortcut)
            action.setShortcutVisibleInContextMenu(True)
            action.setEnabled(command.enabled())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(self.more.width() - menu.sizeHint().width(), self.more.height())))
