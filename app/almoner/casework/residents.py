"""Residents: adding and changing them, where they live, how they may be reached, and what to mind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from almoner.casework.fields import birth_date, contact_value, details, made, needed, sound
from almoner.casework.ports import Desk
from almoner.casework.times import check_device_clock
from almoner.records import Address, ContactPoint, Flag, HouseholdMembership, Letter, Person, SafeContactRule, User
from almoner.records.people import AddressKind, Channel, FlagKind
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.rules.addresses import tidy_postcode
from almoner.rules.clocks import same_day_later
from almoner.rules.safety import LONGEST_REVIEW_MONTHS, check_review, is_barred
from almoner.rules.words import uk_date
from almoner.store.writing import Writing

MOST_ADDRESSES = 50
MOST_CONTACT_POINTS = 50


def add_person(
    tx: Writing,
    desk: Desk,
    *,
    full_name: str,
    addresses: Sequence[Mapping[str, Any]] = (),
    contact_points: Sequence[tuple[Channel, str]] = (),
    person_id: str = "",
    **more: Any,
) -> Person:
    """Add a resident with the addresses and contact points known; `more` are further fields of a Person by name.

    Each address is a mapping of fields of an Address. Raises Trouble that names the first field that cannot be kept.
    """
    check_device_clock(tx)
    more["date_of_birth"] = birth_date(more.get("date_of_birth", ""), uk_date(tx.now))
    person = made(
        Person,
        id=person_id or desk.ids.new(),
        full_name=needed(full_name, "Full name", "Write the name as the person gives it."),
        **more,
    )
    tx.add(person)
    for address in addresses:
        add_address(tx, desk, person.id, **address)
    for channel, value in contact_points:
        add_contact_point(tx, desk, person.id, channel, value)
    return person


def change_person(tx: Writing, desk: Desk, person_id: str, **changes: Any) -> Person:
    """Change fields of a person by name. A name given up is kept among the earlier names."""
    person = tx.get(Person, person_id)
    values = details(changes, Person)
    if "date_of_birth" in values:
        values["date_of_birth"] = birth_date(values["date_of_birth"], uk_date(tx.now))
    if (died := values.get("deceased_on")) and died > uk_date(tx.now):
        raise Trouble("“Died on” is in the future.", "Check the date.", "Died on")
    new_name = values.get("full_name", person.full_name)
    if new_name != person.full_name and "earlier_names" not in values:
        values["earlier_names"] = tuple(sorted({*person.earlier_names, person.full_name}))
    changed = sound(replace(person, **values))
    tx.save(changed)
    return changed


def add_address(tx: Writing, desk: Desk, person_id: str, **fields: Any) -> Address:
    """Add an address of a person; fields of an Address by name. The postcode is tidied, never refused for its area."""
    person = tx.get(Person, person_id)
    if len(tx.all_of(Address, person_id=person.id, limit=MOST_ADDRESSES)) >= MOST_ADDRESSES:
        raise Trouble(f"This person has {MOST_ADDRESSES} addresses already.", "End or correct one of those.")
    values = details(fields, Address, frozenset({"id", "person_id"}))
    address = made(Address, id=desk.ids.new(), person_id=person.id, **_tidy(values))
    _check_address(address)
    tx.add(address)
    return address


def change_address(tx: Writing, desk: Desk, address_id: str, **changes: Any) -> Address:
    """Correct an address, mark it confidential, or give it an end. Making one public again must be said outright."""
    address = tx.get(Address, address_id)
    values = _tidy(details(changes, Address, frozenset({"id", "person_id"})))
    changed = sound(replace(address, **values))
    _check_address(changed)
    tx.save(changed)
    return changed


def move_home(tx: Writing, desk: Desk, person_id: str, moved_on: date, **fields: Any) -> Address:
    """Record that a person moved: the home addresses still open end the day before, and the new one begins."""
    for address in tx.all_of(Address, person_id=person_id, limit=MOST_ADDRESSES):
        if address.purpose is AddressKind.HOME and not address.until:
            tx.save(replace(address, until=moved_on.fromordinal(moved_on.toordinal() - 1)))
    return add_address(tx, desk, person_id, since=moved_on, **fields)


def add_contact_point(
    tx: Writing, desk: Desk, person_id: str, channel: Channel, value: str, *, label: str = ""
) -> ContactPoint:
    """Add a telephone number or e-mail address, kept as it was given."""
    person = tx.get(Person, person_id)
    if len(tx.all_of(ContactPoint, person_id=person.id, limit=MOST_CONTACT_POINTS)) >= MOST_CONTACT_POINTS:
        raise Trouble(f"This person has {MOST_CONTACT_POINTS} numbers already.", "End one that is not used.")
    point = made(
        ContactPoint, id=desk.ids.new(), person_id=person.id, channel=channel, value=contact_value(channel, value),
        label=label,
    )  # fmt: skip
    tx.add(point)
    return point


def end_contact_point(tx: Writing, desk: Desk, point_id: str) -> ContactPoint:
    """Say that a number or e-mail address is no longer used. It stays on record."""
    point = replace(tx.get(ContactPoint, point_id), ended_on=uk_date(tx.now))
    tx.save(point)
    return point


def remove_contact_point(tx: Writing, desk: Desk, point_id: str) -> ContactPoint:
    """Take away a number or e-mail address that was never theirs. One that was used once is ended, not removed."""
    point = tx.get(ContactPoint, point_id)
    tx.remove(point)
    return point


def remove_address(tx: Writing, desk: Desk, address_id: str) -> Address:
    """Take away an address that was entered by mistake. Raises Trouble for one that a letter or a safe-contact rule
    names: that one is corrected or ended."""
    address = tx.get(Address, address_id)
    if tx.all_of(Letter, address_id=address.id, limit=1):
        raise Trouble("A letter was sent to this address.", "Give it an end date: the letter stays on record.")
    rules = tx.all_of(SafeContactRule, person_id=address.person_id)
    if any(is_barred(rule, address) for rule in rules if rule.ended_on is None):
        raise Trouble("A safe-contact rule names this address.", "Keep it: it says where nothing must be sent.")
    tx.remove(address)
    return address


def set_safe_contact(
    tx: Writing,
    desk: Desk,
    person_id: str,
    *,
    reason: str,
    starts_on: date | None = None,
    review_on: date | None = None,
    **how: Any,
) -> SafeContactRule:
    """Set how a person may, and may not, be reached: `how` are fields of a SafeContactRule by name.

    Raises Trouble when nothing is restricted, a channel is unknown, or the review is over a year away.
    """
    check_device_clock(tx)
    person = tx.get(Person, person_id)
    today = uk_date(tx.now)
    start = starts_on or today
    review = review_on or same_day_later(start, LONGEST_REVIEW_MONTHS)
    check_review(start, review, today)
    values = details(how, SafeContactRule, frozenset({"id", "person_id", "reason", "starts_on", "review_on"}))
    if not any(values.values()):
        raise Trouble("This rule restricts nothing.", "Say what must not be used, or how the person is reached safely.")
    unknown = set(values.get("never_by", ())) - {channel.value for channel in Channel}
    if unknown:
        raise Trouble("A way of contact in this rule is not known.", "Choose from the list.", "Never by")
    rule = made(
        SafeContactRule, id=desk.ids.new(), person_id=person.id, reason=needed(reason, "Why"), starts_on=start,
        review_on=review, **values,
    )  # fmt: skip
    tx.add(rule)
    return rule


def end_safe_contact(tx: Writing, desk: Desk, rule_id: str, reason: str) -> SafeContactRule:
    """End a safe-contact rule from today, saying why; the reason is added to the rule's own."""
    rule = tx.get(SafeContactRule, rule_id)
    why = needed(reason, "Why it ends")
    today = uk_date(tx.now)
    ended = sound(replace(rule, ended_on=today, reason=f"{rule.reason}\nEnded {today.isoformat()}: {why}".strip()))
    tx.save(ended)
    return ended


