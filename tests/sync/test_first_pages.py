"""Pages of first loads are kept, shared, and never hold what has left; a load is whole whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from tests.sync.laptops import OWEN, RUTH, START, Centre

from almoner.records import Case, Note, Participant, Person, User
from almoner.records.cases import Role
from almoner.store import central_scopes
from almoner.store.central import first_page, scope
from almoner.store.ledger import PostgresBooks
from almoner.sync.messages import Page, Pull
from almoner.sync.seeding import change_record, put_records
from almoner.sync.sending import Sending
from almoner.sync.serving import ServerPeer, Session

ROWS = 5
TEAM = "team:t1"


def _case(n: int, **more: Any) -> Case:
    given = {"team_id": "t1", "owner_id": "", "opened_by": RUTH.id, **more}
    return Case(
        id=f"c-{n:02}", reference=f"ASH-{n}", service="damp-and-mould", title=f"Mould in room {n}", stage="new",
        aware_at=START, recorded_at=START, **given,
    )  # fmt: skip


@pytest.fixture
def full(centre: Centre) -> Centre:
    """A council whose repairs team has 23 cases."""
    put_records(centre.engine, [_case(n) for n in range(23)], now=START)
    return centre


def _peer(centre: Centre, user: User = RUTH) -> ServerPeer:
    session = Session(user_id=user.id, device_id="d")
    return ServerPeer(centre.engine, session, now=centre.clock.now, page_rows=ROWS)


class Device:
    """What a device makes of pages: which cases it holds, at which state each scope is, whether digests agree."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.cases: dict[str, int] = {}
        self.total = 0
        self.early: set[str] = set()
        self.count = 0

    def take(self, page: Page) -> None:
        """A page, as a laptop takes it in."""
        self.total = self.total or page.total
        for part in page.parts:
            if page.early:
                self.early |= {put.id for put in part.puts}
                continue
            self.states[part.scope] = part.state
            self.cases |= {put.id: put.rev for put in part.puts if put.kind == "case"}
            for gone in (*part.left, *part.deleted):
                self.cases.pop(gone.id, None)
            if part.scope == TEAM and part.end is not None:
                self.count = part.end.count

    def load(self, peer: ServerPeer, **more: Any) -> Device:
        """Everything there is, in as many calls as it takes."""
        again = True
        while again:
            for page in peer.pull(Pull(client_id="device", scopes=dict(self.states), **more)):
                self.take(page)
                again = page.more
        return self


def _team_pages(centre: Centre) -> list[Any]:
    pages = [row for row in centre.rows(first_page) if row["scope_id"] == TEAM]
    return sorted(pages, key=lambda row: row["after_seq"])


def _kept(centre: Centre) -> list[tuple[int, int]]:
    return [(row["after_seq"], row["upto_seq"]) for row in _team_pages(centre)]


def _bodies(centre: Centre) -> Iterator[bytes]:
    yield from (row["body"] for row in centre.rows(first_page))


def _move(centre: Centre, case_id: str, **values: str) -> None:
    change_record(centre.engine, "case", case_id, values or {"title": "Another"}, now=START)


def test_a_second_laptop_is_sent_the_very_pages_of_the_first(full: Centre) -> None:
    """Pages are built once and lie side by side without a gap; what is sent from them is everything."""
    first = Device().load(_peer(full))
    kept = _kept(full)
    frames = b"".join(_peer(full, OWEN).pull_frames(Pull(client_id="owen", scopes={})))

    assert len(first.cases) == first.count == 23
    assert [upto - after for after, upto in kept] == [ROWS] * 4
    assert all(one[1] == other[0] for one, other in pairwise(kept))
    assert all(body in frames for body in _bodies(full))
    assert Device().load(_peer(full, OWEN)).cases == first.cases


def test_what_left_is_in_no_kept_page(full: Centre) -> None:
    """The page goes in the transaction that moves its member, and the next laptop is not sent it."""
    Device().load(_peer(full))
    kept = _kept(full)
    _move(full, "c-07", team_id="t2")
    device = Device().load(_peer(full, OWEN))

    assert "c-07" not in device.cases
    assert len(device.cases) == device.count == 22
    assert _kept(full) == kept
    assert [row["rows"] for row in _team_pages(full)] == [5, 4, 5, 5]


def test_the_page_is_gone_at_once(full: Centre) -> None:
    """Not at the next load: nobody between the two could be sent it."""
    Device().load(_peer(full))
    kept = _kept(full)
    _move(full, "c-07", team_id="t2")

    assert [page for page in kept if page not in _kept(full)] == [kept[1]]


def test_a_page_whose_member_moved_while_it_was_built_is_not_kept(full: Centre) -> None:
    """Between reading and keeping somebody may come: what they changed is no longer what was read."""
    books = PostgresBooks(full.engine)
    call = Sending(frozenset({TEAM}), {}, 10**9, ROWS)
    while not call.done:
        with books.read() as ledger:
            call.step(ledger)
    _move(full, "c-12")
    with books.write() as ledger:
        count = ledger.keep_pages(call.built)

    assert (len(call.built), count) == (4, 3)
    assert _kept(full) == [(0, 5), (5, 10), (15, 20)]


