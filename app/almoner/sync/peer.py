"""The other side of the line, as the client sees it: the HTTP peer and the server itself fulfil one protocol, so a
test can join them with no network between."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from almoner.records.trouble import Trouble
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
)


class PeerKind(StrEnum):
    """Why the other side gave no answer, as far as it matters for what happens next."""

    OFFLINE = "offline"  # no line, no name, refused, timed out, cut: try again later
    SERVER_FAULT = "server-fault"  # an answer of 500 to 599, or none worth the name: try again later
    NOT_ALMONER = "not-almoner"  # something else answered: a hotel's sign-in page, a proxy
    CERTIFICATE = "certificate"  # the server could not prove who it is: send nothing
    SIGNED_OUT = "signed-out"  # the session ended: sign in again; unsent work stays
    NOT_ALLOWED = "not-allowed"  # the account or device may not sync any more
    TOO_LARGE = "too-large"  # the batch must be halved
    BUSY = "busy"  # come again after `retry_after_seconds`
    TOO_OLD = "too-old"  # the program must be updated before it can pull


class PeerTrouble(Trouble):
    """The other side did not answer, or not as agreed. Nothing leaves the outbox because of it."""

    def __init__(self, kind: PeerKind, what: str, do: str, *, retry_after_seconds: int = 0) -> None:
        super().__init__(what, do)
        self.kind = kind
        self.retry_after_seconds = retry_after_seconds


class Peer(Protocol):
    """One server, spoken to as one signed-in user on one device. Every call may raise PeerTrouble, and may have
    taken effect on the server all the same."""

    def hello(self, message: Hello) -> HelloReply:
        """Open a round: who we are and where we stand."""

    def push(self, message: Push) -> PushReply:
        """Send saves; each gets its verdict. Sending any of them again changes nothing."""

    def pull(self, message: Pull) -> Iterator[Page]:
        """Fetch what changed, page by page. PeerTrouble may come between pages; those before it count."""

    def ranges(self, message: Ranges) -> RangesReply:
        """Compare ranges of a scope, to repair it where copies differ."""

    def receipt(self, message: Receipt) -> ReceiptReply:
        """Say what has left this device because it may not be there any more. Saying it again changes nothing."""
