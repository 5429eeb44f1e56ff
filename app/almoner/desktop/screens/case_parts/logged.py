"""What stands in place of the form once a case is logged: what is due by when and why, and the next steps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.cases import Logged
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Card, Icon, label
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.screen import Target

_WIDEST = 720


class LoggedPage(QScrollArea):
    """The sentence to say to the caller, large, with the reference and where to go from here."""

    def __init__(self, theme: Theme, go: Callable[[Target], None], again: Callable[[], None]) -> None:
        super().__init__()
        self._theme, self._go = theme, go
        self._case_id = ""
        self.setAccessibleName("Case logged")
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reference = label("", "title", can_select=True)
        self.sentence = label("", "heading", wraps=True, can_select=True)
        self._warning = label("", "wrong", wraps=True)
        self.letter = Button(theme, "Make acknowledgement letter", kind="go", run=self._to_letter)
        self.open_case = Button(theme, "Open the case", run=self._to_case)
        self._again = Button(theme, "Log another case", run=again)
        self._tell = Card(theme, "phone", "Tell the caller")
        self._tell.add(self.sentence)
        self._tell.add(
            label("Read the reference out in its groups: the last character proves the rest.", "quiet", wraps=True)
        )
        self._lay_out()
        theme.changed.connect(self._measure)
        self._measure()

    def _lay_out(self) -> None:
        """Put tick, reference, sentence and buttons under one another."""
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Icon(self._theme, "circle-check", tint="good", size=30), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.reference, 1)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for button in (self.letter, self.open_case, self._again):
            acts.addWidget(button)
        acts.addStretch(1)
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(24, 32, 24, 24)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self._tell)
        column.addWidget(self._warning)
        column.addLayout(acts)
        column.addStretch(1)
        outside = Sheet()
        outside.setProperty("kind", "page")
        row = QHBoxLayout(outside)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._inside, 1)
        row.addStretch(0)
        self.setWidget(outside)

    def show_logged(self, logged: Logged) -> None:
        """Say what was logged, and put the keyboard on the next step."""
        self._case_id = logged.case.id
        self.reference.setText(f"Logged as {logged.case.reference}")
        self.sentence.setText(logged.sentence)
        self._warning.setText(" ".join(logged.warnings))
        self._warning.setVisible(bool(logged.warnings))
        self.setAccessibleName(f"Logged as {logged.case.reference}. {logged.sentence}")
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self.letter.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter press the button that has the keyboard."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, Button):
            focused.click()
        else:
            super().keyPressEvent(event)

    def _to_letter(self) -> None:
        """Make the acknowledgement."""
        self._go(Target("letter", self._case_id, "acknowledgement"))

    def _to_case(self) -> None:
        """Open the case."""
        self._go(Target("case", self._case_id))

    def _measure(self) -> None:
        """Keep lines short enough to read."""
        self._inside.setMaximumWidth(self._theme.look.px(_WIDEST))
