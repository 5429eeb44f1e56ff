"""Several writers, any order: the rules of merging hold in every world that Hypothesis can think of.

Each writer works on a copy of one record, offline as long as they like, and sends their saves in the order made. The
server merges them as they come. Whatever happened, nothing that was typed is lost, and what must not depend on who
was first does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from almoner.records import SCHEMA, Person
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, to_wire
from almoner.sync.merging import (
    ALL_OTHERS,
    WHOLE,
    Merged,
    Outcome,
    Standing,
    bring_back,
    merge,
    remove,
    removed_before,
)

WRITERS = ("a:1", "b:1", "c:1")
ANYBODY = st.sampled_from(WRITERS)
WORDS = ("stairs", "hearing", "reading")
TEXT = ("full_name", "pronouns")
"""A field that is asked about, and one where the latest stands."""


@dataclass
class Laptop:
    """One writer's copy: the record as they see it, at the rev they last fetched, and what they have not sent.

    `values` is None once they have taken the record away, or have learnt that somebody did.
    """

    writer: str
    rev: int
    values: dict[str, Plain] | None
    unsent: list[Mutation] = field(default_factory=list)


@dataclass(frozen=True)
class Typed:
    """A value a writer once saved, by the save it came with."""

    save: str
    name: str
    value: Plain


class Worlds(RuleBasedStateMachine):
    """One record, three writers, one server."""

    @initialize()
    def begin(self) -> None:
        """Everybody starts with the same record."""
        values = to_wire(Person(id="p", full_name="Maya Okafor", support_needs=("stairs",)))
        self.standing: Standing | None = Standing(values=values, rev=1, stamps={ALL_OTHERS: (1, "maker:1")})
        self.gone: tuple[Standing, int] | None = None
        self.laptops = {name: Laptop(name, 1, dict(values)) for name in WRITERS}
        self.numbers = 0
        self.typed: list[Typed] = []
        self.history: list[tuple[str, str, Outcome, Plain]] = []
        self.conflicts: list[tuple[str, str, Plain]] = []

    # ---- what writers do, offline

    @rule(writer=ANYBODY, name=st.sampled_from(TEXT), value=st.sampled_from(["Maia", "May", "Mai", "Maya Okafor"]))
    def write(self, writer: str, name: str, value: str) -> None:
        """Type something else into a field."""
        self._save(writer, values={name: value})

    @rule(writer=ANYBODY, needs=st.booleans())
    def protect(self, writer: str, needs: bool) -> None:
        """Say whether an interpreter is needed: the careful answer counts."""
        self._save(writer, values={"interpreter": needs})

    @rule(writer=ANYBODY, word=st.sampled_from(WORDS), adds=st.booleans())
    def tag(self, writer: str, word: str, adds: bool) -> None:
        """Add a word, or take one away."""
        self._save(writer, **{"added" if adds else "removed": {"support_needs": [word]}})

    @rule(writer=ANYBODY)
    def take_away(self, writer: str) -> None:
        """Remove the record."""
        laptop = self.laptops[writer]
        if laptop.values is not None:
            laptop.unsent.append(self._mutation({WHOLE: laptop.rev}, delete=True))
            laptop.values = None

    def _save(self, writer: str, **what: Any) -> None:
        laptop = self.laptops[writer]
        names = {name for part in what.values() for name in part}
        changed = [n for n in names if n == "support_needs" or (laptop.values or {}).get(n) != what["values"][n]]
        if laptop.values is None or not changed:
            return
        save = self._mutation(dict.fromkeys(names, laptop.rev), **what)
        laptop.unsent.append(save)
        laptop.values |= what.get("values", {})
        self.typed += [Typed(save.mutation_id, name, value) for name, value in what.get("values", {}).items()]

    def _mutation(self, base: dict[str, int], **what: Any) -> Mutation:
        self.numbers += 1
        return Mutation(
            client_seq=self.numbers, mutation_id=f"m{self.numbers}", made_at="", author="u", schema=SCHEMA,
            kind="person", record="p", base=base, **what,
        )  # fmt: skip

    # ---- what the line does

    @rule(writer=ANYBODY)
    def send(self, writer: str) -> None:
        """The oldest save of a writer arrives."""
        laptop = self.laptops[writer]
        if laptop.unsent:
            self._arrive(writer, laptop.unsent.pop(0))

    @rule(writer=ANYBODY)
    def fetch(self, writer: str) -> None:
        """A writer who has nothing unsent takes the server's state."""
        laptop = self.laptops[writer]
        if not laptop.unsent:
            laptop.rev = self.standing.rev if self.standing else laptop.rev
            laptop.values = dict(self.standing.values) if self.standing else None

    def _arrive(self, writer: str, save: Mutation) -> None:
        before = self.standing
        merged = self._merged(writer, save)
        self._check_step(writer, save, before, merged)
        if merged.gone:
            assert before is not None
            self.standing, self.gone = None, (before, merged.standing.rev)
        elif before is not None or merged.renewed:
            self.standing = merged.standing
        for outcome in merged.fields:
            self.history.append((save.mutation_id, outcome.name, outcome.outcome, outcome.offered))
            if outcome.outcome is Outcome.CONFLICT:
                self.conflicts.append((save.mutation_id, outcome.name, outcome.offered))

    def _merged(self, writer: str, save: Mutation) -> Merged:
        if self.standing is not None:
            return (remove if save.delete else merge)(self.standing, save, writer=writer)
        assert self.gone is not None, "it was there once"
        stood, rev = self.gone
        return removed_before(stood) if save.delete else bring_back(stood, save, rev=rev, writer=writer)

    # ---- what holds at every step

    def _check_step(self, writer: str, save: Mutation, before: Standing | None, merged: Merged) -> None:
        """What a single arrival may and may not do."""
        assert merged == self._merged(writer, save), "the same save in the same state has one outcome"
        if before is not None and not save.delete:
            self._check_care(writer, save, before, merged)
        if save.delete and before is not None:
            unseen = any(rev > save.base[WHOLE] and by != writer for rev, by in before.stamps.values())
            assert merged.gone is not unseen, "a removal never beats an edit that was not seen, and else it is done"
        if before is None and not save.delete:
            assert merged.verdict is Verdict.CONFLICT, "whoever took it away is asked"
            assert merged.standing.rev > self.gone[1], "it comes back under a later rev"  # type: ignore[index]

    def _check_care(self, writer: str, save: Mutation, before: Standing, merged: Merged) -> None:
        after = merged.standing
        rev, by = before.stamp("interpreter")
        if before.values["interpreter"] and not after.values["interpreter"]:
            assert by == writer or rev <= save.base["interpreter"], "care is lifted only by who has seen it"
        for name in ("added", "removed"):
            for word in getattr(save, name).get("support_needs", ()):
                there = word in after.values["support_needs"]  # type: ignore[operator]
                assert there is (name == "added"), "what was added is in, what was taken away is out"
        untouched = {n for n in before.values if n not in save.base}
        assert all(after.values[n] == before.values[n] for n in untouched), "nothing else is changed"
        assert after.rev - before.rev == int(merged.changed), "the rev counts what is applied"

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        """Every value ever saved is in force, in a conflict, in the history, or not sent yet."""
        unsent = {save.mutation_id for laptop in self.laptops.values() for save in laptop.unsent}
        kept = {(save, name): (outcome, value) for save, name, outcome, value in self.history}
        for typed in self.typed:
            assert typed.save in unsent or kept[typed.save, typed.name][1] == typed.value, typed

    @invariant()
    def what_is_asked_about_is_never_overwritten_unseen(self) -> None:
        """A lost value of an important field has a conflict; the other rules lose none in silence."""
        for save, name, outcome, value in self.history:
            if name == "full_name":
                assert outcome in (Outcome.APPLIED, Outcome.SAME, Outcome.CONFLICT)
            if outcome is Outcome.CONFLICT:
                assert (save, name, value) in self.conflicts

    @invariant()
    def what_is_gone_can_come_back(self) -> None:
        """A record that was removed is kept whole, with the stamps by which later saves are merged."""
        if self.standing is None and hasattr(self, "gone"):
            assert self.gone is not None
            assert set(self.gone[0].values) == set(to_wire(Person(id="p", full_name="x")))

    def teardown(self) -> None:
        """In the end everything is sent; then all who fetch hold the same."""
        if not hasattr(self, "laptops"):
            return
        for name in WRITERS:
            while self.laptops[name].unsent:
                self.send(name)
        for name in WRITERS:
            self.fetch(name)
        self.nothing_typed_is_lost()
        assert (
            len({repr(sorted(laptop.values.items())) if laptop.values else "" for laptop in self.laptops.values()}) == 1
        )


