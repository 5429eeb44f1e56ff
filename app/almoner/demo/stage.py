"""Where the demonstration is played: laptops with real windows, worked by hand or by the story."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import click
from PySide6.QtCore import QTimer

from almoner.demo.ground import PASSPHRASE, Ground
from almoner.demo.laptops import Laptop, new_laptop
from almoner.demo.line import Line
from almoner.demo.stop import STOP, noted_stops, raise_if_stopped
from almoner.demo.story import PRIYA, STORY
from almoner.demo.walk import Walk
from almoner.desktop.look.theme import Choice, Theme
from almoner.desktop.printing import SystemPaperwork
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.watch import InputWatch
from almoner.desktop.wiring import start_qt
from almoner.outside.clock import SystemClock
from almoner.outside.resources import migrations_dir, resources_dir

_LOOK_UP_MS = 200
"""How often it is looked whether Ctrl+C was pressed."""


def walk_alone(folder: Path, out: Path, ground: Ground) -> bool:
    """Perform the story; its record, pictures and papers are left in `out`. True when every step held."""
    out.mkdir(parents=True, exist_ok=True)
    with _laptops(folder, ground, "light") as (around, open_laptop):
        walk = Walk(ground, out, around.theme, open_laptop, lambda words: click.echo(f"  {words}"))
        try:
            for name, step in STORY:
                if not walk.take(name, step):
                    last = walk.steps[-1]
                    click.echo(f"  FAILED: {last.get('lost') or last.get('failed')}", err=True)
                    break
        finally:
            walk.close()
        held = walk.write() and len(walk.steps) == len(STORY)
    click.echo(f"{len(walk.steps)} of {len(STORY)} steps, {len(walk.pictures)} pictures: {out / 'walkthrough.json'}")
    return held


def work_by_hand(folder: Path, ground: Ground) -> None:
    """Open the desktop signed in, and leave it to whoever sits there until they close it."""
    with _laptops(folder, ground, "system") as (around, open_laptop):
        laptop = open_laptop(PRIYA)
        click.echo(f"Signed in as Priya Nair. After locking, the passphrase is: {PASSPHRASE}")
        awake = QTimer(interval=_LOOK_UP_MS)
        awake.timeout.connect(lambda: around.app.quit() if STOP.is_set() else None)
        awake.start()
        try:
            around.app.exec()
        finally:
            awake.stop()
            laptop.close()
        raise_if_stopped()


@contextmanager
def _laptops(folder: Path, ground: Ground, choice: Choice) -> Iterator[tuple[Surroundings, Callable[[str], Laptop]]]:
    """What opens a laptop for an officer, each on a line of its own; all lines are put away on leaving."""
    app = start_qt(["almoner"])
    theme, watch = Theme(app, resources_dir(), choice=choice), InputWatch(app)
    chance = random.SystemRandom().random
    around = Surroundings(app=app, theme=theme, watch=watch, paperwork=SystemPaperwork, chance=chance)
    port = urlsplit(ground.server.address).port
    assert port is not None, "the server listens somewhere"
    with noted_stops(), ExitStack() as lines:

        def open_laptop(username: str) -> Laptop:
            line = lines.enter_context(Line(port))
            places = (resources_dir(), migrations_dir() / "local")
            laptop = new_laptop(folder / "laptops", around, *places, SystemClock(), line, username)
            laptop.set_up(ground.code(username))
            laptop.hand.front()
            return laptop

        yield around, open_laptop
    watch.stop()
    theme.stop()
