"""`almoner store` and `almoner sync`: looking after a laptop's store without a window."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from almoner.cli_desk import ask_passphrase, ask_secret, officer_of, open_store_of, system_places
from almoner.outside.carrying import carry_all
from almoner.outside.opening import LoneDoor
from almoner.outside.places import Post, store_folder
from almoner.outside.wiping import destroy_store, finish_wipes, may_be_wiped
from almoner.records.trouble import Trouble
from almoner.rules.passphrases import passphrase_weakness
from almoner.rules.words import counted
from almoner.store.attachments import Vault
from almoner.store.check import backup as copy_store
from almoner.store.check import check as check_store
from almoner.store.keys import change_passphrase, unlock
from almoner.store.salvage import repair as salvage
from almoner.sync.client import Step, sync_once

_JSON = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for a script.")
_USER = click.option("--user", default="", help="User name of the officer; the last who signed in when left out.")


@click.group()
def store() -> None:
    """Check, back up or repair the encrypted store of this laptop, or change its passphrase."""


@store.command()
@_USER
@_JSON
def check(user: str, as_json: bool) -> None:
    """Read every page, prove it, and compare unsent work with its second copy. Exits 1 when something is wrong."""
    with open_store_of(system_places(), user) as opened:
        found = check_store(opened.store)
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
    places = system_places()
    copied = copy_store(store_folder(places.home, officer_of(places.home, user)), folder)
    click.echo(f"{copied:,} bytes copied to {folder}.")


@store.command()
@click.argument("folder", type=click.Path(path_type=Path))
@_USER
def repair(folder: Path, user: str) -> None:
    """Make a new store in FOLDER from what can be read of a damaged one, unsent work included."""
    places = system_places()
    enrolment = officer_of(places.home, user)
    damaged = store_folder(places.home, enrolment)
    master = unlock(damaged, ask_passphrase(), places.keyring(), now=places.clock.now())
    saved = salvage(damaged, master, folder)
    click.echo(f"{saved.rows:,} rows saved, {saved.lost:,} lost. The damaged store is left as it was.")


@store.command()
@_USER
def passphrase(user: str) -> None:
    """Change the passphrase of the store: asks for the old one, then for the new one. The store stays as it is."""
    places = system_places()
    enrolment = officer_of(places.home, user)
    old, new = ask_passphrase(), ask_secret("New passphrase", is_new=True)
    if weakness := passphrase_weakness(new, enrolment.username):
        raise Trouble("The new passphrase will not do.", weakness)
    change_passphrase(store_folder(places.home, enrolment), old, new, places.keyring(), now=places.clock.now())
    click.echo("The passphrase is changed. The old one opens nothing any more.")


@click.command()
@_USER
@_JSON
def sync(user: str, as_json: bool) -> None:
    """Send and fetch once, now, and say what happened. Exits 1 when something could not be carried.

    Without a keyring that can be trusted it also asks for the password at the server, or reads it from the second
    line of the standard input.
    """
    places = system_places()
    finish_wipes(places)
    with open_store_of(places, user) as opened, _progress(is_shown=not as_json and sys.stderr.isatty()) as say:
        who = opened.enrolment
        line = places.connect(who.server, who.username)
        try:
            door = LoneDoor(opened.store, opened.store.reader(), who.user_id, places.clock)
            if places.keyring() is None:
                line.sign_in(who.username, ask_secret("Password at the server"), who.device_id)
            outcome = sync_once(door, line.peer, now=places.clock.now, progress=say)
            files, spoilt = _carry(door, line.peer, Vault(opened.store))
            is_over = opened.store.look(may_be_wiped)
        finally:
            line.close()
    if is_over:
        destroy_store(places, who)
        click.echo(
            "Everything of Almoner for this officer was removed from this computer, as the council asked.", err=True
        )
    if as_json:
        click.echo(json.dumps({**asdict(outcome), "files": files, "trouble": spoilt}, indent=2))
    else:
        equal = "Proved equal to the server." if outcome.proved_equal else "Not yet proved equal; run it again."
        told = f"{outcome.sent:,} sent, {outcome.received:,} received, {counted(files, 'file')} carried"
        click.echo(f"{told}, {outcome.unsent:,} still unsent. {equal}")
    if spoilt:
        click.echo(f"almoner: {spoilt}", err=True)
        sys.exit(1)


@contextmanager
def _progress(*, is_shown: bool) -> Iterator[Callable[[Step], None]]:
    """One line on a terminal that says how far a round is, ended before anything else is said."""

    def say(step: Step) -> None:
        if is_shown:
            click.echo(f"\r{step.stage.value}: {step.done:,} of {step.total:,}   ", nl=False, err=True)

    try:
        yield say
    finally:
        if is_shown:
            click.echo(err=True)


def _carry(door: LoneDoor, post: Post, vault: Vault) -> tuple[int, str]:
    """How many files were carried, and what went wrong with one, after the records are safely over."""
    try:
        return carry_all(door, post, vault), ""
    except Trouble as trouble:
        return 0, str(trouble)
