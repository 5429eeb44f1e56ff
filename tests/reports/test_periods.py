"""The periods a report may be asked for."""

from datetime import date

import pytest

from almoner.reports.periods import periods


@pytest.mark.parametrize(
    ("today", "code", "start", "end"),
    [
        (date(2026, 12, 17), "this-week", date(2026, 12, 14), date(2026, 12, 17)),
        (date(2026, 12, 17), "last-week", date(2026, 12, 7), date(2026, 12, 13)),
        (date(2027, 1, 4), "this-month", date(2027, 1, 1), date(2027, 1, 4)),
        (date(2027, 1, 4), "last-month", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 3, 31), "this-year", date(2026, 4, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), "this-year", date(2027, 4, 1), date(2027, 4, 1)),
        (date(2027, 4, 1), "last-year", date(2026, 4, 1), date(2027, 3, 31)),
        (date(2024, 3, 1), "last-month", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_periods_begin_and_end_as_people_mean_them(today: date, code: str, start: date, end: date) -> None:
    """Weeks begin on Monday, financial years on 1 April, and no period reaches past today."""
    period = next(each for each in periods(today) if each.code == code)

    assert (period.start, period.end) == (start, end)
