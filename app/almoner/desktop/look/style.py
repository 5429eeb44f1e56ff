"""Fusion with a few measures and marks of our own, so that every platform looks and feels the same."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QProxyStyle, QStyle, QStyleHintReturn, QStyleOption, QWidget

from almoner.desktop.look.tokens import Tokens

_METRICS = {
    QStyle.PixelMetric.PM_SmallIconSize: 18,
    QStyle.PixelMetric.PM_ButtonIconSize: 18,
    QStyle.PixelMetric.PM_LineEditIconSize: 20,
    QStyle.PixelMetric.PM_TabBarIconSize: 18,
    QStyle.PixelMetric.PM_ListViewIconSize: 20,
    QStyle.PixelMetric.PM_IndicatorWidth: 24,
    QStyle.PixelMetric.PM_IndicatorHeight: 24,
    QStyle.PixelMetric.PM_ExclusiveIndicatorWidth: 24,
    QStyle.PixelMetric.PM_ExclusiveIndicatorHeight: 24,
}
_TICK = ((0.26, 0.52), (0.44, 0.69), (0.75, 0.34))


class AlmonerStyle(QProxyStyle):
    """Fusion whose icons, tick boxes and round buttons grow with the text and keep our contrast."""

    def __init__(self, tokens: Tokens, percent: int) -> None:
        super().__init__("Fusion")
        self._tokens = tokens
        self._metrics = {metric: round(value * percent / 100) for metric, value in _METRICS.items()}

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        """Return the measure in pixels: ours where we have one, else Fusion's."""
        ours = self._metrics.get(metric)
        return ours if ours is not None else super().pixelMetric(metric, option, widget)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,
    ) -> int:
        """Show no underlined letters: shortcuts are listed in menus and the help sheet instead."""
        if hint == QStyle.StyleHint.SH_UnderlineShortcut:
            return 0
        return super().styleHint(hint, option, widget, returnData)

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Draw tick boxes and round buttons with an edge that can be seen; leave the rest to Fusion."""
        if element == QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            self._draw_mark(option, painter, is_round=False)
        elif element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
            self._draw_mark(option, painter, is_round=True)
        elif element == QStyle.PrimitiveElement.PE_FrameFocusRect:
            return
        else:
            super().drawPrimitive(element, option, painter, widget)

    def _draw_mark(self, option: QStyleOption, painter: QPainter, *, is_round: bool) -> None:
        """Draw one tick box or round button, filled when it is on."""
        is_on = bool(option.state & QStyle.StateFlag.State_On)
        is_usable = bool(option.state & QStyle.StateFlag.State_Enabled)
        tokens = self._tokens
        edge = tokens.accent if is_on else tokens.edge if is_usable else tokens.line
        box = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(edge), 2))
        painter.setBrush(QColor(tokens.accent if is_on and not is_round else tokens.page))
        if is_round:
            painter.drawEllipse(box)
        else:
            painter.drawRoundedRect(box, 4, 4)
        if is_on and is_round:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.accent))
            inset = box.width() * 0.24
            painter.drawEllipse(box.adjusted(inset, inset, -inset, -inset))
        elif is_on:
            painter.setPen(QPen(QColor(tokens.on_accent), box.width() * 0.12))
            side = box.width()
            painter.drawPolyline(QPolygonF([QPointF(box.x() + x * side, box.y() + y * side) for x, y in _TICK]))
        painter.restore()
