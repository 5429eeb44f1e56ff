"""The server's half of a pull and of a repair: what changed in the scopes an officer may see, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from almoner.rules.digests import EMPTY, digest_of
from almoner.store import central_rows as rows
from almoner.store import central_scopes as scopes
from almoner.store.central_scopes import DELETED, PUT, Position
from almoner.store.ledger import Ledger
from almoner.sync.messages import (
    CANNOT_CALCULATE,
    MAX_PAGE_ROWS,
    End,
    Listing,
    Page,
    Put,
    Range,
    Ranges,
    RangesReply,
    Ref,
    ScopePart,
    packed_size,
)

LIST_AT_MOST = 64
"""A differing range with no more records than this is listed, a larger one split."""
SPLIT_INTO = 16
MAX_RANGES = 256
"""Ranges answered in one call; the client asks for the rest again."""

_FIRST = ("staff", "residents")


def in_order(scope_ids: Iterable[str]) -> list[str]:
    """Scopes in the order they are sent: the council and its people first, so that cases find theirs."""
    return sorted(scope_ids, key=lambda s: (_FIRST.index(s) if s in _FIRST else len(_FIRST), s))


def state_text(epoch: str, scope_epoch: int, seq: int) -> str:
    """The opaque state that tells the server where a client stands in a scope."""
    return f"{epoch}.{scope_epoch}.{seq}"


def read_state(text: str, epoch: str, standing: scopes.Standing) -> int | None:
    """The number after which a client is to continue; None when the server cannot continue from that state."""
    if text == "":
        return 0
    begun = f"{epoch}.{standing.epoch}."
    number = text.removeprefix(begun)
    if not text.startswith(begun) or not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    seq = int(number)
    return seq if standing.min_seq <= seq <= standing.seq or seq == 0 else None


@dataclass(slots=True)
class _Draft:
    """A page being filled."""

    page_opened: list[str] = field(default_factory=list)
    page_closed: list[str] = field(default_factory=list)
    afresh: dict[str, str] = field(default_factory=dict)
    parts: list[ScopePart] = field(default_factory=list)
    rows: int = 0

    def page(self, *, more: bool) -> Page:
        """The page as it is sent."""
        return Page(opened=self.page_opened, closed=self.page_closed, afresh=self.afresh, parts=self.parts, more=more)


def pages(
    ledger: Ledger,
    allowed: frozenset[str],
    held: Mapping[str, str],
    *,
    max_bytes: int,
    page_rows: int = MAX_PAGE_ROWS,
) -> Iterator[Page]:
    """What a client that holds these states lacks. The ledger must show one unchanging moment."""
    epoch = ledger.server_epoch()
    order = in_order(allowed)
    stand = ledger.standings(order)
    draft = _Draft([s for s in order if s not in held], in_order(set(held) - allowed))
    spent = 0
    for scope_id in order:
        seq = read_state(held.get(scope_id, ""), epoch, stand[scope_id])
        if seq is None:
            draft.afresh[scope_id], seq = CANNOT_CALCULATE, 0
        fresh, done = seq == 0, False
        while not done:
            if draft.rows >= page_rows:
                page = draft.page(more=False)
                spent += packed_size(page)
                if spent >= max_bytes:
                    yield draft.page(more=True)
                    return
                yield page
                draft = _Draft()
            part, seq, done = _part(ledger, stand[scope_id], epoch, seq, room=page_rows - draft.rows, fresh=fresh)
            draft.parts.append(part)
            draft.rows += len(part.puts) + len(part.left) + len(part.deleted)
    yield draft.page(more=False)


def _part(
    ledger: Ledger, standing: scopes.Standing, epoch: str, seq: int, *, room: int, fresh: bool
) -> tuple[ScopePart, int, bool]:
    found = ledger.positions_after(standing.id, seq, room, present_only=fresh)
    done = len(found) < room
    reached = standing.seq if done else found[-1].seq
    part = ScopePart(
        scope=standing.id,
        state=state_text(epoch, standing.epoch, reached),
        puts=_puts(ledger, found),
        left=[Ref(p.kind, p.record_id) for p in found if p.state not in (PUT, DELETED)],
        deleted=[Ref(p.kind, p.record_id) for p in found if p.state == DELETED],
        end=End(standing.count, standing.digest) if done else None,
    )
    return part, reached, done


def _puts(ledger: Ledger, found: Iterable[Position]) -> list[Put]:
    keys = [(p.kind, p.record_id) for p in found if p.state == PUT]
    stored = ledger.load(keys)
    return [
        Put(kind, record_id, stored[kind, record_id].rev, stored[kind, record_id].wire(kind))
        for kind, record_id in keys
    ]


def compare(ledger: Ledger, asked: Ranges) -> RangesReply:
    """Where the client's ranges differ from the server's: split further, or listed whole when small."""
    split: list[Range] = []
    listed: list[Listing] = []
    for one in asked.ranges[:MAX_RANGES]:
        here = ledger.hashes_between(asked.scope, one.lo, one.hi)
        if (len(here), digest_of(h for _, _, h in here)) == (one.count, one.digest):
            continue
        if len(here) <= LIST_AT_MOST:
            listed.append(Listing(one.lo, one.hi, _listed(ledger, [key for _, key, _ in here])))
        else:
            split.extend(_split(one, here))
    return RangesReply(scope=asked.scope, split=split, listed=listed)


def _listed(ledger: Ledger, keys: list[rows.Key]) -> list[Put]:
    stored = ledger.load(keys)
    return [Put(kind, i, stored[kind, i].rev, stored[kind, i].wire(kind)) for kind, i in keys]


def _split(whole: Range, here: list[tuple[str, rows.Key, int]]) -> list[Range]:
    step = -(-len(here) // SPLIT_INTO)
    starts = [here[i][0] for i in range(0, len(here), step)]
    bounds = [whole.lo, *starts[1:], whole.hi]
    made = []
    for place, lo in enumerate(bounds[:-1]):
        hashes = [h for _, _, h in here[place * step : (place + 1) * step]]
        made.append(Range(lo, bounds[place + 1], len(hashes), digest_of(hashes) if hashes else EMPTY))
    return made
