"""A council for the stories: real PostgreSQL, the real service over loopback HTTP, real laptops, one pretend clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from argon2 import PasswordHasher
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from sqlalchemy import Engine
from tests.desks import A1_MORNING, COUNCIL, OWEN, RUTH, SANA, TEAM
from tests.desktop.pretend import theme_of
from tests.server.conftest import served

from almoner.demo.ground import PASSWORD
from almoner.demo.laptops import Laptop, new_laptop
from almoner.demo.line import Line
from almoner.desktop.look.theme import Theme
from almoner.desktop.printing import PretendPaperwork
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.watch import InputWatch
from almoner.outside.clock import PretendClock
from almoner.outside.ids import SystemIds
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.records import Address, ContactPoint, HouseholdMembership, Person, User
from almoner.records.derive import Record
from almoner.records.people import Channel
from almoner.server.app import make_app
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import Staff
from almoner.sync.seeding import put_records

SURVEYOR = replace(OWEN, team_id=TEAM.id, team_ids=(TEAM.id,))
OFFICERS = (RUTH, SURVEYOR, SANA)
COMFORT = Person(id="comfort", full_name="Comfort Adjei", date_of_birth="1991-03-08")
SON = Person(id="kwame", full_name="Kwame Adjei", date_of_birth="2023-05", support_needs=("Asthma",))
NEIGHBOUR = Person(id="emeka", full_name="Emeka Miah")
RESIDENTS: tuple[Record, ...] = (
    COMFORT,
    SON,
    NEIGHBOUR,
    Address(id="home-1", person_id=COMFORT.id, line_1="14B Tarn Court", town="Ashmere", postcode="AS1 4QT"),
    Address(id="home-2", person_id=SON.id, line_1="14B Tarn Court", town="Ashmere", postcode="AS1 4QT"),
    Address(id="home-3", person_id=NEIGHBOUR.id, line_1="167 Alder Road", town="Ashmere", postcode="AS1 2BB"),
    ContactPoint(id="phone", person_id=COMFORT.id, channel=Channel.PHONE, value="07700 900123"),
    HouseholdMembership(id="in-1", household_id="house", person_id=COMFORT.id, since=date(2020, 4, 1)),
    HouseholdMembership(id="in-2", household_id="house", person_id=SON.id, relationship="Son", since=date(2023, 5, 9)),
)


@dataclass
class Town:
    """Ashmere, with its service at `port`. Every clock in it is `clock`."""

    engine: Engine
    clock: PretendClock
    staff: Staff
    folder: Path
    port: int
    around: Surroundings
    laptops: list[Laptop] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)

    def laptop(self, officer: User, *, is_set_up: bool = True) -> Laptop:
        """One more laptop on a line of its own, set up in its window by keyboard."""
        line = self._open.enter_context(Line(self.port))
        made = new_laptop(
            self.folder, self.around, resources_dir(), migrations_dir() / "local", self.clock, line, officer.username
        )
        self._open.callback(made.close)
        self.laptops.append(made)
        if is_set_up:
            made.set_up(self.staff.new_code(officer.username)[0])
        return made

    def at(self, day: int, hour: int, minute: int = 0, *, month: int = 12, year: int = 2026) -> datetime:
        """Let it be this time, everywhere."""
        self.clock.set(datetime(year, month, day, hour, minute, tzinfo=UTC))
        return self.clock.now()

    def close(self) -> None:
        """Put the laptops away; nothing of ours may have gone wrong in them."""
        self._open.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert [lost for laptop in self.laptops for lost in laptop.lost] == []


@contextmanager
def surroundings(app: QApplication, folder: Path) -> Iterator[Surroundings]:
    """What the program has whoever is signed in; waits between rounds are always the same."""
    with theme_of(app) as theme:
        watch = InputWatch(app)
        try:
            yield _around(app, theme, watch, folder)
        finally:
            watch.stop()


def _around(app: QApplication, theme: Theme, watch: InputWatch, folder: Path) -> Surroundings:
    paperwork = PretendPaperwork(folder)
    return Surroundings(app=app, theme=theme, watch=watch, paperwork=lambda: paperwork, chance=lambda: 0.5)


@contextmanager
def open_town(app: QApplication, engine: Engine, url: str, folder: Path, **settings: int) -> Iterator[Town]:
    """Seed the council, open its officers' accounts, serve it; take everything down on leaving."""
    clock = PretendClock(A1_MORNING)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    staff = Staff(engine, clock, SystemIds(), passwords)
    put_records(engine, [COUNCIL, TEAM, *OFFICERS, *RESIDENTS], now=clock.now())
    shared = passwords.hash(PASSWORD)
    for officer in OFFICERS:
        staff.open_account(officer.id, officer.username, shared)
    service = make_app(
        Settings(database_url=url, files=str(folder / "files"), **settings),  # type: ignore[arg-type]  # by name
        engine,
        clock=clock,
        passwords=passwords,
    )
    with served(service, lifespan="on") as port, surroundings(app, folder) as around:
        town = Town(engine, clock, staff, folder, port, around)
        try:
            yield town
        finally:
            town.close()
