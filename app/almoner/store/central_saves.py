"""What the server remembers of every save: its answer, every value it offered, and what is held for a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, instant_text
from almoner.store import central_bulk as bulk
from almoner.store.central import client, field_history, held
from almoner.store.central_rows import Key, Stored

_MADE = uuid.UUID("b8b9b1ce-8d7f-4b64-9c7b-4c1cf9a0b6de")
"""Under which what the server makes by its own hand gets the id of a save."""


@dataclass(frozen=True, slots=True)
class Client:
    """A store on a device, as the server knows it."""

    client_id: str
    user_id: str
    device_id: str
    generation: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said about a save; `author` and `client_id` say whose it was, once it is written down."""

    client_seq: int
    mutation_id: str
    verdict: Verdict
    rev: int = 0
    text: str = ""
    fields: tuple[str, ...] = ()
    author: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """A value offered for a field of a record, and what became of it. Field "" holds a new record whole."""

    kind: str
    record_id: str
    field: str
    rev: int
    outcome: str
    value: Plain | dict[str, Any]


REMOVED = "removed"
"""The outcome under which the history keeps a record that was taken away; see `Removal`."""


@dataclass(frozen=True, slots=True)
class Removal:
    """A record as it was when it was taken away, by whom and when: `stored` is what stood, `rev` the removal's own."""

    stored: Stored
    rev: int
    writer: str
    author: str
    at: datetime

    def as_offered(self, kind: str) -> Offered:
        """The line of the history that keeps it."""
        whole = {"values": self.stored.values, "extra": self.stored.extra, "rev": self.stored.rev}
        kept = {**whole, "field_rev": self.stored.field_rev, "writer": self.writer}
        return Offered(kind, str(self.stored.values["id"]), "", self.rev, REMOVED, kept)

    @classmethod
    def from_history(cls, value: Any, rev: int, author: str, at: datetime) -> Removal:
        """The removal in a line of the history."""
        stored = Stored(value["values"], value["extra"], value["rev"], value["field_rev"])
        return cls(stored, rev, value["writer"], author, at)


def locked_client(connection: Connection, client_id: str, *, user_id: str, device_id: str, now: datetime) -> Client:
    """The client's row, made when it is new and locked to the commit, so that its saves are taken one batch at a
    time. The row names the user it was made for; the caller compares."""
    found = _client_row(connection, client_id)
    if not found:
        row = {"client_id": client_id, "user_id": user_id, "device_id": device_id, "generation": 1, "last_seen": now}
        connection.execute(upsert(client).values(row).on_conflict_do_nothing())
        found = _client_row(connection, client_id)
    return Client(*found[0])


def _client_row(connection: Connection, client_id: str) -> list[Any]:
    columns = "client_id, user_id, device_id, generation, last_seq"
    return bulk.fetch(connection, f"SELECT {columns} FROM client WHERE client_id = %s FOR UPDATE", client_id)


def note_client(connection: Connection, client_id: str, **changes: Any) -> None:
    """Keep what was learnt of a client: generation, last_seq, last_seen, unsent, device_id."""
    assert changes.keys() <= {"generation", "last_seq", "last_seen", "unsent", "device_id"}, "a client has not that"
    sets = ", ".join(f"{name} = %s" for name in changes)
    bulk.do(connection, f"UPDATE client SET {sets} WHERE client_id = %s", *changes.values(), client_id)


def save_at(connection: Connection, client_id: str, generation: int, client_seq: int) -> str | None:
    """The id of the save the server answered under this number, or None."""
    query = "SELECT mutation_id FROM mutation WHERE client_id = %s AND generation = %s AND client_seq = %s"
    found = bulk.fetch(connection, query, client_id, generation, client_seq)
    return str(found[0][0]) if found else None


def numbered(connection: Connection, client_id: str, generation: int, numbers: Sequence[int]) -> dict[int, str]:
    """For each number already answered the id of its save."""
    query = (
        "SELECT client_seq, mutation_id FROM mutation "
        "WHERE client_id = %s AND generation = %s AND client_seq = ANY(%b::bigint[])"
    )
    return dict(bulk.fetch(connection, query, client_id, generation, list(numbers)))


