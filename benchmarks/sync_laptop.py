"""The laptop's side of the benchmark: a real encrypted store that pulls, is edited offline, and pushes.

What is timed is the round itself. Making the store, enrolling and opening come before, as on a laptop they do.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from almoner.outside.clock import SystemClock
from almoner.outside.line import HttpLine
from almoner.outside.opening import LoneDoor
from almoner.records import Case
from almoner.store.opening import Store
from almoner.sync.client import Stage, Step, SyncRound
from benchmarks.sync_place import PASSWORD, new_code

MASTER = bytes(range(32))
"""Key of the benchmark's stores; nothing in them is anyone's."""
MOST_EDITS_AT_ONCE = 500


class PlainSecrets:
    """A keyring of one file, so that a later command finds the sign-in of an earlier one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:
        """A secret, or None."""
        kept = self._all().get(name)
        return None if kept is None else base64.b64decode(kept)

    def write(self, name: str, secret: bytes) -> None:
        """Keep a secret."""
        self._path.write_text(json.dumps({**self._all(), name: base64.b64encode(secret).decode()}), encoding="ascii")

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self._path.write_text(json.dumps({n: s for n, s in self._all().items() if n != name}), encoding="ascii")

    def _all(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        kept: dict[str, str] = json.loads(self._path.read_text(encoding="ascii"))
        return kept


@contextmanager
def laptop(url: str, home: Path) -> Iterator[tuple[LoneDoor, HttpLine]]:
    """The store in a folder and its line to the server; made and enrolled when it is not there yet."""
    home.mkdir(parents=True, exist_ok=True)
    username = _username(home)
    line = HttpLine(url, username, PlainSecrets(home / "secrets.json"))
    try:
        if not Store.exists(home):
            user_id = _enrol(line, home)
            Store.create(home, MASTER, user_id=user_id).close()
        with _opened(home) as door:
            yield door, line
    finally:
        line.close()


def _username(home: Path) -> str:
    marked = home / "user.txt"
    if not marked.exists():
        marked.write_text("\n".join(new_code()), encoding="ascii")
    return marked.read_text(encoding="ascii").split("\n")[0]


def _enrol(line: HttpLine, home: Path) -> str:
    username, code = (home / "user.txt").read_text(encoding="ascii").split("\n")
    return line.enrol(username, PASSWORD, code, "benchmark").user_id


@contextmanager
def _opened(home: Path) -> Iterator[LoneDoor]:
    store = Store.open(home, MASTER)
    try:
        yield LoneDoor(store, store.reader(), store.sidecar.user_id, SystemClock())
    finally:
        store.close()


def one_round(door: LoneDoor, line: HttpLine) -> dict[str, Any]:
    """One whole round, timed: `s` seconds until every record is kept and both copies are proved equal, `sending_s`
    until the last save was answered, `indexing_s` for the lists and search of a first load, which follow while a
    person works."""
    began = time.perf_counter()
    sent_after, proved_after = [0.0], [0.0]

    def progress(step: Step) -> None:
        if step.stage is Stage.SENDING:
            sent_after[0] = time.perf_counter() - began
        elif step.stage is Stage.RECEIVING:
            proved_after[0] = 0.0
        elif step.stage is Stage.INDEXING and not proved_after[0]:
            proved_after[0] = time.perf_counter() - began

    outcome = SyncRound(door, line.peer, now=SystemClock().now, progress=progress).run()
    took = time.perf_counter() - began
    assert outcome.proved_equal, "a round of the benchmark ends with equal copies"
    assert not outcome.repaired, "nothing had to be mended"
    proved = proved_after[0] or took
    return {
        "received": outcome.received,
        "sent": outcome.sent,
        "s": proved,
        "sending_s": sent_after[0],
        "indexing_s": took - proved,
    }


def pull(url: str, home: Path) -> dict[str, Any]:
    """A round, for what it brings: `n` records received in `s` seconds, the proof that both copies are equal in it;
    then lists and search in `indexing_s`."""
    with laptop(url, home) as (door, line):
        did = one_round(door, line)
    return {"n": did["received"], "s": round(did["s"], 6), "indexing_s": round(did["indexing_s"], 6)}


def push(url: str, home: Path) -> dict[str, Any]:
    """A round, for what it sends: `n` saves, `s` seconds from its beginning to the last answer kept, `round_s` with
    all that follows."""
    with laptop(url, home) as (door, line):
        did = one_round(door, line)
    return {"n": did["sent"], "s": round(did["sending_s"], 6), "round_s": round(did["s"], 6)}


def again(url: str, home: Path, count: int, before: Callable[[int], None]) -> list[float]:
    """Seconds of rounds one after another in an open laptop, each after something was done elsewhere."""
    took = []
    with laptop(url, home) as (door, line):
        one_round(door, line)
        for n in range(count):
            before(n)
            took.append(float(one_round(door, line)["s"]))
    return took


def edit(home: Path, count: int, tag: str) -> dict[str, Any]:
    """Change the title of that many cases offline, each a save of its own."""
    with _opened(home) as door:
        began = time.perf_counter()
        done = 0
        while done < count:
            turn = min(MOST_EDITS_AT_ONCE, count - done)
            done += _edit_some(door, turn, done, tag)
        took = time.perf_counter() - began
    return {"n": done, "s": round(took, 6)}


def _edit_some(door: LoneDoor, count: int, skip: int, tag: str) -> int:
    def change(tx: Any) -> int:
        cases = _cases(tx, count, skip)
        for case in cases:
            tx.save(replace(case, title=f"{tag} {case.title}"[:200]))
        return len(cases)

    changed: int = door.write(change)
    assert changed == count, "the store holds fewer cases than are to be edited"
    return changed


def _cases(reading: Any, count: int, skip: int) -> list[Case]:
    held = reading.connection.exec_driver_sql("SELECT id FROM cases ORDER BY id LIMIT ? OFFSET ?", (count, skip))
    found = reading.find_many(Case, [row[0] for row in held])
    return [found[id] for id in sorted(found)]
