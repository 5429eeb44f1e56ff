"""What a user may see, asked of the database at the moment of asking."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from almoner.records import Attachment
from almoner.store.central import central_table, member
from almoner.store.central_scopes import PUT
from almoner.store.ledger import PostgresLedger
from almoner.sync.applying import allowed_to, officer_of


def scopes_of(connection: Connection, user_id: str, now: datetime) -> frozenset[str]:
    """The scopes a user may hold now; none for one who is not known or has left."""
    ledger = PostgresLedger(connection)
    user = officer_of(ledger, user_id)
    return frozenset() if user is None else allowed_to(ledger, user, now)


def may_see_file(connection: Connection, user_id: str, sha256: str, now: datetime) -> bool:
    """Whether one of the user's scopes holds an attachment with this hash."""
    attachment = central_table(Attachment)
    held = (
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
    return connection.execute(held).first() is not None
