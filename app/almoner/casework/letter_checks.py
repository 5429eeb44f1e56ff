"""What is checked on a letter before it is made final, and once more at the moment it is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from almoner.casework.letter_facts import Facts, Known
from almoner.casework.ports import Desk
from almoner.records import Address, SafeContactRule, User
from almoner.records.people import Channel, Format
from almoner.records.wire import read_instant
from almoner.rules.access import may_see_confidential
from almoner.rules.addresses import check_address_lines, tidy_address_lines
from almoner.rules.mentions import postcodes_in
from almoner.rules.safety import (
    YES,
    Decision,
    Hold,
    may_be_named,
    may_post_to,
    may_print_offline,
    may_use,
    reveals_address,
    rules_in_force,
)
from almoner.rules.words import counted
from almoner.store.writing import Reading

_ASK_A_SUPERVISOR = "A confidential address is not on this computer: a supervisor can write to it."

SUPPLIED = {
    Format.EASY_READ: "Easy Read",
    Format.BRAILLE: "Braille",
    Format.AUDIO: "audio",
    Format.OTHER: "another form",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a letter in words: passed or not; what stands in the way, and what to do about it.

    `blocking` stops the letter; otherwise it is a warning. `hold` says why in a word fit for the printer.
    """

    code: str
    passed: bool
    what: str
    do: str = ""
    blocking: bool = False
    hold: Hold = Hold.NONE

    @property
    def stops(self) -> bool:
        """Whether the letter cannot be made final as it is."""
        return self.blocking and not self.passed

    @property
    def can_be_released(self) -> bool:
        """Whether a second person may read the letter and let it go."""
        return self.hold is Hold.SECOND_PERSON


def safe_contact_check(facts: Facts, address: Address | None, now: datetime, *, collect: bool, me: User) -> Check:
    """Check that the letter may reach its addressee in this way. Where no address is here, an officer who may not hold
    confidential ones is told who can write to such a one; the same of everybody, so that it gives nobody away."""
    known = facts.addressee
    if known is None:
        return Check("recipient", False, "Nobody on this case can be written to.", "Add the person first.", True)
    if not collect:
        decision = may_post_to(known.person, known.rules, address, now)
        if decision.hold is Hold.ADDRESS and address is None and not may_see_confidential(me):
            decision = replace(decision, do=f"{decision.do} {_ASK_A_SUPERVISOR}")
        return _of("safe-contact", decision, "Safe contact: post to this address is allowed.")
    decision = may_use(Channel.OFFICE, known.person, known.rules, now)
    return _of("safe-contact", decision, "Safe contact: collected at the office.")


def address_check(lines: Sequence[str]) -> Check:
    """Check that the lines can stand in the window."""
    faults = check_address_lines(tidy_address_lines(lines))
    if faults:
        what, do = " ".join(f.what for f in faults), " ".join(dict.fromkeys(f.do for f in faults))
        return Check("address", False, what, do, True, Hold.ADDRESS)
    return Check("address", True, "The address fits the window and ends with a postcode.")


def disclosure_checks(
    reading: Reading, desk: Desk, facts: Facts, text: str, address: Address | None, now: datetime
) -> tuple[Check, ...]:
    """Check that the words give no confidential address away and name nobody who hides from this address."""
    return (
        _of(
            "addresses",
            _reveals(reading, desk, facts, text, address),
            "No confidential address stands in the letter.",
        ),
        _of("names", _names(facts, text, address, now), "Everybody named may be connected with this address."),
    )


def age_check(reading: Reading, desk: Desk, now: datetime, *, blocking: bool, collect: bool = False) -> Check:
    """Check how old this device's safe-contact rules are; at the printer old ones hold a letter to somebody's home."""
    last = reading.fact("last_sync_at")
    decision = may_print_offline(read_instant(last) if last else None, now, desk.council.safety_hours)
    if collect:
        decision = YES
    check = _of("safety-age", decision, "Safe-contact rules on this computer are fresh enough to print.")
    return Check(check.code, check.passed, check.what, check.do, blocking and not check.passed, check.hold)


