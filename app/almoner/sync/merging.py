"""What becomes of a save when the record has changed meanwhile: field by field, by each field's declared rule.

Pure: the same record and the same save always give the same outcome. A writer is one store in one generation
(`<client_id>:<generation>`); a change made by the same writer earlier is not a change behind the author's back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from almoner.records import BY_KIND
from almoner.records.derive import Field, fields_of
from almoner.records.facts import Merge
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, WireFault, from_wire, plain_value, read_value

Stamp = tuple[int, str]
"""The rev at which a field last changed, and the writer who changed it."""

ALL_OTHERS = ""
"""The name under which `stamps` keeps the stamp of every field not changed since the record was made."""

WHOLE = ""
"""The name under which a record as a whole is removed, and disputed."""
KEPT, GONE = "kept", "removed"
"""What a disagreement about a removal says in place of values."""

MAX_EXTRA_FIELDS = 60
MAX_EXTRA_LENGTH = 100_000


class Outcome(StrEnum):
    """What became of the value offered for one field."""

    APPLIED = "applied"  # it is in force
    SAME = "same"  # it was in force already
    MERGED = "merged"  # it is in force together with, or in place of, what another wrote meanwhile
    LOST = "lost"  # another value stays in force by rule; this one is in the history
    CONFLICT = "conflict"  # another value stays in force until a person settles it
    REFUSED = "refused"  # the field is never changed
    REMOVED = "removed"  # the record is no more


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as the server holds it: all fields in wire form, fields of a newer version, and when each changed."""

    values: dict[str, Plain]
    extra: dict[str, Plain] = field(default_factory=dict)
    rev: int = 0
    stamps: dict[str, Stamp] = field(default_factory=dict)

    def stamp(self, name: str) -> Stamp:
        """When and by whom the field was last changed."""
        return self.stamps.get(name) or self.stamps[ALL_OTHERS]

    def value(self, name: str) -> Plain:
        """The value in force."""
        return self.values[name] if name in self.values else self.extra.get(name)


@dataclass(frozen=True, slots=True)
class FieldOutcome:
    """What became of one field: the value offered and, for a conflict, the one in force."""

    name: str
    outcome: Outcome
    offered: Plain
    in_force: Plain = None


@dataclass(frozen=True, slots=True)
class Merged:
    """The record afterwards, the verdict for its author, and what became of each field."""

    standing: Standing
    verdict: Verdict
    fields: tuple[FieldOutcome, ...]
    made: bool = False
    parallel: bool = False
    renewed: bool = False
    gone: bool = False

    @property
    def changed(self) -> bool:
        """Whether the record differs from before, or is sent again because its author has it otherwise (`renewed`)."""
        return any(f.outcome in (Outcome.APPLIED, Outcome.MERGED) for f in self.fields) or self.made or self.renewed

    @property
    def conflicts(self) -> tuple[FieldOutcome, ...]:
        """The fields a person must settle."""
        return tuple(f for f in self.fields if f.outcome is Outcome.CONFLICT)


def merge(standing: Standing | None, save: Mutation, *, writer: str) -> Merged:
    """The outcome of a save of a known kind of record. Raises WireFault when the values cannot be kept."""
    record = BY_KIND[save.kind]
    known = _known(save.kind)
    extra = {n: v for n, v in save.values.items() if n not in known}
    _check_extra(save.kind, extra, standing)
    if standing is None:
        return _make(record, save, extra, writer)
    if record.append_only:
        return _compare(record, standing, save)
    return _merge_fields(record, standing, save, extra, writer)


def check(save: Mutation) -> None:
    """Raises WireFault when a value of a save could be kept in no record of its kind, whatever stands there now."""
    fields = _known(save.kind)
    _check_extra(save.kind, {n: v for n, v in save.values.items() if n not in fields}, None)
    for part in (save.values, save.added, save.removed):
        for name, value in part.items():
            f = fields.get(name)
            if f is not None and name != "id" and not f.fact.server:
                read_value(save.kind, f, value)


