"""The benchmark's real PostgreSQL and real server, and the officers who may sign in.

A process of its own (`serve`) keeps both running until `stop`; PostgreSQL keeps its promises about power cuts, as a
council's does.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psutil
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.postgres import start_postgres
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.server.accounts import DEVICES_EACH
from almoner.server.main import Address, run
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import NewOfficer, Staff
from almoner.store.migrate_central import upgrade
from benchmarks.sync_place import PASSWORD, Place, codes_folder, folder, read_place

OFFICERS = 8
"""Officers whose laptops pull; each may have 20."""
SCOPES = 20
WORKERS = 2
READY_TRIES = 300
DAY_SECONDS = 86_400


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
    _codes(staff, users)
    return teams, users


def _codes(staff: Staff, users: dict[str, str]) -> None:
    """Leave a one-time code for every device that may be enrolled, the officers in turn."""
    shutil.rmtree(codes_folder(), ignore_errors=True)
    codes_folder().mkdir()
    for n in range(DEVICES_EACH):
        for username in users:
            code, _ends = staff.new_code(username)
            (codes_folder() / f"{n:02}.{username}").write_text(code, encoding="ascii")


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
    place = read_place()
    _wait_until_ready(place.url)
    return place


def _wait_until_ready(url: str) -> None:
    """The address is bound before the workers answer. Raises Trouble when they do not."""
    where, pause = urlsplit(url), threading.Event()
    for _ in range(READY_TRIES):
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        pause.wait(0.2)
    raise Trouble("The server did not get ready.", f"See {folder() / 'serve.log'}.")


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