def highest_number(connection: Connection, client_id: str, generation: int) -> int:
    """The highest number answered in a generation of a client, 0 when none."""
    query = "SELECT max(client_seq) FROM mutation WHERE client_id = %s AND generation = %s"
    return bulk.fetch(connection, query, client_id, generation)[0][0] or 0


def answered(connection: Connection, ids: Sequence[str]) -> dict[str, Answer]:
    """The answers already given to saves with these ids, from whatever client or generation they came."""
    query = (
        "SELECT client_seq, mutation_id, verdict, rev, text, fields, author, client_id FROM mutation "
        "WHERE mutation_id = ANY(%b::text[])"
    )
    return {
        row[1]: Answer(row[0], row[1], Verdict(row[2]), row[3], row[4], tuple(row[5]), row[6], row[7])
        for row in bulk.fetch(connection, query, list(ids))
    }


@dataclass(frozen=True, slots=True)
class Sender:
    """Under whose name saves arrive, and when."""

    client_id: str
    generation: int
    user_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A save, its answer, the values it offered, and why it is held (empty when it is not)."""

    save: Mutation
    answer: Answer
    offered: tuple[Offered, ...] = ()
    held_because: str = ""


_ANSWERED: Final = (
    *("client_id", "generation", "client_seq", "mutation_id", "verdict", "text", "rev", "fields"),
    *("author", "kind", "record_id", "received_at", "claimed_at"),
)
_OFFERED: Final = ("kind", "record_id", "field", "mutation_id", "rev", "outcome", "value", "author", "received_at")
_JSON: Final = msgspec.json.Encoder().encode


def enter(connection: Connection, sender: Sender, entries: Sequence[Entry]) -> None:
    """Write down what was made of saves. Raises IntegrityError when one was answered meanwhile."""
    if not entries:
        return
    received_at = instant_text(sender.received_at)
    bulk.copy_in(connection, "mutation", _ANSWERED, (_answer_row(sender, e, received_at) for e in entries))
    offered = [_offered_row(e, o, received_at) for e in entries for o in e.offered]
    if offered:
        bulk.copy_in(connection, "field_history", _OFFERED, offered)
    kept = [_held_row(sender, e) for e in entries if e.held_because]
    if kept:
        connection.execute(insert(held), kept)


def enter_made(connection: Connection, kind: str, records: Sequence[Stored], *, author: str, now: datetime) -> None:
    """Write down records made by the server's own hand, whole. Raises IntegrityError when they were before."""
    if records:
        made = (_made_row(kind, stored, author, instant_text(now)) for stored in records)
        bulk.copy_in(connection, "field_history", _OFFERED, made)


def _made_row(kind: str, stored: Stored, author: str, now: str) -> tuple[Any, ...]:
    """The cells of `_OFFERED`."""
    record_id = str(stored.values["id"])
    save_id = str(uuid.uuid5(_MADE, f"{kind}/{record_id}"))
    return kind, record_id, "", save_id, stored.rev, "applied", _JSON(stored.values).decode(), author, now


def _answer_row(sender: Sender, entry: Entry, received_at: str) -> tuple[Any, ...]:
    """The cells of `_ANSWERED`."""
    save, answer = entry.save, entry.answer
    return (
        sender.client_id,
        sender.generation,
        save.client_seq,
        answer.mutation_id,
        answer.verdict.value,
        answer.text,
        answer.rev,
        list(answer.fields) if answer.fields else "{}",
        clean(save.author),
        clean(save.kind),
        clean(save.record),
        received_at,
        clean(save.made_at),
    )


def _offered_row(entry: Entry, offered: Offered, received_at: str) -> tuple[Any, ...]:
    """The cells of `_OFFERED`."""
    return (
        offered.kind,
        offered.record_id,
        offered.field,
        entry.answer.mutation_id,
        offered.rev,
        offered.outcome,
        _JSON(offered.value).decode(),
        clean(entry.save.author),
        received_at,
    )


