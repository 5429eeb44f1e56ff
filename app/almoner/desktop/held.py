"""The window in place of the work, while there is none to be done: the device is locked until it has reached the
office, its use was ended, or its first records are still on their way. Nothing of a resident is shown in it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from almoner.casework.lock_page import Hold, LockWords, lock_words
from almoner.desktop.ground import Ground
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.focus import FocusRing
from almoner.desktop.parts.loading_strip import progress_words
from almoner.desktop.screens.sync_parts.state_bar import SignIn
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.top_bar import SyncState
from almoner.desktop.unlock import UnlockWindow
from almoner.desktop.workbench import Network
from almoner.outside.places import Opened, Places
from almoner.rules.words import counted
from almoner.store.reading import Reading


class HeldCard(QWidget):
    """Why nobody can work here now, how a try to connect goes, and the two things that can be done."""

    def __init__(self, theme: Theme, network: Network) -> None:
        super().__init__()
        self._network = network
        self._unsent = 0
        self._what = label("", wraps=True)
        self._do = label("", "quiet", wraps=True)
        self._state = label("", "quiet", wraps=True)
        self._count = label("", "strong", wraps=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress")
        self.sign_in = SignIn(theme, network)
        self.connect_now = Button(theme, "Connect now", icon="refresh-cw", kind="go", run=network.sync_now)
        self.show_unsent = Button(theme, "Show unsent count", run=self._show_count)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.connect_now)
        row.addWidget(self.show_unsent)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for part in (self._what, self._do, self.progress, self._state, self._count, self.sign_in):
            column.addWidget(part)
        column.addLayout(row)
        for part in (self.progress, self._count, self.sign_in):
            part.hide()
        self.setFocusProxy(self.connect_now)
        self._is_loading = False

    @property
    def words(self) -> str:
        """Everything that is said."""
        parts = (self._what, self._do, self._state, self._count)
        return "\n".join(part.text() for part in parts if part.text())

    def say(self, words: LockWords) -> None:
        """Say why."""
        self._is_loading = words.hold is Hold.LOADING
        self._what.setText(words.what)
        self._do.setText(words.do)
        self._unsent = words.unsent
        self.show_unsent.setVisible(not self._is_loading)
        self.progress.setVisible(self._is_loading)
        if self._count.text():
            self._show_count()

    def say_state(self, state: SyncState) -> None:
        """Say how a try to connect goes, and why the last one failed."""
        network = self._network
        is_busy, trouble, asks = state.is_sending, network.trouble(), network.needs_sign_in()
        next_try = network.next_try()
        self.connect_now.setEnabled(not is_busy and not asks)
        self.connect_now.setText("Connecting…" if is_busy else "Try again now" if self._is_loading else "Connect now")
        verb = "Tries" if trouble else "Looks"
        again = f"{verb} again {next_try[:1].lower()}{next_try[1:]}, on its own." if next_try else ""
        if not is_busy:
            self._state.setText(" ".join(part for part in (trouble, again) if part))
        elif not self._is_loading:
            self._state.setText("Reaching the office…")
        self.sign_in.setVisible(asks)

    def say_progress(self, done: int, total: int, what: str) -> None:
        """Say how far the first records have come; a total of 0 is not known."""
        if self._is_loading:
            self._state.setText(progress_words(done, total, what))
            self.progress.setRange(0, total)
            self.progress.setValue(min(done, total))
            self.progress.setAccessibleDescription(self._state.text())

    def _show_count(self) -> None:
        """Say how much is not sent; no more than the number."""
        words = f"{counted(self._unsent, 'change')} not sent yet." if self._unsent else "Everything is sent."
        self._count.setText(words)
        self._count.show()


class HeldSession(QObject):
    """Keeps the store open and the network trying while nobody can work. `end` takes it all down."""

    freed = Signal()
    """Work can begin."""
    may_go = Signal()
    """The store may be destroyed: the office asked for it, and everything was handed in."""
    closed = Signal()
    """The window was closed."""

    def __init__(self, around: Surroundings, places: Places, opened: Opened, hold: Hold) -> None:
        super().__init__()
        self._around, self._places, self._opened, self.hold = around, places, opened, hold
        self._ground = Ground(around, places, opened, hold)
        self.doors, self.network = self._ground.doors, self._ground.network
        self.card = HeldCard(around.theme, self.network)
        self.window: UnlockWindow | None = None
        self.network.changed.connect(self._changed)
        self.network.progress.connect(self.card.say_progress)
        self.network.held.connect(self._held)
        self.network.may_go.connect(self.may_go)

    def begin(self) -> None:
        """Read why, show the window, and begin to try."""
        self._show(self._opened.store.look(self._words))
        self.network.start()

    def end(self, *, keeps_store: bool = False) -> None:
        """Stop the threads, take the window away, and close the store unless somebody goes on with it."""
        self._ground.end(keeps_store=keeps_store)
        if self.window is not None:
            window, self.window = self.window, None
            window.closing.disconnect(self.closed)
            window.close()
            window.deleteLater()
        else:
            self.card.deleteLater()

    def _read(self) -> None:
        if not self.doors.is_stopped:
            self.doors.read(self._words, done=self._show, key="held")

    def _words(self, reading: Reading) -> LockWords:
        return lock_words(reading, self._opened.enrolment.user_id, self._places.clock.now())

    def _show(self, words: LockWords) -> None:
        """Show the window, or say in it what has changed."""
        if words.hold is Hold.NONE:
            return
        self.card.say(words)
        if self.window is None:
            self.window = UnlockWindow(
                self._around.theme,
                self.card,
                title=words.title,
                words=self._opened.enrolment.council,
                resources=self._places.resources,
            )
            FocusRing(self._around.theme, self.window, self._around.app, self._around.watch)
            self.window.closing.connect(self.closed)
            self.window.show()
            self.card.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.window.say_title(words.title)
        self.card.say_state(self.network.state())

    def _changed(self, state: SyncState) -> None:
        self.card.say_state(state)
        if not state.is_sending:
            self._read()

    def _held(self, hold: Hold) -> None:
        self.hold = hold
        if hold is Hold.NONE:
            self.freed.emit()
        else:
            self._read()
