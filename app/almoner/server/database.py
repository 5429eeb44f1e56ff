"""Connections to the council's PostgreSQL, and words for an administrator when it does not do its part."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from almoner.records.trouble import Trouble
from almoner.server.settings import Settings
from almoner.store.central_life import settle_in
from almoner.store.migrate_central import heads

_UPGRADE = "Run `almoner server upgrade`, then try again."
_SAID = {
    "42P01": ("The database has not the tables of this release.", _UPGRADE),
    "42703": ("The database has not the tables of this release.", _UPGRADE),
    "42501": ("The user of the database may not do this.", "Make that user the owner of the database, then try again."),
    "53100": ("The disk of the database is full.", "Make room there, then try again. Nothing was half written."),
    "57014": ("The database took too long.", "Try again when it is less busy."),
}
"""What PostgreSQL's error codes mean to an administrator."""
_NOT_REACHED = (
    "The database cannot be reached, or does not let this program in.",
    "See that PostgreSQL runs, and that host, name, user and password in its address are right.",
)


def make_engine(settings: Settings) -> Engine:
    """Connections to the database: few, checked before use, with limits on time, and never a parameter in an error's
    text. Behind a pooler that gives each transaction another connection (`pooled`) nothing outlasts a transaction: no
    prepared statement is left behind, and the limits are set anew in each."""
    limits = _limits(settings)
    known: dict[str, Any] = {"connect_timeout": 5, "application_name": "almoner"}
    if settings.pooled:
        known["prepare_threshold"] = None
    else:
        known["options"] = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items())
    engine = create_engine(
        settings.database_url,
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args=known,
    )
    if settings.pooled:
        said = "; ".join(f"SET LOCAL {name} = {milliseconds}" for name, milliseconds in limits.items())

        @event.listens_for(engine, "begin")
        def limit(connection: Connection) -> None:
            connection.exec_driver_sql(said)

    return engine


def _limits(settings: Settings) -> dict[str, int]:
    """How long PostgreSQL works on one statement, waits for a lock, and waits for us in a transaction, in
    milliseconds."""
    most = int(settings.request_seconds * 1000)
    return {"statement_timeout": most, "lock_timeout": most, "idle_in_transaction_session_timeout": 2 * most}


@contextmanager
def in_words(engine: Engine) -> Iterator[None]:
    """A database that cannot be reached or used becomes Trouble, which names it but neither its user nor password."""
    try:
        yield
    except DBAPIError as fault:
        words = _SAID.get(getattr(fault.orig, "sqlstate", None) or "")
        if words is None and isinstance(fault, OperationalError):
            words = _NOT_REACHED
        if words is None:
            raise
        raise Trouble(*words, f"{engine.url.host or 'this computer'}/{engine.url.database or ''}") from fault


def prove_ready(settings: Settings) -> bool:
    """Raises Trouble unless the database answers and has the tables of this release. When it is another than the one
    last served, such as one restored from a copy, a new epoch begins; whether it did."""
    engine = make_engine(replace(settings, connections=1))
    try:
        with in_words(engine):
            found, wanted = heads(engine)
            _prove_release(found, wanted)
            with engine.begin() as connection:
                return settle_in(connection, uuid.uuid4().hex)
    finally:
        engine.dispose()


def _prove_release(found: str, wanted: str) -> None:
    if not found:
        raise Trouble("The database has no tables yet.", _UPGRADE)
    if found != wanted:
        raise Trouble(
            "The database belongs to another release of Almoner.",
            f"{_UPGRADE} When the database is the newer of the two, install its release here instead.",
        )