def test_other_pages_stay_where_they_are(full: Centre) -> None:
    """One change costs one page: it is built again between the same two numbers."""
    Device().load(_peer(full))
    before = {row["after_seq"]: row["body"] for row in _team_pages(full)}
    _move(full, "c-12")
    Device().load(_peer(full))
    after = {row["after_seq"]: row["body"] for row in _team_pages(full)}

    assert before.keys() == after.keys()
    assert [seq for seq in before if before[seq] != after[seq]] == [10]


def test_pages_that_grew_small_become_one(full: Centre) -> None:
    """A page that fits into one with the page after it is built together with it, so that pages do not crumble."""
    Device().load(_peer(full))
    for n in (5, 6, 7, 10, 11):
        _move(full, f"c-{n:02}")
    device = Device().load(_peer(full))

    assert len(device.cases) == device.count == 23
    assert (5, 15) in _kept(full)
    assert Device().load(_peer(full)).cases == device.cases


def test_a_load_in_many_calls_uses_and_keeps_the_same_pages(full: Centre) -> None:
    """A call ends after so many bytes; the next one goes on at the page where it ended."""
    small = Device().load(_peer(full), max_bytes=1)
    kept = _kept(full)

    assert len(small.cases) == 23
    assert [upto - after for after, upto in kept] == [ROWS] * 4


def test_what_leaves_while_a_load_goes_on_does_not_stay(full: Centre) -> None:
    """Each page shows its own moment; at the end of the call all are brought up to the last."""
    device, moved = Device(), False
    for page in _peer(full).pull(Pull(client_id="device", scopes={})):
        device.take(page)
        if device.cases and not moved:
            _move(full, "c-01", team_id="t2")
            _move(full, "c-02")
            moved = True

    assert moved
    assert "c-01" not in device.cases
    assert device.cases["c-02"] == 2
    assert len(device.cases) == device.count == 22


def test_a_restored_server_uses_no_page_of_before(full: Centre) -> None:
    """Pages belong to an epoch; those of another are not sent and make room."""
    Device().load(_peer(full))
    with full.engine.begin() as connection:
        central_scopes.begin_epoch(connection, "after the restore")
    device = Device().load(_peer(full))

    assert len(device.cases) == 23
    assert {row["edition"].partition(".")[0] for row in full.rows(first_page)} == {"after the restore"}


def test_a_load_says_how_much_will_come(full: Centre) -> None:
    """On the first page of a call, for progress that people see; a small round says its few."""
    device = Device().load(_peer(full))
    there = sum(row["count"] for row in full.rows(scope) if row["id"] in device.states)
    _move(full, "c-03")
    later = Device()
    later.states = dict(device.states)

    assert device.total == there
    assert later.load(_peer(full)).total == 1


def test_own_open_cases_come_first_with_all_that_is_in_them(full: Centre) -> None:
    """So that work can begin; others' cases, closed ones and what the officer may not see do not."""
    closed = _case(31, owner_id=RUTH.id, status="closed", closed_at=START)
    put_records(
        full.engine,
        [
            _case(30, owner_id=RUTH.id), closed, _case(32, owner_id=RUTH.id, team_id="t2"),
            Person(id="p-1", full_name="Tom Reed"), Person(id="p-2", full_name="May Reed"),
            Participant(id="in-1", case_id="c-30", person_id="p-1", role=Role.SUBJECT),
            Note(id="n-1", case_id="c-30", text="Rang.", author_id=RUTH.id, happened_at=START, recorded_at=START),
            Note(id="n-2", case_id="c-01", text="Rang.", author_id=RUTH.id, happened_at=START, recorded_at=START),
        ],
        now=START,
    )  # fmt: skip
    pages = list(_peer(full).pull(Pull(client_id="ruth", scopes={})))
    places = [n for n, page in enumerate(pages) if page.early]
    early = {put.id for n in places for part in pages[n].parts for put in part.puts}
    again = Device().load(_peer(full)).cases

    assert early == {"c-30", "in-1", "n-1", "p-1"}
    assert places == [1]
    assert "c-30" in again
    assert not any(page.early for page in _peer(full).pull(Pull(client_id="ruth", scopes={TEAM: ""})))


def test_a_small_load_sends_nothing_twice(centre: Centre) -> None:
    """What fits into one page needs nothing ahead of its turn, and no page is kept of it."""
    put_records(centre.engine, [_case(1, owner_id=RUTH.id)], now=START)
    peer = centre.peer(RUTH)

    pages = list(peer.pull(Pull(client_id="ruth", scopes={})))

    assert [page.early for page in pages] == [False]
    assert centre.rows(first_page) == []
