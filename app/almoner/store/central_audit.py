"""Everything the council's database holds of saves, read whole: for the proof that nothing was lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, select

from almoner.records import RECORDS
from almoner.records.mutation import Mutation, Verdict
from almoner.store.central import central_table, field_history, held, mutation
from almoner.store.central_rows import Key, Stored, stored_of_row
from almoner.store.central_saves import Answer


class Offer(NamedTuple):
    """A value once offered for a field, and what became of it. Field "" holds a record whole."""

    kind: str
    record_id: str
    field: str
    mutation_id: str
    rev: int
    outcome: str
    value: Any
    author: str
    received_at: datetime


def every_record(connection: Connection) -> dict[Key, Stored]:
    """Every record there is."""
    found: dict[Key, Stored] = {}
    for record in RECORDS:
        for row in connection.execute(select(central_table(record))).mappings():
            found[record.kind, row["id"]] = stored_of_row(record.kind, row)
    return found


def every_save(connection: Connection) -> dict[str, Answer]:
    """Every answer ever given, by the id of its save."""
    c = mutation.c
    query = select(c.client_seq, c.mutation_id, c.verdict, c.rev, c.text, c.fields)
    return {r[1]: Answer(r[0], r[1], Verdict(r[2]), r[3], r[4], tuple(r[5])) for r in connection.execute(query)}


def every_offer(connection: Connection) -> tuple[Offer, ...]:
    """Every value ever offered."""
    return tuple(Offer(*row) for row in connection.execute(select(*(field_history.c[n] for n in Offer._fields))))


def every_held(connection: Connection) -> dict[str, Mutation]:
    """Every save that was set aside, by its id."""
    query = select(held.c.mutation_id, held.c.body)
    return {i: msgspec.msgpack.decode(body, type=Mutation) for i, body in connection.execute(query)}
