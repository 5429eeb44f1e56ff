"""The bar at the left: whose program this is, the sections, who is signed in."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from almoner.desktop.look.theme import BOLD, MEDIUM, REGULAR, SEMIBOLD, Theme, colour
from almoner.desktop.screen import Section

FULL_WIDTH, RAIL_WIDTH = 206, 60


class NavigationButton(QAbstractButton):
    """One section: icon, words, and how many things wait there."""

    def __init__(self, theme: Theme, section: Section, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = section.icon
        self._count = 0
        self.is_rail = False
        self.setText(section.title)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_count(0)

    @property
    def count(self) -> int:
        """How many things wait there."""
        return self._count

    def set_count(self, count: int) -> None:
        """Show how many things wait there; 0 shows nothing."""
        self._count = count
        self.setAccessibleName(f"{self.text()}, {count:,} waiting" if count else self.text())
        self.update()

    def set_rail(self, is_rail: bool) -> None:
        """Show only the icon, with the words as a tooltip."""
        self.is_rail = is_rail
        self.setToolTip(self.text() if is_rail else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of a line of the navigation."""
        return QSize(self._theme.look.px(RAIL_WIDTH), self._theme.look.px(43))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the line: marked at the left when it is open."""
        look, tokens = self._theme.look, self._theme.look.tokens
        area = self.rect()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked():
            painter.fillRect(area, colour(tokens.rail_selected))
            painter.fillRect(QRect(0, 0, look.px(4), area.height()), colour(tokens.rail_mark))
        elif self.underMouse():
            painter.fillRect(area, colour(tokens.rail_hover))
        side = look.px(20)
        left = (area.width() - side) / 2 if self.is_rail else look.px(18)
        picture = look.pixmap(self._icon, tokens.rail_text, 20, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(left, (area.height() - side) / 2), picture)
        if not self.is_rail:
            painter.setFont(look.font(14, SEMIBOLD if self.isChecked() else MEDIUM))
            painter.setPen(colour(tokens.rail_text))
            painter.drawText(area.adjusted(look.px(47), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._count:
            self._draw_count(painter)
        painter.end()

    def _draw_count(self, painter: QPainter) -> None:
        """Draw the number in a pill; a dot on the rail."""
        look = self._theme.look
        ink = look.tokens.badge
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(ink.back))
        if self.is_rail:
            painter.drawEllipse(QPointF(self.width() / 2 + look.px(10), look.px(12)), look.px(5), look.px(5))
            return
        words = f"{self._count:,}" if self._count < 1000 else "999+"
        width = look.fonts.metrics(13, SEMIBOLD).horizontalAdvance(words) + look.px(14)
        height = look.px(21)
        box = QRectF(self.width() - width - look.px(14), (self.height() - height) / 2, width, height)
        painter.drawRoundedRect(box, height / 2, height / 2)
        painter.setPen(colour(ink.text))
        painter.setFont(look.font(13, SEMIBOLD))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


class _Corner(QWidget):
    """The mark of the program with the council's name, or the worker's initials with name and place."""

    def __init__(self, theme: Theme, title: str, second: str, mark: Path | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._title = title
        self._second = second
        self._mark = QSvgRenderer(str(mark)) if mark is not None else None
        self.is_rail = False
        self.setAccessibleName(f"{title}, {second}" if second else title)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_rail(self, is_rail: bool) -> None:
        """Show only the mark or the initials."""
        self.is_rail = is_rail
        self.setToolTip(self.accessibleName() if is_rail else "")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of a corner."""
        return QSize(self._theme.look.px(RAIL_WIDTH), self._theme.look.px(64 if self._mark else 60))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw mark or initials, and two lines."""
        look, tokens = self._theme.look, self._theme.look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = look.px(34 if self._mark else 32)
        left = (self.width() - side) / 2 if self.is_rail else look.px(16)
        top = look.px(17) if self._mark else (self.height() - side) / 2
        if self._mark is not None:
            self._mark.render(painter, QRectF(left, top, side, side))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(tokens.badge.back))
            painter.drawEllipse(QRectF(left, top, side, side))
            painter.setPen(colour(tokens.badge.text))
            painter.setFont(look.font(13, SEMIBOLD))
            painter.drawText(QRectF(left, top, side, side), Qt.AlignmentFlag.AlignCenter, initials(self._title))
        if not self.is_rail:
            size, weight = (17, BOLD) if self._mark else (13, SEMIBOLD)
            words = round(left) + side + look.px(7)
            room = self.width() - words - look.px(8)
            middle = round(top + side / 2)
            for text, points, heft, hue, at in (
                (self._title, size, weight, tokens.rail_text, middle - look.px(19)),
                (self._second, 12, REGULAR, tokens.rail_quiet, middle + look.px(1)),
            ):
                painter.setFont(look.font(points, heft))
                painter.setPen(colour(hue))
                shown = look.fonts.metrics(points, heft).elidedText(text, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QRect(words, at, room, look.px(20)), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class Navigation(QWidget):
    """The bar at the left. Tab reaches the open section, the arrow keys move between sections."""

    opened = Signal(str)

    def __init__(
        self, theme: Theme, sections: Sequence[Section], *, council: str, user: str, place: str, mark: Path
    ) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName("Sections")
        self._top = _Corner(theme, "Almoner", council, mark, self)
        self._foot = _Corner(theme, user, place, None, self)
        self._buttons = {section.id: NavigationButton(theme, section, self) for section in sections}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addSpacing(4)
        for number, button in enumerate(self._buttons.values()):
            self._group.addButton(button, number)
            column.addWidget(button)
        column.addStretch(1)
        column.addWidget(self._foot)
        self._group.idClicked.connect(self._clicked)
        self.is_rail = False
        theme.changed.connect(self._resize)
        self._resize()

    def mark(self, section_id: str) -> None:
        """Show which section is open."""
        button = self._buttons.get(section_id)
        if button is not None:
            button.setChecked(True)

    def set_badge(self, section_id: str, count: int) -> None:
        """Show how many things wait in a section."""
        self._buttons[section_id].set_count(count)

    def button(self, section_id: str) -> NavigationButton:
        """Return the button of a section."""
        return self._buttons[section_id]

    def set_rail(self, is_rail: bool) -> None:
        """Be a rail of icons, or the whole bar."""
        self.is_rail = is_rail
        for corner in (self._top, self._foot):
            corner.set_rail(is_rail)
        for button in self._buttons.values():
            button.set_rail(is_rail)
        self._resize()

    def set_focus(self) -> None:
        """Put the keyboard on the open section."""
        button = self._group.checkedButton() or self._group.button(0)
        if button is not None:
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move between sections with the arrow keys."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        here = next((at for at, button in enumerate(self._group.buttons()) if button.hasFocus()), 0)
        self._group.button((here + step) % len(self._buttons)).setFocus(Qt.FocusReason.TabFocusReason)

    def _clicked(self, number: int) -> None:
        """Say which section was asked for."""
        self.opened.emit(list(self._buttons)[number])

    def _resize(self) -> None:
        """Take the width for the text size."""
        self.setFixedWidth(self._theme.look.px(RAIL_WIDTH if self.is_rail else FULL_WIDTH))
        for part in (self._top, self._foot, *self._buttons.values()):
            part.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the dark ground."""
        tokens = self._theme.look.tokens
        painter = QPainter(self)
        shade = QLinearGradient(0, 0, 0, self.height())
        shade.setColorAt(0, colour(tokens.rail_top))
        shade.setColorAt(1, colour(tokens.rail_bottom))
        painter.fillRect(self.rect(), shade)
        painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), colour(tokens.rail_edge))
        painter.end()


def initials(name: str) -> str:
    """Return up to two initials of a name."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in ([words[0], words[-1]] if len(words) > 1 else words))
