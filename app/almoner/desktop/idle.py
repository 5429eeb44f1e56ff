"""Locks the window when nobody has touched keyboard or mouse for a while."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from almoner.desktop.watch import InputWatch

_LOOK_EVERY_MS = 5_000


class IdleWatch(QObject):
    """Emits `idle` once when `minutes` have passed without a key or a click, then waits for the next start.

    `clock` returns seconds that only go forward (also while the machine sleeps, where the system can tell).
    """

    idle = Signal()

    def __init__(self, watch: InputWatch, *, minutes: float, clock: Callable[[], float]) -> None:
        super().__init__()
        assert minutes > 0, "an idle time is longer than nothing"
        self._seconds = minutes * 60
        self._clock = clock
        self._last = clock()
        self._timer = QTimer(self, interval=_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        watch.key_pressed.connect(self.touch)
        watch.clicked.connect(self.touch)

    def start(self) -> None:
        """Begin to count, as after unlocking."""
        self.touch()
        self._timer.start()

    def stop(self) -> None:
        """Stop counting, as while locked."""
        self._timer.stop()

    def touch(self) -> None:
        """Someone is here."""
        self._last = self._clock()

    def look(self) -> None:
        """Say so if nobody has been here for too long."""
        if self._clock() - self._last >= self._seconds:
            self._timer.stop()
            self.idle.emit()
