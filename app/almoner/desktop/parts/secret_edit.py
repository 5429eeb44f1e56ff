"""A line for a password or passphrase, hidden until its typist wants to see it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.rules.passphrases import LONGEST


class SecretEdit(QWidget):
    """A line for a secret, with a button that shows it: sign-in must not be a test of memory or typing."""

    entered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.line = QLineEdit()
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setMaxLength(LONGEST)
        self.line.returnPressed.connect(self.entered)
        self._eye = Button(theme, name="Show what I type", icon="eye", kind="icon", run=self._turn)
        self._eye.setCheckable(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        row.addWidget(self._eye)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        """Return what was typed."""
        return self.line.text()

    def clear(self) -> None:
        """Forget what was typed and hide it again."""
        self.line.clear()
        self._show(is_shown=False)

    def _turn(self) -> None:
        """Show or hide."""
        self._show(is_shown=self.line.echoMode() == QLineEdit.EchoMode.Password)

    def _show(self, *, is_shown: bool) -> None:
        """Show or hide what is typed, and say which the button does next."""
        mode = QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password
        self.line.setEchoMode(mode)
        name = "Hide what I type" if is_shown else "Show what I type"
        self._eye.setChecked(is_shown)
        self._eye.set_icon("eye-off" if is_shown else "eye")
        self._eye.setAccessibleName(name)
        self._eye.setToolTip(name)
