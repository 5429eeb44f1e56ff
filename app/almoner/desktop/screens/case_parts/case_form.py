"""The form for a new case: its fields in the order of a call. It reads nothing and saves nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.callers import Caller
from almoner.casework.cases import Given
from almoner.casework.ports import Desk
from almoner.casework.previews import AWARE_LABEL, Preview
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.desktop.parts.banners import Banner
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.fields import Field, heading
from almoner.desktop.parts.form import ErrorSummary, Faults
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.tab_order import follow_layout
from almoner.desktop.parts.time_field import TimeField
from almoner.desktop.screens.case_parts.intake import Intake
from almoner.desktop.screens.case_parts.note_box import NoteEdit
from almoner.desktop.screens.case_parts.person_picker import PersonPicker
from almoner.desktop.screens.case_parts.questions import Household, KindChoice, Questions
from almoner.records.facts import LINE, TEXT
from almoner.records.trouble import Trouble
from almoner.rules.answers import tidy_answer
from almoner.rules.service_line import ServiceLine
from almoner.rules.words import uk_date

_WIDEST = 760
_SUMMARY_HEIGHT = 104
_CALLERS = (("self", "The person it is about"), ("other", "Someone else"))
_ORIGINS = (
    ("telephone", "Telephone"),
    ("at the desk", "At the desk"),
    ("e-mail", "E-mail"),
    ("letter", "Letter"),
    ("visit", "On a visit"),
)
_SUBJECT, _REPORTER, _KIND = "Who is it about?", "The caller", "Kind of report"
_AWARE_HELP = "When anyone here first knew: clocks start there. 17/12/2026 10:05, yesterday 16:40, sat 9am."


class CaseForm(QWidget):
    """The fields. `touched` follows every change; `changed` those on which dates depend."""

    touched = Signal()
    changed = Signal()
    subject_chosen = Signal(str)
    """Somebody was chosen as the one it is about; "" when that was taken back."""
    wants_new = Signal(str, bool)
    """What was typed for somebody who is not here yet; True when they are the caller."""
    wants_similar = Signal()
    finished = Signal()

    def __init__(self, theme: Theme, doors: Doors, desk: Desk, lines: Sequence[ServiceLine]) -> None:
        super().__init__()
        assert lines, "a council offers at least one service"
        self._theme, self._desk, self._lines = theme, desk, tuple(lines)
        self._is_filling = False
        self._household_wanted: tuple[str, ...] | None = None
        self.errors = ErrorSummary(theme)
        self.faults = Faults(self.errors)
        self._make_people(doors)
        self._make_matter()
        self._lay_out()
        self._connect()
        self._ask()
        theme.changed.connect(self._measure)
        self._measure()

    # Making the fields

    def _make_people(self, doors: Doors) -> None:
        """Who calls, whom it is about, who lives there."""
        theme, teams = self._theme, self._desk.me.team_ids
        self.caller = Pills(theme, "Who is calling?", _CALLERS)
        self.caller.choose(["self"])
        self.reporter = PersonPicker(theme, doors, teams, _REPORTER)
        self.reporter_field = Field(
            theme, _REPORTER, self.reporter, help_text="Check their authority before you tell them anything personal."
        )
        self.reporter_field.hide()
        self.subject = PersonPicker(theme, doors, teams, _SUBJECT)
        self.subject_field = Field(theme, _SUBJECT, self.subject, help_text="Name, postcode, telephone or reference.")
        self.household = Household(theme, "Who lives there")

    def _make_matter(self) -> None:
        """What it is, since when, and what was told."""
        theme = self._theme
        self.service = Pills(theme, "Service", [(line.code, line.title) for line in self._lines])
        self.service.choose([self._lines[0].code])
        self.similar = Banner(theme)
        self.open_similar = Button(theme, "Open that case", run=self.wants_similar.emit)
        self.similar.add(self.open_similar)
        self.kind = KindChoice(theme, _KIND)
        self.kind_field = Field(theme, _KIND, self.kind)
        self.aware = TimeField(theme, AWARE_LABEL, self._desk.clock.now, help_text=_AWARE_HELP)
        self.summary = NoteEdit()
        self.summary_field = Field(
            theme, "What were you told?", self.summary, help_text="The person may ask to read this.", is_optional=True
        )
        self.questions = Questions(theme, self.faults)
        self.title = QLineEdit()
        self.title.setMaxLength(LINE)
        self.title_field = Field(theme, "Title", self.title, help_text="Empty: service and kind.", is_optional=True)
        self.origin = Pills(theme, "How it reached us", _ORIGINS)

    def _lay_out(self) -> None:
        """Put the fields in the order of a call."""
        service = Field(self._theme, "Service", self.service)
        service.setVisible(len(self._lines) > 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 24)
        column.setSpacing(18)
        fields: tuple[QWidget, ...] = (
            label("New case", "title"),
            self.errors,
            Field(self._theme, "Who is calling?", self.caller),
            self.reporter_field,
            self.subject_field,
            self.household,
            service,
            self.similar,
            self.kind_field,
            self.aware,
            self.summary_field,
            heading("Questions"),
            label("In any order. What is not known can wait: nothing here stops you saving.", "quiet", wraps=True),
            self.questions,
            self.title_field,
            Field(self._theme, "How it reached us", self.origin, is_optional=True),
        )
        for field in fields:
            column.addWidget(field)
        column.addStretch(1)

    def _connect(self) -> None:
        """Listen to the fields, and let trouble be shown at them."""
        self.subject.chosen.connect(self._subject_chosen)
        self.subject.wants_new.connect(lambda typed: self.wants_new.emit(typed, False))
        self.reporter.wants_new.connect(lambda typed: self.wants_new.emit(typed, True))
        self.caller.changed.connect(self._caller_changed)
        self.service.changed.connect(self._service_changed)
        self.kind.changed.connect(self._kind_chosen)
        for dates in (self.questions.changed, self.aware.changed):
            dates.connect(self._changed)
        for other in (self.reporter.chosen, self.household.changed, self.origin.changed):
            other.connect(self._touched)
        self.summary.textChanged.connect(self._touched)
        self.title.textChanged.connect(self._touched)
        self.summary.finished.connect(self.finished)
        for name, field in (
            (_SUBJECT, self.subject_field),
            (_REPORTER, self.reporter_field),
            (_KIND, self.kind_field),
            (AWARE_LABEL, self.aware),
            ("What we understood", self.summary_field),
            ("Title", self.title_field),
        ):
            self.faults.know(name, field)

    # What is in it

    @property
    def line(self) -> ServiceLine:
        """The service line that is chosen."""
        chosen = next(iter(self.service.chosen), self._lines[0].code)
        return next(line for line in self._lines if line.code == chosen)

    def fill(self, intake: Intake) -> None:
        """Show a form as it was, telling nobody."""
        self._is_filling = True
        self.faults.clear()
        for picker, person_id in ((self.subject, intake.subject_id), (self.reporter, intake.reporter_id)):
            picker.forget()
            if person_id:
                picker.expect(person_id)
        self._household_wanted = intake.household_ids
        self.show_household(None)
        self.caller.choose(["other" if intake.is_other else "self"])
        self.reporter_field.setVisible(intake.is_other)
        if intake.service in [line.code for line in self._lines]:
            self.service.choose([intake.service])
        self._ask()
        self.kind.choose(intake.case_kind)
        self.aware.type(intake.aware)
        self.origin.choose([intake.origin])
        self.title.setText(intake.title)
        self.summary.setPlainText(intake.summary)
        self.questions.show_answers(intake.given())
        self._is_filling = False

    def intake(self) -> Intake:
        """What has been taken down so far."""
        is_other = self.caller.chosen == ("other",)
        lives_there = self.household.chosen
        return Intake(
            subject_id=self.subject.person_id,
            reporter_id=self.reporter.person_id if is_other else "",
            is_other=is_other,
            household_ids=self._household_wanted if lives_there is None else lives_there,
            service=self.line.code,
            case_kind=self.kind.chosen,
            aware=self.aware.text,
            origin=next(iter(self.origin.chosen), ""),
            title=self.title.text(),
            summary=self.summary.toPlainText(),
            answers={code: (given.state.value, given.value) for code, given in self.questions.given().items()},
        )

    def checked(self) -> tuple[Intake, dict[str, Given]]:
        """What is taken down and its answers, complete enough to be logged. Raises Trouble that names the field."""
        taken = self.intake()
        if taken.is_other and not taken.reporter_id:
            raise Trouble("Nobody is named.", "Find who calls, or say that it is the person it is about.", _REPORTER)
        if not taken.subject_id:
            raise Trouble("Nobody is named.", "Find the person, or add them as a new resident.", _SUBJECT)
        if not taken.case_kind:
            raise Trouble("Nothing is chosen.", "Choose the kind of report: the dates depend on it.", _KIND)
        if len(taken.summary) > TEXT:
            raise Trouble("This is too long.", f"Shorten it to {TEXT:,} characters.", "What we understood")
        day = uk_date(self.aware.instant())
        given = taken.given()
        for code, answer in given.items():
            value = tidy_answer(self.line.field(code), answer.state, answer.value, day)
            given[code] = Given(value, answer.state)
        return taken, given

    def know(self, caller: Caller) -> None:
        """Show who somebody is that was chosen, or brought back."""
        for picker in (self.subject, self.reporter):
            if picker.person_id == caller.person.id:
                picker.show_person(caller.person.id, caller.person.full_name, caller.second)
        if self.subject.person_id == caller.person.id:
            self.show_household(caller)

    def show_household(self, caller: Caller | None) -> None:
        """Offer the people who live with whom it is about."""
        people = caller.household if caller is not None else ()
        self.household.offer([(each.id, each.full_name) for each in people], self._household_wanted)
        follow_layout(self)

    def show_preview(self, preview: Preview) -> None:
        """Say which case this may repeat; the time has turned out to be one that can be."""
        if self.aware.wrong:
            self.aware.set_wrong("")
        if preview.similar:
            self.similar.say("warning", "This may be there already", preview.similar[0].words)
        else:
            self.similar.clear()

    def show_fault(self, trouble: Trouble) -> None:
        """Show at the top and at its field what stops the form."""
        self.faults.show(trouble)
        area = self.parentWidget()
        while area is not None and not isinstance(area, QScrollArea):
            area = area.parentWidget()
        if area is not None:
            area.ensureWidgetVisible(self.errors)

    # What happens in it

    def _touched(self) -> None:
        """Tell that something was typed or chosen."""
        if not self._is_filling:
            self.touched.emit()

    def _changed(self) -> None:
        """Tell that something was typed or chosen on which dates depend."""
        if not self._is_filling:
            self.touched.emit()
            self.changed.emit()

    def _subject_chosen(self, person_id: str) -> None:
        """The keyboard goes on to the kind of report."""
        self._household_wanted = None
        self.show_household(None)
        self.subject_chosen.emit(person_id)
        if person_id:
            self.kind.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def _caller_changed(self) -> None:
        """Ask who is calling when it is somebody else."""
        if not self.caller.chosen:
            self.caller.choose(["self"])
        is_other = self.caller.chosen == ("other",)
        self.reporter_field.setVisible(is_other)
        if is_other:
            self.reporter.setFocus(Qt.FocusReason.OtherFocusReason)
        self._touched()

    def _service_changed(self) -> None:
        """Ask the questions of the service chosen; one is always chosen."""
        if not self.service.chosen:
            self.service.choose([self._lines[0].code])
        self._ask()
        self._changed()

    def _kind_chosen(self) -> None:
        """It is missing no more."""
        if self.kind_field.wrong:
            self.faults.clear()
        self._changed()

    def _ask(self) -> None:
        """Offer the kinds and questions of the service line."""
        self.kind.ask(self.line)
        self.questions.ask(self.line, uk_date(self._desk.clock.now()))
        follow_layout(self)

    def _measure(self) -> None:
        """Keep lines short enough to read."""
        self.setMaximumWidth(self._theme.look.px(_WIDEST))
        self.summary.setFixedHeight(self._theme.look.px(_SUMMARY_HEIGHT))
