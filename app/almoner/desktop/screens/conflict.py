"""A disagreement: what stood there before, what each of the two wrote, why it matters, and the choice."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from almoner.casework.conflict_page import ConflictPage, open_conflicts, read_conflict_page
from almoner.casework.conflicts import Settled, settle
from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import Banner, ErrorPanel
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import Icon, label
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.record_form import RecordForm
from almoner.desktop.parts.sheet import Sheet
from almoner.desktop.parts.stand import Stand
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.settle_parts.columns import Columns
from almoner.records import BY_KIND
from almoner.records.trouble import Trouble
from almoner.rules.settling import Choice
from almoner.rules.words import counted
from almoner.store.reading import Reading
from almoner.store.writing import Writing

_READ_ONLY = "You can read this. The owner of the case, a supervisor, or one of the two who wrote settles it."


class ConflictScreen(Screen):
    """One disagreement: `Target("conflict", id)`. Alt+1 and Alt+2 keep a column, Alt+3 keeps both."""

    shows = frozenset(BY_KIND)

    def build(self) -> None:
        """Make head, columns and buttons; the keys are taken once the screen is shown."""
        theme = self.around.theme
        self._id = ""
        self._page: ConflictPage | None = None
        self._is_saving = False
        self.about = label("", "quiet", wraps=True, can_select=True)
        self.title = label("", "title", wraps=True, can_select=True)
        self.why = label("", "", wraps=True)
        self.banner = Banner(theme)
        self.columns = Columns(theme, self.keep)
        self.both = Button(theme, "Keep both", icon="list-checks", run=partial(self.keep, Choice.BOTH))
        self.other = Button(theme, "Write something else", icon="pencil", run=self._write_other)
        self.to_case = Button(theme, "Open the case", icon="folder-open", run=self._open_case)
        self.more = label("", "quiet", wraps=True)
        self.wrong = ErrorPanel(theme)
        self.wrong.again.connect(self._read)
        self._commands = self._make_commands()
        self.area = self._lay_out()
        self.stack = Stand(self.area, self.wrong)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.stack, 1)

    def _lay_out(self) -> QScrollArea:
        """Put everything under one another in a pane that scrolls."""
        theme = self.around.theme
        head = QHBoxLayout()
        head.setSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.about)
        words.addWidget(self.title)
        head.addLayout(words, 1)
        head.addWidget(self.to_case, 0, Qt.AlignmentFlag.AlignTop)
        why = QHBoxLayout()
        why.setSpacing(8)
        why.addWidget(Icon(theme, "info", size=19), 0, Qt.AlignmentFlag.AlignTop)
        why.addWidget(self.why, 1)
        self._acts = QWidget()
        acts = FlowLayout(self._acts)
        acts.addWidget(self.both)
        acts.addWidget(self.other)
        inside = Sheet()
        inside.setProperty("kind", "page")
        column = QVBoxLayout(inside)
        column.setContentsMargins(22, 16, 22, 20)
        column.setSpacing(14)
        column.addLayout(head)
        column.addLayout(why)
        column.addWidget(self.columns)
        column.addWidget(self._acts)
        column.addWidget(self.more)
        column.addStretch(1)
        area = QScrollArea()
        area.setAccessibleName("The disagreement")
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumWidth(0)
        return area

    def _make_commands(self) -> tuple[Command, ...]:
        """List the choices with their keys."""
        acts: tuple[tuple[str, str, str, Callable[[], None], Callable[[], bool]], ...] = (
            ("first", "Keep the first", "Alt+1", self._keep_first, self._can),
            ("second", "Keep the second", "Alt+2", self._keep_second, self._can),
            ("both", "Keep both", "Alt+3", partial(self.keep, Choice.BOTH), self._can_both),
            ("other", "Write something else", "Alt+4", self._write_other, self._can_other),
        )
        return tuple(
            Command(id=f"settle.{name}", title=title, group="Settle", shortcut=keys, icon="check", run=run, enabled=may)
            for name, title, keys, run, may in acts
        )

    # What the shell asks

    def go(self, target: Target) -> None:
        """Show a disagreement."""
        if target.id != self._id:
            self._id, self._page = target.id, None
            self._is_saving = False

    def shown(self) -> None:
        """Take the keys and read."""
        commands = self.around.commands
        commands.add(*(each for each in self._commands if each.id not in commands))
        self._read()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys; not when only the window is put away."""
        if not event.spontaneous():
            self.around.commands.remove(*(each.id for each in self._commands))
        super().hideEvent(event)

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again."""
        self._read()

    def fit(self, room: Room) -> None:
        """Put the columns side by side where there is room."""
        self.room = room
        self.columns.stand(side_by_side=room > Room.NARROW)

    def panes(self) -> tuple[QWidget, ...]:
        """Return the columns and the other choices."""
        return self.columns.first, self.columns.second, self._acts

    @property
    def page(self) -> ConflictPage | None:
        """What is shown, once it has been read."""
        return self._page

    # Reading and showing

    def _read(self) -> None:
        """Ask for the disagreement as it is now."""
        if self._id:
            desk, conflict_id = self.around.work.desk, self._id
            self.around.doors.read(
                lambda reading: read_conflict_page(reading, desk, conflict_id),
                done=self._show,
                trouble=self._fail,
                key=(id(self), "page"),
            )

    def _show(self, page: ConflictPage) -> None:
        """Show what was read."""
        if page.conflict.id != self._id:
            return
        is_new = self._page is None
        self._page = page
        self.about.setText(page.about)
        self.about.setVisible(bool(page.about))
        self.title.setText(f"Two values: {page.title[:1].lower()}{page.title[1:]}")
        self.why.setText(f"Why it matters: {page.why[:1].lower()}{page.why[1:]}")
        self.columns.show_page(page)
        self.both.setVisible(self._can_both())
        self.both.setToolTip(page.both)
        self.both.setAccessibleDescription(page.both)
        self.other.setVisible(self._can_other())
        self._acts.setVisible(self._can_both() or self._can_other())
        self.to_case.setVisible(bool(page.case_id or page.person_id))
        self.to_case.setText("Open the case" if page.case_id else "Open the resident")
        self.to_case.setAccessibleName(self.to_case.text())
        self.more.setText(f"{counted(page.others, 'more disagreement')} on this case." if page.others else "")
        self.more.setVisible(bool(page.others and page.case_id))
        self._say_standing(page)
        self.stack.bring(self.area)
        if is_new and self._can():
            self.columns.first.button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_standing(self, page: ConflictPage) -> None:
        """Say when it has been settled, or that it is not for this officer to settle."""
        if page.settled:
            self.banner.say("notice", page.settled, "", icon="circle-check")
        elif not page.may:
            self.banner.say("notice", _READ_ONLY)
        else:
            self.banner.clear()

    def _fail(self, trouble: Trouble) -> None:
        """Say why it cannot be shown."""
        self.wrong.say(trouble)
        self.stack.bring(self.wrong)

    # Choosing

    def _can(self) -> bool:
        page = self._page
        return page is not None and page.may and page.is_open and not self._is_saving

    def _can_both(self) -> bool:
        return self._can() and self._page is not None and bool(self._page.both)

    def _can_other(self) -> bool:
        return self._can() and self._page is not None and self._page.has_other

    def _keep_first(self) -> None:
        if self._page is not None and self._page.first.choice is not None:
            self.keep(self._page.first.choice)

    def _keep_second(self) -> None:
        if self._page is not None and self._page.second.choice is not None:
            self.keep(self._page.second.choice)

    def keep(self, choice: Choice) -> None:
        """Settle it so."""
        if not self._can():
            return
        self._is_saving = True
        desk, conflict_id = self.around.work.desk, self._id
        self.around.doors.change(
            lambda tx: settle(tx, desk, conflict_id, choice), done=self._settled, trouble=self._refused, owner=self
        )

    def _write_other(self) -> None:
        """Ask for a third value by the field's own form."""
        page = self._page
        if page is None or not self._can_other():
            return
        desk, field = self.around.work.desk, page.conflict.field
        title = f"Write something else: {page.title[:1].lower()}{page.title[1:]}"
        dialog = FormDialog(self.around.theme, self.around.doors, title, go="Save", parent=self)
        form = RecordForm(self.around.theme, type(page.record), desk.clock.now, only=(field,), parent=dialog)
        form.fill(page.record)
        for row in form.fields:
            dialog.add_widget(row)
        form.know(dialog.faults)
        conflict_id = self._id

        def make() -> Callable[[Writing], Any]:
            value = form.values().get(field)
            return lambda tx: settle(tx, desk, conflict_id, Choice.OTHER, other=value)

        dialog.saves(make, self._settled)
        dialog.start()
        dialog.setFocus()

    def _settled(self, done: Settled) -> None:
        """Say what was chosen, then go on to the next one of the case, or back."""
        self._is_saving = False
        self.around.say(done.brief, None)
        case_id, mine = done.conflict.case_id, done.conflict.id
        self.around.doors.read(partial(_next_of, case_id, mine), done=self._go_on, key=(id(self), "next"), owner=self)

    def _go_on(self, next_id: str) -> None:
        """Go back to where the officer came from, or on to the next disagreement of the case from there."""
        self.around.back()
        if next_id:
            self.around.go(Target("conflict", next_id))

    def _refused(self, trouble: Trouble) -> None:
        """Say why not, and show it as it is now: somebody may have settled it meanwhile."""
        self._is_saving = False
        self.around.trouble(trouble)
        self._read()

    def _open_case(self) -> None:
        """Go to the case, or to the resident."""
        page = self._page
        if page is not None:
            self.around.go(Target("case", page.case_id) if page.case_id else Target("person", page.person_id))


def _next_of(case_id: str, done_id: str, reading: Reading) -> str:
    """Return another open disagreement of the case, if there is one."""
    found = [each.id for each in open_conflicts(reading, case_id) if each.id != done_id] if case_id else []
    return found[0] if found else ""
