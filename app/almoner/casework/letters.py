"""Letters: drafted from the case, checked in plain words, filed for good, and checked once more when printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from almoner.casework.clocks import Turned, line_of, raise_event
from almoner.casework.fields import made, needed
from almoner.casework.letter_checks import (
    Check,
    address_check,
    age_check,
    disclosure_checks,
    language_tag,
    reading_checks,
    safe_contact_check,
    separator_words,
    words_of_checks,
)
from almoner.casework.letter_facts import (
    Facts,
    Known,
    address_for,
    blank_values,
    letter_facts,
    recipient_lines,
)
from almoner.casework.ports import Desk
from almoner.casework.times import check_device_clock, happened
from almoner.paper.faces import load_faces
from almoner.paper.letters import Letterhead, LetterJob, Sender, Signatory, letter_pages, render_letter
from almoner.paper.profiles import PrintProfile, load_profiles
from almoner.paper.reading_back import text_of
from almoner.paper.templates import MOST_CHARACTERS_IN_BLANK, LetterTemplate, fill, load_letters
from almoner.records import Address, Attachment, Case, Letter, LetterEvent, Person
from almoner.records.events import LetterStep
from almoner.records.people import Channel, Format
from almoner.records.trouble import Trouble
from almoner.rules.safety import Hold, may_use
from almoner.rules.words import uk_date
from almoner.store.writing import Reading, Writing

LARGE_POINTS = 18
SMALLEST_LARGE, LARGEST = 16, 36
RELEASED = "Read and released by a second person"
MOST_IN_RUN = 2_000
_OVER = (LetterStep.CANCELLED.value, LetterStep.POSTED.value, LetterStep.HANDED_OVER.value)


@dataclass(frozen=True)
class LetterDraft:
    """A letter as it would be printed, with every check. `address_id` empty means collected at the office."""

    case_id: str
    person_id: str
    address_id: str
    template: LetterTemplate
    job: LetterJob
    checks: tuple[Check, ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    collect: bool = False

    @property
    def may_be_filed(self) -> bool:
        """Whether nothing stands in the way."""
        return not any(check.stops for check in self.checks)

    @property
    def needs_second_person(self) -> bool:
        """Whether a second person's reading is all that is missing."""
        stops = [check for check in self.checks if check.stops]
        return bool(stops) and all(check.can_be_released for check in stops)


@dataclass(frozen=True, slots=True)
class Printed:
    """The answer at the moment of printing. Print only when `may_print`; otherwise the letter is held, and why."""

    letter: Letter
    event: LetterEvent
    may_print: bool
    why: str = ""
    do: str = ""
    hold: Hold = Hold.NONE


@dataclass(frozen=True, slots=True)
class Run:
    """A print run: the letters to print, how many are held, and the words for the separator sheet, naming nobody."""

    printed: tuple[Printed, ...]
    held: tuple[Printed, ...]
    separator: str


def letters_for(reading: Reading, desk: Desk, case_id: str) -> tuple[LetterTemplate, ...]:
    """Give the letters that can be written on a case, by title."""
    line = line_of(desk, reading.get(Case, case_id))
    allowed = {use.code for use in line.letters}
    templates = load_letters(desk.resources / "letters").values()
    fitting = (t for t in templates if t.code in allowed and ("*" in t.services or line.code in t.services))
    return tuple(sorted(fitting, key=lambda template: template.title))


def draft_letter(
    reading: Reading,
    desk: Desk,
    case_id: str,
    template: str,
    *,
    person_id: str = "",
    address_id: str = "",
    typed: Mapping[str, str] | None = None,
    collect: bool = False,
    now: datetime | None = None,
) -> LetterDraft:
    """Fill a letter from the case and check it. Nothing is saved.

    A person who may only collect gets a letter for collection. Missing words show as "[…]" and stop the letter.
    Raises Trouble when the letter is unknown or the service line may not send it.
    """
    moment = now or desk.clock.now()
    facts = letter_facts(reading, desk, case_id, person_id)
    chosen = _template(desk, facts, template)
    known = facts.addressee
    collect = collect or bool(known and not may_use(Channel.POST, known.person, known.rules, moment).allowed)
    address = address_for(known, moment, address_id) if known and not collect else None
    words = dict(typed or {})
    job, blanks = _job(desk, facts, chosen, address, moment, words, collect=collect)
    checks = _checks(reading, desk, facts, job, address, moment, blanks, collect=collect)
    return LetterDraft(
        case_id=case_id,
        person_id=known.person.id if known else "",
        address_id=address.id if address else "",
        template=chosen,
        job=job,
        checks=checks,
        typed=words,
        collect=collect,
    )


