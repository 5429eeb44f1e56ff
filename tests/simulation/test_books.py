"""What the server may expect of its books, whether they are in PostgreSQL or in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine
from tests.sync.laptops import RUTH, START

from almoner.records import SCHEMA, Case, ContactPoint, Note, Person
from almoner.records.derive import Record
from almoner.records.mutation import Mutation, Verdict
from almoner.records.people import Channel
from almoner.records.wire import instant_text, to_wire
from almoner.simulation.memory_books import MemoryBooks
from almoner.store import central_audit
from almoner.store.central_rows import Stored
from almoner.store.central_saves import Answer, Entry, Offered, Sender
from almoner.store.central_scopes import LEFT, PUT, Move, Standing
from almoner.store.ledger import Books, Busy, Ledger, PostgresBooks, PostgresLedger, Taken

MAYA = Person(id="p1", full_name="Maya Okafor", support_needs=("hearing", "stairs"))
PHONE = ContactPoint(id="cp1", person_id="p1", channel=Channel.PHONE, value="01632 960001")
CASE = Case(
    id="c1", reference="ASH-1", service="damp-and-mould", title="Mould", stage="new", team_id="t1",
    opened_by=RUTH.id, aware_at=START, recorded_at=START,
)  # fmt: skip
NOTE = Note(id="n1", case_id="c1", text="Rang.", author_id=RUTH.id, happened_at=START, recorded_at=START)
SENDER = Sender("client", 1, RUTH.id, START)


@pytest.fixture(params=["memory", "postgres"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Empty books of each kind."""
    if request.param == "memory":
        yield MemoryBooks()
        return
    engine = create_engine(
        request.getfixturevalue("postgres_url"), connect_args={"options": "-c lock_timeout=50ms"}, pool_size=4
    )
    yield PostgresBooks(engine)
    engine.dispose()


def _stored(record: Record, rev: int = 1, **changes: Any) -> Stored:
    return Stored({**to_wire(record), **changes}, {"later": "kept"}, rev, {"": [1, "client:1"]})


def _enter(books: Books, *records: Record) -> None:
    with books.write() as ledger:
        for record in records:
            ledger.insert_records(record.kind, [_stored(record)])


def _move(record: Record, *into: str, rev: int = 1) -> Move:
    return Move((record.kind, record.id), _stored(record, rev).hash(record.kind), frozenset(into))


def _settle(books: Books, *moves: Move) -> None:
    with books.write() as ledger:
        ledger.settle(moves, ledger.memberships([move.key for move in moves]))


def _entry(number: int, outcome: str = "applied", *, held: str = "", rev: int = 1, author: str = RUTH.id) -> Entry:
    save = Mutation(
        client_seq=number, mutation_id=f"m{number}", made_at=instant_text(START), author=author, schema=SCHEMA,
        kind="case", record="c1", values={"title": f"Title {number}"},
    )  # fmt: skip
    offered = () if held else (Offered("case", "c1", "title", rev, outcome, f"Title {number}"),)
    return Entry(save, Answer(number, f"m{number}", Verdict.APPLIED, rev, "Said.", ("title",)), offered, held)


def _audit(ledger: Ledger, name: str) -> Any:
    if isinstance(ledger, PostgresLedger):
        return getattr(central_audit, name)(ledger.connection)
    return getattr(ledger, name)()


def test_a_record_comes_back_as_it_was_written(books: Books) -> None:
    """Every kind of value survives, and the fields of a newer version with it."""
    _enter(books, MAYA, PHONE, CASE, NOTE)

    with books.read() as ledger:
        for record in (MAYA, PHONE, CASE, NOTE):
            assert ledger.load([(record.kind, record.id), (record.kind, "none")]) == {
                (record.kind, record.id): _stored(record)
            }


def test_nobody_sees_a_write_before_its_commit(books: Books) -> None:
    """What is written is private to its transaction, which sees it at once."""
    with books.write() as ledger:
        ledger.insert_records("person", [_stored(MAYA)])
        assert ledger.load([("person", "p1")])
        with books.read() as other:
            assert other.load([("person", "p1")]) == {}

    with books.read() as other:
        assert other.load([("person", "p1")])


