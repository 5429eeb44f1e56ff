"""Growing delays against guessing: counted in the database, so that every worker and server agrees.

A try is written down before the password is looked at and forgiven when it was right, so that many guesses at once
gain nothing.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from almoner.server.answers import too_many
from almoner.server.settings import Settings
from almoner.store.central import sign_in_try

FORGOTTEN_AFTER = timedelta(hours=24)
OFFICE = 20
"""A whole office may share one address: it has this many times the free tries of one account."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """The delays of one service. `key` makes the marks, so that the table tells nobody who tried."""

    key: bytes
    settings: Settings

    def register(self, connection: Connection, username: str, address: str, now: datetime) -> None:
        """Write a try down. Raises Refusal, with the seconds to wait, when it comes too soon."""
        for mark, free in self._marks(username, address):
            wait_until = self._count(connection, mark, free, now)
            if wait_until is not None:
                seconds = (wait_until - now).total_seconds()
                raise too_many(seconds, "sign_in_delayed", "There were too many failed tries to sign in.")

    def forgive(self, connection: Connection, username: str, address: str, now: datetime) -> None:
        """The password was right: the account starts afresh, the address is given its try back."""
        (account, _), (place, _) = self._marks(username, address)
        connection.execute(delete(sign_in_try).where(sign_in_try.c.mark == account))
        given_back = {"tries": func.greatest(sign_in_try.c.tries - 1, 0), "wait_until": now}
        connection.execute(sign_in_try.update().where(sign_in_try.c.mark == place).values(given_back))
        connection.execute(delete(sign_in_try).where(sign_in_try.c.last_at < now - FORGOTTEN_AFTER))

    def _marks(self, username: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
        free = self.settings.sign_in_free_tries
        return (self._mark("account", username.casefold()), free), (self._mark("address", address), free * OFFICE)

    def _mark(self, sort: str, name: str) -> str:
        return hmac.digest(self.key, f"sign-in {sort} {name}".encode(), "sha256").hex()

    def _count(self, connection: Connection, mark: str, free: int, now: datetime) -> datetime | None:
        """Count one try; None when it may go ahead, else the instant until which it may not."""
        first, longest = self.settings.sign_in_first_wait_seconds, self.settings.sign_in_longest_wait_seconds
        stale = sign_in_try.c.last_at < literal(now) - FORGOTTEN_AFTER
        tries = case((stale, 1), else_=sign_in_try.c.tries + 1)
        power = func.least(func.greatest(tries - free, 0), 30)
        seconds = case((tries < free, 0.0), else_=func.least(longest, first * func.power(2.0, power)))
        row = insert(sign_in_try).values(mark=mark, tries=1, last_at=now, wait_until=now)
        counted = row.on_conflict_do_update(
            index_elements=[sign_in_try.c.mark],
            set_={
                "tries": tries,
                "last_at": now,
                "wait_until": literal(now) + func.make_interval(0, 0, 0, 0, 0, 0, seconds),
            },
            where=sign_in_try.c.wait_until <= now,
        ).returning(sign_in_try.c.tries)
        if connection.execute(counted).scalar() is not None:
            return None
        until: datetime = connection.execute(
            select(sign_in_try.c.wait_until).where(sign_in_try.c.mark == mark)
        ).scalar_one()
        return until
