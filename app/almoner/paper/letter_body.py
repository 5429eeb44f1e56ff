"""The words of a letter as rows: salutation, headings, facts, lists, signature, in one size or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from almoner.paper.faces import BOLD, REGULAR, SEMIBOLD, Faces
from almoner.paper.flow import HAIRLINE, INK, QUIET, Bar, Glyphs, Row, Span, Type, gap, paragraph, plain
from almoner.paper.ink import MM
from almoner.paper.letter_job import LARGE_PT, SMALLEST_PT, LetterJob, Signatory, sender_lines, written_date
from almoner.paper.profiles import PrintProfile
from almoner.paper.templates import FilledBlock


@dataclass(frozen=True)
class Styles:
    """The types of one letter, all worked out from its text size."""

    body: Type
    subject: Type
    heading: Type
    quiet: Type
    sender: Type
    large: bool

    @property
    def between(self) -> float:
        """White between paragraphs, in points; a whole line in large print."""
        return self.body.leading * (0.8 if self.large else 0.58)


def styles_for(job: LetterJob, profile: PrintProfile) -> Styles:
    """Work out the types from the text size."""
    size = max(job.text_pt or profile.body_pt, SMALLEST_PT)
    large = size >= LARGE_PT
    body = Type(size, size * (1.38 if large else 1.37))
    subject = Type(size * (1.2 if large else 1.45), size * (1.6 if large else 1.85), face=BOLD)
    heading = Type(size * (1.0 if large else 1.06), size * 1.42, face=BOLD)
    quiet = Type(size if large else SMALLEST_PT, size * 1.38 if large else 16, colour=INK if large else QUIET)
    sender = Type(size if large else SMALLEST_PT, size * 1.38 if large else 15.6, strong=SEMIBOLD)
    return Styles(body, subject, heading, quiet, sender, large)


def body_rows(job: LetterJob, profile: PrintProfile, styles: Styles, faces: Faces) -> list[Row]:
    """Set the letter from salutation to signature; in large print the date and the sender come into the text."""
    x = profile.margins.left * MM
    width = (profile.page_width - profile.margins.right) * MM - x
    rows: list[Row] = []
    if styles.large:
        for line in (written_date(job.written_on), f"Our reference {job.reference}"):
            rows += paragraph(plain(line), styles.body, x, width, faces)
        rows.append(gap(styles.between))
    for block in job.letter.blocks:
        rows += _block_rows(block, styles, x, width, faces)
    rows += _signature(job.signatory, styles, x, width, faces)
    if styles.large:
        rows.append(gap(styles.between * 1.5))
        rows += paragraph(plain("How to reach us"), styles.heading, x, width, faces, tag="H2", hold=True)
        for line in (job.letterhead.council, *sender_lines(job.sender)):
            if line:
                rows += paragraph((Span(line),), styles.body, x, width, faces, hold=True)
        rows.append(Row(0))
    return rows


def tightened(rows: list[Row], room: float) -> list[Row]:
    """Take up to two fifths off the white between blocks when that saves a second page for a few last lines."""
    white = sum(row.height for row in rows if row.space)
    excess = sum(row.height for row in rows) - room
    if not 0 < excess <= white * 0.4:
        return rows
    share = 1 - (excess + 0.1) / white
    return [replace(row, height=row.height * share) if row.space else row for row in rows]


def _block_rows(block: FilledBlock, styles: Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set one block of the letter, with the white that follows it."""
    space = styles.between
    if block.kind == "subject":
        rows = paragraph(block.lines[0], styles.subject, x, width, faces, tag="H1", hold=True)
        return [*rows, gap(space * 0.7, hold=True)]
    if block.kind == "heading":
        rows = paragraph(block.lines[0], styles.heading, x, width, faces, tag="H2", hold=True)
        return [gap(space * 0.6), *rows, gap(2, hold=True)]
    if block.kind == "facts":
        return [*_fact_rows(block, styles, x, width, faces), gap(space)]
    if block.kind == "bullets":
        return _bullet_rows(block, styles, x, width, faces)
    if block.kind == "closing":
        return paragraph(block.lines[0], styles.body, x, width, faces, hold=True)
    rows = paragraph(block.lines[0], styles.body, x, width, faces)
    return [*rows, gap(space * (1.2 if block.kind == "salutation" else 1.0))]


def _bullet_rows(block: FilledBlock, styles: Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set a list: hanging bullets, a little white between items."""
    indent = styles.body.size * 1.3
    rows: list[Row] = []
    for item in block.lines:
        set_rows = paragraph(item, styles.body, x + indent, width - indent, faces)
        dot = Glyphs(x + indent * 0.2, styles.body.baseline, "•", REGULAR, styles.body.size)
        set_rows[0] = replace(set_rows[0], marks=(dot, *set_rows[0].marks))
        rows += [*set_rows, gap(styles.between * 0.5)]
    return [*rows, gap(styles.between * 0.5)]


def _fact_rows(block: FilledBlock, styles: Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set facts: label and words side by side between hairlines; one above the other in large print."""
    column = 0.0 if styles.large else 47 * MM
    label_type = replace(styles.body, face=BOLD) if styles.large else replace(styles.body, colour=QUIET)
    pad = styles.body.size * 0.42
    line = Row(pad, (Bar(x, 0, width, 0.6, HAIRLINE),), hold=True)
    rows: list[Row] = []
    for label, words_ in zip(block.labels, block.lines, strict=True):
        left = paragraph(plain(label), label_type, x, (column or width) - 8, faces, hold=True)
        right = paragraph(words_, styles.body, x + column, width - column, faces)
        rows += [line, *(left + right if styles.large else _side_by_side(left, right)), Row(pad)]
    return [*rows, Row(0.6, (Bar(x, 0, width, 0.6, HAIRLINE),))]


def _side_by_side(left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """Join two columns of rows of one line height, line by line."""
    height, count = left[0].height, max(len(left), len(right))
    rows = []
    for index in range(count):
        marks = (*(left[index].marks if index < len(left) else ()), *(right[index].marks if index < len(right) else ()))
        rows.append(Row(height, marks, hold=index + 1 < min(count, 12)))
    return rows


def _signature(signatory: Signatory, styles: Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set room for a signature, the name and the job title, never parted from the closing words."""
    name = replace(styles.body, face=SEMIBOLD)
    rows = [gap(max(styles.body.leading * 1.8, 30), hold=True)]
    rows += paragraph(plain(signatory.name), name, x, width, faces, hold=True)
    return rows + paragraph(plain(signatory.job_title), styles.body, x, width, faces)
