"""What a user may see, asked of the database at the moment of asking."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from almoner.records import Attachment
from almoner.records.mutation import Mutation
from almoner.store.central import central_table, held, member
from almoner.store.central_scopes import PUT
from almoner.store.ledger import PostgresLedger
from almoner.sync.applying import allowed_to, officer_of

MOST_HELD = 1_000
"""Held attachments of one officer that are looked through, the newest."""


def scopes_of(connection: Connection, user_id: str, now: datetime) -> frozenset[str]:
    """The scopes a user may hold now; none for one who is not known or has left."""
    ledger = PostgresLedger(connection)
    user = officer_of(ledger, user_id)
    return frozenset() if user is None else allowed_to(ledger, user, now)


def may_see_file(connection: Connection, user_id: str, sha256: str, now: datetime) -> bool:
    """Whether one of the user's scopes holds an attachment with this hash."""
    attachment = central_table(Attachment)
    seen = (
        select(member.c.record_id)
        .join(attachment, attachment.c.id == member.c.record_id)
        .where(
            attachment.c.sha256 == sha256,
            member.c.kind == Attachment.kind,
            member.c.state == PUT,
            member.c.scope_id.in_(scopes_of(connection, user_id, now)),
        )
        .limit(1)
    )
    return connection.execute(seen).first() is not None


def may_hand_in_file(connection: Connection, user_id: str, sha256: str) -> bool:
    """Whether an attachment of this hash waits among what was held of the user's own work: its bytes are taken too, or
    whoever takes the work over would have a photo without a picture."""
    waiting = select(held.c.body).where(
        held.c.author == user_id, held.c.kind == Attachment.kind, held.c.settled_at.is_(None)
    )
    bodies = connection.execute(waiting.order_by(held.c.received_at.desc()).limit(MOST_HELD)).scalars()
    return any(msgspec.msgpack.decode(body, type=Mutation).values.get("sha256") == sha256 for body in bodies)
