"""The rules that keep people safe when somebody writes, rings or calls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from almoner.records import Address, Flag, Person, SafeContactRule
from almoner.records.people import AddressKind, Channel, FlagKind, Format
from almoner.records.trouble import Trouble
from almoner.rules.safety import (
    Hold,
    banner,
    check_review,
    may_be_named,
    may_post_to,
    may_print_offline,
    may_use,
    reveals_address,
)

NOW = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
LENA = Person(id="p1", full_name="Lena Marsh")
HOB_LANE = Address(id="a1", person_id="p1", line_1="9 Hob Lane", town="Ashmere", postcode="AS2 1RR")
QUAY_RISE = Address(
    id="a2", person_id="p1", line_1="3 Quay Rise", town="Ashmere", postcode="AS7 2LD", confidential=True
)
TARN_COURT = Address(id="a3", person_id="p2", line_1="14B Tarn Court", town="Ashmere", postcode="AS1 4QT")


def rule(**fields: Any) -> SafeContactRule:
    given = {"id": "r1", "person_id": "p1", "starts_on": date(2026, 12, 1), "review_on": date(2027, 6, 1)}
    return SafeContactRule(**(given | fields))


@pytest.mark.parametrize(
    ("rules", "address", "allowed", "hold"),
    [
        ((), HOB_LANE, True, Hold.NONE),
        ((rule(never_at=("9 Hob Lane, AS2 1RR",)),), HOB_LANE, False, Hold.SAFETY),
        ((rule(never_at=("9 hob lane as21rr",)),), HOB_LANE, False, Hold.SAFETY),
        ((rule(never_at=("AS2 1RR",)),), HOB_LANE, False, Hold.SAFETY),
        ((rule(never_at=("Hob Lane",)),), HOB_LANE, True, Hold.NONE),
        ((rule(never_at=("9 Hob Lane",)),), HOB_LANE, False, Hold.SAFETY),
        ((rule(never_at=("a1",)),), HOB_LANE, False, Hold.SAFETY),
        ((rule(never_at=("11 Hob Lane, AS2 1RR",)),), HOB_LANE, True, Hold.NONE),
        ((rule(never_at=("9 Hob Lane, AS2 1RR",)),), TARN_COURT, True, Hold.NONE),
        ((rule(collect_only=True),), TARN_COURT, False, Hold.COLLECT),
        ((rule(never_by=("post",)),), TARN_COURT, False, Hold.SAFETY),
        ((rule(never_by=("phone",)),), TARN_COURT, True, Hold.NONE),
        ((rule(collect_only=True, ended_on=date(2026, 12, 17)),), TARN_COURT, True, Hold.NONE),
        ((rule(collect_only=True, starts_on=date(2026, 12, 18)),), TARN_COURT, True, Hold.NONE),
        ((rule(collect_only=True, review_on=date(2026, 12, 2)),), TARN_COURT, False, Hold.COLLECT),
        ((), None, False, Hold.ADDRESS),
    ],
)
def test_post_goes_only_where_every_rule_in_force_allows(rules: Any, address: Any, allowed: bool, hold: Hold) -> None:
    """A rule stops post however the address is written, from its start to its end, and past its review too."""
    decision = may_post_to(LENA, rules, address, NOW)

    assert (decision.allowed, decision.hold) == (allowed, hold)
    assert decision.allowed or (decision.why and decision.do)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"until": date(2026, 12, 16)}, "left"),
        ({"since": date(2026, 12, 18)}, "moves"),
        ({"purpose": AddressKind.NO_FIXED_ABODE}, "no fixed abode"),
    ],
)
def test_post_goes_only_to_an_address_in_use(fields: Any, word: str) -> None:
    """An address left, not yet moved to, or that is none, gets no letter, and the reason is said."""
    address = Address(**({"id": "a", "person_id": "p1", "line_1": "1 Elm Row", "postcode": "AS1 1AA"} | fields))

    decision = may_post_to(LENA, (), address, NOW)

    assert decision.hold is Hold.ADDRESS
    assert word in decision.why


def test_nothing_is_sent_to_the_dead() -> None:
    """A person who has died is reached by no channel."""
    gone = Person(id="p1", full_name="Lena Marsh", deceased_on=date(2026, 11, 1))

    assert {may_use(channel, gone, (), NOW).hold for channel in Channel} == {Hold.DECEASED}


def test_a_barred_channel_names_the_ways_that_are_left() -> None:
    """The officer is told what to do instead, and never pointed to another barred way."""
    decision = may_use(Channel.PHONE, LENA, (rule(never_by=("phone", "post", "visit")),), NOW)

    assert not decision.allowed
    assert decision.do == "Reach them by text message, by e-mail or at the office."


@pytest.mark.parametrize(
    ("received", "allowed"),
    [(timedelta(hours=23), True), (timedelta(hours=24), True), (timedelta(hours=25), False), (None, False)],
)
def test_old_safety_data_holds_letters(received: timedelta | None, allowed: bool) -> None:
    """Beyond the council's age letters for homes wait; a device that never synced counts as old."""
    decision = may_print_offline(NOW - received if received else None, NOW, 24)

    assert decision.allowed is allowed
    assert decision.hold is (Hold.NONE if allowed else Hold.STALE)


