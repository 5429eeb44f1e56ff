"""One case: the list at its left, all that happened in the middle, what is due and whom it is about at its right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from almoner.casework.case_page import CasePage, read_case_page
from almoner.casework.notes import add_note, new_postcodes
from almoner.casework.ports import Desk
from almoner.casework.tasks import finish_task, undo_task
from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.cards import upright
from almoner.desktop.parts.case_list_pane import SHOWS, CaseListPane
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.timeline import Timeline
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.case_parts import showing
from almoner.desktop.screens.case_parts.dialogs import Dialogs, Done
from almoner.desktop.screens.case_parts.header import TABS, CaseHeader
from almoner.desktop.screens.case_parts.note_box import NoteBox
from almoner.desktop.screens.case_parts.removing import RemovingForms
from almoner.desktop.screens.case_parts.sharing import SharingForms, sharing_items
from almoner.desktop.screens.case_parts.side import SidePanel
from almoner.desktop.screens.case_parts.tabs import TabPage
from almoner.desktop.top_bar import SyncState
from almoner.records.trouble import Trouble

_KINDS = ("jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "pdf", "docx", "xlsx", "odt", "ods", "txt", "csv", "eml")
_FILES = f"Photos and documents ({' '.join(f'*.{ending}' for ending in _KINDS)})"
_MOST_FILES = 50


class CaseScreen(Screen):
    """The page of a case. Everything on it can be done from the keyboard; each act is a command."""

    shows = SHOWS | frozenset(
        {
            "address", "answer", "attachment", "conflict", "contact_attempt", "contact_point", "flag",
            "case_share", "household_membership", "letter", "letter_event", "note", "safe_contact_rule",
            "stage_change", "task", "visit",
        }
    )  # fmt: skip

    def build(self) -> None:
        """Make the three panes and list what can be done; the keys are taken once the screen is shown."""
        around = self.around
        self._desk: Desk = around.work.desk
        self._case_id = ""
        self._tab = ""
        self._page: CasePage | None = None
        self._dialogs = Dialogs(around, self)
        self._sharing = SharingForms(around, self)
        self._removing = RemovingForms(around, self)
        self._commands = self._make_commands()
        self.cases = CaseListPane(around.theme, around.doors, self._desk)
        self.side = SidePanel(around.theme, around.go)
        self._middle = self._make_middle()
        self._left_line, self._right_line = upright(), upright()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.cases, 40)
        row.addWidget(self._left_line)
        row.addWidget(self._middle, 53)
        row.addWidget(self._right_line)
        row.addWidget(self.side, 29)
        self.setAcceptDrops(True)
        self.cases.picked.connect(self._picked)
        network = around.work.network
        network.changed.connect(self._sync_changed)
        self.side.show_sync(network.state())

    # What the shell asks

    def go(self, target: Target) -> None:
        """Show a case, and a tab of it if one is named."""
        if target.part in dict(TABS):
            self.header.tabs.open(target.part)
        if target.id and target.id != self._case_id:
            self._case_id = target.id
            self._page = None
            self._stack.setCurrentWidget(self._waiting)
            self.note.open(target.id)
            self.header.tabs.open(target.part if target.part in dict(TABS) else "timeline")

    def shown(self) -> None:
        """Take the keys, read the case and the list anew, and put the keyboard where work goes on."""
        commands = self.around.commands
        commands.add(*(each for each in self._commands if each.id not in commands))
        self._read()
        self.cases.refresh()
        self._focus_case()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys, for other screens use some of them; not when only the window is put away."""
        if not event.spontaneous():
            self.around.commands.remove(*(each.id for each in self._commands))
        super().hideEvent(event)

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again what a change touched."""
        self._read()
        if touched & SHOWS:
            self.cases.refresh()

    def fit(self, room: Room) -> None:
        """Leave out the side panel, then the list, where there is no room."""
        self.side.setVisible(room is Room.WIDE)
        self._right_line.setVisible(room is Room.WIDE)
        self.cases.setVisible(room > Room.ONE_PANE)
        self._left_line.setVisible(room > Room.ONE_PANE)
        self.header.say_due(room is not Room.WIDE)

    def panes(self) -> tuple[QWidget, ...]:
        """List, tab, note box, side panel."""
        return self.cases.list, self._tabs, self.note.edit, self.side

    @property
    def page(self) -> CasePage | None:
        """What is shown, once it has been read."""
        return self._page

    # Layout

    def _make_middle(self) -> QWidget:
        """Make the pane of the case: header, tabs, note box; and what stands there while there is no case."""
        theme = self.around.theme
        quick = [command for command in self._commands if command.id in ("case.attempt", "case.letter")]
        self.header = CaseHeader(theme, quick, self._menu, self._settle)
        self.timeline = Timeline(theme)
        self._tabs = QStackedWidget()
        self._tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._tabs.addWidget(self.timeline)
        self._pages = self._make_tabs()
        for page in self._pages.values():
            page.acted.connect(self._acted)
            self._tabs.addWidget(page)
        self.note = NoteBox(theme, self.around.doors, self._desk.clock.now)
        self.note.saved.connect(self._save_note)
        self.note.attach.connect(self._choose_files)
        self.header.tabs.opened.connect(self._open_tab)
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 14)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addSpacing(8)
        column.addWidget(self._tabs, 1)
        column.addWidget(self.note)
        self._shown = shown
        self._waiting = EmptyState(theme, "folder-open", "Choose a case", "Pick one at the left, or press Ctrl+K.")
        self._failed = ErrorPanel(theme)
        self._failed.again.connect(self._read)
        self._stack = QStackedWidget()
        for widget in (self._waiting, shown, self._failed):
            self._stack.addWidget(widget)
        self._stack.setMinimumWidth(0)
        return self._stack

    def _make_tabs(self) -> dict[str, TabPage]:
        """Make what lies under each tab but the first."""
        theme, run = self.around.theme, self._runner
        return {
            "details": TabPage(theme, "Details", "", [("Edit details", "pencil", run("details")),
                                                       ("Give to", "user", run("assign"))]),
            "people": TabPage(
                theme, "People", "Nobody is named on this case.", [("Share case", "users", run("share"))]
            ),
            "letters": TabPage(
                theme, "Letters", "No letter has been made on this case.",
                [("Make letter", "mail", run("letter")), ("Case summary", "printer", run("summary"))],
            ),
            "files": TabPage(
                theme, "Files", "No file is on this case. Drop files here, or attach them.",
                [("Attach", "paperclip", run("attach"))],
            ),
            "tasks": TabPage(
                theme, "Tasks", "Nothing is left to do on this case.",
                [("Add task", "list-checks", run("task")), ("Book visit", "calendar-clock", run("book"))],
            ),
        }  # fmt: skip

    def _open_tab(self, tab: str) -> None:
        """Bring a tab to the front."""
        page: QWidget = self._pages.get(tab) or self.timeline
        self._tabs.setCurrentWidget(page)

    # Reading

    def _read(self) -> None:
        """Read the case on a reader thread."""
        if self._case_id:
            desk, case_id = self._desk, self._case_id
            self.around.doors.read(
                lambda reading: read_case_page(reading, desk, case_id),
                done=self._show,
                trouble=self._show_trouble,
                key=(id(self), "case"),
            )

    def _show(self, page: CasePage) -> None:
        """Show what was read."""
        if page.view.case.id != self._case_id:
            return
        is_new = self._page is None
        self._page = page
        self.header.show_page(page)
        self.timeline.moments.show(showing.moments_of(page))
        self._pages["details"].show_items(showing.answer_items(page))
        self._pages["people"].show_items((*showing.people_items(page), *sharing_items(page.shares)))
        self._pages["letters"].show_items(showing.letter_items(page))
        self._pages["files"].show_items(showing.file_items(page))
        self._pages["tasks"].show_items((*showing.visit_items(page), *showing.task_items(page)))
        self.side.show_page(page)
        self._stack.setCurrentWidget(self._shown)
        self.cases.keep(page.view.case.id)
        if is_new:
            self.timeline.scrollToTop()
            self._focus_case()

    def _show_trouble(self, trouble: Trouble) -> None:
        """Say in place of the case why it cannot be shown."""
        self._page = None
        self._failed.say(trouble)
        self._stack.setCurrentWidget(self._failed)

    def _focus_case(self) -> None:
        """Put the keyboard on the timeline or the tabs, unless it is in the list or something is being typed."""
        if not (self.cases.list.hasFocus() or self.note.edit.hasFocus()):
            opened = self.timeline if self.header.tabs.current == "timeline" else self.header.tabs
            target = opened if self._case_id else self.cases.list
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _sync_changed(self, state: SyncState) -> None:
        """Show whether work can be sent."""
        self.side.show_sync(state)

    def _picked(self, case_id: str) -> None:
        """Open the case chosen in the list."""
        if case_id != self._case_id:
            self.around.go(Target("case", case_id))

    # What can be done

    def _make_commands(self) -> tuple[Command, ...]:
        """List every act on a case, with its keys."""
        acts: Sequence[tuple[str, str, str, str, Callable[[], None]]] = (
            ("note", "Add note", "Ctrl+Shift+N", "message-square", self._to_note),
            ("attempt", "Record contact attempt", "Ctrl+Shift+A", "phone", partial(self._ask, "attempt")),
            ("task", "Add task", "Ctrl+Shift+T", "list-checks", partial(self._ask, "task")),
            ("finish", "Finish task", "Ctrl+Shift+D", "square-check", partial(self._ask, "finish")),
            ("book", "Book visit", "Ctrl+Shift+B", "calendar-clock", partial(self._ask, "book")),
            ("visit", "Say how a visit went", "Ctrl+Shift+V", "home", partial(self._ask, "visit")),
            ("attach", "Add photo or file", "Ctrl+Shift+F", "camera", self._choose_files),
            ("move", "Move stage", "Ctrl+Shift+M", "route", partial(self._ask, "move")),
            ("assign", "Give case to officer or team", "Ctrl+Shift+G", "user", partial(self._ask, "assign")),
            ("share", "Share case with team or officer", "Ctrl+Shift+H", "users", partial(self._ask, "share")),
            ("remove", "Take away a task entered by mistake", "Ctrl+Shift+X", "x", partial(self._ask, "remove")),
            ("details", "Edit details", "Ctrl+Shift+E", "pencil", partial(self._ask, "details")),
            ("letter", "Make letter", "Ctrl+Shift+W", "mail", partial(self._to_letter, "acknowledgement")),
            ("settle", "Settle a disagreement", "Ctrl+Shift+Y", "arrow-right-left", self._settle),
            ("summary", "Print case summary", "Ctrl+Shift+S", "printer", partial(self._to_letter, "case-summary")),
        )
        return tuple(
            Command(
                id=f"case.{name}", title=title, group="Case", shortcut=keys, icon=icon, run=run, enabled=self._is_open
            )
            for name, title, keys, icon, run in acts
        )

    def _is_open(self) -> bool:
        """Whether a case is in front."""
        return self._page is not None and self.isVisible()

    def _menu(self) -> Sequence[Command]:
        """Return what the button "More" lists."""
        return self._commands

    def _runner(self, name: str) -> Callable[[], None]:
        """Return what gives a command of the case."""
        return lambda: self.around.commands.run(f"case.{name}")

    def _ask(self, what: str, item_id: str = "") -> None:
        """Open the form for an act on the case as it is now: a save a moment ago may not be on the page yet."""
        if self._page is None:
            return
        desk, case_id = self._desk, self._case_id
        self.around.doors.read(
            lambda reading: read_case_page(reading, desk, case_id),
            done=partial(self._ask_about, what, item_id),
            trouble=self._show_trouble,
            key=(id(self), "ask"),
            owner=self,
        )

    def _ask_about(self, what: str, item_id: str, page: CasePage) -> None:
        """Open the form, unless another case is in front meanwhile or a form is open already."""
        if page.view.case.id != self._case_id or QApplication.activeModalWidget() is not None:
            return
        forms = self._dialogs
        ask: dict[str, Callable[[CasePage, Done], FormDialog | None]] = {
            "attempt": forms.attempt,
            "task": forms.task,
            "finish": forms.finish,
            "book": forms.book,
            "visit": partial(forms.visit, visit_id=item_id),
            "move": forms.move,
            "assign": forms.assign,
            "details": forms.details,
            "share": self._sharing.share,
            "remove": self._removing.of_case,
        }
        if ask[what](page, self._say) is None and what not in ("share", "remove"):
            self._say("No visit is booked" if what == "visit" else "No task is open")

    def _acted(self, item_id: str, act: str) -> None:
        """Do what was asked of a line."""
        if act == "finish":
            self._finish(item_id)
        elif act == "visit":
            self._ask("visit", item_id)
        elif act == "letter":
            self.around.go(Target("letter", self._case_id, item_id))
        elif act == "person":
            self.around.go(Target("person", item_id))
        elif act == "end-sharing" and self._page is not None:
            line = next(each for each in self._page.shares if each.id == item_id)
            self._sharing.end_share(line, self._say)

    def _finish(self, task_id: str) -> None:
        """Tick a task off; the message offers to take it back."""
        desk, doors = self._desk, self.around.doors

        def undo() -> None:
            doors.change(lambda tx: undo_task(tx, desk, task_id), owner=self)

        doors.change(
            lambda tx: finish_task(tx, desk, task_id),
            done=lambda task: self.around.say(f"Done: {task.title}", undo),
            owner=self,
        )

    def _to_note(self) -> None:
        """Put the keyboard in the note box."""
        self.note.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _settle(self) -> None:
        """Go to what two people disagree about, the oldest first."""
        conflicts = self._page.view.conflicts if self._page is not None else ()
        if conflicts:
            self.around.go(Target("conflict", min(conflicts, key=lambda each: (each.offered_at, each.id)).id))
        elif self._page is not None:
            self._say("Nobody disagrees about this case")

    def _to_letter(self, template: str) -> None:
        """Go and make a letter or the summary."""
        if self._page is not None:
            self.around.go(Target("letter", self._case_id, template))

    # Notes and files

    def _save_note(self, words: str) -> None:
        """Save a note, asking first about postcodes that nobody in the case has."""
        case_id, council = self._case_id, self._desk.council.letter_lines
        self.around.doors.read(
            lambda reading: new_postcodes(reading, case_id, words, council),
            done=lambda codes: self._note_looked_at(case_id, words, codes),
            owner=self,
            key=(id(self), "note"),
        )

    def _note_looked_at(self, case_id: str, words: str, codes: tuple[str, ...]) -> None:
        """Ask about the postcodes, or save at once."""
        page = self._page
        if page is None or case_id != self._case_id:
            return
        if codes:
            self._dialogs.postcodes(page, words, codes, self._note_saved)
            return
        desk = self._desk
        self.around.doors.change(
            lambda tx: add_note(tx, desk, case_id, words),
            done=lambda _note: self._note_saved("Note saved"),
            trouble=self.note.set_wrong,
            owner=self,
        )

    def _note_saved(self, words: str) -> None:
        """Empty the box and say so."""
        self.note.is_saved()
        self._say(words)

    def _choose_files(self) -> None:
        """Let the worker pick photos and other files."""
        if self._page is not None:
            self._attach(self.around.work.paperwork.choose_files(title="Attach files", kinds=_FILES, parent=self))

    def _attach(self, paths: Sequence[Path]) -> None:
        """Ask what the files show, then put them on the case."""
        if len(paths) > _MOST_FILES:
            self.around.trouble(Trouble(f"{len(paths)} files are too many.", f"Attach up to {_MOST_FILES} at a time."))
        elif paths and self._page is not None:
            self._dialogs.attach(self._page, paths, self._say)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files dropped on the case."""
        if self._page is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Attach the files that were dropped."""
        urls = event.mimeData().urls()
        self._attach([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])

    def _say(self, words: str) -> None:
        """Confirm at the head of the window."""
        self.around.say(words, None)
