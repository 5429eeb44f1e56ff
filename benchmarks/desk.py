"""How fast the desk is: search, opening a case, a page of a list, saving a note, beside the same on plain SQLite.

    python -m benchmarks.desk --cases 100000

prints one JSON object. Times are in milliseconds, at the 95th percentile. Figures of the window and of letters are
measured by `benchmarks.desk_window.measure(folder, master)` and `benchmarks.letters.letters_per_second()` when those
modules are there; otherwise they are null.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import itertools
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlcipher3 import dbapi2

from almoner.records import Note
from almoner.store import derived_tables
from almoner.store.connections import LARGE_CACHE_KIB, SMALL_CACHE_KIB, writer_engine
from almoner.store.derivation import key_for
from almoner.store.lists import CaseFilter, FilterName, case_page, count_cases, people_page
from almoner.store.opening import Store, database_path
from almoner.store.reading import Reader, Reading
from almoner.store.search import search
from almoner.store.timeline import CaseView, TimelineEntry, case_view, timeline
from benchmarks.town import NOW, OFFICERS, Town, case_id, fill, officer

MASTER = bytes(range(32))
"""Key of the benchmark's store; nothing in it is anyone's."""

LISTS: tuple[FilterName, ...] = ("open", "mine", "overdue", "due_this_week", "unassigned", "closed", "all")

Figures = dict[str, Any]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--people", type=int, help="default: 0.3 for each case")
    parser.add_argument("--queries", type=int, default=800, help="how many searches are timed")
    parser.add_argument("--keep", type=Path, help="keep the store in this folder, and use it again if it is there")
    parser.add_argument("--store-only", action="store_true", help="leave out the window and the letters")
    wanted = parser.parse_args()
    town = Town(cases=wanted.cases, people=wanted.people or max(10, wanted.cases * 3 // 10))
    if wanted.keep:
        print(json.dumps(measure(wanted.keep, town, wanted.queries, store_only=wanted.store_only), indent=1))
        return
    with tempfile.TemporaryDirectory(prefix="almoner-benchmark-") as folder:
        print(json.dumps(measure(Path(folder), town, wanted.queries, store_only=wanted.store_only), indent=1))


def measure(folder: Path, town: Town, queries: int, *, store_only: bool = False) -> Figures:
    """All figures for a town, in a folder where its store is kept or made."""
    figures: Figures = {"cases": town.cases, "people": town.people}
    figures |= build(folder, town)
    figures["store_mb"] = round(database_path(folder).stat().st_size / 1e6)
    ours = measure_store(folder, town, queries)
    figures |= ours
    figures["plain_sqlite"] = measure_plain(folder, town, queries)
    figures |= {"start_ms": None, "ui_block_max_ms": None, "letters_per_s": None}
    if not store_only:
        figures |= measure_elsewhere(folder)
    return figures


def measure_elsewhere(folder: Path) -> Figures:
    """Figures of the window (`start_ms`, `ui_block_max_ms`) and of letters, from modules that can be left out."""
    figures: Figures = {}
    if importlib.util.find_spec("benchmarks.desk_window") is not None:
        say("measuring the window")
        figures |= importlib.import_module("benchmarks.desk_window").measure(folder, MASTER)
    if importlib.util.find_spec("benchmarks.letters") is not None:
        say("measuring letters")
        figures["letters_per_s"] = round(importlib.import_module("benchmarks.letters").letters_per_second(), 1)
    return figures


def say(words: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def build(folder: Path, town: Town) -> Figures:
    """Make the store of a town, unless it is there; how long that took."""
    if Store.exists(folder):
        return {}
    Store.create(folder, MASTER, user_id=officer(1).id).close()
    engine = writer_engine(database_path(folder), key_for(MASTER, "database"))
    started = time.perf_counter()
    with engine.begin() as connection:
        fill(connection, town, lambda what, done, total: say(f"{what}: {done} of {total}"))
    filled = time.perf_counter()
    with engine.begin() as connection:
        derived_tables.rebuild(connection, _sparingly(lambda done, total: say(f"lists and search: {done} of {total}")))
    engine.dispose()
    done = time.perf_counter()
    return {"fill_s": round(filled - started, 1), "lists_and_search_s": round(done - filled, 1)}


def _sparingly(told: Callable[[int, int], None]) -> Callable[[int, int], None]:
    calls = itertools.count()

    def sometimes(done: int, total: int) -> None:
        if next(calls) % 10 == 0:
            told(done, total)

    return sometimes


def timed(actions: Iterable[Callable[[], Any]]) -> list[float]:
    """How long each action took, in milliseconds, sorted."""
    took = []
    for action in actions:
        started = time.perf_counter()
        action()
        took.append((time.perf_counter() - started) * 1000)
    return sorted(took)


def at(took: list[float], share: float) -> float:
    """The time that this share of sorted times does not exceed."""
    return round(took[min(len(took) - 1, int(len(took) * share))], 2)


def measure_store(folder: Path, town: Town, queries: int) -> Figures:
    """The figures of the encrypted store."""
    started = time.perf_counter()
    store = Store.open(folder, MASTER)
    opened_ms = (time.perf_counter() - started) * 1000
    try:
        say("measuring the store")
        figures = reading_figures(store.reader(large_cache=True), store.reader(), town, queries)
        writer = store.writer()

        def save(n: int) -> None:
            """Save one note on the n-th case."""
            note = Note(
                id=store.new_id(), case_id=case_id(n), text="Rang again about the boiler, no answer.", happened_at=NOW,
                recorded_at=NOW, author_id=officer(1).id,
            )  # fmt: skip
            writer.write(lambda tx: tx.add(note), author=officer(1).id, now=NOW)

        took = timed(partial(save, n * 37 % town.cases) for n in range(100))
    finally:
        store.close()
    return {"open_store_ms": round(opened_ms, 1), **figures, "save_note_p95_ms": at(took, 0.95)}


def reading_figures(searcher: Reader, reader: Reader, town: Town, queries: int) -> Figures:
    """Search on one reader; cases and lists on another, as the desktop has them."""
    me = officer(1)
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for kind, typed in town.queries(queries):
        by_kind[kind] += timed([_asking(searcher, search, typed)])
    searches = sorted(itertools.chain(*by_kind.values()))
    ids = [case_id(n * 7919 % town.cases) for n in range(200)]
    cases = timed(_asking(reader, _whole_case, id) for id in ids)
    pages = timed(_pages(reader))
    counts = timed(_asking(reader, count_cases, CaseFilter(name), me, NOW) for name in LISTS * 10)
    return {
        "search_p50_ms": at(searches, 0.5),
        "search_p95_ms": at(searches, 0.95),
        "search_max_ms": at(searches, 1),
        "search_p95_ms_by_kind": {kind: at(sorted(took), 0.95) for kind, took in by_kind.items()},
        "open_case_p95_ms": at(cases, 0.95),
        "list_page_p95_ms": at(pages, 0.95),
        "count_p95_ms": at(counts, 0.95),
    }


def _asking(reader: Reader, query: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    """A read with its arguments, ready to be timed."""
    return lambda: reader.read(lambda reading: query(reading, *given))


def _whole_case(reading: Reading, id: str) -> tuple[CaseView, tuple[TimelineEntry, ...]]:
    """What the page of a case reads."""
    return case_view(reading, id), timeline(reading, id)


def _pages(reader: Reader) -> Iterable[Callable[[], Any]]:
    """Pages of 100 rows, as someone scrolls: twenty of each list for several officers, and the list of people."""
    for n, name in itertools.product(range(0, OFFICERS, 15), LISTS):
        yield from _scroll(reader, CaseFilter(name), n)
    for n in range(3):
        yield from _scroll(reader, CaseFilter("open", team_id=f"team-{n}"), n)
    yield from _scroll_people(reader)


def _scroll(reader: Reader, filter: CaseFilter, n: int) -> Iterable[Callable[[], Any]]:
    last: list[Any] = [None]

    def page() -> None:
        rows = reader.read(lambda reading: case_page(reading, filter, officer(n), NOW, last[0]))
        last[0] = rows[-1].key if rows else None

    yield from (page for _ in range(20))


def _scroll_people(reader: Reader) -> Iterable[Callable[[], Any]]:
    last: list[Any] = [None]

    def page() -> None:
        rows = reader.read(lambda reading: people_page(reading, last[0]))
        last[0] = rows[-1].key if rows else None

    yield from (page for _ in range(20))


def measure_plain(folder: Path, town: Town, queries: int) -> Figures:
    """The same rows and the same queries without encryption, and a bare insert with its commit."""
    say("measuring plain SQLite")
    path = folder / "plain.db"
    path.unlink(missing_ok=True)
    source = writer_engine(database_path(folder), key_for(MASTER, "database"))
    raw: Any = source.raw_connection()
    raw.execute(f"ATTACH DATABASE '{path}' AS plain KEY ''")
    raw.execute("SELECT sqlcipher_export('plain')").fetchall()
    raw.execute("DETACH DATABASE plain")
    raw.close()
    source.dispose()
    bare = dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    bare.execute("PRAGMA journal_mode=WAL").fetchall()
    bare.execute("PRAGMA synchronous=FULL")
    engine = create_engine("sqlite://", module=dbapi2, creator=lambda: bare, poolclass=StaticPool)
    reader = Reader(engine, cache_kib=LARGE_CACHE_KIB + SMALL_CACHE_KIB)
    try:
        figures = reading_figures(reader, reader, town, queries)
        bare.execute("CREATE TABLE bare_note (id INTEGER PRIMARY KEY, words TEXT)")
        took = timed(lambda: bare.execute("INSERT INTO bare_note (words) VALUES ('Rang again')") for _ in range(100))
    finally:
        reader.close()
        engine.dispose()
        for leftover in folder.glob("plain.db*"):
            leftover.unlink()
    return {**figures, "insert_and_commit_p95_ms": at(took, 0.95)}


if __name__ == "__main__":
    main()
