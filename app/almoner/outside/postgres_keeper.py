"""Runs an embedded PostgreSQL for as long as the program that asked for it lives; started by `postgres.py` as a script.

Its standard input is a pipe held by that program. When the pipe closes, whether the program ended in order, was
interrupted or was killed, PostgreSQL is stopped. It imports nothing of ours, so that it stays small.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from types import FrameType
from typing import Any

START_SECONDS, STOP_SECONDS = 60, 30


def keep(program: str, folder: str, log: str, user: str, options: str, sockets: str) -> int:
    """Start PostgreSQL, say "ready", wait for the pipe to close, stop it and take its folder of sockets away (if it
    has one). Returns an exit code."""
    how: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "check": False}
    if user:
        how |= {"user": user, "group": user, "extra_groups": []}

    def control(*words: str) -> int:
        return int(subprocess.run([program, "-D", folder, *words], **how).returncode)  # noqa: S603  our own words

    if control("-s", "-w", "-t", str(START_SECONDS), "-l", log, "-o", options, "start") != 0:
        return 1
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while sys.stdin.buffer.read(1024):
            pass
    except (KeyboardInterrupt, BrokenPipeError):
        pass
    stopped = control("-s", "-w", "-t", str(STOP_SECONDS), "-m", "fast", "stop")
    if sockets:
        shutil.rmtree(sockets, ignore_errors=True)
    return stopped


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(keep(*sys.argv[1:7]))
