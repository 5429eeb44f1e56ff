"""Letters on paper: filled words, an address that shows in the window and nothing else that does, page by page.

The type is at least 12 point. Large print is set anew in the size the person asked for, never scaled: every word of the
letter and its page numbers take that size, left aligned, while the address keeps a postal size inside its box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from almoner.paper.faces import BOLD, REGULAR, SEMIBOLD, Faces, one_line
from almoner.paper.flow import (
    HAIRLINE,
    INK,
    QUIET,
    Bar,
    Colour,
    Glyphs,
    Mark,
    Row,
    Span,
    Type,
    gap,
    paginate,
    paragraph,
    plain,
    wrap,
)
from almoner.paper.ink import MM, Paper, Pdf, Sheet, placed, words
from almoner.paper.profiles import PrintProfile
from almoner.paper.templates import FilledBlock, FilledLetter, LetterTemplate, fill, load_letters, parse_letter
from almoner.records.trouble import Trouble
from almoner.rules.addresses import check_address_lines, tidy_address_lines
from almoner.rules.words import full_date

__all__ = [
    "FilledLetter",
    "LetterJob",
    "LetterTemplate",
    "Letterhead",
    "Sender",
    "Signatory",
    "draw_letter",
    "fill",
    "letter_pages",
    "load_letters",
    "parse_letter",
    "render_letter",
    "render_letters",
]

SMALLEST_PT = 12.0
LARGE_PT = 16.0
LARGEST_PT = 36.0
_WORD_MARK_PT = 17.0
MOST_LETTERS = 2_000
"""The most letters in one file; a longer run is several files."""


@dataclass(frozen=True)
class Letterhead:
    """What stands at the top of every letter of the council; the colour is red, green and blue from 0 to 1."""

    council: str
    colour: Colour = (0.059, 0.22, 0.361)


@dataclass(frozen=True)
class Sender:
    """Who writes and how to reach them: the service, its address lines, phone, email and website (any may be empty)."""

    service: str
    address_lines: tuple[str, ...] = ()
    phone: str = ""
    email: str = ""
    website: str = ""


@dataclass(frozen=True)
class Signatory:
    """Who decided and signs: name and job title, typed."""

    name: str
    job_title: str


@dataclass(frozen=True)
class LetterJob:
    """Everything one letter needs to be printed. `text_pt` 0 means the profile's usual size; 16 or more is large print.

    `recipient_lines` are the name and the address, three to seven lines with the postcode last.
    """

    letterhead: Letterhead
    sender: Sender
    recipient_lines: tuple[str, ...]
    written_on: date
    reference: str
    letter: FilledLetter
    signatory: Signatory
    text_pt: float = 0.0

    @property
    def language(self) -> str:
        """The language tag of the letter."""
        return self.letter.language


@dataclass(frozen=True)
class _Styles:
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


def render_letter(job: LetterJob, profile: PrintProfile, faces: Faces) -> Pdf:
    """Return one letter as a PDF; the same job gives the same bytes.

    Raises `Trouble` when the address cannot be printed in the window, a character is not in the typeface, or the letter
    has more pages than the profile allows.
    """
    return render_letters([job], profile, faces)


def render_letters(jobs: Sequence[LetterJob], profile: PrintProfile, faces: Faces) -> Pdf:
    """Return many letters as one PDF, each with its own page numbers; two-sided letters begin on a fresh sheet.

    Raises `Trouble` as `render_letter` does; check letters one by one with `letter_pages` before a run.
    """
    assert 0 < len(jobs) <= MOST_LETTERS, "a file holds from one to MOST_LETTERS letters"
    first = jobs[0]
    paper = Paper(
        title=first.letter.title,
        author=first.letterhead.council,
        language=first.language,
        width=profile.page_width * MM,
        height=profile.page_height * MM,
        two_sided=profile.duplex,
    )
    sheet = Sheet(paper)
    for job in jobs:
        if profile.duplex and sheet.pages % 2:
            sheet.end_page()
        draw_letter(job, profile, faces, sheet)
    return sheet.finish()


def draw_letter(job: LetterJob, profile: PrintProfile, faces: Faces, sheet: Sheet) -> int:
    """Draw one letter on a file that is being made, and return its number of pages."""
    pages = letter_pages(job, profile, faces)
    for marks in pages:
        sheet.draw(marks)
        sheet.end_page()
    return len(pages)


def letter_pages(job: LetterJob, profile: PrintProfile, faces: Faces) -> tuple[tuple[Mark, ...], ...]:
    """Lay out one letter: for each page, its marks counted from the top left corner of the sheet, in points.

    Raises `Trouble` as `render_letter` does; cheap enough to count sheets before a print run.
    """
    _check(job, faces)
    styles = _styles(job, profile)
    rows = _body_rows(job, profile, styles, faces)
    margins, foot = profile.margins, profile.margins.page_number * MM
    room = min(margins.bottom * MM, foot - styles.quiet.leading * 1.6)
    reference = _reference_rows(job, profile, styles, faces)
    head = margins.later_top * MM - styles.quiet.leading / 2
    tops = (margins.body_top * MM, head + sum(row.height for row in reference) + styles.quiet.leading)
    pages = paginate(_tightened(rows, room - tops[0]), room - tops[0], room - tops[1])
    if len(pages) > profile.most_pages:
        raise Trouble(
            f"This letter has {len(pages)} pages; {profile.name} takes at most {profile.most_pages}.",
            "Shorten it, move part of it to an enclosure, or choose another print profile.",
        )
    laid = []
    for number, page in enumerate(pages, start=1):
        first = number == 1
        marks = _first_page_marks(job, profile, styles, faces) if first else placed(reference, head)
        marks += placed(page, tops[0] if first else tops[1])
        marks.append(_page_number(profile, styles, faces, f"Page {number} of {len(pages)}"))
        laid.append(tuple(marks))
    return tuple(laid)


def _check(job: LetterJob, faces: Faces) -> None:
    """Refuse a size nobody can read, an address nobody can deliver to, and characters that would print as boxes."""
    assert job.text_pt == 0 or SMALLEST_PT <= job.text_pt <= LARGEST_PT, "text size out of range"
    faults = check_address_lines(tidy_address_lines(job.recipient_lines))
    if faults:
        remedies = " ".join(dict.fromkeys(fault.do for fault in faults))
        raise Trouble(" ".join(fault.what for fault in faults), remedies, "the address")
    sender = job.sender
    texts = [span.text for block in job.letter.blocks for line in block.lines for span in line]
    texts += [label for block in job.letter.blocks for label in block.labels]
    texts += [one_line(line) for line in (*job.recipient_lines, *sender.address_lines)]
    texts += [sender.service, sender.phone, sender.email, sender.website]
    texts += [job.letterhead.council, job.reference, job.signatory.name, job.signatory.job_title]
    faces.check((one_line(text) for text in texts), what="This letter")


def _styles(job: LetterJob, profile: PrintProfile) -> _Styles:
    """Work out the types from the text size."""
    size = max(job.text_pt or profile.body_pt, SMALLEST_PT)
    large = size >= LARGE_PT
    body = Type(size, size * (1.38 if large else 1.37))
    subject = Type(size * (1.2 if large else 1.45), size * (1.6 if large else 1.85), face=BOLD)
    heading = Type(size * (1.0 if large else 1.06), size * 1.42, face=BOLD)
    quiet = Type(size if large else SMALLEST_PT, size * 1.38 if large else 16, colour=INK if large else QUIET)
    sender = Type(size if large else SMALLEST_PT, size * 1.38 if large else 15.6, strong=SEMIBOLD)
    return _Styles(body, subject, heading, quiet, sender, large)


def _body_rows(job: LetterJob, profile: PrintProfile, styles: _Styles, faces: Faces) -> list[Row]:
    """Set the letter from salutation to signature; in large print the date and the sender come into the text."""
    x = profile.margins.left * MM
    width = (profile.page_width - profile.margins.right) * MM - x
    rows: list[Row] = []
    if styles.large:
        for line in (_date(job.written_on), f"Our reference {job.reference}"):
            rows += paragraph(plain(line), styles.body, x, width, faces)
        rows.append(gap(styles.between))
    for block in job.letter.blocks:
        rows += _block_rows(block, styles, x, width, faces)
    rows += _signature(job.signatory, styles, x, width, faces)
    if styles.large:
        rows.append(gap(styles.between * 1.5))
        rows += paragraph(plain("How to reach us"), styles.heading, x, width, faces, tag="H2", hold=True)
        for line in (job.letterhead.council, *_sender_lines(job.sender)):
            if line:
                rows += paragraph((Span(line),), styles.body, x, width, faces, hold=True)
        rows.append(Row(0))
    return rows


def _tightened(rows: list[Row], room: float) -> list[Row]:
    """Take up to two fifths off the white between blocks when that saves a second page for a few last lines."""
    white = sum(row.height for row in rows if row.space)
    excess = sum(row.height for row in rows) - room
    if not 0 < excess <= white * 0.4:
        return rows
    share = 1 - (excess + 0.1) / white
    return [replace(row, height=row.height * share) if row.space else row for row in rows]


def _block_rows(block: FilledBlock, styles: _Styles, x: float, width: float, faces: Faces) -> list[Row]:
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


def _bullet_rows(block: FilledBlock, styles: _Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set a list: hanging bullets, a little white between items."""
    indent = styles.body.size * 1.3
    rows: list[Row] = []
    for item in block.lines:
        set_rows = paragraph(item, styles.body, x + indent, width - indent, faces, tag="LI")
        dot = Glyphs(x + indent * 0.2, styles.body.baseline, "•", REGULAR, styles.body.size)
        set_rows[0] = replace(set_rows[0], marks=(dot, *set_rows[0].marks))
        rows += [*set_rows, gap(styles.between * 0.5)]
    return [*rows, gap(styles.between * 0.5)]