def raise_flag(
    tx: Writing,
    desk: Desk,
    person_id: str,
    *,
    warning: FlagKind,
    reason: str,
    agreed_by: str,
    starts_on: date | None = None,
    review_on: date | None = None,
    **more: Any,
) -> Flag:
    """Put a warning on a person. It needs a reason, a supervisor's agreement, whether the person was told (or why
    not), and a review within a year; Trouble says which is missing."""
    check_device_clock(tx)
    person = tx.get(Person, person_id)
    today = uk_date(tx.now)
    start = starts_on or today
    review = review_on or same_day_later(start, LONGEST_REVIEW_MONTHS)
    check_review(start, review, today)
    agreed = tx.find(User, agreed_by) if agreed_by else None
    if agreed is None or agreed.role is StaffRole.CASEWORKER:
        raise Trouble("A supervisor has not agreed to this warning.", "Name the supervisor who did.", "Agreed by")
    if not more.get("person_told") and not str(more.get("told_note", "")).strip():
        raise Trouble(
            "It is not said why the person was not told.", "Say why, or how they were told.", "How, or why not"
        )
    values = details(more, Flag)
    flag = made(
        Flag, id=desk.ids.new(), person_id=person.id, warning=warning, reason=needed(reason, "Why"),
        agreed_by=agreed.id, starts_on=start, review_on=review, **values,
    )  # fmt: skip
    tx.add(flag)
    return flag


