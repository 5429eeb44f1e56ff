"""What stands on the stage of a world: the server, the laptops with their lines, and what the proof must remember."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from almoner.records import User
from almoner.records.derive import fields_of
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, read_value
from almoner.rules.access import Values, is_in_force, scopes_for, scopes_of, shared_by, shared_scope, teams_of
from almoner.rules.words import uk_date
from almoner.simulation.acts import Acts
from almoner.simulation.laptop import Laptop
from almoner.simulation.line import Line
from almoner.simulation.server import Server
from almoner.store.central_rows import Key, Stored


@dataclass
class Watch:
    """A reader that never rests and never goes back: how far it is in a scope, and what it found there."""

    seq: int = 0
    found: set[Key] = field(default_factory=set)


@dataclass
class Station:
    """A laptop, its line and its officer's hands. `older` is a copy of its disk; `gone`: its store was destroyed."""

    laptop: Laptop
    line: Line
    acts: Acts
    older: Path | None = None
    gone: bool = False


@dataclass
class Scene:
    """A world's people and things. `lost` are saves that went with a disk or a fire before anybody could have them;
    `offered_again` those that a restored server had to get a second time; `newer` are fields of a newer version."""

    server: Server
    stations: list[Station] = field(default_factory=list)
    poisoned: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    offered_again: set[str] = field(default_factory=set)
    newer: dict[Key, dict[str, Plain]] = field(default_factory=dict)
    others: list[Mutation] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    watches: dict[str, Watch] = field(default_factory=dict)

    def alive(self) -> list[Station]:
        """The laptops that still have a store."""
        return [station for station in self.stations if not station.gone]

    def owed(self) -> dict[str, Mutation]:
        """Every save that was told to be safe, and that no disk or fire has taken."""
        made = [save for station in self.stations for save in station.laptop.saves] + self.others
        return {save.mutation_id: save for save in made if save.mutation_id not in self.lost}

    def answered(self) -> set[str]:
        """Every save a laptop was given an answer to."""
        return set().union(*(station.line.answered for station in self.stations))


def allowed(records: dict[Key, Stored], user_id: str, *, revoked: bool, now: datetime) -> frozenset[str]:
    """The scopes an officer may hold, by the rules of access."""
    user = _user(records["user", user_id].values)
    if revoked or not user.active:
        return frozenset()
    today, teams = uk_date(now), teams_of(user)
    opened = {
        shared_scope(*above)
        for values, above in _shares(records)
        if is_in_force(values, today) and (values["team_id"] in teams or values.get("user_id") == user.id)
    }
    return scopes_for(user, opened)


def within(records: dict[Key, Stored], scopes: frozenset[str]) -> dict[Key, Stored]:
    """Every record of these scopes, by the rules of access and not by what scopes say."""
    shared = {above for _, above in _shares(records)}

    def values_of(kind: str, record_id: str) -> Values | None:
        found = records.get((kind, record_id))
        return None if found is None else found.values

    def is_in(key: Key, one: Stored) -> bool:
        return bool(scopes & (scopes_of(key[0], one.values, values_of, lambda k, i: (k, i) in shared) or set()))

    return {key: one for key, one in records.items() if is_in(key, one)}


def _shares(records: dict[Key, Stored]) -> list[tuple[Values, Key]]:
    return [(one.values, above) for (kind, _), one in records.items() if (above := shared_by(kind, one.values))]


def _user(values: Values) -> User:
    read: dict[str, Any] = {f.name: read_value("user", f, values[f.name]) for f in fields_of(User)}
    return replace(User(**read))