def file_letter(tx: Writing, desk: Desk, draft: LetterDraft) -> Letter:
    """Make a letter final: everything is checked again, the PDF is frozen and kept with the case.

    Raises Trouble with what stands in the way. A letter that only wants a second person is kept held, not final, until
    another officer releases it.
    """
    check_device_clock(tx)
    fresh = draft_letter(
        tx, desk, draft.case_id, draft.template.code, person_id=draft.person_id, address_id=draft.address_id,
        typed=draft.typed, collect=draft.collect, now=tx.now,
    )  # fmt: skip
    _may_be_filed(fresh)
    profile, faces = print_profile(desk), load_faces(desk.resources / "fonts")
    pdf = render_letter(fresh.job, profile, faces)
    case = tx.get(Case, fresh.case_id)
    attachment = made(
        Attachment,
        id=desk.ids.new(),
        case_id=case.id,
        name=f"{fresh.template.title} {case.reference}.pdf",
        media_type="application/pdf",
        size=len(pdf.content),
        sha256=desk.files.keep(pdf.content),
        description=f"Letter: {fresh.template.title}",
        author_id=desk.me.id,
        happened_at=tx.now,
        recorded_at=tx.now,
    )
    tx.add(attachment)
    person = tx.get(Person, fresh.person_id)
    step = LetterStep.FINAL if fresh.may_be_filed else LetterStep.HELD
    letter = made(
        Letter,
        id=desk.ids.new(),
        case_id=case.id,
        person_id=person.id,
        template=fresh.template.code,
        template_version=fresh.template.version,
        title=fresh.template.title,
        address_id=fresh.address_id,
        letter_format=person.letter_format.value,
        pages=pdf.pages,
        attachment_id=attachment.id,
        status=step.value,
        author_id=desk.me.id,
        recorded_at=tx.now,
    )
    tx.add(letter)
    _event(tx, desk, letter, step, note=Hold.SECOND_PERSON.value if step is LetterStep.HELD else "")
    return letter


def release_letter(tx: Writing, desk: Desk, letter_id: str) -> LetterEvent:
    """Say as a second person that a held letter was read and may go. Its author cannot."""
    letter = tx.get(Letter, letter_id)
    if letter.author_id == desk.me.id:
        raise Trouble("Whoever wrote a letter cannot release it.", "Ask another officer to read it.")
    _save_status(tx, letter, LetterStep.FINAL)
    return _event(tx, desk, letter, LetterStep.FINAL, note=RELEASED)


def record_printed(tx: Writing, desk: Desk, letter_id: str) -> Printed:
    """Ask, at the moment of printing, whether a letter may be printed, and record the answer with its copy number.

    Call it before the printer gets anything. A letter that may not go is held, and the reason comes back.
    """
    return _let_out(tx, desk, letter_id, LetterStep.PRINTED)


def record_saved(tx: Writing, desk: Desk, letter_id: str) -> Printed:
    """The same for saving the PDF outside Almoner: what is saved can be printed or sent anywhere."""
    return _let_out(tx, desk, letter_id, LetterStep.SAVED)


def print_run(tx: Writing, desk: Desk, letter_ids: list[str]) -> Run:
    """Ask for a whole run of letters. What is unsafe is laid aside; the separator sheet says how many, never who."""
    if len(letter_ids) > MOST_IN_RUN:
        raise Trouble(f"A run has at most {MOST_IN_RUN} letters.", "Print it in parts.")
    asked = [record_printed(tx, desk, letter_id) for letter_id in letter_ids]
    printed = tuple(each for each in asked if each.may_print)
    held = tuple(each for each in asked if not each.may_print)
    desk.log(f"print run: {len(printed)} printed, {len(held)} held")
    return Run(printed, held, separator_words([each.hold for each in held], len(printed)))


def record_posted(tx: Writing, desk: Desk, letter_id: str, *, happened_at: datetime | None = None) -> Turned:
    """Record that a printed letter was posted; clocks that wait for this letter end, on the day of posting."""
    return _sent(tx, desk, letter_id, LetterStep.POSTED, happened_at)


def record_handed_over(tx: Writing, desk: Desk, letter_id: str, *, happened_at: datetime | None = None) -> Turned:
    """Record that a letter was handed to the person, at the office or at the door."""
    return _sent(tx, desk, letter_id, LetterStep.HANDED_OVER, happened_at)


