"""Lists of cases and people, a page at a time by the key of the row before: the last page is as fast as the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select, text

from almoner.records import Conflict, User
from almoner.records.wire import instant_text, read_instant
from almoner.rules.folding import folded
from almoner.rules.words import end_of_day, uk_date
from almoner.store.list_rows import NO_DATE, as_json
from almoner.store.reading import MOST_ROWS, Reading
from almoner.store.tables import local_table
from almoner.store.work import WorkItem, my_work

__all__ = [
    "PAGE",
    "CaseFilter",
    "CaseRow",
    "FilterName",
    "PersonRow",
    "WorkItem",
    "case_anchors",
    "case_page",
    "case_place",
    "case_row",
    "case_rows",
    "count_cases",
    "count_people",
    "disputed_cases",
    "my_work",
    "people_anchors",
    "people_page",
]

PAGE = 100
"""How many rows lie between two anchors."""

FilterName = Literal["open", "mine", "overdue", "due_this_week", "unassigned", "closed", "all"]
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows, further narrowed to a team, an owner, a service or a stage when given.

    Open, mine, overdue, due this week and unassigned go by what is due first; closed and all by the latest first.
    """

    name: FilterName = "open"
    team_id: str = ""
    owner_id: str = ""
    service: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of a list of cases. `key` is what to give as `after` for the page that follows this row."""

    id: str
    reference: str
    title: str
    service: str
    stage: str
    status: str
    priority: str
    subject_id: str
    subject: str
    address_line: str
    team_id: str
    owner_id: str
    owner: str
    due_at: datetime | None
    due_on: date | None
    due_title: str
    opened_at: datetime
    updated_at: datetime
    restricted_team_id: str
    unsent: int
    key: Key

    def is_overdue(self, now: datetime) -> bool:
        """Whether the next thing due was due before now."""
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list of people. A confidential address is masked; `restricted_team_id` says who may open it."""

    id: str
    name: str
    known_as: str
    born: str
    address_line: str
    confidential: bool
    restricted_team_id: str
    deceased: bool
    key: Key


@dataclass(frozen=True, slots=True)
class _Query:
    """A filter as SQL: the condition, the column it goes by, the direction, and the values."""

    where: str
    column: str
    descending: bool
    values: Mapping[str, str]


_COLUMNS = """l.id, l.reference, l.title, l.service, l.stage, l.status, l.priority, l.subject_id, l.subject,
 l.address_line, l.team_id, l.owner_id, coalesce(u.full_name, '') AS owner, l.due_key, l.due_on, l.due_title,
 l.opened_at, l.updated_at, l.restricted_team_id,
 (SELECT count(*) FROM outbox o WHERE o.case_id = l.id) AS unsent"""


def case_page(
    reading: Reading, filter: CaseFilter, me: User, now: datetime, after: Key | None = None, limit: int = PAGE
) -> tuple[CaseRow, ...]:
    """Up to `limit` (at most 500) rows that follow the key `after`; the first page when there is none."""
    assert 0 < limit <= MOST_ROWS, "ask for fewer at a time"
    query = _query(filter, me, now)
    where, values = query.where, dict(query.values)
    if after is not None:
        where += f" AND (l.{query.column}, l.id) {'<' if query.descending else '>'} (:after_key, :after_id)"
        values["after_key"], values["after_id"] = after
    way = " DESC" if query.descending else ""
    rows = reading.connection.execute(
        text(
            f"SELECT {_COLUMNS}, l.{query.column} AS sort_key FROM case_list l"
            f" LEFT JOIN users u ON u.id = l.owner_id WHERE {where}"
            f" ORDER BY l.{query.column}{way}, l.id{way} LIMIT :page"
        ),
        {**values, "page": limit},
    )
    return tuple(_case_row(row) for row in rows)


