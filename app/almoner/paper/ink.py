"""Putting set rows on the sheet: one PDF canvas, the same bytes for the same content, and no unembedded font.

Heights run downwards from the top of the sheet here, as people measure paper; the canvas counts from the bottom.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from almoner.paper.faces import REGULAR
from almoner.paper.flow import INK, Bar, Block, Colour, Glyphs, Mark, Row
from almoner.paper.tagged import StructureTree

rl_config.useA85 = 0  # text armour from the days of seven-bit mail: a fifth larger, and slow to make
MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
A4_LANDSCAPE = (297 * MM, 210 * MM)


@dataclass(frozen=True)
class Pdf:
    """A finished file: its bytes, how many pages it has, and the SHA-256 of the bytes in hexadecimal."""

    content: bytes
    pages: int
    sha256: str


@dataclass(frozen=True)
class Paper:
    """The sheet and what the file says about itself; `title` and `author` must hold no personal details."""

    title: str
    author: str
    language: str = "en-GB"
    width: float = A4[0]
    height: float = A4[1]
    two_sided: bool = False


class Sheet:
    """One PDF being drawn, page by page."""

    def __init__(self, paper: Paper) -> None:
        self._buffer = BytesIO()
        self._paper = paper
        self._pages = 0
        self._canvas = Canvas(
            self._buffer,
            pagesize=(paper.width, paper.height),
            pageCompression=1,
            invariant=1,
            initialFontName=REGULAR,
            initialFontSize=12,
            lang=paper.language,
        )
        self._tree = StructureTree(self._canvas)
        self._canvas.setTitle(paper.title)
        self._canvas.setAuthor(paper.author)
        self._canvas.setCreator("Almoner")
        self._canvas.setProducer("Almoner")
        self._canvas.setSubject("")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")
        if paper.two_sided:
            self._canvas.setViewerPreference("Duplex", "DuplexFlipLongEdge")

    @property
    def pages(self) -> int:
        """How many pages are finished."""
        return self._pages

    def draw(self, marks: Iterable[Mark]) -> None:
        """Draw marks whose `down` counts from the top of the sheet: fills first, then all text as one text object."""
        marks = tuple(marks)
        bars = [mark for mark in marks if isinstance(mark, Bar)]
        if bars:
            self._canvas._code.append(self._tree.open(None))
            for bar in bars:
                self._canvas.setFillColorRGB(*bar.colour)
                bottom = self._paper.height - bar.down - bar.height
                self._canvas.rect(bar.x, bottom, bar.width, bar.height, stroke=0, fill=1)
            self._canvas._code.append("EMC")
        self._write([mark for mark in marks if isinstance(mark, Glyphs)])

    def _write(self, runs: list[Glyphs]) -> None:
        """Write runs of text, changing face and colour only where they change."""
        text = self._canvas.beginText()
        font: tuple[str, float] | None = None
        colour: Colour | None = None
        block: Block | None = None
        for number, run in enumerate(runs):
            if number == 0 or run.block is not block:
                block = run.block
                text._code += [*(["EMC"] if number else []), self._tree.open(block)]
            if (run.face, run.size) != font:
                font = (run.face, run.size)
                text.setFont(*font)
            if run.colour != colour:
                colour = run.colour
                text.setFillColorRGB(*colour)
            text.setTextOrigin(run.x, self._paper.height - run.down)
            text.textOut(run.text)
        if runs:
            text._code.append("EMC")
        self._canvas.drawText(text)

    def end_page(self) -> None:
        """Finish the page."""
        self._canvas.showPage()
        self._tree.end_page()
        self._pages += 1

    def finish(self) -> Pdf:
        """Close the file and return it."""
        assert self._pages > 0, "a file needs a page"
        self._tree.write()
        self._canvas.save()
        content = self._buffer.getvalue()
        return Pdf(content, self._pages, hashlib.sha256(content).hexdigest())


def placed(rows: Iterable[Row], top: float) -> list[Mark]:
    """Give the marks of rows set one under another from `top`, measured from the top of the sheet."""
    marks: list[Mark] = []
    for row in rows:
        marks += [_moved(mark, top) for mark in row.marks]
        top += row.height
    return marks


def words(x: float, down: float, text: str, face: str, size: float, colour: Colour = INK) -> Glyphs:
    """Return one run of text at a place on the sheet, not read aloud: a running head, a page number."""
    return Glyphs(x, down, text, face, size, colour)


def _moved(mark: Mark, down: float) -> Mark:
    """Move a mark down."""
    if isinstance(mark, Glyphs):
        return Glyphs(mark.x, mark.down + down, mark.text, mark.face, mark.size, mark.colour, mark.block)
    return Bar(mark.x, mark.down + down, mark.width, mark.height, mark.colour)