Worlds.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestWorlds = Worlds.TestCase
"""So that the suite finds it."""


def _save(writer: str, what: dict[str, Any]) -> tuple[str, Mutation]:
    names = {name for part in what.values() for name in part}
    start = Mutation(client_seq=1, mutation_id=writer, made_at="", author="u", schema=SCHEMA, kind="person", record="p")
    return writer, replace(start, base=dict.fromkeys(names, 3), **what)


COMMUTING = st.tuples(
    st.sets(st.sampled_from(WORDS)).map(lambda words: {"added": {"support_needs": sorted(words)}}),
    st.sets(st.sampled_from(WORDS)).map(lambda words: {"added": {"support_needs": sorted(words)}}),
    st.just({"values": {"interpreter": True}}),
    st.sampled_from(["Maia", "May"]).map(lambda name: {"values": {"full_name": name}}),
    st.sampled_from(["she", "they"]).map(lambda word: {"values": {"pronouns": word, "interpreter": True}}),
)
"""Words added by two, care taken by two, and two fields that only one writer each touches."""


@given(COMMUTING, st.permutations(range(5)))
def test_what_commutes_comes_out_the_same_in_every_order(whats: tuple[dict[str, Any], ...], order: list[int]) -> None:
    """Five writers who never saw each other: the values do not depend on who was first."""
    values = to_wire(Person(id="p", full_name="Maya Okafor", support_needs=("stairs",)))
    saves = [_save(f"w{number}:1", what) for number, what in enumerate(whats)]

    def outcome(places: list[int]) -> dict[str, Plain]:
        standing = Standing(values=values, rev=3, stamps={ALL_OTHERS: (1, "maker:1")})
        for writer, save in (saves[place] for place in places):
            standing = merge(standing, save, writer=writer).standing
        return standing.values

    assert outcome(order) == outcome(list(range(5)))


