"""Taking in a new case: one calm form for the length of a call, saying from the start what will be due and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from almoner.casework.callers import Caller, owner_for, read_caller
from almoner.casework.cases import Logged, log_case
from almoner.casework.ports import Desk
from almoner.casework.previews import AWARE_LABEL, Preview, preview_case
from almoner.desktop.parts.banners import Banner, Weight
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, upright
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.case_parts.case_form import CaseForm
from almoner.desktop.screens.case_parts.intake import Intake, draft_of, intake_of
from almoner.desktop.screens.case_parts.known_panel import KnownPanel
from almoner.desktop.screens.case_parts.logged import LoggedPage
from almoner.records.trouble import Trouble
from almoner.rules.typed_times import typed_form
from almoner.rules.words import uk_date, uk_time
from almoner.store.reading import Reading

_WEIGHTS: dict[str, Weight] = {"red": "danger", "orange": "warning"}


class NewCaseScreen(Screen):
    """The form with what is known beside it. Nothing is saved before "Save case" but the draft."""

    shows = frozenset(
        {"person", "address", "contact_point", "safe_contact_rule", "flag", "case", "household_membership"}
    )

    def build(self) -> None:
        """Make the form, the panel beside it, and the page that follows."""
        around = self.around
        self._desk: Desk = around.work.desk
        self._asked_for = ""
        self._is_begun = False
        self._subject: Caller | None = None
        self._preview = Preview()
        self._waiting: tuple[Intake, bool] | None = None
        self.banner = Banner(around.theme)
        self.form = CaseForm(
            around.theme, around.doors, self._desk, self._desk.lines.all_current(uk_date(self._desk.clock.now()))
        )
        self.drafts = DraftKeeper(around.doors, self._desk.clock.now, self)
        self.logged = LoggedPage(around.theme, around.go, self._again)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._lay_out())
        self._stack.addWidget(self.logged)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        saver = QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        saver.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._connect()

    def _connect(self) -> None:
        """Listen to the form and to the draft."""
        form = self.form
        form.touched.connect(self._keep)
        form.changed.connect(self._preview_anew)
        form.subject_chosen.connect(self._subject_chosen)
        form.reporter.chosen.connect(self._read_caller)
        form.wants_new.connect(self._add_person)
        form.wants_similar.connect(self._to_similar)
        form.finished.connect(self.save)
        self.drafts.found.connect(self._restore)
        self.drafts.kept.connect(self._draft_kept)

    # What the shell asks

    def go(self, target: Target) -> None:
        """Begin for a person; what was half typed for them comes back."""
        if target.id != self._asked_for or self._waiting is not None:
            self._is_begun = False
            self._asked_for = target.id

    def shown(self) -> None:
        """Begin, unless a form is under way."""
        if self._is_begun:
            self._preview_anew()
        else:
            self._begin()

    def refresh(self, touched: frozenset[str]) -> None:
        """What is known about the person may have changed."""
        if self._is_begun:
            self._preview_anew()
            if self._subject is not None:
                self._read_caller(self._subject.person.id)

    def fit(self, room: Room) -> None:
        """Leave out the panel where there is no room."""
        self._side.setVisible(room is Room.WIDE)
        self._line.setVisible(room is Room.WIDE)

    def panes(self) -> tuple[QWidget, ...]:
        """The form, and what is known beside it."""
        return (self._area, self._side) if self._is_begun else (self.logged,)

    # Layout

    def _lay_out(self) -> QWidget:
        """Put the form into its scroll area, the panel beside it, the sentence and the button under it."""
        outside = Sheet()
        outside.setProperty("kind", "page")
        middle = QHBoxLayout(outside)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.addWidget(self.form, 1)
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
        self._side, self._line = KnownPanel(self.around.theme), upright()
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
        theme = self.around.theme
        foot = QFrame()
        foot.setProperty("kind", "foot")
        self.sentence = label("", "strong", wraps=True)
        self._kept = label("", "quiet")
        self.throw_away = Button(theme, "Throw away", run=self._throw_away)
        self.save_button = Button(theme, "Save case", kind="go", name="Save case (Ctrl+Enter)", run=self.save)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self._kept)
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 12, 24, 14)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(self.throw_away, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.save_button, 0, Qt.AlignmentFlag.AlignBottom)
        return foot

    # Beginning, keeping, bringing back

    def _begin(self) -> None:
        """Begin with what waits for somebody just added, else with what was half typed, else empty."""
        self._is_begun = True
        self._stack.setCurrentIndex(0)
        waiting, self._waiting = self._waiting, None
        if waiting is not None and self._asked_for:
            (intake, is_caller), added, self._asked_for = waiting, self._asked_for, ""
            self._fill(replace(intake, reporter_id=added) if is_caller else replace(intake, subject_id=added))
            self._keep()
        else:
            self._fill(Intake(subject_id=self._asked_for, aware=self._now_typed()))
            self.drafts.open(f"new-case/{self._asked_for}" if self._asked_for else "new-case")
        self._area.verticalScrollBar().setValue(0)
        first = self.form.kind if self.form.subject.person_id else self.form.subject
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, intake: Intake) -> None:
        """Show a form as it was, and read who is named in it."""
        self._kept.clear()
        self.form.fill(intake)
        self._show_subject(None)
        for person_id in {intake.subject_id, intake.reporter_id} - {""}:
            self._read_caller(person_id)
        self._preview_anew()

    def _restore(self, draft: str) -> None:
        """Bring back what was half typed."""
        found = intake_of(draft)
        if found is not None:
            self._fill(found)
            self._kept.setText("Brought back from your draft")

    def _keep(self) -> None:
        """Keep the draft; what has been put right is no longer complained about."""
        self.drafts.typed(draft_of(self.form.intake()))

    def _draft_kept(self, at: datetime) -> None:
        """Say when."""
        self._kept.setText(f"Draft saved {uk_time(at)}")

    def _throw_away(self) -> None:
        """Empty the form; the message offers it back."""
        before = self.form.intake()
        self.drafts.drop()
        self._asked_for = ""
        self._fill(Intake(aware=self._now_typed()))
        self.form.subject.setFocus(Qt.FocusReason.OtherFocusReason)
        if before.is_started:
            self.around.say("The form was emptied", partial(self._fill, before))

    def _again(self) -> None:
        """Begin the next case."""
        self.around.go(Target("new-case"))
        if not self._is_begun:
            self._begin()

    def _now_typed(self) -> str:
        """Now, as the box for the time shows it: the call begins here, however long it takes."""
        return typed_form(self._desk.clock.now())

    # People

    def _subject_chosen(self, person_id: str) -> None:
        """Read whom it is about."""
        self._show_subject(None)
        self._read_caller(person_id)

    def _read_caller(self, person_id: str) -> None:
        """Read a person on a reader thread."""
        desk = self._desk
        if person_id:
            self.around.doors.read(
                lambda reading: read_caller(reading, desk, person_id), done=self._know, key=(id(self), person_id)
            )

    def _know(self, caller: Caller) -> None:
        """Show what is known about a person in the form."""
        self.form.know(caller)
        if self.form.subject.person_id == caller.person.id:
            self._show_subject(caller)
            self._preview_anew()

    def _show_subject(self, caller: Caller | None) -> None:
        """Show banner and cards of whom it is about; what must not be missed stands over everything."""
        self._subject = caller
        self._side.show_caller(caller, self._desk.clock.now())
        if caller is None or not caller.banner.headline:
            self.banner.clear()
            return
        said = caller.banner
        self.banner.say(_WEIGHTS.get(said.tone, "notice"), said.headline, " ".join(said.lines))

    def _add_person(self, typed: str, is_caller: bool) -> None:
        """Go and add somebody; the form waits, and goes on when a case for them is asked for."""
        self.drafts.flush()
        self._waiting = (self.form.intake(), is_caller)
        self._is_begun = False
        self.around.go(Target("new-person", part=typed))

    # Looking ahead

    def _preview_anew(self) -> None:
        """Work out on a reader thread what would run, and which cases this may repeat."""
        try:
            aware_at = self.form.aware.instant()
        except Trouble:
            self.sentence.clear()
            return
        taken, desk = self.form.intake(), self._desk
        place = self._subject.place if self._subject is not None else ""

        def look(reading: Reading) -> Preview:
            return preview_case(
                reading, desk, service=taken.service, case_kind=taken.case_kind, aware_at=aware_at,
                subject_id=taken.subject_id, place=place, answers=taken.given(),
            )  # fmt: skip

        self.around.doors.read(look, done=self._show_preview, trouble=self._preview_failed, key=(id(self), "preview"))

    def _show_preview(self, preview: Preview) -> None:
        """Say what would run and what this may repeat."""
        self._preview = preview
        self.sentence.setText(preview.sentence)
        self.sentence.setVisible(bool(preview.sentence))
        self._side.show_sentence(preview.sentence)
        self.form.show_preview(preview)

    def _preview_failed(self, trouble: Trouble) -> None:
        """Say at its field what cannot be."""
        self.sentence.clear()
        self._side.show_sentence("")
        if trouble.where == AWARE_LABEL:
            self.form.aware.set_wrong(f"{trouble.what} {trouble.do}")

    def _to_similar(self) -> None:
        """Open the case this may repeat; the form stays as it is."""
        if self._preview.similar:
            self.drafts.flush()
            self.around.go(Target("case", self._preview.similar[0].case.id))

    # Saving

    def save(self) -> None:
        """Check what is needed, then log the case."""
        if not self._is_begun or not self.save_button.isEnabled():
            return
        self.form.faults.clear()
        try:
            change = self._read_form()
        except Trouble as trouble:
            self.form.show_fault(trouble)
            return
        self.save_button.setEnabled(False)
        self.around.doors.change(change, done=self._saved, trouble=self._failed, owner=self)

    def _read_form(self) -> Callable[..., Logged]:
        """Return the change that logs the case. Raises Trouble that names the field that stops it."""
        taken, given = self.form.checked()
        aware_at, desk = self.form.aware.instant(), self._desk
        place = self._subject.place if self._subject is not None else ""
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
        self._is_begun, self._asked_for = False, ""
        self._stack.setCurrentWidget(self.logged)
        self.logged.show_logged(logged)

    def _failed(self, trouble: Trouble) -> None:
        """Let the form be corrected."""
        self.save_button.setEnabled(True)
        self.form.show_fault(trouble)
