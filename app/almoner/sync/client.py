"""The laptop's half of sync: one round is hello, push until nothing waits, pull until nothing is new, the proof that
both copies are equal, and then lists and search of what came in great number.

Every step is kept before the next begins, so a round may end anywhere and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Protocol, TypeVar

from almoner.records import SCHEMA
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import instant_text, read_instant
from almoner.store import incoming, leaving, members, outbox, to_derive
from almoner.store.outbox import Answered
from almoner.store.reading import Reading
from almoner.store.received import Taken
from almoner.store.writing import ComesAgain, Writing
from almoner.sync.messages import MAX_PUSH, Hello, HelloReply, Page, Pull, Push, PushReply, Receipt
from almoner.sync.peer import Peer, PeerKind, PeerTrouble
from almoner.sync.repairing import repair

T = TypeVar("T")

FIRST_BATCH_BYTES = 1024 * 1024
MAX_FORKS = 3
ROWS_AT_ONCE = 2_000
"""Records after which what has come is written, so that a fast line does not make a transaction of every page and a
person's save does not wait for a long one."""
CLOCKS_AGREE = timedelta(hours=1)
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
    INDEXING = "indexing"


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
    expected: int = 0
    ended: dict[str, bool] = field(default_factory=dict)
    finished: bool = False
    repaired: list[str] = field(default_factory=list)


def _silent(_step: Step) -> None:
    """Tell nobody."""


def _never() -> bool:
    return False


