"""Half-typed work, kept on this device while it is typed: a crash, a lock or a phone call loses nothing."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from almoner.desktop.jobs import Doors

DEBOUNCE_MS = 500


class DraftKeeper(QObject):
    """Keeps one draft at a time under a key. Give it every change; it writes when the typing pauses, and when the
    doors are about to be shut.

    `kept` says when the draft was saved; `found` brings back what was kept under the key that is opened.
    """

    kept = Signal(object)
    """The instant, as an aware datetime."""
    found = Signal(str)

    def __init__(self, doors: Doors, now: Callable[[], datetime], parent: QObject) -> None:
        super().__init__(parent)
        self._doors = doors
        self._now = now
        self._key = ""
        self._body = ""
        self._is_changed = False
        self._is_touched = False
        self._wait = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._wait.timeout.connect(self.flush)
        doors.closing.connect(self.flush)

    def open(self, key: str) -> None:
        """Write what is left of the last draft, then look for one under another key; `found` brings it, or "".

        The look waits in the queue of changes, behind drafts that a form closed a moment ago is still writing.
        """
        self.flush()
        self._key, self._body, self._is_touched = key, "", False
        self._doors.change(lambda tx: (key, tx.draft(key) or ""), done=self._read, in_background=True)

    def typed(self, body: str) -> None:
        """Note what the draft is now; an empty one is forgotten."""
        if not self._key or body == self._body:
            return
        self._body, self._is_changed, self._is_touched = body, True, True
        self._wait.start()

    def flush(self) -> None:
        """Write the draft now if it has changed."""
        self._wait.stop()
        if not self._is_changed or self._doors.is_stopped:
            return
        self._is_changed = False
        key, body = self._key, self._body
        if body:
            self._doors.change(lambda tx: tx.keep_draft(key, body), done=self._written, in_background=True)
        else:
            self._doors.change(lambda tx: tx.drop_draft(key), in_background=True)

    def drop(self) -> None:
        """Forget the draft: it was saved as work, or thrown away."""
        self._wait.stop()
        key, self._body, self._is_changed = self._key, "", False
        if key:
            self._doors.change(lambda tx: tx.drop_draft(key), in_background=True)

    def _read(self, answer: tuple[str, str]) -> None:
        """Pass on what was kept, unless something has been typed since."""
        key, body = answer
        if key == self._key and not self._is_touched:
            self._body = body
            self.found.emit(body)

    def _written(self, _nothing: object) -> None:
        """Say when."""
        self.kept.emit(self._now())
