"""The service as processes of its own: several workers agree, it stops in order, and nobody overhears it."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest
import trustme
from tests.server.conftest import PASSWORD, Town

from almoner.outside.http_peer import HttpPeer
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper
from almoner.records.trouble import Trouble
from almoner.server.main import Address, run
from almoner.server.running import running_server, start_server
from almoner.server.settings import Settings, database_address, settings_from
from almoner.sync.messages import Hello, Pull


def test_two_workers_agree(closed_town: Town, tmp_path: Path) -> None:
    """A token of one worker is good at the other, and guesses are counted by both together."""
    town = closed_town
    code, _ = town.staff.new_code("ann")
    log = tmp_path / "log"
    with running_server(town.settings.database_url, tmp_path / "files", workers=2, log=log) as server:
        town.address = server.address
        body = {"username": "ann", "password": PASSWORD, "code": code, "device_name": "Laptop"}
        token = town.post("/auth/enrol", **body).json()["access_token"]
        with ThreadPoolExecutor(8) as crowd:
            good = list(crowd.map(lambda _: town.get("/auth/me", token).status_code, range(40)))
        wrong = {"username": "bob", "password": "a wrong password", "device_id": "x"}
        guesses = [town.post("/auth/token", **wrong).status_code for _ in range(7)]

    assert set(good) == {200}
    assert guesses == [401] * 5 + [429] * 2
    assert log.read_text().count('"route": "/auth/me"') == 40
    assert "ann" not in log.read_text()


@pytest.mark.parametrize(("how", "count"), [(signal.SIGTERM, 2), (signal.SIGINT, 1)])
def test_a_signal_stops_every_worker(closed_town: Town, tmp_path: Path, how: signal.Signals, count: int) -> None:
    """Ctrl+C and the system's own stop end it in order: no worker stays, no traceback is written."""
    log = tmp_path / "log"
    server = start_server(closed_town.settings.database_url, tmp_path / "files", workers=count, log=log)
    workers = psutil.Process(server.process.pid).children(recursive=True)
    os.killpg(server.process.pid, how)
    server.process.wait(timeout=30)
    server.stop()
    _, alive = psutil.wait_procs(workers, timeout=10)

    assert len(workers) >= (count if count > 1 else 0)
    assert alive == []
    assert "Traceback" not in log.read_text()


def test_it_speaks_tls_itself(closed_town: Town, tmp_path: Path) -> None:
    """With a certificate the whole way from laptop to service is encrypted, and the laptop can tell."""
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    code, _ = closed_town.staff.new_code("ann")
    with running_server(
        closed_town.settings.database_url, tmp_path / "files", certificate=certificate, key=key
    ) as server:
        peer = HttpPeer(server.address, TokenKeeper(MemorySecrets(), server.address), trust=trust)
        peer.enrol(username="ann", password=PASSWORD, code=code, device_name="Laptop")
        reply = peer.hello(Hello(client_id="c", generation=1, schema=1))
        pages = list(peer.pull(Pull(client_id="c", scopes={})))
        peer.close()

    assert server.address.startswith("https://")
    assert reply.user_id == closed_town.staff.users()[0]["id"]
    assert pages != []


def test_a_server_that_cannot_start_says_so(tmp_path: Path) -> None:
    """A start that fails is told at once, and nothing is left running."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match="did not start"):
            start_server("postgresql://nobody@127.0.0.1:1/none", tmp_path, port=port)

    left = [p for p in psutil.Process().children(recursive=True) if str(tmp_path) in " ".join(p.cmdline())]
    assert left == []


SETTINGS = Settings(database_url="postgresql+psycopg://", files="")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "almoner.example"])
def test_it_does_not_listen_where_others_could_overhear(host: str) -> None:
    """Without a certificate or a proxy it serves this computer only."""
    with pytest.raises(Trouble, match="could be read on the way"):
        run(SETTINGS, Address(host=host, port=0))


def test_a_taken_address_is_said_to_be_taken() -> None:
    """The port is named, and what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=f"port {port} cannot be used"):
            run(SETTINGS, Address(port=port))


def test_certificate_and_key_must_fit(tmp_path: Path) -> None:
    """Half a pair, a missing file and a key of another certificate are told before anything is bound."""
    one, other = trustme.CA().issue_cert("localhost"), trustme.CA().issue_cert("localhost")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    one.cert_chain_pems[0].write_to_path(certificate)
    other.private_key_pem.write_to_path(key)
    for wrong in (
        Address(port=0, certificate=certificate),
        Address(port=0, certificate=certificate, key=key),
        Address(port=0, certificate=tmp_path / "none.pem", key=key),
    ):
        with pytest.raises(Trouble, match="certificate"):
            run(SETTINGS, wrong)


def test_settings_reach_a_worker_unchanged() -> None:
    """A worker process reads what the parent was told, and nonsense is refused in words."""
    assert settings_from(SETTINGS.environment()) == SETTINGS
    with pytest.raises(Trouble):
        settings_from({})


@pytest.mark.parametrize("typed", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_any_usual_address_of_a_database_will_do(typed: str) -> None:
    """What PostgreSQL's own tools take, ours take."""
    assert database_address(typed) == "postgresql+psycopg://u@h/d"


@pytest.mark.parametrize("typed", ["", "sqlite:///x", "mysql://u@h/d", "h/d"])
def test_another_kind_of_database_is_refused(typed: str) -> None:
    """Only PostgreSQL holds the council's copy."""
    with pytest.raises(Trouble, match="PostgreSQL"):
        database_address(typed)


def test_the_server_stops_with_the_program_that_started_it(closed_town: Town, tmp_path: Path) -> None:
    """When the demonstration is killed, the end of its pipe stops the server."""
    server = start_server(closed_town.settings.database_url, tmp_path / "files")
    assert httpx.get(f"{server.address}/healthz", trust_env=False).status_code == 200
    assert server.process.stdin is not None
    server.process.stdin.close()

    assert server.process.wait(timeout=30) in (0, -signal.SIGTERM)
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.address}/healthz", trust_env=False)


def test_a_refused_start_is_one_sentence_on_the_command_line() -> None:
    """No traceback for an administrator; exit code 1."""
    words = ["server", "run", "--host", "0.0.0.0", "--database-url", "postgresql://h/d"]
    program = [sys.executable, "-c", "from almoner.cli import main; main()"]
    done = subprocess.run([*program, *words], capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 1
    assert done.stderr.startswith("almoner: Without a certificate")
    assert "Traceback" not in done.stderr
