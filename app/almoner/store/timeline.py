"""Everything that happened on a case as moments, newest first: who, when it happened, when it was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, select, text

from almoner.records import (
    Attachment,
    Case,
    CaseShare,
    Clock,
    ContactAttempt,
    Letter,
    LetterEvent,
    Note,
    Person,
    StageChange,
    Task,
    Team,
    Visit,
)
from almoner.records.cases import ClockState
from almoner.records.derive import R
from almoner.rules.words import date_and_time, due_date, short_date
from almoner.store.reading import MOST_ROWS, Reading
from almoner.store.rows import record_of
from almoner.store.tables import local_table
from almoner.store.views import CaseView, Party, PersonDetails, PersonView, case_view, officer_names, person_view

__all__ = [
    "CaseView",
    "Party",
    "PersonDetails",
    "PersonView",
    "TimelineEntry",
    "case_view",
    "person_view",
    "timeline",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One moment: `at` it happened, `recorded_at` it was written down, `received_at` the server had it.

    `who` is a name, `icon` an icon's name, `tone` a tone of the palette; `sent` is False while the server may lack it.
    """

    at: datetime
    recorded_at: datetime
    received_at: datetime | None
    who: str
    icon: str
    heading: str
    text: str
    tag: str
    tone: str
    record_kind: str
    record_id: str
    sent: bool


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment before names and unsent marks are filled in."""

    at: datetime
    record: Any
    author: str
    icon: str
    heading: str
    text: str = ""
    tag: str = ""
    tone: str = "neutral"
    recorded_at: datetime | None = None


def timeline(reading: Reading, case_id: str, limit: int = MOST_ROWS) -> tuple[TimelineEntry, ...]:
    """The latest moments of a case, newest first. Raises Trouble when the case is not on this device."""
    case = reading.get(Case, case_id)
    moments = [*_opened(case), *_from_events(reading, case_id), *_from_work(reading, case_id)]
    moments.sort(key=lambda moment: (moment.at, moment.recorded_at or moment.at, moment.record.id), reverse=True)
    moments = moments[:limit]
    names = officer_names(reading, {moment.author for moment in moments})
    unsent = _unsent(reading, case_id)
    return tuple(_entry(moment, names, unsent) for moment in moments)


def _entry(moment: _Moment, names: Mapping[str, str], unsent: frozenset[tuple[str, str]]) -> TimelineEntry:
    record = moment.record
    recorded_at = getattr(record, "recorded_at", moment.at) if moment.recorded_at is None else moment.recorded_at
    who = names.get(moment.author, "An officer not known here") if moment.author else "Almoner"
    return TimelineEntry(
        at=moment.at,
        recorded_at=recorded_at,
        received_at=getattr(record, "received_at", None),
        who=who,
        icon=moment.icon,
        heading=moment.heading,
        text=moment.text,
        tag=moment.tag,
        tone=moment.tone,
        record_kind=record.kind,
        record_id=record.id,
        sent=(record.kind, record.id) not in unsent,
    )


def _unsent(reading: Reading, case_id: str) -> frozenset[tuple[str, str]]:
    rows = reading.connection.execute(
        text("SELECT DISTINCT kind, record_id FROM outbox WHERE case_id = :id"), {"id": case_id}
    )
    return frozenset((row.kind, row.record_id) for row in rows)


def _latest(reading: Reading, cls: type[R], case_id: str, by: str) -> list[R]:
    """The latest records of a kind on a case, at most 500."""
    rows = reading.connection.execute(_select_latest(local_table(cls), by), {"case": case_id}).mappings()
    return [record_of(cls, row) for row in rows]


@cache
def _select_latest(table: Table, by: str) -> Select[Any]:
    """The latest rows of a case; made once, since making a statement costs more than running it."""
    chosen = table.c.case_id == bindparam("case")
    return select(table).where(chosen).order_by(table.c[by].desc()).limit(MOST_ROWS)


def _opened(case: Case) -> Iterable[_Moment]:
    origin = f"Reported by {case.origin}" if case.origin else ""
    yield _Moment(
        case.aware_at, case, case.opened_by, "folder-plus", "Case opened", case.summary or origin, "Opened", "blue"
    )


def _from_events(reading: Reading, case_id: str) -> Iterable[_Moment]:
    """What was added by officers: notes, attempts, visits, stages."""
    notes = _latest(reading, Note, case_id, "happened_at")
    for note in notes:
        heading = note.heading or ("Correction" if note.corrects_id else "Note")
        tag, tone = ("Corrects an earlier note", "yellow") if note.corrects_id else ("", "neutral")
        yield _Moment(note.happened_at, note, note.author_id, "message-square", heading, note.text, tag, tone)
    attempts = _latest(reading, ContactAttempt, case_id, "happened_at")
    people = reading.find_many(Person, list({each.person_id for each in attempts if each.person_id}))
    for each in attempts:
        person = people.get(each.person_id)
        heading = f"{_METHODS[each.method]}{' to ' + person.full_name if person else ''}"
        tag, tone = _RESULTS[each.result]
        yield _Moment(
            each.happened_at, each, each.author_id, _METHOD_ICONS[each.method], heading, each.evidence, tag, tone
        )
    visits = _latest(reading, Visit, case_id, "happened_at")
    officers = officer_names(reading, {visit.officer_id for visit in visits})
    for visit in visits:
        yield _visit(visit, officers)
    for change in _latest(reading, StageChange, case_id, "happened_at"):
        heading = f"Moved to {_words(change.to_stage)}"
        came = f"From {_words(change.from_stage)}. " if change.from_stage else ""
        yield _Moment(
            change.happened_at, change, change.author_id, "route", heading, came + change.reason, "Stage", "purple"
        )


def _visit(visit: Visit, officers: Mapping[str, str]) -> _Moment:
    heading, tag, tone = _VISITS[visit.step]
    when = f"For {date_and_time(visit.starts_at)}" if visit.starts_at and visit.step in ("booked", "moved") else ""
    goes = f"{officers[visit.officer_id]} goes" if when and visit.officer_id in officers else ""
    words = ". ".join(filter(None, (when, goes, visit.purpose, visit.findings)))
    return _Moment(visit.happened_at, visit, visit.author_id, "calendar-clock", heading, words, tag, tone)


def _from_work(reading: Reading, case_id: str) -> Iterable[_Moment]:
    """What the work left behind: letters and their steps, files, tasks, clocks."""
    letters = {letter.id: letter for letter in _latest(reading, Letter, case_id, "recorded_at")}
    attached_letters = {letter.attachment_id for letter in letters.values()}
    for letter in letters.values():
        yield _Moment(
            letter.recorded_at, letter, letter.author_id, "mail", f"Letter: {letter.title}", "", "Letter", "teal"
        )
    for event in _latest(reading, LetterEvent, case_id, "happened_at"):
        if event.step != "final":
            title = letters[event.letter_id].title if event.letter_id in letters else "Letter"
            tag, tone = _LETTER_STEPS[event.step]
            copy = f"Copy {event.copy_number}. " if event.copy_number > 1 else ""
            yield _Moment(event.happened_at, event, event.author_id, "send", title, copy + event.note, tag, tone)
    for file in _latest(reading, Attachment, case_id, "recorded_at"):
        if file.id not in attached_letters:
            icon = "image" if file.media_type.startswith("image/") else "paperclip"
            yield _Moment(file.happened_at, file, file.author_id, icon, file.name, file.description, "File", "neutral")
    for task in _latest(reading, Task, case_id, "recorded_at"):
        wanted = f"To do by {short_date(task.do_by)}" if task.do_by else ""
        yield _Moment(task.recorded_at, task, task.created_by, "list-checks", f"Task: {task.title}", wanted)
        if task.done_at:
            yield _Moment(
                task.done_at,
                task,
                task.done_by,
                "square-check",
                f"Done: {task.title}",
                "",
                "Done",
                "green",
                task.done_at,
            )
    for clock in _latest(reading, Clock, case_id, "starts_at"):
        yield from _clock(clock)
    yield from _shares(reading, case_id)


def _shares(reading: Reading, case_id: str) -> Iterable[_Moment]:
    """With whom the case was shared, and when that ended."""
    shares = _latest(reading, CaseShare, case_id, "shared_at")
    teams = reading.find_many(Team, list({share.team_id for share in shares if share.team_id}))
    officers = officer_names(reading, {share.user_id for share in shares})
    for share in shares:
        team = teams.get(share.team_id)
        name = team.name if team else officers.get(share.user_id, "somebody not known here")
        until = f"{share.why}. Until {short_date(share.until)}" if share.until else share.why
        if share.ended_at:
            heading = f"No longer shared with {name}"
            yield _Moment(share.ended_at, share, share.ended_by, "users", heading, "", "Sharing ended")
        yield _Moment(share.shared_at, share, share.shared_by, "users", f"Shared with {name}", until, "Shared", "teal")


def _clock(clock: Clock) -> Iterable[_Moment]:
    """A clock that started, and how it ended."""
    why = clock.why or f"Due {due_date(clock.due_on)}"
    heading = f"Clock started: {clock.title}, due {short_date(clock.due_on)}"
    yield _Moment(clock.starts_at, clock, "", "clock", heading, why, "Clock", "blue")
    if clock.ended_at:
        tag, tone = _CLOCK_ENDS[clock.state]
        yield _Moment(clock.ended_at, clock, "", "clock", f"{clock.title}: {tag.lower()}", clock.outcome, tag, tone)


def _words(stage: str) -> str:
    """A stage's code as words: `awaiting-visit` reads "awaiting visit"."""
    return stage.replace("-", " ").replace("_", " ")


