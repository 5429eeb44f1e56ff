"""Devices in the council's database: what each says of itself, what it may still do, and what it has let go of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from almoner.store import central_bulk as bulk
from almoner.store.central import device, mutation, receipt, refresh_token, server_fact

RECEIPTS_EACH = 10_000
"""Receipts kept of one device; far above what access that comes and goes can make."""

SLOWEST_PUSH = timedelta(minutes=5)
"""A save received this long before a copy of the database began was committed by then: a request is given up long
before, and the clocks of several servers differ by less."""

BACKED_UP_AT = "durable_at"
"""The fact of the database that says when its last complete copy began."""


@dataclass(frozen=True, slots=True)
class Given:
    """A receipt as it is kept: what left a device because it may not be there any more."""

    receipt_id: str
    client_id: str
    device_id: str
    user_id: str
    made_at: str
    received_at: datetime
    scopes: Sequence[str]
    wiped: bool
    records: int
    files: int
    unsent: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a device said of itself at the beginning of a round; `trouble` is why its last round failed, in words."""

    unsent: int
    version: str
    schema: int
    trouble: str


def note_device(connection: Connection, device_id: str, said: Said, *, now: datetime) -> None:
    """Keep when a device was last here and what it said, so that supervisors see who is not syncing, and why."""
    bulk.do(
        connection,
        "UPDATE device SET last_seen = %s, unsent_reported = %s, version = %s, schema = %s, trouble = %s WHERE id = %s",
        *(now, said.unsent, said.version, said.schema, said.trouble, device_id),
    )


def wipe_asked(connection: Connection, device_id: str) -> bool:
    """Whether the device is to destroy its store at this contact."""
    asked = "SELECT 1 FROM device WHERE id = %s AND wipe_asked_at IS NOT NULL"
    return bool(bulk.fetch(connection, asked, device_id))


def keep_receipt(connection: Connection, given: Given) -> bool:
    """Keep what a device says has left it; one that is known changes nothing. False when the device has given so
    many that no more are kept. After one that says the store is destroyed, the device is signed out for ever."""
    held = connection.execute(select(func.count()).where(receipt.c.device_id == given.device_id)).scalar_one()
    if held >= RECEIPTS_EACH:
        return False
    row = {**asdict(given), "scopes": list(given.scopes)}
    connection.execute(insert(receipt).values(row).on_conflict_do_nothing())
    if given.wiped:
        mine = (refresh_token.c.device_id == given.device_id) & refresh_token.c.revoked_at.is_(None)
        connection.execute(update(refresh_token).where(mine).values(revoked_at=given.received_at))
        in_use = (device.c.id == given.device_id) & device.c.revoked_at.is_(None)
        connection.execute(update(device).where(in_use).values(revoked_at=given.received_at))
    return True


def is_wiped(connection: Connection, device_id: str) -> bool:
    """Whether the device said that its store is destroyed; its tokens count no more."""
    gone = select(receipt.c.receipt_id).where(receipt.c.device_id == device_id, receipt.c.wiped).limit(1)
    return connection.execute(gone).first() is not None


def backed_up_at(connection: Connection) -> datetime | None:
    """When the last complete copy of this database began; None when none was ever made."""
    kept = connection.execute(select(server_fact.c.value).where(server_fact.c.name == BACKED_UP_AT)).scalar()
    return None if kept is None else datetime.fromisoformat(kept)


def received_at(connection: Connection, mutation_id: str) -> datetime | None:
    """When a save was received, from whatever client or generation; None when it never was."""
    found: datetime | None = connection.execute(
        select(mutation.c.received_at).where(mutation.c.mutation_id == mutation_id)
    ).scalar_one_or_none()
    return found


def number_before(connection: Connection, client_id: str, generation: int, before: datetime) -> int:
    """The highest number of a client's generation below which every save was received before the instant; 0 when
    there is none."""
    mine = (mutation.c.client_id == client_id, mutation.c.generation == generation)
    first_after = select(func.min(mutation.c.client_seq)).where(*mine, mutation.c.received_at >= before)
    later = connection.execute(first_after).scalar()
    known = select(func.max(mutation.c.client_seq)).where(*mine)
    if later is not None:
        known = known.where(mutation.c.client_seq < later)
    return connection.execute(known).scalar() or 0
