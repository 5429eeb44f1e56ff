"""Attempts to reach a person. Three by different means are the council's defence when a clock is missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from almoner.casework.fields import made
from almoner.casework.ports import Desk
from almoner.casework.times import happened, not_before
from almoner.records import Case, ContactAttempt, Person, SafeContactRule
from almoner.records.events import AttemptResult, Method
from almoner.records.people import Channel
from almoner.rules.safety import may_use
from almoner.store.writing import Writing

CHANNEL_OF = {
    Method.VISIT: Channel.VISIT,
    Method.PHONE: Channel.PHONE,
    Method.TEXT: Channel.TEXT,
    Method.EMAIL: Channel.EMAIL,
    Method.LETTER: Channel.POST,
    Method.IN_PERSON: Channel.OFFICE,
}


@dataclass(frozen=True, slots=True)
class Attempted:
    """The attempt as kept, its number on the case, and a warning when the way used was barred by safe contact."""

    attempt: ContactAttempt
    number: int
    warning: str = ""


def record_attempt(
    tx: Writing,
    desk: Desk,
    case_id: str,
    *,
    method: Method,
    result: AttemptResult,
    person_id: str = "",
    evidence: str = "",
    happened_at: datetime | None = None,
) -> Attempted:
    """Record one attempt at contact. It is kept even when it ought not to have been made, with a warning."""
    case = tx.get(Case, case_id)
    at = happened(tx, happened_at)
    not_before(at, case.aware_at, "Happened", "Council became aware")
    attempt = made(
        ContactAttempt,
        id=desk.ids.new(),
        case_id=case.id,
        person_id=person_id,
        method=method,
        result=result,
        evidence=evidence,
        author_id=desk.me.id,
        happened_at=at,
        recorded_at=tx.now,
    )
    warning = _warning(tx, person_id, method) if person_id else ""
    tx.add(attempt)
    return Attempted(attempt, len(tx.all_of(ContactAttempt, case_id=case.id)), warning)


def _warning(tx: Writing, person_id: str, method: Method) -> str:
    rules = tx.all_of(SafeContactRule, person_id=person_id)
    decision = may_use(CHANNEL_OF[method], tx.get(Person, person_id), rules, tx.now)
    return "" if decision.allowed else f"{decision.why} {decision.do}"
