"""What IT installs names real commands, real settings and limits that fit those of the service."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import yaml  # type: ignore[import-untyped]  # no stubs are installed
from sqlalchemy import Engine, text

from almoner.server.commands import server
from almoner.server.settings import Settings

FOLDER = Path(__file__).parents[2] / "packaging" / "server"
SETTINGS = Settings(database_url="postgresql+psycopg://h/d", files="")
UNITS = sorted(FOLDER.glob("*.service"))
TIMERS = sorted(FOLDER.glob("*.timer"))
ENVIRONMENT = {"ALMONER_DATABASE_URL": "postgresql://u@h/d"}
_SECONDS = {"s": 1, "m": 60}


def _unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # names of systemd have capitals
    parser.read(path, encoding="utf-8")
    return parser


def _is_a_command(words: list[str]) -> None:
    """Raises click's own errors unless `almoner server WORDS` is one that could run."""
    command: click.Command = server
    while isinstance(command, click.Group):
        found = command.commands.get(words[0])
        assert found is not None, f"there is no command {words[0]}"
        command, words = found, words[1:]
    command.make_context(str(command.name), list(words))


@pytest.fixture(autouse=True)
def database_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_run_commands_that_exist(path: Path) -> None:
    """Every line that starts something is a command of this release, with options it knows."""
    service = _unit(path)["Service"]
    started = [service[name] for name in ("ExecStartPre", "ExecStart") if name in service]

    assert started
    for line in started:
        program, room, *words = shlex.split(line)
        assert (program, room) == ("/opt/almoner/bin/almoner", "server")
        _is_a_command(words)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_give_away_no_more_than_they_must(path: Path) -> None:
    """The service runs as a user of its own, writes where it is told to, and gets no new rights."""
    service = _unit(path)["Service"]

    assert service["User"] == "almoner"
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["UMask"]) == ("strict", "yes", "0077")
    for word in shlex.split(service["ExecStart"]):
        if word.startswith("/var/") and not word.startswith("/var/lib/almoner"):
            assert word == service["ReadWritePaths"]


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_every_timer_has_its_service_and_a_time(path: Path) -> None:
    """A timer that starts nothing is found when the backup is needed."""
    assert path.with_suffix(".service") in UNITS
    assert _unit(path)["Timer"]["OnCalendar"]
    assert _unit(path)["Timer"]["Persistent"] == "true"


def test_there_is_a_timer_for_copies_and_one_for_tidying() -> None:
    """Both must run without anybody thinking of it."""
    assert {path.stem for path in TIMERS} == {"almoner-backup", "almoner-tidy"}


def test_the_environment_names_variables_that_commands_read() -> None:
    """A variable misspelt would be a setting that silently does nothing."""
    known = {str(option.envvar) for command in _commands(server) for option in command.params if option.envvar}
    lines = (FOLDER / "server.env.example").read_text(encoding="utf-8").splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}

    assert named
    assert named <= known


def _commands(group: click.Group) -> list[click.Command]:
    found: list[click.Command] = []
    for command in group.commands.values():
        found += _commands(command) if isinstance(command, click.Group) else [command]
    return found


# ---- nginx


def _blocks() -> dict[str, dict[str, str]]:
    """Directives of the server that does the work: its own under "", each location's under its path."""
    plain = re.sub(r"#.*", "", (FOLDER / "nginx.conf").read_text(encoding="utf-8"))
    body = plain[plain.index("server {") :]
    body = body[: body.index("server {", 10)]
    found: dict[str, dict[str, str]] = {"": {}}
    for path, inside in re.findall(r"location\s+=?\s*(\S+)\s*\{([^}]*)\}", body):
        found[path] = _directives(inside)
    found[""] = _directives(re.sub(r"location[^{]*\{[^}]*\}", "", body))
    return found


def _directives(plain: str) -> dict[str, str]:
    return dict(re.findall(r"^\s*(\w+)\s+([^;{]*);", plain, flags=re.MULTILINE))


def _seconds(said: str) -> int:
    return int(said[:-1]) * _SECONDS[said[-1]]


def test_the_proxy_lets_through_whatever_the_service_takes() -> None:
    """A body the service would take, or refuse in words, is never refused by the proxy with a page of its own."""
    said = _blocks()[""]["client_max_body_size"]

    assert said.endswith("m")
    assert int(said[:-1]) * (1 << 20) > SETTINGS.body_bytes