@pytest.mark.parametrize(
    ("text", "to", "allowed"),
    [
        ("Your new home at AS7 2LD is ready.", HOB_LANE, False),
        ("Your new home at as7-2ld is ready.", HOB_LANE, False),
        ("We called at 3 Quay Rise.", HOB_LANE, False),
        ("We called at 3 quay  rise.", None, False),
        ("Another postcode AS5 5AA stands here.", HOB_LANE, False),
        ("Write to us at AS1 1AA.", HOB_LANE, True),
        ("You live at 9 Hob Lane, AS2 1RR.", HOB_LANE, True),
        ("Your home at 3 Quay Rise, AS7 2LD.", QUAY_RISE, True),
        ("We looked at 13 Quay Rise Gardens.", HOB_LANE, True),
        ("Nothing here.", HOB_LANE, True),
    ],
)
def test_a_confidential_address_stands_in_no_letter_to_anywhere_else(text: str, to: Any, allowed: bool) -> None:
    """Only a letter to the confidential address itself may hold it; others wait for a second person."""
    decision = reveals_address(text, to, [QUAY_RISE], ("Town Hall", "Ashmere", "AS1 1AA"))

    assert decision.allowed is allowed
    assert decision.hold is (Hold.NONE if allowed else Hold.SECOND_PERSON)


def test_postcodes_are_free_while_nobody_hides() -> None:
    """Without a confidential address any postcode may stand in a letter."""
    assert reveals_address("At AS5 5AA.", HOB_LANE, [TARN_COURT]).allowed


def test_everybody_named_is_checked() -> None:
    """A letter to a household may not name somebody who hides from that address."""
    bars = (rule(never_at=("9 Hob Lane, AS2 1RR",)),)

    assert not may_be_named("Dear all, Lena Marsh said so.", LENA, bars, (), HOB_LANE, NOW).allowed
    assert not may_be_named("Dear all, LENA MARSH said so.", LENA, (), (QUAY_RISE,), HOB_LANE, NOW).allowed
    assert may_be_named("Dear all, Lena Marsh said so.", LENA, bars, (), TARN_COURT, NOW).allowed
    assert may_be_named("Dear all.", LENA, bars, (QUAY_RISE,), HOB_LANE, NOW).allowed


@pytest.mark.parametrize(
    ("start", "review", "wrong"),
    [
        (date(2026, 12, 17), date(2027, 12, 17), ""),
        (date(2026, 12, 17), date(2027, 12, 18), "within a year"),
        (date(2026, 12, 17), date(2026, 12, 17), "not after"),
        (date(2026, 12, 18), date(2027, 1, 1), "future"),
    ],
)
def test_a_warning_is_reviewed_within_a_year(start: date, review: date, wrong: str) -> None:
    """No flag is forever, and none starts in the future."""
    if not wrong:
        check_review(start, review, NOW.date())
        return
    with pytest.raises(Trouble, match=wrong):
        check_review(start, review, NOW.date())


def test_the_banner_says_the_worst_first_and_never_the_address() -> None:
    """Safe contact outranks warnings and needs; the unsafe and the confidential address are not in it."""
    flag = Flag(
        id="f1", person_id="p1", warning=FlagKind.RISK_TO_STAFF, reason="…", starts_on=date(2026, 1, 5),
        review_on=date(2026, 7, 5),
    )  # fmt: skip
    person = Person(id="p1", full_name="Lena Marsh", letter_format=Format.LARGE_PRINT, print_points=20)

    shown = banner(person, (rule(never_at=("9 Hob Lane, AS2 1RR",), collect_only=True),), (flag,), (QUAY_RISE,), NOW)

    assert shown.tone == "red"
    assert shown.headline == "Safe contact only: letters are collected at the office"
    assert "Risk to staff (review was due on 5 Jul 2026)." in shown.lines
    assert "Letters in large print, 20 point." in shown.lines
    assert not any("Hob" in line or "Quay" in line or "AS7" in line for line in shown.lines)


def test_the_person_at_the_desk_sees_only_their_needs() -> None:
    """In resident view no warning and no safe-contact rule shows."""
    person = Person(id="p1", full_name="Lena Marsh", interpreter=True, language_spoken="Polish")

    shown = banner(person, (rule(collect_only=True),), (), (QUAY_RISE,), NOW, resident_view=True)

    assert shown.lines == ("Needs an interpreter: Polish.",)
    assert shown.headline == "Needs to know"
