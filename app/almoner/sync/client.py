"""The laptop's half of sync: one round is hello, push until nothing waits, pull until nothing is new, and the proof
that both copies are equal.

Every step is kept before the next begins, so a round may end anywhere and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from almoner.records import SCHEMA
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import instant_text
from almoner.store import incoming, outbox
from almoner.store.outbox import Answered
from almoner.store.reading import Reading
from almoner.store.writing import Writing
from almoner.sync.messages import MAX_PUSH, Hello, HelloReply, Page, Pull, Push, PushReply, ScopePart
from almoner.sync.peer import Peer, PeerKind, PeerTrouble
from almoner.sync.repairing import repair

T = TypeVar("T")

FIRST_BATCH_BYTES = 1024 * 1024
MAX_FORKS = 3
MAX_PULLS = 100_000
"""Pulls in one round; far above any council, so that a server gone mad cannot keep a laptop for ever."""


class Door(Protocol):
    """The store as a round needs it: looking, and changing in one transaction. Calls come from one thread."""

    def read(self, query: Callable[[Reading], T]) -> T:
        """The answer to a question."""

    def write(self, action: Callable[[Writing], T]) -> T:
        """Do all of it in one transaction, or nothing."""


class Stage(StrEnum):
    """What a round is doing."""

    GREETING = "greeting"
    SENDING = "sending"
    RECEIVING = "receiving"
    CHECKING = "checking"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stage has come: `done` of `total`; a total of 0 is not known."""

    stage: Stage
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a round did. `proved_equal`: every scope was found equal to the server's. `repaired` names scopes that
    were not and were mended. `cancelled`: it stopped early because it was asked to."""

    sent: int = 0
    received: int = 0
    left: int = 0
    conflicts: int = 0
    held: int = 0
    rejected: int = 0
    unsent: int = 0
    proved_equal: bool = False
    repaired: tuple[str, ...] = ()
    cancelled: bool = False


class _Cancelled(Exception):
    """The round was asked to stop."""


@dataclass(slots=True)
class _Tally:
    sent: int = 0
    received: int = 0
    left: int = 0
    verdicts: dict[Verdict, int] = field(default_factory=dict)
    ended: dict[str, bool] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)


def _silent(_step: Step) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


class SyncRound:
    """One round with one server. Raises PeerTrouble when the server does not answer as agreed; what was done until
    then is kept."""

    def __init__(
        self,
        door: Door,
        peer: Peer,
        *,
        now: Callable[[], datetime],
        app_version: str = "",
        progress: Callable[[Step], None] = _silent,
        cancelled: Callable[[], bool] = _never,
    ) -> None:
        self._door, self._peer, self._now = door, peer, now
        self._app_version, self._progress, self._cancelled = app_version, progress, cancelled
        self._tally = _Tally()
        self._client_id, self._generation = "", 1

    def run(self) -> SyncOutcome:
        """Greet, send, receive, prove."""
        cancelled = False
        try:
            reply = self._greet()
            self._send_all()
            if reply.schema_min > SCHEMA:
                raise PeerTrouble(
                    PeerKind.TOO_OLD,
                    "The server needs a newer version of Almoner. Your work was sent; news cannot be fetched.",
                    "Update Almoner, or ask your IT service desk to.",
                )
            self._receive_all()
        except _Cancelled:
            cancelled = True
        return self._outcome(cancelled=cancelled)

    def _outcome(self, *, cancelled: bool) -> SyncOutcome:
        tally = self._tally
        return SyncOutcome(
            sent=tally.sent,
            received=tally.received,
            left=tally.left,
            conflicts=tally.verdicts.get(Verdict.CONFLICT, 0),
            held=tally.verdicts.get(Verdict.HELD, 0),
            rejected=tally.verdicts.get(Verdict.REJECTED, 0),
            unsent=self._door.read(outbox.unsent_count),
            proved_equal=not cancelled and bool(tally.ended) and all(tally.ended.values()),
            repaired=tuple(tally.repaired),
            cancelled=cancelled,
        )

    def _stop_if_asked(self) -> None:
        if self._cancelled():
            raise _Cancelled

    def _greet(self) -> HelloReply:
        self._progress(Step(Stage.GREETING))
        hello = self._door.read(self._hello)
        self._client_id, self._generation = hello.client_id, hello.generation
        reply = self._peer.hello(hello)
        self._door.write(lambda tx: _take_greeting(tx, hello, reply))
        self._generation = reply.generation
        return reply

    def _hello(self, reading: Reading) -> Hello:
        last_seq = int(reading.fact("client_seq") or 0)
        line = outbox.mutation_of(reading, last_seq)
        acked = reading.fact("acked_id") or "" if reading.fact("acked_seq") == str(last_seq) else ""
        client_id = reading.fact("client_id")
        assert client_id, "the store has no client id"
        return Hello(
            client_id=client_id,
            generation=int(reading.fact("generation") or 1),
            schema=SCHEMA,
            app_version=self._app_version,
            last_epoch=reading.fact("server_epoch") or "",
            last_seq=last_seq,
            last_mutation_id=line.mutation_id if line else acked,
            unsent=outbox.unsent_count(reading),
        )

    def _send_all(self) -> None:
        """Send what waits, oldest first; a batch the server finds too large is halved."""
        limit, max_bytes, forks = MAX_PUSH, FIRST_BATCH_BYTES, 0
        total = self._door.read(outbox.unsent_count)
        while batch := self._next(limit, max_bytes):
            self._stop_if_asked()
            self._progress(Step(Stage.SENDING, self._tally.sent, max(total, self._tally.sent)))
            try:
                reply = self._peer.push(
                    Push(client_id=self._client_id, generation=self._generation, mutations=list(batch))
                )
            except PeerTrouble as trouble:
                if trouble.kind is not PeerKind.TOO_LARGE:
                    raise
                limit, max_bytes = max(1, len(batch) // 2), max(1, max_bytes // 2)
                if len(batch) == 1:
                    self._set_aside(batch[0])
                continue
            if reply.generation != self._generation:
                forks += 1
                if forks > MAX_FORKS:
                    raise _disagreed()
                self._fork(reply.generation)
                continue
            self._take_answers(batch, reply)
        self._progress(Step(Stage.SENDING, self._tally.sent, self._tally.sent))

    def _next(self, limit: int, max_bytes: int) -> tuple[Mutation, ...]:
        return self._door.read(lambda reading: outbox.next_batch(reading, limit, max_bytes))

    def _set_aside(self, save: Mutation) -> None:
        """A single save too large for the server comes back to its author; it stays on the device, readable."""
        text = "This is too large to be sent. Shorten it, or ask your IT service desk."
        answer = Answered(save.client_seq, Verdict.REJECTED, text)
        self._door.write(lambda tx: outbox.acknowledge(tx, [answer], durable_client_seq=0))
        self._tally.verdicts[Verdict.REJECTED] = self._tally.verdicts.get(Verdict.REJECTED, 0) + 1

    def _fork(self, generation: int) -> None:
        """Another copy of this store is alive: go on under a generation of our own, offering everything again."""

        def note(tx: Writing) -> None:
            tx.set_fact("generation", str(generation))
            outbox.offer_again(tx, after=0)

        self._door.write(note)
        self._generation = generation

    def _take_answers(self, batch: Sequence[Mutation], reply: PushReply) -> None:
        asked = [(m.client_seq, m.mutation_id) for m in batch]
        if [(r.client_seq, r.mutation_id) for r in reply.results] != asked:
            raise _disagreed()
        answers = [Answered(r.client_seq, r.verdict, r.text) for r in reply.results]

        def take(tx: Writing) -> None:
            outbox.acknowledge(tx, answers, durable_client_seq=reply.durable_client_seq)
            tx.set_facts({"acked_seq": str(batch[-1].client_seq), "acked_id": batch[-1].mutation_id})

        self._door.write(take)
        self._tally.sent += len(batch)
        for answer in answers:
            self._tally.verdicts[answer.verdict] = self._tally.verdicts.get(answer.verdict, 0) + 1

    def _receive_all(self) -> None:
        self._pull()
        self._prove()
        self._door.write(self._finish)

    def _pull(self) -> None:
        """Fetch until the server has nothing more for now."""
        for _ in range(MAX_PULLS):
            states = self._door.read(incoming.scope_states)
            more = False
            for page in self._peer.pull(Pull(client_id=self._client_id, scopes=states)):
                self._take_page(page)
                more = page.more
                self._progress(Step(Stage.RECEIVING, self._tally.received))
                self._stop_if_asked()
            if not more:
                return
        raise _disagreed()

    def _take_page(self, page: Page) -> None:
        ended = self._door.write(lambda tx: _apply(tx, page))
        self._tally.received += sum(len(part.puts) for part in page.parts)
        self._tally.left += sum(len(part.left) + len(part.deleted) for part in page.parts)
        for scope in page.closed:
            self._tally.ended.pop(scope, None)
        self._tally.ended.update(ended)

    def _prove(self) -> None:
        """Mend every scope whose count or digest differs, range by range; if that does not help, from the start."""
        differing = self._differing()
        if not differing:
            return
        for scope in differing:
            self._stop_if_asked()
            self._progress(Step(Stage.CHECKING))
            repair(self._door.read, self._door.write, self._peer, client_id=self._client_id, scope=scope)
        self._tally.repaired += differing
        self._pull()
        still = self._differing()
        if still:
            self._door.write(lambda tx: _start_afresh(tx, still))
            self._pull()

    def _differing(self) -> list[str]:
        return [scope for scope, equal in self._tally.ended.items() if not equal]

    def _finish(self, tx: Writing) -> None:
        if all(self._tally.ended.values()):
            incoming.sweep_unheld(tx)
            tx.set_fact("last_sync_at", instant_text(self._now()))


def _take_greeting(tx: Writing, hello: Hello, reply: HelloReply) -> None:
    """Keep what the server said of itself. After its restore, or when another copy of this store was there, offer
    again what it may not have."""
    forked = reply.generation != hello.generation
    restored = hello.last_epoch not in ("", reply.server_epoch)
    if forked or restored:
        outbox.offer_again(tx, after=0 if forked else reply.durable_client_seq)
    outbox.acknowledge(tx, [], durable_client_seq=0 if forked else reply.durable_client_seq)
    tx.set_facts(
        {
            "generation": str(reply.generation),
            "server_epoch": reply.server_epoch,
            "lease_until": reply.lease_until,
            "server_time": reply.now,
        }
    )


def _start_afresh(tx: Writing, scopes: Iterable[str]) -> None:
    for scope in scopes:
        incoming.start_afresh(tx, scope)


def _apply(tx: Writing, page: Page) -> dict[str, bool]:
    """A page and its states in one transaction; for each scope that is complete, whether it was found equal."""
    for scope in page.closed:
        incoming.close_scope(tx, scope)
    _start_afresh(tx, page.afresh)
    return {part.scope: equal for part in page.parts if (equal := _apply_part(tx, part)) is not None}


def _apply_part(tx: Writing, part: ScopePart) -> bool | None:
    quiet = not (part.puts or part.left or part.deleted)
    if part.end and quiet and incoming.is_proved_at(tx, part.scope, part.end.count, part.end.digest):
        incoming.apply_part(tx, part.scope, part.state)
        incoming.mark_proved(tx, part.scope, count=part.end.count, digest=part.end.digest)
        return True
    incoming.apply_part(tx, part.scope, part.state, puts=part.puts, left=part.left, deleted=part.deleted)
    if part.end is None:
        return None
    incoming.apply_part(tx, part.scope, part.state, left=incoming.not_come_again(tx, part.scope))
    equal = incoming.scope_digest(tx, part.scope) == (part.end.count, part.end.digest)
    if equal:
        incoming.mark_proved(tx, part.scope, count=part.end.count, digest=part.end.digest)
    return equal


def _disagreed() -> PeerTrouble:
    return PeerTrouble(
        PeerKind.SERVER_FAULT,
        "The server answered something else than it was asked.",
        "Almoner tries again by itself. If this stays, tell your IT service desk.",
    )


def sync_once(
    door: Door,
    peer: Peer,
    *,
    now: Callable[[], datetime],
    progress: Callable[[Step], None] = _silent,
    cancelled: Callable[[], bool] = _never,
) -> SyncOutcome:
    """One round; see `SyncRound`."""
    return SyncRound(door, peer, now=now, progress=progress, cancelled=cancelled).run()
