"""Who may see and change what: the scopes of records and of officers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from almoner.records import BY_KIND, User
from almoner.records.staff import StaffRole
from almoner.rules import access

CASE = {"id": "c", "team_id": "t1", "opened_by": "u1"}
OPEN_PERSON: dict[str, Any] = {"id": "p", "restricted_team_id": ""}
KEPT_PERSON: dict[str, Any] = {"id": "q", "restricted_team_id": "t2"}
HIDDEN: dict[str, Any] = {"id": "h", "person_id": "p", "confidential": True}
TASK: dict[str, Any] = {"id": "k", "case_id": "c"}
KNOWN: dict[tuple[str, str], dict[str, Any]] = {
    ("case", "c"): CASE, ("person", "p"): OPEN_PERSON, ("person", "q"): KEPT_PERSON, ("address", "h"): HIDDEN,
    ("address", "a"): {**HIDDEN, "id": "a", "confidential": False}, ("task", "k"): TASK,
}  # fmt: skip
ABOUT_NOTHING: dict[str, Any] = {"case_id": "", "person_id": "", "record_kind": "note", "record_id": "n"}
HELD: dict[str, Any] = {**ABOUT_NOTHING, "author": "u1", "sent_on_to": "", "body": '{"values":{}}'}
RUTH = User(id="u1", username="ruth", full_name="Ruth Bello", team_id="t1")


def _scopes(kind: str, **values: Any) -> frozenset[str] | None:
    return access.scopes_of(kind, values, lambda k, i: KNOWN.get((k, i)))


@pytest.mark.parametrize(
    ("kind", "values", "scopes"),
    [
        ("council", {}, {"staff"}),
        ("user", {}, {"staff"}),
        ("case", CASE, {"team:t1"}),
        ("case", {**CASE, "team_id": ""}, {"team:unassigned", "user:u1"}),
        ("person", OPEN_PERSON, {"residents"}),
        ("person", KEPT_PERSON, {"team:t2"}),
        ("contact_point", {"person_id": "p"}, {"residents"}),
        ("address", {"person_id": "q"}, {"team:t2"}),
        ("flag", {"person_id": "q"}, {"team:t2"}),
        ("note", {"case_id": "c"}, {"team:t1"}),
        ("participant", {"case_id": "c", "person_id": "q"}, {"team:t1"}),
        ("conflict", {"case_id": "", "person_id": "p"}, {"residents"}),
        ("conflict", {"case_id": "", "person_id": ""}, {"staff"}),
        ("note", {"case_id": "unknown"}, None),
        ("contact_point", {"person_id": ""}, None),
        ("address", {"person_id": "p", "confidential": True}, {"confidential"}),
        ("address", {"person_id": "q", "confidential": True}, {"confidential:t2"}),
        ("conflict", {"person_id": "p", "record_kind": "address", "record_id": "h"}, {"confidential"}),
        ("conflict", {"person_id": "p", "record_kind": "address", "record_id": "a"}, {"residents"}),
        ("conflict", {"person_id": "p", "record_kind": "address", "record_id": "gone"}, {"confidential"}),
        ("held_work", HELD, {"user:u1", "team:unassigned"}),
        ("held_work", {**HELD, "case_id": "c"}, {"user:u1", "team:t1"}),
        ("held_work", {**HELD, "case_id": "unknown"}, {"user:u1", "team:unassigned"}),
        ("held_work", {**HELD, "record_kind": "task", "record_id": "k"}, {"user:u1", "team:t1"}),
        ("held_work", {**HELD, "record_kind": "case", "record_id": "c"}, {"user:u1", "team:t1"}),
        ("held_work", {**HELD, "person_id": "p"}, {"user:u1", "team:unassigned"}),
        ("held_work", {**HELD, "person_id": "q"}, {"user:u1", "team:t2"}),
        ("held_work", {**HELD, "sent_on_to": "u9"}, {"user:u1", "user:u9", "team:unassigned"}),
        ("held_work", {**HELD, "record_kind": "address", "record_id": "h"}, {"user:u1", "confidential"}),
        ("held_work", {**HELD, "record_kind": "address", "record_id": "a"}, {"user:u1", "team:unassigned"}),
        ("held_work", {**HELD, "record_kind": "address", "record_id": "x"}, {"user:u1", "confidential"}),
        (
            "held_work",
            {**HELD, "record_kind": "address", "record_id": "a", "body": '{"values":{"confidential":true}}'},
            {"user:u1", "confidential"},
        ),
        ("held_work", {**HELD, "record_kind": "of a newer version"}, {"user:u1", "team:unassigned"}),
    ],
)
def test_the_scopes_of_a_record(kind: str, values: dict[str, Any], scopes: set[str] | None) -> None:
    """Children follow their parent, a case before a person; what hangs on nothing known has no scope."""
    assert _scopes(kind, **values) == (None if scopes is None else frozenset(scopes))


@pytest.mark.parametrize(
    ("kind", "values", "scopes"),
    [
        ("case", CASE, {"team:t1", "case:c"}),
        ("note", {"case_id": "c"}, {"team:t1", "case:c"}),
        ("held_work", {**HELD, "case_id": "c"}, {"user:u1", "team:t1", "case:c"}),
        ("person", KEPT_PERSON, {"team:t2", "person:q"}),
        ("contact_point", {"person_id": "q"}, {"team:t2", "person:q"}),
        ("address", {"person_id": "q", "confidential": True}, {"confidential:t2"}),
    ],
)
def test_what_was_once_shared_has_a_scope_of_its_own(kind: str, values: dict[str, Any], scopes: set[str]) -> None:
    """A shared case goes with everything in it; a granted person without their confidential addresses."""
    found = access.scopes_of(kind, values, lambda k, i: KNOWN.get((k, i)), lambda _kind, _id: True)

    assert found == scopes


def test_what_decides_a_place_is_named() -> None:
    """The server looks up what these name, and nothing else, before it says where a record belongs."""
    conflict = {**ABOUT_NOTHING, "person_id": "p", "record_kind": "address", "record_id": "h"}

    assert access.decided_by("participant", {"case_id": "c", "person_id": "p"}) == {("case", "c")}
    assert access.decided_by("conflict", conflict) == {("person", "p"), ("address", "h")}
    assert access.decided_by("held_work", {**HELD, "record_kind": "of a newer version"}) == frozenset()


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_every_kind_has_a_place(kind: str) -> None:
    """A new kind of record without a scope would reach nobody."""
    assert _scopes(kind, id="x", case_id="c", person_id="p", team_id="t1", restricted_team_id="") is not None


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({}, {"staff", "residents", "user:u1", "team:t1"}),
        ({"team_ids": ("t1", "t3")}, {"staff", "residents", "user:u1", "team:t1", "team:t3"}),
        ({"confidential": True}, {"staff", "residents", "user:u1", "team:t1", "confidential", "confidential:t1"}),
        (
            {"role": StaffRole.SUPERVISOR},
            {"staff", "residents", "user:u1", "team:t1", "team:unassigned", "confidential", "confidential:t1"},
        ),
        ({"role": StaffRole.ADMINISTRATOR, "team_id": "", "confidential": True}, {"staff", "user:u1"}),
        ({"role": StaffRole.ADMINISTRATOR, "team_id": ""}, {"staff", "user:u1"}),
        ({"active": False}, set()),
    ],
)
def test_the_scopes_of_an_officer(changes: dict[str, Any], scopes: set[str]) -> None:
    """Least privilege: an administrator of accounts sees no residents, one who left sees nothing."""
    assert access.scopes_for(replace(RUTH, **changes)) == scopes


def test_an_officer_may_change_what_they_see_or_opened_and_nothing_else() -> None:
    """Sight of the record as it stands decides, or having taken it down."""
    assert access.may_write(RUTH, "case", now_in=frozenset({"team:t1"})) == ""
    assert access.may_write(RUTH, "case", now_in=frozenset({"team:t2"})) != ""
    assert access.may_write(RUTH, "case", now_in=frozenset({"team:t2"}), opened_by="u1") == ""
    assert access.may_write(replace(RUTH, active=False), "case", now_in=frozenset({"team:t1"}), opened_by="u1") != ""


def test_only_administrators_change_staff() -> None:
    """Nobody gives themselves a team."""
    boss = replace(RUTH, role=StaffRole.ADMINISTRATOR)

    assert access.may_write(RUTH, "user", now_in=frozenset({"staff"})) != ""
    assert access.may_write(boss, "user", now_in=frozenset({"staff"})) == ""


def test_adding() -> None:
    """Cases and safety may be added for anyone; notes only where one sees the case."""
    elsewhere = frozenset({"team:t2"})

    assert access.may_create(RUTH, "case", will_be_in=elsewhere, parent_in=None) == ""
    assert access.may_create(RUTH, "flag", will_be_in=elsewhere, parent_in=elsewhere) == ""
    assert access.may_create(RUTH, "note", will_be_in=elsewhere, parent_in=elsewhere) != ""
    assert access.may_create(RUTH, "note", will_be_in=elsewhere, parent_in=elsewhere, opened_by="u1") == ""
    gone = replace(RUTH, active=False)
    assert access.may_create(gone, "flag", will_be_in=elsewhere, parent_in=elsewhere) != ""


def test_what_is_only_shared_may_be_worked_on_but_not_passed_on() -> None:
    """A share ends: nobody makes it last by sharing further or by moving the case to a team of their own."""
    here: dict[str, Any] = {"now_in": frozenset({"team:t2", "case:c"}), "opened": frozenset({"case:c"})}
    parent = frozenset({"team:t2", "case:c"})

    assert access.may_write(RUTH, "task", **here) == ""
    assert access.may_write(RUTH, "case", **here, changes={"stage"}) == ""
    assert access.may_write(RUTH, "case", **here, changes={"team_id", "stage"}) != ""
    assert access.may_write(RUTH, "case_share", **here, changes={"until"}) != ""
    assert access.may_create(RUTH, "note", will_be_in=parent, parent_in=parent, opened=frozenset({"case:c"})) == ""
    assert (
        access.may_create(RUTH, "case_share", will_be_in=parent, parent_in=parent, opened=frozenset({"case:c"})) != ""
    )


def test_the_same_is_said_of_what_is_hidden_and_of_what_is_not_there() -> None:
    """Words that differ would tell that a record exists."""
    elsewhere = frozenset({"team:t2"})

    assert access.may_write(RUTH, "case", now_in=elsewhere) == access.NOT_HERE
    assert access.may_create(RUTH, "note", will_be_in=elsewhere, parent_in=elsewhere) == access.NOT_HERE


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({"state": "open", "until": None}, True),
        ({"state": "open", "until": "2026-12-17"}, True),
        ({"state": "open", "until": "2026-12-16"}, False),
        ({"state": "ended", "until": None}, False),
    ],
)
def test_a_share_holds_to_the_end_of_its_last_day(values: dict[str, Any], holds: bool) -> None:
    """An ended or run-out share opens nothing."""
    assert access.is_in_force(values, date(2026, 12, 17)) is holds


def test_what_happened_or_protects_is_never_taken_away() -> None:
    """Only what was entered by mistake may go."""
    kept = {kind for kind in BY_KIND if access.may_remove(kind)}

    assert {k for k, record in BY_KIND.items() if record.append_only} <= kept
    assert {"flag", "safe_contact_rule", "letter", "clock", "case_share", "consent_grant", "conflict", "user"} <= kept
    assert not {"contact_point", "address", "task", "participant"} & kept
