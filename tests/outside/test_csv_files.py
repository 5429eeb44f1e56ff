"""CSV files are read as they are, strictly; what cannot be read is told with its line and a remedy."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from almoner.outside.csv_files import read_csv
from almoner.records.trouble import Trouble


def kept(folder: Path, content: bytes, name: str = "rows.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Name,Town\nZofia Łaska,Bryn Cŵn\n".encode(), "utf-8"),
        ("Name,Town\nZofia Łaska,Bryn Cŵn\n".encode("utf-8-sig"), "utf-8-sig"),
        ("Name,Town\nZofia Łaska,Bryn Cŵn\n".encode("utf-16"), "utf-16"),
    ],
)
def test_names_survive_every_encoding(tmp_path: Path, content: bytes, encoding: str) -> None:
    """The encoding is found by its mark or by strict reading, and no letter changes."""
    table = read_csv(kept(tmp_path, content))

    assert table.encoding == encoding
    assert [row.cells for row in table.rows()] == [{"Name": "Zofia Łaska", "Town": "Bryn Cŵn"}]


def test_windows_letters_are_read_and_said_so(tmp_path: Path) -> None:
    """A file that is not UTF-8 is read as Windows-1252, and the table says so."""
    table = read_csv(kept(tmp_path, "Name\nRenée’s café\n".encode("cp1252")))

    assert (table.encoding, next(table.rows()).cells["Name"]) == ("cp1252", "Renée’s café")


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        (b"Name\nA\nB\x81\n", "rows.csv, line 3", "cannot be read as utf-8 or cp1252"),
        ("Name\nA\n".encode("utf-16-le"), "rows.csv", "cannot be read"),
        (b"", "rows.csv", "empty"),
        (b"PK\x03\x04rest", "rows.csv", "spreadsheet"),
        (b"Name,Name\nA,B\n", "rows.csv, line 1", "there twice"),
        (b",,\nA,B,C\n", "rows.csv, line 1", "names no columns"),
        (b"\x1f\x8bnot really", "rows.csv", "cannot be opened"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes, where: str, reason: str) -> None:
    """What, where and what to do, for every file that is not a CSV file in letters we know."""
    with pytest.raises(Trouble) as told:
        read_csv(kept(tmp_path, content))

    assert reason in told.value.what
    assert told.value.where.endswith(where)
    assert told.value.do


def test_a_quote_that_is_never_closed_names_its_row(tmp_path: Path) -> None:
    """The row where reading had to stop is named by its line."""
    table = read_csv(kept(tmp_path, b'Name,Note\nA,fine\nB,"never closed\nC,x\n'), delimiter=",")

    with pytest.raises(Trouble) as told:
        list(table.rows())

    assert told.value.where == "rows.csv, line 3"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    """Commas inside quotes do not deceive."""
    lines = [["Name", "Note", "Day"], ["A", '"one, two; three"', "1"], ["B", "x", "2"]]

    table = read_csv(kept(tmp_path, "\n".join(delimiter.join(line) for line in lines).encode()))

    assert (table.delimiter, table.columns) == (delimiter, ("Name", "Note", "Day"))


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """Line breaks inside quotes and empty rows do not shift the lines told; rows of the wrong shape carry a fault."""
    table = read_csv(kept(tmp_path, b'Name,Note\nA,"two\nlines"\n\nB,x\nC\nD,y,z\n'))

    rows = list(table.rows())

    assert [(row.line, row.cells["Name"], bool(row.fault)) for row in rows] == [
        (2, "A", False), (5, "B", False), (6, "C", True), (7, "D", True),
    ]  # fmt: skip


def test_a_packed_file_is_the_same_file(tmp_path: Path) -> None:
    """Gzip is unpacked; the digest is of what is inside."""
    content = b"Name\nA\n"

    packed = read_csv(kept(tmp_path, gzip.compress(content), "rows.csv.gz"))

    assert packed.sha256 == read_csv(kept(tmp_path, content)).sha256
    assert [row.cells for row in packed.rows()] == [{"Name": "A"}]


def test_a_file_that_is_not_there_is_told_with_its_path(tmp_path: Path) -> None:
    """The message names the path as it was typed."""
    with pytest.raises(Trouble, match="It is not there"):
        read_csv(tmp_path / "gone.csv")
