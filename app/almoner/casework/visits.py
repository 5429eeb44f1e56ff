"""Visits: booked, moved, attended, or met by a closed door, which is an outcome with evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from almoner.casework.attempts import Attempted, record_attempt
from almoner.casework.fields import made
from almoner.casework.ports import Desk
from almoner.casework.times import happened
from almoner.records import Case, Visit
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.records.trouble import Trouble
from almoner.store.writing import Reading, Writing

LONGEST_VISIT = timedelta(hours=12)
FURTHEST = timedelta(days=365 * 2)
OVER = (VisitStep.ATTENDED, VisitStep.NO_ACCESS, VisitStep.CANCELLED)


@dataclass(frozen=True, slots=True)
class Visited:
    """What was recorded of a visit, with the attempt it counts as when nobody let the officer in."""

    visit: Visit
    attempt: Attempted | None = None


def book_visit(
    tx: Writing,
    desk: Desk,
    case_id: str,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    officer_id: str = "",
    purpose: str = "",
) -> Visit:
    """Book a visit. Raises Trouble for a time in the past, an end before the start, or a wrong year."""
    case = tx.get(Case, case_id)
    _check_times(tx, starts_at, ends_at)
    return _add(
        tx, desk, case.id, desk.ids.new(), VisitStep.BOOKED,
        starts_at=starts_at, ends_at=ends_at, officer_id=officer_id or desk.me.id, purpose=purpose,
    )  # fmt: skip


def move_visit(
    tx: Writing, desk: Desk, visit_id: str, *, starts_at: datetime, ends_at: datetime | None = None,
    officer_id: str = "",
) -> Visit:  # fmt: skip
    """Move a booked visit to another time or another officer."""
    last = last_step(tx, visit_id)
    _still_ahead(last)
    _check_times(tx, starts_at, ends_at)
    return _add(
        tx, desk, last.case_id, visit_id, VisitStep.MOVED,
        starts_at=starts_at, ends_at=ends_at, officer_id=officer_id or last.officer_id, purpose=last.purpose,
    )  # fmt: skip


def record_visit(
    tx: Writing,
    desk: Desk,
    visit_id: str,
    *,
    step: VisitStep,
    findings: str = "",
    happened_at: datetime | None = None,
    person_id: str = "",
) -> Visited:
    """Say how a visit went: attended, no access, or cancelled. No access is recorded as a contact attempt as well."""
    if step not in OVER:
        raise Trouble("Say how the visit went.", "Choose attended, no access or cancelled.")
    last = last_step(tx, visit_id)
    _still_ahead(last)
    at = happened(tx, happened_at)
    visit = _add(
        tx, desk, last.case_id, visit_id, step, happened_at=at, starts_at=last.starts_at, ends_at=last.ends_at,
        officer_id=last.officer_id, purpose=last.purpose, findings=findings,
    )  # fmt: skip
    if step is not VisitStep.NO_ACCESS:
        return Visited(visit)
    attempt = record_attempt(
        tx, desk, last.case_id, method=Method.VISIT, result=AttemptResult.NO_ACCESS, person_id=person_id,
        evidence=findings, happened_at=at,
    )  # fmt: skip
    return Visited(visit, attempt)


def last_step(reading: Reading, visit_id: str) -> Visit:
    """Give the newest step of a visit. Raises Trouble when the visit is not on this device."""
    steps = reading.all_of(Visit, visit_id=visit_id)
    if not steps:
        raise Trouble("This visit is not on this computer.", "Connect and sync, then try again.")
    return max(steps, key=lambda visit: (visit.recorded_at, visit.id))


def _still_ahead(last: Visit) -> None:
    if last.step in OVER:
        raise Trouble("How this visit went is already recorded.", "Book another visit, or add a note.")


def _check_times(tx: Writing, starts_at: datetime, ends_at: datetime | None) -> None:
    if starts_at < tx.now - timedelta(hours=1):
        raise Trouble("The visit is in the past.", "Choose a time to come, or record how a visit went.", "Starts")
    if starts_at > tx.now + FURTHEST:
        raise Trouble("The visit is over two years away.", "Check the year.", "Starts")
    if ends_at and not starts_at < ends_at <= starts_at + LONGEST_VISIT:
        raise Trouble("The visit ends before it starts, or lasts over 12 hours.", "Correct the end.", "Ends")


def _add(
    tx: Writing, desk: Desk, case_id: str, visit_id: str, step: VisitStep, *, happened_at: datetime | None = None,
    starts_at: datetime | None, ends_at: datetime | None, officer_id: str, purpose: str, findings: str = "",
) -> Visit:  # fmt: skip
    visit = made(
        Visit,
        id=desk.ids.new(),
        visit_id=visit_id,
        case_id=case_id,
        step=step,
        starts_at=starts_at,
        ends_at=ends_at,
        officer_id=officer_id,
        purpose=purpose,
        findings=findings,
        author_id=desk.me.id,
        happened_at=happened_at or happened(tx, None),
        recorded_at=tx.now,
    )
    tx.add(visit)
    return visit
