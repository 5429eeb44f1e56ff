"""Real HTTP over a line that cuts, delays, garbles and drips: in the end copies agree and nothing was lost."""

from __future__ import annotations

import hashlib
import os
import random
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from tests.network.conftest import Office
from tests.network.proxy import GOOD, Proxy, Way
from tests.sync.laptops import OWEN, RUTH, Laptop

from almoner.outside.carrying import carry_all, carry_files
from almoner.records import BY_KIND, Attachment, Case, Person
from almoner.records.wire import to_wire
from almoner.store import central_rows, outbox
from almoner.store.attachments import Vault, files_to_send, files_wanted
from almoner.store.central import mutation
from almoner.store.central_saves import in_history_or_held
from almoner.sync.client import sync_once
from almoner.sync.peer import PeerKind, PeerTrouble

SEEDS = int(os.environ.get("ALMONER_NETWORK_SEEDS", "6"))
"""How many bad lines are tried; set ALMONER_NETWORK_SEEDS for a long night."""
STEPS = 22


def bad_way(chance: random.Random, *, garbles: bool) -> Way:
    """One direction of one connection; about half of them have something wrong."""
    place = int(2 ** chance.uniform(4, 19))
    kinds = ("garble", "garble", "garble", "good", "cut")
    match chance.choice(kinds if garbles else ("good", "good", "cut", "cut", "close", "late", "drip")):
        case "cut":
            return Way(cut_at=place)
        case "close":
            return Way(close_at=place)
        case "late":
            return Way(late=chance.uniform(0, 0.05), cut_at=place * 8)
        case "drip":
            return Way(drip=chance.choice((100, 1_000, 7_000)), cut_at=place * 2)
        case "garble":
            return Way(garble_every=int(2 ** chance.uniform(7, 14)))
    return replace(GOOD, cut_at=place * 64)


