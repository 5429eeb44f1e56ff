"""The ring that shows how much of the time until a target date is left."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from almoner.desktop.look.theme import BOLD, MEDIUM, Theme, colour

_SIDE = 96
_FULL = 5760
"""A full turn, in the sixteenths of a degree Qt counts in."""


class DueRing(QWidget):
    """A number in a ring: days left, or days overdue. Says the whole phrase to a screen reader."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._number = ""
        self._words = ""
        self._left = 0.0
        self._is_late = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_days(self, days: int, *, part_left: float, unit: str = "day", why: str = "") -> None:
        """Show `days` left (negative: overdue); `part_left` is the share of the whole time, 0 to 1.

        `why` is the sentence that explains the date; it is spoken, not drawn.
        """
        assert 0.0 <= part_left <= 1.0, "a share is between 0 and 1"
        count = abs(days)
        self._number = str(count)
        self._is_late = days < 0
        units = f"{unit}{'' if count == 1 else 's'} left"
        self._words = "overdue" if days < 0 else "due today" if days == 0 else units
        self._left = 1.0 if days < 0 else part_left
        spoken = f"{count} {unit}{'' if count == 1 else 's'}"
        self.setAccessibleName("Due today" if days == 0 else f"{spoken} {'overdue' if days < 0 else 'left'}")
        self.setAccessibleDescription(why)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the side of the ring, grown with the text."""
        side = self._theme.look.px(_SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the track, the arc that is left, the number and its words."""
        look, tokens = self._theme.look, self._theme.look.tokens
        thick = look.px(9)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = QRectF(self.rect()).adjusted(thick / 2, thick / 2, -thick / 2, -thick / 2)
        painter.setPen(QPen(colour(tokens.ring_track), thick))
        painter.drawEllipse(ring)
        hue = tokens.ring_late if self._is_late else tokens.ring if self._left < 0.6 else tokens.ring_good
        pen = QPen(colour(hue), thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if self._left > 0:
            painter.drawArc(ring, 1440, -round(_FULL * self._left))
        self._draw_words(painter)
        painter.end()

    def _draw_words(self, painter: QPainter) -> None:
        """Draw the number, and under it what it counts: "working" stands on a line of its own."""
        look, middle = self._theme.look, self.height() / 2
        first, _, rest = self._words.partition(" ") if self._words.startswith("working ") else ("", "", self._words)
        lines = [line for line in (first, rest) if line]
        up = look.px(7) if first else 0
        flags = Qt.AlignmentFlag.AlignCenter
        painter.setPen(colour(look.tokens.text))
        painter.setFont(look.font(26 if first else 28, BOLD))
        painter.drawText(QRectF(0, middle - look.px(27) - up, self.width(), look.px(32)), flags, self._number)
        painter.setFont(look.font(12, MEDIUM))
        for at, line in enumerate(lines):
            top = middle + look.px(9) - up + at * look.px(14)
            painter.drawText(QRectF(0, top, self.width(), look.px(18)), flags, line)
