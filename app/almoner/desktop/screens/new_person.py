"""New resident: one calm form, and a warning while one types when somebody like this is here already."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.fields import contact_value
from almoner.casework.person_page import my_teams
from almoner.casework.ports import Desk
from almoner.casework.residents import add_person
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.fields import Field, heading
from almoner.desktop.parts.form import ErrorSummary, Faults
from almoner.desktop.parts.line_items import Item
from almoner.desktop.parts.record_form import RecordForm
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.person_parts.cards import LinesCard
from almoner.records import Address, Person
from almoner.records.facts import LINE, SHORT
from almoner.records.people import Channel
from almoner.records.trouble import Trouble
from almoner.rules.birth_dates import birth_words, read_birth
from almoner.rules.words import uk_date, uk_time
from almoner.store.list_rows import HIDDEN_ADDRESS
from almoner.store.reading import Reading
from almoner.store.search import PersonHit, likely_duplicates
from almoner.store.writing import Writing

NAME_PART = "name:"
"""Before a name in the part of a target: begin with it, and open the person when they are added."""

_DRAFT = "new-person"
_WAIT_MS = 250
_SHORTEST_NAME = 3
_WHO = ("full_name", "known_as", "date_of_birth", "pronouns")
_WHERE = ("line_1", "line_2", "town", "postcode", "confidential")
_NEEDS = ("language_spoken", "language_written", "interpreter", "letter_format", "print_points", "support_needs")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the search for duplicates."""

    name: str
    born: str
    postcode: str
    phone: str

    @property
    def is_worth_asking(self) -> bool:
        """Whether enough is known to look."""
        return len(self.name) >= _SHORTEST_NAME


