"""Who may see what, and who may change it: the scopes of a record, the scopes of an officer.

A scope is a name: `staff` (the council, its teams and officers), `residents` (people and what hangs on them),
`team:<id>` (a team's cases and everything in them), `user:<id>` (one officer's own). A person kept for one team only
is in that team's scope and not in `residents`. The server decides by these rules at every pull and push; the laptop
uses them only to show what cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from almoner.records import BY_KIND, User
from almoner.records.derive import fields_of
from almoner.records.staff import StaffRole
from almoner.records.wire import Plain

Values = Mapping[str, Plain]
Lookup = Callable[[str, str], Values | None]
"""Finds the values of a record by kind and id, or None when it is not known."""

STAFF = "staff"
RESIDENTS = "residents"
UNASSIGNED = "team:unassigned"
"""Cases of no team: supervisors see them, and whoever opened them."""

STAFF_KINDS = frozenset({"council", "team", "user"})
PARENT_FIELDS = {"case_id": "case", "person_id": "person"}
"""The fields that name a record's parent, the decisive one first."""

SAFETY_KINDS = frozenset({"flag", "safe_contact_rule"})
"""What protects a person: anyone who works with residents may add it, whoever the person is kept for."""

CLOSED_KINDS = frozenset({"answer", "participant", "clock", "task"})
"""What is not changed in a closed case by somebody who had not seen that it was closed."""


def team_scope(team_id: str) -> str:
    """The scope of a team's cases."""
    return f"team:{team_id}" if team_id else UNASSIGNED


def user_scope(user_id: str) -> str:
    """The scope of one officer's own items."""
    return f"user:{user_id}"


def parent_of(kind: str, values: Values) -> tuple[str, str] | None:
    """Kind and id of the record whose scopes this one follows; None when it stands for itself.

    A record of a case follows the case, also when it names a person; one of a person alone follows the person.
    """
    record = BY_KIND[kind]
    names = {field.name for field in fields_of(record)}
    for name, parent in PARENT_FIELDS.items():
        value = values.get(name)
        if name in names and kind != parent and isinstance(value, str) and value:
            return parent, value
    return None


def scopes_of(kind: str, values: Values, parent: Lookup) -> frozenset[str] | None:
    """The scopes a record belongs to; None when the record it hangs on is not known."""
    if kind in STAFF_KINDS:
        return frozenset({STAFF})
    if kind == "case":
        return _scopes_of_case(values)
    if kind == "person":
        return _scopes_of_person(values)
    above = parent_of(kind, values)
    if above is None:
        return frozenset({STAFF}) if kind == "conflict" else None
    found = parent(*above)
    return None if found is None else scopes_of(above[0], found, parent)


def _scopes_of_case(values: Values) -> frozenset[str]:
    team = str(values.get("team_id") or "")
    opener = str(values.get("opened_by") or "")
    return frozenset({team_scope(team)}) if team else frozenset({UNASSIGNED, user_scope(opener)})


def _scopes_of_person(values: Values) -> frozenset[str]:
    team = str(values.get("restricted_team_id") or "")
    return frozenset({team_scope(team)}) if team else frozenset({RESIDENTS})


def scopes_for(user: User) -> frozenset[str]:
    """The scopes an officer may hold now: none once they have left; residents and cases only with a team."""
    if not user.active:
        return frozenset()
    teams = {team for team in (user.team_id, *user.team_ids) if team}
    scopes = {STAFF, user_scope(user.id), *(team_scope(team) for team in teams)}
    if teams or user.role is not StaffRole.ADMINISTRATOR:
        scopes.add(RESIDENTS)
    if user.role is StaffRole.SUPERVISOR:
        scopes.add(UNASSIGNED)
    return frozenset(scopes)


def may_write(user: User, kind: str, *, now_in: frozenset[str], opened_by: str = "") -> str:
    """Why an officer may not save a change to a record, in words for them; empty when they may.

    `now_in` are the scopes the record is in before the change. A case may be given to any team, and a person be kept
    for any team: what counts is that the officer may see the record as it stands, or opened the case it belongs to
    (`opened_by`), so that what was taken down for another team arrives whole.
    """
    if not user.active:
        return "This account is closed."
    if kind in STAFF_KINDS:
        return "" if user.role is StaffRole.ADMINISTRATOR else "Only an administrator may change teams and officers."
    if opened_by == user.id or now_in & scopes_for(user):
        return ""
    return "This belongs to a team you are not in."


def may_create(
    user: User, kind: str, *, will_be_in: frozenset[str], parent_in: frozenset[str] | None, opened_by: str = ""
) -> str:
    """Why an officer may not add a record, in words for them; empty when they may.

    A case or person may be added for any team; what hangs on another record needs sight of that one (`parent_in`).
    A warning or a safe contact rule protects somebody, so anyone who works with residents may add one.
    """
    if kind in ("case", "person", *SAFETY_KINDS) and user.active:
        return "" if RESIDENTS in scopes_for(user) else "This account may not add cases or residents."
    return may_write(user, kind, now_in=will_be_in if parent_in is None else parent_in, opened_by=opened_by)