def _fact_rows(block: FilledBlock, styles: _Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set facts: label and words side by side between hairlines; one above the other in large print."""
    column = 0.0 if styles.large else 47 * MM
    label_type = replace(styles.body, face=BOLD) if styles.large else replace(styles.body, colour=QUIET)
    pad = styles.body.size * 0.42
    line = Row(pad, (Bar(x, 0, width, 0.6, HAIRLINE),), hold=True, tag="Artifact")
    rows: list[Row] = []
    for label, words_ in zip(block.labels, block.lines, strict=True):
        left = paragraph(plain(label), label_type, x, (column or width) - 8, faces, tag="TH", hold=True)
        right = paragraph(words_, styles.body, x + column, width - column, faces, tag="TD")
        rows += [line, *(left + right if styles.large else _side_by_side(left, right)), Row(pad, tag="Artifact")]
    return [*rows, Row(0.6, (Bar(x, 0, width, 0.6, HAIRLINE),), tag="Artifact")]


def _side_by_side(left: Sequence[Row], right: Sequence[Row]) -> list[Row]:
    """Join two columns of rows of one line height, line by line."""
    height, count = left[0].height, max(len(left), len(right))
    rows = []
    for index in range(count):
        marks = (*(left[index].marks if index < len(left) else ()), *(right[index].marks if index < len(right) else ()))
        rows.append(Row(height, marks, hold=index + 1 < min(count, 12)))
    return rows


def _signature(signatory: Signatory, styles: _Styles, x: float, width: float, faces: Faces) -> list[Row]:
    """Set room for a signature, the name and the job title, never parted from the closing words."""
    name = replace(styles.body, face=SEMIBOLD)
    rows = [gap(max(styles.body.leading * 1.8, 30), hold=True)]
    rows += paragraph(plain(signatory.name), name, x, width, faces, hold=True)
    return rows + paragraph(plain(signatory.job_title), styles.body, x, width, faces)


def _first_page_marks(job: LetterJob, profile: PrintProfile, styles: _Styles, faces: Faces) -> list[Mark]:
    """Draw what stands on page 1 outside the text: council, address, sender, fold marks."""
    marks = _word_mark(job.letterhead, profile, styles, faces)
    marks += _address(job.recipient_lines, profile, faces)
    if not styles.large:
        marks += _sender(job, profile, styles, faces)
    marks += [Bar(4 * MM, mark * MM - 0.25, 4 * MM, 0.5, QUIET) for mark in profile.fold_marks]
    return marks


def _word_mark(letterhead: Letterhead, profile: PrintProfile, styles: _Styles, faces: Faces) -> list[Mark]:
    """Draw the council's name in its colour under a short bar, as large as the logo zone allows up to the text size."""
    x, top = profile.margins.left * MM, max(profile.logo.top + 4, profile.margins.sender_top - 1) * MM
    width, bottom = profile.logo.right * MM - x - 4 * MM, profile.logo.bottom * MM
    size = max(_WORD_MARK_PT, styles.body.size)
    while size >= SMALLEST_PT:
        type_ = Type(size, size * 1.16, face=BOLD, colour=letterhead.colour)
        lines = wrap(plain(letterhead.council), type_, width, faces)
        first = top + 3.2 * MM + type_.baseline
        if first + (len(lines) - 1) * type_.leading + size * 0.25 <= bottom:
            marks: list[Mark] = [Bar(x, top, 11 * MM, 1.3 * MM, letterhead.colour)]
            for number, line in enumerate(lines):
                down = first + number * type_.leading
                marks += [Glyphs(x + dx, down, text, face, size, type_.colour) for dx, face, text in line]
            return marks
        size -= 1
    raise Trouble("The council's name does not fit the place for it.", "Choose a shorter name in the settings.")


def _address(lines: Sequence[str], profile: PrintProfile, faces: Faces) -> list[Mark]:
    """Draw the recipient's lines in the largest size in which all of them fit the address box."""
    tidy = [one_line(line) for line in tidy_address_lines(lines)]
    box = profile.address
    left, room = (box.left + 0.4) * MM, (box.width - 0.8) * MM
    for size in profile.address_pts:
        leading = min(size * 1.22, (box.height * MM - size * 1.24 - 1.6) / max(len(tidy) - 1, 1))
        wide = max(faces.width(line, REGULAR, size) for line in tidy)
        if wide <= room and leading >= size * 1.04:
            first = box.top * MM + size * 0.98 + 0.8
            return [words(left, first + index * leading, line, REGULAR, size) for index, line in enumerate(tidy)]
    longest = max(range(len(tidy)), key=lambda index: faces.width(tidy[index], REGULAR, 1))
    raise Trouble(
        f"Line {longest + 1} of the address is too long for the window of {profile.name}.",
        "Shorten that line or put part of it on a line of its own.",
        "the address",
    )


def _sender_lines(sender: Sender) -> tuple[str, ...]:
    """Return who writes, line by line, an empty line between address and contact."""
    contact = tuple(line for line in (sender.phone, sender.email, sender.website) if line)
    return (sender.service, *sender.address_lines, *(("", *contact) if contact else ()))


def _sender(job: LetterJob, profile: PrintProfile, styles: _Styles, faces: Faces) -> list[Mark]:
    """Draw the sender's block, the date and the reference in their column."""
    type_, margins = styles.sender, profile.margins
    x = margins.sender_left * MM
    width = (profile.sender.right - 1) * MM - x
    rows: list[Row] = []
    for number, line in enumerate(_sender_lines(job.sender)):
        if line:
            rows += paragraph((Span(line, strong=number == 0),), type_, x, width, faces)
        else:
            rows.append(Row(type_.leading / 2))
    label = replace(type_, colour=QUIET)
    for name, text in (("Date", _date(job.written_on)), ("Our reference", job.reference)):
        rows.append(Row(type_.leading * 0.55))
        rows += paragraph(plain(name), label, x, width, faces)
        rows += paragraph((Span(text, strong=True),), type_, x, width, faces)
    top = margins.sender_top * MM
    if top + sum(row.height for row in rows) > profile.sender.bottom * MM:
        raise Trouble(
            "The sender's address and contact lines do not fit beside the window.",
            "Shorten them in the settings of the council.",
        )
    return placed(rows, top)


def _reference_rows(job: LetterJob, profile: PrintProfile, styles: _Styles, faces: Faces) -> list[Row]:
    """Set the reference that stands at the top of later pages, so that loose sheets find each other."""
    x = profile.margins.left * MM
    width = (profile.page_width - profile.margins.right) * MM - x
    return paragraph(plain(f"Our reference {job.reference}"), styles.quiet, x, width, faces, tag="Artifact")


def _page_number(profile: PrintProfile, styles: _Styles, faces: Faces, text: str) -> Glyphs:
    """Draw the page number at the foot, at the left in large print and otherwise at the right."""
    quiet = styles.quiet
    x = profile.margins.left * MM
    if not styles.large:
        x = (profile.page_width - profile.margins.right) * MM - faces.width(text, REGULAR, quiet.size)
    return words(x, profile.margins.page_number * MM, text, REGULAR, quiet.size, quiet.colour)


def _date(day: date) -> str:
    """Say the date of a letter without its weekday: "17 December 2026"."""
    return full_date(day).split(" ", 1)[1]
