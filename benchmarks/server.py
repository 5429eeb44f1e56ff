"""What one server and one PostgreSQL carry: what each kind of request costs in processor time, and how many pass.

    uv run python -m benchmarks.server --json

Costs are the processor time of the server's workers and of PostgreSQL, from the operating system's own accounts: they
hold on a busy machine too, where requests a second tell more about the neighbours. `docs/scaling.md` reckons with them.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec
import psutil
from sqlalchemy import text

from almoner.records import SCHEMA
from almoner.server.app import make_app
from almoner.server.settings import Settings
from almoner.server.watching import Watch
from almoner.sync import messages
from almoner.sync.messages import Hello, HelloReply, Push
from benchmarks.sync_crowd import one_load
from benchmarks.sync_line import Line, enrolled
from benchmarks.sync_place import Place
from benchmarks.sync_records import case_values, new_case, write_records
from benchmarks.sync_seed import seed
from benchmarks.sync_serving import engine_for, start, stop

LAPTOPS, ROUNDS = 8, 40
STREAMS = 100
POLLS = 500
Times = tuple[float, float]


class Greeter(Line):
    """A line that also greets."""

    def hello(self) -> HelloReply:
        """Open a round."""
        with self._answer("/sync/hello", Hello(client_id=self.client_id, generation=1, schema=SCHEMA)) as answer:
            return messages.unpack(answer.read(), HelloReply, limit=messages.MAX_FRAME_BYTES)


class Meter:
    """Reads the processor time of the server's workers and of PostgreSQL, in seconds."""

    def __init__(self, place: Place) -> None:
        with engine_for(place.database_url) as engine, engine.connect() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            postmaster = psutil.Process(backend).parent()
        assert postmaster is not None, "a backend has a parent"
        self._postgres, self._server = postmaster, psutil.Process(place.pid)

    def workers(self) -> list[psutil.Process]:
        """The worker processes."""
        return [child for child in self._server.children() if "spawn_main" in " ".join(child.cmdline())]

    def read(self) -> Times:
        """Seconds so far, of the workers and of PostgreSQL."""
        server = sum(sum(process.cpu_times()[:2]) for process in [self._server, *self.workers()])
        postgres = sum(sum(p.cpu_times()[:2]) for p in self._postgres.children()) + sum(self._postgres.cpu_times())
        return server, postgres


def measured(meter: Meter, count: int, act: Callable[[], None]) -> dict[str, float]:
    """What `count` of something cost: milliseconds of processor time of each, and how many passed a second."""
    before, began = meter.read(), time.perf_counter()
    act()
    took, after = time.perf_counter() - began, meter.read()
    return {
        "n": count,
        "per_s": round(count / took, 1),
        "server_ms": round((after[0] - before[0]) * 1000 / count, 3),
        "postgres_ms": round((after[1] - before[1]) * 1000 / count, 3),
    }


def _greeters(place: Place, count: int = LAPTOPS) -> list[Greeter]:
    token = enrolled(place, "counter")
    return [Greeter(place.url, token, f"laptop {uuid.uuid4()}"[:36]) for _ in range(count)]


def _together(lines: Sequence[Greeter], act: Callable[[Greeter], None]) -> Callable[[], None]:
    def run() -> None:
        with ThreadPoolExecutor(len(lines)) as threads:
            list(threads.map(act, lines))

    return run


def quiet_rounds(place: Place, meter: Meter) -> dict[str, float]:
    """Rounds in which nothing is new: greet, and ask with states that are up to date."""
    lines, states = _greeters(place), dict[str, str]()
    list(lines[0].pages(states))

    def work(line: Greeter) -> None:
        mine = dict(states)
        for _ in range(ROUNDS):
            line.hello()
            list(line.pages(mine))

    return measured(meter, LAPTOPS * ROUNDS, _together(lines, work))


def pushes(place: Place, meter: Meter, *, scopes: int, saves: int) -> dict[str, float]:
    """Pushes of so many new cases each, into one team that everybody works in, or spread over many."""
    author, lines = place.users["counter"], _greeters(place)

    def work(line: Greeter) -> None:
        team = place.teams[lines.index(line) % scopes]
        for turn in range(ROUNDS):
            made = [
                new_case(
                    {**case_values(turn * saves + n, 7, team, (author,)), "id": str(uuid.uuid4())},
                    seq=turn * saves + n + 1,
                    author=author,
                )
                for n in range(saves)
            ]
            reply = line.push(Push(client_id=line.client_id, generation=1, mutations=made))
            assert all(result.verdict == "applied" for result in reply.results)

    return measured(meter, LAPTOPS * ROUNDS, _together(lines, work))


