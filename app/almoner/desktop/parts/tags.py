"""Tags that say a state in a word, and the pill-shaped chips that filter a list."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from almoner.desktop.look.theme import MEDIUM, SEMIBOLD, Look, Theme, colour
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.flow import FlowLayout

_TAG_SIZE = 12
_TAG_HEIGHT = 20
_TAG_SIDE = 7


def tag_width(look: Look, text: str) -> int:
    """Return how wide a tag with this text is, in pixels."""
    return look.fonts.metrics(_TAG_SIZE, SEMIBOLD).horizontalAdvance(text) + 2 * look.px(_TAG_SIDE)


def tag_height(look: Look) -> int:
    """Return how high a tag is, in pixels."""
    return look.px(_TAG_HEIGHT)


def draw_tag(painter: QPainter, look: Look, corner: QPointF, text: str, tone: Tone) -> None:
    """Draw a tag with its top left corner at `corner`."""
    ink = look.ink(tone)
    box = QRectF(corner.x(), corner.y(), tag_width(look, text), tag_height(look))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outlined = ink.edge != ink.back
    painter.setPen(QPen(colour(ink.edge), 1) if outlined else QPen(Qt.PenStyle.NoPen))
    painter.setBrush(colour(ink.back))
    half = 0.5 if outlined else 0.0
    painter.drawRoundedRect(box.adjusted(half, half, -half, -half), look.px(3), look.px(3))
    painter.setPen(colour(ink.text))
    painter.setFont(look.font(_TAG_SIZE, SEMIBOLD))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


class Tag(QWidget):
    """A state in a word or two. The words carry the meaning; the tone only helps the eye."""

    def __init__(self, theme: Theme, text: str = "", tone: Tone = "neutral", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._tone: Tone = tone
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def say(self, text: str, tone: Tone) -> None:
        """Show another state; hidden while there is nothing to say."""
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size the words need."""
        return QSize(tag_width(self._theme.look, self._text), tag_height(self._theme.look))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the tag."""
        painter = QPainter(self)
        draw_tag(painter, self._theme.look, QPointF(0, 0), self._text, self._tone)
        painter.end()


class Chip(QAbstractButton):
    """A pill that switches a filter on; shows how many it would leave."""

    def __init__(self, theme: Theme, text: str, count: int | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._count = count
        self.setText(text)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._name()
        theme.changed.connect(self.updateGeometry)

    def set_count(self, count: int | None) -> None:
        """Show another count; None shows none."""
        self._count = count
        self._name()
        self.updateGeometry()
        self.update()

    def _name(self) -> None:
        """Say text and count to a screen reader."""
        self.setAccessibleName(self.text() if self._count is None else f"{self.text()}, {self._count:,}")

    def sizeHint(self) -> QSize:
        """Return the size of the words, the count and the round ends."""
        look = self._theme.look
        width = look.fonts.metrics(13, SEMIBOLD).horizontalAdvance(self.text()) + 2 * look.px(12)
        if self._count is not None:
            width += look.fonts.metrics(13, MEDIUM).horizontalAdvance(f"{self._count:,}") + look.px(8)
        return QSize(width, look.px(30))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill, filled when it is on."""
        look, tokens = self._theme.look, self._theme.look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        is_on = self.isChecked()
        back = tokens.accent if is_on else tokens.hover if self.underMouse() else tokens.page
        painter.setPen(QPen(colour(tokens.accent if is_on else tokens.edge), 1))
        painter.setBrush(colour(back))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(colour(tokens.on_accent if is_on else tokens.text))
        painter.setFont(look.font(13, SEMIBOLD if is_on else MEDIUM))
        inset = look.px(12)
        area = self.rect().adjusted(inset, 0, -inset, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self._count is not None:
            self._draw_count(painter, area, is_on=is_on)
        painter.end()

    def _draw_count(self, painter: QPainter, area: QRect, *, is_on: bool) -> None:
        """Draw the count at the right end."""
        look = self._theme.look
        painter.setFont(look.font(13, SEMIBOLD if is_on else MEDIUM))
        painter.setPen(colour(look.tokens.on_accent if is_on else look.tokens.quiet))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{self._count:,}")


class ChipBar(QWidget):
    """A row of chips of which one is on. Tab reaches the row, the arrow keys move in it."""

    picked = Signal(str)

    def __init__(self, theme: Theme, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None):
        """`choices` are (id, text) pairs; the first is on."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._chips = {chip_id: Chip(theme, text, parent=self) for chip_id, text in choices}
        self._group = QButtonGroup(self)
        layout = FlowLayout(self, gap=6)
        for number, chip in enumerate(self._chips.values()):
            self._group.addButton(chip, number)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if number == 0 else Qt.FocusPolicy.ClickFocus)
            layout.addWidget(chip)
        self._group.button(0).setChecked(True)
        self._group.idToggled.connect(self._toggled)

    @property
    def current(self) -> str:
        """The id of the chip that is on."""
        return list(self._chips)[self._group.checkedId()]

    def pick(self, chip_id: str) -> None:
        """Switch a chip on."""
        self._chips[chip_id].setChecked(True)

    def set_count(self, chip_id: str, count: int | None) -> None:
        """Show how many a chip would leave."""
        self._chips[chip_id].set_count(count)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        chip = self._group.button((self._group.checkedId() + step) % len(self._chips))
        chip.setChecked(True)
        chip.setFocus(Qt.FocusReason.TabFocusReason)

    def _toggled(self, number: int, is_on: bool) -> None:
        """Let Tab stop at the chip that is on, and say which it is."""
        chip = self._group.button(number)
        chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_on else Qt.FocusPolicy.ClickFocus)
        if is_on:
            self.picked.emit(list(self._chips)[number])
