"""Letting others see a case or a resident: with whom, on what ground, why, until when, and how that ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from almoner.casework.fields import made, needed, sound
from almoner.casework.ports import Desk
from almoner.casework.times import check_device_clock
from almoner.records import Case, CaseShare, ConsentGrant, Person, Team, User
from almoner.records.sharing import Basis, SharingState
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.records.wire import to_wire
from almoner.rules.access import is_in_force, teams_of
from almoner.rules.words import plain_date, uk_date
from almoner.store.reading import Reading
from almoner.store.writing import Writing

BASIS_WORDS = {
    Basis.CONSENT: "The person agreed",
    Basis.PUBLIC_TASK: "Our work needs it",
    Basis.LEGAL_DUTY: "The law requires it",
    Basis.SAFEGUARDING: "Somebody must be protected",
}
"""The grounds in the words of an officer (UK GDPR art. 6; Data Protection Act 2018 sch. 8)."""

MOST_SHARES = 100
"""Shares of one case, or consents of one person, ended ones too."""
LONGEST = timedelta(days=2 * 366)
"""Nothing is shared further ahead than this without being looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingLine:
    """One share or consent in words; `is_over` when it has ended or run out, `may_end` when this officer may end it."""

    id: str
    with_whom: str
    ground: str
    why: str
    dates: str
    is_over: bool
    may_end: bool


def share_case(
    tx: Writing,
    desk: Desk,
    case_id: str,
    *,
    basis: Basis,
    why: str,
    team_id: str = "",
    user_id: str = "",
    until: date | None = None,
) -> CaseShare:
    """Open a case, with everything in it, to one more team or one officer. Raises Trouble when this officer may not,
    or when they see it already."""
    check_device_clock(tx)
    case = tx.get(Case, case_id)
    _check(why_not_share(desk, case))
    assert not (team_id and user_id), "a share is with a team or with an officer"
    if not team_id and not user_id:
        raise Trouble("Nobody is chosen.", "Choose a team or an officer.", "With")
    _check_day(until, uk_date(tx.now))
    before = tx.all_of(CaseShare, case_id=case.id, limit=MOST_SHARES)
    if len(before) >= MOST_SHARES:
        raise Trouble(f"This case was shared {MOST_SHARES} times already.", "Give it to the team that works on it.")
    _check_is_new(tx, case, before, team_id=team_id, user_id=user_id)
    share = made(
        CaseShare, id=desk.ids.new(), case_id=case.id, team_id=team_id, user_id=user_id, basis=basis,
        why=needed(why, "Why", "Say in a few words what they need it for."), shared_by=desk.me.id, shared_at=tx.now,
        until=until,
    )  # fmt: skip
    tx.add(share)
    return share


def end_share(tx: Writing, desk: Desk, share_id: str) -> CaseShare:
    """End a share now: the case leaves their devices when they next sync. Ending it again changes nothing."""
    share = tx.get(CaseShare, share_id)
    _check(why_not_share(desk, tx.get(Case, share.case_id)))
    if share.state is SharingState.ENDED:
        return share
    ended = sound(replace(share, state=SharingState.ENDED, ended_at=tx.now, ended_by=desk.me.id))
    tx.save(ended)
    return ended


def record_consent(
    tx: Writing,
    desk: Desk,
    person_id: str,
    *,
    team_id: str,
    purpose: str,
    basis: Basis = Basis.CONSENT,
    until: date | None = None,
) -> ConsentGrant:
    """Open a resident's record to one more team, because they agreed or on another ground; not their confidential
    addresses. Raises Trouble when this officer may not, or when that team sees it already."""
    check_device_clock(tx)
    person = tx.get(Person, person_id)
    _check(why_not_open(desk, person))
    team = tx.find(Team, team_id) if team_id else None
    if team is None:
        raise Trouble("No team is chosen.", "Choose the team that may see this person.", "To")
    _check_day(until, uk_date(tx.now))
    before = tx.all_of(ConsentGrant, person_id=person.id, limit=MOST_SHARES)
    if len(before) >= MOST_SHARES:
        raise Trouble(f"{MOST_SHARES} consents are recorded already.", "Ask a supervisor whom this person is kept for.")
    if team.id == person.restricted_team_id:
        raise Trouble(f"{team.name} sees this person already.", "Choose another team.", "To")
    if any(grant.team_id == team.id and _holds(grant, tx.now) for grant in before):
        raise Trouble(f"{team.name} sees this person already.", "End that consent first, to change it.", "To")
    grant = made(
        ConsentGrant, id=desk.ids.new(), person_id=person.id, team_id=team.id, basis=basis, given_at=tx.now,
        purpose=needed(purpose, "For", "Say what the person agreed to."), recorded_by=desk.me.id, until=until,
    )  # fmt: skip
    tx.add(grant)
    return grant


def end_consent(tx: Writing, desk: Desk, grant_id: str) -> ConsentGrant:
    """End a consent now, such as one that was withdrawn: the record leaves that team's devices at their next sync."""
    grant = tx.get(ConsentGrant, grant_id)
    _check(why_not_open(desk, tx.get(Person, grant.person_id)))
    if grant.state is SharingState.ENDED:
        return grant
    ended = sound(replace(grant, state=SharingState.ENDED, ended_at=tx.now, ended_by=desk.me.id))
    tx.save(ended)
    return ended


