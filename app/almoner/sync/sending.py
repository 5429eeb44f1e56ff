"""The server's half of a pull and of a repair: what changed in the scopes an officer may see, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from almoner.records import SCHEMA
from almoner.rules.digests import EMPTY, digest_of
from almoner.store import central_rows as rows
from almoner.store import central_scopes as scopes
from almoner.store.central_scopes import DELETED, PUT
from almoner.store.first_pages import FirstPage
from almoner.store.ledger import Ledger
from almoner.sync.messages import (
    CANNOT_CALCULATE,
    MAX_FRAME_BYTES,
    MAX_PAGE_ROWS,
    PROTOCOL_VERSION,
    ArrivedPage,
    ArrivedPart,
    End,
    Listing,
    Page,
    Put,
    Range,
    Ranges,
    RangesReply,
    Ref,
    framed,
    pack,
    packed_size,
    plain_size,
    reread,
    unpack,
)
from almoner.sync.puts import arrived_puts

Piece = ArrivedPage | bytes
"""A page, or the packed body of one that was kept."""

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

    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    afresh: dict[str, str] = field(default_factory=dict)
    parts: list[ArrivedPart] = field(default_factory=list)
    rows: int = 0
    total: int = 0

    @property
    def says_something(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.opened or self.closed or self.afresh or self.parts or self.total)

    def page(self, *, more: bool = False) -> ArrivedPage:
        """The page as it is sent."""
        return ArrivedPage(
            opened=self.opened,
            closed=self.closed,
            afresh=self.afresh,
            parts=list(self.parts),
            more=more,
            total=self.total,
        )


@dataclass(slots=True)
class Sending:
    """One call of pull. `step` is given the ledger again and again until it is `done`; what it gives is right at the
    moment its ledger shows, and when it is done, all that was sent is brought up to the last of these moments.

    A piece is a page, or the packed body of one that was kept. `built` gathers pages worth keeping."""

    allowed: frozenset[str]
    held: Mapping[str, str]
    max_bytes: int
    page_rows: int = MAX_PAGE_ROWS
    done: bool = False
    built: list[FirstPage] = field(default_factory=list)
    _order: list[str] = field(default_factory=list)
    _draft: _Draft = field(default_factory=_Draft)
    _at: dict[str, int] = field(default_factory=dict)
    _began: dict[str, scopes.Standing] = field(default_factory=dict)
    _ended: dict[str, int] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)
    _loading: set[str] = field(default_factory=set)
    _epoch: str = ""
    _spent: int = 0

    @property
    def is_first_load(self) -> bool:
        """Whether the client holds nothing yet."""
        return not self.held

    def step(self, ledger: Ledger) -> list[Piece]:
        """The next pieces, all of one moment."""
        if not self._epoch:
            self._begin(ledger)
            stand = self._began
        elif ledger.server_epoch() != self._epoch:
            return self._stop([])
        else:
            stand = ledger.standings(self._order)
        pieces: list[Piece] = []
        for scope_id in self._order:
            standing = stand[scope_id]
            if standing.epoch != self._began[scope_id].epoch or standing.seq < self._at[scope_id]:
                return self._stop(pieces)
            while self._ended.get(scope_id) != standing.seq:
                full = self._advance(ledger, standing, pieces)
                if self._spent >= self.max_bytes:
                    return self._stop(pieces)
                if full:
                    return pieces
        self.done = True
        return [*pieces, self._draft.page()]

    def _begin(self, ledger: Ledger) -> None:
        self._epoch, self._order = ledger.server_epoch(), in_order(self.allowed)
        self._began = ledger.standings(self._order)
        draft = _Draft([s for s in self._order if s not in self.held], in_order(set(self.held) - self.allowed))
        for scope_id, standing in self._began.items():
            seq = read_state(self.held.get(scope_id, ""), self._epoch, standing)
            if seq is None:
                draft.afresh[scope_id], seq = CANNOT_CALCULATE, 0
            self._at[scope_id] = seq
            if seq == 0:
                self._fresh.add(scope_id)
            draft.total += min(standing.count, standing.seq - seq) if seq == 0 else standing.seq - seq
        self._draft = draft

    def _advance(self, ledger: Ledger, standing: scopes.Standing, pieces: list[Piece]) -> bool:
        """One more piece of a scope; True when that is enough of this moment."""
        seq, fresh = self._at[standing.id], standing.id in self._fresh
        size = standing.count if seq == 0 else standing.seq - seq
        if size >= self.page_rows:
            kept = ledger.next_page(standing.id, self._edition(standing), seq)
            if self._is_loading(ledger, standing, seq, kept):
                return self._load_on(ledger, standing, kept, pieces)
        unmoved = standing.seq == self._began[standing.id].seq
        room = self.page_rows - self._draft.rows
        part, reached, ended = _part(
            ledger, standing, self._epoch, seq, room=room, fresh=fresh and (seq == 0 or unmoved)
        )
        self._add(part, reached, standing, ended=ended)
        return self._draft.rows >= self.page_rows and self._flush(pieces)

    def _is_loading(self, ledger: Ledger, standing: scopes.Standing, seq: int, kept: FirstPage | None) -> bool:
        """Whether the client is at a place where pages begin."""
        if standing.id not in self._loading:
            begins = seq == 0 or (kept is not None and kept.after_seq == seq)
            if begins or ledger.ends_page(standing.id, self._edition(standing), seq):
                self._loading.add(standing.id)
        return standing.id in self._loading

    def _load_on(self, ledger: Ledger, standing: scopes.Standing, kept: FirstPage | None, pieces: list[Piece]) -> bool:
        """The next page of a first load, kept or to be kept. Pages begin where others end, whoever loads."""
        self._flush(pieces)
        seq = self._at[standing.id]
        if kept is not None and kept.after_seq == seq:
            pieces.append(kept.body)
            self._at[standing.id] = kept.upto_seq
            self._spent += plain_size(kept.body)
            return False
        part, reached, ended = _part(ledger, standing, self._epoch, seq, room=self.page_rows, fresh=seq == 0, kept=kept)
        if not ended:
            self._build(ledger, standing, part, seq, reached)
        self._add(part, reached, standing, ended=ended)
        return self._flush(pieces, thorough=not ended)

    def _build(self, ledger: Ledger, standing: scopes.Standing, part: ArrivedPart, after: int, upto: int) -> None:
        page = ArrivedPage(parts=[part])
        rows = ledger.members_between(standing.id, after, upto)
        body = pack(page, thorough=True)
        self.built.append(FirstPage(standing.id, self._edition(standing), after, upto, rows, body))

    def _add(self, part: ArrivedPart, reached: int, standing: scopes.Standing, *, ended: bool) -> None:
        self._draft.parts.append(part)
        self._draft.rows += len(part.puts) + len(part.left) + len(part.deleted)
        self._at[standing.id] = reached
        if ended:
            self._ended[standing.id] = standing.seq

    def _flush(self, pieces: list[Piece], *, thorough: bool = False) -> bool:
        """Send what is in the draft, as the page just built when it is that one."""
        if self._draft.says_something:
            built = self.built[-1].body if thorough and self.built else b""
            if built:
                pieces.append(built)
                self._spent += plain_size(built)
            else:
                page = self._draft.page()
                pieces.append(page)
                self._spent += packed_size(page)
            self._draft = _Draft()
        return True

    def _stop(self, pieces: list[Piece]) -> list[Piece]:
        """Enough for one call: the client comes again at once."""
        self.done = True
        return [*pieces, self._draft.page(more=True)]

    def _edition(self, standing: scopes.Standing) -> str:
        return f"{self._epoch}.{standing.epoch}.{SCHEMA}.{PROTOCOL_VERSION}.{self.page_rows}"


def pages(
    ledger: Ledger,
    allowed: frozenset[str],
    held: Mapping[str, str],
    *,
    max_bytes: int,
    page_rows: int = MAX_PAGE_ROWS,
) -> Iterator[Page]:
    """What a client that holds these states lacks, at the one moment that the ledger shows."""
    sending = Sending(allowed, held, max_bytes, page_rows)
    while not sending.done:
        for piece in sending.step(ledger):
            yield as_page(piece)


def as_page(piece: Piece) -> Page:
    """A piece as a page whose values can be read."""
    if isinstance(piece, bytes):
        return unpack(piece, Page, limit=MAX_FRAME_BYTES)
    return reread(piece)


def as_frame(piece: Piece) -> bytes:
    """A piece as it goes out; a page that was kept goes as it is."""
    return framed(piece if isinstance(piece, bytes) else pack(piece))


def key_of(place: scopes.Position) -> tuple[str, str]:
    """The record that has this place."""
    return place.kind, place.record_id


def _part(
    ledger: Ledger,
    standing: scopes.Standing,
    epoch: str,
    seq: int,
    *,
    room: int,
    fresh: bool,
    kept: FirstPage | None = None,
) -> tuple[ArrivedPart, int, bool]:
    """What one scope adds, the number it reaches, and whether the scope is then complete. It ends where the kept page
    begins that comes next, or with that one when both fit into one. What was taken away and is there again, in other
    scopes, has only left this one."""
    found = ledger.positions_after(standing.id, seq, room, present_only=fresh) if seq < standing.seq else []
    done, reached = len(found) < room, found[-1].seq if found else seq
    if kept is not None:
        here = [p for p in found if p.seq <= kept.after_seq]
        both = [p for p in found if p.seq <= kept.upto_seq]
        fits = (done or reached >= kept.upto_seq) and len(here) + kept.rows <= room
        if fits or len(here) < len(found):
            found, done = (both if fits else here), False
            reached = kept.upto_seq if fits else kept.after_seq
    reached = standing.seq if done else reached
    taken_away = [key_of(p) for p in found if p.state == DELETED]
    again = ledger.travelling(taken_away) if taken_away else {}
    part = ArrivedPart(
        scope=standing.id,
        state=state_text(epoch, standing.epoch, reached),
        puts=arrived_puts(ledger, [(p.kind, p.record_id) for p in found if p.state == PUT]),
        left=[Ref(p.kind, p.record_id) for p in found if p.state not in (PUT, DELETED) or key_of(p) in again],
        deleted=[Ref(p.kind, p.record_id) for p in found if p.state == DELETED and key_of(p) not in again],
        end=End(standing.count, standing.digest) if done else None,
    )
    return part, reached, done


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
