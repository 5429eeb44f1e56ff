"""Whether a device may still be worked with: a lease that runs out when it was not in contact, and what ends sooner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SET_BACK = timedelta(days=1)
"""A clock this far behind the latest time it ever showed was set back: time that is not counted must not be won."""


class Lock(StrEnum):
    """Why a store may not be worked with. Syncing is always possible."""

    NONE = "none"  # it may be worked with
    LEASE = "lease"  # no contact with the server for as long as the lease lasts
    CLOCK = "clock"  # the clock was set back, so the lease cannot be counted
    REVOKED = "revoked"  # the device or the account may not be used any more; it hands in its work
    WIPE = "wipe"  # the store is to be destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The last contact with the server: when by this device's clock, what the lease was worth then, and what the server
    asked for."""

    at: datetime
    lasts: timedelta
    revoked: bool = False
    wipe: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How the device stands: what locks it, until when it is open by its own clock (None: not said yet), and in words
    for whoever sits before it what is and what to do; empty when nothing locks it."""

    lock: Lock
    until: datetime | None
    what: str = ""
    do: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the store may be worked with."""
        return self.lock is Lock.NONE


_WORDS = {
    Lock.LEASE: (
        "This computer has not been in contact with the council's server for too long, so it is locked.",
        "Connect to a network and sync. Your work is safe here, and everything opens again at once.",
    ),
    Lock.CLOCK: (
        "The clock of this computer was set back, so it cannot be told how long it was away.",
        "Set the date and time right, connect to a network and sync. Your work is safe here.",
    ),
    Lock.REVOKED: (
        "This computer may not be used for casework any more.",
        "Connect to a network and sync once more: work that was not sent is handed to your supervisor. Then ask them.",
    ),
    Lock.WIPE: (
        "The council has asked for everything of Almoner to be removed from this computer.",
        "Nothing needs to be done. If you are the officer, tell your supervisor that you have the computer.",
    ),
}


def standing(contact: Contact | None, *, now: datetime, highest: datetime | None) -> Standing:
    """How a device stands at a time. `highest` is the latest time its clock ever showed since it was last proved."""
    if contact is None:
        return Standing(Lock.NONE, None)
    until = contact.at + contact.lasts
    lock = _lock(contact, until, now, max(now, highest or now))
    return Standing(lock, until, *_WORDS.get(lock, ("", "")))


def _lock(contact: Contact, until: datetime, now: datetime, seen: datetime) -> Lock:
    if contact.wipe:
        return Lock.WIPE
    if contact.revoked:
        return Lock.REVOKED
    if seen >= until:
        return Lock.LEASE
    if seen - now > SET_BACK or contact.at - now > SET_BACK:
        return Lock.CLOCK
    return Lock.NONE