@cache
def _known(kind: str) -> dict[str, Field]:
    """The fields of a kind by name."""
    return {f.name: f for f in fields_of(BY_KIND[kind])}


@cache
def _needed(kind: str) -> tuple[str, ...]:
    """The fields without which there is no record of a kind."""
    fields = fields_of(BY_KIND[kind])
    return tuple(f.name for f in fields if f.required and not f.fact.server and f.name != "id")


def makes(save: Mutation) -> bool:
    """Whether a save can make a record: it has all a record needs, and its author saw none before."""
    if save.delete or any(save.base.values()):
        return False
    return all(name in save.values or name in save.added for name in _needed(save.kind))


def remove(standing: Standing, save: Mutation, *, writer: str) -> Merged:
    """The outcome of taking a record away: what another changed meanwhile stays, and a person decides."""
    seen = save.base.get(WHOLE, 0)
    if any(rev > seen and by != writer for rev, by in standing.stamps.values()):
        return Merged(standing, Verdict.CONFLICT, (FieldOutcome(WHOLE, Outcome.CONFLICT, GONE, KEPT),), parallel=True)
    after = replace(standing, rev=standing.rev + 1)
    return Merged(after, Verdict.APPLIED, (FieldOutcome(WHOLE, Outcome.REMOVED, GONE, GONE),), gone=True)


def removed_before(standing: Standing) -> Merged:
    """The outcome of taking away what somebody has taken away already: there is nothing to do."""
    return Merged(standing, Verdict.APPLIED, (FieldOutcome(WHOLE, Outcome.SAME, GONE, GONE),))


def bring_back(standing: Standing, save: Mutation, *, rev: int, writer: str) -> Merged:
    """The outcome of a change to a record that another took away meanwhile, at `rev`: the change is kept with the
    record as it stood before, and a person decides."""
    merged = merge(replace(standing, rev=rev), save, writer=writer)
    after = merged.standing if merged.standing.rev > rev else replace(merged.standing, rev=rev + 1)
    fields = (*merged.fields, FieldOutcome(WHOLE, Outcome.CONFLICT, GONE, KEPT))
    return Merged(after, Verdict.CONFLICT, fields, parallel=True, renewed=True)


def _make(record: type[Any], save: Mutation, extra: dict[str, Plain], writer: str) -> Merged:
    offered: dict[str, Plain] = {"id": save.record}
    for f in fields_of(record):
        if f.name in save.values and f.name != "id" and not f.fact.server:
            offered[f.name] = save.values[f.name]
        if f.name in save.added:
            offered[f.name] = list(save.added[f.name])
    made = from_wire(record, offered)
    values = {f.name: plain_value(getattr(made, f.name)) for f in fields_of(record)}
    standing = Standing(values=values, extra=extra, rev=1, stamps={ALL_OTHERS: (1, writer)})
    return Merged(standing, Verdict.APPLIED, (), made=True)


def _compare(record: type[Any], standing: Standing, save: Mutation) -> Merged:
    """An event that is already here: the same one sent again is well, a different one under its id is refused."""
    again = _make(record, save, {}, "").standing.values
    server = {f.name for f in fields_of(record) if f.fact.server}
    same = all(again[n] == standing.values[n] for n in again if n not in server)
    outcome = Outcome.SAME if same else Outcome.REFUSED
    fields = tuple(
        FieldOutcome(n, outcome, again[n])
        for n in again
        if n not in server and (same or again[n] != standing.values[n])
    )
    return Merged(standing, Verdict.APPLIED if same else Verdict.REJECTED, fields)


