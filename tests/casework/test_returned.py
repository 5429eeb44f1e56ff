"""Work the office did not take: readable whole, copied, sent on, discarded with a reason, or taken over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.desks import OWEN, RUTH, SANA, Bench

from almoner.casework.cases import assign_case, close_case, log_case, move_case, record_answer
from almoner.casework.conflicts import settle
from almoner.casework.notes import add_note
from almoner.casework.returned import (
    Act,
    ReturnedItem,
    discard_returned,
    find_returned,
    leave,
    officers_for,
    read_returned,
    send_on,
    take_over,
)
from almoner.casework.settle_page import count_to_settle
from almoner.casework.tasks import add_task, finish_task
from almoner.casework.work_page import read_work_page
from almoner.records import Case, Conflict, HeldWork, Note, Task, User
from almoner.records.held_work import Settlement
from almoner.records.mutation import Mutation, Verdict
from almoner.records.trouble import Trouble
from almoner.records.wire import read_instant
from almoner.rules.settling import Choice
from almoner.store.outbox import Answered, acknowledge, mutation_of, returned, unsent

WHY = "This belongs to a team you are not in. A supervisor has been asked to look at it."


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


@pytest.fixture
def case(bench: Bench) -> Case:
    return bench.do(
        log_case, service="damp-and-mould", case_kind="potential-significant-hazard", owner_id=SANA.id,
        answers={"tenure": "secure"},
    ).case  # fmt: skip


def last_save(bench: Bench) -> Mutation:
    seq = bench.look(unsent)[-1].client_seq
    found = bench.look(lambda reading: mutation_of(reading, seq))
    assert found is not None
    return found


def came_back(bench: Bench, save: Mutation, verdict: Verdict = Verdict.HELD, why: str = WHY) -> None:
    """The server's answer to a save reaches the laptop."""
    answer = Answered(save.client_seq, verdict, why)
    bench.write(lambda tx: acknowledge(tx, [answer], durable_client_seq=0))


def held(bench: Bench, save: Mutation, case: Case | None, **changes: Any) -> HeldWork:
    """The record the office opens for a held save, as it reaches a laptop."""
    body = {"values": save.values, "added": save.added, "removed": save.removed, "base": save.base}
    work = HeldWork(
        id=bench.ids.new(), case_id=case.id if case else "", record_kind=save.kind, record_id=save.record,
        mutation_id=save.mutation_id, author=save.author, made_at=read_instant(save.made_at),
        held_at=bench.clock.now(), reason="not allowed", text=WHY, body=json.dumps(body | {"delete": save.delete}),
    )  # fmt: skip
    work = replace(work, **changes)
    bench.write(lambda tx: tx.add(work))
    return work


def gone_from_here(bench: Bench, cls: Any, record_id: str) -> None:
    """This laptop is a colleague's: it never had what the author typed."""
    bench.write(lambda tx: tx.connection.exec_driver_sql(f"DELETE FROM {cls.table} WHERE id = ?", (record_id,)))
    bench.write(lambda tx: tx.connection.exec_driver_sql("DELETE FROM outbox"))


def items(bench: Bench) -> tuple[ReturnedItem, ...]:
    return bench.look(lambda reading: read_returned(reading, bench.desk))


def settled(bench: Bench, work: HeldWork) -> HeldWork:
    return bench.look(lambda reading: reading.get(HeldWork, work.id))


def test_the_line_alone_is_enough_to_read_and_copy(bench: Bench, case: Case) -> None:
    """Before the office's record arrives, the item has its words with labels, its case, time, reason and who has it."""
    bench.do(add_note, case.id, "Left a card.\nNobody answered.", heading="Called round")
    came_back(bench, last_save(bench))
    (item,) = items(bench)

    assert item.typed == (
        ("Note", "Left a card.\nNobody answered."),
        ("Heading", "Called round"),
        ("Happened", "17 Dec 2026 10:05"),
    )
    assert item.why == WHY
    assert case.reference in item.about
    assert "confirmed" in item.where
    assert item.acts == (Act.COPY, Act.DISCARD)
    assert item.text.splitlines()[:3] == [item.title, item.about, "Ruth Bello, saved today 10:05"]
    assert "Note: Left a card.\nNobody answered." in item.text
    assert "{" not in item.text


