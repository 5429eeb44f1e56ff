"""A council with real PostgreSQL and laptops with real encrypted stores, joined without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, select

from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.records import BY_KIND, Case, Council, Note, Person, Team, User
from almoner.records.staff import StaffRole
from almoner.rules.access import is_in_force, scopes_for, scopes_of, shared_by, shared_scope, teams_of
from almoner.rules.words import uk_date
from almoner.store import incoming, outbox
from almoner.store.central import central_table
from almoner.store.central_rows import Stored, stored_of_row
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.store.tables import local_table
from almoner.store.writing import Writing
from almoner.sync.client import SyncOutcome, sync_once
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
from almoner.sync.peer import Peer, PeerKind, PeerTrouble
from almoner.sync.seeding import put_records
from almoner.sync.serving import ServerPeer, Session

T = TypeVar("T")
START = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)

COUNCIL = Council(id="c0", name="Ashmere", prefix="ASH")
REPAIRS, STREETS = Team(id="t1", name="Repairs"), Team(id="t2", name="Streets")
RUTH = User(id="u1", username="ruth", full_name="Ruth Bello", team_id="t1", team_ids=("t1",))
OWEN = User(id="u2", username="owen", full_name="Owen Pryce", team_id="t1", team_ids=("t1",))
SANA = User(
    id="u3", username="sana", full_name="Sana Iqbal", role=StaffRole.SUPERVISOR, team_id="t1", team_ids=("t1", "t2")
)
JOAN = User(id="u4", username="joan", full_name="Joan Marsh", team_id="t2", team_ids=("t2",))
ADA = User(id="u5", username="ada", full_name="Ada Fell", role=StaffRole.ADMINISTRATOR)
STAFF = (COUNCIL, REPAIRS, STREETS, RUTH, OWEN, SANA, JOAN, ADA)


class Centre:
    """The council's server: its database and its clock."""

    def __init__(self, engine: Engine, seed: int = 0) -> None:
        self.engine, self.clock, self.ids = engine, PretendClock(START), SeededIds(seed)
        put_records(engine, STAFF, now=self.clock.now())

    def peer(self, user: User, *, revoked: bool = False) -> ServerPeer:
        session = Session(user_id=user.id, device_id=f"device of {user.id}", revoked=revoked)
        return ServerPeer(self.engine, session, now=self.clock.now)

    def value(self, cls: type[Any], record_id: str, field: str) -> Any:
        table = central_table(cls)
        with self.engine.connect() as connection:
            return connection.execute(select(table.c[field]).where(table.c.id == record_id)).scalar_one_or_none()

    def rows(self, table: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table)).mappings())

    def holds(self, user: User) -> dict[tuple[str, str], int]:
        """Every record the user may see, with its rev, by the rules of access and not by what scopes say."""
        stored: dict[tuple[str, str], Stored] = {}
        with self.engine.connect() as connection:
            for kind, record in BY_KIND.items():
                for row in connection.execute(select(central_table(record))).mappings():
                    stored[kind, row["id"]] = stored_of_row(kind, row)

        def values(kind: str, record_id: str) -> Any:
            return stored[kind, record_id].values if (kind, record_id) in stored else None

        shared = {shared_by(kind, one.values) for (kind, _), one in stored.items()} - {None}
        today, teams = uk_date(self.clock.now()), teams_of(user)
        opened = {
            shared_scope(*key)
            for (kind, _), one in stored.items()
            if (key := shared_by(kind, one.values)) is not None
            and is_in_force(one.values, today)
            and (one.values["team_id"] in teams or one.values.get("user_id") == user.id)
        }
        may = scopes_for(user, opened if user.active else ())

        def within(key: tuple[str, str], one: Stored) -> bool:
            return bool(may & (scopes_of(key[0], one.values, values, lambda k, i: (k, i) in shared) or set()))

        return {key: one.rev for key, one in stored.items() if within(key, one)}


