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
from almoner.store.outbox import Answered, acknowledge, kept_until_durable, unsent

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
class Line:
    """One save: its field and value, and the record's rev after the server applied it (0: not answered)."""

    number: int
    name: str
    value: str
    rev: int = 0


@dataclass
class Model:
    """What should be seen, kept the simple way: what is at the server, and what came from it last."""

    there: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    rev: int = 1
    came: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    came_rev: int = 1
    lines: list[Line] = field(default_factory=list)

    def expected(self) -> dict[str, str]:
        on_top = [line for line in self.lines if line.rev == 0 or line.rev > self.came_rev]
        return {**self.came, **{line.name: line.value for line in on_top}}


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


ANSWERED_THEN_CHANGED_BY_ANOTHER = [
    ("save", "known_as", "a"),
    ("answer", Verdict.APPLIED, None),
    ("put", "known_as", "b"),
    ("save", "pronouns", "c"),
]


@example(taken=SENT_THEN_REFUSED)
@example(taken=ANSWERED_THEN_CHANGED_BY_ANOTHER)
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
        ours = [
            line.client_seq
            for line in sorted(
                (*read(shared, unsent), *read(shared, kept_until_durable)), key=lambda line: line.client_seq
            )
            if line.record_id == person.id
        ]
        assert ours == [line.number for line in model.lines]


def _take(store: Store, model: Model, person: Person, what: str, one: object, other: object) -> None:
    if what == "save":
        assert isinstance(one, str)
        assert isinstance(other, str)
        if model.expected()[one] != other:
            write(store, lambda tx: tx.save(replace(tx.get(Person, person.id), **{one: other})))
            number = int(read(store, lambda r: r.fact("client_seq")) or 0)
            model.lines.append(Line(number, one, other))
    elif what == "put":
        model.rev += 1
        model.there[str(one)] = str(other)
        model.came, model.came_rev = dict(model.there), model.rev
        receive(store, put(replace(person, **model.there), model.rev))
    elif what == "answer":
        _answer(store, model, Verdict(str(one)))
    else:
        _make_durable(store, model)


def _answer(store: Store, model: Model, verdict: Verdict) -> None:
    waiting = [line for line in model.lines if not line.rev]
    if waiting:
        first = waiting[0]
        if verdict in (Verdict.APPLIED, Verdict.MERGED):
            model.rev += 1
            model.there[first.name] = first.value
            first.rev = model.rev
        else:
            model.lines.remove(first)
        answer = Answered(first.number, verdict, "Why.", first.rev)
        write(store, lambda tx: acknowledge(tx, [answer], durable_client_seq=0))


def _make_durable(store: Store, model: Model) -> None:
    """All that was answered well becomes durable: the server now has it, though it has not sent it back."""
    done = [line for line in model.lines if line.rev]
    if done:
        write(store, lambda tx: acknowledge(tx, [], durable_client_seq=max(line.number for line in done)))
        for line in done:
            if line.rev > model.came_rev:
                model.came[line.name] = line.value
        model.lines = [line for line in model.lines if not line.rev]
