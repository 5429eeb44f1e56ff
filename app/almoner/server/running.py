"""The service as a process of its own, for the demonstration and the tests: started, waited for, stopped."""

from __future__ import annotations

import http.client
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from almoner.records.trouble import Trouble

READY_SECONDS = 60.0
_SAID = "Listening at "
_PROGRAM = "from almoner.cli import main; main()"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers at `address`."""

    address: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Stop it in order and wait for it; calling it again does nothing."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(timeout=60)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def running_server(database_url: str, files: Path, **more: Any) -> Iterator[RunningServer]:
    """A server over a database that is already upgraded, on a free port of this computer; ready when given, stopped
    on leaving, and also when this program ends any other way. Arguments as for `start_server`."""
    server = start_server(database_url, files, **more)
    try:
        yield server
    finally:
        server.stop()


def start_server(
    database_url: str,
    files: Path,
    *,
    workers: int = 1,
    port: int = 0,
    log: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
) -> RunningServer:
    """A server that the caller stops. Port 0 takes a free one; the log goes to a file, or nowhere. Raises Trouble
    when it does not get ready."""
    words = ["server", "run", "--port", str(port), "--workers", str(workers), "--files", str(files)]
    if certificate is not None:
        words += ["--certificate", str(certificate), "--key", str(key)]
    with open(log or os.devnull, "ab") as errors:
        process = subprocess.Popen(  # noqa: S603  our own words
            [sys.executable, "-c", _PROGRAM, *words, "--until-input-ends"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "ALMONER_DATABASE_URL": database_url},
            start_new_session=True,
        )
    assert process.stdout is not None
    said = process.stdout.readline().decode()
    server = RunningServer(said.removeprefix(_SAID).strip(), process)
    if not said.startswith(_SAID) or not _ready(server, certificate):
        server.stop()
        raise Trouble("The central service did not start.", "Read its log for the reason.", str(log or ""))
    return server


def _ready(server: RunningServer, certificate: Path | None) -> bool:
    pause, ends = threading.Event(), time.monotonic() + READY_SECONDS
    where = urlsplit(server.address)
    while time.monotonic() < ends and server.process.poll() is None:
        line = _line(where.hostname or "", where.port or 0, certificate)
        try:
            line.request("GET", "/readyz")
            if line.getresponse().status == http.client.OK:
                return True
        except OSError:
            pass
        finally:
            line.close()
        pause.wait(0.05)
    return False


def _line(host: str, port: int, certificate: Path | None) -> http.client.HTTPConnection:
    if certificate is None:
        return http.client.HTTPConnection(host, port, timeout=10)
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return http.client.HTTPSConnection(host, port, timeout=10, context=context)
