"""Who may be reached, how and where: the decisions that keep a person safe, and the words that tell an officer.

These are asked again at the moment of printing, ringing or e-mailing, never only while drafting: a rule may have come
in between. When two readings are possible the more protective one is taken. Reasons are for the officer working on
the case; the words of `hold` are for somebody standing at a printer and name nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from almoner.records import Address, Flag, Person, SafeContactRule
from almoner.records.people import AddressKind, Channel, FlagKind, Format
from almoner.records.trouble import Trouble
from almoner.rules.clocks import same_day_later
from almoner.rules.mentions import is_same_place, mentions_address, postcodes_in
from almoner.rules.words import full_date, plain_date, uk_date

LONGEST_REVIEW_MONTHS = 12
"""No warning and no safe-contact rule runs longer than this without somebody looking at it again."""


class Hold(StrEnum):
    """Why something is held, in a word that may be said at the printer."""

    NONE = ""
    SAFETY = "safety"
    DECEASED = "deceased"
    ADDRESS = "address"
    COLLECT = "collect"
    STALE = "safety data is old"
    SECOND_PERSON = "second person"


@dataclass(frozen=True, slots=True)
class Decision:
    """May it go? If not: why, for the officer, and what to do; and the hold, for whoever stands at the printer."""

    allowed: bool
    why: str = ""
    do: str = ""
    hold: Hold = Hold.NONE


YES = Decision(True)


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands at the top of a person's page: a tone of the palette, one headline, and what to mind."""

    tone: str
    headline: str
    lines: tuple[str, ...] = ()


def rules_in_force(rules: Iterable[SafeContactRule], now: datetime) -> tuple[SafeContactRule, ...]:
    """Give the safe-contact rules that bind now. A rule past its review still binds until somebody ends it."""
    today = uk_date(now)
    return tuple(rule for rule in rules if rule.starts_on <= today and (not rule.ended_on or today < rule.ended_on))


def flags_in_force(flags: Iterable[Flag], now: datetime) -> tuple[Flag, ...]:
    """Give the warnings that stand now; one past its review still stands, and says so in the banner."""
    today = uk_date(now)
    return tuple(flag for flag in flags if flag.starts_on <= today and (not flag.ended_on or today < flag.ended_on))


def may_use(channel: Channel, person: Person, rules: Iterable[SafeContactRule], now: datetime) -> Decision:
    """Say whether a person may be reached by this channel at all."""
    if person.deceased_on:
        return Decision(
            False,
            "This person has died.",
            "Write to whoever deals with their affairs, as a person of their own on the case.",
            Hold.DECEASED,
        )
    in_force = rules_in_force(rules, now)
    if any(channel.value in rule.never_by for rule in in_force):
        return Decision(
            False,
            f"A safe-contact rule says: never by {_CHANNEL_WORDS[channel]}.",
            f"Reach them {_other_ways(in_force)}.",
            Hold.SAFETY,
        )
    if channel is Channel.POST and any(rule.collect_only for rule in in_force):
        return Decision(
            False,
            "A safe-contact rule says: letters are collected at the office.",
            "Print it for collection and tell them in the way the rule allows.",
            Hold.COLLECT,
        )
    return YES


def may_post_to(person: Person, rules: Iterable[SafeContactRule], address: Address | None, now: datetime) -> Decision:
    """Say whether a letter to this person may go by post to this address, now."""
    in_force = rules_in_force(rules, now)
    by_post = may_use(Channel.POST, person, in_force, now)
    if not by_post.allowed:
        return by_post
    if address is None:
        return Decision(False, "There is no address to post to.", "Add an address, or hand it over.", Hold.ADDRESS)
    if any(is_barred(rule, address) for rule in in_force):
        return Decision(
            False,
            "A safe-contact rule says: no post to this address.",
            "Choose a safe address, or have the letter collected at the office.",
            Hold.SAFETY,
        )
    return _address_is_current(address, uk_date(now))


def is_barred(rule: SafeContactRule, address: Address) -> bool:
    """Say whether a rule forbids this address. The rule may name it by its id or in words."""
    return any(place == address.id or is_same_place(place, address) for place in rule.never_at)


def _address_is_current(address: Address, today: date) -> Decision:
    if address.purpose is AddressKind.NO_FIXED_ABODE:
        why, do = "The person has no fixed abode.", "Use a care-of address, or have it collected at the office."
    elif address.until and address.until < today:
        why = f"The person left this address on {plain_date(address.until)}."
        do = "Choose an address they use now."
    elif address.since and address.since > today:
        why = f"The person moves to this address on {plain_date(address.since)}."
        do = "Choose an address they use now."
    else:
        return YES
    return Decision(False, why, do, Hold.ADDRESS)


