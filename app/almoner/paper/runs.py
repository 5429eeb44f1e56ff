"""The separator sheet of a print run: how many letters and sheets follow, and how many are held, but never whose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from almoner.paper.documents import Office, desk, print_pages
from almoner.paper.faces import Faces, one_line
from almoner.paper.flow import Span
from almoner.paper.ink import Paper, Pdf
from almoner.paper.letters import LetterJob, letter_pages
from almoner.paper.profiles import PrintProfile
from almoner.rules.words import counted


@dataclass(frozen=True, kw_only=True)
class RunSheet:
    """What the separator of a run says. `held` pairs a reason with a count, such as ("safety", 1); no names ever."""

    council: str
    run: str
    profile: str
    letters: int
    sheets: int
    made_by: str
    made_at: str
    held: tuple[tuple[str, int], ...] = ()


def sheets_needed(jobs: Sequence[LetterJob], profile: PrintProfile, faces: Faces) -> int:
    """Count the sheets of paper a run takes, before it is printed; raises `Trouble` as `render_letter` does."""
    pages = [len(letter_pages(job, profile, faces)) for job in jobs]
    return sum(-(-count // 2) if profile.duplex else count for count in pages)


def held_in_words(held: Sequence[tuple[str, int]]) -> str:
    """Say how many letters are held and why: "1 held – safety"; a full stop of an answer when there are none."""
    said = [f"{count} held – {reason}" for reason, count in held if count]
    return "; ".join(said) or "None held"


def render_run_sheet(run: RunSheet, faces: Faces) -> Pdf:
    """Return the separator sheet as a PDF of one page."""
    faces.check((one_line(text) for text in (run.council, run.run, run.profile, run.made_by)), what="This run sheet")
    paper = Paper(title="Print run", author=run.council)
    at = desk(paper, faces)
    total = f"{counted(run.letters, 'letter')} on {counted(run.sheets, 'sheet')}"
    rows = at.title(one_line(run.run), total)
    if any(count for _, count in run.held):
        rows += at.warning(held_in_words(run.held))
    rows += at.facts(
        [
            ("Letters to post", f"{run.letters:,}"),
            ("Sheets of paper", f"{run.sheets:,}"),
            ("Held", held_in_words(run.held)),
            ("Print profile", one_line(run.profile)),
            ("Made", f"{run.made_at} by {one_line(run.made_by)}"),
        ]
    )
    rows += at.heading("At the printer")
    for line in (
        "Count the letters before they go in the post.",
        "If a letter is spoiled, print exactly that letter again from its place in the run.",
        "Do not print the run a second time.",
    ):
        rows += at.text((Span(line),))
    return print_pages(rows, paper, Office(run.council, "Print run", f"Printed by {run.made_by}, {run.made_at}"), faces)