def cancel_letter(tx: Writing, desk: Desk, letter_id: str, *, reason: str) -> LetterEvent:
    """Cancel a letter that has not gone out."""
    letter = tx.get(Letter, letter_id)
    if letter.status in _OVER:
        raise Trouble("This letter has gone out or was cancelled already.", "Write another letter to put it right.")
    why = needed(reason, "Why")
    _save_status(tx, letter, LetterStep.CANCELLED)
    return _event(tx, desk, letter, LetterStep.CANCELLED, note=why[:200])


def check_at_print(reading: Reading, desk: Desk, letter: Letter, now: datetime) -> tuple[Check, ...]:
    """Check a filed letter as it stands now: addressee, address, everybody in its words, the age of the rules."""
    facts = letter_facts(reading, desk, letter.case_id, letter.person_id)
    collect = not letter.address_id
    address = reading.find(Address, letter.address_id) if letter.address_id else None
    text = text_of(desk.files.read(reading.get(Attachment, letter.attachment_id).sha256))
    return (
        safe_contact_check(facts, address, now, collect=collect, me=desk.me),
        *disclosure_checks(reading, desk, facts, text, address, now),
        age_check(reading, desk, now, blocking=True, collect=collect),
    )


def _template(desk: Desk, facts: Facts, code: str) -> LetterTemplate:
    templates = load_letters(desk.resources / "letters")
    if code not in templates:
        raise Trouble("There is no such letter.", "Choose one from the list.")
    line_of(desk, facts.case).letter(code)
    return templates[code]


def _job(
    desk: Desk, facts: Facts, template: LetterTemplate, address: Address | None, now: datetime,
    typed: Mapping[str, str], *, collect: bool,
) -> tuple[LetterJob, Check]:  # fmt: skip
    values = blank_values(template, facts, desk, now, typed)
    lacking = tuple(blank.means for blank in template.blanks if blank.required and not values[blank.name].strip())
    shown = {b.name: _shown(values[b.name]) or (f"[{b.means}]" if b.required else "") for b in template.blanks}
    long = tuple(b.means for b in template.blanks if len(values[b.name]) > MOST_CHARACTERS_IN_BLANK)
    council = desk.council
    known = facts.addressee
    job = LetterJob(
        letterhead=Letterhead(council.name),
        sender=Sender(facts.team or facts.service, council.letter_lines, council.phone, council.email),
        recipient_lines=recipient_lines(desk, known, address, collect=collect),
        written_on=uk_date(now),
        reference=facts.case.reference,
        letter=fill(template, shown, _language(known, template)),
        signatory=Signatory(facts.officer.full_name, facts.officer.job_title),
        text_pt=_points(known.person) if known else 0.0,
    )
    return job, _blanks_check(lacking, long)


def _shown(words: str) -> str:
    """Give the words as the preview shows them; what is too long is cut there, and stops the letter."""
    return words if len(words) <= MOST_CHARACTERS_IN_BLANK else f"{words[: MOST_CHARACTERS_IN_BLANK - 1]}…"


def _language(known: Known | None, template: LetterTemplate) -> str:
    """Give the language of the letter: the one the person reads when it is written in it, else its usual one."""
    reads = language_tag(known.person.language_written) if known else ""
    return next((tag for tag in template.languages if reads and tag.split("-")[0] == reads), template.languages[0])


def _points(person: Person) -> float:
    """Large print in the size the person asked for, 18 point when they named none; other letters in the usual size."""
    if person.letter_format is not Format.LARGE_PRINT:
        return 0.0
    return float(min(max(person.print_points or LARGE_POINTS, SMALLEST_LARGE), LARGEST))


def _checks(
    reading: Reading, desk: Desk, facts: Facts, job: LetterJob, address: Address | None, now: datetime,
    blanks: Check, *, collect: bool,
) -> tuple[Check, ...]:  # fmt: skip
    safe = safe_contact_check(facts, address, now, collect=collect, me=desk.me)
    lines = address_check(job.recipient_lines)
    return (
        safe,
        *((lines,) if safe.passed else ()),
        blanks,
        *disclosure_checks(reading, desk, facts, job.letter.as_text(), address, now),
        *((_layout_check(desk, job),) if lines.passed else ()),
        *reading_checks(facts.addressee, (job.language,), now),
        age_check(reading, desk, now, blocking=False, collect=collect),
    )


