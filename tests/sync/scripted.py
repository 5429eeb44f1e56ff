"""A server that says what a test wrote down, and a laptop's store beside it, without a council behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.builders import NOW, USER_ID

from almoner.records.mutation import Verdict
from almoner.records.wire import to_wire
from almoner.rules.digests import canonical, digest_of, record_hash
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.writing import Writing
from almoner.sync.client import Step, SyncOutcome, SyncRound
from almoner.sync.messages import (
    End,
    Hello,
    HelloReply,
    Page,
    Pull,
    Push,
    PushReply,
    Put,
    Ranges,
    RangesReply,
    Receipt,
    ReceiptReply,
    Result,
    ScopePart,
)
from almoner.sync.peer import PeerKind, PeerTrouble

T = TypeVar("T")
GREETING = HelloReply(
    server_epoch="e1",
    now="2026-12-17T10:05:00.000000Z",
    user_id=USER_ID,
    generation=1,
    next_client_seq=1,
    durable_client_seq=0,
    lease_until="2026-12-20T10:05:00.000000Z",
    schema_min=1,
    schema_max=9,
)


@dataclass
class Desk:
    """A store as a round needs it, with what the round said it was doing."""

    store: Store
    steps: list[Step] = field(default_factory=list)
    transactions: int = 0

    def read(self, query: Callable[[Reading], T]) -> T:
        return self.store.look(query)

    def write(self, action: Callable[[Writing], T]) -> T:
        self.transactions += 1
        return self.store.writer().write(action, author=USER_ID, now=NOW)[0]

    def sync(self, peer: ScriptedPeer) -> SyncOutcome:
        return SyncRound(self, peer, now=lambda: NOW, progress=self.steps.append).run()


@dataclass
class ScriptedPeer:
    """Answers every greeting with `greeting` and every pull with the next of `pulls`; a PeerTrouble among the pages is
    raised in its place. Saves are answered with `verdict`, or met with `trouble`."""

    pulls: list[list[Page | PeerTrouble]] = field(default_factory=list)
    greeting: HelloReply = GREETING
    verdict: Verdict = Verdict.APPLIED
    durable: int = 0
    trouble: PeerTrouble | None = None
    refuses_receipts: bool = False
    asked: list[Pull] = field(default_factory=list)
    pushed: list[Push] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def hello(self, message: Hello) -> HelloReply:
        self.calls.append("hello")
        return self.greeting

    def push(self, message: Push) -> PushReply:
        self.calls.append("push")
        self.pushed.append(message)
        if self.trouble is not None:
            raise self.trouble
        results = [
            Result(client_seq=m.client_seq, mutation_id=m.mutation_id, verdict=self.verdict, rev=2)
            for m in message.mutations
        ]
        return PushReply(
            results=results,
            generation=message.generation,
            accepted_client_seq=message.mutations[-1].client_seq,
            durable_client_seq=self.durable,
        )

    def pull(self, message: Pull) -> Iterator[Page]:
        self.calls.append("pull")
        self.asked.append(message)
        for page in self.pulls.pop(0) if self.pulls else [Page()]:
            if isinstance(page, PeerTrouble):
                raise page
            yield page

    def ranges(self, message: Ranges) -> RangesReply:
        return RangesReply(scope=message.scope)

    def receipt(self, message: Receipt) -> ReceiptReply:
        self.calls.append("receipt")
        if self.refuses_receipts:
            raise PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "Try later.")
        self.receipts.append(message)
        return ReceiptReply(receipt_id=message.receipt_id)


def put(record: Any, rev: int = 1) -> Put:
    """A record as the server sends it."""
    return Put(record.kind, record.id, rev, canonical(record.kind, to_wire(record)))


def end_of(puts: list[Put]) -> End:
    """Count and digest of a scope that holds just these."""
    return End(len(puts), digest_of(record_hash(p.kind, p.id, p.rev, p.values) for p in puts))


def whole(scope: str, state: str, puts: list[Put]) -> ScopePart:
    """All of a scope."""
    return ScopePart(scope=scope, state=state, puts=puts, end=end_of(puts))


def cut() -> PeerTrouble:
    """The line is cut here."""
    return PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "Try later.")
