"""The clocks of a case: what starts and ends them, when the facts are judged again, and how they stand.

No clock here ever pauses by itself and none that was missed becomes met. The date first promised stays on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from almoner.casework.fields import made, needed
from almoner.casework.ports import Desk
from almoner.casework.times import happened, not_before
from almoner.records import Answer, Case, Clock, ContactAttempt, Letter, LetterEvent, Note, StageChange
from almoner.records.cases import AnswerState, ClockState
from almoner.records.events import AttemptResult, LetterStep
from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars
from almoner.rules.clocks import clock_words, due, due_words, parse_pauses, parse_rule, stored_due
from almoner.rules.service_line import ClockRule, ServiceLine
from almoner.rules.stages import (
    clock_state,
    clocks_ended_by,
    clocks_owed,
    clocks_started_by,
    events_of_opening,
    state_words,
)
from almoner.rules.words import due_date, plain_date, uk_date
from almoner.store.writing import Reading, Writing

AWARE = "aware"
"""The event that begins a case, or begins it again: clocks before it are history."""

FAILED = (AttemptResult.NO_ANSWER, AttemptResult.NO_ACCESS, AttemptResult.MESSAGE_LEFT, AttemptResult.REFUSED)
"""Results of an attempt that count as tried and not let in."""

NOT_OWED = "No longer owed"
"""How the outcome begins of a clock whose duty fell away; should it be owed again, a clock starts afresh."""

SENT = (LetterStep.POSTED, LetterStep.HANDED_OVER)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands: its state, words for lists and reports, what is left or overdue, a tone of the palette."""

    state: ClockState
    words: str
    left: str
    tone: str


@dataclass(frozen=True, slots=True)
class Turned:
    """The clocks that an event started and ended."""

    started: tuple[Clock, ...] = ()
    ended: tuple[Clock, ...] = ()

    def __add__(self, other: Turned) -> Turned:
        return Turned(self.started + other.started, self.ended + other.ended)


def raise_event(tx: Writing, desk: Desk, case: Case, line: ServiceLine, event: str, at: datetime) -> Turned:
    """Let an event end the clocks that wait for it, then start those that begin with it."""
    ended = end_clocks(tx, desk, case, line, event, at)
    return Turned(start_clocks(tx, desk, case, line, event, at), ended)


def start_clocks(tx: Writing, desk: Desk, case: Case, line: ServiceLine, event: str, at: datetime) -> tuple[Clock, ...]:
    """Start the clocks an event begins, as the case stands. A report older than the rules starts none."""
    if uk_date(case.aware_at) < line.effective_from and event == AWARE:
        return ()
    already = [code for code, _ in events_so_far(tx, line, case) if code != event]
    running = {clock.code for clock in tx.all_of(Clock, case_id=case.id) if clock.state is ClockState.RUNNING}
    rules = clocks_started_by(line, case.case_kind, event, answers_of(tx, case.id), already, running)
    return tuple(_start(tx, desk, case, rule, at) for rule in rules)


def end_clocks(tx: Writing, desk: Desk, case: Case, line: ServiceLine, event: str, at: datetime) -> tuple[Clock, ...]:
    """End the running clocks that wait for an event: met when in time, late when not."""
    codes = {rule.code for rule in clocks_ended_by(line, event)}
    title = next((each.title for each in line.events if each.code == event), event)
    ended = []
    for clock in tx.all_of(Clock, case_id=case.id):
        if clock.code in codes and clock.state is ClockState.RUNNING:
            state = clock_state(clock.due_on, clock.due_at, at, at)
            ended.append(_end(tx, clock, state, at, title))
    return tuple(ended)


def cease_clock(
    tx: Writing, desk: Desk, clock_id: str, outcome: str, *, reason: str, happened_at: datetime | None = None
) -> Clock:
    """End a duty in a way its service line lists: a recorded end, never a pause. A missed one stays missed."""
    clock = tx.get(Clock, clock_id)
    case = tx.get(Case, clock.case_id)
    if clock.state is not ClockState.RUNNING:
        raise Trouble(f"“{clock.title}” has ended already.", "Add a note if something must be explained.")
    stops = line_of(desk, case).clock(clock.code).stop_outcomes
    title = next((stop.title for stop in stops if stop.code == outcome), "")
    if not title:
        listed = "; ".join(stop.title for stop in stops) or "no other way: it is met, or it is missed"
        raise Trouble(f"“{clock.title}” cannot end like that.", f"It can end by: {listed}.")
    why = needed(reason, "Why", "Say what happened; it is the record of the decision.")
    at = happened(tx, happened_at)
    not_before(at, clock.starts_at, "Happened", "Start of the clock")
    ended = _end(tx, clock, clock_state(clock.due_on, clock.due_at, at, at, ceased=True), at, title)
    _note(tx, desk, case, f"{clock.title} ended", f"{title}. {why}")
    return ended


