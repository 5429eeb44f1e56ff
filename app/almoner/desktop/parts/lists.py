"""Lists that paint their rows: the narrow two-line form and the wide table, for a million rows as for ten."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QPainter
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

from almoner.desktop.look.theme import MEDIUM, REGULAR, SEMIBOLD, Look, Theme, colour
from almoner.desktop.parts.rows import CELL_ROLE, ROW_ROLE, Cell, Row
from almoner.desktop.parts.tags import draw_tag, tag_height, tag_width

Index = QModelIndex | QPersistentModelIndex

LOADING = Row(id="", title="", spoken="Loading")
_NARROW_HEIGHT = 64
_WIDE_HEIGHT = 54
_SIDE = 18
_MARK = 4
_WEIGHTS = {"strong": SEMIBOLD, "plain": MEDIUM, "link": REGULAR, "quiet": REGULAR, "figures": REGULAR}
_HUES = {"strong": "text", "plain": "text", "link": "link", "quiet": "quiet", "figures": "quiet"}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _ground(painter: QPainter, look: Look, option: QStyleOptionViewItem, *, marked: bool) -> None:
    """Paint the ground of a row: plain, under the pointer, or selected with the bar at its left."""
    area: QRect = option.rect
    tokens = look.tokens
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(area, colour(tokens.selected))
        if marked:
            painter.fillRect(
                QRect(area.left(), area.top(), look.px(_MARK), area.height()), colour(tokens.selected_mark)
            )
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(area, colour(tokens.hover))
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), colour(tokens.line))


def _write(
    painter: QPainter,
    look: Look,
    area: QRect,
    text: str,
    *,
    size: int,
    weight: Any,
    hue: str,
    right: bool = False,
    figures: bool = False,
) -> None:
    """Write one line of text into `area`, cut with an ellipsis where it is too long."""
    metrics = look.fonts.metrics(size, weight, figures=figures)
    painter.setFont(look.font(size, weight, figures=figures))
    painter.setPen(colour(hue))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, _RIGHT if right else _LEFT, shown)


class CaseRowDelegate(QStyledItemDelegate):
    """Paints a row on two lines: title and tag above, second line and reference below."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is as high as the next, so that a million rows cost nothing."""
        return QSize(0, self._theme.look.px(_NARROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        row: Row = index.data(ROW_ROLE) or LOADING
        look = self._theme.look
        painter.save()
        _ground(painter, look, option, marked=True)
        side = look.px(_SIDE)
        area: QRect = option.rect.adjusted(side, 0, -look.px(8), 0)
        line = look.px(20)
        top = area.top() + (area.height() - 2 * line + look.px(2)) // 2 - look.px(1)
        upper = QRect(area.left(), top, area.width(), line)
        lower = QRect(area.left(), top + line - look.px(2), area.width(), line)
        if row.tag:
            width = tag_width(look, row.tag)
            at = QPointF(upper.right() - width, upper.top() + (line - tag_height(look)) / 2)
            draw_tag(painter, look, at, row.tag, row.tone)
            upper.setRight(upper.right() - width - look.px(8))
        if row.reference:
            width = look.fonts.metrics(13, REGULAR).horizontalAdvance(row.reference)
            edge = lower.adjusted(0, 0, -look.px(6), 0)
            _write(
                painter,
                look,
                edge,
                row.reference,
                size=13,
                weight=REGULAR,
                hue=look.tokens.quiet,
                right=True,
            )
            lower.setRight(edge.right() - width - look.px(10))
        self._words(painter, row, upper, lower)
        painter.restore()

    def _words(self, painter: QPainter, row: Row, upper: QRect, lower: QRect) -> None:
        """Write the title and the second line; a grey bar stands for a row that is still being read."""
        look = self._theme.look
        if row is LOADING:
            painter.fillRect(
                QRect(upper.left(), upper.top() + look.px(4), look.px(150), look.px(10)), colour(look.tokens.ring_track)
            )
            return
        _write(painter, look, upper, row.title, size=14, weight=SEMIBOLD, hue=look.tokens.text)
        second = f"{row.second}  ·  Not sent yet" if row.is_unsent else row.second
        _write(painter, look, lower, second, size=13, weight=REGULAR, hue=look.tokens.quiet)


class TableDelegate(QStyledItemDelegate):
    """Paints one cell of the wide list: a tag, or one or two lines of text."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Every row is as high as the next."""
        return QSize(0, self._theme.look.px(_WIDE_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell."""
        cell: Cell | None = index.data(CELL_ROLE)
        look = self._theme.look
        painter.save()
        _ground(painter, look, option, marked=index.column() == 0)
        first = look.px(16) if index.column() == 0 else look.px(12)
        area: QRect = option.rect.adjusted(first, 0, -look.px(8), 0)
        if cell is None:
            painter.fillRect(
                QRect(area.left(), area.center().y() - look.px(4), min(area.width(), look.px(80)), look.px(9)),
                colour(look.tokens.ring_track),
            )
        elif cell.kind == "tag":
            if cell.text:
                top = area.top() + (area.height() - tag_height(look)) / 2
                draw_tag(painter, look, QPointF(area.left(), top), cell.text, cell.tone)
        else:
            self._words(painter, look, cell, area)
        painter.restore()

    def _words(self, painter: QPainter, look: Look, cell: Cell, area: QRect) -> None:
        """Write one line in the middle, or two about it."""
        hue = getattr(look.tokens, _HUES[cell.kind])
        weight = _WEIGHTS[cell.kind]
        figures = cell.kind == "figures"
        if not cell.second:
            _write(painter, look, area, cell.text, size=13, weight=weight, hue=hue, figures=figures)
            return
        line = look.px(20)
        top = area.top() + (area.height() - 2 * line) // 2 + look.px(1)
        upper = QRect(area.left(), top, area.width(), line)
        _write(painter, look, upper, cell.text, size=14, weight=weight, hue=hue)
        _write(
            painter,
            look,
            upper.translated(0, line - look.px(2)),
            cell.second,
            size=13,
            weight=REGULAR,
            hue=look.tokens.quiet,
        )


class CaseList(QTableView):
    """The narrow list. The current row changes with the arrow keys; Enter and double click emit `activated`.

    It is a table of one column, because a QListView lays out every one of a million rows at each change.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._delegate = CaseRowDelegate(theme, self)
        _prepare(self, name)
        _prepare_table(self)
        self.setItemDelegate(self._delegate)
        self.horizontalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.changed.connect(self._measure)
        self._measure()

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show a model's first column; its rows carry all that is painted."""
        super().setModel(model)
        across = self.horizontalHeader()
        for column in range(1, across.count()):
            across.hideSection(column)
        if across.count():
            across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and End go to the first and the last row, as in a list."""
        ends = {QAbstractItemView.CursorAction.MoveHome: 0, QAbstractItemView.CursorAction.MoveEnd: -1}
        if action in ends and (model := self.model()) is not None:
            return model.index(ends[action] % max(1, model.rowCount()), 0)
        return super().moveCursor(action, modifiers)

    def _measure(self) -> None:
        """Set the height of the rows by the text size."""
        _set_row_height(self, self._theme.look.px(_NARROW_HEIGHT))


class CaseTable(QTableView):
    """The wide list. `widths` are design pixels; the last column of width 0 takes what is left."""

    def __init__(self, theme: Theme, name: str, widths: Sequence[int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._widths = tuple(widths)
        self._delegate = TableDelegate(theme, self)
        _prepare(self, name)
        self.setItemDelegate(self._delegate)
        _prepare_table(self)
        across = self.horizontalHeader()
        across.setDefaultAlignment(_LEFT)
        across.setHighlightSections(False)
        across.setSectionsClickable(False)
        theme.changed.connect(self.measure)
        self.measure()

    def measure(self) -> None:
        """Set row height and column widths by the text size; call after the model is set."""
        px = self._theme.look.px
        _set_row_height(self, px(_WIDE_HEIGHT))
        across = self.horizontalHeader()
        for column, width in enumerate(self._widths[: across.count()]):
            if width == 0:
                across.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
            else:
                across.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
                across.resizeSection(column, px(width))


def _prepare(view: QAbstractItemView, name: str) -> None:
    """Give a list the manners all of ours share."""
    view.setAccessibleName(name)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setMouseTracking(True)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setMinimumSize(0, 0)


def _prepare_table(view: QTableView) -> None:
    """Give a table whole-row selection and rows of one height, so that its length costs nothing."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setShowGrid(False)
    view.setTabKeyNavigation(False)
    view.setWordWrap(False)
    upright = view.verticalHeader()
    upright.hide()
    # Once, while it is empty: changing the limits of a million sections takes Qt minutes.
    upright.setMinimumSectionSize(1)
    upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)


def _set_row_height(view: QTableView, height: int) -> None:
    """Make every row this many pixels high."""
    view.verticalHeader().setDefaultSectionSize(height)
