"""Shared cases, consent and confidential addresses: who gets what on their laptop, and when it leaves again."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from tests.sync.laptops import ADA, JOAN, OWEN, RUTH, SANA, START, Centre, Laptop

from almoner.records import (
    Address,
    Case,
    CaseShare,
    Conflict,
    ConsentGrant,
    ContactPoint,
    HeldWork,
    Note,
    Person,
    User,
)
from almoner.records.people import Channel
from almoner.records.sharing import Basis, SharingState
from almoner.store.central import held, member, scope
from almoner.store.central_scopes import Move
from almoner.store.ledger import books_of
from almoner.sync.seeding import change_record, put_records

Enrol = Callable[[User], Laptop]
MIGRATION = Path(__file__).parents[2] / "migrations/central/versions/0003_sharing_devices_pages.py"
HOME: dict[str, Any] = {"line_1": "3 Quay Rise", "postcode": "AS7 2LD"}


@pytest.fixture
def joan(enrol: Enrol) -> Laptop:
    """Joan's laptop; she works in streets."""
    return enrol(JOAN)


@pytest.fixture
def sana(enrol: Enrol) -> Laptop:
    """Sana's laptop; she supervises both teams."""
    return enrol(SANA)


def _share(laptop: Laptop, case_id: str, **more: Any) -> CaseShare:
    share = CaseShare(
        **{
            "id": laptop.ids.new(), "case_id": case_id, "team_id": "t2", "basis": Basis.PUBLIC_TASK,
            "why": "Both work there.", "shared_by": laptop.user.id, "shared_at": laptop.clock.now(), **more,
        }
    )  # fmt: skip
    laptop.add(share)
    return share


def _grant(laptop: Laptop, person_id: str, **more: Any) -> ConsentGrant:
    grant = ConsentGrant(
        **{
            "id": laptop.ids.new(), "person_id": person_id, "team_id": "t2", "purpose": "Moving house.",
            "given_at": laptop.clock.now(), "recorded_by": laptop.user.id, **more,
        }
    )  # fmt: skip
    laptop.add(grant)
    return grant


def _sync(*laptops: Laptop) -> None:
    for laptop in laptops:
        assert laptop.sync().proved_equal


def _all_equal(centre: Centre, *laptops: Laptop) -> bool:
    return all(laptop.holds() == centre.holds(laptop.user) for laptop in laptops)


@pytest.mark.parametrize("with_whom", [{"team_id": "t2"}, {"team_id": "", "user_id": JOAN.id}])
def test_a_shared_case_comes_with_all_in_it_and_goes_when_the_share_ends(
    ruth: Laptop, joan: Laptop, centre: Centre, with_whom: dict[str, str]
) -> None:
    """What is there already comes at once, what is added later follows, and the end takes everything off."""
    case = ruth.new_case()
    before = ruth.new_note(case.id, "Before.")
    _sync(ruth, joan)
    share = _share(ruth, case.id, **with_whom)
    _sync(ruth)
    after = ruth.new_note(case.id, "After.")
    _sync(ruth, joan)
    seen = {note.id for note in joan.all_of(Note)}
    equal = _all_equal(centre, ruth, joan)
    ruth.change(CaseShare, share.id, state=SharingState.ENDED, ended_at=START, ended_by=RUTH.id)
    _sync(ruth, joan)

    assert seen == {before.id, after.id}
    assert equal
    assert (joan.find(Case, case.id), joan.all_of(Note), joan.all_of(CaseShare)) == (None, (), ())
    assert ruth.find(Case, case.id) is not None


