"""Setting text: breaking paragraphs into lines, and lines into pages, before anything is drawn.

Everything that is printed becomes a list of `Row`s, each one line high, so that one small page breaker serves letters,
summaries and reports alike. Lengths are points; `x` runs from the left edge of the sheet, `down` from the row's top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from almoner.paper.faces import BOLD, REGULAR, Faces

Colour = tuple[float, float, float]

INK: Colour = (0.043, 0.047, 0.047)
QUIET: Colour = (0.282, 0.286, 0.286)
HAIRLINE: Colour = (0.745, 0.757, 0.769)
TINT: Colour = (0.949, 0.953, 0.957)
WHITE: Colour = (1.0, 1.0, 1.0)
CAP_HEIGHT = 0.727
MOST_ROWS = 60_000

_MONTH = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
)
_DAY_AND_MONTH = re.compile(rf"\b(\d{{1,2}}) (?=(?:{_MONTH})\b)")
_PHONE = re.compile(r"(?<=\b0\d{3}) (?=\d{3} ?\d{3,4}\b)|(?<=\b0\d{4}) (?=\d{6}\b)|(?<=\b0\d{2}) (?=\d{4} \d{4}\b)")
_BREAK_AFTER = frozenset("@/-_?&=.,:;")


@dataclass(frozen=True)
class Span:
    """A stretch of text in one weight."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Type:
    """How text is set: the face, the face of strong words, size and line height in points, and colour."""

    size: float
    leading: float
    face: str = REGULAR
    strong: str = BOLD
    colour: Colour = INK

    @property
    def baseline(self) -> float:
        """How far below the top of a row the letters stand, so that capitals are centred in the row."""
        return (self.leading + CAP_HEIGHT * self.size) / 2


@dataclass(frozen=True, eq=False)
class Block:
    """What a reader hears as one thing: a heading (H1, H2), a paragraph (P), a table's cell (TD) and what it is within.

    Two blocks are the same only if they are one object, so a paragraph may run over several lines and pages.
    """

    tag: str
    within: Block | None = None


@dataclass(frozen=True)
class Glyphs:
    """A run of text in one face; without a block it is decoration that is not read aloud, such as a page number."""

    x: float
    down: float
    text: str
    face: str
    size: float
    colour: Colour = INK
    block: Block | None = None


@dataclass(frozen=True)
class Bar:
    """A filled rectangle: a hairline, a tint behind a table head, an accent."""

    x: float
    down: float
    width: float
    height: float
    colour: Colour


Mark = Glyphs | Bar


@dataclass(frozen=True)
class Row:
    """One unbreakable strip across the page.

    `hold` keeps it on the page of the next row. `space` marks white that vanishes at the top of a page. `again` are
    the rows (a table's head) printed once more when a page begins at this row.
    """

    height: float
    marks: tuple[Mark, ...] = ()
    hold: bool = False
    space: bool = False
    again: tuple[Row, ...] = ()


Line = tuple[tuple[float, str, str], ...]
"""One set line: (offset in points, face, text) for each run of it."""


def gap(height: float, *, hold: bool = False) -> Row:
    """Return white space that vanishes at the top of a page."""
    return Row(height, hold=hold, space=True)


def plain(text: str) -> tuple[Span, ...]:
    """Return a text as one span of ordinary weight."""
    return (Span(text),)


def unbroken(text: str) -> str:
    """Tie a day to its month and the parts of a phone number together, so that no line ends between them."""
    return _PHONE.sub("\u00a0", _DAY_AND_MONTH.sub("\\1\u00a0", text))


def wrap(spans: Sequence[Span], type_: Type, width: float, faces: Faces) -> tuple[Line, ...]:
    """Break text into lines no wider than `width` points; only a word that is longer than a line is itself broken."""
    words = _words(spans, type_)
    lines: list[Line] = []
    line: list[list[tuple[str, str]]] = []
    used = 0.0
    for word in words:
        long = sum(faces.width(text, face, type_.size) for face, text in word)
        blank = faces.width(" ", line[-1][-1][0], type_.size) if line else 0.0
        if line and used + blank + long > width:
            lines.append(_set_line(line, type_, faces))
            line, used, blank = [], 0.0, 0.0
        if long > width:
            *full, (word, long) = _split(word, type_, width, faces)
            lines += [_set_line([part], type_, faces) for part, _ in full]
        line.append(word)
        used += blank + long
    if line:
        lines.append(_set_line(line, type_, faces))
    return tuple(lines)