def first_loads(place: Place, meter: Meter, loads: int = 10) -> dict[str, float]:
    """First loads of everything an officer of the team may see, from kept pages; `records` each."""
    one = one_load(place)
    found = measured(meter, loads, lambda: [one_load(place) for _ in range(loads)] and None)
    return {**found, "records": one.records, "mib": round(one.bytes_in / (1 << 20), 2)}


def hint_polls(place: Place, meter: Meter) -> dict[str, float]:
    """What it costs to look whether anything changed for one officer; each open stream of hints does so every 2 s."""
    files = str(Path(os.environ["ALMONER_BENCH"]) / "files")
    service = make_app(Settings(database_url=place.database_url, files=files)).state.service
    watch = Watch(service, place.users["counter"], 0.0)
    before, mine = meter.read()[1], time.process_time()
    for number in range(POLLS):
        watch.look(service.settings.hint_poll_seconds * number)
    server, postgres = time.process_time() - mine, meter.read()[1] - before
    service.engine.dispose()
    return {"n": POLLS, "server_ms": round(server * 1000 / POLLS, 3), "postgres_ms": round(postgres * 1000 / POLLS, 3)}


def idle_streams(place: Place, meter: Meter) -> dict[str, float]:
    """Memory of the workers for laptops that only listen, in KiB each, and of a worker that has none."""
    token, where = enrolled(place, "counter"), urlsplit(place.url)
    before = sum(worker.memory_info().rss for worker in meter.workers())
    lines = []
    for _ in range(STREAMS):
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        line.request("GET", "/sync/hints", headers={"Authorization": f"Bearer {token}"})
        line.getresponse().fp.readline()
        lines.append(line)
    after = sum(worker.memory_info().rss for worker in meter.workers())
    for line in lines:
        line.close()
    return {
        "n": STREAMS,
        "kib_each": round((after - before) / 1024 / STREAMS, 1),
        "worker_mib": round(before / (1 << 20) / max(1, len(meter.workers())), 1),
    }


def _wait_until_ready(place: Place) -> None:
    """Workers take a moment to start."""
    where, pause, ends = urlsplit(place.url), threading.Event(), time.monotonic() + 60
    while True:
        line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
        try:
            line.request("GET", "/readyz")
            if line.getresponse().status == http.client.OK:
                return
        except OSError:
            if time.monotonic() > ends:
                raise
        finally:
            line.close()
        pause.wait(0.2)


def run(records: int, only: Sequence[str], say: Callable[[str], None]) -> dict[str, Any]:
    """Everything, on a server of its own that is ended afterwards."""
    place = start(say)
    try:
        path = Path(os.environ["ALMONER_BENCH"]) / "records.jsonl"
        write_records(path, records)
        say(f"seeding {records:,} cases")
        seed(place, path)
        _wait_until_ready(place)
        meter, found = Meter(place), dict[str, Any]()
        for name, act in {
            "quiet_round": lambda: quiet_rounds(place, meter),
            "push_1_hot": lambda: pushes(place, meter, scopes=1, saves=1),
            "push_1_spread": lambda: pushes(place, meter, scopes=len(place.teams), saves=1),
            "push_10_hot": lambda: pushes(place, meter, scopes=1, saves=10),
            "push_10_spread": lambda: pushes(place, meter, scopes=len(place.teams), saves=10),
            "first_load": lambda: first_loads(place, meter),
            "hint_poll": lambda: hint_polls(place, meter),
            "idle_stream": lambda: idle_streams(place, meter),
        }.items():
            if not only or name in only:
                say(name)
                found[name] = act()
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        return {**found, "cores": os.cpu_count(), "load": round(load, 1), "threads": threading.active_count()}
    finally:
        stop()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--records", default=5_000, show_default=True, help="Cases a team holds.")
@click.option("--only", multiple=True, help="Measure this alone; repeat it.")
def main(as_json: bool, records: int, only: tuple[str, ...]) -> None:
    """Measure what one server and one PostgreSQL carry."""
    os.environ.setdefault("ALMONER_BENCH", str(Path(".bench-server").resolve()))
    Path(os.environ["ALMONER_BENCH"]).mkdir(parents=True, exist_ok=True)
    found = run(records, only, lambda words: click.echo(words, err=True))
    click.echo(json.dumps(found, indent=2) if as_json else msgspec.json.format(msgspec.json.encode(found)).decode())


if __name__ == "__main__":
    main()
