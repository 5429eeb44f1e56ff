"""The form that takes away what was entered by mistake: a task, a number, an address. All else is ended instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from almoner.casework.case_page import CasePage
from almoner.casework.person_page import PersonPage
from almoner.casework.residents import remove_address, remove_contact_point
from almoner.casework.tasks import remove_task
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Around
from almoner.records.trouble import Trouble
from almoner.store.writing import Writing

Done = Callable[[str], None]
"""Hears in one sentence what was done."""
Choice = tuple[str, Callable[[Writing], Any]]
"""What could be taken away, in words, and the change that does it."""
_WORDS = "Only what should never have been here. If a colleague has changed it meanwhile, it stays and you are asked."


class RemovingForms:
    """Opens the form over the window."""

    def __init__(self, around: Around, parent: QWidget) -> None:
        self._around, self._parent = around, parent
        self._desk = around.work.desk

    def of_case(self, page: CasePage, done: Done) -> FormDialog | None:
        """Choose a task that is not done; None, and words, when there is none."""
        choices = [
            (f"Task: {task.title}", partial(remove_task, desk=self._desk, task_id=task.id))
            for task in page.view.tasks
            if task.done_at is None
        ]
        return self._choose(choices, "No task is open", done)

    def of_person(self, page: PersonPage, done: Done) -> FormDialog | None:
        """Choose a number or an address; None, and words, when there is none."""
        desk = self._desk
        choices: list[Choice] = [
            (reach.words, partial(remove_contact_point, desk=desk, point_id=reach.point.id)) for reach in page.reach
        ]
        choices += [
            (f"{home.kind}: {home.words}", partial(remove_address, desk=desk, address_id=home.address.id))
            for home in page.homes
        ]
        return self._choose(choices, "No number and no address is recorded", done)

    def _choose(self, choices: Sequence[Choice], nothing: str, done: Done) -> FormDialog | None:
        if not choices:
            done(nothing)
            return None
        theme = self._around.theme
        dialog = FormDialog(
            theme, self._around.doors, "Entered by mistake", go="Take away", words=_WORDS, parent=self._parent
        )
        which = Select(theme, "What")
        which.addItem("Choose what should not be here")
        for words, _ in choices:
            which.addItem(words)
        dialog.add(Field(theme, "What", which), "What")

        def read() -> Callable[[Writing], Any]:
            at = which.currentIndex() - 1
            if at < 0:
                raise Trouble("Nothing is chosen.", "Choose what was entered by mistake.", "What")
            return choices[at][1]

        dialog.saves(read, lambda _: done(f"Taken away: {which.currentText()}"))
        dialog.start()
        return dialog
