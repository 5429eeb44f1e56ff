"""Who may see what, and who may change it: the scopes of a record, the scopes of an officer.

A scope is a name: `staff` (the council, its teams and officers), `residents` (people and what hangs on them),
`team:<id>` (a team's cases and everything in them), `user:<id>` (one officer's own). A person kept for one team only
is in that team's scope and not in `residents`. A case that was ever shared is in `case:<id>` too, with all in it; a
person for whom consent was ever recorded is in `person:<id>` too. Confidential addresses are in `confidential` alone
(`confidential:<team>` for a person kept for one team). The server decides by these rules at every pull and push; the
laptop uses them only to show what cannot be done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import cache

from almoner.records import BY_KIND, User
from almoner.records.derive import fields_of
from almoner.records.sharing import SharingState
from almoner.records.staff import StaffRole
from almoner.records.wire import Plain

Values = Mapping[str, Plain]
Key = tuple[str, str]
"""Kind and id of a record."""
Lookup = Callable[[str, str], Values | None]
"""Finds the values of a record by kind and id, or None when it is not known."""
Shared = Callable[[str, str], bool]
"""Says of a case or a person, by kind and id, whether it was ever shared with somebody."""

STAFF = "staff"
RESIDENTS = "residents"
CONFIDENTIAL = "confidential"
"""Confidential addresses, and what disputes them."""
UNASSIGNED = "team:unassigned"
"""Cases of no team and work that belongs nowhere: supervisors see them, and whoever opened them."""

STAFF_KINDS = frozenset({"council", "team", "user"})
PARENT_FIELDS = {"case_id": "case", "person_id": "person"}
"""The fields that name a record's parent, the decisive one first."""

SAFETY_KINDS = frozenset({"flag", "safe_contact_rule"})
"""What protects a person: anyone who works with residents may add it, whoever the person is kept for."""

CLOSED_KINDS = frozenset({"answer", "participant", "clock", "task"})
"""What is not changed in a closed case by somebody who had not seen that it was closed."""

SERVER_KINDS = frozenset({"conflict", "held_work"})
"""What only the server opens: each is about another record, which `record_kind` and `record_id` name."""

SHARING = {"case_share": "case", "consent_grant": "person"}
"""What opens a case or a person to others, and which of the two."""

GIVES_ACCESS = {"case": frozenset({"team_id"}), "person": frozenset({"restricted_team_id"})}
"""The fields that decide who sees a record: whoever sees it only by a share may not change them."""

REMOVABLE = frozenset(
    {"person", "contact_point", "address", "household_membership", "case", "participant", "task", "attachment"}
)
"""What may be taken away when it was entered by mistake and nothing else names it. All else is kept for good: what
happened, what protects, what was promised, decided or shared is ended, never removed."""

NOT_HERE = "This is not here for you: it may belong to another team now, or it may never have arrived."
"""Said alike of what an officer may not see and of what does not exist, so that nobody learns which."""


def nobody(kind: str, record_id: str) -> bool:
    """Says of every case and person that it was never shared."""
    return False


def team_scope(team_id: str) -> str:
    """The scope of a team's cases."""
    return f"team:{team_id}" if team_id else UNASSIGNED


def user_scope(user_id: str) -> str:
    """The scope of one officer's own items."""
    return f"user:{user_id}"


def shared_scope(kind: str, record_id: str) -> str:
    """The scope of one case or person, for those it is shared with."""
    assert kind in SHARING.values(), f"a {kind} is not shared by itself"
    return f"{kind}:{record_id}"


def confidential_scope(team_id: str) -> str:
    """The scope of the confidential addresses of people kept for a team, or of everybody else."""
    return f"{CONFIDENTIAL}:{team_id}" if team_id else CONFIDENTIAL


def parent_of(kind: str, values: Values) -> Key | None:
    """Kind and id of the record whose scopes this one follows; None when it stands for itself.

    A record of a case follows the case, also when it names a person; one of a person alone follows the person.
    """
    for name, parent in _parent_fields(kind):
        value = values.get(name)
        if isinstance(value, str) and value:
            return parent, value
    return None


