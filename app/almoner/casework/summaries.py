"""The case summary for the file: the words of one case, chosen for whoever reads the paper."""

from __future__ import annotations

from almoner.casework.clocks import clock_standing, line_of
from almoner.casework.ports import Desk
from almoner.paper.summary import (
    CaseSummary,
    SummaryClock,
    SummaryEntry,
    SummaryPaper,
    SummaryPerson,
    SummaryTask,
)
from almoner.records import Attachment, Case, Clock, ContactAttempt, ContactPoint, Letter, Task
from almoner.records.cases import Role
from almoner.records.people import Channel
from almoner.rules.answers import answer_words
from almoner.rules.clocks import due_words, stored_due
from almoner.rules.mentions import masked_text
from almoner.rules.safety import banner, may_use, rules_in_force
from almoner.rules.service_line import ServiceLine
from almoner.rules.words import date_and_time, short_date, uk_date
from almoner.store.timeline import timeline
from almoner.store.views import CaseView, Party, PersonDetails, case_view
from almoner.store.writing import Reading

MOST_MOMENTS = 500
WITHHELD = "Address withheld"

_ROLES = {
    Role.SUBJECT: "About",
    Role.REPORTER: "Reported by",
    Role.REPRESENTATIVE: "Acts for them",
    Role.HOUSEHOLD: "Household",
    Role.PROFESSIONAL: "Professional",
}


def case_summary(reading: Reading, desk: Desk, case_id: str) -> CaseSummary:
    """Give everything a printed summary of a case says. Confidential addresses are withheld wherever they stand."""
    view = case_view(reading, case_id)
    case, line, now = view.case, line_of(desk, view.case), desk.clock.now()
    hidden = [a for party in view.parties for a in party.details.addresses if a.confidential]
    attempts = reading.all_of(ContactAttempt, case_id=case_id)
    moments = timeline(reading, case_id, MOST_MOMENTS)
    return CaseSummary(
        council=desk.council.name,
        reference=case.reference,
        title=masked_text(case.title, hidden),
        service=f"{line.title}: {line.case_kind(case.case_kind).title}" if case.case_kind else line.title,
        stage=line.stage(case.stage).title,
        opened=date_and_time(case.aware_at),
        place=masked_text(case.place, hidden) or "Not recorded",
        officer=view.owner.full_name if view.owner else "Nobody yet",
        team=view.team.name if view.team else "",
        printed_by=desk.me.full_name,
        printed_at=date_and_time(now),
        account=masked_text(case.summary, hidden),
        warnings=_warnings(view, desk),
        answers=_answers(view, line),
        people=tuple(_person(party, desk) for party in view.parties),
        clocks=tuple(_clock(clock, attempts, desk) for clock in _by_start(view.clocks)),
        tasks=tuple(_task(task, view) for task in view.tasks),
        letters=tuple(_letter(letter) for letter in view.letters),
        attachments=tuple(_file(each) for each in view.attachments if not _is_letter(each, view)),
        timeline=tuple(
            SummaryEntry(
                when=date_and_time(each.at),
                kind=each.heading,
                text=masked_text(each.text, hidden),
                who=each.who,
            )
            for each in moments
        ),
    )


def _warnings(view: CaseView, desk: Desk) -> tuple[str, ...]:
    """Say what to mind about the people of the case; the paper may lie on a desk, so no address is in it."""
    found: dict[str, None] = {}
    for party in view.parties:
        details = party.details
        shown = banner(details.person, details.safe_contact, details.flags, details.addresses, desk.clock.now())
        if shown.tone in ("red", "orange"):
            found[f"{details.person.full_name}: {shown.headline}. {' '.join(shown.lines)}"] = None
    return tuple(found)


def _answers(view: CaseView, line: ServiceLine) -> tuple[tuple[str, str], ...]:
    by_question = {answer.question: answer for answer in view.answers}
    return tuple(
        (field.label, answer_words(field, by_question[field.code].state, by_question[field.code].value))
        for field in line.fields
        if field.code in by_question
    )


def _person(party: Party, desk: Desk) -> SummaryPerson:
    details = party.details
    shown = banner(details.person, (), (), (), desk.clock.now())
    return SummaryPerson(
        name=details.person.full_name,
        role=_ROLES[party.participant.role],
        contact=_contact(details, desk),
        needs=" ".join(shown.lines),
    )


def _contact(details: PersonDetails, desk: Desk) -> str:
    """Say how a person may be reached, leaving out every way that safe contact forbids."""
    now, ways = desk.clock.now(), []
    rules = rules_in_force(details.safe_contact, now)
    address = details.current_address
    if address and may_use(Channel.POST, details.person, rules, now).allowed:
        lines = (address.line_1, address.line_2, address.line_3, address.town, address.postcode)
        ways.append(WITHHELD if address.confidential else ", ".join(line for line in lines if line))
    ways += [_point(p) for p in details.contact_points if may_use(p.channel, details.person, rules, now).allowed]
    return "; ".join(way for way in ways if way)


def _point(point: ContactPoint) -> str:
    if point.ended_on:
        return ""
    return f"{point.value} ({point.label})" if point.label else point.value


def _by_start(clocks: tuple[Clock, ...]) -> list[Clock]:
    return sorted(clocks, key=lambda clock: (clock.starts_at, clock.due_at))


def _clock(clock: Clock, attempts: tuple[ContactAttempt, ...], desk: Desk) -> SummaryClock:
    standing = clock_standing(clock, attempts, desk.clock.now(), desk.calendars)
    promised = ""
    if clock.promised_on and clock.promised_on != clock.due_on:
        promised = f" Promised at first: {short_date(clock.promised_on)}."
    return SummaryClock(
        label=clock.title,
        due=due_words(stored_due(clock.rule, clock.due_on, clock.due_at)),
        state=standing.words[:1].upper() + standing.words[1:],
        why=f"{clock.why}.{promised}",
    )


def _task(task: Task, view: CaseView) -> SummaryTask:
    return SummaryTask(
        text=task.title,
        who=view.names.get(task.owner_id, ""),
        due=short_date(task.do_by) if task.do_by else "",
        state=f"Done {short_date(uk_date(task.done_at))}" if task.done_at else "To do",
    )


def _letter(letter: Letter) -> SummaryPaper:
    return SummaryPaper(
        title=letter.title, when=date_and_time(letter.recorded_at), remark=letter.status.replace("-", " ").capitalize()
    )


def _file(each: Attachment) -> SummaryPaper:
    size = f"{max(each.size // 1024, 1)} KB"
    seen = ", original seen" if each.original_seen else ""
    return SummaryPaper(title=each.description or each.name, when=date_and_time(each.happened_at), remark=size + seen)


def _is_letter(each: Attachment, view: CaseView) -> bool:
    return any(letter.attachment_id == each.id for letter in view.letters)


def summary_name(case: Case) -> str:
    """Give the file name under which a summary is saved."""
    return f"Case summary {case.reference}.pdf"
