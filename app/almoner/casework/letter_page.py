"""Everything one page about a letter shows: its pages as they will print, what went in, its checks, what may be done.

One definition for a letter not yet filed, a letter on file and the case summary; nothing here is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from almoner.casework.fields import needed
from almoner.casework.letter_checks import Check
from almoner.casework.letter_facts import blank_values, letter_facts
from almoner.casework.letters import LetterDraft, check_at_print, draft_letter, print_profile
from almoner.casework.ports import Desk
from almoner.casework.summaries import case_summary, summary_name
from almoner.paper.faces import load_faces
from almoner.paper.letters import render_letter
from almoner.paper.profiles import PrintProfile, Zone, ever_visible
from almoner.paper.reading_back import text_of
from almoner.paper.summary import render_summary
from almoner.records import Attachment, Case, Letter, LetterEvent, Person, User
from almoner.records.events import LetterStep
from almoner.records.people import Format
from almoner.records.trouble import Trouble
from almoner.rules.letter_words import letter_standing, step_words
from almoner.rules.words import counted, when
from almoner.store.reading import Reading

SUMMARY = "case-summary"
"""Asks for the case summary where a letter's code or id is asked for."""

_MAY_BE_TYPED = frozenset({"typed", "case.summary", "case.place", "person.salutation"})
"""Blanks an officer may put into other words; dates and promises come from the clocks alone."""

_LONG = frozenset({"typed", "case.summary"})
_OUT = frozenset({LetterStep.POSTED, LetterStep.HANDED_OVER, LetterStep.CANCELLED})
_FORMATS = {
    Format.STANDARD: "Standard print, 12 point",
    Format.LARGE_PRINT: "Large print",
    Format.EASY_READ: "Easy Read, ordered from the supplier",
    Format.BRAILLE: "Braille, ordered from the supplier",
    Format.AUDIO: "Audio, ordered from the supplier",
    Format.OTHER: "Another form, ordered from the supplier",
}


