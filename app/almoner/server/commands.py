"""`almoner server …`: run the central service, and look after its database, officers and devices."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.standard_input import first_line
from almoner.records.staff import StaffRole
from almoner.records.wire import Plain
from almoner.server.command_line import AS_JSON, DATABASE, FILES, POOLED, engine_at, files_at, say, table
from almoner.server.keeping_commands import backed_up_command, backup_command, restored_command, tidy_command
from almoner.server.main import Address, run
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings, database_address
from almoner.server.staff import NewOfficer, Staff
from almoner.store.migrate_central import heads, upgrade
from almoner.sync.serving import Durable


@click.group()
def server() -> None:
    """Run and look after the council's central server.

    First `upgrade` makes or renews the tables, then `council set`, `team add` and `user add`, then `run`. Give each
    officer a one-time code with `device code` to enrol a laptop.
    """


@server.command("run")
@DATABASE
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8443, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that serve.")
@click.option("--certificate", type=click.Path(path_type=Path), help="PEM file with the certificate and its chain.")
@click.option("--key", type=click.Path(path_type=Path), help="PEM file with the key of the certificate.")
@click.option("--behind-proxy", is_flag=True, help="A proxy on this machine does the encryption.")
@FILES
@click.option(
    "--durable",
    envvar="ALMONER_DURABLE",
    show_envvar=True,
    type=click.Choice([d.value for d in Durable]),
    default=Durable.COMMIT.value,
    show_default=True,
    help="When laptops let go of what they sent: once it is committed, or once `server backup` has copied it.",
)
@POOLED
@click.option("--until-input-ends", is_flag=True, hidden=True)
def run_command(
    *,
    database_url: str,
    host: str,
    port: int,
    workers: int,
    certificate: Path | None,
    key: Path | None,
    behind_proxy: bool,
    files: str | None,
    durable: str,
    pooled: bool,
    until_input_ends: bool,
) -> None:
    """Serve until Ctrl+C or SIGTERM.

    On an address that other machines can reach it wants a certificate, or a proxy in front.
    """
    settings = Settings(
        database_url=database_address(database_url),
        files=files_at(files),
        behind_proxy=behind_proxy,
        durable=Durable(durable),
        pooled=pooled,
    )
    address = Address(host=host, port=port, certificate=certificate, key=key)

    def announce(where: str) -> None:
        click.echo(f"Listening at {where}")
        sys.stdout.flush()

    run(settings, address, workers=workers, announce=announce, until_input_ends=until_input_ends)


@server.command("upgrade")
@DATABASE
@AS_JSON
def upgrade_command(*, database_url: str, as_json: bool) -> None:
    """Make the tables, or bring them to this release. Safe to repeat."""
    with engine_at(database_url) as engine:
        upgrade(engine)
        head, _wanted = heads(engine)
    say({"schema": head}, as_json, f"The database is at {head}.")


for kept in (backup_command, backed_up_command, restored_command, tidy_command):
    server.add_command(kept)


@server.group("council")
def council_group() -> None:
    """Who the council is."""


@council_group.command("set")
@DATABASE
@click.option("--name", help="The council's name, as on letters.")
@click.option("--prefix", help="2 to 4 letters that begin every case reference.")
@click.option("--letter-line", "letter_lines", multiple=True, help="A line of the sender's address; repeat it.")
@click.option("--phone", help="Telephone, as on letters.")
@click.option("--email", help="E-mail, as on letters.")
@AS_JSON
def council_set(*, database_url: str, as_json: bool, **said: str | tuple[str, ...] | None) -> None:
    """Say who the council is, or change part of it."""
    values: dict[str, Plain] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value
    }
    with _staff(database_url) as staff:
        council_id = staff.set_council(values)
    say({"id": council_id}, as_json, "The council is set.")


@server.group("team")
def team_group() -> None:
    """The council's teams."""


@team_group.command("add")
@DATABASE
@click.argument("name")
@click.option("--service", "services", multiple=True, help="A service the team works; repeat it.")
@AS_JSON
def team_add(*, database_url: str, name: str, services: tuple[str, ...], as_json: bool) -> None:
    """Add a team called NAME."""
    with _staff(database_url) as staff:
        team_id = staff.add_team(name, services)
    say({"id": team_id, "name": name}, as_json, f"Team {name} is added.")


@server.group("user")
def user_group() -> None:
    """Officers who may sign in."""


@user_group.command("add")
@DATABASE
@click.argument("username")
@click.option("--full-name", "--name", "full_name", required=True, help="As colleagues and letters name them.")
@click.option("--role", type=click.Choice([r.value for r in StaffRole]), default="caseworker", show_default=True)
@click.option("--job-title", default="", help="As letters name it.")
@click.option("--team", default="", help="Name of the home team.")
@click.option("--also-team", "more_teams", multiple=True, help="Name of a further team whose cases they see.")
@click.option("--confidential", is_flag=True, help="Let them see confidential addresses, as supervisors do.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input, not the keyboard.")
@AS_JSON
def user_add(*, database_url: str, password_stdin: bool, as_json: bool, **said: Any) -> None:
    """Add an officer called USERNAME and ask for their password."""
    officer = NewOfficer(**{**said, "role": StaffRole(said["role"])})
    password = _password(password_stdin)
    with _staff(database_url) as staff:
        user_id = staff.add_user(officer, password)
    say({"id": user_id, "username": officer.username}, as_json, f"{officer.username} may sign in.")


