"""The two or three words a list says about a due date."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from almoner.rules.due_tags import DueTag, due_tag
from almoner.rules.words import end_of_day

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "tag"),
    [
        (date(2026, 12, 14), DueTag("3 days overdue", "red")),
        (date(2026, 12, 16), DueTag("1 day overdue", "red")),
        (date(2026, 12, 17), DueTag("Due today", "orange")),
        (date(2026, 12, 18), DueTag("1 day left", "yellow")),
        (date(2026, 12, 22), DueTag("5 days left", "yellow")),
        (date(2026, 12, 23), DueTag("6 days left", "neutral")),
    ],
)
def test_whole_days(day: date, tag: DueTag) -> None:
    """A clock counted in days is overdue only when its whole day is over."""
    assert due_tag(day, end_of_day(day), NOW) == tag


def test_a_time_of_day_is_said() -> None:
    """A clock with a time of day says it on its last day, and is overdue as soon as it has passed."""
    later, earlier = datetime(2026, 12, 17, 16, 40, tzinfo=UTC), datetime(2026, 12, 17, 9, 0, tzinfo=UTC)

    assert due_tag(NOW.date(), later, NOW) == DueTag("Due today 16:40", "orange")
    assert due_tag(NOW.date(), earlier, NOW) == DueTag("Overdue today", "red")


def test_nothing_due_says_nothing() -> None:
    """A case with no clock has no words."""
    assert due_tag(None, None, NOW) == DueTag()