class Act(StrEnum):
    """What may be done with a paper just now."""

    FILE = "file"
    PRINT = "print"
    SAVE = "save"
    RELEASE = "release"
    POST = "post"
    HAND_OVER = "hand-over"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class FilledBlank:
    """A blank of a letter and the words in it. `editable`: an officer may type others; `lacking`: must be filled;
    `long`: wants room for several lines."""

    name: str
    means: str
    words: str
    editable: bool
    lacking: bool
    long: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A step in the life of a letter, in words."""

    what: str
    who: str
    when: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class PaperPage:
    """A paper of a case as a screen shows it. `pdf` is empty when it cannot be drawn yet, and `no_preview` says why.

    `window` is the part of page 1 that can show in the envelope's window, in millimetres.
    """

    case_id: str
    reference: str
    title: str
    about: str
    status: str
    tone: str
    file_name: str
    pdf: bytes = field(repr=False, default=b"")
    no_preview: str = ""
    text: str = field(repr=False, default="")
    window: Zone | None = None
    checks: tuple[Check, ...] = ()
    blanks: tuple[FilledBlank, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    history: tuple[Moment, ...] = ()
    acts: frozenset[Act] = frozenset()
    draft: LetterDraft | None = None
    letter: Letter | None = None
    held: str = ""

    @property
    def stopped_by(self) -> tuple[Check, ...]:
        """The checks that stand in the way."""
        return tuple(check for check in self.checks if check.stops)


def paper_page(
    reading: Reading, desk: Desk, case_id: str, part: str, typed: Mapping[str, str] | None = None
) -> PaperPage:
    """Give the page of a paper: `part` is "case-summary", the id of a letter on file, or the code of one to write.

    Raises Trouble when the case or letter is not on this computer, or the service line may not send it.
    """
    if part == SUMMARY:
        return _summary_page(reading, desk, case_id)
    letter = reading.find(Letter, part)
    if letter is not None:
        return _letter_page(reading, desk, letter)
    return _draft_page(reading, desk, case_id, needed(part, "Letter"), dict(typed or {}))


def _summary_page(reading: Reading, desk: Desk, case_id: str) -> PaperPage:
    case = reading.get(Case, case_id)
    pdf = render_summary(case_summary(reading, desk, case_id), load_faces(desk.resources / "fonts"))
    return PaperPage(
        case_id=case.id,
        reference=case.reference,
        title="Case summary",
        about=case.title,
        status="For the file",
        tone="teal",
        file_name=summary_name(case),
        pdf=pdf.content,
        text=text_of(pdf.content),
        facts=(
            ("For", "The council's own file. Confidential addresses are withheld."),
            ("Length", counted(pdf.pages, "page")),
            ("Paper", "A4, one side or two"),
        ),
        acts=frozenset({Act.PRINT, Act.SAVE}),
    )


def _letter_page(reading: Reading, desk: Desk, letter: Letter) -> PaperPage:
    case = reading.get(Case, letter.case_id)
    person = reading.find(Person, letter.person_id)
    attachment = reading.get(Attachment, letter.attachment_id)
    now, standing = desk.clock.now(), letter_standing(letter.status)
    events = reading.all_of(LetterEvent, letter_id=letter.id, order="recorded_at")
    over = letter.status in {step.value for step in _OUT}
    try:
        pdf, lacking = desk.files.read(attachment.sha256), ""
    except Trouble as trouble:
        pdf, lacking = b"", f"{trouble.what} {trouble.do}"
    checks = check_at_print(reading, desk, letter, now) if pdf and not over else ()
    held = _why_held(letter, events, checks)
    return PaperPage(
        case_id=case.id,
        reference=case.reference,
        title=letter.title,
        about=f"{person.full_name if person else 'Somebody not on this computer'} · {case.title}",
        status=standing.words,
        tone=standing.tone,
        file_name=attachment.name,
        pdf=pdf,
        no_preview=lacking,
        text=text_of(pdf) if pdf else "",
        window=_window(print_profile(desk)),
        checks=checks,
        facts=_facts(desk, _format(Format(letter.letter_format), person), letter.pages, collect=not letter.address_id),
        history=_history(reading, events, desk),
        acts=_acts(letter, events, checks, desk, can_be_read=bool(pdf)),
        letter=letter,
        held=held,
    )


def _draft_page(reading: Reading, desk: Desk, case_id: str, code: str, typed: Mapping[str, str]) -> PaperPage:
    draft = draft_letter(reading, desk, case_id, code, typed=typed)
    case = reading.get(Case, case_id)
    person = reading.find(Person, draft.person_id) if draft.person_id else None
    profile = print_profile(desk)
    pdf, pages, why = b"", 0, ""
    try:
        made = render_letter(draft.job, profile, load_faces(desk.resources / "fonts"))
        pdf, pages = made.content, made.pages
    except Trouble as trouble:
        why = f"{trouble.what} {trouble.do}"
    may_go = draft.may_be_filed or draft.needs_second_person
    return PaperPage(
        case_id=case.id,
        reference=case.reference,
        title=draft.template.title,
        about=f"{person.full_name} · {case.title}" if person else case.title,
        status="Not filed yet",
        tone="yellow",
        file_name=f"{draft.template.title} {case.reference}.pdf",
        pdf=pdf,
        no_preview=why,
        text=draft.job.letter.as_text(),
        window=_window(profile),
        checks=draft.checks,
        blanks=_blanks(reading, desk, draft),
        facts=_facts(desk, _format(person.letter_format, person) if person else "", pages, collect=draft.collect),
        acts=frozenset({Act.FILE}) if may_go else frozenset(),
        draft=draft,
    )


def _blanks(reading: Reading, desk: Desk, draft: LetterDraft) -> tuple[FilledBlank, ...]:
    facts = letter_facts(reading, desk, draft.case_id, draft.person_id)
    values = blank_values(draft.template, facts, desk, desk.clock.now(), draft.typed)
    unaided = blank_values(draft.template, facts, desk, desk.clock.now(), {})
    return tuple(
        FilledBlank(
            name=blank.name,
            means=blank.means[:1].upper() + blank.means[1:],
            words=values[blank.name],
            editable=blank.source in _MAY_BE_TYPED or (blank.required and not unaided[blank.name].strip()),
            lacking=blank.required and not values[blank.name].strip(),
            long=blank.source in _LONG,
        )
        for blank in draft.template.blanks
    )


def _facts(desk: Desk, letter_format: str, pages: int, *, collect: bool) -> tuple[tuple[str, str], ...]:
    profile = print_profile(desk)
    sides = "both sides" if profile.duplex else "one side"
    facts = [
        ("Goes", "Collected at the office" if collect else "By post, in a window envelope"),
        ("Format", letter_format),
        ("Print profile", profile.name),
        ("Length", f"{counted(pages, 'page')}, printed on {sides}" if pages else ""),
    ]
    return tuple((name, words) for name, words in facts if words)


def _format(letter_format: Format, person: Person | None) -> str:
    words = _FORMATS[letter_format]
    if letter_format is Format.LARGE_PRINT and person is not None and person.print_points:
        return f"{words}, {person.print_points} point"
    return words


def _acts(
    letter: Letter, events: tuple[LetterEvent, ...], checks: tuple[Check, ...], desk: Desk, *, can_be_read: bool
) -> frozenset[Act]:
    if letter.status == LetterStep.CANCELLED.value:
        return frozenset()
    acts = {Act.PRINT, Act.SAVE} if can_be_read else set()
    if letter.status in (LetterStep.POSTED.value, LetterStep.HANDED_OVER.value):
        return frozenset(acts)
    acts.add(Act.CANCEL)
    if any(event.step in (LetterStep.PRINTED, LetterStep.SAVED) for event in events):
        acts |= {Act.POST, Act.HAND_OVER} if letter.address_id else {Act.HAND_OVER}
    wants_reader = any(check.stops and check.can_be_released for check in checks)
    if letter.status == LetterStep.HELD.value and wants_reader and letter.author_id != desk.me.id:
        acts.add(Act.RELEASE)
    return frozenset(acts)


def _why_held(letter: Letter, events: tuple[LetterEvent, ...], checks: tuple[Check, ...]) -> str:
    if letter.status != LetterStep.HELD.value:
        return ""
    stops = [check for check in checks if check.stops]
    if stops:
        return f"{stops[0].what} {stops[0].do}".strip()
    last = [event for event in events if event.step is LetterStep.HELD]
    reason = f" ({last[-1].note})" if last and last[-1].note else ""
    return f"It was held{reason}, and every check passes now. Print it again to let it go."


def _history(reading: Reading, events: tuple[LetterEvent, ...], desk: Desk) -> tuple[Moment, ...]:
    names = reading.find_many(User, sorted({event.author_id for event in events}))
    return tuple(
        Moment(
            what=step_words(event.step, event.copy_number),
            who=names[event.author_id].full_name if event.author_id in names else "",
            when=when(event.happened_at, desk.clock.now()),
            note=event.note,
        )
        for event in reversed(events)
    )


def _window(profile: PrintProfile) -> Zone:
    return ever_visible(profile.envelope, profile.page_width) if profile.envelope else profile.clear
