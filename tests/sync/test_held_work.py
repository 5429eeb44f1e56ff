"""What the server would not take is a record that people see and deal with; the server's own copy follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.sync.laptops import JOAN, OWEN, RUTH, SANA, START, Centre, Laptop

from almoner.records import Address, Case, HeldWork, Note, Person, Task, User
from almoner.records.cases import CaseStatus
from almoner.records.held_work import Settlement
from almoner.records.mutation import Verdict
from almoner.store import outbox
from almoner.store.central import held
from almoner.sync.holding import held_work_id
from almoner.sync.messages import Push
from almoner.sync.seeding import change_record

Enrol = Callable[[User], Laptop]


def _task(laptop: Laptop, case_id: str) -> Task:
    task = Task(
        id=laptop.ids.new(), case_id=case_id, title="Ring back", created_by=laptop.user.id, recorded_at=START
    )  # fmt: skip
    laptop.add(task)
    return task


def _late_task(ruth: Laptop, owen: Laptop) -> Task:
    """Owen changes a task while Ruth closes the case: his change is held."""
    case = ruth.new_case()
    task = _task(ruth, case.id)
    ruth.sync(), owen.sync()
    ruth.change(Case, case.id, status=CaseStatus.CLOSED, closed_at=START)
    ruth.sync()
    owen.change(Task, task.id, title="Ring the landlord")
    assert owen.sync().held == 1
    return task


def test_the_author_and_who_sees_the_case_get_it_readable(
    enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Who wrote it, on which record, why it waits, and every word of it; officers of other teams get nothing."""
    sana, joan = enrol(SANA), enrol(JOAN)
    task = _late_task(ruth, owen)
    for laptop in (ruth, sana, joan, owen):
        laptop.sync()
    (work,) = owen.all_of(HeldWork)

    assert (work.author, work.record_kind, work.record_id, work.reason) == (OWEN.id, "task", task.id, "closed")
    assert work.text == "The case was closed meanwhile. A supervisor has been asked to look at it."
    assert json.loads(work.body)["values"] == {"title": "Ring the landlord"}
    assert (work.made_at, work.settlement) == (START, Settlement.WAITING)
    assert [laptop.all_of(HeldWork) for laptop in (ruth, sana, joan)] == [(work,), (work,), ()]