_METHODS = {
    "visit": "Visit", "phone": "Call", "text": "Text message", "email": "E-mail", "letter": "Letter",
    "in-person": "Conversation in person",
}  # fmt: skip
_METHOD_ICONS = {
    "visit": "home", "phone": "phone", "text": "message-square", "email": "send", "letter": "mail", "in-person": "user",
}  # fmt: skip
_RESULTS = {
    "no-answer": ("No answer", "orange"),
    "no-access": ("No access", "orange"),
    "message-left": ("Message left", "yellow"),
    "spoke": ("Spoke", "green"),
    "refused": ("Refused", "red"),
}
_VISITS = {
    "booked": ("Visit booked", "Booked", "blue"),
    "moved": ("Visit moved", "Moved", "yellow"),
    "attended": ("Visit made", "Attended", "green"),
    "no-access": ("Visit without access", "No access", "orange"),
    "cancelled": ("Visit cancelled", "Cancelled", "neutral"),
}
_LETTER_STEPS = {
    "held": ("Held", "orange"),
    "printed": ("Printed", "green"),
    "saved": ("Saved as PDF", "green"),
    "posted": ("Posted", "green"),
    "handed-over": ("Handed over", "green"),
    "cancelled": ("Cancelled", "neutral"),
    "returned": ("Returned", "red"),
}
_CLOCK_ENDS: Mapping[ClockState, tuple[str, str]] = {
    ClockState.RUNNING: ("Running", "blue"),
    ClockState.MET: ("Met", "green"),
    ClockState.LATE: ("Late", "red"),
    ClockState.MISSED: ("Missed", "red"),
    ClockState.CEASED: ("Ended", "neutral"),
}
