"""`almoner store` and `almoner sync`: looking after a laptop's store without a window."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.laptop import Enrolment, data_folder, read_laptop
from almoner.outside.line import HttpLine
from almoner.outside.opening import LoneDoor, Opened, Places, store_folder, unlock_store
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets, system_secrets
from almoner.records.trouble import Trouble
from almoner.store.check import backup as copy_store
from almoner.store.check import check as check_store
from almoner.store.keys import unlock
from almoner.store.salvage import repair as salvage
from almoner.sync.client import Step, sync_once

_JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a script.")
_USER = click.option("--user", default="", help="User name of the officer; the last who signed in when left out.")


def _places() -> Places:
    secrets = system_secrets()
    return Places(
        home=data_folder(),
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        secrets=secrets,
        clock=SystemClock(),
        ids=SystemIds(),
        connect=lambda address, user: HttpLine(address, user, secrets or MemorySecrets()),
    )


def _officer(places: Places, user: str) -> Enrolment:
    laptop = read_laptop(places.home)
    found = next((e for e in laptop.enrolments if e.username == user), None) if user else laptop.last()
    if found is None:
        raise Trouble(
            "No such officer is set up on this laptop." if user else "This laptop is not set up yet.",
            "Start Almoner and set it up, or name another with --user.",
        )
    return found


def _passphrase(enrolment: Enrolment) -> str:
    answer: str = click.prompt(f"Passphrase of {enrolment.username}", hide_input=True, err=True)
    return answer


def _opened(places: Places, user: str) -> Opened:
    enrolment = _officer(places, user)
    return unlock_store(places, enrolment, _passphrase(enrolment))


@click.group()
def store() -> None:
    """Check, back up or repair the encrypted store of this laptop."""


@store.command()
@_USER
@_JSON
def check(user: str, as_json: bool) -> None:
    """Read every page, prove it, and compare unsent work with its second copy. Exits 1 when something is wrong."""
    opened = _opened(_places(), user)
    try:
        found = check_store(opened.store)
    finally:
        opened.store.close()
    if as_json:
        click.echo(json.dumps(asdict(found), indent=2))
    else:
        click.echo("The store is whole." if not found.faults else "\n".join(found.faults))
    sys.exit(1 if found.faults else 0)


@store.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_USER
def backup(folder: Path, user: str) -> None:
    """Copy the store, encrypted as it is, into FOLDER, which must not exist yet."""
    places = _places()
    copied = copy_store(store_folder(places.home, _officer(places, user)), folder)
    click.echo(f"{copied:,} bytes copied to {folder}.")


@store.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_USER
def repair(folder: Path, user: str) -> None:
    """Make a new store in FOLDER from what can be read of a damaged one, unsent work included."""
    places = _places()
    enrolment = _officer(places, user)
    damaged = store_folder(places.home, enrolment)
    master = unlock(damaged, _passphrase(enrolment), places.secrets, now=places.clock.now())
    saved = salvage(damaged, master, folder)
    click.echo(f"{saved.rows:,} rows saved, {saved.lost:,} lost. The damaged store is left as it was.")


@click.command()
@_USER
@_JSON
def sync(user: str, as_json: bool) -> None:
    """Send and fetch once, now, and say what happened. Exits 1 when the server could not be reached."""
    places = _places()
    opened = _opened(places, user)
    enrolment = opened.enrolment
    line = places.connect(enrolment.server, enrolment.username)

    def say(step: Step) -> None:
        if not as_json:
            click.echo(f"\r{step.stage.value}: {step.done:,} of {step.total:,}   ", nl=False, err=True)

    try:
        door = LoneDoor(opened.store, opened.store.reader(), enrolment.user_id, places.clock)
        outcome = sync_once(door, line.peer, now=places.clock.now, progress=say)
    finally:
        line.close()
        opened.store.close()
    if as_json:
        click.echo(json.dumps(asdict(outcome), indent=2))
    else:
        equal = "Proved equal to the server." if outcome.proved_equal else "Not yet proved equal; run it again."
        click.echo(f"\n{outcome.sent:,} sent, {outcome.received:,} received, {outcome.unsent:,} still unsent. {equal}")
