"""A letter, or the case summary: what goes in on the left, its pages as they will print on the right, and its acts.

Drawing and checking happen on the worker threads, which also load what makes paper; this module must not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, upright
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.parts.pages import PagesPane
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.letter_parts.side import Heading, Side
from almoner.desktop.workbench import PrintJob, Work
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from almoner.casework.letter_page import PaperPage
    from almoner.casework.letters import Printed
    from almoner.casework.ports import Desk
    from almoner.records import Letter
    from almoner.store.reading import Reading
    from almoner.store.writing import Writing

SUMMARY = "case-summary"
_SIDE = 420
_ACTS: tuple[tuple[str, str, str, str], ...] = (
    ("file", "File on the case", "folder-plus", "Ctrl+S"),
    ("print", "Print", "printer", "Ctrl+P"),
    ("save", "Save as PDF", "file-down", "Ctrl+Shift+S"),
    ("release", "Release after reading", "circle-check", ""),
    ("post", "Posted", "send", ""),
    ("hand-over", "Handed over", "user", ""),
    ("cancel", "Cancel this letter", "trash-2", ""),
)
"""Act, words, icon and keys, in the order of the buttons. The acts are those of casework."""


class LetterScreen(Screen):
    """One paper of a case. `Target("letter", case_id, part)`; `part` is a letter's code, its id, or "case-summary"."""

    shows = frozenset(
        {"letter", "letter_event", "case", "person", "address", "safe_contact_rule", "attachment", "clock"}
    )

    def build(self) -> None:
        """Make the panes."""
        theme, work = self.around.theme, self._work
        self._target = Target("letter")
        self._page: PaperPage | None = None
        self._then_print = ""
        self._is_busy = False
        self.heading = Heading(theme)
        self.side = Side(theme)
        self.pages = PagesPane(theme, self.around.doors, "Preview")
        self._empty = EmptyState(theme, "file-text", "There is no preview yet")
        self.error = ErrorPanel(theme)
        self.drafts = DraftKeeper(self.around.doors, work.desk.clock.now, self)
        self.tabs = Tabs("Parts of this page", (("side", "What goes in"), ("pages", "Preview")))
        self.buttons = {
            act: Button(theme, words, icon=icon, run=partial(self._do, act)) for act, words, icon, _keys in _ACTS
        }
        self._lay_out()
        self.heading.back.clicked.connect(self._to_case)
        self.side.words.changed.connect(self._typed)
        self.drafts.found.connect(self._found)
        self.tabs.opened.connect(lambda _tab: self.fit(self.room))
        self.error.again.connect(self._read)
        self._show_acts()

    @property
    def _work(self) -> Work:
        """What the wiring laid on the bench."""
        work: Work = self.around.work
        return work

    @property
    def page(self) -> PaperPage | None:
        """What is shown."""
        return self._page

    def _lay_out(self) -> None:
        """Heading above; words left, pages right; buttons at the foot."""
        self._preview = QStackedWidget()
        self._preview.addWidget(self.pages)
        self._preview.addWidget(self._empty)
        panes = QHBoxLayout()
        panes.setContentsMargins(0, 0, 0, 0)
        panes.setSpacing(0)
        self._edge = upright()
        for pane, share in ((self.side, 0), (self._edge, 0), (self._preview, 1)):
            panes.addWidget(pane, share)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        tabs = QHBoxLayout()
        tabs.setContentsMargins(24, 0, 24, 0)
        tabs.addWidget(self.tabs, 1)
        for part in (self.heading, self.side.held):
            column.addWidget(part)
        column.addLayout(tabs)
        line = QFrame()
        line.setProperty("kind", "rule")
        column.addWidget(line)
        column.addLayout(panes, 1)
        column.addWidget(self._foot())
        self._stack = QStackedWidget()
        self._stack.addWidget(inside)
        self._stack.addWidget(self.error)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _foot(self) -> QWidget:
        """Make the row of buttons."""
        foot = QFrame()
        foot.setProperty("kind", "foot")
        room = QVBoxLayout(foot)
        room.setContentsMargins(24, 12, 24, 12)
        self._hint = label("", "quiet", wraps=True)
        row = FlowLayout(gap=8)
        for button in self.buttons.values():
            row.addWidget(button)
        room.addWidget(self._hint)
        room.addLayout(row)
        return foot

    # What the shell asks

    def go(self, target: Target) -> None:
        """Show another paper."""
        if target == self._target:
            return
        self._target, self._page = target, None
        self.side.words.start({})
        self._show_acts()
        self.drafts.open("" if target.part == SUMMARY else f"letter {target.id} {target.part}")
        self._read()

    def shown(self) -> None:
        """Take the keys of this page, and put the keyboard on the pages."""
        own = [
            Command(
                id=f"letter.{act}",
                title=words,
                group="Letter",
                icon=icon,
                shortcut=keys,
                run=partial(self._do, act),
                enabled=partial(self._may, act),
            )
            for act, words, icon, keys in _ACTS
        ]
        self.around.commands.add(*(each for each in own if each.id not in self.around.commands))
        if self._page is not None:
            self._read()
        self.pages.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys; keep what was typed."""
        self.around.commands.remove(*(f"letter.{act}" for act, *_rest in _ACTS))
        self.drafts.flush()
        super().hideEvent(event)

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again."""
        self._read()

    def fit(self, room: Room) -> None:
        """Show both panes, or one with tabs where there is little room."""
        is_one = room <= Room.NARROW
        self.tabs.setVisible(is_one)
        side = not is_one or self.tabs.current == "side"
        self.side.setVisible(side)
        self._preview.setVisible(not is_one or not side)
        self._edge.setVisible(not is_one)
        wide = self.around.theme.look.px(_SIDE)
        self.side.setMinimumWidth(0 if is_one else wide)
        self.side.setMaximumWidth(16_777_215 if is_one else wide)

    def panes(self) -> tuple[QWidget, ...]:
        """Return words and pages."""
        return (self.side, self.pages.view)

    # Reading

    def _read(self) -> None:
        """Ask for the page, with the words typed so far."""
        target, desk, typed = self._target, self._work.desk, self.side.words.typed
        if target.id:
            self.around.doors.read(
                lambda reading: _page(reading, desk, target, typed),
                done=partial(self._show, target),
                trouble=self._failed,
                key=(id(self), "page"),
                owner=self,
            )

    def _show(self, target: Target, page: PaperPage) -> None:
        """Show the page that was read, unless another was asked for since."""
        if target != self._target:
            return
        is_first, self._page = self._page is None, page
        self._stack.setCurrentIndex(0)
        if is_first:
            self.tabs.open("side" if page.draft is not None else "pages")
        self.heading.show_page(page)
        self.side.show_page(page)
        if page.pdf:
            self.pages.show_pdf(page.pdf, text=page.text, window=page.window)
        else:
            self._empty.say("There is no preview yet", page.no_preview)
        self._preview.setCurrentIndex(0 if page.pdf else 1)
        self.pages.window_box.setVisible(page.window is not None)
        self._show_acts()
        if page.letter is not None and page.letter.id == self._then_print:
            self._then_print = ""
            self._print()

    def _failed(self, trouble: Trouble) -> None:
        """Say why there is nothing to show."""
        self.error.say(trouble)
        self._stack.setCurrentIndex(1)

    def _found(self, body: str) -> None:
        """Put back the words typed before."""
        typed = _words_of(body)
        if typed:
            self.side.words.start(typed)
            self._read()

    def _typed(self, typed: dict[str, str]) -> None:
        """Keep the words typed and draw the pages again."""
        kept = {name: words for name, words in typed.items() if words.strip()}
        self.drafts.typed(json.dumps(kept) if kept else "")
        self._read()

    # Acting

    def _may(self, act: str) -> bool:
        """Whether an act may be done now."""
        page = self._page
        if page is None or self._is_busy:
            return False
        return act in page.acts or (act == "print" and "file" in page.acts)

    def _show_acts(self) -> None:
        """Show the buttons for what may be done; the first is the one that is usually next."""
        acts = self._page.acts if self._page is not None else frozenset()
        shown = [act for act, *_rest in _ACTS if act in acts or (act == "print" and "file" in acts)]
        stopped = self._page is not None and self._page.draft is not None and not shown
        self._hint.setText("Put right what stops this letter, then it can be filed." if stopped else "")
        self._hint.setVisible(stopped)
        for act, button in self.buttons.items():
            button.setVisible(act in shown or (stopped and act == "file"))
            button.setEnabled(act in shown and not self._is_busy)
            button.set_kind("go" if shown and act == self._next(shown) else "")
        words = "File and print" if "file" in acts else "Print"
        self.buttons["print"].setText(words)
        self.buttons["print"].setAccessibleName(words)

    def _next(self, shown: list[str]) -> str:
        """The act that is usually next: posting what was printed, else the first."""
        page = self._page
        was_printed = page is not None and page.letter is not None and page.letter.status in ("printed", "saved")
        if was_printed:
            return next((act for act in ("post", "hand-over") if act in shown), shown[0])
        return "release" if "release" in shown else shown[0]

    def _do(self, act: str) -> None:
        """Do what a button or a key asks."""
        if not self._may(act):
            return
        assert self._page is not None
        if act == "file":
            self._file()
        elif act == "print" and "file" in self._page.acts:
            self._file(then_print=True)
        elif act == "print":
            self._print()
        elif act == "save":
            self._save()
        elif act == "cancel":
            self._cancel()
        else:
            self._record(act)

    def _busy(self, *, is_busy: bool) -> None:
        """Hold the buttons still while something is saved."""
        self._is_busy = is_busy
        self._show_acts()

    def _change(self, job: Callable[[Writing], Any], done: Callable[[Any], None]) -> None:
        """Save something; trouble goes to the window and the buttons work again."""
        self._busy(is_busy=True)

        def ended(value: Any) -> None:
            self._busy(is_busy=False)
            done(value)

        def failed(trouble: Trouble) -> None:
            self._busy(is_busy=False)
            self.around.trouble(trouble)

        self.around.doors.change(job, done=ended, trouble=failed, owner=self)

    def _file(self, *, then_print: bool = False) -> None:
        """Make the letter final and keep it with the case."""
        page, desk = self._page, self._work.desk
        assert page is not None
        assert page.draft is not None
        draft = page.draft

        def job(tx: Writing) -> Letter:
            from almoner.casework.letters import file_letter

            return file_letter(tx, desk, draft)

        self._change(job, partial(self._filed, then_print))

    def _filed(self, then_print: bool, letter: Letter) -> None:
        """Say so, forget the draft, and show the letter as it was frozen."""
        self.drafts.drop()
        held = letter.status == "held"
        self.around.say("Filed, held until a second person has read it" if held else "Filed on the case", None)
        self._then_print = letter.id if then_print and not held else ""
        self.around.go(Target("letter", letter.case_id, letter.id))

    def _print(self) -> None:
        """Choose a printer; a letter is asked about once more before anything goes to it."""
        page = self._page
        assert page is not None
        job = self._asked(
            lambda: self._work.paperwork.choose_printer(
                page.pdf, title=f"{page.title} {page.reference}", parent=self.window()
            )
        )
        if job is None:
            return
        if page.letter is None:
            self._send(job)
            return
        letter_id, desk = page.letter.id, self._work.desk
        self._change(lambda tx: _let_out(tx, desk, letter_id, "print"), partial(self._may_print, job))

    def _may_print(self, job: PrintJob, answer: Printed) -> None:
        """Print, or say why it is held."""
        if answer.may_print:
            self._send(job)
        else:
            self.around.trouble(Trouble(answer.why, answer.do))

    def _send(self, job: PrintJob) -> None:
        """Give the pages to the printer."""
        try:
            job.send()
        except Trouble as trouble:
            self.around.trouble(trouble)
        else:
            self.around.say("Sent to the printer", None)

    def _save(self) -> None:
        """Choose a place; a letter is asked about once more before it is written there."""
        page = self._page
        assert page is not None
        path = self._asked(lambda: self._work.paperwork.choose_place(suggested=page.file_name, parent=self.window()))
        if path is None:
            return
        if page.letter is None:
            self._write(path, page.pdf)
            return
        letter_id, desk = page.letter.id, self._work.desk
        self._change(lambda tx: _let_out(tx, desk, letter_id, "save"), partial(self._may_save, path, page.pdf))

    def _may_save(self, path: Path, pdf: bytes, answer: Printed) -> None:
        """Write the file, or say why it is held."""
        if answer.may_print:
            self._write(path, pdf)
        else:
            self.around.trouble(Trouble(answer.why, answer.do))

    def _write(self, path: Path, pdf: bytes) -> None:
        """Write the file on a worker thread."""
        self.around.doors.read(
            lambda _reading: _written(path, pdf),
            done=lambda name: self.around.say(f"Saved as {name}", None),
            trouble=self.around.trouble,
            owner=self,
        )

    def _record(self, act: str) -> None:
        """Record that it was released, posted or handed over."""
        page, desk = self._page, self._work.desk
        assert page is not None
        assert page.letter is not None
        letter_id = page.letter.id
        said = {"release": "Released", "post": "Posting recorded", "hand-over": "Handing over recorded"}[act]
        self._change(lambda tx: _recorded(tx, desk, letter_id, act), lambda _v: self.around.say(said, None))

    def _cancel(self) -> None:
        """Ask why, then cancel."""
        page, theme, desk = self._page, self.around.theme, self._work.desk
        assert page is not None
        assert page.letter is not None
        letter_id = page.letter.id
        dialog = FormDialog(
            theme,
            self.around.doors,
            "Cancel this letter",
            go="Cancel the letter",
            words="It stays on the case, marked as cancelled, and cannot be printed any more.",
            parent=self.window(),
        )
        why = QPlainTextEdit()
        why.setTabChangesFocus(True)
        why.setFixedHeight(theme.look.px(72))
        dialog.add(Field(theme, "Why", why), "Why")
        dialog.saves(
            lambda: _canceller(desk, letter_id, why.toPlainText()),
            lambda _event: self.around.say("The letter is cancelled", None),
        )
        dialog.start()
        why.setFocus(Qt.FocusReason.OtherFocusReason)

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Run a dialog of the system; its trouble goes to the window."""
        try:
            return ask()
        except Trouble as trouble:
            self.around.trouble(trouble)
            return None

    def _to_case(self) -> None:
        """Go to the case."""
        if self._target.id:
            part = "" if self._target.part == SUMMARY else "letters"
            self.around.go(Target("case", self._target.id, part))


def _words_of(body: str) -> dict[str, str]:
    """Return the words of a draft; nothing when it is not one of ours."""
    try:
        read = json.loads(body) if body else {}
    except ValueError:
        return {}
    return {str(name): str(words) for name, words in read.items()} if isinstance(read, dict) else {}


# On the worker threads, where what makes paper is loaded


def _page(reading: Reading, desk: Desk, target: Target, typed: dict[str, str]) -> PaperPage:
    from almoner.casework.letter_page import paper_page

    return paper_page(reading, desk, target.id, target.part, typed)


def _let_out(tx: Writing, desk: Desk, letter_id: str, act: str) -> Printed:
    from almoner.casework.letters import record_printed, record_saved

    return (record_printed if act == "print" else record_saved)(tx, desk, letter_id)


def _recorded(tx: Writing, desk: Desk, letter_id: str, act: str) -> None:
    from almoner.casework.letters import record_handed_over, record_posted, release_letter

    if act == "release":
        release_letter(tx, desk, letter_id)
    elif act == "post":
        record_posted(tx, desk, letter_id)
    else:
        record_handed_over(tx, desk, letter_id)


def _canceller(desk: Desk, letter_id: str, reason: str) -> Callable[[Writing], object]:
    def cancel(tx: Writing) -> object:
        from almoner.casework.letters import cancel_letter

        return cancel_letter(tx, desk, letter_id, reason=reason)

    return cancel


def _written(path: Path, content: bytes) -> str:
    from almoner.desktop.printing import write_whole

    write_whole(path, content)
    return path.name