def _merge_fields(
    record: type[Any], standing: Standing, save: Mutation, extra: Mapping[str, Plain], writer: str
) -> Merged:
    outcomes: list[FieldOutcome] = []
    values, others = dict(standing.values), dict(standing.extra)
    touched = {*save.values, *save.added, *save.removed}
    for f in fields_of(record):
        if f.name not in touched or f.name == "id" or f.fact.server:
            continue
        merged = _merge_field(f, standing, save, writer)
        outcomes.append(merged)
        if merged.outcome in (Outcome.APPLIED, Outcome.MERGED):
            values[f.name] = merged.in_force
    outcomes = _decided_together(record, standing, outcomes)
    values |= {o.name: o.in_force for o in outcomes if o.outcome is Outcome.LOST}
    for name, value in extra.items():
        same = name in others and others[name] == value
        outcomes.append(FieldOutcome(name, Outcome.SAME if same else Outcome.APPLIED, value, value))
        others[name] = value
    after = _stamped(standing, values, others, outcomes, writer)
    _prove(save.kind, standing, after)
    parallel = _parallel(standing, save, writer)
    return Merged(after, _verdict(outcomes, parallel), tuple(outcomes), parallel=parallel)


def _decided_together(record: type[Any], standing: Standing, found: list[FieldOutcome]) -> list[FieldOutcome]:
    """Where one field of a decision is disputed, the rest of it waits as well: half a decision is in nobody's mind."""
    if all(o.outcome is not Outcome.CONFLICT for o in found):
        return found
    groups = {f.name: f.fact.together for f in fields_of(record) if f.fact.together}
    disputed = {groups[o.name] for o in found if o.outcome is Outcome.CONFLICT and o.name in groups}
    if not disputed:
        return found
    return [
        replace(o, outcome=Outcome.LOST, in_force=standing.values[o.name])
        if groups.get(o.name) in disputed and o.outcome in (Outcome.APPLIED, Outcome.MERGED)
        else o
        for o in found
    ]


def left_alone(standing: Standing, merged: Merged) -> Merged:
    """The outcome of a save none of whose fields may take effect after all; the record goes to its author again."""
    fields = tuple(
        replace(o, outcome=Outcome.LOST, in_force=standing.value(o.name))
        if o.outcome in (Outcome.APPLIED, Outcome.MERGED)
        else o
        for o in merged.fields
    )
    after = replace(standing, rev=standing.rev + 1)
    return Merged(after, Verdict.MERGED, fields, parallel=merged.parallel, renewed=True)


def _prove(kind: str, before: Standing, after: Standing) -> None:
    """Raises WireFault when a value that was not there before cannot be kept; the others were proved when they came."""
    known = _known(kind)
    for name, value in after.values.items():
        if value is not before.values[name]:
            read_value(kind, known[name], value)


def _merge_field(f: Field, standing: Standing, save: Mutation, writer: str) -> FieldOutcome:
    current = standing.values[f.name]
    unseen = _changed_unseen(f.name, standing, save, writer)
    if f.fact.merge is Merge.UNION:
        return _unite(f, current, save, unseen=unseen)
    offered = plain_value(read_value(save.kind, f, save.values.get(f.name)))
    if offered == current:
        return FieldOutcome(f.name, Outcome.SAME, offered, current)
    if f.fact.merge is Merge.FIXED:
        return FieldOutcome(f.name, Outcome.REFUSED, offered, current)
    if not unseen:
        return FieldOutcome(f.name, Outcome.APPLIED, offered, offered)
    if f.fact.merge is Merge.FIRST:
        return FieldOutcome(f.name, Outcome.LOST, offered, current)
    if f.fact.merge is Merge.LATEST:
        return FieldOutcome(f.name, Outcome.MERGED, offered, offered)
    if f.fact.merge is Merge.CAUTIOUS and not (f.type is str and current and offered):
        return _take_care(f, current, offered)
    return FieldOutcome(f.name, Outcome.CONFLICT, offered, current)


