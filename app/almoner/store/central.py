"""The council's PostgreSQL: the record tables derived from the records, and the tables by which copies agree.

Nothing here numbers things by a global sequence: positions count per scope, in the scope's own row, under its lock.
Keys of what is paged begin with the scope, so that the tables can be spread over machines later.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from almoner.records import RECORDS
from almoner.records.derive import Field, fields_of

CENTRAL = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"},
)
"""Every table of the council's database."""

ID = Text(collation="C")
"""Identifiers sort by byte, in whatever language the database was made."""

_PARENTS = ("case_id", "person_id", "record_id")
"""Columns by which the children of a record are found."""

_OPENED_TO = {"case_share": ("team_id", "user_id"), "consent_grant": ("team_id",)}
"""Columns by which is found what is shared with an officer."""


def _column(field: Field) -> Column[Any]:
    if field.name == "id":
        return Column("id", ID, primary_key=True)
    kinds: dict[type, TypeEngine[Any]] = {
        bool: Boolean(),
        int: BigInteger(),
        float: Float(53),
        datetime: DateTime(timezone=True),
        date: Date(),
        tuple: ARRAY(Text()),
    }
    usual: TypeEngine[Any] = ID if field.fact.refers or field.name.endswith("_id") else Text()
    return Column(field.name, kinds.get(field.type, usual), nullable=field.optional)


def _record_table(record: Any) -> Table:
    fields = fields_of(record)
    indexed = (*_PARENTS, *_OPENED_TO.get(record.kind, ()))
    indexes = [Index(f"ix_{record.table}_{f.name}", f.name) for f in fields if f.name in indexed]
    return Table(
        record.table,
        CENTRAL,
        *(_column(f) for f in fields),
        Column("rev", BigInteger, nullable=False, comment="counts the applied saves of this record"),
        Column("field_rev", JSONB, nullable=False, comment='{field: [rev, writer]}; "" stands for all others'),
        Column("extra", JSONB, nullable=False, comment="fields that a newer client sent"),
        Column("hash", BigInteger, nullable=False, comment="fingerprint of kind, id, rev and values"),
        Column("packed", LargeBinary, comment="the values that travel, in msgpack; null: the columns count"),
        *indexes,
        postgresql_with={"toast_tuple_target": 8160},
    )


_TABLES = {record.kind: _record_table(record) for record in RECORDS}


def central_table(record: Any) -> Table:
    """The table of a record type: its fields as typed columns, then rev, field_rev, extra, hash and packed."""
    return _TABLES[record.kind]


