"""Everything a laptop's store holds, read whole: for the proof that copies agree."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import literal, select, union_all

from almoner.records import BY_KIND, RECORDS
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain
from almoner.store.lines import LineState, unpack_mutation
from almoner.store.reading import Reading
from almoner.store.rows import wire_of_row
from almoner.store.tables import local_table, outbox, scope_member, scope_state

_EVERY = union_all(*(select(literal(r.kind).label("kind"), local_table(r).c.id, local_table(r).c.rev) for r in RECORDS))


class Kept(NamedTuple):
    """A line of the outbox and where it stands."""

    mutation: Mutation
    state: LineState


class Place(NamedTuple):
    """How far a scope has come, and the members it is said to hold, by kind and id, with their hashes."""

    state: str
    members: dict[tuple[str, str], int]


def revs(reading: Reading) -> dict[tuple[str, str], int]:
    """Kind and id of every record on the device, with its rev."""
    return {(kind, id): rev for kind, id, rev in reading.connection.execute(_EVERY)}


def values(reading: Reading) -> dict[tuple[str, str], dict[str, Plain]]:
    """Every record on the device in wire form, with the fields of a newer version."""
    found: dict[tuple[str, str], dict[str, Plain]] = {}
    for kind in {kind for kind, _ in revs(reading)}:
        record: Any = BY_KIND[kind]
        for row in reading.connection.execute(select(local_table(record))).mappings():
            found[kind, row["id"]] = wire_of_row(record, row)
    return found


def lines(reading: Reading) -> list[Kept]:
    """The whole outbox, oldest first."""
    query = select(outbox.c.body, outbox.c.state).order_by(outbox.c.client_seq)
    return [Kept(unpack_mutation(row.body), LineState(row.state)) for row in reading.connection.execute(query)]


def places(reading: Reading) -> dict[str, Place]:
    """Every scope the device holds."""
    states = select(scope_state.c.scope, scope_state.c.state)
    found = {row.scope: Place(row.state, {}) for row in reading.connection.execute(states)}
    here = select(scope_member.c.scope, scope_member.c.kind, scope_member.c.record_id, scope_member.c.hash)
    for scope, kind, id, its_hash in reading.connection.execute(here):
        found.setdefault(scope, Place("", {})).members[kind, id] = its_hash
    return found
