"""The tabs of a page: words with a line under the one that is open, and a count where it helps."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QTabBar, QWidget


class Tabs(QTabBar):
    """Tabs known by id. The arrow keys move between them."""

    opened = Signal(str)

    def __init__(self, name: str, tabs: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """`tabs` are (id, text) pairs; the first is open."""
        super().__init__(parent)
        self._ids = [tab_id for tab_id, _ in tabs]
        self._texts = [text for _, text in tabs]
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setUsesScrollButtons(True)
        for text in self._texts:
            self.addTab(text)
        self.currentChanged.connect(self._changed)

    @property
    def current(self) -> str:
        """The id of the open tab."""
        return self._ids[self.currentIndex()]

    def open(self, tab_id: str) -> None:
        """Open a tab."""
        self.setCurrentIndex(self._ids.index(tab_id))

    def set_count(self, tab_id: str, count: int | None) -> None:
        """Show a count after a tab's text; None shows none."""
        at = self._ids.index(tab_id)
        self.setTabText(at, self._texts[at] if count is None else f"{self._texts[at]} {count:,}")

    def minimumSizeHint(self) -> QSize:
        """Let the row of tabs shrink: it scrolls when it has to."""
        return QSize(0, super().minimumSizeHint().height())

    def _changed(self, at: int) -> None:
        """Say which tab was opened."""
        self.opened.emit(self._ids[at])
