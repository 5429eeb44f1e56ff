"""Days and times as they are typed at a desk in the UK."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.records.trouble import Trouble
from almoner.rules.typed_times import read_day, read_when, typed_form

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
"""A Thursday."""


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("", NOW),
        ("now", NOW),
        ("17/12/2026 10:05", NOW),
        ("17 Dec 2026 10:05", NOW),
        ("17 December 2026 at 10.05am", NOW),
        ("Thu 17 Dec, 10:05", NOW),
        ("2026-12-17 10:05", NOW),
        ("17/12/26 10:05", NOW),
        ("10:05", NOW),
        ("today 10:05", NOW),
        ("yesterday 16:40", datetime(2026, 12, 16, 16, 40, tzinfo=UTC)),
        ("sat 9am", datetime(2026, 12, 12, 9, tzinfo=UTC)),
        ("last Saturday 9.30pm", datetime(2026, 12, 12, 21, 30, tzinfo=UTC)),
        ("thursday 9am", datetime(2026, 12, 17, 9, tzinfo=UTC)),
        ("thursday 4pm", datetime(2026, 12, 10, 16, tzinfo=UTC)),
        ("31/12 8am", datetime(2025, 12, 31, 8, tzinfo=UTC)),
        ("12am", datetime(2026, 12, 17, 0, 0, tzinfo=UTC)),
        ("yesterday noon", datetime(2026, 12, 16, 12, tzinfo=UTC)),
        ("2 hours ago", datetime(2026, 12, 17, 8, 5, tzinfo=UTC)),
        ("half an hour ago", datetime(2026, 12, 17, 9, 35, tzinfo=UTC)),
        ("20 mins ago", datetime(2026, 12, 17, 9, 45, tzinfo=UTC)),
        ("1 July 2026 9am", datetime(2026, 7, 1, 8, tzinfo=UTC)),
    ],
)
def test_when_something_happened(typed: str, means: datetime) -> None:
    """What is typed is UK time, day first, and a weekday is the last one that has been."""
    assert read_when(typed, NOW) == means


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("thu 4pm", datetime(2026, 12, 17, 16, tzinfo=UTC)),
        ("thu 9am", datetime(2026, 12, 24, 9, tzinfo=UTC)),
        ("sat 9am", datetime(2026, 12, 19, 9, tzinfo=UTC)),
        ("4/1 9:30", datetime(2027, 1, 4, 9, 30, tzinfo=UTC)),
        ("tomorrow 9:30", datetime(2026, 12, 18, 9, 30, tzinfo=UTC)),
    ],
)
def test_when_something_is_to_come(typed: str, means: datetime) -> None:
    """For a visit, a weekday or a day without its year is the next one."""
    assert read_when(typed, NOW, "ahead") == means


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("yesterday", "time of day is missing"),
        ("17/12/2026", "time of day is missing"),
        ("31/2/2026 9am", "no such day"),
        ("2026-13-01 9am", "no such day"),
        ("1/1/0001 00:00", "year cannot be right"),
        ("25:00", "no such time"),
        ("13pm", "no such time"),
        ("some time last week", "cannot be read"),
        ("17/12/2026 10:05" * 9, "longer than any"),
        ("29/3/2026 01:30", "did not exist"),
        ("٣/١٢/2026 9am", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(typed: str, says: str) -> None:
    """Nonsense, half a time and an hour that never was are refused, each in its own words."""
    with pytest.raises(Trouble) as caught:
        read_when(typed, NOW)

    assert says in caught.value.what


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("tomorrow", date(2026, 12, 18)),
        ("fri", date(2026, 12, 18)),
        ("4/1", date(2027, 1, 4)),
        ("in 3 days", date(2026, 12, 20)),
        ("in a week", date(2026, 12, 24)),
        ("5 Jan 2027", date(2027, 1, 5)),
    ],
)
def test_days(typed: str, means: date) -> None:
    """A day to do something by may be typed in any of the ways people write it."""
    assert read_day(typed, NOW.date()) == means


def test_a_day_that_cannot_be_read_is_said() -> None:
    """A day nobody can read is refused."""
    with pytest.raises(Trouble):
        read_day("soonish", NOW.date())


@given(st.integers(946_684_800, 4_102_444_800))
def test_what_a_box_shows_is_read_back(seconds: int) -> None:
    """The form in which a box shows an instant is read as that instant, except the hour that comes twice."""
    instant = datetime.fromtimestamp(seconds - seconds % 60, UTC)

    read = read_when(typed_form(instant), NOW)

    assert read == instant or (instant - read).total_seconds() == 3600


@given(st.text(max_size=70))
def test_nothing_typed_breaks_it(typed: str) -> None:
    """Whatever is typed is either read as an instant or refused in words."""
    with suppress(Trouble):
        assert read_when(typed, NOW).tzinfo is UTC


@given(st.from_regex(r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}", fullmatch=True))
def test_no_figures_break_it(typed: str) -> None:
    """Any figures in the shape of a day and time are read as an instant or refused in words."""
    with suppress(Trouble):
        assert read_when(typed, NOW).tzinfo is UTC
