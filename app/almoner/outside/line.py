"""A line to the council's server: an HTTP peer, and the sign-in that keeps its tokens."""

from __future__ import annotations

import ssl

from almoner.outside.http_peer import HttpPeer
from almoner.outside.laptop import Device
from almoner.outside.tokens import TokenKeeper
from almoner.store.keys import SecretStore


class HttpLine:
    """One officer's line to one server. Tokens are kept in the secret store it is given."""

    def __init__(
        self, address: str, username: str, secrets: SecretStore, *, trust: ssl.SSLContext | None = None
    ) -> None:
        """Raises PeerTrouble for an address that is none, or that is not https where it must be."""
        self.peer = HttpPeer(address, TokenKeeper(secrets, address, username), trust=trust)

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Make this device known with a one-time code. Raises PeerTrouble."""
        tokens = self.peer.enrol(username=username, password=password, code=code, device_name=device)
        return Device(tokens.user_id, tokens.device_id)

    def sign_in(self, username: str, password: str, device_id: str) -> None:
        """Sign in again on a known device. Raises PeerTrouble."""
        self.peer.sign_in(username=username, password=password, device_id=device_id)

    def close(self) -> None:
        """End the connections."""
        self.peer.close()
