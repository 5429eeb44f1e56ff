"""The left pane of the letter screen: what holds it up, its words, its checks, how it is printed, what has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.banners import Banner
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, label
from almoner.desktop.parts.tags import Tag
from almoner.desktop.screens.letter_parts.checks import ChecksCard
from almoner.desktop.screens.letter_parts.words import GivenCard, WordsForm

if TYPE_CHECKING:
    from almoner.casework.letter_page import Moment, PaperPage


class Heading(QWidget):
    """The way back to the case, the title with its state, and who it is about."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.back = Button(theme, "Case", icon="arrow-left", kind="link")
        self._title = label("", "title", wraps=True)
        self._tag = Tag(theme)
        self._about = label("", "quiet", wraps=True)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self._tag, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._about, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 10, 24, 14)
        column.setSpacing(4)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._title)
        column.addLayout(line)

    @property
    def status(self) -> str:
        """The state that is shown."""
        return self._tag.accessibleName()

    def show_page(self, page: PaperPage) -> None:
        """Show whose page it is."""
        self.back.setText(f"Case {page.reference}")
        self.back.setAccessibleName(f"Back to case {page.reference}")
        self._title.setText(page.title)
        self._tag.say(page.status, cast(Tone, page.tone))
        self._about.setText(page.about)


class Side(QScrollArea):
    """Everything left of the pages, in the order in which it is read."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "panel")
        self.setAccessibleName("What goes in")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(0)
        self.held = Banner(theme)
        self.words = WordsForm(theme)
        self._words_card = Card(theme, "pencil", "Words you can change")
        self._words_card.add(self.words)
        self.checks = ChecksCard(theme)
        self._given = GivenCard(theme)
        self._facts = FactsCard(theme, "printer", "How it is printed")
        self._history = FactsCard(theme, "history", "What has happened")
        inside = QWidget()
        inside.setProperty("kind", "panel")
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for card in (self.checks, self._words_card, self._facts, self._history, self._given):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inside)

    def show_page(self, page: PaperPage) -> None:
        """Show a page; what has nothing to say takes no room."""
        if page.held:
            self.held.say("danger", "This letter is held", page.held)
        else:
            self.held.clear()
        self.checks.setVisible(bool(page.checks))
        self.checks.show_checks(page.checks)
        self.words.show_blanks(page.blanks)
        self._words_card.setVisible(any(blank.editable for blank in page.blanks))
        self._given.show_given([(blank.means, blank.words) for blank in page.blanks if not blank.editable])
        self._facts.show_lines(page.facts)
        self._history.show_lines(tuple((moment.what, _moment_words(moment)) for moment in page.history))


class FactsCard(Card):
    """Labels with words, each label over its words."""

    def __init__(self, theme: Theme, icon: str, title: str) -> None:
        super().__init__(theme, icon, title)
        self._shown: tuple[tuple[str, str], ...] | None = None

    def show_lines(self, lines: tuple[tuple[str, str], ...]) -> None:
        """Show these; hidden when there are none."""
        self.setVisible(bool(lines))
        if lines == self._shown:
            return
        self._shown = lines
        self.clear()
        for name, words in lines:
            part = QWidget()
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 2, 0, 2)
            column.setSpacing(1)
            column.addWidget(label(name, "strong", wraps=True))
            column.addWidget(label(words, "quiet", wraps=True))
            self.add(part)


def _moment_words(moment: Moment) -> str:
    """Say who and when, and why where it was said."""
    return " · ".join(part for part in (moment.who, moment.when, moment.note) if part)
