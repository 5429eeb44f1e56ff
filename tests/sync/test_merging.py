"""Merging is a pure rule: always the same outcome, and the same whichever came first where changes commute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from almoner.records import BY_KIND, SCHEMA, Case, Conflict, Person
from almoner.records.cases import Priority
from almoner.records.derive import fields_of
from almoner.records.facts import Merge
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, WireFault, to_wire
from almoner.sync.merging import ALL_OTHERS, Outcome, Standing, left_alone, merge, more_cautious

START = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)


def _standing(**values: Any) -> Standing:
    person = to_wire(Person(id="p", full_name="Maya Okafor", support_needs=("a", "b")))
    return Standing(values={**person, **values}, rev=3, stamps={ALL_OTHERS: (1, "x:1")})


def _save(base: int = 3, *, added: Any = None, removed: Any = None, **values: Plain) -> Mutation:
    names = {*values, *(added or {}), *(removed or {})}
    return Mutation(
        client_seq=1, mutation_id="m", made_at="", author="u", schema=SCHEMA, kind="person", record="p",
        base=dict.fromkeys(names, base), values=values, added=added or {}, removed=removed or {},
    )  # fmt: skip


WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True)
SAVES = st.builds(
    lambda base, values, added, removed: _save(base, added={"support_needs": added}, removed={"support_needs": removed},
                                               **values),
    st.integers(0, 5),
    st.dictionaries(st.sampled_from(["full_name", "known_as", "pronouns"]), st.sampled_from(["A", "B", "C"])),
    WORDS, WORDS,
)  # fmt: skip


@given(SAVES, SAVES)
def test_merging_is_deterministic(one: Mutation, other: Mutation) -> None:
    """The same saves in the same order give the same record and the same verdicts, and touch no argument."""

    def run() -> list[Any]:
        first = merge(_standing(), one, writer="a:1")
        return [first, merge(first.standing, other, writer="b:1")]

    assert run() == run()


@given(SAVES)
def test_the_same_save_twice_by_one_writer_changes_nothing_more(save: Mutation) -> None:
    """What was applied is found the same the second time, but for words both added and taken away."""
    first = merge(_standing(), save, writer="a:1")
    again = merge(first.standing, save, writer="a:1")

    assert again.standing.values == first.standing.values


PRIORITIES = st.sampled_from(list(Priority))


@given(PRIORITIES, PRIORITIES, PRIORITIES)
def test_protection_does_not_depend_on_order(before: Priority, one: Priority, other: Priority) -> None:
    """CAUTIOUS: whichever of two parallel changes comes first, the more protective of them stands."""
    assume(before not in (one, other))
    case = Case(
        id="c", reference="ASH-1", service="s", title="t", stage="new", team_id="t1", opened_by="u",
        aware_at=START, recorded_at=START, priority=before,
    )  # fmt: skip
    start = Standing(values=to_wire(case), rev=3, stamps={ALL_OTHERS: (1, "x:1")})
    results = []
    for first, second in ((one, other), (other, one)):
        saves = [replace(_save(priority=value.value), kind="case", record="c") for value in (first, second)]
        then = merge(start, saves[0], writer="a:1").standing
        results.append(merge(then, saves[1], writer="b:1").standing.values["priority"])

    order = list(Priority)
    assert results == [max(one, other, key=order.index).value] * 2


@given(WORDS, WORDS)
def test_additions_commute(one: list[str], other: list[str]) -> None:
    """UNION: two parallel additions give one set, whichever comes first."""
    results = []
    for first, second in ((one, other), (other, one)):
        then = merge(_standing(), _save(added={"support_needs": first}), writer="a:1").standing
        last = merge(then, _save(added={"support_needs": second}), writer="b:1").standing
        results.append(last.values["support_needs"])

    assert results[0] == results[1] == sorted({"a", "b", *one, *other})


@given(st.sampled_from(["A", "B"]), st.sampled_from(["A", "B"]))
def test_changes_to_different_fields_commute(name: str, pronouns: str) -> None:
    """Two officers at different fields of one person never get in each other's way."""
    results = []
    pair = (_save(full_name=name), _save(pronouns=pronouns))
    for first, second in (pair, pair[::-1]):
        then = merge(_standing(), first, writer="a:1").standing
        results.append(merge(then, second, writer="b:1").standing.values)

    assert results[0] == results[1]


