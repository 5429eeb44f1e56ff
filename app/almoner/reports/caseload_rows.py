"""The rows of the caseload report, read from this device: each case that was open at some time in the period.

A caseworker sees the cases they hold; a supervisor those of a team they see, or of all of those teams together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from almoner.records import Case, Clock, ContactAttempt, Team, User
from almoner.records.cases import ClockState
from almoner.records.events import AttemptResult
from almoner.records.sheets import ReportSheet
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.records.wire import instant_text, read_instant
from almoner.reports.caseload import CaseloadClock, CaseloadRow, build_caseload
from almoner.rules.words import start_of_day, uk_date
from almoner.store.reading import Reading
from almoner.store.tables import local_table

MOST_CASES = 200_000
"""More cases than this are counted at the office, not on a laptop."""

MINE = "mine"
ALL_TEAMS = "all"

_FAILED = tuple(result.value for result in AttemptResult if result is not AttemptResult.SPOKE)
_cases, _clocks, _attempts = local_table(Case), local_table(Clock), local_table(ContactAttempt)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose cases a report may be made of: "mine", "all" or the id of a team, and how people say it."""

    code: str
    title: str


def choices(reading: Reading, me: User) -> tuple[Whose, ...]:
    """Return whose cases this officer may ask for: their own; for a supervisor their teams first."""
    mine = Whose(MINE, "My cases")
    if me.role is not StaffRole.SUPERVISOR:
        return (mine,)
    seen = _teams(me)
    teams = [Whose(team.id, team.name) for team in reading.all_of(Team, order="name") if team.id in seen]
    every = (Whose(ALL_TEAMS, "All my teams"),) if len(teams) > 1 else ()
    return (*every, *teams, mine)


def caseload(
    reading: Reading,
    me: User,
    whose: str,
    services: Mapping[str, str],
    *,
    period_start: date,
    period_end: date,
    as_at: datetime,
) -> ReportSheet:
    """Read the cases and build the report. `services` gives the title of each service line by its code.

    Raises Trouble when the officer may not ask for these cases, or there are more than a laptop should count.
    """
    chosen = next((choice for choice in choices(reading, me) if choice.code == whose), None)
    if chosen is None:
        raise Trouble("This report is for the team's supervisors.", "Ask your supervisor, or choose your own cases.")
    names = dict(reading.connection.execute(select(local_table(User).c.id, local_table(User).c.full_name)).all())
    rows = caseload_rows(reading, _of(me, whose), services, names, since=period_start)
    used = {row.service for row in rows}
    sheet = build_caseload(
        rows,
        sorted({row.officer for row in rows if row.officer}, key=str.casefold),
        [title for title in services.values() if title in used],
        period_start=period_start,
        period_end=period_end,
        as_at=as_at,
    )
    return replace(sheet, subtitle=f"{chosen.title}, {sheet.subtitle}")


def caseload_rows(
    reading: Reading, which: ColumnElement[bool], services: Mapping[str, str], names: Mapping[str, str], *, since: date
) -> tuple[CaseloadRow, ...]:
    """Read the cases of `which` that were open on or after the day `since`. Raises Trouble when there are too many."""
    in_play = and_(which, or_(_cases.c.closed_at.is_(None), _cases.c.closed_at >= instant_text(start_of_day(since))))
    columns = (_cases.c.id, _cases.c.reference, _cases.c.service, _cases.c.owner_id, _cases.c.aware_at)
    found = reading.connection.execute(
        select(*columns, _cases.c.closed_at).where(in_play).order_by(_cases.c.reference).limit(MOST_CASES + 1)
    ).all()
    if len(found) > MOST_CASES:
        raise Trouble(
            f"There are more than {MOST_CASES:,} cases in this report.", "Choose one team, or a shorter period."
        )
    clocks, attempts = _clocks_of(reading, in_play), _attempts_of(reading, in_play)
    return tuple(
        CaseloadRow(
            reference=row.reference,
            service=services.get(row.service, row.service),
            officer=names.get(row.owner_id, ""),
            opened_on=uk_date(read_instant(row.aware_at)),
            closed_on=uk_date(read_instant(row.closed_at)) if row.closed_at else None,
            clocks=tuple(clocks.get(row.id, ())),
            access_attempts=attempts.get(row.id, 0),
        )
        for row in found
    )


def _clocks_of(reading: Reading, in_play: ColumnElement[bool]) -> Mapping[str, Sequence[CaseloadClock]]:
    """The clocks of the cases. A missed clock runs on until it ends; one that ceased ended without being met."""
    rows = reading.connection.execute(
        select(_clocks.c.case_id, _clocks.c.title, _clocks.c.due_at, _clocks.c.state, _clocks.c.ended_at)
        .join(_cases, _cases.c.id == _clocks.c.case_id)
        .where(in_play)
        .order_by(_clocks.c.due_at, _clocks.c.id)
    )
    found: dict[str, list[CaseloadClock]] = defaultdict(list)
    for row in rows:
        found[row.case_id].append(_clock(row))
    return found


def _clock(row: Any) -> CaseloadClock:
    ended = read_instant(row.ended_at) if row.ended_at else None
    was_met = row.state in (ClockState.MET.value, ClockState.LATE.value)
    return CaseloadClock(
        label=row.title,
        due_at=read_instant(row.due_at),
        met_at=ended if was_met else None,
        ended_at=None if was_met else ended,
    )


def _attempts_of(reading: Reading, in_play: ColumnElement[bool]) -> Mapping[str, int]:
    """How often contact was tried and failed, by case: what stands beside a missed clock in its defence."""
    rows = reading.connection.execute(
        select(_attempts.c.case_id, func.count().label("n"))
        .join(_cases, _cases.c.id == _attempts.c.case_id)
        .where(in_play, _attempts.c.result.in_(_FAILED))
        .group_by(_attempts.c.case_id)
    )
    return {row.case_id: int(row.n) for row in rows}


def _of(me: User, whose: str) -> ColumnElement[bool]:
    if whose == MINE:
        return _cases.c.owner_id == me.id
    if whose == ALL_TEAMS:
        return _cases.c.team_id.in_(sorted(_teams(me)))
    return _cases.c.team_id == whose


def _teams(me: User) -> set[str]:
    return {team for team in (me.team_id, *me.team_ids) if team}
