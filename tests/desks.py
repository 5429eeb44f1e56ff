"""A desk for tests: a real store, a clock and ids that the test owns, and a council with three officers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from almoner.casework.ports import Desk
from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.resources import resources_dir
from almoner.outside.rulebook import load_calendars, load_service_lines
from almoner.records import Council, Team, User
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars
from almoner.rules.service_line import ServiceLines
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.writing import Writing

T = TypeVar("T")

A1_MORNING = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)

COUNCIL = Council(
    id="00000000-0000-7000-8000-000000000001",
    name="Ashmere Borough Council",
    prefix="ASH",
    letter_lines=("Town Hall", "Ashmere", "AS1 1AA"),
    phone="01632 960100",
    email="housing@ashmere.example",
)
TEAM = Team(id="00000000-0000-7000-8000-000000000011", name="Housing repairs", services=("damp-and-mould",))
OTHER_TEAM = Team(id="00000000-0000-7000-8000-000000000012", name="Neighbourhoods")
RUTH = User(
    id="00000000-0000-7000-8000-000000000021", username="ruth", full_name="Ruth Bello",
    job_title="Housing officer", team_id=TEAM.id, team_ids=(TEAM.id,),
)  # fmt: skip
SANA = User(
    id="00000000-0000-7000-8000-000000000022", username="sana", full_name="Sana Iqbal",
    job_title="Team leader", role=StaffRole.SUPERVISOR, team_id=TEAM.id, team_ids=(TEAM.id,),
)  # fmt: skip
OWEN = User(
    id="00000000-0000-7000-8000-000000000023", username="owen", full_name="Owen Pryce",
    job_title="Surveyor", team_id=OTHER_TEAM.id, team_ids=(OTHER_TEAM.id,),
)  # fmt: skip


class PlainFiles:
    """Files kept in memory: enough for casework, which only asks to keep and to read."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        self.kept[name] = content
        return name

    def read(self, sha256: str) -> bytes:
        if sha256 not in self.kept:
            raise Trouble("This file is not on this computer.", "Connect and sync.")
        return self.kept[sha256]


@cache
def _rulebook() -> tuple[ServiceLines, Calendars]:
    """The shipped rules, read once: nothing changes them."""
    return load_service_lines(resources_dir()), load_calendars(resources_dir())


class Bench:
    """A desk with its store: `do` runs an action in one transaction, `look` reads."""

    def __init__(self, folder: Path, now: datetime = A1_MORNING, seed: int = 1) -> None:
        self.clock, self.ids, self.files = PretendClock(now), SeededIds(seed), PlainFiles()
        resources = resources_dir()
        self.desk = Desk(
            me=RUTH,
            council=COUNCIL,
            clock=self.clock,
            ids=self.ids,
            lines=_rulebook()[0],
            calendars=_rulebook()[1],
            files=self.files,
            resources=resources,
        )
        self.store = Store.create(folder, bytes(range(32)), user_id=RUTH.id)
        self.writer, self.reader = self.store.writer(), self.store.reader()
        for record in (COUNCIL, TEAM, OTHER_TEAM, RUTH, SANA, OWEN):
            self.write(lambda tx, record=record: tx.add(record))
        self.write(lambda tx: tx.set_fact("last_sync_at", "2026-12-17T10:00:00.000000Z"))

    def write(self, action: Callable[[Writing], T]) -> T:
        return self.writer.write(action, author=self.desk.me.id, now=self.clock.now())[0]

    def do(self, action: Callable[..., T], *args: Any, **more: Any) -> T:
        return self.write(lambda tx: action(tx, self.desk, *args, **more))

    def look(self, query: Callable[[Reading], T]) -> T:
        return self.reader.read(query)

    def sign_in(self, user: User) -> None:
        self.desk = replace(self.desk, me=user)

    def close(self) -> None:
        self.store.close()