def _words(spans: Sequence[Span], type_: Type) -> list[list[tuple[str, str]]]:
    """Cut spans at spaces into words; a word may change weight on the way."""
    words: list[list[tuple[str, str]]] = []
    joined = False
    for span in spans:
        face = type_.strong if span.strong else type_.face
        for index, piece in enumerate(unbroken(span.text).split(" ")):
            joined = joined and index == 0
            if not piece:
                continue
            if joined and words:
                words[-1].append((face, piece))
            else:
                words.append([(face, piece)])
        joined = not span.text.endswith(" ")
    return words


def _split(
    word: list[tuple[str, str]], type_: Type, width: float, faces: Faces
) -> list[tuple[list[tuple[str, str]], float]]:
    """Break a word that is wider than a line, after a mark such as @ or / where there is one in the second half."""
    face = word[0][0]
    text = "".join(piece for _, piece in word)
    parts: list[tuple[list[tuple[str, str]], float]] = []
    start, used, good = 0, 0.0, 0
    for at, letter in enumerate(text):
        advance = faces.width(letter, face, type_.size)
        if used + advance > width and at > start:
            cut = good if good - start > (at - start) // 2 else at
            parts.append(([(face, text[start:cut])], faces.width(text[start:cut], face, type_.size)))
            start, used = cut, faces.width(text[cut:at], face, type_.size)
        used += advance
        if letter in _BREAK_AFTER:
            good = at + 1
    parts.append(([(face, text[start:])], faces.width(text[start:], face, type_.size)))
    return parts


def _set_line(words: list[list[tuple[str, str]]], type_: Type, faces: Faces) -> Line:
    """Join the words of a line into the fewest runs, each with its offset."""
    runs: list[tuple[str, str]] = []
    for index, word in enumerate(words):
        for part, (face, text) in enumerate(word):
            lead = " " if index and not part else ""
            if runs and runs[-1][0] == face:
                runs[-1] = (face, runs[-1][1] + lead + text)
            else:
                if lead:
                    runs[-1] = (runs[-1][0], runs[-1][1] + lead)
                runs.append((face, text))
    line, x = [], 0.0
    for face, text in runs:
        line.append((x, face, text))
        x += faces.width(text, face, type_.size)
    return tuple(line)


def paragraph(
    spans: Sequence[Span], type_: Type, x: float, width: float, faces: Faces, *, tag: str = "P", hold: bool = False
) -> list[Row]:
    """Set a paragraph as rows that never leave one line alone at the foot or head of a page.

    An empty tag sets decoration, which is not read aloud.
    """
    block = Block(tag) if tag else None
    lines = wrap(spans, type_, width, faces)
    last = len(lines) - 1
    tied = {0, last - 1} if last >= 1 else set()
    return [
        Row(type_.leading, line_marks(line, type_, x, type_.baseline, block), hold=hold or (at in tied and at != last))
        for at, line in enumerate(lines)
    ]


def line_marks(line: Line, type_: Type, x: float, down: float, block: Block | None = None) -> tuple[Glyphs, ...]:
    """Give the marks of one set line that begins at `x` and stands `down` below the top."""
    return tuple(Glyphs(x + dx, down, text, face, type_.size, type_.colour, block) for dx, face, text in line)


def decoration(row: Row) -> Row:
    """Give a row that looks the same and is not read aloud, for the head of a table on its later pages."""
    return replace(
        row, marks=tuple(replace(mark, block=None) if isinstance(mark, Glyphs) else mark for mark in row.marks)
    )


def paginate(rows: Sequence[Row], first_height: float, later_height: float) -> tuple[tuple[Row, ...], ...]:
    """Break rows into pages of at most these heights, keeping held rows together where a page can hold them."""
    assert len(rows) <= MOST_ROWS, "a document has more lines than can be printed"
    pages: list[tuple[Row, ...]] = []
    start = 0
    while start < len(rows):
        room = later_height if pages else first_height
        start = _skip_space(rows, start)
        if start == len(rows):
            break
        again = rows[start].again
        end = _fit(rows, start, room - sum(row.height for row in again))
        pages.append((*again, *rows[start:end]))
        start = end
    return tuple(pages)


def _skip_space(rows: Sequence[Row], start: int) -> int:
    """Pass over white at the top of a page."""
    while start < len(rows) and rows[start].space:
        start += 1
    return start


def _fit(rows: Sequence[Row], start: int, room: float) -> int:
    """Return where the page that begins at `start` must end."""
    end, used = start, 0.0
    while end < len(rows) and used + rows[end].height <= room + 0.01:
        used += rows[end].height
        end += 1
    if end == len(rows):
        return end
    broken = end
    while broken > start and rows[broken - 1].hold:
        broken -= 1
    if broken > start:
        return broken
    return max(end, start + 1)
