"""One case, and one person, with everything their page shows: read in one go, as frozen values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, select, text

from almoner.records import (
    Address,
    Answer,
    Attachment,
    Case,
    Clock,
    Conflict,
    ContactPoint,
    Flag,
    HouseholdMembership,
    Letter,
    Participant,
    Person,
    SafeContactRule,
    Task,
    Team,
    User,
)
from almoner.records.derive import R
from almoner.store.list_rows import as_json
from almoner.store.lists import CaseRow, case_rows
from almoner.store.reading import MOST_ROWS, Reading
from almoner.store.rows import record_of
from almoner.store.tables import local_table


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """A person with all that must be known before anyone writes, rings or calls. Current addresses come first."""

    person: Person
    addresses: tuple[Address, ...]
    contact_points: tuple[ContactPoint, ...]
    safe_contact: tuple[SafeContactRule, ...]
    flags: tuple[Flag, ...]

    @property
    def current_address(self) -> Address | None:
        """Where the person lives now, as far as we know: home before other kinds, latest first."""
        return next((address for address in self.addresses if address.until is None), None)


@dataclass(frozen=True, slots=True)
class Party:
    """A person's part in a case."""

    participant: Participant
    details: PersonDetails


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its page shows it. `names` are those of every officer it names, by id.

    `safe_contact` and `flags` are those of everyone in the case that are not ended; `unsent` counts saves
    that are not at the server.
    """

    case: Case
    clocks: tuple[Clock, ...]
    parties: tuple[Party, ...]
    tasks: tuple[Task, ...]
    letters: tuple[Letter, ...]
    attachments: tuple[Attachment, ...]
    answers: tuple[Answer, ...]
    conflicts: tuple[Conflict, ...]
    owner: User | None
    team: Team | None
    names: Mapping[str, str]
    unsent: int

    @property
    def subject(self) -> PersonDetails | None:
        """Whom the case is about."""
        return next((party.details for party in self.parties if party.participant.role == "subject"), None)

    @property
    def safe_contact(self) -> tuple[SafeContactRule, ...]:
        """Safe-contact rules of everyone in the case that nobody has ended."""
        people = _once(self.parties)
        return tuple(rule for details in people for rule in details.safe_contact if rule.ended_on is None)

    @property
    def flags(self) -> tuple[Flag, ...]:
        """Warnings about everyone in the case that nobody has ended."""
        return tuple(flag for details in _once(self.parties) for flag in details.flags if flag.ended_on is None)

    @property
    def next_clock(self) -> Clock | None:
        """The clock that asks for something first."""
        return next((clock for clock in self.clocks if clock.state in ("running", "missed")), None)


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """Someone who shares a household with the person shown."""

    membership: HouseholdMembership
    person: Person


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as their page shows them: household, and the latest 500 cases they have any part in."""

    details: PersonDetails
    memberships: tuple[HouseholdMembership, ...]
    household: tuple[HouseholdMember, ...]
    cases: tuple[CaseRow, ...]
    roles: Mapping[str, tuple[str, ...]]
    restricted_team: Team | None
    names: Mapping[str, str]
    unsent: int

    @property
    def person(self) -> Person:
        """The person."""
        return self.details.person


def case_view(reading: Reading, case_id: str) -> CaseView:
    """Everything a case's page shows. Raises Trouble when the case is not on this device."""
    case = reading.get(Case, case_id)
    participants = _of(reading, Participant, "case_id", [case_id])
    details = person_details(reading, [each.person_id for each in participants])
    parties = tuple(Party(each, details[each.person_id]) for each in participants if each.person_id in details)
    clocks = _of(reading, Clock, "case_id", [case_id])
    tasks = _of(reading, Task, "case_id", [case_id])
    letters = _of(reading, Letter, "case_id", [case_id])
    attachments = _of(reading, Attachment, "case_id", [case_id])
    officers = {case.owner_id, case.opened_by, *(task.owner_id for task in tasks), *(task.created_by for task in tasks)}
    officers |= {task.done_by for task in tasks} | {each.author_id for each in letters}
    officers |= {each.author_id for each in attachments}
    officers |= {flag.agreed_by for each in details.values() for flag in each.flags}
    return CaseView(
        case=case,
        clocks=tuple(
            sorted(clocks, key=lambda clock: (clock.state not in ("running", "missed"), clock.due_at, clock.id))
        ),
        parties=tuple(sorted(parties, key=lambda party: (_ROLES.index(party.participant.role), party.participant.id))),
        tasks=tuple(sorted(tasks, key=_task_order)),
        letters=tuple(sorted(letters, key=lambda letter: (letter.recorded_at, letter.id), reverse=True)),
        attachments=tuple(sorted(attachments, key=lambda each: (each.recorded_at, each.id), reverse=True)),
        answers=tuple(sorted(_of(reading, Answer, "case_id", [case_id]), key=lambda answer: answer.question)),
        conflicts=tuple(c for c in _of(reading, Conflict, "case_id", [case_id]) if c.settled_at is None),
        owner=reading.find(User, case.owner_id) if case.owner_id else None,
        team=reading.find(Team, case.team_id) if case.team_id else None,
        names=officer_names(reading, officers),
        unsent=unsent_lines(reading, case_id),
    )


