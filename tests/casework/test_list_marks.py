"""What a list says of a case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from almoner.casework.list_marks import case_marks
from almoner.outside.resources import resources_dir
from almoner.outside.rulebook import load_service_lines
from almoner.rules.words import end_of_day
from almoner.store.lists import CaseRow

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
LINES = load_service_lines(resources_dir())


def _row(**values: object) -> CaseRow:
    due = date(2026, 12, 14)
    common: dict[str, object] = {
        "id": "c", "reference": "ASH-1", "title": "Mould", "service": "damp-and-mould",
        "stage": LINES.versions("damp-and-mould")[-1].first_stage.code, "status": "open", "priority": "normal",
        "subject_id": "p", "subject": "Ada", "address_line": "", "team_id": "", "owner_id": "", "owner": "",
        "due_at": end_of_day(due), "due_on": due, "due_title": "Investigate", "opened_at": NOW, "updated_at": NOW,
        "restricted_team_id": "", "unsent": 0, "key": ("", ""),
    }  # fmt: skip
    return CaseRow(**{**common, **values})  # type: ignore[arg-type]  # every field is given above


def test_service_and_stage_by_their_titles() -> None:
    """Codes never reach the screen: service and stage are said as the service line says them."""
    marks = case_marks(_row(), LINES, NOW)

    line = LINES.versions("damp-and-mould")[-1]
    assert (marks.service, marks.stage, marks.stage_tone) == (line.title, line.first_stage.title, "blue")
    assert (marks.due, marks.due_tone, marks.due_title) == ("3 days overdue", "red", "Investigate")


def test_closed_cases_are_due_no_more() -> None:
    """A closed case shows no date, whatever stands in it, and a quiet stage."""
    closed = next(stage for stage in LINES.versions("damp-and-mould")[-1].stages if stage.kind.value == "closed")
    marks = case_marks(_row(status="closed", stage=closed.code), LINES, NOW)

    assert (marks.due, marks.due_title, marks.stage, marks.stage_tone) == ("", "", closed.title, "neutral")


def test_rules_that_are_not_here() -> None:
    """A case of a service this laptop has no rules for is still listed, by its codes in words."""
    marks = case_marks(_row(service="blue-badge", stage="in-review"), LINES, NOW)

    assert (marks.service, marks.stage, marks.stage_tone) == ("Blue badge", "In review", "neutral")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=5), "Today 10:00"),
        (timedelta(days=1), "Yesterday 10:05"),
        (timedelta(days=30), "17 Nov 10:05"),
        (timedelta(days=365), "17 Dec 2025"),
    ],
)
def test_when_it_last_changed(ago: timedelta, words: str) -> None:
    """The time of day is said while it matters; after the turn of the year the day is enough."""
    assert case_marks(_row(updated_at=NOW - ago), LINES, NOW).updated == words
