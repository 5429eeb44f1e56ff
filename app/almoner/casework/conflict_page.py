"""One disagreement as its screen shows it: before, what each of the two wrote, why it matters, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from almoner.casework.clocks import line_of, promise
from almoner.casework.conflicts import (
    authors_of,
    can_be_other,
    can_keep_both,
    ended_by_disputed_closing,
    is_closing_stage,
    last_move_to,
    may_be_settled_by,
    name_of,
    settled_words,
    short,
    title_of,
)
from almoner.casework.ports import Desk
from almoner.casework.values import NOTHING, line_for_case, read_json, typed_words, value_words
from almoner.records import BY_KIND, Case, Clock, Conflict, Person
from almoner.records.cases import ClockState
from almoner.records.wire import Plain, plain_value, to_wire
from almoner.rules.service_line import ServiceLine
from almoner.rules.settling import Choice, Part, differences, why_it_matters
from almoner.rules.words import counted, date_and_time, when
from almoner.store.reading import Reading

MOST_OPEN = 500
"""No more open disagreements are read at once."""

_LONGEST_VALUE = 80

TAKEN_AWAY = "Taken away"
STAYS = "Stays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the columns: whose it is, when it was made and received, and the words in parts. `keep` are the words of
    its button; a column without one is only read."""

    heading: str
    who: str
    times: tuple[str, ...]
    parts: tuple[Part, ...]
    choice: Choice | None = None
    keep: str = ""
    follows: str = ""

    @property
    def words(self) -> str:
        """What stands in the column."""
        return "".join(part.words for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """Everything the screen shows. `first` and `second` are the two values, the reader's own first."""

    conflict: Conflict
    title: str
    about: str
    case_id: str
    person_id: str
    why: str
    before: Side
    first: Side
    second: Side
    both: str
    has_other: bool
    may: bool
    settled: str
    record: Any
    others: int

    @property
    def is_open(self) -> bool:
        """Whether it waits to be settled."""
        return not self.settled


@dataclass(frozen=True, slots=True)
class OpenConflict:
    """One line of a list of disagreements."""

    id: str
    case_id: str
    title: str
    about: str
    by: str
    values: str
    may: bool


def read_conflict_page(reading: Reading, desk: Desk, conflict_id: str) -> ConflictPage:
    """Read a disagreement for its screen. Raises Trouble when it is not on this device."""
    conflict, now = reading.get(Conflict, conflict_id), desk.clock.now()
    record = (
        reading.find(BY_KIND[conflict.record_kind], conflict.record_id) if conflict.record_kind in BY_KIND else None
    )
    line = line_for_case(reading, desk, conflict.case_id)
    said = _Said(reading, desk, conflict, record, line)
    in_force, offered = said.in_force(now), said.offered(now)
    mine = conflict.offered_by == desk.me.id
    return ConflictPage(
        conflict=conflict,
        title=title_of(reading, desk, conflict),
        about=about_of(reading, conflict),
        case_id=conflict.case_id,
        person_id=conflict.person_id,
        why=why_it_matters(conflict.record_kind, conflict.field),
        before=Side(heading="Before", who="", times=("As both had read it",), parts=_plain(said.before)),
        first=offered if mine else in_force,
        second=in_force if mine else offered,
        both="Keep both: one under the other, with who wrote which" if can_keep_both(conflict) else "",
        has_other=record is not None and can_be_other(conflict),
        may=may_be_settled_by(reading, desk, conflict) and (record is not None or not conflict.field),
        settled=settled_words(reading, conflict, now),
        record=record,
        others=sum(each.id != conflict.id for each in open_conflicts(reading, conflict.case_id)),
    )


def open_conflicts(reading: Reading, case_id: str = "") -> tuple[Conflict, ...]:
    """Give the disagreements nobody has settled, of one case or of all on this device, the oldest first."""
    if case_id:
        return reading.all_of(Conflict, order="offered_at", settled_at=None, case_id=case_id, limit=MOST_OPEN)
    return reading.all_of(Conflict, order="offered_at", settled_at=None, limit=MOST_OPEN)


def list_conflicts(reading: Reading, desk: Desk, most: int) -> tuple[OpenConflict, ...]:
    """Give the disagreements nobody has settled as lines: those this officer may settle first."""
    found = [(may_be_settled_by(reading, desk, each), each) for each in open_conflicts(reading)]
    found.sort(key=lambda each: not each[0])
    return tuple(_line(reading, desk, each, may) for may, each in found[:most])


def about_of(reading: Reading, conflict: Conflict) -> str:
    """Say which case and resident a disagreement is about."""
    case = reading.find(Case, conflict.case_id) if conflict.case_id else None
    person = reading.find(Person, conflict.person_id) if conflict.person_id else None
    words = [case.reference, case.title] if case else []
    return "  ·  ".join([*words, *([person.full_name] if person else [])])


def _line(reading: Reading, desk: Desk, conflict: Conflict, may: bool) -> OpenConflict:
    line = line_for_case(reading, desk, conflict.case_id)
    values = [
        value_words(reading, conflict.record_kind, conflict.field, read_json(text), line) or NOTHING
        for text in (conflict.in_force, conflict.offered)
    ]
    shown = [short(words, _LONGEST_VALUE) for words in values]
    if not conflict.field:
        shown = [STAYS, TAKEN_AWAY]
    at = when(conflict.offered_at, desk.clock.now())
    names = (name_of(reading, conflict.in_force_by), name_of(reading, conflict.offered_by))
    return OpenConflict(
        id=conflict.id,
        case_id=conflict.case_id,
        title=title_of(reading, desk, conflict),
        about=about_of(reading, conflict),
        by=f"{names[0]} and {names[1]}, {at[:1].lower()}{at[1:]}",
        values=f"{shown[0]}  /  {shown[1]}",
        may=may,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The values of one disagreement in words."""

    reading: Reading
    desk: Desk
    conflict: Conflict
    record: Any
    line: ServiceLine | None

    @property
    def before(self) -> str:
        """What stood there before either changed it."""
        return "" if not self.conflict.field else self._words(read_json(self.conflict.before))

    def in_force(self, now: datetime) -> Side:
        """The column of the value in force: as the record has it here now."""
        conflict = self.conflict
        text = self._words(read_json(conflict.in_force)) if conflict.field else self._whole()
        times = [f"In force since {_low(conflict.in_force_at, now)}"] if conflict.in_force_at else ["In force"]
        current = self._current()
        is_open = conflict.settled_at is None
        if is_open and conflict.field and current is not None and current != read_json(conflict.in_force):
            text = self._words(current)
            times.append("Changed again since")
        times += self._reason(conflict.in_force_by, read_json(conflict.in_force))
        return self._side(conflict.in_force_by, times, text, Choice.IN_FORCE, current)

    def offered(self, now: datetime) -> Side:
        """The column of the value that did not come into force."""
        conflict = self.conflict
        value = read_json(conflict.offered)
        text = self._words(value) if conflict.field else TAKEN_AWAY
        times = [f"Made {_low(conflict.offered_at, now)}"]
        if conflict.received_at:
            times.append(f"Reached the office {_low(conflict.received_at, now)}")
        times += self._reason(conflict.offered_by, value)
        return self._side(conflict.offered_by, times, text, Choice.OFFERED, value)

    def _reason(self, who: str, value: Plain) -> list[str]:
        """Say why somebody moved the case, when they gave a reason."""
        if self.conflict.record_kind != "case" or self.conflict.field != "stage":
            return []
        change = last_move_to(self.reading, self.conflict.record_id, str(value))
        return [f"Why: {change.reason}"] if change and change.author_id == who and change.reason else []

    def _side(self, who: str, times: list[str], text: str, choice: Choice, value: Plain) -> Side:
        name, mine = name_of(self.reading, who), who == self.desk.me.id
        two = authors_of(self.conflict)
        heading = "Mine" if mine else "Theirs" if self.desk.me.id in two else name
        keep = "Keep mine" if mine else "Keep theirs" if self.desk.me.id in two else f"Keep {_first(name)}"
        if not self.conflict.field:
            keep = "Keep it" if choice is Choice.IN_FORCE else "Take it away"
        return Side(
            heading=heading,
            who=name,
            times=tuple(times),
            parts=differences(self.before, text) if text else _plain(""),
            choice=choice,
            keep=keep,
            follows=self._follows(value, choice),
        )

    def _whole(self) -> str:
        """Say what is in the record that one of the two took away."""
        if self.record is None:
            return STAYS
        wire = to_wire(self.record)
        said = typed_words(self.reading, self.desk, self.conflict.record_kind, wire, self.conflict.case_id)
        return "\n".join(f"{label}: {words}" for label, words in said) or STAYS

    def _current(self) -> Plain:
        if self.record is None or not self.conflict.field:
            return None
        value: Plain = plain_value(getattr(self.record, self.conflict.field, None))
        return value

    def _words(self, value: Plain) -> str:
        return value_words(self.reading, self.conflict.record_kind, self.conflict.field, value, self.line)

    def _follows(self, value: Plain, choice: Choice) -> str:
        """Say what casework does when this is kept."""
        kind, field = self.conflict.record_kind, self.conflict.field
        if not field:
            return "It stays as it is." if choice is Choice.IN_FORCE else "It leaves every computer. Its history stays."
        if isinstance(self.record, Case) and field == "stage":
            return self._standing(self.record, str(value))
        if (kind == "case" and field == "case_kind") or kind == "answer":
            return "Dates that depend on it are worked out again, from when we first knew."
        if kind == "clock":
            return "Letters already sent keep the date they said."
        if kind in ("person", "address", "contact_point"):
            return "Letters made from now on use it. Those already sent stay as they are."
        return ""

    def _standing(self, case: Case, stage: str) -> str:
        line = line_of(self.desk, case)
        clocks = self.reading.all_of(Clock, case_id=case.id)
        running = [clock for clock in clocks if clock.state is ClockState.RUNNING]
        again = list(ended_by_disputed_closing(self.reading, self.desk, self.conflict, case))
        if is_closing_stage(line, stage):
            change = last_move_to(self.reading, case.id, stage)
            at = case.closed_at or (change.happened_at if change else self.conflict.offered_at)
            ends = f" {counted(len(running), 'date')} {'ends' if len(running) == 1 else 'end'}." if running else ""
            return f"The case is closed, as of {date_and_time(at)}.{ends}"
        runs = sorted({clock.id: clock for clock in (*running, *again)}.values(), key=lambda clock: clock.due_at)
        words = "; ".join(promise(clock) for clock in runs)
        how = "Dates run on as they were promised" if again else "Dates run on"
        return f"The case is open. {how}: {words}." if words else "The case is open. No date runs."


def _plain(words: str) -> tuple[Part, ...]:
    return (Part(words or NOTHING),)


def _low(at: datetime, now: datetime) -> str:
    words = when(at, now)
    return f"{words[:1].lower()}{words[1:]}"


def _first(name: str) -> str:
    first = name.split(" ")[0] if name.count(" ") else name
    return "the office’s" if name == "The office" else f"{first}’s"