def end_all(tx: Writing, case: Case, at: datetime, outcome: str) -> tuple[Clock, ...]:
    """End whatever still runs when a case closes: what was overdue stays missed, the rest has ceased."""
    return tuple(
        _end(tx, clock, clock_state(clock.due_on, clock.due_at, at, at, ceased=True), at, outcome)
        for clock in tx.all_of(Clock, case_id=case.id)
        if clock.state is ClockState.RUNNING
    )


def recompute(tx: Writing, desk: Desk, case_id: str, because: str = "") -> Turned:
    """Bring the clocks into step after the facts of a case were judged again, or the holiday table changed.

    A duty now owed starts from its own event, however long ago; one owed no more ends with a recorded outcome; a date
    that moves is told in a note, with the date first promised kept.
    """
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    if uk_date(case.aware_at) < line.effective_from:
        return Turned()
    events = events_so_far(tx, line, case)
    owed = clocks_owed(line, case.case_kind, [code for code, _ in events], answers_of(tx, case.id))
    mine = [clock for clock in tx.all_of(Clock, case_id=case.id) if not events or clock.starts_at >= events[0][1]]
    turned = Turned()
    for clock in mine:
        if clock.state is ClockState.RUNNING and clock.code not in owed:
            turned += Turned((), (_no_longer_owed(tx, line, clock, because),))
        elif clock.state is ClockState.RUNNING:
            _count_again(tx, desk, case, clock, because)
    have = {clock.code for clock in mine if not clock.outcome.startswith(NOT_OWED)}
    for code in [rule.code for rule in line.clocks if rule.code in owed and rule.code not in have]:
        turned += Turned(_start_missing(tx, desk, case, line.clock(code), events))
    return turned


def events_so_far(reading: Reading, line: ServiceLine, case: Case) -> tuple[tuple[str, datetime], ...]:
    """Give the events of a case with their instants, in order, since the council (last) became aware."""
    found = [(case.aware_at, event) for event in events_of_opening(line)]
    for change in reading.all_of(StageChange, case_id=case.id):
        found += [(change.happened_at, event) for event in _events_of(line, change)]
    letters = {letter.id: letter.template for letter in reading.all_of(Letter, case_id=case.id)}
    raised = {use.code: use.raises for use in line.letters}
    for step in reading.all_of(LetterEvent, case_id=case.id):
        if step.step in SENT:
            found += [(step.happened_at, event) for event in raised.get(letters.get(step.letter_id, ""), ())]
    ordered = sorted(found, key=lambda each: each[0])
    begins = max((index for index, (_, event) in enumerate(ordered) if event == AWARE), default=0)
    return tuple((event, at) for at, event in ordered[begins:])


def answers_of(reading: Reading, case_id: str) -> dict[str, str]:
    """Give the answers of a case that are known, question code to answer."""
    return {
        answer.question: answer.value
        for answer in reading.all_of(Answer, case_id=case_id)
        if answer.state is AnswerState.ANSWERED
    }


def line_of(desk: Desk, case: Case) -> ServiceLine:
    """Give the service line in the version the case was opened under."""
    return desk.lines.get(case.service, case.service_version)


def failed_attempts(attempts: Iterable[ContactAttempt], clock: Clock) -> int:
    """Count the attempts that failed while a clock ran: from its start to its end, if it has one."""
    return sum(
        attempt.result in FAILED
        and clock.starts_at <= attempt.happened_at
        and (clock.ended_at is None or attempt.happened_at <= clock.ended_at)
        for attempt in attempts
    )


def clock_standing(clock: Clock, attempts: Sequence[ContactAttempt], now: datetime, calendars: Calendars) -> Standing:
    """Say how a clock stands now. A running clock whose date has passed is missed, whatever was tried meanwhile."""
    state = clock.state
    if state is ClockState.RUNNING:
        state = clock_state(clock.due_on, clock.due_at, now)
    tried = failed_attempts(attempts, clock)
    promised = stored_due(clock.rule, clock.due_on, clock.due_at)
    left = "" if clock.ended_at else clock_words(promised, now, calendars)
    words = left if state is ClockState.RUNNING else state_words(state, tried, clock.outcome)
    return Standing(state, words, left, _tone(state, promised.on == uk_date(now)))


def sentences(clocks: Iterable[Clock]) -> str:
    """Say what runs, by when and why, soonest first: "Investigate by Tue 5 January 2027: 10 working days from …"."""
    ordered = sorted(clocks, key=lambda clock: clock.due_at)
    return " ".join(f"{promise(clock)}: {clock.why}." for clock in ordered)


