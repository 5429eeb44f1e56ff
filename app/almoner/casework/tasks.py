"""Things to do for a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from almoner.casework.fields import made, needed
from almoner.casework.ports import Desk
from almoner.casework.times import happened
from almoner.records import Case, Task
from almoner.records.cases import CaseStatus
from almoner.records.trouble import Trouble
from almoner.rules.words import uk_date
from almoner.store.writing import Writing

FURTHEST = timedelta(days=365 * 10)
"""A task further ahead than this has a wrong year."""


def add_task(
    tx: Writing, desk: Desk, case_id: str, title: str, *, do_by: date | None = None, owner_id: str = ""
) -> Task:
    """Add something to do to a case; whoever adds it owns it unless somebody is named."""
    case = tx.get(Case, case_id)
    if case.status is CaseStatus.CLOSED:
        raise Trouble("This case is closed.", "Reopen it first, then add the task.")
    if do_by and abs(do_by - uk_date(tx.now)) > FURTHEST:
        raise Trouble("The day to do it by is over ten years away.", "Check the year.", "Do by")
    task = made(
        Task,
        id=desk.ids.new(),
        case_id=case.id,
        title=needed(title, "To do"),
        owner_id=owner_id or desk.me.id,
        do_by=do_by,
        created_by=desk.me.id,
        recorded_at=tx.now,
    )
    tx.add(task)
    return task


def finish_task(tx: Writing, desk: Desk, task_id: str, *, done_at: datetime | None = None) -> Task:
    """Tick a task off. Ticking it again changes nothing: who did it first stays."""
    task = tx.get(Task, task_id)
    if task.done_at:
        return task
    task = replace(task, done_at=happened(tx, done_at, "Done"), done_by=desk.me.id)
    tx.save(task)
    return task


def undo_task(tx: Writing, desk: Desk, task_id: str) -> Task:
    """Untick a task that was ticked by mistake."""
    task = replace(tx.get(Task, task_id), done_at=None, done_by="")
    tx.save(task)
    return task


def give_task(tx: Writing, desk: Desk, task_id: str, owner_id: str) -> Task:
    """Give a task to another officer."""
    task = replace(tx.get(Task, task_id), owner_id=owner_id)
    tx.save(task)
    return task


def remove_task(tx: Writing, desk: Desk, task_id: str) -> Task:
    """Take away a task that was added by mistake. One that was done stays: it says what was done."""
    task = tx.get(Task, task_id)
    if task.done_at:
        raise Trouble("This task was done.", "It stays on record. Untick it first if it was ticked by mistake.")
    tx.remove(task)
    return task
