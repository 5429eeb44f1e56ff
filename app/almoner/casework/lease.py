"""Whether this store may be worked with now: the lease from the last contact, and what the server asked for then."""

from __future__ import annotations

from datetime import datetime

from almoner.records.trouble import Trouble
from almoner.records.wire import read_instant
from almoner.rules.lease import Contact, Standing, standing
from almoner.store.reading import Reading


def standing_of(reading: Reading, now: datetime) -> Standing:
    """How this store stands at a time. A locked one may only be synced."""
    highest = reading.fact("highest_time")
    return standing(_contact(reading), now=now, highest=read_instant(highest) if highest else None)


def prove_open(reading: Reading, now: datetime) -> None:
    """Raises Trouble, in words, when this store may not be worked with now."""
    found = standing_of(reading, now)
    if not found.is_open:
        raise Trouble(found.what, found.do)


def _contact(reading: Reading) -> Contact | None:
    """The last contact, or None before the first. A store of an older program kept no time of its own for it: then the
    server's is taken."""
    server_time, lease_until = reading.fact("server_time"), reading.fact("lease_until")
    if not server_time or not lease_until:
        return None
    theirs = read_instant(server_time)
    greeted = reading.fact("greeted_at")
    return Contact(
        at=read_instant(greeted) if greeted else theirs,
        lasts=read_instant(lease_until) - theirs,
        revoked=reading.fact("revoked") == "1",
        wipe=reading.fact("wipe") == "1",
    )
