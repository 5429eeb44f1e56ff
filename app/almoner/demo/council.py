"""Northmere Council, which does not exist: three teams, twelve officers, 5,000 residents, a year of cases.

The same seed and the same `now` give the same records, id for id.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime

from almoner.demo.caseload import Caseload
from almoner.demo.names import OFFICER_NAMES
from almoner.demo.residents import Town
from almoner.outside.ids import SeededIds
from almoner.records import Council, Team, User
from almoner.records.derive import Record
from almoner.records.staff import StaffRole
from almoner.rules.calendars import Calendars
from almoner.rules.service_line import ServiceLines
from almoner.rules.words import uk_date

SERVICE = "damp-and-mould"
RESIDENTS, CASES = 5_000, 2_000
STEP = 5_000
"""Progress is told after this many records."""

NORTHMERE = Council(
    id="01900000-0000-7000-8000-00000000c001",
    name="Northmere Council",
    prefix="NM",
    letter_lines=("Civic Centre", "Station Approach", "Northmere", "NM1 1AA"),
    phone="01632 960417",
    email="housing@northmere.example",
)
TEAMS: tuple[Team, ...] = tuple(
    Team(id=f"01900000-0000-7000-8000-00000000a00{number}", name=name, services=(SERVICE,))
    for number, name in enumerate(("Housing repairs", "Housing options", "Neighbourhoods"), start=1)
)


def _officer(number: int) -> User:
    name, job = OFFICER_NAMES[number]
    team = TEAMS[number // 4]
    return User(
        id=f"01900000-0000-7000-8000-00000000b0{number + 1:02d}",
        username=name.casefold().replace(" ", "."),
        full_name=name,
        job_title=job,
        role=StaffRole.SUPERVISOR if number % 4 == 0 else StaffRole.CASEWORKER,
        team_id=team.id,
        team_ids=(team.id,),
        confidential=number % 4 == 1,
    )


OFFICERS: tuple[User, ...] = tuple(_officer(number) for number in range(len(OFFICER_NAMES)))
"""Four for each team, the supervisor first: Helen Marchbank, Priya Nair, Owen Price, Danuta Zielak, …"""


def council_records(
    lines: ServiceLines,
    calendars: Calendars,
    now: datetime,
    *,
    seed: int = 2026,
    residents: int = RESIDENTS,
    cases: int = CASES,
    progress: Callable[[int], None] = lambda _made: None,
) -> Iterator[Record]:
    """Give every record of the council, parents before children; about 70,000 in all.

    `progress` hears how many were made so far. Nothing that happened lies after `now`.
    """
    made = 0
    for record in _everything(lines, calendars, now, seed, residents, cases):
        yield record
        made += 1
        if made % STEP == 0:
            progress(made)
    progress(made)


def _everything(
    lines: ServiceLines, calendars: Calendars, now: datetime, seed: int, residents: int, cases: int
) -> Iterator[Record]:
    chance = random.Random(seed)  # noqa: S311 - pretend people, the same ones from the same seed
    ids = SeededIds(seed)
    yield NORTHMERE
    yield from TEAMS
    yield from OFFICERS
    today = uk_date(now)
    town = Town(chance, ids.new, today, tuple(user.id for user in OFFICERS[::4]))
    yield from town.people(residents)
    load = Caseload(
        chance,
        ids.new,
        now,
        lines.current(SERVICE, today),
        calendars,
        NORTHMERE.prefix,
        {team.id: OFFICERS[4 * number : 4 * number + 4] for number, team in enumerate(TEAMS)},
    )
    yield from load.cases(town.residents, cases)
