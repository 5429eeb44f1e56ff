"""When things happened. A case starts when anyone in the council became aware, not when it was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from almoner.records.trouble import Trouble
from almoner.records.wire import instant_text, read_instant
from almoner.rules.words import date_and_time
from almoner.store.writing import Writing

SLACK = timedelta(minutes=5)
"""Two clocks on two desks differ by a little; a time this far ahead is still now."""

LONGEST_AGO = timedelta(days=365 * 30)
"""Nothing older is taken at the desk; a year typed wrong is far more likely."""

EARLIEST_DEVICE = datetime(2026, 1, 1, tzinfo=UTC)
"""This program did not exist earlier: a device that says so has lost its time."""

CONFIRM_TIME = "The date and time are right"
"""The command by which an officer says so, after the clock was ahead and has been put back."""


def happened(tx: Writing, at: datetime | None, what: str = "Happened") -> datetime:
    """Give the instant something happened, now when none was said.

    Raises Trouble for a time in the future, for one absurdly long ago, and when the device's own clock cannot be right.
    """
    check_device_clock(tx)
    if at is None:
        return tx.now
    assert at.tzinfo is not None, "an instant needs a time zone"
    at = at.astimezone(UTC)
    if at > tx.now + SLACK:
        raise Trouble(
            f"“{what}” is in the future: {date_and_time(at)}; it is now {date_and_time(tx.now)}.",
            "Give the time it really happened. If the computer's clock is wrong, have it put right first.",
            what,
        )
    if at < tx.now - LONGEST_AGO:
        raise Trouble(f"“{what}” is {date_and_time(at)}, over 30 years ago.", "Check the year.", what)
    return at


def check_device_clock(tx: Writing) -> None:
    """Refuse to record anything while the device's clock says a time that cannot be. Raises Trouble.

    A clock found set back by more than two years was more likely wrong before, far in the future, and is believed.
    """
    highest = tx.fact("highest_time")
    seen = read_instant(highest) if highest else None
    set_back = seen is not None and timedelta(days=1) < seen - tx.now < timedelta(days=2 * 365)
    if tx.now < EARLIEST_DEVICE or set_back:
        believed = f" If it is right, search for the command “{CONFIRM_TIME}” (Ctrl+Shift+P)." if set_back else ""
        raise Trouble(
            f"This computer's clock says {date_and_time(tx.now)}, which cannot be right.",
            "Set the date and time of the computer, then save again. Nothing was saved, and what you typed is kept."
            + believed,
            "Computer's clock",
        )


def confirm_device_time(tx: Writing) -> None:
    """Believe the device's clock from now on: somebody looked, and it was wrong before."""
    tx.set_fact("highest_time", instant_text(tx.now))


def not_before(at: datetime, earlier: datetime, what: str, earlier_what: str) -> None:
    """Refuse a time that comes before the one it must follow. Raises Trouble that names both."""
    if at < earlier - SLACK:
        raise Trouble(
            f"“{what}” ({date_and_time(at)}) is before “{earlier_what}” ({date_and_time(earlier)}).",
            "Correct one of the two times.",
            what,
        )
