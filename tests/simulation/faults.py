"""Faults put into sync on purpose: the simulation must catch each, or it proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from almoner.outside import carrying
from almoner.records.facts import Merge
from almoner.simulation.memory_books import MemoryLedger
from almoner.simulation.shelves import Member, Row
from almoner.simulation.world import World
from almoner.store import incoming, leaving, members, outbox
from almoner.store.central_scopes import LEFT, PUT, Move, Standing
from almoner.sync import applying, client, merging, sending
from almoner.sync.client import SyncRound

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Fault:
    """How it is put in; the weather it needs, if any; and the invariants of which one must break, 0: the program."""

    put_in: Callable[[Patch], None]
    breaks: frozenset[int]
    weather: frozenset[str] = frozenset()


def plain_sequence_as_cursor(patch: Patch) -> None:
    """Numbers are drawn without holding the scope to the commit, as from any sequence."""
    drawn = {"last": 1_000}

    def settle(self: MemoryLedger, moves: Sequence[Move], before: dict[Any, dict[str, int]]) -> frozenset[str]:
        touched = sorted({s for move in moves for s in (*move.into, *before[move.key])})
        here = self._books.shelves
        for scope_id in touched:
            rows = {}
            for move in moves:
                if scope_id in move.into or scope_id in before[move.key]:
                    drawn["last"] += 1
                    inside = scope_id in move.into
                    rows[move.key] = Member(drawn["last"], PUT if inside else LEFT, move.hash if inside else 0)
            self.later = [*getattr(self, "later", []), (scope_id, rows, drawn["last"])]
        assert here is not None
        return frozenset(touched)

    real = MemoryLedger.commit

    def commit(self: MemoryLedger) -> None:
        real(self)
        shelves = self._books.shelves
        for scope_id, rows, seq in getattr(self, "later", []):
            found = {**shelves.members.get(scope_id, {}), **rows}
            present = [m.hash for m in found.values() if m.state == PUT]
            digest = 0
            for one in present:
                digest ^= one
            old = shelves.scopes.get(scope_id) or Standing(scope_id)
            new = Standing(scope_id, max(seq, old.seq), old.epoch, old.min_seq, len(present), digest)
            shelves = type(shelves)(
                **{
                    **{name: getattr(shelves, name) for name in shelves.__dataclass_fields__},
                    "members": {**shelves.members, scope_id: found},
                    "scopes": {**shelves.scopes, scope_id: new},
                }
            )
        self._books.shelves = shelves

    patch.setattr(MemoryLedger, "settle", settle)
    patch.setattr(MemoryLedger, "commit", commit)


def state_before_rows(patch: Patch) -> None:
    """The states of a page are kept in a transaction of their own, before its rows."""
    real = SyncRound._pull

    def pull(self: Any) -> None:
        peer, door = self._peer, self._door

        class Hasty:
            def pull(self, message: Any) -> Any:
                for page in peer.pull(message):
                    door.write(lambda tx, page=page: keep(tx, page))
                    yield page

        def keep(tx: Any, page: Any) -> None:
            for part in page.parts if not page.early else ():
                members.keep_standing(tx, replace(members.standing(tx, part.scope), state=part.state))

        self._peer = Hasty()
        try:
            real(self)
        finally:
            self._peer = peer

    patch.setattr(SyncRound, "_pull", pull)


def purge_before_push(patch: Patch) -> None:
    """A revoked laptop throws away its outbox before it was handed in."""
    real = client._take_greeting

    def take(tx: Any, hello: Any, reply: Any) -> None:
        real(tx, hello, reply)
        if reply.revoked:
            tx.connection.exec_driver_sql("DELETE FROM outbox")

    patch.setattr(client, "_take_greeting", take)


def last_write_wins(patch: Patch) -> None:
    """A value somebody else changed meanwhile is overwritten, and what stood there is not asked about."""
    real = merging._merge_field

    def merge(f: Any, standing: Any, save: Any, writer: str) -> Any:
        found = real(f, standing, save, writer)
        if f.fact.merge is Merge.ASK and found.outcome is merging.Outcome.CONFLICT:
            return merging.FieldOutcome(f.name, merging.Outcome.APPLIED, found.offered, found.offered)
        return found

    patch.setattr(merging, "_merge_field", merge)


def numbers_skipped(patch: Patch) -> None:
    """A state that runs ahead of what was sent."""
    real = sending._part

    def part(*args: Any, **more: Any) -> Any:
        made, reached, ended = real(*args, **more)
        made.puts[:] = made.puts[1:]
        return made, reached, ended

    patch.setattr(sending, "_part", part)


def history_forgotten(patch: Patch) -> None:
    """A server that answers without writing the values down."""
    patch.setattr(applying, "_history", lambda save, merged: ())


def line_dropped_unanswered(patch: Patch) -> None:
    """A laptop that never sends its oldest save."""
    real = outbox.next_batch

    def forgetful(reading: Any, limit: int, max_bytes: int, **more: Any) -> Any:
        return real(reading, limit, max_bytes, **more)[1:]

    patch.setattr(outbox, "next_batch", forgetful)


def rows_kept_after_access(patch: Patch) -> None:
    """A laptop that keeps what left its scopes."""
    patch.setattr(leaving, "remove_unheld", lambda tx, refs: leaving.Gone())


def children_left_behind(patch: Patch) -> None:
    """A server that does not carry children along when a case moves."""
    patch.setattr(MemoryLedger, "children_of", lambda self, kind, record_id: {})


def answers_forgotten(patch: Patch) -> None:
    """A server that answers a repeated save anew."""
    patch.setattr(MemoryLedger, "answered", lambda self, ids: {})
    real = MemoryLedger.enter

    def enter(self: MemoryLedger, sender: Any, entries: Any) -> None:
        real(self, sender, [e for e in entries if self._get("saves", e.answer.mutation_id) is None])

    patch.setattr(MemoryLedger, "enter", enter)


def restored_work_not_offered_again(patch: Patch) -> None:
    """After a fire at the server, laptops think that it still has everything."""
    patch.setattr(outbox, "offer_again", lambda tx, *, after: 0)


def unsent_values_overwritten(patch: Patch) -> None:
    """What comes from the server hides what was typed here."""
    patch.setattr(incoming, "_put_under_unsent", lambda tx, kind, one: incoming._write_changed(tx, kind, [one]))


def newer_fields_dropped(patch: Patch) -> None:
    """The server keeps only fields it knows."""
    real = MemoryLedger._write_record

    def write(self: MemoryLedger, key: Any, stored: Any) -> None:
        real(self, key, stored)
        row = self._get("records", key)
        bare = type(stored)(stored.values, {}, stored.rev, stored.field_rev)
        self._put("records", key, Row(bare, row.hash))

    patch.setattr(MemoryLedger, "_write_record", write)


def device_clock_believed(patch: Patch) -> None:
    """The time a laptop claims is taken as it is."""
    patch.setattr(applying, "_claimed", lambda save, now: applying.read_instant(save.made_at))


def poison_blocks_the_batch(patch: Patch) -> None:
    """A save that cannot be kept is never answered."""
    real = outbox.next_batch

    def until_poison(reading: Any, limit: int, max_bytes: int, **more: Any) -> Any:
        batch = real(reading, limit, max_bytes, **more)
        bad = next((n for n, save in enumerate(batch) if save.values.get("title") == 7), len(batch))
        return batch[:bad]

    patch.setattr(outbox, "next_batch", until_poison)


def file_marked_sent_too_soon(patch: Patch) -> None:
    """A photo counts as sent before its bytes have arrived."""
    real = carrying.mark_sent

    def send_nothing(self: Any, sha256: str, size: int, pieces: Any, progress: Any) -> None:
        self._server.files[sha256] = b"".join(pieces())[: size // 2]

    from almoner.simulation.line import Line

    assert real is not None
    patch.setattr(Line, "upload", send_nothing)


def worlds_never_rest(patch: Patch) -> None:
    """Every round sends again what was taken."""
    real = SyncRound.run

    def run(self: Any) -> Any:
        outcome = real(self)
        return replace(outcome, received=1)

    patch.setattr(SyncRound, "run", run)


def large_pages_differ(patch: Patch) -> None:
    """A page that is full loses its last row."""
    real = sending._part

    def part(*args: Any, **more: Any) -> Any:
        made, reached, ended = real(*args, **more)
        if more["room"] > 100 and len(made.puts) > 3:
            made.puts[:] = made.puts[:-1]
        return made, reached, ended

    patch.setattr(sending, "_part", part)


def two_copies_taken_for_one(patch: Patch) -> None:
    """A copied store goes on under the numbers of the first."""
    from almoner.sync import serving

    patch.setattr(serving, "_settled_generation", lambda ledger, client, message: message.generation)
    patch.setattr(serving, "_forked", lambda ledger, client, message, batch: 0)


FAULTS = {
    "a plain sequence as cursor": Fault(plain_sequence_as_cursor, frozenset({3, 5, 7, 17}), frozenset({"overlap"})),
    "state written before rows": Fault(state_before_rows, frozenset({5, 7}), frozenset({"kill"})),
    "purge before push": Fault(purge_before_push, frozenset({2, 9}), frozenset({"revoke"})),
    "last write wins on an ASK field": Fault(last_write_wins, frozenset({17})),
    "numbers skipped": Fault(numbers_skipped, frozenset({3, 5, 7})),
    "history forgotten": Fault(history_forgotten, frozenset({1})),
    "a line never sent": Fault(line_dropped_unanswered, frozenset({15})),
    "rows kept after access": Fault(rows_kept_after_access, frozenset({3, 4})),
    "children left behind": Fault(children_left_behind, frozenset({3, 4})),
    "answers forgotten": Fault(answers_forgotten, frozenset({6, 11, 15, 0})),
    "restored work not offered again": Fault(
        restored_work_not_offered_again, frozenset({2, 10, 15}), frozenset({"restore"})
    ),
    "unsent values overwritten": Fault(unsent_values_overwritten, frozenset({3, 8})),
    "newer fields dropped": Fault(newer_fields_dropped, frozenset({3, 5, 7, 12}), frozenset({"newer"})),
    "a device's clock believed": Fault(device_clock_believed, frozenset({13})),
    "poison blocks the batch": Fault(poison_blocks_the_batch, frozenset({8, 14, 15})),
    "a file marked sent too soon": Fault(file_marked_sent_too_soon, frozenset({16}), frozenset({"files"})),
    "worlds never rest": Fault(worlds_never_rest, frozenset({15})),
    "large pages differ": Fault(large_pages_differ, frozenset({3, 5, 7, 17})),
    "two copies taken for one": Fault(
        two_copies_taken_for_one, frozenset({0, 1, 2, 3, 8, 9, 14, 15}), frozenset({"clone"})
    ),
}


def with_weather(patch: Patch, weather: frozenset[str]) -> None:
    """Let every world have the weather that a fault needs to show."""
    real = World.__init__

    def begin(self: World, *args: Any) -> None:
        real(self, *args)
        self.weather |= weather

    patch.setattr(World, "__init__", begin)
