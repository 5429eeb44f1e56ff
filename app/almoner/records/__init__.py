"""What we keep: one frozen dataclass per kind of record, and the list of them all."""

from __future__ import annotations

from typing import Any

from almoner.records.cases import Answer, Attachment, Case, Clock, Letter, Participant, Task
from almoner.records.conflicts import Conflict
from almoner.records.events import ContactAttempt, LetterEvent, Note, StageChange, Visit
from almoner.records.held_work import HeldWork
from almoner.records.people import Address, ContactPoint, Flag, HouseholdMembership, Person, SafeContactRule
from almoner.records.sharing import CaseShare, ConsentGrant
from almoner.records.staff import Council, Team, User

SCHEMA = 2
"""Version of all records together; raised whenever one changes."""

RECORDS: tuple[type[Any], ...] = (
    Council,
    Team,
    User,
    Person,
    ContactPoint,
    Address,
    HouseholdMembership,
    SafeContactRule,
    Flag,
    Case,
    Participant,
    Answer,
    Clock,
    Task,
    Note,
    ContactAttempt,
    Visit,
    StageChange,
    Attachment,
    Letter,
    LetterEvent,
    Conflict,
    CaseShare,
    ConsentGrant,
    HeldWork,
)
"""Every kind, parents before children."""

BY_KIND: dict[str, type[Any]] = {record.kind: record for record in RECORDS}

__all__ = [
    "BY_KIND",
    "RECORDS",
    "SCHEMA",
    "Address",
    "Answer",
    "Attachment",
    "Case",
    "CaseShare",
    "Clock",
    "Conflict",
    "ConsentGrant",
    "ContactAttempt",
    "ContactPoint",
    "Council",
    "Flag",
    "HeldWork",
    "HouseholdMembership",
    "Letter",
    "LetterEvent",
    "Note",
    "Participant",
    "Person",
    "SafeContactRule",
    "StageChange",
    "Task",
    "Team",
    "User",
    "Visit",
]
