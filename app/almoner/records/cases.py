"""A case, who is in it, what is asked, what runs against it and what must be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import Ge, MaxLen, MinLen

from almoner.records.events import Happened, Received, Recorded
from almoner.records.facts import ID_LENGTH, LINE, SHORT, TEXT, CaseId, Fact, Id, Merge, Personal, PersonId, UserId

STANDING = "standing"
"""Where a case stands is one decision: its stage, whether it is open, when it was closed and how it ended."""


class CaseStatus(StrEnum):
    """Whether a case is being worked."""

    OPEN = "open"
    CLOSED = "closed"


class Priority(StrEnum):
    """How soon a person should look at it, apart from any clock."""

    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Role(StrEnum):
    """What a person is to a case."""

    SUBJECT = "subject"
    REPORTER = "reporter"
    REPRESENTATIVE = "representative"
    HOUSEHOLD = "household"
    PROFESSIONAL = "professional"


class AnswerState(StrEnum):
    """Whether a question has an answer; not knowing is one."""

    ANSWERED = "answered"
    NOT_KNOWN = "not-known"
    REFUSED = "refused"
    TO_FOLLOW = "to-follow"


class ClockState(StrEnum):
    """How a clock stands. A missed clock stays missed: `late` is missed and then done."""

    RUNNING = "running"
    MET = "met"
    LATE = "late"
    MISSED = "missed"
    CEASED = "ceased"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One matter for one service. `aware_at` is when anyone in the council became aware: clocks start there."""

    kind: ClassVar[str] = "case"
    table: ClassVar[str] = "cases"
    append_only: ClassVar[bool] = False

    id: Id
    reference: Annotated[str, MinLen(1), MaxLen(20), Fact(label="Reference", merge=Merge.FIXED)]
    service: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Service", merge=Merge.FIXED)]
    service_version: Annotated[int, Ge(1), Fact(label="Version of the service line", merge=Merge.LATEST)] = 1
    case_kind: Annotated[str, MaxLen(SHORT), Fact(label="Kind")] = ""
    title: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Title", personal=Personal.YES)]
    summary: Annotated[str, MaxLen(TEXT), Fact(label="What we understood", personal=Personal.SPECIAL, long=True)] = ""
    stage: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Stage", together=STANDING)]
    status: Annotated[CaseStatus, Fact(label="Status", together=STANDING)] = CaseStatus.OPEN
    priority: Annotated[Priority, Fact(label="Priority", merge=Merge.CAUTIOUS)] = Priority.NORMAL
    origin: Annotated[str, MaxLen(SHORT), Fact(label="Reported by", merge=Merge.FIXED)] = ""
    team_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Team", refers="team")]
    owner_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Owner", refers="user")] = ""
    place: Annotated[str, MaxLen(LINE), Fact(label="Place", personal=Personal.YES)] = ""
    uprn: Annotated[str, MaxLen(12), Fact(label="UPRN", personal=Personal.YES)] = ""
    longitude: Annotated[float | None, Fact(label="Longitude", personal=Personal.YES)] = None
    latitude: Annotated[float | None, Fact(label="Latitude", personal=Personal.YES)] = None
    source_reference: Annotated[str, MaxLen(LINE), Fact(label="Reference elsewhere", merge=Merge.FIXED)] = ""
    opened_by: UserId
    closed_at: Annotated[datetime | None, Fact(label="Closed", together=STANDING)] = None
    outcome: Annotated[str, MaxLen(LINE), Fact(label="Outcome", personal=Personal.YES, together=STANDING)] = ""
    aware_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer to one question of a service line; its id is made from case and question, so copies merge."""

    kind: ClassVar[str] = "answer"
    table: ClassVar[str] = "answers"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    question: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Question", merge=Merge.FIXED)]
    state: Annotated[AnswerState, Fact(label="State")] = AnswerState.ANSWERED
    value: Annotated[str, MaxLen(TEXT), Fact(label="Answer", personal=Personal.SPECIAL, long=True)] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Participant:
    """A person's part in a case. Who is calling is kept apart from who it is about."""

    kind: ClassVar[str] = "participant"
    table: ClassVar[str] = "participants"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    person_id: PersonId
    role: Annotated[Role, Fact(label="Role")]
    authority: Annotated[str, MaxLen(LINE), Fact(label="Authority to act", personal=Personal.YES)] = ""
    until: Annotated[date | None, Fact(label="Until")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
    """A date that runs against a case: its rule, start, due date, why, and how it ended.

    `due_at` is the instant after which it is missed: the stated time, or the end of the due day in UK time.
    `promised_on` keeps the date first told to the person.
    """

    kind: ClassVar[str] = "clock"
    table: ClassVar[str] = "clocks"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    code: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Clock", merge=Merge.FIXED)]
    title: Annotated[str, MaxLen(LINE), Fact(label="What is due", merge=Merge.FIXED)]
    rule: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Rule", merge=Merge.FIXED)]
    source: Annotated[str, MaxLen(LINE), Fact(label="Source", merge=Merge.FIXED)] = ""
    starts_at: Annotated[datetime, Fact(label="Starts")]
    pauses: Annotated[tuple[str, ...], MaxLen(50), Fact(label="Pauses", merge=Merge.UNION)] = ()
    due_on: Annotated[date, Fact(label="Due")]
    due_at: Annotated[datetime, Fact(label="Missed after")]
    why: Annotated[str, MaxLen(LINE * 5), Fact(label="Why")] = ""
    promised_on: Annotated[date | None, Fact(label="Promised")] = None
    state: Annotated[ClockState, Fact(label="State")] = ClockState.RUNNING
    ended_at: Annotated[datetime | None, Fact(label="Ended")] = None
    outcome: Annotated[str, MaxLen(LINE), Fact(label="How it ended")] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something to do for a case, by a day."""

    kind: ClassVar[str] = "task"
    table: ClassVar[str] = "tasks"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    title: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="To do", personal=Personal.YES)]
    owner_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Who", refers="user")] = ""
    do_by: Annotated[date | None, Fact(label="Do by")] = None
    done_at: Annotated[datetime | None, Fact(label="Done")] = None
    done_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Done by", refers="user")] = ""
    created_by: UserId
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A photo, scan or letter kept as a file. The bytes travel apart, known by their SHA-256."""

    kind: ClassVar[str] = "attachment"
    table: ClassVar[str] = "attachments"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    name: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Name", merge=Merge.LATEST, personal=Personal.YES)]
    media_type: Annotated[str, MaxLen(100), Fact(label="Type", merge=Merge.FIXED)]
    size: Annotated[int, Ge(0), Fact(label="Bytes", merge=Merge.FIXED)]
    sha256: Annotated[str, MinLen(64), MaxLen(64), Fact(label="SHA-256", merge=Merge.FIXED)]
    description: Annotated[str, MaxLen(LINE), Fact(label="Description", merge=Merge.LATEST, personal=Personal.YES)] = ""
    original_seen: Annotated[bool, Fact(label="Original seen", merge=Merge.LATEST)] = False
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter made for a case, frozen when final: the PDF is an attachment, its steps are letter events."""

    kind: ClassVar[str] = "letter"
    table: ClassVar[str] = "letters"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    person_id: PersonId
    template: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Letter", merge=Merge.FIXED)]
    template_version: Annotated[int, Ge(1), Fact(label="Version of the letter", merge=Merge.FIXED)] = 1
    title: Annotated[str, MaxLen(LINE), Fact(label="Title", merge=Merge.FIXED)]
    address_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Address", merge=Merge.FIXED, refers="address")] = ""
    letter_format: Annotated[str, MaxLen(SHORT), Fact(label="Format", merge=Merge.FIXED)] = "standard"
    pages: Annotated[int, Ge(1), Fact(label="Pages", merge=Merge.FIXED)] = 1
    attachment_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="PDF", merge=Merge.FIXED, refers="attachment")]
    status: Annotated[str, MaxLen(SHORT), Fact(label="Status", merge=Merge.LATEST)] = "final"
    author_id: UserId
    recorded_at: Recorded
    received_at: Received = None
