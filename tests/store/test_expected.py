"""The expected state: whatever comes in whatever order, the row is the server's state with our saves on top."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.builders import make_person
from tests.store.opened import made, put, read, receive, write

from almoner.records import Person
from almoner.records.mutation import Verdict
from almoner.store.opening import Store
from almoner.store.outbox import Answered, acknowledge, unsent

FIELDS = ("known_as", "pronouns")
_NUMBERS = count(1)

fields = st.sampled_from(FIELDS)
values = st.sampled_from(["", "a", "b", "c"])
steps = st.lists(
    st.one_of(
        st.tuples(st.just("save"), fields, values),
        st.tuples(st.just("put"), fields, values),
        st.tuples(st.just("answer"), st.sampled_from(list(Verdict)), st.none()),
        st.tuples(st.just("durable"), st.none(), st.none()),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class Model:
    """What should be seen, kept the simple way."""

    server: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    rev: int = 1
    lines: list[tuple[int, str, str, bool]] = field(default_factory=list)
    """Number, field, value, and whether it was answered well."""

    def expected(self) -> dict[str, str]:
        return {**self.server, **{name: value for _seq, name, value, _sent in self.lines}}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store for all examples; each has a person of its own."""
    store = made(Path(tmp_path_factory.mktemp("expected")) / "s")
    yield store
    store.close()


SENT_THEN_REFUSED = [
    ("save", "known_as", "a"),
    ("save", "pronouns", "b"),
    ("answer", Verdict.APPLIED, None),
    ("durable", None, None),
    ("answer", Verdict.REJECTED, None),
]


@example(taken=SENT_THEN_REFUSED)
@settings(max_examples=40, deadline=None)
@given(taken=steps)
def test_the_row_is_the_server_with_our_saves_on_top(taken: list[tuple[str, object, object]], shared: Store) -> None:
    """Saves, pages, verdicts and durable marks in any order: the row and the lines are those of the simple model."""
    model, person = Model(), make_person(next(_NUMBERS))
    receive(shared, put(person, 1))

    for what, one, other in taken:
        _take(shared, model, person, what, one, other)

        row = read(shared, lambda r: r.get(Person, person.id))
        assert {name: getattr(row, name) for name in FIELDS} == model.expected()
        ours = [line.client_seq for line in read(shared, unsent) if line.record_id == person.id]
        assert ours == [seq for seq, *_rest in model.lines]


def _take(store: Store, model: Model, person: Person, what: str, one: object, other: object) -> None:
    if what == "save":
        assert isinstance(one, str)
        assert isinstance(other, str)
        if model.expected()[one] != other:
            write(store, lambda tx: tx.save(replace(tx.get(Person, person.id), **{one: other})))
            number = int(read(store, lambda r: r.fact("client_seq")) or 0)
            model.lines.append((number, one, other, False))
    elif what == "put":
        model.rev += 1
        model.server[str(one)] = str(other)
        receive(store, put(replace(person, **model.server), model.rev))
    elif what == "answer":
        _answer(store, model, Verdict(str(one)))
    else:
        _make_durable(store, model)


def _answer(store: Store, model: Model, verdict: Verdict) -> None:
    waiting = [line for line in model.lines if not line[3]]
    if waiting:
        first = waiting[0]
        write(store, lambda tx: acknowledge(tx, [Answered(first[0], verdict, "Why.")], durable_client_seq=0))
        at = model.lines.index(first)
        if verdict in (Verdict.APPLIED, Verdict.MERGED):
            model.lines[at] = (*first[:3], True)
        else:
            del model.lines[at]


def _make_durable(store: Store, model: Model) -> None:
    """All that was answered well becomes durable: the server now has it, though it has not sent it back."""
    done = [line for line in model.lines if line[3]]
    if done:
        write(store, lambda tx: acknowledge(tx, [], durable_client_seq=max(line[0] for line in done)))
        for _seq, name, value, _sent in done:
            model.server[name] = value
        model.lines = [line for line in model.lines if not line[3]]