@cache
def _parent_fields(kind: str) -> tuple[tuple[str, str], ...]:
    names = {field.name for field in fields_of(BY_KIND[kind])}
    return tuple((name, parent) for name, parent in PARENT_FIELDS.items() if name in names and kind != parent)


def decided_by(kind: str, values: Values) -> frozenset[Key]:
    """The records that decide this one's scopes; `scopes_of` asks for these and for those that decide them."""
    above = parent_of(kind, values)
    found = frozenset() if above is None else frozenset({above})
    about, record_id = values.get("record_kind"), values.get("record_id")
    if kind in SERVER_KINDS and isinstance(about, str) and about in BY_KIND and isinstance(record_id, str):
        return found | {(about, record_id)}
    return found


def shared_by(kind: str, values: Values) -> Key | None:
    """The case or person that this record opens to others; None when it is no share and no consent."""
    return None if kind not in SHARING else parent_of(kind, values)


def scopes_of(kind: str, values: Values, parent: Lookup, shared: Shared = nobody) -> frozenset[str] | None:
    """The scopes a record belongs to; None when the record it hangs on is not known."""
    if kind in STAFF_KINDS:
        return frozenset({STAFF})
    if kind == "case":
        return _scopes_of_case(values) | _when_shared(kind, values, shared)
    if kind == "person":
        return _scopes_of_person(values) | _when_shared(kind, values, shared)
    if kind == "held_work":
        return _scopes_of_held_work(values, parent, shared)
    above = parent_of(kind, values)
    if above is None:
        return frozenset({STAFF}) if kind == "conflict" else None
    found = parent(*above)
    if found is None:
        return frozenset({UNASSIGNED}) if kind == "conflict" else None
    if _tells_a_hidden_address(kind, values, parent):
        return frozenset({confidential_scope(str(found.get("restricted_team_id") or ""))})
    return scopes_of(above[0], found, parent, shared)


def _scopes_of_case(values: Values) -> frozenset[str]:
    team = str(values.get("team_id") or "")
    opener = str(values.get("opened_by") or "")
    return frozenset({team_scope(team)}) if team else frozenset({UNASSIGNED, user_scope(opener)})


def _scopes_of_person(values: Values) -> frozenset[str]:
    team = str(values.get("restricted_team_id") or "")
    return frozenset({team_scope(team)}) if team else frozenset({RESIDENTS})


def _when_shared(kind: str, values: Values, shared: Shared) -> frozenset[str]:
    record_id = str(values.get("id") or "")
    return frozenset({shared_scope(kind, record_id)}) if shared(kind, record_id) else frozenset()


def _tells_a_hidden_address(kind: str, values: Values, parent: Lookup) -> bool:
    """Whether a record is a confidential address, or says what one is."""
    if kind == "address":
        return bool(values.get("confidential"))
    if kind != "conflict" or values.get("record_kind") != "address":
        return False
    about = parent("address", str(values.get("record_id")))
    return about is None or bool(about.get("confidential"))


def _scopes_of_held_work(values: Values, parent: Lookup, shared: Shared) -> frozenset[str]:
    """The author's own and that of whoever is asked to take it, and where the record it is about is, or would be."""
    named = (str(values.get(name) or "") for name in ("author", "sent_on_to"))
    return frozenset(user_scope(user) for user in named if user) | _place_of_held_work(values, parent, shared)


def _place_of_held_work(values: Values, parent: Lookup, shared: Shared) -> frozenset[str]:
    kind, record_id = str(values.get("record_kind")), str(values.get("record_id"))
    about = parent(kind, record_id) if kind in BY_KIND else None
    known: Values = about or {}
    case_id = str(values.get("case_id") or (record_id if kind == "case" else known.get("case_id")) or "")
    if case_id:
        case = parent("case", case_id)
        return frozenset({UNASSIGNED}) if case is None else scopes_of("case", case, parent, shared) or frozenset()
    person_id = str(values.get("person_id") or (record_id if kind == "person" else known.get("person_id")) or "")
    person = parent("person", person_id) if person_id else None
    team = str((person or {}).get("restricted_team_id") or "")
    if kind == "address" and (about is None or about.get("confidential") or _would_hide(values)):
        return frozenset({confidential_scope(team)})
    return frozenset({team_scope(team)})


