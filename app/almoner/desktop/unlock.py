"""The window before the window: unlock the laptop's store, or enrol the laptop the first time."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from almoner.desktop.jobs import Aside
from almoner.desktop.look.theme import Theme, colour
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.secret_edit import SecretEdit
from almoner.records.trouble import Trouble
from almoner.rules.passphrases import LONGEST, passphrase_weakness

_TICK_MS = 250
_CARD_WIDTH = 440
_MARGIN = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What a worker types to enrol a laptop. Its secrets never show in a log: they are left out of `repr`."""

    server: str
    user: str
    password: str = field(repr=False)
    code: str = field(repr=False)
    passphrase: str = field(repr=False)


def _secret_field(theme: Theme, title: str, help_text: str = "") -> tuple[Field, SecretEdit]:
    """Return a labelled line for a secret."""
    edit = SecretEdit(theme)
    return Field(theme, title, edit, help_text=help_text), edit


def _line_field(theme: Theme, title: str, help_text: str = "") -> tuple[Field, QLineEdit]:
    """Return a labelled line."""
    edit = QLineEdit()
    edit.setMaxLength(LONGEST)
    return Field(theme, title, edit, help_text=help_text), edit


class UnlockForm(QWidget):
    """Passphrase, and after a wrong one the wait before the next try, counted down in words."""

    opened = Signal(object)
    """What the unlocking returned."""

    def __init__(
        self,
        theme: Theme,
        aside: Aside,
        *,
        unlock: Callable[[str], Any],
        wait_seconds: Callable[[], float],
        parent: QWidget | None = None,
    ) -> None:
        """`unlock` runs off the UI thread and raises Trouble; `wait_seconds` says how long until the next try."""
        super().__init__(parent)
        self._aside = aside
        self._unlock = unlock
        self._wait_seconds = wait_seconds
        self._field, self.passphrase = _secret_field(theme, "Passphrase")
        self.passphrase.entered.connect(self._go)
        self.button = Button(theme, "Unlock", icon="lock", kind="go", run=self._go)
        self._state = label("", "quiet", wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._field)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._state)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self.count_down)
        self.count_down()
        self.setFocusProxy(self.passphrase)

    @property
    def message(self) -> str:
        """What is said under the button."""
        return self._state.text()

    @property
    def wrong(self) -> str:
        """What is wrong with the passphrase."""
        return self._field.wrong

    def _go(self) -> None:
        """Try the passphrase, once, off the UI thread."""
        if self._aside.is_busy or self._wait_seconds() > 0:
            return
        typed = self.passphrase.text()
        if not typed:
            self._field.set_wrong("Type your passphrase.")
            return
        self._field.set_wrong("")
        self._busy(is_busy=True)
        self._aside.run(lambda: self._unlock(typed), done=self._done, trouble=self._failed, owner=self)

    def _busy(self, *, is_busy: bool) -> None:
        """Say that it is being unlocked; the work takes about a second on purpose."""
        self.button.setEnabled(not is_busy)
        self.passphrase.setEnabled(not is_busy)
        self._state.setText("Unlocking…" if is_busy else "")

    def _done(self, result: object) -> None:
        """Forget what was typed and pass on what was opened."""
        self.passphrase.clear()
        self._busy(is_busy=False)
        self.opened.emit(result)

    def _failed(self, trouble: Trouble) -> None:
        """Say what was wrong, and begin to count down."""
        self._busy(is_busy=False)
        self.passphrase.clear()
        self._field.set_wrong(str(trouble))
        self.passphrase.setFocus()
        self.count_down()

    def say(self, trouble: Trouble) -> None:
        """Say why the work could not begin although the passphrase was right."""
        self._field.set_wrong(str(trouble))

    def count_down(self) -> None:
        """Say how long until the next try; open the button again when the wait is over."""
        wait = math.ceil(self._wait_seconds())
        if wait > 0:
            self._state.setText(f"You can try again in {in_words(wait)}.")
            self.button.setEnabled(False)
            self._tick.start()
        elif self._tick.isActive():
            self._tick.stop()
            self._state.setText("You can try again now.")
            self.button.setEnabled(True)


