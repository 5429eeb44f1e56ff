"""A reader that never rests misses nothing, whatever eight writers do: order of numbers is order of commits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.sync.laptops import START, Centre

from almoner.records import SCHEMA, Case, Note, Team, User
from almoner.records.mutation import Mutation, Verdict
from almoner.records.staff import StaffRole
from almoner.records.wire import instant_text, to_wire
from almoner.store.central import mutation
from almoner.sync.messages import Page, Pull, Push, Result
from almoner.sync.peer import Peer
from almoner.sync.seeding import put_records

WRITERS, PUSHES, NOTES = 8, 12, 5


def teams(count: int) -> tuple[Team, ...]:
    return tuple(Team(id=f"team-{n:02}", name=f"Team {n}") for n in range(count))


def officer(user_id: str, many: tuple[Team, ...]) -> User:
    ids = tuple(team.id for team in many)
    return User(
        id=user_id, username=user_id, full_name="Ruth Bello", role=StaffRole.SUPERVISOR, team_id=ids[0], team_ids=ids
    )


def notes(writer: int, push: int, scopes: int) -> list[Mutation]:
    """A push of notes that lie in several scopes, in another order for each writer, so that locks could cross."""
    made = []
    for number in range(NOTES):
        team = (writer * 7 + push * 3 + number * (1 if writer % 2 else -1)) % scopes
        note = Note(
            id=f"n-{writer}-{push}-{number}", case_id=f"c-{team:02}", text="Rang.", author_id="writer",
            happened_at=START, recorded_at=START,
        )  # fmt: skip
        values = {k: v for k, v in to_wire(note).items() if k not in ("id", "received_at")}
        made.append(
            Mutation(
                client_seq=push * NOTES + number + 1, mutation_id=f"m-{writer}-{push}-{number}",
                made_at=instant_text(START), author="writer", schema=SCHEMA, kind="note", record=note.id,
                values=values,
            )
        )  # fmt: skip
    return made


def ids(pages: Iterator[Page], states: dict[str, str]) -> list[str]:
    """The notes these pages bring; the reader's states go on with them."""
    found = []
    for page in pages:
        for part in page.parts if not page.early else ():
            states[part.scope] = part.state
            found += [put.id for put in part.puts if put.kind == "note"]
    return found


class Reader:
    """Pulls all the time and never goes back."""

    def __init__(self, peer: Peer) -> None:
        self.peer, self.states, self.seen, self.rounds = peer, dict[str, str](), list[str](), 0

    def pull(self) -> None:
        self.seen += ids(self.peer.pull(Pull(client_id="reader", scopes=self.states)), self.states)
        self.rounds += 1

    def until(self, finished: threading.Event) -> None:
        while not finished.is_set():
            self.pull()


def opened(centre: Centre, scopes: int) -> Callable[[str], Peer]:
    """A council of so many teams with a case each, and its officers at their peers."""
    many = teams(scopes)
    people = (officer("writer", many), officer("reader", many))
    cases = [
        Case(
            id=f"c-{n:02}", reference=f"ASH-{n}", service="damp-and-mould", title="Mould", stage="new",
            team_id=team.id, opened_by="writer", aware_at=START, recorded_at=START,
        )
        for n, team in enumerate(many)
    ]  # fmt: skip
    put_records(centre.engine, [*many, *people, *cases], now=START)
    by_id = {user.id: user for user in people}
    return lambda user_id: centre.peer(by_id[user_id])


def written(peer: Callable[[str], Peer], writer: int, scopes: int) -> list[Result]:
    """What the server answered one writer. A push that fails fails the test."""
    results: list[Result] = []
    for push in range(PUSHES):
        saves = notes(writer, push, scopes)
        results += peer("writer").push(Push(client_id=f"client {writer}", generation=1, mutations=saves)).results
    return results


WANTED = {f"n-{w}-{p}-{n}" for w in range(WRITERS) for p in range(PUSHES) for n in range(NOTES)}


@pytest.mark.parametrize("scopes", [1, 20])
def test_a_reader_at_any_moment_misses_nothing_later(centre: Centre, scopes: int) -> None:
    """Eight writers in one scope or in twenty: no push fails, none is answered but "applied", and every committed note
    reaches a reader that pulls all the time and never goes back, exactly once."""
    peer = opened(centre, scopes)
    reader, finished = Reader(peer("reader")), threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        reading = pool.submit(reader.until, finished)
        try:
            writing = [pool.submit(written, peer, writer, scopes) for writer in range(WRITERS)]
            results = [result for each in writing for result in each.result()]
        finally:
            finished.set()
        reading.result()
    reader.pull()

    assert {result.verdict for result in results} == {Verdict.APPLIED}
    assert len(results) == len(centre.rows(mutation)) == len(WANTED)
    assert WANTED - set(reader.seen) == set()
    assert len(reader.seen) == len(set(reader.seen)), "a note came twice to a reader that never went back"
    assert reader.rounds > 2
