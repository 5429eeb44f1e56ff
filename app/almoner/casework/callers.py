"""Somebody a new case is about or who rings about it: what must be known before a word is said."""

from __future__ import annotations

from dataclasses import dataclass

from almoner.casework.case_page import Fact, address_words, resident_facts
from almoner.casework.cases import team_for
from almoner.casework.ports import Desk
from almoner.records import Address, Person
from almoner.rules.birth_dates import birth_words
from almoner.rules.safety import Banner, banner
from almoner.store.lists import CaseRow
from almoner.store.reading import Reading
from almoner.store.timeline import person_view


@dataclass(frozen=True, slots=True)
class Caller:
    """A person as the form for a new case shows them. `place` is their home as a case names it; empty when hidden."""

    person: Person
    second: str
    banner: Banner
    facts: tuple[Fact, ...]
    place: str
    household: tuple[Person, ...]
    open_cases: tuple[CaseRow, ...]


def read_caller(reading: Reading, desk: Desk, person_id: str) -> Caller:
    """Read a person for the form. Raises Trouble when they are not on this device."""
    now = desk.clock.now()
    view = person_view(reading, person_id)
    details = view.details
    address = details.current_address
    born = f"born {birth_words(view.person.date_of_birth)}" if view.person.date_of_birth else ""
    return Caller(
        person=view.person,
        second=" · ".join(filter(None, (address_words(address) if address else "", born))),
        banner=banner(view.person, details.safe_contact, details.flags, details.addresses, now),
        facts=resident_facts(details, now),
        place=_place(address),
        household=tuple(member.person for member in view.household),
        open_cases=tuple(row for row in view.cases if row.status == "open"),
    )


def owner_for(reading: Reading, desk: Desk, service: str) -> str:
    """Give who owns a case an officer takes in: they themselves when their team does the work, else nobody yet."""
    return desk.me.id if team_for(reading, desk, service) == desk.me.team_id else ""


def _place(address: Address | None) -> str:
    """Say where the home is, as cases name places; a confidential address is never written into a case."""
    if address is None or address.confidential:
        return ""
    return ", ".join(filter(None, (address.line_1, address.line_2, address.postcode)))[:200]
