"""Two settle one disagreement without having seen each other, and a closing that is disputed: what the server makes
of it, so that every copy tells the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.sync.laptops import RUTH, START, Centre, Laptop

from almoner.records import Case, Clock, Conflict
from almoner.records.cases import CaseStatus, ClockState
from almoner.store.writing import Writing


@pytest.fixture
def case(ruth: Laptop, owen: Laptop) -> Case:
    """A case on both laptops."""
    made = ruth.new_case("Mould")
    ruth.sync(), owen.sync()
    return made


def the_two(ruth: Laptop, owen: Laptop, case: Case) -> Conflict:
    """A disagreement about the title, seen by both: Ruth's is in force."""
    ruth.change(Case, case.id, title="One")
    owen.change(Case, case.id, title="Two")
    ruth.sync(), owen.sync(), ruth.sync()
    (conflict,) = ruth.all_of(Conflict)
    return conflict


def settle(laptop: Laptop, conflict: Conflict, choice: str, title: str = "") -> None:
    """Settle it as an officer does: the disagreement, and the record where it changes, in one transaction."""

    def action(tx: Writing) -> None:
        settled = {"settled_at": START, "settled_by": laptop.user.id, "choice": choice}
        tx.save(replace(tx.get(Conflict, conflict.id), **settled))
        if title:
            tx.save(replace(tx.get(Case, conflict.case_id), title=title))

    laptop.write(action)


def test_a_disagreement_says_who_set_what_is_in_force_and_when(ruth: Laptop, owen: Laptop, case: Case) -> None:
    """Both authors and the server's times stand in it."""
    conflict = the_two(ruth, owen, case)

    assert (conflict.in_force_by, conflict.offered_by) == (RUTH.id, owen.user.id)
    assert conflict.in_force_at is not None
    assert conflict.received_at is not None
    assert conflict.in_force_at <= conflict.received_at


def test_who_settles_later_has_not_settled_it(ruth: Laptop, owen: Laptop, case: Case) -> None:
    """Ruth keeps what is in force; Owen, who had not seen that, chooses his own: hers stands, and his choice is a
    disagreement anew, on every copy."""
    conflict = the_two(ruth, owen, case)
    settle(ruth, conflict, "in-force")
    settle(owen, conflict, "offered", "Two")
    ruth.sync(), owen.sync(), ruth.sync()

    conflicts = {each.id: each for each in ruth.all_of(Conflict)}
    first = conflicts.pop(conflict.id)
    assert (first.settled_by, first.choice) == (RUTH.id, "in-force")
    (second,) = conflicts.values()
    assert (second.in_force, second.offered, second.settled_at) == ('"One"', '"Two"', None)
    assert ruth.find(Case, case.id).title == "One"
    assert ruth.holds() == owen.holds()


def test_two_who_choose_the_same_agree(ruth: Laptop, owen: Laptop, case: Case) -> None:
    """Both choose Owen's value without having seen each other: nothing is left to settle."""
    conflict = the_two(ruth, owen, case)
    settle(ruth, conflict, "offered", "Two")
    settle(owen, conflict, "offered", "Two")
    ruth.sync(), owen.sync(), ruth.sync()

    assert [each.settled_by for each in ruth.all_of(Conflict)] == [RUTH.id]
    assert ruth.find(Case, case.id).title == "Two"
    assert ruth.holds() == owen.holds()


def test_a_later_change_of_ones_mind_is_a_change_like_any_other(ruth: Laptop, owen: Laptop, case: Case) -> None:
    """Who has seen that it was settled may still change the record: no disagreement comes of it."""
    conflict = the_two(ruth, owen, case)
    settle(ruth, conflict, "in-force")
    ruth.sync(), owen.sync()
    owen.change(Case, case.id, title="Three")
    owen.sync(), ruth.sync()

    assert ruth.find(Case, case.id).title == "Three"
    assert len(ruth.all_of(Conflict)) == 1


CLOSED_AT = datetime(2026, 12, 17, 10, 30, tzinfo=UTC)


def close(laptop: Laptop, case: Case, clock: Clock) -> None:
    """Close a case as casework does: where it stands, and every running clock ended with it."""

    def action(tx: Writing) -> None:
        closed = {"stage": "closed", "status": CaseStatus.CLOSED, "closed_at": CLOSED_AT, "outcome": "No hazard."}
        tx.save(replace(tx.get(Case, case.id), **closed))
        ended = {"state": ClockState.CEASED, "ended_at": CLOSED_AT, "outcome": "Case closed"}
        tx.save(replace(tx.get(Clock, clock.id), **ended))

    laptop.write(action)


@pytest.mark.parametrize("first", ["mover", "closer"])
def test_a_disputed_closing_ends_no_clock(ruth: Laptop, owen: Laptop, centre: Centre, case: Case, first: str) -> None:
    """The case is moved by one and closed by the other: whichever came first stands whole, its clock with it; the
    closing that came second ends nothing, on the closer's own laptop too."""
    clock = Clock(
        id="clock-1", case_id=case.id, code="investigate", title="Investigate", rule="WD-EW:10", starts_at=START,
        due_on=date(2027, 1, 5), due_at=START + timedelta(days=19),
    )  # fmt: skip
    ruth.add(clock)
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, stage="awaiting-evidence")
    close(owen, case, clock)
    order: tuple[Callable[[], object], ...] = (ruth.sync, owen.sync) if first == "mover" else (owen.sync, ruth.sync)
    for sync in (*order, *order):
        sync()

    stands = ("awaiting-evidence", "open", "running") if first == "mover" else ("closed", "closed", "ceased")
    for laptop in (ruth, owen):
        found, ticking = laptop.find(Case, case.id), laptop.find(Clock, clock.id)
        assert (found.stage, found.status.value, ticking.state.value) == stands
    assert centre.value(Clock, clock.id, "state") == stands[2]
    assert [each.field for each in ruth.all_of(Conflict)] == ["stage"]
    assert ruth.holds() == owen.holds()
