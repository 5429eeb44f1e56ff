"""UK dates and times in words, the same on screen, on paper and in reports, whatever the computer's own language.

Instants come in as aware `datetime` values (kept in UTC everywhere) and are shown in UK time; `now` is always passed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")
"""The one time zone people see."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def in_uk(instant: datetime) -> datetime:
    """Give an aware instant as UK wall-clock time."""
    assert instant.tzinfo is not None, "An instant must carry its time zone"
    return instant.astimezone(UK)


def uk_date(instant: datetime) -> date:
    """Give the calendar day it is in the UK at an instant."""
    return in_uk(instant).date()


def start_of_day(day: date) -> datetime:
    """Give the UTC instant at which a UK calendar day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UK).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Give the UTC instant at which a UK calendar day is over (the midnight after it)."""
    return start_of_day(day + timedelta(days=1))


def full_date(day: date) -> str:
    """Say a day as letters do: "Tuesday 5 January 2027"."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def due_date(day: date) -> str:
    """Say a day as deadlines do: "Tue 5 January 2027"."""
    return f"{_DAYS[day.weekday()][:3]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(day: date) -> str:
    """Say a day as lists do: "Tue 5 Jan 2027"."""
    return f"{_DAYS[day.weekday()][:3]} {plain_date(day)}"


def plain_date(day: date) -> str:
    """Say a day without its weekday: "5 Jan 2027"."""
    return f"{day_and_month(day)} {day.year}"


def day_and_month(day: date) -> str:
    """Say a day whose year is plain from what stands around it: "25 Dec"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def uk_time(instant: datetime) -> str:
    """Say the UK time of day of an instant: "10:05"."""
    return f"{in_uk(instant):%H:%M}"


def date_and_time(instant: datetime) -> str:
    """Say an instant in full: "17 Dec 2026 10:05"."""
    return f"{plain_date(uk_date(instant))} {uk_time(instant)}"


def when(instant: datetime, now: datetime) -> str:
    """Say when something happened, seen from `now`.

    "Today 10:31", "Yesterday 16:02", "17 Dec 10:05" within the year, otherwise "17 Dec 2025 10:05".
    """
    day, today = uk_date(instant), uk_date(now)
    if day == today:
        return f"Today {uk_time(instant)}"
    if day == today - timedelta(days=1):
        return f"Yesterday {uk_time(instant)}"
    if day == today + timedelta(days=1):
        return f"Tomorrow {uk_time(instant)}"
    if day.year == today.year:
        return f"{day_and_month(day)} {uk_time(instant)}"
    return date_and_time(instant)


def when_at(instant: datetime, now: datetime) -> str:
    """Say when something stood so, to follow a verb: "at 10:42" for today, "at 16:02 yesterday", "at 10:05 on 17 Dec",
    otherwise "at 10:05 on 17 Dec 2025"."""
    day, today = uk_date(instant), uk_date(now)
    if day == today:
        return f"at {uk_time(instant)}"
    if day == today - timedelta(days=1):
        return f"at {uk_time(instant)} yesterday"
    said = day_and_month(day) if day.year == today.year else plain_date(day)
    return f"at {uk_time(instant)} on {said}"


def which_day(day: date, now: datetime) -> str:
    """Say a day seen from `now`: "Today", "Yesterday", "Tomorrow", otherwise "Tue 5 Jan 2027"."""
    names = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}
    return names.get((day - uk_date(now)).days) or short_date(day)


def counted(number: int, one: str, many: str = "") -> str:
    """Say a number with its noun: "1 day", "3 days". `many` is only needed where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def span_of_days(first: date, last: date) -> str:
    """Say a stretch of days, both included: "8 Oct to 19 Oct", or "8 Oct" when it is one day."""
    if first == last:
        return day_and_month(first)
    return f"{day_and_month(first)} to {day_and_month(last)}"