def _blanks_check(lacking: tuple[str, ...], long: tuple[str, ...]) -> Check:
    if lacking:
        return Check(
            "blanks",
            False,
            f"Still missing: {'; '.join(lacking)}.",
            "Fill these in on the case or type them here.",
            True,
        )
    if long:
        what = f"Longer than {MOST_CHARACTERS_IN_BLANK} characters: {'; '.join(long)}."
        return Check("blanks", False, what, "Type a shorter version for this letter.", True)
    return Check("blanks", True, "Nothing is missing.")


def _layout_check(desk: Desk, job: LetterJob) -> Check:
    """Lay the pages out as the printer will: length, characters, the window."""
    try:
        pages = letter_pages(job, print_profile(desk), load_faces(desk.resources / "fonts"))
    except Trouble as trouble:
        return Check("layout", False, trouble.what, trouble.do, True)
    return Check("layout", True, f"It fits on {len(pages)} page{'s' if len(pages) > 1 else ''}.")


def print_profile(desk: Desk) -> PrintProfile:
    """Give the profile the council prints letters by. Raises Trouble when there is none of that code."""
    profiles = load_profiles(desk.resources / "print-profiles")
    if desk.council.print_profile not in profiles:
        raise Trouble(
            f"There is no print profile “{desk.council.print_profile}”.",
            f"Set the council's profile to one of {', '.join(sorted(profiles))}.",
        )
    return profiles[desk.council.print_profile]


def _may_be_filed(draft: LetterDraft) -> None:
    if draft.may_be_filed or draft.needs_second_person:
        return
    stops = [check for check in draft.checks if check.stops]
    raise Trouble(words_of_checks(draft.checks), " ".join(dict.fromkeys(check.do for check in stops if check.do)))


def _let_out(tx: Writing, desk: Desk, letter_id: str, step: LetterStep) -> Printed:
    check_device_clock(tx)
    letter = tx.get(Letter, letter_id)
    if letter.status == LetterStep.CANCELLED.value:
        raise Trouble("This letter was cancelled.", "Write a new one.")
    events = tx.all_of(LetterEvent, letter_id=letter.id)
    released = any(event.note == RELEASED and event.author_id != letter.author_id for event in events)
    stops = [
        check
        for check in check_at_print(tx, desk, letter, tx.now)
        if check.stops and not (released and check.can_be_released)
    ]
    if stops:
        held = _event(tx, desk, letter, LetterStep.HELD, note=stops[0].hold.value)
        saved = _save_status(tx, letter, LetterStep.HELD)
        return Printed(saved, held, False, stops[0].what, stops[0].do, stops[0].hold)
    copy = 1 + sum(event.step is step for event in events)
    event = _event(tx, desk, letter, step, copy=copy)
    is_less = letter.status == LetterStep.PRINTED.value and step is LetterStep.SAVED
    status = letter if letter.status in _OVER or is_less else _save_status(tx, letter, step)
    return Printed(status, event, True)


def _sent(tx: Writing, desk: Desk, letter_id: str, step: LetterStep, at: datetime | None) -> Turned:
    letter = tx.get(Letter, letter_id)
    events = tx.all_of(LetterEvent, letter_id=letter.id)
    if not any(event.step in (LetterStep.PRINTED, LetterStep.SAVED) for event in events):
        raise Trouble("This letter has not been printed.", "Print it first.")
    moment = happened(tx, at)
    _event(tx, desk, letter, step, at=moment)
    _save_status(tx, letter, step)
    case = tx.get(Case, letter.case_id)
    line = line_of(desk, case)
    turned = Turned()
    for use in line.letters:
        for event in use.raises if use.code == letter.template else ():
            turned += raise_event(tx, desk, case, line, event, moment)
    return turned


def _event(
    tx: Writing, desk: Desk, letter: Letter, step: LetterStep, *, copy: int = 1, note: str = "",
    at: datetime | None = None,
) -> LetterEvent:  # fmt: skip
    event = made(
        LetterEvent,
        id=desk.ids.new(),
        case_id=letter.case_id,
        letter_id=letter.id,
        step=step,
        copy_number=copy,
        note=note,
        author_id=desk.me.id,
        happened_at=at or tx.now,
        recorded_at=tx.now,
    )
    tx.add(event)
    return event


def _save_status(tx: Writing, letter: Letter, step: LetterStep) -> Letter:
    changed = replace(letter, status=step.value)
    tx.save(changed)
    return changed