CASES = [
    # rule, field, in force, offered by another meanwhile, mine -> value in force, outcome, verdict
    ("LATEST", "pronouns", "she", "they", "he", "he", Outcome.MERGED, Verdict.MERGED),
    ("ASK", "full_name", "Maya", "Maia", "May", "Maia", Outcome.CONFLICT, Verdict.CONFLICT),
    ("same value", "full_name", "Maya", "Maia", "Maia", "Maia", Outcome.SAME, Verdict.MERGED),
    ("CAUTIOUS lost", "interpreter", False, True, False, True, Outcome.LOST, Verdict.MERGED),
    ("CAUTIOUS names", "restricted_team_id", "", "t1", "t2", "t1", Outcome.CONFLICT, Verdict.CONFLICT),
]


@pytest.mark.parametrize(("rule", "name", "before", "theirs", "mine", "stands", "outcome", "verdict"), CASES)
def test_each_rule(
    rule: str, name: str, before: Plain, theirs: Plain, mine: Plain, stands: Plain, outcome: Outcome, verdict: Verdict
) -> None:
    """A parallel change of the same field is settled by the field's declared rule."""
    after_theirs = merge(_standing(**{name: before}), _save(**{name: theirs}), writer="a:1").standing
    merged = merge(after_theirs, _save(**{name: mine}), writer="b:1")

    assert merged.standing.values[name] == stands
    assert merged.fields[0].outcome is outcome
    assert merged.verdict is verdict


def test_a_change_that_was_seen_is_simply_applied() -> None:
    """Protection may be lifted by somebody who saw it; only a blind change may not."""
    merged = merge(_standing(interpreter=True), _save(base=3, interpreter=False), writer="b:1")

    assert merged.standing.values["interpreter"] is False
    assert merged.verdict is Verdict.APPLIED


def _case_standing() -> Standing:
    case = Case(
        id="c", reference="ASH-1", service="s", title="t", stage="triaged", team_id="t1", opened_by="u",
        aware_at=START, recorded_at=START,
    )  # fmt: skip
    return Standing(values=to_wire(case), rev=3, stamps={ALL_OTHERS: (1, "x:1")})


CLOSED_AT = "2026-12-17T10:05:00.000000Z"
MOVED = {"stage": "awaiting-evidence"}
CLOSED = {"stage": "closed", "status": "closed", "closed_at": CLOSED_AT, "outcome": "No hazard."}


@pytest.mark.parametrize(("first", "second"), [(MOVED, CLOSED), (CLOSED, MOVED)])
def test_where_a_case_stands_is_one_decision(first: dict[str, Plain], second: dict[str, Plain]) -> None:
    """A stage moved by one and closed by another unseen: whichever came first stands whole, never half of each."""
    standing = merge(_case_standing(), replace(_save(**first), kind="case", record="c"), writer="a:1").standing
    merged = merge(standing, replace(_save(**second), kind="case", record="c"), writer="b:1")

    assert {name: merged.standing.values[name] for name in CLOSED} == {name: standing.values[name] for name in CLOSED}
    assert [f.name for f in merged.conflicts] == ["stage"]
    assert {f.outcome for f in merged.fields} <= {Outcome.CONFLICT, Outcome.LOST}


def test_a_parallel_change_elsewhere_on_the_case_still_merges() -> None:
    """A disputed stage holds back nothing but where the case stands."""
    standing = merge(_case_standing(), replace(_save(**MOVED), kind="case", record="c"), writer="a:1").standing
    merged = merge(standing, replace(_save(**CLOSED, title="Damp"), kind="case", record="c"), writer="b:1")

    assert (merged.standing.values["title"], merged.standing.values["status"]) == ("Damp", "open")


