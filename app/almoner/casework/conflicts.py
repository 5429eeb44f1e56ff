"""Settling what two people changed: one value stays, with who chose it and when, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from almoner.casework.clocks import end_all, line_of, recompute
from almoner.casework.fields import made, sound
from almoner.casework.ports import Desk
from almoner.casework.times import check_device_clock
from almoner.casework.values import NOTHING, field_of, label_of_field, line_for_case, read_json, value_words
from almoner.records import BY_KIND, Case, Clock, Conflict, Note, StageChange, User
from almoner.records.cases import STANDING, CaseStatus, ClockState
from almoner.records.derive import Field
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain, WireFault, plain_value, read_value
from almoner.rules.service_line import ServiceLine
from almoner.rules.settling import Choice, joined, may_settle
from almoner.rules.stages import is_closing
from almoner.rules.words import date_and_time, when
from almoner.store.labels import noun_of
from almoner.store.reading import Reading
from almoner.store.writing import Writing

CLOSED = "Case closed"
"""How a clock ended that ran when its case was closed."""

MOST_NOTED = 1_000
"""Characters of each value that the note about a settlement repeats; the disagreement keeps them whole."""

MOST_SAID = 40
"""Characters of the value that the confirmation at the head of the window repeats."""

OFFICE = "The office"
"""Who wrote what no officer did: an import, or the server itself."""


@dataclass(frozen=True, slots=True)
class Settled:
    """The disagreement as it is now, and in brief what was chosen."""

    conflict: Conflict
    brief: str


def settle(tx: Writing, desk: Desk, conflict_id: str, choice: Choice, *, other: Any = None) -> Settled:
    """Settle a disagreement: keep the value in force, the one offered, both (text and lists), or another one.

    The value is saved as an ordinary change of the record, with all that follows from it, and a note on the case says
    who chose what. Raises Trouble when it was settled already, by whom, or when this officer may not.
    """
    check_device_clock(tx)
    conflict = tx.get(Conflict, conflict_id)
    _check(tx, desk, conflict)
    settled = replace(conflict, settled_at=tx.now, settled_by=desk.me.id, choice=choice.value)
    tx.save(settled)
    if conflict.field:
        value = chosen_value(tx, desk, conflict, choice, other)
        _apply(tx, desk, conflict, value)
        words = value_words(tx, conflict.record_kind, conflict.field, value, line_for_case(tx, desk, conflict.case_id))
    else:
        assert choice in (Choice.IN_FORCE, Choice.OFFERED), "a record is kept or taken away"
        words = _keep_or_take_away(tx, conflict, choice)
    title = title_of(tx, desk, conflict)
    if conflict.case_id and tx.find(Case, conflict.case_id) is not None:
        _note(tx, desk, conflict, f"{title}: kept “{short(words)}”.")
    kept = "both kept" if choice is Choice.BOTH else f"“{short(words, MOST_SAID)}”"
    return Settled(settled, f"Settled. {title}: {kept}")


def authors_of(conflict: Conflict) -> frozenset[str]:
    """Give the two who wrote."""
    return frozenset(filter(None, (conflict.in_force_by, conflict.offered_by)))


def may_be_settled_by(reading: Reading, desk: Desk, conflict: Conflict) -> bool:
    """Whether this officer may settle a disagreement."""
    case = reading.find(Case, conflict.case_id) if conflict.case_id else None
    return may_settle(desk.me, case.owner_id if case else "", authors_of(conflict))


def name_of(reading: Reading, user_id: str) -> str:
    """Say who an officer is."""
    user = reading.find(User, user_id) if user_id else None
    return user.full_name if user else OFFICE


def settled_words(reading: Reading, conflict: Conflict, now: datetime) -> str:
    """Say who settled a disagreement, when and how; empty while it is open."""
    if conflict.settled_at is None:
        return ""
    whose = {
        Choice.IN_FORCE: f"kept what {name_of(reading, conflict.in_force_by)} wrote",
        Choice.OFFERED: f"kept what {name_of(reading, conflict.offered_by)} wrote",
        Choice.BOTH: "kept both",
        Choice.OTHER: "wrote something else",
    }
    chose = next((words for choice, words in whose.items() if choice.value == conflict.choice), "chose")
    at = when(conflict.settled_at, now)
    return f"{name_of(reading, conflict.settled_by)} settled this {at[:1].lower()}{at[1:]} and {chose}."


def title_of(reading: Reading, desk: Desk, conflict: Conflict) -> str:
    """Say what is disagreed about: “Stage”, “Resident, full name”, “Task taken away”."""
    if not conflict.field:
        return f"{noun_of(conflict.record_kind)} taken away"
    label = label_of_field(conflict.record_kind, conflict.field)
    if conflict.record_kind == "case":
        return label
    return f"{noun_of(conflict.record_kind)}, {label[:1].lower()}{label[1:]}"


def can_keep_both(conflict: Conflict) -> bool:
    """Whether two values can stand side by side: long texts and lists; a question answered by a choice cannot."""
    field = field_of(conflict.record_kind, conflict.field)
    return field is not None and (field.type is tuple or field.fact.long) and conflict.record_kind != "answer"


def can_be_other(conflict: Conflict) -> bool:
    """Whether a third value may be typed: not where the case stands, which is moved, nor what a question asks."""
    field = field_of(conflict.record_kind, conflict.field)
    if field is None or field.fact.together == STANDING or field.fact.refers:
        return False
    return (conflict.record_kind != "answer" and field.type in (str, tuple, int)) or _is_date(field)


def _is_date(field: Field) -> bool:
    return field.type.__name__ == "date"


def chosen_value(reading: Reading, desk: Desk, conflict: Conflict, choice: Choice, other: Any = None) -> Plain:
    """Give the value a choice stands for, in wire form. The one in force is the record's own, as it is here now."""
    offered = read_json(conflict.offered)
    record = reading.get(BY_KIND[conflict.record_kind], conflict.record_id)
    field = field_of(conflict.record_kind, conflict.field)
    assert field is not None, "a field of a newer version is settled there"
    current = plain_value(getattr(record, field.name))
    if choice is Choice.IN_FORCE:
        return current
    if choice is Choice.OFFERED:
        return offered
    if choice is Choice.OTHER:
        return plain_value(other)
    assert can_keep_both(conflict), "two such values cannot both be kept"
    if field.type is tuple:
        mine, theirs = (value if isinstance(value, list) else [] for value in (current, offered))
        return list(dict.fromkeys([*mine, *theirs]))
    return joined(
        str(current or ""), name_of(reading, conflict.in_force_by), conflict.in_force_at or conflict.offered_at,
        str(offered or ""), name_of(reading, conflict.offered_by), conflict.offered_at,
    )  # fmt: skip


