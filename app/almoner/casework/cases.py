"""Cases: logged with the time the council became aware, moved through their stages, assigned, closed and reopened."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from almoner.casework.clocks import (
    FAILED,
    SENT,
    Turned,
    end_all,
    known_answers,
    line_of,
    raise_event,
    recompute,
    sentences,
)
from almoner.casework.fields import made, needed, sound
from almoner.casework.ports import Desk
from almoner.casework.times import happened, not_before
from almoner.records import (
    Answer,
    Attachment,
    Case,
    Clock,
    ContactAttempt,
    Letter,
    LetterEvent,
    Participant,
    Person,
    StageChange,
    Team,
    User,
)
from almoner.records.cases import AnswerState, CaseStatus, Priority, Role
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.rules.answers import tidy_answer
from almoner.rules.references import RANDOM_BITS, make_reference
from almoner.rules.service_line import ServiceLine
from almoner.rules.stages import Have, check_move, events_of_move, events_of_opening, is_closing
from almoner.rules.words import full_date, plain_date, uk_date
from almoner.store.writing import Reading, Writing

MOST_TRIES = 20
MOST_ANSWERS = 200
MOST_PARTICIPANTS = 50


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it is given: a value, or a state such as not known."""

    value: str = ""
    state: AnswerState = AnswerState.ANSWERED


@dataclass(frozen=True, slots=True)
class Logged:
    """A new case, its clocks, one sentence that says what is due when and why, and anything worth a second look."""

    case: Case
    clocks: tuple[Clock, ...]
    sentence: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Moved:
    """A case after a move, the record of the move, and the clocks it started and ended."""

    case: Case
    change: StageChange
    started: tuple[Clock, ...]
    ended: tuple[Clock, ...]
    sentence: str


def log_case(
    tx: Writing,
    desk: Desk,
    *,
    service: str,
    case_kind: str,
    title: str = "",
    summary: str = "",
    subject_id: str = "",
    reporter_id: str = "",
    household_ids: Sequence[str] = (),
    aware_at: datetime | None = None,
    answers: Mapping[str, str | Given] | None = None,
    team_id: str = "",
    owner_id: str = "",
    priority: Priority | None = None,
    origin: str = "",
    place: str = "",
    uprn: str = "",
    longitude: float | None = None,
    latitude: float | None = None,
    source_reference: str = "",
    case_id: str = "",
    look_for_similar: bool = True,
) -> Logged:
    """Log a case from the time the council became aware, start its clocks, and say what is due in one sentence.

    `case_id` is given by an import, so that a second run finds the first. Raises Trouble, naming the field, for a time
    that cannot be, an unknown kind, an answer that is none, or a person who is not on this device.
    """
    at = happened(tx, aware_at, "Council became aware")
    line = line_for(desk, service, at)
    kind = line.case_kind(case_kind)
    similar = similar_cases(tx, line, subject_id, place, tx.now) if look_for_similar else ()
    warnings = tuple(duplicate_words(line, case) for case in similar)
    case = made(
        Case,
        id=case_id or desk.ids.new(),
        reference=new_reference(tx, desk),
        service=line.code,
        service_version=line.version,
        case_kind=kind.code,
        title=title.strip() or f"{line.title}: {kind.title.lower()}",
        summary=summary,
        stage=line.first_stage.code,
        priority=priority or kind.priority,
        origin=origin,
        team_id=team_id or team_for(tx, desk, service),
        owner_id=owner_id,
        place=place,
        uprn=uprn,
        longitude=longitude,
        latitude=latitude,
        source_reference=source_reference,
        opened_by=desk.me.id,
        aware_at=at,
        recorded_at=tx.now,
    )
    tx.add(case)
    _add_people(tx, desk, case, subject_id, reporter_id, household_ids)
    assert len(answers or {}) <= MOST_ANSWERS, "more answers than any service line has questions"
    for question, answer in (answers or {}).items():
        _put_answer(tx, line, case, question, answer if isinstance(answer, Given) else Given(answer))
    turned = Turned()
    for event in events_of_opening(line):
        turned += raise_event(tx, desk, case, line, event, at)
    return Logged(case, turned.started, opening_words(line, at, turned.started, tx.now), warnings)


def line_for(desk: Desk, service: str, at: datetime) -> ServiceLine:
    """Give the version of a service line for a report the council became aware of at an instant.

    A report older than the oldest version is worked under that version, without its clocks.
    """
    versions = desk.lines.versions(service)
    if not versions:
        raise Trouble(f"There is no service line “{service}”.", f"Use one of {', '.join(desk.lines.codes)}.")
    return desk.lines.current(service, max(uk_date(at), versions[0].effective_from))


def new_reference(reading: Reading, desk: Desk) -> str:
    """Make a case reference that this device has not seen; across devices 40 random bits keep them apart."""
    for _ in range(MOST_TRIES):
        reference = make_reference(desk.council.prefix, desk.ids.bits(RANDOM_BITS))
        if not reading.all_of(Case, reference=reference, limit=1):
            return reference
    raise Trouble("No free case reference was found.", "Save again. If it happens twice, tell your IT service desk.")