@user_group.command("list")
@DATABASE
@AS_JSON
def user_list(*, database_url: str, as_json: bool) -> None:
    """List the officers who have an account."""
    with _staff(database_url) as staff:
        table(staff.users(), as_json)


@user_group.command("password")
@DATABASE
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input, not the keyboard.")
@AS_JSON
def user_password(*, database_url: str, username: str, password_stdin: bool, as_json: bool) -> None:
    """Give USERNAME a new password. Their devices must sign in again."""
    password = _password(password_stdin)
    with _staff(database_url) as staff:
        staff.set_password(username, password)
    say({"username": username}, as_json, f"{username} has a new password.")


@user_group.command("change")
@DATABASE
@click.argument("username")
@click.option("--full-name", "--name", "full_name", help="As colleagues and letters name them.")
@click.option("--role", type=click.Choice([r.value for r in StaffRole]))
@click.option("--job-title", help="As letters name it.")
@click.option("--team", help="Name of the home team; empty for none.")
@click.option("--also-team", "more_teams", multiple=True, help="All further teams whose cases they see; repeat it.")
@click.option("--confidential/--no-confidential", default=None, help="Whether they see confidential addresses.")
@AS_JSON
def user_change(*, database_url: str, username: str, as_json: bool, **said: Any) -> None:
    """Change what is known of USERNAME. What they may see follows with the next sync."""
    values = {name: list(v) if isinstance(v, tuple) else v for name, v in said.items() if v not in (None, ())}
    with _staff(database_url) as staff:
        staff.change_user(username, values)
    say({"username": username}, as_json, f"{username} is changed.")


@user_group.command("enable")
@DATABASE
@click.argument("username")
@AS_JSON
def user_enable(*, database_url: str, username: str, as_json: bool) -> None:
    """Open the closed account of USERNAME again."""
    with _staff(database_url) as staff:
        staff.enable(username)
    say({"username": username, "disabled": False}, as_json, f"The account of {username} is open.")


@user_group.command("disable")
@DATABASE
@click.argument("username")
@AS_JSON
def user_disable(*, database_url: str, username: str, as_json: bool) -> None:
    """Close the account of USERNAME at once."""
    with _staff(database_url) as staff:
        staff.disable(username)
    say({"username": username, "disabled": True}, as_json, f"The account of {username} is closed.")


@server.group("device")
def device_group() -> None:
    """Laptops and desk PCs that may sync."""


@device_group.command("code")
@DATABASE
@click.argument("username")
@AS_JSON
def device_code(*, database_url: str, username: str, as_json: bool) -> None:
    """Print a one-time code by which USERNAME enrols one device within three days."""
    with _staff(database_url) as staff:
        code, ends = staff.new_code(username)
    shown = f"{code[:5]}-{code[5:]}"
    until = ends.isoformat(timespec="minutes")
    say({"code": shown, "expires_at": until}, as_json, f"{shown}   (for {username}, until {until})")


@device_group.command("list")
@DATABASE
@click.option("--user", "username", default="", help="Only this officer's.")
@AS_JSON
def device_list(*, database_url: str, username: str, as_json: bool) -> None:
    """List devices: whose, last seen when, and how much they had not sent."""
    with _staff(database_url) as staff:
        table(staff.devices(username), as_json)


@device_group.command("revoke")
@DATABASE
@click.argument("device_id")
@AS_JSON
def device_revoke(*, database_url: str, device_id: str, as_json: bool) -> None:
    """End the use of DEVICE_ID at once, such as one that was stolen."""
    with _staff(database_url) as staff:
        staff.revoke(device_id)
    say({"id": device_id, "revoked": True}, as_json, "The device may no longer sync.")


@device_group.command("wipe")
@DATABASE
@click.argument("device_id")
@AS_JSON
def device_wipe(*, database_url: str, device_id: str, as_json: bool) -> None:
    """Have DEVICE_ID hand in its work and destroy its store at its next contact, and let it do nothing else."""
    with _staff(database_url) as staff:
        staff.wipe(device_id)
    say({"id": device_id, "wipe": True}, as_json, "The device destroys its store at its next contact.")


@device_group.command("keep")
@DATABASE
@click.argument("device_id")
@AS_JSON
def device_keep(*, database_url: str, device_id: str, as_json: bool) -> None:
    """Take back `wipe` and `revoke` of DEVICE_ID, when it was found before its next contact."""
    with _staff(database_url) as staff:
        staff.keep(device_id)
    say({"id": device_id, "revoked": False}, as_json, "The device may sync again.")


@device_group.command("receipts")
@DATABASE
@click.argument("device_id")
@AS_JSON
def device_receipts(*, database_url: str, device_id: str, as_json: bool) -> None:
    """List what DEVICE_ID said has left it because it may not be there any more, the newest first."""
    with _staff(database_url) as staff:
        table(staff.receipts(device_id), as_json)


@contextmanager
def _staff(database_url: str) -> Iterator[Staff]:
    with engine_at(database_url) as engine:
        yield Staff(engine, SystemClock(), SystemIds(), Passwords())


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return first_line()
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
