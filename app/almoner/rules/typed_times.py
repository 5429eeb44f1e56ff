"""Days and times as people type them: "17/12/2026 10:05", "yesterday 16:40", "sat 9am", "2 hours ago".

Everything is UK time, with the day before the month. A weekday means the last one when something happened, and the next
one when something is to come.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from almoner.records.trouble import Trouble
from almoner.rules.words import UK, date_and_time, in_uk, uk_date

Direction = Literal["past", "ahead"]

LONGEST = 60
"""No day or time takes more characters."""

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""A year outside these is a slip of the keyboard."""

_EXAMPLES = "Write it as 17/12/2026 10:05, yesterday 16:40, or sat 9am."
_DAY_EXAMPLES = "Write it as 17/12/2026, tomorrow, or fri."
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1}
_TIMES = {"midday": time(12), "noon": time(12), "midnight": time(0)}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.ASCII)
_TIME_AT_END = re.compile(
    r"(?:^|\s)((?:\d{1,2}[:.]\d{2}\s*(?:am|pm)?|\d{1,2}\s*(?:am|pm)|noon|midday|midnight))$", re.ASCII
)
_AGO = re.compile(r"(\d{1,3}|an?|half an) (minute|min|hour|hr|day)s? ago", re.ASCII)
_IN_DAYS = re.compile(r"in (\d{1,3}|a) (day|week)s?", re.ASCII)
_NUMERIC = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_WORDED = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,9})(?: (\d{4}|\d{2}))?", re.ASCII)
_MINUTES = {"minute": 1, "min": 1, "hour": 60, "hr": 60, "day": 24 * 60}


def read_when(typed: str, now: datetime, direction: Direction = "past") -> datetime:
    """Give the instant that was typed, in UTC; nothing typed, or "now", is `now`.

    Raises Trouble when it cannot be read, has no time of day, or names an hour that the clocks skip.
    """
    text = _plain(typed)
    if text in ("", "now", "just now"):
        return now.astimezone(UTC)
    if ago := _AGO.fullmatch(text):
        return _long_ago(ago, now)
    at_end = _TIME_AT_END.search(text)
    day_words = text[: at_end.start()].strip() if at_end else text
    day = _day(day_words, uk_date(now), direction) if day_words else uk_date(now)
    if day is None:
        raise Trouble("This day and time cannot be read.", _EXAMPLES)
    if at_end is None:
        raise Trouble("The time of day is missing.", _EXAMPLES)
    at = _instant(day, _time(at_end[1]))
    return _nearest_week(at, day_words, now, direction)


def read_day(typed: str, today: date, direction: Direction = "ahead") -> date:
    """Give the day that was typed. Raises Trouble when it cannot be read."""
    text = _plain(typed)
    if found := _IN_DAYS.fullmatch(text):
        count = 1 if found[1] == "a" else int(found[1])
        return today + timedelta(days=count * (7 if found[2] == "week" else 1))
    day = _day(text, today, direction)
    if day is None:
        raise Trouble("This day cannot be read.", _DAY_EXAMPLES)
    return day


def typed_form(instant: datetime) -> str:
    """Give an instant as a box shows it and as it is read back: "17 Dec 2026 10:05"."""
    return date_and_time(instant)


def _plain(typed: str) -> str:
    if len(typed) > LONGEST:
        raise Trouble(f"This is longer than any day and time ({LONGEST} characters).", _EXAMPLES)
    words = typed.casefold().replace(",", " ").replace(" at ", " ").replace("a.m.", "am").replace("p.m.", "pm")
    return " ".join(words.split()).removeprefix("on ")


def _long_ago(found: re.Match[str], now: datetime) -> datetime:
    if found[1] == "half an":
        return (now - timedelta(minutes=30)).astimezone(UTC)
    count = int(found[1]) if found[1].isdecimal() else 1
    return (now - timedelta(minutes=count * _MINUTES[found[2]])).astimezone(UTC)


def _day(words: str, today: date, direction: Direction) -> date | None:
    if words in _NAMED:
        return today + timedelta(days=_NAMED[words])
    if (weekday := _weekday(words)) is not None:
        return _week_day(weekday, today, direction)
    if found := _ISO.fullmatch(words):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    without_day = " ".join(part for part in words.split(" ") if _weekday(part) is None)
    if found := _NUMERIC.fullmatch(without_day):
        return _with_year(int(found[1]), int(found[2]), found[3], today, direction)
    if (found := _WORDED.fullmatch(without_day)) and (month := _month(found[2])):
        return _with_year(int(found[1]), month, found[3], today, direction)
    return None


def _weekday(word: str) -> int | None:
    word = word.removeprefix("last ").removeprefix("next ").removeprefix("this ")
    if len(word) < 3:
        return None
    return next((at for at, name in enumerate(_WEEKDAYS) if name.startswith(word)), None)


def _month(word: str) -> int | None:
    return next((at for at, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)


def _week_day(weekday: int, today: date, direction: Direction) -> date:
    """The last or next such day; today counts as both."""
    if direction == "past":
        return today - timedelta(days=(today.weekday() - weekday) % 7)
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _nearest_week(at: datetime, day_words: str, now: datetime, direction: Direction) -> datetime:
    """A weekday that is today means a week away when its time lies on the wrong side of now."""
    if _weekday(day_words) is None or uk_date(at) != uk_date(now):
        return at
    if direction == "past" and at > now:
        return _instant(uk_date(at) - timedelta(days=7), in_uk(at).time())
    if direction == "ahead" and at < now:
        return _instant(uk_date(at) + timedelta(days=7), in_uk(at).time())
    return at


def _with_year(day: int, month: int, year: str | None, today: date, direction: Direction) -> date:
    """A day without its year is the nearest in the direction meant."""
    if year:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = _date(today.year, month, day)
    if direction == "past":
        return _date(today.year - 1, month, day) if found > today else found
    return _date(today.year + 1, month, day) if found < today else found


def _date(year: int, month: int, day: int) -> date:
    do = "Check the day, the month and the year: the day comes first."
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Trouble("The year cannot be right.", do)
    try:
        return date(year, month, day)
    except ValueError:
        raise Trouble("There is no such day in the calendar.", do) from None


def _time(words: str) -> time:
    if words in _TIMES:
        return _TIMES[words]
    found = _CLOCK.fullmatch(words)
    assert found is not None, "only times of day come here"
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            raise Trouble("There is no such time of day.", "Write 9am, 4.30pm or 16:30.")
        hour = hour % 12 + (12 if found[3] == "pm" else 0)
    if hour > 23 or minute > 59:
        raise Trouble("There is no such time of day.", "Write 9am, 4.30pm or 16:30.")
    return time(hour, minute)


def _instant(day: date, at: time) -> datetime:
    """The first such instant of a day; an hour that comes twice in autumn is taken as the first."""
    found = datetime.combine(day, at, UK).astimezone(UTC)
    if in_uk(found).time() != at:
        raise Trouble("The clocks went forward over this time, so it did not exist.", "Give the time an hour later.")
    return found