class Round:
    """Two laptops of one team, their work, and the line between; everything that happens follows from the seed."""

    def __init__(
        self, office: Office, proxy: Proxy, seed: int, *, patience_seconds: float, garbles: bool = False
    ) -> None:
        self.chance, self.office, self.proxy = random.Random(seed), office, proxy
        self.patience_seconds = patience_seconds
        line = random.Random(seed + 1_000)
        sure = [(GOOD, Way(garble_every=100) if garbles else Way(cut_at=100))]
        self.plan = lambda _number: (
            sure.pop() if sure else (bad_way(line, garbles=garbles), bad_way(line, garbles=garbles))
        )
        self.laptops = [office.laptop(user, proxy.address) for user in (RUTH, OWEN)]
        self.contents: dict[str, bytes] = {}
        self.troubles: list[PeerTrouble] = []
        self.saves: set[str] = set()

    def run(self) -> None:
        """Something to work on over a good line, work and tries over the bad one, and rest over a good one."""
        first = self.laptops[0]
        first.new_person()
        first.new_case()
        for laptop in self.laptops:
            laptop.sync()
        self.proxy.plan = self.plan
        for laptop in self.laptops:
            self._sign_in(laptop, self.patience_seconds)
        for _ in range(STEPS):
            laptop = self.chance.choice(self.laptops)
            if self.chance.random() < 0.5:
                self._try(laptop)
            else:
                self._work(laptop)
        self.proxy.plan = lambda _number: (GOOD, GOOD)
        for laptop in self.laptops:
            self._sign_in(laptop)
        self._rest()

    def _work(self, laptop: Laptop) -> None:
        case = self.chance.choice(laptop.all_of(Case))
        match self.chance.randrange(5):
            case 0:
                for _ in range(self.chance.randrange(1, 60)):
                    laptop.new_note(case.id, self.chance.randbytes(200).hex())
            case 1:
                laptop.change(Case, case.id, title=f"Mould {self.chance.random()}")
            case 2:
                person = self.chance.choice(laptop.all_of(Person))
                laptop.change(Person, person.id, known_as=f"Maya {self.chance.random()}")
            case 3:
                self._attach(laptop, case)
            case _:
                laptop.new_case()
        self.saves |= {one.mutation_id for one in laptop.read(lambda r: outbox.next_batch(r, 500, 1 << 24))}

    def _attach(self, laptop: Laptop, case: Case) -> None:
        content = self.chance.randbytes(int(2 ** self.chance.uniform(4, 19)))
        now, name = laptop.clock.now(), hashlib.sha256(content).hexdigest()
        self.contents[name] = content
        Vault(laptop.store).keep(content)
        laptop.add(
            Attachment(
                id=laptop.ids.new(), case_id=case.id, name="wall.jpg", media_type="image/jpeg", size=len(content),
                sha256=name, author_id=laptop.user.id, happened_at=now, recorded_at=now,
            )
        )  # fmt: skip

    def _try(self, laptop: Laptop) -> None:
        """A round and a turn of files. Whatever happens is told in words, and what was not answered stays."""
        before = laptop.unsent()
        try:
            laptop.sync()
            carry_files(laptop, laptop.line, Vault(laptop.store))  # type: ignore[arg-type]  # the line carries files
        except PeerTrouble as trouble:
            self.troubles.append(trouble)
            if trouble.kind is PeerKind.SIGNED_OUT:
                self._sign_in(laptop, self.patience_seconds)
        assert all(one.what.endswith(".") and one.do.endswith(".") for one in self.troubles), self.troubles
        with self.office.centre.engine.connect() as connection:
            answered = set(connection.execute(select(mutation.c.mutation_id)).scalars())
        waiting = {one.mutation_id for one in laptop.read(lambda r: outbox.next_batch(r, 500, 1 << 24))}
        assert laptop.unsent() == before or answered, "a save left the outbox unanswered"
        gone = {s for s in self.saves if s not in answered} - waiting - self._waiting_elsewhere(laptop)
        assert gone == set(), "a save left the outbox that the server never answered"
        if self.chance.random() < 0.2:
            laptop.reopen()

    def _waiting_elsewhere(self, laptop: Laptop) -> set[str]:
        others = [each for each in self.laptops if each is not laptop]
        return {
            one.mutation_id
            for each in others
            for one in each.read(lambda reading: outbox.next_batch(reading, 500, 1 << 24))
        }

    def _sign_in(self, laptop: Laptop, seconds: float = 0.0) -> None:
        """Sign in over a good line, and go on over the other: on the way out, after a garbled token, at the depot."""
        peer = self.office.peer(laptop.user, self.proxy.address, seconds=seconds)
        laptop.line = peer  # type: ignore[assignment]  # a peer

    def _rest(self) -> None:
        for laptop in self.laptops * 2:
            sync_once(laptop, laptop.line, now=laptop.clock.now)
            carry_all(laptop, laptop.line, Vault(laptop.store))  # type: ignore[arg-type]  # as above
        outcomes = [laptop.sync() for laptop in self.laptops]
        assert all(o.proved_equal and o.unsent == 0 and o.repaired == () for o in outcomes), outcomes

    def check(self) -> None:
        """Nothing is lost or twice, every copy is the server's, and every file is whole everywhere."""
        with self.office.centre.engine.connect() as connection:
            known = list(connection.execute(select(mutation.c.mutation_id)).scalars())
            kept = in_history_or_held(connection, set(known))
        assert len(known) == len(set(known))
        assert self.saves - set(known) == set(), "a save never arrived"
        assert set(known) - kept == set(), "an answered save is in neither history nor held"
        for laptop in self.laptops:
            self._check_laptop(laptop)

    def _check_laptop(self, laptop: Laptop) -> None:
        should, vault = self.office.centre.holds(laptop.user), Vault(laptop.store)
        assert laptop.holds() == should
        with self.office.centre.engine.connect() as connection:
            stored = central_rows.load(connection, should)
        for (kind, record_id), theirs in stored.items():
            ours: Any = laptop.find(BY_KIND[kind], record_id)
            assert to_wire(ours) == theirs.values, f"a {kind} differs"
        assert laptop.read(files_to_send) == laptop.read(files_wanted) == ()
        assert all(vault.read(name) == content for name, content in self.contents.items())


@pytest.mark.parametrize("seed", range(SEEDS))
def test_copies_agree_over_a_line_that_cuts(office: Office, seed: int) -> None:
    """Cut at any byte of either way, closed by half, late and in drips: all converges, files arrive whole."""
    with Proxy(office.port) as proxy:
        round_ = Round(office, proxy, seed, patience_seconds=5.0)
        round_.run()
        round_.check()
    assert round_.troubles, "the line was meant to be bad"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_garbled_bytes_are_noticed_and_never_applied(office: Office, seed: int) -> None:
    """A byte that changes on the way, where no TLS would notice, changes no record and no file."""
    with Proxy(office.port) as proxy:
        round_ = Round(office, proxy, seed, patience_seconds=1.0, garbles=True)
        round_.run()
        round_.check()
    assert proxy.tally.garbled > 0, "the line was meant to garble"
