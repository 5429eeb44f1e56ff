"""The headline numbers of a report, each with its words; those that lead to a list are buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from almoner.desktop.look.theme import BOLD, MEDIUM, Theme, colour
from almoner.desktop.parts.flow import FlowLayout
from almoner.records.sheets import SheetFigure, shown

_HIGH, _LEAST, _SIDE = 82, 148, 16


class FigureCard(QAbstractButton):
    """One number. Without somewhere to lead it takes no keyboard and no click."""

    def __init__(self, theme: Theme, figure: SheetFigure, *, leads: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._figure = theme, figure
        self.setAccessibleName(f"{shown(figure.number)} {figure.words}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if leads else Qt.FocusPolicy.NoFocus)
        self._leads = leads
        if leads:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Show these cases")
        else:
            self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Return the size of the number over its words."""
        look = self._theme.look
        words = look.fonts.metrics(13, MEDIUM).horizontalAdvance(self._figure.words)
        number = look.fonts.metrics(26, BOLD).horizontalAdvance(shown(self._figure.number))
        return QSize(max(look.px(_LEAST), max(words, number) + 2 * look.px(_SIDE)), look.px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        look, tokens = self._theme.look, self._theme.look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        is_lit = self._leads and (self.underMouse() or self.isDown())
        painter.setPen(QPen(colour(tokens.edge if is_lit else tokens.card_edge), 1))
        painter.setBrush(colour(tokens.hover if is_lit else tokens.card))
        painter.drawRoundedRect(box, look.px(5), look.px(5))
        side = look.px(_SIDE)
        room = self.rect().adjusted(side, look.px(10), -side, -look.px(10))
        painter.setPen(colour(tokens.text))
        painter.setFont(look.font(26, BOLD))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, shown(self._figure.number))
        painter.setPen(colour(tokens.link if self._leads else tokens.quiet))
        painter.setFont(look.font(13, MEDIUM))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self._figure.words)
        painter.end()


class SheetFigures(QWidget):
    """The numbers side by side, on more lines where there is little room."""

    followed = Signal(str)
    """The words of a number that leads somewhere."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[object, ...] = ()
        self.setAccessibleName("Headline numbers")
        self._row = FlowLayout(self, gap=12)

    def show_figures(self, figures: Sequence[SheetFigure], leads: Callable[[str], bool]) -> None:
        """Show these numbers; `leads` says of the words of each whether it leads somewhere."""
        key = tuple((figure, leads(figure.words)) for figure in figures)
        if key == self._shown:
            return
        self._shown = key
        while (old := self._row.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for figure in figures:
            card = FigureCard(self._theme, figure, leads=leads(figure.words), parent=self)
            card.clicked.connect(self._follower(figure.words))
            self._row.addWidget(card)
            card.show()

    def _follower(self, words: str) -> Callable[[], None]:
        """Return what tells that a number was chosen."""
        return lambda: self.followed.emit(words)
