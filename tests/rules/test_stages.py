from datetime import UTC, date, datetime

import pytest

from almoner.records.cases import ClockState
from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars
from almoner.rules.clocks import due, parse_rule
from almoner.rules.service_line import Move, Need, NeedKind, ServiceLine
from almoner.rules.stages import (
    Have,
    check_move,
    clock_state,
    clocks_ended_by,
    clocks_owed,
    clocks_started_by,
    events_of_move,
    events_of_opening,
    is_closing,
    moves_from,
    state_words,
    unmet_needs,
)

HAZARD = "potential-significant-hazard"
DUE_ON, DUE_AT = date(2027, 1, 5), datetime(2027, 1, 6, tzinfo=UTC)
BEFORE, AFTER = datetime(2027, 1, 5, 23, 59, tzinfo=UTC), datetime(2027, 1, 6, tzinfo=UTC)


def test_a_hazard_starts_one_clock_when_reported(damp: ServiceLine) -> None:
    """A potential significant hazard sets the investigation's date and no other yet."""
    (event,) = events_of_opening(damp)

    assert [clock.code for clock in clocks_started_by(damp, HAZARD, event)] == ["investigate"]
    assert [clock.code for clock in clocks_started_by(damp, "emergency-hazard", event)] == ["emergency"]
    assert clocks_started_by(damp, "routine", event) == ()
    assert clocks_started_by(damp, "not-ours", event) == ()


def test_concluding_ends_one_clock_and_starts_four(damp: ServiceLine) -> None:
    """The end of the investigation sets the summary, making safe, and both dates for preventative works."""
    have = Have(answered={"finding", "investigator"})
    (event,) = events_of_move(damp, check_move(damp, "investigating", "concluded", have))

    assert [clock.code for clock in clocks_ended_by(damp, event)] == ["investigate"]
    started = [clock.code for clock in clocks_started_by(damp, HAZARD, event, {"finding": "significant-hazard"})]
    assert started == ["summary", "make-safe", "preventative-begin", "preventative-longstop"]


def test_the_dates_of_a_hazard_case(damp: ServiceLine, calendars: Calendars) -> None:
    """Aware on 17 December 2026 and concluded on 22 December: the dates the tenant and the regulator will count."""
    concluded = date(2026, 12, 22)
    started = clocks_started_by(damp, HAZARD, "investigation-concluded", {"finding": "significant-hazard"})

    assert due(damp.clock("investigate").rule, date(2026, 12, 17), calendars).on == date(2027, 1, 5)
    assert {clock.code: due(clock.rule, concluded, calendars).on for clock in started} == {
        "summary": date(2026, 12, 29),
        "make-safe": date(2026, 12, 31),
        "preventative-begin": date(2026, 12, 31),
        "preventative-longstop": date(2027, 3, 16),
    }


def test_no_hazard_found_still_owes_the_summary(damp: ServiceLine) -> None:
    """Without a hazard there is nothing to make safe, but the tenant is still told in writing."""
    started = clocks_started_by(damp, HAZARD, "investigation-concluded", {"finding": "no-hazard"})

    assert [clock.code for clock in started] == ["summary"]


@pytest.mark.parametrize(
    ("tenure", "runs"), [("secure", True), ("", True), ("homelessness", False), ("shared-ownership", False)]
)
def test_clocks_depend_on_tenure_and_a_gap_never_hides_a_duty(damp: ServiceLine, tenure: str, runs: bool) -> None:
    """Homes outside the rules set no clock; while the tenure is not known, the clock runs."""
    assert bool(clocks_started_by(damp, HAZARD, "aware", {"tenure": tenure})) is runs


def test_a_clock_does_not_start_after_its_end_or_twice(damp: ServiceLine) -> None:
    """A home made safe before the investigation ended owes no making safe; a running clock is left as it is."""
    event = "investigation-concluded"
    all_four = {clock.code for clock in clocks_started_by(damp, HAZARD, event)}

    assert "make-safe" not in {clock.code for clock in clocks_started_by(damp, HAZARD, event, already={"made-safe"})}
    assert {clock.code for clock in clocks_started_by(damp, HAZARD, event, running={"summary"})} == all_four - {
        "summary"
    }


def test_judging_again_changes_what_is_owed(damp: ServiceLine) -> None:
    """When a hazard turns out to be an emergency, the 24 hours are owed in place of the ten days."""
    before = clocks_owed(damp, HAZARD, ["aware"])
    after = clocks_owed(damp, "emergency-hazard", ["aware"])

    assert (before - after, after - before) == ({"investigate"}, {"emergency"})


def test_reopening_starts_a_new_clock(damp: ServiceLine) -> None:
    """A closed case can be reopened; the council is aware again, so the clock starts again."""
    assert is_closing(damp, "closed")
    events = events_of_move(damp, check_move(damp, "closed", "triaged", Have(reason="Mould is back")))

    assert events == ("reopened", "aware")


