"""`almoner server …` as an administrator types it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside.postgres import EmbeddedPostgres
from almoner.records.trouble import Trouble
from almoner.server.commands import server

WORDS = "four words typed here\n"


def _run(url: str, *words: str, typed: str = "") -> Result:
    return CliRunner().invoke(server, words, input=typed, env={"ALMONER_DATABASE_URL": url}, prog_name="almoner server")


def _json(url: str, *words: str, typed: str = "") -> Any:
    done = _run(url, *words, "--json", typed=typed)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def _said(done: Result) -> str:
    assert isinstance(done.exception, Trouble), done.output
    return str(done.exception)


def _add(url: str, name: str, *more: str) -> Any:
    return _json(url, "user", "add", name, "--full-name", "Ann Archer", "--password-stdin", *more, typed=WORDS)


def test_a_council_is_set_up_from_nothing(postgres_url: str) -> None:
    """The steps of the guide, in its order, give an officer who may enrol a laptop."""
    _json(postgres_url, "upgrade")
    _json(postgres_url, "council", "set", "--name", "Ashmere", "--prefix", "ASH", "--letter-line", "Town Hall")
    _json(postgres_url, "team", "add", "Homes", "--service", "damp-and-mould")
    _add(postgres_url, "Ann", "--team", "Homes", "--role", "supervisor")
    code = _json(postgres_url, "device", "code", "ann")

    (ann,) = _json(postgres_url, "user", "list")
    assert (ann["username"], ann["role"], ann["team"], ann["disabled"]) == ("ann", "supervisor", "Homes", False)
    assert len(code["code"]) == 11
    assert code["code"][5] == "-"


def test_the_tables_are_made_in_an_empty_database(postgres: EmbeddedPostgres) -> None:
    """`upgrade` makes them, and again changes nothing."""
    engine = create_engine(postgres.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE empty_one"))
        first, second = _json(postgres.url("empty_one"), "upgrade"), _json(postgres.url("empty_one"), "upgrade")
        connection.execute(text("DROP DATABASE empty_one WITH (FORCE)"))
    engine.dispose()

    assert first == second
    assert first["schema"]


def test_the_council_can_be_changed_later(postgres_url: str) -> None:
    """A new telephone number keeps the name, and laptops fetch the change."""
    first = _json(postgres_url, "council", "set", "--name", "Ashmere", "--prefix", "ASH")
    second = _json(postgres_url, "council", "set", "--phone", "01632 960100")
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.connect() as connection:
        (found,) = connection.execute(text("SELECT id, name, phone, rev FROM councils")).all()
    engine.dispose()

    assert first == second
    assert tuple(found) == (first["id"], "Ashmere", "01632 960100", 2)


def test_what_cannot_be_done_is_said_in_words(postgres_url: str) -> None:
    """Unknown teams and officers, names taken twice and poor passwords each have their sentence."""
    _json(postgres_url, "team", "add", "Homes")
    _add(postgres_url, "ann")
    add = ("user", "add", "bob", "--full-name", "Bob Baker", "--password-stdin")

    assert "no name or no prefix" in _said(_run(postgres_url, "council", "set", "--phone", "1"))
    assert "team Homes already" in _said(_run(postgres_url, "team", "add", "Homes"))
    assert "user ANN already" in _said(
        _run(postgres_url, "user", "add", "ANN", "--full-name", "A", "--password-stdin", typed=WORDS)
    )
    assert "no team Parks" in _said(_run(postgres_url, *add, "--team", "Parks", typed=WORDS))
    assert "12 to 200 characters" in _said(_run(postgres_url, *add, typed="short\n"))
    assert "no user zoe" in _said(_run(postgres_url, "device", "code", "zoe"))
    assert "no user zoe" in _said(_run(postgres_url, "user", "disable", "zoe"))
    assert "no such device" in _said(_run(postgres_url, "device", "revoke", "x"))
    assert [user["username"] for user in _json(postgres_url, "user", "list")] == ["ann"]


def test_a_password_is_typed_twice_and_never_shown(postgres_url: str) -> None:
    """Without --password-stdin the keyboard is asked, and the password stays out of the output."""
    done = _run(postgres_url, "user", "add", "ann", "--full-name", "Ann Archer", typed=WORDS * 2)

    assert done.exit_code == 0
    assert "four words" not in done.output


def test_an_account_is_closed(postgres_url: str) -> None:
    """The list says so, and the officer's record no longer gives any scope."""
    _add(postgres_url, "ann")
    _json(postgres_url, "user", "disable", "ann")
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.connect() as connection:
        active = connection.execute(text("SELECT active FROM users")).scalars().all()
    engine.dispose()

    assert [user["disabled"] for user in _json(postgres_url, "user", "list")] == [True]
    assert active == [False]
    _json(postgres_url, "user", "enable", "ann")
    assert [user["disabled"] for user in _json(postgres_url, "user", "list")] == [False]