def _would_hide(values: Values) -> bool:
    """Whether a save of an address that is held would have made it confidential."""
    try:
        body = json.loads(str(values.get("body")))
    except ValueError:
        return True
    said = body.get("values", {}) if isinstance(body, dict) else {}
    return not isinstance(said, dict) or bool(said.get("confidential"))


def scopes_for(user: User, opened: Iterable[str] = ()) -> frozenset[str]:
    """The scopes an officer may hold now: none once they have left; residents and cases only with a team.

    `opened` are the scopes of cases and people that are shared with them or with a team of theirs today.
    """
    if not user.active:
        return frozenset()
    teams = teams_of(user)
    scopes = {STAFF, user_scope(user.id), *(team_scope(team) for team in teams)}
    if teams or user.role is not StaffRole.ADMINISTRATOR:
        scopes.add(RESIDENTS)
        if may_see_confidential(user):
            scopes |= {CONFIDENTIAL, *(confidential_scope(team) for team in teams)}
    if user.role is StaffRole.SUPERVISOR:
        scopes.add(UNASSIGNED)
    return frozenset(scopes | set(opened))


def teams_of(user: User) -> frozenset[str]:
    """The teams whose cases an officer sees."""
    return frozenset(team for team in (user.team_id, *user.team_ids) if team)


def may_see_confidential(user: User) -> bool:
    """Whether an officer may hold confidential addresses: supervisors, and whoever is given the right."""
    return user.active and (user.confidential or user.role is StaffRole.SUPERVISOR)


def is_in_force(values: Values, today: date) -> bool:
    """Whether a share or consent opens anything on a day of Europe/London; `until` is the last day of it."""
    until = values.get("until")
    return values.get("state") == SharingState.OPEN.value and (not until or str(until) >= today.isoformat())


def may_write(
    user: User,
    kind: str,
    *,
    now_in: frozenset[str],
    opened_by: str = "",
    opened: frozenset[str] = frozenset(),
    changes: Collection[str] = (),
) -> str:
    """Why an officer may not save a change to a record, in words for them; empty when they may.

    `now_in` are the scopes the record is in before the change, `changes` the fields. A case may be given to any team,
    and a person be kept for any team: what counts is that the officer may see the record as it stands, or opened the
    case it belongs to (`opened_by`), so that what was taken down for another team arrives whole. What is only shared
    with them (`opened`) they may work on, but not share further nor take over.
    """
    if not user.active:
        return "This account or this device may not be used any more."
    if kind in STAFF_KINDS:
        return "" if user.role is StaffRole.ADMINISTRATOR else "Only an administrator may change teams and officers."
    own = opened_by == user.id or bool(now_in & scopes_for(user))
    if own:
        return ""
    if not now_in & opened:
        return NOT_HERE
    if kind in SHARING or GIVES_ACCESS.get(kind, frozenset()) & set(changes):
        return "This is shared with you: only the team it belongs to decides who sees it."
    return ""


def may_create(
    user: User,
    kind: str,
    *,
    will_be_in: frozenset[str],
    parent_in: frozenset[str] | None,
    opened_by: str = "",
    opened: frozenset[str] = frozenset(),
) -> str:
    """Why an officer may not add a record, in words for them; empty when they may.

    A case or person may be added for any team; what hangs on another record needs sight of that one (`parent_in`).
    A warning or a safe contact rule protects somebody, so anyone who works with residents may add one.
    """
    if kind in ("case", "person", *SAFETY_KINDS) and user.active:
        return "" if RESIDENTS in scopes_for(user) else "This account may not add cases or residents."
    now_in = will_be_in if parent_in is None else parent_in
    return may_write(user, kind, now_in=now_in, opened_by=opened_by, opened=opened)


def may_remove(kind: str) -> str:
    """Why a kind of record is never taken away, in words; empty when one entered by mistake may be."""
    return "" if kind in REMOVABLE else "This is kept for good. What no longer holds is ended or corrected."
