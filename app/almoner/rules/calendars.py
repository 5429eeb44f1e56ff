"""Bank holidays as dated data, and the working days that follow from them.

The table is text in `resources/holidays/uk.toml`, so that a council can add a proclaimed holiday without a release.
Each holiday carries the day from which it was known: a clock can be counted as it stood on an earlier day.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from almoner.records.trouble import Trouble
from almoner.rules.words import full_date

UK_WIDE = "UK"
"""The calendar of FOI and EIR: a bank holiday anywhere in the UK is no working day (FOIA 2000 s10(6))."""

MAX_HOLIDAYS = 5_000
"""More lines than this in one table is a mistake, not a calendar."""

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A bank holiday: the day, its everyday name, and the day from which anyone could have known of it."""

    day: date
    name: str
    known_since: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """The bank holidays of one part of the UK, such as EW for England and Wales."""

    code: str
    name: str
    holidays: tuple[Holiday, ...]


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days count in one calendar, as far as it was known on some day. Years outside the table are refused."""

    code: str
    named: Mapping[date, str]
    first: date
    last: date

    def holiday_on(self, day: date) -> str:
        """Give the name of the bank holiday on a weekday, or nothing when there is none."""
        return "" if day.weekday() >= 5 else self.named.get(day, "")

    def counts(self, day: date) -> bool:
        """Say whether a day is a working day. Raises Trouble for a day outside the table."""
        if not self.first <= day <= self.last:
            raise Trouble(
                f"Bank holidays are known from {self.first.year} to {self.last.year} only; "
                f"{full_date(day)} cannot be counted.",
                "Check the year. If it is right, ask an administrator to add that year to the holiday table.",
                self.code,
            )
        return day.weekday() < 5 and day not in self.named

    def after(self, day: date) -> date:
        """Give the first working day after a day."""
        return self.on_or_after(day + ONE_DAY)

    def on_or_after(self, day: date) -> date:
        """Give the day itself if it is a working day, otherwise the next one."""
        while not self.counts(day):
            day += ONE_DAY
        return day

    def between(self, start: date, end: date) -> int:
        """Count the working days after `start`, up to and including `end`."""
        days = (end - start).days
        return sum(self.counts(start + timedelta(days=n)) for n in range(1, days + 1))


@dataclass(frozen=True, slots=True)
class Calendars:
    """All calendars of one holiday table, with the years it covers (both included)."""

    each: tuple[Calendar, ...]
    first_year: int
    last_year: int

    @property
    def codes(self) -> tuple[str, ...]:
        """Every calendar code a rule may name, the UK-wide one last."""
        return (*(calendar.code for calendar in self.each), UK_WIDE)

    def working_days(self, code: str, known_on: date | None = None) -> WorkingDays:
        """Give the working days of a calendar; with `known_on`, only with the holidays known on that day.

        The code UK joins all calendars. Raises Trouble for a code that is not in the table.
        """
        chosen = [calendar for calendar in self.each if code in (calendar.code, UK_WIDE)]
        if not chosen:
            raise Trouble(f"There is no holiday calendar called {code}.", f"Use one of {', '.join(self.codes)}.")
        named = {
            holiday.day: holiday.name
            for calendar in chosen
            for holiday in calendar.holidays
            if known_on is None or holiday.known_since <= known_on
        }
        return WorkingDays(code, named, date(self.first_year, 1, 1), date(self.last_year, 12, 31))

    def with_holiday(self, code: str, holiday: Holiday) -> Calendars:
        """Give the same calendars with one more holiday, as when one is proclaimed."""
        each = tuple(Calendar(c.code, c.name, (*c.holidays, holiday)) if c.code == code else c for c in self.each)
        return Calendars(each, self.first_year, self.last_year)


def parse_calendars(text: str, source: str) -> Calendars:
    """Read a holiday table. Raises Trouble naming the file and the holiday that cannot be used."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Trouble(
            f"The holiday table cannot be read: {error}.", "Correct that line and try again.", source
        ) from None
    first, last = table.get("first_year"), table.get("last_year")
    if not isinstance(first, int) or not isinstance(last, int) or not 1900 <= first <= last <= 2200:
        raise Trouble(
            "The holiday table does not say which years it covers.",
            "Give first_year and last_year as years, the earlier one first.",
            source,
        )
    entries = table.get("calendar")
    if not isinstance(entries, list) or not entries:
        raise Trouble("The holiday table has no calendars.", "Add at least one [[calendar]].", source)
    calendars = Calendars(tuple(_calendar(entry, source) for entry in entries), first, last)
    _check(calendars, source)
    return calendars


def _calendar(entry: Any, source: str) -> Calendar:
    code, name = entry.get("code"), entry.get("name")
    if not isinstance(code, str) or not isinstance(name, str) or not code or code == UK_WIDE:
        raise Trouble(
            "A calendar in the holiday table has no code or no name, or calls itself UK.",
            "Give each calendar a code such as EW and a name; UK is made from all of them.",
            source,
        )
    rows = entry.get("holidays", [])
    if len(rows) > MAX_HOLIDAYS:
        raise Trouble(f"Calendar {code} has {len(rows)} holidays.", f"Keep it under {MAX_HOLIDAYS}.", source)
    return Calendar(code, name, tuple(sorted(_holiday(row, code, source) for row in rows)))


def _holiday(row: Any, code: str, source: str) -> Holiday:
    day, name, known = (
        (row.get(key) for key in ("day", "name", "known_since")) if isinstance(row, dict) else (None,) * 3
    )
    if type(day) is date and type(known) is date and isinstance(name, str) and name:
        return Holiday(day, name, known)
    raise Trouble(
        f"A holiday of calendar {code} cannot be read: {row}.",
        'Write it as { day = 2026-06-15, name = "…", known_since = 2026-02-05 }.',
        source,
    )


def _check(calendars: Calendars, source: str) -> None:
    codes = [calendar.code for calendar in calendars.each]
    if len(set(codes)) < len(codes):
        raise Trouble("Two calendars in the holiday table have the same code.", "Join them into one.", source)
    for calendar in calendars.each:
        days = [holiday.day for holiday in calendar.holidays]
        for day, following in zip(days, [*days[1:], None], strict=True):
            if day == following:
                raise Trouble(f"{full_date(day)} is twice in calendar {calendar.code}.", "Remove one of them.", source)
            if not calendars.first_year <= day.year <= calendars.last_year:
                raise Trouble(
                    f"{full_date(day)} in calendar {calendar.code} lies outside the years of the table.",
                    "Correct the day, or first_year and last_year.",
                    source,
                )
