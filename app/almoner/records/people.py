"""Residents and what must be known before anyone writes, rings or calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import Ge, Le, MaxLen, MinLen

from almoner.records.facts import ID_LENGTH, LINE, SHORT, TEXT, Fact, Id, Merge, Personal, PersonId


class Format(StrEnum):
    """The form in which a person can read what we send."""

    STANDARD = "standard"
    LARGE_PRINT = "large-print"
    EASY_READ = "easy-read"
    BRAILLE = "braille"
    AUDIO = "audio"
    OTHER = "other"


class Channel(StrEnum):
    """A way to reach a person."""

    POST = "post"
    PHONE = "phone"
    TEXT = "text"
    EMAIL = "email"
    VISIT = "visit"
    OFFICE = "office"


class AddressKind(StrEnum):
    """What an address is to the person who has it."""

    HOME = "home"
    CORRESPONDENCE = "correspondence"
    TEMPORARY = "temporary"
    CARE_OF = "care-of"
    NO_FIXED_ABODE = "no-fixed-abode"


class FlagKind(StrEnum):
    """Warnings held about a person; each needs a review within a year."""

    RISK_TO_CHILDREN = "risk-to-children"
    RISK_TO_ADULTS = "risk-to-adults"
    ADULT_AT_RISK = "adult-at-risk"
    RISK_TO_STAFF = "risk-to-staff"
    DISCLOSURE_RISK = "disclosure-risk"
    RISK_TO_SELF = "risk-to-self"
    MISSING_PERSON = "missing-person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A resident, or anyone else a case is about. One full name as they give it; a title is never required."""

    kind: ClassVar[str] = "person"
    table: ClassVar[str] = "people"
    append_only: ClassVar[bool] = False

    id: Id
    full_name: Annotated[str, MinLen(1), MaxLen(300), Fact(label="Full name", personal=Personal.YES)]
    known_as: Annotated[str, MaxLen(LINE), Fact(label="Known as", merge=Merge.LATEST, personal=Personal.YES)] = ""
    earlier_names: Annotated[
        tuple[str, ...], MaxLen(20), Fact(label="Earlier names", merge=Merge.UNION, personal=Personal.YES)
    ] = ()
    date_of_birth: Annotated[
        str, MaxLen(10), Fact(label="Date of birth", personal=Personal.YES, help="2019, 2019-04 or 2019-04-30")
    ] = ""
    pronouns: Annotated[str, MaxLen(SHORT), Fact(label="Pronouns", merge=Merge.LATEST, personal=Personal.YES)] = ""
    language_spoken: Annotated[str, MaxLen(SHORT), Fact(label="Speaks", merge=Merge.LATEST, personal=Personal.YES)] = ""
    language_written: Annotated[str, MaxLen(SHORT), Fact(label="Reads", merge=Merge.LATEST, personal=Personal.YES)] = ""
    interpreter: Annotated[bool, Fact(label="Needs an interpreter", merge=Merge.CAUTIOUS, personal=Personal.YES)] = (
        False
    )
    letter_format: Annotated[Format, Fact(label="Letters as", personal=Personal.SPECIAL)] = Format.STANDARD
    print_points: Annotated[
        int | None, Ge(12), Le(48), Fact(label="Print size in points", merge=Merge.LATEST, personal=Personal.SPECIAL)
    ] = None
    support_needs: Annotated[
        tuple[str, ...], MaxLen(30), Fact(label="Support needs", merge=Merge.UNION, personal=Personal.SPECIAL)
    ] = ()
    deceased_on: Annotated[date | None, Fact(label="Died on", personal=Personal.YES)] = None
    restricted_team_id: Annotated[
        str, MaxLen(ID_LENGTH), Fact(label="Only for the team", merge=Merge.CAUTIOUS, refers="team")
    ] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContactPoint:
    """A telephone number or e-mail address of a person, kept as they gave it."""

    kind: ClassVar[str] = "contact_point"
    table: ClassVar[str] = "contact_points"
    append_only: ClassVar[bool] = False

    id: Id
    person_id: PersonId
    channel: Annotated[Channel, Fact(label="Kind", merge=Merge.LATEST)]
    value: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Number or address", personal=Personal.YES)]
    label: Annotated[str, MaxLen(SHORT), Fact(label="Whose, when", merge=Merge.LATEST, personal=Personal.YES)] = ""
    ended_on: Annotated[date | None, Fact(label="Not used since", merge=Merge.LATEST)] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where a person lives or gets post, with dates. A confidential one is masked everywhere but for its team."""

    kind: ClassVar[str] = "address"
    table: ClassVar[str] = "addresses"
    append_only: ClassVar[bool] = False

    id: Id
    person_id: PersonId
    purpose: Annotated[AddressKind, Fact(label="Kind")] = AddressKind.HOME
    line_1: Annotated[str, MaxLen(LINE), Fact(label="Line 1", personal=Personal.YES)] = ""
    line_2: Annotated[str, MaxLen(LINE), Fact(label="Line 2", personal=Personal.YES)] = ""
    line_3: Annotated[str, MaxLen(LINE), Fact(label="Line 3", personal=Personal.YES)] = ""
    town: Annotated[str, MaxLen(LINE), Fact(label="Town", personal=Personal.YES)] = ""
    postcode: Annotated[str, MaxLen(12), Fact(label="Postcode", personal=Personal.YES)] = ""
    uprn: Annotated[str, MaxLen(12), Fact(label="UPRN", personal=Personal.YES)] = ""
    confidential: Annotated[bool, Fact(label="Confidential", merge=Merge.CAUTIOUS)] = False
    since: Annotated[date | None, Fact(label="From")] = None
    until: Annotated[date | None, Fact(label="To")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HouseholdMembership:
    """One person's place in a household, with dates; a person may belong to two."""

    kind: ClassVar[str] = "household_membership"
    table: ClassVar[str] = "household_memberships"
    append_only: ClassVar[bool] = False

    id: Id
    household_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Household", merge=Merge.FIXED)]
    person_id: PersonId
    relationship: Annotated[str, MaxLen(SHORT), Fact(label="Relationship", personal=Personal.YES)] = ""
    since: Annotated[date | None, Fact(label="From")] = None
    until: Annotated[date | None, Fact(label="To")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SafeContactRule:
    """How this person may, and may not, be reached. Checked again at the moment of print, call or e-mail."""

    kind: ClassVar[str] = "safe_contact_rule"
    table: ClassVar[str] = "safe_contact_rules"
    append_only: ClassVar[bool] = False

    id: Id
    person_id: PersonId
    never_by: Annotated[
        tuple[str, ...], MaxLen(10), Fact(label="Never by", merge=Merge.UNION, personal=Personal.YES)
    ] = ()
    never_at: Annotated[
        tuple[str, ...], MaxLen(20), Fact(label="Never at these addresses", merge=Merge.UNION, personal=Personal.YES)
    ] = ()
    collect_only: Annotated[
        bool, Fact(label="Letters are collected at the office", merge=Merge.CAUTIOUS, personal=Personal.YES)
    ] = False
    no_voicemail: Annotated[bool, Fact(label="Leave no voicemail", merge=Merge.CAUTIOUS)] = False
    plain_envelope: Annotated[bool, Fact(label="Plain envelope", merge=Merge.CAUTIOUS)] = False
    safe_hours: Annotated[str, MaxLen(LINE), Fact(label="Safe hours", personal=Personal.YES)] = ""
    code_word: Annotated[str, MaxLen(SHORT), Fact(label="Code word", personal=Personal.YES)] = ""
    reason: Annotated[str, MaxLen(TEXT), Fact(label="Why", personal=Personal.SPECIAL, long=True)] = ""
    starts_on: Annotated[date, Fact(label="From")]
    review_on: Annotated[date, Fact(label="Review on")]
    ended_on: Annotated[date | None, Fact(label="Ended on")] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A warning about a person: who agreed it, why, whether they were told, and when it is looked at again."""

    kind: ClassVar[str] = "flag"
    table: ClassVar[str] = "flags"
    append_only: ClassVar[bool] = False

    id: Id
    person_id: PersonId
    warning: Annotated[FlagKind, Fact(label="Warning", merge=Merge.FIXED, personal=Personal.SPECIAL)]
    reason: Annotated[str, MinLen(1), MaxLen(TEXT), Fact(label="Why", personal=Personal.SPECIAL, long=True)]
    evidence: Annotated[str, MaxLen(TEXT), Fact(label="Evidence", personal=Personal.SPECIAL, long=True)] = ""
    agreed_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Agreed by", refers="user")] = ""
    person_told: Annotated[bool, Fact(label="The person was told")] = False
    told_note: Annotated[str, MaxLen(LINE), Fact(label="How, or why not", personal=Personal.YES)] = ""
    starts_on: Annotated[date, Fact(label="From")]
    review_on: Annotated[date, Fact(label="Review on", help="Within a year of the start")]
    ended_on: Annotated[date | None, Fact(label="Ended on")] = None
