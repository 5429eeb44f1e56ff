"""The embedded PostgreSQL: it starts, keeps what it was given, and is gone when its program is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from urllib.parse import unquote

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from almoner.outside import postgres
from almoner.outside.postgres import embedded_postgres
from almoner.records.trouble import Trouble


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder beside pytest's own, which another run of pytest would shut to other users."""
    with TemporaryDirectory(prefix="almoner-postgres-") as made:
        yield Path(made) / "kept"


def _ask(url: str, *statements: str) -> object:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        answers = [connection.execute(text(statement)) for statement in statements]
        found = answers[-1].scalar() if answers[-1].returns_rows else None
    engine.dispose()
    return found


def _of(folder: Path) -> list[psutil.Process]:
    """The processes that work in this folder."""
    return [p for p in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(p.info["cmdline"] or [])]


def test_what_was_kept_is_there_after_another_start(folder: Path) -> None:
    """A folder that is there is used again, with its password."""
    with embedded_postgres(folder) as running:
        _ask(running.url(), "CREATE TABLE kept (word TEXT)", "INSERT INTO kept VALUES ('mould')")
    with embedded_postgres(folder) as running:
        found = _ask(running.url(), "SELECT word FROM kept")

    assert found == "mould"
    assert _of(folder) == []


def test_it_listens_to_nobody_but_its_own_socket(folder: Path) -> None:
    """No port is open, and whoever reaches the socket still needs the password."""
    with embedded_postgres(folder) as running:
        assert _ask(running.url(), "SHOW listen_addresses") == ""
        password = (folder / "password").read_text()
        with pytest.raises(Exception, match="password authentication failed"):
            _ask(running.url().replace(password, "guess"), "SELECT 1")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_it_is_gone_when_its_program_is(folder: Path, how: signal.Signals) -> None:
    """Ended, interrupted or killed: no process is left, and the files are sound."""
    program = (
        "import signal, sys; from pathlib import Path; from almoner.outside.postgres import start_postgres\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "up = start_postgres(Path(sys.argv[1])); print(up.url().partition('host=')[2], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        sockets = unquote(child.stdout.readline().decode().strip())
        working = [p for p in _of(folder) if p.pid != child.pid]
        os.killpg(child.pid, how)
        child.wait(timeout=30)
        _, alive = psutil.wait_procs(working, timeout=30)

    assert working != []
    assert alive == []
    assert sockets.startswith(gettempdir())
    assert not Path(sockets).exists()
    with embedded_postgres(folder) as running:
        assert _ask(running.url(), "SELECT 1") == 1


def test_without_the_package_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain installation is told about the extra, or to bring its own PostgreSQL."""
    monkeypatch.setattr(postgres, "_PACKAGE", "no_such_package")
    with pytest.raises(Trouble, match="not installed"), embedded_postgres(folder):
        pass


def test_files_that_are_not_its_own_are_told(folder: Path) -> None:
    """A folder that holds something else does not start, and says where to look."""
    (folder / "cluster").mkdir(parents=True)
    (folder / "cluster" / "PG_VERSION").write_text("9\n")
    (folder / "password").write_text("x")
    with pytest.raises(Trouble, match="did not start") as caught, embedded_postgres(folder):
        pass

    assert caught.value.where == str(folder)
