"""Deadlines: the rule codes a service line uses, the day or instant they lead to, and why.

Rule codes (n is a whole number):

- `HOURS:n` elapsed hours, counted in UTC and shown in UK time;
- `WD-EW:n`, `WD-SCT:n`, `WD-NIR:n`, `WD-UK:n` the nth working day after the start, the start being day 0 even when it
  is not a working day; `@HH:MM` after it means due at that UK time;
- `CAL-INCL:n` the start is day 1 ("beginning with the day"); `CAL-EXCL:n` the start is day 0 ("within n days of");
- `MONTH:n` the same day of the month n months on, or that month's last day; `MONTH-ROLL-EW:n` the same, then moved to
  the next working day.

Pauses: `RESET 2026-08-19` starts again from that day; `EXCLUDE 2026-10-08..2026-10-19` takes those days, both included,
out of the count. Days under two pauses count once. Hours never pause.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

from almoner.records.trouble import Trouble
from almoner.rules.calendars import ONE_DAY, Calendars, WorkingDays
from almoner.rules.words import (
    UK,
    counted,
    day_and_month,
    due_date,
    end_of_day,
    in_uk,
    short_date,
    span_of_days,
    uk_date,
    uk_time,
)

MAX_COUNT = 10_000
"""No rule counts further than this; 10,000 hours is over a year, 10,000 days over 27 years."""

MAX_PAUSES = 50
"""A clock with more pauses than this needs a person, not a calculation."""

EXAMPLES = "HOURS:24, WD-EW:10, WD-UK:20, WD-EW:1@16:00, CAL-INCL:56, CAL-EXCL:84, MONTH:2 or MONTH-ROLL-EW:1"

_RULE = re.compile(
    r"(?P<kind>HOURS|WD|CAL-INCL|CAL-EXCL|MONTH-ROLL|MONTH)(-(?P<calendar>EW|SCT|NIR|UK))?"
    r":(?P<count>\d{1,6})(@(?P<hour>\d\d):(?P<minute>\d\d))?"
)
_PAUSE = re.compile(r"(?P<word>RESET|EXCLUDE)\s+(?P<first>\d{4}-\d\d-\d\d)(\s*\.\.\s*(?P<last>\d{4}-\d\d-\d\d))?")


class Kind(Enum):
    """The ways of counting."""

    HOURS = "HOURS"
    WORKING = "WD"
    INCLUSIVE = "CAL-INCL"
    EXCLUSIVE = "CAL-EXCL"
    MONTH = "MONTH"
    MONTH_ROLL = "MONTH-ROLL"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long, counted how. `calendar` is empty for rules that need none; `at` is a UK time of day."""

    kind: Kind
    count: int
    calendar: str = ""
    at: time | None = None

    def __str__(self) -> str:
        place = f"-{self.calendar}" if self.calendar else ""
        return f"{self.kind.value}{place}:{self.count}" + (f"@{self.at:%H:%M}" if self.at else "")

    @property
    def length(self) -> str:
        """Say the length in words: "10 working days", "24 hours", "1 month"."""
        nouns = {Kind.HOURS: "hour", Kind.WORKING: "working day", Kind.MONTH: "month", Kind.MONTH_ROLL: "month"}
        return counted(self.count, nouns.get(self.kind, "day"))


@dataclass(frozen=True, slots=True)
class Reset:
    """The clock starts again from this day (identity proved, question clarified)."""

    day: date

    def __str__(self) -> str:
        return f"RESET {self.day.isoformat()}"