def _held_row(sender: Sender, entry: Entry) -> dict[str, Any]:
    return {
        "mutation_id": entry.answer.mutation_id,
        "client_id": sender.client_id,
        "generation": sender.generation,
        "client_seq": entry.save.client_seq,
        "author": clean(entry.save.author),
        "sent_by": sender.user_id,
        "kind": clean(entry.save.kind),
        "record_id": clean(entry.save.record),
        "verdict": entry.answer.verdict.value,
        "reason": entry.held_because,
        "text": entry.answer.text,
        "body": msgspec.msgpack.encode(entry.save),
        "received_at": sender.received_at,
    }


def clean(text: str) -> str:
    """Text from a client that can be written down whatever it is: short, and without what a database refuses."""
    if text.isascii() and len(text) <= 60 and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:60]


def value_at(connection: Connection, kind: str, record_id: str, field: str, rev: int) -> Plain:
    """The value a field had when its record was at `rev`: what an author saw before changing it."""
    in_force = field_history.c.outcome.in_(("applied", "merged"))
    query = (
        select(field_history.c.field, field_history.c.value)
        .where(
            tuple_(field_history.c.kind, field_history.c.record_id) == (kind, record_id),
            field_history.c.field.in_((field, "")),
            field_history.c.rev <= rev,
            in_force,
        )
        .order_by(field_history.c.rev.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    value: Any = found.value.get(field) if found.field == "" else found.value
    read: Plain = value
    return read


def last_author(connection: Connection, kind: str, record_id: str, field: str, rev: int) -> str:
    """Who set a field at a rev of its record; empty when nobody is written down."""
    return last_change(connection, kind, record_id, field, rev)[0]


def last_change(connection: Connection, kind: str, record_id: str, field: str, rev: int) -> tuple[str, datetime | None]:
    """Who set a field at a rev of its record, and when the server received it; empty when it is not written down."""
    query = select(field_history.c.author, field_history.c.received_at).where(
        field_history.c.kind == kind,
        field_history.c.record_id == record_id,
        field_history.c.field.in_((field, "")),
        field_history.c.rev == rev,
        field_history.c.outcome.in_(("applied", "merged")),
    )
    found = connection.execute(query.limit(1)).one_or_none()
    return ("", None) if found is None else (found.author, found.received_at)


def removed(connection: Connection, keys: Iterable[Key]) -> dict[Key, Removal]:
    """Those of these records that were taken away, as they were then."""
    here = field_history.c
    query = (
        select(here.kind, here.record_id, here.value, here.rev, here.author, here.received_at)
        .where(tuple_(here.kind, here.record_id).in_(sorted(set(keys))), here.field == "", here.outcome == REMOVED)
        .order_by(here.rev)
    )
    return {(row[0], row[1]): Removal.from_history(*row[2:]) for row in connection.execute(query)}


def settle_held(connection: Connection, how: Mapping[str, str], *, by: str, at: datetime) -> None:
    """Somebody has dealt with held saves: `how` says of each, by its mutation, what became of it. Once."""
    for mutation_id, became in sorted(how.items()):
        waiting = (held.c.mutation_id == mutation_id) & held.c.settled_at.is_(None)
        connection.execute(update(held).where(waiting).values(settled_at=at, settled_by=by, settled_how=became))


def in_history_or_held(connection: Connection, ids: Iterable[str]) -> frozenset[str]:
    """Those of these saves whose values are kept, in the history or held: for the proof that none is lost."""
    wanted = list(ids)
    history = select(field_history.c.mutation_id).where(field_history.c.mutation_id.in_(wanted)).distinct()
    waiting = select(held.c.mutation_id).where(held.c.mutation_id.in_(wanted))
    return frozenset(connection.execute(history).scalars()) | frozenset(connection.execute(waiting).scalars())
