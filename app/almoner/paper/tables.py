"""Reports on paper: the same sheet that the screen and the CSV show, with repeated heads, totals and page numbers."""

from __future__ import annotations

from almoner.paper.documents import SMALL, Column, Desk, Office, desk, print_pages
from almoner.paper.faces import BOLD, FIGURES_SEMIBOLD, REGULAR, Faces, one_line
from almoner.paper.flow import HAIRLINE, QUIET, Bar, Block, Glyphs, Mark, Row, gap, plain
from almoner.paper.ink import A4, A4_LANDSCAPE, Paper, Pdf
from almoner.records.sheets import ReportSheet, SheetFigure, SheetTable, shown

_FIGURES_IN_LINE = 5


def render_report(sheet: ReportSheet, faces: Faces, *, council: str, printed: str) -> Pdf:
    """Return a report as a PDF; `printed` says by whom and when ("Printed by Owen Price, 17 Dec 2026 10:05").

    Raises `Trouble` when a character cannot be printed or the report passes 300 pages.
    """
    faces.check(_texts(sheet, council, printed), what="This report")
    width, height = A4_LANDSCAPE if sheet.landscape else A4
    paper = Paper(title=sheet.title, author=council, width=width, height=height)
    at = desk(paper, faces)
    rows = at.title(one_line(sheet.title), one_line(sheet.subtitle))
    if sheet.figures:
        rows += _figures(sheet.figures, at)
    for table in sheet.tables:
        rows += _table(table, at)
    if sheet.notes:
        rows += at.heading("Notes")
        for note in sheet.notes:
            rows += at.text(plain(one_line(note)), SMALL)
    return print_pages(rows, paper, Office(council, sheet.title, printed), faces)


def _table(table: SheetTable, at: Desk) -> list[Row]:
    """Set one table of the sheet under its heading."""
    columns = [Column(column.title, column.share, column.holds == "number") for column in table.columns]
    rows = [([one_line(shown(cell)) for cell in row.cells], row.strong) for row in table.rows]
    return [*at.heading(one_line(table.title), one_line(table.explains)), *at.table(columns, rows, table.when_empty)]


def _figures(figures: tuple[SheetFigure, ...], at: Desk) -> list[Row]:
    """Set the headline numbers, large, in lines of five."""
    rows: list[Row] = []
    step = at.width / min(len(figures), _FIGURES_IN_LINE)
    for start in range(0, len(figures), _FIGURES_IN_LINE):
        marks: list[Mark] = []
        for index, figure in enumerate(figures[start : start + _FIGURES_IN_LINE]):
            x = at.x + index * step
            number = shown(figure.number)
            face = FIGURES_SEMIBOLD if at.faces.prints_in(number, FIGURES_SEMIBOLD) else BOLD
            block = Block("P")
            marks += [
                Bar(x, 0, step - 12, 0.9, HAIRLINE),
                Glyphs(x, 31, number, face, 22, block=block),
                Glyphs(x, 46, figure.words, REGULAR, 9, QUIET, block),
            ]
        rows += [Row(54, tuple(marks)), gap(4)]
    return rows


def _texts(sheet: ReportSheet, council: str, printed: str) -> list[str]:
    """Return every text of the sheet, for the check that all of it can be printed."""
    texts = [sheet.title, sheet.subtitle, council, printed, *sheet.notes]
    texts += [figure.words for figure in sheet.figures]
    for table in sheet.tables:
        texts += [table.title, table.explains, table.when_empty, *(column.title for column in table.columns)]
        texts += [shown(cell) for row in table.rows for cell in row.cells]
    return [one_line(text) for text in texts]