def test_every_clock_can_be_ended_from_where_it_starts(damp: ServiceLine) -> None:
    """No clock is set that no later step can meet."""
    raised = {event for move in damp.moves for event in events_of_move(damp, move)}

    assert all(raised & set(clock.ends_on) for clock in damp.clocks)


def test_a_move_says_everything_it_needs(damp: ServiceLine) -> None:
    """All that is missing is said at once, in the words of the questions."""
    with pytest.raises(Trouble, match="needs an answer to “Finding” and an answer to “Investigated by”") as caught:
        check_move(damp, "investigating", "concluded", Have())

    assert caught.value.do
    assert check_move(damp, "concluded", "summary-sent", Have()).title == "Record the summary as sent"


def test_a_move_that_does_not_exist_says_where_one_can_go(damp: ServiceLine) -> None:
    """Nobody is left guessing which steps there are."""
    with pytest.raises(Trouble, match="cannot go from “Reported” to “Closed”") as caught:
        check_move(damp, "reported", "closed", Have(reason="Done"))

    assert caught.value.do == "From here it can go to “Triaged”."
    with pytest.raises(Trouble, match='no stage called "nowhere"'):
        moves_from(damp, "nowhere")


@pytest.mark.parametrize(
    ("need", "have", "said"),
    [
        (Need(NeedKind.REASON), Have(reason="  "), "a reason"),
        (Need(NeedKind.REASON), Have(reason="Done"), ""),
        (Need(NeedKind.APPROVAL), Have(), "a supervisor's approval"),
        (Need(NeedKind.APPROVAL), Have(approved=True), ""),
        (Need(NeedKind.ATTEMPTS, "3"), Have(attempts=1), "2 more recorded attempts"),
        (Need(NeedKind.ATTEMPTS, "3"), Have(attempts=2), "1 more recorded attempt"),
        (Need(NeedKind.ATTEMPTS, "3"), Have(attempts=4), ""),
        (Need(NeedKind.EVIDENCE, "photo"), Have(), "evidence: dated photos"),
        (Need(NeedKind.EVIDENCE, "photo"), Have(evidence={"photo"}), ""),
        (Need(NeedKind.LETTER, "acknowledgement"), Have(), "the letter “Acknowledgement” sent"),
        (Need(NeedKind.LETTER, "acknowledgement"), Have(letters={"acknowledgement"}), ""),
    ],
)
def test_each_need_in_words(damp: ServiceLine, need: Need, have: Have, said: str) -> None:
    """Each thing a move may need is asked for in words, and met when it is there."""
    move = Move("reported", "triaged", "Triage", (need,))

    assert unmet_needs(damp, move, have) == ((said,) if said else ())


@pytest.mark.parametrize(
    ("now", "ended", "ceased", "state"),
    [
        (BEFORE, None, False, ClockState.RUNNING),
        (AFTER, None, False, ClockState.MISSED),
        (AFTER, BEFORE, False, ClockState.MET),
        (AFTER, AFTER, False, ClockState.LATE),
        (AFTER, BEFORE, True, ClockState.CEASED),
        (AFTER, AFTER, True, ClockState.MISSED),
    ],
)
def test_a_missed_clock_stays_missed(now: datetime, ended: datetime | None, ceased: bool, state: ClockState) -> None:
    """The day lasts to UK midnight; work done after it is late, and no outcome recorded after it undoes the miss."""
    assert clock_state(DUE_ON, DUE_AT, now, ended, ceased=ceased) is state


def test_a_timed_clock_is_met_at_the_minute_it_is_due(calendars: Calendars) -> None:
    """Made safe at 16:40 when 16:40 was the limit is in time; at 16:41 it is late."""
    found = due(parse_rule("HOURS:24"), datetime(2026, 12, 18, 16, 40, tzinfo=UTC), calendars)
    limit = datetime(2026, 12, 19, 16, 40, tzinfo=UTC)

    assert found.instant == limit
    assert clock_state(found.on, found.instant, AFTER, limit) is ClockState.MET
    assert clock_state(found.on, found.instant, AFTER, limit.replace(minute=41)) is ClockState.LATE


def test_how_a_clock_stands_in_words() -> None:
    """The supervisor's report says that attempts were made; attempts never turn a miss into anything else."""
    assert state_words(ClockState.MISSED, attempts=3) == "missed – access attempts recorded (3)"
    assert state_words(ClockState.LATE, attempts=1) == "missed, done late – access attempts recorded (1)"
    assert state_words(ClockState.MISSED) == "missed"
    assert state_words(ClockState.MET, attempts=3) == "met"
    assert state_words(ClockState.RUNNING, attempts=3) == "running"
    assert state_words(ClockState.CEASED, outcome="moved out") == "ended: moved out"
