"""The small forms that change a resident's record. Their rows come from the records; each runs one action."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from almoner.casework.person_page import Home, PersonPage, my_teams
from almoner.casework.residents import (
    add_address,
    add_contact_point,
    change_address,
    change_person,
    end_contact_point,
    end_flag,
    end_safe_contact,
    join_household,
    leave_household,
    raise_flag,
    set_safe_contact,
)
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.record_form import RecordForm, words_of
from almoner.desktop.screen import Around, Target
from almoner.desktop.screens.case_parts.person_picker import PersonPicker
from almoner.records import Address, ContactPoint, Flag, HouseholdMembership, Person, SafeContactRule
from almoner.records.facts import LINE
from almoner.records.people import Channel
from almoner.records.trouble import Trouble
from almoner.rules.birth_dates import read_birth
from almoner.rules.words import uk_date
from almoner.store.writing import Writing

Done = Callable[[str], None]
"""Hears in one sentence what was done."""

_OVER = frozenset({"person_id", "household_id", "ended_on"})
_REACHABLE = (Channel.PHONE, Channel.TEXT, Channel.EMAIL)
_EVERYBODY = ("", "No: everybody who works with residents")


class PersonDialogs:
    """Opens the forms over the window."""

    def __init__(self, around: Around, parent: QWidget) -> None:
        self._around, self._parent = around, parent
        self._desk = around.work.desk

    def edit(self, page: PersonPage, done: Done) -> FormDialog:
        """Change the person's own details."""
        person = page.view.person
        teams = [_EVERYBODY, *((team.id, team.name) for team in page.teams)]
        dialog = self._dialog("Edit details", "Save changes")
        form = self._rows(
            dialog,
            Person,
            choices={"restricted_team_id": teams},
            readers={"date_of_birth": self.read_birth},
        )
        form.fill(person)
        return _open(
            dialog,
            lambda: _change(change_person, self._desk, person.id, form.values()),
            lambda _: done("Details saved"),
        )

    def address(self, page: PersonPage, done: Done) -> FormDialog:
        """Add an address."""
        dialog = self._dialog("Add an address", "Add address")
        form = self._rows(dialog, Address)
        return _open(
            dialog,
            lambda: _change(add_address, self._desk, page.view.person.id, form.values()),
            lambda _: done("Address added"),
        )

    def correct(self, home: Home, done: Done) -> FormDialog:
        """Correct an address, or give it an end."""
        dialog = self._dialog("Change this address", "Save address")
        form = self._rows(dialog, Address)
        form.fill(home.address)
        return _open(
            dialog,
            lambda: _change(change_address, self._desk, home.address.id, form.values()),
            lambda _: done("Address saved"),
        )

    def contact(self, page: PersonPage, done: Done) -> FormDialog:
        """Add a telephone number or e-mail address."""
        dialog = self._dialog("Add a number or e-mail address", "Add")
        ways = [(channel.value, words_of(channel.value)) for channel in _REACHABLE]
        form = self._rows(dialog, ContactPoint, choices={"channel": ways})
        return _open(
            dialog,
            lambda: _change(add_contact_point, self._desk, page.view.person.id, form.values()),
            lambda _: done("Contact added"),
        )

    def end_contact(self, point: ContactPoint, done: Done) -> FormDialog:
        """Say that a number is not used any more."""
        dialog = self._dialog(
            "Stop using this contact?",
            "Stop using it",
            f"{point.value} stays on record as used until today, and nobody will be offered it.",
        )
        return _open(
            dialog, lambda: partial(end_contact_point, desk=self._desk, point_id=point.id), lambda _: done("Ended")
        )

    def safe_contact(self, page: PersonPage, done: Done) -> FormDialog:
        """Set how the person may, and may not, be reached."""
        dialog = self._dialog(
            "Set a safe contact rule",
            "Set rule",
            "It is checked again at every letter, call and visit, on every laptop. Empty days mean: from today, "
            "looked at again in a year.",
        )
        ways = [(channel.value, words_of(channel.value)) for channel in Channel]
        places = [(home.address.id, f"{home.kind}: {home.words}") for home in page.homes if not home.is_over]
        form = self._rows(dialog, SafeContactRule, needed=["reason"], choices={"never_by": ways, "never_at": places})
        return _open(
            dialog,
            lambda: _change(set_safe_contact, self._desk, page.view.person.id, form.values()),
            lambda _: done("Safe contact rule set. It stands above everything on this person and their cases."),
        )

    def end_rule(self, rule: SafeContactRule, done: Done) -> FormDialog:
        """End a safe-contact rule, saying why."""
        dialog = self._dialog("End this safe contact rule?", "End rule", "From today the rule binds nobody.")
        box = QPlainTextEdit()
        box.setTabChangesFocus(True)
        box.setFixedHeight(dialog.theme.look.px(84))
        dialog.add(Field(dialog.theme, "Why it ends", box), "Why it ends")
        return _open(
            dialog,
            lambda: partial(end_safe_contact, desk=self._desk, rule_id=rule.id, reason=box.toPlainText()),
            lambda _: done("Safe contact rule ended"),
        )

    def flag(self, page: PersonPage, done: Done) -> FormDialog:
        """Put a warning on the person."""
        dialog = self._dialog(
            "Raise a warning",
            "Raise warning",
            "A supervisor must have agreed. The person is told, unless that would make the risk greater.",
        )
        who = [("", "Choose a supervisor"), *((user.id, user.full_name) for user in page.supervisors)]
        form = self._rows(dialog, Flag, choices={"agreed_by": who})
        return _open(
            dialog,
            lambda: _change(raise_flag, self._desk, page.view.person.id, form.values()),
            lambda _: done("Warning raised"),
        )

    def end_flag(self, flag: Flag, done: Done) -> FormDialog:
        """Take a warning off."""
        dialog = self._dialog("End this warning?", "End warning", "It stays on record as ended today.")
        return _open(
            dialog, lambda: partial(end_flag, desk=self._desk, flag_id=flag.id), lambda _: done("Warning ended")
        )

    def household(self, page: PersonPage, done: Done) -> FormDialog:
        """Say that somebody else lives with this person."""
        dialog = self._dialog("Add to the household", "Add to household")
        picker = PersonPicker(dialog.theme, self._around.doors, tuple(my_teams(self._desk)), "Who lives with them")
        picker.wants_new.connect(partial(self._to_new, dialog))
        dialog.add(Field(dialog.theme, "Who lives with them", picker), "Who lives with them")
        form = self._rows(dialog, HouseholdMembership, leave_out={"until"})
        person_id = page.view.person.id

        def read() -> Callable[[Writing], Any]:
            if not picker.person_id:
                raise Trouble("Nobody is chosen.", "Search for the person and choose one.", "Who lives with them")
            return partial(
                join_household, desk=self._desk, person_id=picker.person_id, with_person_id=person_id, **form.values()
            )

        return _open(dialog, read, lambda _: done("Added to the household"))

    def leave(self, membership: HouseholdMembership, name: str, done: Done) -> FormDialog:
        """Say that somebody does not live here any more."""
        dialog = self._dialog(
            "Take out of the household?", "Take out", f"{name} stays on record as living here until today."
        )
        return _open(
            dialog,
            lambda: partial(leave_household, desk=self._desk, membership_id=membership.id),
            lambda _: done("Taken out of the household"),
        )

    def reveal(self, home: Home, done: Callable[[str], None]) -> FormDialog:
        """Ask why before a confidential address is shown; the reason is passed on."""
        dialog = self._dialog(
            "Show a confidential address?",
            "Show it",
            "Make sure that nobody else can see this screen. It is hidden again when you leave the page.",
        )
        box = QLineEdit()
        box.setMaxLength(LINE)
        dialog.add(Field(dialog.theme, "Why you need it", box), "Why you need it")

        def read() -> Callable[[Writing], str]:
            why = box.text().strip()
            if not why:
                raise Trouble("No reason is given.", "Say in a few words what you need it for.", "Why you need it")
            return lambda _tx: why

        return _open(dialog, read, done)

    def read_birth(self, typed: str) -> str:
        """Read a date of birth as of today."""
        return read_birth(typed, uk_date(self._desk.clock.now()))

    def _to_new(self, dialog: FormDialog, typed: str) -> None:
        """Go and add somebody who is not here yet."""
        dialog.reject()
        self._around.say("Add them first; then come back and add them to the household.", None)
        self._around.go(Target("new-person", part=f"name:{typed}"))

    def _dialog(self, title: str, go: str, words: str = "") -> FormDialog:
        return FormDialog(self._around.theme, self._around.doors, title, go=go, words=words, parent=self._parent)

    def _rows(self, dialog: FormDialog, record: Any, **how: Any) -> RecordForm:
        """Put a record's rows into a dialog."""
        leave_out = _OVER | frozenset(how.pop("leave_out", ()))
        form = RecordForm(dialog.theme, record, self._desk.clock.now, leave_out=leave_out, parent=dialog, **how)
        for field in form.fields:
            dialog.add(field)
        form.know(dialog.faults)
        return form


def _change(action: Callable[..., Any], desk: Any, record_id: str, values: dict[str, Any]) -> Callable[[Writing], Any]:
    """The change that runs an action on one record with these values."""
    return lambda tx: action(tx, desk, record_id, **values)


def _open(dialog: FormDialog, read: Callable[[], Callable[[Writing], Any]], done: Callable[[Any], None]) -> FormDialog:
    """Show a dialog over the window."""
    dialog.saves(read, done)
    dialog.start()
    return dialog
