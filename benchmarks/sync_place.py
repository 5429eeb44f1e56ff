"""Where the benchmark of sync happens: a real PostgreSQL and a real server on this computer, and who may sign in.

Everything lies in one folder, `.bench` or what ALMONER_BENCH names. A process of its own (`serve`) keeps both running
until `stop`; PostgreSQL keeps its promises about power cuts, as a council's does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.postgres import start_postgres
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.server.main import Address, run
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import NewOfficer, Staff
from almoner.store.migrate_central import upgrade

OFFICERS = 8
"""Officers whose laptops pull; each may have 20."""
SCOPES = 20
WORKERS = 2
PASSWORD = "benchmark of sync"
DAY_SECONDS = 86_400


class Place(msgspec.Struct, frozen=True):
    """What `serve` leaves for the other commands. `teams` are ids of teams, the first holds the records; `users` maps
    names to ids."""

    url: str
    database_url: str
    pid: int
    teams: tuple[str, ...]
    users: dict[str, str]


def folder() -> Path:
    """The benchmark's folder."""
    return Path(os.environ.get("ALMONER_BENCH") or ".bench").resolve()


def read_place() -> Place:
    """What runs. Raises Trouble when nothing does."""
    path = folder() / "place.json"
    try:
        place = msgspec.json.decode(path.read_bytes(), type=Place)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Trouble("Nothing is served.", "Run `python -m benchmarks.sync seed RECORDS.jsonl` first.") from fault
    if not psutil.pid_exists(place.pid):
        raise Trouble("What was served has ended.", "Run `python -m benchmarks.sync seed RECORDS.jsonl` again.")
    return place


def serve() -> None:
    """Keep PostgreSQL with an empty database and the server running until told to stop; prints the place."""
    home = folder()
    home.mkdir(parents=True, exist_ok=True)
    postgres = start_postgres(home / "postgres", quick=False)
    try:
        _empty_database(postgres.url())
        database_url = postgres.url("bench")
        with engine_for(database_url) as engine:
            upgrade(engine)
            teams, users = _people(engine)
        settings = Settings(
            database_url=database_url,
            files=str(home / "files"),
            access_seconds=DAY_SECONDS,
            requests_a_minute=1_000_000,
        )

        def announce(url: str) -> None:
            place = Place(url, database_url, os.getpid(), teams, users)
            (home / "place.json").write_bytes(msgspec.json.encode(place))
            print(json.dumps({"url": url}), flush=True)

        run(settings, Address(port=0), workers=WORKERS, announce=announce)
    finally:
        with suppress(FileNotFoundError):
            (home / "place.json").unlink()
        postgres.stop()


def _empty_database(url: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS bench WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE bench"))
    engine.dispose()


def _people(engine: Engine) -> tuple[tuple[str, ...], dict[str, str]]:
    staff = staff_of(engine)
    staff.set_council({"name": "Benchmark", "prefix": "BEN"})
    teams = tuple(staff.add_team(f"Team {n}", ("damp-and-mould",)) for n in range(SCOPES))
    users = {}
    for n in range(OFFICERS):
        users[f"laptop-{n}"] = staff.add_user(
            NewOfficer(username=f"laptop-{n}", full_name=f"Laptop {n}", team="Team 0"), PASSWORD
        )
    more = tuple(f"Team {n}" for n in range(1, SCOPES))
    counter = NewOfficer(
        username="counter", full_name="Counter", role=StaffRole.SUPERVISOR, team="Team 0", more_teams=more
    )
    users["counter"] = staff.add_user(counter, PASSWORD)
    return teams, users


def staff_of(engine: Engine) -> Staff:
    """The administrator's hand."""
    return Staff(engine, SystemClock(), SystemIds(), Passwords())


@contextmanager
def engine_for(database_url: str) -> Iterator[Engine]:
    """A few connections to the database."""
    engine = create_engine(database_url, pool_size=2)
    try:
        yield engine
    finally:
        engine.dispose()


def new_code(place: Place, username: str = "") -> tuple[str, str]:
    """A user name with room for a device, the least used one when none is given, and a one-time code for it."""
    with engine_for(place.database_url) as engine:
        staff = staff_of(engine)
        if not username:
            used = [str(d["username"]) for d in staff.devices()]
            username = min((f"laptop-{n}" for n in range(OFFICERS)), key=used.count)
        code, _ends = staff.new_code(username, seconds=int(timedelta(hours=1).total_seconds()))
    return username, code


def start(say: Callable[[str], None]) -> Place:
    """Begin afresh: end what runs, serve an empty database."""
    stop()
    home = folder()
    home.mkdir(parents=True, exist_ok=True)
    say("starting PostgreSQL and the server")
    with (home / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sync", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert process.stdout is not None
    said = process.stdout.readline()
    if not said:
        raise Trouble("The server did not start.", f"See {home / 'serve.log'}.")
    return read_place()


def stop() -> dict[str, Any]:
    """End what runs and wait for it; nothing happens when nothing does."""
    try:
        place = read_place()
    except Trouble:
        return {"stopped": False}
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(place.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    return {"stopped": True}
