"""Cases found by what was typed: the reference, the person they are about, words of their text."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from almoner.records.wire import read_instant
from almoner.rules.references import tidy_reference
from almoner.store.list_rows import NO_DATE, as_json
from almoner.store.search_people import PersonHit, Typed

_REFERENCE_SHAPE = re.compile(r"[A-Z0-9]{3,13}")
_STEPS_PER_LOOK = 2_000
_SHORTEST_TEXT = 3


@dataclass(frozen=True, slots=True)
class CaseHit:
    """A case found; `person` is whom it is about, `due` when the next thing is due."""

    id: str
    reference: str
    title: str
    person: str
    stage: str
    status: str
    due: datetime | None
    why: str


def cases_by_reference(connection: Connection, typed: Typed) -> list[str]:
    """Cases by the whole reference, however written, or by its beginning, with or without the council's prefix."""
    if not _REFERENCE_SHAPE.fullmatch(typed.squeezed) or typed.digits:
        return []
    prefix = connection.execute(text("SELECT prefix FROM councils ORDER BY id LIMIT 1")).scalar() or ""
    whole = tidy_reference(typed.whole, prefix)
    if whole is not None:
        return _references_from(connection, whole, whole + "\x01", 2)
    beginnings = []
    if prefix and typed.squeezed.startswith(prefix):
        beginnings.append(_dashed(prefix, typed.squeezed[len(prefix) :]))
    elif prefix and any(c.isdigit() for c in typed.squeezed):
        beginnings.append(_dashed(prefix, typed.squeezed))
    elif "-" in typed.whole:
        beginnings.append(typed.whole.upper())
    found: list[str] = []
    for beginning in beginnings:
        found += _references_from(connection, beginning, beginning + "\x7f", 20)
    return found


def _dashed(prefix: str, body: str) -> str:
    parts = (body[:4], body[4:8], body[8:9])
    return "-".join((prefix, *(part for part in parts if part))) if body else f"{prefix}-"


def _references_from(connection: Connection, first: str, beyond: str, most: int) -> list[str]:
    rows = connection.execute(
        text(
            "SELECT id FROM case_list WHERE reference >= :first AND reference < :beyond ORDER BY reference LIMIT :most"
        ),
        {"first": first, "beyond": beyond, "most": most},
    )
    return list(rows.scalars())


def cases_of(connection: Connection, people: Sequence[PersonHit], limit: int) -> list[str]:
    """Cases about the people found, open ones and newest first."""
    ids = [person.id for person in people if not person.restricted]
    if not ids:
        return []
    rows = connection.execute(
        text(
            "SELECT id FROM case_list WHERE subject_id IN (SELECT value FROM json_each(:ids))"
            " ORDER BY status = 'closed', opened_at DESC LIMIT :most"
        ),
        {"ids": as_json(ids), "most": limit},
    )
    return list(rows.scalars())


def cases_by_text(connection: Connection, typed: Typed, limit: int, budget_ms: float) -> tuple[list[str], bool]:
    """Cases whose titles, summaries, notes or findings hold all words, the last as a beginning, newest first."""
    if max(map(len, typed.words)) < _SHORTEST_TEXT:
        return [], True
    words = [f'"{word}"' for word in typed.words]
    found: dict[str, None] = {}
    with _Budget(connection, budget_ms) as budget:
        for query in (" AND ".join(words), " AND ".join(words) + "*" if len(typed.words[-1]) >= _SHORTEST_TEXT else ""):
            if query and len(found) < limit:
                budget.run(lambda query=query: _collect_text(connection, query, limit, found))  # type: ignore[misc]
    return list(found), not budget.spent


def _collect_text(connection: Connection, query: str, limit: int, found: dict[str, None]) -> None:
    """Add the cases of matching rows, newest row first, until there are enough."""
    rows = connection.execute(
        text(
            "SELECT s.case_id FROM case_words w CROSS JOIN search_text s ON s.item = w.rowid"
            " WHERE w.case_words MATCH :query ORDER BY w.rowid DESC LIMIT :most"
        ),
        {"query": query, "most": limit * 5},
    )
    for (case_id,) in rows:
        found[case_id] = None
        if len(found) >= limit:
            break


class _Budget:
    """Stops statements on one connection when their time is up, and tells that apart from an interruption."""

    def __init__(self, connection: Connection, budget_ms: float) -> None:
        self._raw: Any = connection.connection.dbapi_connection
        self._until = time.perf_counter() + budget_ms / 1000
        self.spent = False

    def __enter__(self) -> _Budget:
        self._raw.set_progress_handler(self._look, _STEPS_PER_LOOK)
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.set_progress_handler(None, 0)

    def _look(self) -> int:
        self.spent = self.spent or time.perf_counter() > self._until
        return int(self.spent)

    def run(self, statement: Callable[[], None]) -> None:
        """Run a statement; end it quietly when time is up, or when the index refuses the text."""
        if self.spent:
            return
        try:
            statement()
        except DBAPIError as error:
            if not self.spent and "fts5" not in str(error.orig):
                raise


def case_hits(
    connection: Connection, ids: Sequence[str], limit: int, teams: Collection[str], why: str | Mapping[str, str]
) -> tuple[CaseHit, ...]:
    """The cases of these ids as hits, in their order; of a restricted person's case only that it exists."""
    if not ids:
        return ()
    rows = connection.execute(
        text(
            "SELECT id, reference, title, subject, stage, status, due_key, restricted_team_id FROM case_list"
            " WHERE id IN (SELECT value FROM json_each(:ids))"
        ),
        {"ids": as_json(ids)},
    )
    by_id = {row.id: row for row in rows}
    hits = []
    for id in ids[:limit]:
        if row := by_id.get(id):
            closed_to_us = bool(row.restricted_team_id) and row.restricted_team_id not in teams
            reason = why if isinstance(why, str) else why[id]
            if closed_to_us and reason == "text":
                continue
            hits.append(
                CaseHit(
                    id=row.id,
                    reference=row.reference,
                    title="Restricted" if closed_to_us else row.title,
                    person=row.subject,
                    stage="" if closed_to_us else row.stage,
                    status=row.status,
                    due=None if closed_to_us or row.due_key == NO_DATE else read_instant(row.due_key),
                    why=reason,
                )
            )
    return tuple(hits)
