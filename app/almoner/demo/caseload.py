"""A year of casework for the fictional council, worked through the same rules as real cases.

Stages move only along the service line's moves; clocks start and end by its events; nothing lies in the future.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from almoner.casework.cases import answer_id
from almoner.casework.clocks import make_clock
from almoner.demo.names import CAUSES, NOTES, ROOMS, SIGNS, SINCE, TASKS
from almoner.demo.residents import Resident
from almoner.records import (
    Answer,
    Case,
    Clock,
    ContactAttempt,
    Note,
    Participant,
    StageChange,
    Task,
    User,
    Visit,
)
from almoner.records.cases import CaseStatus, ClockState, Role
from almoner.records.derive import Record
from almoner.records.events import AttemptResult, Method, VisitStep
from almoner.rules.calendars import Calendars
from almoner.rules.clocks import due
from almoner.rules.references import RANDOM_BITS, make_reference
from almoner.rules.service_line import ServiceLine
from almoner.rules.stages import clock_state, clocks_ended_by, clocks_started_by, events_of_move, events_of_opening
from almoner.rules.words import UK, start_of_day, uk_date

_KINDS = ("potential-significant-hazard", "emergency-hazard", "routine", "not-ours")
_SHARES = (64, 7, 24, 5)
_ORIGINS = ("Phone", "Phone", "Phone", "Front desk", "Web form", "Email", "Officer's visit")
_DUE_TODAY = 14
"""So many cases are made to fall due on the very day, for the morning's list."""

Step = tuple[str, float, float]
_HAZARD: tuple[Step, ...] = (
    ("triaged", 0.05, 1.5), ("investigating", 0.3, 4), ("concluded", 2, 9), ("summary-sent", 0.5, 4),
    ("made-safe", 0.5, 5), ("preventative-works", 2, 50), ("closed", 5, 40),
)  # fmt: skip
_EMERGENCY: tuple[Step, ...] = (
    ("triaged", 0.02, 0.1), ("investigating", 0.02, 0.2), ("made-safe", 0.1, 0.9), ("concluded", 0.3, 3),
    ("summary-sent", 0.5, 4), ("preventative-works", 2, 40), ("closed", 5, 30),
)  # fmt: skip
_ROUTINE: tuple[Step, ...] = (("triaged", 0.1, 3), ("closed", 3, 60))
_PATHS: Mapping[str, tuple[Step, ...]] = {"potential-significant-hazard": _HAZARD, "emergency-hazard": _EMERGENCY}


@dataclass(slots=True)
class Caseload:
    """Makes cases one after another, from one random sequence."""

    chance: random.Random
    new_id: Callable[[], str]
    now: datetime
    line: ServiceLine
    calendars: Calendars
    prefix: str
    officers: Mapping[str, Sequence[User]]
    _references: set[str] = field(default_factory=set)

    def cases(self, residents: Sequence[Resident], count: int) -> Iterator[Record]:
        """Give the records of that many cases about these residents."""
        adults = [each for each in residents if each.is_adult and not each.person.deceased_on and not each.is_told]
        today = self._aware_for_today()
        for number in range(count):
            kind = _KINDS[0] if number < _DUE_TODAY else self.chance.choices(_KINDS, _SHARES)[0]
            aware = self._at(today) if number < _DUE_TODAY else self._aware()
            story = _Story(self, self.chance.choice(adults), kind, aware, waits=number < _DUE_TODAY)
            yield from story.records()

    def reference(self) -> str:
        """Give a case reference not used before."""
        while True:
            reference = make_reference(self.prefix, self.chance.getrandbits(RANDOM_BITS))
            if reference not in self._references:
                self._references.add(reference)
                return reference

    def _aware(self) -> datetime:
        """Give a moment of the last year, more of them lately, mostly in office hours."""
        days = int(365 * self.chance.random() ** 1.3)
        return self._at(uk_date(self.now) - timedelta(days=days))

    def _at(self, day: date) -> datetime:
        hour = self.chance.choice((8, 9, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 20))
        moment = datetime.combine(day, time(hour, self.chance.randrange(60)), UK)
        return min(moment, self.now - timedelta(minutes=20)).astimezone(self.now.tzinfo)

    def _aware_for_today(self) -> date:
        """Give the latest day from which an investigation falls due today; near a holiday, the next one due."""
        rule = next(clock.rule for clock in self.line.clocks if clock.code == "investigate")
        day = uk_date(self.now)
        for back in range(1, 40):
            if due(rule, day - timedelta(days=back), self.calendars).on <= day:
                return day - timedelta(days=back)
        return day - timedelta(days=14)


