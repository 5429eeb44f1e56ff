"""Short answers to choose from, side by side: one of them, or several. Arrow keys move in the row."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.tags import Chip

_ROW_KEYS = frozenset(
    {Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Enter}
)


class _Pill(Chip):
    """A chip that leaves the arrow keys and Enter to its row."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space presses; the rest goes to the row."""
        if Qt.Key(event.key()) in _ROW_KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Pills(QWidget):
    """A group of pills. With `many` any number may be on; otherwise at most one, and pressing it again takes it off.

    `alone` are ids that stand alone even among many, such as "not known".
    """

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        choices: Sequence[tuple[str, str]],
        *,
        many: bool = False,
        alone: Iterable[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`choices` are (id, text) pairs."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._many = many
        self._alone = frozenset(alone)
        self._pills = {pill_id: _Pill(theme, text, parent=self) for pill_id, text in choices}
        row = FlowLayout(self, gap=6)
        for at, (pill_id, pill) in enumerate(self._pills.items()):
            pill.setFocusPolicy(Qt.FocusPolicy.StrongFocus if at == 0 else Qt.FocusPolicy.ClickFocus)
            pill.clicked.connect(self._presser(pill_id))
            pill.setAccessibleDescription(name)
            row.addWidget(pill)
        if self._pills:
            self.setFocusProxy(next(iter(self._pills.values())))

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ids of the pills that are on, in order."""
        return tuple(pill_id for pill_id, pill in self._pills.items() if pill.isChecked())

    def choose(self, ids: Iterable[str]) -> None:
        """Switch on exactly these, without telling anyone."""
        wanted = set(ids)
        for pill_id, pill in self._pills.items():
            pill.setChecked(pill_id in wanted)
        self._stop_at()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys; Space and Enter press."""
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        pills = list(self._pills.values())
        here = next((at for at, pill in enumerate(pills) if pill.hasFocus()), None)
        key = Qt.Key(event.key())
        if here is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in steps:
            self._to(pills[(here + steps[key]) % len(pills)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            pills[here].click()
        else:
            super().keyPressEvent(event)

    def _to(self, pill: Chip) -> None:
        """Move the keyboard to a pill; Tab comes back to it."""
        for each in self._pills.values():
            each.setFocusPolicy(Qt.FocusPolicy.StrongFocus if each is pill else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(pill)
        pill.setFocus(Qt.FocusReason.TabFocusReason)

    def _stop_at(self) -> None:
        """Let Tab stop at the first pill that is on, else at the first."""
        on = [pill for pill in self._pills.values() if pill.isChecked()]
        stop = on[0] if on else next(iter(self._pills.values()), None)
        if stop is None:
            return
        for pill in self._pills.values():
            pill.setFocusPolicy(Qt.FocusPolicy.StrongFocus if pill is stop else Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(stop)

    def _presser(self, pill_id: str) -> "_Press":
        return _Press(self, pill_id)

    def pressed(self, pill_id: str) -> None:
        """A pill was switched on or off: others give way where only one may be on."""
        if self._pills[pill_id].isChecked():
            for other_id, other in self._pills.items():
                gives_way = not self._many or pill_id in self._alone or other_id in self._alone
                if other_id != pill_id and gives_way:
                    other.setChecked(False)
        self.changed.emit()


class _Press:
    """Remembers which pill was pressed."""

    def __init__(self, pills: Pills, pill_id: str) -> None:
        self._pills, self._id = pills, pill_id

    def __call__(self, _checked: bool = False) -> None:
        """Tell the row."""
        self._pills.pressed(self._id)
