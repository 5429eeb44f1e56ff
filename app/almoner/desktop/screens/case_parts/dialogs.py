"""The small forms that record work on a case. Each reads its fields, runs one action, and tells what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QWidget

from almoner.casework.attempts import Attempted, record_attempt
from almoner.casework.case_page import CasePage, MoveChoice, visit_words
from almoner.casework.cases import Given, Moved, assign_case, move_case, record_answer
from almoner.casework.clocks import promise
from almoner.casework.files import MOST_BYTES, attach_file
from almoner.casework.notes import add_note
from almoner.casework.residents import add_address
from almoner.casework.tasks import add_task, finish_task
from almoner.casework.visits import book_visit, record_visit
from almoner.desktop.parts.buttons import Select
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.time_field import DayField, TimeField
from almoner.desktop.screen import Around
from almoner.desktop.screens.case_parts.answers import AnswerEditor
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.records.facts import LINE, TEXT
from almoner.records.trouble import Trouble
from almoner.rules.answers import tidy_answer
from almoner.rules.words import uk_date
from almoner.store.writing import Writing

Done = Callable[[str], None]
"""Hears in one sentence what was done."""

E = TypeVar("E", bound=StrEnum)

METHOD_WORDS = {
    Method.PHONE: "Call",
    Method.VISIT: "Visit",
    Method.TEXT: "Text",
    Method.EMAIL: "E-mail",
    Method.LETTER: "Letter",
    Method.IN_PERSON: "In person",
}
RESULT_WORDS = {
    AttemptResult.SPOKE: "Spoke to them",
    AttemptResult.NO_ANSWER: "No answer",
    AttemptResult.MESSAGE_LEFT: "Message left",
    AttemptResult.NO_ACCESS: "No access",
    AttemptResult.REFUSED: "Refused",
}
STEP_WORDS = {
    VisitStep.ATTENDED: "Attended",
    VisitStep.NO_ACCESS: "No access",
    VisitStep.CANCELLED: "Cancelled",
}


class Dialogs:
    """Opens the forms of a case over the window."""

    def __init__(self, around: Around, parent: QWidget) -> None:
        self._around, self._parent = around, parent
        self._desk = around.work.desk

    def attempt(self, page: CasePage, done: Done) -> FormDialog:
        """Record a contact attempt: how, what came of it, when, what shows it."""
        words = ""
        if page.barred:
            barred = ", ".join(METHOD_WORDS[method].lower() for method in page.barred if method in METHOD_WORDS)
            words = f"Safe contact: do not use {barred}."
        dialog = self._form("Record a contact attempt", "Save attempt", words)
        how = self._pills(dialog, "How", METHOD_WORDS)
        result = self._pills(dialog, "What came of it", RESULT_WORDS)
        at = dialog.add(TimeField(dialog.theme, "Happened", self._desk.clock.now), "Happened")
        evidence = _words_box(dialog, "What shows it", "Card left, photo of the door, who answered.", is_optional=True)
        assert isinstance(at, TimeField), "it was made here"

        def read() -> Callable[[Writing], Attempted]:
            return partial(
                record_attempt, desk=self._desk, case_id=page.view.case.id,
                method=_one(how, Method, "How"), result=_one(result, AttemptResult, "What came of it"),
                person_id=page.subject_id, evidence=evidence.toPlainText(), happened_at=at.instant(),
            )  # fmt: skip

        def told(made: Attempted) -> None:
            done(f"Attempt {made.number} recorded. {made.warning}".strip())

        self._keep(dialog, "attempt", page)
        return _open(dialog, read, told)

    def task(self, page: CasePage, done: Done) -> FormDialog:
        """Add something to do."""
        dialog = self._form("Add a task", "Add task")
        title = _line_box(dialog, "To do")
        day = DayField(dialog.theme, "Do by", self._desk.clock.now, help_text="fri, tomorrow, in 3 days, 17/12/2026")
        dialog.add(day, "Do by")
        who = self._officers(dialog, page, "Who", self._desk.me.id)

        def read() -> Callable[[Writing], Any]:
            do_by = day.day()
            return lambda tx: add_task(
                tx, self._desk, page.view.case.id, title.text(), do_by=do_by, owner_id=str(who.currentData())
            )

        self._keep(dialog, "task", page)
        return _open(dialog, read, lambda task: done(f"Task added: {task.title}"))

    def finish(self, page: CasePage, done: Done) -> FormDialog | None:
        """Choose which task is done; None when there is nothing to do."""
        tasks = [task for task in page.view.tasks if task.done_at is None]
        if not tasks:
            return None
        dialog = self._form("Finish a task", "Done")
        which = Pills(dialog.theme, "Which task", [(task.id, task.title) for task in tasks])
        which.choose([tasks[0].id])
        dialog.add(Field(dialog.theme, "Which task", which), "Which task")

        def read() -> Callable[[Writing], Any]:
            if not which.chosen:
                raise Trouble("No task is chosen.", "Choose the one that is done.", "Which task")
            return lambda tx: finish_task(tx, self._desk, which.chosen[0])

        return _open(dialog, read, lambda task: done(f"Done: {task.title}"))

    def book(self, page: CasePage, done: Done) -> FormDialog:
        """Book a visit."""
        dialog = self._form("Book a visit", "Book visit")
        now = self._desk.clock.now
        starts = TimeField(
            dialog.theme,
            "Starts",
            now,
            direction="ahead",
            help_text="fri 9:30, tomorrow 2pm, 4/1 10:00",
            is_needed=True,
        )
        dialog.add(starts, "Starts")
        who = self._officers(dialog, page, "Who goes", self._desk.me.id)
        purpose = _line_box(dialog, "Purpose", is_optional=True)

        def read() -> Callable[[Writing], Any]:
            at = starts.instant()
            return lambda tx: book_visit(
                tx, self._desk, page.view.case.id, starts_at=at, officer_id=str(who.currentData()),
                purpose=purpose.text(),
            )  # fmt: skip

        self._keep(dialog, "book", page)
        names = {officer.id: officer.full_name for officer in page.officers}
        return _open(dialog, read, lambda visit: done(f"Visit booked: {visit_words(visit, names, now())}"))

    def visit(self, page: CasePage, done: Done, visit_id: str = "") -> FormDialog | None:
        """Say how a visit went; None when none is booked."""
        visits = [visit for visit in page.visits if visit_id in ("", visit.visit_id)]
        if not visits:
            return None
        dialog = self._form("Say how a visit went", "Save visit", "No access counts as an attempt at contact as well.")
        names = {officer.id: officer.full_name for officer in page.officers}
        which = Pills(
            dialog.theme, "Which visit",
            [(visit.visit_id, visit_words(visit, names, page.read_at)) for visit in visits],
        )  # fmt: skip
        which.choose([visits[0].visit_id])
        dialog.add(Field(dialog.theme, "Which visit", which), "Which visit")
        step = self._pills(dialog, "How it went", STEP_WORDS)
        at = TimeField(dialog.theme, "Happened", self._desk.clock.now)
        dialog.add(at, "Happened")
        findings = _words_box(dialog, "Findings", "What was seen and agreed, or what shows nobody let you in.")

        def read() -> Callable[[Writing], Any]:
            if not which.chosen:
                raise Trouble("No visit is chosen.", "Choose the visit.", "Which visit")
            return partial(
                record_visit, desk=self._desk, visit_id=which.chosen[0], step=_one(step, VisitStep, "How it went"),
                findings=findings.toPlainText(), happened_at=at.instant(), person_id=page.subject_id,
            )  # fmt: skip

        self._keep(dialog, "visit", page)
        return _open(dialog, read, lambda made: done(f"Visit recorded: {STEP_WORDS[made.visit.step].lower()}"))

    def move(self, page: CasePage, done: Done) -> FormDialog:
        """Move to another stage: each step with what it still needs, asked here; then one sentence says what runs."""
        dialog = self._form(f"Move from “{page.stage}”", "Move", "Only the steps this service line allows are listed.")
        steps = Pills(dialog.theme, "Where to", [(choice.move.end, choice.move.title) for choice in page.moves])
        dialog.add(Field(dialog.theme, "Where to", steps), "Where to")
        needs = label("", "quiet", wraps=True)
        dialog.add_widget(needs)
        asked = self._asked(dialog, page)
        reason = _words_box(dialog, "Why", "What was seen, said or decided.")
        at = TimeField(dialog.theme, "Happened", self._desk.clock.now)
        dialog.add(at, "Happened")

        def chosen() -> MoveChoice | None:
            return next((choice for choice in page.moves if choice.move.end in steps.chosen), None)

        def answers() -> dict[str, Given]:
            choice = chosen()
            codes = [field.code for field in choice.asks] if choice else []
            return {code: given for code in codes if (given := asked[code].given()) is not None}

        def show() -> None:
            choice = chosen()
            needs.setText(_needs_words(choice, reason.toPlainText(), answers()))
            for code, editor in asked.items():
                editor.setVisible(choice is not None and code in [field.code for field in choice.asks])

        for changed in (steps.changed, reason.textChanged, *(editor.changed for editor in asked.values())):
            changed.connect(show)
        ready = [choice for choice in page.moves if not choice.missing_but("a reason")]
        steps.choose([choice.move.end for choice in (ready or page.moves)[:1]])
        show()

        def read() -> Callable[[Writing], Moved]:
            choice, given = chosen(), answers()
            if choice is None:
                raise Trouble("No step is chosen.", "Choose where the case goes.", "Where to")
            for field in choice.asks:
                if field.code not in given:
                    raise Trouble("This step needs an answer.", "Give it here.", field.label)
            if choice.needs_reason and not reason.toPlainText().strip():
                raise Trouble("This step needs a reason.", "Say why.", "Why")
            why, happened, end = reason.toPlainText(), at.instant(), choice.move.end
            return lambda tx: self._answer_and_move(tx, page, given, end, why, happened)

        def told(moved: Moved) -> None:
            done(_moved_words(page.line.stage(moved.case.stage).title, moved))

        self._keep(dialog, "move", page)
        return _open(dialog, read, told)

    def _asked(self, dialog: FormDialog, page: CasePage) -> dict[str, AnswerEditor]:
        """Add every question that some step still needs, by its code."""
        day, editors = uk_date(page.view.case.aware_at), dict[str, AnswerEditor]()
        for field in dict.fromkeys(field for choice in page.moves for field in choice.asks):
            editors[field.code] = AnswerEditor(dialog.theme, field, day)
            dialog.add_widget(editors[field.code])
            dialog.faults.know(field.label, editors[field.code].field)
        return editors

    def _answer_and_move(
        self, tx: Writing, page: CasePage, given: dict[str, Given], end: str, why: str, happened: datetime
    ) -> Moved:
        """Keep the answers, then move the case: all of it, or nothing."""
        case_id = page.view.case.id
        for code, answer in given.items():
            record_answer(tx, self._desk, case_id, code, answer.value, state=answer.state)
        return move_case(tx, self._desk, case_id, end, reason=why, happened_at=happened)

    def assign(self, page: CasePage, done: Done) -> FormDialog:
        """Give the case to an officer and a team."""
        dialog = self._form("Give the case to", "Save")
        case = page.view.case
        who = self._officers(dialog, page, "Owner", case.owner_id, nobody="Nobody: the team's pile")
        team = Select(dialog.theme, "Team")
        for each in page.teams:
            team.addItem(each.name, each.id)
        team.setCurrentIndex(max(0, team.findData(case.team_id)))
        dialog.add(Field(dialog.theme, "Team", team), "Team")

        def read() -> Callable[[Writing], Any]:
            owner_id, team_id = str(who.currentData() or ""), str(team.currentData() or "")
            return lambda tx: assign_case(tx, self._desk, case.id, owner_id=owner_id, team_id=team_id)

        def told(_case: Any) -> None:
            done(f"Given to {who.currentText()}, {team.currentText()}")

        return _open(dialog, read, told)

    def details(self, page: CasePage, done: Done) -> FormDialog:
        """Answer the service line's questions; only answers that changed are kept."""
        dialog = self._form("Edit details", "Save answers", "In any order. What is not known may stay so.")
        day = uk_date(page.view.case.aware_at)
        editors = []
        before: dict[str, Given | None] = {}
        for question in page.questions:
            editor = AnswerEditor(dialog.theme, question.field, day)
            known = Given(question.answer.value, question.answer.state) if question.answer else None
            editor.show_answer(known)
            before[question.field.code] = editor.given()
            editors.append(editor)
            dialog.add_widget(editor)
            dialog.faults.know(question.field.label, editor.field)

        def read() -> Callable[[Writing], int]:
            changed = {
                editor.question.code: given
                for editor in editors
                if (given := editor.given()) is not None and given != before[editor.question.code]
            }
            for code, given in changed.items():
                tidy_answer(page.line.field(code), given.state, given.value, day)
            return lambda tx: _answer_all(tx, changed)

        def _answer_all(tx: Writing, changed: dict[str, Given]) -> int:
            for code, given in changed.items():
                record_answer(tx, self._desk, page.view.case.id, code, given.value, state=given.state)
            return len(changed)

        def told(count: int) -> None:
            done("Nothing was changed" if not count else "1 answer saved" if count == 1 else f"{count} answers saved")

        return _open(dialog, read, told)

    def postcodes(self, page: CasePage, words: str, codes: Sequence[str], done: Done) -> FormDialog:
        """Ask about postcodes in a note that nobody in the case has: a new address? a confidential one?"""
        dialog = self._form(
            "An address nobody here has", "Save note",
            "The note names a postcode that no address on this case has. A confidential one is masked in the note.",
        )  # fmt: skip
        choices = (("mention", "Only mentioned"), ("new", "New address"), ("confidential", "New and confidential"))
        asked = {}
        for code in codes:
            pills = Pills(dialog.theme, code, choices)
            dialog.add(Field(dialog.theme, code, pills), code)
            asked[code] = pills

        def read() -> Callable[[Writing], Any]:
            said = {code: pills.chosen[0] for code, pills in asked.items() if pills.chosen}
            missing = [code for code in codes if code not in said]
            if missing:
                raise Trouble("It is not said what this postcode is.", "Choose one of the three.", missing[0])
            return lambda tx: _keep(tx, said)

        def _keep(tx: Writing, said: dict[str, str]) -> Any:
            withhold = []
            for code, what in said.items():
                if what != "mention" and page.subject_id:
                    hidden = what == "confidential"
                    address = add_address(tx, self._desk, page.subject_id, postcode=code, confidential=hidden)
                    withhold += [address] if hidden else []
            return add_note(tx, self._desk, page.view.case.id, words, withhold=withhold)

        return _open(dialog, read, lambda _note: done("Note saved"))

    def attach(self, page: CasePage, paths: Sequence[Path], done: Done) -> FormDialog:
        """Put files on the case, saying what they show. All of them are kept, or none."""
        many = f"{len(paths)} files" if len(paths) > 1 else paths[0].name
        words = "Where a photo was taken is removed from it. The file itself stays where it was."
        dialog = self._form(f"Attach {many}", "Attach", words)
        which = Pills(dialog.theme, "What it is", [(item.code, item.title) for item in page.line.evidence])
        dialog.add(Field(dialog.theme, "What it is", which, is_optional=True), "Evidence")
        description = _line_box(dialog, "Description", is_optional=True)
        seen = QCheckBox("I have seen the original")
        dialog.add_widget(seen)

        def read() -> Callable[[Writing], Any]:
            item, said, original = next(iter(which.chosen), ""), description.text(), seen.isChecked()
            return lambda tx: [_attach(tx, path, item, said, original) for path in paths]

        def _attach(tx: Writing, path: Path, item: str, said: str, original: bool) -> Any:
            return attach_file(
                tx, self._desk, page.view.case.id, name=path.name, content=_content(path), evidence=item,
                description=said, original_seen=original,
            )  # fmt: skip

        return _open(dialog, read, lambda files: done("File added" if len(files) == 1 else f"{len(files)} files added"))

    def _form(self, title: str, go: str, words: str = "") -> FormDialog:
        return FormDialog(self._around.theme, self._around.doors, title, go=go, words=words, parent=self._parent)

    def _keep(self, dialog: FormDialog, act: str, page: CasePage) -> None:
        """Keep the words of a form as a draft for this case."""
        dialog.keeps(f"{act}/{page.view.case.id}", self._desk.clock.now)

    def _pills(self, dialog: FormDialog, title: str, words: dict[E, str]) -> Pills:
        """Add a choice of one of an enum's members."""
        pills = Pills(dialog.theme, title, [(member.value, text) for member, text in words.items()])
        dialog.add(Field(dialog.theme, title, pills), title)
        return pills

    def _officers(self, dialog: FormDialog, page: CasePage, title: str, chosen: str, *, nobody: str = "") -> Select:
        """Add a choice of an officer, oneself first."""
        box = Select(dialog.theme, title)
        if nobody:
            box.addItem(nobody, "")
        me = self._desk.me
        box.addItem(f"{me.full_name} (you)", me.id)
        for officer in page.officers:
            if officer.id != me.id:
                box.addItem(officer.full_name, officer.id)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        dialog.add(Field(dialog.theme, title, box), title)
        return box


