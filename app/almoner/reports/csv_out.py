"""Reports as CSV for a spreadsheet, safe to open: no cell can start a formula.

A cell that begins with = + - @ (or a tab or line break before them) gets a leading apostrophe, as OWASP's advice on CSV
injection has it. Numbers are written plainly, without commas. UTF-8 with a byte order mark, so Excel reads ŵ and £.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from almoner.records.sheets import Cell, ReportSheet

_BOM = b"\xef\xbb\xbf"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def report_csv(sheet: ReportSheet) -> bytes:
    """Return the whole sheet as CSV: title and subtitle, then each table under its title, parted by empty lines."""
    lines: list[Sequence[Cell]] = [[sheet.title], [sheet.subtitle]]
    if sheet.figures:
        lines.append([])
        lines += [[figure.words, figure.number] for figure in sheet.figures]
    for table in sheet.tables:
        lines += [[], [table.title], [column.title for column in table.columns]]
        lines += [row.cells for row in table.rows] or [[table.when_empty]]
    if sheet.notes:
        lines += [[], *([note] for note in sheet.notes)]
    return rows_csv(lines)


def rows_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return rows of cells as CSV bytes, every cell made harmless."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
    return _BOM + out.getvalue().encode("utf-8")


def harmless(cell: Cell) -> str:
    """Return a cell as text that no spreadsheet takes for a formula; whole numbers, negative ones too, stay numbers."""
    if isinstance(cell, int):
        return str(cell)
    if cell.startswith(_STARTS_A_FORMULA) or cell.lstrip().startswith(_STARTS_A_FORMULA):
        return f"'{cell}"
    return cell
