"""Running worlds: stores to begin with, books to write in, and what became of each seed."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from almoner.simulation.laptop import Laptop, blank_store
from almoner.simulation.line import Line
from almoner.simulation.server import MemoryKept, PostgresKept, Server
from almoner.simulation.town import OFFICERS, START, staff, work
from almoner.simulation.world import World
from almoner.sync.client import sync_once
from almoner.sync.seeding import put_records

_MEMORY_DISK = Path("/dev/shm")  # noqa: S108 -- a disk in memory where there is one; only pretend records go there


@dataclass(frozen=True)
class Failure:
    """A world in which something did not hold. `invariant` is its number, 0 for a fault of the program."""

    seed: int
    invariant: int
    what: str
    where: str


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
        kept = MemoryKept()
        _settle_in(kept)
        self.templates: dict[str, Path] = {}
        for user in OFFICERS:
            self.templates[user.id] = folder / f"template {user.id}"
            blank_store(self.templates[user.id], user)
            if user.id == OFFICERS[0].id:
                continue
            laptop = Laptop(self.templates[user.id], user, user.id, seed=0, offset=START - START)
            line = Line(Server(kept, page_rows=500), laptop, random.Random(0), lambda: None)  # noqa: S311 -- no secret
            line.smooth = True
            sync_once(laptop, line, now=laptop.clock.now)
            laptop.close()
        self.shelves = kept.shelves

    def run(self, seed: int) -> None:
        """One world in memory. Raises `Broken`, or whatever fault of the program it finds."""
        self._run(MemoryKept(self.shelves), seed)

    def run_on(self, kept: PostgresKept, seed: int) -> None:
        """One world in an empty database of the council's schema."""
        _settle_in(kept)
        self._run(kept, seed)

    def _run(self, kept: MemoryKept | PostgresKept, seed: int) -> None:
        folder = self.folder / f"world {seed}"
        folder.mkdir()
        world = World(kept, self.templates, folder, seed)
        try:
            world.run()
        except BaseException as fault:
            fault.add_note("\n".join(world.story))
            raise
        finally:
            world.close()
            shutil.rmtree(folder)