def team_for(reading: Reading, desk: Desk, service: str) -> str:
    """Give the team a new case goes to: the officer's own when it does this service, else the first that does."""
    teams = reading.all_of(Team, order="name")
    does = [team.id for team in teams if service in team.services]
    if desk.me.team_id in does or not does:
        return desk.me.team_id
    return does[0]


def similar_cases(reading: Reading, line: ServiceLine, subject_id: str, place: str, now: datetime) -> tuple[Case, ...]:
    """Give the cases of this service that a new one may repeat: the same person, or the same address."""
    same = line.duplicates.same if line.duplicates else ("person",)
    oldest = (
        now - timedelta(days=line.duplicates.within_days) if line.duplicates and line.duplicates.within_days else None
    )
    found: dict[str, Case] = {}
    if subject_id:
        for part in reading.all_of(Participant, person_id=subject_id, role=Role.SUBJECT):
            case = reading.find(Case, part.case_id)
            if case and case.service == line.code:
                found[case.id] = case
    if place.strip() and {"address", "place"} & set(same):
        for case in reading.all_of(Case, service=line.code, place=place.strip(), limit=20):
            found[case.id] = case
    open_only = line.duplicates.open_only if line.duplicates else True
    return tuple(
        case
        for case in found.values()
        if (case.status is CaseStatus.OPEN or not open_only) and (oldest is None or case.aware_at >= oldest)
    )


def duplicate_words(line: ServiceLine, case: Case) -> str:
    """Say that a case may be there already."""
    message = line.duplicates.message if line.duplicates else "A case for this service is already open for this person."
    return f"{case.reference}, opened {plain_date(uk_date(case.aware_at))}: {message}"


def record_answer(
    tx: Writing, desk: Desk, case_id: str, question: str, value: str = "", *, state: AnswerState = AnswerState.ANSWERED
) -> Answer:
    """Keep an answer to a question of the service line; clocks that depend on it start or end."""
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    answer = _put_answer(tx, line, case, question, Given(value, state))
    if any(question == field for clock in line.clocks for field, _ in clock.when):
        recompute(tx, desk, case.id, f"“{line.field(question).label}” was answered")
    return answer


def judge_again(tx: Writing, desk: Desk, case_id: str, case_kind: str, *, reason: str) -> Moved:
    """Change the kind of a case, such as from potential hazard to emergency; clocks follow from when we first knew."""
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    kind = line.case_kind(case_kind)
    why = needed(reason, "Why", "Say what was seen or said.")
    changed = replace(case, case_kind=kind.code, priority=kind.priority)
    tx.save(changed)
    change = _change(desk, tx, case, case.stage, case.stage, f"Judged again as {kind.title.lower()}: {why}", tx.now)
    tx.add(change)
    turned = recompute(tx, desk, case.id, f"Judged again: {kind.title.lower()}")
    return Moved(changed, change, turned.started, turned.ended, sentences(turned.started))


def move_case(
    tx: Writing,
    desk: Desk,
    case_id: str,
    to_stage: str,
    *,
    reason: str = "",
    happened_at: datetime | None = None,
    approved_by: str = "",
) -> Moved:
    """Move a case to another stage when the service line has such a move and its needs are met.

    The events of the move end and start clocks. At a closing stage the case closes; leaving one reopens it, with new
    clocks, the old ones staying as they ended. Raises Trouble that says what is missing.
    """
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    at = happened(tx, happened_at)
    not_before(at, case.aware_at, "Happened", "Council became aware")
    move = check_move(line, case.stage, to_stage, have_of(tx, desk, case, line, reason, approved_by))
    closing = is_closing(line, to_stage)
    changed = replace(
        case,
        stage=to_stage,
        status=CaseStatus.CLOSED if closing else CaseStatus.OPEN,
        closed_at=at if closing else None,
        outcome=reason.strip()[:200] if closing else "" if case.closed_at else case.outcome,
    )
    tx.save(sound(changed))
    change = _change(desk, tx, case, case.stage, to_stage, reason, at)
    tx.add(change)
    turned = Turned()
    for event in events_of_move(line, move):
        turned += raise_event(tx, desk, changed, line, event, at)
    if closing:
        turned += Turned((), end_all(tx, changed, at, "Case closed"))
    return Moved(changed, change, turned.started, turned.ended, sentences(turned.started))


def have_of(reading: Reading, desk: Desk, case: Case, line: ServiceLine, reason: str, approved_by: str = "") -> Have:
    """Gather what a case has to show when it is moved."""
    attachments = [each.description for each in reading.all_of(Attachment, case_id=case.id)]
    sent = {e.letter_id for e in reading.all_of(LetterEvent, case_id=case.id) if e.step in SENT}
    approver = reading.find(User, approved_by) if approved_by else desk.me
    return Have(
        reason=reason,
        approved=approver is not None and approver.role is not StaffRole.CASEWORKER,
        attempts=sum(each.result in FAILED for each in reading.all_of(ContactAttempt, case_id=case.id)),
        answered=tuple(known_answers(reading.all_of(Answer, case_id=case.id))),
        evidence=tuple(e.code for e in line.evidence if any(words.startswith(e.title) for words in attachments)),
        letters=tuple(letter.template for letter in reading.all_of(Letter, case_id=case.id) if letter.id in sent),
    )


