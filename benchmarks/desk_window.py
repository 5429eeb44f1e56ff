"""How soon the window can be used, and whether it ever stops answering, on the store of `benchmarks.desk`.

Each figure is taken in a process of its own, offscreen. `start_ms` runs from the moment the store is unlocked (the
window for unlocking is up, and what work needs was loaded behind it) to the moment the first list shows its rows.
`first_window_ms` runs from the moment the process is asked for to the window for unlocking, painted;
`bare_window_ms` is the same for an empty Qt window. `cold_start_ms` runs from the moment the process is asked for, with
the key at hand and nothing loaded, to the first list with its rows: a start without the pause in which a person types.
`ui_block_max_ms` is the longest the window's own thread went without turning while 5,000 changed cases arrived from
the server in pages of 500, with the list of cases in front; `ui_block_idle_ms` is the same with nothing arriving.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]

CHANGES, PAGE = 5_000, 500
STARTS = 5
_TURN_MS = 2


def measure(folder: Path, master: bytes) -> Figures:
    """The figures of the window for a store that is there."""
    bare = sorted(_child("bare", folder, master)["start_ms"] for _ in range(STARTS))
    starts = [_child("start", folder, master) for _ in range(STARTS)]
    by_time = sorted(start["start_ms"] for start in starts)
    return {
        "start_ms": by_time[STARTS // 2],
        "start_max_ms": by_time[-1],
        "cold_start_ms": sorted(start["cold_start_ms"] for start in starts)[STARTS // 2],
        "first_window_ms": sorted(_child("first", folder, master)["start_ms"] for _ in range(STARTS))[STARTS // 2],
        "bare_window_ms": bare[STARTS // 2],
        **_child("changes", folder, master),
    }


def _child(what: str, folder: Path, master: bytes) -> Figures:
    """Run one measurement in a fresh process, told when it was asked for."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder)}
    words = [sys.executable, "-m", "benchmarks.desk_window", what, str(folder), master.hex(), str(time.monotonic())]
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, check=True, timeout=600)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def bare(asked_at: float) -> Figures:
    """An empty Qt window, painted."""
    from PySide6.QtWidgets import QApplication, QLabel

    app = QApplication([])
    window = QLabel("Almoner")
    window.resize(1440, 900)
    window.show()
    app.processEvents()
    return {"start_ms": _since(asked_at)}


def first(folder: Path, asked_at: float) -> Figures:
    """The window a person sees first, painted."""
    os.environ["ALMONER_HOME"] = str(folder / "nobody")
    from almoner.desktop.wiring import make_program, start_qt

    app = start_qt(["almoner"])
    program = make_program(app, chance=lambda: 0.5, idle_minutes=10)
    program.start()
    app.processEvents()
    figures: Figures = {"start_ms": _since(asked_at)}
    program.quit()
    return figures


def _since(asked_at: float) -> float:
    return round((time.monotonic() - asked_at) * 1000, 1)


@dataclass(frozen=True, slots=True)
class _Change:
    """A changed case as the server sends it."""

    kind: str
    id: str
    rev: int
    values: dict[str, Any]


def window(folder: Path, master: bytes) -> Any:
    """The real session on the store, with no server to reach."""
    from almoner.desktop.look.theme import Theme
    from almoner.desktop.printing import SystemPaperwork
    from almoner.desktop.session import Session
    from almoner.desktop.surroundings import Surroundings
    from almoner.desktop.watch import InputWatch
    from almoner.desktop.wiring import start_qt
    from almoner.outside.clock import PretendClock
    from almoner.outside.ids import SystemIds
    from almoner.outside.laptop import Enrolment
    from almoner.outside.places import Opened, Places
    from almoner.outside.resources import migrations_dir, resources_dir
    from almoner.store.opening import Store
    from almoner.sync.peer import PeerKind, PeerTrouble
    from benchmarks.town import NOW, officer

    def nowhere(_address: str, _user: str) -> Any:
        raise PeerTrouble(PeerKind.OFFLINE, "There is no network.", "Try again later.")

    app = start_qt([])
    me = officer(1)
    places = Places(
        home=folder,
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: None,
        clock=PretendClock(NOW),
        ids=SystemIds(),
        connect=nowhere,
    )
    enrolment = Enrolment(
        user_id=me.id, username=me.username, full_name=me.full_name, server="", device_id="", folder=""
    )
    around = Surroundings(
        app=app,
        theme=Theme(app, resources_dir(), choice="light"),
        watch=InputWatch(app),
        paperwork=SystemPaperwork,
        chance=lambda: 0.5,
    )
    unlocked_at = time.monotonic()
    session = Session(around, places, Opened(store=Store.open(folder, master), enrolment=enrolment))
    session.begin()
    return app, session, unlocked_at


