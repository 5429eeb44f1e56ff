"""Taking a record away: it goes for everybody, never over a change that was not seen, and the history keeps it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.sync.laptops import JOAN, SANA, START, Centre, Laptop

from almoner.records import Address, Case, Conflict, ContactPoint, Flag, HeldWork, Participant, Person, Task, User
from almoner.records.cases import CaseStatus, Role
from almoner.records.people import Channel, FlagKind
from almoner.store.central import field_history, held, member

Enrol = Callable[[User], Laptop]


def _phone(laptop: Laptop, point_id: str = "cp") -> ContactPoint:
    person = laptop.new_person()
    point = ContactPoint(id=point_id, person_id=person.id, channel=Channel.PHONE, value="01632 960001")
    laptop.add(point)
    return point


def _remove(laptop: Laptop, record: ContactPoint | Task | Person | Flag | Participant | Address) -> None:
    laptop.write(lambda tx: tx.remove(tx.get(type(record), record.id)))


def _sync(*laptops: Laptop) -> None:
    for laptop in laptops:
        assert laptop.sync().proved_equal


def test_a_removed_record_leaves_every_laptop_and_stays_in_the_history(
    ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Members say deleted, the row is gone, its last values are kept with who took it away."""
    point = _phone(ruth)
    _sync(ruth, owen)
    _remove(owen, point)
    _sync(owen, ruth)
    (line,) = [row for row in centre.rows(field_history) if row["outcome"] == "removed"]

    assert (ruth.find(ContactPoint, "cp"), owen.find(ContactPoint, "cp")) == (None, None)
    assert (line["value"]["values"]["value"], line["author"]) == (point.value, owen.user.id)
    assert {row["state"] for row in centre.rows(member) if row["record_id"] == "cp"} == {"deleted"}
    assert all(laptop.holds() == centre.holds(laptop.user) for laptop in (ruth, owen))


