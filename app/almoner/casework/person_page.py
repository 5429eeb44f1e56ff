"""One resident as an officer meets them: how they are reached safely, what they need, and every case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from almoner.casework.case_page import MASKED_ADDRESS, Mark, address_words
from almoner.casework.list_marks import CaseMarks, case_marks
from almoner.casework.ports import Desk
from almoner.casework.sharing import SharingLine, may_open, person_consents, why_not_open
from almoner.records import Address, ContactPoint, Flag, HouseholdMembership, SafeContactRule, Team, User
from almoner.records.people import Channel, FlagKind, Format
from almoner.records.staff import StaffRole
from almoner.rules.access import may_see_confidential
from almoner.rules.birth_dates import age_words, birth_words
from almoner.rules.safety import Banner, Decision, banner, flags_in_force, is_barred, may_use, rules_in_force
from almoner.rules.words import plain_date, uk_date
from almoner.store.lists import CaseRow
from almoner.store.reading import Reading
from almoner.store.timeline import PersonView, person_view

CHANNEL_ICONS = {Channel.PHONE: "phone", Channel.TEXT: "message-square", Channel.EMAIL: "mail"}
FLAG_TITLES = {
    FlagKind.RISK_TO_CHILDREN: "Risk to children",
    FlagKind.RISK_TO_ADULTS: "Risk to adults",
    FlagKind.ADULT_AT_RISK: "Adult at risk",
    FlagKind.RISK_TO_STAFF: "Risk to staff",
    FlagKind.DISCLOSURE_RISK: "Do not disclose information",
    FlagKind.RISK_TO_SELF: "Risk to self",
    FlagKind.MISSING_PERSON: "Missing person",
}
_ROLES = {
    "subject": "About them",
    "reporter": "They reported it",
    "representative": "They act for somebody",
    "household": "They live there",
    "professional": "They work on it",
}
HIDDEN_HOMES = "A confidential address would not be shown here: a supervisor can see it, and write to it."
"""Said to officers who may not hold confidential addresses, of everybody, so that it gives nobody away."""
_MOST_OFFICERS = 500


@dataclass(frozen=True, slots=True)
class Reach:
    """A telephone number or e-mail address, and whether it may be used now."""

    point: ContactPoint
    words: str
    icon: str
    may: Decision
    is_over: bool


@dataclass(frozen=True, slots=True)
class Home:
    """An address in words, masked while it is confidential; `full` is said only when asked for."""

    address: Address
    words: str
    full: str
    kind: str
    dates: str
    is_masked: bool
    is_barred: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody who shares the household."""

    membership: HouseholdMembership
    person_id: str
    name: str
    second: str


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning in words."""

    flag: Flag
    title: str
    reason: str
    review: Mark
    is_over: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A safe-contact rule in words."""

    rule: SafeContactRule
    reason: str
    review: Mark


@dataclass(frozen=True, slots=True)
class Part:
    """A case the person has a part in."""

    row: CaseRow
    marks: CaseMarks
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """Everything the page of a person shows. When `closed_to_us`, only the name and the team are to be shown.
    `may_not_open` says why this officer does not decide who else sees the person, `hidden_homes` that there may be
    addresses which this officer cannot see."""

    view: PersonView
    name: str
    second: str
    marks: tuple[Mark, ...]
    banner: Banner
    closed_to_us: bool
    reach: tuple[Reach, ...]
    homes: tuple[Home, ...]
    relatives: tuple[Relative, ...]
    needs: tuple[str, ...]
    warnings: tuple[Warn, ...]
    rules: tuple[Rule, ...]
    cases: tuple[Part, ...]
    supervisors: tuple[User, ...]
    teams: tuple[Team, ...]
    consents: tuple[SharingLine, ...]
    may_not_open: str
    hidden_homes: str
    read_at: datetime

    @property
    def open_cases(self) -> tuple[Part, ...]:
        """The cases that are not closed."""
        return tuple(part for part in self.cases if part.row.status == "open")


def my_teams(desk: Desk) -> frozenset[str]:
    """The teams whose restricted records the officer may open."""
    return frozenset(filter(None, (desk.me.team_id, *desk.me.team_ids)))


def read_person_page(reading: Reading, desk: Desk, person_id: str) -> PersonPage:
    """Read a person for their page. Raises Trouble when they are not on this device."""
    now = desk.clock.now()
    view = person_view(reading, person_id)
    details, person = view.details, view.person
    closed = not may_open(reading, desk, person)
    said = banner(person, details.safe_contact, details.flags, details.addresses, now)
    return PersonPage(
        view=view,
        name=person.full_name,
        second="" if closed else _second(view, now),
        marks=_marks(view, now),
        banner=_closed(view) if closed else said,
        closed_to_us=closed,
        reach=() if closed else _reach(view, now),
        homes=() if closed else _homes(view, now),
        relatives=() if closed else _relatives(view, now),
        needs=() if closed else _needs(view),
        warnings=() if closed else tuple(_warn(flag, now) for flag in details.flags),
        rules=() if closed else tuple(_rule(rule, now) for rule in rules_in_force(details.safe_contact, now)),
        cases=() if closed else _cases(view, desk, now),
        supervisors=tuple(
            user
            for user in reading.all_of(User, order="full_name", limit=_MOST_OFFICERS)
            if user.active and user.role is not StaffRole.CASEWORKER
        ),
        teams=reading.all_of(Team, order="name"),
        consents=() if closed else person_consents(reading, desk, person_id),
        may_not_open=why_not_open(desk, person),
        hidden_homes="" if may_see_confidential(desk.me) else HIDDEN_HOMES,
        read_at=now,
    )


