"""Letters on paper: filled words, an address that shows in the window and nothing else that does, page by page.

The type is at least 12 point. Large print is set anew in the size the person asked for, never scaled: every word of the
letter and its page numbers take that size, left aligned, while the address keeps a postal size inside its box.
"""

from __future__ import annotations

from collections.abc import Sequence

from almoner.paper.faces import Faces
from almoner.paper.flow import Mark, paginate
from almoner.paper.ink import MM, Paper, Pdf, Sheet, placed
from almoner.paper.letter_body import body_rows, styles_for, tightened
from almoner.paper.letter_frame import first_page_marks, page_number, reference_rows
from almoner.paper.letter_job import LARGEST_PT, SMALLEST_PT, Letterhead, LetterJob, Sender, Signatory, composed
from almoner.paper.profiles import PrintProfile
from almoner.paper.templates import FilledLetter, LetterTemplate, fill, load_letters, parse_letter
from almoner.records.trouble import Trouble
from almoner.rules.addresses import check_address_lines, tidy_address_lines

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

MOST_LETTERS = 2_000
"""The most letters in one file; a longer run is several files."""


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
    job = composed(job)
    _check(job, faces)
    styles = styles_for(job, profile)
    rows = body_rows(job, profile, styles, faces)
    margins, foot = profile.margins, profile.margins.page_number * MM
    room = min(margins.bottom * MM, foot - styles.quiet.leading * 1.6)
    reference = reference_rows(job, profile, styles, faces)
    head = margins.later_top * MM - styles.quiet.leading / 2
    tops = (margins.body_top * MM, head + sum(row.height for row in reference) + styles.quiet.leading)
    pages = paginate(tightened(rows, room - tops[0]), room - tops[0], room - tops[1])
    if len(pages) > profile.most_pages:
        raise Trouble(
            f"This letter has {len(pages)} pages; {profile.name} takes at most {profile.most_pages}.",
            "Shorten it, move part of it to an enclosure, or choose another print profile.",
        )
    laid = []
    for number, page in enumerate(pages, start=1):
        first = number == 1
        marks = first_page_marks(job, profile, styles, faces) if first else placed(reference, head)
        marks += placed(page, tops[0] if first else tops[1])
        marks.append(page_number(profile, styles, faces, f"Page {number} of {len(pages)}"))
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
    texts += [*job.recipient_lines, *sender.address_lines]
    texts += [sender.service, sender.phone, sender.email, sender.website]
    texts += [job.letterhead.council, job.reference, job.signatory.name, job.signatory.job_title]
    faces.check(texts, what="This letter")
