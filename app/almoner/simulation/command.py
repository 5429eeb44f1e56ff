"""`almoner simulate`: prove on this machine that copies agree, in as many worlds as there is time for."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import click
import msgspec

from almoner.simulation.running import Outcome

_EVERY = 100
"""Worlds between two lines of progress."""


@click.command()
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(1, 10_000_000), help="How many worlds.")
@click.option("--first", default=0, show_default=True, type=click.IntRange(0), help="The first seed.")
@click.option("--postgres", is_flag=True, help="Keep the council's records in a real PostgreSQL: slower.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes at once.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--story", is_flag=True, help="Tell what happened in each world that failed.")
def simulate(seeds: int, first: int, postgres: bool, jobs: int, as_json: bool, story: bool) -> None:
    """Run worlds in which laptops, lines, disks and the server fail, and prove in each that nothing is lost.

    Every choice follows from the seed: a failing seed fails again on any machine. The invariants are listed in
    almoner.simulation.invariants. Exits 1 when one did not hold.
    """
    began = time.monotonic()
    failed: list[Outcome] = []
    done = 0
    for outcome in _all(first, seeds, min(jobs, seeds), postgres=postgres):
        done += 1
        if outcome.what:
            failed.append(outcome)
            click.echo(f"seed {outcome.seed}: {outcome.what} ({outcome.where})", err=as_json)
            if story:
                click.echo("\n".join(f"    {line}" for line in outcome.story), err=as_json)
        if done % _EVERY == 0 or done == seeds:
            click.echo(f"{done} of {seeds} worlds, {len(failed)} failed, {time.monotonic() - began:.0f} s", err=True)
    if as_json:
        click.echo(json.dumps(_summary(first, done, failed, time.monotonic() - began, postgres=postgres), indent=2))
    sys.exit(1 if failed or done < seeds else 0)


def _summary(first: int, done: int, failed: list[Outcome], seconds: float, *, postgres: bool) -> dict[str, object]:
    return {
        "first": first,
        "seeds": done,
        "books": "postgres" if postgres else "memory",
        "failed": [msgspec.to_builtins(outcome) for outcome in failed],
        "seconds": round(seconds, 1),
    }


def _all(first: int, seeds: int, jobs: int, *, postgres: bool) -> Iterator[Outcome]:
    """What becomes of every seed, as it comes from the processes."""
    found: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
    books = "postgres" if postgres else "memory"
    processes = [_start(first + place, seeds - place, jobs, books) for place in range(jobs)]
    readers = [threading.Thread(target=_read, args=(process, found)) for process in processes]
    for reader in readers:
        reader.start()
    try:
        left = jobs
        while left:
            outcome = found.get()
            if outcome is None:
                left -= 1
            else:
                yield outcome
    finally:
        for process in processes:
            process.terminate()
        for reader in readers:
            reader.join()


def _start(first: int, count: int, step: int, books: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "almoner.simulation.job", str(first), str(count), str(step), books]
    return subprocess.Popen(  # noqa: S603 -- this very program, with numbers
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": "0"}
    )


def _read(process: subprocess.Popen[str], found: queue.SimpleQueue[Outcome | None]) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            found.put(msgspec.json.decode(line, type=Outcome))
    process.wait()
    found.put(None)
