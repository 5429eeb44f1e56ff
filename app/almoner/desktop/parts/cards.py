"""Cards for the side panel: a titled box of facts, and the lines in it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme


class Icon(QWidget):
    """A small picture beside words. Decoration: the words say everything, so it has no name of its own."""

    def __init__(self, theme: Theme, name: str, *, tint: str = "accent", size: int = 17, parent: QWidget | None = None):
        """`tint` is the name of a colour token."""
        super().__init__(parent)
        self._theme = theme
        self._name = name
        self._tint = tint
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def show_icon(self, name: str, *, tint: str | None = None) -> None:
        """Show another icon."""
        self._name = name
        self._tint = tint or self._tint
        self.update()

    def sizeHint(self) -> QSize:
        """Return the side of the icon, grown with the text."""
        side = self._theme.look.px(self._size)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        look = self._theme.look
        painter = QPainter(self)
        tint = getattr(look.tokens, self._tint)
        painter.drawPixmap(0, 0, look.pixmap(self._name, tint, self._size, self.devicePixelRatioF()))
        painter.end()


def label(text: str = "", kind: str = "", *, wraps: bool = False, can_select: bool = False) -> QLabel:
    """Return a text of the given kind (`title`, `heading`, `strong`, `quiet`, `small`, `wrong`...).

    Always plain text, so that words typed by a person can never become markup.
    """
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setWordWrap(wraps)
    if wraps:
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if can_select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def rule() -> QFrame:
    """Return a hairline that runs across."""
    line = QFrame()
    line.setProperty("kind", "rule")
    return line


def upright() -> QFrame:
    """Return a hairline that runs down, between panes."""
    line = QFrame()
    line.setProperty("kind", "upright")
    return line


class Card(QFrame):
    """A titled box. Put things into it with `add`."""

    def __init__(self, theme: Theme, icon: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self._title = label(title, "card-title")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Icon(theme, icon), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self._title, 1)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(15, 12, 15, 14)
        self._outer.setSpacing(7)
        self._outer.addLayout(head)
        self._inside, self._body = self._new_inside()

    @property
    def body(self) -> QVBoxLayout:
        """The layout under the title."""
        return self._body

    def retitle(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def add(self, thing: QWidget | QLayout) -> None:
        """Add a widget or a layout under what is there."""
        if isinstance(thing, QWidget):
            self._body.addWidget(thing)
        else:
            self._body.addLayout(thing)

    def add_fact(self, icon: str, text: str) -> QLabel:
        """Add a line with an icon before it; return its label so that it can be changed."""
        words = label(text, wraps=True, can_select=True)
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Icon(self._theme, icon, tint="quiet", size=17), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        self._body.addLayout(row)
        return words

    def clear(self) -> None:
        """Remove everything but the title."""
        old = self._inside
        self._outer.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._inside, self._body = self._new_inside()

    def _new_inside(self) -> tuple[QWidget, QVBoxLayout]:
        """Make the box that holds what is under the title."""
        inside = QWidget(self)
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(7)
        self._outer.addWidget(inside)
        return inside, body
