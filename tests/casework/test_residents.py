"""Residents are kept as they give themselves, and what protects them has a reason and an end to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.desks import OWEN, SANA, Bench

from almoner.casework.residents import (
    add_address,
    add_person,
    change_person,
    end_safe_contact,
    join_household,
    move_home,
    raise_flag,
    set_safe_contact,
)
from almoner.records import Address, HouseholdMembership, Person
from almoner.records.people import AddressKind, Channel, FlagKind
from almoner.records.trouble import Trouble


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"full_name": "   "}, "“Full name” is empty"),
        ({"full_name": "x" * 301}, "Full name is longer than 300"),
        ({"full_name": "Bell \x07"}, "cannot be shown"),
        ({"date_of_birth": "30/02/1990"}, "cannot be read"),
        ({"date_of_birth": "1990-02-30"}, "not in the calendar"),
        ({"date_of_birth": "2027"}, "in the future"),
        ({"date_of_birth": "1720"}, "before 1895"),
        ({"print_points": 900}, "must lie between"),
        ({"contact_points": [(Channel.EMAIL, "nobody")]}, "not an e-mail"),
        ({"contact_points": [(Channel.PHONE, "ring me")]}, "not a telephone"),
        ({"addresses": [{}]}, "address is empty"),
        ({"addresses": [{"line_1": "1 Elm", "uprn": "ABC"}]}, "UPRN"),
    ],
)
def test_nonsense_is_refused_with_its_field(bench: Bench, fields: dict[str, Any], reason: str) -> None:
    """What is wrong and what to do, and nothing half-kept."""
    with pytest.raises(Trouble, match=reason) as told:
        bench.do(add_person, **({"full_name": "Tomos Vale"} | fields))

    assert told.value.do
    assert not bench.look(lambda r: r.all_of(Person))


@pytest.mark.parametrize("name", ["Siân", "O’Brien-Łącki", "Nguyễn Thị Minh", "محمد", "X"])
def test_names_are_kept_as_they_are_given(bench: Bench, name: str) -> None:
    """No name is corrected, split or refused."""
    assert bench.do(add_person, full_name=f" {name} ").full_name == name


@pytest.mark.parametrize("born", ["", "1961", "1961-04", "1961-04-30"])
def test_a_birth_date_may_be_partly_known(bench: Bench, born: str) -> None:
    """A year or a month is enough."""
    assert bench.do(add_person, full_name="A B", date_of_birth=born).date_of_birth == born


def test_a_name_given_up_is_remembered(bench: Bench) -> None:
    """Search still finds somebody by the name they had."""
    person = bench.do(add_person, full_name="Lena Marsh")

    assert bench.do(change_person, person.id, full_name="Lena Hill").earlier_names == ("Lena Marsh",)


def test_moving_home_ends_the_old_address_the_day_before(bench: Bench) -> None:
    """Both addresses stay on record with their dates."""
    person = bench.do(add_person, full_name="A B", addresses=[{"line_1": "1 Elm Row", "postcode": "as1 1aa"}])

    bench.do(move_home, person.id, date(2026, 12, 10), line_1="2 Oak Row", postcode="AS1 1AB")

    kept = bench.look(lambda r: r.all_of(Address, person_id=person.id))
    assert {(a.line_1, a.postcode, a.since, a.until) for a in kept} == {
        ("1 Elm Row", "AS1 1AA", None, date(2026, 12, 9)),
        ("2 Oak Row", "AS1 1AB", date(2026, 12, 10), None),
    }
    bench.do(add_address, person.id, purpose=AddressKind.NO_FIXED_ABODE)


def test_a_safe_contact_rule_restricts_something_for_at_most_a_year(bench: Bench) -> None:
    """An empty rule protects nobody; without a review date it is looked at in a year; ending it needs a reason."""
    person = bench.do(add_person, full_name="A B")
    with pytest.raises(Trouble, match="restricts nothing"):
        bench.do(set_safe_contact, person.id, reason="Asked")
    with pytest.raises(Trouble, match="not known"):
        bench.do(set_safe_contact, person.id, reason="Asked", never_by=("pigeon",))
    with pytest.raises(Trouble, match="within a year"):
        bench.do(set_safe_contact, person.id, reason="Asked", collect_only=True, review_on=date(2028, 1, 1))

    rule = bench.do(set_safe_contact, person.id, reason="Asked", never_by=("post",))

    assert rule.review_on == date(2027, 12, 17)
    assert bench.do(end_safe_contact, rule.id, "She moved").ended_on == date(2026, 12, 17)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"agreed_by": ""}, "supervisor has not agreed"),
        ({"agreed_by": OWEN.id}, "supervisor has not agreed"),
        ({"told_note": ""}, "why the person was not told"),
        ({"reason": " "}, "“Why” is empty"),
        ({"starts_on": date(2026, 12, 18)}, "in the future"),
    ],
)
def test_a_warning_needs_everything_that_makes_it_fair(bench: Bench, fields: dict[str, Any], reason: str) -> None:
    """A reason, a supervisor, whether the person was told, and a start that is not to come."""
    person = bench.do(add_person, full_name="A B")
    given = {"warning": FlagKind.RISK_TO_STAFF, "reason": "Threat", "agreed_by": SANA.id, "told_note": "Not safe to"}

    with pytest.raises(Trouble, match=reason):
        bench.do(raise_flag, person.id, **(given | fields))
    assert bench.do(raise_flag, person.id, **given).review_on == date(2027, 12, 17)


def test_joining_a_household_twice_changes_nothing(bench: Bench) -> None:
    """Two people share one household; nobody is in it twice, nobody joins themselves."""
    mother, son = (bench.do(add_person, full_name=name) for name in ("Mother", "Son"))

    first = bench.do(join_household, son.id, mother.id, relationship="Son")
    again = bench.do(join_household, son.id, mother.id)

    assert first.id == again.id
    assert len({m.household_id for m in bench.look(lambda r: r.all_of(HouseholdMembership))}) == 1
    assert len(bench.look(lambda r: r.all_of(HouseholdMembership))) == 2
    with pytest.raises(Trouble, match="their own household"):
        bench.do(join_household, son.id, son.id)