class NewPerson(Screen):
    """The form at the left; those who may be the same person at the right, or above it where there is no room."""

    def build(self) -> None:
        """Make form, panel of duplicates and buttons."""
        theme = self.around.theme
        self._desk: Desk = self.around.work.desk
        self._answered: Asked | None = None
        self._settled: frozenset[str] = frozenset()
        self._saves_next = False
        self._is_saving = False
        self._name_given = ""
        self._returns_to_case = False
        self.summary = ErrorSummary(theme)
        self.faults = Faults(self.summary)
        self._make_rows()
        self.alike = LinesCard(theme, "users", "May be here already", "", self._open)
        self.alike.add(label("Is it one of them? Open them to see. If not, add a new resident.", "quiet", wraps=True))
        self.none_of_these = Button(theme, "None of these: add", icon="user-plus", kind="go", run=self._add_anyway)
        self.alike.add(self.none_of_these)
        self.save = Button(theme, "Add resident", icon="user-plus", kind="go", run=self._save)
        self._kept = label("", "quiet", wraps=True)
        self.drafts = DraftKeeper(self.around.doors, self._desk.clock.now, self)
        self.drafts.found.connect(self._restore)
        self.drafts.kept.connect(lambda at: self._kept.setText(f"Draft saved {uk_time(at)}"))
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._wait.timeout.connect(self._look)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._save, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._lay_out()
        self._show_alike(())

    def _make_rows(self) -> None:
        """Make the rows: those of a person and an address come from their records."""
        theme, now = self.around.theme, self._desk.clock.now
        readers = {"date_of_birth": lambda typed: read_birth(typed, uk_date(now()))}
        self.who = RecordForm(theme, Person, now, only=_WHO, readers=readers, parent=self)
        self.where = RecordForm(theme, Address, now, only=_WHERE, parent=self)
        self.needs = RecordForm(theme, Person, now, only=_NEEDS, parent=self)
        self.phone, self.email = QLineEdit(), QLineEdit()
        self.phone.setMaxLength(SHORT)
        self.email.setMaxLength(LINE)
        self._phone = Field(theme, "Telephone", self.phone, is_optional=True)
        self._email = Field(theme, "E-mail", self.email, is_optional=True)
        for form in (self.who, self.where, self.needs):
            form.know(self.faults)
            form.changed.connect(self._changed)
        for box, title, field in ((self.phone, "Telephone", self._phone), (self.email, "E-mail", self._email)):
            self.faults.know(title, field)
            box.textChanged.connect(self._changed)

    def _lay_out(self) -> None:
        """Put the rows under their headings, the panel beside them, the buttons at the foot."""
        form = QWidget()
        form.setMaximumWidth(self.around.theme.look.px(640))
        rows = QVBoxLayout(form)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(16)
        rows.addWidget(label("New resident", "title"))
        rows.addWidget(label("Only a name is needed. Write it as the person gives it.", "quiet", wraps=True))
        rows.addWidget(self.summary)
        for title, fields in (
            ("", self.who.fields),
            ("How to reach them", (self._phone, self._email)),
            ("Where they live", self.where.fields),
            ("What they need", self.needs.fields),
        ):
            if title:
                rows.addSpacing(8)
                rows.addWidget(heading(title))
            for field in fields:
                rows.addWidget(field)
        rows.addStretch(1)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self.alike)
        side.addStretch(1)
        inside = QWidget()
        inside.setProperty("kind", "page")
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._columns.setContentsMargins(22, 16, 18, 16)
        self._columns.setSpacing(16)
        self._columns.addStretch(0)
        self._columns.addWidget(form, 3)
        self._columns.addWidget(self._side, 2)
        area = QScrollArea()
        area.setAccessibleName("New resident")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self._area, self._form = area, form
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(area, 1)
        outer.addWidget(self._make_foot())
        self.around.theme.changed.connect(self._measure)

    def _measure(self) -> None:
        """Keep lines short enough to read."""
        self._form.setMaximumWidth(self.around.theme.look.px(640))

    def _make_foot(self) -> QWidget:
        """Make the row of buttons."""
        foot = QFrame()
        foot.setProperty("kind", "foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(22, 10, 18, 10)
        row.setSpacing(8)
        row.addWidget(self.save)
        row.addWidget(Button(self.around.theme, "Clear", name="Clear the form", run=self._clear))
        row.addWidget(self._kept, 1)
        return foot

    # What the shell asks

    def go(self, target: Target) -> None:
        """Begin with a name that was typed elsewhere; one from a new case leads back to it."""
        self._returns_to_case = bool(target.part) and not target.part.startswith(NAME_PART)
        self._name_given = target.part.removeprefix(NAME_PART).strip()

    def shown(self) -> None:
        """Bring back what was half typed, unless a name was given, and put the keyboard on the name."""
        if self._name_given:
            self._clear()
            self.who.put("full_name", self._name_given)
        elif not self._all_drafts():
            self._returns_to_case = False
        self.drafts.open(_DRAFT)
        self._name_given = ""
        self.who.field("full_name").control.setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, room: Room) -> None:
        """Put the panel above the form where there is no room beside it."""
        self.room = room
        beside = room >= Room.MEDIUM
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop
        self._columns.setDirection(way)
        for at, share in enumerate((0, 3, 2) if beside else (1, 0, 0)):
            self._columns.setStretch(at, share)

    def panes(self) -> tuple[QWidget, ...]:
        """Return form and panel."""
        return self._form, self._side

    # Drafts

    def _all_drafts(self) -> dict[str, Any]:
        """Everything typed so far; empty when nothing is."""
        parts: dict[str, Any] = {
            "who": self.who.drafts(),
            "where": self.where.drafts(),
            "needs": self.needs.drafts(),
            "phone": self.phone.text(),
            "email": self.email.text(),
        }
        return {name: part for name, part in parts.items() if part}

    def _restore(self, body: str) -> None:
        """Put back what was half typed, unless typing has begun."""
        if not body or self._all_drafts():
            return
        drafts = json.loads(body)
        self.who.restore(drafts.get("who", {}))
        self.where.restore(drafts.get("where", {}))
        self.needs.restore(drafts.get("needs", {}))
        self.phone.setText(drafts.get("phone", ""))
        self.email.setText(drafts.get("email", ""))
        self._kept.setText("Brought back what you had typed")

    def _clear(self) -> None:
        """Empty the form and forget the draft."""
        self.drafts.drop()
        for form in (self.who, self.where, self.needs):
            form.restore({})
        self.phone.clear()
        self.email.clear()
        self.faults.clear()
        self._wait.stop()
        self._answered, self._settled = None, frozenset()
        self._saves_next = False
        self._kept.setText("")
        self._show_alike(())

    # Somebody like this

    def _changed(self) -> None:
        """Keep the draft, and look for duplicates when the typing pauses."""
        drafts = self._all_drafts()
        self.drafts.typed(json.dumps(drafts) if drafts else "")
        self._wait.start()

    def _asked(self) -> Asked:
        """What tells one person from another, as far as it can be read."""
        typed = self.who.drafts()
        try:
            born = read_birth(typed.get("date_of_birth", ""), uk_date(self._desk.clock.now()))
        except Trouble:
            born = ""
        name = typed.get("full_name", "").strip()
        return Asked(name, born, self.where.drafts().get("postcode", "").strip(), self.phone.text().strip())

    def _look(self) -> None:
        """Ask who may be the same person; a newer question drops an older one."""
        self._wait.stop()
        asked = self._asked()
        if asked == self._answered:
            self._go_on()
        elif not asked.is_worth_asking:
            self._found((asked, ()))
        else:
            job = partial(_duplicates, asked=asked, teams=my_teams(self._desk))
            self.around.doors.read(job, done=self._found, trouble=self._failed, key=(id(self), "alike"))

    def _found(self, answer: tuple[Asked, tuple[PersonHit, ...]]) -> None:
        """Show them, and go on with a save that waited for the answer."""
        self._answered, hits = answer
        self._show_alike(hits)
        self._go_on()

    def _show_alike(self, hits: tuple[PersonHit, ...]) -> None:
        """Show who may be the same person, or nothing."""
        self.alike.show_items([_item(hit) for hit in hits])
        self.alike.setVisible(bool(hits))

    # Saving

    def _save(self) -> None:
        """Save, once it is known that nobody like this is here or the officer has said so."""
        if self._is_saving:
            return
        self.faults.clear()
        try:
            self._values()
        except Trouble as trouble:
            self.faults.show(trouble)
            return
        self._saves_next = True
        self._look()

    def _add_anyway(self) -> None:
        """The officer has looked: it is none of those shown."""
        self._settled = frozenset(item.id for item in self.alike.lines.items)
        self._save()

    def _go_on(self) -> None:
        """Go on with a save that waited for the search."""
        if not self._saves_next:
            return
        self._saves_next = False
        if any(item.id not in self._settled for item in self.alike.lines.items):
            self._area.ensureWidgetVisible(self.alike)
            self.none_of_these.setFocus(Qt.FocusReason.OtherFocusReason)
            QAccessible.updateAccessibility(QAccessibleEvent(self.alike, QAccessible.Event.Alert))
            return
        self._is_saving = True
        change = _adder(self._desk, self._values())
        self.around.doors.change(change, done=self._saved, trouble=self._failed, owner=self)

    def _values(self) -> dict[str, Any]:
        """What is to be saved. Raises Trouble that names the field."""
        address = self.where.values()
        lives_somewhere = any(value for value in address.values())
        reach = ((Channel.PHONE, self.phone, "Telephone"), (Channel.EMAIL, self.email, "E-mail"))
        return {
            **self.who.values(),
            **self.needs.values(),
            "addresses": (address,) if lives_somewhere else (),
            "contact_points": tuple(
                (channel, _contact(channel, box.text(), title)) for channel, box, title in reach if box.text().strip()
            ),
        }

    def _saved(self, person: Person) -> None:
        """Open who was added, or go on with the case they were added for."""
        self._is_saving = False
        returns = self._returns_to_case
        self._returns_to_case = False
        self._clear()
        self.around.say(f"{person.full_name} added", None)
        self.around.go(Target("new-case" if returns else "person", person.id))

    def _failed(self, trouble: Trouble) -> None:
        """Say what stops it; nothing was saved and nothing typed is lost."""
        self._is_saving = self._saves_next = False
        self.faults.show(trouble)

    def _open(self, person_id: str, _act: str) -> None:
        """Open somebody who is here already; what was typed stays as a draft."""
        self.drafts.flush()
        self.around.go(Target("person", person_id))


