"""What can be done with a paper: filed, printed, saved, released, posted, handed over, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.form import FormDialog
from almoner.desktop.screen import Around
from almoner.desktop.screens.letter_parts.jobs import canceller, filer, let_out, record, written
from almoner.desktop.workbench import PrintJob, Work
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from almoner.casework.letter_page import PaperPage
    from almoner.casework.letters import Printed
    from almoner.records import Letter
    from almoner.store.writing import Writing

ACTS: tuple[tuple[str, str, str, str], ...] = (
    ("file", "File on the case", "folder-plus", "Ctrl+S"),
    ("print", "Print", "printer", "Ctrl+P"),
    ("save", "Save as PDF", "file-down", "Ctrl+Shift+S"),
    ("release", "Release after reading", "circle-check", ""),
    ("post", "Posted", "send", ""),
    ("hand-over", "Handed over", "user", ""),
    ("cancel", "Cancel this letter", "trash-2", ""),
)
"""Act, words, icon and keys, in the order of the buttons. The acts are those of casework."""

_SAID = {"release": "Released", "post": "Posting recorded", "hand-over": "Handing over recorded"}


class LetterActs(QObject):
    """Does one act at a time. A letter is asked about once more before anything of it leaves Almoner."""

    busy_changed = Signal()
    filed = Signal(object, bool)
    """The letter that was filed, and whether it is to be printed next."""

    def __init__(self, around: Around, screen: QWidget) -> None:
        super().__init__(screen)
        self._around, self._screen = around, screen
        self.is_busy = False

    @property
    def _work(self) -> Work:
        """What the wiring laid on the bench."""
        work: Work = self._around.work
        return work

    def do(self, act: str, page: PaperPage) -> None:
        """Do an act that the page allows; printing a letter not yet filed files it first."""
        if act == "file":
            self._file(page, then_print=False)
        elif act == "print" and page.draft is not None:
            self._file(page, then_print=True)
        elif act == "print":
            self._print(page)
        elif act == "save":
            self._save(page)
        elif act == "cancel":
            self._cancel(page)
        else:
            self._record(act, page)

    def _change(self, job: Callable[[Writing], Any], done: Callable[[Any], None]) -> None:
        """Save something; trouble goes to the window and the buttons work again."""
        self._busy(is_busy=True)

        def ended(value: Any) -> None:
            self._busy(is_busy=False)
            done(value)

        def failed(trouble: Trouble) -> None:
            self._busy(is_busy=False)
            self._around.trouble(trouble)

        self._around.doors.change(job, done=ended, trouble=failed, owner=self)

    def _busy(self, *, is_busy: bool) -> None:
        """Hold the buttons still while something is saved."""
        self.is_busy = is_busy
        self.busy_changed.emit()

    def _file(self, page: PaperPage, *, then_print: bool) -> None:
        """Make the letter final and keep it with the case."""
        assert page.draft is not None, "only a letter not yet filed is filed"
        self._change(filer(self._work.desk, page.draft), partial(self._has_filed, then_print))

    def _has_filed(self, then_print: bool, letter: Letter) -> None:
        """Say so."""
        held = letter.status == "held"
        self._around.say("Filed, held until a second person has read it" if held else "Filed on the case", None)
        self.filed.emit(letter, then_print and not held)

    def _print(self, page: PaperPage) -> None:
        """Choose a printer, then ask whether the letter may go."""
        title = f"{page.title} {page.reference}"
        try:
            job = self._work.paperwork.choose_printer(page.pdf, title=title, parent=self._screen.window())
        except Trouble as trouble:
            self._around.trouble(trouble)
            return
        if job is None:
            return
        if page.letter is None:
            self._send(job)
            return
        self._change(partial(let_out, desk=self._work.desk, letter_id=page.letter.id, act="print"),
                     partial(self._may_go, partial(self._send, job)))  # fmt: skip

    def _may_go(self, go: Callable[[], None], answer: Printed) -> None:
        """Let it go, or say why it is held."""
        if answer.may_print:
            go()
        else:
            self._around.trouble(Trouble(answer.why, answer.do))

    def _send(self, job: PrintJob) -> None:
        """Give the pages to the printer."""
        try:
            job.send()
        except Trouble as trouble:
            self._around.trouble(trouble)
        else:
            self._around.say("Sent to the printer", None)

    def _save(self, page: PaperPage) -> None:
        """Choose a place, then ask whether the letter may go there."""
        path = self._work.paperwork.choose_place(suggested=page.file_name, parent=self._screen.window())
        if path is None:
            return
        write = partial(self._write, path, page.pdf)
        if page.letter is None:
            write()
            return
        self._change(partial(let_out, desk=self._work.desk, letter_id=page.letter.id, act="save"),
                     partial(self._may_go, write))  # fmt: skip

    def _write(self, path: Path, pdf: bytes) -> None:
        """Write the file on a worker thread."""
        self._around.doors.read(
            lambda _reading: written(path, pdf),
            done=lambda name: self._around.say(f"Saved as {name}", None),
            trouble=self._around.trouble,
            owner=self,
        )

    def _record(self, act: str, page: PaperPage) -> None:
        """Record that it was released, posted or handed over."""
        assert page.letter is not None, "only a letter on file goes out"
        job = partial(record, desk=self._work.desk, letter_id=page.letter.id, act=act)
        self._change(job, lambda _nothing: self._around.say(_SAID[act], None))

    def _cancel(self, page: PaperPage) -> None:
        """Ask why, then cancel."""
        assert page.letter is not None, "only a letter on file is cancelled"
        theme, desk, letter_id = self._around.theme, self._work.desk, page.letter.id
        dialog = FormDialog(
            theme,
            self._around.doors,
            "Cancel this letter",
            go="Cancel the letter",
            words="It stays on the case, marked as cancelled, and cannot be printed any more.",
            parent=self._screen.window(),
        )
        why = QPlainTextEdit()
        why.setTabChangesFocus(True)
        why.setFixedHeight(theme.look.px(72))
        dialog.add(Field(theme, "Why", why), "Why")
        dialog.saves(
            lambda: canceller(desk, letter_id, why.toPlainText()),
            lambda _event: self._around.say("The letter is cancelled", None),
        )
        dialog.start()
        why.setFocus(Qt.FocusReason.OtherFocusReason)
