"""One process of `almoner simulate`: runs its share of the seeds and writes what became of each, a JSON line a world.

It is started with a fixed PYTHONHASHSEED, so that a seed does the same wherever and whenever it is run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import msgspec

from almoner.simulation.databases import database, databases
from almoner.simulation.running import Outcome, Stage, working_folder


def outcomes(seeds: Iterable[int], *, postgres: bool) -> Iterator[Outcome]:
    """What became of each seed, one after another."""
    with working_folder() as folder:
        stage = Stage(folder)
        if not postgres:
            for seed in seeds:
                yield stage.outcome(seed)
            return
        place = folder / "postgres"
        folder.chmod(0o711)
        place.mkdir()
        with databases(place) as running:
            for seed in seeds:
                with database(running, seed) as kept:
                    yield stage.outcome(seed, kept)


def main() -> None:
    """The process: FIRST COUNT STEP memory|postgres."""
    first, count, step = (int(word) for word in sys.argv[1:4])
    for outcome in outcomes(range(first, first + count, step), postgres=sys.argv[4] == "postgres"):
        sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
