"""The two small forms of work that came back: whom to send it to, and why it is not needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from almoner.casework.ports import Desk
from almoner.casework.returned import ReturnedItem, discard_returned, send_on
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Around
from almoner.records import User
from almoner.records.facts import LINE
from almoner.store.writing import Writing

Done = Callable[[str], None]


def ask_whom(
    around: Around, desk: Desk, item: ReturnedItem, officers: Sequence[User], done: Done, parent: QWidget
) -> FormDialog:
    """Ask which officer is to have it."""
    words = f"{item.title}. It stays in your list until it is dealt with."
    dialog = FormDialog(around.theme, around.doors, "Send to an officer", go="Send", words=words, parent=parent)
    who = Select(around.theme, "Send to")
    for officer in officers:
        job = f", {officer.job_title.lower()}" if officer.job_title else ""
        who.addItem(f"{officer.full_name}{job}", officer.id)
    dialog.add(Field(around.theme, "Send to", who), "Send to")

    def make() -> Callable[[Writing], Any]:
        chosen = str(who.currentData() or "")
        return lambda tx: send_on(tx, desk, item.id, chosen)

    dialog.saves(make, lambda officer: done(f"Sent to {officer.full_name}"))
    dialog.start()
    who.setFocus()
    return dialog


def ask_why(around: Around, desk: Desk, item: ReturnedItem, done: Done, parent: QWidget) -> FormDialog:
    """Ask why it is not needed."""
    words = (
        "The office keeps what was typed." if item.held_id else "Only this computer has what was typed: copy it first."
    )
    dialog = FormDialog(around.theme, around.doors, f"Discard: {item.title}", go="Discard", words=words, parent=parent)
    why = QLineEdit()
    why.setMaxLength(LINE)
    dialog.add(Field(around.theme, "Why", why, help_text="Such as “typed twice”, “done on the other case”."), "Why")

    def make() -> Callable[[Writing], Any]:
        reason = why.text()
        return lambda tx: discard_returned(tx, desk, item.id, reason=reason)

    dialog.saves(make, lambda _none: done("Discarded"))
    dialog.start()
    why.setFocus()
    return dialog
