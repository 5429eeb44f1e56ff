"""Runs the service: binds the address, starts the workers, and stops them in order."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from almoner.outside.addresses import is_loopback
from almoner.outside.clock import SystemClock
from almoner.records.trouble import Trouble
from almoner.server.answers import Refusal
from almoner.server.database import prove_ready
from almoner.server.file_store import FileStore
from almoner.server.logs import UVICORN_LOG, make_log
from almoner.server.object_store import open_object_store, prove_object_store
from almoner.server.settings import Settings

STOP_SECONDS = 10
CONNECTIONS = 1_000
"""Open connections of one worker; more are turned away before they are read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where to listen. Port 0 takes a free one. Certificate and key are PEM files, both or neither."""

    host: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None

    @property
    def scheme(self) -> str:
        """What the address begins with."""
        return "https" if self.certificate else "http"


def run(
    settings: Settings,
    address: Address,
    *,
    workers: int = 2,
    announce: Callable[[str], None] = print,
    until_input_ends: bool = False,
) -> None:
    """Serve until told to stop (Ctrl+C, SIGTERM, or the end of the standard input when asked to).

    `announce` is told the address once it is bound. Raises Trouble when the address is taken, when it could be
    overheard (no certificate on an address that is not this computer's), when certificate and key do not fit, when the
    store of attachments cannot be written, or when the database does not answer or has not this release's tables.
    """
    _check(settings, address)
    _prepare_files(settings)
    os.environ.update(settings.environment())
    with _bound(address) as bound:
        if prove_ready(settings):
            make_log().warning("a new epoch began: this database is another than the one last served")
        config = uvicorn.Config(
            "almoner.server.app:app_from_environment",
            factory=True,
            workers=workers,
            lifespan="on",
            ws="none",
            log_config=UVICORN_LOG,
            access_log=False,
            server_header=False,
            proxy_headers=settings.behind_proxy,
            forwarded_allow_ips="127.0.0.1,::1",
            timeout_keep_alive=75,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=STOP_SECONDS,
            h11_max_incomplete_event_size=64 * 1024,
            ssl_certfile=address.certificate,
            ssl_keyfile=address.key,
        )
        if until_input_ends:
            threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
        host = f"[{address.host}]" if ":" in address.host else address.host
        announce(f"{address.scheme}://{host}:{bound.getsockname()[1]}")
        if workers > 1:
            Multiprocess(config, sockets=[bound]).run()
        else:
            uvicorn.Server(config).run(sockets=[bound])


def _check(settings: Settings, address: Address) -> None:
    if not is_loopback(address.host) and address.certificate is None and not settings.behind_proxy:
        raise Trouble(
            "Without a certificate, what is sent could be read on the way.",
            "Give --certificate and --key, or --behind-proxy when a proxy on this machine does the encryption.",
        )
    if (address.certificate is None) != (address.key is None):
        raise Trouble("A certificate and its key go together.", "Give both --certificate and --key.")
    if address.certificate is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(address.certificate, address.key)
        except (OSError, ssl.SSLError) as fault:
            raise Trouble(
                "The certificate and the key cannot be used.",
                "See that both are PEM files, that this user may read them and that they belong together.",
                str(address.certificate),
            ) from fault


def _prepare_files(settings: Settings) -> None:
    """Prove that attachments can be kept, and drop uploads that nobody went on with. Raises Trouble."""
    prove_object_store(settings.files)
    files = FileStore(open_object_store(settings.files), most_bytes=settings.file_bytes)
    try:
        files.sweep(SystemClock().now() - timedelta(days=settings.unfinished_days))
    except Refusal as refusal:
        raise Trouble(refusal.body.what, refusal.body.do, "attachments") from refusal


def _bound(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # The protocol is named because asyncio sends small answers at once only on a socket that says TCP.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
    except OSError as fault:
        bound.close()
        raise Trouble(
            f"The address {address.host}, port {address.port} cannot be used.",
            "Stop the program that uses it, or give another --port.",
        ) from fault
    bound.set_inheritable(True)
    return bound


def _stop_at_end_of_input() -> None:
    while sys.stdin.buffer.read(1024):
        pass
    signal.raise_signal(signal.SIGTERM)