def _needs_words(choice: MoveChoice | None, reason: str, answered: Collection[str]) -> str:
    """Say what a step does and what it still needs."""
    if choice is None:
        return ""
    missing = choice.missing_but(reason, answered)
    needs = f"Still needs {' and '.join(missing)}." if missing else "Nothing is missing."
    return f"{choice.to_title}: {choice.help} {needs}" if choice.help else f"{choice.to_title}. {needs}"


def _moved_words(stage: str, moved: Moved) -> str:
    """Say in one sentence where the case is now, and which clocks started and ended."""
    parts = [f"Moved to {stage}."]
    parts += [f"{clock.title}: {clock.state.value}." for clock in moved.ended]
    parts += [f"{promise(clock)}." for clock in sorted(moved.started, key=lambda clock: clock.due_at)]
    return " ".join(parts)


def _one(pills: Pills, kind: type[E], title: str) -> E:
    """Return the member chosen. Raises Trouble when none is."""
    if not pills.chosen:
        raise Trouble("Nothing is chosen.", "Choose one.", title)
    return kind(pills.chosen[0])


def _line_box(dialog: FormDialog, title: str, *, is_optional: bool = False) -> QLineEdit:
    """Add a box of one line."""
    box = QLineEdit()
    box.setMaxLength(LINE)
    dialog.add(Field(dialog.theme, title, box, is_optional=is_optional), title)
    return box


