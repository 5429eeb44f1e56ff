"""The case summary for the file: one case on paper, with everything that happened and who did it.

The values come in as plain words, already chosen for the reader: this room does not decide what may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from almoner.paper.documents import Column, Desk, Office, desk, print_pages
from almoner.paper.faces import Faces, one_line
from almoner.paper.flow import Row, plain
from almoner.paper.ink import Paper, Pdf
from almoner.records.trouble import Trouble

MOST_ENTRIES = 5_000
"""The most rows one part of a summary may have."""


@dataclass(frozen=True, kw_only=True)
class SummaryPerson:
    """A person of the case: name, what they are to it, and how to reach them as the safe-contact rule allows."""

    name: str
    role: str
    contact: str = ""
    needs: str = ""


@dataclass(frozen=True, kw_only=True)
class SummaryClock:
    """A clock: what must be done, by when, how it stands, and why the date is what it is."""

    label: str
    due: str
    state: str
    why: str


@dataclass(frozen=True, kw_only=True)
class SummaryEntry:
    """One thing that happened: when, what kind, in words, and by whom."""

    when: str
    kind: str
    text: str
    who: str


@dataclass(frozen=True, kw_only=True)
class SummaryTask:
    """A task: what is to be done, by whom, by when, and whether it is done."""

    text: str
    who: str
    due: str
    state: str


@dataclass(frozen=True, kw_only=True)
class SummaryPaper:
    """A letter or an attachment: what it is, when it came or went, and a remark such as its state or size."""

    title: str
    when: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseSummary:
    """Everything a printed case summary says. All dates and times are already words."""

    council: str
    reference: str
    title: str
    service: str
    stage: str
    opened: str
    place: str
    officer: str
    team: str
    printed_by: str
    printed_at: str
    account: str = ""
    warnings: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    people: tuple[SummaryPerson, ...] = ()
    clocks: tuple[SummaryClock, ...] = ()
    tasks: tuple[SummaryTask, ...] = ()
    letters: tuple[SummaryPaper, ...] = ()
    attachments: tuple[SummaryPaper, ...] = ()
    timeline: tuple[SummaryEntry, ...] = ()


def render_summary(summary: CaseSummary, faces: Faces) -> Pdf:
    """Return the case summary as a PDF with the reference and page number on every page.

    Raises `Trouble` when a character cannot be printed or the summary passes 300 pages.
    """
    faces.check((one_line(text) for text in _texts(summary)), what="This case summary")
    paper = Paper(title="Case summary", author=summary.council)
    at = desk(paper, faces)
    rows = at.title(one_line(summary.title), f"Case summary · {summary.reference} · {summary.stage}")
    for warning in summary.warnings:
        rows += at.warning(one_line(warning))
    rows += at.facts(_facts(summary))
    if summary.account:
        rows += [*at.heading("What we were told"), *at.text(plain(one_line(summary.account)))]
    if summary.answers:
        rows += [*at.heading("Details"), *at.facts([(one_line(a), one_line(b)) for a, b in summary.answers])]
    rows += _tables(summary, at)
    office = Office(summary.council, summary.reference, f"Printed by {summary.printed_by}, {summary.printed_at}")
    return print_pages(rows, paper, office, faces)


def _facts(summary: CaseSummary) -> list[tuple[str, str]]:
    """Return the facts at the head of the summary."""
    facts = [
        ("Reference", summary.reference),
        ("Service", summary.service),
        ("Stage", summary.stage),
        ("Opened", summary.opened),
        ("Place", summary.place),
        ("Officer", f"{summary.officer}, {summary.team}" if summary.team else summary.officer),
    ]
    return [(label, one_line(text)) for label, text in facts]


def _tables(summary: CaseSummary, at: Desk) -> list[Row]:
    """Set people, clocks, tasks, papers and the timeline, each under its heading."""
    return [
        *_part(at, "People", ("Name 3", "Role 2", "Contact 3", "Needs 3"), summary.people, "Nobody is named."),
        *_part(at, "Deadlines", ("What 2.6", "Due 2.4", "State 1.3", "Why 5"), summary.clocks, "No clock runs."),
        *_part(at, "Tasks", ("Task 5", "Who 2", "Due 2", "State 1.4"), summary.tasks, "No tasks."),
        *_part(at, "Letters", ("Letter 5", "When 2", "State 2"), summary.letters, "No letters."),
        *_part(at, "Attachments", ("Name 5", "When 2", "Remark 2"), summary.attachments, "No attachments."),
        *_part(at, "Timeline", ("When 2", "What 1.6", "Entry 6", "Who 2"), summary.timeline, "Nothing yet."),
    ]


_Part = (
    tuple[SummaryPerson, ...]
    | tuple[SummaryClock, ...]
    | tuple[SummaryTask, ...]
    | tuple[SummaryPaper, ...]
    | tuple[SummaryEntry, ...]
)


def _part(at: Desk, heading: str, columns: tuple[str, ...], entries: _Part, when_empty: str) -> list[Row]:
    """Set one table of the summary; a column is named with its share of the width after the last space."""
    if len(entries) > MOST_ENTRIES:
        raise Trouble(
            f"“{heading}” has {len(entries):,} entries; a case summary prints at most {MOST_ENTRIES:,}.",
            "Print the part you need from the screen, or ask for an export of the case.",
        )
    set_columns = [Column(name, float(share)) for name, share in (column.rsplit(" ", 1) for column in columns)]
    rows = [([one_line(getattr(entry, part.name)) for part in fields(entry)], False) for entry in entries]
    return [*at.heading(heading), *at.table(set_columns, rows, when_empty)]


def _texts(summary: CaseSummary) -> list[str]:
    """Return every text of the summary, for the check that all of it can be printed."""
    texts: list[str] = []
    for part in fields(summary):
        value = getattr(summary, part.name)
        if isinstance(value, str):
            texts.append(value)
            continue
        for entry in value:
            if isinstance(entry, str):
                texts.append(entry)
            elif isinstance(entry, tuple):
                texts += entry
            else:
                texts += [getattr(entry, inner.name) for inner in fields(entry)]
    return texts
