"""Connections to the council's PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine

from almoner.server.settings import Settings


def make_engine(settings: Settings) -> Engine:
    """Connections to the database: few, checked before use, and never a parameter in an error's text."""
    seconds = int(settings.request_seconds)
    return create_engine(
        settings.database_url,
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": 5,
            "application_name": "almoner",
            "options": f"-c statement_timeout={seconds}s -c lock_timeout={seconds}s "
            f"-c idle_in_transaction_session_timeout={seconds * 2}s",
        },
    )
