"""A town for the tests of the service: a real server on loopback, real PostgreSQL, a clock that the test owns."""

from __future__ import annotations

import io
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Engine
from tests.sync.conftest import centre, enrol, owen, ruth  # noqa: F401  laptops for those tests that want them

from almoner.outside.clock import PretendClock
from almoner.outside.http_peer import HttpPeer
from almoner.outside.ids import SeededIds
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper
from almoner.records import Team
from almoner.server.app import make_app
from almoner.server.logs import UVICORN_LOG, make_log
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import NewOfficer, Staff
from almoner.sync.seeding import put_records

MORNING = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
HOMES, STREETS = Team(id="team-homes", name="Homes"), Team(id="team-streets", name="Streets")


@contextmanager
def served(app: FastAPI, **more: Any) -> Iterator[int]:
    """A real uvicorn in a thread; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        config = uvicorn.Config(
            app,
            log_config=UVICORN_LOG,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=1,
            **more,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Town:
    """A council with two teams, Ann in one and Bob in the other, and the service that serves them."""

    engine: Engine
    settings: Settings
    clock: PretendClock
    staff: Staff
    passwords: Passwords
    log: io.StringIO = field(default_factory=io.StringIO)
    address: str = ""

    def app(self, **changes: Any) -> FastAPI:
        settings = replace(self.settings, **changes)
        return make_app(settings, self.engine, clock=self.clock, passwords=self.passwords, log=make_log(self.log))

    @contextmanager
    def open(self, **changes: Any) -> Iterator[Town]:
        """The service, with other settings than usual."""
        with served(self.app(**changes)) as port:
            self.address = f"http://127.0.0.1:{port}"
            yield self

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def post(self, path: str, token: str = "", **body: str) -> httpx.Response:
        head = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.post(f"{self.address}{path}", json=body, headers=head, trust_env=False)

    def get(self, path: str, token: str = "", **head: str) -> httpx.Response:
        head |= {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.address}{path}", headers=head, trust_env=False)

    def enrol(self, username: str = "ann") -> dict[str, str]:
        """The answer of a fresh device of this officer."""
        code, _ = self.staff.new_code(username)
        answer = self.post("/auth/enrol", username=username, password=PASSWORD, code=code, device_name="Laptop")
        assert answer.status_code == 200, answer.text
        got: dict[str, str] = answer.json()
        return got

    @contextmanager
    def peer(self, username: str = "ann") -> Iterator[HttpPeer]:
        """A laptop of this officer."""
        peer = HttpPeer(self.address, TokenKeeper(MemorySecrets(), self.address, username))
        try:
            code, _ = self.staff.new_code(username)
            peer.enrol(username=username, password=PASSWORD, code=code, device_name="Laptop")
            yield peer
        finally:
            peer.close()


@pytest.fixture(scope="session")
def cheap_passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def closed_town(council: Engine, postgres_url: str, tmp_path: Path, cheap_passwords: Passwords) -> Town:
    """The town before its service is opened."""
    clock = PretendClock(MORNING)
    staff = Staff(council, clock, SeededIds(7), cheap_passwords)
    put_records(council, [HOMES, STREETS], now=MORNING)
    staff.add_user(NewOfficer(username="ann", full_name="Ann Archer", team="Homes"), PASSWORD)
    staff.add_user(NewOfficer(username="bob", full_name="Bob Baker", team="Streets"), PASSWORD)
    settings = Settings(database_url=postgres_url, files=str(tmp_path / "files"), hint_poll_seconds=0.05)
    return Town(council, settings, clock, staff, cheap_passwords)


@pytest.fixture
def town(closed_town: Town) -> Iterator[Town]:
    with closed_town.open() as opened:
        yield opened
