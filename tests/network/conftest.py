"""A council's office with a real service, and laptops with real stores that reach it over a line of the test's own."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine
from tests.server.conftest import PASSWORD, served
from tests.sync.laptops import STAFF, START, Centre, Laptop

from almoner.outside import http_peer
from almoner.outside.clock import PretendClock
from almoner.outside.http_peer import HttpPeer
from almoner.outside.ids import SeededIds
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper
from almoner.records import User
from almoner.server.app import make_app
from almoner.server.logs import make_log
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import Staff

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass
class Office:
    """The council of tests/sync with accounts for its officers. `port` is the service's own, once it is open."""

    centre: Centre
    settings: Settings
    staff: Staff
    folder: Path
    things: ExitStack
    log: io.StringIO = field(default_factory=io.StringIO)
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def address(self) -> str:
        """Where the service answers, without a line of the test's own."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def open(self, **changes: Any) -> Iterator[Office]:
        """The service in a thread of this process."""
        settings = replace(self.settings, **changes)
        app = make_app(settings, self.centre.engine, clock=self.centre.clock, passwords=CHEAP, log=make_log(self.log))
        with served(app) as self.port:
            yield self

    def peer(self, user: User, address: str = "", *, seconds: float = 0.0) -> HttpPeer:
        """A device of this officer, enrolled over a good line, that will use the line at `address`, and wait for an
        answer so many seconds, as long as usual when 0."""
        code, _ = self.staff.new_code(user.username)
        straight = HttpPeer(self.address, TokenKeeper(MemorySecrets(), self.address))
        tokens = straight.enrol(username=user.username, password=PASSWORD, code=code, device_name="Laptop")
        straight.close()
        keeper = TokenKeeper(MemorySecrets(), address or self.address)
        keeper.keep(tokens)
        with pytest.MonkeyPatch.context() as patch:
            if seconds:
                patch.setattr(http_peer, "TIMEOUT", type(http_peer.TIMEOUT)(seconds))
            peer = HttpPeer(address or self.address, keeper)
        self.things.callback(peer.close)
        return peer

    def laptop(self, user: User, address: str = "") -> Laptop:
        """A laptop of this officer with a store of its own."""
        number = next(self.numbers)
        laptop = Laptop(self.centre, user, self.folder / f"laptop{number}", seed=number)
        self.things.callback(lambda: laptop.store.close())
        laptop.line = self.peer(user, address)  # type: ignore[assignment]  # a peer
        return laptop


@pytest.fixture
def closed_office(council: Engine, postgres_url: str, tmp_path: Path) -> Iterator[Office]:
    """The office before its service is opened."""
    centre = Centre(council)
    staff = Staff(council, PretendClock(START), SeededIds(70), CHEAP)
    for one in STAFF:
        if isinstance(one, User):
            staff.open_account(one.id, one.username, CHEAP.hash(PASSWORD))
    settings = Settings(database_url=postgres_url, files=str(tmp_path / "files"), requests_a_minute=1_000_000)
    with ExitStack() as things:
        yield Office(centre, settings, staff, tmp_path, things)


@pytest.fixture
def office(closed_office: Office) -> Iterator[Office]:
    """The office with its service open."""
    with closed_office.open() as opened:
        yield opened
