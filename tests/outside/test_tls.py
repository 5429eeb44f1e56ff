"""Who the server is: the right certificate is trusted, every wrong one has its words, and nothing is sent to it."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import trustme
import truststore
from tests.outside.test_http_peer import REPLY

from almoner.outside.http_peer import HttpPeer
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tls import system_trust
from almoner.outside.tokens import TokenKeeper, Tokens
from almoner.sync import messages
from almoner.sync.messages import Hello
from almoner.sync.peer import PeerKind, PeerTrouble

HELLO = Hello(client_id="c", generation=1, schema=1)


@contextmanager
def tls_server(certificate: trustme.LeafCert) -> Iterator[tuple[str, list[bytes]]]:
    """A server on loopback with this certificate; its address, and what reached it after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    heard: list[bytes] = []
    body = messages.pack(REPLY)
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: {messages.MEDIA_TYPE}\r\nContent-Length: {len(body)}\r\n\r\n"

    def serve(listening: socket.socket) -> None:
        with listening.accept()[0] as plain:
            plain.settimeout(10)
            try:
                with context.wrap_socket(plain, server_side=True) as line:
                    heard.append(_whole_request(line))
                    line.sendall(answer.encode() + body)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield f"https://localhost:{listening.getsockname()[1]}", heard
        thread.join()


def _whole_request(line: ssl.SSLSocket) -> bytes:
    """All that was asked: closing a line with something unread would take the answer back."""
    asked = b""
    while (more := line.recv(65_536)) and not _is_whole(asked := asked + more):
        continue
    return asked


def _is_whole(asked: bytes) -> bool:
    head, _, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return length is not None and len(body) >= int(length[1])


def _trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def _hello(address: str, trust: ssl.SSLContext) -> object:
    keeper = TokenKeeper(MemorySecrets(), address)
    keeper.keep(Tokens("access-1", "refresh-1", "device", "user"))
    peer = HttpPeer(address, keeper, trust=trust)
    try:
        return peer.hello(HELLO)
    finally:
        peer.close()


def _refused(certificate: trustme.LeafCert, trust: ssl.SSLContext) -> str:
    with tls_server(certificate) as (address, heard), pytest.raises(PeerTrouble) as caught:
        _hello(address, trust)
    assert caught.value.kind is PeerKind.CERTIFICATE
    assert heard in ([], [b""])
    return caught.value.what


def test_a_certificate_of_a_trusted_authority_is_trusted() -> None:
    """The council's own authority, known to the computer, is enough."""
    authority = trustme.CA()
    with tls_server(authority.issue_cert("localhost")) as (address, heard):
        reply = _hello(address, _trusting(authority))

    assert reply == REPLY
    assert b"Bearer access-1" in heard[0]


def test_a_certificate_of_another_server_is_refused() -> None:
    """A name that does not fit is said to be that, and no token is sent."""
    authority = trustme.CA()

    assert "another server" in _refused(authority.issue_cert("other.example"), _trusting(authority))


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    """Neither an unknown authority nor the computer's own list is talked round."""
    certificate = trustme.CA().issue_cert("localhost")

    assert "authority that this computer does not trust" in _refused(certificate, _trusting(trustme.CA()))
    assert "authority that this computer does not trust" in _refused(certificate, system_trust())


def test_a_certificate_that_ran_out_is_refused() -> None:
    """The words name the reason, so that IT can act on it."""
    authority = trustme.CA()
    stale = authority.issue_cert("localhost", not_after=datetime(2020, 1, 1, tzinfo=UTC))

    assert "has run out" in _refused(stale, _trusting(authority))


def test_a_server_without_encryption_is_refused() -> None:
    """Plain HTTP behind an https address is not talked to."""

    def serve(listening: socket.socket) -> None:
        with listening.accept()[0] as line:
            line.recv(65_536)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        with pytest.raises(PeerTrouble, match="secure connection") as caught:
            _hello(f"https://localhost:{listening.getsockname()[1]}", system_trust())
        thread.join()

    assert caught.value.kind is PeerKind.CERTIFICATE


def test_the_trust_is_the_systems() -> None:
    """What the council's IT trusts on this computer is what counts, with names checked."""
    trust = system_trust()

    assert isinstance(trust, truststore.SSLContext)
    assert trust.verify_mode is ssl.CERT_REQUIRED
    assert trust.check_hostname
