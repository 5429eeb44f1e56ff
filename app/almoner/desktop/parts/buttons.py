"""Buttons that carry an icon and keep its tint when the theme changes."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QComboBox, QPushButton, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from almoner.desktop.look.theme import Theme, mark

Kind = Literal["", "go", "danger", "link", "icon"]

_GAP = 4
_SHARP = 2.0
_TINTS = {"": "text", "go": "on_go", "danger": "on_danger", "link": "link", "icon": "quiet"}


class Button(QPushButton):
    """A push button: plain, `go` (the one main action), `danger`, `link`, or `icon` (no words to be seen).

    An icon button must be given a `name`: what a screen reader says and what the tooltip shows.
    """

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        icon: str = "",
        kind: Kind = "",
        name: str = "",
        run: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        assert text or name, "a button needs words or a name"
        self._theme = theme
        self._icon_name = icon
        self._kind: Kind = kind
        self.setAccessibleName(name or text)
        if name and not text:
            self.setToolTip(name)
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAutoDefault(False)
        if run is not None:
            self.clicked.connect(lambda _checked=False: run())
        theme.changed.connect(self._tint)
        self._tint()

    def set_icon(self, icon: str) -> None:
        """Show another icon."""
        self._icon_name = icon
        self._tint()

    def set_kind(self, kind: Kind) -> None:
        """Dress the button as another kind."""
        self._kind = kind
        mark(self, kind)
        self._tint()

    def _tint(self) -> None:
        """Draw the icon in the colour that suits the theme and the kind."""
        if not self._icon_name:
            return
        look = self._theme.look
        size = 20 if self._kind == "icon" else 17
        side, gap = look.px(size), look.px(_GAP) if self.text() else 0
        self.setIcon(_spaced(look.icon(self._icon_name, getattr(look.tokens, _TINTS[self._kind]), size), side, gap))
        self.setIconSize(QSize(side + gap, side))


def _spaced(icon: QIcon, side: int, gap: int) -> QIcon:
    """Return an icon with room between it and the words that follow: the style alone leaves too little."""
    if not gap:
        return icon
    made = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
        wide = QPixmap(round((side + gap) * _SHARP), round(side * _SHARP))
        wide.setDevicePixelRatio(_SHARP)
        wide.fill(Qt.GlobalColor.transparent)
        painter = QPainter(wide)
        painter.drawPixmap(0, 0, icon.pixmap(QSize(side, side), _SHARP, mode))
        painter.end()
        made.addPixmap(wide, mode)
    return made


class Select(QComboBox):
    """A choice from a short list, drawn with an arrow whose contrast we know."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box by the style sheet and our own arrow over Fusion's."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.subControls = QStyle.SubControl.SC_ComboBoxFrame
        look = self._theme.look
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        inset = look.px(11)
        words = self.rect().adjusted(inset, 0, -look.px(34), 0)
        painter.setFont(look.font(14))
        painter.setPen(look.tokens.text if self.isEnabled() else look.tokens.hint)
        shown = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        self._draw_arrow(painter)
        painter.end()

    def _draw_arrow(self, painter: QPainter) -> None:
        """Draw the arrow at the right edge."""
        look = self._theme.look
        side = look.px(18)
        arrow = look.pixmap("chevron-down", look.tokens.text, 18, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - side - look.px(9), (self.height() - side) // 2, arrow)
