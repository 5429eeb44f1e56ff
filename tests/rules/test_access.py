"""Who may see and change what: the scopes of records and of officers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from almoner.records import BY_KIND, User
from almoner.records.staff import StaffRole
from almoner.rules import access

CASE = {"id": "c", "team_id": "t1", "opened_by": "u1"}
OPEN_PERSON: dict[str, Any] = {"id": "p", "restricted_team_id": ""}
KEPT_PERSON: dict[str, Any] = {"id": "q", "restricted_team_id": "t2"}
KNOWN: dict[tuple[str, str], dict[str, Any]] = {
    ("case", "c"): CASE, ("person", "p"): OPEN_PERSON, ("person", "q"): KEPT_PERSON,
}  # fmt: skip
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
    ],
)
def test_the_scopes_of_a_record(kind: str, values: dict[str, Any], scopes: set[str] | None) -> None:
    """Children follow their parent, a case before a person; what hangs on nothing known has no scope."""
    assert _scopes(kind, **values) == (None if scopes is None else frozenset(scopes))


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_every_kind_has_a_place(kind: str) -> None:
    """A new kind of record without a scope would reach nobody."""
    assert _scopes(kind, id="x", case_id="c", person_id="p", team_id="t1", restricted_team_id="") is not None


@pytest.mark.parametrize(
    ("changes", "scopes"),
    [
        ({}, {"staff", "residents", "user:u1", "team:t1"}),
        ({"team_ids": ("t1", "t3")}, {"staff", "residents", "user:u1", "team:t1", "team:t3"}),
        ({"role": StaffRole.SUPERVISOR}, {"staff", "residents", "user:u1", "team:t1", "team:unassigned"}),
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
