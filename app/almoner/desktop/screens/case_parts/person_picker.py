"""Finds one person in the middle of a form: the same search as everywhere, then a card with whom was chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.search_popup import DEBOUNCE_MS, Hit, HitGroup, SearchPopup
from almoner.rules.birth_dates import birth_words
from almoner.store.reading import Reading
from almoner.store.search import PersonHit, search

_MOST = 6
_TALLEST = 380
_NEW, _CLOSED = "new", "closed"


class _FindBox(QLineEdit):
    """A search box whose arrow keys and Enter belong to the results under it."""

    stepped = Signal(int)
    entered = Signal()
    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pass on the keys that move in the results."""
        key, plain = Qt.Key(event.key()), not event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and self.text().strip():
            self.entered.emit()
        elif key == Qt.Key.Key_Escape and self.text():
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class PersonPicker(QWidget):
    """A box that finds a person, or the card of the one who was chosen."""

    chosen = Signal(str)
    """The id of the person; "" when the choice was taken back."""
    wants_new = Signal(str)
    """Somebody who is not here yet; with what was typed."""

    def __init__(self, theme: Theme, doors: Doors, teams: Collection[str], name: str) -> None:
        super().__init__()
        self._theme, self._doors, self._teams, self._name = theme, doors, tuple(teams), name
        self._is_hurried = False
        self.person_id = ""
        """Who was chosen; empty while nobody is."""
        self.box = _FindBox()
        self.box.setMaxLength(200)
        self.box.setAccessibleName(name)
        self.popup = SearchPopup(theme, self)
        self._who, self._where = label("", "strong", wraps=True), label("", "quiet", wraps=True)
        self.change = Button(theme, "Change", name=f"Change: {name}", run=self.take_back)
        self._card = self._make_card()
        self._wait = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._wait.timeout.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.box, self.popup, self._card):
            column.addWidget(widget)
        self._card.hide()
        self.setFocusProxy(self.box)
        self.box.textEdited.connect(self._typed)
        self.box.stepped.connect(self.popup.step)
        self.box.entered.connect(self._enter)
        self.box.escaped.connect(self._clear)
        self.popup.chosen.connect(self._take)

    def _make_card(self) -> QFrame:
        """Make the card of the person chosen."""
        card = QFrame()
        card.setProperty("kind", "card")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._who)
        words.addWidget(self._where)
        row = QHBoxLayout(card)
        row.setContentsMargins(14, 10, 10, 10)
        row.setSpacing(12)
        row.addWidget(Icon(self._theme, "user", size=22), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.change)
        return card

    def expect(self, person_id: str) -> None:
        """Count somebody as chosen whose name will be shown when it has been read."""
        self.person_id = person_id

    def show_person(self, person_id: str, name: str, second: str) -> None:
        """Show who was chosen."""
        self.person_id = person_id
        self._who.setText(name)
        self._where.setText(second)
        self._where.setVisible(bool(second))
        self.setAccessibleName(f"{self._name}: {name}")
        self._clear()
        self.box.hide()
        self._card.show()
        self.setFocusProxy(self.change)

    def forget(self) -> None:
        """Nobody is chosen, and nothing typed."""
        self.person_id = ""
        self._clear()
        self._card.hide()
        self.box.show()
        self.setAccessibleName(self._name)
        self.setFocusProxy(self.box)

    def take_back(self) -> None:
        """Ask again."""
        self.forget()
        self.box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.chosen.emit("")

    def _typed(self, text: str) -> None:
        """Wait for a pause in the typing."""
        self._is_hurried = False
        if text.strip():
            self._wait.start()
        else:
            self._clear()

    def _ask(self) -> None:
        """Look for what was typed."""
        self._wait.stop()
        typed = self.box.text().strip()
        if typed:
            self._doors.read(_finder(typed, self._teams), done=self._found, key=(id(self), "people"))

    def _enter(self) -> None:
        """Take the hit that is marked; if the search is still on its way, the first one that comes."""
        if self.popup.isVisible() and not self._wait.isActive():
            self.popup.choose_current()
        else:
            self._is_hurried = True
            self._ask()

    def _found(self, answer: tuple[str, tuple[PersonHit, ...]]) -> None:
        """Show who was found, with the way to somebody new under them."""
        typed, people = answer
        if typed != self.box.text().strip():
            return
        hits = tuple(_hit(person) for person in people)
        new = Hit(kind=_NEW, id=typed, title=f"Add “{typed}” as a new resident", icon="user-plus")
        note = "" if hits else "Nobody found. Try part of a name, a postcode or a phone number."
        self.popup.show_groups((HitGroup("Residents", hits), HitGroup("Not here yet", (new,))), note)
        self.popup.setFixedHeight(self.popup.wanted_height(self._theme.look.px(_TALLEST)))
        self.popup.show()
        if self._is_hurried and hits:
            self.popup.choose_current()
        self._is_hurried = False

    def _take(self, hit: Hit) -> None:
        """Somebody was chosen."""
        if hit.kind == _NEW:
            self.wants_new.emit(hit.id)
        elif hit.kind == _CLOSED:
            self.popup.show_groups((), "This record is only for another team. Ask that team to log the case.")
        else:
            self.show_person(hit.id, hit.title, hit.second)
            self.chosen.emit(hit.id)

    def _clear(self) -> None:
        """Put the results away."""
        self._wait.stop()
        self.box.clear()
        self.popup.hide()


def _hit(person: PersonHit) -> Hit:
    """Return a person as a line of results."""
    born = f"born {birth_words(person.born)}" if person.born else ""
    where = "Confidential address" if person.confidential else person.address
    second = "Only for another team" if person.restricted else " · ".join(filter(None, (where, born)))
    flags = ", ".join(person.flags)
    kind = _CLOSED if person.restricted else "person"
    return Hit(kind=kind, id=person.id, title=person.name, second=second, tag=flags, tone="orange")


def _finder(typed: str, teams: Collection[str]) -> Callable[[Reading], tuple[str, tuple[PersonHit, ...]]]:
    """Return the job that finds people; the words come back with them, so that a late answer is known."""
    return lambda reading: (typed, search(reading, typed, _MOST, teams=teams).people)
