"""Taking in a new case: one calm form for the length of a call, saying from the start what will be due and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from almoner.casework.callers import Caller, owner_for, read_caller
from almoner.casework.cases import Logged, log_case
from almoner.casework.ports import Desk
from almoner.casework.previews import AWARE_LABEL, Preview, preview_case
from almoner.desktop.parts.banners import Banner, Weight
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, upright
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.fields import Field, heading
from almoner.desktop.parts.form import ErrorSummary, Faults
from almoner.desktop.parts.pills import Pills
from almoner.desktop.parts.tab_order import follow_layout
from almoner.desktop.parts.time_field import TimeField
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.case_parts.intake import Intake, draft_of, intake_of
from almoner.desktop.screens.case_parts.known_panel import KnownPanel
from almoner.desktop.screens.case_parts.logged import LoggedPage
from almoner.desktop.screens.case_parts.note_box import NoteEdit
from almoner.desktop.screens.case_parts.person_picker import PersonPicker
from almoner.desktop.screens.case_parts.questions import Household, KindChoice, Questions
from almoner.records.facts import LINE, TEXT
from almoner.records.trouble import Trouble
from almoner.rules.answers import tidy_answer
from almoner.rules.service_line import ServiceLine
from almoner.rules.typed_times import typed_form
from almoner.rules.words import uk_date, uk_time
from almoner.store.reading import Reading

_WIDEST = 760
_CALLERS = (("self", "The person it is about"), ("other", "Someone else"))
_ORIGINS = (("telephone", "Telephone"), ("at the desk", "At the desk"), ("e-mail", "E-mail"), ("letter", "Letter"),
            ("visit", "On a visit"))  # fmt: skip
_SUBJECT, _REPORTER, _KIND = "Who is it about?", "Who is calling?", "Kind of report"


class NewCaseScreen(Screen):
    """The form. Nothing is saved before "Save case" but the draft, which survives anything."""

    shows = frozenset(
        {"person", "address", "contact_point", "safe_contact_rule", "flag", "case", "household_membership"}
    )

    def build(self) -> None:
        """Make the form, the panel beside it, and the page that follows."""
        around = self.around
        self._theme = around.theme
        self._desk: Desk = around.work.desk
        self._key = "new-case"
        self._subject: Caller | None = None
        self._household_wanted: tuple[str, ...] | None = None
        self._asked_for = ""
        self._preview = Preview()
        self._is_filling = False
        self._lines: tuple[ServiceLine, ...] = self._desk.lines.all_current(uk_date(self._desk.clock.now()))
        self._summary_of_errors = ErrorSummary(self._theme)
        self._faults = Faults(self._summary_of_errors)
        self._make_fields()
        self.drafts = DraftKeeper(around.doors, self._desk.clock.now, self)
        self.drafts.found.connect(self._restore)
        self.drafts.kept.connect(lambda at: self._kept.setText(f"Draft saved {uk_time(at)}"))
        self.logged = LoggedPage(self._theme, around.go, self._again)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._lay_out_form())
        self._stack.addWidget(self.logged)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        saver = QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        saver.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._ask_questions()
        self._theme.changed.connect(self._measure)
        self._measure()
        self._is_begun = False

    # What the shell asks

    def go(self, target: Target) -> None:
        """Begin for a person, or with nobody chosen; what was half typed comes back."""
        self._key = f"new-case/{target.id}" if target.id else "new-case"
        self._is_begun = False
        self._asked_for = target.id

    def shown(self) -> None:
        """Begin, unless a form is under way."""
        if self._is_begun and self._stack.currentIndex() == 0:
            self._preview_anew()
            return
        self._is_begun = True
        self._begin()

    def refresh(self, touched: frozenset[str]) -> None:
        """What is known about the person may have changed."""
        if self._stack.currentIndex() == 0:
            self._preview_anew()
            if self._subject is not None:
                self._read_caller(self._subject.person.id)

    def fit(self, room: Room) -> None:
        """Leave out the panel where there is no room."""
        self._side.setVisible(room is Room.WIDE)
        self._line.setVisible(room is Room.WIDE)

    def panes(self) -> tuple[QWidget, ...]:
        """The form, and what is known beside it."""
        return (self._area, self._side) if self._stack.currentIndex() == 0 else (self.logged,)

    # The form

    def _make_fields(self) -> None:
        """Make everything that is asked whatever the service."""
        theme, doors, teams = self._theme, self.around.doors, self._desk.me.team_ids
        self.banner = Banner(theme)
        self.subject = PersonPicker(theme, doors, teams, _SUBJECT)
        self.subject_field = Field(theme, _SUBJECT, self.subject, help_text="Name, postcode, telephone or reference.")
        self.caller = Pills(theme, _REPORTER, _CALLERS)
        self.caller.choose(["self"])
        self.reporter = PersonPicker(theme, doors, teams, "The caller")
        self.reporter_field = Field(
            theme,
            "The caller",
            self.reporter,
            help_text="Check their authority before you tell them anything personal.",
        )
        self.household = Household(theme, "Who lives there")
        self.service = Pills(theme, "Service", [(line.code, line.title) for line in self._lines])
        self.service.choose([line.code for line in self._lines[:1]])
        self.kind = KindChoice(theme, _KIND)
        self.questions = Questions(theme, self._faults)
        self.aware = TimeField(
            theme, AWARE_LABEL, self._desk.clock.now,
            help_text="When anyone here first knew: clocks start there. 17/12/2026 10:05, yesterday 16:40, sat 9am.",
        )  # fmt: skip
        self.summary = NoteEdit()
        self.title = QLineEdit()
        self.title.setMaxLength(LINE)
        self.origin = Pills(theme, "How it reached us", _ORIGINS)
        self._similar = Banner(theme)
        self._open_similar = Button(theme, "Open that case", run=self._to_similar)
        self._similar.add(self._open_similar)
        self._connect()

    def _connect(self) -> None:
        """Listen to the fields."""
        self.subject.chosen.connect(self._subject_chosen)
        self.subject.wants_new.connect(self._add_person)
        self.reporter.wants_new.connect(self._add_person)
        self.reporter.chosen.connect(self._touched)
        self.caller.changed.connect(self._caller_changed)
        self.household.changed.connect(self._touched)
        self.service.changed.connect(self._service_changed)
        self.kind.changed.connect(self._kind_chosen)
        self.questions.changed.connect(self._changed)
        self.aware.changed.connect(self._changed)
        self.summary.textChanged.connect(self._touched)
        self.summary.finished.connect(self.save)
        self.title.textChanged.connect(self._touched)
        self.origin.changed.connect(self._touched)

    def _lay_out_form(self) -> QWidget:
        """Put the fields in the order of a call, the panel beside them, the sentence and the button under them."""
        theme = self._theme
        self._inside = QWidget()
        form = QVBoxLayout(self._inside)
        form.setContentsMargins(24, 16, 24, 24)
        form.setSpacing(18)
        form.addWidget(label("New case", "title"))
        form.addWidget(self._summary_of_errors)
        self.caller_field = Field(theme, _REPORTER, self.caller)
        service_field = Field(theme, "Service", self.service)
        service_field.setVisible(len(self._lines) > 1)
        self.kind_field = Field(theme, _KIND, self.kind)
        self.summary_field = Field(
            theme, "What were you told?", self.summary, help_text="The person may ask to read this.", is_optional=True
        )
        title_field = Field(theme, "Title", self.title, help_text="Empty: service and kind.", is_optional=True)
        origin_field = Field(theme, "How it reached us", self.origin, is_optional=True)
        fields = (self.caller_field, self.reporter_field, self.subject_field, self.household, service_field,
                  self._similar, self.kind_field, self.aware, self.summary_field)  # fmt: skip
        for widget in fields:
            form.addWidget(widget)
        form.addWidget(heading("Questions"))
        form.addWidget(
            label("In any order. What is not known can wait: nothing here stops you saving.", "quiet", wraps=True)
        )
        form.addWidget(self.questions)
        form.addWidget(title_field)
        form.addWidget(origin_field)
        form.addStretch(1)
        self.reporter_field.hide()
        named = (
            (_SUBJECT, self.subject_field), ("The caller", self.reporter_field), (_KIND, self.kind_field),
            (AWARE_LABEL, self.aware), ("What we understood", self.summary_field), ("Title", title_field),
        )  # fmt: skip
        for name, field in named:
            self._faults.know(name, field)
        return self._around_form()

    def _around_form(self) -> QWidget:
        """Put the form into its scroll area, with panel and foot."""
        outside = QWidget()
        outside.setProperty("kind", "page")
        middle = QHBoxLayout(outside)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(self._inside, 1)
        middle.addStretch(0)
        self._area = QScrollArea()
        self._area.setAccessibleName("New case")
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(outside)
        self._area.setMinimumWidth(0)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self._area, 1)
        left.addWidget(self._make_foot())
        self._side, self._line = KnownPanel(self._theme), upright()
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left, 78)
        row.addWidget(self._line)
        row.addWidget(self._side, 30)
        return page

    def _make_foot(self) -> QWidget:
        """Make the bar that says what will run, with the button that saves."""
        foot = QFrame()
        foot.setProperty("kind", "foot")
        self.sentence = label("", "strong", wraps=True)
        self._kept = label("", "quiet")
        self.save_button = Button(self._theme, "Save case", kind="go", name="Save case (Ctrl+Enter)", run=self.save)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self._kept)
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 12, 24, 14)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(Button(self._theme, "Throw away", run=self._throw_away), 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignBottom)
        return foot

    # Beginning, keeping, bringing back

    def _begin(self) -> None:
        """Empty the form and look for what was half typed."""
        self._stack.setCurrentIndex(0)
        self._fill(Intake(subject_id=self._asked_for, aware=typed_form(self._desk.clock.now())))
        self.drafts.open(self._key)
        self._area.verticalScrollBar().setValue(0)
        (self.kind if self._asked_for else self.subject).setFocus(Qt.FocusReason.OtherFocusReason)

    def _restore(self, draft: str) -> None:
        """Bring back what was half typed."""
        found = intake_of(draft)
        if found is not None:
            self._fill(found)
            self._kept.setText("Brought back from your draft")

    def _fill(self, intake: Intake) -> None:
        """Show a form as it was."""
        self._is_filling = True
        self._faults.clear()
        self._kept.clear()
        for picker, person_id in ((self.subject, intake.subject_id), (self.reporter, intake.reporter_id)):
            picker.forget()
            if person_id:
                picker.expect(person_id)
        self._subject = None
        self._show_subject()
        self._household_wanted = intake.household_ids
        self.caller.choose(["other" if intake.is_other else "self"])
        self.reporter_field.setVisible(intake.is_other)
        if intake.service:
            self.service.choose([intake.service])
        self._ask_questions()
        self.kind.choose(intake.case_kind)
        self.aware.type(intake.aware)
        self.origin.choose([intake.origin] if intake.origin else [])
        self.title.setText(intake.title)
        self.summary.setPlainText(intake.summary)
        self.questions.show_answers(intake.given())
        self._is_filling = False
        for person_id in {intake.subject_id, intake.reporter_id} - {""}:
            self._read_caller(person_id)
        self._preview_anew()

    def intake(self) -> Intake:
        """What has been taken down so far."""
        is_other = self.caller.chosen == ("other",)
        return Intake(
            subject_id=self.subject.person_id,
            reporter_id=self.reporter.person_id if is_other else "",
            is_other=is_other,
            household_ids=self._household_wanted if (chosen := self.household.chosen) is None else chosen,
            service=next(iter(self.service.chosen), ""),
            case_kind=self.kind.chosen,
            aware=self.aware.text,
            origin=next(iter(self.origin.chosen), ""),
            title=self.title.text(),
            summary=self.summary.toPlainText(),
            answers={code: (given.state.value, given.value) for code, given in self.questions.given().items()},
        )

    def _touched(self) -> None:
        """Something was typed or chosen: keep the draft."""
        if not self._is_filling:
            self.drafts.typed(draft_of(self.intake()))

    def _changed(self) -> None:
        """Something was typed or chosen on which the clocks depend."""
        if not self._is_filling:
            self._touched()
            self._preview_anew()

    def _throw_away(self) -> None:
        """Empty the form; the message offers it back."""
        before = self.intake()
        self.drafts.drop()
        self._asked_for = ""
        self._fill(Intake(aware=typed_form(self._desk.clock.now())))
        self.subject.setFocus(Qt.FocusReason.OtherFocusReason)
        if before.is_started:
            self.around.say("The form was emptied", partial(self._fill, before))

    def _again(self) -> None:
        """Begin the next case."""
        self.around.go(Target("new-case"))
        self._key, self._asked_for = "new-case", ""
        self._begin()

    # People

    def _subject_chosen(self, person_id: str) -> None:
        """Read whom it is about; the keyboard goes on to the kind of report."""
        self._subject = None
        self._household_wanted = None
        self._show_subject()
        if person_id:
            self._read_caller(person_id)
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

    def _read_caller(self, person_id: str) -> None:
        """Read a person on a reader thread."""
        desk = self._desk
        self.around.doors.read(
            lambda reading: read_caller(reading, desk, person_id), done=self._know, key=(id(self), "person", person_id)
        )

    def _know(self, caller: Caller) -> None:
        """Show what is known about a person in the form."""
        for picker in (self.subject, self.reporter):
            if picker.person_id == caller.person.id:
                picker.show_person(caller.person.id, caller.person.full_name, caller.second)
        if self.subject.person_id == caller.person.id:
            self._subject = caller
            self._show_subject()
            self._preview_anew()

    def _show_subject(self) -> None:
        """Show banner, household and cards of whom it is about."""
        caller = self._subject
        self._show_banner(caller)
        people = caller.household if caller is not None else ()
        self.household.offer([(each.id, each.full_name) for each in people], self._household_wanted)
        self._side.show_caller(caller, self._desk.clock.now())
        follow_layout(self._inside)

    def _show_banner(self, caller: Caller | None) -> None:
        """What must not be missed stands over everything."""
        if caller is None or not caller.banner.headline:
            self.banner.clear()
            return
        weights: dict[str, Weight] = {"red": "danger", "orange": "warning"}
        said = caller.banner
        self.banner.say(weights.get(said.tone, "notice"), said.headline, " ".join(said.lines))

    def _add_person(self, typed: str) -> None:
        """Go and add somebody; the form waits as a draft."""
        self.drafts.flush()
        self._is_begun = False
        self.around.go(Target("new-person", part=typed))

    # Service and questions

    def _line_chosen(self) -> ServiceLine:
        """Return the service line that is chosen."""
        chosen = next(iter(self.service.chosen), self._lines[0].code)
        return next(line for line in self._lines if line.code == chosen)

    def _service_changed(self) -> None:
        """Ask the questions of the service chosen."""
        if not self.service.chosen:
            self.service.choose([self._lines[0].code])
        self._ask_questions()
        self._changed()

    def _ask_questions(self) -> None:
        """Offer the kinds and questions of the service line."""
        line = self._line_chosen()
        self.kind.ask(line)
        self.questions.ask(line, uk_date(self._desk.clock.now()))
        follow_layout(self._inside)

    def _kind_chosen(self) -> None:
        """A kind was chosen: it is missing no more."""
        if self.kind_field.wrong:
            self._faults.clear()
        self._changed()

    # Looking ahead

    def _preview_anew(self) -> None:
        """Work out on a reader thread what would run, and which cases this may repeat."""
        try:
            aware_at = self.aware.instant()
        except Trouble:
            self.sentence.setText("")
            return
        taken, desk = self.intake(), self._desk
        place = self._subject.place if self._subject is not None else ""

        def look(reading: Reading) -> Preview:
            return preview_case(
                reading, desk, service=taken.service, case_kind=taken.case_kind, aware_at=aware_at,
                subject_id=taken.subject_id, place=place, answers=taken.given(),
            )  # fmt: skip

        self.around.doors.read(look, done=self._show_preview, trouble=self._show_fault, key=(id(self), "preview"))

    def _show_preview(self, preview: Preview) -> None:
        """Say what would run and what this may repeat."""
        self._preview = preview
        self.sentence.setText(preview.sentence)
        self.sentence.setVisible(bool(preview.sentence))
        self._side.show_sentence(preview.sentence)
        if self.aware.wrong:
            self.aware.set_wrong("")
        if preview.similar:
            first = preview.similar[0]
            self._similar.say("warning", "This may be there already", first.words)
        else:
            self._similar.clear()

    def _show_fault(self, trouble: Trouble) -> None:
        """Say at its field what cannot be."""
        self.sentence.setText("")
        if trouble.where == AWARE_LABEL:
            self.aware.set_wrong(f"{trouble.what} {trouble.do}")

    def _to_similar(self) -> None:
        """Open the case this may repeat; the form waits as a draft."""
        if self._preview.similar:
            self.drafts.flush()
            self.around.go(Target("case", self._preview.similar[0].case.id))

    # Saving

    def save(self) -> None:
        """Check what is needed, then log the case."""
        if self._stack.currentIndex() != 0 or not self.save_button.isEnabled():
            return
        self._faults.clear()
        try:
            change = self._read_form()
        except Trouble as trouble:
            self._faults.show(trouble)
            self._area.ensureWidgetVisible(self._summary_of_errors)
            return
        self.save_button.setEnabled(False)
        self.around.doors.change(change, done=self._saved, trouble=self._failed, owner=self)

    def _read_form(self) -> Callable[..., Logged]:
        """Return the change that logs the case. Raises Trouble that names the field that stops it."""
        taken, line = self.intake(), self._line_chosen()
        if not taken.case_kind:
            raise Trouble("Nothing is chosen.", "Choose the kind of report: the dates depend on it.", _KIND)
        if taken.is_other and not taken.reporter_id:
            raise Trouble(
                "The caller is not named.", "Find them, or say that it is the person it is about.", "The caller"
            )
        if not taken.subject_id:
            raise Trouble("Nobody is named.", "Find the person, or add them as a new resident.", _SUBJECT)
        if len(taken.summary) > TEXT:
            raise Trouble("This is too long.", f"Shorten it to {TEXT:,} characters.", "What we understood")
        aware_at = self.aware.instant()
        given = taken.given()
        for code, answer in given.items():
            given[code] = type(answer)(
                tidy_answer(line.field(code), answer.state, answer.value, uk_date(aware_at)), answer.state
            )
        place = self._subject.place if self._subject is not None else ""
        desk = self._desk
        return lambda tx: log_case(
            tx, desk, service=taken.service, case_kind=taken.case_kind, title=taken.title, summary=taken.summary,
            subject_id=taken.subject_id, reporter_id=taken.reporter_id, household_ids=taken.household_ids or (),
            aware_at=aware_at, answers=given, owner_id=owner_for(tx, desk, taken.service), origin=taken.origin,
            place=place,
        )  # fmt: skip

    def _saved(self, logged: Logged) -> None:
        """Forget the draft and say what is due."""
        self.save_button.setEnabled(True)
        self.drafts.drop()
        self._is_begun = False
        self._stack.setCurrentWidget(self.logged)
        self.logged.show_logged(logged)

    def _failed(self, trouble: Trouble) -> None:
        """Let the form be corrected."""
        self.save_button.setEnabled(True)
        self._faults.show(trouble)
        self._area.ensureWidgetVisible(self._summary_of_errors)

    def _measure(self) -> None:
        """Keep lines short enough to read."""
        px = self._theme.look.px
        self._inside.setMaximumWidth(px(_WIDEST))
        self.summary.setFixedHeight(px(104))