def _check(tx: Writing, desk: Desk, conflict: Conflict) -> None:
    if conflict.settled_at is not None:
        raise Trouble(settled_words(tx, conflict, tx.now), "If that is wrong, change it on the record itself.")
    if not may_be_settled_by(tx, desk, conflict):
        raise Trouble(
            "This is not yours to settle.", "The owner of the case, a supervisor, or one of the two who wrote may."
        )
    if conflict.record_kind not in BY_KIND:
        raise Trouble("This was written by a newer version of Almoner.", "Settle it on a computer that has it.")


def _apply(tx: Writing, desk: Desk, conflict: Conflict, value: Plain) -> None:
    record = tx.get(BY_KIND[conflict.record_kind], conflict.record_id)
    field = field_of(conflict.record_kind, conflict.field)
    assert field is not None, "it was found before"
    if isinstance(record, Case) and field.name == "stage":
        _move(tx, desk, conflict, record, str(value))
        return
    try:
        read = read_value(conflict.record_kind, field, value)
    except WireFault as fault:
        raise Trouble(
            f"“{field.fact.label}” {fault.why}.", "Make it shorter, or choose one.", field.fact.label
        ) from fault
    changed = sound(replace(record, **{field.name: read}))
    if changed != record:
        tx.save(changed)
    if (isinstance(record, Case) and field.name == "case_kind") or conflict.record_kind == "answer":
        recompute(tx, desk, conflict.case_id, "A disagreement was settled")