def test_record_and_line_are_one_item(bench: Bench, case: Case) -> None:
    """Once the office's record is here the item says for whom it waits, and can be sent on; it still is one."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(bench, save, case)
    (item,) = items(bench)

    assert item.where == "It waits for Sana Iqbal."
    assert item.acts == (Act.COPY, Act.SEND_ON, Act.DISCARD)
    assert bench.look(lambda reading: count_to_settle(reading, bench.desk)) == 1


def test_sent_to_an_officer_of_the_team(bench: Bench, case: Case) -> None:
    """Whom it can be sent to are the officers of the case's team, its owner first; then it says who has it."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    work = held(bench, save, case)
    (item,) = items(bench)
    offered = bench.look(lambda reading: officers_for(reading, bench.desk, item))
    bench.do(send_on, item.id, SANA.id)

    assert [officer.id for officer in offered] == [SANA.id]
    assert settled(bench, work).sent_on_to == SANA.id
    assert items(bench)[0].where == "Sent to Sana Iqbal."


def test_where_the_team_is_unknown_anybody_may_get_it(bench: Bench, case: Case) -> None:
    """A case that is no longer on the laptop leaves every officer to choose from, and says so."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(bench, save, case)
    bench.write(lambda tx: tx.connection.exec_driver_sql("DELETE FROM cases"))
    (item,) = items(bench)

    assert {officer.id for officer in bench.look(lambda reading: officers_for(reading, bench.desk, item))} == {
        SANA.id, OWEN.id,
    }  # fmt: skip
    assert "not on this computer any more" in item.about
    assert item.case_id == ""


def test_discarded_with_a_reason_the_office_keeps_it(bench: Bench, case: Case) -> None:
    """The line leaves the laptop; the record says who discarded it and why, and keeps every word."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    work = held(bench, save, case)
    bench.do(discard_returned, save.mutation_id, reason="Typed twice")

    assert items(bench) == ()
    assert bench.look(returned) == ()
    after = settled(bench, work)
    assert (after.settlement, after.settled_by, after.settled_why) == (Settlement.DISCARDED, RUTH.id, "Typed twice")
    assert "Left a card." in after.body


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_discarding_needs_a_reason(bench: Bench, case: Case, reason: str) -> None:
    """Without a reason, or with one that does not fit, nothing is discarded."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(bench, save, case)
    with pytest.raises(Trouble, match="Why"):
        bench.do(discard_returned, save.mutation_id, reason=reason)

    assert len(items(bench)) == 1


def test_nothing_is_thrown_away_before_the_office_has_it(bench: Bench, case: Case) -> None:
    """Until the office has confirmed that it keeps the words, they stay; one too large to be sent may go."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    with pytest.raises(Trouble, match="not confirmed"):
        bench.do(discard_returned, save.mutation_id, reason="Not needed")
    with pytest.raises(Trouble, match="not confirmed"):
        bench.do(send_on, save.mutation_id, SANA.id)
    came_back(bench, save, Verdict.REJECTED, "This is too large to be sent. Shorten it, or ask your IT service desk.")
    bench.do(discard_returned, save.mutation_id, reason="Not needed")

    assert items(bench) == ()


def test_the_supervisor_takes_a_note_over_as_their_own(bench: Bench, case: Case) -> None:
    """It is saved anew under the supervisor's name, says who wrote it and when, and the author reads what became of
    it, and leaves it with OK."""
    bench.do(add_note, case.id, "Left a card.", heading="Called round")
    save = last_save(bench)
    work = held(bench, save, case)
    gone_from_here(bench, Note, save.record)
    bench.sign_in(SANA)
    (item,) = items(bench)
    bench.do(take_over, item.id)

    assert item.acts[0] is Act.TAKE_OVER
    assert (item.is_mine, item.author) == (False, "Ruth Bello")
    assert item.why == f"Ruth Bello was told: “{WHY}”"
    (note,) = bench.look(lambda reading: reading.all_of(Note, case_id=case.id))
    assert (note.id, note.text, note.author_id) == (save.record, "Left a card.", SANA.id)
    assert note.heading == "Called round: Written by Ruth Bello, 17 Dec 2026 10:05"
    assert last_save(bench).author == SANA.id
    assert settled(bench, work).settlement is Settlement.TAKEN_OVER
    assert items(bench) == ()
    with pytest.raises(Trouble, match="Sana Iqbal took this over today 10:05"):
        bench.do(take_over, item.id)


