"""kill -9 at any moment: every save that was acknowledged is there, and none is half there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

from sqlalchemy import func
from sqlalchemy import select as sql_select
from tests.builders import id_of
from tests.store.opened import MASTER, made, read

from almoner.records import Note, Person
from almoner.store.lines import unpack_entry
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.tables import local_table, outbox

KILLS = 50
ROOT = Path(__file__).resolve().parents[2]

_LOOP = """
import os, sys
from pathlib import Path
from tests.store.busy_writer import main
for line in sys.stdin:
    folder, first = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        main(Path(folder), int(first))
    sys.stdout.write(f"pid {child}\\n")
    sys.stdout.flush()
    os.waitpid(child, 0)
    sys.stdout.write("dead\\n")
    sys.stdout.flush()
"""
"""Forks a fresh writer for each line it is given, so that fifty of them need not import everything fifty times."""


def _killed_after(nursery: subprocess.Popen[str], folder: Path, first: int, wait_seconds: float) -> int:
    """Let a writer save from `first` on, kill it at a moment of chance; the last number it said was saved."""
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    nursery.stdin.write(f"{folder}\t{first}\n")
    nursery.stdin.flush()
    pid, last, killer = 0, first - 1, None
    for line in nursery.stdout:
        if line.startswith("pid"):
            pid = int(line.split()[1])
        elif line == "dead\n":
            break
        else:
            last = int(line)
            if killer is None and pid:
                killer = threading.Timer(wait_seconds, os.kill, (pid, signal.SIGKILL))
                killer.start()
    assert killer is not None, "the writer died by itself"
    killer.join()
    return last


def _saved(reading: Reading) -> tuple[int, int, int]:
    """How many people, notes and lines to send there are."""
    count = [sql_select(func.count()).select_from(table) for table in (local_table(Person), local_table(Note), outbox)]
    people, notes, lines = (reading.connection.execute(query).scalar_one() for query in count)
    return people, notes, lines


def test_no_acknowledged_save_is_lost_in_fifty_kills(tmp_path: Path) -> None:
    """After each kill the store opens, holds all that was acknowledged, whole transactions only, and the journal
    agrees with the outbox."""
    folder = tmp_path / "store"
    made(folder).close()
    chance = random.Random(7)
    acknowledged: set[int] = set()
    command = [sys.executable, "-c", _LOOP]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        first = 1
        for _kill in range(KILLS):
            last = _killed_after(nursery, folder, first, chance.uniform(0.0, 0.15))
            acknowledged.update(range(first, last + 1))
            first = _prove_whole(folder, acknowledged)
        assert nursery.stdin is not None
        nursery.stdin.close()
    assert len(acknowledged) > KILLS


def _prove_whole(folder: Path, acknowledged: set[int]) -> int:
    """Check the store after a kill; the next number to save."""
    store = Store.open(folder, MASTER)
    try:
        people, notes, lines = read(store, _saved)
        in_journal = sum(len(unpack_entry(payload).lines) for _seq, payload in store.journal.frames())
        held = set(read(store, lambda r: r.connection.execute(sql_select(local_table(Person).c.id)).scalars().all()))
    finally:
        store.close()
    assert people * 2 == notes, "half a transaction"
    assert lines == people + notes == in_journal
    assert {id_of("person", number) for number in acknowledged} <= held
    return people + 1
