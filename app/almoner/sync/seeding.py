"""The server's own hand: records entered by the council itself, in bulk or one at a time, without a laptop.

What is entered here is numbered in its scopes, counted, digested and kept in the history like any other save, so that
laptops fetch it as they fetch everything.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Engine

from almoner.records import SCHEMA
from almoner.records.derive import Record
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, checked, instant_text, to_wire
from almoner.rules.access import SHARING, decided_by, parent_of, scopes_of
from almoner.store import central_rows as rows
from almoner.store import central_scopes as scopes
from almoner.store.ledger import Books, Ledger, books_of
from almoner.sync.applying import Context, answer_all
from almoner.sync.book import Book
from almoner.sync.holding import SERVER
from almoner.sync.merging import ALL_OTHERS

_CHUNK = 2_000
Progress = Callable[[int, int], None]


def put_records(
    kept: Engine | Books, records: Iterable[Record], *, now: datetime, progress: Progress = lambda _done, _all: None
) -> int:
    """Enter new records, all or none; how many is returned. Parents may come in any order, but must be among them or
    in the database. `progress` is told how many of how many are done. Raises WireFault for what cannot be kept."""
    entered = [checked(record) for record in records]
    with books_of(kept).write() as ledger:
        known = {(r.kind, r.id): _values(r, now) for r in entered}
        sharing = [key for key in known if key[0] in SHARING]
        others = known.keys() - sharing
        elsewhere, shared = _elsewhere(ledger, known)
        everything = {**elsewhere, **known}
        moves: dict[rows.Key, scopes.Move] = {}
        for kind, ids in rows.in_lock_order(others).items():
            for begin in range(0, len(ids), _CHUNK):
                chunk = ids[begin : begin + _CHUNK]
                stored = [_first(known[kind, i]) for i in chunk]
                ledger.insert_records(kind, stored)
                ledger.enter_made(kind, stored, author=SERVER, now=now)
                for i, s in zip(chunk, stored, strict=True):
                    into = _scopes(kind, i, everything, shared)
                    moves[kind, i] = scopes.Move((kind, i), s.hash(kind), into)
                progress(len(moves), len(entered))
        before: dict[rows.Key, dict[str, int]] = {key: {} for key in moves}
        shares = _share(ledger, {key: known[key] for key in sharing}, now=now)
        before |= ledger.memberships([move.key for move in shares])
        moves |= {move.key: move for move in shares}
        if moves:
            ledger.settle(list(moves.values()), before)
    return len(entered)


def _first(values: dict[str, Plain]) -> rows.Stored:
    return rows.Stored(values, {}, 1, {ALL_OTHERS: [1, SERVER]})


def _share(ledger: Ledger, sharing: Mapping[rows.Key, dict[str, Plain]], *, now: datetime) -> list[scopes.Move]:
    """Enter what opens cases and people to others; with each goes all that is opened."""
    book = Book(ledger)
    book.have({key for (kind, _), values in sharing.items() if (key := parent_of(kind, values))}, lock=True)
    for (kind, record_id), values in sharing.items():
        ledger.enter_made(kind, [_first(values)], author=SERVER, now=now)
        book.put((kind, record_id), _first(values))
    return book.write()


def change_record(
    kept: Engine | Books,
    kind: str,
    record_id: str,
    values: Mapping[str, Plain],
    *,
    sets: Mapping[str, tuple[list[str], list[str]]] = MappingProxyType({}),
    now: datetime,
) -> None:
    """Change fields of a record that exists, by the council's own hand. An unknown record or a
    value that cannot be kept is a mistake of the caller and fails."""
    with books_of(kept).write() as ledger:
        stored = ledger.load([(kind, record_id)], lock=True)[kind, record_id]
        client = ledger.locked_client(SERVER, user_id=SERVER, device_id=SERVER, now=now)
        save = Mutation(
            client_seq=client.last_seq + 1,
            mutation_id=str(uuid.uuid4()),
            made_at=instant_text(now),
            author=SERVER,
            schema=SCHEMA,
            kind=kind,
            record=record_id,
            base=dict.fromkeys((*values, *sets), stored.rev),
            values=dict(values),
            added={name: added for name, (added, _) in sets.items()},
            removed={name: removed for name, (_, removed) in sets.items()},
        )
        (answer,) = answer_all(ledger, Context(None, client, client.generation, now), [save])
        assert answer.verdict is Verdict.APPLIED, f"{kind}: {answer.text}"
        ledger.note_client(SERVER, last_seq=save.client_seq, last_seen=now)


def _values(record: Record, now: datetime) -> dict[str, Plain]:
    values = to_wire(record)
    if "received_at" in values and values["received_at"] is None:
        values["received_at"] = instant_text(now)
    return values


def _scopes(
    kind: str, record_id: str, known: Mapping[rows.Key, dict[str, Plain]], shared: frozenset[rows.Key]
) -> frozenset[str]:
    found = scopes_of(kind, known[kind, record_id], lambda k, i: known.get((k, i)), lambda k, i: (k, i) in shared)
    assert found is not None, f"a {kind} was entered without the record it belongs to"
    return found


def _elsewhere(
    ledger: Ledger, known: Mapping[rows.Key, dict[str, Plain]]
) -> tuple[dict[rows.Key, dict[str, Plain]], frozenset[rows.Key]]:
    """The records in the database that say where new ones belong, and which of those are shared already."""
    above = {key for (kind, _), values in known.items() for key in decided_by(kind, values)}
    book = Book(ledger)
    book.have(above - known.keys(), lock=True)
    values = {key: stored.values for key, stored in book.now.items()}
    return values, frozenset(key for key in values if book.is_shared(*key))
