"""The server itself as a peer: each call is one officer on one device, and one or more transactions in its books.

The HTTP service puts this behind its routes; tests join it to a laptop's store in the same process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

import msgspec
from sqlalchemy import Engine

from almoner.records import SCHEMA, User
from almoner.records.mutation import Mutation
from almoner.records.wire import instant_text
from almoner.store import central_saves as saves
from almoner.store.central_devices import SLOWEST_PUSH, Given, Said
from almoner.store.central_saves import Answer, Client
from almoner.store.first_pages import FirstPage
from almoner.store.ledger import Books, Busy, Clash, Ledger, Taken, Unwritable, books_of
from almoner.sync import sending
from almoner.sync.applying import Context, allowed_to, answer_all, hold_unwritable, officer_of, opened_to
from almoner.sync.early import early_pages
from almoner.sync.messages import (
    MAX_PAGE_ROWS,
    MAX_PUSH,
    MAX_SCOPES,
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
    Result,
)
from almoner.sync.peer import PeerKind, PeerTrouble

LEASE = timedelta(hours=72)
"""How long a device may work without asking again whether it still may."""

OLDEST_SCHEMA = 1
_ATTEMPTS = 8
_COME_AGAIN_SECONDS = 2
_LONGEST_TROUBLE = 200
_MOST_SCOPES = 2_000
_SERVER = "server"
"""The client under which the server's own hand writes."""