@dataclass(frozen=True, slots=True)
class Exclude:
    """The days from first to last, both included, do not count."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"EXCLUDE {self.first.isoformat()}..{self.last.isoformat()}"


Pause = Reset | Exclude


@dataclass(frozen=True, slots=True)
class Due:
    """When a clock is due and why.

    `on` is the UK day; `at` the UTC instant when a time of day is part of the rule, otherwise the whole day counts;
    `not_counted` the weekday bank holidays passed over; `excluded` the days lost to pauses.
    """

    rule: Rule
    on: date
    at: datetime | None = None
    not_counted: tuple[tuple[date, str], ...] = ()
    excluded: tuple[date, ...] = ()
    why: str = field(default="", compare=False)

    @property
    def instant(self) -> datetime:
        """The UTC instant it runs out: `at`, or the end of the due day in UK time."""
        return self.at or end_of_day(self.on)

    def is_past(self, moment: datetime) -> bool:
        """Say whether a moment is too late. A stated time is still in time; the midnight that ends a due day is not."""
        return moment > self.at if self.at else moment >= self.instant


def parse_rule(text: str) -> Rule:
    """Read a rule code. Raises Trouble that says what is wrong and shows codes that work."""
    found = _RULE.fullmatch(text.strip())
    if not found:
        raise Trouble(f'"{text}" is not a rule for a clock.', f"Write a code such as {EXAMPLES}.")
    kind, place = Kind(found["kind"]), found["calendar"] or ""
    if bool(place) != (kind in (Kind.WORKING, Kind.MONTH_ROLL)):
        raise Trouble(
            f'"{text}" {"needs no calendar" if place else "does not say whose bank holidays count"}.',
            f"Write a code such as {EXAMPLES}.",
        )
    if not 1 <= int(found["count"]) <= MAX_COUNT:
        raise Trouble(f'"{text}" counts to {found["count"]}.', f"Count from 1 to {MAX_COUNT}.")
    return Rule(kind, int(found["count"]), place, _time_of_day(text, kind, found["hour"], found["minute"]))


def _time_of_day(text: str, kind: Kind, hour: str | None, minute: str | None) -> time | None:
    if hour is None or minute is None:
        return None
    if kind is not Kind.WORKING:
        raise Trouble(f'"{text}" gives a time of day.', "Only working-day rules take one, as in WD-EW:1@16:00.")
    if int(hour) > 23 or int(minute) > 59:
        raise Trouble(f'"{text}" gives a time that is not on the clock.', "Write it from 00:00 to 23:59.")
    return time(int(hour), int(minute))


def parse_pauses(text: str) -> tuple[Pause, ...]:
    """Read pauses written one after another, parted by semicolons or new lines. Raises Trouble for a bad one."""
    parts = [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]
    if len(parts) > MAX_PAUSES:
        raise Trouble(f"There are {len(parts)} pauses on this clock.", f"Join them: at most {MAX_PAUSES} are counted.")
    return tuple(_pause(part) for part in parts)


def _pause(text: str) -> Pause:
    found = _PAUSE.fullmatch(text)
    if not found or (found["word"] == "RESET") != (found["last"] is None):
        raise Trouble(f'"{text}" is not a pause.', 'Write "RESET 2026-08-19" or "EXCLUDE 2026-10-08..2026-10-19".')
    try:
        first = date.fromisoformat(found["first"])
        last = date.fromisoformat(found["last"] or found["first"])
    except ValueError:
        raise Trouble(f'"{text}" has a day that is not in the calendar.', "Check the day and the month.") from None
    if last < first:
        raise Trouble(f'"{text}" ends before it begins.', "Put the earlier day first.")
    return Reset(first) if found["word"] == "RESET" else Exclude(first, last)


def parse_start(text: str) -> date | datetime:
    """Read when a clock starts: a day (2026-12-17) or an instant with its offset (2026-12-18T16:40+00:00)."""
    try:
        if len(text.strip()) <= 10:
            return date.fromisoformat(text.strip())
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Trouble(
            f'"{text}" is not a day or a time.', "Write 2026-12-17, or 2026-12-18T16:40+00:00 with its offset."
        )
    return moment.astimezone(UTC)


def due(
    rule: Rule,
    start: date | datetime,
    calendars: Calendars,
    pauses: Sequence[Pause] = (),
    known_on: date | None = None,
) -> Due:
    """Work out when a clock is due, with the holidays known on `known_on` (all of them when None).

    `start` is a UK day or an aware instant; rules counted in days take the UK day of an instant. A later start never
    makes it due earlier, except that month rules with days taken out may differ by the shortness of a month.
    Raises Trouble when hours are asked from a day without a time, or are paused, and when the holiday table does not
    reach far enough.
    """
    if rule.kind is Kind.HOURS:
        return _hours(rule, start, pauses)
    first = uk_date(start) if isinstance(start, datetime) else start
    began = max([first, *(pause.day for pause in pauses if isinstance(pause, Reset))])
    found = _counted_in_days(rule, began, _excluded_days(pauses, began), calendars, known_on)
    again = f" (started again; first {short_date(first)})" if began > first else ""
    return replace(found, why=found.why.replace(short_date(began), short_date(began) + again, 1))


def _counted_in_days(
    rule: Rule, began: date, excluded: frozenset[date], calendars: Calendars, known_on: date | None
) -> Due:
    try:
        if rule.kind is Kind.WORKING:
            return _working(rule, began, excluded, calendars.working_days(rule.calendar, known_on))
        if rule.kind in (Kind.INCLUSIVE, Kind.EXCLUSIVE):
            return _calendar_days(rule, began, excluded)
        roll = calendars.working_days(rule.calendar, known_on) if rule.calendar else None
        return _months(rule, began, excluded, roll)
    except OverflowError:
        raise Trouble(
            f"{rule.length} from {began.isoformat()} leads past the last year there is.", "Check the year."
        ) from None


def stored_due(rule: str, due_on: date, due_at: datetime) -> Due:
    """Give the Due of a clock kept on record, whose `due_at` is the instant it runs out."""
    return Due(parse_rule(rule), due_on, None if due_at == end_of_day(due_on) else due_at)


def _excluded_days(pauses: Iterable[Pause], began: date) -> frozenset[date]:
    """Every day taken out, from the (last) start on; overlapping pauses give each day once."""
    days: set[date] = set()
    for pause in pauses:
        if isinstance(pause, Exclude):
            first = max(pause.first, began)
            length = (pause.last - first).days + 1
            if length > MAX_COUNT:
                raise Trouble(f"A pause of {length} days is longer than can be counted.", "Check its years.")
            days.update(first + timedelta(days=n) for n in range(length))
    return frozenset(days)


def _hours(rule: Rule, start: date | datetime, pauses: Sequence[Pause]) -> Due:
    if not isinstance(start, datetime):
        raise Trouble("A clock counted in hours needs the time it starts, not only the day.", "Give the time as well.")
    if pauses:
        raise Trouble("A clock counted in hours does not pause.", "Take the pause out, or record how the duty ended.")
    at = start.astimezone(UTC) + timedelta(hours=rule.count)
    why = f"{rule.length} from {short_date(uk_date(start))} {uk_time(start)}"
    shift = (in_uk(at).utcoffset() or timedelta()) - (in_uk(start).utcoffset() or timedelta())
    if shift:
        why += f"; the clocks go {'forward' if shift > timedelta() else 'back'} in between"
    return Due(rule, uk_date(at), at, why=why)


def _working(rule: Rule, began: date, excluded: frozenset[date], days: WorkingDays) -> Due:
    day, left = began, rule.count
    holidays: list[tuple[date, str]] = []
    lost: list[date] = []
    days.counts(began)
    while left:
        day += ONE_DAY
        if days.counts(day) and day not in excluded:
            left -= 1
        elif name := days.holiday_on(day):
            holidays.append((day, name))
        elif days.counts(day):
            lost.append(day)
    at = datetime.combine(day, rule.at, UK).astimezone(UTC) if rule.at else None
    why = f"{rule.length} from {short_date(began)}" + (f", until {rule.at:%H:%M}" if rule.at else "")
    return Due(rule, day, at, tuple(holidays), tuple(lost), why + _passed_over(holidays, lost, "working day"))


def _calendar_days(rule: Rule, began: date, excluded: frozenset[date]) -> Due:
    inclusive = rule.kind is Kind.INCLUSIVE
    day, left = (began - ONE_DAY, rule.count) if inclusive else (began, rule.count)
    lost: list[date] = []
    while left:
        day += ONE_DAY
        if day in excluded:
            lost.append(day)
        else:
            left -= 1
    why = f"{rule.length} {'beginning with' if inclusive else 'after'} {short_date(began)}"
    return Due(rule, day, None, (), tuple(lost), why + _passed_over((), lost, "day"))


def _months(rule: Rule, began: date, excluded: frozenset[date], roll: WorkingDays | None) -> Due:
    day = same_day_later(began, rule.count)
    lost: list[date] = []
    for gone in sorted(excluded):
        if gone <= day:
            lost.append(gone)
            day += ONE_DAY
    why = f"{rule.length} from {short_date(began)}" + _passed_over((), lost, "day")
    if roll is None or roll.counts(day):
        return Due(rule, day, None, (), tuple(lost), why)
    moved = roll.on_or_after(day)
    passed = [day + timedelta(days=n) for n in range((moved - day).days)]
    holidays = tuple((each, roll.holiday_on(each)) for each in passed if roll.holiday_on(each))
    why += f"; {short_date(day)} is not a working day, so the next one" + _passed_over(holidays, (), "day")
    return Due(rule, moved, None, holidays, tuple(lost), why)


def _passed_over(holidays: Sequence[tuple[date, str]], lost: Sequence[date], noun: str) -> str:
    words = ""
    if lost:
        words += f"; {counted(len(lost), noun)} not counted: {_spans(lost)}"
    if holidays:
        words += f"; not counted: {', '.join(day_and_month(day) for day, _ in holidays)}"
    return words


def _spans(days: Sequence[date]) -> str:
    """Say days in order as stretches; a gap of only a weekend does not break one."""
    spans: list[tuple[date, date]] = []
    for day in days:
        if spans and all(
            (spans[-1][1] + timedelta(days=n)).weekday() >= 5 for n in range(1, (day - spans[-1][1]).days)
        ):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return ", ".join(span_of_days(first, last) for first, last in spans)


def same_day_later(day: date, months: int) -> date:
    """Give the same day of the month some months on, or that month's last day when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        raise OverflowError
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days_left(when_due: Due, now: datetime, calendars: Calendars) -> int:
    """Count the days after today up to the due day: working days for working-day rules, otherwise calendar days.

    Nought on the due day. Once overdue the number is negative and in calendar days, since that is how long a person has
    waited. Where the holiday table does not reach, calendar days are given.
    """
    today = uk_date(now)
    away = (when_due.on - today).days
    if away <= 0 or not counts_working_days(when_due, now, calendars):
        return away
    return calendars.working_days(when_due.rule.calendar).between(today, when_due.on)