def promise(clock: Clock) -> str:
    """Say what is due by when: "Investigate by Tue 5 January 2027"."""
    return f"{clock.title} by {due_words(stored_due(clock.rule, clock.due_on, clock.due_at))}"


def running(clocks: Iterable[Clock]) -> tuple[Clock, ...]:
    """Give the clocks that run, soonest first."""
    return tuple(sorted((c for c in clocks if c.state is ClockState.RUNNING), key=lambda c: (c.due_at, c.code)))


def make_clock(case_id: str, clock_id: str, rule: ClockRule, at: datetime, calendars: Calendars) -> Clock:
    """Give the clock that a rule starts for a case at an instant."""
    found = due(rule.rule, at, calendars)
    return made(
        Clock,
        id=clock_id,
        case_id=case_id,
        code=rule.code,
        title=rule.title,
        rule=str(rule.rule),
        source=rule.source,
        starts_at=at,
        due_on=found.on,
        due_at=found.instant,
        why=found.why,
        promised_on=found.on,
    )


def _start(tx: Writing, desk: Desk, case: Case, rule: ClockRule, at: datetime) -> Clock:
    clock = make_clock(case.id, desk.ids.new(), rule, at, desk.calendars)
    tx.add(clock)
    return clock


def _end(tx: Writing, clock: Clock, state: ClockState, at: datetime, outcome: str) -> Clock:
    ended = replace(clock, state=state, ended_at=at, outcome=outcome[:200])
    tx.save(ended)
    return ended


def _start_missing(
    tx: Writing, desk: Desk, case: Case, rule: ClockRule, events: Sequence[tuple[str, datetime]]
) -> tuple[Clock, ...]:
    """Start a duty owed after all, from its own event; one whose end has come already is met or late at once."""
    at = next(when for event, when in events if event == rule.starts_on)
    ends = [(when, event) for event, when in events if event in rule.ends_on]
    if ends and min(ends)[0] < at:
        return ()
    clock = _start(tx, desk, case, rule, at)
    if not ends:
        return (clock,)
    when, event = min(ends)
    return (_end(tx, clock, clock_state(clock.due_on, clock.due_at, when, when), when, event),)


def _no_longer_owed(tx: Writing, line: ServiceLine, clock: Clock, because: str) -> Clock:
    stops = {stop.code: stop.title for stop in line.clock(clock.code).stop_outcomes}
    outcome = f"{NOT_OWED}: {stops.get('judged-again') or because or 'judged again'}"
    state = clock_state(clock.due_on, clock.due_at, tx.now, tx.now, ceased=True)
    return _end(tx, clock, state, tx.now, outcome)


def _count_again(tx: Writing, desk: Desk, case: Case, clock: Clock, because: str) -> None:
    found = due(parse_rule(clock.rule), clock.starts_at, desk.calendars, parse_pauses(";".join(clock.pauses)))
    if found.instant == clock.due_at:
        return
    tx.save(replace(clock, due_on=found.on, due_at=found.instant, why=found.why))
    words = f"Was {due_date(clock.due_on)}, now {due_date(found.on)}: {found.why}."
    if clock.promised_on:
        words += f" Promised at first: {plain_date(clock.promised_on)}."
    _note(tx, desk, case, f"{clock.title}: the due date changed", f"{because}. {words}" if because else words)


def _note(tx: Writing, desk: Desk, case: Case, heading: str, text: str) -> None:
    tx.add(
        made(
            Note, id=desk.ids.new(), case_id=case.id, text=text, heading=heading, author_id=desk.me.id,
            happened_at=tx.now, recorded_at=tx.now,
        )
    )  # fmt: skip


def _events_of(line: ServiceLine, change: StageChange) -> tuple[str, ...]:
    if change.from_stage == change.to_stage:
        return ()
    raised: list[str] = []
    for move in line.moves:
        if move.start == change.from_stage and move.end == change.to_stage:
            raised += move.raises
    for stage in line.stages:
        if stage.code == change.to_stage:
            raised += stage.raises
    return tuple(dict.fromkeys(raised))


def _tone(state: ClockState, is_due_today: bool) -> str:
    if state is ClockState.RUNNING:
        return "orange" if is_due_today else "blue"
    return {ClockState.MET: "green", ClockState.CEASED: "neutral"}.get(state, "red")


def known_answers(answers: Iterable[Answer]) -> Mapping[str, Answer]:
    """Give the answers by question, leaving out those still to follow."""
    return {answer.question: answer for answer in answers if answer.state is not AnswerState.TO_FOLLOW}
