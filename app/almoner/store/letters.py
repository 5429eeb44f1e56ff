"""The list of letters made, newest first, a page at a time by the key of the row before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, tuple_

from almoner.records import Letter, User
from almoner.records.events import LetterStep
from almoner.records.wire import read_instant
from almoner.store.list_rows import case_list, person_list
from almoner.store.reading import MOST_ROWS, Reading
from almoner.store.tables import local_table

PAGE = 100
"""How many rows lie between two anchors."""

LetterFilter = Literal["mine", "to-print", "held", "all"]
LETTER_FILTERS: tuple[LetterFilter, ...] = ("mine", "to-print", "held", "all")
Key = tuple[str, str]

_letters, _users = local_table(Letter), local_table(User)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter as a list shows it. `key` is what to give as `after` for the page that follows this row.

    `restricted_team_id`: the only team that may open the case; the name and the case's words are left out then.
    """

    id: str
    case_id: str
    title: str
    status: str
    pages: int
    recipient: str
    reference: str
    case_title: str
    author: str
    restricted_team_id: str
    recorded_at: datetime
    key: Key


def letter_rows(
    reading: Reading, filter: LetterFilter, me: User, after: Key | None = None, limit: int = PAGE
) -> tuple[LetterRow, ...]:
    """Up to `limit` (at most 500) letters that follow the key `after`; the newest when there is none."""
    assert 0 < limit <= MOST_ROWS, "ask for fewer at a time"
    query = (
        select(
            _letters.c.id,
            _letters.c.case_id,
            _letters.c.title,
            _letters.c.status,
            _letters.c.pages,
            _letters.c.recorded_at,
            func.coalesce(person_list.c.name, "").label("recipient"),
            func.coalesce(person_list.c.restricted_team_id, "").label("person_team"),
            func.coalesce(case_list.c.reference, "").label("reference"),
            func.coalesce(case_list.c.title, "").label("case_title"),
            func.coalesce(case_list.c.restricted_team_id, "").label("case_team"),
            func.coalesce(_users.c.full_name, "").label("author"),
        )
        .outerjoin(person_list, person_list.c.id == _letters.c.person_id)
        .outerjoin(case_list, case_list.c.id == _letters.c.case_id)
        .outerjoin(_users, _users.c.id == _letters.c.author_id)
        .where(_chosen(filter, me))
        .order_by(_letters.c.recorded_at.desc(), _letters.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(_letters.c.recorded_at, _letters.c.id) < tuple_(*after))
    found = []
    for row in reading.connection.execute(query):
        team = row.case_team or row.person_team
        hidden = bool(team) and team not in me.team_ids
        found.append(
            LetterRow(
                id=row.id,
                case_id=row.case_id,
                title=row.title,
                status=row.status,
                pages=row.pages,
                recipient="" if hidden else row.recipient,
                reference=row.reference,
                case_title="" if hidden else row.case_title,
                author=row.author,
                restricted_team_id=team if hidden else "",
                recorded_at=read_instant(row.recorded_at),
                key=(row.recorded_at, row.id),
            )
        )
    return tuple(found)


def letter_anchors(reading: Reading, filter: LetterFilter, me: User) -> tuple[Key, ...]:
    """The key of every 100th letter: what to give as `after` for pages 2, 3 and so on."""
    place = func.row_number().over(order_by=(_letters.c.recorded_at.desc(), _letters.c.id.desc())).label("place")
    inner = select(_letters.c.recorded_at, _letters.c.id, place).where(_chosen(filter, me)).subquery()
    query = select(inner.c.recorded_at, inner.c.id).where(inner.c.place % PAGE == 0).order_by(inner.c.place)
    return tuple((row.recorded_at, row.id) for row in reading.connection.execute(query))


def count_letters(reading: Reading, filter: LetterFilter, me: User) -> int:
    """How many letters the filter shows."""
    return _counted(reading, select(func.count()).select_from(_letters).where(_chosen(filter, me)))


def letter_place(reading: Reading, filter: LetterFilter, me: User, letter_id: str) -> int | None:
    """The row a letter stands at under a filter, from 0; None when the filter does not show it."""
    mine = select(_letters.c.recorded_at).where(_letters.c.id == letter_id, _chosen(filter, me))
    at = reading.connection.execute(mine).scalar_one_or_none()
    if at is None:
        return None
    before = or_(_letters.c.recorded_at > at, and_(_letters.c.recorded_at == at, _letters.c.id > letter_id))
    return _counted(reading, select(func.count()).select_from(_letters).where(_chosen(filter, me), before))


def _counted(reading: Reading, query: Select[Any]) -> int:
    return int(reading.connection.execute(query).scalar_one())


def _chosen(filter: LetterFilter, me: User) -> ColumnElement[bool]:
    if filter == "mine":
        return _letters.c.author_id == me.id
    if filter == "to-print":
        return _letters.c.status == LetterStep.FINAL.value
    if filter == "held":
        return _letters.c.status == LetterStep.HELD.value
    return literal_column("1") == literal_column("1")
