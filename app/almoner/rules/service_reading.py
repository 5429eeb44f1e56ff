"""Read a service line from TOML, and say everything that is wrong with it at once: line, fault, remedy."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from almoner.records.cases import AnswerState, Priority
from almoner.records.trouble import Trouble
from almoner.rules.clocks import Kind, Rule, parse_rule
from almoner.rules.service_line import (
    CaseKind,
    Choice,
    ClockRule,
    Duplicates,
    Event,
    Evidence,
    Field,
    FieldType,
    FlagKind,
    LetterUse,
    Move,
    Nation,
    Need,
    NeedKind,
    Retention,
    ServiceLine,
    Stage,
    StageKind,
    StopOutcome,
)
from almoner.rules.toml_places import TomlPlaces

MAX_LENGTH = 500_000
"""No service line is longer than this many characters."""

MAX_PARTS = 500
"""No service line has more of one thing (stages, fields, …) than this."""

_CODE = re.compile(r"[a-z][a-z0-9-]{0,59}")
_AT_LINE = re.compile(r"line (\d+)")

Word = TypeVar("Word", bound=StrEnum)

KEYS = {
    "": "code version title nation effective_from effective_to legal_basis who_sees source "
    "retention duplicates event kind stage move field evidence clock letter flag",
    "retention": "trigger years action source",
    "duplicates": "same within_days open_only message",
    "event": "code title by_hand",
    "kind": "code title help priority",
    "stage": "code title kind help raises",
    "move": "from to title needs raises",
    "field": "code label type choices required help unit stage sensitive allows",
    "evidence": "code title help sensitive",
    "clock": "code title rule starts_on ends_on source kinds when stop_outcomes to_be_checked help",
    "letter": "code title raises",
    "flag": "code title do",
    "choices": "code title effective_from effective_to",
    "stop_outcomes": "code title",
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing to put right in a file: on which line, what is wrong, what to do."""

    line: int
    what: str
    do: str


class ServiceLineTrouble(Trouble):
    """A service line that cannot be used, with every fault found in it."""

    def __init__(self, faults: Collection[Fault], source: str) -> None:
        """Gather the faults of one file, in the order of its lines."""
        self.faults = tuple(sorted(set(faults)))
        listed = "\n".join(f"line {fault.line}: {fault.what} {fault.do}" for fault in self.faults)
        count = "1 thing" if len(self.faults) == 1 else f"{len(self.faults)} things"
        super().__init__(
            f"{count} in this service line must be put right:\n{listed}\n",
            "Correct the lines named and load it again.",
            source,
        )


class Table:
    """One table of the file, read key by key; whatever does not fit becomes a fault and a harmless value."""

    def __init__(self, values: Any, name: str, index: int, places: TomlPlaces, faults: list[Fault]) -> None:
        """Take a table and say at once which of its keys nobody knows."""
        self.values: dict[str, Any] = values if isinstance(values, dict) else {}
        self.name, self.index, self._places, self._faults = name, index, places, faults
        known = KEYS[name].split()
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                remedy = f'Did you mean "{near[0]}"?' if near else f"Use {', '.join(known)}."
                self.fault(key, f'"{key}" is not known {self._here}.', remedy)

    @property
    def _here(self) -> str:
        return f"in [[{self.name}]]" if self.name else "at the top of a service line"

    def line(self, key: str = "") -> int:
        """Give the line of a key, or of the table."""
        return self._places.key(self.name, self.index, key) if key else self._places.table(self.name, self.index)

    def fault(self, key: str, what: str, do: str) -> None:
        """Note a fault at a key of this table."""
        self._faults.append(Fault(self.line(key), what, do))

    def text(self, key: str, *, needed: bool = False) -> str:
        """Read words."""
        value = self.values.get(key)
        if value is None:
            if needed:
                self.fault(key, f'"{key}" is missing {self._here}.', f'Add {key} = "…".')
            return ""
        if not isinstance(value, str) or (needed and not value.strip()):
            self.fault(key, f'"{key}" should be words in quotation marks.', f'Write {key} = "…".')
            return ""
        return value.strip()

    def code(self, key: str = "code") -> str:
        """Read a code: small letters, digits and dashes."""
        value = self.text(key, needed=True)
        if value and not _CODE.fullmatch(value):
            self.fault(key, f'"{value}" cannot be a code.', "Use small letters, digits and dashes, as in made-safe.")
        return value

    def number(self, key: str, least: int, most: int, usual: int | None = None) -> int:
        """Read a whole number."""
        value = self.values.get(key, usual)
        if type(value) is not int or not least <= value <= most:
            self.fault(key, f'"{key}" should be a whole number from {least} to {most}.', f"Write {key} = {least}.")
            return least
        return value

    def truth(self, key: str) -> bool:
        """Read true or false; false when not given."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.fault(key, f'"{key}" should be true or false.', f"Write {key} = true, without quotation marks.")
        return value is True

    def day(self, key: str) -> date | None:
        """Read a day, if there is one."""
        value = self.values.get(key)
        if value is not None and type(value) is not date:
            self.fault(key, f'"{key}" should be a day.', f"Write {key} = 2026-04-01, without quotation marks.")
            return None
        return value

    def word(self, key: str, words: type[Word], usual: Word | None = None) -> Word:
        """Read one of a fixed set of words."""
        value = self.values.get(key, usual)
        try:
            return words(str(value))
        except ValueError:
            allowed = ", ".join(words)
            self.fault(key, f'"{key}" cannot be {value!r}.' if value else f'"{key}" is missing {self._here}.',
                       f"Use one of {allowed}.")  # fmt: skip
            return next(iter(words))

    def list(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """Read a list of words; a single word counts as a list of one."""
        value = self.values.get(key, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            self.fault(key, f'"{key}" should be a list of words.', f'Write {key} = ["…", "…"].')
            return ()
        if needed and not value:
            self.fault(key, f'"{key}" is missing or empty {self._here}.', f'Write {key} = ["…"].')
        return tuple(value)

    def pairs(self, key: str) -> Iterator[Table]:
        """Read a list of small tables with codes and titles."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.fault(key, f'"{key}" should be a list.', f'Write {key} = [{{ code = "…", title = "…" }}].')
            return
        for number, each in enumerate(value):
            yield _Item(each, key, self, number)

    def item_line(self, key: str, number: int) -> int:
        """Give the line of one item of a list."""
        return self._places.item(self.name, self.index, key, number)


