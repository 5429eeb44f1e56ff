"""What a letter needs to know: to whom, where, and the words for its blanks, looked up on the case."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from almoner.casework.clocks import line_of, running
from almoner.casework.ports import Desk
from almoner.paper.templates import LetterTemplate
from almoner.records import (
    Address,
    Case,
    Clock,
    HouseholdMembership,
    Participant,
    Person,
    SafeContactRule,
    Team,
    User,
)
from almoner.records.cases import Role
from almoner.records.people import AddressKind
from almoner.records.trouble import Trouble
from almoner.rules.clocks import due, parse_rule, stored_due
from almoner.rules.safety import may_post_to
from almoner.rules.words import full_date, in_uk, uk_date, uk_time
from almoner.store.writing import Reading

COLLECT_LINE = "To be collected at the office"
MOST_NAMED = 100
_ORDER = (AddressKind.CORRESPONDENCE, AddressKind.CARE_OF, AddressKind.HOME, AddressKind.TEMPORARY)


@dataclass(frozen=True, slots=True)
class Known:
    """One person with what decides how they may be written to."""

    person: Person
    rules: tuple[SafeContactRule, ...]
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a case that its letters use. `others` are the people a letter must not give away."""

    case: Case
    service: str
    team: str
    officer: User
    clocks: tuple[Clock, ...]
    addressee: Known | None
    others: tuple[Known, ...]


def letter_facts(reading: Reading, desk: Desk, case_id: str, person_id: str = "") -> Facts:
    """Gather the facts of a case. The addressee is the person named, else the subject, else the reporter."""
    case = reading.get(Case, case_id)
    parts = reading.all_of(Participant, case_id=case.id)
    wanted = person_id or _addressee_id(parts)
    around = {part.person_id for part in parts} | ({wanted} if wanted else set())
    for each in tuple(around):
        around |= _household(reading, each)
    known = {each: _known(reading, each) for each in sorted(around)[:MOST_NAMED]}
    team = reading.find(Team, case.team_id)
    return Facts(
        case=case,
        service=line_of(desk, case).title,
        team=team.name if team else "",
        officer=(reading.find(User, case.owner_id) if case.owner_id else None) or desk.me,
        clocks=reading.all_of(Clock, case_id=case.id),
        addressee=known.get(wanted),
        others=tuple(each for key, each in known.items() if each and key != wanted),
    )


def address_for(known: Known, now: datetime, address_id: str = "") -> Address | None:
    """Give the address named, else the best one that post may go to: correspondence first, then home."""
    if address_id:
        chosen = [address for address in known.addresses if address.id == address_id]
        if not chosen:
            raise Trouble(
                "This address is not here, or is not the person's.",
                "Choose another; if it has become confidential, ask a supervisor to write.",
            )
        return chosen[0]
    usable = [a for a in known.addresses if may_post_to(known.person, known.rules, a, now).allowed]
    ranked = sorted(usable, key=lambda a: (_ORDER.index(a.purpose), -(a.since.toordinal() if a.since else 0), a.id))
    return ranked[0] if ranked else None


def recipient_lines(desk: Desk, known: Known | None, address: Address | None, *, collect: bool) -> tuple[str, ...]:
    """Give the lines for the window: the name and address, or for collection the office itself."""
    name = known.person.full_name if known else ""
    if collect or address is None:
        return (name, COLLECT_LINE, *desk.council.letter_lines) if collect else (name,)
    lines = (name, address.line_1, address.line_2, address.line_3, address.town, address.postcode)
    return tuple(line for line in lines if line.strip())


def blank_values(
    template: LetterTemplate, facts: Facts, desk: Desk, now: datetime, typed: Mapping[str, str]
) -> dict[str, str]:
    """Give the words for the blanks of a letter, by the blank's name; what was typed comes first."""
    about = council_words(desk.resources)
    found = {
        "case.kind": facts.service,
        "case.place": facts.case.place,
        "case.reference": facts.case.reference,
        "case.reported_on": full_date(uk_date(facts.case.aware_at)),
        "case.summary": facts.case.summary,
        "council.complaints": about.get("complaints", ""),
        "council.email": desk.council.email,
        "council.name": desk.council.name,
        "council.opening_hours": about.get("opening_hours", ""),
        "council.phone": desk.council.phone,
        "council.service": facts.team or facts.service,
        "officer.name": facts.officer.full_name,
        "officer.job_title": facts.officer.job_title,
        "person.name": facts.addressee.person.full_name if facts.addressee else "",
        "person.salutation": _salutation(facts.addressee),
        **_clock_words(running(facts.clocks), desk),
    }
    values = {blank.name: found.get(blank.source, "") for blank in template.blanks}
    return values | {name: words for name, words in typed.items() if words.strip() and name in values}


def council_words(resources: Path) -> dict[str, str]:
    """Read what letters say about the council: opening hours, how to complain. Raises Trouble for a broken file."""
    file = resources / "council.toml"
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Trouble("What letters say about the council cannot be read.", "Correct this file.", file.name) from error
    return {name: words for name, words in read.items() if isinstance(words, str)}


def _clock_words(clocks: Sequence[Clock], desk: Desk) -> dict[str, str]:
    """Say the soonest promise to the person, and what its date depends on."""
    if not clocks:
        return {
            "clock.promise": "We will tell you what happens next.",
            "clock.depends_on": "No date is set by law for this kind of report.",
            "clock.due_on": "",
        }
    clock = clocks[0]
    promised = stored_due(clock.rule, clock.due_on, clock.due_at)
    by = full_date(promised.on) if promised.at is None else f"{uk_time(promised.at)} on {full_date(promised.on)}"
    what = clock.title.split(" (")[0]
    words = f"{what}: {by}." if ":" in what else f"We will {what[:1].lower()}{what[1:]} by {by}."
    return {"clock.promise": words, "clock.depends_on": _depends(clock, desk), "clock.due_on": by}


def _depends(clock: Clock, desk: Desk) -> str:
    rule = parse_rule(clock.rule)
    counted = due(rule, clock.starts_at, desk.calendars)
    start = full_date(in_uk(clock.starts_at).date())
    if counted.at and not rule.calendar:
        return f"That is {rule.length} after we knew, on {start} at {uk_time(clock.starts_at)}."
    days = [full_date(day).split(" ", 1)[1].rsplit(" ", 1)[0] for day, _ in counted.not_counted]
    if not days:
        return f"That is {rule.length} after {start}."
    verb = "are bank holidays and do" if len(days) > 1 else "is a bank holiday and does"
    listed = f"{', '.join(days[:-1])} and {days[-1]}" if len(days) > 1 else days[0]
    return f"That is {rule.length} after {start}; {listed} {verb} not count."


def _salutation(known: Known | None) -> str:
    return (known.person.known_as or known.person.full_name) if known else ""


def _addressee_id(parts: Iterable[Participant]) -> str:
    by_role = {part.role: part.person_id for part in reversed(list(parts)) if part.until is None}
    return by_role.get(Role.SUBJECT) or by_role.get(Role.REPORTER) or ""


def _household(reading: Reading, person_id: str) -> set[str]:
    found: set[str] = set()
    for mine in reading.all_of(HouseholdMembership, person_id=person_id, limit=20):
        members = reading.all_of(HouseholdMembership, household_id=mine.household_id, limit=MOST_NAMED)
        found |= {member.person_id for member in members}
    return found


def _known(reading: Reading, person_id: str) -> Known | None:
    person = reading.find(Person, person_id)
    if person is None:
        return None
    return Known(
        person,
        reading.all_of(SafeContactRule, person_id=person_id),
        reading.all_of(Address, person_id=person_id),
    )
