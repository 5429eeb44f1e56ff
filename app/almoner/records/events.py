"""What happened: records that are only ever added to. Each has three times: happened, recorded, received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from almoner.records.facts import ID_LENGTH, LINE, SHORT, TEXT, CaseId, Fact, Id, Merge, Personal, UserId

Happened = Annotated[datetime, Fact(label="Happened", merge=Merge.FIXED)]
Recorded = Annotated[datetime, Fact(label="Recorded on the device", merge=Merge.FIXED)]
Received = Annotated[datetime | None, Fact(label="Received by the server", merge=Merge.FIXED, server=True)]
OptionalPerson = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Person", merge=Merge.FIXED, refers="person")]


class Method(StrEnum):
    """How contact was tried."""

    VISIT = "visit"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    LETTER = "letter"
    IN_PERSON = "in-person"


class AttemptResult(StrEnum):
    """What came of it."""

    NO_ANSWER = "no-answer"
    NO_ACCESS = "no-access"
    MESSAGE_LEFT = "message-left"
    SPOKE = "spoke"
    REFUSED = "refused"


class VisitStep(StrEnum):
    """What is being said about a visit."""

    BOOKED = "booked"
    MOVED = "moved"
    ATTENDED = "attended"
    NO_ACCESS = "no-access"
    CANCELLED = "cancelled"


class LetterStep(StrEnum):
    """A step in the life of a letter."""

    FINAL = "final"
    HELD = "held"
    PRINTED = "printed"
    SAVED = "saved"
    POSTED = "posted"
    HANDED_OVER = "handed-over"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Free text by an officer. The person may read it one day. A correction is a new note that names the old one."""

    kind: ClassVar[str] = "note"
    table: ClassVar[str] = "notes"
    append_only: ClassVar[bool] = True

    id: Id
    case_id: CaseId
    text: Annotated[
        str, MinLen(1), MaxLen(TEXT), Fact(label="Note", merge=Merge.FIXED, personal=Personal.SPECIAL, long=True)
    ]
    heading: Annotated[str, MaxLen(LINE), Fact(label="Heading", merge=Merge.FIXED, personal=Personal.YES)] = ""
    corrects_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Corrects", merge=Merge.FIXED, refers="note")] = ""
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactAttempt:
    """One try at reaching a person: when, how, what came of it. Attempts are the defence of a missed clock."""

    kind: ClassVar[str] = "contact_attempt"
    table: ClassVar[str] = "contact_attempts"
    append_only: ClassVar[bool] = True

    id: Id
    case_id: CaseId
    person_id: OptionalPerson = ""
    method: Annotated[Method, Fact(label="How", merge=Merge.FIXED)]
    result: Annotated[AttemptResult, Fact(label="Result", merge=Merge.FIXED)]
    evidence: Annotated[
        str, MaxLen(TEXT), Fact(label="Evidence", merge=Merge.FIXED, personal=Personal.YES, long=True)
    ] = ""
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One thing said about a visit; all steps of one visit share its `visit_id`."""

    kind: ClassVar[str] = "visit"
    table: ClassVar[str] = "visits"
    append_only: ClassVar[bool] = True

    id: Id
    visit_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Visit", merge=Merge.FIXED)]
    case_id: CaseId
    step: Annotated[VisitStep, Fact(label="Step", merge=Merge.FIXED)]
    starts_at: Annotated[datetime | None, Fact(label="Starts", merge=Merge.FIXED)] = None
    ends_at: Annotated[datetime | None, Fact(label="Ends", merge=Merge.FIXED)] = None
    officer_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Who goes", merge=Merge.FIXED, refers="user")] = ""
    purpose: Annotated[str, MaxLen(LINE), Fact(label="Purpose", merge=Merge.FIXED, personal=Personal.YES)] = ""
    findings: Annotated[
        str, MaxLen(TEXT), Fact(label="Findings", merge=Merge.FIXED, personal=Personal.SPECIAL, long=True)
    ] = ""
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StageChange:
    """A case moved from one stage to another, and why."""

    kind: ClassVar[str] = "stage_change"
    table: ClassVar[str] = "stage_changes"
    append_only: ClassVar[bool] = True

    id: Id
    case_id: CaseId
    from_stage: Annotated[str, MaxLen(SHORT), Fact(label="From", merge=Merge.FIXED)] = ""
    to_stage: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="To", merge=Merge.FIXED)]
    reason: Annotated[str, MaxLen(TEXT), Fact(label="Why", merge=Merge.FIXED, personal=Personal.SPECIAL)] = ""
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterEvent:
    """A step in the life of a letter: made final, held, printed, saved, posted, handed over, cancelled, returned."""

    kind: ClassVar[str] = "letter_event"
    table: ClassVar[str] = "letter_events"
    append_only: ClassVar[bool] = True

    id: Id
    case_id: CaseId
    letter_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Letter", merge=Merge.FIXED, refers="letter")]
    step: Annotated[LetterStep, Fact(label="Step", merge=Merge.FIXED)]
    copy_number: Annotated[int, Fact(label="Copy", merge=Merge.FIXED)] = 1
    note: Annotated[str, MaxLen(LINE), Fact(label="Note", merge=Merge.FIXED, personal=Personal.YES)] = ""
    author_id: UserId
    happened_at: Happened
    recorded_at: Recorded
    received_at: Received = None