def _contact(channel: Channel, typed: str, title: str) -> str:
    """A number or e-mail address as it is kept. Raises Trouble that names the field it stands in."""
    try:
        return contact_value(channel, typed)
    except Trouble as trouble:
        raise Trouble(trouble.what, trouble.do, title) from None


def _duplicates(reading: Reading, asked: Asked, teams: frozenset[str]) -> tuple[Asked, tuple[PersonHit, ...]]:
    """Who may be the same person; the question comes back with the answer."""
    return asked, likely_duplicates(reading, asked.name, asked.born, asked.postcode, asked.phone, teams=teams)


def _item(hit: PersonHit) -> Item:
    """Somebody who may be the same person, and why."""
    address = HIDDEN_ADDRESS if hit.confidential else hit.address
    born = f"born {birth_words(hit.born)}" if hit.born else ""
    why = ", ".join(hit.reasons)
    about = "Only for another team" if hit.restricted else "  ·  ".join(filter(None, (born, address)))
    return Item(
        id=hit.id,
        icon="user",
        title=hit.name,
        second=f"{about}\n{why[:1].upper()}{why[1:]}".strip(),
        tag=hit.flags[0] if hit.flags else "",
        tone="red",
        acts=(("open", "Open"),),
    )


def _adder(desk: Desk, values: dict[str, Any]) -> Callable[[Writing], Person]:
    """Return the change that adds the person."""
    return lambda tx: add_person(tx, desk, **values)
