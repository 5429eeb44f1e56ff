"""What lies in a scroll area: exactly as high as its words need at the width there is."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget


class Sheet(QWidget):
    """Words that wrap ask for the height they would need in no width at all; this lets a scroll area ignore that."""

    def minimumSizeHint(self) -> QSize:
        """Ask for nothing: the height follows from the width."""
        return QSize(0, 0)