def case_rows(reading: Reading, ids: Sequence[str]) -> tuple[CaseRow, ...]:
    """The list rows of these cases (the latest 500), open ones and latest opened first.

    For the cases of a person, or to refresh rows in place. Cases that are not on this device are left out."""
    rows = reading.connection.execute(
        text(
            f"SELECT {_COLUMNS}, l.due_key AS sort_key FROM case_list l LEFT JOIN users u ON u.id = l.owner_id"
            " WHERE l.id IN (SELECT value FROM json_each(:ids)) ORDER BY l.status = 'closed', l.opened_at DESC, l.id"
            f" LIMIT {MOST_ROWS}"
        ),
        {"ids": as_json(ids)},
    )
    return tuple(_case_row(row) for row in rows)


def case_row(reading: Reading, case_id: str) -> CaseRow | None:
    """The list row of one case, to refresh it in place; None when it is not on this device."""
    return next(iter(case_rows(reading, [case_id])), None)


def case_anchors(reading: Reading, filter: CaseFilter, me: User, now: datetime) -> tuple[Key, ...]:
    """The key of every 100th row: what to give as `after` for pages 2, 3 and so on. One scan; keep it off the window's
    thread and run it again after a sync."""
    query = _query(filter, me, now)
    way = " DESC" if query.descending else ""
    rows = reading.connection.execute(
        text(
            f"SELECT k, id FROM (SELECT l.{query.column} AS k, l.id AS id, row_number() OVER"
            f" (ORDER BY l.{query.column}{way}, l.id{way}) AS n"
            f" FROM case_list l WHERE {query.where}) WHERE n % {PAGE} = 0"
        ),
        dict(query.values),
    )
    return tuple((row[0], row[1]) for row in rows)


def case_place(reading: Reading, filter: CaseFilter, me: User, now: datetime, case_id: str) -> int | None:
    """The row a case stands at under a filter, from 0; None when the filter does not show it."""
    query = _query(filter, me, now)
    values: dict[str, str] = {**query.values, "kept": case_id}
    key = reading.connection.execute(
        text(f"SELECT l.{query.column} FROM case_list l WHERE l.id = :kept AND {query.where}"), values
    ).scalar_one_or_none()
    if key is None:
        return None
    before = ">" if query.descending else "<"
    counted = text(
        f"SELECT count(*) FROM case_list l WHERE {query.where} AND (l.{query.column}, l.id) {before} (:key, :kept)"
    )
    return int(reading.connection.execute(counted, {**values, "key": key}).scalar_one())


def count_cases(reading: Reading, filter: CaseFilter, me: User, now: datetime) -> int:
    """How many cases the filter shows."""
    query = _query(filter, me, now)
    if filter.service or filter.stage or filter.name in ("overdue", "due_this_week"):
        statement = f"SELECT count(*) FROM case_list l WHERE {query.where}"
    else:
        statement = f"SELECT coalesce(sum(n), 0) FROM case_count l WHERE {query.where}"
    return int(reading.connection.execute(text(statement), dict(query.values)).scalar_one())


def _query(filter: CaseFilter, me: User, now: datetime) -> _Query:
    """The condition of a filter. `status` is written out so that SQLite can use the indexes of open cases."""
    wheres, values = [], {}
    column, descending = "due_key", False
    if filter.name == "closed":
        wheres, column, descending = ["l.status = 'closed'"], "closed_at", True
    elif filter.name == "all":
        wheres, column, descending = ["true"], "opened_at", True
    else:
        wheres = ["l.status = 'open'"]
    if filter.name == "mine":
        wheres.append("l.owner_id = :me")
        values["me"] = me.id
    elif filter.name == "unassigned":
        wheres.append("l.owner_id = ''")
    elif filter.name == "overdue":
        wheres.append("l.due_key < :now")
        values["now"] = instant_text(now)
    elif filter.name == "due_this_week":
        wheres.append("l.due_key >= :now AND l.due_key <= :sunday")
        values["now"], values["sunday"] = instant_text(now), instant_text(_end_of_week(now))
    for name in ("team_id", "owner_id", "service", "stage"):
        if wanted := getattr(filter, name):
            wheres.append(f"l.{name} = :{name}")
            values[name] = wanted
    return _Query(" AND ".join(wheres), column, descending, values)


