"""Opening an officer's store from the command line: the same store the desktop opens, one of them at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from almoner.casework.lease import prove_open
from almoner.casework.ports import Desk
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.laptop import Enrolment, data_folder, read_laptop
from almoner.outside.line import HttpLine
from almoner.outside.opening import load_desk, unlock_store
from almoner.outside.places import Opened, Places
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets, system_secrets
from almoner.outside.standard_input import first_line
from almoner.records.trouble import Trouble
from almoner.store.opening import Store


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """An unlocked store and the desk of the officer whose it is."""

    store: Store
    desk: Desk


def system_places(home: Path | None = None) -> Places:
    """This computer as it is. Raises Trouble when its keyring is locked."""
    secrets = system_secrets()
    return Places(
        home=home or data_folder(),
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: secrets,
        clock=SystemClock(),
        ids=SystemIds(),
        connect=lambda address, user: HttpLine(address, user, secrets or MemorySecrets()),
    )


@contextmanager
def open_store_of(places: Places, username: str = "") -> Iterator[Opened]:
    """Unlock the store of an officer of this laptop (the last to sign in unless named) and close it afterwards.

    The passphrase is asked for, or read from standard input when that is no terminal. Raises Trouble in words.
    """
    opened = unlock_store(places, officer_of(places.home, username), ask_passphrase())
    try:
        yield opened
    finally:
        opened.store.close()


@contextmanager
def open_desk(username: str = "", home: Path | None = None) -> Iterator[OpenDesk]:
    """As `open_store_of`, with the desk of the officer. Raises Trouble when the store is locked until it syncs."""
    places = system_places(home)
    with open_store_of(places, username) as opened:
        opened.store.look(lambda reading: prove_open(reading, places.clock.now()))
        yield OpenDesk(opened.store, load_desk(places, opened))


def officer_of(home: Path, username: str = "") -> Enrolment:
    """Who works on this laptop: the officer named, or the last to sign in. Raises Trouble."""
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


def ask_passphrase() -> str:
    """The passphrase, typed without showing, or the first line of standard input."""
    return ask_secret("Passphrase")


def ask_secret(what: str, *, is_new: bool = False) -> str:
    """A secret, typed without showing (twice when it is a new one), or the next line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, confirmation_prompt=is_new, err=True))
    return first_line()