def test_a_transaction_that_fails_leaves_nothing(books: Books) -> None:
    """Neither rows nor locks."""

    def fail() -> None:
        with books.write() as ledger:
            ledger.insert_records("person", [_stored(MAYA)])
            ledger.enter(SENDER, [_entry(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    _enter(books, MAYA)
    with books.write() as ledger:
        assert ledger.answered(["m1"]) == {}
        ledger.enter(SENDER, [_entry(1)])


def test_a_read_shows_one_moment(books: Books) -> None:
    """What others commit meanwhile is not seen, however often one looks."""
    _enter(books, MAYA)
    with books.read() as reader:
        reader.load([("person", "p1")])
        _enter(books, CASE)
        _settle(books, _move(CASE, "team:t1"))

        assert reader.load([("case", "c1")]) == {}
        assert reader.standings(["team:t1"]) == {"team:t1": Standing("team:t1")}


def test_a_write_sees_what_was_committed_meanwhile(books: Books) -> None:
    """A writer that waited decides on what is in force now."""
    _enter(books, MAYA)
    with books.write() as ledger:
        ledger.load([("person", "p1")])
        _enter(books, CASE)
        assert ledger.load([("case", "c1")])


LOCKS: dict[str, Callable[[Ledger], object]] = {
    "a locked record": lambda ledger: ledger.load([("person", "p1")], lock=True),
    "a changed record": lambda ledger: ledger.update_records("person", [_stored(MAYA, 2)]),
    "a record being made": lambda ledger: ledger.insert_records("case", [_stored(CASE)]),
    "a client": lambda ledger: ledger.locked_client("client", user_id="u1", device_id="d", now=START),
    "a scope": lambda ledger: ledger.settle([_move(MAYA, "residents")], {("person", "p1"): {}}),
    "a save": lambda ledger: ledger.enter(SENDER, [_entry(1)]),
}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=LOCKS.keys())
def test_what_one_transaction_holds_another_does_not_get(books: Books, lock: Callable[[Ledger], object]) -> None:
    """To the commit, and not a moment longer; whoever needs it meanwhile is told so and has written nothing."""
    _enter(books, MAYA)
    with books.write() as first:
        lock(first)
        with pytest.raises(Busy), books.write() as second:
            lock(second)
    with books.write() as third:
        third.load([("person", "p1")], lock=True)
        third.locked_client("client", user_id="u1", device_id="d", now=START)


def test_a_record_is_made_once(books: Books) -> None:
    """The same id again is refused and nothing of that transaction stays."""
    _enter(books, MAYA)
    with pytest.raises(Taken):
        _enter(books, CASE, MAYA)

    with books.read() as reader:
        assert reader.load([("case", "c1")]) == {}


def test_a_changed_record_is_read_as_changed(books: Books) -> None:
    """Values, rev and stamps are those of the last write."""
    _enter(books, MAYA)
    changed = Stored({**to_wire(MAYA), "full_name": "Maya Reed"}, {}, 2, {"": [1, "a:1"], "full_name": [2, "b:1"]})
    with books.write() as ledger:
        ledger.update_records("person", [changed])

    with books.read() as reader:
        assert reader.load([("person", "p1")]) == {("person", "p1"): changed}


def test_children_are_found_with_their_hashes(books: Books) -> None:
    """A case's and a person's, but not what hangs on a case though it names the person."""
    flat = ContactPoint(id="cp2", person_id="p2", channel=Channel.PHONE, value="01632 960002")
    _enter(books, MAYA, PHONE, CASE, NOTE, flat)

    with books.read() as reader:
        assert reader.children_of("case", "c1") == {("note", "n1"): _stored(NOTE).hash("note")}
        assert reader.children_of("person", "p1") == {("contact_point", "cp1"): _stored(PHONE).hash("contact_point")}


def test_a_scope_counts_numbers_and_digests_what_moves(books: Books) -> None:
    """In, again, and out: one number each, and count and digest of what is inside."""
    _settle(books, _move(MAYA, "residents"), _move(CASE, "team:t1"), _move(NOTE, "team:t1"))
    _settle(books, _move(MAYA, "residents", rev=2))
    _settle(books, _move(CASE, "team:t2"))
    one, two = _stored(NOTE).hash("note"), _stored(MAYA, 2).hash("person")

    with books.read() as reader:
        stand = reader.standings(["residents", "team:t1", "team:t2", "team:none"])
        assert stand["residents"] == Standing("residents", seq=2, count=1, digest=two)
        assert stand["team:t1"] == Standing("team:t1", seq=3, count=1, digest=one)
        assert stand["team:none"] == Standing("team:none")
        places = reader.positions_after("team:t1", 0, 10, present_only=False)
        assert [(p.seq, p.kind, p.state) for p in places] == [(2, "note", PUT), (3, "case", LEFT)]
        assert [p.kind for p in reader.positions_after("team:t1", 0, 10, present_only=True)] == ["note"]
        assert [p.seq for p in reader.positions_after("team:t1", 2, 10, present_only=False)] == [3]
        assert [p.seq for p in reader.positions_after("team:t1", 0, 1, present_only=False)] == [2]
        assert reader.memberships([("case", "c1"), ("note", "n1"), ("note", "none")]) == {
            ("case", "c1"): {"team:t2": _stored(CASE).hash("case")},
            ("note", "n1"): {"team:t1": one},
            ("note", "none"): {},
        }


def test_ranges_are_in_byte_order(books: Books) -> None:
    """From `lo` up to but not `hi`; capitals and accents sort by their bytes, in whatever language."""
    people = [Person(id=i, full_name="Tom Reed") for i in ("b", "B", "a", "é", "a-1")]
    _settle(books, *(_move(person, "residents") for person in people))

    with books.read() as reader:
        found = reader.hashes_between("residents", "", "\U0010ffff")
        assert [key for key, _, _ in found] == ["B/person", "a-1/person", "a/person", "b/person", "é/person"]
        assert found[0][1:] == (("person", "B"), _stored(people[1]).hash("person"))
        assert [key for key, _, _ in reader.hashes_between("residents", "a/person", "b/person")] == ["a/person"]


def test_a_client_is_remembered(books: Books) -> None:
    """Made at its first contact; later contacts find it as it was noted."""
    for _ in range(2):
        with books.write() as ledger:
            client = ledger.locked_client("client", user_id="u1", device_id="d1", now=START)
            assert (client.user_id, client.generation) == ("u1", 1 if client.last_seq == 0 else 3)
            ledger.note_client("client", generation=3, last_seq=7, last_seen=START, unsent=2)
            ledger.note_client("nobody", generation=3)
    assert client.last_seq == 7


def test_answers_are_kept_under_their_id_and_number(books: Books) -> None:
    """Once: the same id or the same number again is refused."""
    with books.write() as ledger:
        ledger.enter(SENDER, [_entry(1), _entry(3)])
        ledger.enter(SENDER, [])
    for again in (_entry(1), Entry(_entry(3).save, Answer(3, "other", Verdict.APPLIED))):
        with pytest.raises(Taken), books.write() as ledger:
            ledger.enter(SENDER, [again])

    with books.read() as reader:
        told = replace(_entry(1).answer, author=_entry(1).save.author, client_id="client")
        assert reader.answered(["m1", "none"]) == {"m1": told}
        assert reader.numbered("client", 1, [1, 2, 3]) == {1: "m1", 3: "m3"}
        assert [reader.save_at("client", 1, n) for n in (1, 2)] == ["m1", None]
        assert [reader.highest_number(c, g) for c, g in (("client", 1), ("client", 2), ("x", 1))] == [3, 0, 0]
        assert set(_audit(reader, "every_save")) == {"m1", "m3"}


def test_what_was_offered_or_held_is_kept(books: Books) -> None:
    """Every value of every save is in the history, or the whole save is held."""
    with books.write() as ledger:
        ledger.enter(SENDER, [_entry(1), _entry(2, held="not allowed"), _entry(3, "conflict")])

    with books.read() as reader:
        assert reader.in_history_or_held(["m1", "m2", "m3", "m4"]) == {"m1", "m2", "m3"}
        assert {(o.mutation_id, o.outcome, o.value) for o in _audit(reader, "every_offer")} == {
            ("m1", "applied", "Title 1"), ("m3", "conflict", "Title 3"),
        }  # fmt: skip
        assert _audit(reader, "every_held") == {"m2": _entry(2).save}


def test_what_an_author_saw_is_found_by_its_rev(books: Books) -> None:
    """The value in force at a rev; values that lost never were."""
    with books.write() as ledger:
        ledger.insert_records("case", [_stored(CASE)])
        ledger.enter_made("case", [_stored(CASE)], author="server", now=START)
        ledger.enter(SENDER, [_entry(1, rev=3), _entry(2, "conflict", rev=4), _entry(3, "merged", rev=5)])

    with books.read() as reader:
        seen = [reader.value_at("case", "c1", "title", rev) for rev in (0, 1, 2, 3, 4, 5)]
        assert seen == [None, "Mould", "Mould", "Title 1", "Title 1", "Title 3"]
        assert reader.value_at("case", "c1", "place", 5) == CASE.place
        assert _audit(reader, "every_record")["case", "c1"] == _stored(CASE)


def test_who_set_a_field_is_who_was_heard(books: Books) -> None:
    """Another who offered the same later, or lost, did not set it."""
    with books.write() as ledger:
        ledger.enter(SENDER, [_entry(1, "same", rev=3, author="u9"), _entry(2, rev=3, author="u2")])

    with books.read() as reader:
        assert reader.last_author("case", "c1", "title", 3) == "u2"
        assert reader.last_change("case", "c1", "title", 3) == ("u2", START)
        assert reader.last_change("case", "c1", "title", 4) == ("", None)


def test_what_was_received_before_an_instant_is_counted_without_gaps(books: Books) -> None:
    """A save is not durable while an earlier one is not."""
    later = Sender("client", 1, RUTH.id, START + timedelta(hours=1))
    with books.write() as ledger:
        ledger.enter(SENDER, [_entry(1), _entry(4)])
        ledger.enter(later, [_entry(2), _entry(5)])

    with books.read() as reader:
        assert reader.number_before("client", 1, START) == 0
        assert reader.number_before("client", 1, START + timedelta(minutes=1)) == 1
        assert reader.number_before("client", 1, START + timedelta(hours=2)) == 5
        assert reader.number_before("client", 2, START) == 0
        assert [reader.received_at(m) for m in ("m1", "m5", "none")] == [START, START + timedelta(hours=1), None]


def test_an_epoch_is_begun(books: Books) -> None:
    """Copies of the books that were restored are told from those that were not."""
    with books.write() as ledger:
        before = ledger.server_epoch()
        ledger.begin_epoch("after")

    with books.read() as reader:
        assert (before != "after", reader.server_epoch()) == (True, "after")


def test_books_in_memory_go_back_to_a_copy() -> None:
    """All that came after the copy is gone, and the epoch is another."""
    books = MemoryBooks()
    _enter(books, MAYA)
    copy = books.snapshot()
    _enter(books, CASE)
    _settle(books, _move(CASE, "team:t1"))
    books.restore(copy, "restored")

    with books.read() as reader:
        assert set(reader.load([("person", "p1"), ("case", "c1")])) == {("person", "p1")}
        assert reader.standings(["team:t1"])["team:t1"].seq == 0
        assert reader.server_epoch() == "restored"


def test_others_go_on_before_a_commit_in_memory() -> None:
    """What happens between writing and commit sees nothing of it and finds its locks held."""
    books = MemoryBooks()
    seen: list[object] = []

    def meanwhile() -> None:
        books.before_commit = lambda: None
        with books.read() as reader:
            seen.append(reader.load([("person", "p1")]))
        with pytest.raises(Busy):
            _enter(books, MAYA)
        _enter(books, CASE)

    books.before_commit = meanwhile
    _enter(books, MAYA)

    with books.read() as reader:
        assert seen == [{}]
        assert len(reader.load([("person", "p1"), ("case", "c1")])) == 2
