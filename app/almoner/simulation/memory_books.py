"""The council's records in memory, for worlds that last a tenth of a second: the same promises as PostgreSQL.

Writes are seen by nobody before the commit. Rows and scopes that were written or locked stay locked to the end; who
needs one meanwhile is told Busy at once. A read shows one moment. What is committed is never changed in place, so a
copy of the whole costs nothing: that is how a server crashes and is restored.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import msgspec

from almoner.records import RECORDS
from almoner.records.derive import fields_of
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain
from almoner.rules.access import PARENT_FIELDS
from almoner.simulation import memory_access as access
from almoner.simulation import memory_pages
from almoner.simulation.shelves import EMPTY, Member, Row, Shelves
from almoner.store.central_audit import Offer
from almoner.store.central_devices import Given, Said
from almoner.store.central_rows import Key, Stored
from almoner.store.central_saves import REMOVED, Answer, Client, Entry, Offered, Removal, Sender
from almoner.store.central_scopes import DELETED, LEFT, PUT, Move, Position, Standing
from almoner.store.first_pages import FirstPage
from almoner.store.ledger import Busy, Taken, Unwritable

_IN_FORCE = ("applied", "merged")
_NAMES = {record.kind: frozenset(field.name for field in fields_of(record)) for record in RECORDS}


def _never() -> None:
    """Nothing happens meanwhile."""


class MemoryBooks:
    """Books in memory. `before_commit` is called with every lock held and nothing yet to be seen by others: what it
    does there happens in between. `refuses` says what this database cannot keep."""

    def __init__(
        self,
        shelves: Shelves = EMPTY,
        *,
        before_commit: Callable[[], None] = _never,
        refuses: Callable[[Stored], bool] = lambda _stored: False,
    ) -> None:
        self.shelves, self.before_commit, self.refuses = shelves, before_commit, refuses
        self.locks: dict[tuple[str, Any], MemoryLedger] = {}

    @contextmanager
    def write(self) -> Iterator[MemoryLedger]:
        """See `Books.write`."""
        ledger = MemoryLedger(self)
        try:
            yield ledger
            if ledger.written:
                self.before_commit()
            ledger.commit()
        finally:
            for held in ledger.locked:
                del self.locks[held]

    @contextmanager
    def read(self) -> Iterator[MemoryLedger]:
        """See `Books.read`."""
        yield MemoryLedger(self, self.shelves)

    def snapshot(self) -> Shelves:
        """Everything committed now, to be restored later."""
        return self.shelves

    def restore(self, shelves: Shelves, epoch: str) -> None:
        """Everything is as it was in the copy, under a new epoch. No transaction may be open."""
        assert not self.locks, "a transaction is open"
        self.shelves = replace(shelves, facts={**shelves.facts, "epoch": epoch})


class MemoryLedger:
    """One transaction of `MemoryBooks`; see `Ledger` for what each method does."""

    def __init__(self, books: MemoryBooks, moment: Shelves | None = None) -> None:
        self._books, self._moment = books, moment
        self.written: dict[str, dict[Any, Any]] = {}
        self.locked: list[tuple[str, Any]] = []

    # ---- rows, locks, commit

    def _all(self, shelf: str) -> Iterator[tuple[Any, Any]]:
        own = self.written.get(shelf, {})
        for key, row in getattr(self._moment or self._books.shelves, shelf).items():
            if key not in own:
                yield key, row
        yield from own.items()

    def _rows(self) -> Iterator[tuple[Key, Row]]:
        """The records there are; one that was taken away has left an empty place."""
        for key, row in self._all("records"):
            if row is not None:
                yield key, row

    def _get(self, shelf: str, key: Any) -> Any:
        own = self.written.get(shelf)
        if own is not None and key in own:
            return own[key]
        return getattr(self._moment or self._books.shelves, shelf).get(key)

    def _lock(self, shelf: str, key: Any) -> None:
        holder = self._books.locks.get((shelf, key))
        if holder is self:
            return
        if holder is not None:
            raise Busy(shelf)
        self._books.locks[shelf, key] = self
        self.locked.append((shelf, key))

    def _put(self, shelf: str, key: Any, row: Any) -> None:
        assert self._moment is None, "a reading transaction writes nothing"
        self._lock(shelf, key)
        self.written.setdefault(shelf, {})[key] = row

    def commit(self) -> None:
        """Let everybody see what was written."""
        shelves = self._books.shelves
        changed = {shelf: {**getattr(shelves, shelf), **rows} for shelf, rows in self.written.items()}
        if changed:
            self._books.shelves = replace(shelves, **changed)

    # ---- records

    def load(self, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Stored]:
        """See `Ledger.load`."""
        found: dict[Key, Stored] = {}
        for key in sorted(set(keys)):
            if self._get("records", key) is not None:
                if lock:
                    self._lock("records", key)
                found[key] = self._get("records", key).stored
        return found

    def travelling(self, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
        """See `Ledger.travelling`."""
        return {key: (stored.rev, stored.sealed(key[0]).packed) for key, stored in self.load(keys).items()}

    def own_work(self, user_id: str, scopes: Sequence[str], *, most_cases: int) -> list[tuple[str, Key]]:
        """See `Ledger.own_work`. Nothing is sent early from memory; that it may be is PostgreSQL's to prove."""
        return []

    def next_page(self, scope_id: str, edition: str, seq: int) -> FirstPage | None:
        """See `Ledger.next_page`."""
        return memory_pages.next_of(self._get("pages", scope_id) or {}, edition, seq)

    def ends_page(self, scope_id: str, edition: str, seq: int) -> bool:
        """See `Ledger.ends_page`."""
        return memory_pages.ends_at(self._get("pages", scope_id) or {}, edition, seq)

    def members_between(self, scope_id: str, after: int, upto: int) -> int:
        """See `Ledger.members_between`."""
        return memory_pages.between((self._get("members", scope_id) or {}).values(), after, upto)

    def keep_pages(self, pages: Sequence[FirstPage]) -> int:
        """See `Ledger.keep_pages`."""
        for page in pages:
            self._lock("scopes", page.scope_id)
            here = (self._get("members", page.scope_id) or {}).values()
            before = self._get("pages", page.scope_id) or {}
            self._put("pages", page.scope_id, memory_pages.with_page(before, page, here))
        return len(pages)

    def insert_records(self, kind: str, records: Sequence[Stored]) -> None:
        """See `Ledger.insert_records`."""
        for stored in records:
            key = (kind, str(stored.values["id"]))
            self._lock("records", key)
            if self._get("records", key) is not None:
                raise Taken(kind)
            self._write_record(key, stored)

    def update_records(self, kind: str, records: Sequence[Stored]) -> None:
        """See `Ledger.update_records`."""
        for stored in records:
            self._write_record((kind, str(stored.values["id"])), stored)

    def _write_record(self, key: Key, stored: Stored) -> None:
        if self._books.refuses(stored):
            raise Unwritable(key[0])
        self._put("records", key, Row(stored, stored.hash(key[0])))

    def children_of(self, kind: str, record_id: str) -> dict[Key, int]:
        """See `Ledger.children_of`."""
        column = next(name for name, parent in PARENT_FIELDS.items() if parent == kind)
        found: dict[Key, int] = {}
        for key, row in self._rows():
            values = row.stored.values
            if key[0] == kind or values.get(column) != record_id or column not in _NAMES[key[0]]:
                continue
            if column == "case_id" or not values.get("case_id"):
                found[key] = row.hash
        return dict(sorted(found.items()))

    def delete_records(self, kind: str, ids: Sequence[str]) -> None:
        """See `Ledger.delete_records`."""
        for record_id in ids:
            self._put("records", (kind, record_id), None)

    def about(self, record_ids: Iterable[str]) -> dict[Key, int]:
        """See `Ledger.about`."""
        return access.about(self._rows(), record_ids)

    def named_by(self, kind: str, record_id: str) -> frozenset[Key]:
        """See `Ledger.named_by`."""
        return access.named_by(self._rows(), kind, record_id)

    def opened_to(self, user_id: str, team_ids: Collection[str], today: date) -> frozenset[str]:
        """See `Ledger.opened_to`."""
        return access.opened_to(self._rows(), user_id, team_ids, today)

    # ---- saves

    def locked_client(self, client_id: str, *, user_id: str, device_id: str, now: datetime) -> Client:
        """See `Ledger.locked_client`."""
        self._lock("clients", client_id)
        found: Client | None = self._get("clients", client_id)
        if found is None:
            found = Client(client_id, user_id, device_id, 1, 0)
            self._put("clients", client_id, found)
        return found

    def note_client(self, client_id: str, **changes: Any) -> None:
        """See `Ledger.note_client`."""
        found = self._get("clients", client_id)
        kept = {name: value for name, value in changes.items() if name in Client.__slots__}
        if found is not None:
            self._put("clients", client_id, replace(found, **kept))

    def unhurried(self) -> None:
        """See `Ledger.unhurried`. Memory knows no disk."""

    def note_device(self, device_id: str, said: Said, *, now: datetime) -> None:
        """See `Ledger.note_device`."""
        self._put("devices", device_id, said)

    def wipe_asked(self, device_id: str) -> bool:
        """See `Ledger.wipe_asked`."""
        return self._get("facts", f"wipe {device_id}") is not None

    def ask_to_wipe(self, device_id: str) -> None:
        """Say that the device is to destroy its store at its next contact."""
        self._put("facts", f"wipe {device_id}", "asked")

    def keep_receipt(self, given: Given) -> bool:
        """See `Ledger.keep_receipt`."""
        if self._get("receipts", given.receipt_id) is None:
            self._put("receipts", given.receipt_id, given)
        return True

    def backed_up_at(self) -> datetime | None:
        """See `Ledger.backed_up_at`."""
        began: datetime | None = self._get("facts", "backed up")
        return began

    def note_backed_up(self, began: datetime) -> None:
        """A copy of these books that began then is complete."""
        self._put("facts", "backed up", began)

    def received_at(self, mutation_id: str) -> datetime | None:
        """See `Ledger.received_at`."""
        for _, numbers in self._all("numbers"):
            for known, at in numbers.values():
                if known == mutation_id:
                    read: datetime = at
                    return read
        return None

    def number_before(self, client_id: str, generation: int, before: datetime) -> int:
        """See `Ledger.number_before`."""
        known = self._get("numbers", (client_id, generation)) or {}
        later = min((number for number, (_, at) in known.items() if at >= before), default=None)
        return max((number for number in known if later is None or number < later), default=0)

    def save_at(self, client_id: str, generation: int, client_seq: int) -> str | None:
        """See `Ledger.save_at`."""
        return self.numbered(client_id, generation, [client_seq]).get(client_seq)

    def numbered(self, client_id: str, generation: int, numbers: Sequence[int]) -> dict[int, str]:
        """See `Ledger.numbered`."""
        known = self._get("numbers", (client_id, generation)) or {}
        return {number: known[number][0] for number in numbers if number in known}

    def highest_number(self, client_id: str, generation: int) -> int:
        """See `Ledger.highest_number`."""
        return max(self._get("numbers", (client_id, generation)) or {}, default=0)

    def answered(self, ids: Sequence[str]) -> dict[str, Answer]:
        """See `Ledger.answered`."""
        return {i: answer for i in ids if (answer := self._get("saves", i)) is not None}

    def enter(self, sender: Sender, entries: Sequence[Entry]) -> None:
        """See `Ledger.enter`."""
        for entry in entries:
            sender_key, number = (sender.client_id, sender.generation), entry.save.client_seq
            self._lock("saves", entry.answer.mutation_id)
            self._lock("numbers", sender_key)
            known = self._get("numbers", sender_key) or {}
            if self._get("saves", entry.answer.mutation_id) is not None or number in known:
                raise Taken("saves")
            whose = replace(entry.answer, author=entry.save.author, client_id=sender.client_id)
            self._put("saves", entry.answer.mutation_id, whose)
            self._put("numbers", sender_key, {**known, number: (entry.answer.mutation_id, sender.received_at)})
            for offered in entry.offered:
                self._offer(sender, entry, offered)
            if entry.held_because:
                self._put("held", entry.answer.mutation_id, msgspec.msgpack.encode(entry.save))

    def _offer(self, sender: Sender, entry: Entry, o: Offered) -> None:
        save_id, author = entry.answer.mutation_id, entry.save.author
        offer = Offer(o.kind, o.record_id, o.field, save_id, o.rev, o.outcome, o.value, author, sender.received_at)
        before = self._get("history", (o.kind, o.record_id)) or ()
        self._put("history", (o.kind, o.record_id), (*before, offer))

    def enter_made(self, kind: str, records: Sequence[Stored], *, author: str, now: datetime) -> None:
        """See `Ledger.enter_made`."""
        for stored in records:
            record_id = str(stored.values["id"])
            offer = Offer(kind, record_id, "", f"made {record_id}", stored.rev, "applied", stored.values, author, now)
            self._put("history", (kind, record_id), (offer,))

    def value_at(self, kind: str, record_id: str, field: str, rev: int) -> Plain:
        """See `Ledger.value_at`."""
        found: Offer | None = None
        for offer in self._get("history", (kind, record_id)) or ():
            wanted = offer.field in (field, "") and offer.outcome in _IN_FORCE and offer.rev <= rev
            if wanted and (found is None or offer.rev > found.rev):
                found = offer
        if found is None:
            return None
        value: Any = found.value
        read: Plain = value.get(field) if found.field == "" else value
        return read

    def last_author(self, kind: str, record_id: str, field: str, rev: int) -> str:
        """See `Ledger.last_author`."""
        return self.last_change(kind, record_id, field, rev)[0]

    def last_change(self, kind: str, record_id: str, field: str, rev: int) -> tuple[str, datetime | None]:
        """See `Ledger.last_change`."""
        for offer in self._get("history", (kind, record_id)) or ():
            if offer.field in (field, "") and offer.rev == rev and offer.outcome in _IN_FORCE:
                return offer.author, offer.received_at
        return "", None

    def removed(self, keys: Iterable[Key]) -> dict[Key, Removal]:
        """See `Ledger.removed`."""
        found: dict[Key, Removal] = {}
        for key in set(keys):
            for o in self._get("history", key) or ():
                if o.field == "" and o.outcome == REMOVED and (key not in found or o.rev > found[key].rev):
                    found[key] = Removal.from_history(o.value, o.rev, o.author, o.received_at)
        return found

    def settle_held(self, how: Mapping[str, str], *, by: str, at: datetime) -> None:
        """See `Ledger.settle_held`."""
        for mutation_id, became in how.items():
            if self._get("held", mutation_id) is not None and self._get("facts", f"settled {mutation_id}") is None:
                self._put("facts", f"settled {mutation_id}", (became, by, at))

    def in_history_or_held(self, ids: Iterable[str]) -> frozenset[str]:
        """See `Ledger.in_history_or_held`."""
        kept = {offer.mutation_id for _, offers in self._all("history") for offer in offers}
        kept |= {mutation_id for mutation_id, _ in self._all("held")}
        return frozenset(kept & set(ids))

    # ---- scopes

    def memberships(self, keys: Iterable[Key]) -> dict[Key, dict[str, int]]:
        """See `Ledger.memberships`."""
        found: dict[Key, dict[str, int]] = {key: {} for key in keys}
        for scope_id, members in self._all("members"):
            for key in found:
                member = members.get(key)
                if member is not None and member.state == PUT:
                    found[key][scope_id] = member.hash
        return found

    def settle(self, moves: Sequence[Move], before: dict[Key, dict[str, int]]) -> frozenset[str]:
        """See `Ledger.settle`."""
        touched = sorted({s for move in moves for s in (*move.into, *before[move.key])})
        for scope_id in touched:
            self._lock("scopes", scope_id)
        for scope_id in touched:
            standing = self._get("scopes", scope_id) or Standing(scope_id)
            members = dict(self._get("members", scope_id) or {})
            moving = [members[move.key].seq for move in moves if move.key in members]
            for move in moves:
                standing = _moved(standing, members, move, before[move.key].get(scope_id))
            self._put("scopes", scope_id, standing)
            self._put("members", scope_id, members)
            if kept := self._get("pages", scope_id):
                self._put("pages", scope_id, memory_pages.without_moved(kept, moving))
        return frozenset(touched)

    def standings(self, ids: Iterable[str]) -> dict[str, Standing]:
        """See `Ledger.standings`."""
        return {i: self._get("scopes", i) or Standing(i) for i in sorted(ids)}

    def positions_after(self, scope_id: str, seq: int, limit: int, *, present_only: bool) -> list[Position]:
        """See `Ledger.positions_after`."""
        members: Mapping[Key, Member] = self._get("members", scope_id) or {}
        found = [
            Position(member.seq, *key, member.state)
            for key, member in members.items()
            if member.seq > seq and (member.state == PUT or not present_only)
        ]
        return sorted(found, key=lambda position: position.seq)[:limit]

    def hashes_between(self, scope_id: str, lo: str, hi: str) -> list[tuple[str, Key, int]]:
        """See `Ledger.hashes_between`."""
        members: Mapping[Key, Member] = self._get("members", scope_id) or {}
        low, high = lo.replace("\x00", "").encode(), hi.replace("\x00", "").encode()
        named = [(f"{key[1]}/{key[0]}", key, member.hash) for key, member in members.items() if member.state == PUT]
        return sorted((n for n in named if low <= n[0].encode() < high), key=lambda n: n[0].encode())

    def server_epoch(self) -> str:
        """See `Ledger.server_epoch`."""
        return str(self._get("facts", "epoch"))

    def begin_epoch(self, epoch: str) -> None:
        """See `Ledger.begin_epoch`."""
        self._put("facts", "epoch", epoch)

    # ---- for the proof

    def every_record(self) -> dict[Key, Stored]:
        """See `central_audit.every_record`."""
        return {key: row.stored for key, row in self._rows()}

    def every_save(self) -> dict[str, Answer]:
        """See `central_audit.every_save`."""
        return dict(self._all("saves"))

    def every_offer(self) -> tuple[Offer, ...]:
        """See `central_audit.every_offer`."""
        return tuple(offer for _, offers in self._all("history") for offer in offers)

    def every_held(self) -> dict[str, Mutation]:
        """See `central_audit.every_held`."""
        return {i: msgspec.msgpack.decode(body, type=Mutation) for i, body in self._all("held")}


def _moved(standing: Standing, members: dict[Key, Member], move: Move, old_hash: int | None) -> Standing:
    """The scope after a record has moved in, out or within it."""
    inside = standing.id in move.into
    if old_hash is None and not inside:
        return standing
    count, digest, seq = standing.count, standing.digest, standing.seq + 1
    if old_hash is not None:
        count, digest = count - 1, digest ^ old_hash
    if inside:
        count, digest = count + 1, digest ^ move.hash
    outside = Member(seq, DELETED if move.gone else LEFT, 0)
    members[move.key] = Member(seq, PUT, move.hash) if inside else outside
    return replace(standing, seq=seq, count=count, digest=digest)
