"""Tests of CSV: no cell runs as a formula, and a spreadsheet reads every letter."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.reports.csv_out import harmless, rows_csv


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+44 1632", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0", "＝1", " @x", "\u00a0=1"],
)
def test_a_formula_becomes_text(cell: str) -> None:
    """A cell somebody typed can never start a formula in a spreadsheet."""
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(("cell", "written"), [("a=b", "a=b"), (-2, "-2"), (1234, "1234"), ("", ""), ("14B", "14B")])
def test_harmless_cells_are_left_alone(cell: str | int, written: str) -> None:
    """Only what could be a formula is marked; counts stay numbers."""
    assert harmless(cell) == written


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")) | st.integers(), min_size=1),
        max_size=5,
    )
)
def test_what_is_written_can_be_read_back(rows: list[list[str | int]]) -> None:
    """Commas, quotes, line breaks and every alphabet survive, and no field starts a formula."""
    written = rows_csv(rows).decode("utf-8-sig")

    assert list(csv.reader(StringIO(written, newline=""))) == [[harmless(cell) for cell in row] for row in rows]


def test_the_file_tells_excel_that_it_is_unicode() -> None:
    """Without the mark, Excel shows ŵ and £ as rubbish."""
    assert rows_csv([["ŵ"]]).startswith(b"\xef\xbb\xbf")
