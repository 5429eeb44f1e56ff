"""Mending a scope whose copies differ, by ranges: compare counts and digests, go where they differ, take over only
that (range-based set reconciliation)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, TypeVar

from almoner.rules.digests import EMPTY, digest_of
from almoner.store import incoming, members
from almoner.store.reading import Reading
from almoner.store.writing import Writing
from almoner.sync.messages import Listing, Range, Ranges, Ref
from almoner.sync.peer import Peer

T = TypeVar("T")

LOWEST, HIGHEST = "", "~"
"""Bounds around every key: keys are ids and kinds, in ASCII below `~`."""
MAX_STEPS = 12
"""Splits by 16 reach any size in fewer."""
RANGES_AT_ONCE = 200


class Read(Protocol):
    """Asks the store."""

    def __call__(self, query: Callable[[Reading], T], /) -> T:
        """The answer."""


class Write(Protocol):
    """Changes the store in one transaction."""

    def __call__(self, action: Callable[[Writing], T], /) -> T:
        """The action's result."""


class Here:
    """What this device holds of a scope, in order of the range key."""

    def __init__(self, rows: Iterable[tuple[str, str, int]]) -> None:
        found = sorted((f"{record_id}/{kind}", kind, record_id, its_hash) for kind, record_id, its_hash in rows)
        self._keys = [row[0] for row in found]
        self._rows = found

    def _between(self, lo: str, hi: str) -> list[tuple[str, str, str, int]]:
        return self._rows[bisect_left(self._keys, lo) : bisect_left(self._keys, hi)]

    def range(self, lo: str, hi: str) -> Range:
        """Count and digest of a range."""
        rows = self._between(lo, hi)
        return Range(lo, hi, len(rows), digest_of(row[3] for row in rows) if rows else EMPTY)

    def beyond(self, listing: Listing) -> list[Ref]:
        """The records held here in a listed range that the server does not list."""
        there = {(put.kind, put.id) for put in listing.puts}
        rows = self._between(listing.lo, listing.hi)
        return [Ref(kind, record_id) for _, kind, record_id, _ in rows if (kind, record_id) not in there]


def held_here(reading: Reading, scope: str) -> Here:
    """Everything this device holds of a scope."""
    rows: list[tuple[str, str, int]] = []
    after = ("", "")
    while page := members.members(reading, scope, after=after):
        rows += [(row[0], row[1], row[2]) for row in page]
        after = (page[-1][0], page[-1][1])
    return Here(rows)


def repair(read: Read, write: Write, peer: Peer, *, client_id: str, scope: str) -> int:
    """Make this device's copy of a scope the server's; how many records had to be taken over. Raises PeerTrouble."""
    here = read(lambda reading: held_here(reading, scope))
    asked = [here.range(LOWEST, HIGHEST)]
    mended = 0
    for _ in range(MAX_STEPS):
        differing: list[Range] = []
        for begin in range(0, len(asked), RANGES_AT_ONCE):
            reply = peer.ranges(Ranges(client_id=client_id, scope=scope, ranges=asked[begin : begin + RANGES_AT_ONCE]))
            for listing in reply.listed:
                mended += write(partial(_take_over, scope=scope, listing=listing, here=here))
            differing += [r for r in reply.split if here.range(r.lo, r.hi) != r]
        asked = [here.range(r.lo, r.hi) for r in differing]
        if not asked:
            break
    return mended


def _take_over(tx: Writing, *, scope: str, listing: Listing, here: Here) -> int:
    left: list[Any] = here.beyond(listing)
    state = members.scope_states(tx).get(scope, "")
    incoming.apply_part(tx, scope, state, puts=listing.puts, left=left)
    return len(listing.puts) + len(left)
