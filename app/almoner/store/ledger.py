"""The council's records as the server's half of sync needs them: one transaction is a `Ledger`, `Books` begin them.

PostgreSQL keeps the real ones. A simulation keeps them in memory, and one suite of tests says what both must do:
nobody sees a write before its commit, what is locked stays locked to the commit, and a read shows one moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, StatementError

from almoner.records.wire import Plain
from almoner.store import central_access as access
from almoner.store import central_devices as devices
from almoner.store import central_own as own
from almoner.store import central_rows as rows
from almoner.store import central_saves as saves
from almoner.store import central_scopes as scopes
from almoner.store import first_pages
from almoner.store.central_bulk import unhurried
from almoner.store.central_devices import Given, Said
from almoner.store.central_rows import Key, Stored
from almoner.store.central_saves import Answer, Client, Entry, Removal, Sender
from almoner.store.central_scopes import Move, Position, Standing
from almoner.store.first_pages import FirstPage

_BETWEEN = frozenset({"40001", "40P01"})
"""PostgreSQL's codes for: another transaction came first; two waited for each other."""
_TAKEN = "23505"
_WAITED = "55P03"
"""PostgreSQL's code for a lock that was not given in time."""


class Clash(Exception):
    """Another transaction came between; nothing was written, and the same may succeed when done again."""


class Unwritable(Exception):
    """What was to be written cannot be kept, however often it is tried; nothing was written."""


class Taken(Clash, Unwritable):
    """A row of that name exists already: made meanwhile by another, or sent twice."""


class Busy(Exception):
    """Another transaction holds what this one needs and did not end in time; nothing was written."""


