"""A table of a report on the screen: the same cells that the PDF and the CSV hold, painted, never built as widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from almoner.desktop.look.theme import MEDIUM, REGULAR, SEMIBOLD, Theme, colour
from almoner.records.sheets import SheetTable, shown

Index = QModelIndex | QPersistentModelIndex

_ROW, _HEAD = 38, 40
_SIDE = 12
_WIDEST = 300
_MEASURED = 300
"""Column widths follow the first rows; the rest is cut with an ellipsis and whole in the tooltip."""
_NOWHERE = QModelIndex()
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class SheetModel(QAbstractTableModel):
    """The cells of one table."""

    def __init__(self, table: SheetTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = table

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self.table.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title, over its words or its numbers."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.table.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(_RIGHT if column.holds == "number" else _LEFT)
        return column.title if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell as people read it, and with its column's title as it is spoken."""
        words = shown(self.table.rows[index.row()].cells[index.column()])
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return words
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self.table.columns[index.column()].title}: {words or 'none'}"
        return None


class SheetDelegate(QStyledItemDelegate):
    """Paints one cell: numbers to the right, totals strong on a tint, links in their colour."""

    def __init__(self, theme: Theme, leads: Callable[[int, int], bool], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._leads = theme, leads

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is as high as the next."""
        return QSize(0, self._theme.look.px(_ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint the cell."""
        model = index.model()
        assert isinstance(model, SheetModel)
        look, tokens = self._theme.look, self._theme.look.tokens
        row, column = model.table.rows[index.row()], model.table.columns[index.column()]
        area: QRect = option.rect
        is_number = column.holds == "number"
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, colour(tokens.selected))
        elif row.strong:
            painter.fillRect(area, colour(tokens.panel))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), colour(tokens.line))
        weight = SEMIBOLD if row.strong else MEDIUM if index.column() == 0 else REGULAR
        leads = self._leads(index.row(), index.column())
        painter.setFont(look.font(13, weight, figures=is_number))
        painter.setPen(colour(tokens.link if leads else tokens.text))
        room = area.adjusted(look.px(_SIDE), 0, -look.px(_SIDE), 0)
        words = look.fonts.metrics(13, weight, figures=is_number).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, _RIGHT if is_number else _LEFT, words)
        painter.restore()


class SheetView(QTableView):
    """One table, as high as its rows, so that it scrolls with the page it stands on."""

    followed = Signal(int, int)
    """The row and column of a cell that leads somewhere."""

    def __init__(self, theme: Theme, table: SheetTable, leads: Callable[[int, int], bool]) -> None:
        super().__init__()
        self._theme, self._leads = theme, leads
        self._needs: tuple[int, ...] = ()
        self.setModel(SheetModel(table, self))
        self.setItemDelegate(SheetDelegate(theme, leads, self))
        self.setAccessibleName(table.title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMinimumWidth(0)
        upright, across = self.verticalHeader(), self.horizontalHeader()
        upright.hide()
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionsClickable(False)
        across.setHighlightSections(False)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.activated.connect(self._follow)
        self.clicked.connect(self._follow)
        theme.changed.connect(self.measure)
        self.measure()

    @property
    def table(self) -> SheetTable:
        """What is shown."""
        model = self.model()
        assert isinstance(model, SheetModel)
        return model.table

    def measure(self) -> None:
        """Take the height of the rows and the widths the words need, by the text size."""
        look, table = self._theme.look, self.table
        self.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        self.horizontalHeader().setFixedHeight(look.px(_HEAD))
        metrics = look.fonts.metrics(13, SEMIBOLD)
        widest = look.px(_WIDEST)
        self._needs = tuple(
            min(
                widest,
                2 * look.px(_SIDE)
                + max(
                    metrics.horizontalAdvance(words)
                    for words in (column.title, *(shown(row.cells[at]) for row in table.rows[:_MEASURED]))
                ),
            )
            for at, column in enumerate(table.columns)
        )
        self._spread()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        """Give each column what it needs, and share what is left; scroll across when there is not enough."""
        spare = max(0, self.viewport().width() - sum(self._needs))
        shares = [column.share for column in self.table.columns]
        for at, need in enumerate(self._needs):
            self.horizontalHeader().resizeSection(at, need + int(spare * shares[at] / sum(shares)))
        look = self._theme.look
        bar = self.horizontalScrollBar().sizeHint().height() if sum(self._needs) > self.viewport().width() else 0
        self.setFixedHeight(look.px(_HEAD) + self.model().rowCount() * look.px(_ROW) + bar + 2)

    def _follow(self, index: QModelIndex) -> None:
        """Tell that a cell that leads somewhere was chosen."""
        if self._leads(index.row(), index.column()):
            self.followed.emit(index.row(), index.column())
