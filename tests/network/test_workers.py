"""Several worker processes at one PostgreSQL, one killed in the middle of a push: nothing lost, nothing twice."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from tests.network.conftest import CHEAP, Office
from tests.network.proxy import Proxy
from tests.sync.laptops import OWEN, RUTH, SANA, Laptop

from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.records import Note
from almoner.server.running import RunningServer, start_server
from almoner.server.staff import Staff
from almoner.store.central import field_history, mutation
from almoner.sync.peer import PeerKind, PeerTrouble

WORKERS, NOTES, TRIES = 2, 400, 60


@pytest.fixture
def server(closed_office: Office, tmp_path: Path) -> Iterator[RunningServer]:
    """The real command with two workers, on the real clock; the office's port is theirs."""
    closed_office.staff = Staff(closed_office.centre.engine, SystemClock(), SystemIds(), CHEAP)
    url = closed_office.settings.database_url
    running = start_server(url, tmp_path / "files", workers=WORKERS, log=tmp_path / "log")
    closed_office.port = int(running.address.rpartition(":")[2])
    yield running
    running.stop()


def workers_of(server: RunningServer) -> list[psutil.Process]:
    """The processes that serve."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    found = []
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            found += [child] if "spawn_main" in " ".join(child.cmdline()) else []
    return found


def until(question: Callable[[], bool]) -> None:
    """Wait for something that comes by itself; raises when it does not within a minute."""
    pause = threading.Event()
    for _ in range(1_200):
        if question():
            return
        pause.wait(0.05)
    raise AssertionError("it never came")


def sync_until_done(laptop: Laptop, troubles: list[PeerTrouble]) -> None:
    """Try again as a laptop does, until all is sent and proved equal."""
    pause = threading.Event()
    for _ in range(TRIES):
        try:
            if laptop.sync().proved_equal:
                return
        except PeerTrouble as trouble:
            troubles.append(trouble)
            pause.wait(0.2)
    raise AssertionError("the laptop never got through")


def waiting_for_the_lock(office: Office) -> int:
    """How many of the service's transactions wait for another one to end."""
    with office.centre.engine.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return int(connection.execute(text(query)).scalar_one())


def test_a_worker_killed_in_the_middle_of_a_push_loses_nothing(closed_office: Office, server: RunningServer) -> None:
    """Three laptops push through a proxy; their transactions are stopped just before the commit, and there a worker
    dies. Each laptop gets through by trying again, every save is there once, and all copies agree."""
    office = closed_office
    with Proxy(office.port) as proxy, ThreadPoolExecutor(3) as pool:
        laptops = [office.laptop(user, proxy.address) for user in (RUTH, OWEN, SANA)]
        case = laptops[0].new_case()
        for laptop in laptops:
            laptop.sync()
            for _ in range(NOTES):
                laptop.new_note(case.id)
        troubles: list[PeerTrouble] = []
        with office.centre.engine.connect() as holding:
            holding.execute(text("SELECT seq FROM scope WHERE id = 'team:t1' FOR UPDATE"))
            done: list[Future[None]] = [pool.submit(sync_until_done, laptop, troubles) for laptop in laptops]
            until(lambda: waiting_for_the_lock(office) >= 1)
            for worker in workers_of(server):
                if not troubles:
                    worker.kill()
                    until(lambda gone=worker: not gone.is_running() or gone.status() == psutil.STATUS_ZOMBIE)
                    threading.Event().wait(0.5)
            holding.rollback()
        for each in done:
            each.result(120)
        for laptop in laptops:
            sync_until_done(laptop, [])

        assert troubles
        assert {trouble.kind for trouble in troubles} <= {PeerKind.OFFLINE, PeerKind.BUSY}
        prove_once_and_everywhere(office, laptops)


def prove_once_and_everywhere(office: Office, laptops: list[Laptop]) -> None:
    """Every note of every laptop was answered once, entered once, and is on every laptop."""
    saves = [row["record_id"] for row in office.centre.rows(mutation) if row["kind"] == "note"]
    entered = [row["record_id"] for row in office.centre.rows(field_history) if row["kind"] == "note"]
    assert len(saves) == len(set(saves)) == NOTES * len(laptops)
    assert sorted(entered) == sorted(saves)
    for laptop in laptops:
        assert {record_id for kind, record_id in laptop.holds() if kind == Note.kind} == set(saves)
        assert laptop.unsent() == 0


def test_a_killed_worker_is_replaced(closed_office: Office, server: RunningServer) -> None:
    """The service goes on with as many workers as it was told."""
    before = workers_of(server)
    before[0].kill()
    until(lambda: len(workers_of(server)) == WORKERS and before[0] not in workers_of(server))

    laptop = closed_office.laptop(RUTH)
    sync_until_done(laptop, [])


def test_workers_end_with_their_parent(closed_office: Office, server: RunningServer) -> None:
    """A parent that is killed leaves no worker behind that holds the address and the database."""
    workers = workers_of(server)
    assert len(workers) == WORKERS
    server.process.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)

    assert alive == []