def end_flag(tx: Writing, desk: Desk, flag_id: str) -> Flag:
    """Take a warning off from today. It stays on record."""
    flag = replace(tx.get(Flag, flag_id), ended_on=uk_date(tx.now))
    tx.save(flag)
    return flag


def join_household(
    tx: Writing, desk: Desk, person_id: str, with_person_id: str, *, relationship: str = "", since: date | None = None
) -> HouseholdMembership:
    """Put a person into another's household, made when there is none. Joining twice changes nothing."""
    person, other = tx.get(Person, person_id), tx.get(Person, with_person_id)
    if person.id == other.id:
        raise Trouble("A person cannot join their own household.", "Choose somebody else.")
    theirs = [m for m in tx.all_of(HouseholdMembership, person_id=other.id) if not m.until]
    if theirs:
        household_id = theirs[0].household_id
    else:
        household_id = desk.ids.new()
        first = HouseholdMembership(id=desk.ids.new(), household_id=household_id, person_id=other.id, since=since)
        tx.add(sound(first))
    for mine in tx.all_of(HouseholdMembership, person_id=person.id):
        if mine.household_id == household_id and not mine.until:
            return mine
    membership = made(
        HouseholdMembership, id=desk.ids.new(), household_id=household_id, person_id=person.id,
        relationship=relationship, since=since,
    )  # fmt: skip
    tx.add(membership)
    return membership


def leave_household(tx: Writing, desk: Desk, membership_id: str, left_on: date | None = None) -> HouseholdMembership:
    """End a person's place in a household. It stays on record."""
    membership = replace(tx.get(HouseholdMembership, membership_id), until=left_on or uk_date(tx.now))
    tx.save(membership)
    return membership


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    if "postcode" in values:
        values["postcode"] = tidy_postcode(values["postcode"])
    if "uprn" in values:
        values["uprn"] = str(values["uprn"]).lstrip("0")
    return values


def _check_address(address: Address) -> None:
    if address.since and address.until and address.until < address.since:
        raise Trouble("This address ends before it begins.", "Correct one of the two dates.", "To")
    if address.uprn and not address.uprn.isdigit():
        raise Trouble("A UPRN is up to 12 digits.", "Correct it, or leave it empty.", "UPRN")
    empty = not (address.line_1 or address.line_2 or address.postcode or address.uprn)
    if empty and address.purpose is not AddressKind.NO_FIXED_ABODE:
        raise Trouble("This address is empty.", "Give at least a first line or a postcode, or say no fixed abode.")
