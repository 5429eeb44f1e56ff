"""What a user may see, asked of the database at the moment of asking."""

from __future__ import annotations

from sqlalchemy import Connection, select

from almoner.records import Attachment
from almoner.rules.access import scopes_for
from almoner.store.central import central_table, member
from almoner.store.central_scopes import PUT
from almoner.store.ledger import PostgresLedger
from almoner.sync.applying import officer_of


def scopes_of(connection: Connection, user_id: str) -> frozenset[str]:
    """The scopes a user may hold now; none for one who is not known or has left."""
    user = officer_of(PostgresLedger(connection), user_id)
    return frozenset() if user is None else scopes_for(user)


def may_see_file(connection: Connection, user_id: str, sha256: str) -> bool:
    """Whether one of the user's scopes holds an attachment with this hash."""
    attachment = central_table(Attachment)
    held = (
        select(member.c.record_id)
        .join(attachment, attachment.c.id == member.c.record_id)
        .where(
            attachment.c.sha256 == sha256,
            member.c.kind == Attachment.kind,
            member.c.state == PUT,
            member.c.scope_id.in_(scopes_of(connection, user_id)),
        )
        .limit(1)
    )
    return connection.execute(held).first() is not None