def _words_box(dialog: FormDialog, title: str, help_text: str, *, is_optional: bool = False) -> QPlainTextEdit:
    """Make a box of several lines, and add it."""
    box = QPlainTextEdit()
    box.setTabChangesFocus(True)
    box.setFixedHeight(dialog.theme.look.px(84))
    box.textChanged.connect(lambda: _hold(box))
    dialog.add(Field(dialog.theme, title, box, help_text=help_text, is_optional=is_optional), title)
    return box


def _content(path: Path) -> bytes:
    """Read a file. Raises Trouble when it cannot be read or is too large to be kept."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Trouble("This file is over 100 MB.", "Make a smaller copy, or send it in parts.", path.name)
        return path.read_bytes()
    except OSError:
        raise Trouble(
            "This file cannot be read.", "Check that it is still there, then choose it again.", path.name
        ) from None


def _hold(box: QPlainTextEdit) -> None:
    """Keep a box within what can be kept."""
    if len(box.toPlainText()) > TEXT:
        box.setPlainText(box.toPlainText()[:TEXT])


def _open(dialog: FormDialog, read: Callable[[], Callable[[Writing], Any]], told: Callable[[Any], None]) -> FormDialog:
    """Open a form that is complete, with the keyboard in its first field."""
    dialog.saves(read, told)
    dialog.start()
    first = next((child for child in dialog.findChildren(QWidget) if _takes_keys(child)), None)
    if first is not None:
        first.setFocus(Qt.FocusReason.OtherFocusReason)
    return dialog


def _takes_keys(widget: QWidget) -> bool:
    is_field = isinstance(widget, (QLineEdit, QPlainTextEdit, Pills, Select))
    return is_field and widget.isVisible() and widget.isEnabled()