def test_what_is_done_once_stays_as_the_first_did_it() -> None:
    """FIRST: two people settle one disagreement unseen; the first stands, the other's choice is in the history."""
    conflict = Conflict(
        id="k", record_kind="case", record_id="c", field="stage", in_force='"a"', offered='"b"', offered_by="u",
        offered_at=START, mutation_id="m",
    )  # fmt: skip
    start = Standing(values=to_wire(conflict), rev=1, stamps={ALL_OTHERS: (1, "server")})
    one, other = (
        {"settled_at": CLOSED_AT, "settled_by": by, "choice": choice} for by, choice in (("u", "x"), ("v", "y"))
    )
    then = merge(start, replace(_save(1, **one), kind="conflict", record="k"), writer="a:1").standing
    merged = merge(then, replace(_save(1, **other), kind="conflict", record="k"), writer="b:1")

    assert (merged.standing.values["settled_by"], merged.standing.values["choice"]) == ("u", "x")
    assert merged.verdict is Verdict.MERGED


def test_a_record_left_alone_is_sent_again() -> None:
    """A save none of whose fields may take effect changes no value, and still counts as a change of the record."""
    standing = _case_standing()
    merged = merge(standing, replace(_save(**MOVED), kind="case", record="c"), writer="a:1")
    after = left_alone(standing, merged)

    assert after.standing == replace(standing, rev=4)
    assert after.changed
    assert {f.outcome for f in after.fields} == {Outcome.LOST}


def test_an_event_sent_twice_is_well_and_a_different_one_under_its_id_is_refused() -> None:
    """Append-only kinds never change; the other text is not lost, the verdict says so."""
    values: dict[str, Plain] = {
        "case_id": "c", "text": "One.", "author_id": "u",
        "happened_at": "2026-12-17T10:05:00.000000Z", "recorded_at": "2026-12-17T10:05:00.000000Z",
    }  # fmt: skip
    save = replace(_save(), kind="note", record="n", values=values)
    first = merge(None, save, writer="a:1")
    other = replace(save, values={**values, "text": "Two."})

    assert merge(first.standing, save, writer="a:1").verdict is Verdict.APPLIED
    refused = merge(first.standing, other, writer="b:1")
    assert refused.verdict is Verdict.REJECTED
    assert [(f.name, f.offered) for f in refused.fields] == [("text", "Two.")]
    assert refused.standing.values["text"] == "One."


@pytest.mark.parametrize(
    "values",
    [{"full_name": ""}, {"full_name": 7}, {"print_points": 5}, {"full_name": "a\x00"}, {"unknown": float("nan")},
     {"not a name": 1}, {"unknown": "x" * 200_000}, {"date_of_birth": None}],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_whole(values: dict[str, Plain]) -> None:
    """A save with one impossible value changes nothing."""
    with pytest.raises(WireFault):
        merge(_standing(), _save(**values), writer="a:1")


def test_every_field_has_a_rule_the_merge_knows() -> None:
    """A rule added to the facts without a merge would be taken for ASK in silence."""
    known = {Merge.FIXED, Merge.LATEST, Merge.ASK, Merge.FIRST, Merge.UNION, Merge.CAUTIOUS}
    for kind in BY_KIND:
        record: Any = BY_KIND[kind]
        for field in fields_of(record):
            assert field.fact.merge in known
            assert (field.fact.merge is Merge.UNION) <= field.is_set, f"{kind}.{field.name}: only sets unite"


def test_the_more_cautious_value_wins() -> None:
    """Of two values the more protective one: True over False, the later member, something over nothing."""
    fields = {f.name: f for cls in (Person, Case) for f in fields_of(cls)}

    assert more_cautious(fields["interpreter"], False, True) is True
    assert more_cautious(fields["priority"], Priority.URGENT, Priority.HIGH) is Priority.URGENT
    assert more_cautious(fields["restricted_team_id"], "", "team") == "team"
