"""Opening an officer's store from the command line: the same store the desktop opens, one of them at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from almoner.casework.ports import Desk
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.laptop import Enrolment, data_folder, read_laptop
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.rulebook import load_calendars, load_service_lines
from almoner.outside.secrets import system_secrets
from almoner.records import Council, User
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault
from almoner.store.keys import unlock
from almoner.store.migrate import open_store
from almoner.store.opening import Store


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """An unlocked store and the desk of the officer whose it is."""

    store: Store
    desk: Desk


@contextmanager
def open_desk(username: str = "", home: Path | None = None) -> Iterator[OpenDesk]:
    """Unlock the store of an officer of this laptop (the last to sign in unless named) and close it afterwards.

    The passphrase is asked for, or read from standard input when that is no terminal. Raises Trouble in words.
    """
    place = home or data_folder()
    enrolment = _enrolment(place, username)
    folder = place / "stores" / enrolment.folder
    clock = SystemClock()
    master = unlock(folder, _passphrase(), system_secrets(), now=clock.now())
    store = open_store(folder, master, migrations_dir() / "local")
    try:
        yield OpenDesk(store, desk_of(store, enrolment.user_id))
    finally:
        store.close()


def desk_of(store: Store, user_id: str) -> Desk:
    """Give the desk of the officer whose store this is. Raises Trouble when the store does not say who they are."""
    reader = store.reader()
    me = reader.read(lambda reading: reading.find(User, user_id))
    councils = reader.read(lambda reading: reading.all_of(Council, limit=1))
    if me is None or not councils:
        raise Trouble("This store does not say whose it is.", "Connect and sync once, then try again.")
    resources = resources_dir()
    return Desk(
        me=me,
        council=councils[0],
        clock=SystemClock(),
        ids=SystemIds(),
        lines=load_service_lines(resources),
        calendars=load_calendars(resources),
        files=Vault(store),
        resources=resources,
    )


def _enrolment(home: Path, username: str) -> Enrolment:
    laptop = read_laptop(home)
    if not username:
        last = laptop.last()
        if last is None:
            raise Trouble("This computer is not set up yet.", "Open the desktop once and set it up, then try again.")
        return last
    for each in laptop.enrolments:
        if each.username == username:
            return each
    raise Trouble(f"{username} is not set up on this computer.", "Check the user name, or set it up in the desktop.")


def _passphrase() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Passphrase", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
