import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars
from almoner.rules.clocks import (
    Exclude,
    Kind,
    Reset,
    Rule,
    clock_words,
    days_left,
    due,
    due_words,
    parse_pauses,
    parse_rule,
    parse_start,
    stored_due,
)

ROWS = list(csv.DictReader(Path(__file__).with_name("worked_dates.csv").read_text("utf-8").splitlines()))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_worked_dates(calendars: Calendars, row: dict[str, str]) -> None:
    """Dates worked out by hand from statutes and codes: each must come out to the day, timed ones to the minute."""
    found = due(parse_rule(row["rule"]), parse_start(row["start"]), calendars, parse_pauses(row["pauses"]))

    assert (found.at or found.on) == parse_start(row["expected"])


@pytest.mark.parametrize(
    ("rule", "start", "pauses", "why"),
    [
        ("WD-EW:10", "2026-12-17", "", "10 working days from Thu 17 Dec 2026; not counted: 25 Dec, 28 Dec, 1 Jan"),
        ("WD-EW:1", "2026-11-23", "", "1 working day from Mon 23 Nov 2026"),
        ("WD-EW:1@16:00", "2026-08-28", "", "1 working day from Fri 28 Aug 2026, until 16:00; not counted: 31 Aug"),
        (
            "WD-UK:20",
            "2026-09-07",
            "EXCLUDE 2026-09-16..2026-09-24",
            "20 working days from Mon 7 Sep 2026; 7 working days not counted: 16 Sep to 24 Sep",
        ),
        (
            "WD-UK:20",
            "2026-10-01",
            "RESET 2026-10-12",
            "20 working days from Mon 12 Oct 2026 (started again; first Thu 1 Oct 2026)",
        ),
        ("CAL-INCL:56", "2026-09-07", "", "56 days beginning with Mon 7 Sep 2026"),
        ("CAL-EXCL:84", "2026-12-22", "", "84 days after Tue 22 Dec 2026"),
        (
            "MONTH-ROLL-EW:1",
            "2026-10-05",
            "EXCLUDE 2026-10-08..2026-10-19",
            "1 month from Mon 5 Oct 2026; 12 days not counted: 8 Oct to 19 Oct",
        ),
        (
            "MONTH-ROLL-EW:1",
            "2026-11-26",
            "",
            "1 month from Thu 26 Nov 2026; Sat 26 Dec 2026 is not a working day, so the next one; not counted: 28 Dec",
        ),
        ("HOURS:24", "2026-12-18T16:40+00:00", "", "24 hours from Fri 18 Dec 2026 16:40"),
        (
            "HOURS:24",
            "2026-10-24T14:30+01:00",
            "",
            "24 hours from Sat 24 Oct 2026 14:30; the clocks go back in between",
        ),
        (
            "HOURS:72",
            "2026-03-27T17:00+00:00",
            "",
            "72 hours from Fri 27 Mar 2026 17:00; the clocks go forward in between",
        ),
    ],
)
def test_a_date_says_why(calendars: Calendars, rule: str, start: str, pauses: str, why: str) -> None:
    """Officers trust a date they can check: the count, its start, and each day passed over."""
    assert due(parse_rule(rule), parse_start(start), calendars, parse_pauses(pauses)).why == why


def test_the_days_not_counted_carry_their_names(calendars: Calendars) -> None:
    """A screen can name the holidays without looking them up again."""
    found = due(parse_rule("WD-EW:10"), date(2026, 12, 17), calendars)

    assert found.not_counted == (
        (date(2026, 12, 25), "Christmas Day"),
        (date(2026, 12, 28), "Boxing Day (substitute day)"),
        (date(2027, 1, 1), "New Year's Day"),
    )


def test_a_holiday_proclaimed_after_the_start_moves_the_date(calendars: Calendars) -> None:
    """A freedom of information request of 22 May 2026: due 22 June until 15 June was proclaimed, then 23 June."""
    rule, start = parse_rule("WD-UK:20"), date(2026, 5, 22)

    assert due(rule, start, calendars, known_on=date(2026, 1, 31)).on == date(2026, 6, 22)
    assert due(rule, start, calendars, known_on=date(2026, 2, 5)).on == date(2026, 6, 23)


