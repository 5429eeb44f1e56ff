"""The tables of the laptop's encrypted store: one per kind of record, derived from its fields, and the bookkeeping.

Record tables hold the expected state: what the server last said with this laptop's unsent changes on top. Instants and
dates are kept in wire form (text that sorts), truth as 0 or 1, sets of words as JSON, so a row needs no decorators.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

from almoner.records import RECORDS
from almoner.records.derive import Field, fields_of

REVISION = "0002"
"""The migration this version of Almoner works with; `migrations/local` must end there."""

KNOWN_REVISIONS = ("0001", "0002")
"""Every revision this version can read or bring up to date, oldest first."""

APPLICATION_ID = 0x414C4D4E
"""Marks a database file as a store of ours (`PRAGMA application_id`)."""

LOCAL = MetaData()

_INDEXED_REFERENCES = frozenset({"case", "person", "letter"})
_ALSO_INDEXED = frozenset(
    {
        ("addresses", "postcode"),
        ("cases", "place"),
        ("cases", "reference"),
        ("cases", "source_reference"),
        ("household_memberships", "household_id"),
        ("attachments", "sha256"),
        ("conflicts", "record_id"),
        ("users", "username"),
    }
)


def _column(field: Field) -> Column[Any]:
    kinds: dict[type, Any] = {bool: Integer, int: Integer, float: Float}
    return Column(field.name, kinds.get(field.type, Text)(), primary_key=field.name == "id", nullable=field.optional)


def _record_table(record: type[Any]) -> Table:
    table = Table(
        record.table,
        LOCAL,
        *(_column(field) for field in fields_of(record)),
        Column("rev", Integer, nullable=False),
        Column("extra", Text),
    )
    for field in fields_of(record):
        if field.fact.refers in _INDEXED_REFERENCES or (record.table, field.name) in _ALSO_INDEXED:
            Index(f"ix_{record.table}_{field.name}", table.c[field.name])
    return table


_RECORD_TABLES: dict[str, Table] = {record.kind: _record_table(record) for record in RECORDS}


def local_table(record: type[Any]) -> Table:
    """The table of a kind of record: its fields, `rev` (0: not yet on the server) and `extra` (JSON of fields that
    only a newer version knows)."""
    return _RECORD_TABLES[record.kind]


alembic_version = Table("alembic_version", LOCAL, Column("version_num", Text, primary_key=True, nullable=False))
"""Which migration made this schema; one row, in the form Alembic keeps it."""

outbox = Table(
    "outbox",
    LOCAL,
    Column("client_seq", Integer, primary_key=True),
    Column("mutation_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("verdict_text", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    Index("ix_outbox_record", "kind", "record_id", "client_seq"),
    Index("ix_outbox_case", "case_id", "state"),
    Index("ix_outbox_state", "state", "client_seq"),
)
"""What is unsent or came back, in the order made. `body` is the mutation as msgpack; `rev` the record's rev after the
server applied it, as its answer said (0: not answered, or not said)."""

server_copy = Table(
    "server_copy",
    LOCAL,
    Column("kind", Text, primary_key=True, nullable=False),
    Column("record_id", Text, primary_key=True, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The last server state (wire values as msgpack) of every record that has unsent changes."""

scope_state = Table(
    "scope_state",
    LOCAL,
    Column("scope", Text, primary_key=True, nullable=False),
    Column("state", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("proved_at", Text, nullable=False),
    Column("loaded", Integer, nullable=False),
    Column("held_count", Integer, nullable=False),
    Column("held_digest", Integer, nullable=False),
    Column("counted_at", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""How far each scope has been received; `state` means something to the server only. `count` and `digest` are those it
was last proved equal at. `loaded`: its first load has come to its end. `held_count` and `held_digest` are of its
members, kept step by step (`held_count` -1: to be added up), and `counted_at` says when they were last added up."""

scope_member = Table(
    "scope_member",
    LOCAL,
    Column("scope", Text, primary_key=True, nullable=False),
    Column("kind", Text, primary_key=True, nullable=False),
    Column("record_id", Text, primary_key=True, nullable=False),
    Column("hash", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Which scopes hold a record that is on this device, and its fingerprint as that scope last gave it. Every scope here
is also in `scope_state`, so the scopes of a record are found without an index of their own: one more tree to write
costs a first load a tenth of its speed."""

to_derive = Table(
    "to_derive",
    LOCAL,
    Column("n", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ids", LargeBinary, nullable=False),
)
"""Records of a first load whose lists and search are still to be computed; `ids` is a msgpack list."""

to_sweep = Table(
    "to_sweep",
    LOCAL,
    Column("kind", Text, primary_key=True, nullable=False),
    Column("record_id", Text, primary_key=True, nullable=False),
    sqlite_with_rowid=False,
)
"""Records made here that the server took and has not sent back: they leave when it turns out that no scope holds them
for this user."""

receipt = Table(
    "receipt",
    LOCAL,
    Column("receipt_id", Text, primary_key=True, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("wiped", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("files", Integer, nullable=False),
    Column("unsent", Integer, nullable=False),
)
"""What left this device because it may not be here any more, until the server has said that it knows."""

gone_file = Table(
    "gone_file",
    LOCAL,
    Column("sha256", Text, primary_key=True, nullable=False),
    sqlite_with_rowid=False,
)
"""Files whose keys were destroyed and that are still to be taken off the disk."""

set_aside = Table(
    "set_aside",
    LOCAL,
    Column("kind", Text, primary_key=True, nullable=False),
    Column("record_id", Text, primary_key=True, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("why", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Received records this version cannot read: kept whole for a newer one, and blocking nothing else."""

store_fact = Table(
    "store_fact",
    LOCAL,
    Column("name", Text, primary_key=True, nullable=False),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Single facts about the store: client_id, generation, user_id, client_seq, journal_seq, highest_time, …"""

draft = Table(
    "draft",
    LOCAL,
    Column("key", Text, primary_key=True, nullable=False),
    Column("body", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
)
"""Half-typed work on this device only; never sent."""

attachment_key = Table(
    "attachment_key",
    LOCAL,
    Column("sha256", Text, primary_key=True, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("thumbnail", LargeBinary),
)
"""The key of each encrypted file; without it the file is noise. `state`: kept (here only), sent (the server has it
too)."""