def _end_of_week(now: datetime) -> datetime:
    """The end of Sunday in UK time."""
    today = uk_date(now)
    return end_of_day(today + timedelta(days=6 - today.weekday()))


def _case_row(row: Any) -> CaseRow:
    found = row._mapping
    due = found["due_key"]
    return CaseRow(
        id=found["id"],
        reference=found["reference"],
        title=found["title"],
        service=found["service"],
        stage=found["stage"],
        status=found["status"],
        priority=found["priority"],
        subject_id=found["subject_id"],
        subject=found["subject"],
        address_line=found["address_line"],
        team_id=found["team_id"],
        owner_id=found["owner_id"],
        owner=found["owner"],
        due_at=None if due == NO_DATE else read_instant(due),
        due_on=date.fromisoformat(found["due_on"]) if found["due_on"] else None,
        due_title=found["due_title"],
        opened_at=read_instant(found["opened_at"]),
        updated_at=read_instant(found["updated_at"]),
        restricted_team_id=found["restricted_team_id"],
        unsent=found["unsent"],
        key=(found["sort_key"], found["id"]),
    )


def people_page(
    reading: Reading, after: Key | None = None, limit: int = PAGE, *, starts_with: str = ""
) -> tuple[PersonRow, ...]:
    """Up to `limit` people by surname, then name, that follow the key `after`; if asked, surnames that start so."""
    assert 0 < limit <= MOST_ROWS, "ask for fewer at a time"
    wheres, values = ["true"], dict[str, str | int](page=limit)
    if after is not None:
        wheres.append("(surname_key, name_key, id) > (:surname, :name, :id)")
        values |= {"surname": after[0], "name": after[1], "id": after[2]}
    if begins := folded(starts_with):
        wheres.append("surname_key >= :first AND surname_key < :last")
        values |= {"first": begins, "last": begins + "\U0010ffff"}
    rows = reading.connection.execute(
        text(
            "SELECT id, name, known_as, born, address_line, confidential, restricted_team_id, deceased, surname_key,"
            f" name_key FROM person_list WHERE {' AND '.join(wheres)} ORDER BY surname_key, name_key, id LIMIT :page"
        ),
        values,
    )
    return tuple(
        PersonRow(
            id=row.id,
            name=row.name,
            known_as=row.known_as,
            born=row.born if not row.restricted_team_id else "",
            address_line=row.address_line if not row.restricted_team_id else "",
            confidential=bool(row.confidential),
            restricted_team_id=row.restricted_team_id,
            deceased=bool(row.deceased),
            key=(row.surname_key, row.name_key, row.id),
        )
        for row in rows
    )


def people_anchors(reading: Reading) -> tuple[Key, ...]:
    """The key of every 100th person by surname: what to give as `after` for pages 2, 3 and so on."""
    rows = reading.connection.execute(
        text(
            "SELECT surname_key, name_key, id FROM (SELECT surname_key, name_key, id, row_number() OVER"
            f" (ORDER BY surname_key, name_key, id) AS n FROM person_list) WHERE n % {PAGE} = 0"
        )
    )
    return tuple((row[0], row[1], row[2]) for row in rows)


def count_people(reading: Reading) -> int:
    """How many people are on this device."""
    return int(reading.connection.execute(text("SELECT count(*) FROM person_list")).scalar_one())


def disputed_cases(reading: Reading, ids: Sequence[str]) -> frozenset[str]:
    """Those of the cases in which two people changed one thing and nobody has settled it."""
    table = local_table(Conflict)
    query = select(table.c.case_id).where(table.c.case_id.in_(list(ids)), table.c.settled_at.is_(None)).distinct()
    return frozenset(reading.connection.execute(query).scalars())
