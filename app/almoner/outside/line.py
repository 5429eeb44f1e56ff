"""A line to the council's server: an HTTP peer, the sign-in that keeps its tokens, and what listens for its hints."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from almoner.outside.hints import HintListener, HintStream
from almoner.outside.http_peer import HttpPeer
from almoner.outside.laptop import Device
from almoner.outside.tokens import TokenKeeper
from almoner.store.keys import SecretStore
from almoner.sync.messages import Devices


class HttpLine:
    """One officer's line to one server. Tokens are kept in the secret store it is given."""

    def __init__(
        self, address: str, username: str, secrets: SecretStore, *, trust: ssl.SSLContext | None = None
    ) -> None:
        """Raises PeerTrouble for an address that is none, or that is not https where it must be."""
        self._address, self._keeper, self._trust = address, TokenKeeper(secrets, address, username), trust
        self._watch: Callable[[int], None] = lambda _count: None
        self.peer = HttpPeer(address, self._keeper, trust=trust, heard=lambda count: self._watch(count))

    def watch(self, heard: Callable[[int], None]) -> None:
        """Have somebody told how many bytes of answers come."""
        self._watch = heard

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Make this device known with a one-time code. Raises PeerTrouble."""
        tokens = self.peer.enrol(username=username, password=password, code=code, device_name=device)
        return Device(tokens.user_id, tokens.device_id)

    def sign_in(self, username: str, password: str, device_id: str) -> None:
        """Sign in again on a known device. Raises PeerTrouble."""
        self.peer.sign_in(username=username, password=password, device_id=device_id)

    def devices(self, after: str) -> Devices:
        """The devices this officer looks after, on a connection of its own. Raises PeerTrouble."""
        peer = HttpPeer(self._address, self._keeper, trust=self._trust)
        try:
            return peer.devices(after)
        finally:
            peer.close()

    def listener(self, heard: Callable[[], None], chance: Callable[[], float]) -> HintListener:
        """What listens for the server's hints, to be run on a thread of its own; `heard` is called at each."""
        stream = HintStream(self._address, self._keeper, trust=self._trust)
        return HintListener(lambda: stream, lambda _scopes: heard(), chance)

    def break_off(self) -> None:
        """End what is under way, from any thread, as if the line were cut."""
        self.peer.break_off()

    def close(self) -> None:
        """End the connections."""
        self.peer.close()