class EnrolForm(QWidget):
    """The first start: who and where, the one-time code, and the passphrase that will guard this laptop."""

    opened = Signal(object)
    """What the enrolling returned."""

    def __init__(
        self, theme: Theme, aside: Aside, *, enrol: Callable[[Enrolment], Any], parent: QWidget | None = None
    ) -> None:
        """`enrol` runs off the UI thread and raises Trouble."""
        super().__init__(parent)
        self._aside = aside
        self._enrol = enrol
        self._fields: dict[str, Field] = {}
        self.server = self._line(theme, "server", "Server address", "From your IT service desk; begins with https://")
        self.user = self._line(theme, "user", "User name")
        self.password = self._secret(theme, "password", "Password", "The one you were given for the council's server.")
        self.code = self._line(theme, "code", "One-time code", "Given to you for this laptop. It works once.")
        self.passphrase = self._secret(
            theme,
            "passphrase",
            "New passphrase",
            "Guards this laptop. Three or four words that do not belong together.",
        )
        self.again = self._secret(theme, "again", "New passphrase again")
        self._wrong = label("", "wrong", wraps=True)
        self.button = Button(theme, "Set up this laptop", icon="key-round", kind="go", run=self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for made in self._fields.values():
            column.addWidget(made)
        column.addWidget(self._wrong)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.again.entered.connect(self._go)
        self.setFocusProxy(self.server)

    @property
    def wrongs(self) -> dict[str, str]:
        """What is wrong, by field; under "" what is wrong with the whole."""
        found = {name: made.wrong for name, made in self._fields.items() if made.wrong}
        return found | ({"": self._wrong.text()} if self._wrong.text() else {})

    def _line(self, theme: Theme, name: str, title: str, help_text: str = "") -> QLineEdit:
        """Add a line."""
        self._fields[name], edit = _line_field(theme, title, help_text)
        return edit

    def _secret(self, theme: Theme, name: str, title: str, help_text: str = "") -> SecretEdit:
        """Add a line for a secret."""
        self._fields[name], edit = _secret_field(theme, title, help_text)
        return edit

    def _check(self) -> bool:
        """Say at each field what is wrong; put the keyboard on the first."""
        wrongs = {
            "server": "" if self.server.text().strip() else "Type the server's address.",
            "user": "" if self.user.text().strip() else "Type your user name.",
            "password": "" if self.password.text() else "Type your password.",
            "code": "" if self.code.text().strip() else "Type the one-time code you were given.",
            "passphrase": passphrase_weakness(self.passphrase.text(), self.user.text()),
            "again": "" if self.again.text() == self.passphrase.text() else "The two passphrases differ.",
        }
        for name, wrong in wrongs.items():
            self._fields[name].set_wrong(wrong)
        first = next((name for name, wrong in wrongs.items() if wrong), None)
        if first is not None:
            self._fields[first].control.setFocus()
        return first is None

    def _go(self) -> None:
        """Enrol, off the UI thread."""
        if self._aside.is_busy or not self._check():
            return
        enrolment = Enrolment(
            server=self.server.text().strip(),
            user=self.user.text().strip(),
            password=self.password.text(),
            code=self.code.text().strip(),
            passphrase=self.passphrase.text(),
        )
        self._wrong.setText("")
        self._busy(is_busy=True)
        self._aside.run(lambda: self._enrol(enrolment), done=self._done, trouble=self._failed, owner=self)

    def _busy(self, *, is_busy: bool) -> None:
        """Hold the form still while it is sent."""
        self.button.setEnabled(not is_busy)
        self.button.setText("Setting up…" if is_busy else "Set up this laptop")

    def _done(self, result: object) -> None:
        """Forget the secrets and pass on what was opened."""
        for secret in (self.password, self.passphrase, self.again):
            secret.clear()
        self._busy(is_busy=False)
        self.opened.emit(result)

    def _failed(self, trouble: Trouble) -> None:
        """Say what was wrong; what was typed stays, for nothing is asked twice."""
        self._busy(is_busy=False)
        self._wrong.setText(str(trouble))


class UnlockWindow(QWidget):
    """The window that holds either form: a card on the dark ground. Also what covers the screen when locked."""

    closing = Signal()

    def __init__(
        self,
        theme: Theme,
        form: QWidget,
        *,
        title: str,
        words: str,
        resources: Path,
        others: Sequence[tuple[str, Callable[[], None]]] = (),
        notice: str = "",
    ) -> None:
        """`notice` is what the person must know before anything else. `others` are ways out for somebody else at the
        same desk: what each is called, and what it does."""
        super().__init__()
        self._theme = theme
        self.form = form
        self.setWindowTitle("Almoner")
        picture = resources / "icons" / "almoner-tile.svg"
        self.setWindowIcon(QIcon(str(picture)))
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(32, 28, 32, 28)
        column.setSpacing(10)
        mark = QSvgWidget(str(picture))
        self._mark = mark
        column.addWidget(mark)
        self._title = label(title, "title", wraps=True)
        column.addWidget(self._title)
        column.addWidget(label(words, "quiet", wraps=True))
        if notice:
            column.addWidget(label(notice, "strong", wraps=True))
        column.addSpacing(8)
        column.addWidget(form)
        for way, go in others:
            column.addWidget(Button(theme, way, kind="link", run=go), 0, Qt.AlignmentFlag.AlignLeft)
        self._card = card
        inside = QWidget()
        inside.setProperty("kind", "clear")
        middle = QVBoxLayout(inside)
        middle.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        # A row, not an alignment: only so does Qt ask the card for its height at its own width.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(card)
        row.addStretch(1)
        middle.addStretch(1)
        middle.addLayout(row)
        middle.addStretch(1)
        area = QScrollArea()
        area.setProperty("kind", "clear")
        self._area = area
        area.setAccessibleName(title)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.viewport().setAutoFillBackground(False)
        area.setWidget(inside)
        area.setWidgetResizable(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        theme.changed.connect(self._resize)
        self._resize()
        self.resize(1440, 900)
        form.setFocus()

    def say_title(self, title: str) -> None:
        """Say something else over the same form."""
        self._title.setText(title)
        self._area.setAccessibleName(title)

    def _resize(self) -> None:
        """Take the width for the text size, held within the window."""
        side = self._theme.look.px(48)
        self._mark.setFixedSize(side, side)
        self._card.setFixedWidth(max(1, min(self._theme.look.px(_CARD_WIDTH), self.width() - 2 * _MARGIN)))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the card within a narrow window."""
        super().resizeEvent(event)
        self._resize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground, through which nothing can be seen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(self._theme.look.tokens.shade))
        painter.end()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell the wiring."""
        self.closing.emit()
        super().closeEvent(event)


def in_words(seconds: int) -> str:
    """Return a wait as words: "1 minute 5 seconds"."""
    minutes, rest = divmod(seconds, 60)
    parts = [(minutes, "minute"), (rest, "second")]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)