def test_the_author_reads_what_became_of_it(bench: Bench, case: Case) -> None:
    """Settled by somebody else, the item says so, can still be copied, and leaves with OK."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(
        bench, save, case, settlement=Settlement.DISCARDED, settled_by=SANA.id, settled_at=bench.clock.now(),
        settled_why="On the other case already",
    )  # fmt: skip
    (item,) = items(bench)
    bench.do(leave, item.id)

    assert item.settled == "Sana Iqbal discarded this today 10:05: On the other case already"
    assert item.acts == (Act.COPY, Act.OK)
    assert items(bench) == ()


def test_a_changed_field_is_taken_over_on_the_record_as_it_is(bench: Bench, case: Case) -> None:
    """A change of a task is made on the task as it stands now; what else changed meanwhile stays."""
    task = bench.do(add_task, case.id, "Ring the surveyor")
    bench.write(lambda tx: tx.connection.exec_driver_sql("UPDATE tasks SET rev = 1"))
    bench.write(lambda tx: tx.save(replace(task, title="Ring the surveyor again")))
    save = last_save(bench)
    held(bench, save, case)
    day = bench.clock.now().date()
    bench.write(lambda tx: tx.save(replace(task, do_by=day)))
    bench.sign_in(SANA)
    (item,) = items(bench)
    bench.do(take_over, item.id)

    after = bench.look(lambda reading: reading.get(Task, task.id))
    assert (after.title, after.do_by) == ("Ring the surveyor again", day)


def held_task_of_closed_case(bench: Bench, case: Case) -> Mutation:
    bench.do(add_task, case.id, "Ring the surveyor")
    save = last_save(bench)
    gone_from_here(bench, Task, save.record)
    bench.do(record_answer, case.id, "risk-level", "significant")
    bench.do(move_case, case.id, "triaged")
    bench.do(close_case, case.id, reason="No hazard.")
    return save


def held_move(bench: Bench, case: Case) -> Mutation:
    bench.do(record_answer, case.id, "risk-level", "significant")
    bench.do(move_case, case.id, "triaged")
    lines = bench.look(unsent)
    saves = [bench.look(lambda reading, seq=line.client_seq: mutation_of(reading, seq)) for line in lines]
    return next(
        save for save in saves if save is not None and save.kind == "case" and "stage" in save.values and save.base
    )


def held_newer(bench: Bench, case: Case) -> Mutation:
    bench.do(add_note, case.id, "Left a card.")
    return replace(last_save(bench), kind="drone_flight")


def held_empty(bench: Bench, case: Case) -> Mutation:
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    gone_from_here(bench, Note, save.record)
    return replace(save, values={**save.values, "text": ""})


def held_removal(bench: Bench, case: Case) -> Mutation:
    task = bench.do(add_task, case.id, "Ring the surveyor")
    bench.write(lambda tx: tx.remove(task))
    return last_save(bench)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (held_task_of_closed_case, "Reopen it first"),
        (held_move, "move it there"),
        (held_newer, "newer version"),
        (held_empty, "“Note” must not be empty"),
        (held_removal, "take something away"),
    ],
)
def test_what_cannot_be_taken_over_says_why(bench: Bench, case: Case, make: Any, words: str) -> None:
    """Where it can no longer be applied there is no button but a reason with what to do; trying changes nothing."""
    held(bench, make(bench, case), case)
    bench.write(lambda tx: tx.connection.exec_driver_sql("DELETE FROM outbox"))
    bench.sign_in(SANA)
    (item,) = items(bench)
    with pytest.raises(Trouble):
        bench.do(take_over, item.id)

    assert words in item.in_the_way
    assert Act.TAKE_OVER not in item.acts
    assert Act.COPY in item.acts


def test_only_owner_and_supervisor_may_take_over(bench: Bench, case: Case) -> None:
    """The author of what was held, who is neither, may not save it anew; the owner of the case may."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    gone_from_here(bench, Note, save.record)
    held(bench, save, case)
    with pytest.raises(Trouble, match="not yours"):
        bench.do(take_over, save.mutation_id)
    bench.do(assign_case, case.id, owner_id=RUTH.id)
    bench.do(take_over, save.mutation_id)

    (note,) = bench.look(lambda reading: reading.all_of(Note, case_id=case.id))
    assert (note.author_id, note.heading) == (RUTH.id, "")


