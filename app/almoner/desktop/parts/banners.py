"""Banners: what must not be missed (safe contact, danger), and what stands in place of a list."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme, colour, mark
from almoner.desktop.look.tokens import Ink, Tone
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label
from almoner.records.trouble import Trouble

Weight = Literal["danger", "warning", "notice"]
_ICONS: dict[Weight, str] = {"danger": "octagon-alert", "warning": "triangle-alert", "notice": "info"}
_TONES: dict[Weight, Tone] = {"warning": "yellow", "notice": "blue"}


class Banner(QWidget):
    """A coloured bar with an icon and words. The safe-contact banner is one of weight `danger` or `warning`.

    It tells assistive technology at once when its words change.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._weight: Weight = "notice"
        self._icon = _InkIcon(theme)
        self._title = QLabel()
        self._words = QLabel()
        for part in (self._title, self._words):
            part.setTextFormat(Qt.TextFormat.PlainText)
            part.setWordWrap(True)
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._words)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(18, 11, 14, 11)
        self._row.setSpacing(12)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(column, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()
        theme.changed.connect(self._dress)

    def say(self, weight: Weight, title: str, words: str = "", *, icon: str = "") -> None:
        """Show a message and speak it."""
        self._weight = weight
        self._icon.name = icon or _ICONS[weight]
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.setAccessibleName(f"{title} {words}".strip())
        self._dress()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def clear(self) -> None:
        """Hide the banner."""
        self.hide()
        self.setAccessibleName("")

    def add(self, button: Button) -> None:
        """Put a button at the right end."""
        self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    @property
    def _ink(self) -> Ink:
        """The colours of the message's weight; danger is as loud as the theme can be."""
        look = self._theme.look
        tokens = look.tokens
        if self._weight == "danger":
            return Ink(tokens.danger, tokens.on_danger, look.ink("red").edge)
        return look.ink(_TONES[self._weight])

    def _dress(self) -> None:
        """Give words and icon the colour of the message's weight."""
        self._icon.tint = self._ink.text
        for part, kind in ((self._title, "banner-title"), (self._words, "banner")):
            part.setProperty("ink", _TONES.get(self._weight, "danger"))
            mark(part, kind)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the thick bar at the left."""
        look, ink = self._theme.look, self._ink
        painter = QPainter(self)
        box = QRectF(self.rect())
        painter.fillRect(box, colour(ink.back))
        if self._weight != "danger":
            painter.fillRect(QRectF(0, 0, look.px(6), box.height()), colour(ink.text))
        if look.ink("red").edge != look.ink("red").back:
            painter.setPen(QPen(colour(ink.edge), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.end()


class _InkIcon(Icon):
    """An icon in a colour that is not a token of its own."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "info", size=24)
        self.name = "info"
        self.tint = theme.look.tokens.text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._theme.look.pixmap(self.name, self.tint, 24, self.devicePixelRatioF()))
        painter.end()


class EmptyState(QWidget):
    """What stands where a list would be: says why it is empty and offers the next step."""

    def __init__(self, theme: Theme, icon: str, title: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = Icon(theme, icon, tint="hint", size=44)
        self._title = label(title, "heading")
        self._words = label(words, "quiet", wraps=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 24, 24, 24)
        self._column.setSpacing(10)
        self._column.addStretch(2)
        self._column.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self._title)
        self._column.addWidget(self._words)
        self._column.addStretch(3)

    def say(self, title: str, words: str = "", *, icon: str | None = None) -> None:
        """Show other words."""
        self._title.setText(title)
        self._words.setText(words)
        if icon is not None:
            self._icon.show_icon(icon)

    def offer(self, text: str, run: Callable[[], object], *, icon: str = "") -> Button:
        """Add a button for the next step."""
        button = Button(self._theme, text, icon=icon, run=run)
        self._column.insertWidget(self._column.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button


class ErrorPanel(QWidget):
    """Trouble in place of what was asked for: what happened, where, what to do next."""

    again = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._what = label("", "heading", wraps=True)
        self._where = label("", "quiet", wraps=True)
        self._do = label("", "", wraps=True)
        self._again = Button(theme, "Try again", icon="refresh-cw", run=self.again.emit)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Icon(theme, "triangle-alert", tint="wrong", size=26), 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._what, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self._where)
        column.addWidget(self._do)
        column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def say(self, trouble: Trouble) -> None:
        """Show a trouble and speak it."""
        self._what.setText(trouble.what)
        self._where.setText(f"Where: {trouble.where}")
        self._where.setVisible(bool(trouble.where))
        self._do.setText(trouble.do)
        self.setAccessibleName(f"{trouble.what} {trouble.do}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