def may_print_offline(last_received: datetime | None, now: datetime, hours: int) -> Decision:
    """Say whether this device knows enough about who is safe to print letters to people's homes.

    `last_received` is when safety data last came from the server; `hours` is the council's limit, 24 unless set.
    """
    if last_received is None:
        return Decision(
            False,
            "This device has never received safe-contact rules from the server.",
            "The letter waits; connect and send, then print. It may be printed to hand over at the office.",
            Hold.STALE,
        )
    age = now - last_received
    if age > timedelta(hours=hours):
        old = int(age.total_seconds() // 3600)
        return Decision(
            False,
            f"Safe-contact rules on this device are {old} hours old; the limit is {hours}.",
            "The letter waits; connect and send, then print. It may be printed to hand over at the office.",
            Hold.STALE,
        )
    return YES


def reveals_address(
    text: str, addressee_address: Address | None, confidential: Iterable[Address], council_lines: Sequence[str] = ()
) -> Decision:
    """Say whether the body of a letter gives a confidential address away.

    A confidential address may stand in a letter only when the letter goes to that very address. While any of the
    people of the letter has one, any other postcode than the addressee's and the council's is doubted as well.
    """
    own = addressee_address
    hidden = tuple(address for address in confidential if address.confidential)
    elsewhere = [address for address in hidden if own is None or not _same_home(address, own)]
    council = set(postcodes_in(" ".join(council_lines)))
    known = council | set(postcodes_in(own.postcode if own else ""))
    strangers = [code for code in postcodes_in(text) if code not in known] if hidden else []
    if strangers or any(_gives_away(text, address, own, council) for address in elsewhere):
        return Decision(
            False,
            "The letter holds an address, and a confidential address is recorded for somebody on this case.",
            "Take the address out, or ask a second person to read the letter and release it.",
            Hold.SECOND_PERSON,
        )
    return YES


def _same_home(one: Address, other: Address) -> bool:
    return one.id == other.id or is_same_place(f"{one.line_1}, {one.postcode}", other)


def _gives_away(text: str, address: Address, own: Address | None, council: set[str]) -> bool:
    """A postcode shared with the council or the addressee gives nothing away; the first line still does."""
    shared = council | set(postcodes_in(own.postcode if own else ""))
    if set(postcodes_in(address.postcode)) & shared:
        return mentions_address(text, replace(address, postcode=""))
    return mentions_address(text, address)


def may_be_named(
    text: str, person: Person, rules: Iterable[SafeContactRule], addresses: Iterable[Address],
    to: Address | None, now: datetime,
) -> Decision:  # fmt: skip
    """Say whether a letter to `to` may name somebody other than its addressee.

    It may not when that person must not be written to there, or keeps a confidential address elsewhere.
    """
    if not is_named(text, person) or to is None:
        return YES
    barred = any(is_barred(rule, to) for rule in rules_in_force(rules, now))
    hiding = any(address.confidential and not _same_home(address, to) for address in addresses)
    if barred or hiding:
        return Decision(
            False,
            "The letter names somebody who must not be connected with this address.",
            "Take their name out, or ask a second person to read the letter and release it.",
            Hold.SECOND_PERSON,
        )
    return YES


def is_named(text: str, person: Person) -> bool:
    """Say whether a text names a person by the full name, or by the name they are known as."""
    names = [name for name in (person.full_name, person.known_as, *person.earlier_names) if len(name) > 2]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in names)


def check_review(starts_on: date, review_on: date, today: date) -> None:
    """Refuse a warning or rule without a review within a year. Raises Trouble naming the day that would do."""
    latest = same_day_later(starts_on, LONGEST_REVIEW_MONTHS)
    if starts_on > today:
        raise Trouble("A warning cannot start in the future.", "Give today, or the day it was agreed.", "From")
    if review_on <= starts_on:
        raise Trouble("The review is not after the start.", f"Choose a day up to {full_date(latest)}.", "Review on")
    if review_on > latest:
        raise Trouble(
            "A warning must be looked at again within a year.", f"Choose a day up to {full_date(latest)}.", "Review on"
        )


