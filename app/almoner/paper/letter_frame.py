"""What stands on a letter outside its words: the council, the address in the window, the sender, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from almoner.paper.faces import BOLD, REGULAR, Faces
from almoner.paper.flow import QUIET, Bar, Block, Glyphs, Mark, Row, Span, Type, line_marks, paragraph, plain, wrap
from almoner.paper.ink import MM, placed, words
from almoner.paper.letter_body import Styles
from almoner.paper.letter_job import SMALLEST_PT, Letterhead, LetterJob, sender_lines, written_date
from almoner.paper.profiles import PrintProfile
from almoner.records.trouble import Trouble
from almoner.rules.addresses import tidy_address_lines

_WORD_MARK_PT = 17.0


def first_page_marks(job: LetterJob, profile: PrintProfile, styles: Styles, faces: Faces) -> list[Mark]:
    """Draw what stands on page 1 outside the text: council, address, sender, fold marks."""
    marks = _word_mark(job.letterhead, profile, styles, faces)
    marks += _address(job.recipient_lines, profile, faces)
    if not styles.large:
        marks += _sender(job, profile, styles, faces)
    marks += [Bar(4 * MM, mark * MM - 0.25, 4 * MM, 0.5, QUIET) for mark in profile.fold_marks]
    return marks


def _word_mark(letterhead: Letterhead, profile: PrintProfile, styles: Styles, faces: Faces) -> list[Mark]:
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
            block = Block("P")
            for number, line in enumerate(lines):
                marks += line_marks(line, type_, x, first + number * type_.leading, block)
            return marks
        size -= 1
    raise Trouble("The council's name does not fit the place for it.", "Choose a shorter name in the settings.")


def _address(lines: Sequence[str], profile: PrintProfile, faces: Faces) -> list[Mark]:
    """Draw the recipient's lines in the largest size in which all of them fit the address box."""
    tidy = tidy_address_lines(lines)
    box = profile.address
    left, room = (box.left + 0.4) * MM, (box.width - 0.8) * MM
    for size in profile.address_pts:
        leading = min(size * 1.22, (box.height * MM - size * 1.24 - 1.6) / max(len(tidy) - 1, 1))
        wide = max(faces.width(line, REGULAR, size) for line in tidy)
        if wide <= room and leading >= size * 1.04:
            first = box.top * MM + size * 0.98 + 0.8
            block = Block("P")
            return [
                Glyphs(left, first + index * leading, line, REGULAR, size, block=block)
                for index, line in enumerate(tidy)
            ]
    longest = max(range(len(tidy)), key=lambda index: faces.width(tidy[index], REGULAR, 1))
    raise Trouble(
        f"Line {longest + 1} of the address is too long for the window of {profile.name}.",
        "Shorten that line or put part of it on a line of its own.",
        "the address",
    )


def _sender(job: LetterJob, profile: PrintProfile, styles: Styles, faces: Faces) -> list[Mark]:
    """Draw the sender's block, the date and the reference in their column."""
    type_, margins = styles.sender, profile.margins
    x = margins.sender_left * MM
    width = (profile.sender.right - 1) * MM - x
    rows: list[Row] = []
    for number, line in enumerate(sender_lines(job.sender)):
        if line:
            rows += paragraph((Span(line, strong=number == 0),), type_, x, width, faces)
        else:
            rows.append(Row(type_.leading / 2))
    label = replace(type_, colour=QUIET)
    for name, text in (("Date", written_date(job.written_on)), ("Our reference", job.reference)):
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


def reference_rows(job: LetterJob, profile: PrintProfile, styles: Styles, faces: Faces) -> list[Row]:
    """Set the reference that stands at the top of later pages, so that loose sheets find each other."""
    x = profile.margins.left * MM
    width = (profile.page_width - profile.margins.right) * MM - x
    return paragraph(plain(f"Our reference {job.reference}"), styles.quiet, x, width, faces, tag="")


def page_number(profile: PrintProfile, styles: Styles, faces: Faces, text: str) -> Glyphs:
    """Draw the page number at the foot, at the left in large print and otherwise at the right."""
    quiet = styles.quiet
    x = profile.margins.left * MM
    if not styles.large:
        x = (profile.page_width - profile.margins.right) * MM - faces.width(text, REGULAR, quiet.size)
    return words(x, profile.margins.page_number * MM, text, REGULAR, quiet.size, quiet.colour)
