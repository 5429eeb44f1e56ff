"""Reports: the caseload for a period, on the screen, on paper and as CSV, all from one sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from almoner.desktop.commands import Command
from almoner.desktop.parts.banners import ErrorPanel
from almoner.desktop.parts.buttons import Button, Select
from almoner.desktop.parts.cards import label
from almoner.desktop.parts.fields import Field
from almoner.desktop.parts.flow import FlowLayout
from almoner.desktop.parts.sheet_figures import SheetFigures
from almoner.desktop.parts.sheet_table import SheetView
from almoner.desktop.parts.stand import Stand
from almoner.desktop.parts.time_field import DayField
from almoner.desktop.screen import Screen, Target
from almoner.desktop.workbench import Work
from almoner.records import Case
from almoner.records.sheets import ReportSheet, SheetTable
from almoner.records.trouble import Trouble
from almoner.reports.caseload_rows import MINE, Whose, caseload, choices
from almoner.reports.csv_out import report_csv
from almoner.reports.periods import Period, periods
from almoner.rules.words import date_and_time, plain_date, uk_date

if TYPE_CHECKING:
    from almoner.casework.ports import Desk
    from almoner.store.reading import Reading

OTHER = "other"
_ACTS = (
    ("report.print", "Print", "printer", "Ctrl+P"),
    ("report.pdf", "Save as PDF", "file-down", "Ctrl+Shift+S"),
    ("report.csv", "Save as CSV", "download", ""),
)
_LEADS = {"overdue": "overdue", "due this week": "due_this_week", "open now": "open"}
_REFERENCE = "Reference"


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report with what it was asked for."""

    sheet: ReportSheet
    whose: Whose
    choices: tuple[Whose, ...]


