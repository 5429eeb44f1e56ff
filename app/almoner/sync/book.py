"""The records a batch of saves works on: as they were locked, as they will be, and where each then belongs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from almoner.records import BY_KIND
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain
from almoner.rules.access import SERVER_KINDS, SHARING, STAFF_KINDS, decided_by, scopes_of, shared_by, shared_scope
from almoner.store import central_rows as rows
from almoner.store.central_rows import Key, Stored
from almoner.store.central_saves import Removal
from almoner.store.central_scopes import Move
from almoner.store.ledger import Ledger

_PARENTS = frozenset(SHARING.values())
_STANDS_ALONE = _PARENTS | STAFF_KINDS
"""Kinds whose place nothing else decides."""
_PLACED_ALONE = SERVER_KINDS | {"address"}
"""Kinds that do not simply follow the record they hang on."""


@dataclass(slots=True)
class Book:
    """The records of a batch. `now` is what stands, `gone` what was taken away in earlier times."""

    ledger: Ledger
    now: dict[Key, Stored] = field(default_factory=dict)
    gone: dict[Key, Removal] = field(default_factory=dict)
    closings: dict[str, Plain] = field(default_factory=dict)
    overruled: set[tuple[str, str, str]] = field(default_factory=set)
    settled: dict[str, str] = field(default_factory=dict)
    _kept: set[Key] = field(default_factory=set)
    _touched: dict[Key, None] = field(default_factory=dict)
    _before: dict[Key, frozenset[str] | None] = field(default_factory=dict)
    _shared: set[Key] = field(default_factory=set)
    _opened: set[Key] = field(default_factory=set)

    def values(self, kind: str, record_id: str) -> dict[str, Plain] | None:
        """The values in force of a record, for the rules."""
        found = self.now.get((kind, record_id))
        return None if found is None else found.values

    def is_shared(self, kind: str, record_id: str) -> bool:
        """Whether a case or person was ever shared, or is by a save of this batch."""
        return (kind, record_id) in self._shared or (kind, record_id) in self._opened

    def put(self, key: Key, stored: Stored) -> None:
        """Keep a record's new state."""
        self._touch(key)
        above = shared_by(key[0], stored.values)
        if above is not None and not self.is_shared(*above):
            self._opened.add(above)
        self.now[key] = stored

    def take_away(self, key: Key, removal: Removal) -> None:
        """Keep that a record is no more."""
        self._touch(key)
        del self.now[key]
        self.gone[key] = removal

    def _touch(self, key: Key) -> None:
        if key not in self._touched:
            self._touched[key] = None
            if key in self.now:
                self._before[key] = self.scopes(key)

    def scopes(self, key: Key) -> frozenset[str] | None:
        """The scopes a record is in as the book stands."""
        return self.place(key[0], self.now[key].values)

    def place(self, kind: str, values: dict[str, Plain]) -> frozenset[str] | None:
        """The scopes a record of these values is in, or would be."""
        return scopes_of(kind, values, self.values, self.is_shared)

    def is_named(self, key: Key) -> bool:
        """Whether any record hangs on this one or names it, as the book stands."""
        there = {named for named in self.ledger.named_by(*key) if named in self.now or named not in self._touched}
        return bool(there) or any(
            value == key[1] and other != key and name != "id"
            for other in self._touched
            if other in self.now and other[0] not in SERVER_KINDS
            for name, value in self.now[other].values.items()
        )

    def read(self, batch: Sequence[Mutation]) -> None:
        """Lock the records of a batch and those they hang on. Which they hang on never changes, so it is read first."""
        known_kinds = [m for m in batch if m.kind in BY_KIND]
        wanted = {(m.kind, m.record) for m in known_kinds if is_plain_id(m.record)}
        named = {key for m in known_kinds for key in decided_by(m.kind, m.values) if is_plain_id(key[1])}
        alone = {key for key in wanted if key[0] in _STANDS_ALONE}
        locking = self._with_deciding(self.ledger.load(wanted - alone), named | alone)
        self.now.update(self.ledger.load(locking, lock=True))
        self._kept.update(self.now)
        changed = {(m.kind, m.record) for m in known_kinds if m.delete or any(m.base.values())}
        missing = {key for key in changed if key not in self.now and is_plain_id(key[1])}
        if missing:
            self.gone.update(self.ledger.removed(missing))
            above = {key for past in self.gone.items() for key in decided_by(past[0][0], past[1].stored.values)}
            self.have(above, lock=True)
        self._note_shared(self.now)

    def _with_deciding(self, found: dict[Key, Stored], named: Iterable[Key]) -> set[Key]:
        """These records with those that decide where they belong, and those that decide that."""
        keys = {*found, *named}
        fresh = keys - found.keys()
        while True:
            above = {key for k in found for key in decided_by(k[0], found[k].values) if is_plain_id(key[1])}
            fresh |= above - keys
            keys |= above
            unread = {key for key in fresh if key[0] not in _STANDS_ALONE}
            if not unread:
                return keys
            found, fresh = self.ledger.load(unread), set()

    def have(self, keys: Iterable[Key], *, lock: bool = False) -> None:
        """Have these records in the book with all that decides where they belong."""
        missing = {key for key in keys if key not in self.now and key not in self._touched}
        if missing:
            wanted = self._with_deciding(self.ledger.load(missing), missing)
            more = self.ledger.load({k for k in wanted if k not in self.now and k not in self._touched}, lock=lock)
            self.now.update(more)
            self._kept.update(more)
            self._note_shared(more)

    def _note_shared(self, keys: Iterable[Key]) -> None:
        names = {shared_scope(*key): key for key in keys if key[0] in _PARENTS}
        if names:
            standing = self.ledger.standings(names)
            self._shared |= {key for name, key in names.items() if standing[name].seq > 0}

    def write(self) -> list[Move]:
        """Write down every record that changed; the moves come back, for after everything else."""
        standing = [key for key in self._touched if key in self.now]
        for kind, ids in rows.in_lock_order(key for key in standing if key not in self._kept).items():
            self.ledger.insert_records(kind, [self.now[kind, i] for i in ids])
        for kind, ids in rows.in_lock_order(key for key in standing if key in self._kept).items():
            self.ledger.update_records(kind, [self.now[kind, i] for i in ids])
        going = [key for key in self._touched if key not in self.now and key in self._kept]
        for kind, ids in rows.in_lock_order(going).items():
            self.ledger.delete_records(kind, ids)
        return self._moves(standing, going)

    def settle(self, moves: Sequence[Move]) -> None:
        """Enter the moves into their scopes: the last act before the commit."""
        before = self.ledger.memberships([move.key for move in moves])
        real = [move for move in moves if move.key in self._touched or move.into != before[move.key].keys()]
        if real:
            self.ledger.settle(real, before)

    def _moves(self, standing: Sequence[Key], going: Sequence[Key]) -> list[Move]:
        """Every record whose place in a scope changes: what was written, what hangs on a record that moved or was
        shared, and what the server has opened about any of these."""
        moves = {key: Move(key, 0, frozenset(), gone=True) for key in going}
        moved = set(self._opened)
        for key in standing:
            into = self.scopes(key)
            assert into is not None, f"a {key[0]} was taken without its parent"
            moves[key] = Move(key, self.now[key].hash(key[0]), into)
            if key in self._before and self._before[key] != into:
                moved.add(key)
        alone: dict[Key, int] = {}
        for key in sorted(moved):
            self._follow(key, moves, alone)
        unsettled = {key[1] for key in (*standing, *going) if key not in self._kept or key not in self.now}
        if moved:
            unsettled |= {key[1] for key in (*moved, *alone, *moves) if key[0] not in SERVER_KINDS}
        if unsettled:
            alone |= self.ledger.about(unsettled)
        self._place_alone({key: its_hash for key, its_hash in alone.items() if key not in moves}, moves)
        return list(moves.values())

    def _follow(self, parent: Key, moves: dict[Key, Move], alone: dict[Key, int]) -> None:
        """A record has moved or was shared: with it goes what hangs on it."""
        into = self.scopes(parent)
        assert into is not None, f"a {parent[0]} is nowhere"
        moves.setdefault(parent, Move(parent, self.now[parent].hash(parent[0]), into))
        if parent[0] not in _PARENTS:
            return
        for child, its_hash in self.ledger.children_of(*parent).items():
            if child in self._touched:
                continue
            if child[0] in _PLACED_ALONE:
                alone[child] = its_hash
            else:
                moves[child] = Move(child, its_hash, into)

    def _place_alone(self, alone: dict[Key, int], moves: dict[Key, Move]) -> None:
        self.have(alone)
        for key, its_hash in alone.items():
            into = self.scopes(key)
            assert into is not None, f"a {key[0]} is nowhere"
            moves[key] = Move(key, its_hash, into)


def is_plain_id(text: str) -> bool:
    """Whether a record can be known by this: short, and plain to write."""
    return 0 < len(text) <= 36 and text.isascii() and text.isprintable()