def test_a_case_that_changes_nation_is_counted_by_the_other_calendar(calendars: Calendars) -> None:
    """30 November counts in England and not in Scotland."""
    start = date(2026, 11, 27)

    assert due(parse_rule("WD-EW:1"), start, calendars).on == date(2026, 11, 30)
    assert due(parse_rule("WD-SCT:1"), start, calendars).on == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("HOURS:24", Rule(Kind.HOURS, 24)),
        ("WD-NIR:5", Rule(Kind.WORKING, 5, "NIR")),
        (" MONTH-ROLL-UK:1 ", Rule(Kind.MONTH_ROLL, 1, "UK")),
    ],
)
def test_rules_are_read(text: str, rule: Rule) -> None:
    """A rule code is read into its parts, and writes itself back."""
    assert parse_rule(text) == rule
    assert str(parse_rule(text)) == text.strip()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not a rule"),
        ("WD-FR:10", "not a rule"),
        ("10 days", "not a rule"),
        ("wd-ew:10", "not a rule"),
        ("WD:10", "whose bank holidays"),
        ("MONTH-ROLL:1", "whose bank holidays"),
        ("HOURS-EW:24", "needs no calendar"),
        ("CAL-INCL-EW:5", "needs no calendar"),
        ("WD-EW:0", "counts to 0"),
        ("CAL-EXCL:10001", "counts to 10001"),
        ("HOURS:24@16:00", "time of day"),
        ("WD-EW:1@24:00", "not on the clock"),
        ("WD-EW:1@16:60", "not on the clock"),
    ],
)
def test_wrong_rules_say_what_is_wrong(text: str, says: str) -> None:
    """A rule code that cannot be used names the fault and a remedy."""
    with pytest.raises(Trouble, match=says) as caught:
        parse_rule(text)

    assert caught.value.do


def test_pauses_are_read() -> None:
    """Pauses are read one after another and write themselves back."""
    pauses = parse_pauses("RESET 2026-08-19;EXCLUDE 2026-10-08 .. 2026-10-19\n")

    assert pauses == (Reset(date(2026, 8, 19)), Exclude(date(2026, 10, 8), date(2026, 10, 19)))
    assert parse_pauses("; ".join(map(str, pauses))) == pauses
    assert parse_pauses("") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("PAUSE 2026-08-19", "not a pause"),
        ("RESET 2026-08-19..2026-08-20", "not a pause"),
        ("EXCLUDE 2026-08-19", "not a pause"),
        ("RESET 2026-02-30", "not in the calendar"),
        ("EXCLUDE 2026-10-19..2026-10-08", "ends before it begins"),
        ("RESET 2026-01-01;" * 51, "51 pauses"),
    ],
)
def test_wrong_pauses_say_what_is_wrong(text: str, says: str) -> None:
    """A pause that cannot be used is never quietly left out."""
    with pytest.raises(Trouble, match=says):
        parse_pauses(text)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-12-18T16:40", "17/12/2026"])
def test_a_start_needs_a_day_or_a_time_with_its_offset(text: str) -> None:
    """A time without its offset could be an hour out; it is refused."""
    with pytest.raises(Trouble, match="not a day"):
        parse_start(text)


def test_hours_need_a_time_and_never_pause(calendars: Calendars) -> None:
    """The emergency duty runs every hour: a bare day cannot start it and nothing holds it."""
    with pytest.raises(Trouble, match="needs the time"):
        due(parse_rule("HOURS:24"), date(2026, 12, 18), calendars)
    with pytest.raises(Trouble, match="does not pause"):
        due(parse_rule("HOURS:24"), at("2026-12-18T16:40"), calendars, parse_pauses("RESET 2026-12-19"))


@pytest.mark.parametrize(("rule", "start"), [("WD-EW:10", "2028-12-20"), ("WD-EW:1", "2017-12-31"),
                                             ("MONTH-ROLL-EW:1", "2028-12-20")])  # fmt: skip
def test_no_date_is_counted_past_the_holiday_table(calendars: Calendars, rule: str, start: str) -> None:
    """Outside its years the table says so, and a rule that needs it gives no date."""
    with pytest.raises(Trouble, match="2018 to 2028"):
        due(parse_rule(rule), parse_start(start), calendars)


def test_a_year_past_the_end_of_the_calendar_is_trouble_not_a_crash(calendars: Calendars) -> None:
    """Nonsense years are answered with a sentence."""
    for rule in ("CAL-EXCL:10000", "MONTH:10000"):
        with pytest.raises(Trouble, match="last year there is"):
            due(parse_rule(rule), date(9990, 1, 1), calendars)
    with pytest.raises(Trouble, match="longer than can be counted"):
        due(parse_rule("CAL-EXCL:1"), date(2026, 1, 1), calendars, parse_pauses("EXCLUDE 2026-01-01..9999-12-31"))


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 12, 25), "2026-12-26T00:00"),
        (date(2026, 7, 1), "2026-07-01T23:00"),
        (date(2026, 3, 29), "2026-03-29T23:00"),
        (date(2026, 10, 25), "2026-10-26T00:00"),
    ],
)
def test_a_due_day_lasts_until_midnight_in_the_uk(calendars: Calendars, day: date, ends: str) -> None:
    """The day ends at UK midnight, in winter, in summer, and on the days of 23 and 25 hours."""
    found = due(parse_rule("CAL-EXCL:1"), day - timedelta(days=1), calendars)

    assert found.instant == at(ends)
    assert not found.is_past(at(ends) - timedelta(microseconds=1))
    assert found.is_past(at(ends))


