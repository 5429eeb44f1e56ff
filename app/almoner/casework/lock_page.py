"""What stands in place of the work while there is none to be done on this device: it is locked until it has reached
the office, its use was ended, or its first records have not come yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from almoner.casework.lease import standing_of
from almoner.records import Council, User
from almoner.records.wire import read_instant
from almoner.rules.lease import Lock
from almoner.rules.words import counted, date_and_time, when
from almoner.store.outbox import unsent_count
from almoner.store.reading import Reading


class Hold(StrEnum):
    """Why nobody can work here now. Only when there is no hold is anything of a resident shown."""

    NONE = "none"
    LOADING = "loading"  # set up, but who works here has not come yet
    LEASE = "lease"  # the rest as in `rules.lease.Lock`
    CLOCK = "clock"
    REVOKED = "revoked"
    WIPE = "wipe"


def hold_of(reading: Reading, user_id: str, now: datetime) -> Hold:
    """What keeps anybody from working on this device now."""
    lock = standing_of(reading, now).lock
    if lock is not Lock.NONE:
        return Hold(lock.value)
    return Hold.NONE if knows_who(reading, user_id) else Hold.LOADING


def knows_who(reading: Reading, user_id: str) -> bool:
    """Whether the council and the officer are here, without whom there is no desk to work at."""
    return reading.find(User, user_id) is not None and bool(reading.all_of(Council, limit=1))


def is_first_load(reading: Reading) -> bool:
    """Whether the records have never yet come to their end on this device."""
    return not reading.fact("last_sync_at")


def _instant(reading: Reading, fact: str) -> datetime | None:
    said = reading.fact(fact)
    return read_instant(said) if said else None


@dataclass(frozen=True, slots=True)
class LockWords:
    """What is said in place of the work: what happened, what became of the work, what to do."""

    hold: Hold
    title: str
    what: str
    do: str
    unsent: int


def lock_words(reading: Reading, user_id: str, now: datetime) -> LockWords:
    """Say why nothing can be worked on. Names no resident."""
    hold, unsent = hold_of(reading, user_id, now), unsent_count(reading)
    title, what, do = _WORDS[hold]
    last = _instant(reading, "greeted_at") or _instant(reading, "server_time")
    facts = {
        "last": f"It last reached the office {_low(when(last, now))}."
        if last
        else "It has not reached the office yet.",
        "now": date_and_time(now),
        "gone": _gone_words(reading, now),
        "unsent": _handed_in(unsent),
    }
    return LockWords(hold, title, what.format(**facts), do, unsent)


def _gone_words(reading: Reading, now: datetime) -> str:
    at = _instant(reading, "gone_at")
    if at is None:
        return "What is kept on it leaves it as soon as that is done."
    records, files = int(reading.fact("gone_records") or 0), int(reading.fact("gone_files") or 0)
    left = counted(records, "record") + (f" and {counted(files, 'file')}" if files else "")
    return f"{left} left this device {_low(when(at, now))}."


def _handed_in(unsent: int) -> str:
    if unsent:
        return f"{counted(unsent, 'save')} not sent yet {'is' if unsent == 1 else 'are'} handed in first."
    return "Everything you saved on it has been handed in; what was not accepted is held for a supervisor."


def _low(words: str) -> str:
    return words[:1].lower() + words[1:]


_CONNECT = "Connect this computer to a network, then press Connect now. "
_WORDS = {
    Hold.NONE: ("This device can be used", "It is in step with the office.", ""),
    Hold.LOADING: (
        "Your work is being fetched",
        "Your own cases come first. You can begin as soon as they are here; the rest follows while you work.",
        "If the line is cut, it goes on from where it was.",
    ),
    Hold.LEASE: (
        "Locked until the office is reached",
        "This device has been away from the office for longer than it may. {last} Nothing can be read on it until it "
        "reaches the office again. Your unsent work is safe and is sent first.",
        _CONNECT + "It unlocks by itself.",
    ),
    Hold.CLOCK: (
        "Locked because the clock was set back",
        "This computer's clock says {now}, but it was later than that before. Until the office has confirmed the "
        "time, nothing can be read. Your unsent work is safe.",
        "Set the date and time of the computer. " + _CONNECT + "It unlocks by itself.",
    ),
    Hold.REVOKED: (
        "Your access on this device has ended",
        "The office has ended the use of Almoner on this device. {unsent} {gone}",
        "If this is a mistake, speak to your supervisor or IT service desk. When access is given back, everything "
        "is fetched anew.",
    ),
    Hold.WIPE: (
        "This device is being wiped",
        "The office asked for everything of Almoner on this device to be destroyed. {unsent} {gone}",
        "Leave it connected to a network. Speak to your IT service desk before you use it again.",
    ),
}