class _Item(Table):
    """A small table written inside a list."""

    def __init__(self, values: Any, key: str, parent: Table, number: int) -> None:
        self._line = parent.item_line(key, number)
        super().__init__(values, key, number, parent._places, parent._faults)

    def line(self, key: str = "") -> int:
        return self._line


class Reader:
    """Reads the parts of one service line and gathers its faults and the lines of its parts."""

    def __init__(self, values: dict[str, Any], text: str) -> None:
        """Prepare to read the values of a file whose text is given for its line numbers."""
        self.places = TomlPlaces(text)
        self.faults: list[Fault] = []
        self.values = values
        self.top = Table(values, "", 0, self.places, self.faults)

    def tables(self, name: str) -> Iterator[Table]:
        """Give every [[name]] table."""
        found = self.values.get(name, [])
        if not isinstance(found, list) or len(found) > MAX_PARTS:
            self.top.fault(name, f"[[{name}]] cannot be read.", f"Write up to {MAX_PARTS} tables headed [[{name}]].")
            return
        for index, values in enumerate(found):
            yield Table(values, name, index, self.places, self.faults)

    def single(self, name: str) -> Table:
        """Give the one [name] table, or an empty one."""
        return Table(self.values.get(name, {}), name, 0, self.places, self.faults)

    def line(self) -> ServiceLine:
        """Read everything. Faults are gathered, not raised; the result is only good when there are none."""
        top = self.top
        if not isinstance(top.day("effective_from"), date) and "effective_from" not in self.values:
            top.fault("", "The line does not say from when it is in force.", "Add effective_from = 2026-04-01.")
        return ServiceLine(
            code=top.code(),
            version=top.number("version", 1, 100_000),
            title=top.text("title", needed=True),
            nation=top.word("nation", Nation),
            effective_from=top.day("effective_from") or date.min,
            effective_to=top.day("effective_to"),
            legal_basis=top.text("legal_basis", needed=True),
            who_sees=top.list("who_sees", needed=True),
            source=top.text("source"),
            retention=self._retention(),
            duplicates=self._duplicates(),
            events=tuple(
                Event(t.code(), t.text("title", needed=True), t.truth("by_hand")) for t in self.tables("event")
            ),
            kinds=tuple(self._kind(table) for table in self.tables("kind")),
            stages=tuple(self._stage(table) for table in self.tables("stage")),
            moves=tuple(self._move(table) for table in self.tables("move")),
            fields=tuple(self._field(table) for table in self.tables("field")),
            evidence=tuple(self._evidence(table) for table in self.tables("evidence")),
            clocks=tuple(self._clock(table) for table in self.tables("clock")),
            letters=tuple(
                LetterUse(t.code(), t.text("title", needed=True), t.list("raises")) for t in self.tables("letter")
            ),
            flags=tuple(FlagKind(t.code(), t.text("title", needed=True), t.text("do")) for t in self.tables("flag")),
        )

    def _retention(self) -> Retention:
        if "retention" not in self.values:
            self.top.fault("", "The line does not say how long its cases are kept.", "Add a [retention] table.")
            return Retention("", 0, "")
        table = self.single("retention")
        action = table.text("action", needed=True)
        if action not in ("delete", "review", "archive", ""):
            table.fault("action", f'"{action}" is not something to do at the end.', "Use delete, review or archive.")
        return Retention(
            table.text("trigger", needed=True), table.number("years", 0, 125), action, table.text("source")
        )

    def _duplicates(self) -> Duplicates | None:
        if "duplicates" not in self.values:
            return None
        table = self.single("duplicates")
        same = table.list("same", needed=True)
        for each in same:
            if each not in ("person", "place", "address", "kind"):
                table.fault("same", f'Cases cannot be compared by "{each}".', "Use person, place, address or kind.")
        days = table.number("within_days", 0, 36_500, usual=0)
        return Duplicates(same, days, table.truth("open_only"), table.text("message", needed=True))

    def _kind(self, t: Table) -> CaseKind:
        priority = t.word("priority", Priority, Priority.NORMAL)
        return CaseKind(t.code(), t.text("title", needed=True), t.text("help"), priority)

    def _stage(self, t: Table) -> Stage:
        kind = t.word("kind", StageKind, StageKind.OPEN)
        return Stage(t.code(), t.text("title", needed=True), kind, t.text("help"), t.list("raises"))

    def _move(self, t: Table) -> Move:
        needs = tuple(need for each in t.list("needs") if (need := _need(each, t)))
        return Move(t.code("from"), t.code("to"), t.text("title", needed=True), needs, t.list("raises"))

    def _field(self, t: Table) -> Field:
        return Field(
            code=t.code(),
            label=t.text("label", needed=True),
            type=t.word("type", FieldType, FieldType.TEXT),
            choices=tuple(
                Choice(
                    each.code(), each.text("title", needed=True), each.day("effective_from"), each.day("effective_to")
                )
                for each in t.pairs("choices")
            ),
            required=t.truth("required"),
            help=t.text("help"),
            unit=t.text("unit"),
            stage=t.text("stage"),
            sensitive=t.truth("sensitive"),
            allows=tuple(state for each in t.list("allows") if (state := _allowed(each, t))),
        )

    def _evidence(self, t: Table) -> Evidence:
        return Evidence(t.code(), t.text("title", needed=True), t.text("help"), t.truth("sensitive"))

    def _clock(self, t: Table) -> ClockRule:
        return ClockRule(
            code=t.code(),
            title=t.text("title", needed=True),
            rule=_rule(t),
            starts_on=t.code("starts_on"),
            ends_on=t.list("ends_on", needed=True),
            source=t.text("source", needed=True),
            kinds=t.list("kinds"),
            when=_when(t),
            stop_outcomes=tuple(
                StopOutcome(each.code(), each.text("title", needed=True)) for each in t.pairs("stop_outcomes")
            ),
            to_be_checked=t.text("to_be_checked"),
            help=t.text("help"),
        )