def _move(tx: Writing, desk: Desk, conflict: Conflict, case: Case, stage: str) -> None:
    """Put a case where it was decided it stands. What a closing ended runs on when the case is open after all."""
    line = line_of(desk, case)
    closing = is_closing(line, stage)
    ended = ended_by_disputed_closing(tx, desk, conflict, case)
    change = last_move_to(tx, case.id, stage)
    at = case.closed_at or (change.happened_at if change else conflict.offered_at)
    after = replace(
        case,
        stage=stage,
        status=CaseStatus.CLOSED if closing else CaseStatus.OPEN,
        closed_at=at if closing else None,
        outcome=(case.outcome or (change.reason if change else ""))[:200] if closing else "",
    )
    tx.save(sound(after))
    if closing:
        end_all(tx, after, at, CLOSED)
        return
    for clock in ended:
        tx.save(replace(clock, state=ClockState.RUNNING, ended_at=None, outcome=""))
    recompute(tx, desk, case.id, "It was settled that the case is open")


def last_move_to(reading: Reading, case_id: str, stage: str) -> StageChange | None:
    """Give the last move of a case to a stage."""
    moves = [change for change in reading.all_of(StageChange, case_id=case_id) if change.to_stage == stage]
    return max(moves, key=lambda change: (change.happened_at, change.id), default=None)


def ended_by_disputed_closing(reading: Reading, desk: Desk, conflict: Conflict, case: Case) -> tuple[Clock, ...]:
    """Give the clocks that ended when one of the two closed the case; an earlier closing's stay as they ended."""
    line, closed_at = line_of(desk, case), case.closed_at
    if closed_at is None:
        offered = str(read_json(conflict.offered))
        change = last_move_to(reading, case.id, offered) if is_closing_stage(line, offered) else None
        closed_at = change.happened_at if change else None
    if closed_at is None:
        return ()
    clocks = reading.all_of(Clock, case_id=case.id)
    return tuple(clock for clock in clocks if clock.outcome == CLOSED and clock.ended_at == closed_at)


def is_closing_stage(line: ServiceLine, stage: str) -> bool:
    """Whether a case is closed at a stage; not at one this device has no rules for."""
    return any(each.code == stage for each in line.stages) and is_closing(line, stage)


def _keep_or_take_away(tx: Writing, conflict: Conflict, choice: Choice) -> str:
    record = tx.find(BY_KIND[conflict.record_kind], conflict.record_id)
    if choice is Choice.IN_FORCE:
        return "it stays"
    if record is not None:
        tx.remove(record)
    return "taken away"


def _note(tx: Writing, desk: Desk, conflict: Conflict, sentence: str) -> None:
    """Let the timeline say what was chosen, and what the other had written."""
    line = line_for_case(tx, desk, conflict.case_id)
    said = [sentence]
    for who, at, text in (
        (conflict.in_force_by, conflict.in_force_at, conflict.in_force),
        (conflict.offered_by, conflict.offered_at, conflict.offered),
    ):
        words = value_words(tx, conflict.record_kind, conflict.field, read_json(text), line) or NOTHING
        at_words = f", {date_and_time(at)}" if at else ""
        if conflict.field:
            said.append(f"{name_of(tx, who)}{at_words}: {short(words, MOST_NOTED)}")
    tx.add(
        made(
            Note, id=desk.ids.new(), case_id=conflict.case_id, heading="Disagreement settled",
            text="\n".join(said), author_id=desk.me.id, happened_at=tx.now, recorded_at=tx.now,
        )
    )  # fmt: skip


def short(words: str, most: int = 80) -> str:
    """Give words on one line, at most so many characters."""
    line = " ".join(words.split()) or NOTHING
    return line if len(line) <= most else f"{line[: most - 1].rstrip(' .,;:')}…"