def test_an_officer_changes_team_and_role(postgres_url: str) -> None:
    """Only what is said changes; the record that laptops fetch says the same as the list."""
    for team in ("Homes", "Streets", "Parks"):
        _json(postgres_url, "team", "add", team)
    _add(postgres_url, "ann", "--team", "Homes", "--also-team", "Streets")
    _json(postgres_url, "user", "change", "ann", "--role", "supervisor", "--team", "Parks", "--also-team", "Homes")
    assert "no team Moon" in _said(_run(postgres_url, "user", "change", "ann", "--team", "Moon"))
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.connect() as connection:
        names = dict(connection.execute(text("SELECT id, name FROM teams")).all())
        (kept,) = connection.execute(text("SELECT full_name, role, team_id, team_ids FROM users")).all()
    engine.dispose()

    assert (kept.full_name, kept.role, names[kept.team_id]) == ("Ann Archer", "supervisor", "Parks")
    assert [names[team] for team in kept.team_ids] == ["Homes"]
    assert _json(postgres_url, "user", "list")[0]["team"] == "Parks"


def test_a_list_reads_as_a_table(postgres_url: str) -> None:
    """For a person, columns under headings; for nobody, the word None."""
    empty = _run(postgres_url, "device", "list").output
    _add(postgres_url, "ann")
    lines = _run(postgres_url, "user", "list").output.splitlines()

    assert empty == "None.\n"
    assert lines[0].split() == ["username", "id", "full_name", "role", "team", "disabled"]
    assert lines[1].startswith("ann ")


def test_the_right_to_confidential_addresses_is_given_and_taken(postgres_url: str) -> None:
    """A caseworker has it only when somebody says so, and not for ever."""

    def has_it() -> list[bool]:
        engine = create_engine(postgres_url, poolclass=NullPool)
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT confidential FROM users")).scalars())

    _json(postgres_url, "upgrade")
    _add(postgres_url, "ann")
    seen = [has_it()]
    for option in ("--confidential", "--no-confidential"):
        _json(postgres_url, "user", "change", "ann", option)
        seen.append(has_it())

    assert seen == [[False], [True], [False]]


@pytest.mark.parametrize("words", [(), ("run",), ("upgrade",), ("user",), ("user", "add"), ("device", "code")])
def test_help_teaches(words: tuple[str, ...]) -> None:
    """Every command says what it is for without a database at hand."""
    done = CliRunner().invoke(server, [*words, "--help"])

    assert done.exit_code == 0
    assert len(done.output.splitlines()) > 5


def test_without_an_address_of_a_database_the_way_is_shown() -> None:
    """Exit code 2, and the name of the option and of the variable."""
    done = CliRunner().invoke(server, ["upgrade"], env={"ALMONER_DATABASE_URL": ""})

    assert done.exit_code == 2
    assert "--database-url" in done.output


def test_a_device_is_revoked_wiped_kept_and_listed(postgres_url: str) -> None:
    """What an administrator does to a lost laptop shows in the list; a device that is not there is named in words."""
    ann = _add(postgres_url, "ann")
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO device (id, user_id, name, enrolled_at) VALUES ('d-1', :user, 'Laptop', now())"),
            {"user": ann["id"]},
        )
    engine.dispose()
    wiped = _json(postgres_url, "device", "wipe", "d-1")
    (lost,) = _json(postgres_url, "device", "list")
    _json(postgres_url, "device", "keep", "d-1")
    (found,) = _json(postgres_url, "device", "list")
    receipts = _json(postgres_url, "device", "receipts", "d-1")

    assert wiped["wipe"] is True
    assert lost["wipe_asked_at"] == lost["revoked_at"] is not None
    assert (found["wipe_asked_at"], found["revoked_at"], receipts) == (None, None, [])
    assert "no such device" in _said(_run(postgres_url, "device", "wipe", "d-2"))
