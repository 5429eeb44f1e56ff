"""The ring round the control that has the keyboard: yellow outside, black inside, as GOV.UK pairs them.

Yellow on white alone would fail 3:1; the black line carries the contrast in light, the yellow in dark.
Shown only once a key has been pressed, and gone again at the next click, so that it never disturbs the mouse.
"""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QTabBar, QWidget
from shiboken6 import Shiboken

from almoner.desktop.look.theme import Theme, colour
from almoner.desktop.watch import InputWatch

_OUTER, _INNER = 3, 2
_MOVES = frozenset({QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Hide, QEvent.Type.Show})


class FocusRing(QWidget):
    """An overlay on one window that follows the keyboard focus. It takes no clicks and no focus itself."""

    def __init__(
        self, theme: Theme, window: QWidget, app: QApplication, watch: InputWatch, *, by_key: bool = False
    ) -> None:
        """`by_key` says that the keyboard is in use already."""
        super().__init__(window)
        self._theme = theme
        self._app = app
        self._watch = watch
        self._target: QWidget | None = None
        self._followed: list[QWidget] = []
        self._by_key = by_key
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        app.focusChanged.connect(self._focus_changed)
        watch.key_pressed.connect(self._key_pressed)
        watch.clicked.connect(self._clicked)
        theme.changed.connect(self._place)

    @property
    def target(self) -> QWidget | None:
        """The widget the ring is round, when it is shown."""
        return self._target if self.isVisible() else None

    def also_in(self, form: QWidget) -> "FocusRing":
        """Make a ring for a form over this window, shown from the start when the keyboard opened it."""
        return FocusRing(self._theme, form, self._app, self._watch, by_key=self._by_key)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the target when it, or a pane it lies in, moves."""
        if event.type() in _MOVES:
            self._place()
        return False

    def _key_pressed(self) -> None:
        """From now on the keyboard is in use: show where it is."""
        if not self._by_key:
            self._by_key = True
            self._focus_changed(None, self._app.focusWidget())
        elif isinstance(self._target, QTabBar):
            self._place()

    def _clicked(self) -> None:
        """The mouse is in use: the ring would only disturb."""
        self._by_key = False
        self.hide()

    def _focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Go to the widget that has the focus now, if it is in this window."""
        self._follow(now if now is not None and now.window() is self.window() else None)

    def _follow(self, target: QWidget | None) -> None:
        """Put the ring round another widget, watching it and the panes it lies in."""
        if target is self._target:
            self._place()
            return
        for widget in self._followed:
            if Shiboken.isValid(widget):
                widget.removeEventFilter(self)
        self._followed = []
        self._target = target
        while target is not None and target is not self.window():
            target.installEventFilter(self)
            self._followed.append(target)
            target = target.parentWidget()
        self._place()

    def _place(self) -> None:
        """Lie over the target with room for the ring outside it, held within the window."""
        target = self._target
        if target is None or not Shiboken.isValid(target):
            self._target = None
            self.hide()
            return
        if not self._by_key or not target.isVisible() or target is self.window():
            self.hide()
            return
        # A list fills its pane, so its ring lies inside; a control's ring lies outside it.
        grow = -1 if isinstance(target, QAbstractItemView) else _OUTER
        within = target.tabRect(target.currentIndex()) if isinstance(target, QTabBar) else target.rect()
        area = QRect(target.mapTo(self.window(), within.topLeft()), within.size())
        self.setGeometry(area.adjusted(-grow, -grow, grow, grow).intersected(self.window().rect()))
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the two lines."""
        tokens = self._theme.look.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for inset, thick, hue in (
            (_OUTER / 2, _OUTER, tokens.focus),
            (_OUTER + _INNER / 2, _INNER, tokens.focus_inner),
        ):
            painter.setPen(QPen(colour(hue), thick))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 5, 5)
        painter.end()
