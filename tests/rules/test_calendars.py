from datetime import date

import holidays
import pytest

from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars, Holiday, parse_calendars

TABLE = """
first_year = 2026
last_year = 2026

[[calendar]]
code = "EW"
name = "England and Wales"
holidays = [
  { day = 2026-12-25, name = "Christmas Day", known_since = 2017-01-01 },
]
"""


@pytest.mark.parametrize(("code", "subdivision"), [("EW", "ENG"), ("EW", "WLS"), ("SCT", "SCT"), ("NIR", "NIR")])
def test_the_shipped_table_agrees_with_the_holidays_package(calendars: Calendars, code: str, subdivision: str) -> None:
    """Every weekday holiday of every year of the table, and no other, is in it."""
    found = holidays.country_holidays("GB", subdiv=subdivision, years=range(2018, 2029))
    (calendar,) = (each for each in calendars.each if each.code == code)

    assert [holiday.day for holiday in calendar.holidays] == sorted(day for day in found if day.weekday() < 5)


def test_england_2026_is_right(calendars: Calendars) -> None:
    """The eight weekday holidays of 2026 in England, typed from the published list and not from a package."""
    days = "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"

    assert [f"{day:%m-%d}" for day in sorted(calendars.working_days("EW").named) if day.year == 2026] == days.split()


def test_the_years_are_covered(calendars: Calendars) -> None:
    """The table reaches from 2018 to 2028."""
    assert (calendars.first_year, calendars.last_year) == (2018, 2028)
    assert calendars.codes == ("EW", "SCT", "NIR", "UK")


def test_a_holiday_counts_only_once_it_was_known(calendars: Calendars) -> None:
    """15 June 2026 in Scotland was proclaimed in February 2026; before that nobody could have skipped it."""
    day = date(2026, 6, 15)

    assert calendars.working_days("SCT", date(2026, 2, 4)).counts(day)
    assert not calendars.working_days("SCT", date(2026, 2, 5)).counts(day)
    assert calendars.working_days("EW").counts(day)
    assert not calendars.working_days("UK").counts(day)


def test_uk_wide_joins_every_calendar(calendars: Calendars) -> None:
    """A bank holiday anywhere in the UK is no working day under FOIA section 10."""
    uk = calendars.working_days("UK")

    for calendar in calendars.each:
        assert not any(uk.counts(holiday.day) for holiday in calendar.holidays)


def test_weekends_never_count_and_have_no_holiday_name(calendars: Calendars) -> None:
    """A Saturday that is Boxing Day is a Saturday."""
    boxing_day = date(2026, 12, 26)
    days = calendars.with_holiday("EW", Holiday(boxing_day, "Boxing Day", date(2017, 1, 1))).working_days("EW")

    assert not days.counts(boxing_day)
    assert days.holiday_on(boxing_day) == ""
    assert days.holiday_on(date(2026, 12, 28)) == "Boxing Day (substitute day)"


def test_days_outside_the_table_are_refused_not_guessed(calendars: Calendars) -> None:
    """Nobody is given a date counted over years whose holidays are not known."""
    with pytest.raises(Trouble, match="2018 to 2028") as caught:
        calendars.working_days("EW").counts(date(2029, 1, 2))

    assert "administrator" in caught.value.do


def test_an_unknown_calendar_is_named(calendars: Calendars) -> None:
    """A code that is not in the table is refused with the codes that are."""
    with pytest.raises(Trouble, match="JSY") as caught:
        calendars.working_days("JSY")

    assert "EW, SCT, NIR, UK" in caught.value.do


def test_counting_between_two_days(calendars: Calendars) -> None:
    """The first day is not counted, the last one is; nothing lies between a day and an earlier one."""
    days = calendars.working_days("EW")

    assert days.between(date(2026, 12, 17), date(2027, 1, 5)) == 10
    assert days.between(date(2027, 1, 5), date(2026, 12, 17)) == 0
    assert days.after(date(2026, 12, 24)) == date(2026, 12, 29)


def test_a_proclaimed_holiday_can_be_added(calendars: Calendars) -> None:
    """Adding a holiday touches its own calendar and the UK-wide one only."""
    day = date(2027, 6, 14)
    more = calendars.with_holiday("NIR", Holiday(day, "Proclaimed", date(2027, 1, 4)))

    assert not more.working_days("NIR").counts(day)
    assert not more.working_days("UK").counts(day)
    assert more.working_days("EW").counts(day)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("first_year = 2026", "first_year = ", "cannot be read"),
        ("first_year = 2026", 'first_year = "2026"', "which years"),
        ("last_year = 2026", "last_year = 2025", "which years"),
        ("[[calendar]]", "[[kalendar]]", "no calendars"),
        ('code = "EW"', 'code = "UK"', "calls itself UK"),
        ('name = "England and Wales"', "", "no name"),
        ("day = 2026-12-25", 'day = "2026-12-25"', "cannot be read"),
        ("day = 2026-12-25", "day = 2036-12-25", "outside the years"),
        ("known_since = 2017-01-01 },", "known_since = 2017-01-01 }, 7", "cannot be read"),
    ],
)
def test_a_wrong_table_is_refused_with_its_file_and_a_remedy(old: str, new: str, says: str) -> None:
    """A holiday table that cannot be used says what is wrong, in which file, and what to do."""
    assert old in TABLE

    with pytest.raises(Trouble, match=says) as caught:
        parse_calendars(TABLE.replace(old, new, 1), "uk.toml")

    assert caught.value.where == "uk.toml"
    assert caught.value.do


def test_a_day_or_a_calendar_given_twice_is_refused() -> None:
    """A day twice in one calendar, or two calendars of one code, is a slip that would hide an error."""
    row = '  { day = 2026-12-25, name = "Christmas Day", known_since = 2017-01-01 },\n'
    with pytest.raises(Trouble, match="25 December 2026 is twice"):
        parse_calendars(TABLE.replace(row, row + row), "uk.toml")

    with pytest.raises(Trouble, match="same code"):
        parse_calendars(TABLE + '\n[[calendar]]\ncode = "EW"\nname = "Again"\nholidays = []\n', "uk.toml")