@given(st.permutations(range(3)), st.sampled_from(["Maia", "May"]))
def test_a_removal_and_an_edit_end_alike_whoever_is_first(order: list[int], name: str) -> None:
    """One removes, two edit different fields, nobody saw the others: the record stands with both edits, and is asked
    about."""
    values = to_wire(Person(id="p", full_name="Maya Okafor"))
    start = Standing(values=values, rev=3, stamps={ALL_OTHERS: (1, "maker:1")})
    takes = replace(_save("w0:1", {})[1], base={WHOLE: 3}, delete=True)
    saves = [
        ("w0:1", takes),
        _save("w1:1", {"values": {"full_name": name}}),
        _save("w2:1", {"values": {"pronouns": "they"}}),
    ]
    standing, gone, asked = start, None, 0
    for writer, save in (saves[place] for place in order):
        if gone is not None:
            merged = bring_back(standing, save, rev=gone, writer=writer)
            gone = None
        else:
            merged = (remove if save.delete else merge)(standing, save, writer=writer)
            gone = merged.standing.rev if merged.gone else None
        standing = standing if merged.gone else merged.standing
        asked += sum(outcome.name == WHOLE and outcome.outcome is Outcome.CONFLICT for outcome in merged.fields)

    assert gone is None
    assert (standing.values["full_name"], standing.values["pronouns"]) == (name, "they")
    assert asked == 1
