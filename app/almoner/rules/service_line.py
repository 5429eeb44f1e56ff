"""A service line: what a service asks, which stages a case goes through, what runs against it and what is sent.

The values are read from `resources/services/*.toml` by `service_reading`. A case keeps the version of the line it was
opened under, so an old version stays as it was when a new one is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Protocol, TypeVar

from almoner.records.cases import AnswerState, Priority
from almoner.records.trouble import Trouble
from almoner.rules.clocks import Rule
from almoner.rules.words import full_date


class Coded(Protocol):
    """Anything in a service line that is known by its code."""

    @property
    def code(self) -> str:
        """The short name used in records."""


Part = TypeVar("Part", bound=Coded)


class Nation(StrEnum):
    """Whose law a service line follows."""

    ENGLAND = "ENG"
    WALES = "WLS"
    SCOTLAND = "SCT"
    NORTHERN_IRELAND = "NIR"


class StageKind(StrEnum):
    """What a stage means for the worklist."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class FieldType(StrEnum):
    """The shape of an answer."""

    TEXT = "text"
    CHOICE = "choice"
    MULTI = "multi"
    YES_NO = "yes-no"
    NUMBER = "number"
    DATE = "date"


class NeedKind(StrEnum):
    """What a move may ask for before it can be made."""

    REASON = "reason"
    APPROVAL = "approval"
    ATTEMPTS = "attempts"
    FIELD = "field"
    EVIDENCE = "evidence"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that starts or ends clocks. One marked `by_hand` is recorded by a person, not raised by a move."""

    code: str
    title: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class CaseKind:
    """A kind of report, such as an emergency hazard; which clocks run depends on it."""

    code: str
    title: str
    help: str = ""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a case can stand. Reaching it raises its events. The first stage of a line is where a case begins."""

    code: str
    title: str
    kind: StageKind = StageKind.OPEN
    help: str = ""
    raises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a move asks for: `what` is a code, or a number for attempts, or empty."""

    kind: NeedKind
    what: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A step from one stage to another, in words for the button, and what it needs and raises."""

    start: str
    end: str
    title: str
    needs: tuple[Need, ...] = ()
    raises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose. Dated choices (hazard lists) are offered only within their dates."""

    code: str
    title: str
    effective_from: date | None = None
    effective_to: date | None = None

    def is_offered_on(self, day: date) -> bool:
        """Say whether it can be chosen on a day."""
        return (self.effective_from or day) <= day <= (self.effective_to or day)


@dataclass(frozen=True, slots=True)
class Field:
    """A question, asked from its stage on (from the first when empty).

    Required ones are listed until answered, but never stop a save; where allowed, "not known" is an answer. A move that
    cannot be made without an answer names it in its needs.
    """

    code: str
    label: str
    type: FieldType = FieldType.TEXT
    choices: tuple[Choice, ...] = ()
    required: bool = False
    help: str = ""
    unit: str = ""
    stage: str = ""
    sensitive: bool = False
    allows: tuple[AnswerState, ...] = ()

    def choices_on(self, day: date) -> tuple[Choice, ...]:
        """Give the answers offered on a day."""
        return tuple(choice for choice in self.choices if choice.is_offered_on(day))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something to collect for the file."""

    code: str
    title: str
    help: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class StopOutcome:
    """A recorded end of a duty that is neither met nor missed: the clock has ceased."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class ClockRule:
    """A clock: which event starts it, which events end it, how long, by what source, and for which cases.

    `kinds` empty means every kind. `when` names fields and the answers with which the clock applies; while a field is
    unanswered the clock applies, so that a gap never hides a duty.
    """

    code: str
    title: str
    rule: Rule
    starts_on: str
    ends_on: tuple[str, ...]
    source: str
    kinds: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    stop_outcomes: tuple[StopOutcome, ...] = ()
    to_be_checked: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class LetterUse:
    """A letter this line may send; posting it raises its events."""

    code: str
    title: str
    raises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagKind:
    """A warning that belongs to this work, and what to do about it."""

    code: str
    title: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a case is kept after what, and what happens then (delete, review or archive)."""

    trigger: str
    years: int
    action: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Duplicates:
    """When a new case looks like one already there: what must be the same, how far back, and what to say."""

    same: tuple[str, ...]
    within_days: int
    open_only: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One version of a service line."""

    code: str
    version: int
    title: str
    nation: Nation
    effective_from: date
    effective_to: date | None = None
    legal_basis: str
    who_sees: tuple[str, ...]
    source: str = ""
    retention: Retention
    duplicates: Duplicates | None = None
    events: tuple[Event, ...]
    kinds: tuple[CaseKind, ...]
    stages: tuple[Stage, ...]
    moves: tuple[Move, ...]
    fields: tuple[Field, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    clocks: tuple[ClockRule, ...] = ()
    letters: tuple[LetterUse, ...] = ()
    flags: tuple[FlagKind, ...] = ()

    @property
    def first_stage(self) -> Stage:
        """Where every case of this line begins."""
        return self.stages[0]

    def stage(self, code: str) -> Stage:
        """Give a stage by its code. Raises Trouble when this version has none such."""
        return self._part(self.stages, code, "stage")

    def case_kind(self, code: str) -> CaseKind:
        """Give a kind of report by its code. Raises Trouble when this version has none such."""
        return self._part(self.kinds, code, "kind of report")

    def field(self, code: str) -> Field:
        """Give a question by its code. Raises Trouble when this version has none such."""
        return self._part(self.fields, code, "question")

    def clock(self, code: str) -> ClockRule:
        """Give a clock by its code. Raises Trouble when this version has none such."""
        return self._part(self.clocks, code, "clock")

    def letter(self, code: str) -> LetterUse:
        """Give a letter by its code. Raises Trouble when this version may not send it."""
        return self._part(self.letters, code, "letter")

    def evidence_item(self, code: str) -> Evidence:
        """Give an item of evidence by its code. Raises Trouble when this version has none such."""
        return self._part(self.evidence, code, "evidence")

    def is_in_force_on(self, day: date) -> bool:
        """Say whether new cases may be opened under this version on a day."""
        return self.effective_from <= day <= (self.effective_to or day)

    def _part(self, parts: Iterable[Part], code: str, noun: str) -> Part:
        for part in parts:
            if part.code == code:
                return part
        raise Trouble(
            f'"{self.title}" (version {self.version}) has no {noun} called "{code}".',
            "Choose one that it has, or ask an administrator whether a newer version should be used.",
        )


class ServiceLines:
    """Every version of every service line held here, by code and version."""

    def __init__(self, lines: Iterable[ServiceLine]) -> None:
        """Keep the lines. Raises Trouble when two are the same version, or their dates leave a gap or overlap."""
        self._lines: dict[tuple[str, int], ServiceLine] = {}
        for line in lines:
            if (line.code, line.version) in self._lines:
                raise Trouble(
                    f'There are two files for version {line.version} of "{line.code}".',
                    "Give the newer one the next version number.",
                )
            self._lines[line.code, line.version] = line
        for code in self.codes:
            _check_dates(self.versions(code))

    @property
    def codes(self) -> tuple[str, ...]:
        """The code of every service line, in order."""
        return tuple(sorted({code for code, _ in self._lines}))

    def versions(self, code: str) -> tuple[ServiceLine, ...]:
        """Give every version of a line, oldest first."""
        return tuple(line for (each, _), line in sorted(self._lines.items()) if each == code)

    def get(self, code: str, version: int) -> ServiceLine:
        """Give the version a case was opened under. Raises Trouble when it is not held here."""
        line = self._lines.get((code, version))
        if line is None:
            raise Trouble(
                f'Version {version} of the service line "{code}" is not on this computer.',
                "Connect and sync, then try again.",
            )
        return line

    def current(self, code: str, day: date) -> ServiceLine:
        """Give the version for a case opened on a day. Raises Trouble when none is in force."""
        for line in reversed(self.versions(code)):
            if line.is_in_force_on(day):
                return line
        raise Trouble(
            f'No version of the service line "{code}" is in force on {full_date(day)}.',
            "Check the date, or ask an administrator to add a version for it.",
        )

    def all_current(self, day: date) -> tuple[ServiceLine, ...]:
        """Give every line in force on a day, by title."""
        found = (line for code in self.codes for line in self.versions(code) if line.is_in_force_on(day))
        return tuple(sorted(found, key=lambda line: line.title))


def _check_dates(versions: tuple[ServiceLine, ...]) -> None:
    for older, newer in pairwise(versions):
        where = f"{newer.code} version {newer.version}"
        if older.effective_to is None or older.effective_to >= newer.effective_from:
            raise Trouble(
                f'Versions {older.version} and {newer.version} of "{newer.code}" are in force on the same day.',
                f"End version {older.version} on the day before version {newer.version} begins.",
                where,
            )
        gap = (newer.effective_from - older.effective_to).days - 1
        if gap:
            raise Trouble(
                f'Between versions {older.version} and {newer.version} of "{newer.code}" {gap} days have no rules.',
                f"Begin version {newer.version} on the day after version {older.version} ends.",
                where,
            )
