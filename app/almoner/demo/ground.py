"""The ground the demonstration stands on: a real PostgreSQL, the fictional council in it, the real server, laptops.

Everything lies in one folder and is taken down on leaving, also after Ctrl+C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from almoner.casework.ports import Clock
from almoner.demo.council import OFFICERS, council_records
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.postgres import embedded_postgres
from almoner.outside.rulebook import load_calendars, load_service_lines
from almoner.server.database import make_engine
from almoner.server.passwords import Passwords
from almoner.server.running import RunningServer, running_server
from almoner.server.settings import Settings
from almoner.server.staff import Staff
from almoner.store.migrate_central import upgrade
from almoner.sync.seeding import put_records

PASSWORD = "harbour lantern thistle nine"  # noqa: S105  of officers who do not exist, on a server that lives for minutes
PASSPHRASE = "quiet orchard copper seven"  # noqa: S105  as above

Say = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and of how much (0: not known)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A council with its server running at `server.address`."""

    server: RunningServer
    staff: Staff
    records: int

    def code(self, username: str) -> str:
        """A one-time code to enrol one more laptop of an officer."""
        return self.staff.new_code(username)[0]


@contextmanager
def council_ground(
    folder: Path,
    resources: Path,
    say: Say,
    *,
    clock: Clock | None = None,
    seed: int = 2026,
    residents: int = 5_000,
    cases: int = 2_000,
    workers: int = 2,
) -> Iterator[Ground]:
    """Start PostgreSQL, put the council in it, open accounts, start the server; take it all down on leaving."""
    clock = clock or SystemClock()
    lines, calendars = load_service_lines(resources), load_calendars(resources)
    say("Starting PostgreSQL", 0, 0)
    with embedded_postgres(folder / "postgres") as postgres:
        url = postgres.url()
        engine = make_engine(Settings(database_url=url, files=str(folder / "files"), connections=2))
        try:
            upgrade(engine)
            made = list(
                council_records(
                    lines,
                    calendars,
                    clock.now(),
                    seed=seed,
                    residents=residents,
                    cases=cases,
                    progress=lambda done: say("Inventing the council", done, 0),
                )
            )
            put_records(
                engine, made, now=clock.now(), progress=lambda done, total: say("Filling PostgreSQL", done, total)
            )
            staff = Staff(engine, clock, SystemIds(), Passwords())
            _open_accounts(staff, say)
            say("Starting the server", 0, 0)
            with running_server(url, folder / "files", workers=workers, log=folder / "server.log") as server:
                yield Ground(server, staff, len(made))
        finally:
            engine.dispose()


def _open_accounts(staff: Staff, say: Say) -> None:
    """Let every officer sign in. One hash serves all: they share a password that means nothing."""
    shared = Passwords().hash(PASSWORD)
    for number, officer in enumerate(OFFICERS, start=1):
        staff.open_account(officer.id, officer.username, shared)
        say("Opening accounts", number, len(OFFICERS))
