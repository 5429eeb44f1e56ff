"""Running worlds: stores to begin with, books to write in, and what became of each seed."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from almoner.simulation.invariants import Broken
from almoner.simulation.laptop import Laptop, Statements, blank_store
from almoner.simulation.line import Line
from almoner.simulation.server import MemoryKept, PostgresKept, Server
from almoner.simulation.town import OFFICERS, START, staff, work
from almoner.simulation.world import World
from almoner.sync.client import sync_once
from almoner.sync.seeding import put_records

_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 -- a disk in memory where there is one; only pretend records go there


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one world. `invariant` is the number of what did not hold, 0 when the program itself failed;
    `what` is empty when all went well; `story` is what happened, line by line."""

    seed: int
    seconds: float
    what: str = ""
    invariant: int = 0
    where: str = ""
    story: list[str] = []


def _settle_in(kept: MemoryKept | PostgresKept) -> None:
    """The town as every world finds it."""
    with kept.write() as ledger:
        ledger.begin_epoch("first")
    put_records(kept, (*staff(), *work()), now=START)


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder for stores, in memory when the computer has such a disk; removed in the end."""
    place = _MEMORY_DISK if _MEMORY_DISK.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="almoner-simulation-", dir=place) as folder:
        yield Path(folder)


class Stage:
    """What every world of a process begins with: the town in memory, and a store for each officer that has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._statements = Statements()
        kept = MemoryKept()
        _settle_in(kept)
        self.templates: dict[str, Path] = {}
        for user in OFFICERS:
            self.templates[user.id] = folder / f"template {user.id}"
            blank_store(self.templates[user.id], user)
            if user.id == OFFICERS[0].id:
                continue
            laptop = Laptop(self.templates[user.id], user, user.id, self._statements, seed=0, offset=START - START)
            line = Line(Server(kept, page_rows=500), laptop, random.Random(0), lambda: None)  # noqa: S311 -- no secret
            line.smooth = True
            sync_once(laptop, line, now=laptop.clock.now)
            laptop.close()
        self.shelves = kept.shelves

    def run(self, seed: int) -> None:
        """One world in memory. Raises `Broken`, or whatever fault of the program it finds."""
        self._run(MemoryKept(self.shelves), seed)

    def tell(self, seed: int) -> list[str]:
        """The story of one world in memory."""
        return self._run(MemoryKept(self.shelves), seed)

    def run_on(self, kept: PostgresKept, seed: int) -> None:
        """One world in an empty database of the council's schema."""
        _settle_in(kept)
        self._run(kept, seed)

    def _run(self, kept: MemoryKept | PostgresKept, seed: int) -> list[str]:
        folder = self.folder / f"world {seed}"
        folder.mkdir()
        world = World(kept, self.templates, folder, seed, self._statements)
        try:
            world.run()
            return world.story
        except BaseException as fault:
            fault.add_note("\n".join([*world.description(), *world.story]))
            raise
        finally:
            world.close()
            shutil.rmtree(folder)

    def outcome(self, seed: int, kept: PostgresKept | None = None) -> Outcome:
        """One world, in memory unless books are given, and what became of it: whatever it found, it is told."""
        began = time.perf_counter()
        try:
            if kept is None:
                self.run(seed)
            else:
                self.run_on(kept, seed)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as fault:  # noqa: BLE001 -- a fault of the program is what is looked for
            return _failed(seed, time.perf_counter() - began, fault)
        return Outcome(seed, time.perf_counter() - began)


def _failed(seed: int, seconds: float, fault: BaseException) -> Outcome:
    frames = traceback.extract_tb(fault.__traceback__)[-4:]
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    number = fault.number if isinstance(fault, Broken) else 0
    what = str(fault) if number else f"{type(fault).__name__}: {fault}"
    story = "\n".join(getattr(fault, "__notes__", [])).split("\n")
    return Outcome(seed, seconds, what or type(fault).__name__, number, where, story)
