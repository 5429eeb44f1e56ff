"""What must hold for every rule, start and pause, not only for the dates worked out by hand."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from almoner.rules.calendars import Calendars, Holiday
from almoner.rules.clocks import Exclude, Kind, Reset, Rule, due
from almoner.rules.words import day_and_month

PLACES = st.sampled_from(["EW", "SCT", "NIR", "UK"])
STARTS = st.dates(date(2018, 1, 1), date(2025, 12, 31))
MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2025, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 given above

WORKING = st.builds(Rule, st.just(Kind.WORKING), st.integers(1, 60), PLACES)
PLAIN = st.builds(Rule, st.sampled_from([Kind.INCLUSIVE, Kind.EXCLUSIVE]), st.integers(1, 120))
MONTHS = st.builds(Rule, st.just(Kind.MONTH), st.integers(1, 14))
ROLLED = st.builds(Rule, st.just(Kind.MONTH_ROLL), st.integers(1, 14), PLACES)
HOURS = st.builds(Rule, st.just(Kind.HOURS), st.integers(1, 200))
BY_DAYS = st.one_of(WORKING, PLAIN, MONTHS, ROLLED)


@st.composite
def excludes(draw: st.DrawFn) -> Exclude:
    first = draw(STARTS)
    return Exclude(first, first + timedelta(days=draw(st.integers(0, 40))))


@st.composite
def excludes_near(draw: st.DrawFn, start: date) -> Exclude:
    first = start + timedelta(days=draw(st.integers(-10, 90)))
    return Exclude(first, first + timedelta(days=draw(st.integers(0, 40))))


few = settings(max_examples=150, deadline=None)


@few
@given(rule=st.one_of(BY_DAYS, HOURS), one=MOMENTS, other=MOMENTS)
def test_a_later_start_is_never_due_earlier(calendars: Calendars, rule: Rule, one: datetime, other: datetime) -> None:
    """Becoming aware later can only leave the same day or a later one."""
    earlier, later = sorted([one, other])

    assert due(rule, earlier, calendars).instant <= due(rule, later, calendars).instant


@few
@given(rule=st.one_of(WORKING, PLAIN), start=STARTS, days=st.integers(0, 20), data=st.data())
def test_a_later_start_is_never_due_earlier_under_a_pause(
    calendars: Calendars, rule: Rule, start: date, days: int, data: st.DataObject
) -> None:
    """The same with days taken out, for rules counted in days."""
    pauses = (data.draw(excludes_near(start)),)

    assert due(rule, start, calendars, pauses).on <= due(rule, start + timedelta(days=days), calendars, pauses).on


@few
@given(rule=BY_DAYS, start=STARTS, data=st.data())
def test_taking_days_out_never_brings_a_date_forward(
    calendars: Calendars, rule: Rule, start: date, data: st.DataObject
) -> None:
    """A pause can only give more time."""
    first, second = data.draw(excludes_near(start)), data.draw(excludes_near(start))
    free, once, twice = (due(rule, start, calendars, pauses).on for pauses in ((), (first,), (first, second)))

    assert free <= once <= twice


@few
@given(rule=BY_DAYS, start=STARTS, data=st.data())
def test_overlapping_pauses_count_once_in_any_order(
    calendars: Calendars, rule: Rule, start: date, data: st.DataObject
) -> None:
    """A day named by two pauses is one day, and the order they were written in does not matter."""
    first = data.draw(excludes_near(start))
    middle = first.first + (first.last - first.first) // 2
    halves = (Exclude(middle, first.last), Exclude(first.first, middle), first)

    assert due(rule, start, calendars, halves) == due(rule, start, calendars, (first,))


@few
@given(rule=BY_DAYS, start=STARTS, days=st.integers(0, 100))
def test_a_reset_is_the_same_as_starting_that_day(calendars: Calendars, rule: Rule, start: date, days: int) -> None:
    """Starting again means exactly that."""
    again = start + timedelta(days=days)

    assert due(rule, start, calendars, (Reset(again),)) == due(rule, again, calendars)


@few
@given(
    rule=st.one_of(WORKING, ROLLED), start=STARTS, place=st.sampled_from(["EW", "SCT", "NIR"]), away=st.integers(0, 90)
)
def test_a_new_holiday_never_brings_a_date_forward(
    calendars: Calendars, rule: Rule, start: date, place: str, away: int
) -> None:
    """A proclaimed holiday can only give more time, and before it was known it changes nothing."""
    day = start + timedelta(days=away)
    more = calendars.with_holiday(place, Holiday(day, "Proclaimed", date(2026, 1, 1)))

    assert due(rule, start, calendars).on <= due(rule, start, more).on
    known = date(2025, 12, 31)
    assert due(rule, start, more, known_on=known) == due(rule, start, calendars, known_on=known)


@few
@given(rule=WORKING, start=STARTS, data=st.data())
def test_the_explanation_and_the_date_agree(calendars: Calendars, rule: Rule, start: date, data: st.DataObject) -> None:
    """Count weekdays on a wall calendar, cross out the days the explanation names: that is the rule's number."""
    found = due(rule, start, calendars, (data.draw(excludes_near(start)),))
    walked = [start + timedelta(days=n) for n in range(1, (found.on - start).days + 1)]
    weekdays = [day for day in walked if day.weekday() < 5]
    named = [day for day, _ in found.not_counted]

    assert len(weekdays) - len(named) - len(found.excluded) == rule.count
    assert set(named) | set(found.excluded) <= set(weekdays)
    assert found.on not in (*named, *found.excluded)
    assert not named or found.why.endswith("; not counted: " + ", ".join(map(day_and_month, named)))
    assert found.why.startswith(f"{rule.length} from ")


@few
@given(rule=PLAIN, start=STARTS, pause=excludes())
def test_calendar_days_agree_with_their_explanation(
    calendars: Calendars, rule: Rule, start: date, pause: Exclude
) -> None:
    """Calendar-day rules add the days taken out, and no weekend or holiday moves them."""
    found = due(rule, start, calendars, (pause,))
    first_counts = rule.kind is Kind.INCLUSIVE

    assert (found.on - start).days + first_counts == rule.count + len(found.excluded)
    assert found.not_counted == ()


@few
@given(rule=ROLLED, start=STARTS)
def test_a_rolled_month_ends_on_a_working_day_within_days(calendars: Calendars, rule: Rule, start: date) -> None:
    """Rolling stops at the first working day."""
    plain = due(Rule(Kind.MONTH, rule.count), start, calendars).on
    rolled = due(rule, start, calendars).on
    days = calendars.working_days(rule.calendar)

    assert days.counts(rolled)
    assert not any(days.counts(plain + timedelta(days=n)) for n in range((rolled - plain).days))
