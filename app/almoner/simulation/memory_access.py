"""What the rules of access ask of books in memory; see `store.central_access` for what each answer means."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from almoner.rules.access import SERVER_KINDS, SHARING, is_in_force, shared_by, shared_scope
from almoner.store.central_access import naming_fields
from almoner.store.central_rows import Key

Rows = Iterable[tuple[Key, Any]]
"""Every record there is: its key, and a row with `stored` and `hash`."""


def about(rows: Rows, record_ids: Iterable[str]) -> dict[Key, int]:
    """What the server has opened about these records or for these cases and people, with its hash."""
    wanted, names = set(record_ids), ("record_id", "case_id", "person_id")
    return {
        key: row.hash
        for key, row in rows
        if key[0] in SERVER_KINDS and any(row.stored.values[name] in wanted for name in names)
    }


def named_by(rows: Rows, kind: str, record_id: str) -> frozenset[Key]:
    """The records that hang on this one or name it."""
    names = {(record.kind, name) for record, name in naming_fields(kind)}
    return frozenset(
        key
        for key, row in rows
        for name, value in row.stored.values.items()
        if value == record_id and (key[0], name) in names
    )


def opened_to(rows: Rows, user_id: str, team_ids: Collection[str], today: date) -> frozenset[str]:
    """The scopes of cases and people open to an officer on a day."""
    found = set()
    for key, row in rows:
        values = row.stored.values
        mine = key[0] in SHARING and (values["team_id"] in team_ids or values.get("user_id") == user_id)
        above = shared_by(key[0], values) if mine and is_in_force(values, today) else None
        if above is not None:
            found.add(shared_scope(*above))
    return frozenset(found)
