"""How near a due date is, in the two or three words a list has room for.

Calendar days, whatever the rule counts in: a list shows many rules side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from almoner.rules.words import counted, end_of_day, uk_date, uk_time

SOON_DAYS = 5
"""A due date this near is marked."""

DueTone = Literal["red", "orange", "yellow", "neutral"]


@dataclass(frozen=True, slots=True)
class DueTag:
    """Words such as "3 days overdue" and a tone of the palette; both empty when nothing is due."""

    words: str = ""
    tone: DueTone = "neutral"


def due_tag(due_on: date | None, due_at: datetime | None, now: datetime) -> DueTag:
    """Say how near a due date is. `due_at` is the instant it runs out, which may be the end of the day `due_on`."""
    if due_on is None or due_at is None:
        return DueTag()
    days = (due_on - uk_date(now)).days
    has_time = due_at != end_of_day(due_on)
    if due_at < now or (due_at == now and not has_time):
        return DueTag(f"{counted(-days, 'day')} overdue" if days < 0 else "Overdue today", "red")
    if days == 0:
        return DueTag(f"Due today {uk_time(due_at)}" if has_time else "Due today", "orange")
    return DueTag(f"{counted(days, 'day')} left", "yellow" if days <= SOON_DAYS else "neutral")
