"""What a case's page says, put into the parts of the window: moments, lines, marks. Nothing is decided here."""

from __future__ import annotations

from datetime import timedelta

from almoner.casework.case_page import CasePage, Mark, address_words, task_mark, visit_words
from almoner.desktop.look.tokens import TONES, Tone
from almoner.desktop.parts.line_items import Item
from almoner.desktop.parts.timeline import Moment
from almoner.records.cases import Role
from almoner.rules.words import counted, when
from almoner.store.timeline import TimelineEntry

_LATER = timedelta(minutes=5)
ROLE_WORDS = {
    Role.SUBJECT: "Whom it is about",
    Role.REPORTER: "Reported it",
    Role.REPRESENTATIVE: "Acts for them",
    Role.HOUSEHOLD: "Lives there",
    Role.PROFESSIONAL: "Works on it",
}


def tone_of(tone: str) -> Tone:
    """Return a tone of the palette by its name."""
    assert tone in TONES, "the rules know the palette"
    return tone


def moments_of(page: CasePage) -> tuple[Moment, ...]:
    """Return the timeline to paint."""
    return tuple(_moment(entry, page) for entry in page.moments)


def _moment(entry: TimelineEntry, page: CasePage) -> Moment:
    at = when(entry.at, page.read_at)
    if entry.recorded_at - entry.at > _LATER and entry.record_kind != "clock":
        at += f", recorded {when(entry.recorded_at, page.read_at)}"
    return Moment(
        id=f"{entry.record_kind}-{entry.record_id}-{entry.heading}",
        icon=entry.icon,
        title=entry.heading,
        by=entry.who,
        at=at,
        words=entry.text,
        tag="" if entry.tag == "Clock" else entry.tag,
        tone=tone_of(entry.tone),
        is_unsent=not entry.sent,
    )


def task_items(page: CasePage) -> tuple[Item, ...]:
    """Return the tasks as lines, those to do first."""
    return tuple(
        Item(
            id=task.id,
            icon="square-check" if task.done_at else "list-checks",
            title=task.title,
            second=page.view.names.get(task.done_by or task.owner_id, ""),
            tag=(mark := task_mark(task, page.read_at)).words,
            tone=tone_of(mark.tone),
            acts=() if task.done_at else (("finish", "Done"),),
        )
        for task in page.view.tasks
    )


def visit_items(page: CasePage) -> tuple[Item, ...]:
    """Return the visits ahead as lines."""
    return tuple(
        Item(
            id=visit.visit_id,
            icon="calendar-clock",
            title=f"Visit {visit_words(visit, {user.id: user.full_name for user in page.officers}, page.read_at)}",
            second=visit.purpose,
            acts=(("visit", "Say how it went"),),
        )
        for visit in page.visits
    )


def letter_items(page: CasePage) -> tuple[Item, ...]:
    """Return the letters as lines, newest first."""
    return tuple(
        Item(
            id=letter.id,
            icon="mail",
            title=letter.title,
            second=f"{page.view.names.get(letter.author_id, '')} · {when(letter.recorded_at, page.read_at)} · "
            f"{counted(letter.pages, 'page')}",
            tag=letter.status.replace("-", " ").capitalize(),
            tone="green" if letter.status in ("printed", "posted", "handed-over", "saved") else "neutral",
            acts=(("letter", "Open"),),
        )
        for letter in page.view.letters
    )


def file_items(page: CasePage) -> tuple[Item, ...]:
    """Return the files as lines, newest first."""
    names = page.view.names
    return tuple(
        Item(
            id=each.id,
            icon="image" if each.media_type.startswith("image/") else "paperclip",
            title=each.name,
            second=" · ".join(
                filter(
                    None,
                    (
                        each.description,
                        names.get(each.author_id),
                        when(each.happened_at, page.read_at),
                        _size(each.size),
                    ),
                )
            ),
            tag="Original seen" if each.original_seen else "",
            tone="green",
        )
        for each in page.files
    )


def people_items(page: CasePage) -> tuple[Item, ...]:
    """Return everyone in the case as lines."""
    items = []
    for party in page.view.parties:
        address = party.details.current_address
        born = party.details.person.date_of_birth
        second = " · ".join(
            filter(
                None,
                (
                    ROLE_WORDS[party.participant.role],
                    party.participant.authority,
                    f"born {born}" if born else "",
                    address_words(address) if address else "",
                ),
            )
        )
        is_safe = bool(party.details.safe_contact) and any(r.ended_on is None for r in party.details.safe_contact)
        items.append(
            Item(
                id=party.details.person.id,
                icon="user",
                title=party.details.person.full_name,
                second=second,
                tag="Safe contact only" if is_safe else "",
                tone="red",
                acts=(("person", "Open"),),
            )
        )
    return tuple({item.id: item for item in items}.values())


def answer_items(page: CasePage) -> tuple[Item, ...]:
    """Return what the case says of itself, then the questions with their answers, as lines."""
    case = page.view.case
    team = page.view.team.name if page.view.team else "No team"
    facts = [
        ("Kind of report", page.kind, "flag"),
        ("Owner", page.view.owner.full_name if page.view.owner else "Nobody yet", "user"),
        ("Team", team, "users"),
        ("Shared", page.shared, "users"),
        ("Council became aware", when(case.aware_at, page.read_at), "clock"),
        ("Logged", f"{when(case.recorded_at, page.read_at)}, {page.view.names.get(case.opened_by, '')}", "pencil"),
        ("Place", case.place, "map-pin"),
        ("What we understood", case.summary, "message-square"),
        ("Outcome", case.outcome, "circle-check"),
    ]
    items = [Item(id=title, icon=icon, title=title, second=words) for title, words, icon in facts if words]
    items += [
        Item(
            id=question.field.code,
            icon="circle-help" if not question.words else "check",
            title=question.field.label,
            second=question.words or "No answer yet",
            tag="To ask" if question.is_open else "",
            tone="yellow",
        )
        for question in page.questions
    ]
    return tuple(items)


def mark_tone(mark: Mark) -> Tone:
    """Return the tone of a mark."""
    return tone_of(mark.tone)


def reference_words(page: CasePage) -> str:
    """Say reference and service."""
    return f"{page.view.case.reference}  ·  {page.line.title}"


def _size(size: int) -> str:
    return f"{max(1, round(size / 1024)):,} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:,.1f} MB"