def test_a_stated_time_is_still_in_time(calendars: Calendars) -> None:
    """A missed bin may be reported until 16:00: at 15:59 and 16:00 yes, at 16:01 no."""
    found = due(parse_rule("WD-EW:1@16:00"), date(2026, 8, 28), calendars)

    assert not found.is_past(at("2026-09-01T14:59"))
    assert not found.is_past(at("2026-09-01T15:00"))
    assert found.is_past(at("2026-09-01T15:01"))


@pytest.mark.parametrize(
    ("rule", "start", "now", "words"),
    [
        ("WD-EW:10", "2026-12-17", "2026-12-17T10:05", "due Tue 5 January 2027, 10 working days left"),
        ("WD-EW:10", "2026-12-17", "2026-12-21T10:05", "due Tue 5 January 2027, 8 working days left"),
        ("WD-EW:10", "2026-12-17", "2027-01-04T10:05", "due Tue 5 January 2027, 1 working day left"),
        ("WD-EW:10", "2026-12-17", "2027-01-05T23:59", "due today"),
        ("WD-EW:10", "2026-12-17", "2027-01-06T00:00", "1 day overdue"),
        ("WD-EW:10", "2026-12-17", "2027-01-08T09:00", "3 days overdue"),
        ("WD-EW:10", "2026-12-17", "1970-01-01T00:00", "due Tue 5 January 2027, 20,823 days left"),
        ("CAL-EXCL:84", "2026-12-22", "2026-12-22T12:00", "due Tue 16 March 2027, 84 days left"),
        ("CAL-EXCL:1", "2026-07-01", "2026-07-01T23:30", "due today"),
        ("HOURS:24", "2026-12-18T16:40+00:00", "2026-12-18T17:00", "due tomorrow 16:40, 23 hours left"),
        ("HOURS:46", "2026-12-18T23:00+00:00", "2026-12-18T23:30", "due Sun 20 December 2026 21:00, 45 hours left"),
        ("HOURS:24", "2026-12-18T16:40+00:00", "2026-12-19T16:00", "due today 16:40, 40 minutes left"),
        ("HOURS:24", "2026-12-18T16:40+00:00", "2026-12-19T16:41", "just overdue"),
        ("HOURS:24", "2026-12-18T16:40+00:00", "2026-12-19T18:41", "2 hours overdue"),
        ("HOURS:24", "2026-12-18T16:40+00:00", "2026-12-22T09:00", "3 days overdue"),
        ("HOURS:72", "2026-12-18T16:40+00:00", "2026-12-18T17:00", "due Mon 21 December 2026 16:40, 3 days left"),
    ],
)
def test_a_clock_in_words(calendars: Calendars, rule: str, start: str, now: str, words: str) -> None:
    """A running clock is said in words anyone can act on; lateness is in calendar days, as the resident counts."""
    found = due(parse_rule(rule), parse_start(start), calendars)

    assert clock_words(found, at(now), calendars) == words


def test_days_left_are_negative_once_overdue(calendars: Calendars) -> None:
    """Lists sort by days left: overdue first, then today, then the rest."""
    found = due(parse_rule("WD-EW:10"), date(2026, 12, 17), calendars)

    assert [days_left(found, at(f"{day}T12:00"), calendars) for day in ("2027-01-07", "2027-01-05", "2026-12-31")] == [
        -2,
        0,
        2,
    ]


@pytest.mark.parametrize("rule", ["WD-EW:1", "WD-EW:1@16:00", "HOURS:30"])
def test_a_clock_on_record_comes_back_as_it_was(calendars: Calendars, rule: str) -> None:
    """The day and instant kept on record are enough to say how a clock stands."""
    found = due(parse_rule(rule), at("2026-12-17T10:05"), calendars)
    again = stored_due(rule, found.on, found.instant)

    assert (again.rule, again.on, again.at, again.instant) == (found.rule, found.on, found.at, found.instant)
    assert due_words(again) == due_words(found)
