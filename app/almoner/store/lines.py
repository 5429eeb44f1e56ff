"""One line of the outbox: a save on its way to the server, with what people see of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, insert
from sqlalchemy.dialects.sqlite import insert as upsert

from almoner.records.mutation import Mutation
from almoner.store.tables import attachment_key, outbox


class LineState(StrEnum):
    """Where a line stands. WAITING is unsent; SENT was taken by the server, which has not yet said that it will have it
    for ever; the others came back and wait for a person."""

    WAITING = "waiting"
    SENT = "sent"
    HELD = "held"
    REJECTED = "rejected"
    CONFLICT = "conflict"


ON_THE_WAY = (LineState.WAITING, LineState.SENT)
"""Lines that may stand on top of the server's state in the record tables: WAITING ones, and SENT ones until that state
comes back with them in it."""

RETURNED = (LineState.HELD, LineState.REJECTED, LineState.CONFLICT)
"""Lines the server answered with something a person must look at."""


class Line(msgspec.Struct, array_like=True, frozen=True):
    """A save with the case it belongs to and its words for people."""

    mutation: Mutation
    case_id: str
    label: str


class FileKey(msgspec.Struct, array_like=True, frozen=True):
    """The key of an encrypted file. `state`: kept (only this device has the file) or sent (the server has it)."""

    sha256: str
    key: bytes
    size: int
    state: str = "kept"


class Entry(msgspec.Struct, array_like=True, frozen=True):
    """All that one transaction adds to the journal."""

    lines: list[Line]
    files: list[FileKey]


_ENTRY = msgspec.msgpack.Decoder(Entry)
_MUTATION = msgspec.msgpack.Decoder(Mutation)


def pack(value: Any) -> bytes:
    """A value as msgpack."""
    return msgspec.msgpack.encode(value)


def unpack_entry(payload: bytes) -> Entry:
    """What one journal frame holds."""
    return _ENTRY.decode(payload)


def unpack_mutation(body: bytes) -> Mutation:
    """A line's mutation."""
    return _MUTATION.decode(body)


def insert_files(connection: Connection, files: Iterable[FileKey]) -> None:
    """Keep the keys of files; a file known already keeps the key it has."""
    rows = [{"sha256": f.sha256, "key": f.key, "size": f.size, "state": f.state} for f in files]
    if rows:
        connection.execute(upsert(attachment_key).on_conflict_do_nothing(), rows)


def insert_lines(connection: Connection, lines: Sequence[Line]) -> None:
    """Put lines into the outbox, waiting to be sent."""
    if lines:
        connection.execute(insert(outbox), [_row(line) for line in lines])


def _row(line: Line) -> dict[str, Any]:
    made = line.mutation
    return {
        "client_seq": made.client_seq,
        "mutation_id": made.mutation_id,
        "kind": made.kind,
        "record_id": made.record,
        "case_id": line.case_id,
        "made_at": made.made_at,
        "author": made.author,
        "body": pack(made),
        "state": LineState.WAITING.value,
        "verdict": "",
        "verdict_text": "",
        "label": line.label,
        "rev": 0,
    }
