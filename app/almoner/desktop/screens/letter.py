"""A letter, or the case summary: what goes in on the left, its pages as they will print on the right, and its acts.

Drawing and checking happen on the worker threads, which also load what makes paper; this module must not.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.cards import label, upright
from almoner.desktop.parts.drafts import DraftKeeper
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.pages import PagesPane
from almoner.desktop.parts.tabs import Tabs
from almoner.desktop.screen import Room, Screen, Target
from almoner.desktop.screens.letter_parts.acts import ACTS, LetterActs
from almoner.desktop.screens.letter_parts.jobs import read_page
from almoner.desktop.screens.letter_parts.side import Heading, Side
from almoner.desktop.workbench import Work
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from almoner.casework.letter_page import PaperPage
    from almoner.records import Letter

SUMMARY = "case-summary"
_SIDE = 420


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
        self.heading = Heading(theme)
        self.side = Side(theme)
        self.pages = PagesPane(theme, self.around.doors, "Preview")
        self._empty = EmptyState(theme, "file-text", "There is no preview yet")
        self.error = ErrorPanel(theme)
        self.drafts = DraftKeeper(self.around.doors, work.desk.clock.now, self)
        self.tabs = Tabs("Parts of this page", (("side", "What goes in"), ("pages", "Preview")))
        self.buttons = {
            act: Button(theme, words, icon=icon, run=partial(self._do, act)) for act, words, icon, _keys in ACTS
        }
        self.acts = LetterActs(self.around, self)
        self._lay_out()
        self.heading.back.clicked.connect(self._to_case)
        self.side.words.changed.connect(self._typed)
        self.drafts.found.connect(self._found)
        self.acts.busy_changed.connect(self._show_acts)
        self.acts.filed.connect(self._filed)
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
        self._preview.setCurrentIndex(1)
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
            for act, words, icon, keys in ACTS
        ]
        self.around.commands.add(*(each for each in own if each.id not in self.around.commands))
        if self._page is not None:
            self._read()
        self.pages.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys; keep what was typed."""
        self.around.commands.remove(*(f"letter.{act}" for act, *_rest in ACTS))
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
                lambda reading: read_page(reading, desk, target, typed),
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
            self.acts.do("print", page)

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
        if page is None or self.acts.is_busy:
            return False
        return act in page.acts or (act == "print" and "file" in page.acts)

    def _show_acts(self) -> None:
        """Show the buttons for what may be done; the first is the one that is usually next."""
        acts = self._page.acts if self._page is not None else frozenset()
        shown = [act for act, *_rest in ACTS if act in acts or (act == "print" and "file" in acts)]
        stopped = self._page is not None and self._page.draft is not None and not shown
        self._hint.setText("Put right what stops this letter, then it can be filed." if stopped else "")
        self._hint.setVisible(stopped)
        for act, button in self.buttons.items():
            button.setVisible(act in shown or (stopped and act == "file"))
            button.setEnabled(act in shown and not self.acts.is_busy)
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
        if self._may(act):
            assert self._page is not None
            self.acts.do(act, self._page)

    def _filed(self, letter: Letter, then_print: bool) -> None:
        """Forget the draft, and show the letter as it was frozen."""
        self.drafts.drop()
        self._then_print = letter.id if then_print else ""
        self.around.go(Target("letter", letter.case_id, letter.id))

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