class Reports(Screen):
    """Whose cases and which days above; figures and tables under it; print and save at the top."""

    shows = frozenset({"case", "clock", "contact_attempt", "user", "team"})

    def build(self) -> None:
        """Make the choices, the buttons and the page."""
        theme, desk = self.around.theme, self._work.desk
        self._page: ReportPage | None = None
        self._is_filling = False
        self._views: list[SheetView] = []
        self.whose = Select(theme, "Whose cases")
        self.period = Select(theme, "Period")
        self._periods = periods(uk_date(desk.clock.now()))
        for each in (*self._periods, Period(OTHER, "Other dates", date.min, date.min)):
            self.period.addItem(each.title, each.code)
        self.period.setCurrentIndex(next(at for at, each in enumerate(self._periods) if each.code == "this-month"))
        self.first = DayField(theme, "First day", desk.clock.now, help_text="Such as 1 Nov or 01/11/2026")
        self.last = DayField(theme, "Last day", desk.clock.now, help_text="Such as 30 Nov")
        self.buttons = {
            act: Button(theme, words, icon=icon, run=partial(self._do, act)) for act, words, icon, _keys in _ACTS
        }
        self._subtitle = label("", "quiet", wraps=True)
        self.figures = SheetFigures(theme)
        self.wrong = ErrorPanel(theme)
        self._lay_out()
        self.around.theme.changed.connect(self._measure)
        self._measure()
        self.whose.currentIndexChanged.connect(self._chosen)
        self.period.currentIndexChanged.connect(self._chosen)
        for field in (self.first, self.last):
            field.box.editingFinished.connect(self._chosen)
        self.figures.followed.connect(self._to_list)
        self.wrong.again.connect(self._read)
        self._chosen()

    @property
    def _work(self) -> Work:
        """What the wiring laid on the bench."""
        work: Work = self.around.work
        return work

    @property
    def sheet(self) -> ReportSheet | None:
        """The report that is shown."""
        return self._page.sheet if self._page is not None else None

    @property
    def tables(self) -> tuple[SheetView, ...]:
        """The tables that are shown."""
        return tuple(self._views)

    def _lay_out(self) -> None:
        """Put head, choices and page under one another."""
        theme = self.around.theme
        head = QHBoxLayout()
        head.setContentsMargins(24, 16, 24, 4)
        head.addWidget(label("Caseload", "title"), 1)
        chooser = QWidget()
        row = FlowLayout(chooser, gap=16)
        self._fields = QWidget()
        days = QHBoxLayout(self._fields)
        days.setContentsMargins(0, 0, 0, 0)
        days.setSpacing(16)
        for field in (self.first, self.last):
            days.addWidget(field, 0, Qt.AlignmentFlag.AlignTop)
        for name, select in (("Whose cases", self.whose), ("Period", self.period)):
            row.addWidget(Field(theme, name, select))
        row.addWidget(self._fields)
        acts = QWidget()
        line = FlowLayout(acts, gap=8)
        for button in self.buttons.values():
            button.setEnabled(False)
            line.addWidget(button)
        bar = QVBoxLayout()
        bar.setContentsMargins(24, 0, 24, 14)
        bar.setSpacing(12)
        bar.addWidget(chooser)
        bar.addWidget(acts)
        edge = QFrame()
        edge.setProperty("kind", "rule")
        self.stand = Stand(self._area(), self.wrong)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(bar)
        column.addWidget(edge)
        column.addWidget(self.stand, 1)

    def _measure(self) -> None:
        """Make the choices as wide as their words at the text size."""
        px = self.around.theme.look.px
        for part in (self.whose, self.period, self.first, self.last):
            part.setFixedWidth(px(220))

    def _area(self) -> QScrollArea:
        """Make the page that scrolls."""
        inside = QWidget()
        inside.setProperty("kind", "page")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 16, 24, 24)
        self._column.setSpacing(8)
        self._column.addWidget(self._subtitle)
        self._column.addWidget(self.figures)
        self._tables = QVBoxLayout()
        self._tables.setSpacing(6)
        self._column.addLayout(self._tables)
        self._column.addStretch(1)
        self.area = QScrollArea()
        self.area.setAccessibleName("Caseload report")
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setMinimumWidth(0)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return self.area

    # What the shell asks

    def shown(self) -> None:
        """Take the keys, read again, and put the keyboard on the first choice."""
        own = [
            Command(
                id=act,
                title=f"{words} this report",
                group="Report",
                icon=icon,
                shortcut=keys,
                run=partial(self._do, act),
                enabled=lambda: self._page is not None,
            )
            for act, words, icon, keys in _ACTS
        ]
        self.around.commands.add(*(each for each in own if each.id not in self.around.commands))
        self._read()
        self.whose.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the keys."""
        self.around.commands.remove(*(act for act, *_rest in _ACTS))
        super().hideEvent(event)

    def refresh(self, touched: frozenset[str]) -> None:
        """Count again."""
        self._read()

    def panes(self) -> tuple[QWidget, ...]:
        """Return the choices and the first table."""
        return (self.whose, *self._views[:1])

    # Reading

    def _chosen(self) -> None:
        """Another choice was made."""
        if self._is_filling:
            return
        self._fields.setVisible(self.period.currentData() == OTHER)
        self._read()

    def _days(self) -> tuple[date, date] | None:
        """The days chosen; None while they are being typed. Raises Trouble that names the field."""
        code = self.period.currentData()
        known = next((each for each in self._periods if each.code == code), None)
        if known is not None:
            return known.start, known.end
        first, last = self.first.day(), self.last.day()
        return (first, last) if first and last else None

    def _read(self) -> None:
        """Ask for the report."""
        try:
            days = self._days()
        except Trouble as trouble:
            field = self.first if trouble.where == "First day" else self.last
            field.set_wrong(f"{trouble.what} {trouble.do}")
            return
        if days is None:
            return
        self.around.doors.read(
            partial(_report, self._work.desk, self.whose.currentData() or "", days),
            done=self._show,
            trouble=self._failed,
            key=(id(self), "report"),
            owner=self,
        )

    def _show(self, page: ReportPage) -> None:
        """Show a report; tables are made again only when they differ."""
        before, self._page = self._page, page
        for button in self.buttons.values():
            button.setEnabled(True)
        self._fill_choices(page)
        self.stand.bring(self.area)
        for field in (self.first, self.last):
            field.set_wrong("")
        self._subtitle.setText(page.sheet.subtitle)
        self.figures.show_figures(page.sheet.figures, lambda words: bool(self._list_of(words)))
        if before is None or before.sheet.tables != page.sheet.tables:
            self._show_tables(page.sheet)

    def _fill_choices(self, page: ReportPage) -> None:
        """Offer whose cases may be asked for."""
        self._is_filling = True
        known = [self.whose.itemData(at) for at in range(self.whose.count())]
        if known != [each.code for each in page.choices]:
            self.whose.clear()
            for each in page.choices:
                self.whose.addItem(each.title, each.code)
        self.whose.setCurrentIndex([each.code for each in page.choices].index(page.whose.code))
        self._is_filling = False

    def _show_tables(self, sheet: ReportSheet) -> None:
        """Put the tables of a sheet under the figures, and the notes under them."""
        while (old := self._tables.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._views = []
        for table in sheet.tables:
            self._tables.addWidget(self._heading(table.title))
            if table.explains:
                self._tables.addWidget(label(table.explains, "quiet", wraps=True))
            if table.rows:
                self._tables.addWidget(self._view_of(table))
            else:
                self._tables.addWidget(label(table.when_empty, wraps=True))
        if sheet.notes:
            self._tables.addWidget(self._heading("Notes"))
        for note in sheet.notes:
            self._tables.addWidget(label(note, "quiet", wraps=True))

    def _heading(self, words: str) -> QLabel:
        """Make a heading with room above it."""
        heading = label(words, "heading", wraps=True)
        heading.setContentsMargins(0, self.around.theme.look.px(14), 0, 0)
        return heading

    def _view_of(self, table: SheetTable) -> SheetView:
        """Make the view of a table; references lead to their cases."""
        titles = [column.title for column in table.columns]
        view = SheetView(self.around.theme, table, lambda _row, column: titles[column] == _REFERENCE)
        view.followed.connect(lambda row, column: self._to_case(str(table.rows[row].cells[column])))
        view.selectionModel().currentChanged.connect(partial(self._keep_in_sight, view))
        self._views.append(view)
        return view

    def _keep_in_sight(self, view: SheetView, now: QModelIndex, _before: QModelIndex) -> None:
        """Scroll the page so that the cell the keyboard is on can be seen."""
        box = view.visualRect(now).translated(view.viewport().pos())
        page = self.area.widget()
        assert page is not None, "the area holds a page"
        at = view.mapTo(page, box.center())
        self.area.ensureVisible(at.x(), at.y(), 0, self.around.theme.look.px(60))

    def _failed(self, trouble: Trouble) -> None:
        """Say why there is no report."""
        self.wrong.say(trouble)
        self.stand.bring(self.wrong)

    # Leading on

    def _list_of(self, words: str) -> str:
        """The list of cases a figure counts, where there is just that list."""
        if self._page is not None and self._page.whose.code == MINE:
            return "mine" if words == "open now" else ""
        return _LEADS.get(words, "")

    def _to_list(self, words: str) -> None:
        """Show the cases a figure counts."""
        self.around.go(Target("cases", part=self._list_of(words)))

    def _to_case(self, reference: str) -> None:
        """Open a case by its reference."""
        self.around.doors.read(
            lambda reading: reading.all_of(Case, reference=reference, limit=1),
            done=self._open,
            trouble=self.around.trouble,
            owner=self,
        )

    def _open(self, found: tuple[Case, ...]) -> None:
        """Open the case that was found."""
        if found:
            self.around.go(Target("case", found[0].id))

    # Print and save

    def _do(self, act: str) -> None:
        """Print or save the report that is shown."""
        page = self._page
        if page is None:
            return
        desk, sheet = self._work.desk, page.sheet
        if act == "report.csv":
            self._save(f"Caseload {page.whose.title} {_stamp(desk)}.csv", lambda: report_csv(sheet))
        elif act == "report.pdf":
            self._save(f"Caseload {page.whose.title} {_stamp(desk)}.pdf", partial(_pdf, desk, sheet))
        else:
            self.around.doors.read(
                lambda _reading: _pdf(desk, sheet), done=self._print, trouble=self.around.trouble, owner=self
            )

    def _print(self, pdf: bytes) -> None:
        """Let the user print."""
        try:
            went = self._work.paperwork.print_pdf(pdf, title="Caseload", parent=self.window())
        except Trouble as trouble:
            self.around.trouble(trouble)
            return
        if went:
            self.around.say("Sent to the printer", None)

    def _save(self, name: str, make: Callable[[], bytes]) -> None:
        """Let the user say where, then make and write the file on a worker thread."""
        path = self._work.paperwork.choose_place(suggested=name, parent=self.window())
        if path is not None:
            self.around.doors.read(
                lambda _reading: _written(path, make()),
                done=lambda saved: self.around.say(f"Saved as {saved}", None),
                trouble=self.around.trouble,
                owner=self,
            )


# On the worker threads


def _report(desk: Desk, whose: str, days: tuple[date, date], reading: Reading) -> ReportPage:
    offered = choices(reading, desk.me)
    chosen = next((each for each in offered if each.code == whose), offered[0])
    services = {code: desk.lines.versions(code)[-1].title for code in desk.lines.codes}
    sheet = caseload(
        reading,
        desk.me,
        chosen.code,
        services,
        period_start=days[0],
        period_end=days[1],
        as_at=desk.clock.now(),
    )
    return ReportPage(sheet, chosen, offered)


def _pdf(desk: Desk, sheet: ReportSheet) -> bytes:
    from almoner.paper.faces import load_faces
    from almoner.paper.tables import render_report

    printed = f"Printed by {desk.me.full_name}, {date_and_time(desk.clock.now())}"
    return render_report(
        sheet, load_faces(desk.resources / "fonts"), council=desk.council.name, printed=printed
    ).content


def _stamp(desk: Desk) -> str:
    return plain_date(uk_date(desk.clock.now()))


def _written(path: Path, content: bytes) -> str:
    from almoner.desktop.printing import write_whole

    write_whole(path, content)
    return path.name
