"""Where the benchmark of sync happens: its folder, what runs there, and one-time codes for new laptops.

Everything lies in one folder, `.bench` or what ALMONER_BENCH names. This module is light, because it is part of the
processes whose memory is measured; `sync_serving` runs the server.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from almoner.records.trouble import Trouble

PASSWORD = "benchmark of sync"


class Place(msgspec.Struct, frozen=True):
    """What the server's process leaves for the other commands. `teams` are ids of teams, the first holds the records;
    `users` maps names to ids."""

    url: str
    database_url: str
    pid: int
    teams: tuple[str, ...]
    users: dict[str, str]


def folder() -> Path:
    """The benchmark's folder."""
    return Path(os.environ.get("ALMONER_BENCH") or ".bench").resolve()


def codes_folder() -> Path:
    """Where one-time codes lie, a file each."""
    return folder() / "codes"


def read_place() -> Place:
    """What runs. Raises Trouble when nothing does."""
    path = folder() / "place.json"
    try:
        place = msgspec.json.decode(path.read_bytes(), type=Place)
        os.kill(place.pid, 0)
    except (OSError, msgspec.MsgspecError) as fault:
        raise Trouble("Nothing is served.", "Run `python -m benchmarks.sync seed RECORDS.jsonl` first.") from fault
    return place


def new_code(username: str = "laptop") -> tuple[str, str]:
    """A user name and a one-time code for a device of theirs, each given once; of any laptop's officer when none is
    named."""
    for path in sorted(codes_folder().glob(f"*.{username}*")):
        with suppress(FileNotFoundError):
            code = path.read_text(encoding="ascii")
            path.unlink()
            return path.name.split(".")[1], code
    raise Trouble("No one-time code is left.", "Run `seed` again.")
