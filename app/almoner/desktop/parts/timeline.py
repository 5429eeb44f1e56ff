"""The timeline: everything that happened to a case, newest first, with who and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter, QPen, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from almoner.desktop.look.theme import REGULAR, SEMIBOLD, Look, Theme, colour
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.rows import ROW_ROLE
from almoner.desktop.parts.tags import draw_tag, tag_height, tag_width

Index = QModelIndex | QPersistentModelIndex

MOST_MOMENTS = 500
_NODE = 33
_LEFT = 18
_TEXT_LEFT = 64
_RIGHT = 16
_LINE = 21
_GAP = 23
_LEADING = 20.5
"""From one line of words to the next."""
_WRAPPED_KEPT = 2_000
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened. `by` and `at` are words: "Priya Nair" and "Today 10:31"."""

    id: str
    icon: str
    title: str
    by: str
    at: str
    words: str = ""
    tag: str = ""
    tone: Tone = "neutral"
    is_unsent: bool = False

    @property
    def spoken(self) -> str:
        """The whole phrase a screen reader says."""
        said = [self.title, self.tag, f"{self.by}, {self.at}", self.words, "Not sent yet" if self.is_unsent else ""]
        return ". ".join(part for part in said if part)


class TimelineModel(QAbstractListModel):
    """The moments of one case. New ones are put in and gone ones taken out; the rest stay where they are."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._moments: list[Moment] = []

    def show(self, moments: Sequence[Moment]) -> None:
        """Show these moments, changing only the rows that differ."""
        assert len(moments) <= MOST_MOMENTS, "a timeline is read in parts"
        wanted = {moment.id for moment in moments}
        for at in range(len(self._moments) - 1, -1, -1):
            if self._moments[at].id not in wanted:
                self.beginRemoveRows(QModelIndex(), at, at)
                del self._moments[at]
                self.endRemoveRows()
        for at, moment in enumerate(moments):
            self._put(at, moment)

    def _put(self, at: int, moment: Moment) -> None:
        """Make the row at `at` this moment, by changing it, or by putting it in there."""
        if at < len(self._moments) and self._moments[at].id == moment.id:
            if self._moments[at] != moment:
                self._moments[at] = moment
                self.dataChanged.emit(self.index(at), self.index(at))
            return
        known = next((old for old in range(at + 1, len(self._moments)) if self._moments[old].id == moment.id), None)
        if known is not None:
            self.beginRemoveRows(QModelIndex(), known, known)
            del self._moments[known]
            self.endRemoveRows()
        self.beginInsertRows(QModelIndex(), at, at)
        self._moments.insert(at, moment)
        self.endInsertRows()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of moments."""
        return 0 if parent.isValid() else len(self._moments)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the moment to paint, or its words."""
        moment = self._moments[index.row()]
        if role == ROW_ROLE:
            return moment
        if role == Qt.ItemDataRole.DisplayRole:
            return moment.title
        return moment.spoken if role == Qt.ItemDataRole.AccessibleTextRole else None


class TimelineDelegate(QStyledItemDelegate):
    """Paints one moment: its icon in a circle on the line, title and tag, who and when, the words."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._wrapped: dict[tuple[str, int, int], tuple[str, ...]] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height the words need at the width of the view."""
        look = self._theme.look
        moment: Moment = index.data(ROW_ROLE)
        width = self._view.viewport().width()
        height = look.px(2 * _LINE + _GAP)
        if moment.words:
            height += look.px(5) + len(self._lines(moment.words, width)) * look.px(_LEADING)
        return QSize(width - 1, height)

    def _lines(self, words: str, width: int) -> tuple[str, ...]:
        """Break words into the lines they take in a view of `width`; worked out once for each width."""
        look = self._theme.look
        key = (words, width, look.percent)
        lines = self._wrapped.get(key)
        if lines is None:
            if len(self._wrapped) >= _WRAPPED_KEPT:
                self._wrapped.clear()
            room = max(look.px(60), width - look.px(_TEXT_LEFT + _RIGHT))
            lines = self._wrapped[key] = _break(words, look.font(14), room)
        return lines

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one moment."""
        look = self._theme.look
        moment: Moment = index.data(ROW_ROLE)
        area: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.fillRect(area, colour(look.tokens.hover))
        is_last = index.row() == index.model().rowCount() - 1
        self._node(painter, look, area, moment.icon, is_last=is_last)
        self._words(painter, look, area, moment)
        painter.restore()

    def _node(self, painter: QPainter, look: Look, area: QRect, icon: str, *, is_last: bool) -> None:
        """Paint the circle with its icon, and the line on to the next moment."""
        tokens = look.tokens
        side = look.px(_NODE)
        left, top = area.left() + look.px(_LEFT), area.top() + look.px(3)
        middle = left + side / 2
        painter.setPen(QPen(colour(tokens.thread), max(2, look.px(2))))
        if not is_last:
            painter.drawLine(QPointF(middle, top + side), QPointF(middle, area.bottom() + look.px(4)))
        painter.setPen(QPen(colour(tokens.node_edge), 1))
        painter.setBrush(colour(tokens.node))
        painter.drawEllipse(QRectF(left + 0.5, top + 0.5, side - 1, side - 1))
        inner = look.px(17)
        at = QPointF(left + (side - inner) / 2, top + (side - inner) / 2)
        painter.drawPixmap(at, look.pixmap(icon, tokens.accent, 17, self._view.devicePixelRatioF()))

    def _words(self, painter: QPainter, look: Look, area: QRect, moment: Moment) -> None:
        """Write title, tags, who and when, and the words."""
        tokens = look.tokens
        left, line = area.left() + look.px(_TEXT_LEFT), look.px(_LINE)
        width = area.width() - look.px(_TEXT_LEFT + _RIGHT)
        top = area.top() + look.px(2)
        metrics = look.fonts.metrics(14, SEMIBOLD)
        tags = [(text, tone) for text, tone in self._tags(moment) if text]
        room = width - sum(tag_width(look, text) + look.px(10) for text, _ in tags)
        title = metrics.elidedText(moment.title, Qt.TextElideMode.ElideRight, max(look.px(60), room))
        painter.setFont(look.font(14, SEMIBOLD))
        painter.setPen(colour(tokens.text))
        painter.drawText(QRect(left, top, width, line), Qt.AlignmentFlag.AlignVCenter, title)
        at = left + metrics.horizontalAdvance(title) + look.px(10)
        for text, tone in tags:
            draw_tag(painter, look, QPointF(at, top + (line - tag_height(look)) / 2), text, tone)
            at += tag_width(look, text) + look.px(8)
        painter.setFont(look.font(13))
        painter.setPen(colour(tokens.quiet))
        who = QRect(left, top + line - look.px(1), width, line)
        said = look.fonts.metrics(13, REGULAR).elidedText(
            f"{moment.by}  ·  {moment.at}", Qt.TextElideMode.ElideRight, width
        )
        painter.drawText(who, Qt.AlignmentFlag.AlignVCenter, said)
        painter.setFont(look.font(14))
        painter.setPen(colour(tokens.text))
        leading = look.px(_LEADING)
        for number, words in enumerate(self._lines(moment.words, area.width() + 1)):
            place = QRect(left, who.bottom() + look.px(4) + number * leading, width, leading)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)

    def _tags(self, moment: Moment) -> tuple[tuple[str, Tone], ...]:
        """Return the tags of a moment: its own, and whether it still has to be sent."""
        return (moment.tag, moment.tone), ("Not sent yet" if moment.is_unsent else "", "orange")


def _break(words: str, font: QFont, width: int) -> tuple[str, ...]:
    """Break words into lines no wider than `width` pixels, at spaces where there are any."""
    lines: list[str] = []
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    for paragraph in words.splitlines():
        layout = QTextLayout(paragraph, font)
        layout.setTextOption(option)
        layout.beginLayout()
        at = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            lines.append(paragraph[at : at + line.textLength()].rstrip())
            at += line.textLength()
        layout.endLayout()
        if not paragraph:
            lines.append("")
    return tuple(lines)


class Timeline(QListView):
    """The timeline of a case; rows as high as their words."""

    def __init__(self, theme: Theme, name: str = "Timeline", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.moments = TimelineModel(self)
        self._delegate = TimelineDelegate(theme, self)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setItemDelegate(self._delegate)
        self.setModel(self.moments)
        self.setUniformItemSizes(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(0, 0)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure the rows again at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()
