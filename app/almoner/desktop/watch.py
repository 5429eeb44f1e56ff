"""Watches the keyboard and the mouse of the whole program, once for everyone who asks.

One event filter in Python costs a little for every event, so there is one, not one per interested part.
"""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

_POINTING = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin, QEvent.Type.Wheel})
_BARE_KEYS = frozenset({Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta})


class InputWatch(QObject):
    """Says when a key was pressed or the mouse used; never looks at which key, and keeps nothing."""

    key_pressed = Signal()
    clicked = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._app = app
        app.installEventFilter(self)

    def stop(self) -> None:
        """Stop watching."""
        self._app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note keys and clicks; hold nothing back."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress:
            if isinstance(event, QKeyEvent) and Qt.Key(event.key()) not in _BARE_KEYS:
                self.key_pressed.emit()
        elif kind in _POINTING:
            self.clicked.emit()
        return False
