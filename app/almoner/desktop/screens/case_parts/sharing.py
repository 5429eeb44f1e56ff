"""The forms that let others see a case or a resident, and the lines that say who does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from almoner.casework.case_page import CasePage
from almoner.casework.person_page import PersonPage
from almoner.casework.sharing import (
    BASIS_WORDS,
    SharingLine,
    end_consent,
    end_share,
    record_consent,
    share_case,
)
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.line_items import Item
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.time_field import DayField
from almoner.desktop.screen import Around
from almoner.records.facts import LINE
from almoner.records.sharing import Basis
from almoner.records.trouble import Trouble
from almoner.rules.access import teams_of
from almoner.store.writing import Writing

Done = Callable[[str], None]
"""Hears in one sentence what was done."""
_UNTIL = "31/12/2026, in 3 months; empty: until somebody ends it"


def sharing_items(lines: Iterable[SharingLine]) -> tuple[Item, ...]:
    """Return with whom something is shared as lines, those that hold first."""
    return tuple(
        Item(
            id=line.id,
            icon="users",
            title=line.with_whom,
            second="  ·  ".join((line.why, line.ground, line.dates)),
            tag="Ended" if line.is_over else "Sees this",
            tone="neutral" if line.is_over else "teal",
            acts=(("end-sharing", "End"),) if line.may_end else (),
        )
        for line in lines
    )


class SharingForms:
    """Opens the forms of sharing over the window."""

    def __init__(self, around: Around, parent: QWidget) -> None:
        self._around, self._parent = around, parent
        self._desk = around.work.desk

    def share(self, page: CasePage, done: Done) -> FormDialog | None:
        """Share the case with a team or an officer; None, and words that say why, when this officer may not."""
        if page.may_not_share:
            self._around.say(page.may_not_share, None)
            return None
        case = page.view.case
        dialog = self._form(
            "Share this case", "Share case", "They see and may add to everything on it, until it ends. It stays yours."
        )
        who = Select(dialog.theme, "With")
        who.addItem("Choose a team or an officer", "")
        for team in page.teams:
            if team.id != case.team_id:
                who.addItem(team.name, f"team:{team.id}")
        for officer in page.officers:
            if case.team_id not in teams_of(officer):
                who.addItem(officer.full_name, f"user:{officer.id}")
        dialog.add(Field(dialog.theme, "With", who), "With")
        ground, why, until = self._ground(dialog, Basis.PUBLIC_TASK), self._line(dialog, "Why"), self._until(dialog)

        def read() -> Callable[[Writing], Any]:
            kind, _, chosen = str(who.currentData() or "").partition(":")
            run = partial(share_case, desk=self._desk, case_id=case.id, basis=_one(ground), why=why.text())
            to = partial(run, user_id=chosen) if kind == "user" else partial(run, team_id=chosen)
            return partial(to, until=until.day())

        return _open(dialog, read, lambda _: done(f"Shared with {who.currentText()}"))

    def end_share(self, line: SharingLine, done: Done) -> FormDialog:
        """Ask before a share ends."""
        return self._end(line, end_share, "share_id", "Stop sharing this case?", "Stop sharing", done)

    def consent(self, page: PersonPage, done: Done) -> FormDialog | None:
        """Record that a person agreed to be seen by one more team; None when this officer may not."""
        if page.may_not_open:
            self._around.say(page.may_not_open, None)
            return None
        person = page.view.person
        dialog = self._form(
            "Consent to share", "Record consent",
            "That team may open this person's record. Confidential addresses stay hidden from it.",
        )  # fmt: skip
        team = Select(dialog.theme, "To")
        team.addItem("Choose a team", "")
        for each in page.teams:
            if each.id != person.restricted_team_id:
                team.addItem(each.name, each.id)
        dialog.add(Field(dialog.theme, "To", team), "To")
        ground, purpose, until = self._ground(dialog, Basis.CONSENT), self._line(dialog, "For"), self._until(dialog)

        def read() -> Callable[[Writing], Any]:
            basis, day, said, team_id = _one(ground), until.day(), purpose.text(), str(team.currentData() or "")
            return lambda tx: record_consent(
                tx, self._desk, person.id, team_id=team_id, purpose=said, basis=basis, until=day
            )

        return _open(dialog, read, lambda _: done(f"Consent recorded: {team.currentText()}"))

    def end_consent(self, line: SharingLine, done: Done) -> FormDialog:
        """Ask before a consent ends."""
        return self._end(line, end_consent, "grant_id", "End this consent?", "End consent", done)

    def _end(
        self, line: SharingLine, action: Callable[..., Any], name: str, title: str, go: str, done: Done
    ) -> FormDialog:
        words = f"{line.with_whom} sees it no more once their devices have synced. What they added stays."
        dialog = self._form(title, go, words)
        run = partial(action, desk=self._desk, **{name: line.id})
        return _open(dialog, lambda: run, lambda _: done(f"Ended: {line.with_whom}"))

    def _form(self, title: str, go: str, words: str) -> FormDialog:
        return FormDialog(self._around.theme, self._around.doors, title, go=go, words=words, parent=self._parent)

    def _ground(self, dialog: FormDialog, usual: Basis) -> Pills:
        pills = Pills(dialog.theme, "Ground", [(basis.value, words) for basis, words in BASIS_WORDS.items()])
        pills.choose([usual.value])
        dialog.add(Field(dialog.theme, "Ground", pills), "Ground")
        return pills

    def _line(self, dialog: FormDialog, title: str) -> QLineEdit:
        box = QLineEdit()
        box.setMaxLength(LINE)
        dialog.add(Field(dialog.theme, title, box), title)
        return box

    def _until(self, dialog: FormDialog) -> DayField:
        field = DayField(dialog.theme, "Until", self._desk.clock.now, help_text=_UNTIL)
        dialog.add(field, "Until")
        return field


def _one(pills: Pills) -> Basis:
    if not pills.chosen:
        raise Trouble("No ground is chosen.", "Choose the one it is shared on.", "Ground")
    return Basis(pills.chosen[0])


def _open(dialog: FormDialog, read: Callable[[], Callable[[Writing], Any]], done: Callable[[Any], None]) -> FormDialog:
    """Show a form over the window."""
    dialog.saves(read, done)
    dialog.start()
    return dialog
