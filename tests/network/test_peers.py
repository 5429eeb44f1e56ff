"""What every peer promises: the server in this process, through bytes, over HTTP, or with its books in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from tests.network.conftest import Office
from tests.sync.laptops import JOAN, OWEN, RUTH, STAFF, START, ByWire, Laptop

from almoner.outside.http_peer import HttpPeer
from almoner.records import SCHEMA, Case, Note, Person, User
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import instant_text, to_wire
from almoner.simulation.memory_books import MemoryBooks
from almoner.store.central import device
from almoner.sync.messages import (
    CANNOT_CALCULATE,
    MAX_PUSH,
    Hello,
    Page,
    Pull,
    Push,
    PushReply,
    Range,
    Ranges,
    Receipt,
    ScopePart,
)
from almoner.sync.peer import Peer, PeerKind, PeerTrouble
from almoner.sync.seeding import put_records
from almoner.sync.serving import ServerPeer, Session

EVERYTHING = Range("", "\uffff", 0, 0)


@dataclass
class Ways:
    """How to reach one council, of which nothing but its peers is known to a test."""

    reach: Callable[[User], Peer]
    revoke: Callable[[Peer], Peer]
    folder: Office

    def client(self, user: User = RUTH, name: str = "laptop-1") -> Client:
        return Client(self.reach(user), user, name)


@dataclass
class Client:
    """A laptop of the contract: it numbers its saves and remembers its states, and keeps nothing else."""

    peer: Peer
    user: User
    name: str
    number: int = 0

    def hello(self, **more: Any) -> Any:
        return self.peer.hello(Hello(client_id=self.name, generation=1, schema=SCHEMA, **more))

    def save(self, record: Any, **more: Any) -> Mutation:
        """The save that makes a record."""
        self.number += 1
        values = {name: value for name, value in to_wire(record).items() if name not in ("id", "received_at")}
        wanted: dict[str, Any] = {
            "client_seq": self.number, "mutation_id": f"{self.name}-{self.number}", "made_at": instant_text(START),
            "author": self.user.id, "schema": SCHEMA, "kind": record.kind, "record": record.id, "values": values,
        }  # fmt: skip
        return Mutation(**wanted | more)

    def change(self, record: Any, rev: int, **values: Any) -> Mutation:
        """The save that changes some of its fields."""
        return self.save(record, values=values, base=dict.fromkeys(values, rev))

    def push(self, *saves: Mutation, generation: int = 1) -> PushReply:
        return self.peer.push(Push(client_id=self.name, generation=generation, mutations=list(saves)))

    def pull(self, states: dict[str, str] | None = None, **more: Any) -> list[Page]:
        return list(self.peer.pull(Pull(client_id=self.name, scopes=states or {}, **more)))


@pytest.fixture(params=["in process", "by wire", "over HTTP", "in memory"])
def ways(request: pytest.FixtureRequest, office: Office) -> Ways:
    now, engine = office.centre.clock.now, office.centre.engine
    if request.param == "over HTTP":

        def revoke(peer: Peer) -> Peer:
            assert isinstance(peer, HttpPeer)
            with engine.connect() as connection:
                newest = connection.execute(
                    select(device.c.id).order_by(device.c.enrolled_at.desc(), device.c.id.desc())
                )
                office.staff.revoke(newest.scalars().first() or "")
            return peer

        return Ways(office.peer, revoke, office)
    kept: Any = engine
    if request.param == "in memory":
        kept = MemoryBooks()
        put_records(kept, STAFF, now=now())

    def reach(user: User, *, revoked: bool = False) -> Peer:
        peer = ServerPeer(kept, Session(user_id=user.id, device_id=f"of {user.id}", revoked=revoked), now=now)
        return ByWire(peer) if request.param == "by wire" else peer

    return Ways(reach, lambda _peer: reach(RUTH, revoked=True), office)


def a_case(record_id: str = "case-1", team_id: str = "t1", user: User = RUTH) -> Case:
    return Case(
        id=record_id, reference=f"ASH-{record_id}", service="damp-and-mould", title="Mould", stage="new",
        team_id=team_id, opened_by=user.id, aware_at=START, recorded_at=START,
    )  # fmt: skip


def a_note(record_id: str, case_id: str = "case-1", user: User = RUTH) -> Note:
    return Note(id=record_id, case_id=case_id, text="Rang.", author_id=user.id, happened_at=START, recorded_at=START)


def parts(pages: list[Page]) -> Iterator[ScopePart]:
    return (part for page in pages for part in page.parts)


def states(pages: list[Page]) -> dict[str, str]:
    return {part.scope: part.state for page in pages if not page.early for part in page.parts}


def put_ids(pages: list[Page], kind: str = "") -> set[str]:
    return {put.id for part in parts(pages) for put in part.puts if kind in ("", put.kind)}


def verdicts(reply: PushReply) -> list[Verdict]:
    return [result.verdict for result in reply.results]


def test_a_greeting_says_who_and_where_we_stand(ways: Ways) -> None:
    """The reply names the officer, an epoch, the next number, and until when work may go on alone."""
    ruth = ways.client()
    reply = ruth.hello()
    ruth.push(ruth.save(a_case()))
    later = ruth.hello(last_seq=1, last_mutation_id="laptop-1-1")

    assert (reply.user_id, reply.generation, reply.next_client_seq) == (RUTH.id, 1, 1)
    assert (later.next_client_seq, later.durable_client_seq) == (2, 1)
    assert reply.server_epoch == later.server_epoch != ""
    assert reply.lease_until > reply.now
    assert reply.schema_min <= SCHEMA == reply.schema_max
    assert (reply.revoked, reply.wipe) == (False, False)


def test_a_save_sent_again_gets_the_same_answer_and_changes_nothing(ways: Ways) -> None:
    """Any prefix of what was sent, as often as you like: the same verdicts, and the record stands as it stood."""
    ruth = ways.client()
    saves = [ruth.save(a_case()), ruth.save(a_note("note-1")), ruth.save(a_note("note-2"))]
    first = ruth.push(*saves)
    before = ruth.pull()
    again = [ruth.push(*saves[:count]) for count in (1, 2, 3)]

    assert verdicts(first) == [Verdict.APPLIED] * 3
    assert [reply.results for reply in again] == [first.results[:count] for count in (1, 2, 3)]
    assert [(r.client_seq, r.mutation_id) for r in first.results] == [(s.client_seq, s.mutation_id) for s in saves]
    assert (first.accepted_client_seq, first.durable_client_seq) == (3, 3)
    assert list(parts(ruth.pull())) == list(parts(before))


def test_a_first_pull_brings_every_scope_whole_with_its_proof(ways: Ways) -> None:
    """Each scope opened ends with a count, a digest and a state; from that state nothing more comes."""
    ruth = ways.client()
    ruth.push(ruth.save(a_case()), ruth.save(a_note("note-1")))
    pages = ruth.pull()
    counts: dict[str, set[tuple[str, str]]] = {}
    for page in pages:
        for part in page.parts if not page.early else ():
            counts.setdefault(part.scope, set()).update((put.kind, put.id) for put in part.puts)
    ends = {part.scope: part.end for part in parts(pages) if part.end}
    again = ruth.pull(states(pages))

    assert (
        {scope for page in pages for scope in page.opened} == set(ends) >= {"staff", "residents", "team:t1", "user:u1"}
    )
    assert {scope: len(found) for scope, found in counts.items()} == {scope: end.count for scope, end in ends.items()}
    assert put_ids(again) == set()
    assert {part.scope: part.end for part in parts(again)} == ends
    assert states(again) == states(pages)
    assert pages[-1].more is False


def test_a_pull_in_small_pieces_brings_the_same(ways: Ways) -> None:
    """However little is asked for at a time, nothing is missed and nothing comes that was not there."""
    ruth = ways.client()
    ruth.push(*(ruth.save(Person(id=f"p{n}", full_name="Tom Reed")) for n in range(MAX_PUSH)))
    ruth.push(*(ruth.save(Person(id=f"q{n}", full_name="Tom Reed")) for n in range(MAX_PUSH)))
    whole, seen, held, pulls, more = ruth.pull(), set[str](), dict[str, str](), 0, True
    while more:
        pages = ruth.pull(held, max_bytes=1)
        seen |= put_ids(pages)
        held |= states(pages)
        more, pulls = pages[-1].more, pulls + 1

    assert pulls > 2
    assert seen == put_ids(whole)
    assert held == states(whole)


def test_only_what_changed_comes(ways: Ways) -> None:
    """From a state, a pull brings what came after it; a record that left a scope is said to have left."""
    ruth, owen = ways.client(), ways.client(OWEN, "laptop-2")
    case = a_case()
    ruth.push(ruth.save(case), ruth.save(a_note("note-1")))
    held = states(owen.pull())
    ruth.push(ruth.save(a_note("note-2")))
    news = owen.pull(held)
    held |= states(news)
    moved = ruth.push(ruth.change(case, 1, team_id="t2"))
    left = owen.pull(held)

    assert put_ids(news) == {"note-2"}
    assert verdicts(moved) == [Verdict.APPLIED]
    assert {ref.id for part in parts(left) for ref in part.left} == {"case-1", "note-1", "note-2"}


def test_a_state_nobody_gave_starts_the_scope_afresh(ways: Ways) -> None:
    """All of it again, and said so; never a gap."""
    ruth = ways.client()
    pages = ruth.pull({"staff": "nonsense"})

    assert {scope: why for page in pages for scope, why in page.afresh.items()} == {"staff": CANNOT_CALCULATE}
    assert put_ids(pages) >= {one.id for one in STAFF}


def test_what_one_may_not_see_is_as_what_is_not(ways: Ways) -> None:
    """A scope of another team and one that never was get the same answer, in a pull and in a comparison."""
    joan, ruth = ways.client(JOAN, "laptop-2"), ways.client()
    joan.push(joan.save(a_case("case-2", team_id="t2", user=JOAN)))
    pages = ruth.pull({"team:t2": "x", "team:none": "x"})
    said = []
    for scope in ("team:t2", "team:none"):
        with pytest.raises(PeerTrouble) as caught:
            ruth.peer.ranges(Ranges(client_id=ruth.name, scope=scope, ranges=[EVERYTHING]))
        said.append((caught.value.kind, caught.value.what, caught.value.do))

    assert {scope for page in pages for scope in page.closed} == {"team:t2", "team:none"}
    assert "case-2" not in put_ids(pages)
    assert said[0] == said[1]
    assert said[0][0] is PeerKind.NOT_ALLOWED


def test_a_comparison_lists_what_differs_and_says_nothing_of_what_does_not(ways: Ways) -> None:
    """An empty copy is listed everything; an equal one is told nothing."""
    ruth = ways.client()
    ruth.push(ruth.save(a_case()))
    end = next(part.end for part in parts(ruth.pull()) if part.scope == "team:t1" and part.end)
    empty = ruth.peer.ranges(Ranges(client_id=ruth.name, scope="team:t1", ranges=[EVERYTHING]))
    equal = ruth.peer.ranges(
        Ranges(client_id=ruth.name, scope="team:t1", ranges=[Range("", "\uffff", end.count, end.digest)])
    )

    assert "case-1" in {put.id for listing in empty.listed for put in listing.puts}
    assert equal.split == equal.listed == []


def test_a_number_used_twice_is_another_copy(ways: Ways) -> None:
    """Nothing is applied, and the client is told under which generation to send it all again."""
    first, twin = ways.client(), ways.client()
    first.push(first.save(a_case("case-1")))
    save = twin.save(a_case("case-2"), mutation_id="of-the-twin")
    told = twin.push(save)
    again = twin.push(save, generation=told.generation)

    assert (told.results, told.generation) == ([], 2)
    assert verdicts(again) == [Verdict.APPLIED]
    assert put_ids(first.pull(), "case") == {"case-1", "case-2"}


@pytest.mark.parametrize("many", [MAX_PUSH + 1])
def test_too_many_saves_are_sent_back_whole(ways: Ways, many: int) -> None:
    """The batch must be halved; none of it was applied."""
    ruth = ways.client()
    with pytest.raises(PeerTrouble) as caught:
        ruth.push(*(ruth.save(Person(id=f"p{n}", full_name="Tom Reed")) for n in range(many)))

    assert caught.value.kind is PeerKind.TOO_LARGE
    assert put_ids(ruth.pull(), "person") == set()


def test_each_save_is_judged_alone(ways: Ways) -> None:
    """One that is nonsense, one that is held and one of a kind nobody knows delay no other."""
    ruth = ways.client()
    reply = ruth.push(
        ruth.save(a_case(), values={"reference": 5}),
        ruth.save(a_note("note-9", case_id="no-such-case")),
        ruth.save(a_case("case-3"), kind="spaceship"),
        ruth.save(a_case("case-4")),
        ruth.save(a_case("case-5"), kind="conflict", values={"record_kind": ["case"], "record_id": 5}),
    )

    assert verdicts(reply)[0] is Verdict.REJECTED
    assert verdicts(reply)[1] is Verdict.HELD
    assert verdicts(reply)[2] in (Verdict.REJECTED, Verdict.HELD)
    assert verdicts(reply)[3] is Verdict.APPLIED
    assert verdicts(reply)[4] in (Verdict.REJECTED, Verdict.HELD)
    assert all(result.text for result in (*reply.results[:3], reply.results[4]))


def test_fields_changed_by_two_merge_and_the_same_field_is_asked_about(ways: Ways) -> None:
    """Different fields meet; the same field stays as it was and the other value waits for a person."""
    ruth, owen = ways.client(), ways.client(OWEN, "laptop-2")
    person = Person(id="p1", full_name="Tom Reed")
    ruth.push(ruth.save(person))
    owen.push(owen.change(person, 1, full_name="Thomas Reed"))
    other = ruth.push(ruth.change(person, 1, known_as="Tommy"))
    same = ruth.push(ruth.change(person, 1, full_name="Tim Reed"))

    assert verdicts(other) == [Verdict.MERGED]
    assert verdicts(same) == [Verdict.CONFLICT]
    assert same.results[0].fields == ["full_name"]
    values = next(put.values for part in parts(ruth.pull()) for put in part.puts if put.id == "p1")
    assert (values["full_name"], values["known_as"]) == ("Thomas Reed", "Tommy")


def test_a_record_taken_away_is_said_to_be_deleted(ways: Ways) -> None:
    """Whoever held it is told."""
    ruth = ways.client()
    person = Person(id="p1", full_name="Tom Reed")
    ruth.push(ruth.save(person))
    held = states(ruth.pull())
    reply = ruth.push(ruth.save(person, values={}, base={"": 1}, delete=True))
    pages = ruth.pull(held)

    assert verdicts(reply) == [Verdict.APPLIED]
    assert {ref.id for part in parts(pages) for ref in part.deleted} == {"p1"}


def test_a_receipt_given_twice_is_one(ways: Ways) -> None:
    """The answer names it; giving it again changes nothing."""
    ruth = ways.client()
    ruth.hello()
    receipt = Receipt(
        client_id=ruth.name, receipt_id="receipt-1", made_at=instant_text(START), scopes=["team:t1"], records=3
    )

    assert [ruth.peer.receipt(receipt).receipt_id for _ in range(2)] == ["receipt-1"] * 2


def test_a_revoked_device_hands_in_its_work_and_lets_go_of_the_rest(ways: Ways) -> None:
    """What it sends is held, not lost; what it holds is closed; and it is told why."""
    ruth = ways.client()
    ruth.push(ruth.save(a_case()))
    held = states(ruth.pull())
    ruth.peer = ways.revoke(ruth.peer)
    reply, work = ruth.hello(last_seq=1, last_mutation_id="laptop-1-1"), ruth.push(ruth.save(a_note("note-1")))
    pages = ruth.pull(held)

    assert reply.revoked
    assert verdicts(work) == [Verdict.HELD]
    assert {scope for page in pages for scope in page.closed} == set(held)
    assert put_ids(pages) == set()


@pytest.mark.parametrize("generation", [0, -1, 2**40])
def test_numbers_that_cannot_be_are_refused_in_words(ways: Ways, generation: int) -> None:
    """Nonsense is trouble in words, whichever way it came."""
    ruth = ways.client()
    with pytest.raises(PeerTrouble) as caught:
        ruth.push(ruth.save(a_case()), generation=generation)

    assert caught.value.what.endswith(".")
    assert put_ids(ruth.pull(), "case") == set()


def test_a_whole_round_works_over_it(ways: Ways) -> None:
    """A real laptop sends, receives and proves its copy equal."""
    laptops = [
        Laptop(ways.folder.centre, user, ways.folder.folder / user.id, seed=n) for n, user in enumerate((RUTH, OWEN))
    ]
    for laptop in laptops:
        ways.folder.things.callback(laptop.store.close)
        laptop.line = ways.reach(laptop.user)  # type: ignore[assignment]  # a peer
    ruth, owen = laptops
    case = ruth.new_case()
    ruth.new_note(case.id)
    outcomes = [ruth.sync(), owen.sync()]
    owen.change(Case, case.id, title="Damp")
    outcomes += [owen.sync(), ruth.sync()]

    assert all(outcome.proved_equal and outcome.unsent == 0 for outcome in outcomes)
    assert ruth.find(Case, case.id).title == "Damp"
