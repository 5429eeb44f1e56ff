"""One case as an officer works on it: everything its page says, in words, with what may be done next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from almoner.casework.attempts import CHANNEL_OF
from almoner.casework.cases import have_of
from almoner.casework.clocks import clock_standing, line_of
from almoner.casework.ports import Desk
from almoner.casework.sharing import SharingLine, case_shares, shared_words, why_not_share
from almoner.casework.visits import OVER
from almoner.records import Address, Answer, Attachment, Clock, ContactAttempt, Task, Team, User, Visit
from almoner.records.cases import AnswerState, CaseStatus, ClockState, Priority, Role
from almoner.records.events import Method
from almoner.records.people import Channel, Format
from almoner.rules.answers import answer_words, fields_at
from almoner.rules.calendars import Calendars
from almoner.rules.clocks import counts_working_days, days_left, due_words, stored_due
from almoner.rules.due_tags import due_tag
from almoner.rules.safety import Banner, banner, flags_in_force, may_use
from almoner.rules.service_line import Field, Move, NeedKind, ServiceLine, StageKind
from almoner.rules.stages import moves_from, unmet_needs
from almoner.rules.words import counted, short_date, uk_date, when
from almoner.store.lists import CaseRow
from almoner.store.reading import Reading
from almoner.store.timeline import CaseView, PersonDetails, PersonView, TimelineEntry, case_view, person_view, timeline

MOST_OFFICERS = 500
MASKED_ADDRESS = "Confidential address"


@dataclass(frozen=True, slots=True)
class Mark:
    """A word or two about the case and a tone of the palette."""

    words: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class ClockLine:
    """A clock in words. `number` of `unit` are left (negative: overdue), counted as the words count; `part_left` of
    its whole time, 0 to 1."""

    clock: Clock
    due: str
    standing: str
    left: str
    tone: str
    number: int
    unit: str
    part_left: float
    runs: bool

    @property
    def why(self) -> str:
        """Why it is due then, with where the rule comes from."""
        return f"{self.clock.why}. {self.clock.source}." if self.clock.source else f"{self.clock.why}."


@dataclass(frozen=True, slots=True)
class PersonBanner:
    """What must be known about somebody in the case before anything else; `name` is empty for its subject."""

    name: str
    banner: Banner


@dataclass(frozen=True, slots=True)
class MoveChoice:
    """A step that can be taken now or once what is missing is there; `asks` are the questions it still needs."""

    move: Move
    to_title: str
    help: str
    missing: tuple[str, ...]
    asks: tuple[Field, ...]
    needs_reason: bool
    reopens: bool = False
    closes: bool = False

    def missing_but(self, reason: str, answered: Collection[str] = ()) -> tuple[str, ...]:
        """What is still missing when this reason is given and these questions are answered."""
        given = {f"an answer to “{field.label}”" for field in self.asks if field.code in answered}
        given |= {"a reason"} if reason.strip() else set()
        return tuple(words for words in self.missing if words not in given)


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the service line with its answer, if there is one."""

    field: Field
    answer: Answer | None
    words: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer it."""
        return self.field.required and (self.answer is None or self.answer.state is AnswerState.TO_FOLLOW)


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a card: an icon's name and words; `warns` when it says what must not be done."""

    icon: str
    words: str
    warns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Everything the page of a case shows. Clocks that ask for something come first. `shared` says that the case is
    here only because another team shares it; `may_not_share` why this officer does not decide who else sees it."""

    view: CaseView
    line: ServiceLine
    stage: str
    kind: str
    marks: tuple[Mark, ...]
    banners: tuple[PersonBanner, ...]
    moments: tuple[TimelineEntry, ...]
    clocks: tuple[ClockLine, ...]
    moves: tuple[MoveChoice, ...]
    questions: tuple[Question, ...]
    resident: tuple[Fact, ...]
    also_open: tuple[CaseRow, ...]
    visits: tuple[Visit, ...]
    files: tuple[Attachment, ...]
    officers: tuple[User, ...]
    teams: tuple[Team, ...]
    barred: tuple[Method, ...]
    shares: tuple[SharingLine, ...]
    shared: str
    may_not_share: str
    read_at: datetime

    @property
    def next_clock(self) -> ClockLine | None:
        """The clock that asks for something first."""
        return self.clocks[0] if self.clocks and self.clocks[0].runs else None

    @property
    def due_mark(self) -> Mark | None:
        """What is due first, in a tag, for where there is no room for more."""
        line = self.next_clock
        if line is None:
            return None
        tag = due_tag(line.clock.due_on, line.clock.due_at, self.read_at)
        words = f"{counted(line.number, line.unit)} left" if line.unit == "working day" else tag.words
        return Mark(f"{line.clock.title}: {words[:1].lower()}{words[1:]}", tag.tone)

    @property
    def subject_id(self) -> str:
        """Whom the case is about; empty when nobody is named."""
        return self.view.subject.person.id if self.view.subject else ""


def read_case_page(reading: Reading, desk: Desk, case_id: str) -> CasePage:
    """Read a case for its page. Raises Trouble when it is not on this device."""
    now = desk.clock.now()
    view = case_view(reading, case_id)
    line = line_of(desk, view.case)
    attempts = reading.all_of(ContactAttempt, case_id=case_id, order="happened_at", descending=True)
    letters = {letter.attachment_id for letter in view.letters}
    subject = person_view(reading, view.subject.person.id) if view.subject else None
    return CasePage(
        view=view,
        line=line,
        stage=line.stage(view.case.stage).title,
        kind=line.case_kind(view.case.case_kind).title,
        marks=_marks(view, line, now),
        banners=_banners(view, now),
        moments=timeline(reading, case_id),
        clocks=clock_lines(view.clocks, attempts, now, desk.calendars),
        moves=_moves(reading, desk, view, line),
        questions=_questions(view, line),
        resident=_resident(subject, now) if subject else (),
        also_open=tuple(row for row in subject.cases if row.status == "open" and row.id != case_id) if subject else (),
        visits=visits_ahead(reading, case_id),
        files=tuple(each for each in view.attachments if each.id not in letters),
        officers=tuple(u for u in reading.all_of(User, order="full_name", limit=MOST_OFFICERS) if u.active),
        teams=reading.all_of(Team, order="name"),
        barred=_barred(view, now),
        shares=case_shares(reading, desk, case_id),
        shared=shared_words(reading, desk, view.case),
        may_not_share=why_not_share(desk, view.case),
        read_at=now,
    )


def clock_lines(
    clocks: Iterable[Clock], attempts: Sequence[ContactAttempt], now: datetime, calendars: Calendars
) -> tuple[ClockLine, ...]:
    """Say how clocks stand: those that still ask for something first, by date, then the ended ones."""
    lines = [_clock_line(clock, attempts, now, calendars) for clock in clocks]
    return tuple(sorted(lines, key=lambda line: (not line.runs, line.clock.due_at, line.clock.id)))


def visits_ahead(reading: Reading, case_id: str) -> tuple[Visit, ...]:
    """Give the latest step of each visit of a case that nobody has said the outcome of, soonest first."""
    last: dict[str, Visit] = {}
    for step in sorted(reading.all_of(Visit, case_id=case_id), key=lambda visit: (visit.recorded_at, visit.id)):
        last[step.visit_id] = step
    ahead = [visit for visit in last.values() if visit.step not in OVER]
    return tuple(sorted(ahead, key=lambda visit: (visit.starts_at is None, visit.starts_at, visit.id)))


def _clock_line(clock: Clock, attempts: Sequence[ContactAttempt], now: datetime, calendars: Calendars) -> ClockLine:
    standing = clock_standing(clock, attempts, now, calendars)
    runs = clock.ended_at is None and clock.state in (ClockState.RUNNING, ClockState.MISSED)
    promised = stored_due(clock.rule, clock.due_on, clock.due_at)
    number = days_left(promised, now, calendars)
    unit = "working day" if number > 0 and counts_working_days(promised, now, calendars) else "day"
    if promised.at is not None and abs(promised.at - now).days < 2:
        number, unit = int((promised.at - now).total_seconds() // 3600), "hour"
    whole = (clock.due_at - clock.starts_at).total_seconds()
    left = (clock.due_at - now).total_seconds()
    return ClockLine(
        clock=clock,
        due=due_words(promised),
        standing=standing.words,
        left=standing.left,
        tone=standing.tone,
        number=number,
        unit=unit,
        part_left=min(1.0, max(0.0, left / whole)) if whole > 0 else 0.0,
        runs=runs,
    )


def _marks(view: CaseView, line: ServiceLine, now: datetime) -> tuple[Mark, ...]:
    """The tags beside the title: stage, priority, warnings, and what the people in the case need."""
    case = view.case
    tones = {StageKind.OPEN: "purple", StageKind.WAITING: "yellow", StageKind.CLOSED: "neutral"}
    stage = line.stage(case.stage)
    marks = [Mark(stage.title, tones[stage.kind])]
    if case.status is CaseStatus.OPEN and case.priority is not Priority.NORMAL:
        marks.append(Mark(f"{case.priority.value.capitalize()} priority", "red"))
    answered = {answer.question: answer for answer in view.answers if answer.state is AnswerState.ANSWERED}
    for field in line.fields:
        if field.sensitive and field.code in answered and field.choices:
            codes = answered[field.code].value.split(",")
            marks += [Mark(choice.title) for choice in field.choices if choice.code in codes and choice.code != "none"]
    if flags_in_force(view.flags, now):
        marks.append(Mark("Warning", "orange"))
    if view.conflicts:
        marks.append(Mark(f"{counted(len(view.conflicts), 'value')} to settle", "purple"))
    return tuple(marks)


def _banners(view: CaseView, now: datetime) -> tuple[PersonBanner, ...]:
    found = []
    for party in {party.details.person.id: party for party in reversed(view.parties)}.values():
        details = party.details
        said = banner(details.person, details.safe_contact, details.flags, details.addresses, now)
        is_subject = party.participant.role is Role.SUBJECT
        if said.headline and (is_subject or said.tone in ("red", "orange")):
            found.append(PersonBanner("" if is_subject else details.person.full_name, said))
    return tuple(sorted(found, key=lambda each: (each.name != "", each.banner.tone != "red")))


def _moves(reading: Reading, desk: Desk, view: CaseView, line: ServiceLine) -> tuple[MoveChoice, ...]:
    have = have_of(reading, desk, view.case, line, "")
    closed = line.stage(view.case.stage).kind is StageKind.CLOSED
    return tuple(
        MoveChoice(
            move=move,
            to_title=line.stage(move.end).title,
            help=line.stage(move.end).help,
            missing=unmet_needs(line, move, have),
            asks=tuple(
                line.field(need.what)
                for need in move.needs
                if need.kind is NeedKind.FIELD and need.what not in have.answered
            ),
            needs_reason=any(need.kind is NeedKind.REASON for need in move.needs),
            reopens=closed,
            closes=line.stage(move.end).kind is StageKind.CLOSED,
        )
        for move in moves_from(line, view.case.stage)
    )


def _questions(view: CaseView, line: ServiceLine) -> tuple[Question, ...]:
    answers = {answer.question: answer for answer in view.answers}
    asked = [field.code for field in fields_at(line, view.case.stage)]
    fields = [field for field in line.fields if field.code in asked or field.code in answers]
    found = []
    for field in fields:
        answer = answers.get(field.code)
        found.append(Question(field, answer, answer_words(field, answer.state, answer.value) if answer else ""))
    return tuple(found)


def _barred(view: CaseView, now: datetime) -> tuple[Method, ...]:
    """Ways of contact that a safe-contact rule of the subject forbids."""
    if view.subject is None:
        return ()
    person, rules = view.subject.person, view.subject.safe_contact
    return tuple(method for method, channel in CHANNEL_OF.items() if not may_use(channel, person, rules, now).allowed)


def _resident(subject: PersonView, now: datetime) -> tuple[Fact, ...]:
    facts = resident_facts(subject.details, now)
    if not subject.household:
        return facts
    return (*facts, Fact("users", f"{counted(len(subject.household) + 1, 'person', 'people')} in household"))


def resident_facts(details: PersonDetails, now: datetime) -> tuple[Fact, ...]:
    """Say where and how a person is reached and what they need."""
    return (*_reach(details, now), *_needs(details))


def _reach(details: PersonDetails, now: datetime) -> list[Fact]:
    """Where and how the person is reached, saying what must not be used."""
    facts = []
    address = details.current_address
    if address is not None:
        facts.append(Fact("eye-off" if address.confidential else "map-pin", address_words(address)))
    icons = {Channel.PHONE: "phone", Channel.TEXT: "message-square", Channel.EMAIL: "mail"}
    for point in details.contact_points:
        if point.ended_on is None and point.channel in icons:
            allowed = may_use(point.channel, details.person, details.safe_contact, now).allowed
            words = f"{point.value}{f', {point.label}' if point.label else ''}"
            facts.append(Fact(icons[point.channel], words if allowed else f"{words}: do not use", warns=not allowed))
    return facts


def _needs(details: PersonDetails) -> list[Fact]:
    person, facts = details.person, []
    spoken = ", ".join(dict.fromkeys(filter(None, (person.language_spoken, person.language_written))))
    if spoken or person.interpreter:
        needed = "Needs an interpreter" if person.interpreter else "No interpreter needed"
        facts.append(Fact("languages", f"{spoken}. {needed}" if spoken else needed))
    if person.letter_format is not Format.STANDARD:
        points = f", {person.print_points} point" if person.print_points else ""
        words = person.letter_format.value.replace("-", " ").capitalize()
        facts.append(Fact("accessibility", f"{words} letters{points}"))
    facts += [Fact("accessibility", need) for need in person.support_needs]
    return facts


def address_words(address: Address) -> str:
    """Say an address on one line, its postcode never broken; a confidential one is not said."""
    if address.confidential:
        return MASKED_ADDRESS
    postcode = address.postcode.replace(" ", "\u00a0")
    lines = (address.line_1, address.line_2, address.line_3, f"{address.town} {postcode}".strip())
    return ", ".join(filter(None, lines)) or address.purpose.value.replace("-", " ").capitalize()


def also_mark(row: CaseRow, now: datetime) -> Mark:
    """Say how another case of the person stands: how near its date is, else its stage."""
    tag = due_tag(row.due_on, row.due_at, now)
    return Mark(tag.words, tag.tone) if tag.words else Mark(row.stage.replace("-", " ").capitalize())


def task_mark(task: Task, now: datetime) -> Mark:
    """Say how a task stands."""
    if task.done_at is not None:
        return Mark(f"Done {when(task.done_at, now)}", "green")
    if task.do_by is None:
        return Mark("No date")
    late = (uk_date(now) - task.do_by).days
    if late > 0:
        return Mark(f"{counted(late, 'day')} overdue", "red")
    return Mark("Due today", "orange") if late == 0 else Mark(f"By {short_date(task.do_by)}")


def visit_words(visit: Visit, names: Mapping[str, str], now: datetime) -> str:
    """Say when a booked visit is, and who goes."""
    at = when(visit.starts_at, now) if visit.starts_at else "No time yet"
    goes = names.get(visit.officer_id, "")
    return f"{at}, {goes}" if goes else at
