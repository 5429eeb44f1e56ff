"""A small world from a seed: laptops, a server, and a network that drops, repeats, delays and cuts."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from tests.sync.laptops import JOAN, OWEN, RUTH, SANA, ByWire, Centre, Laptop

from almoner.records import BY_KIND, Case, ContactPoint, Person
from almoner.records.cases import Priority
from almoner.records.people import Channel
from almoner.records.wire import to_wire
from almoner.store import central_rows
from almoner.store.central import mutation
from almoner.store.central_saves import in_history_or_held
from almoner.sync.messages import (
    Hello,
    HelloReply,
    Page,
    Pull,
    Push,
    PushReply,
    Ranges,
    RangesReply,
    Receipt,
    ReceiptReply,
)
from almoner.sync.peer import Peer, PeerKind, PeerTrouble

T = TypeVar("T")
STEPS = 26
NAMES = ("Maya Okafor", "Tom Reed", "Ana Silva", "Yusuf Khan")


class Rough:
    """A line that behaves badly by chance, until it is `smooth`."""

    def __init__(self, peer: Peer, chance: random.Random) -> None:
        self._peer, self._chance, self.smooth = peer, chance, False
        self._late: list[Push] = []
        self.answered: set[str] = set()

    def _lost(self) -> PeerTrouble:
        return PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "Your work is kept here.")

    def _through(self, call: Callable[[], T]) -> T:
        """Lost on the way there, lost on the way back, arrived twice, or well."""
        luck = 1.0 if self.smooth else self._chance.random()
        if luck < 0.12:
            raise self._lost()
        result = call()
        if luck < 0.24:
            raise self._lost()
        return call() if luck < 0.36 else result

    def hello(self, message: Hello) -> HelloReply:
        return self._through(lambda: self._peer.hello(message))

    def push(self, message: Push) -> PushReply:
        if self._late and (self.smooth or self._chance.random() < 0.5):
            self._peer.push(self._late.pop(self._chance.randrange(len(self._late))))
        self._late.append(message)
        reply = self._through(lambda: self._peer.push(message))
        self.answered |= {r.mutation_id for r in reply.results}
        return reply

    def pull(self, message: Pull) -> Iterator[Page]:
        small = Pull(client_id=message.client_id, scopes=message.scopes, max_bytes=self._chance.choice((1, 10**7)))
        pages = self._through(lambda: list(self._peer.pull(small)))
        keep = len(pages) if self.smooth else self._chance.randrange(len(pages) + 1)
        yield from pages[:keep]
        if keep < len(pages):
            raise self._lost()

    def ranges(self, message: Ranges) -> RangesReply:
        return self._through(lambda: self._peer.ranges(message))

    def receipt(self, message: Receipt) -> ReceiptReply:
        return self._through(lambda: self._peer.receipt(message))


class World:
    """Everything that happens follows from the seed."""

    def __init__(self, centre: Centre, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.centre = centre
        users = self.chance.sample([RUTH, OWEN, SANA, JOAN], self.chance.choice((2, 3)))
        self.laptops = [Laptop(centre, user, folder / user.id, seed=seed * 10 + n) for n, user in enumerate(users)]
        for laptop in self.laptops:
            laptop.line = Rough(ByWire(centre.peer(laptop.user)), self.chance)  # type: ignore[assignment]
            laptop.clock.advance(days=self.chance.choice((0.0, -3650.0, 3650.0)))

    def close(self) -> None:
        """Put the laptops away."""
        for laptop in self.laptops:
            laptop.store.close()

    def run(self) -> None:
        """Work and sync by chance, then let everything come to rest over a good line."""
        self._begin()
        for _ in range(STEPS):
            laptop = self.chance.choice(self.laptops)
            laptop.clock.advance(minutes=7)
            self.centre.clock.advance(minutes=5)
            if self.chance.random() < 0.35:
                self._try_to_sync(laptop)
            else:
                for _ in range(self.chance.randrange(1, 4)):
                    self._work(laptop)
        self._rest()

    def _begin(self) -> None:
        """Something for everyone to work on."""
        first = self.laptops[0]
        for _ in range(2):
            for act in (self._person, self._phone, self._case, self._note):
                act(first)
        for laptop in self.laptops:
            laptop.line.smooth = True  # type: ignore[attr-defined]
            laptop.sync()
            laptop.line.smooth = False  # type: ignore[attr-defined]

    def _try_to_sync(self, laptop: Laptop) -> None:
        try:
            outcome = laptop.sync()
        except PeerTrouble:
            if self.chance.random() < 0.2:
                laptop.reopen()
        else:
            assert outcome.repaired == (), "copies differed before the round was over"

    def _rest(self) -> None:
        for laptop in self.laptops:
            laptop.line.smooth = True  # type: ignore[attr-defined]
        for _ in range(3):
            outcomes = [laptop.sync() for laptop in self.laptops]
        assert all(o.proved_equal and o.repaired == () and o.unsent == 0 for o in outcomes), outcomes
        assert all(o.received == 0 for o in outcomes), "two quiet rounds bring nothing new"

    # ---- work

    def _work(self, laptop: Laptop) -> None:
        acts = [self._person, self._case, self._note, self._rename, self._needs, self._priority, self._hand_over]
        acts += [self._restrict, self._phone, self._title, self._title]
        self.chance.choice(acts)(laptop)

    def _one(self, laptop: Laptop, cls: type[T]) -> T | None:
        found = sorted(laptop.all_of(cls), key=lambda record: str(record.id))
        return self.chance.choice(found) if found else None

    def _person(self, laptop: Laptop) -> None:
        laptop.new_person(self.chance.choice(NAMES), support_needs=("stairs",))

    def _case(self, laptop: Laptop) -> None:
        laptop.new_case(team_id=self.chance.choice(("t1", "t1", "t2", "")))

    def _note(self, laptop: Laptop) -> None:
        if case := self._one(laptop, Case):
            laptop.new_note(case.id)

    def _phone(self, laptop: Laptop) -> None:
        if person := self._one(laptop, Person):
            laptop.add(
                ContactPoint(id=laptop.ids.new(), person_id=person.id, channel=Channel.PHONE, value="01632 960001")
            )

    def _rename(self, laptop: Laptop) -> None:
        if person := self._one(laptop, Person):
            laptop.change(Person, person.id, full_name=self.chance.choice(NAMES), known_as=self.chance.choice(NAMES))

    def _needs(self, laptop: Laptop) -> None:
        if person := self._one(laptop, Person):
            words = self.chance.sample(("stairs", "hearing", "reading"), self.chance.randrange(4))
            laptop.change(Person, person.id, support_needs=tuple(sorted(words)))

    def _priority(self, laptop: Laptop) -> None:
        if case := self._one(laptop, Case):
            laptop.change(Case, case.id, priority=self.chance.choice(list(Priority)))

    def _title(self, laptop: Laptop) -> None:
        if case := self._one(laptop, Case):
            laptop.change(Case, case.id, title=self.chance.choice(NAMES))

    def _hand_over(self, laptop: Laptop) -> None:
        if case := self._one(laptop, Case):
            laptop.change(Case, case.id, team_id=self.chance.choice(("t1", "t2")))

    def _restrict(self, laptop: Laptop) -> None:
        if person := self._one(laptop, Person):
            laptop.change(Person, person.id, restricted_team_id=self.chance.choice(("", "t1", "t2")))

    # ---- what must hold

    def check(self) -> None:
        """At rest: nothing that was answered is lost, and every laptop holds its scopes and nothing else."""
        with self.centre.engine.connect() as connection:
            known = set(connection.execute(select(mutation.c.mutation_id)).scalars())
            kept = in_history_or_held(connection, known)
        assert known - kept == set(), "a save the server answered is in neither history nor held"
        for laptop in self.laptops:
            assert laptop.line.answered - known == set(), "an answered save is unknown"  # type: ignore[attr-defined]
            self._check_laptop(laptop)

    def _check_laptop(self, laptop: Laptop) -> None:
        should = self.centre.holds(laptop.user)
        returned = {(line.kind, line.record_id) for line in laptop.returned()}
        held = {key: rev for key, rev in laptop.holds().items() if not (rev == 0 and key in returned)}
        assert held == should
        with self.centre.engine.connect() as connection:
            stored = central_rows.load(connection, should)
        for (kind, record_id), theirs in stored.items():
            ours: Any = laptop.find(BY_KIND[kind], record_id)
            assert to_wire(ours) == theirs.values, f"a {kind} differs"
