"""What is computed from the records and kept for speed: lists, counters, search. Fresh in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from sqlalchemy import Connection

from almoner.store import derived_tables

Refresher = Callable[[Connection, Mapping[str, Set[str]]], None]
"""Brings derived rows up to date for the changed records, by kind and id; a changed record may be gone."""

REFRESHERS: tuple[Refresher, ...] = (derived_tables.refresh,)
"""Run in this order after rows were written, before the transaction commits."""


def refresh(connection: Connection, changed: Mapping[str, Set[str]]) -> None:
    """Bring everything derived up to date; called once per transaction, local or received, with what changed."""
    if changed:
        for refresher in REFRESHERS:
            refresher(connection, changed)