def _closed(view: PersonView) -> Banner:
    team = view.restricted_team.name if view.restricted_team else "another team"
    return Banner("orange", f"Only for {team}", (f"Ask {team} when you need to deal with this person.",))


def _second(view: PersonView, now: datetime) -> str:
    """Known as, pronouns, born and age, on one line."""
    person = view.person
    age = age_words(person.date_of_birth, uk_date(now)) if not person.deceased_on else ""
    born = f"born {birth_words(person.date_of_birth)}" if person.date_of_birth else "date of birth not known"
    known = f"known as {person.known_as}" if person.known_as else ""
    earlier = f"earlier {', '.join(person.earlier_names)}" if person.earlier_names else ""
    words = "  ·  ".join(filter(None, (known, earlier, person.pronouns, f"{born} (age {age})" if age else born)))
    return words[:1].upper() + words[1:]


def _marks(view: PersonView, now: datetime) -> tuple[Mark, ...]:
    person, marks = view.person, []
    if person.deceased_on:
        marks.append(Mark("Has died", "neutral"))
    if person.restricted_team_id:
        marks.append(Mark("Restricted", "purple"))
    if flags_in_force(view.details.flags, now):
        marks.append(Mark("Warning", "orange"))
    if person.interpreter:
        marks.append(Mark("Interpreter", "yellow"))
    if person.letter_format is not Format.STANDARD:
        points = f" {person.print_points} pt" if person.print_points else ""
        marks.append(Mark(f"{_title(person.letter_format)}{points}", "yellow"))
    if person.language_spoken and person.language_spoken.casefold() != "english":
        marks.append(Mark(person.language_spoken))
    if view.unsent:
        marks.append(Mark("Not sent yet", "neutral"))
    return tuple(marks)


def _reach(view: PersonView, now: datetime) -> tuple[Reach, ...]:
    found = []
    for point in view.details.contact_points:
        words = f"{point.value}, {point.label}" if point.label else point.value
        may = may_use(point.channel, view.person, view.details.safe_contact, now)
        found.append(Reach(point, words, CHANNEL_ICONS.get(point.channel, "phone"), may, point.ended_on is not None))
    return tuple(found)


def _homes(view: PersonView, now: datetime) -> tuple[Home, ...]:
    rules = rules_in_force(view.details.safe_contact, now)
    return tuple(
        Home(
            address=address,
            words=address_words(address),
            full=full_address(address),
            kind=_title(address.purpose),
            dates=_dates(address),
            is_masked=address_words(address) == MASKED_ADDRESS,
            is_barred=any(is_barred(rule, address) for rule in rules),
            is_over=address.until is not None and address.until < uk_date(now),
        )
        for address in view.details.addresses
    )


def full_address(address: Address) -> str:
    """Say an address on one line, also a confidential one: only for an officer who asked to see it."""
    lines = (address.line_1, address.line_2, address.line_3, f"{address.town} {address.postcode}".strip())
    return ", ".join(filter(None, lines)) or _title(address.purpose)


def _dates(address: Address) -> str:
    if address.since and address.until:
        return f"{plain_date(address.since)} to {plain_date(address.until)}"
    if address.until:
        return f"until {plain_date(address.until)}"
    return f"since {plain_date(address.since)}" if address.since else ""


def _relatives(view: PersonView, now: datetime) -> tuple[Relative, ...]:
    found = []
    for member in view.household:
        age = age_words(member.person.date_of_birth, uk_date(now))
        needs = ", ".join(member.person.support_needs)
        second = "  ·  ".join(filter(None, (member.membership.relationship, f"age {age}" if age else "", needs)))
        found.append(Relative(member.membership, member.person.id, member.person.full_name, second))
    return tuple(found)


def _needs(view: PersonView) -> tuple[str, ...]:
    person, lines = view.person, []
    if person.letter_format is not Format.STANDARD:
        points = f", {person.print_points} point" if person.print_points else ""
        lines.append(f"Letters in {_title(person.letter_format).lower()}{points}")
    if person.interpreter:
        lines.append(f"Needs an interpreter{f': {person.language_spoken}' if person.language_spoken else ''}")
    elif person.language_spoken:
        lines.append(f"Speaks {person.language_spoken}; no interpreter needed")
    if person.language_written:
        lines.append(f"Reads {person.language_written}")
    return (*lines, *person.support_needs)


def _warn(flag: Flag, now: datetime) -> Warn:
    over = flag.ended_on is not None
    review = Mark(f"Ended {plain_date(flag.ended_on)}") if flag.ended_on else _review(flag.review_on, now)
    return Warn(flag, FLAG_TITLES[flag.warning], flag.reason, review, over)


def _rule(rule: SafeContactRule, now: datetime) -> Rule:
    return Rule(rule, rule.reason, _review(rule.review_on, now))


def _review(review_on: date, now: datetime) -> Mark:
    late = review_on < uk_date(now)
    return Mark(f"Review {'was due' if late else 'on'} {plain_date(review_on)}", "red" if late else "neutral")


def _cases(view: PersonView, desk: Desk, now: datetime) -> tuple[Part, ...]:
    return tuple(
        Part(row, case_marks(row, desk.lines, now), ", ".join(_ROLES.get(role, role) for role in view.roles[row.id]))
        for row in view.cases
    )


def _title(word: str) -> str:
    return word.replace("-", " ").capitalize()