def person_view(reading: Reading, person_id: str) -> PersonView:
    """Everything a person's page shows. Raises Trouble when the person is not on this device."""
    reading.get(Person, person_id)
    details = person_details(reading, [person_id])[person_id]
    memberships = _of(reading, HouseholdMembership, "person_id", [person_id])
    participants = _of(reading, Participant, "person_id", [person_id])
    roles: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for each in participants:
        roles[each.case_id] = (*roles[each.case_id], each.role.value)
    team_id = details.person.restricted_team_id
    return PersonView(
        details=details,
        memberships=memberships,
        household=_household(reading, person_id, memberships),
        cases=case_rows(reading, list(roles)),
        roles=dict(roles),
        restricted_team=reading.find(Team, team_id) if team_id else None,
        names=officer_names(reading, {flag.agreed_by for flag in details.flags}),
        unsent=_unsent_of_person(reading, details),
    )


_ROLES = ("subject", "reporter", "representative", "household", "professional")


def _task_order(task: Task) -> tuple[bool, str, str]:
    """To do before done; by the day wanted."""
    return task.done_at is not None, task.do_by.isoformat() if task.do_by else "9999", task.id


def _once(parties: Iterable[Party]) -> tuple[PersonDetails, ...]:
    return tuple({party.details.person.id: party.details for party in parties}.values())


def person_details(reading: Reading, persons: Sequence[str]) -> dict[str, PersonDetails]:
    """Those of the people who are on this device, by id, with addresses, contact points, rules and warnings."""
    wanted = list(dict.fromkeys(persons))[:MOST_ROWS]
    people = reading.find_many(Person, wanted)
    ids = list(people)
    addresses = _by_person(_of(reading, Address, "person_id", ids))
    points = _by_person(_of(reading, ContactPoint, "person_id", ids))
    rules = _by_person(_of(reading, SafeContactRule, "person_id", ids))
    flags = _by_person(_of(reading, Flag, "person_id", ids))
    return {
        id: PersonDetails(
            person=person,
            addresses=tuple(sorted(addresses[id], key=_address_order)),
            contact_points=tuple(sorted(points[id], key=lambda point: (point.ended_on is not None, point.id))),
            safe_contact=tuple(sorted(rules[id], key=lambda rule: (rule.ended_on is not None, rule.id))),
            flags=tuple(sorted(flags[id], key=lambda flag: (flag.ended_on is not None, flag.id))),
        )
        for id, person in people.items()
    }


def _address_order(address: Address) -> tuple[bool, bool, int, str]:
    since = -address.since.toordinal() if address.since else 0
    return address.until is not None, address.purpose != "home", since, address.id


def _by_person(records: Iterable[R]) -> defaultdict[str, list[R]]:
    found: defaultdict[str, list[R]] = defaultdict(list)
    for record in records:
        found[str(getattr(record, "person_id"))].append(record)  # noqa: B009 - a Record need not have a person
    return found


def _of(reading: Reading, cls: type[R], field: str, ids: Sequence[str]) -> tuple[R, ...]:
    """Up to 500 records whose field is one of these ids, oldest first."""
    if not ids:
        return ()
    rows = reading.connection.execute(_select_by(local_table(cls), field), {"ids": list(ids)}).mappings()
    return tuple(record_of(cls, row) for row in rows)


@cache
def _select_by(table: Table, field: str) -> Select[Any]:
    """Rows whose field is one of `ids`; made once, since making a statement costs more than running it."""
    chosen = table.c[field].in_(bindparam("ids", expanding=True))
    return select(table).where(chosen).order_by(table.c.id).limit(MOST_ROWS)


def _household(
    reading: Reading, person_id: str, memberships: Sequence[HouseholdMembership]
) -> tuple[HouseholdMember, ...]:
    """Everyone else in the households this person belongs to now."""
    homes = [each.household_id for each in memberships if each.until is None]
    others = [
        each
        for each in _of(reading, HouseholdMembership, "household_id", homes)
        if each.person_id != person_id and each.until is None
    ]
    people = reading.find_many(Person, list(dict.fromkeys(each.person_id for each in others)))
    return tuple(HouseholdMember(each, people[each.person_id]) for each in others if each.person_id in people)


def officer_names(reading: Reading, ids: Iterable[str]) -> dict[str, str]:
    """Full names of officers by id; those not known on this device are left out."""
    rows = reading.connection.execute(
        text("SELECT id, full_name FROM users WHERE id IN (SELECT value FROM json_each(:ids))"),
        {"ids": as_json(sorted(filter(None, ids)))},
    )
    return {row.id: row.full_name for row in rows}


def unsent_lines(reading: Reading, case_id: str) -> int:
    """How many saves of a case are not safely at the server yet."""
    query = text("SELECT count(*) FROM outbox WHERE case_id = :id")
    return int(reading.connection.execute(query, {"id": case_id}).scalar_one())


def _unsent_of_person(reading: Reading, details: PersonDetails) -> int:
    """How many saves of a person and what belongs to them are not at the server yet."""
    pairs = [("person", details.person.id)]
    for records in (details.addresses, details.contact_points, details.safe_contact, details.flags):
        pairs += [(record.kind, record.id) for record in records]
    return sum(
        int(
            reading.connection.execute(
                text("SELECT count(*) FROM outbox WHERE kind = :kind AND record_id = :id"), {"kind": kind, "id": id}
            ).scalar_one()
        )
        for kind, id in pairs
    )