def counts_working_days(when_due: Due, now: datetime, calendars: Calendars) -> bool:
    """Say whether `days_left` speaks of working days."""
    within = calendars.first_year <= uk_date(now).year and when_due.on.year <= calendars.last_year
    return when_due.rule.kind is Kind.WORKING and within


def clock_words(when_due: Due, now: datetime, calendars: Calendars) -> str:
    """Say how a running clock stands: "due Tue 5 January 2027, 8 working days left", "due today", "3 days overdue"."""
    if when_due.is_past(now):
        return _overdue_words(when_due, now)
    if when_due.at is not None and when_due.at - now < timedelta(hours=48):
        return f"due {_near_time(when_due, when_due.at, now)}, {_time_left(when_due.at - now)} left"
    left = days_left(when_due, now, calendars)
    if left == 0 and when_due.on == uk_date(now):
        return "due today"
    noun = "working day" if counts_working_days(when_due, now, calendars) else "day"
    return f"due {due_words(when_due)}, {counted(left, noun)} left"


def due_words(when_due: Due) -> str:
    """Say the due day, with the time when there is one: "Tue 5 January 2027", "Sat 19 December 2026 16:40"."""
    day = due_date(when_due.on)
    return f"{day} {uk_time(when_due.at)}" if when_due.at else day


def _near_time(when_due: Due, at: datetime, now: datetime) -> str:
    names = {0: "today", 1: "tomorrow"}
    named = names.get((when_due.on - uk_date(now)).days)
    return f"{named} {uk_time(at)}" if named else due_words(when_due)


def _time_left(left: timedelta) -> str:
    minutes = int(left.total_seconds() // 60)
    return counted(minutes // 60, "hour") if minutes >= 60 else counted(minutes, "minute")


def _overdue_words(when_due: Due, now: datetime) -> str:
    days = (uk_date(now) - when_due.on).days
    if days == 0:
        hours = int((now - when_due.instant).total_seconds() // 3600)
        return f"{counted(hours, 'hour')} overdue" if hours else "just overdue"
    return f"{counted(days, 'day')} overdue"
