"""What this laptop remembers outside its encrypted store: where the server is and who works here. No secrets."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs

from almoner.records.trouble import Trouble

_FILE = "laptop.json"
_MOST_USERS = 50


class Device(msgspec.Struct, frozen=True):
    """What the server calls an officer and their device."""

    user_id: str
    device_id: str


class Enrolment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """One officer's place on this laptop; `folder` is the name of their store's folder."""

    user_id: str
    username: str
    full_name: str
    server: str
    device_id: str
    folder: str
    council: str = ""


class Laptop(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """All officers enrolled on this laptop, and who signed in last."""

    enrolments: tuple[Enrolment, ...] = ()
    last_user_id: str = ""
    theme: str = "system"
    text_percent: int = 100

    def last(self) -> Enrolment | None:
        """Who signed in last, or the only one there is."""
        known = {e.user_id: e for e in self.enrolments}
        return known.get(self.last_user_id) or (self.enrolments[0] if self.enrolments else None)

    def with_enrolment(self, enrolment: Enrolment) -> Laptop:
        """The same laptop with one officer added or renewed, as the last to sign in."""
        others = tuple(e for e in self.enrolments if e.user_id != enrolment.user_id)
        if len(others) >= _MOST_USERS:
            raise Trouble("This laptop already has 50 officers.", "Ask your IT service desk to remove some.")
        return msgspec.structs.replace(self, enrolments=(*others, enrolment), last_user_id=enrolment.user_id)

    def with_look(self, theme: str, text_percent: int) -> Laptop:
        """The same laptop with the colours and the text size that were chosen on it."""
        return msgspec.structs.replace(self, theme=theme, text_percent=text_percent)


def data_folder() -> Path:
    """The folder in which Almoner keeps its files for the account that is signed in to the computer."""
    return Path(os.environ.get("ALMONER_HOME") or platformdirs.user_data_dir("almoner", appauthor=False))


def read_laptop(folder: Path) -> Laptop:
    """What the laptop remembers; nothing yet on a new one. Raises Trouble when the file is damaged."""
    path = folder / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Laptop)
    except FileNotFoundError:
        return Laptop()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as fault:
        raise Trouble(
            "The file that says who works on this laptop cannot be read.",
            "Your work is safe in the store. Ask IT to restore the file or to enrol this laptop again.",
            str(path),
        ) from fault


def write_laptop(folder: Path, laptop: Laptop) -> None:
    """Remember, all or nothing. Raises Trouble when the folder cannot be written."""
    path = folder / _FILE
    fresh = path.with_suffix(".tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(laptop), indent=2))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as fault:
        raise Trouble(
            "Almoner cannot write to its folder.", "Check that the disk is not full and not read-only.", str(folder)
        ) from fault