def test_held_work_follows_its_case_to_another_team(enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """The new team sees what waits; the old one no more, but for the author."""
    joan = enrol(JOAN)
    task = _late_task(ruth, owen)
    ruth.sync()
    ruth.change(Case, task.case_id, team_id="t2")
    for laptop in (ruth, owen, joan):
        laptop.sync()

    assert [len(laptop.all_of(HeldWork)) for laptop in (joan, owen, ruth)] == [1, 1, 0]
    assert all(laptop.holds() == centre.holds(laptop.user) for laptop in (joan, ruth))


@pytest.mark.parametrize(("settlement", "who"), [(Settlement.TAKEN_OVER, SANA), (Settlement.DISCARDED, OWEN)])
def test_settling_it_settles_the_servers_copy_once(
    enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre, settlement: Settlement, who: User
) -> None:
    """Who, when and how are written beside the whole save; who comes second changes nothing there."""
    sana = enrol(SANA)
    _late_task(ruth, owen)
    sana.sync()
    (work,) = sana.all_of(HeldWork)
    first, second = (sana, owen) if who is SANA else (owen, sana)
    settled = {"settlement": settlement, "settled_at": START, "settled_why": "Done by phone."}
    first.change(HeldWork, work.id, **settled, settled_by=who.id)
    second.change(HeldWork, work.id, settlement=Settlement.DISCARDED, settled_by=second.user.id, settled_at=START)
    first.sync(), second.sync(), first.sync()
    (row,) = centre.rows(held)

    assert (row["settled_by"], row["settled_how"], row["settled_at"]) == (who.id, settlement.value, START)
    assert first.find(HeldWork, work.id).settlement is settlement


def test_an_officer_asked_to_take_it_gets_to_see_it(enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """Also one who does not see the case, and only until somebody else is asked."""
    joan = enrol(JOAN)
    _late_task(ruth, owen)
    (work,) = owen.all_of(HeldWork)
    owen.change(HeldWork, work.id, sent_on_to=JOAN.id)
    owen.sync(), joan.sync()
    seen = joan.find(HeldWork, work.id)
    owen.change(HeldWork, work.id, sent_on_to=RUTH.id)
    owen.sync(), joan.sync()

    assert seen is not None
    assert joan.find(HeldWork, work.id) is None
    assert joan.holds() == centre.holds(JOAN)


def test_a_refused_save_is_readable_too(ruth: Laptop, centre: Centre) -> None:
    """What is not valid, and a different event under a known id, wait in the same way."""
    case = ruth.new_case()
    note = ruth.new_note(case.id)
    ruth.sync()
    other = replace(ruth.line.pushed[0].mutations[1], client_seq=9, mutation_id="m-9", record=note.id)
    bad = replace(other, client_seq=8, mutation_id="m-8", record="n-8", values={**other.values, "text": 7})
    other = replace(other, values={**other.values, "text": "Other words."})
    push = Push(client_id=ruth.line.pushed[0].client_id, generation=1, mutations=[bad, other])
    reply = centre.peer(RUTH).push(push)
    again = centre.peer(RUTH).push(push)
    ruth.sync()
    found = {work.mutation_id: work for work in ruth.all_of(HeldWork)}

    assert [result.verdict for result in reply.results] == [Verdict.REJECTED] * 2
    assert again.results == reply.results
    assert {name: work.reason for name, work in found.items()} == {"m-8": "not valid", "m-9": "refused"}
    assert found["m-9"].id == held_work_id("m-9")
    assert json.loads(found["m-9"].body)["values"]["text"] == "Other words."
    assert ruth.find(Note, note.id).text == note.text


def test_work_for_no_known_case_waits_for_every_supervisor(enrol: Enrol, ruth: Laptop, owen: Laptop) -> None:
    """It belongs to no team: a colleague does not get it, supervisors do."""
    sana = enrol(SANA)
    ruth.new_note("no-such-case")
    for laptop in (ruth, owen, sana):
        laptop.sync()

    assert [len(laptop.all_of(HeldWork)) for laptop in (ruth, owen, sana)] == [1, 0, 1]


def test_held_work_moves_to_its_case_when_that_arrives(
    enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Once the case is known, its team sees what waited for it."""
    sana = enrol(SANA)
    case = owen.new_case(team_id="t1", opened_by=OWEN.id)
    ruth.new_note(case.id)
    ruth.sync(), sana.sync()
    owen.sync(), ruth.sync(), sana.sync()

    assert [len(laptop.all_of(HeldWork)) for laptop in (ruth, owen, sana)] == [1, 1, 1]
    assert all(laptop.holds() == centre.holds(laptop.user) for laptop in (owen, sana))


def test_a_revoked_device_leaves_readable_work_behind(enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre) -> None:
    """The team and its supervisor read what the lost laptop handed in."""
    sana = enrol(SANA)
    case = ruth.new_case()
    ruth.sync()
    ruth.new_note(case.id, "Typed on the bus.")
    ruth.line = type(ruth.line)(centre.peer(RUTH, revoked=True))
    ruth.sync(), owen.sync(), sana.sync()

    for laptop in (owen, sana):
        (work,) = laptop.all_of(HeldWork)
        assert (work.author, work.case_id, work.reason) == (RUTH.id, case.id, "not allowed")
        assert json.loads(work.body)["values"]["text"] == "Typed on the bus."


def test_an_officer_who_left_hands_in_their_work(enrol: Enrol, ruth: Laptop, centre: Centre) -> None:
    """A closed account sends what it had; the supervisor has it, the laptop keeps no record."""
    sana = enrol(SANA)
    case = ruth.new_case()
    ruth.sync()
    ruth.new_note(case.id)
    change_record(centre.engine, "user", RUTH.id, {"active": False}, now=START)
    outcome = ruth.sync()
    sana.sync()

    assert outcome.held == 1
    assert [work.author for work in sana.all_of(HeldWork)] == [RUTH.id]
    assert ruth.all_of(Case) == ()


def test_a_held_address_tells_only_those_who_may_see_such_addresses(
    enrol: Enrol, ruth: Laptop, owen: Laptop, centre: Centre
) -> None:
    """Work that names a confidential address goes to supervisors and its author, not to all residents' officers."""
    sana = enrol(SANA)
    ruth.add(Address(id="a1", person_id="no-such-person", line_1="3 Quay Rise", confidential=True))
    for laptop in (ruth, owen, sana):
        laptop.sync()

    assert [len(laptop.all_of(HeldWork)) for laptop in (ruth, owen, sana)] == [1, 0, 1]
    assert all(laptop.holds() == centre.holds(laptop.user) for laptop in (owen, sana))


def test_only_the_server_opens_held_work(ruth: Laptop, centre: Centre) -> None:
    """A client cannot put words into another officer's tray."""
    made_up: dict[str, Any] = {
        "record_kind": "note", "record_id": "n", "mutation_id": "m", "author": OWEN.id, "reason": "", "body": "{}",
        "made_at": START, "held_at": START,
    }  # fmt: skip
    ruth.add(HeldWork(id="w1", **made_up))

    assert ruth.sync().rejected == 1
    assert centre.value(HeldWork, "w1", "body") is None


def test_a_save_too_long_to_show_is_kept_whole_and_says_so(ruth: Laptop, centre: Centre) -> None:
    """The readable copy has its limit; the server's own has every word."""
    person = ruth.new_person()
    ruth.sync()
    (save,) = [replace(m, client_seq=9, mutation_id="m-9") for p in ruth.line.pushed for m in p.mutations]
    values = {f"later_{n}": "x" * 60_000 for n in range(3)}
    long = replace(save, record=person.id, base={"full_name": 1}, values={**values, "full_name": 7})
    client_id = ruth.read(lambda reading: reading.fact("client_id")) or ""
    reply = centre.peer(RUTH).push(Push(client_id=client_id, generation=1, mutations=[long]))
    ruth.sync()
    (work,) = ruth.all_of(HeldWork)

    assert [result.verdict for result in reply.results] == [Verdict.REJECTED]
    assert json.loads(work.body)["too_long"] is True
    assert len(centre.rows(held)[0]["body"]) > 180_000
    assert ruth.find(Person, person.id).full_name == person.full_name
    assert ruth.read(outbox.unsent_count) == 0
