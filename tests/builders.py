"""Records for tests: complete, plausible, plainly fictional, with the same ids every time; and records by chance."""

from __future__ import annotations

import uuid
from dataclasses import MISSING
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from hypothesis import strategies as st

from almoner.records import (
    Address,
    Answer,
    Attachment,
    Case,
    Clock,
    ContactAttempt,
    ContactPoint,
    Flag,
    Letter,
    Note,
    Participant,
    Person,
    SafeContactRule,
    StageChange,
    Task,
    Team,
    User,
    Visit,
)
from almoner.records.cases import Role
from almoner.records.derive import Field, fields_of
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.records.people import Channel, FlagKind

T = TypeVar("T")

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
TODAY = date(2026, 12, 17)


def id_of(kind: str, number: int = 1) -> str:
    """The id of the numbered test record of a kind: the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"almoner test {kind} {number}"))


def _made(cls: type[T], number: int, values: dict[str, Any], changes: dict[str, Any]) -> T:
    kind: Any = cls
    return cls(**{"id": id_of(kind.kind, number), **values, **changes})


USER_ID = id_of("user")
TEAM_ID = id_of("team")


def make_user(number: int = 1, **changes: Any) -> User:
    """An officer."""
    values = {"username": f"officer{number}", "full_name": f"Officer Number {number}", "team_id": TEAM_ID}
    return _made(User, number, values, changes)


def make_team(number: int = 1, **changes: Any) -> Team:
    """A team."""
    return _made(Team, number, {"name": f"Housing team {number}"}, changes)


def make_person(number: int = 1, **changes: Any) -> Person:
    """A resident."""
    return _made(Person, number, {"full_name": f"Ida Example {number}"}, changes)


def make_address(number: int = 1, **changes: Any) -> Address:
    """An address of the resident of the same number."""
    values = {
        "person_id": id_of("person", number),
        "line_1": f"{number} Test Street",
        "town": "Ashmere",
        "postcode": "AS1 1AA",
    }
    return _made(Address, number, values, changes)


def make_contact_point(number: int = 1, **changes: Any) -> ContactPoint:
    """A telephone number of the resident of the same number, from the range kept for fiction."""
    values = {"person_id": id_of("person", number), "channel": Channel.PHONE, "value": f"01632 960{number % 1000:03d}"}
    return _made(ContactPoint, number, values, changes)


def make_safe_contact(number: int = 1, **changes: Any) -> SafeContactRule:
    """How the resident of the same number may be reached."""
    values = {"person_id": id_of("person", number), "starts_on": TODAY, "review_on": date(2027, 12, 17)}
    return _made(SafeContactRule, number, values, changes)


def make_flag(number: int = 1, **changes: Any) -> Flag:
    """A warning about the resident of the same number."""
    values = {
        "person_id": id_of("person", number),
        "warning": FlagKind.ADULT_AT_RISK,
        "reason": "For a test",
        "starts_on": TODAY,
        "review_on": date(2027, 12, 1),
    }
    return _made(Flag, number, values, changes)


def make_case(number: int = 1, **changes: Any) -> Case:
    """An open damp and mould case."""
    values = {
        "reference": f"ASH-TEST-{number:04d}-2",
        "service": "damp-and-mould",
        "title": f"Damp in bedroom {number}",
        "stage": "reported",
        "team_id": TEAM_ID,
        "opened_by": USER_ID,
        "aware_at": NOW,
        "recorded_at": NOW,
    }
    return _made(Case, number, values, changes)


def _event(number: int) -> dict[str, Any]:
    return {"case_id": id_of("case"), "author_id": USER_ID, "happened_at": NOW, "recorded_at": NOW}


def make_note(number: int = 1, **changes: Any) -> Note:
    """A note on the first case."""
    return _made(Note, number, {**_event(number), "text": f"Note number {number}"}, changes)


def make_attempt(number: int = 1, **changes: Any) -> ContactAttempt:
    """A contact attempt on the first case."""
    values = {**_event(number), "method": Method.PHONE, "result": AttemptResult.NO_ANSWER}
    return _made(ContactAttempt, number, values, changes)


def make_visit(number: int = 1, **changes: Any) -> Visit:
    """A booked visit on the first case."""
    values = {**_event(number), "visit_id": id_of("the visit", number), "step": VisitStep.BOOKED, "starts_at": NOW}
    return _made(Visit, number, values, changes)


def make_stage_change(number: int = 1, **changes: Any) -> StageChange:
    """A move of the first case."""
    values = {**_event(number), "from_stage": "reported", "to_stage": "investigating"}
    return _made(StageChange, number, values, changes)


def make_participant(number: int = 1, **changes: Any) -> Participant:
    """The resident of the same number as the subject of the first case."""
    values = {"case_id": id_of("case"), "person_id": id_of("person", number), "role": Role.SUBJECT}
    return _made(Participant, number, values, changes)


def make_answer(number: int = 1, **changes: Any) -> Answer:
    """An answer on the first case."""
    return _made(Answer, number, {"case_id": id_of("case"), "question": f"question-{number}", "value": "yes"}, changes)


def make_clock(number: int = 1, **changes: Any) -> Clock:
    """A running clock on the first case."""
    values = {
        "case_id": id_of("case"),
        "code": "investigate",
        "title": "Investigate",
        "rule": "WD-EW",
        "starts_at": NOW,
        "due_on": date(2027, 1, 6),
        "due_at": datetime(2027, 1, 7, tzinfo=UTC),
    }
    return _made(Clock, number, values, changes)


def make_task(number: int = 1, **changes: Any) -> Task:
    """A task on the first case."""
    values = {
        "case_id": id_of("case"),
        "title": f"Ring the resident {number}",
        "created_by": USER_ID,
        "recorded_at": NOW,
    }
    return _made(Task, number, values, changes)


def make_attachment(number: int = 1, **changes: Any) -> Attachment:
    """A photo on the first case."""
    values = {
        **_event(number),
        "name": f"photo {number}.jpg",
        "media_type": "image/jpeg",
        "size": 3,
        "sha256": f"{number:064x}",
    }
    return _made(Attachment, number, values, changes)


def make_letter(number: int = 1, **changes: Any) -> Letter:
    """A final letter on the first case to the first resident."""
    values = {
        "case_id": id_of("case"),
        "person_id": id_of("person"),
        "template": "acknowledgement",
        "title": "Acknowledgement",
        "attachment_id": id_of("attachment", number),
        "author_id": USER_ID,
        "recorded_at": NOW,
    }
    return _made(Letter, number, values, changes)


_CHARACTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
_MOST = 2**53


def _texts(field: Field) -> st.SearchStrategy[str]:
    longest = field.max_len if field.max_len is not None else 60
    return st.text(_CHARACTERS, min_size=field.min_len, max_size=max(field.min_len, min(longest, 60)))


def values_of(field: Field) -> st.SearchStrategy[Any]:
    """Values that a field may have."""
    made: st.SearchStrategy[Any]
    if field.type is bool:
        made = st.booleans()
    elif field.type is int:
        least = -_MOST if field.ge is None else field.ge
        made = st.integers(least, _MOST if field.le is None else field.le)
    elif field.type is float:
        made = st.floats(-_MOST, _MOST, allow_nan=False)
    elif field.type is datetime:
        made = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
    elif field.type is date:
        made = st.dates(date(1, 1, 1), date(9999, 12, 31))
    elif field.type is tuple:
        words = st.lists(st.text(_CHARACTERS, max_size=20), max_size=min(field.max_len or 5, 5), unique=True)
        made = words.map(lambda found: tuple(sorted(found)))
    elif issubclass(field.type, StrEnum):
        made = st.sampled_from(field.type)
    else:
        made = _texts(field)
    return st.none() | made if field.optional else made


def records(cls: type[T]) -> st.SearchStrategy[T]:
    """Records of a kind by chance: every field, made from its declaration."""
    assert all(field.default is not MISSING for field in fields_of(cls))
    return st.builds(cls, **{field.name: values_of(field) for field in fields_of(cls)})
