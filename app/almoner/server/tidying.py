"""What grows and nobody needs any more: forgotten every night, in small steps that no push waits long for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, delete, func, select

from almoner.records import SCHEMA
from almoner.server.file_store import FileStore
from almoner.store.central import enrolment_code, first_page, refresh_token, scope, sign_in_try
from almoner.store.central_scopes import server_epoch
from almoner.store.tombstones import forget_before, note_marks
from almoner.sync.messages import PROTOCOL_VERSION

RETENTION = timedelta(days=400)
"""How long it is remembered what left a scope: a laptop that was away longer fetches that scope anew."""

_ENDED = timedelta(days=30)
_TRIES = timedelta(days=1)
_UNFINISHED = timedelta(days=30)
_PIECE = 1_000


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much went: members of scopes, pages of first loads for other releases, refresh tokens, codes, counted tries
    at signing in, objects of uploads."""

    members: int
    pages: int
    tokens: int
    codes: int
    tries: int
    uploads: int

    def counts(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


def tidy(engine: Engine, files: FileStore | None, *, now: datetime, retention: timedelta = RETENTION) -> Tidied:
    """Forget what is older than its time. Safe to repeat, to stop, and to run on two machines at once."""
    with engine.begin() as connection:
        note_marks(connection, now)
    return Tidied(
        members=forget_before(engine, now - retention),
        pages=_drop_old_pages(engine),
        tokens=_drop(engine, refresh_token, refresh_token.c.expires_at < now - _ENDED),
        codes=_drop(engine, enrolment_code, enrolment_code.c.expires_at < now - _ENDED),
        tries=_drop(engine, sign_in_try, sign_in_try.c.last_at < now - _TRIES),
        uploads=files.sweep(now - _UNFINISHED) if files is not None else 0,
    )


def _drop_old_pages(engine: Engine) -> int:
    """Delete kept pages that no laptop of this release is given: of another epoch, schema or protocol."""
    with engine.begin() as connection:
        begins = func.concat(server_epoch(connection), ".", scope.c.epoch, f".{SCHEMA}.{PROTOCOL_VERSION}.")
        current = select(scope.c.id).where(
            scope.c.id == first_page.c.scope_id, func.starts_with(first_page.c.edition, begins)
        )
        return connection.execute(delete(first_page).where(~current.exists())).rowcount


def _drop(engine: Engine, table: Table, which: ColumnElement[bool]) -> int:
    """Delete rows piece by piece; how many."""
    key: Any = next(iter(table.primary_key))
    gone = 0
    while True:
        with engine.begin() as connection:
            piece = select(key).where(which).limit(_PIECE).with_for_update(skip_locked=True).cte("piece")
            went = connection.execute(delete(table).where(key.in_(select(piece)))).rowcount
        gone += went
        if went < _PIECE:
            return gone
