"""The council's server of a world: the real code, its books in memory or in PostgreSQL, and the ways it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from almoner.outside.clock import PretendClock
from almoner.records import User
from almoner.records.mutation import Mutation
from almoner.simulation.memory_books import MemoryBooks, MemoryLedger
from almoner.simulation.shelves import Shelves
from almoner.simulation.town import START
from almoner.store import central_audit as audit
from almoner.store.central_audit import Offer
from almoner.store.central_rows import Key, Stored
from almoner.store.central_saves import Answer
from almoner.store.ledger import Books, Ledger, PostgresBooks, PostgresLedger
from almoner.sync.seeding import change_record
from almoner.sync.serving import Durable, ServerPeer, Session


class ServerDied(Exception):
    """The server stopped in the middle of a transaction; nothing of it stays."""


@dataclass(frozen=True)
class Audit:
    """All the books hold at one moment."""

    records: dict[Key, Stored]
    saves: dict[str, Answer]
    offers: tuple[Offer, ...]
    held: dict[str, Mutation]


class MemoryKept(MemoryBooks):
    """Books in memory."""

    def audit(self) -> Audit:
        """All they hold."""
        ledger = MemoryLedger(self, self.shelves)
        return Audit(ledger.every_record(), ledger.every_save(), ledger.every_offer(), ledger.every_held())


class PostgresKept(PostgresBooks):
    """Books in PostgreSQL; its connections must have a short `lock_timeout`, because one thread plays everybody."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.before_commit: Callable[[], None] = lambda: None

    @contextmanager
    def write(self) -> Iterator[PostgresLedger]:
        """As `PostgresBooks.write`, with what happens before the commit."""
        with super().write() as ledger:
            yield ledger
            self.before_commit()

    def audit(self) -> Audit:
        """All they hold."""
        with self.read() as ledger:
            c = ledger.connection
            return Audit(audit.every_record(c), audit.every_save(c), audit.every_offer(c), audit.every_held(c))


@dataclass
class Noted:
    """Books that remember the moments they were first and last read at, when they are in memory."""

    kept: MemoryKept | PostgresKept
    first: Shelves | None = None
    moment: Shelves | None = None

    def write(self) -> AbstractContextManager[Ledger]:
        """See `Books.write`."""
        return self.kept.write()

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """See `Books.read`."""
        with self.kept.read() as ledger:
            if isinstance(self.kept, MemoryKept):
                self.moment = self.kept.shelves
                self.first = self.first or self.moment
            yield ledger


@dataclass
class Server:
    """One council's server. `copies` are complete backups, oldest first; `files` and `part_files` are attachments that
    have arrived whole, and in part."""

    kept: MemoryKept | PostgresKept
    durable: Durable = Durable.COMMIT
    page_rows: int = 7
    clock: PretendClock = field(default_factory=lambda: PretendClock(START))
    revoked: set[str] = field(default_factory=set)
    wiped: set[str] = field(default_factory=set)
    copies: list[Shelves] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    part_files: dict[str, bytes] = field(default_factory=dict)
    epochs: int = 1

    def moment(self) -> Shelves | None:
        """All the books hold now, when they are in memory."""
        return self.kept.shelves if isinstance(self.kept, MemoryKept) else None

    def peer(self, user: User, device_id: str, books: Books | None = None) -> ServerPeer:
        """The server as this officer's device meets it now; `books` when somebody looks over its shoulder."""
        session = Session(user_id=user.id, device_id=device_id, revoked=device_id in self.revoked)
        return ServerPeer(
            books or self.kept, session, now=self.clock.now, durable=self.durable, page_rows=self.page_rows
        )

    def by_own_hand(self, kind: str, record_id: str, **values: Any) -> None:
        """Change a record as an administrator does at the server."""
        change_record(self.kept, kind, record_id, values, now=self.clock.now())

    def begin_copy(self) -> tuple[datetime, Shelves]:
        """Begin a backup: what is committed now will be in it."""
        assert isinstance(self.kept, MemoryKept)
        return self.clock.now(), self.kept.snapshot()

    def complete_copy(self, copy: tuple[datetime, Shelves]) -> None:
        """The backup is whole and safe: from now on what is in it counts as durable."""
        assert isinstance(self.kept, MemoryKept)
        self.copies.append(copy[1])
        with self.kept.write() as ledger:
            ledger.note_backed_up(copy[0])

    def restore(self) -> None:
        """All that came after the last complete copy is gone, as after a fire."""
        assert isinstance(self.kept, MemoryKept)
        self.epochs += 1
        self.kept.restore(self.copies[-1], f"epoch-{self.epochs}")
