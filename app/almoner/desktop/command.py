"""`almoner desktop`: the program as an officer starts it."""

from __future__ import annotations

import random
import sys

import click

from almoner.records.trouble import Trouble


@click.command()
@click.option(
    "--idle-minutes",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.1, 600),
    help="Lock after so long without a key or a click.",
)
def desktop(idle_minutes: float) -> None:
    """Open the casework desktop."""
    sys.exit(run(idle_minutes))


def run(idle_minutes: float) -> int:
    """Run the desktop until its window closes; the exit code comes back.

    Qt is loaded here and not with the module, so that `almoner --help` stays quick.
    """
    from almoner.desktop.wiring import make_program, show_fault, start_qt

    app = start_qt(sys.argv[:1])
    try:
        program = make_program(app, chance=random.SystemRandom().random, idle_minutes=idle_minutes)
        program.start()
    except Trouble as trouble:
        click.echo(f"almoner: {trouble}", err=True)
        show_fault(trouble)
        return 1
    return app.exec()
