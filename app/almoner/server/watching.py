"""What one open stream of hints looks for, made cheap: hundreds of laptops look every two seconds."""

from __future__ import annotations

from sqlalchemy import select

from almoner.rules.access import RESIDENTS, STAFF
from almoner.server.access import scopes_of
from almoner.server.service import Service
from almoner.store.central import scope

WIDE = frozenset({STAFF, RESIDENTS})
"""Scopes that everybody holds: something changes there all the time, and a hint sends every laptop of the council."""


class Watch:
    """The scopes of one officer and how far each has counted. Making one and `look` block; one thread at a time. `now`
    is in seconds of a clock that never goes back."""

    def __init__(self, service: Service, user_id: str, now: float) -> None:
        self._service, self._user_id = service, user_id
        self._mine: frozenset[str] = frozenset()
        self._renewed = now - service.settings.hint_scopes_seconds
        self._told_wide = now - service.settings.hint_wide_seconds
        self._seen = self._positions(now)

    def look(self, now: float) -> list[str]:
        """The scopes in which something changed since the last look. What the officer may see is asked anew now and
        then only, and scopes that everybody holds are told at most once in a while: a laptop syncs every minute
        anyway."""
        positions = self._positions(now)
        changed = {name for name in positions.keys() | self._seen.keys() if positions.get(name) != self._seen.get(name)}
        if changed & WIDE and now - self._told_wide < self._service.settings.hint_wide_seconds:
            changed -= WIDE
        elif changed & WIDE:
            self._told_wide = now
        for name in changed:
            if name in positions:
                self._seen[name] = positions[name]
            else:
                del self._seen[name]
        return sorted(changed)

    def _positions(self, now: float) -> dict[str, int]:
        with self._service.engine.connect() as connection:
            if now - self._renewed >= self._service.settings.hint_scopes_seconds:
                self._mine = scopes_of(connection, self._user_id, self._service.clock.now())
                self._renewed = now
            rows = connection.execute(select(scope.c.id, scope.c.seq).where(scope.c.id.in_(self._mine)))
            return {row.id: row.seq for row in rows}
