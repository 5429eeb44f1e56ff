"""A list of rows under headings, painted like the narrow list; for the few hundred things that need somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyleOptionViewItem, QWidget

from almoner.desktop.look.theme import REGULAR, SEMIBOLD, Theme, colour
from almoner.desktop.parts.lists import CaseRowDelegate
from almoner.desktop.parts.rows import ROW_ROLE, Row

Index = QModelIndex | QPersistentModelIndex

MOST_ROWS = 2_000
_HEADING = 44
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows under a heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Heading:
    """A heading among the rows."""

    title: str
    count: int


class _Model(QAbstractListModel):
    """Headings and rows in one column; headings cannot be chosen."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines: list[Row | _Heading] = []

    def show(self, lines: list[Row | _Heading]) -> None:
        """Show other lines."""
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of lines."""
        return 0 if parent.isValid() else len(self.lines)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let only rows be chosen."""
        if isinstance(self.lines[index.row()], _Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the line to paint, or the words to speak."""
        line = self.lines[index.row()]
        if role == ROW_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.spoken if isinstance(line, Row) else f"{line.title}, {line.count:,}"
        return None


class _Delegate(CaseRowDelegate):
    """Paints a heading, or a row as the narrow list does."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._look_of = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Headings are lower than rows."""
        if isinstance(index.data(ROW_ROLE), _Heading):
            return QSize(0, self._look_of.look.px(_HEADING))
        return super().sizeHint(option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one line."""
        line = index.data(ROW_ROLE)
        if not isinstance(line, _Heading):
            super().paint(painter, option, index)
            return
        look = self._look_of.look
        area: QRect = option.rect.adjusted(look.px(18), look.px(14), -look.px(18), -look.px(8))
        painter.save()
        painter.setFont(look.font(14, SEMIBOLD))
        painter.setPen(colour(look.tokens.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, line.title)
        along = look.fonts.metrics(14, SEMIBOLD).horizontalAdvance(line.title) + look.px(8)
        painter.setFont(look.font(13, REGULAR))
        painter.setPen(colour(look.tokens.quiet))
        painter.drawText(area.adjusted(along, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, f"{line.count:,}")
        under: QRect = option.rect
        painter.fillRect(QRect(under.left(), under.bottom(), under.width(), 1), colour(look.tokens.line))
        painter.restore()


class GroupedList(QListView):
    """The list. Enter, a click or a double click on a row emits `opened` with its id; arrows pass over headings."""

    opened = Signal(str)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMinimumSize(0, 0)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(theme, self))
        self.clicked.connect(self._open)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are shown, without headings."""
        return tuple(line for line in self._model.lines if isinstance(line, Row))

    @property
    def current_id(self) -> str:
        """The id of the chosen row, or ""."""
        line = self.currentIndex().data(ROW_ROLE)
        return line.id if isinstance(line, Row) else ""

    def show_groups(self, groups: Sequence[RowGroup]) -> None:
        """Show other rows. The chosen one stays chosen if it is still there; otherwise its neighbour or the first."""
        lines: list[Row | _Heading] = []
        for group in groups:
            lines += [_Heading(group.title, len(group.rows)), *group.rows]
        if lines == self._model.lines:
            return
        kept, at, down = self.current_id, self.currentIndex().row(), self.verticalScrollBar().value()
        self._model.show(lines[:MOST_ROWS])
        places = [place for place, line in enumerate(lines) if isinstance(line, Row)]
        same = next((place for place in places if getattr(lines[place], "id", "") == kept), None)
        near = min(places, key=lambda place: abs(place - max(at, 0)), default=None)
        if (choose := same if same is not None else near) is not None:
            self.setCurrentIndex(self._model.index(choose))
            self.verticalScrollBar().setValue(down if same is not None else 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the chosen row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        """Say which row was opened."""
        line = index.data(ROW_ROLE) if index.isValid() else None
        if isinstance(line, Row):
            self.opened.emit(line.id)
