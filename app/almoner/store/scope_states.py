"""How far each part of the council's records has come to this device, and when it was last proved equal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from almoner.records.wire import read_instant
from almoner.store.reading import Reading
from almoner.store.tables import scope_member, scope_state

MOST_SCOPES = 500


@dataclass(frozen=True, slots=True)
class ScopeState:
    """One scope: how many records it had when last proved equal to the server's copy, their digest (a signed number as
    text), and when that was."""

    scope: str
    count: int
    digest: str
    proved_at: datetime | None


def scope_states(reading: Reading) -> tuple[ScopeState, ...]:
    """The scopes this device follows, by name."""
    rows = reading.connection.execute(select(scope_state).order_by(scope_state.c.scope).limit(MOST_SCOPES)).mappings()
    return tuple(
        ScopeState(
            row["scope"],
            row["count"],
            row["digest"],
            read_instant(row["proved_at"]) if row["proved_at"] else None,
        )
        for row in rows
    )


def records_here(reading: Reading) -> int:
    """How many records of all scopes have come so far."""
    return reading.connection.execute(select(func.count()).select_from(scope_member)).scalar_one()
