"""My work: what needs the officer now and why, in the order to do it."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from almoner.casework.work_page import WorkGroup, WorkLine, WorkPage, read_work_page
from almoner.desktop.parts.banners import EmptyState, ErrorPanel
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.figures import Figures
from almoner.desktop.parts.grouped_list import GroupedList, RowGroup
from almoner.desktop.parts.rows import Row
from almoner.desktop.parts.stand import Stand
from almoner.desktop.screen import Screen, Target
from almoner.desktop.screens.case_parts.showing import tone_of
from almoner.records.trouble import Trouble
from almoner.rules.words import counted

SECTION = "work"
_FIGURES = (
    ("overdue", "overdue", "red"),
    ("today", "due today", "orange"),
    ("soon", "in the next 5 working days", "blue"),
)
_PARTS = {"task": "tasks", "letter": "letters"}
"""Which tab of the case a thing to do is found on."""


class MyWork(Screen):
    """Greeting, three figures, and the list."""

    shows = frozenset(
        {"case", "clock", "task", "conflict", "letter_event", "letter", "participant", "person", "outbox", "held_work"}
    )

    def build(self) -> None:
        """Make head, list and what stands in its place when there is nothing to do."""
        theme = self.around.theme
        self._page: WorkPage | None = None
        self.greeting = label("My work", "title", wraps=True)
        self.today = label("", "quiet", wraps=True)
        self.figures = Figures(theme, tuple((code, words, tone_of(tone)) for code, words, tone in _FIGURES))
        self.list = GroupedList(theme, "What needs you, most pressing first")
        self.list.opened.connect(self._open)
        self.empty = EmptyState(
            theme,
            "circle-check",
            "Nothing needs you in the next 5 working days",
            "New work appears here when a case is given to you or a date comes near. "
            "Cases that nobody has taken yet are under Cases, Unassigned.",
        )
        self.empty.offer("Show unassigned cases", self._to_unassigned, icon="folder-open")
        self.wrong = ErrorPanel(theme)
        self.wrong.again.connect(self._read)
        self.stack = Stand(self.list, self.empty, self.wrong)
        self._lay_out()
        self.around.doors.touched.connect(self._touched_behind)

    def _lay_out(self) -> None:
        """Put the head over the list."""
        head = QVBoxLayout()
        head.setContentsMargins(18, 0, 18, 0)
        head.setSpacing(4)
        head.addWidget(self.greeting)
        head.addWidget(self.today)
        head.addSpacing(10)
        head.addWidget(self.figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 18, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.stack, 1)

    def shown(self) -> None:
        """Read, and put the keyboard on the list."""
        self._read()
        self.stack.part.setFocus()

    def refresh(self, touched: frozenset[str]) -> None:
        """Read again."""
        self._read()

    def panes(self) -> tuple[QWidget, ...]:
        """Return the list."""
        return (self.stack,)

    def _read(self) -> None:
        """Ask what there is to do; a newer question drops an older one."""
        desk = self.around.work.desk
        read = partial(read_work_page, desk=desk)
        self.around.doors.read(read, done=self._show, trouble=self._fail, key=(id(self), "work"))

    def _touched_behind(self, kinds: frozenset[str]) -> None:
        """Keep the number in the navigation true while another screen is in front."""
        if kinds & self.shows and not self.isVisible() and not self.around.doors.is_stopped:
            self._read()

    def _show(self, page: WorkPage) -> None:
        """Show what was read."""
        self._page = page
        self.greeting.setText(page.greeting)
        total = sum(len(group.lines) for group in page.groups)
        self.today.setText(f"{page.today}  ·  {counted(total, 'thing')} to do" if total else page.today)
        self.figures.show_numbers({figure.code: figure.number for figure in page.figures})
        self.list.show_groups([_rows(group) for group in page.groups])
        self.stack.bring(self.list if total else self.empty)
        self.around.badge(SECTION, page.pressing)
        self.around.badge("settle", page.to_settle)

    def _fail(self, trouble: Trouble) -> None:
        """Say why nothing can be shown."""
        self.wrong.say(trouble)
        self.stack.bring(self.wrong)

    def _open(self, row_id: str) -> None:
        """Open what a row is about: the disagreement, what came back, or the case at the part the work is found in."""
        lines = {_id_of(line): line for group in self._page.groups for line in group.lines} if self._page else {}
        line = lines.get(row_id)
        if line is None:
            return
        kind = line.item.record_kind
        if kind == "conflict":
            self.around.go(Target("conflict", line.item.record_id))
        elif kind in ("outbox", "held_work"):
            self.around.go(Target("settle", part="returned"))
        else:
            self.around.go(Target("case", line.item.case_id, _PARTS.get(line.item.record_kind, "")))

    def _to_unassigned(self) -> None:
        """Go where work without an owner lies."""
        self.around.go(Target("cases", part="unassigned"))


def _id_of(line: WorkLine) -> str:
    return f"{line.item.record_kind}-{line.item.record_id}"


def _rows(group: WorkGroup) -> RowGroup:
    return RowGroup(group.title, tuple(_row(line) for line in group.lines))


def _row(line: WorkLine) -> Row:
    said = (line.title, line.why, line.mark, f"reference {line.item.reference}" if line.item.reference else "")
    return Row(
        id=_id_of(line),
        title=line.title,
        second=line.why,
        tag=line.mark,
        tone=tone_of(line.tone),
        reference=line.item.reference,
        spoken=", ".join(filter(None, said)),
    )
