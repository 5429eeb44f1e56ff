"""A field of a form: its label, a word of help, and what is wrong with it, all spoken with the control."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.pills import Pills


class Field(QWidget):
    """A control under its label. The help and the error become the control's spoken description."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        control: QWidget,
        *,
        help_text: str = "",
        is_optional: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._help = help_text
        words = f"{title} (optional)" if is_optional else title
        self._label = label(words, "label", wraps=True)
        self._label.setBuddy(control)
        self._line.setAccessibleName(words)
        self._wrong_icon = Icon(theme, "circle-alert", tint="wrong", size=17)
        self._wrong = label("", "wrong", wraps=True)
        wrong_row = QHBoxLayout()
        wrong_row.setSpacing(6)
        wrong_row.addWidget(self._wrong_icon, 0, Qt.AlignmentFlag.AlignTop)
        wrong_row.addWidget(self._wrong, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(self._label)
        if help_text:
            column.addWidget(label(help_text, "quiet", wraps=True))
        column.addLayout(wrong_row)
        column.addWidget(control)
        self.set_wrong("")

    @property
    def wrong(self) -> str:
        """What is wrong with the field; empty when nothing is."""
        return self._wrong.text()

    def set_wrong(self, message: str) -> None:
        """Say what is wrong and what to do, or with "" that nothing is."""
        self._wrong.setText(message)
        self._wrong.setVisible(bool(message))
        self._wrong_icon.setVisible(bool(message))
        line = self._line
        line.setAccessibleDescription(f"{message} {self._help}".strip())
        line.setProperty("wrong", bool(message))
        line.style().unpolish(line)
        line.style().polish(line)
        if message:
            QAccessible.updateAccessibility(QAccessibleEvent(line, QAccessible.Event.Alert))

    @property
    def _line(self) -> QWidget:
        """The widget that takes the keyboard: the control, or the line inside it. In a row of pills each pill is
        called by its own words, and the row by the question."""
        if isinstance(self.control, Pills):
            return self.control
        return self.control.focusProxy() or self.control


def heading(text: str) -> QLabel:
    """Return a heading between groups of fields."""
    return label(text, "heading", wraps=True)