def why_not_share(desk: Desk, case: Case) -> str:
    """Say why this officer may not decide who else sees a case; empty when they may: they work in its team, or it has
    none and they opened it or supervise."""
    me = desk.me
    if case.team_id:
        allowed = case.team_id in teams_of(me)
    else:
        allowed = me.role is StaffRole.SUPERVISOR or case.opened_by == me.id
    return "" if allowed else "Only the team this case belongs to decides who else sees it."


def why_not_open(desk: Desk, person: Person) -> str:
    """Say why this officer may not decide who else sees a person; empty when they may."""
    team = person.restricted_team_id
    return "" if not team or team in teams_of(desk.me) else "Only the team this person is kept for decides that."


def may_open(reading: Reading, desk: Desk, person: Person) -> bool:
    """Whether this officer may open a person: nobody is shut out, their team is the one, or consent opens it."""
    if not why_not_open(desk, person):
        return True
    grants = reading.all_of(ConsentGrant, person_id=person.id, limit=MOST_SHARES)
    return any(grant.team_id in teams_of(desk.me) and _holds(grant, desk.clock.now()) for grant in grants)


def case_shares(reading: Reading, desk: Desk, case_id: str) -> tuple[SharingLine, ...]:
    """Give with whom a case is or was shared, those that hold first, newest first."""
    shares = reading.all_of(CaseShare, case_id=case_id, order="shared_at", descending=True, limit=MOST_SHARES)
    if not shares:
        return ()
    teams, users = _names(reading)
    may_end = not why_not_share(desk, reading.get(Case, case_id))
    lines = [
        _line(
            share, teams.get(share.team_id) or users.get(share.user_id, ""), share.why, share.shared_at, desk, may_end
        )
        for share in shares
    ]
    return tuple(sorted(lines, key=lambda line: line.is_over))


def person_consents(reading: Reading, desk: Desk, person_id: str) -> tuple[SharingLine, ...]:
    """Give to which teams a person is or was opened, those that hold first, newest first."""
    grants = reading.all_of(ConsentGrant, person_id=person_id, order="given_at", descending=True, limit=MOST_SHARES)
    if not grants:
        return ()
    teams, _ = _names(reading)
    may_end = not why_not_open(desk, reading.get(Person, person_id))
    lines = [
        _line(grant, teams.get(grant.team_id, ""), grant.purpose, grant.given_at, desk, may_end) for grant in grants
    ]
    return tuple(sorted(lines, key=lambda line: line.is_over))


def shared_words(reading: Reading, desk: Desk, case: Case) -> str:
    """Say that a case is here only because it is shared with this officer, and until when; empty when it is theirs."""
    if not why_not_share(desk, case) or not case.team_id:
        return ""
    teams = teams_of(desk.me)
    mine = [
        share
        for share in reading.all_of(CaseShare, case_id=case.id, limit=MOST_SHARES)
        if (share.team_id in teams or share.user_id == desk.me.id) and _holds(share, desk.clock.now())
    ]
    if not mine:
        return ""
    team = reading.find(Team, case.team_id)
    ends = [share.until for share in mine]
    last = "" if None in ends else f" until {plain_date(max(day for day in ends if day))}"
    return f"Shared with you by {team.name if team else 'another team'}{last}."


def _line(
    record: CaseShare | ConsentGrant, with_whom: str, why: str, since: datetime, desk: Desk, may_end: bool
) -> SharingLine:
    over = not _holds(record, desk.clock.now())
    dates = f"since {plain_date(uk_date(since))}"
    if record.ended_at:
        dates = f"ended {plain_date(uk_date(record.ended_at))}"
    elif record.until:
        dates += f", {'ran out on' if over else 'until'} {plain_date(record.until)}"
    return SharingLine(
        id=record.id,
        with_whom=with_whom or "A team or officer not known here",
        ground=BASIS_WORDS[record.basis],
        why=why,
        dates=dates[:1].upper() + dates[1:],
        is_over=over,
        may_end=may_end and not over,
    )


def _names(reading: Reading) -> tuple[dict[str, str], dict[str, str]]:
    teams = {team.id: team.name for team in reading.all_of(Team)}
    return teams, {user.id: user.full_name for user in reading.all_of(User)}


def _holds(record: CaseShare | ConsentGrant, now: datetime) -> bool:
    return is_in_force(to_wire(record), uk_date(now))


def _check(why: str) -> None:
    if why:
        raise Trouble(why, "Ask that team.")


def _check_day(until: date | None, today: date) -> None:
    if until is not None and until < today:
        raise Trouble("The last day is over already.", "Choose today or a later day.", "Until")
    if until is not None and until - today > LONGEST:
        raise Trouble("The last day is more than two years away.", "Choose a nearer day.", "Until")


def _check_is_new(tx: Writing, case: Case, before: tuple[CaseShare, ...], *, team_id: str, user_id: str) -> None:
    """Raises Trouble unless sharing would open the case to somebody who does not see it yet."""
    team, user = tx.find(Team, team_id) if team_id else None, tx.find(User, user_id) if user_id else None
    if team_id and team is None:
        raise Trouble("This team is not known.", "Choose another team.", "With")
    if user_id and (user is None or not user.active):
        raise Trouble("This officer does not work here.", "Choose another officer.", "With")
    name = team.name if team else user.full_name if user else ""
    theirs = team_id == case.team_id if team_id else user is not None and case.team_id in teams_of(user)
    if theirs:
        raise Trouble(f"{name} sees this case already.", "Choose somebody who does not.", "With")
    if any((s.team_id, s.user_id) == (team_id, user_id) and _holds(s, tx.now) for s in before):
        raise Trouble(f"This case is shared with {name} already.", "End that first, to change it.", "With")
