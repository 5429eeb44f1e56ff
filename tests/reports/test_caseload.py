"""Tests of the caseload report: what is late, what is due, and totals that reconcile."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.records.sheets import ReportSheet, SheetRow
from almoner.records.trouble import Trouble
from almoner.reports.caseload import NOBODY, CaseloadClock, CaseloadRow, build_caseload
from almoner.reports.csv_out import report_csv
from almoner.rules.words import end_of_day

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "reports"
AS_AT = datetime(2027, 1, 7, 9, 0, tzinfo=UTC)
START, END = date(2026, 12, 1), date(2026, 12, 31)


def _clock(due: date, *, met: datetime | None = None, ended: datetime | None = None) -> CaseloadClock:
    return CaseloadClock(label="Investigate", due_at=end_of_day(due), met_at=met, ended_at=ended)


def _case(
    reference: str,
    *clocks: CaseloadClock,
    service: str = "Damp and mould",
    officer: str = "Owen Price",
    opened: date = date(2026, 12, 17),
    closed: date | None = None,
    attempts: int = 0,
) -> CaseloadRow:
    return CaseloadRow(
        reference=reference,
        service=service,
        officer=officer,
        opened_on=opened,
        closed_on=closed,
        clocks=clocks,
        access_attempts=attempts,
    )


def _build(*rows: CaseloadRow) -> ReportSheet:
    return build_caseload(
        rows,
        ["Owen Price", "Priya Nair"],
        ["Damp and mould", "Council tax"],
        period_start=START,
        period_end=END,
        as_at=AS_AT,
    )


def _rows(sheet: ReportSheet, table: int) -> list[tuple[str | int, ...]]:
    return [row.cells for row in sheet.tables[table].rows]


def test_a_case_counts_once_under_its_most_urgent_clock() -> None:
    """Overdue beats due this week beats later, so the columns add up to the open cases."""
    sheet = _build(
        _case("A", _clock(date(2027, 1, 5)), _clock(date(2027, 1, 8))),
        _case("B", _clock(date(2027, 1, 10)), _clock(date(2027, 2, 8))),
        _case("C", _clock(date(2027, 1, 11))),
        _case("D"),
    )

    assert _rows(sheet, 0)[0] == ("Damp and mould", "Owen Price", 1, 1, 1, 1, 4)


@pytest.mark.parametrize(
    ("due", "columns"),
    [
        (date(2027, 1, 6), (1, 0, 0)),
        (date(2027, 1, 7), (0, 1, 0)),
        (date(2027, 1, 10), (0, 1, 0)),
        (date(2027, 1, 11), (0, 0, 1)),
    ],
)
def test_this_week_ends_on_sunday_and_today_is_not_late(due: date, columns: tuple[int, ...]) -> None:
    """A clock is late once its day is over; the week runs to Sunday night."""
    assert _rows(_build(_case("A", _clock(due))), 0)[0][2:5] == columns


def test_a_clock_that_was_met_or_ended_is_not_late() -> None:
    """Only a clock that still runs can be missed."""
    sheet = _build(
        _case("A", _clock(date(2027, 1, 5), met=datetime(2027, 1, 4, tzinfo=UTC))),
        _case("B", _clock(date(2027, 1, 5), ended=datetime(2027, 1, 4, tzinfo=UTC))),
    )

    assert _rows(sheet, 0)[0][2:] == (0, 0, 0, 2, 2)
    assert sheet.tables[2].rows == ()


def test_no_access_is_missed_not_paused() -> None:
    """A clock past its date is listed as missed, with the access attempts that were recorded."""
    sheet = _build(_case("ASH-7K4M-92QX-3", _clock(date(2027, 1, 5)), attempts=3), _case("B", _clock(date(2027, 1, 4))))

    assert _rows(sheet, 2) == [
        (
            "B",
            "Damp and mould",
            "Owen Price",
            "Investigate",
            "Mon 4 Jan 2027",
            3,
            "missed – no access attempts recorded",
        ),
        (
            "ASH-7K4M-92QX-3",
            "Damp and mould",
            "Owen Price",
            "Investigate",
            "Tue 5 Jan 2027",
            2,
            "missed – access attempts recorded (3)",
        ),
    ]


def test_a_closed_case_is_neither_open_nor_late() -> None:
    """What is closed leaves the list of missed clocks and the open count."""
    sheet = _build(_case("A", _clock(date(2027, 1, 5)), closed=date(2027, 1, 6)))

    assert _rows(sheet, 0)[-1][2:] == (0, 0, 0, 0, 0)
    assert sheet.tables[2].rows == ()


def test_what_came_and_went_is_counted_by_service() -> None:
    """Brought forward, opened, closed and carried forward, both days of the period included."""
    sheet = _build(
        _case("A", opened=date(2026, 11, 30)),
        _case("B", opened=date(2026, 12, 1), closed=date(2026, 12, 31)),
        _case("C", opened=date(2026, 11, 1), closed=date(2026, 12, 1), service="Council tax"),
        _case("D", opened=date(2026, 12, 31), closed=date(2027, 1, 1), service="Council tax"),
        _case("E", opened=date(2027, 1, 1)),
        _case("F", opened=date(2026, 11, 1), closed=date(2026, 11, 30)),
    )

    assert _rows(sheet, 1) == [
        ("Damp and mould", 1, 1, 1, 1),
        ("Council tax", 1, 1, 1, 1),
        ("All services", 2, 2, 2, 2),
    ]


def test_cases_without_an_officer_are_shown() -> None:
    """Work nobody holds is the first thing a supervisor looks for."""
    assert _rows(_build(_case("A", officer="")), 0)[0][:2] == ("Damp and mould", NOBODY)


def test_a_service_with_nothing_is_still_named() -> None:
    """A nought is an answer; a missing line is a doubt."""
    assert ("Council tax", "All officers", 0, 0, 0, 0, 0) in _rows(_build(_case("A")), 0)


def test_a_case_closed_before_it_opened_is_refused() -> None:
    """Totals that could not reconcile are never printed; the case is named by its reference."""
    with pytest.raises(Trouble, match="closed before it was opened") as refused:
        _build(_case("ASH-1", opened=date(2026, 12, 5), closed=date(2026, 12, 4)))

    assert refused.value.where == "ASH-1"


def test_a_period_that_runs_backwards_is_refused() -> None:
    """The dates of the period are checked before anything is counted."""
    with pytest.raises(Trouble, match="ends before it starts"):
        build_caseload([], [], [], period_start=END, period_end=START, as_at=AS_AT)


_DAYS = st.dates(date(2026, 10, 1), date(2027, 3, 1))


@st.composite
def _cases(draw: st.DrawFn) -> CaseloadRow:
    opened, closed = draw(_DAYS), draw(st.none() | _DAYS)
    return _case(
        draw(st.text("ABC", min_size=1, max_size=3)),
        *draw(st.lists(_DAYS.map(_clock), max_size=3)),
        service=draw(st.sampled_from(["Damp and mould", "Council tax", "Homelessness"])),
        officer=draw(st.sampled_from(["Owen Price", "Priya Nair", "Siân Llŷr", ""])),
        opened=opened,
        closed=max(opened, closed) if closed else None,
        attempts=draw(st.integers(0, 4)),
    )


@given(st.lists(_cases(), max_size=30), _DAYS, st.integers(0, 90))
def test_the_totals_always_reconcile(rows: list[CaseloadRow], start: date, days: int) -> None:
    """Opened + brought forward = closed + carried forward on every line, and every column adds up to its total."""
    sheet = build_caseload(
        rows,
        ["Owen Price"],
        ["Damp and mould"],
        period_start=start,
        period_end=start + timedelta(days=days),
        as_at=AS_AT,
    )

    flow = _rows(sheet, 1)
    assert all(line[1] + line[2] == line[3] + line[4] for line in flow)
    assert all(sum(line[at] for line in flow[:-1]) == flow[-1][at] for at in range(1, 5))
    _adds_up(sheet.tables[0].rows)
    open_now = sum(
        row.opened_on <= date(2027, 1, 7) and not (row.closed_on and row.closed_on <= date(2027, 1, 7)) for row in rows
    )
    assert sheet.tables[0].rows[-1].cells[6] == open_now


def _adds_up(rows: tuple[SheetRow, ...]) -> None:
    """Officers add up to their service, services to the whole, and columns to the open cases."""
    plain = [row.cells for row in rows if not row.strong]
    services = [row.cells for row in rows[:-1] if row.strong]
    for at in range(2, 7):
        assert sum(cells[at] for cells in plain) == sum(cells[at] for cells in services) == rows[-1].cells[at]
    for cells in [row.cells for row in rows]:
        assert sum(cells[2:6]) == cells[6]


def test_the_report_is_as_agreed() -> None:
    """The words and the order of the report change only on purpose."""
    sheet = _build(
        _case("ASH-7K4M-92QX-3", _clock(date(2027, 1, 5)), attempts=3),
        _case("ASH-8X2N-11AB-7", _clock(date(2027, 1, 8)), officer="Priya Nair", opened=date(2026, 11, 3)),
        _case("ASH-1C3D-44EF-2", service="Council tax", closed=date(2026, 12, 20)),
    )

    assert report_csv(sheet) == (GOLDEN / "caseload.csv").read_bytes()
