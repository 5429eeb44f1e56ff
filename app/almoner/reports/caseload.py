"""The caseload report: what is late and due this week by officer and service, and a count that reconciles.

Opened + brought forward = closed + carried forward, for every service and in total, or the report does not appear.
A clock past its date is missed, never paused; the access attempts recorded beside it are the defence and are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from almoner.records.sheets import Cell, ReportSheet, SheetColumn, SheetFigure, SheetRow, SheetTable
from almoner.records.trouble import Trouble
from almoner.rules.words import counted, date_and_time, end_of_day, plain_date, short_date, uk_date

NOBODY = "No officer yet"
_MOST_MISSED = 1_000


@dataclass(frozen=True, kw_only=True)
class CaseloadClock:
    """A clock of a case: what must be done, the instant after which it is late, and the instant it was done, if it was.

    A clock that ended without being met (it ceased, or the case was closed as not ours) carries `ended_at` instead.
    """

    label: str
    due_at: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CaseloadRow:
    """One case: reference, service, officer (empty for none), UK dates opened and closed, clocks, access attempts."""

    reference: str
    service: str
    officer: str
    opened_on: date
    closed_on: date | None = None
    clocks: tuple[CaseloadClock, ...] = ()
    access_attempts: int = 0


@dataclass(frozen=True)
class _Standing:
    """How the open cases of one officer in one service stand; a case counts once, under its worst clock."""

    overdue: int = 0
    this_week: int = 0
    later: int = 0
    undated: int = 0

    @property
    def open(self) -> int:
        """All open cases."""
        return self.overdue + self.this_week + self.later + self.undated

    def __add__(self, other: _Standing) -> _Standing:
        """Add two counts."""
        return _Standing(
            self.overdue + other.overdue,
            self.this_week + other.this_week,
            self.later + other.later,
            self.undated + other.undated,
        )


@dataclass(frozen=True)
class _Flow:
    """How many cases came and went in the period."""

    brought_forward: int = 0
    opened: int = 0
    closed: int = 0
    carried_forward: int = 0

    def __add__(self, other: _Flow) -> _Flow:
        """Add two counts."""
        return _Flow(
            self.brought_forward + other.brought_forward,
            self.opened + other.opened,
            self.closed + other.closed,
            self.carried_forward + other.carried_forward,
        )


def build_caseload(
    rows: Sequence[CaseloadRow],
    officers: Sequence[str],
    services: Sequence[str],
    *,
    period_start: date,
    period_end: date,
    as_at: datetime,
) -> ReportSheet:
    """Build the report over these cases; both days of the period are included, `as_at` is an aware instant.

    `officers` and `services` give the order, and list those with nothing to show; others found in the rows follow.
    Raises `Trouble` when the period ends before it starts or a case is closed before it was opened.
    """
    _check(rows, period_start, period_end)
    flows = {service: _flow(rows, service, period_start, period_end) for service in _ordered(services, rows, "service")}
    total = sum(flows.values(), _Flow())
    assert total.opened + total.brought_forward == total.closed + total.carried_forward, "the caseload must reconcile"
    standing = _standing_table(rows, officers, services, as_at)
    missed = _missed_table(rows, as_at)
    now = sum((_standing([row], as_at) for row in rows), _Standing())
    return ReportSheet(
        title="Caseload",
        subtitle=f"{plain_date(period_start)} to {plain_date(period_end)}, as at {date_and_time(as_at)}",
        figures=(
            SheetFigure(number=now.overdue, words="overdue"),
            SheetFigure(number=now.this_week, words="due this week"),
            SheetFigure(number=now.open, words="open now"),
            SheetFigure(number=total.opened, words="opened in the period"),
            SheetFigure(number=total.closed, words="closed in the period"),
        ),
        tables=(standing, _flow_table(flows, total), missed),
        landscape=True,
        notes=(
            "A case counts once, under its most urgent clock: overdue, due this week (up to and including Sunday), due "
            "later, or with no date to keep.",
            "Opened and brought forward together are equal to closed and carried forward together.",
        ),
    )


def _check(rows: Sequence[CaseloadRow], start: date, end: date) -> None:
    """Refuse a period that runs backwards and cases whose dates do."""
    if end < start:
        raise Trouble("The period ends before it starts.", "Choose a last day that is not before the first day.")
    for row in rows:
        if row.closed_on is not None and row.closed_on < row.opened_on:
            raise Trouble(
                "A case is recorded as closed before it was opened, so the totals cannot reconcile.",
                "Correct the date it was opened or closed, then make the report again.",
                row.reference,
            )


def _ordered(known: Sequence[str], rows: Sequence[CaseloadRow], part: str) -> list[str]:
    """Return the known names in their order, then any others of the rows by name; nobody comes last."""
    found = {_officer(row) if part == "officer" else row.service for row in rows} - set(known)
    return [*dict.fromkeys(known), *sorted(found, key=lambda name: (name == NOBODY, name.casefold()))]


def _officer(row: CaseloadRow) -> str:
    """Return the officer of a case, in words when there is none."""
    return row.officer or NOBODY


def _is_open(row: CaseloadRow, day: date) -> bool:
    """Say whether a case is open at the end of a day."""
    return row.opened_on <= day and (row.closed_on is None or row.closed_on > day)


def _flow(rows: Sequence[CaseloadRow], service: str, start: date, end: date) -> _Flow:
    """Count what came and went in one service."""
    counted_rows = [row for row in rows if row.service == service]
    before = start - timedelta(days=1)
    return _Flow(
        brought_forward=sum(_is_open(row, before) for row in counted_rows),
        opened=sum(start <= row.opened_on <= end for row in counted_rows),
        closed=sum(row.closed_on is not None and start <= row.closed_on <= end for row in counted_rows),
        carried_forward=sum(_is_open(row, end) for row in counted_rows),
    )


def _runs(clock: CaseloadClock, as_at: datetime) -> bool:
    """Say whether a clock was still running at an instant."""
    return not any(done is not None and done <= as_at for done in (clock.met_at, clock.ended_at))


def _standing(rows: Sequence[CaseloadRow], as_at: datetime) -> _Standing:
    """Count the open cases by their most urgent running clock."""
    today = uk_date(as_at)
    sunday = end_of_day(today + timedelta(days=6 - today.weekday()))
    total = _Standing()
    for row in rows:
        if not _is_open(row, today):
            continue
        dues = [clock.due_at for clock in row.clocks if _runs(clock, as_at)]
        if not dues:
            total += _Standing(undated=1)
        elif min(dues) < as_at:
            total += _Standing(overdue=1)
        elif min(dues) <= sunday:
            total += _Standing(this_week=1)
        else:
            total += _Standing(later=1)
    return total


def _standing_table(
    rows: Sequence[CaseloadRow], officers: Sequence[str], services: Sequence[str], as_at: datetime
) -> SheetTable:
    """Build the table by service and officer, with a total for each service and one for all."""
    lines: list[SheetRow] = []
    everything = _Standing()
    for service in _ordered(services, rows, "service"):
        in_service = [row for row in rows if row.service == service]
        whole = _Standing()
        for officer in _ordered(officers, in_service, "officer"):
            count = _standing([row for row in in_service if _officer(row) == officer], as_at)
            if count.open:
                lines.append(_standing_row(service, officer, count))
            whole += count
        lines.append(_standing_row(service, "All officers", whole, strong=True))
        everything += whole
    lines.append(_standing_row("All services", "All officers", everything, strong=True))
    return SheetTable(
        title="Open cases by service and officer",
        columns=(
            SheetColumn(title="Service", share=2.4),
            SheetColumn(title="Officer", share=2.4),
            *_numbers("Overdue", "Due this week", "Due later", "No date", "Open now"),
        ),
        rows=tuple(lines),
    )


def _numbers(*titles: str) -> tuple[SheetColumn, ...]:
    """Make columns of numbers."""
    return tuple(SheetColumn(title=title, holds="number") for title in titles)


def _standing_row(service: str, officer: str, count: _Standing, *, strong: bool = False) -> SheetRow:
    """Write one line of the table of open cases."""
    cells: tuple[Cell, ...] = (
        service, officer, count.overdue, count.this_week, count.later, count.undated, count.open,
    )  # fmt: skip
    return SheetRow(cells=cells, strong=strong)


def _flow_table(flows: dict[str, _Flow], total: _Flow) -> SheetTable:
    """Build the table of what came and went."""
    lines = [(service, flow, False) for service, flow in flows.items()] + [("All services", total, True)]
    return SheetTable(
        title="Cases that came and went",
        explains="Brought forward and opened are equal to closed and carried forward.",
        columns=(
            SheetColumn(title="Service", share=3.2),
            *_numbers("Brought forward", "Opened", "Closed", "Carried forward"),
        ),
        rows=tuple(
            SheetRow(cells=(name, flow.brought_forward, flow.opened, flow.closed, flow.carried_forward), strong=strong)
            for name, flow, strong in lines
        ),
    )


def _missed_table(rows: Sequence[CaseloadRow], as_at: datetime) -> SheetTable:
    """List each clock of an open case that ran past its date, the longest overdue first, and its access attempts."""
    missed = [
        (clock.due_at, row, clock)
        for row in rows
        if _is_open(row, uk_date(as_at))
        for clock in row.clocks
        if clock.due_at < as_at and _runs(clock, as_at)
    ]
    missed.sort(key=lambda entry: (entry[0], entry[1].reference, entry[2].label))
    lines = tuple(
        SheetRow(
            cells=(
                row.reference,
                row.service,
                _officer(row),
                clock.label,
                short_date(uk_date(due_at - timedelta(seconds=1))),
                (uk_date(as_at) - uk_date(due_at - timedelta(seconds=1))).days,
                _remark(row),
            )
        )
        for due_at, row, clock in missed[:_MOST_MISSED]
    )
    left_out = f", of which {len(lines)} are listed" if len(lines) < len(missed) else ""
    titles = (("Reference", 2.6), ("Service", 2.0), ("Officer", 1.8), ("Clock", 2.6), ("Due", 1.9))
    return SheetTable(
        title="Missed clocks",
        explains=f"{counted(len(missed), 'clock')} past the date; the longest overdue first{left_out}.",
        columns=(
            *(SheetColumn(title=title, share=share) for title, share in titles),
            SheetColumn(title="Days late", share=0.9, holds="number"),
            SheetColumn(title="What is recorded", share=2.8),
        ),
        rows=lines,
        when_empty="No clock was missed.",
    )


def _remark(row: CaseloadRow) -> str:
    """Say what stands beside a missed clock."""
    if row.access_attempts:
        return f"missed – access attempts recorded ({row.access_attempts})"
    return "missed – no access attempts recorded"
