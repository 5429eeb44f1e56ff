"""What the rules of access may expect of the books, whether they are in PostgreSQL or in memory."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.simulation.test_books import CASE, MAYA, NOTE, PHONE, SENDER, _audit, _enter, _entry, _settle, _stored, books
from tests.sync.laptops import RUTH, START

from almoner.records import CaseShare, Conflict, ConsentGrant, HeldWork, Participant
from almoner.records.cases import Role
from almoner.store.central_saves import Entry, Removal
from almoner.store.central_scopes import DELETED, Move
from almoner.store.ledger import Books

__all__ = ["books"]

TODAY = date(2026, 12, 17)
SHARES: list[dict[str, Any]] = [
    {"id": "s1", "case_id": "c1", "team_id": "t2"},
    {"id": "s2", "case_id": "c2", "user_id": "u9", "until": TODAY},
    {"id": "s3", "case_id": "c3", "team_id": "t2", "until": TODAY - timedelta(days=1)},
    {"id": "s4", "case_id": "c4", "team_id": "t2", "state": "ended"},
    {"id": "s5", "case_id": "c5", "team_id": "t7"},
]
GRANTS: list[dict[str, Any]] = [
    {"id": "g1", "person_id": "p1", "team_id": "t2"},
    {"id": "g2", "person_id": "p2", "team_id": "t2", "until": TODAY - timedelta(days=1)},
]


def _held_work(work_id: str, **about: str) -> HeldWork:
    return HeldWork(
        id=work_id, **{"record_kind": "note", "record_id": "", "mutation_id": work_id, "author": "u1", "reason": "",
        "body": "{}", **about}, made_at=START, held_at=START,  # type: ignore[arg-type]  # names of text fields
    )  # fmt: skip


@pytest.mark.parametrize(
    ("user", "teams", "opened"),
    [
        ("u9", ["t2"], {"case:c1", "case:c2", "person:p1"}),
        ("u9", [], {"case:c2"}),
        ("u1", ["t2", "t7"], {"case:c1", "case:c5", "person:p1"}),
        ("u1", [], set()),
    ],
)
def test_what_is_open_to_an_officer_today(books: Books, user: str, teams: list[str], opened: set[str]) -> None:
    """By name or by team, while it is open and on its last day still."""
    shares = [CaseShare(**{"why": "x", "shared_by": "u1", "shared_at": START, **values}) for values in SHARES]
    grants = [ConsentGrant(**{"purpose": "x", "recorded_by": "u1", "given_at": START, **values}) for values in GRANTS]
    _enter(books, *shares, *grants)

    with books.read() as ledger:
        assert ledger.opened_to(user, teams, TODAY) == opened


def test_what_names_a_record_is_found(books: Books) -> None:
    """What hangs on it and what only names it; not what the server opened about it."""
    part = Participant(id="pt1", case_id="c1", person_id="p1", role=Role.SUBJECT)
    _enter(books, MAYA, PHONE, CASE, NOTE, part, _held_work("w1", person_id="p1", record_id="cp1"))

    with books.read() as ledger:
        assert ledger.named_by("person", "p1") == {("contact_point", "cp1"), ("participant", "pt1")}
        assert ledger.named_by("case", "c1") == {("note", "n1"), ("participant", "pt1")}
        assert ledger.named_by("contact_point", "cp1") == frozenset()


def test_what_the_server_opened_about_records_is_found(books: Books) -> None:
    """By the record, by the case and by the person, with the hash its scopes count it by."""
    conflict = Conflict(
        id="x1", person_id="p1", record_kind="person", record_id="p1", field="full_name", in_force='""', offered='""',
        offered_by="u1", offered_at=START, mutation_id="m1",
    )  # fmt: skip
    works = [_held_work("w1", record_id="n1"), _held_work("w2", case_id="c1"), _held_work("w3", record_id="n9")]
    _enter(books, MAYA, NOTE, conflict, *works)

    with books.read() as ledger:
        assert ledger.about(["n1", "c1", "p1"]) == {
            (record.kind, record.id): _stored(record).hash(record.kind) for record in (conflict, *works[:2])
        }
        assert ledger.about([]) == {}


def test_a_removed_record_is_gone_and_remembered(books: Books) -> None:
    """No row, members that say so, and the last removal whole in the history."""
    _enter(books, MAYA, PHONE)
    _settle(books, Move(("contact_point", "cp1"), 7, frozenset({"residents"})))
    removal = Removal(_stored(PHONE, 3), 4, "client:1", RUTH.id, START)
    entry = Entry(_entry(1).save, _entry(1).answer, (removal.as_offered("contact_point"),))
    with books.write() as ledger:
        ledger.delete_records("contact_point", ["cp1"])
        ledger.enter(SENDER, [entry])
        key = ("contact_point", "cp1")
        ledger.settle([Move(key, 0, frozenset(), gone=True)], ledger.memberships([key]))

    with books.read() as ledger:
        assert ledger.load([("contact_point", "cp1"), ("person", "p1")]).keys() == {("person", "p1")}
        assert ledger.removed([("contact_point", "cp1"), ("person", "p1")]) == {("contact_point", "cp1"): removal}
        assert ledger.named_by("person", "p1") == frozenset()
        assert [p.state for p in ledger.positions_after("residents", 0, 9, present_only=False)] == [DELETED]
        assert ledger.standings(["residents"])["residents"].count == 0
        assert ("contact_point", "cp1") not in _audit(ledger, "every_record")


def test_an_answer_knows_whose_it_was(books: Books) -> None:
    """So that it is told to nobody else."""
    with books.write() as ledger:
        ledger.enter(SENDER, [_entry(1, author="u2")])

    with books.read() as ledger:
        answer = ledger.answered(["m1"])["m1"]
        assert (answer.author, answer.client_id) == ("u2", SENDER.client_id)