def close_case(tx: Writing, desk: Desk, case_id: str, *, reason: str, happened_at: datetime | None = None) -> Moved:
    """Close a case by the one closing stage its service line has."""
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    ends = [stage.code for stage in line.stages if is_closing(line, stage.code)]
    near = [code for code in ends if any(m.start == case.stage and m.end == code for m in line.moves)]
    return move_case(tx, desk, case_id, (near or ends)[0], reason=reason, happened_at=happened_at)


def reopen_case(tx: Writing, desk: Desk, case_id: str, *, reason: str, happened_at: datetime | None = None) -> Moved:
    """Reopen a closed case by the move its service line has; a new clock starts, the old ones stay as they ended."""
    case = tx.get(Case, case_id)
    line = line_of(desk, case)
    if case.status is not CaseStatus.CLOSED:
        raise Trouble("This case is open already.", "Carry on with it.")
    onward = [move.end for move in line.moves if move.start == case.stage and not is_closing(line, move.end)]
    if not onward:
        raise Trouble(f"“{line.title}” cannot reopen a case.", "Log a new case and link it in a note.")
    return move_case(tx, desk, case_id, onward[0], reason=reason, happened_at=happened_at)


def assign_case(tx: Writing, desk: Desk, case_id: str, *, owner_id: str = "", team_id: str = "") -> Case:
    """Give a case to an officer, to a team, or to both; an empty owner puts it back into the team's pile."""
    case = tx.get(Case, case_id)
    owner = tx.find(User, owner_id) if owner_id else None
    if owner_id and (owner is None or not owner.active):
        raise Trouble("This officer does not work here.", "Choose another officer.", "Owner")
    if team_id and tx.find(Team, team_id) is None:
        raise Trouble("This team is not known.", "Choose another team.", "Team")
    changed = replace(case, owner_id=owner_id, team_id=team_id or case.team_id)
    tx.save(changed)
    return changed


def add_participant(
    tx: Writing, desk: Desk, case_id: str, person_id: str, role: Role, authority: str = ""
) -> Participant:
    """Put a person on a case; the same person in the same role is put there once."""
    case, person = tx.get(Case, case_id), tx.get(Person, person_id)
    there = tx.all_of(Participant, case_id=case.id, limit=MOST_PARTICIPANTS)
    for each in there:
        if each.person_id == person.id and each.role is role and each.until is None:
            return each
    if len(there) >= MOST_PARTICIPANTS:
        raise Trouble(f"This case has {MOST_PARTICIPANTS} people already.", "Take one off first.")
    if role is Role.REPRESENTATIVE and not authority.strip():
        raise Trouble("It is not said by what authority this person acts.", "Say so: appointee, attorney, consent …")
    participant = made(
        Participant, id=desk.ids.new(), case_id=case.id, person_id=person.id, role=role, authority=authority
    )
    tx.add(participant)
    return participant


def answer_id(case_id: str, question: str) -> str:
    """Give the id of the answer to a question of a case: the same on every device, so that copies merge."""
    return str(uuid.uuid5(uuid.UUID(case_id), question))


def _put_answer(tx: Writing, line: ServiceLine, case: Case, question: str, given: Given) -> Answer:
    value = tidy_answer(line.field(question), given.state, given.value, uk_date(case.aware_at))
    key = answer_id(case.id, question)
    known = tx.find(Answer, key)
    if known is None:
        answer = made(Answer, id=key, case_id=case.id, question=question, state=given.state, value=value)
        tx.add(answer)
        return answer
    answer = sound(replace(known, state=given.state, value=value))
    tx.save(answer)
    return answer


def _add_people(
    tx: Writing, desk: Desk, case: Case, subject_id: str, reporter_id: str, household_ids: Sequence[str]
) -> None:
    roles = [(subject_id, Role.SUBJECT), (reporter_id if reporter_id != subject_id else "", Role.REPORTER)]
    roles += [(person_id, Role.HOUSEHOLD) for person_id in household_ids]
    for person_id, role in roles:
        if person_id:
            add_participant(tx, desk, case.id, person_id, role)


def _change(
    desk: Desk, tx: Writing, case: Case, from_stage: str, to_stage: str, reason: str, at: datetime
) -> StageChange:
    return made(
        StageChange,
        id=desk.ids.new(),
        case_id=case.id,
        from_stage=from_stage,
        to_stage=to_stage,
        reason=reason,
        author_id=desk.me.id,
        happened_at=at,
        recorded_at=tx.now,
    )


def opening_words(line: ServiceLine, aware_at: datetime, clocks: Sequence[Clock], now: datetime) -> str:
    """Say what runs when a case is opened, or why nothing does."""
    if uk_date(aware_at) < line.effective_from:
        return f"No clock runs: these rules are for reports from {full_date(line.effective_from)}."
    if not clocks:
        return "No clock runs for this kind of report."
    late = any(clock.due_at <= now for clock in clocks)
    return sentences(clocks) + (" Overdue on discovery: act now." if late else "")
