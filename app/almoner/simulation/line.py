"""The line between a laptop and the server: it loses, repeats, delays and reorders messages, and is cut in mid-page."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from almoner.simulation.laptop import Laptop
from almoner.simulation.server import Noted, Server, ServerDied
from almoner.simulation.shelves import Shelves
from almoner.sync.messages import (
    Hello,
    HelloReply,
    Page,
    Pull,
    Push,
    PushReply,
    Ranges,
    RangesReply,
    Receipt,
    ReceiptReply,
    pack,
    unpack,
)
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.serving import ServerPeer

T = TypeVar("T")
_SIZES = (1, 1, 2_000, 10**7)
_PIECE = 1_000


def lost() -> PeerTrouble:
    """What a laptop is told when nothing comes back."""
    return PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "Your work is kept here.")


class Line:
    """One laptop's line, bad by chance until it is `smooth`. `meanwhile` is called where others may go on. `began` and
    `moment` are what the books held when the last pull began, and when it read them last."""

    def __init__(self, server: Server, laptop: Laptop, chance: random.Random, meanwhile: Callable[[], None]) -> None:
        self._server, self._laptop, self._chance, self._meanwhile = server, laptop, chance, meanwhile
        self.smooth = False
        self._late: list[Push] = []
        self.pushed: list[Push] = []
        self.answered: set[str] = set()
        self.ever_answered: set[str] = set()
        self.pages = 0
        self.began: Shelves | None = None
        self.moment: Shelves | None = None
        self.moment_at = server.clock.now()
        self.was_revoked = False

    def _peer(self) -> ServerPeer:
        return self._server.peer(self._laptop.user, self._laptop.device_id)

    def _through(self, call: Callable[[], T]) -> T:
        """Lost on the way there, lost on the way back, arrived twice, or well."""
        luck = 1.0 if self.smooth else self._chance.random()
        if luck < 0.08:
            raise lost()
        try:
            result = call()
            if luck < 0.16:
                raise lost()
            return call() if luck < 0.24 else result
        except ServerDied as death:
            raise lost() from death

    def hello(self, message: Hello) -> HelloReply:
        """See `Peer.hello`."""
        sent = unpack(pack(message), Hello)
        return self._through(lambda: unpack(pack(self._peer().hello(sent)), HelloReply))

    def push(self, message: Push) -> PushReply:
        """See `Peer.push`. Sometimes an older push arrives first, or again."""
        sent = unpack(pack(message), Push)
        if not self.smooth and self._chance.random() < 0.3:
            self._late.append(sent)
            if self._chance.random() < 0.3:
                raise lost()
        if self._late and self._chance.random() < 0.5:
            self._arrive_late()
        self.pushed.append(sent)
        reply = self._through(lambda: unpack(pack(self._peer().push(sent)), PushReply))
        self.answered |= {result.mutation_id for result in reply.results}
        self.ever_answered |= self.answered
        return reply

    def forget_late(self) -> None:
        """What was on its way to a server that burnt down never arrives."""
        self._late.clear()

    def _arrive_late(self) -> None:
        """A push that was taken for lost comes after all; nobody hears the answer."""
        late = self._late.pop(self._chance.randrange(len(self._late)))
        try:
            self._peer().push(late)
        except (PeerTrouble, ServerDied):
            return

    def pull(self, message: Pull) -> Iterator[Page]:
        """See `Peer.pull`. Others go on between pages; what they do is not in this call."""
        size = self._chance.choice(_SIZES)
        asked = unpack(pack(Pull(client_id=message.client_id, scopes=message.scopes, max_bytes=size)), Pull)
        cut = -1 if self.smooth or self._chance.random() < 0.7 else self._chance.randrange(6)
        if not self.smooth and self._chance.random() < 0.08:
            raise lost()
        self.was_revoked = self._laptop.device_id in self._server.revoked
        noted = Noted(self._server.kept)
        peer = self._server.peer(self._laptop.user, self._laptop.device_id, noted)
        try:
            for number, page in enumerate(peer.pull(asked)):
                if number == cut:
                    raise lost()
                self.began, self.moment, self.moment_at = noted.first, noted.moment, self._server.clock.now()
                self.pages += 1
                yield unpack(pack(page), Page)
                if not self.smooth:
                    self._meanwhile()
        except ServerDied as death:
            raise lost() from death

    def ranges(self, message: Ranges) -> RangesReply:
        """See `Peer.ranges`."""
        return self._through(lambda: unpack(pack(self._peer().ranges(unpack(pack(message), Ranges))), RangesReply))

    def receipt(self, message: Receipt) -> ReceiptReply:
        """See `Peer.receipt`."""
        return self._through(lambda: unpack(pack(self._peer().receipt(unpack(pack(message), Receipt))), ReceiptReply))

    # ---- files

    def upload(
        self, sha256: str, size: int, pieces: Callable[[], Iterable[bytes]], progress: Callable[[int, int], None]
    ) -> None:
        """See `Post.upload`: goes on where the last one was cut, and is whole only when its hash is right."""
        content = b"".join(pieces())
        have = self._server.part_files.get(sha256, b"")
        assert content.startswith(have), "a file was continued by another one"
        while len(have) < size:
            if not self.smooth and self._chance.random() < 0.3:
                raise lost()
            have = content[: len(have) + _PIECE]
            self._server.part_files[sha256] = have
            progress(len(have), size)
        if hashlib.sha256(have).hexdigest() != sha256:
            raise PeerTrouble(PeerKind.SERVER_FAULT, "The file arrived spoilt.", "It is sent again.")
        self._server.files[sha256] = have

    def download(self, sha256: str, progress: Callable[[int, int], None]) -> Iterator[bytes]:
        """See `Post.download`."""
        content = self._server.files.get(sha256)
        if content is None:
            raise PeerTrouble(PeerKind.NOT_ALLOWED, "This file is not here for you.", "It may come later.")
        for begin in range(0, len(content), _PIECE):
            if not self.smooth and self._chance.random() < 0.3:
                raise lost()
            yield content[begin : begin + _PIECE]
            progress(min(begin + _PIECE, len(content)), len(content))
