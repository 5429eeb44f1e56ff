"""Reading CSV files as councils have them: plain or packed, in whatever encoding, with whatever between the cells."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from almoner.records.trouble import Trouble

MOST_BYTES = 512 * 1024 * 1024
MOST_ROWS = 1_000_000
MOST_COLUMNS = 500
MOST_IN_CELL = 200_000
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LINES_TRIED = 50
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line of the file it begins on (the heading is line 1), and its cells by column.

    `fault` says what is wrong with a row that has too many or too few cells.
    """

    line: int
    cells: dict[str, str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV file that was understood: its columns, encoding, delimiter, SHA-256 and text."""

    name: str
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    sha256: str
    text: str

    def rows(self) -> Iterator[Row]:
        """Give the rows in order, leaving out empty ones. Raises Trouble, with the line, where it cannot be read on."""
        reader = _reader(self.text, self.delimiter)
        next(reader)
        line, count = reader.line_num + 1, 0
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise _unreadable(self.name, line, str(error)) from error
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                count += 1
                if count > MOST_ROWS:
                    raise Trouble(f"This file has over {MOST_ROWS:,} rows.", "Split it into parts.", self.name)
                yield self._row(line, cells)
            line = reader.line_num + 1

    def count(self) -> int:
        """Count the rows, at most as the lines of the file: for a progress bar, not for a report."""
        return max(self.text.count("\n") - 1 + (not self.text.endswith("\n")), 0)

    def _row(self, line: int, cells: list[str]) -> Row:
        fault = ""
        if len(cells) != len(self.columns):
            fault = f"It has {len(cells)} cells where the heading has {len(self.columns)}."
        return Row(line, dict(zip(self.columns, (cell.strip() for cell in cells), strict=False)), fault)


def read_csv(path: Path, *, encoding: str = "", delimiter: str = "") -> CsvFile:
    """Read a CSV file, packed with gzip or not. Without an encoding UTF-8 is tried, then Windows-1252, both strictly.

    Raises Trouble for a file that is missing, empty, too large, not text, or without a usable heading.
    """
    content = _content(path)
    text, used = _text(content, encoding, path.name)
    between = delimiter or _delimiter(text)
    try:
        heading = next(_reader(text, between), [])
    except csv.Error as error:
        raise _unreadable(path.name, 1, str(error)) from error
    columns = tuple(" ".join(cell.split()) for cell in heading)
    _check_heading(columns, path.name)
    return CsvFile(path.name, columns, used, between, hashlib.sha256(content).hexdigest(), text)


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if packed else path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = "It is not there." if isinstance(error, FileNotFoundError) else "It cannot be read."
        raise Trouble(f"This file cannot be opened. {reason}", "Check its name and folder.", str(path)) from error
    if len(content) > MOST_BYTES:
        raise Trouble("This file is larger than 512 MB.", "Split it into parts.", path.name)
    if not content.strip():
        raise Trouble("This file is empty.", "Export it again.", path.name)
    if content.startswith(b"PK\x03\x04"):
        raise Trouble("This is a spreadsheet, not a CSV file.", "Open it and save it as “CSV UTF-8”.", path.name)
    return content


def _text(content: bytes, encoding: str, name: str) -> tuple[str, str]:
    """Decode strictly: a wrong guess would spoil names for good."""
    marked = next((known for bom, known in _BOMS if content.startswith(bom)), "")
    tried = [marked] if marked else [encoding] if encoding else ["utf-8", "cp1252"]
    for each in tried:
        try:
            text = content.decode(each)
        except UnicodeError:
            continue
        except (LookupError, ValueError):
            raise Trouble(f"“{encoding}” is not an encoding.", "Write utf-8, cp1252 or utf-16.", name) from None
        if "\x00" not in text:
            return text, each
    raise Trouble(
        f"The letters of this file cannot be read as {' or '.join(tried)}.",
        'Save it as “CSV UTF-8”, or name its encoding in the mapping file: encoding = "utf-16".',
        _line_of_bad_byte(content, tried[0], name),
    )


def _line_of_bad_byte(content: bytes, encoding: str, name: str) -> str:
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"{name}, line {line}"
    return name


class _Cells(Protocol):
    """What the csv library reads with."""

    @property
    def line_num(self) -> int:
        """How many lines were read so far."""

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _reader(text: str, delimiter: str) -> _Cells:
    csv.field_size_limit(MOST_IN_CELL)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _delimiter(text: str) -> str:
    """Give the sign that splits the first lines into the same number of cells, and into the most."""
    best, best_score = ",", (0.0, 0)
    for each in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for number, cells in enumerate(_reader(text, each)):
                if number >= _LINES_TRIED:
                    break
                if cells:
                    widths[len(cells)] += 1
        except csv.Error:
            continue
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        score = (times / widths.total(), width)
        if width > 1 and score > best_score:
            best, best_score = each, score
    return best


def _check_heading(columns: tuple[str, ...], name: str) -> None:
    where = f"{name}, line 1"
    if len(columns) > MOST_COLUMNS:
        raise Trouble(f"The heading has {len(columns)} columns.", f"Keep at most {MOST_COLUMNS}.", where)
    if not any(columns):
        raise Trouble("The first line names no columns.", "Put the names of the columns into the first line.", where)
    twice = [column for column, times in Counter(columns).items() if times > 1 and column]
    if twice:
        raise Trouble(f"The column “{twice[0]}” is there twice.", "Rename or remove one of them.", where)


def _unreadable(name: str, line: int, why: str) -> Trouble:
    return Trouble(
        f"This row cannot be read: {why}.",
        "Look for a quotation mark that is never closed, or a cell that is far too long.",
        f"{name}, line {line}",
    )
