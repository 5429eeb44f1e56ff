"""The bar at the top: the one search box, what was just done, whether work is sent, light or dark, and New case."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QWidget

from almoner.desktop.look.theme import MEDIUM, Theme, colour
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.search_popup import SearchBox
from almoner.desktop.parts.toasts import Toast


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncState:
    """Whether the worker's changes have reached the office."""

    is_online: bool = False
    waiting: int = 0
    """Changes not yet at the office."""
    is_sending: bool = False
    to_review: int = 0
    """Conflicts a person should look at."""
    last_synced: str = ""
    """When the office was last reached, in words."""
    as_at: str = ""
    """How old what is seen is: "as at 10:42"."""
    is_old: bool = False
    """Whether that is long ago."""

    @property
    def words(self) -> str:
        """What the pill says: words, never colour alone."""
        if self.to_review:
            return f"{self.to_review:,} to review"
        if self.is_sending and self.waiting:
            return f"Sending {self.waiting:,}…"
        if not self.is_online:
            return f"Offline, {self.waiting:,} to send" if self.waiting else "Offline, all sent"
        return f"{self.waiting:,} to send" if self.waiting else "All sent"

    @property
    def icon(self) -> str:
        """The icon that goes with the words."""
        if self.to_review:
            return "triangle-alert"
        if self.is_sending:
            return "cloud-upload"
        if not self.is_online:
            return "cloud-off"
        return "cloud-upload" if self.waiting else "cloud-check"


class SyncPill(QAbstractButton):
    """Says in words whether work is sent; opens the Sync section."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = SyncState()
        self.is_short = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)
        self.say(SyncState())

    @property
    def state(self) -> SyncState:
        """What is shown."""
        return self._state

    def say(self, state: SyncState) -> None:
        """Show and speak another state."""
        changed = state.words != self._state.words
        self._state = state
        self.setAccessibleName(state.words)
        age = f"What you see is {state.as_at}" if state.as_at else ""
        self.setAccessibleDescription(age)
        self.setToolTip(f"{state.words}. {age}" if age else state.words)
        self.updateGeometry()
        self.update()
        if changed:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    def set_short(self, is_short: bool) -> None:
        """Show only the icon and the number where there is little room."""
        self.is_short = is_short
        self.updateGeometry()
        self.update()

    @property
    def _shown(self) -> str:
        """The words, or only their number."""
        if not self.is_short:
            return f"{self._state.words}, {self._state.as_at}" if self._state.as_at else self._state.words
        count = self._state.to_review or self._state.waiting
        return f"{count:,}" if count else ""

    def sizeHint(self) -> QSize:
        """Return the size of icon, words and round ends."""
        look = self._theme.look
        words = look.fonts.metrics(14, MEDIUM).horizontalAdvance(self._shown)
        return QSize(look.px(12 + 17 + 12) + words + (look.px(6) if words else 0), look.px(31))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        look, tokens = self._theme.look, self._theme.look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(colour(tokens.edge), 1))
        painter.setBrush(colour(tokens.hover if self.underMouse() else tokens.page))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        state = self._state
        needs_eye = state.to_review or state.is_old or not state.is_online
        tint = tokens.warn if needs_eye else tokens.good
        side = look.px(17)
        picture = look.pixmap(state.icon, tint, 17, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(look.px(12), (self.height() - side) / 2), picture)
        painter.setPen(colour(tokens.text))
        painter.setFont(look.font(14, MEDIUM))
        words = self.rect().adjusted(look.px(12 + 6) + side, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._shown)
        painter.end()


class TopBar(QFrame):
    """The bar at the top of the window."""

    def __init__(self, theme: Theme, search: SearchBox, *, new_case: Callable[[], object]) -> None:
        super().__init__()
        self._theme = theme
        self.search = search
        self.setProperty("kind", "topbar")
        self.toast = Toast(theme)
        self.sync = SyncPill(theme)
        self.light = Button(theme, name="Dark colours", icon="moon", kind="icon", run=theme.flip)
        self.new_case = Button(theme, "New case", icon="plus", kind="go", run=new_case)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(10)
        self._row.addWidget(search, 100)
        self._row.addStretch(1)
        self._row.addWidget(self.toast)
        self._row.addWidget(self.sync)
        self._row.addWidget(self.light)
        self._row.addWidget(self.new_case)
        theme.changed.connect(self._dress)
        self._dress()

    def set_short(self, is_short: bool) -> None:
        """Use little room."""
        self.sync.set_short(is_short)
        self.new_case.setText("" if is_short else "New case")

    def _dress(self) -> None:
        """Take the height for the text size; the button offers the other colours."""
        look = self._theme.look
        self.setFixedHeight(look.px(56))
        self.search.setMaximumWidth(look.px(560))
        self._row.setContentsMargins(look.px(18), 0, look.px(14), 0)
        is_dark = look.tokens.is_dark
        self.light.set_icon("sun" if is_dark else "moon")
        name = "Light colours" if is_dark else "Dark colours"
        self.light.setAccessibleName(name)
        self.light.setToolTip(name)
