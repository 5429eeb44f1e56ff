"""The people of the fictional council: households, addresses, numbers, needs, warnings and safe-contact rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from almoner.demo.names import ORIGINS, STREETS, Origin
from almoner.records import Address, ContactPoint, Flag, HouseholdMembership, Person, SafeContactRule
from almoner.records.derive import Record
from almoner.records.people import Channel, FlagKind, Format

_INWARD = "ABDEFGHJLNPQRSTUWXYZ"
_SIZES = (1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Resident:
    """A resident as cases need them: the person, where they live, who shares the home; `is_told` is part of a story."""

    person: Person
    address: Address
    is_adult: bool
    household: tuple[str, ...] = ()
    hidden: bool = False
    is_told: bool = False


@dataclass(slots=True)
class Town:
    """Makes residents one household at a time, from one random sequence."""

    chance: random.Random
    new_id: Callable[[], str]
    today: date
    supervisors: tuple[str, ...]
    residents: list[Resident] = field(default_factory=list)
    _taken: set[tuple[str, int]] = field(default_factory=set)

    def people(self, count: int) -> Iterator[Record]:
        """Give the records of that many residents; `residents` fills up meanwhile."""
        yield from self._comfort()
        yield from self._lena()
        while len(self.residents) < count:
            yield from self._household(count - len(self.residents))

    def _household(self, room: int) -> Iterator[Record]:
        chance = self.chance
        origin = chance.choices(ORIGINS, weights=[each.share for each in ORIGINS])[0]
        surname = chance.choice(origin.last)
        size = min(chance.choice(_SIZES), room)
        adults = 1 if size == 1 or chance.random() < 0.25 else 2
        home = self._home()
        since = self.today - timedelta(days=chance.randrange(30, 9_000))
        people = [self._person(origin, surname, is_adult=number < adults) for number in range(size)]
        household_id = self.new_id()
        ids = tuple(person.id for person in people)
        for number, person in enumerate(people):
            address = Address(id=self.new_id(), person_id=person.id, since=since, **home)
            yield person
            yield address
            if size > 1:
                yield HouseholdMembership(
                    id=self.new_id(), household_id=household_id, person_id=person.id, since=since,
                    relationship="" if number < adults else "Child",
                )  # fmt: skip
            if number < adults:
                yield from self._contact(person)
            yield from self._minded(person, address, is_adult=number < adults, household=ids)

    def _person(self, origin: Origin, surname: str, *, is_adult: bool) -> Person:
        chance = self.chance
        age = chance.randrange(19, 92) if is_adult else chance.randrange(0, 18)
        born = self.today - timedelta(days=age * 365 + chance.randrange(365))
        speaks = origin.language and is_adult and chance.random() < 0.3
        needs = chance.random()
        return Person(
            id=self.new_id(),
            full_name=f"{chance.choice(origin.first)} {surname}",
            date_of_birth=born.isoformat() if chance.random() < 0.9 else born.isoformat()[:7],
            language_spoken=origin.language if speaks else "",
            language_written=origin.language if speaks and chance.random() < 0.4 else "",
            interpreter=bool(speaks) and origin.language != "Welsh" and chance.random() < 0.4,
            letter_format=_format(needs),
            print_points=chance.choice((16, 18, 20, 24)) if needs < 0.02 else None,
            support_needs=(chance.choice(("Asthma", "Uses a wheelchair", "Hard of hearing", "Low sight")),)
            if chance.random() < 0.06
            else (),
            deceased_on=self.today - timedelta(days=chance.randrange(5, 400)) if age > 70 and needs > 0.985 else None,
        )

    def _home(self) -> dict[str, Any]:
        """Give an address nobody has yet. A street has one postcode, in the invented areas NM and AS."""
        chance = self.chance
        while True:
            street, number = chance.choice(STREETS), chance.randrange(1, 130)
            if (street, number) not in self._taken:
                self._taken.add((street, number))
                break
        index = STREETS.index(street)
        code = f"{'NM' if index % 2 else 'AS'}{1 + index % 9} {1 + index % 8}{_INWARD[index % 20]}{_INWARD[index // 3]}"
        flat = street.endswith(("House", "Tower", "Court"))
        return {
            "line_1": f"Flat {number}" if flat and not street.endswith("Court") else f"{number} {street}",
            "line_2": street if flat and not street.endswith("Court") else "",
            "town": "Northmere",
            "postcode": code,
            "uprn": str(10_090_000_000 + index * 1_000 + number),
        }

    def _contact(self, person: Person) -> Iterator[Record]:
        chance = self.chance
        if chance.random() < 0.9:
            yield self._point(person, Channel.PHONE, f"07700 900{chance.randrange(1000):03d}")
        if chance.random() < 0.3:
            yield self._point(person, Channel.PHONE, f"01632 960{chance.randrange(1000):03d}")
        if chance.random() < 0.45:
            name = person.full_name.casefold().replace(" ", ".")
            yield self._point(person, Channel.EMAIL, f"{name}{chance.randrange(1, 99)}@example.org")

    def _point(self, person: Person, channel: Channel, value: str) -> ContactPoint:
        return ContactPoint(id=self.new_id(), person_id=person.id, channel=channel, value=value)

    def _minded(
        self, person: Person, address: Address, *, is_adult: bool, household: tuple[str, ...]
    ) -> Iterator[Record]:
        """Add what must be minded about a few, and note the resident."""
        draw = self.chance.random() if is_adult else 1.0
        start = self.today - timedelta(days=self.chance.randrange(10, 330))
        if draw < 0.012:
            yield Flag(
                id=self.new_id(), person_id=person.id, warning=self.chance.choice(tuple(FlagKind)),
                reason="Agreed at a case meeting.", agreed_by=self.chance.choice(self.supervisors), person_told=True,
                told_note="By letter", starts_on=start, review_on=start + timedelta(days=180),
            )  # fmt: skip
        elif draw < 0.022:
            yield self._rule(person, start, self.chance.choice(("post", "phone", "visit")))
        hidden = 0.022 <= draw < 0.028
        if hidden:
            yield self._rule(person, start, "", at=f"{address.line_1}, {address.postcode}")
            address = Address(id=self.new_id(), person_id=person.id, confidential=True, since=start, **self._home())
            yield address
        self.residents.append(Resident(person, address, is_adult, household if len(household) > 1 else (), hidden))

    def _rule(self, person: Person, start: date, channel: str, at: str = "") -> SafeContactRule:
        return SafeContactRule(
            id=self.new_id(), person_id=person.id, never_by=(channel,) if channel else (),
            never_at=(at,) if at else (), no_voicemail=bool(at), plain_envelope=bool(at),
            reason="As the person asked.", starts_on=start, review_on=start + timedelta(days=365),
        )  # fmt: skip

    def _comfort(self) -> Iterator[Record]:
        """Comfort Adjei and her son of three with asthma, who come to the desk in the story."""
        home: dict[str, Any] = {
            "line_1": "14B Tarn Court",
            "town": "Ashmere",
            "postcode": "AS1 4QT",
            "uprn": "10090000014",
        }
        since = date(self.today.year - 4, 5, 1)
        comfort = Person(id=self.new_id(), full_name="Comfort Adjei", date_of_birth="1991-03-08")
        born = date(self.today.year - 3, self.today.month, 1) - timedelta(days=60)
        son = Person(
            id=self.new_id(), full_name="Kwame Adjei", date_of_birth=born.isoformat(), support_needs=("Asthma",)
        )
        household_id = self.new_id()
        for person, relationship in ((comfort, ""), (son, "Son")):
            address = Address(id=self.new_id(), person_id=person.id, since=since, **home)
            yield person
            yield address
            yield HouseholdMembership(
                id=self.new_id(), household_id=household_id, person_id=person.id, relationship=relationship,
                since=since,
            )  # fmt: skip
            self.residents.append(Resident(person, address, person is comfort, (comfort.id, son.id), is_told=True))
        yield self._point(comfort, Channel.PHONE, "07700 900123")

    def _lena(self) -> Iterator[Record]:
        """Lena Marsh, who must never be written to at Hob Lane."""
        start = self.today - timedelta(days=20)
        lena = Person(id=self.new_id(), full_name="Lena Marsh", date_of_birth="1988-11-19")
        address = Address(
            id=self.new_id(), person_id=lena.id, line_1="9 Hob Lane", town="Ashmere", postcode="AS2 1RR",
            since=date(2019, 6, 1),
        )  # fmt: skip
        yield lena
        yield address
        yield SafeContactRule(
            id=self.new_id(), person_id=lena.id, never_at=("9 Hob Lane, AS2 1RR",), collect_only=True,
            no_voicemail=True, plain_envelope=True, safe_hours="Weekdays, 9am to 2pm",
            reason="The person asked for no post at home; letters are collected at the office.",
            starts_on=start, review_on=start + timedelta(days=365),
        )  # fmt: skip
        yield self._point(lena, Channel.PHONE, "07700 900456")
        self.residents.append(Resident(lena, address, is_adult=True))


def _format(draw: float) -> Format:
    if draw < 0.02:
        return Format.LARGE_PRINT
    return Format.EASY_READ if draw < 0.025 else Format.STANDARD