class ByWire:
    """A peer whose every message goes through bytes, as over a network."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def hello(self, message: Hello) -> HelloReply:
        return unpack(pack(self._peer.hello(unpack(pack(message), Hello))), HelloReply)

    def push(self, message: Push) -> PushReply:
        return unpack(pack(self._peer.push(unpack(pack(message), Push))), PushReply)

    def pull(self, message: Pull) -> Iterator[Page]:
        for page in self._peer.pull(unpack(pack(message), Pull)):
            yield unpack(pack(page), Page)

    def ranges(self, message: Ranges) -> RangesReply:
        return unpack(pack(self._peer.ranges(unpack(pack(message), Ranges))), RangesReply)

    def receipt(self, message: Receipt) -> ReceiptReply:
        return unpack(pack(self._peer.receipt(unpack(pack(message), Receipt))), ReceiptReply)


class Cut:
    """A peer that can be cut off, and counts what it was asked."""

    def __init__(self, peer: Peer) -> None:
        self._peer, self.down, self.pages_left = peer, False, 1_000_000
        self.pushed: list[Push] = []

    def _check(self) -> None:
        if self.down:
            raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Your work is kept here.")

    def hello(self, message: Hello) -> HelloReply:
        self._check()
        return self._peer.hello(message)

    def push(self, message: Push) -> PushReply:
        self._check()
        self.pushed.append(message)
        return self._peer.push(message)

    def pull(self, message: Pull) -> Iterator[Page]:
        self._check()
        for page in self._peer.pull(message):
            if self.pages_left <= 0:
                raise PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "Your work is kept here.")
            self.pages_left -= 1
            yield page

    def ranges(self, message: Ranges) -> RangesReply:
        self._check()
        return self._peer.ranges(message)

    def receipt(self, message: Receipt) -> ReceiptReply:
        self._check()
        return self._peer.receipt(message)


class Laptop:
    """One officer's store and the line to the server."""

    def __init__(self, centre: Centre, user: User, folder: Path, seed: int) -> None:
        self.user, self.clock, self.ids = user, PretendClock(START), SeededIds(seed)
        self.folder, self.centre = folder, centre
        self.store = Store.create(folder, bytes(range(32)), user_id=user.id, new_id=self.ids.new)
        self.line = Cut(ByWire(centre.peer(user)))

    def write(self, action: Callable[[Writing], T]) -> T:
        return self.store.writer().write(action, author=self.user.id, now=self.clock.now())[0]

    def read(self, query: Callable[[Reading], T]) -> T:
        return self.store.look(query)

    def sync(self) -> SyncOutcome:
        return sync_once(self, self.line, now=self.clock.now)

    def add(self, *records: Any) -> None:
        def action(tx: Writing) -> None:
            for record in records:
                tx.add(record)

        self.write(action)

    def change(self, cls: type[Any], record_id: str, **fields: Any) -> None:
        self.write(lambda tx: tx.save(replace(tx.get(cls, record_id), **fields)))

    def find(self, cls: type[Any], record_id: str) -> Any:
        return self.read(lambda reading: reading.find(cls, record_id))

    def all_of(self, cls: type[Any]) -> tuple[Any, ...]:
        return self.read(lambda reading: reading.all_of(cls))

    def unsent(self) -> int:
        return self.read(outbox.unsent_count)

    def returned(self) -> tuple[outbox.UnsentLine, ...]:
        return self.read(outbox.returned)

    def holds(self) -> dict[tuple[str, str], int]:
        """Every record on the device, with its rev."""

        def query(reading: Reading) -> dict[tuple[str, str], int]:
            found: dict[tuple[str, str], int] = {}
            for kind, record in BY_KIND.items():
                table = local_table(record)
                for row in reading.connection.execute(select(table.c.id, table.c.rev)):
                    found[kind, row.id] = row.rev
            return found

        return self.read(query)

    def states(self) -> dict[str, str]:
        return self.read(incoming.scope_states)

    def reopen(self) -> None:
        """As after a crash: what was not committed is gone."""
        self.store.close()
        self.store = Store.open(self.folder, bytes(range(32)), new_id=self.ids.new)

    # ---- what officers save

    def new_person(self, name: str = "Maya Okafor", **more: Any) -> Person:
        person = Person(id=self.ids.new(), full_name=name, **more)
        self.add(person)
        return person

    def new_case(self, title: str = "Mould in the bedroom", **more: Any) -> Case:
        record_id = self.ids.new()
        case = Case(
            **{
                "id": record_id,
                "reference": f"ASH-{record_id[-6:]}",
                "service": "damp-and-mould",
                "title": title,
                "stage": "new",
                "team_id": "t1",
                "opened_by": self.user.id,
                "aware_at": self.clock.now(),
                "recorded_at": self.clock.now(),
                **more,
            }
        )
        self.add(case)
        return case

    def new_note(self, case_id: str, text: str = "Rang; no answer.") -> Note:
        now = self.clock.now()
        note = Note(
            id=self.ids.new(), case_id=case_id, text=text, author_id=self.user.id, happened_at=now, recorded_at=now
        )
        self.add(note)
        return note
