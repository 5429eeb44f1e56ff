"""One piece of work that came back: what was typed, about which case, why, who has it now, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from almoner.casework.returned import Act, ReturnedItem
from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label, rule
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.tags import Tag

_BUTTONS: dict[Act, tuple[str, str]] = {
    Act.TAKE_OVER: ("Take over", "check"),
    Act.COPY: ("Copy", "file-text"),
    Act.SEND_ON: ("Send to …", "send"),
    Act.DISCARD: ("Discard …", "trash-2"),
    Act.OPEN: ("Open the case", "folder-open"),
    Act.OK: ("OK", "check"),
}


class ReturnedCard(QFrame):
    """The item as a card. Its buttons say what they are about to a screen reader."""

    acted = Signal(str, str)
    """The id of the item and the act."""

    def __init__(self, theme: Theme, item: ReturnedItem) -> None:
        super().__init__()
        self._theme = theme
        self.item = item
        self.setProperty("kind", "card")
        self.setAccessibleName(item.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addLayout(self._head())
        if item.settled:
            column.addLayout(self._line("circle-check", item.settled, "strong"))
        else:
            column.addLayout(self._line("info", item.why, ""))
            if item.where:
                column.addLayout(self._line("user", item.where, "quiet"))
        column.addWidget(rule())
        column.addLayout(self._typed())
        if item.in_the_way:
            column.addWidget(rule())
            column.addLayout(self._line("triangle-alert", f"It cannot be taken over. {item.in_the_way}", "", "warn"))
        column.addWidget(self._buttons())

    def _head(self) -> QHBoxLayout:
        """Title, case, author and time; the state at the right."""
        item, words = self.item, QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(item.title, "heading", wraps=True, can_select=True))
        said = "  ·  ".join(filter(None, (item.about, "" if item.is_mine else item.author, item.made)))
        words.addWidget(label(said[:1].upper() + said[1:], "quiet", wraps=True, can_select=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(Tag(self._theme, item.mark, cast(Tone, item.tone)), 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _line(self, icon: str, text: str, kind: str, tint: str = "accent") -> QHBoxLayout:
        """An icon with a sentence."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Icon(self._theme, icon, tint=tint, size=17), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(text, kind, wraps=True, can_select=True), 1)
        return row

    def _typed(self) -> QVBoxLayout:
        """What was typed, each field under its label."""
        column = QVBoxLayout()
        column.setSpacing(7)
        for name, words in self.item.typed:
            pair = QVBoxLayout()
            pair.setSpacing(1)
            pair.addWidget(label(name, "small", wraps=True))
            pair.addWidget(label(words, "", wraps=True, can_select=True))
            column.addLayout(pair)
        return column

    def _buttons(self) -> QWidget:
        """What can be done, side by side as far as they fit."""
        holder = QWidget()
        flow = FlowLayout(holder)
        acts = (*self.item.acts, *((Act.OPEN,) if self.item.case_id else ()))
        for act in acts:
            text, icon = _BUTTONS[act]
            is_main = act in (Act.TAKE_OVER, Act.OK)
            flow.addWidget(
                Button(
                    self._theme,
                    text,
                    icon=icon,
                    kind="go" if is_main else "",
                    name=f"{text.removesuffix(' …')}: {self.item.title}",
                    run=self._runner(act),
                )
            )
        return holder

    def _runner(self, act: Act) -> Callable[[], None]:
        """Return what tells that an act was asked for."""
        return lambda: self.acted.emit(self.item.id, act.value)


class ReturnedCards(QWidget):
    """The cards, one under the other; made again only when they differ."""

    acted = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.items: tuple[ReturnedItem, ...] = ()
        self.setAccessibleName("Came back")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def show_items(self, items: Sequence[ReturnedItem]) -> None:
        """Show these."""
        if tuple(items) == self.items:
            return
        self.items = tuple(items)
        while (old := self._column.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for item in items:
            card = ReturnedCard(self._theme, item)
            card.acted.connect(self.acted)
            self._column.addWidget(card)

    @property
    def cards(self) -> tuple[ReturnedCard, ...]:
        """The cards in order."""
        found = (self._column.itemAt(at) for at in range(self._column.count()))
        widgets = (each.widget() for each in found if each is not None)
        return tuple(widget for widget in widgets if isinstance(widget, ReturnedCard))