class Durable(StrEnum):
    """From when on a save counts as safe, so that laptops may let go of their copy of it."""

    COMMIT = "commit"  # when the database has it
    BACKUP = "backup"  # when a complete copy of the database has it


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, on which device. A revoked device may still hand in its work, which is held, and is told to
    let go of everything else."""

    user_id: str
    device_id: str
    revoked: bool = False


class ServerPeer:
    """The council's records as one signed-in officer's device meets them. Each call may raise PeerTrouble BUSY: nothing
    was done, and the same call does it later."""

    def __init__(
        self,
        kept: Engine | Books,
        session: Session,
        *,
        now: Callable[[], datetime],
        durable: Durable = Durable.COMMIT,
        page_rows: int = MAX_PAGE_ROWS,
    ) -> None:
        self._books, self._session, self._now = books_of(kept), session, now
        self._durable, self._page_rows = durable, page_rows

    def hello(self, message: Hello) -> HelloReply:
        """Open a round; see `Peer.hello`. Two live copies of one client are told apart here."""
        _check_numbers(message.generation, [message.last_seq, message.unsent])
        with self._writing() as ledger:
            revoked = not self._officer(ledger).active
            client = self._client(ledger, message.client_id)
            generation = _settled_generation(ledger, client, message)
            highest = ledger.highest_number(client.client_id, generation)
            self._note(ledger, client, message, max(client.generation, generation))
            if generation == client.generation:
                ledger.unhurried()
            return HelloReply(
                server_epoch=ledger.server_epoch(),
                now=instant_text(self._now()),
                user_id=self._session.user_id,
                generation=generation,
                next_client_seq=highest + 1,
                durable_client_seq=max(
                    self._safe_until(ledger, client.client_id, generation, highest), self._safe_by_name(ledger, message)
                ),
                lease_until=instant_text(self._now() if revoked else self._now() + LEASE),
                schema_min=OLDEST_SCHEMA,
                schema_max=SCHEMA,
                revoked=revoked,
                wipe=ledger.wipe_asked(self._session.device_id),
            )

    def _note(self, ledger: Ledger, client: Client, message: Hello, generation: int) -> None:
        now, device, unsent = self._now(), self._session.device_id, min(message.unsent, 2**31 - 1)
        ledger.note_client(client.client_id, generation=generation, last_seen=now, unsent=unsent, device_id=device)
        schema, trouble = min(max(message.schema, 0), 2**31 - 1), _one_line(message.trouble)
        said = Said(unsent=unsent, version=_version(message.app_version), schema=schema, trouble=trouble)
        ledger.note_device(device, said, now=now)

    def _safe_until(self, ledger: Ledger, client_id: str, generation: int, highest: int) -> int:
        """Up to which number a client may let go of its copies."""
        if self._durable is Durable.COMMIT:
            return highest
        began = ledger.backed_up_at()
        return 0 if began is None else ledger.number_before(client_id, generation, began - SLOWEST_PUSH)

    def _safe_by_name(self, ledger: Ledger, message: Hello) -> int:
        """The client's last number when its last save is safe: saves are sent in order, so all before it are too. A
        client that goes on under another generation has saves that count under the one before."""
        at = ledger.received_at(message.last_mutation_id) if message.last_mutation_id else None
        if at is None or self._durable is Durable.COMMIT:
            return 0 if at is None else message.last_seq
        began = ledger.backed_up_at()
        return message.last_seq if began is not None and at < began - SLOWEST_PUSH else 0

    def push(self, message: Push) -> PushReply:
        """Answer saves; see `Peer.push`. One that cannot be kept is set aside and the others go on."""
        _check_push(message)
        batch = [_readable(m) for m in message.mutations]
        try:
            return self._answer(message, batch)
        except Unwritable:
            return self._answer_alone(message, batch)

    def pull(self, message: Pull) -> Iterator[Page]:
        """What changed, page by page; see `Peer.pull`."""
        yield from map(sending.as_page, self._pieces(message))

    def pull_frames(self, message: Pull) -> Iterator[bytes]:
        """What changed, as the bytes that go out; pages of first loads that are kept go out as they are."""
        yield from map(sending.as_frame, self._pieces(message))

    def _pieces(self, message: Pull) -> Iterator[sending.Piece]:
        """The pages of one call. Between them no transaction is open, so a slow line holds nothing; what is built for
        a first load is kept for the next laptop."""
        if len(message.scopes) > MAX_SCOPES:
            raise PeerTrouble(PeerKind.TOO_LARGE, f"A pull names at most {MAX_SCOPES} scopes.", "Begin afresh.")
        call: sending.Sending | None = None
        while call is None or not call.done:
            with self._books.read() as ledger:
                if call is None:
                    allowed = self._scopes(ledger)
                    call = sending.Sending(allowed, message.scopes, message.max_bytes, self._page_rows)
                    pieces = call.step(ledger)
                    if call.is_first_load and not call.done:
                        early = early_pages(ledger, self._session.user_id, allowed, page_rows=self._page_rows)
                        pieces[1:1] = list(early)
                else:
                    pieces = call.step(ledger)
            if call.done and call.built:
                self._keep_pages(call.built)
            yield from pieces

    def _keep_pages(self, built: Sequence[FirstPage]) -> None:
        """Keep pages for others. Nothing is lost when another transaction is in the way."""
        with suppress(Clash, Busy), self._books.write() as ledger:
            ledger.keep_pages(built)

    def ranges(self, message: Ranges) -> RangesReply:
        """Compare ranges of a scope; see `Peer.ranges`."""
        with self._books.read() as ledger:
            if message.scope not in self._scopes(ledger):
                raise PeerTrouble(
                    PeerKind.NOT_ALLOWED,
                    "This scope is not yours to see.",
                    "Sync again to bring your access up to date.",
                )
            return sending.compare(ledger, message)

    def receipt(self, message: Receipt) -> ReceiptReply:
        """Keep what has left a device; see `Peer.receipt`. One of a destroyed store signs the device out for ever."""
        if len(message.scopes) > _MOST_SCOPES:
            raise PeerTrouble(PeerKind.TOO_LARGE, f"A receipt names at most {_MOST_SCOPES} scopes.", "Send two.")
        with self._writing() as ledger:
            client = self._client(ledger, message.client_id)
            if not ledger.keep_receipt(_given(message, client, self._session, self._now())):
                raise PeerTrouble(
                    PeerKind.NOT_ALLOWED, "This device has given too many receipts.", "Tell your IT service desk."
                )
        return ReceiptReply(receipt_id=message.receipt_id)

    @contextmanager
    def _writing(self) -> Iterator[Ledger]:
        try:
            with self._books.write() as ledger:
                yield ledger
        except Busy as fault:
            raise _busy() from fault

    def _officer(self, ledger: Ledger) -> User:
        user = officer_of(ledger, self._session.user_id)
        if user is None:
            raise PeerTrouble(
                PeerKind.NOT_ALLOWED,
                "The server does not know this account.",
                "Ask an administrator; your unsent work stays on this device.",
            )
        return replace(user, active=user.active and not self._session.revoked)

    def _scopes(self, ledger: Ledger) -> frozenset[str]:
        return allowed_to(ledger, self._officer(ledger), self._now())

    def _client(self, ledger: Ledger, client_id: str) -> Client:
        client = ledger.locked_client(
            saves.clean(client_id),
            user_id=self._session.user_id,
            device_id=self._session.device_id,
            now=self._now(),
        )
        if client.user_id != self._session.user_id or client_id == _SERVER:
            raise PeerTrouble(
                PeerKind.NOT_ALLOWED,
                "This store belongs to another officer.",
                "Sign in as the officer whose work it holds.",
            )
        return client

    def _answer(self, message: Push, batch: Sequence[Mutation]) -> PushReply:
        """Answer a batch in one transaction, again from the start when another one came between."""
        for attempt in range(_ATTEMPTS):
            try:
                with self._writing() as ledger:
                    client = self._client(ledger, message.client_id)
                    if forked := _forked(ledger, client, message, batch):
                        return PushReply(results=[], generation=forked, accepted_client_seq=0, durable_client_seq=0)
                    context = self._context(ledger, client, message)
                    answers = answer_all(ledger, context, batch)
                    reply = self._reply(ledger, message, answers)
                    if self._now() - context.now > SLOWEST_PUSH:
                        raise _busy()
                    return reply
            except Taken:
                if attempt == _ATTEMPTS - 1:
                    raise
            except Clash as fault:
                if attempt == _ATTEMPTS - 1:
                    raise _busy() from fault
        raise AssertionError("the last attempt either answers or raises")

    def _answer_alone(self, message: Push, batch: Sequence[Mutation]) -> PushReply:
        """Answer the saves of a batch one by one, because one of them cannot be written down."""
        results: list[Result] = []
        for place, save in enumerate(batch):
            alone = msgspec.structs.replace(message, mutations=message.mutations[place : place + 1])
            try:
                reply = self._answer(alone, [save])
            except Unwritable:
                with self._writing() as ledger:
                    client = self._client(ledger, message.client_id)
                    answer = hold_unwritable(ledger, self._context(ledger, client, message), save)
                    reply = self._reply(ledger, alone, [answer])
            if reply.generation != message.generation:
                return reply
            results += reply.results
        return msgspec.structs.replace(reply, results=results)

    def _reply(self, ledger: Ledger, message: Push, answers: Sequence[Answer]) -> PushReply:
        client_id = saves.clean(message.client_id)
        highest = ledger.highest_number(client_id, message.generation)
        safe = self._safe_until(ledger, client_id, message.generation, highest)
        ledger.note_client(client_id, last_seq=highest, last_seen=self._now())
        return PushReply(
            results=[_result(a, sent.mutation_id) for a, sent in zip(answers, message.mutations, strict=True)],
            generation=message.generation,
            accepted_client_seq=highest,
            durable_client_seq=safe,
        )

    def _context(self, ledger: Ledger, client: Client, message: Push) -> Context:
        user, now = self._officer(ledger), self._now()
        return Context(user, client, message.generation, now, opened_to(ledger, user, now))


def _forked(ledger: Ledger, client: Client, message: Push, batch: Sequence[Mutation]) -> int:
    """A new generation when a number was already used for another save, else 0."""
    used = ledger.numbered(client.client_id, message.generation, [m.client_seq for m in batch])
    if all(used.get(m.client_seq, m.mutation_id) == m.mutation_id for m in batch):
        return 0
    generation = max(client.generation, message.generation) + 1
    ledger.note_client(client.client_id, generation=generation)
    return generation


def _settled_generation(ledger: Ledger, client: Client, message: Hello) -> int:
    """The generation under which a client goes on: a new one when another copy of it has been here."""
    highest = ledger.highest_number(client.client_id, message.generation)
    last = ledger.save_at(client.client_id, message.generation, message.last_seq)
    named = message.last_mutation_id
    another_copy = highest > message.last_seq or (named != "" and last is not None and last != named)
    return max(client.generation, message.generation) + 1 if another_copy else message.generation


def _given(message: Receipt, client: Client, session: Session, now: datetime) -> Given:
    def count(said: int) -> int:
        return min(max(said, 0), 2**53)

    return Given(
        receipt_id=saves.clean(message.receipt_id),
        client_id=client.client_id,
        device_id=session.device_id,
        user_id=session.user_id,
        made_at=saves.clean(message.made_at),
        received_at=now,
        scopes=[saves.clean(scope) for scope in message.scopes],
        wiped=message.wiped,
        records=count(message.records),
        files=count(message.files),
        unsent=count(message.unsent),
    )


def _version(said: str) -> str:
    return "".join(c for c in said[:40] if c.isascii() and c.isprintable())


def _one_line(said: str) -> str:
    """Words from a device that can be kept and shown whatever they are: one line, and not long."""
    return "".join(c if c.isprintable() else " " for c in said)[:_LONGEST_TROUBLE]


def _check_push(message: Push) -> None:
    numbers = [m.client_seq for m in message.mutations]
    if len(numbers) > MAX_PUSH:
        raise PeerTrouble(PeerKind.TOO_LARGE, f"A push holds at most {MAX_PUSH} saves.", "Send fewer at once.")
    _check_numbers(message.generation, numbers)
    if len(set(numbers)) < len(numbers) or 0 in numbers:
        raise _nonsense()


def _check_numbers(generation: int, others: Sequence[int]) -> None:
    if not 0 < generation < 2**31 - 1 or not all(0 <= n < 2**53 for n in others):
        raise _nonsense()


def _nonsense() -> PeerTrouble:
    return PeerTrouble(
        PeerKind.SERVER_FAULT, "The numbers of the saves do not hold.", "Tell your IT service desk; nothing is lost."
    )


def _readable(save: Mutation) -> Mutation:
    """The save under an id that can be written down, whatever the client sent."""
    sent = save.mutation_id
    if 0 < len(sent) <= 36 and sent.isascii() and sent.isprintable():
        return save
    return replace(save, mutation_id=blake2b(sent.encode("utf-8", "replace"), digest_size=16).hexdigest())


def _result(answer: Answer, original: str) -> Result:
    return Result(
        client_seq=answer.client_seq,
        mutation_id=original,
        verdict=answer.verdict,
        rev=answer.rev,
        text=answer.text,
        fields=list(answer.fields),
    )


def _busy() -> PeerTrouble:
    return PeerTrouble(
        PeerKind.BUSY,
        "The server is busy with another device's work.",
        "Almoner tries again by itself.",
        retry_after_seconds=_COME_AGAIN_SECONDS,
    )
