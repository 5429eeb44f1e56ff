"""`almoner demo`: a fictional council on this machine, to work in by hand or to watch the whole story unfold."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

import click

from almoner.demo.ground import council_ground
from almoner.demo.progress import Progress
from almoner.outside.resources import resources_dir


@click.command()
@click.option(
    "--headless", is_flag=True, help="Perform the story by itself, offscreen, and leave its results in --out."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("almoner-demo"),
    show_default=True,
    help="Where the pictures, papers and walkthrough.json go.",
)
@click.option("--seed", default=2026, show_default=True, help="The same seed makes the same council.")
@click.option("--residents", default=5_000, show_default=True, type=click.IntRange(100, 100_000))
@click.option("--cases", default=2_000, show_default=True, type=click.IntRange(50, 50_000))
def demo(headless: bool, out: Path, seed: int, residents: int, cases: int) -> None:
    """Make a plainly fictional council, start its PostgreSQL and server, and open the desktop signed in.

    With no screen, or with --headless, the story is performed by the real window offscreen: a case taken with the
    network cut, its letter, the sync, a second laptop's answer, the supervisor's report. Exits 1 if a step failed.
    Everything lies in a temporary folder that is removed at the end, also after Ctrl+C.
    """
    alone = headless or not _has_screen()
    if alone:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    signal.signal(signal.SIGTERM, _stop)
    try:
        with tempfile.TemporaryDirectory(prefix="almoner-demo-", ignore_cleanup_errors=True) as folder:
            held = _run(Path(folder), out if alone else None, seed=seed, residents=residents, cases=cases)
    except KeyboardInterrupt:
        click.echo("\nStopped. Nothing was left behind.", err=True)
        sys.exit(130)
    sys.exit(0 if held else 1)


def _has_screen() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _run(folder: Path, out: Path | None, *, seed: int, residents: int, cases: int) -> bool:
    """Lay the ground and work on it; True when all went as it should."""
    folder.chmod(0o711)
    progress = Progress()
    with council_ground(folder, resources_dir(), progress.say, seed=seed, residents=residents, cases=cases) as ground:
        progress.done()
        from almoner.demo.stage import walk_alone, work_by_hand

        if out is not None:
            return walk_alone(folder, out, ground)
        work_by_hand(folder, ground)
        return True
