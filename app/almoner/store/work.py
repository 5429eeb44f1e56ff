"""What needs one officer now, and why: clocks, tasks, disagreements, refused saves and returned post, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text

from almoner.records import BY_KIND, User
from almoner.records.derive import fields_of
from almoner.records.staff import StaffRole
from almoner.records.wire import read_instant
from almoner.rules.words import counted, short_date, uk_date, uk_time
from almoner.store.labels import noun_of, plain_words
from almoner.store.list_rows import NO_DATE
from almoner.store.reading import Reading

Group = Literal["overdue", "settle", "today", "soon"]
_GROUPS: tuple[Group, ...] = ("overdue", "settle", "today", "soon")
_MOST = 200
"""No more rows of one sort are fetched; a longer list is a case for the case list."""

SOON_WORKING_DAYS = 5
"""How many working days ahead something counts as due soon."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One thing to do. `why` is a whole phrase; `tone` a tone of the palette; `record_kind` and `record_id` say what
    to open beside the case (a clock, task, conflict, outbox line, held work or letter)."""

    group: Group
    why: str
    tone: str
    case_id: str
    reference: str
    title: str
    subject: str
    stage: str
    due_on: date | None
    due_at: datetime | None
    record_kind: str
    record_id: str


def my_work(
    reading: Reading, me: User, now: datetime, *, not_working: Collection[date] = frozenset()
) -> tuple[WorkItem, ...]:
    """Everything that needs this officer, most pressing first. `not_working`: bank holidays, for what is due soon."""
    today = uk_date(now)
    soon = _working_days_on(today, SOON_WORKING_DAYS, not_working)
    sees_all = "1" if me.role is StaffRole.SUPERVISOR else "0"
    values = {"me": me.id, "soon": soon.isoformat(), "sees_all": sees_all}
    items = [
        *_clocks(reading, values, now),
        *_tasks(reading, values, today),
        *_conflicts(reading, values),
        *_refused(reading, values),
        *_held(reading, values),
        *_returned(reading, values),
    ]
    once = {(item.record_kind, item.record_id): item for item in reversed(items)}
    return tuple(sorted(once.values(), key=_order))


def _order(item: WorkItem) -> tuple[int, str, str, str]:
    due = item.due_at.isoformat() if item.due_at else item.due_on.isoformat() if item.due_on else NO_DATE
    return _GROUPS.index(item.group), due, item.reference, item.record_id


def _working_days_on(day: date, count: int, not_working: Collection[date]) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5 and day not in not_working
    return day


_CASE = "l.id AS case_id, l.reference, l.title, l.subject, l.stage"


def _rows(reading: Reading, statement: str, values: dict[str, str]) -> Iterator[Any]:
    wanted = {name: value for name, value in values.items() if f":{name}" in statement}
    return iter(reading.connection.execute(text(f"{statement} LIMIT {_MOST}"), wanted))


def _item(row: Any, group: Group, why: str, *, tone: str, record_kind: str, due_on: date | None = None) -> WorkItem:
    return WorkItem(
        group=group,
        why=why,
        tone=tone,
        case_id=row.case_id or "",
        reference=row.reference or "",
        title=row.title or "",
        subject=row.subject or "",
        stage=row.stage or "",
        due_on=due_on,
        due_at=None,
        record_kind=record_kind,
        record_id=str(row.record_id),
    )


def _clocks(reading: Reading, values: dict[str, str], now: datetime) -> Iterator[WorkItem]:
    """The next thing due on each of my open cases, when it is late, due today or due soon."""
    rows = _rows(
        reading,
        f"SELECT {_CASE}, l.due_clock_id AS record_id, l.due_key, l.due_on, l.due_title FROM case_list l"
        " WHERE l.status = 'open' AND l.owner_id = :me AND l.due_key < '9999' AND l.due_on <= :soon ORDER BY l.due_key",
        values,
    )
    today = uk_date(now)
    for row in rows:
        due_at, due_on = read_instant(row.due_key), date.fromisoformat(row.due_on)
        late = due_at < now
        group: Group = "overdue" if late else "today" if due_on <= today else "soon"
        if late:
            why = f"{row.due_title}: {_late_words(due_on, today)}"
        elif due_on <= today:
            at_a_time = uk_date(due_at) == due_on
            why = f"{row.due_title}: due today{' by ' + uk_time(due_at) if at_a_time else ''}"
        else:
            why = f"{row.due_title}: due {short_date(due_on)}"
        tone = {"overdue": "red", "today": "orange"}.get(group, "neutral")
        item = _item(row, group, why, tone=tone, record_kind="clock", due_on=due_on)
        yield WorkItem(**{**{name: getattr(item, name) for name in WorkItem.__slots__}, "due_at": due_at})


def _late_words(due_on: date, today: date) -> str:
    days = (today - due_on).days
    return f"{counted(days, 'day')} overdue" if days > 0 else "overdue since earlier today"


def _tasks(reading: Reading, values: dict[str, str], today: date) -> Iterator[WorkItem]:
    """Tasks given to me, and those given to nobody on my cases, by the day they are wanted."""
    rows = _rows(
        reading,
        f"SELECT {_CASE}, t.id AS record_id, t.title AS task, t.do_by FROM tasks t JOIN case_list l ON l.id = t.case_id"
        " WHERE t.done_at IS NULL AND l.status = 'open' AND t.do_by <= :soon AND (t.owner_id = :me"
        " OR (t.owner_id = '' AND l.owner_id = :me)) ORDER BY t.do_by",
        values,
    )
    for row in rows:
        do_by = date.fromisoformat(row.do_by)
        if do_by < today:
            yield _item(
                row, "overdue", f"{row.task}: {_late_words(do_by, today)}", tone="red", record_kind="task", due_on=do_by
            )
        elif do_by == today:
            yield _item(row, "today", f"{row.task}: to do today", tone="orange", record_kind="task", due_on=do_by)
        else:
            yield _item(
                row,
                "soon",
                f"{row.task}: to do by {short_date(do_by)}",
                tone="neutral",
                record_kind="task",
                due_on=do_by,
            )


def _conflicts(reading: Reading, values: dict[str, str]) -> Iterator[WorkItem]:
    """Values two people changed that nobody has settled: on my cases, written by me, or all when I supervise."""
    rows = _rows(
        reading,
        "SELECT c.case_id, l.reference, l.title, l.subject, l.stage, c.id AS record_id, c.record_kind, c.field"
        " FROM conflicts c LEFT JOIN case_list l ON l.id = c.case_id"
        " WHERE c.settled_at IS NULL AND (c.offered_by = :me OR c.in_force_by = :me OR l.owner_id = :me"
        " OR :sees_all = '1') ORDER BY c.offered_at",
        values,
    )
    for row in rows:
        why = f"{_disputed(row.record_kind, row.field)}: two people changed this, choose which is right"
        yield _item(row, "settle", why, tone="purple", record_kind="conflict")


def _disputed(kind: str, name: str) -> str:
    """What two people changed, in a word or two."""
    if not name:
        return f"{noun_of(kind)} taken away"
    record = BY_KIND.get(kind)
    labels = {field.name: field.fact.label for field in fields_of(record)} if record else {}
    said = labels.get(name, plain_words(name))
    return said if kind == "case" else f"{noun_of(kind)}, {said[:1].lower()}{said[1:]}"


def _refused(reading: Reading, values: dict[str, str]) -> Iterator[WorkItem]:
    """Saves of mine that the server refused or holds."""
    rows = _rows(
        reading,
        "SELECT o.case_id, l.reference, l.title, l.subject, l.stage, o.client_seq AS record_id, o.label, o.state"
        " FROM outbox o LEFT JOIN case_list l ON l.id = o.case_id"
        " WHERE o.state IN ('rejected', 'held') AND o.author = :me ORDER BY o.client_seq",
        values,
    )
    for row in rows:
        verdict = "was not accepted by the server" if row.state == "rejected" else "waits at the server"
        yield _item(row, "settle", f"{row.label}: {verdict}", tone="purple", record_kind="outbox")


def _held(reading: Reading, values: dict[str, str]) -> Iterator[WorkItem]:
    """Work of colleagues that the server holds: on my cases, sent on to me, or all when I supervise."""
    rows = _rows(
        reading,
        "SELECT h.case_id, l.reference, l.title, l.subject, l.stage, h.id AS record_id, h.record_kind, u.full_name"
        " FROM held_work h LEFT JOIN case_list l ON l.id = h.case_id LEFT JOIN users u ON u.id = h.author"
        " WHERE h.settlement = 'waiting' AND h.author <> :me AND (l.owner_id = :me OR h.sent_on_to = :me"
        " OR :sees_all = '1') ORDER BY h.held_at",
        values,
    )
    for row in rows:
        why = f"{noun_of(row.record_kind)} by {row.full_name or 'a colleague'}: held until you decide"
        yield _item(row, "settle", why, tone="purple", record_kind="held_work")


def _returned(reading: Reading, values: dict[str, str]) -> Iterator[WorkItem]:
    """Letters of my cases that the post brought back and nobody has dealt with since."""
    rows = _rows(
        reading,
        f"SELECT {_CASE}, e.letter_id AS record_id, t.title AS letter FROM case_list l"
        " JOIN letter_events e ON e.case_id = l.id JOIN letters t ON t.id = e.letter_id"
        " WHERE l.status = 'open' AND l.owner_id = :me AND e.step = 'returned'"
        " AND NOT EXISTS (SELECT 1 FROM letter_events x WHERE x.letter_id = e.letter_id"
        " AND x.recorded_at > e.recorded_at) ORDER BY e.recorded_at",
        values,
    )
    for row in rows:
        yield _item(row, "settle", f"{row.letter}: came back from the post", tone="orange", record_kind="letter")