def banner(
    person: Person,
    rules: Iterable[SafeContactRule],
    flags: Iterable[Flag],
    addresses: Iterable[Address],
    now: datetime,
    *,
    resident_view: bool = False,
) -> Banner:
    """Say what an officer must know before anything else. With `resident_view` the person can see the screen:
    warnings about them and about others are left out, and only their own needs remain."""
    needs = _needs(person)
    if person.deceased_on:
        return Banner("neutral", f"Died on {plain_date(person.deceased_on)}", needs)
    if resident_view:
        return Banner("blue", "Needs to know", needs) if needs else Banner("neutral", "")
    in_force, warnings = rules_in_force(rules, now), flags_in_force(flags, now)
    hidden = any(address.confidential and not address.until for address in addresses)
    lines = [line for rule in in_force for line in _rule_lines(rule, uk_date(now))]
    lines += ["An address is confidential: do not say it, print it or confirm it."] if hidden else []
    lines += [_flag_line(flag, uk_date(now)) for flag in warnings]
    if in_force or hidden:
        return Banner("red", _headline(in_force), (*lines, *needs))
    if warnings:
        return Banner("orange", "Warning", (*lines, *needs))
    return Banner("blue", "Needs to know", needs) if needs else Banner("neutral", "")


def _headline(rules: Sequence[SafeContactRule]) -> str:
    if any(rule.collect_only for rule in rules):
        return "Safe contact only: letters are collected at the office"
    if any(Channel.POST.value in rule.never_by for rule in rules):
        return "Safe contact only: never by post"
    return "Safe contact only"


def _rule_lines(rule: SafeContactRule, today: date) -> list[str]:
    lines = []
    if rule.never_by:
        lines.append(f"Never by {_joined(_CHANNEL_WORDS.get(word, word) for word in rule.never_by)}.")
    if rule.never_at:
        lines.append(
            f"Nothing to {'this address' if len(rule.never_at) == 1 else 'these addresses'}: see safe contact."
        )
    if rule.collect_only:
        lines.append("Letters are collected at the office.")
    if rule.no_voicemail:
        lines.append("Leave no voicemail.")
    if rule.plain_envelope:
        lines.append("Plain envelope, without the council's name.")
    if rule.safe_hours:
        lines.append(f"Safe hours: {rule.safe_hours}.")
    if rule.code_word:
        lines.append("A code word is agreed: ask for it before speaking.")
    if rule.review_on < today:
        lines.append(f"Review was due on {plain_date(rule.review_on)}; the rule stands until it is ended.")
    return lines


def _flag_line(flag: Flag, today: date) -> str:
    late = f" (review was due on {plain_date(flag.review_on)})" if flag.review_on < today else ""
    return f"{_FLAG_WORDS[flag.warning]}{late}."


def _needs(person: Person) -> tuple[str, ...]:
    lines = []
    if person.letter_format is not Format.STANDARD:
        points = f", {person.print_points} point" if person.print_points else ""
        lines.append(f"Letters in {_FORMAT_WORDS[person.letter_format]}{points}.")
    if person.interpreter:
        lines.append(f"Needs an interpreter{f': {person.language_spoken}' if person.language_spoken else ''}.")
    if person.language_written and person.language_written.casefold() != "english":
        lines.append(f"Reads {person.language_written}.")
    return tuple(lines)


def _other_ways(rules: Sequence[SafeContactRule]) -> str:
    barred = {word for rule in rules for word in rule.never_by}
    ways = [_REACH_WORDS[channel] for channel in Channel if channel.value not in barred]
    return _joined(ways, "or") if ways else "at the office only"


def _joined(words: Iterable[str], last: str = "or") -> str:
    each = list(words)
    return f" {last} ".join([", ".join(each[:-1]), each[-1]]) if len(each) > 1 else "".join(each)


_CHANNEL_WORDS: dict[str, str] = {
    Channel.POST: "post",
    Channel.PHONE: "telephone",
    Channel.TEXT: "text message",
    Channel.EMAIL: "e-mail",
    Channel.VISIT: "a visit",
    Channel.OFFICE: "meeting at the office",
}
_REACH_WORDS: dict[Channel, str] = {
    Channel.POST: "by post",
    Channel.PHONE: "by telephone",
    Channel.TEXT: "by text message",
    Channel.EMAIL: "by e-mail",
    Channel.VISIT: "at home",
    Channel.OFFICE: "at the office",
}
_FLAG_WORDS: dict[FlagKind, str] = {
    FlagKind.RISK_TO_CHILDREN: "Risk to children",
    FlagKind.RISK_TO_ADULTS: "Risk to adults",
    FlagKind.ADULT_AT_RISK: "Adult at risk",
    FlagKind.RISK_TO_STAFF: "Risk to staff",
    FlagKind.DISCLOSURE_RISK: "Do not disclose information",
    FlagKind.RISK_TO_SELF: "Risk to self",
    FlagKind.MISSING_PERSON: "Missing person",
}
_FORMAT_WORDS: dict[Format, str] = {
    Format.STANDARD: "standard print",
    Format.LARGE_PRINT: "large print",
    Format.EASY_READ: "Easy Read",
    Format.BRAILLE: "Braille",
    Format.AUDIO: "audio",
    Format.OTHER: "another format",
}
