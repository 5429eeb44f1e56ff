"""The fictional council every world begins with: its teams, officers, and a little work."""

from __future__ import annotations

from datetime import UTC, datetime

from almoner.records import Case, ContactPoint, Council, Note, Person, Team, User
from almoner.records.derive import Record
from almoner.records.people import Channel
from almoner.records.staff import StaffRole

START = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
"""When every world begins, by the server's clock."""

TEAMS = ("t1", "t2")

RUTH = User(id="u1", username="ruth", full_name="Ruth Bello", team_id="t1", team_ids=("t1",))
OWEN = User(id="u2", username="owen", full_name="Owen Pryce", team_id="t1", team_ids=("t1",), confidential=True)
SANA = User(
    id="u3", username="sana", full_name="Sana Iqbal", role=StaffRole.SUPERVISOR, team_id="t1", team_ids=("t1", "t2")
)
JOAN = User(id="u4", username="joan", full_name="Joan Marsh", team_id="t2", team_ids=("t2",))
OFFICERS = (RUTH, OWEN, SANA, JOAN)


def a_case(case_id: str, *, team_id: str, opened_by: str, now: datetime, title: str = "Mould in the bedroom") -> Case:
    """A case as an officer opens one."""
    return Case(
        id=case_id,
        reference=f"ASH-{case_id[-6:]}",
        service="damp-and-mould",
        title=title,
        stage="new",
        team_id=team_id,
        opened_by=opened_by,
        aware_at=now,
        recorded_at=now,
    )


def a_note(note_id: str, *, case_id: str, author_id: str, now: datetime) -> Note:
    """A note of a call."""
    return Note(
        id=note_id, case_id=case_id, text="Rang; no answer.", author_id=author_id, happened_at=now, recorded_at=now
    )


def staff() -> tuple[Record, ...]:
    """The council, its teams and officers."""
    council = Council(id="c0", name="Ashmere", prefix="ASH")
    return (council, Team(id="t1", name="Repairs"), Team(id="t2", name="Streets"), *OFFICERS)


def work() -> tuple[Record, ...]:
    """What the officers find when a world begins."""
    people = (
        Person(id="p1", full_name="Maya Okafor", support_needs=("stairs",)),
        Person(id="p2", full_name="Tom Reed", restricted_team_id="t1"),
        Person(id="p3", full_name="Ana Silva"),
    )
    phone = ContactPoint(id="cp1", person_id="p1", channel=Channel.PHONE, value="01632 960001")
    cases = (
        a_case("case-1", team_id="t1", opened_by=RUTH.id, now=START),
        a_case("case-2", team_id="t2", opened_by=JOAN.id, now=START),
        a_case("case-3", team_id="t1", opened_by=OWEN.id, now=START),
    )
    return (*people, phone, *cases, a_note("note-1", case_id="case-1", author_id=RUTH.id, now=START))
