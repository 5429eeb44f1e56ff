"""How fast copies agree: first load, push, small rounds, many laptops at once, each beside the raw limit.

    python -m benchmarks.sync --json

prints one JSON object. It is also a program of single steps, each printing one JSON line with `n`, `s` (seconds
inside) and `peak_mib`, so that it can be run beside other programs:

    records N FILE         write N records as JSON lines
    seed RECORDS.jsonl     start PostgreSQL and a server with two workers, and fill it; says the URL
    pull URL STORE         a round of the laptop in folder STORE, which is made and enrolled when it is not there
    edit STORE N TAG       change N records offline
    push URL STORE         a round that sends them
    touch N TAG            change N records at the server
    stop                   end what `seed` started

Any JSON lines will do: keys that are not ours travel as fields this version does not know. The folder is `.bench`, or
what ALMONER_BENCH names.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from almoner.records.trouble import Trouble
from benchmarks import sync_place, sync_records

Figures = dict[str, Any]
RECORDS, EDITS, CHANGES = 10_000, 1_000, 100


def main() -> None:
    """Do one step, or measure all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print everything measured as one JSON object")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--tries", type=int, default=3, help="laptops that load everything; the median counts")
    steps = parser.add_subparsers(dest="step")
    for name, words in STEPS.items():
        step = steps.add_parser(name)
        for word in words:
            step.add_argument(word, type=int if word == "n" else str)
    wanted = parser.parse_args()
    try:
        if wanted.step == "serve":
            from benchmarks import sync_serving

            sync_serving.serve()
        elif wanted.step:
            print(json.dumps(take(wanted.step, wanted) | {"peak_mib": peak_mib()}))
        else:
            print(json.dumps(measure(wanted.records, wanted.tries), indent=1))
    except Trouble as trouble:
        sys.exit(str(trouble))


STEPS: dict[str, tuple[str, ...]] = {
    "records": ("n", "file"),
    "seed": ("file",),
    "pull": ("url", "store"),
    "edit": ("store", "n", "tag"),
    "push": ("url", "store"),
    "touch": ("n", "tag"),
    "serve": (),
    "stop": (),
}


def take(step: str, wanted: argparse.Namespace) -> Figures:
    """One step. What only others need is not imported, so that it weighs nothing here."""
    if step in ("pull", "push", "edit"):
        from benchmarks import sync_laptop

        if step == "edit":
            return sync_laptop.edit(Path(wanted.store), wanted.n, wanted.tag)
        return getattr(sync_laptop, step)(wanted.url, Path(wanted.store))  # type: ignore[no-any-return]
    if step == "records":
        began = time.perf_counter()
        size = sync_records.write_records(Path(wanted.file), wanted.n)
        return {"n": wanted.n, "s": round(time.perf_counter() - began, 6), "bytes_each": round(size / wanted.n)}
    from benchmarks import sync_seed, sync_serving

    if step == "stop":
        return sync_serving.stop()

    if step == "touch":
        return sync_seed.touch(sync_place.read_place(), wanted.n, wanted.tag)
    place = sync_serving.start(say)
    return sync_seed.seed(place, Path(wanted.file)) | {"url": place.url}


def peak_mib() -> float:
    """The most memory this process ever had, in MiB; without what the process that started it had."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        return round(int(kib) / 1024, 1)
    except OSError:
        import resource

        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def say(words: str) -> None:
    """Tell how far it is, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def run(*words: str | int | Path) -> Figures:
    """One step in a process of its own, as somebody types it."""
    command = [sys.executable, "-m", "benchmarks.sync", *(str(word) for word in words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    said: Figures = json.loads(done.stdout)
    return said


def measure(count: int, tries: int) -> Figures:
    """All figures, on a server and laptops of their own."""
    from benchmarks import sync_serving

    with tempfile.TemporaryDirectory(prefix="almoner-sync-") as made:
        folder = Path(made)
        try:
            return _measure(folder, count, tries)
        finally:
            say("stopping")
            sync_serving.stop()


def _measure(folder: Path, count: int, tries: int) -> Figures:
    from benchmarks import sync_crowd, sync_laptop, sync_limits, sync_seed, sync_serving

    each = run("records", count, folder / "records.jsonl")["bytes_each"]
    seeded = run("seed", folder / "records.jsonl")
    place, url = sync_place.read_place(), str(seeded["url"])
    loads = _several(tries, lambda n: run("pull", url, folder / f"laptop-{n}"), "first load")
    say("one load, for its bytes")
    load = sync_crowd.one_load(place)
    say("50 laptops at once")
    fan = sync_crowd.fan(place)
    say("the raw limits")
    raw = sync_limits.limits(place, folder)
    rounds, pushes = [], []
    for n in range(max(3, tries)):
        say(f"small round {n + 1}, push {n + 1}")
        sync_seed.touch(place, min(CHANGES, count), f"Round{n}")
        rounds.append(run("pull", url, folder / "laptop-0"))
        if n < tries:
            run("pull", url, folder / f"laptop-{n}")
            run("edit", folder / f"laptop-{n}", min(EDITS, count), f"edit{n}")
            pushes.append(run("push", url, folder / f"laptop-{n}"))
            run("pull", url, folder / "laptop-0")
    say("rounds in an open laptop")
    again = sync_laptop.again(
        url, folder / "laptop-0", 9, lambda n: _ignore(sync_seed.touch(place, min(CHANGES, count), f"Again{n}"))
    )
    say("eight writers, one reader")
    cursors = [sync_crowd.cursor(place, 1), sync_crowd.cursor(place, sync_serving.SCOPES)]
    first_pull = statistics.median(one["n"] / one["s"] for one in loads)
    push = statistics.median(one["n"] / one["s"] for one in pushes)
    return {
        "first_pull_per_s": round(first_pull),
        "push_per_s": round(push),
        "pull100_ms": round(statistics.median(one["s"] for one in rounds) * 1000, 2),
        "pull100_again_ms": round(statistics.median(again) * 1000, 2),
        "bytes_per_record": round(load.bytes_in / load.records, 1),
        "peak_mib": max(one["peak_mib"] for one in (*loads, *rounds, *pushes)),
        "fan50_per_s": fan["per_s"],
        "cursor_lost": sum(one["lost"] for one in cursors),
        "cursor_failed": sum(one["failed"] for one in cursors),
        "limits": {
            **raw,
            "first_pull_to_sqlcipher": round(first_pull / raw["sqlcipher_per_s"], 3),
            "push_to_copy": round(push / raw["copy_per_s"], 4),
            "fan50_to_unpack": round(fan["per_s"] / raw["unpack_per_s"], 3),
            "pull100_to_unpack": round(statistics.median(again) / (CHANGES / raw["unpack_per_s"]), 1),
            "bytes_to_json": round(load.bytes_in / load.records / each, 3),
        },
        "json_bytes_per_record": each,
        "runs": {"first_pull": loads, "pull100": rounds, "push": pushes, "fan50": fan, "cursor": cursors},
        "again_ms": [round(one * 1000, 2) for one in again],
        "seed_per_s": round(seeded["n"] / seeded["s"]),
    }


def _several(times: int, step: Callable[[int], Figures], what: str) -> list[Figures]:
    done = []
    for n in range(times):
        say(f"{what} {n + 1} of {times}")
        done.append(step(n))
    return done


def _ignore(_figures: Figures) -> None:
    """Nothing more is wanted of it."""


if __name__ == "__main__":
    main()