def _unite(f: Field, current: Plain, save: Mutation, *, unseen: bool) -> FieldOutcome:
    """Additions and removals combine; a whole set sent by a client that made the same record counts as added."""
    added = read_value(save.kind, f, [*save.added.get(f.name, []), *_words(save.values.get(f.name))])
    removed = read_value(save.kind, f, save.removed.get(f.name, []))
    offered = [*(f"+{w}" for w in added), *(f"-{w}" for w in removed)]
    before = _words(current)
    after = sorted((set(before) | set(added)) - set(removed))
    if after == sorted(before):
        return FieldOutcome(f.name, Outcome.SAME, offered, current)
    return FieldOutcome(f.name, Outcome.MERGED if unseen else Outcome.APPLIED, offered, list(after))


def _words(value: Plain) -> list[str]:
    return list(value) if isinstance(value, list) else []


def _take_care(f: Field, current: Plain, offered: Plain) -> FieldOutcome:
    """The more protective value wins, whoever came first."""
    safer = plain_value(more_cautious(f, read_value("", f, offered), read_value("", f, current)))
    outcome = Outcome.MERGED if safer == offered else Outcome.LOST
    return FieldOutcome(f.name, outcome, offered, safer)


def _changed_unseen(name: str, standing: Standing, save: Mutation, writer: str) -> bool:
    """Whether somebody else changed the field after the author last saw it."""
    rev, by = standing.stamp(name)
    return rev > save.base.get(name, 0) and by != writer


def _parallel(standing: Standing, save: Mutation, writer: str) -> bool:
    """Whether somebody else changed any part of the record after the author last saw it."""
    seen = max(save.base.values(), default=0)
    return any(rev > seen and by != writer for rev, by in standing.stamps.values())


def _stamped(
    standing: Standing,
    values: dict[str, Plain],
    extra: dict[str, Plain],
    outcomes: list[FieldOutcome],
    writer: str,
) -> Standing:
    changed = [o.name for o in outcomes if o.outcome in (Outcome.APPLIED, Outcome.MERGED)]
    if not changed:
        return standing
    rev = standing.rev + 1
    stamps = {**standing.stamps, **dict.fromkeys(changed, (rev, writer))}
    return Standing(values, extra, rev, stamps)


def _verdict(outcomes: list[FieldOutcome], parallel: bool) -> Verdict:
    kinds = {o.outcome for o in outcomes}
    if Outcome.CONFLICT in kinds:
        return Verdict.CONFLICT
    if kinds == {Outcome.REFUSED}:
        return Verdict.REJECTED
    if parallel or kinds & {Outcome.MERGED, Outcome.LOST, Outcome.REFUSED}:
        return Verdict.MERGED
    return Verdict.APPLIED


def _check_extra(kind: str, extra: Mapping[str, Plain], standing: Standing | None) -> None:
    """Fields of a newer version are carried, within bounds."""
    names = {*extra, *(standing.extra if standing else ())}
    if len(names) > MAX_EXTRA_FIELDS:
        raise WireFault(kind, "extra", f"holds more than {MAX_EXTRA_FIELDS} unknown fields")
    for name, value in extra.items():
        if not name or len(name) > 60 or not name.isidentifier():
            raise WireFault(kind, "extra", "holds a field with a name that cannot be kept")
        words = value if isinstance(value, list) else [value]
        if any(isinstance(w, float) and (w != w or abs(w) > 2.0**53) for w in words):
            raise WireFault(kind, "extra", "holds a number that cannot be kept")
        if any(isinstance(w, str) and "\x00" in w for w in words):
            raise WireFault(kind, "extra", "holds a character that cannot be kept")
        if sum(len(w) if isinstance(w, str) else 8 for w in words) > MAX_EXTRA_LENGTH:
            raise WireFault(kind, "extra", f"is longer than {MAX_EXTRA_LENGTH}")


def more_cautious(field: Field, one: Any, other: Any) -> Any:
    """Of two values of a CAUTIOUS field the more protective: True over False, later enum member, longer text."""
    assert field.fact.merge is Merge.CAUTIOUS
    if issubclass(field.type, StrEnum):
        order = list(field.type)
        return max(one, other, key=order.index)
    if field.type is bool:
        return one or other
    return one if one and not other else other or one
