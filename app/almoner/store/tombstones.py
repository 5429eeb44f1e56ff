"""Forgetting, after the retention time, what left a scope: a laptop that was away longer starts that scope afresh.

Members carry no time, so that a push writes no more than it must. Instead it is noted now and then how far each scope
had counted; what moved before an old enough mark is old enough.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, and_, delete, func, literal, select, true, update
from sqlalchemy.dialects.postgresql import insert

from almoner.store.central import member, scope, scope_mark
from almoner.store.central_scopes import PUT

BETWEEN_MARKS = timedelta(days=7)
PIECE = 500
"""Members forgotten in one transaction, which holds the scope's lock: a push never waits long."""


def note_marks(connection: Connection, now: datetime) -> int:
    """Note how far every scope has counted that moved since its last mark, at most once a week; how many."""
    last = (
        select(scope_mark.c.seq, scope_mark.c.at)
        .where(scope_mark.c.scope_id == scope.c.id)
        .order_by(scope_mark.c.seq.desc())
        .limit(1)
        .lateral()
    )
    moved = scope.c.seq > func.coalesce(last.c.seq, 0)
    due = func.coalesce(last.c.at <= now - BETWEEN_MARKS, true())
    marks = (
        select(scope.c.id, scope.c.seq, literal(now))
        .join_from(scope, last, true(), isouter=True)
        .where(and_(moved, due))
    )
    return connection.execute(insert(scope_mark).from_select(["scope_id", "seq", "at"], marks)).rowcount


def forget_before(engine: Engine, before: datetime) -> int:
    """Forget what left a scope before an instant, in small transactions; how many members were forgotten."""
    old = select(scope_mark.c.scope_id, func.max(scope_mark.c.seq)).where(scope_mark.c.at <= before)
    with engine.connect() as connection:
        reached = connection.execute(old.group_by(scope_mark.c.scope_id).order_by(scope_mark.c.scope_id)).all()
    gone = 0
    for scope_id, upto in reached:
        while forgotten := _forget_piece(engine, scope_id, upto):
            gone += forgotten
        with engine.begin() as connection:
            done = (scope_mark.c.scope_id == scope_id) & (scope_mark.c.at <= before)
            connection.execute(delete(scope_mark).where(done))
    return gone


def _forget_piece(engine: Engine, scope_id: str, upto: int) -> int:
    """Forget some of what left a scope up to a number. The oldest state that can be continued rises with them, under
    the same lock a push takes, so that no laptop is told less than it must know."""
    with engine.begin() as connection:
        connection.execute(select(scope.c.seq).where(scope.c.id == scope_id).with_for_update())
        absent = (member.c.scope_id == scope_id, member.c.seq <= upto, member.c.state != PUT)
        numbers = list(
            connection.execute(select(member.c.seq).where(*absent).order_by(member.c.seq).limit(PIECE)).scalars()
        )
        if numbers:
            connection.execute(delete(member).where(*absent, member.c.seq <= numbers[-1]))
            risen = func.greatest(scope.c.min_seq, numbers[-1])
            connection.execute(update(scope).where(scope.c.id == scope_id).values(min_seq=risen))
    return len(numbers)
