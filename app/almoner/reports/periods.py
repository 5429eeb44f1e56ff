"""The stretches of days a report may be asked for, named as people name them; the financial year begins on 1 April."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """A named stretch of days; both its first and its last day are in it."""

    code: str
    title: str
    start: date
    end: date


def periods(today: date) -> tuple[Period, ...]:
    """Return the periods to choose from, as they stand on this UK day; none reaches past it."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    year = today.year if (today.month, today.day) >= (4, 1) else today.year - 1
    april = date(year, 4, 1)
    return (
        Period("this-week", "This week", monday, today),
        Period("last-week", "Last week", monday - timedelta(days=7), monday - timedelta(days=1)),
        Period("this-month", "This month", first, today),
        Period("last-month", "Last month", before.replace(day=1), before),
        Period("this-year", "This financial year", april, today),
        Period("last-year", "Last financial year", date(year - 1, 4, 1), april - timedelta(days=1)),
    )