def test_a_change_that_was_not_seen_outlives_the_removal(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """The edit came first: the record stays for both, and a disagreement asks whether it should go."""
    point = _phone(ruth)
    _sync(ruth, owen)
    ruth.change(ContactPoint, point.id, value="01632 960002")
    _remove(owen, point)
    _sync(ruth)
    outcome = owen.sync()
    _sync(ruth)
    (asked,) = ruth.all_of(Conflict)

    assert outcome.conflicts == 1
    assert (asked.field, asked.in_force, asked.offered) == ("", '"kept"', '"removed"')
    assert (asked.offered_by, asked.in_force_by) == (owen.user.id, ruth.user.id)
    for laptop in (ruth, owen):
        assert laptop.find(ContactPoint, "cp").value == "01632 960002"


def test_a_removal_does_not_swallow_the_change_that_comes_after_it(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """The removal came first: the unseen edit brings the record back with all it had, and the same question."""
    point = _phone(ruth)
    ruth.change(ContactPoint, point.id, label="Her sister")
    _sync(ruth, owen)
    _remove(owen, point)
    ruth.change(ContactPoint, point.id, value="01632 960002")
    _sync(owen)
    outcome = ruth.sync()
    _sync(owen)
    (asked,) = owen.all_of(Conflict)

    assert outcome.conflicts == 1
    assert (asked.field, asked.offered, asked.offered_by, asked.in_force_by) == (
        "", '"removed"', owen.user.id, ruth.user.id
    )  # fmt: skip
    for laptop in (ruth, owen):
        found = laptop.find(ContactPoint, "cp")
        assert (found.value, found.label) == ("01632 960002", "Her sister")
        assert laptop.holds() == centre.holds(laptop.user)


def test_a_disputed_removal_can_be_carried_out_after_all(ruth: Laptop, owen: Laptop) -> None:
    """Whoever has seen the edit may take the record away; nothing disputes that."""
    point = _phone(ruth)
    _sync(ruth, owen)
    ruth.change(ContactPoint, point.id, value="01632 960002")
    _remove(owen, point)
    _sync(ruth)
    owen.sync()
    _sync(ruth, owen)
    _remove(ruth, point)
    outcome = ruth.sync()
    _sync(owen)

    assert (outcome.conflicts, outcome.held, outcome.rejected) == (0, 0, 0)
    assert (ruth.find(ContactPoint, "cp"), owen.find(ContactPoint, "cp")) == (None, None)


def test_what_two_took_away_is_away(ruth: Laptop, owen: Laptop) -> None:
    """The second removal finds nothing to do and says so quietly."""
    point = _phone(ruth)
    _sync(ruth, owen)
    _remove(ruth, point), _remove(owen, point)
    _sync(ruth)
    outcome = owen.sync()

    assert (outcome.conflicts, outcome.held, outcome.rejected, outcome.unsent) == (0, 0, 0, 0)


def test_added_and_removed_before_it_was_ever_sent(ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """Both saves arrive, in order; nothing is left but the history."""
    point = _phone(ruth)
    _remove(ruth, point)
    _sync(ruth, owen)

    assert owen.find(ContactPoint, "cp") is None
    assert {row["outcome"] for row in centre.rows(field_history) if row["record_id"] == "cp"} == {"applied", "removed"}


def test_what_others_name_is_not_removed(ruth: Laptop, centre: Centre) -> None:
    """A person with a number, and one who is in a case, stay; with both gone the person may go."""
    point = _phone(ruth)
    person = ruth.find(Person, point.person_id)
    case = ruth.new_case()
    part = Participant(id="pt", case_id=case.id, person_id=person.id, role=Role.SUBJECT)
    ruth.add(part)
    ruth.sync()
    _remove(ruth, person)
    refused = ruth.sync()
    kept = centre.value(Person, person.id, "full_name")
    for record in (point, part):
        _remove(ruth, record)
    ruth.write(lambda tx: tx.remove(tx.get(Person, person.id)))
    gone = ruth.sync()

    assert (refused.rejected, kept) == (1, person.full_name)
    assert [row["reason"] for row in centre.rows(held)] == ["named elsewhere"]
    assert gone.rejected == 0
    assert centre.value(Person, person.id, "full_name") is None


def test_what_protects_is_ended_and_never_removed(ruth: Laptop, centre: Centre) -> None:
    """A warning cannot be made to have never been."""
    person = ruth.new_person()
    flag = Flag(
        id="f1", person_id=person.id, warning=FlagKind.RISK_TO_STAFF, reason="Dog.", starts_on=START.date(),
        review_on=START.date(),
    )  # fmt: skip
    ruth.add(flag)
    ruth.sync()
    _remove(ruth, flag)
    outcome = ruth.sync()

    assert outcome.rejected == 1
    assert centre.value(Flag, "f1", "reason") == "Dog."
    assert "kept for good" in ruth.returned()[0].verdict_text


def test_what_one_may_not_see_cannot_be_removed(enrol: Enrol, ruth: Laptop, centre: Centre) -> None:
    """Joan still holds a task of a case that went to another team; her removal waits."""
    joan = enrol(JOAN)
    case = ruth.new_case(team_id="t2")
    task = Task(id="k1", case_id=case.id, title="Ring back", created_by=ruth.user.id, recorded_at=START)
    ruth.add(task)
    ruth.sync(), joan.sync()
    sana = enrol(SANA)
    sana.sync()
    sana.change(Case, case.id, team_id="t1")
    sana.sync()
    _remove(joan, task)

    assert joan.sync().held == 1
    assert centre.value(Task, "k1", "title") == "Ring back"


@pytest.mark.parametrize("closed", [True, False])
def test_a_task_of_a_case_closed_meanwhile_is_not_removed_unseen(
    ruth: Laptop, owen: Laptop, centre: Centre, closed: bool
) -> None:
    """What may not be changed in a closed case may not be taken out of it either."""
    case = ruth.new_case()
    task = Task(id="k1", case_id=case.id, title="Ring back", created_by=ruth.user.id, recorded_at=START)
    ruth.add(task)
    _sync(ruth, owen)
    if closed:
        ruth.change(Case, case.id, status=CaseStatus.CLOSED, closed_at=START)
    _sync(ruth)
    _remove(owen, task)

    assert owen.sync().held == int(closed)
    assert (centre.value(Task, "k1", "title") is None) is not closed


def test_a_removed_address_disputed_before_tells_nobody_where_it_was(
    enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Nobody can say any more that it was not confidential: what disputes it goes to those who may see such."""
    sana = enrol(SANA)
    person = ruth.new_person()
    address = Address(id="a1", person_id=person.id, line_1="3 Quay Rise")
    ruth.add(address)
    _sync(ruth, owen, sana)
    ruth.change(Address, "a1", line_1="4 Quay Rise"), owen.change(Address, "a1", line_1="5 Quay Rise")
    _sync(ruth)
    owen.sync()
    _sync(ruth)
    _remove(ruth, address)
    _sync(ruth, sana)

    assert (len(ruth.all_of(Conflict)), len(sana.all_of(Conflict))) == (0, 1)
    assert all(laptop.holds() == centre.holds(laptop.user) for laptop in (ruth, sana))
    assert ruth.all_of(HeldWork) == ()