def _instant(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    return Column(name, Text, nullable=nullable, server_default=None if default is None else text(f"'{default}'"))


def _id(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[Any]:
    return Column(name, ID, nullable=nullable, primary_key=primary_key)


def _count(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


scope = Table(
    "scope",
    CENTRAL,
    _id("id", primary_key=True),
    _count("seq"),
    Column("epoch", Integer, nullable=False, server_default=text("1")),
    _count("count"),
    _count("digest"),
    _count("min_seq"),
)
"""One row per scope: its counter, bumped last in a pushing transaction and locked to its commit, and the count and
digest of its present members. States below `min_seq` can no longer be continued."""

member = Table(
    "member",
    CENTRAL,
    _id("scope_id", primary_key=True),
    _id("kind", primary_key=True),
    _id("record_id", primary_key=True),
    Column("seq", BigInteger, nullable=False),
    _text("state"),
    Column("hash", BigInteger, nullable=False),
    Index("ix_member_scope_id_seq", "scope_id", "seq", unique=True),
    Index("ix_member_record_id", "record_id"),
)
"""The latest position of each record in each scope it was ever in; `state` is put, left or deleted."""

client = Table(
    "client",
    CENTRAL,
    _id("client_id", primary_key=True),
    _id("user_id"),
    _id("device_id"),
    Column("generation", Integer, nullable=False),
    _count("last_seq"),
    _instant("last_seen"),
    Column("unsent", Integer, nullable=False, server_default=text("0")),
)
"""One row per store on a device: whose it is and how far its saves have come. `generation` is the newest given out."""

mutation = Table(
    "mutation",
    CENTRAL,
    _id("client_id", primary_key=True),
    Column("generation", Integer, primary_key=True),
    Column("client_seq", BigInteger, primary_key=True),
    _id("mutation_id"),
    _text("verdict"),
    _text("text", default=""),
    Column("rev", BigInteger, nullable=False),
    Column("fields", ARRAY(Text), nullable=False),
    _id("author"),
    _id("kind"),
    _id("record_id"),
    _instant("received_at"),
    _text("claimed_at"),
    UniqueConstraint("mutation_id"),
    Index("ix_mutation_record_id", "record_id"),
)
"""Every save the server has answered, and its answer: so that a save sent twice counts once, and for audit."""

field_history = Table(
    "field_history",
    CENTRAL,
    _id("kind", primary_key=True),
    _id("record_id", primary_key=True),
    Column("field", Text, primary_key=True),
    _id("mutation_id", primary_key=True),
    Column("rev", BigInteger, nullable=False),
    _text("outcome"),
    Column("value", JSONB, nullable=False),
    _id("author"),
    _instant("received_at"),
    Index("ix_field_history_mutation_id", "mutation_id"),
)
"""Every value ever offered for a field, the losing ones too; only added to. Field "" holds a new record whole."""

held = Table(
    "held",
    CENTRAL,
    _id("mutation_id", primary_key=True),
    _id("client_id"),
    Column("generation", Integer, nullable=False),
    Column("client_seq", BigInteger, nullable=False),
    _id("author"),
    _id("sent_by"),
    _id("kind"),
    _id("record_id"),
    _text("verdict"),
    _text("reason"),
    _text("text"),
    Column("body", LargeBinary, nullable=False),
    _instant("received_at"),
    _instant("settled_at", nullable=True),
    _id("settled_by", nullable=True),
    _text("settled_how", nullable=True),
    Index("ix_held_author", "author"),
)
"""Saves that the server could not or may not apply, whole (`body` is the save in msgpack), until somebody settles
them."""

account = Table(
    "account",
    CENTRAL,
    _id("user_id", primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    _text("password_hash"),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    _instant("created_at"),
)
"""Who may sign in. The officer's name and role are in the user record of the same id."""

sign_in_try = Table(
    "sign_in_try",
    CENTRAL,
    _id("mark", primary_key=True),
    Column("tries", Integer, nullable=False),
    _instant("last_at"),
    _instant("wait_until"),
)
"""Tries at signing in since the last success, by account and by network address, so that all workers agree how long
the next one must wait. `mark` is a keyed hash: neither names nor addresses are kept, and unknown names count too."""

device = Table(
    "device",
    CENTRAL,
    _id("id", primary_key=True),
    _id("user_id"),
    _text("name"),
    _instant("enrolled_at"),
    _instant("revoked_at", nullable=True),
    _instant("last_seen", nullable=True),
    Column("unsent_reported", Integer, nullable=False, server_default=text("0")),
    _text("version", default=""),
    Column("schema", Integer, nullable=False, server_default=text("0")),
    _text("trouble", default=""),
    _instant("wipe_asked_at", nullable=True),
    Index("ix_device_user_id", "user_id"),
)
"""Laptops and desk PCs that may sync, how long ago each was seen, what it had not sent and why its last round failed;
one with `wipe_asked_at` destroys its store at its next contact."""

receipt = Table(
    "receipt",
    CENTRAL,
    _id("receipt_id", primary_key=True),
    _id("client_id"),
    _id("device_id"),
    _id("user_id"),
    _text("made_at"),
    _instant("received_at"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("wiped", Boolean, nullable=False),
    _count("records"),
    _count("files"),
    _count("unsent"),
    Index("ix_receipt_device_id", "device_id"),
)
"""What devices say has left them because it may not be there any more; only added to."""

scope_mark = Table(
    "scope_mark",
    CENTRAL,
    _id("scope_id", primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    _instant("at"),
)
"""How far a scope had counted at a moment, noted now and then: tells which of its members moved how long ago."""

first_page = Table(
    "first_page",
    CENTRAL,
    _id("scope_id", primary_key=True),
    _id("edition", primary_key=True),
    Column("after_seq", BigInteger, primary_key=True),
    Column("upto_seq", BigInteger, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Pages of first loads, packed: exactly the members of a scope numbered above `after_seq` up to `upto_seq`. `edition`
names server epoch, scope epoch, schema and protocol. A page goes when any of its members moves."""

enrolment_code = Table(
    "enrolment_code",
    CENTRAL,
    _id("code_hash", primary_key=True),
    _id("user_id"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Index("ix_enrolment_code_user_id", "user_id"),
)
"""One-time codes by which a device is enrolled; only their hashes are kept."""

refresh_token = Table(
    "refresh_token",
    CENTRAL,
    _id("token_hash", primary_key=True),
    _id("device_id"),
    _id("family_id"),
    _instant("issued_at"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    _instant("revoked_at", nullable=True),
    Index("ix_refresh_token_device_id", "device_id"),
    Index("ix_refresh_token_family_id", "family_id"),
)
"""Tokens by which a device stays signed in: each is used once and replaced by the next of its family; one used twice
revokes the family."""

server_fact = Table("server_fact", CENTRAL, Column("name", Text, primary_key=True), _text("value"))
"""Facts about this database as a whole; `epoch` changes when it is restored from a copy."""