@pytest.mark.parametrize("path", ["/sync/pull", "/sync/hints", "/files/"])
def test_streams_pass_the_proxy_as_they_come(path: str) -> None:
    """Nothing is kept back, and the proxy is more patient than the service."""
    inside = _blocks()[path]

    assert inside["proxy_buffering"] == "off"
    assert _seconds(inside["proxy_read_timeout"]) > SETTINGS.hint_stream_seconds + SETTINGS.request_seconds


def test_files_are_passed_on_while_they_arrive() -> None:
    """What a cut line has sent counts."""
    assert _blocks()["/files/"]["proxy_request_buffering"] == "off"


def test_the_proxy_waits_longer_than_a_request_may_take() -> None:
    """The service says that it took too long, in words, before the proxy gives up."""
    assert _seconds(_blocks()[""]["proxy_read_timeout"]) > SETTINGS.request_seconds


def test_the_proxy_sends_nothing_twice_and_names_the_caller() -> None:
    """Requests are counted by the address the proxy saw, not by one that a client claims."""
    plain = (FOLDER / "nginx.conf").read_text(encoding="utf-8")

    assert _blocks()[""]["proxy_next_upstream"] == "off"
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in plain
    assert "http2 on;" in plain


def test_the_proxy_finds_the_service() -> None:
    """The port of the unit is the port of the proxy."""
    plain = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    words = shlex.split(_unit(FOLDER / "almoner.service")["Service"]["ExecStart"])
    where = f"{words[words.index('--host') + 1]}:{words[words.index('--port') + 1]}"

    assert f"server {where};" in plain


# ---- the database


def _postgresql() -> dict[str, str]:
    lines = (FOLDER / "postgresql.conf").read_text(encoding="utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in pairs}


def test_postgresql_knows_every_setting(council: Engine) -> None:
    """A setting that PostgreSQL does not know keeps it from starting."""
    with council.connect() as connection:
        known = set(connection.execute(text("SELECT name FROM pg_settings")).scalars())

    assert set(_postgresql()) <= known


def test_what_is_committed_is_on_the_disk() -> None:
    """Speed is never bought with what a laptop was told is safe; what people said stays out of the log."""
    said = _postgresql()

    assert (said["fsync"], said["synchronous_commit"], said["full_page_writes"]) == ("on", "on", "on")
    assert (said["log_parameter_max_length"], said["log_parameter_max_length_on_error"]) == ("0", "0")


def test_the_pool_fits_between_the_service_and_postgresql() -> None:
    """Every worker finds a connection, and PostgreSQL keeps some for people and the backup."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(FOLDER / "pgbouncer.ini", encoding="utf-8")
    pool = parser["pgbouncer"]
    words = shlex.split(_unit(FOLDER / "almoner.service")["Service"]["ExecStart"])
    workers = int(words[words.index("--workers") + 1])
    taken = int(pool["default_pool_size"]) + int(pool["reserve_pool_size"])

    assert pool["pool_mode"] == "transaction"
    assert workers * SETTINGS.connections <= int(pool["max_client_conn"])
    assert taken < int(_postgresql()["max_connections"]) - int(_postgresql()["superuser_reserved_connections"]) - 5
    assert int(pool["query_wait_timeout"]) < SETTINGS.request_seconds


# ---- compose and the guide


def _compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", ["upgrade", "backup", "tidy"])
def test_compose_runs_commands_that_exist(name: str) -> None:
    """As for the units."""
    _is_a_command(_compose()["services"][name]["command"])


def test_the_image_starts_the_service() -> None:
    """What the image runs when nothing else is said is a command of this release."""
    said = re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", (FOLDER / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    entry, words = (yaml.safe_load(line) for line in said)

    assert entry == ["almoner", "server"]
    _is_a_command(words)


def test_compose_waits_for_the_tables() -> None:
    """The service starts on a database that has this release's tables."""
    waits = _compose()["services"]["almoner"]["depends_on"]

    assert waits["upgrade"]["condition"] == "service_completed_successfully"


def _typed() -> list[str]:
    """Every command in the guide, as it is to be typed."""
    plain = (FOLDER / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^    (?:sudo -u almoner )?almoner server (.*)$", plain, flags=re.MULTILINE)
    return blocks + re.findall(r"`almoner server ([^`]*)`", plain)


@pytest.mark.parametrize("line", _typed())
def test_the_guide_names_commands_that_exist(line: str) -> None:
    """Somebody types these at three in the morning."""
    _is_a_command(shlex.split(line))
