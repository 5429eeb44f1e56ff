"""Many at once: 50 laptops that fetch everything, and eight that write while one reads without a rest.

These clients receive and decode, and keep nothing, so that what is measured is the server. The 50 run as threads of
two processes, each with a connection, a device and a sign-in of its own.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from typing import Any

import msgspec

from almoner.records.mutation import Mutation
from almoner.sync.messages import Push
from benchmarks.sync_line import Line, enrolled
from benchmarks.sync_place import Place
from benchmarks.sync_records import case_values, new_case

CLIENTS, PROCESSES = 50, 2
WRITERS, PUSHES, CASES = 8, 30, 10


class Fetched(msgspec.Struct, frozen=True):
    """What one client got, and when it began and ended (seconds of this computer's clock since it started)."""

    records: int
    bytes_in: int
    began: float
    ended: float


def fetch(url: str, token: str, name: str) -> Fetched:
    """Everything one officer may see, once."""
    line = Line(url, token, name)
    began = time.monotonic()
    records = sum(len(part.puts) for page in line.pages({}) if not page.early for part in page.parts)
    ended = time.monotonic()
    line.close()
    return Fetched(records, line.bytes_in, began, ended)


def _fetch_many(url: str, named: list[tuple[str, str]]) -> list[Fetched]:
    if not named:
        return []
    with ThreadPoolExecutor(len(named)) as threads:
        return list(threads.map(lambda one: fetch(url, *one), named))


def one_load(place: Place) -> Fetched:
    """One first load, for how many bytes it is."""
    return fetch(place.url, enrolled(place), f"load {uuid.uuid4()}"[:36])


def fan(place: Place, clients: int = CLIENTS) -> dict[str, Any]:
    """Records a second to all clients together, from the first request to the last record decoded."""
    named = [(enrolled(place), f"fan {uuid.uuid4()}"[:36]) for _ in range(clients)]
    turns = [named[n::PROCESSES] for n in range(PROCESSES)]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        list(pool.map(partial(_fetch_many, place.url), [[] for _ in range(PROCESSES * 4)]))
        got = [one for many in pool.map(partial(_fetch_many, place.url), turns) for one in many]
    records = sum(one.records for one in got)
    took = max(one.ended for one in got) - min(one.began for one in got)
    return {"clients": clients, "n": records, "s": round(took, 3), "per_s": round(records / took)}


def cursor(place: Place, scopes: int) -> dict[str, Any]:
    """Eight writers and a reader that never rests: rows committed and never returned, and pushes that failed."""
    reader = Line(place.url, enrolled(place, "counter"), f"reader {uuid.uuid4()}"[:36])
    author = place.users["counter"]
    states: dict[str, str] = {}
    seen: set[str] = set()
    committed: set[str] = set()
    failed: list[str] = []
    over = threading.Event()

    def read_on() -> None:
        while not over.is_set():
            seen.update(_cases(reader, states))

    def write(writer: int) -> None:
        line = Line(place.url, token, f"writer {uuid.uuid4()}"[:36])
        for turn in range(PUSHES):
            saves = list(_new_cases(writer, turn, author, place.teams[:scopes]))
            try:
                reply = line.push(Push(client_id=line.client_id, generation=1, mutations=saves))
            except (OSError, ValueError) as fault:
                failed.append(str(fault))
                continue
            failed.extend(r.text for r in reply.results if r.verdict != "applied")
            committed.update(m.record for m, r in zip(saves, reply.results, strict=True) if r.verdict == "applied")
        line.close()

    token = enrolled(place, "counter")
    seen.update(_cases(reader, states))
    reading = threading.Thread(target=read_on)
    reading.start()
    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, range(WRITERS)))
    took = time.monotonic() - began
    over.set()
    reading.join()
    seen.update(_cases(reader, states))
    reader.close()
    return {
        "scopes": scopes,
        "committed": len(committed),
        "lost": len(committed - seen),
        "failed": len(failed),
        "pushes_per_s": round(WRITERS * PUSHES / took),
    }


def _cases(line: Line, states: dict[str, str]) -> set[str]:
    return {put.id for page in line.pages(states) for part in page.parts for put in part.puts if put.kind == "case"}


def _new_cases(writer: int, turn: int, author: str, teams: tuple[str, ...]) -> Iterator[Mutation]:
    for n in range(CASES):
        number = (writer * PUSHES + turn) * CASES + n
        values = case_values(number, len(teams), teams[number % len(teams)], (author,))
        yield new_case({**values, "id": str(uuid.uuid4())}, seq=turn * CASES + n + 1, author=author)