class _Arrived:
    """A page whose records were read, ready to be written; what it was read from can be forgotten."""

    __slots__ = ("afresh", "closed", "early", "left", "more", "parts", "received", "rows", "total")

    def __init__(self, page: Page) -> None:
        self.closed, self.afresh, self.early = page.closed, page.afresh, page.early
        self.more, self.total = page.more, page.total
        self.parts = [
            (part.scope, part.state, Taken(part.puts), part.left, part.deleted, part.end) for part in page.parts
        ]
        puts = sum(len(part.puts) for part in page.parts)
        gone = sum(len(part.left) + len(part.deleted) for part in page.parts)
        self.rows = puts + gone
        self.received, self.left = (0, 0) if page.early else (puts, gone)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What the store has for the server, and what it has still to do itself."""

    unsent: int
    receipts: tuple[leaving.KeptReceipt, ...]
    pieces: int


def _waiting(reading: Reading) -> _Waiting:
    return _Waiting(outbox.unsent_count(reading), leaving.receipts(reading), to_derive.waiting(reading))


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
        trouble: str = "",
        progress: Callable[[Step], None] = _silent,
        cancelled: Callable[[], bool] = _never,
    ) -> None:
        """`trouble` is why the last round failed, in words without personal details."""
        self._door, self._peer, self._now = door, peer, now
        self._app_version, self._trouble = app_version, trouble
        self._progress, self._cancelled = progress, cancelled
        self._tally = _Tally()
        self._client_id, self._generation = "", 1

    def run(self) -> SyncOutcome:
        """Greet, send, receive, prove, and bring lists and search up to date."""
        cancelled = False
        try:
            hello, waiting = self._door.read(lambda reading: (self._hello(reading), _waiting(reading)))
            self._index(waiting.pieces)
            reply, again = self._greet(hello)
            self._send_receipts(waiting.receipts)
            if waiting.unsent or again:
                self._send_all()
            if reply.schema_min > SCHEMA:
                raise PeerTrouble(
                    PeerKind.TOO_OLD,
                    "The server needs a newer version of Almoner. Your work was sent; news cannot be fetched.",
                    "Update Almoner, or ask your IT service desk to.",
                )
            self._receive_all()
            if reply.wipe:
                self._door.write(leaving.keep_wipe_receipt)
            waiting = self._door.read(_waiting)
            self._send_receipts(waiting.receipts)
            self._index(waiting.pieces)
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

    def _greet(self, hello: Hello) -> tuple[HelloReply, bool]:
        """The server's answer, and whether what was answered before must be offered again."""
        self._progress(Step(Stage.GREETING))
        self._client_id, self._generation = hello.client_id, hello.generation
        reply = self._peer.hello(hello)
        again = reply.generation != hello.generation or hello.last_epoch not in ("", reply.server_epoch)
        take = partial(_take_greeting, hello=hello, reply=reply)
        self._door.write(take if again or hello.last_epoch == "" else ComesAgain(take))
        self._generation = reply.generation
        return reply, again

    def _hello(self, reading: Reading) -> Hello:
        facts = reading.facts()
        last_seq = int(facts.get("client_seq", "0"))
        line = outbox.mutation_of(reading, last_seq)
        acked = facts.get("acked_id", "") if facts.get("acked_seq") == str(last_seq) else ""
        assert facts.get("client_id"), "the store has no client id"
        return Hello(
            client_id=facts["client_id"],
            generation=int(facts.get("generation") or 1),
            schema=SCHEMA,
            app_version=self._app_version,
            last_epoch=facts.get("server_epoch", ""),
            last_seq=last_seq,
            last_mutation_id=line.mutation_id if line else acked,
            unsent=outbox.unsent_count(reading),
            trouble=self._trouble,
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
        answers = [Answered(r.client_seq, r.verdict, r.text, r.rev) for r in reply.results]

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
        if not self._tally.finished and all(self._tally.ended.values()):
            self._door.write(self._finish)

    def _pull(self) -> None:
        """Fetch until the server has nothing more for now."""
        for _ in range(MAX_PULLS):
            states = self._door.read(members.scope_states)
            if not self._take_pages(self._peer.pull(Pull(client_id=self._client_id, scopes=states))):
                return
        raise _disagreed()

    def _take_pages(self, pages: Iterable[Page]) -> bool:
        """Take in the pages of one pull, several in one transaction when they are small; whether there are more. When
        the line fails, what came before counts."""
        gathered: list[_Arrived] = []
        rows, more, is_counted = 0, False, False
        try:
            for page in map(_Arrived, pages):
                gathered.append(page)
                rows, more = rows + page.rows, page.more
                if page.total and not is_counted:
                    is_counted, self._tally.expected = True, self._tally.received + page.total
                if rows >= ROWS_AT_ONCE or page.early:
                    self._take(gathered)
                    gathered, rows = [], 0
                    self._stop_if_asked()
                if page.early:
                    self._index(self._door.read(to_derive.waiting))
        except PeerTrouble:
            self._take(gathered)
            raise
        self._take(gathered, is_last=not more)
        self._stop_if_asked()
        return more

    def _take(self, pages: Sequence[_Arrived], *, is_last: bool = False) -> None:
        """Write pages with their states, in one transaction; with the last, also that the round is done."""
        if not pages:
            return
        tally = self._tally

        def write(tx: Writing) -> tuple[dict[str, bool], bool]:
            ended = dict(tally.ended)
            for page in pages:
                _apply(tx, page, ended)
            done = is_last and bool(ended) and all(ended.values())
            if done:
                self._finish(tx)
            return ended, done

        tally.ended, tally.finished = self._door.write(ComesAgain(write))
        tally.received += sum(page.received for page in pages)
        tally.left += sum(page.left for page in pages)
        self._progress(Step(Stage.RECEIVING, tally.received, max(tally.expected, tally.received)))

    def _send_receipts(self, receipts: Iterable[leaving.KeptReceipt]) -> None:
        """Tell the server what left this device. What it does not accept now is sent with the next round."""
        for kept in receipts:
            message = Receipt(
                client_id=self._client_id,
                receipt_id=kept.receipt_id,
                made_at=kept.made_at,
                scopes=list(kept.scopes),
                wiped=kept.wiped,
                records=kept.records,
                files=kept.files,
                unsent=kept.unsent,
            )
            try:
                accepted = self._peer.receipt(message).receipt_id
            except PeerTrouble:
                return
            self._door.write(partial(leaving.drop_receipt, receipt_id=accepted))

    def _index(self, total: int) -> None:
        """Compute lists and search of what came in great number, a little at a time."""
        left = total
        while left:
            self._progress(Step(Stage.INDEXING, total - left, total))
            self._stop_if_asked()
            left = self._door.write(ComesAgain(to_derive.work_off))
        if total:
            self._progress(Step(Stage.INDEXING, total, total))

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
        leaving.sweep_unheld(tx)
        tx.set_fact("last_sync_at", instant_text(self._now()))


def _take_greeting(tx: Writing, hello: Hello, reply: HelloReply) -> None:
    """Keep what the server said of itself. After its restore, or when another copy of this store was there, offer
    again what it may not have."""
    forked = reply.generation != hello.generation
    restored = hello.last_epoch not in ("", reply.server_epoch)
    if forked or restored:
        outbox.offer_again(tx, after=0 if forked else reply.durable_client_seq)
        tx.set_fact("forked_at" if forked else "restored_at", instant_text(tx.now))
    outbox.acknowledge(tx, [], durable_client_seq=0 if forked else reply.durable_client_seq)
    tx.set_facts(
        {
            "generation": str(reply.generation),
            "server_epoch": reply.server_epoch,
            "lease_until": reply.lease_until,
            "server_time": reply.now,
            "greeted_at": instant_text(tx.now),
            **_proved_clock(tx, reply),
            "revoked": "1" if reply.revoked else "",
            "wipe": "1" if reply.wipe else "",
        }
    )


def _proved_clock(tx: Writing, reply: HelloReply) -> dict[str, str]:
    """When the server's clock agrees with this one, this one is right, however far ahead it was once."""
    apart = abs(read_instant(reply.now) - tx.now)
    return {"highest_time": instant_text(tx.now)} if apart < CLOCKS_AGREE else {}


def _start_afresh(tx: Writing, scopes: Iterable[str]) -> None:
    for scope in scopes:
        incoming.start_afresh(tx, scope)


def _apply(tx: Writing, page: _Arrived, ended: dict[str, bool]) -> None:
    """A page with its states; in `ended`, for each scope that is complete, whether it was found equal."""
    leaving.close_scopes(tx, page.closed)
    for scope in page.closed:
        ended.pop(scope, None)
    _start_afresh(tx, page.afresh)
    for scope, state, puts, left, deleted, end in page.parts:
        if page.early:
            incoming.apply_early(tx, scope, puts)
            continue
        now = incoming.apply_part(tx, scope, state, puts=puts, left=left, deleted=deleted)
        if end is not None:
            ended[scope] = incoming.prove(tx, now, count=end.count, digest=end.digest)


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
