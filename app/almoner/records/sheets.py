"""A finished report as plain values: one definition that the screen, the PDF and the CSV all show.

A sheet holds only what is to be read: words and whole numbers, already counted. It knows nothing of how it is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cell = str | int
MOST_ROWS = 5_000
"""The most rows one table of a report may have; a longer list belongs in an export."""


@dataclass(frozen=True, kw_only=True)
class SheetColumn:
    """A column: its title, what it holds (words to the left, numbers to the right) and its share of the width."""

    title: str
    holds: Literal["words", "number"] = "words"
    share: float = 1.0

    def __post_init__(self) -> None:
        assert self.title, "a column needs a title"
        assert self.share > 0, "a column needs some width"


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """A row of cells, one for each column; a strong row is a total or the total of a group."""

    cells: tuple[Cell, ...]
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """A table with its title, a sentence under the title, its rows, and what to say when there are none."""

    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[SheetRow, ...]
    explains: str = ""
    when_empty: str = "None."

    def __post_init__(self) -> None:
        assert self.columns, "a table needs a column"
        assert len(self.rows) <= MOST_ROWS, "a table has more rows than a report may have"
        for row in self.rows:
            assert len(row.cells) == len(self.columns), "every row has one cell for each column"
            for column, cell in zip(self.columns, row.cells, strict=True):
                assert (column.holds == "number") == isinstance(cell, int) or cell == "", "a cell is not of its column"


@dataclass(frozen=True, kw_only=True)
class SheetFigure:
    """A headline number with its words, such as 12 and "overdue"."""

    number: int
    words: str


@dataclass(frozen=True, kw_only=True)
class ReportSheet:
    """A whole report: title, a sentence that says as at when and for what period, headline figures, tables, notes."""

    title: str
    subtitle: str
    tables: tuple[SheetTable, ...]
    figures: tuple[SheetFigure, ...] = ()
    notes: tuple[str, ...] = ()
    landscape: bool = False


def shown(cell: Cell) -> str:
    """Say a cell as people read it: thousands parted by commas, a true minus sign."""
    return f"{cell:,}".replace("-", "−") if isinstance(cell, int) else cell
