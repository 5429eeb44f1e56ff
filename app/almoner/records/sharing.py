"""Who else may see a case or a resident, why, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from almoner.records.events import Happened
from almoner.records.facts import ID_LENGTH, LINE, CaseId, Fact, Id, Merge, Personal, PersonId, UserId


class Basis(StrEnum):
    """On what ground something is shared (UK GDPR art. 6; Data Protection Act 2018 sch. 8)."""

    CONSENT = "consent"
    PUBLIC_TASK = "public-task"
    LEGAL_DUTY = "legal-duty"
    SAFEGUARDING = "safeguarding"


class SharingState(StrEnum):
    """Whether it still holds; ended is the more protective and comes last."""

    OPEN = "open"
    ENDED = "ended"


Until = Annotated[date | None, Fact(label="Until")]
State = Annotated[SharingState, Fact(label="State", merge=Merge.CAUTIOUS)]
EndedAt = Annotated[datetime | None, Fact(label="Ended", merge=Merge.LATEST)]
EndedBy = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Ended by", merge=Merge.LATEST, refers="user")]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseShare:
    """One case opened to another team or officer, with everything in it; `until` is the last day of it."""

    kind: ClassVar[str] = "case_share"
    table: ClassVar[str] = "case_shares"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: CaseId
    team_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="With team", merge=Merge.FIXED, refers="team")] = ""
    user_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="With officer", merge=Merge.FIXED, refers="user")] = ""
    basis: Annotated[Basis, Fact(label="Ground", merge=Merge.FIXED)] = Basis.PUBLIC_TASK
    why: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Why", merge=Merge.FIXED, personal=Personal.YES)]
    shared_by: UserId
    shared_at: Happened
    until: Until = None
    state: State = SharingState.OPEN
    ended_at: EndedAt = None
    ended_by: EndedBy = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentGrant:
    """A resident's record opened to another team, on their consent or another ground; `until` is the last day of it."""

    kind: ClassVar[str] = "consent_grant"
    table: ClassVar[str] = "consent_grants"
    append_only: ClassVar[bool] = False

    id: Id
    person_id: PersonId
    team_id: Annotated[str, MinLen(1), MaxLen(ID_LENGTH), Fact(label="To team", merge=Merge.FIXED, refers="team")]
    purpose: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="For", merge=Merge.FIXED, personal=Personal.YES)]
    basis: Annotated[Basis, Fact(label="Ground", merge=Merge.FIXED)] = Basis.CONSENT
    given_at: Happened
    recorded_by: UserId
    until: Until = None
    state: State = SharingState.OPEN
    ended_at: EndedAt = None
    ended_by: EndedBy = ""
