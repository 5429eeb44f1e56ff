from datetime import UTC, date, datetime

import pytest

from almoner.rules import words

DAY = date(2027, 1, 5)
NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)


def test_days_in_words() -> None:
    """Letters, deadlines, lists and plain text each say a day in their own way, in English on every computer."""
    assert words.full_date(DAY) == "Tuesday 5 January 2027"
    assert words.due_date(DAY) == "Tue 5 January 2027"
    assert words.short_date(DAY) == "Tue 5 Jan 2027"
    assert words.plain_date(DAY) == "5 Jan 2027"
    assert words.day_and_month(DAY) == "5 Jan"


def test_instants_are_said_in_uk_time() -> None:
    """A time kept in UTC is an hour later on the wall in summer."""
    assert words.date_and_time(datetime(2026, 12, 17, 10, 5, tzinfo=UTC)) == "17 Dec 2026 10:05"
    assert words.date_and_time(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "1 Jul 2026 00:30"
    assert words.uk_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (datetime(2026, 7, 15, 9, 31, tzinfo=UTC), "Today 10:31"),
        (datetime(2026, 7, 14, 23, 0, tzinfo=UTC), "Today 00:00"),
        (datetime(2026, 7, 14, 22, 59, tzinfo=UTC), "Yesterday 23:59"),
        (datetime(2026, 7, 16, 9, 0, tzinfo=UTC), "Tomorrow 10:00"),
        (datetime(2026, 1, 5, 9, 0, tzinfo=UTC), "5 Jan 09:00"),
        (datetime(2025, 12, 17, 9, 0, tzinfo=UTC), "17 Dec 2025 09:00"),
    ],
)
def test_when_is_seen_from_now(instant: datetime, said: str) -> None:
    """Near days are named, and the year is said only when it is another one."""
    assert words.when(instant, NOW) == said


def test_which_day() -> None:
    """A day without a time is named the same way."""
    assert words.which_day(date(2026, 7, 15), NOW) == "Today"
    assert words.which_day(date(2026, 7, 14), NOW) == "Yesterday"
    assert words.which_day(date(2026, 7, 16), NOW) == "Tomorrow"
    assert words.which_day(date(2026, 7, 17), NOW) == "Fri 17 Jul 2026"


def test_numbers_with_their_nouns() -> None:
    """One is singular, everything else plural."""
    assert [words.counted(n, "day") for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert words.counted(2, "person", "people") == "2 people"


def test_a_day_is_as_long_as_it_is() -> None:
    """UK days last 23 hours when the clocks go forward and 25 when they go back."""
    hours = [
        (words.end_of_day(day) - words.start_of_day(day)).total_seconds() / 3600
        for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 12, 25))
    ]

    assert hours == [23, 25, 24]


def test_an_instant_without_a_time_zone_is_our_mistake() -> None:
    """Nothing is guessed about a time that does not say where it is."""
    with pytest.raises(AssertionError):
        words.uk_time(datetime(2026, 7, 15, 9, 30))  # noqa: DTZ001 the fault under test
