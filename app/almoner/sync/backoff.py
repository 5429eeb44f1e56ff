"""When to try again after a round that failed: soon at first, then less often, never never."""

from __future__ import annotations

from datetime import timedelta

from almoner.sync.peer import PeerKind

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 900.0
PERSON_SECONDS = 900.0
USUAL_SECONDS = 60.0
"""How often to look for news when all is well and no hint comes."""
HINT_SPREAD_SECONDS = 8.0

NEEDS_A_PERSON = frozenset({PeerKind.SIGNED_OUT, PeerKind.NOT_ALLOWED, PeerKind.CERTIFICATE, PeerKind.TOO_OLD})
"""What no waiting mends; it is tried all the same, because somebody may have mended it elsewhere."""


def wait_after(failures: int, kind: PeerKind, *, retry_after_seconds: int = 0, chance: float) -> timedelta:
    """How long to wait after this many failures in a row. `chance` from 0 to 1 spreads laptops that lost the server
    together; what the server asked for is never undercut."""
    assert failures >= 1
    assert 0.0 <= chance <= 1.0
    if kind in NEEDS_A_PERSON:
        seconds = PERSON_SECONDS
    else:
        seconds = min(FIRST_SECONDS * 2.0 ** min(failures - 1, 20), LONGEST_SECONDS)
    spread = seconds * (0.5 + chance / 2)
    return timedelta(seconds=max(spread, float(retry_after_seconds)))


def wait_when_well(chance: float) -> timedelta:
    """How long until the next look when the last round went well."""
    assert 0.0 <= chance <= 1.0
    return timedelta(seconds=USUAL_SECONDS * (0.75 + chance / 2))


def wait_on_hint(chance: float) -> timedelta:
    """How long to wait after a hint: all laptops that hold the scope hear it in the same moment."""
    assert 0.0 <= chance <= 1.0
    return timedelta(seconds=1.0 + HINT_SPREAD_SECONDS * chance)