def _need(text: str, table: Table) -> Need | None:
    word, _, what = text.partition(":")
    bare = word in (NeedKind.REASON, NeedKind.APPROVAL)
    known = word in tuple(NeedKind)
    counts = what.isdecimal() and 1 <= int(what) <= 100
    if known and bare == (not what) and (word != NeedKind.ATTEMPTS or counts):
        return Need(NeedKind(word), what)
    table.fault(
        "needs",
        f'A move cannot need "{text}".',
        "Use reason, approval, attempts:3, field:CODE, evidence:CODE or letter:CODE.",
    )
    return None


def _allowed(text: str, table: Table) -> AnswerState | None:
    if text in (AnswerState.NOT_KNOWN, AnswerState.REFUSED, AnswerState.TO_FOLLOW):
        return AnswerState(text)
    table.fault("allows", f'"{text}" is not a way of leaving an answer out.', "Use not-known, refused or to-follow.")
    return None


def _rule(table: Table) -> Rule:
    text = table.text("rule", needed=True)
    try:
        return parse_rule(text) if text else Rule(Kind.EXCLUSIVE, 1)
    except Trouble as trouble:
        table.fault("rule", trouble.what, trouble.do)
        return Rule(Kind.EXCLUSIVE, 1)


def _when(table: Table) -> tuple[tuple[str, tuple[str, ...]], ...]:
    value = table.values.get("when", {})
    if isinstance(value, dict) and all(
        isinstance(answers, list) and answers and all(isinstance(each, str) for each in answers)
        for answers in value.values()
    ):
        return tuple((field, tuple(answers)) for field, answers in value.items())
    table.fault("when", '"when" cannot be read.', 'Write when = { tenure = ["secure", "introductory"] }.')
    return ()


def read_service_line(text: str) -> Reader:
    """Read a file's text as TOML and prepare to read its parts. Raises ServiceLineTrouble for text that is not TOML."""
    if len(text) > MAX_LENGTH:
        fault = Fault(1, f"The file has {len(text)} characters.", f"Keep it under {MAX_LENGTH}.")
        raise ServiceLineTrouble([fault], "")
    try:
        return Reader(tomllib.loads(text), text)
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        what = f"This is not written as TOML should be: {error}."
        raise ServiceLineTrouble(
            [Fault(line, what, "Look for a missing quotation mark, comma or bracket.")], ""
        ) from None
