"""One world from a seed: officers work, lines fail, disks and servers die, and in the end everything must agree."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from almoner.outside.carrying import carry_all
from almoner.outside.wiping import may_be_wiped
from almoner.records import SCHEMA, User
from almoner.records.held_work import Settlement
from almoner.records.mutation import Mutation
from almoner.records.trouble import Trouble
from almoner.records.wire import instant_text
from almoner.rules.access import Values, scopes_for
from almoner.simulation import invariants as proof
from almoner.simulation.acts import Acts
from almoner.simulation.laptop import Killed, Laptop, Statements, copy_folder
from almoner.simulation.line import Line
from almoner.simulation.memory_books import MemoryLedger
from almoner.simulation.scene import Scene, Station
from almoner.simulation.server import MemoryKept, PostgresKept, Server, ServerDied
from almoner.simulation.shelves import Shelves
from almoner.simulation.town import OFFICERS, TEAMS
from almoner.store import outbox, whole
from almoner.sync.client import SyncOutcome, sync_once
from almoner.sync.messages import Hello, Push
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.serving import Durable

STEPS = 14
MOST_ROUNDS = 8
"""Quiet rounds within which every world must come to rest."""
DEEPEST = 2
"""How many transactions may lie open within one another."""
WEATHER = ("kill", "clone", "rollback", "restore", "revoke", "wipe", "staff", "newer", "overlap", "crash", "files")


class World:
    """Everything that happens follows from the seed. `templates` gives each officer's store as a world begins."""

    def __init__(
        self,
        kept: MemoryKept | PostgresKept,
        templates: dict[str, Path],
        folder: Path,
        seed: int,
        statements: Statements,
    ) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- chance of a world, never a secret
        self.weather = frozenset(self.chance.sample(WEATHER, self.chance.randrange(2, 7)))
        if isinstance(kept, PostgresKept):
            self.weather -= {"restore", "wipe"}
        lag = "restore" in self.weather or (isinstance(kept, MemoryKept) and self.chance.random() < 0.2)
        durable = Durable.BACKUP if lag else Durable.COMMIT
        self.scene = Scene(Server(kept, durable, page_rows=self.chance.choice((1, 3, 7, 500))))
        self._folder, self._seed, self._depth, self._statements = folder, seed, 0, statements
        self.story: list[str] = []
        self._copying: tuple[Any, Shelves] | None = None
        kept.before_commit = self._before_commit
        for user in self.chance.sample(OFFICERS, self.chance.choice((2, 2, 3))):
            copy_folder(templates[user.id], folder / user.id)
            self._add_station(folder / user.id, user, user.id)
        if isinstance(kept, MemoryKept):
            self.scene.server.complete_copy(self.scene.server.begin_copy())

    def _add_station(self, folder: Path, user: User, name: str) -> Station:
        offset = timedelta(days=self.chance.choice((0.0, 0.0, -3650.0, 3650.0, -1.0)))
        seed = self._seed * 10 + len(self.scene.stations)
        laptop = Laptop(folder, user, name, self._statements, seed=seed, offset=offset)
        line = Line(self.scene.server, laptop, self.chance, self._meanwhile)
        station = Station(laptop, line, Acts(laptop, self.chance, self.scene.poisoned))
        self.scene.stations.append(station)
        return station

    def description(self) -> list[str]:
        """What kind of world this is, for whoever must understand a failing seed."""
        server = self.scene.server
        clocks = [f"{s.laptop.name} at {s.laptop.clock.now():%Y-%m-%d}" for s in self.scene.stations]
        return [
            f"weather: {', '.join(sorted(self.weather))}",
            f"durable: {server.durable}; rows in a page: {server.page_rows}; laptops: {', '.join(clocks)}",
        ]

    def close(self) -> None:
        """Put everything away."""
        for station in self.scene.alive():
            station.laptop.close()

    def run(self) -> None:
        """Work and sync by chance, then let everything come to rest over a good line. Raises `Broken`."""
        for _ in range(STEPS):
            self._step()
            proof.watching(self.scene)
        self._rest()
        self._prove()

    def _tell(self, what: str, station: Station | None = None) -> None:
        """Keep what happened, for whoever must understand a failing seed."""
        self.story.append(f"{'  ' * self._depth}{station.laptop.name if station else 'server'}: {what}")

    def _step(self) -> None:
        scene = self.scene
        scene.server.clock.advance(minutes=4)
        alive = scene.alive()
        if not alive:
            return
        station = self.chance.choice(alive)
        station.laptop.clock.advance(minutes=7)
        luck = self.chance.random()
        if luck < 0.38:
            self._round(station)
        elif luck < 0.8:
            self._work(station)
        else:
            self._event(station)

    # ---- officers and their laptops

    def _work(self, station: Station) -> None:
        if "kill" in self.weather and self.chance.random() < 0.15:
            station.laptop.statements_left = self.chance.randrange(25)
        try:
            for _ in range(self.chance.randrange(2, 7)):
                station.acts.one()
        except Killed:
            self._after_death(station)
        station.laptop.statements_left = -1
        self._tell("works", station)
        proof.own_saves_stay_in_view(station)

    def _round(self, station: Station) -> None:
        """One round; it may fail anywhere."""
        laptop = station.laptop
        if "kill" in self.weather and self.chance.random() < 0.4:
            laptop.statements_left = self.chance.randrange(150)
        laptop.in_round = True
        self._tell("begins a round", station)
        try:
            outcome = sync_once(laptop, station.line, now=laptop.clock.now)
            if "files" in self.weather:
                carry_all(laptop, station.line, laptop.vault())
            laptop.statements_left = -1
        except Killed:
            self._after_death(station)
        except PeerTrouble as trouble:
            self._tell(f"fails: {trouble.kind}", station)
            laptop.statements_left = -1
            self._after_failure(station)
        else:
            self._after_success(station, outcome)
        finally:
            laptop.in_round = False
            laptop.statements_left = -1

    def _after_death(self, station: Station) -> None:
        station.laptop.statements_left = -1
        self._tell("dies", station)
        station.laptop.start_again()
        self._after_failure(station)
        self._nothing_forgotten(station)

    def _after_failure(self, station: Station) -> None:
        moment = self.scene.server.moment()
        if moment is not None:
            proof.states_are_not_ahead(station, moment)
        proof.own_saves_stay_in_view(station)

    def _after_success(self, station: Station, outcome: SyncOutcome) -> None:
        self._tell(f"ends a round: {outcome}", station)
        if station.line.moment is not None and outcome.proved_equal:
            records = station.line.moment.standing()
            proof.nothing_outside_scopes(station, records)
            proof.copies_agree(station, records, at_rest=False)
        if outcome.repaired:
            raise proof.Broken(7, f"copies of {outcome.repaired} differed before the round was over")
        proof.own_saves_stay_in_view(station)
        if station.laptop.read(may_be_wiped):
            self._destroy(station)

    def _destroy(self, station: Station) -> None:
        """A lost laptop has handed in its work and destroys its store."""
        station.laptop.close()
        station.gone = True

    def _nothing_forgotten(self, station: Station) -> None:
        """After a death every save that was told to be safe is in the outbox or at the server."""
        here = {kept.mutation.mutation_id for kept in station.laptop.read(whole.lines)}
        there = self.scene.server.kept.audit().saves.keys()
        mine = {save.mutation_id for save in station.laptop.saves} - self.scene.lost
        if mine - here - there:
            raise proof.Broken(2, "a save was lost when the laptop died")

    # ---- what others do in between

    def _meanwhile(self) -> None:
        """Between two pages, or between a push and its commit, others go on; so does the officer."""
        if "overlap" not in self.weather or self._depth >= DEEPEST or self.chance.random() > 0.4:
            return
        self._depth += 1
        try:
            station = self.chance.choice(self.scene.alive())
            if station.laptop.in_round or self.chance.random() < 0.4:
                if station.laptop.statements_left < 0:
                    station.acts.one()
            else:
                self._round(station)
            proof.watching(self.scene)
        finally:
            self._depth -= 1

    def _before_commit(self) -> None:
        if self.scene.stations and any(s.laptop.in_round and not s.line.smooth for s in self.scene.stations):
            self._meanwhile()
            if "crash" in self.weather and self.chance.random() < 0.04:
                self._tell("dies before a commit")
                raise ServerDied

    # ---- what befalls a council

    def _event(self, station: Station) -> None:
        events: dict[str, Callable[[Station], None]] = {
            "clone": self._clone,
            "rollback": self._roll_back,
            "restore": self._restore,
            "revoke": self._revoke,
            "wipe": self._wipe,
            "staff": self._change_staff,
            "newer": self._newer_client,
        }
        possible = sorted(self.weather & events.keys())
        if possible:
            event = self.chance.choice(possible)
            self._tell(event, station)
            events[event](station)
        if isinstance(self.scene.server.kept, MemoryKept):
            self._back_up()

    def _clone(self, station: Station) -> None:
        """A disk is copied, and both copies live."""
        if len(self.scene.stations) > 3:
            return
        folder = self._folder / f"{station.laptop.name}-{len(self.scene.stations)}"
        with station.laptop.closed() as original:
            copy_folder(original, folder)
        self._add_station(folder, station.laptop.user, folder.name)

    def _roll_back(self, station: Station) -> None:
        """A disk is put back to an older copy; what only it had since is gone."""
        if station.older is None:
            station.older = self._folder / f"{station.laptop.name}.older"
            with station.laptop.closed() as folder:
                copy_folder(folder, station.older)
            return
        self._forget_what_is_not_copied(station)
        with station.laptop.closed() as folder:
            shutil.rmtree(folder)
            station.older.rename(folder)
        station.older = None

    def _forget_what_is_not_copied(self, station: Station) -> None:
        copied = self._safe_saves()
        self.scene.lost |= {s.mutation_id for s in station.laptop.saves} - copied

    def _safe_saves(self) -> set[str]:
        """Saves that no later disaster of a server takes away."""
        server = self.scene.server
        if server.durable is Durable.COMMIT or not isinstance(server.kept, MemoryKept):
            return set(server.kept.audit().saves)
        return set(server.copies[-1].saves)

    def _back_up(self) -> None:
        """A backup begins, or the one that was begun is complete."""
        if self._copying is None:
            self._tell("begins a copy")
            self._copying = self.scene.server.begin_copy()
        else:
            self._tell("completes a copy")
            self.scene.server.complete_copy(self._copying)
            self._copying = None

    def _restore(self, station: Station) -> None:
        """The server burns down and is put back to its last complete copy."""
        if self._depth:
            return
        server, self._copying = self.scene.server, None
        seen_to = self._seen_to()
        server.restore()
        known = server.kept.audit().saves.keys()
        for each in self.scene.stations:
            each.line.answered &= known
            each.line.forget_late()
            if not each.gone:
                held = {kept.mutation.mutation_id for kept in each.laptop.read(whole.lines)}
                self.scene.offered_again |= held
        self.scene.watches.clear()
        self._lose_what_only_the_fire_had(known)
        self.scene.lost |= seen_to - known

    def _seen_to(self) -> set[str]:
        """Saves that came back and that somebody has dealt with: their authors' laptops have let go of them."""
        work = self.scene.server.kept.audit().records.items()
        settled = {str(one.values["mutation_id"]) for key, one in work if _is_settled(key[0], one.values)}
        return settled.union(*(station.acts.put_away for station in self.scene.stations))

    def _lose_what_only_the_fire_had(self, known: Any) -> None:
        """Saves of the server's own hand, of newer clients and of destroyed laptops had no other copy."""
        for each in self.scene.stations:
            if each.gone:
                self.scene.lost |= {s.mutation_id for s in each.laptop.saves} - known
        self.scene.lost |= {s.mutation_id for s in self.scene.others} - known
        self.scene.newer.clear()

    def _revoke(self, station: Station) -> None:
        self.scene.server.revoked.add(station.laptop.device_id)

    def _wipe(self, station: Station) -> None:
        kept = self.scene.server.kept
        assert isinstance(kept, MemoryKept)
        with kept.write() as ledger:
            ledger.ask_to_wipe(station.laptop.device_id)
        self.scene.server.revoked.add(station.laptop.device_id)

    def _change_staff(self, station: Station) -> None:
        """Officers move between teams, leave, and come back."""
        user = self.chance.choice(OFFICERS)
        server = self.scene.server
        if self.chance.random() < 0.3:
            server.by_own_hand("user", user.id, active=self.chance.random() < 0.5)
        else:
            teams = sorted(self.chance.sample(TEAMS, self.chance.randrange(1, 3)))
            server.by_own_hand("user", user.id, team_id=teams[0], team_ids=teams)

    def _newer_client(self, station: Station) -> None:
        """A laptop with a newer version, always on the line, keeps a field that nobody else knows."""
        server = self.scene.server
        user = station.laptop.user
        records = server.kept.audit().records
        keys = sorted(key for key in records if key[0] in ("case", "person"))
        key = self.chance.choice(keys)
        peer = server.peer(user, "newest")
        number = len(self.scene.others) + 1
        save = Mutation(
            client_seq=number,
            mutation_id=f"newer-{self._seed}-{number}-{server.epochs}",
            made_at=instant_text(server.clock.now()),
            author=user.id,
            schema=SCHEMA + 1,
            kind=key[0],
            record=key[1],
            base={"later_field": records[key].rev},
            values={"later_field": f"kept {number}"},
        )
        client_id = f"newest of {user.id}"
        try:
            hello = peer.hello(Hello(client_id=client_id, generation=1, schema=SCHEMA + 1, last_seq=2**50))
            reply = peer.push(Push(client_id=client_id, generation=hello.generation, mutations=[save]))
        except (PeerTrouble, ServerDied):
            return
        if reply.results and reply.results[0].verdict in ("applied", "merged"):
            self.scene.newer.setdefault(key, {})["later_field"] = save.values["later_field"]
        self.scene.others += [save] if reply.results else []

    # ---- rest and proof

    def _rest(self) -> None:
        for station in self.scene.stations:
            station.line.smooth = True
        for number in range(MOST_ROUNDS):
            self.scene.server.clock.advance(minutes=10)
            if isinstance(self.scene.server.kept, MemoryKept):
                self.scene.server.complete_copy(self.scene.server.begin_copy())
            outcomes = [self._quiet_round(station) for station in self.scene.alive()]
            if number > 0 and all(o.received == o.left == o.sent == o.unsent == 0 for o in outcomes):
                break
        proof.rest_is_reached(outcomes)

    def _quiet_round(self, station: Station) -> SyncOutcome:
        laptop = station.laptop
        outcome = sync_once(laptop, station.line, now=laptop.clock.now)
        self._after_success(station, outcome)
        if not station.gone:
            self._carry(station)
        return outcome

    def _carry(self, station: Station) -> None:
        try:
            carry_all(station.laptop, station.line, station.laptop.vault())
        except Trouble as trouble:
            if isinstance(trouble, PeerTrouble) and trouble.kind is not PeerKind.NOT_ALLOWED:
                raise

    def _prove(self) -> None:
        """Everything that must hold at rest."""
        scene, kept = self.scene, self.scene.server.kept
        proof.watching(scene)
        audit = kept.audit()
        proof.answered_saves_are_kept(scene, audit)
        proof.values_are_reachable(scene, audit)
        for station in scene.alive():
            proof.copies_agree(station, audit.records, at_rest=True)
            proof.nothing_outside_scopes(station, audit.records)
        proof.saves_apply_in_order(scene, audit)
        proof.revoked_work_is_held(scene, audit)
        proof.restored_server_has_all(scene, audit)
        proof.nothing_applies_twice(audit)
        if scene.server.epochs == 1:
            proof.nothing_is_overwritten_unseen(scene, audit)
        proof.newer_fields_are_carried(scene, audit)
        proof.clocks_decide_nothing(scene, audit)
        proof.poison_delays_nobody(scene, audit)
        proof.files_match(scene, audit)
        proof.pushes_again_change_nothing(scene)
        if isinstance(kept, MemoryKept):
            ledger = MemoryLedger(kept, kept.shelves)
            proof.page_size_changes_nothing(scene, ledger, scopes_for(self.chance.choice(OFFICERS)))
            for station in scene.alive():
                proof.states_are_not_ahead(station, kept.shelves)
                kept_lines = station.laptop.read(outbox.kept_until_durable_count)
                if kept_lines:
                    raise proof.Broken(15, f"{kept_lines} saves that are safe at the server did not leave the outbox")


def _is_settled(kind: str, values: Values) -> bool:
    return kind == "held_work" and values["settlement"] != Settlement.WAITING.value