def start(folder: Path, master: bytes, asked_at: float) -> Figures:
    """From nothing to the first screen with its rows."""
    app, session, unlocked_at = window(folder, master)
    shown = _until(app, lambda: _is_filled(session.shell))
    figures: Figures = {"start_ms": _since(unlocked_at), "cold_start_ms": _since(asked_at), "is_filled": shown}
    session.end()
    return figures


def _is_filled(shell: Any) -> bool:
    """Whether the screen in front has been painted and shows rows."""
    from PySide6.QtWidgets import QAbstractItemView

    views = shell.screen_open.findChildren(QAbstractItemView)
    return any(view.isVisible() and view.model() is not None and view.model().rowCount() > 0 for view in views)


def _until(app: Any, reached: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Let the window live until something is reached."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        app.processEvents()
        if reached():
            app.processEvents()
            return True
    return False


def changes(folder: Path, master: bytes) -> Figures:
    """The longest gap between two turns of the window's thread while changes arrive, and while none do."""
    from PySide6.QtCore import QTimer

    from almoner.desktop.screen import Target

    app, session, _unlocked_at = window(folder, master)
    session.shell.go(Target("cases"))
    _until(app, lambda: _is_filled(session.shell))
    turns: list[float] = []
    timer = QTimer(interval=_TURN_MS)
    timer.timeout.connect(lambda: turns.append(time.perf_counter()))
    timer.start()
    _until(app, lambda: len(turns) > 0 and turns[-1] - turns[0] > 1.0)
    idle = _longest(turns)
    turns.clear()
    ended: list[float] = []
    began = time.perf_counter()
    session.doors.change_in_steps(
        _pages(), step_done=lambda _done: None, done=lambda: ended.append(time.perf_counter())
    )
    _until(app, lambda: bool(ended) and time.perf_counter() - ended[0] > 1.0)
    busy = _longest(turns)
    timer.stop()
    session.end()
    return {
        "ui_block_max_ms": busy,
        "ui_block_idle_ms": idle,
        "changes_arrived_per_s": round(CHANGES / (ended[0] - began)),
    }


def _pages() -> Iterator[Callable[[Any], None]]:
    """Pages of changed cases, each a transaction."""
    for first in range(0, CHANGES, PAGE):
        yield _page(first)


def _page(first: int) -> Callable[[Any], None]:
    from almoner.records import Case
    from almoner.records.wire import to_wire
    from almoner.store.incoming import apply_part
    from benchmarks.town import case_id

    def take(tx: Any) -> None:
        found = tx.find_many(Case, [case_id(number) for number in range(first, first + PAGE)])
        puts = [_Change("case", case.id, 1_000, {**to_wire(case), "priority": "high"}) for case in found.values()]
        apply_part(tx, "team:benchmark", f"state {first}", puts=puts)

    return take


def _longest(turns: list[float]) -> float:
    """The longest time between two turns, in milliseconds."""
    return round(max((b - a for a, b in itertools.pairwise(turns)), default=0.0) * 1000, 1)


def main() -> None:
    """Measure one thing in this process and print it."""
    what, folder, master, asked_at = sys.argv[1], Path(sys.argv[2]), bytes.fromhex(sys.argv[3]), float(sys.argv[4])
    measures: dict[str, Callable[[], Figures]] = {
        "bare": lambda: bare(asked_at),
        "first": lambda: first(folder, asked_at),
        "start": lambda: start(folder, master, asked_at),
        "changes": lambda: changes(folder, master),
    }
    figures = measures[what]()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
