"""The state of sync in words, how far a long round has come, and signing in again."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from almoner.casework.sync_page import SyncPage
from almoner.desktop.jobs import Aside
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.loading_strip import progress_words
from almoner.desktop.parts.secret_edit import SecretEdit
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Network
from almoner.records.trouble import Trouble


class SignIn(QWidget):
    """Asks for the password when the office wants to know again who this is. The typing of it never reaches a log."""

    def __init__(self, theme: Theme, network: Network) -> None:
        super().__init__()
        self._network = network
        self._aside = Aside()
        self.password = SecretEdit(theme)
        self._field = Field(theme, "Password", self.password, help_text="The one for the council's server.")
        self.button = Button(theme, "Sign in again", icon="key-round", kind="go", run=self._go)
        words = label("Your work is safe on this laptop, but nothing travels until you sign in again.", wraps=True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._field, 2)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        column.addWidget(words)
        column.addLayout(row)
        self.password.entered.connect(self._go)

    @property
    def wrong(self) -> str:
        """What is wrong with the password."""
        return self._field.wrong

    def _go(self) -> None:
        """Sign in, off the UI thread."""
        typed = self.password.text()
        if self._aside.is_busy:
            return
        if not typed:
            self._field.set_wrong("Type your password.")
            self.password.setFocus()
            return
        self._field.set_wrong("")
        self.button.setEnabled(False)
        self.button.setText("Signing in…")
        self._aside.run(lambda: self._network.sign_in(typed), done=self._done, trouble=self._failed, owner=self)

    def _done(self, _nothing: object) -> None:
        """Forget the password."""
        self._settle()
        self.hide()

    def _failed(self, trouble: Trouble) -> None:
        """Say what was wrong."""
        self._settle()
        self._field.set_wrong(f"{trouble.what} {trouble.do}".strip())
        self.password.setFocus()

    def _settle(self) -> None:
        """Let it be tried again."""
        self.password.clear()
        self.button.setEnabled(True)
        self.button.setText("Sign in again")


class StateBar(QFrame):
    """The state in words: sent or not, when last, when next, why not; and the button that tries now."""

    def __init__(self, theme: Theme, network: Network) -> None:
        super().__init__()
        self.setProperty("kind", "topbar")
        self._network = network
        self._icon = Icon(theme, "cloud-off", tint="warn", size=34)
        self._words = label("", "title", wraps=True)
        self._lines = label("", "quiet", wraps=True)
        self._trouble = label("", "wrong", wraps=True)
        self._notice = label("", "strong", wraps=True)
        self.now = Button(theme, "Sync now", icon="refresh-cw", kind="go", run=network.sync_now)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress")
        self._doing = label("", "quiet")
        self.sign_in = SignIn(theme, network)
        words = QVBoxLayout()
        words.setSpacing(3)
        for part in (self._words, self._lines, self._trouble, self._notice):
            words.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.now, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self._doing)
        column.addWidget(self.progress)
        column.addWidget(self.sign_in)
        self._last = ""
        self._notice.hide()
        self.say(network.state())

    @property
    def words(self) -> str:
        """The state that is shown."""
        return self._words.text()

    @property
    def details(self) -> str:
        """What stands under it."""
        return f"{self._lines.text()} {self._trouble.text()} {self._notice.text()}".strip()

    def say(self, state: SyncState) -> None:
        """Show how things stand, and speak it when the words changed."""
        is_well = state.is_online and not state.to_review
        self._icon.show_icon(state.icon, tint="good" if is_well else "warn")
        changed, self._last = self._last != state.words, state.words
        self._words.setText(state.words)
        next_try = self._network.next_try()
        as_at = state.as_at or self._kept_as_at
        parts = [
            f"What you see is {as_at}." if as_at else "Not synced yet on this laptop.",
            f"{'Looks' if state.is_online else 'Tries'} again {_low(next_try)}, on its own." if next_try else "",
        ]
        self._lines.setText(" ".join(part for part in parts if part))
        wants_password = self._network.needs_sign_in()
        trouble = self._network.trouble()
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble) and not wants_password)
        self.sign_in.setVisible(wants_password)
        self.now.setEnabled(not state.is_sending and not wants_password)
        self.now.setText("Syncing…" if state.is_sending else "Sync now")
        if not state.is_sending:
            self.show_progress(0, 0, "")
        self.setAccessibleName(state.words)
        if changed:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))

    _kept_as_at = ""

    def remember(self, page: SyncPage) -> None:
        """Take over how old the store is, for before the first round of today, and what happened to the copies."""
        self._kept_as_at = page.as_at
        self._notice.setText(" ".join(page.notices))
        self._notice.setVisible(bool(page.notices))
        self.say(self._network.state())

    def show_progress(self, done: int, total: int, what: str) -> None:
        """Show how far a long round has come; a total of 0 is not known."""
        words = progress_words(done, total, what)
        self._doing.setText(words)
        self._doing.setVisible(bool(words))
        self.progress.setVisible(bool(words))
        self.progress.setRange(0, total)
        self.progress.setValue(min(done, total))
        self.progress.setAccessibleDescription(self._doing.text())


def _low(words: str) -> str:
    return words[:1].lower() + words[1:]
