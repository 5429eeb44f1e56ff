"""Moving a case through its stages, and what each step starts and ends. Plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from almoner.records.cases import ClockState
from almoner.records.trouble import Trouble
from almoner.rules.service_line import ClockRule, Move, Need, NeedKind, ServiceLine, StageKind
from almoner.rules.words import counted, end_of_day

NO_ANSWERS: Mapping[str, str] = {}
"""No answers: every clock that depends on one applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Have:
    """What a case has to show when it is moved: codes of what is answered, filed and sent; attempts made; and so on."""

    reason: str = ""
    approved: bool = False
    attempts: int = 0
    answered: Collection[str] = ()
    evidence: Collection[str] = ()
    letters: Collection[str] = ()


def moves_from(line: ServiceLine, stage: str) -> tuple[Move, ...]:
    """Give the moves that can be made from a stage, in the order of the service line."""
    line.stage(stage)
    return tuple(move for move in line.moves if move.start == stage)


def is_closing(line: ServiceLine, stage: str) -> bool:
    """Say whether a case is closed at this stage."""
    return line.stage(stage).kind is StageKind.CLOSED


def unmet_needs(line: ServiceLine, move: Move, have: Have) -> tuple[str, ...]:
    """Say in words what a move still needs: "a reason", "an answer to “Finding”"."""
    return tuple(words for need in move.needs if (words := _unmet(line, need, have)))


def _unmet(line: ServiceLine, need: Need, have: Have) -> str:
    if need.kind is NeedKind.REASON:
        return "" if have.reason.strip() else "a reason"
    if need.kind is NeedKind.APPROVAL:
        return "" if have.approved else "a supervisor's approval"
    if need.kind is NeedKind.ATTEMPTS:
        short = int(need.what) - have.attempts
        return f"{counted(short, 'more recorded attempt')}" if short > 0 else ""
    if need.kind is NeedKind.FIELD:
        return "" if need.what in have.answered else f"an answer to “{line.field(need.what).label}”"
    if need.kind is NeedKind.EVIDENCE:
        return "" if need.what in have.evidence else f"evidence: {line.evidence_item(need.what).title.lower()}"
    return "" if need.what in have.letters else f"the letter “{line.letter(need.what).title}” sent"


def check_move(line: ServiceLine, start: str, end: str, have: Have) -> Move:
    """Give the move from one stage to another. Raises Trouble when there is none, or says everything it still needs."""
    here, there = line.stage(start), line.stage(end)
    for move in moves_from(line, start):
        if move.end == end:
            unmet = unmet_needs(line, move, have)
            if unmet:
                raise Trouble(
                    f"“{move.title}” needs {_listed(unmet)}.", "Add what is missing, then move the case again."
                )
            return move
    onward = _listed([f"“{line.stage(move.end).title}”" for move in moves_from(line, start)]) or "nowhere"
    raise Trouble(f"A case cannot go from “{here.title}” to “{there.title}”.", f"From here it can go to {onward}.")


def _listed(words: Collection[str]) -> str:
    each = list(words)
    return f"{', '.join(each[:-1])} and {each[-1]}" if len(each) > 1 else "".join(each)


def events_of_opening(line: ServiceLine) -> tuple[str, ...]:
    """Give the events raised when a case is opened; they happen when the council became aware."""
    return line.first_stage.raises


def events_of_move(line: ServiceLine, move: Move) -> tuple[str, ...]:
    """Give the events a move raises: its own, then those of the stage it reaches, each once."""
    return tuple(dict.fromkeys((*move.raises, *line.stage(move.end).raises)))


def clock_applies(clock: ClockRule, kind: str, answers: Mapping[str, str] = NO_ANSWERS) -> bool:
    """Say whether a clock runs for a kind of report, given the answers so far (question code to answer code).

    A question that has no answer yet does not keep a clock from running.
    """
    fits = all(answers.get(field, "") in ("", *accepted) for field, accepted in clock.when)
    return fits and (not clock.kinds or kind in clock.kinds)


def clocks_started_by(
    line: ServiceLine,
    kind: str,
    event: str,
    answers: Mapping[str, str] = NO_ANSWERS,
    already: Collection[str] = (),
    running: Collection[str] = (),
) -> tuple[ClockRule, ...]:
    """Give the clocks an event starts.

    `already` holds the events that have happened since the council (last) became aware: a clock whose end has come
    first, such as a home made safe before the investigation ended, does not start. `running` holds the codes of clocks
    that run now; those keep running and do not start twice.
    """
    return tuple(
        clock
        for clock in line.clocks
        if clock.starts_on == event
        and clock.code not in running
        and not any(end in already for end in clock.ends_on)
        and clock_applies(clock, kind, answers)
    )


def clocks_ended_by(line: ServiceLine, event: str) -> tuple[ClockRule, ...]:
    """Give the clocks an event ends, if they run."""
    return tuple(clock for clock in line.clocks if event in clock.ends_on)


def clocks_owed(
    line: ServiceLine,
    kind: str,
    events: Iterable[str],
    answers: Mapping[str, str] = NO_ANSWERS,
) -> frozenset[str]:
    """Give the codes of the clocks that events so far have set for a kind of report.

    After a case has been judged again, compare before and after: start what is newly owed from the instant of its
    event, end what is owed no more with a recorded outcome.
    """
    happened = set(events)
    return frozenset(
        clock.code for clock in line.clocks if clock.starts_on in happened and clock_applies(clock, kind, answers)
    )


def clock_state(
    due_on: date, due_at: datetime, now: datetime, ended_at: datetime | None = None, *, ceased: bool = False
) -> ClockState:
    """Say how a clock stands. `due_at` is the instant it runs out: the time due, or the end of the UK day `due_on`.

    A clock that has been missed stays missed: done afterwards it is late, and ending the duty afterwards changes
    nothing.
    """
    past = _is_past(due_on, due_at, ended_at or now)
    if ended_at is None:
        return ClockState.MISSED if past else ClockState.RUNNING
    if ceased:
        return ClockState.MISSED if past else ClockState.CEASED
    return ClockState.LATE if past else ClockState.MET


def _is_past(due_on: date, due_at: datetime, moment: datetime) -> bool:
    return moment >= due_at if due_at == end_of_day(due_on) else moment > due_at


def state_words(state: ClockState, attempts: int = 0, outcome: str = "") -> str:
    """Say how a clock stands for lists and reports: "missed – access attempts recorded (3)"."""
    words = {
        ClockState.RUNNING: "running",
        ClockState.MET: "met",
        ClockState.LATE: "missed, done late",
        ClockState.MISSED: "missed",
        ClockState.CEASED: f"ended: {outcome}" if outcome else "ended",
    }[state]
    if attempts and state in (ClockState.MISSED, ClockState.LATE):
        return f"{words} – access attempts recorded ({attempts})"
    return words