class Ledger(Protocol):
    """One transaction. Methods are those of `central_rows`, `central_saves` and `central_scopes`, which say more."""

    def load(self, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Stored]:
        """The records that exist among those asked for."""

    def travelling(self, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
        """For each record that exists its rev and the msgpack of the values that travel."""

    def own_work(self, user_id: str, scopes: Sequence[str], *, most_cases: int) -> list[tuple[str, Key]]:
        """Scope and key of each record of an officer's own open cases, and of the people in them."""

    def next_page(self, scope_id: str, edition: str, seq: int) -> FirstPage | None:
        """The first kept page of a first load that begins at `seq` or later; its body when it begins there."""

    def ends_page(self, scope_id: str, edition: str, seq: int) -> bool:
        """Whether a kept page ends there."""

    def members_between(self, scope_id: str, after: int, upto: int) -> int:
        """How many members a scope has with these numbers."""

    def keep_pages(self, pages: Sequence[FirstPage]) -> int:
        """Keep pages of first loads that are still right; how many were."""

    def insert_records(self, kind: str, records: Sequence[Stored]) -> None:
        """Add new records. Raises Taken when one exists."""

    def update_records(self, kind: str, records: Sequence[Stored]) -> None:
        """Write the new state of records that exist and are locked."""

    def delete_records(self, kind: str, ids: Sequence[str]) -> None:
        """Take away records that exist and are locked; the history keeps them."""

    def children_of(self, kind: str, record_id: str) -> dict[Key, int]:
        """Every record that follows this one's scopes, with its hash."""

    def about(self, record_ids: Iterable[str]) -> dict[Key, int]:
        """What the server has opened about these records or for these cases and people, with its hash."""

    def named_by(self, kind: str, record_id: str) -> frozenset[Key]:
        """The records that hang on this one or name it, or the first of very many."""

    def opened_to(self, user_id: str, team_ids: Collection[str], today: date) -> frozenset[str]:
        """The scopes of cases and people open to an officer on a day, by a share or by consent."""

    def removed(self, keys: Iterable[Key]) -> dict[Key, Removal]:
        """Those of these records that were taken away, as they were then."""

    def settle_held(self, how: Mapping[str, str], *, by: str, at: datetime) -> None:
        """Somebody has dealt with held saves; what became of each, by its mutation."""

    def locked_client(self, client_id: str, *, user_id: str, device_id: str, now: datetime) -> Client:
        """The client's row, made when it is new, locked to the commit."""

    def note_client(self, client_id: str, **changes: Any) -> None:
        """Keep what was learnt of a client."""

    def unhurried(self) -> None:
        """What this transaction writes may be lost in a power cut: its commit waits for no disk."""

    def note_device(self, device_id: str, said: Said, *, now: datetime) -> None:
        """Keep when a device was last here and what it said of itself."""

    def wipe_asked(self, device_id: str) -> bool:
        """Whether the device is to destroy its store at this contact."""

    def keep_receipt(self, given: Given) -> bool:
        """Keep what a device says has left it; False when it has given too many."""

    def backed_up_at(self) -> datetime | None:
        """When the last complete copy of these records began; None when none was ever made."""

    def received_at(self, mutation_id: str) -> datetime | None:
        """When a save was received, from whatever client or generation; None when it never was."""

    def number_before(self, client_id: str, generation: int, before: datetime) -> int:
        """The highest number below which every save was received before the instant, 0 when none."""

    def save_at(self, client_id: str, generation: int, client_seq: int) -> str | None:
        """The id of the save answered under this number, or None."""

    def numbered(self, client_id: str, generation: int, numbers: Sequence[int]) -> dict[int, str]:
        """For each number already answered the id of its save."""

    def highest_number(self, client_id: str, generation: int) -> int:
        """The highest number answered in a generation, 0 when none."""

    def answered(self, ids: Sequence[str]) -> dict[str, Answer]:
        """The answers already given to saves with these ids."""

    def enter(self, sender: Sender, entries: Sequence[Entry]) -> None:
        """Write down what was made of saves. Raises Taken when one was answered meanwhile."""

    def enter_made(self, kind: str, records: Sequence[Stored], *, author: str, now: datetime) -> None:
        """Write down records made by the server's own hand."""

    def value_at(self, kind: str, record_id: str, field: str, rev: int) -> Plain:
        """The value a field had when its record was at `rev`."""

    def last_author(self, kind: str, record_id: str, field: str, rev: int) -> str:
        """Who set a field at a rev of its record; empty when nobody is written down."""

    def last_change(self, kind: str, record_id: str, field: str, rev: int) -> tuple[str, datetime | None]:
        """Who set a field at a rev of its record, and when the server received it; empty when it is not known."""

    def in_history_or_held(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of these saves whose values are kept."""

    def memberships(self, keys: Iterable[Key]) -> dict[Key, dict[str, int]]:
        """For each record the scopes it is in now, with the hash each scope counts it by."""

    def settle(self, moves: Sequence[Move], before: dict[Key, dict[str, int]]) -> frozenset[str]:
        """Enter moves into their scopes. The last act before the commit."""

    def standings(self, ids: Iterable[str]) -> dict[str, Standing]:
        """How scopes stand."""

    def positions_after(self, scope_id: str, seq: int, limit: int, *, present_only: bool) -> list[Position]:
        """The members with numbers above `seq`, in order."""

    def hashes_between(self, scope_id: str, lo: str, hi: str) -> list[tuple[str, Key, int]]:
        """Range key, record and hash of every present member of a range."""

    def server_epoch(self) -> str:
        """The epoch of these records."""

    def begin_epoch(self, epoch: str) -> None:
        """Say that these records were restored from a copy."""


class Books(Protocol):
    """Where the council's records are kept. Both contexts give one transaction that ends with them."""

    def write(self) -> AbstractContextManager[Ledger]:
        """A transaction that is committed when the context ends well and forgotten when it does not. Raises Clash,
        Unwritable, Taken or Busy."""

    def read(self) -> AbstractContextManager[Ledger]:
        """A transaction that shows one unchanging moment and writes nothing."""


class PostgresLedger:
    """One transaction in the council's PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def load(self, keys: Iterable[Key], *, lock: bool = False) -> dict[Key, Stored]:
        """See `central_rows.load`."""
        return rows.load(self.connection, keys, lock=lock)

    def travelling(self, keys: Iterable[Key]) -> dict[Key, tuple[int, bytes]]:
        """See `central_rows.travelling`."""
        return rows.travelling(self.connection, keys)

    def own_work(self, user_id: str, scopes: Sequence[str], *, most_cases: int) -> list[tuple[str, Key]]:
        """See `central_own.own_work`."""
        return own.own_work(self.connection, user_id, scopes, most_cases=most_cases)

    def next_page(self, scope_id: str, edition: str, seq: int) -> FirstPage | None:
        """See `first_pages.next_page`."""
        return first_pages.next_page(self.connection, scope_id, edition, seq)

    def ends_page(self, scope_id: str, edition: str, seq: int) -> bool:
        """See `first_pages.ends_page`."""
        return first_pages.ends_page(self.connection, scope_id, edition, seq)

    def members_between(self, scope_id: str, after: int, upto: int) -> int:
        """See `first_pages.members_between`."""
        return first_pages.members_between(self.connection, scope_id, after, upto)

    def keep_pages(self, pages: Sequence[FirstPage]) -> int:
        """See `first_pages.keep_pages`."""
        return first_pages.keep_pages(self.connection, pages)

    def insert_records(self, kind: str, records: Sequence[Stored]) -> None:
        """See `central_rows.insert_records`."""
        rows.insert_records(self.connection, kind, records)

    def update_records(self, kind: str, records: Sequence[Stored]) -> None:
        """See `central_rows.update_records`."""
        rows.update_records(self.connection, kind, records)

    def delete_records(self, kind: str, ids: Sequence[str]) -> None:
        """See `central_access.delete_records`."""
        access.delete_records(self.connection, kind, ids)

    def about(self, record_ids: Iterable[str]) -> dict[Key, int]:
        """See `central_access.about`."""
        return access.about(self.connection, record_ids)

    def named_by(self, kind: str, record_id: str) -> frozenset[Key]:
        """See `central_access.named_by`."""
        return access.named_by(self.connection, kind, record_id)

    def opened_to(self, user_id: str, team_ids: Collection[str], today: date) -> frozenset[str]:
        """See `central_access.opened_to`."""
        return access.opened_to(self.connection, user_id, team_ids, today)

    def removed(self, keys: Iterable[Key]) -> dict[Key, Removal]:
        """See `central_saves.removed`."""
        return saves.removed(self.connection, keys)

    def settle_held(self, how: Mapping[str, str], *, by: str, at: datetime) -> None:
        """See `central_saves.settle_held`."""
        saves.settle_held(self.connection, how, by=by, at=at)

    def children_of(self, kind: str, record_id: str) -> dict[Key, int]:
        """See `central_rows.children_of`."""
        return rows.children_of(self.connection, kind, record_id)

    def locked_client(self, client_id: str, *, user_id: str, device_id: str, now: datetime) -> Client:
        """See `central_saves.locked_client`."""
        return saves.locked_client(self.connection, client_id, user_id=user_id, device_id=device_id, now=now)

    def note_client(self, client_id: str, **changes: Any) -> None:
        """See `central_saves.note_client`."""
        saves.note_client(self.connection, client_id, **changes)

    def unhurried(self) -> None:
        """See `central_bulk.unhurried`."""
        unhurried(self.connection)

    def note_device(self, device_id: str, said: Said, *, now: datetime) -> None:
        """See `central_devices.note_device`."""
        devices.note_device(self.connection, device_id, said, now=now)

    def wipe_asked(self, device_id: str) -> bool:
        """See `central_devices.wipe_asked`."""
        return devices.wipe_asked(self.connection, device_id)

    def keep_receipt(self, given: Given) -> bool:
        """See `central_devices.keep_receipt`."""
        return devices.keep_receipt(self.connection, given)

    def backed_up_at(self) -> datetime | None:
        """See `central_devices.backed_up_at`."""
        return devices.backed_up_at(self.connection)

    def received_at(self, mutation_id: str) -> datetime | None:
        """See `central_devices.received_at`."""
        return devices.received_at(self.connection, mutation_id)

    def number_before(self, client_id: str, generation: int, before: datetime) -> int:
        """See `central_devices.number_before`."""
        return devices.number_before(self.connection, client_id, generation, before)

    def save_at(self, client_id: str, generation: int, client_seq: int) -> str | None:
        """See `central_saves.save_at`."""
        return saves.save_at(self.connection, client_id, generation, client_seq)

    def numbered(self, client_id: str, generation: int, numbers: Sequence[int]) -> dict[int, str]:
        """See `central_saves.numbered`."""
        return saves.numbered(self.connection, client_id, generation, numbers)

    def highest_number(self, client_id: str, generation: int) -> int:
        """See `central_saves.highest_number`."""
        return saves.highest_number(self.connection, client_id, generation)

    def answered(self, ids: Sequence[str]) -> dict[str, Answer]:
        """See `central_saves.answered`."""
        return saves.answered(self.connection, ids)

    def enter(self, sender: Sender, entries: Sequence[Entry]) -> None:
        """See `central_saves.enter`."""
        saves.enter(self.connection, sender, entries)

    def enter_made(self, kind: str, records: Sequence[Stored], *, author: str, now: datetime) -> None:
        """See `central_saves.enter_made`."""
        saves.enter_made(self.connection, kind, records, author=author, now=now)

    def value_at(self, kind: str, record_id: str, field: str, rev: int) -> Plain:
        """See `central_saves.value_at`."""
        return saves.value_at(self.connection, kind, record_id, field, rev)

    def last_author(self, kind: str, record_id: str, field: str, rev: int) -> str:
        """See `central_saves.last_author`."""
        return saves.last_author(self.connection, kind, record_id, field, rev)

    def last_change(self, kind: str, record_id: str, field: str, rev: int) -> tuple[str, datetime | None]:
        """See `central_saves.last_change`."""
        return saves.last_change(self.connection, kind, record_id, field, rev)

    def in_history_or_held(self, ids: Iterable[str]) -> frozenset[str]:
        """See `central_saves.in_history_or_held`."""
        return saves.in_history_or_held(self.connection, ids)

    def memberships(self, keys: Iterable[Key]) -> dict[Key, dict[str, int]]:
        """See `central_scopes.memberships`."""
        return scopes.memberships(self.connection, keys)

    def settle(self, moves: Sequence[Move], before: dict[Key, dict[str, int]]) -> frozenset[str]:
        """See `central_scopes.settle`."""
        return scopes.settle(self.connection, moves, before)

    def standings(self, ids: Iterable[str]) -> dict[str, Standing]:
        """See `central_scopes.standings`."""
        return scopes.standings(self.connection, ids)

    def positions_after(self, scope_id: str, seq: int, limit: int, *, present_only: bool) -> list[Position]:
        """See `central_scopes.positions_after`."""
        return scopes.positions_after(self.connection, scope_id, seq, limit, present_only=present_only)

    def hashes_between(self, scope_id: str, lo: str, hi: str) -> list[tuple[str, Key, int]]:
        """See `central_scopes.hashes_between`."""
        return scopes.hashes_between(self.connection, scope_id, lo, hi)

    def server_epoch(self) -> str:
        """See `central_scopes.server_epoch`."""
        return scopes.server_epoch(self.connection)

    def begin_epoch(self, epoch: str) -> None:
        """See `central_scopes.begin_epoch`."""
        scopes.begin_epoch(self.connection, epoch)


class PostgresBooks:
    """The council's records in PostgreSQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def write(self) -> Iterator[PostgresLedger]:
        """See `Books.write`. What the database says of itself (no line, no disk) is raised as it is."""
        try:
            with self._engine.begin() as connection:
                yield PostgresLedger(connection)
        except StatementError as fault:
            meaning = _meaning(fault)
            if meaning is None:
                raise
            raise meaning from fault

    @contextmanager
    def read(self) -> Iterator[PostgresLedger]:
        """See `Books.read`."""
        options: Mapping[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield PostgresLedger(connection)


def books_of(kept: Engine | Books) -> Books:
    """The books that are meant: those in a database when one is named by its connections."""
    return PostgresBooks(kept) if isinstance(kept, Engine) else kept


def _meaning(fault: StatementError) -> Exception | None:
    """What a refusal of the database means to sync; None when the database itself is unwell."""
    if not isinstance(fault, DBAPIError):
        return Unwritable("a value cannot be put to the database")
    code = str(getattr(fault.orig, "sqlstate", None) or "")
    if code in _BETWEEN:
        return Clash(code)
    if code == _TAKEN:
        return Taken(code)
    if code == _WAITED:
        return Busy(code)
    return Unwritable(code) if code[:2] in ("22", "23") else None