def reading_checks(known: Known | None, languages: Sequence[str], now: datetime) -> tuple[Check, ...]:
    """Check that the person can read the letter: its format, its language, and a plain envelope."""
    if known is None:
        return ()
    person, found = known.person, []
    if person.letter_format in SUPPLIED:
        found.append(
            Check(
                "format", False, f"This person needs letters as {SUPPLIED[person.letter_format]}.",
                "File this one, and order the other from the supplier; say so in a note.",
            )
        )  # fmt: skip
    reads = person.language_written.strip().casefold()
    if reads and not _is_written_in(reads, languages):
        found.append(
            Check(
                "language", False, f"This person reads {person.language_written}; the letter is in English.",
                "Order a translation, or ring them with an interpreter.",
            )
        )  # fmt: skip
    if _plain_envelope(known.rules, now):
        found.append(
            Check(
                "envelope", False, "Safe contact asks for a plain envelope.",
                "Use one without the council's name, and no franking with it.",
            )
        )  # fmt: skip
    return tuple(found)


def words_of_checks(checks: Iterable[Check]) -> str:
    """Say what stops a letter, for a message: every failed blocking check."""
    return " ".join(check.what for check in checks if check.stops)


def separator_words(held: Sequence[Hold], printed: int) -> str:
    """Say on the separator sheet of a run what was held, by kind and number, naming nobody: "1 held – safety"."""
    lines = [f"{counted(printed, 'letter')} printed"]
    for hold in dict.fromkeys(_at_printer(each) for each in held):
        lines.append(f"{sum(_at_printer(each) == hold for each in held)} held – {hold}")
    return "; ".join(lines)


def _at_printer(hold: Hold) -> str:
    """Collection only, a barred address and a second reader are all one word to whoever stands at the printer."""
    return Hold.SAFETY.value if hold in (Hold.SAFETY, Hold.COLLECT, Hold.SECOND_PERSON) else hold.value


def _reveals(reading: Reading, desk: Desk, facts: Facts, text: str, address: Address | None) -> Decision:
    people = [*facts.others, *([facts.addressee] if facts.addressee else [])]
    confidential = [a for known in people for a in known.addresses if a.confidential]
    for code in postcodes_in(text):
        confidential += reading.all_of(Address, postcode=code, confidential=True, limit=50)
    decision = reveals_address(text, address, confidential, desk.council.letter_lines)
    if decision.allowed and not may_see_confidential(desk.me):
        return _names_no_unknown_place(reading, desk, facts, text)
    return decision


def _names_no_unknown_place(reading: Reading, desk: Desk, facts: Facts, text: str) -> Decision:
    """Doubt a postcode that no address here has: on the computer of an officer who may not hold confidential
    addresses it may be one of those."""
    known = set(postcodes_in("\n".join((facts.case.place, *desk.council.letter_lines))))
    for code in postcodes_in(text):
        if code not in known and not reading.all_of(Address, postcode=code, limit=1):
            return Decision(
                False,
                "The letter holds a postcode that no address on this computer has; it may be a confidential one.",
                "Take it out, or ask a second person to read the letter and release it.",
                Hold.SECOND_PERSON,
            )
    return YES


def _names(facts: Facts, text: str, address: Address | None, now: datetime) -> Decision:
    for other in facts.others:
        decision = may_be_named(text, other.person, other.rules, other.addresses, address, now)
        if not decision.allowed:
            return decision
    return YES


def language_tag(name: str) -> str:
    """Give the first part of a BCP 47 tag for a language as people write it; an unknown one comes back as it is."""
    return {"english": "en", "welsh": "cy", "cymraeg": "cy"}.get(name.strip().casefold(), name.strip().casefold())


def _is_written_in(reads: str, languages: Sequence[str]) -> bool:
    return any(tag.split("-")[0] == language_tag(reads) for tag in languages)


def _plain_envelope(rules: Iterable[SafeContactRule], now: datetime) -> bool:
    return any(rule.plain_envelope for rule in rules_in_force(rules, now))


def _of(code: str, decision: Decision, passed: str) -> Check:
    if decision.allowed:
        return Check(code, True, passed)
    return Check(code, False, decision.why, decision.do, True, decision.hold)
