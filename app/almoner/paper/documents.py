"""Office papers (case summaries, reports): headed pages with page numbers, headings, facts, tables with repeated heads.

Letters have their own page, because envelopes and large print rule it; everything that stays in the office is set here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from almoner.paper.faces import BOLD, FIGURES, FIGURES_SEMIBOLD, REGULAR, SEMIBOLD, Faces
from almoner.paper.flow import (
    HAIRLINE,
    INK,
    MOST_ROWS,
    QUIET,
    TINT,
    Bar,
    Block,
    Colour,
    Line,
    Mark,
    Row,
    Span,
    Type,
    decoration,
    gap,
    line_marks,
    paginate,
    paragraph,
    plain,
    unbroken,
    wrap,
)
from almoner.paper.ink import MM, Paper, Pdf, Sheet, placed, words
from almoner.records.trouble import Trouble

MOST_PAGES = 300
ACCENT: Colour = (0.059, 0.22, 0.361)
_MARGIN = 20 * MM
_FOOT = 14 * MM
_HEAD = 15 * MM
_TOP = 25 * MM
_BOTTOM = 22 * MM
_HELD_LINES = 8

TITLE = Type(20, 26, face=BOLD)
SUBTITLE = Type(10.5, 15, colour=QUIET)
HEADING = Type(13, 18, face=BOLD)
TEXT = Type(10, 14, strong=SEMIBOLD)
SMALL = Type(9, 12.5, colour=QUIET, strong=SEMIBOLD)
HEAD_CELL = Type(8.5, 11.5, face=SEMIBOLD, colour=QUIET)
CELL = Type(9.5, 13, strong=SEMIBOLD)
STRONG_CELL = Type(9.5, 13, face=SEMIBOLD, strong=BOLD)


@dataclass(frozen=True)
class Column:
    """A column of a table on paper: title, share of the width, and whether it holds numbers (set to the right)."""

    title: str
    share: float = 1.0
    number: bool = False


@dataclass(frozen=True)
class Office:
    """What stands at the head and foot of every page: the council, what the paper is about, who printed it and when."""

    council: str
    about: str
    printed: str


@dataclass(frozen=True)
class _Cell:
    """A cell that is wrapped: where it begins, its lines and their type, and whether it is a head (TH) or not (TD)."""

    x: float
    lines: tuple[Line, ...]
    type_: Type
    tag: str = "TD"


@dataclass(frozen=True)
class Desk:
    """Where rows are set: the faces, and the left edge and width of the text in points."""

    faces: Faces
    x: float
    width: float

    def title(self, text: str, subtitle: str) -> list[Row]:
        """Set the title of the paper and the sentence under it."""
        rows = paragraph(plain(text), TITLE, self.x, self.width, self.faces, tag="H1", hold=True)
        return [*rows, *paragraph(plain(subtitle), SUBTITLE, self.x, self.width, self.faces), gap(14)]

    def heading(self, text: str, explains: str = "") -> list[Row]:
        """Set a heading that stays with what follows it, and a quiet sentence under it."""
        rows = [gap(16), *paragraph(plain(text), HEADING, self.x, self.width, self.faces, tag="H2", hold=True)]
        if explains:
            rows += paragraph(plain(explains), SMALL, self.x, self.width, self.faces, hold=True)
        return [*rows, gap(5, hold=True)]

    def text(self, spans: Sequence[Span], type_: Type = TEXT) -> list[Row]:
        """Set a paragraph."""
        return [*paragraph(spans, type_, self.x, self.width, self.faces), gap(type_.leading * 0.4)]

    def warning(self, text: str) -> list[Row]:
        """Set a warning nobody may overlook: a dark bar beside strong words on a tint."""
        type_ = replace(TEXT, face=SEMIBOLD)
        rows = paragraph(plain(text), type_, self.x + 14, self.width - 24, self.faces, hold=True)
        edge = Row(5, hold=True)
        boxed = [
            replace(
                row,
                marks=(Bar(self.x, 0, self.width, row.height, TINT), Bar(self.x, 0, 4, row.height, INK), *row.marks),
            )
            for row in (edge, *rows, edge)
        ]
        return [*boxed, gap(10)]

    def facts(self, facts: Sequence[tuple[str, str]]) -> list[Row]:
        """Set facts in two columns, label and words, with hairlines between."""
        rows: list[Row] = [self._line()]
        table = Block("Table")
        column = min(42 * MM, self.width * 0.3)
        for label, said in facts:
            quiet = replace(CELL, colour=QUIET)
            left = wrap(plain(label), quiet, column - 10, self.faces)
            right = wrap((Span(said or "–"),), CELL, self.width - column, self.faces)
            cells = [_Cell(self.x, left, quiet, "TH"), _Cell(self.x + column, right, CELL)]
            rows += self._ruled(cells, table)
        return rows

    def table(
        self, columns: Sequence[Column], rows: Sequence[tuple[Sequence[str], bool]], when_empty: str
    ) -> list[Row]:
        """Set a table whose head is printed again on every page it runs over; a row is its cells and whether strong."""
        edges = self._edges(columns, [cells for cells, _ in rows] or [[""] * len(columns)])
        within = Block("Table")
        head = self._head(columns, edges, within)
        again = tuple(decoration(row) for row in head)
        if not rows:
            return [
                *head,
                *paragraph(plain(when_empty), replace(CELL, colour=QUIET), self.x + 4, self.width, self.faces),
            ]
        set_rows: list[Row] = []
        for cells, strong in rows:
            if strong and set_rows:
                set_rows[-1] = replace(set_rows[-1], hold=True)
            laid = self._table_cells(columns, edges, cells, strong)
            set_rows += self._ruled(laid, within, again=again, tint=strong)
        return [*head, *set_rows]

    def _table_cells(
        self, columns: Sequence[Column], edges: Sequence[tuple[float, float]], cells: Sequence[str], strong: bool
    ) -> list[_Cell]:
        """Wrap the cells of one row of a table in their columns."""
        laid = []
        for column, (left, width), cell in zip(columns, edges, cells, strict=True):
            type_ = self._cell_type(column, strong, cell)
            lines = wrap(plain(cell), type_, width, self.faces)
            at = left
            if column.number and lines:
                _, face, text = lines[0][0]
                at = left + width - self.faces.width(text, face, type_.size)
            laid.append(_Cell(at, lines, type_))
        return laid

    def _cell_type(self, column: Column, strong: bool, cell: str) -> Type:
        """Choose the type of a cell: figures of one width in columns of numbers."""
        base = STRONG_CELL if strong else CELL
        face = FIGURES_SEMIBOLD if strong else FIGURES
        if column.number and self.faces.prints_in(cell, face):
            return replace(base, face=face)
        return base

    def _edges(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[tuple[float, float]]:
        """Share the width between the columns, never less than the longest word needs; give left edge and width."""
        white, pad = 10.0, 4.0
        free = self.width - 2 * pad - white * (len(columns) - 1)
        needs = [
            min(
                free / 3,
                max(self._longest(column.title, HEAD_CELL), *(self._longest(row[at], STRONG_CELL) for row in rows)),
            )
            for at, column in enumerate(columns)
        ]
        spare = max(0.0, free - sum(needs))
        whole = sum(column.share for column in columns)
        wanted = [max(0.0, free * column.share / whole - need) for column, need in zip(columns, needs, strict=True)]
        scale = min(1.0, free / sum(needs))
        edges, x = [], self.x + pad
        for need, want in zip(needs, wanted, strict=True):
            width = need * scale + spare * want / (sum(wanted) or 1.0)
            edges.append((x, width))
            x += width + white
        return edges

    def _longest(self, text: str, type_: Type) -> float:
        """Return the width of the longest word of a cell, and a hair more."""
        words_ = unbroken(text).split(" ")
        return max(self.faces.width(word, type_.face, type_.size) for word in words_) + 0.5

    def _head(self, columns: Sequence[Column], edges: Sequence[tuple[float, float]], within: Block) -> list[Row]:
        """Set the head of a table on a tint."""
        row = Block("TR", within)
        cells = []
        for column, (left, width) in zip(columns, edges, strict=True):
            lines = wrap(plain(column.title), HEAD_CELL, width, self.faces)
            cells.append((left, width, lines, column.number))
        count = max(len(lines) for _, _, lines, _ in cells)
        height = count * HEAD_CELL.leading + 9
        marks: list[Mark] = [
            Bar(self.x, 0, self.width, height, TINT),
            Bar(self.x, height - 0.9, self.width, 0.9, QUIET),
        ]
        for left, width, lines, number in cells:
            block = Block("TH", row)
            for index, line in enumerate(lines):
                down = 4.5 + (count - len(lines) + index) * HEAD_CELL.leading + HEAD_CELL.baseline
                long = sum(self.faces.width(text, face, HEAD_CELL.size) for _, face, text in line)
                at = left + width - long if number else left
                marks += line_marks(line, HEAD_CELL, at, down, block)
        return [Row(height, tuple(marks), hold=True)]

    def _ruled(
        self, cells: Sequence[_Cell], within: Block, *, again: tuple[Row, ...] = (), tint: bool = False
    ) -> list[Row]:
        """Set wrapped cells side by side under a hairline, with a little white above and below."""
        leading, pad = CELL.leading, 3.6
        count = max(1, *(len(cell.lines) for cell in cells))
        row = Block("TR", within)
        blocks = [Block(cell.tag, row) for cell in cells]
        rows = []
        for index in range(count):
            above = pad if index == 0 else 0.0
            height = above + leading + (pad if index == count - 1 else 0.0)
            marks: list[Mark] = [Bar(self.x, 0, self.width, height, TINT)] if tint else []
            if tint and index == 0:
                marks.append(Bar(self.x, 0, self.width, 0.7, QUIET))
            if index == count - 1:
                marks.append(Bar(self.x, height - 0.5, self.width, 0.5, HAIRLINE))
            for cell, block in zip(cells, blocks, strict=True):
                if index < len(cell.lines):
                    marks += line_marks(cell.lines[index], cell.type_, cell.x, above + cell.type_.baseline, block)
            held = count <= _HELD_LINES and index < count - 1
            held = held or (index in (0, count - 2) and count > 1)
            rows.append(Row(height, tuple(marks), hold=held, again=again))
        return rows

    def _line(self) -> Row:
        """Return the hairline that opens a list of facts."""
        return Row(0.5, (Bar(self.x, 0, self.width, 0.5, HAIRLINE),), hold=True)


def desk(paper: Paper, faces: Faces) -> Desk:
    """Return where to set rows on a sheet of office paper."""
    return Desk(faces, _MARGIN, paper.width - 2 * _MARGIN)


def print_pages(rows: Sequence[Row], paper: Paper, office: Office, faces: Faces) -> Pdf:
    """Break rows into headed pages ("Page 2 of 3") and return the file; raises `Trouble` past 300 pages."""
    if len(rows) > MOST_ROWS:
        raise Trouble("This has more lines than one file can hold.", "Choose a shorter period or fewer parts.")
    room = paper.height - _TOP - _BOTTOM
    pages = paginate(rows, room, room)
    if len(pages) > MOST_PAGES:
        raise Trouble(
            f"This would be {len(pages)} pages; one file holds at most {MOST_PAGES}.",
            "Choose a shorter period or fewer parts.",
        )
    sheet = Sheet(paper)
    for number, page in enumerate(pages, start=1):
        sheet.draw(_head_and_foot(paper, office, faces, f"Page {number} of {len(pages)}") + placed(page, _TOP))
        sheet.end_page()
    return sheet.finish()


def _head_and_foot(paper: Paper, office: Office, faces: Faces, page: str) -> list[Mark]:
    """Draw the running head (council, reference) and foot (who printed it, page number)."""
    right, foot = paper.width - _MARGIN, paper.height - _FOOT
    about = _cut(office.about, SEMIBOLD, 9, paper.width / 2 - _MARGIN, faces)
    printed = _cut(office.printed, REGULAR, 8.5, paper.width - 2 * _MARGIN - 30 * MM, faces)
    return [
        Bar(_MARGIN, _HEAD - 17, 7 * MM, 0.9 * MM, ACCENT),
        words(_MARGIN, _HEAD, office.council, SEMIBOLD, 9, ACCENT),
        words(right - faces.width(about, SEMIBOLD, 9), _HEAD, about, SEMIBOLD, 9, INK),
        Bar(_MARGIN, foot - 14, paper.width - 2 * _MARGIN, 0.5, HAIRLINE),
        words(_MARGIN, foot, printed, REGULAR, 8.5, QUIET),
        words(right - faces.width(page, REGULAR, 8.5), foot, page, REGULAR, 8.5, QUIET),
    ]


def _cut(text: str, face: str, size: float, width: float, faces: Faces) -> str:
    """Shorten a text with an ellipsis so that it fits a width; only for heads and feet, which repeat what pages say."""
    if faces.width(text, face, size) <= width:
        return text
    while text and faces.width(text + "…", face, size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
