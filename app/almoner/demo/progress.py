"""Says on the terminal how far each long step has come."""

from __future__ import annotations

import sys

import click

_WIDTH = 28


class Progress:
    """One line for each thing that is done, with a bar where its length is known; plain lines where nobody watches."""

    def __init__(self) -> None:
        self._what = ""
        self._is_watched = sys.stderr.isatty()

    def say(self, what: str, done: int, total: int) -> None:
        """Tell what is being done, how much of it, and of how much (0: not known)."""
        if what != self._what:
            self.done()
            self._what = what
            if not self._is_watched:
                click.echo(what, err=True)
        if self._is_watched:
            click.echo(f"\r{what:<28} {_bar(done, total)}", nl=False, err=True)

    def done(self) -> None:
        """End the line that is being written."""
        if self._what and self._is_watched:
            click.echo("", err=True)
        self._what = ""


def _bar(done: int, total: int) -> str:
    if total:
        filled = _WIDTH * min(done, total) // total
        return f"[{'#' * filled}{' ' * (_WIDTH - filled)}] {done:,} of {total:,}"
    return f"{done:,}" if done else "..."
