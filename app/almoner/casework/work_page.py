"""What an officer's first page says: what needs them now and why, in the order to do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from almoner.casework.ports import Desk
from almoner.casework.settle_page import count_to_settle
from almoner.rules.calendars import UK_WIDE
from almoner.rules.due_tags import due_tag
from almoner.rules.words import day_and_month, full_date, in_uk, uk_date
from almoner.store.lists import WorkItem, my_work
from almoner.store.reading import Reading

_TITLES = {
    "overdue": "Overdue",
    "settle": "To settle",
    "today": "Due today",
    "soon": "In the next 5 working days",
}
_KINDS = {
    "conflict": "Two values",
    "outbox": "Came back",
    "held_work": "Held",
    "letter": "Returned post",
}


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One thing to do: whom it is about, why it needs the officer, and a word or two with a tone of the palette."""

    item: WorkItem
    title: str
    why: str
    mark: str
    tone: str


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """Things that are equally pressing, under a heading."""

    code: str
    title: str
    lines: tuple[WorkLine, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number the page begins with, and what it counts."""

    code: str
    number: int
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class WorkPage:
    """Everything the page shows."""

    greeting: str
    today: str
    figures: tuple[Figure, ...]
    groups: tuple[WorkGroup, ...]
    to_settle: int

    @property
    def pressing(self) -> int:
        """How many things cannot wait until tomorrow."""
        return sum(len(group.lines) for group in self.groups if group.code != "soon")


def read_work_page(reading: Reading, desk: Desk) -> WorkPage:
    """Read what needs the officer."""
    now = desk.clock.now()
    holidays = frozenset(desk.calendars.working_days(UK_WIDE).named)
    items = my_work(reading, desk.me, now, not_working=holidays)
    groups = tuple(
        WorkGroup(code, _TITLES[code], tuple(_line(item, now) for item in each))
        for code, each in groupby(items, key=lambda item: item.group)
    )
    count = {group.code: len(group.lines) for group in groups}
    return WorkPage(
        greeting=f"{greeting(now)}, {desk.me.full_name.split(' ')[0]}",
        today=full_date(uk_date(now)),
        figures=(
            Figure("overdue", count.get("overdue", 0), "Overdue", "red"),
            Figure("today", count.get("today", 0), "Due today", "orange"),
            Figure("soon", count.get("soon", 0), "In the next 5 working days", "blue"),
        ),
        groups=groups,
        to_settle=count_to_settle(reading, desk),
    )


def greeting(now: datetime) -> str:
    """Greet by the hour in the UK."""
    hour = in_uk(now).hour
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


def _line(item: WorkItem, now: datetime) -> WorkLine:
    title = "  ·  ".join(filter(None, (item.subject, item.title)))
    return WorkLine(item, title or "Not about a case", item.why, *_mark(item, now))


def _mark(item: WorkItem, now: datetime) -> tuple[str, str]:
    """How near it is, beside a reason that names the day; or the day, beside a reason that says how late."""
    if item.due_on is None:
        return _KINDS.get(item.record_kind, ""), item.tone
    if item.group == "overdue":
        return f"Due {_short(item.due_on, uk_date(now))}", "red"
    tag = due_tag(item.due_on, item.due_at or now, now) if item.group == "soon" else None
    return (tag.words, tag.tone) if tag else ("Today", "orange")


def _short(day: date, today: date) -> str:
    return day_and_month(day) if day.year == today.year else f"{day_and_month(day)} {day.year}"