class _Story:
    """One case from the day it is known to now."""

    def __init__(self, load: Caseload, resident: Resident, kind: str, aware: datetime, *, waits: bool) -> None:
        self.load, self.resident, self.kind, self.aware = load, resident, kind, aware
        self.chance, self.line = load.chance, load.line
        team = self.chance.choices(tuple(load.officers), (6, 2, 2))[0]
        self.officer = self.chance.choice(load.officers[team][1:])
        self.supervisor = load.officers[team][0]
        self.team_id = team
        self.waits = waits
        self.answers: dict[str, str] = {}
        self.clocks: list[Clock] = []
        self.rest: list[Record] = []
        self.happened: list[str] = []
        self.case = self._opened()

    def records(self) -> Iterator[Record]:
        """Give the case and all that belongs to it, the case first."""
        for event in events_of_opening(self.line):
            self._raise(event, self.aware)
        self._live()
        yield self.case
        yield Participant(
            id=self.load.new_id(), case_id=self.case.id, person_id=self.resident.person.id, role=Role.SUBJECT
        )
        for other in self.resident.household:
            if other != self.resident.person.id:
                yield Participant(id=self.load.new_id(), case_id=self.case.id, person_id=other, role=Role.HOUSEHOLD)
        for question, value in self.answers.items():
            yield Answer(id=answer_id(self.case.id, question), case_id=self.case.id, question=question, value=value)
        yield from self.clocks
        yield from self.rest

    def _opened(self) -> Case:
        room, words = self.chance.choice(ROOMS)
        sign, since = self.chance.choice(SIGNS), self.chance.choice(SINCE)
        address = self.resident.address
        lines = ", ".join(line for line in (address.line_1, address.line_2, address.postcode) if line)
        self.answers = {
            "tenure": self.chance.choices(("secure", "introductory", "assured", "private"), (80, 12, 5, 3))[0],
            "rooms": room,
            "how-long": since,
            "risks": self.chance.choice(("under-5", "asthma-copd", "over-65", "none", "none", "under-5,asthma-copd")),
        }
        recorded = min(self.aware + timedelta(minutes=self.chance.choice((2, 4, 7, 12, 60))), self.load.now)
        kind = self.line.case_kind(self.kind)
        return Case(
            id=self.load.new_id(),
            reference=self.load.reference(),
            service=self.line.code,
            service_version=self.line.version,
            case_kind=self.kind,
            title=f"{sign}, {words}",
            summary=f"{sign} in the {words}, {since}.",
            stage=self.line.first_stage.code,
            priority=kind.priority,
            origin=self.chance.choice(_ORIGINS),
            team_id=self.team_id,
            owner_id=self.officer.id if self.chance.random() < 0.93 else "",
            place="" if self.resident.hidden else lines,
            uprn="" if self.resident.hidden else address.uprn,
            opened_by=self.officer.id,
            aware_at=self.aware,
            recorded_at=recorded,
        )

    def _live(self) -> None:
        """Go through the stages until now, or until it is stuck; some go slowly, a few find nobody in."""
        pace = self.chance.choices((0.7, 1.0, 1.6, 3.5), (40, 42, 13, 5))[0]
        stuck = self.chance.random() < 0.05
        at = self.case.recorded_at
        for number, (stage, least, most) in enumerate(_PATHS.get(self.kind, _ROUTINE)):
            at += timedelta(days=(least + (most - least) * self.chance.random() ** 1.5) * pace)
            at = self._in_hours(at)
            if self.waits and stage == "concluded":
                break
            if stage == "concluded" and (stuck or self.chance.random() < 0.12):
                self._nobody_in(at)
            if at >= self.load.now or (stuck and number >= 2):
                break
            self._move(stage, at)
            self._beside(at)
        self._ahead()

    def _in_hours(self, at: datetime) -> datetime:
        """Bring a moment into office hours, unless it is an emergency."""
        if self.kind == "emergency-hazard" and self.case.stage != "made-safe":
            return at
        day = uk_date(at)
        while day.weekday() >= 5:
            day += timedelta(days=1)
        moment = datetime.combine(day, time(self.chance.randrange(9, 17), self.chance.randrange(60)), UK)
        return max(at, moment.astimezone(at.tzinfo)) if day == uk_date(at) else moment.astimezone(at.tzinfo)

    def _move(self, stage: str, at: datetime) -> None:
        move = next(m for m in self.line.moves if m.start == self.case.stage and m.end == stage)
        self._answer_for(stage)
        reason = self._reason(stage)
        self.rest.append(
            StageChange(
                id=self.load.new_id(), case_id=self.case.id, from_stage=self.case.stage, to_stage=stage, reason=reason,
                author_id=self.officer.id, happened_at=at, recorded_at=at,
            )
        )  # fmt: skip
        closed = stage == "closed"
        self.case = replace(
            self.case, stage=stage, status=CaseStatus.CLOSED if closed else CaseStatus.OPEN,
            closed_at=at if closed else None, outcome=reason if closed else "",
        )  # fmt: skip
        for event in events_of_move(self.line, move):
            self._raise(event, at)
        if closed:
            self._end_all(at)

    def _answer_for(self, stage: str) -> None:
        """Answer what the move to a stage needs."""
        if stage == "triaged":
            level = {"emergency-hazard": "imminent", "routine": "low", "not-ours": "low"}
            self.answers["risk-level"] = level.get(self.kind, "significant")
        if stage == "concluded":
            finding = ("emergency-hazard",) if self.kind == "emergency-hazard" else (
                "significant-hazard", "significant-hazard", "significant-hazard", "not-significant"
            )  # fmt: skip
            self.answers |= {
                "finding": self.chance.choice(finding),
                "investigator": "Owen Price, surveyor, HHSRS trained",
                "moisture": str(self.chance.randrange(15, 34)),
                "hazard": "damp-and-mould",
            }
        if stage in ("closed", "preventative-works") and self.case.stage not in ("reported", "triaged"):
            self.answers.setdefault("cause", self.chance.choice(CAUSES))

    def _reason(self, stage: str) -> str:
        if stage == "made-safe":
            return "Mould washed off and treated; leak stopped; readings falling."
        if stage != "closed":
            return ""
        if self.kind == "not-ours":
            return "Not our home: told them whom to ask and how."
        if self.kind == "routine":
            return "Repaired and checked with the tenant."
        return "Works done; follow-up visit found it dry."

    def _raise(self, event: str, at: datetime) -> None:
        """Let an event end and start clocks by the service line."""
        ending = {rule.code for rule in clocks_ended_by(self.line, event)}
        for number, clock in enumerate(self.clocks):
            if clock.code in ending and clock.state is ClockState.RUNNING:
                state = clock_state(clock.due_on, clock.due_at, at, at)
                title = next(each.title for each in self.line.events if each.code == event)
                self.clocks[number] = replace(clock, state=state, ended_at=at, outcome=title)
        running = {clock.code for clock in self.clocks if clock.state is ClockState.RUNNING}
        for rule in clocks_started_by(self.line, self.kind, event, self.answers, self.happened, running):
            self.clocks.append(make_clock(self.case.id, self.load.new_id(), rule, at, self.load.calendars))
        self.happened.append(event)

    def _end_all(self, at: datetime) -> None:
        for number, clock in enumerate(self.clocks):
            if clock.state is ClockState.RUNNING:
                state = clock_state(clock.due_on, clock.due_at, at, at, ceased=True)
                self.clocks[number] = replace(clock, state=state, ended_at=at, outcome="Case closed")

    def _nobody_in(self, before: datetime) -> None:
        """Up to three attempts by different means on different days, none of which gets in."""
        start = max(self.case.recorded_at, before - timedelta(days=6))
        for number, method in enumerate((Method.VISIT, Method.TEXT, Method.PHONE)):
            at = self._in_hours(start + timedelta(days=1 + number * 2))
            if at < self.load.now:
                result = AttemptResult.NO_ACCESS if method is Method.VISIT else AttemptResult.NO_ANSWER
                self.rest.append(
                    ContactAttempt(
                        id=self.load.new_id(), case_id=self.case.id, person_id=self.resident.person.id, method=method,
                        result=result, evidence="Card left, photo of the door" if method is Method.VISIT else "",
                        author_id=self.officer.id, happened_at=at, recorded_at=at,
                    )
                )  # fmt: skip

    def _beside(self, at: datetime) -> None:
        """Notes, tasks and visits that go with a step."""
        draw = self.chance.random()
        later = min(at + timedelta(minutes=self.chance.randrange(5, 200)), self.load.now)
        if draw < 0.75:
            self.rest.append(
                Note(
                    id=self.load.new_id(), case_id=self.case.id, text=self.chance.choice(NOTES),
                    author_id=self.chance.choice((self.officer.id, self.officer.id, self.supervisor.id)),
                    happened_at=later, recorded_at=later,
                )
            )  # fmt: skip
        if draw < 0.3:
            self._task(later, done=self.chance.random() < 0.8 or self.case.status is CaseStatus.CLOSED)
        if self.case.stage in ("investigating", "preventative-works"):
            self._visit(later)

    def _task(self, at: datetime, *, done: bool) -> None:
        done_at = min(at + timedelta(days=self.chance.random() * 3), self.load.now) if done else None
        self.rest.append(
            Task(
                id=self.load.new_id(), case_id=self.case.id, title=self.chance.choice(TASKS), owner_id=self.officer.id,
                do_by=uk_date(at) + timedelta(days=self.chance.randrange(1, 10)), done_at=done_at,
                done_by=self.officer.id if done_at else "", created_by=self.officer.id, recorded_at=at,
            )
        )  # fmt: skip

    def _visit(self, at: datetime) -> None:
        visit_id = self.load.new_id()
        starts = start_of_day(uk_date(at) + timedelta(days=self.chance.randrange(1, 5))) + timedelta(hours=10)
        steps: list[tuple[VisitStep, datetime, str]] = [(VisitStep.BOOKED, at, "")]
        if starts + timedelta(hours=1) < self.load.now:
            steps.append((VisitStep.ATTENDED, starts + timedelta(hours=1), "Looked at the wall; readings taken."))
        for step, moment, findings in steps:
            self.rest.append(
                Visit(
                    id=self.load.new_id(), visit_id=visit_id, case_id=self.case.id, step=step, starts_at=starts,
                    ends_at=starts + timedelta(hours=1), officer_id=self.officer.id, purpose="Look at the damp",
                    findings=findings, author_id=self.officer.id, happened_at=moment, recorded_at=moment,
                )
            )  # fmt: skip

    def _ahead(self) -> None:
        """An open case usually has something still to do."""
        if self.case.status is CaseStatus.OPEN and self.chance.random() < 0.5:
            self._task(max(self.case.recorded_at, self.load.now - timedelta(days=self.chance.random() * 4)), done=False)
