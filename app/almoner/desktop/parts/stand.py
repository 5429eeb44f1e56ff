"""One place where one of several things stands: a list, or why it is empty, or what went wrong."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget


class Stand(QStackedWidget):
    """Shows one of its parts; the keyboard goes along when it was in the part before."""

    def __init__(self, *parts: QWidget) -> None:
        super().__init__()
        for part in parts:
            self.addWidget(part)
        self.setFocusProxy(parts[0])

    @property
    def part(self) -> QWidget:
        """What stands there."""
        shown = self.currentWidget()
        assert shown is not None, "something always stands there"
        return shown

    def bring(self, part: QWidget) -> None:
        """Show another part."""
        had = self.part
        if had is part:
            return
        focused = self.focusWidget()
        held = focused is not None and focused.hasFocus()
        self.setCurrentWidget(part)
        self.setFocusProxy(part)
        if held:
            part.setFocus()