def test_the_author_who_may_saves_it_anew(bench: Bench, case: Case) -> None:
    """Work of one's own that came back, on a case that is one's own by now, is saved anew from the same item."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(bench, save, case)
    bench.do(assign_case, case.id, owner_id=RUTH.id)
    (item,) = items(bench)
    bench.do(take_over, item.id)

    assert item.acts[0] is Act.TAKE_OVER
    assert [note.id for note in bench.look(lambda reading: reading.all_of(Note))] == [save.record]
    assert items(bench) == ()
    assert save.record in {line.record_id for line in bench.look(unsent)}


@pytest.mark.parametrize(("officer", "sees"), [(SANA, 1), (RUTH, 1), (OWEN, 0)])
def test_who_sees_held_work(bench: Bench, case: Case, officer: User, sees: int) -> None:
    """Its author, the owner of the case and supervisors; nobody else is bothered with it."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    gone_from_here(bench, Note, save.record)
    held(bench, save, case)
    bench.sign_in(officer)
    page = bench.look(lambda reading: read_work_page(reading, bench.desk))
    whys = [line.why for group in page.groups for line in group.lines if line.item.record_kind == "held_work"]

    assert len(items(bench)) == sees
    assert whys == (["Note by Ruth Bello: held until you decide"] if officer is SANA else [])


def test_sent_on_it_is_on_the_first_page_of_whom_it_was_sent_to(bench: Bench, case: Case) -> None:
    """The officer it was sent to sees it as work to settle."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    gone_from_here(bench, Note, save.record)
    held(bench, save, case, sent_on_to=OWEN.id)
    bench.sign_in(OWEN)

    assert len(items(bench)) == 1
    assert bench.look(lambda reading: read_work_page(reading, bench.desk)).to_settle == 1


def test_a_save_that_differs_is_a_disagreement_until_it_is_settled(bench: Bench, case: Case) -> None:
    """An open disagreement is not listed twice; once it is settled the author's line says so and leaves with OK."""
    bench.write(lambda tx: tx.save(replace(case, title="Damp and mould")))
    save = last_save(bench)
    came_back(bench, save, Verdict.CONFLICT, "Title had been changed by somebody else.")
    conflict = Conflict(
        id=bench.ids.new(), case_id=case.id, record_kind="case", record_id=case.id, field="title", in_force='"Damp"',
        offered='"Damp and mould"', offered_by=RUTH.id, offered_at=bench.clock.now(), mutation_id=save.mutation_id,
    )  # fmt: skip
    bench.write(lambda tx: tx.add(conflict))
    before = items(bench)
    bench.do(settle, conflict.id, Choice.IN_FORCE)
    (item,) = items(bench)
    bench.do(leave, item.id)

    assert before == ()
    assert "has been settled" in item.settled
    assert items(bench) == ()


def test_an_item_that_is_gone_says_so(bench: Bench) -> None:
    """An old button on an item somebody dealt with meanwhile is answered in words."""
    with pytest.raises(Trouble, match="no longer here"):
        bench.look(lambda reading: find_returned(reading, bench.desk, "gone"))


def test_nobody_who_left_gets_work(bench: Bench, case: Case) -> None:
    """Work is not sent to an account that is closed."""
    bench.do(add_note, case.id, "Left a card.")
    save = last_save(bench)
    came_back(bench, save)
    held(bench, save, case)
    left = replace(OWEN, id=bench.ids.new(), username="left", active=False)
    bench.write(lambda tx: tx.add(left))
    with pytest.raises(Trouble, match="does not work here"):
        bench.do(send_on, save.mutation_id, left.id)


def test_a_change_that_names_no_case_is_shown_to_the_owner_of_its_case(bench: Bench, case: Case) -> None:
    """A save of a task says only what changed: the case is that of the task on this computer."""
    task = bench.do(add_task, case.id, "Ring back")
    bench.do(finish_task, task.id)
    held(bench, last_save(bench), None, author=OWEN.id)
    bench.write(lambda tx: tx.connection.exec_driver_sql("DELETE FROM outbox"))
    bench.write(lambda tx: tx.save(replace(tx.get(Case, case.id), owner_id=RUTH.id)))
    (item,) = items(bench)

    assert item.case_id == case.id
    assert item.author == OWEN.full_name
