"""The one place trouble goes when nobody nearer shows it."""

from PySide6.QtCore import QObject, Signal

from almoner.records.trouble import Trouble


class Presenter(QObject):
    """Passes trouble to whichever window is open; made before any window, so that the doors can have it."""

    raised = Signal(object)

    def present(self, trouble: Trouble) -> None:
        """Show a trouble."""
        self.raised.emit(trouble)
