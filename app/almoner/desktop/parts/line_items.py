"""A short list of lines that can each be acted on: files, tasks, people. For long lists there are `lists`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label, rule
from almoner.desktop.parts.tags import Tag

MOST_ITEMS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line. `acts` are (act, words of the button) pairs; a screen reader hears the words with the title."""

    id: str
    icon: str
    title: str
    second: str = ""
    tag: str = ""
    tone: Tone = "neutral"
    acts: tuple[tuple[str, str], ...] = ()


class LineItems(QWidget):
    """The lines, one under the other; made again only when they differ."""

    acted = Signal(str, str)
    """The id of the item and the act that was asked for."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: tuple[Item, ...] = ()
        self.setAccessibleName(name)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    @property
    def items(self) -> tuple[Item, ...]:
        """What is shown."""
        return self._items

    def show_items(self, items: Sequence[Item]) -> None:
        """Show these lines."""
        assert len(items) <= MOST_ITEMS, "a long list is painted, not built"
        if tuple(items) == self._items:
            return
        self._items = tuple(items)
        while (old := self._column.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for item in items:
            self._column.addWidget(self._line(item))
            self._column.addWidget(rule())

    def _line(self, item: Item) -> QWidget:
        """Make one line."""
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(4, 10, 4, 10)
        row.setSpacing(12)
        row.addWidget(Icon(self._theme, item.icon, size=19), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(item.title, "strong", wraps=True, can_select=True))
        if item.second:
            words.addWidget(label(item.second, "quiet", wraps=True, can_select=True))
        row.addLayout(words, 1)
        if item.tag:
            row.addWidget(Tag(self._theme, item.tag, item.tone), 0, Qt.AlignmentFlag.AlignVCenter)
        for act, text in item.acts:
            button = Button(self._theme, text, name=f"{text}: {item.title}", run=self._runner(item.id, act))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        return line

    def _runner(self, item_id: str, act: str) -> Callable[[], None]:
        """Return what tells that an act was asked for."""
        return lambda: self.acted.emit(item_id, act)