def test_a_share_runs_out_by_the_calendar_of_the_council(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """`until` is the last day: at midnight in London, an hour before midnight UTC in summer, the case leaves."""
    ruth.clock.advance(days=200), joan.clock.advance(days=200), centre.clock.advance(days=200)
    today = centre.clock.now().date()
    case = ruth.new_case()
    _share(ruth, case.id, until=today)
    _sync(ruth, joan)
    held_on_the_day = joan.find(Case, case.id) is not None
    centre.clock.advance(hours=13)
    _sync(joan)

    assert held_on_the_day
    assert centre.clock.now().date() == today, "it is still today in UTC"
    assert joan.find(Case, case.id) is None


def test_a_case_shared_twice_stays_until_the_last_share_ends(ruth: Laptop, joan: Laptop) -> None:
    """Two shares are two reasons; either is enough."""
    case = ruth.new_case()
    one = _share(ruth, case.id)
    _share(ruth, case.id, team_id="", user_id=JOAN.id)
    _sync(ruth, joan)
    ruth.change(CaseShare, one.id, state=SharingState.ENDED)
    _sync(ruth, joan)

    assert joan.find(Case, case.id) is not None


def test_work_in_a_shared_case_is_taken_but_it_is_not_passed_on(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """Joan may add to the case; she may neither share it further nor give it to her own team."""
    case = ruth.new_case()
    _share(ruth, case.id)
    _sync(ruth, joan)
    note = joan.new_note(case.id, "From streets.")
    _sync(joan)
    _share(joan, case.id, team_id="", user_id=JOAN.id)
    joan.change(Case, case.id, team_id="t2")
    outcome = joan.sync()
    _sync(ruth)

    assert outcome.held == 2
    assert ruth.find(Note, note.id) is not None
    assert centre.value(Case, case.id, "team_id") == "t1"
    assert {row["text"] for row in centre.rows(held)} == {
        "This is shared with you: only the team it belongs to decides who sees it. "
        "A supervisor has been asked to look at it."
    }


def test_what_joan_had_not_sent_when_the_share_ended_is_held(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """Access ended: the work waits for somebody who sees the case, and the case leaves."""
    case = ruth.new_case()
    share = _share(ruth, case.id)
    _sync(ruth, joan)
    ruth.change(CaseShare, share.id, state=SharingState.ENDED)
    _sync(ruth)
    joan.new_note(case.id, "Late.")
    outcome = joan.sync()
    _sync(ruth)

    assert outcome.held == 1
    assert [(w.author, w.case_id) for w in ruth.all_of(HeldWork)] == [(JOAN.id, case.id)]
    assert "Late." in ruth.all_of(HeldWork)[0].body
    assert _all_equal(centre, ruth)


def test_consent_opens_a_person_kept_for_one_team(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """The person and how to reach them come; a confidential address does not, and the end takes all off."""
    person = ruth.new_person(restricted_team_id="t1")
    ruth.add(ContactPoint(id="cp", person_id=person.id, channel=Channel.PHONE, value="01632 960001"))
    ruth.add(Address(id="a1", person_id=person.id, **HOME), Address(id="a2", person_id=person.id, confidential=True))
    _sync(ruth, joan)
    nothing = joan.all_of(Person)
    grant = _grant(ruth, person.id)
    _sync(ruth, joan)
    seen = joan.find(Person, person.id), joan.find(ContactPoint, "cp"), joan.find(Address, "a1")
    hidden = joan.find(Address, "a2")
    equal = _all_equal(centre, ruth, joan)
    ruth.change(ConsentGrant, grant.id, state=SharingState.ENDED)
    _sync(ruth, joan)

    assert nothing == ()
    assert None not in seen
    assert hidden is None
    assert equal
    assert (joan.all_of(Person), joan.all_of(ContactPoint), joan.all_of(Address)) == ((), (), ())


def test_an_address_turned_confidential_leaves_every_laptop_that_may_not_hold_it(
    enrol: Enrol, ruth: Laptop, sana: Laptop, centre: Centre
) -> None:
    """Supervisors and who has the right keep it; for all others it goes at their next sync."""
    owen = enrol(replace(OWEN, confidential=True))
    change_record(centre.engine, "user", OWEN.id, {"confidential": True}, now=START)
    joan = enrol(JOAN)
    person = ruth.new_person()
    ruth.add(Address(id="a1", person_id=person.id, **HOME))
    _sync(ruth, owen, joan, sana)
    ruth.change(Address, "a1", confidential=True)
    _sync(ruth, owen, joan, sana)

    assert [laptop.find(Address, "a1") is not None for laptop in (owen, sana)] == [True, True]
    assert [laptop.find(Address, "a1") for laptop in (ruth, joan)] == [None, None]
    assert _all_equal(centre, ruth, owen, joan, sana)


def test_an_officer_who_loses_the_right_loses_the_addresses(enrol: Enrol, sana: Laptop, centre: Centre) -> None:
    """The next sync closes the scope; nothing else leaves."""
    change_record(centre.engine, "user", OWEN.id, {"confidential": True}, now=START)
    owen = enrol(OWEN)
    person = sana.new_person()
    sana.add(Address(id="a1", person_id=person.id, confidential=True, **HOME))
    _sync(sana, owen)
    seen = owen.find(Address, "a1")
    change_record(centre.engine, "user", OWEN.id, {"confidential": False}, now=START)
    _sync(owen)

    assert seen is not None
    assert owen.find(Address, "a1") is None
    assert owen.find(Person, person.id) is not None


def test_a_confidential_address_of_a_person_kept_for_a_team_stays_with_that_team(
    enrol: Enrol, sana: Laptop, centre: Centre
) -> None:
    """The right to see such addresses does not open people kept for another team."""
    change_record(centre.engine, "user", JOAN.id, {"confidential": True}, now=START)
    joan = enrol(JOAN)
    person = sana.new_person()
    sana.add(Address(id="a1", person_id=person.id, confidential=True, **HOME))
    _sync(sana, joan)
    seen = joan.find(Address, "a1")
    sana.change(Person, person.id, restricted_team_id="t1")
    _sync(sana, joan)

    assert seen is not None
    assert (joan.find(Person, person.id), joan.find(Address, "a1")) == (None, None)
    assert _all_equal(centre, sana, joan)


def test_a_disagreement_about_a_confidential_address_tells_nobody_the_address(
    enrol: Enrol, ruth: Laptop, sana: Laptop, centre: Centre
) -> None:
    """A conflict holds both values: it goes where the address goes, also when that turns confidential later."""
    joan = enrol(JOAN)
    person = ruth.new_person()
    ruth.add(Address(id="a1", person_id=person.id, **HOME))
    _sync(ruth, joan, sana)
    ruth.change(Address, "a1", line_1="4 Quay Rise")
    joan.change(Address, "a1", line_1="5 Quay Rise")
    _sync(ruth, joan, sana, ruth)
    seen = len(ruth.all_of(Conflict))
    sana.change(Address, "a1", confidential=True)
    _sync(sana, ruth, joan)

    assert seen == 1
    assert [len(laptop.all_of(Conflict)) for laptop in (ruth, joan, sana)] == [0, 0, 1]
    assert _all_equal(centre, ruth, joan, sana)


def test_shares_entered_by_the_council_itself_open_what_is_there(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """An import or a demonstration shares like an officer does, whether the case is new or not."""
    old, person = ruth.new_case(), ruth.new_person(restricted_team_id="t1")
    note = ruth.new_note(old.id)
    _sync(ruth)
    case = replace(old, id="c-new", reference="ASH-NEW")
    shares = [
        CaseShare(id=f"s{i[-8:]}", case_id=i, team_id="t2", why="Imported.", shared_by="server", shared_at=START)
        for i in (old.id, "c-new")
    ]
    grant = ConsentGrant(
        id="g-1", person_id=person.id, team_id="t2", purpose="Imported.", given_at=START, recorded_by="server"
    )
    more = replace(note, id="n-new", case_id="c-new")
    put_records(centre.engine, [case, more, *shares, grant], now=START)
    put_records(centre.engine, [replace(more, id="n-later")], now=START)
    _sync(ruth, joan)

    assert {note.id for note in joan.all_of(Note)} == {note.id, "n-new", "n-later"}
    assert joan.find(Person, person.id) is not None
    assert _all_equal(centre, ruth, joan)


def test_an_administrator_of_accounts_sees_no_addresses(enrol: Enrol, sana: Laptop, centre: Centre) -> None:
    """Least privilege: the right to confidential addresses is worth nothing without work with residents."""
    change_record(centre.engine, "user", ADA.id, {"confidential": True}, now=START)
    ada = enrol(ADA)
    person = sana.new_person()
    sana.add(Address(id="a1", person_id=person.id, confidential=True, **HOME))
    _sync(sana, ada)

    assert {kind for kind, _ in ada.holds()} == {"council", "team", "user"}


def test_a_grant_with_a_last_day_ends_by_itself(ruth: Laptop, joan: Laptop, centre: Centre) -> None:
    """Nobody has to remember to end a consent that was given for a month."""
    person = ruth.new_person(restricted_team_id="t1")
    _grant(ruth, person.id, until=date(2026, 12, 20))
    _sync(ruth, joan)
    seen = joan.find(Person, person.id)
    centre.clock.advance(days=timedelta(days=4).days)
    _sync(joan)

    assert seen is not None
    assert joan.find(Person, person.id) is None


def test_an_upgrade_takes_confidential_addresses_off_laptops_that_may_not_hold_them(
    ruth: Laptop, sana: Laptop, centre: Centre
) -> None:
    """An older release kept them with the residents: the migration moves them, laptops follow at their next pull."""
    person, kept = ruth.new_person(), ruth.new_person(restricted_team_id="t1")
    for number, owner in enumerate((person, person, kept)):
        ruth.add(Address(id=f"a{number}", person_id=owner.id, confidential=number > 0, **HOME))
    ruth.sync()
    _as_an_older_release(centre, {"a1": "residents", "a2": "team:t1"})
    _sync(ruth, sana)
    before = {address.id for address in ruth.all_of(Address)}
    migration = runpy.run_path(str(MIGRATION))
    with centre.engine.begin() as connection:
        for statement in migration["_HIDE_ADDRESSES"]:
            connection.execute(text(statement))
    _sync(ruth, sana)

    assert before == {"a0", "a1", "a2"}
    assert {address.id for address in ruth.all_of(Address)} == {"a0"}
    assert {address.id for address in sana.all_of(Address)} == {"a0", "a1", "a2"}
    assert _all_equal(centre, ruth, sana)


def _as_an_older_release(centre: Centre, places: dict[str, str]) -> None:
    """Put addresses where they were before there were scopes for confidential ones."""
    keys = [("address", address_id) for address_id in places]
    with books_of(centre.engine).write() as ledger:
        stored = ledger.load(keys)
        moves = [Move(key, stored[key].hash("address"), frozenset({places[key[1]]})) for key in keys]
        ledger.settle(moves, ledger.memberships(keys))
    with centre.engine.begin() as connection:
        connection.execute(member.delete().where(member.c.scope_id.like("confidential%")))
        connection.execute(scope.delete().where(scope.c.id.like("confidential%")))
