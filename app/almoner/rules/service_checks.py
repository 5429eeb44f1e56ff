"""Check that the parts of a service line fit together: stages can be reached and left, clocks can start and end."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence

from almoner.rules.service_line import Coded, FieldType, Need, NeedKind, ServiceLine, StageKind
from almoner.rules.service_reading import Fault, Reader, ServiceLineTrouble, read_service_line


def parse_service_line(text: str, source: str, known_letters: Collection[str] | None = None) -> ServiceLine:
    """Read a service line and check it as a whole.

    `source` names the file in messages; `known_letters`, when given, are the codes of the letters that exist. Raises
    ServiceLineTrouble with every fault found: line number, what is wrong, what to do.
    """
    try:
        reader = read_service_line(text)
    except ServiceLineTrouble as trouble:
        raise ServiceLineTrouble(trouble.faults, source) from None
    line = reader.line()
    check = _Check(line, reader)
    check.everything(known_letters)
    if reader.faults:
        raise ServiceLineTrouble(reader.faults, source)
    return line


class _Check:
    """The checks on one line; each notes the faults it finds."""

    def __init__(self, line: ServiceLine, reader: Reader) -> None:
        self.line = line
        self.reader = reader
        self.stages = [stage.code for stage in line.stages if stage.code]
        self.events = [event.code for event in line.events]

    def everything(self, known_letters: Collection[str] | None) -> None:
        """Run every check."""
        self.dates()
        self.codes()
        self.stages_and_moves()
        self.raised_events()
        self.clocks()
        self.fields()
        self.letters(known_letters)

    def fault(self, table: str, index: int, key: str, what: str, do: str) -> None:
        """Note a fault at a key of the nth table of a name."""
        self.reader.faults.append(Fault(self.reader.places.key(table, index, key), what, do))

    def known(self, code: str, codes: Sequence[str], noun: str, at: tuple[str, int, str]) -> bool:
        """Note a fault when a code is not among those declared."""
        if code in codes or not code:
            return True
        near = difflib.get_close_matches(code, codes, n=1)
        hint = f'Did you mean "{near[0]}"?' if near else f"Declare it, or use one of {', '.join(codes) or 'none yet'}."
        self.fault(*at, f'There is no {noun} called "{code}".', hint)
        return False

    def dates(self) -> None:
        """The line must not end before it begins, nor any dated choice."""
        end = self.line.effective_to
        if end and end < self.line.effective_from:
            self.fault(
                "", 0, "effective_to", "The line ends before it begins.", "Correct effective_from or effective_to."
            )
        for index, field in enumerate(self.line.fields):
            for number, choice in enumerate(field.choices):
                if choice.effective_from and choice.effective_to and choice.effective_to < choice.effective_from:
                    place = self.reader.places.item("field", index, "choices", number)
                    what = f'The choice "{choice.code}" ends before it begins.'
                    self.reader.faults.append(Fault(place, what, "Correct its two days."))

    def codes(self) -> None:
        """Each thing must have its own code."""
        line = self.line
        for table, parts in (
            ("event", line.events), ("kind", line.kinds), ("stage", line.stages), ("field", line.fields),
            ("evidence", line.evidence), ("clock", line.clocks), ("letter", line.letters), ("flag", line.flags),
        ):  # fmt: skip
            self.distinct(table, parts)
        for index, field in enumerate(line.fields):
            codes = [choice.code for choice in field.choices]
            if len(set(codes)) < len(codes):
                what = f'Two choices of "{field.code}" have the same code.'
                self.fault("field", index, "choices", what, "Give each choice its own code.")
        if not line.kinds:
            self.fault("", 0, "", "The line has no kinds of report.", "Add at least one [[kind]].")

    def distinct(self, table: str, parts: Iterable[Coded]) -> None:
        """Note every second use of a code."""
        seen: set[str] = set()
        for index, part in enumerate(parts):
            if part.code in seen:
                self.fault(
                    table, index, "code", f'"{part.code}" is used twice in [[{table}]].', "Give each its own code."
                )
            seen.add(part.code)

    def stages_and_moves(self) -> None:
        """Every stage must be reachable from the first and must lead to a closing one."""
        if not self.stages:
            self.fault("", 0, "", "The line has no stages.", "Add a [[stage]] for each step, the first one first.")
            return
        seen: set[tuple[str, str]] = set()
        meant: set[tuple[str, str]] = set()
        for index, move in enumerate(self.line.moves):
            self.known(move.start, self.stages, "stage", ("move", index, "from"))
            self.known(move.end, self.stages, "stage", ("move", index, "to"))
            meant.add((self.nearest(move.start), self.nearest(move.end)))
            if (move.start, move.end) in seen or move.start == move.end:
                what = f'The move from "{move.start}" to "{move.end}" is there twice or leads nowhere.'
                self.fault("move", index, "to", what, "Remove it, or correct where it leads.")
            seen.add((move.start, move.end))
            for need in move.needs:
                self.need(need, index)
        self.ways(meant)

    def nearest(self, code: str) -> str:
        """Give the stage a misspelt code most likely means, so that one slip is reported once."""
        return next(iter(difflib.get_close_matches(code, self.stages, n=1)), code)

    def need(self, need: Need, index: int) -> None:
        """What a move needs must be declared."""
        declared: dict[NeedKind, tuple[Sequence[Coded], str]] = {
            NeedKind.FIELD: (self.line.fields, "field"),
            NeedKind.EVIDENCE: (self.line.evidence, "evidence"),
            NeedKind.LETTER: (self.line.letters, "letter"),
        }
        if need.kind in declared:
            parts, noun = declared[need.kind]
            self.known(need.what, [part.code for part in parts], noun, ("move", index, "needs"))

    def ways(self, moves: Collection[tuple[str, str]]) -> None:
        """Find stages that cannot be reached or that never lead to a close."""
        closing = {stage.code for stage in self.line.stages if stage.kind is StageKind.CLOSED}
        if not closing:
            self.fault("", 0, "", "No stage closes a case.", 'Give the last stage kind = "closed".')
        reached = _spread({self.stages[0]}, moves)
        unknown = {code for move in moves for code in move if code not in self.stages}
        finishing = _spread(closing | unknown, {(end, start) for start, end in moves})
        for index, code in enumerate(stage.code for stage in self.line.stages):
            if code and code not in reached:
                what = f'The stage "{code}" cannot be reached from "{self.stages[0]}".'
                self.fault("stage", index, "code", what, "Add a [[move]] that leads to it, or remove it.")
            elif code and (closing or unknown) and code not in finishing:
                what = f'From the stage "{code}" no case can ever be closed.'
                self.fault("stage", index, "code", what, "Add a [[move]] that leads on from it.")

    def raised_events(self) -> None:
        """Stages, moves and letters may raise only declared events, and each event must be raised by something."""
        raised: set[str] = {event.code for event in self.line.events if event.by_hand}
        raising = {
            "stage": [stage.raises for stage in self.line.stages],
            "move": [move.raises for move in self.line.moves],
            "letter": [letter.raises for letter in self.line.letters],
        }
        for table, each in raising.items():
            for index, codes in enumerate(each):
                for code in codes:
                    self.known(code, self.events, "event", (table, index, "raises"))
                    raised.add(code)
        for index, event in enumerate(self.line.events):
            if event.code not in raised:
                what = f'Nothing ever raises the event "{event.code}".'
                self.fault("event", index, "code", what, "Let a stage, move or letter raise it, or set by_hand = true.")

    def clocks(self) -> None:
        """Clocks may name only declared events, kinds, fields and answers."""
        kinds = [kind.code for kind in self.line.kinds]
        fields = {field.code: field for field in self.line.fields}
        for index, clock in enumerate(self.line.clocks):
            self.known(clock.starts_on, self.events, "event", ("clock", index, "starts_on"))
            for code in clock.ends_on:
                self.known(code, self.events, "event", ("clock", index, "ends_on"))
            if clock.starts_on in clock.ends_on:
                what = f'The clock "{clock.code}" ends with the event that starts it.'
                self.fault("clock", index, "ends_on", what, "Name the event that shows the work is done.")
            for code in clock.kinds:
                self.known(code, kinds, "kind", ("clock", index, "kinds"))
            for code, answers in clock.when:
                if self.known(code, list(fields), "field", ("clock", index, "when")) and code in fields:
                    choices = [choice.code for choice in fields[code].choices] or ["yes", "no"]
                    for answer in answers:
                        self.known(answer, choices, f'answer to "{code}"', ("clock", index, "when"))

    def fields(self) -> None:
        """Choices belong to choice questions, two or more of them; a question's stage must exist."""
        for index, field in enumerate(self.line.fields):
            chooses = field.type in (FieldType.CHOICE, FieldType.MULTI)
            if chooses and len(field.choices) < 2:
                what = f'"{field.code}" offers fewer than two choices.'
                self.fault("field", index, "choices", what, "Add choices, or make it a yes-no or text question.")
            if field.choices and not chooses:
                what = f'"{field.code}" has choices but is a {field.type} question.'
                self.fault("field", index, "choices", what, 'Set type = "choice" or "multi", or remove them.')
            self.known(field.stage, self.stages, "stage", ("field", index, "stage"))

    def letters(self, known_letters: Collection[str] | None) -> None:
        """Letters must exist."""
        for index, letter in enumerate(self.line.letters):
            if known_letters is not None:
                self.known(letter.code, sorted(known_letters), "letter", ("letter", index, "code"))


def _spread(begun: Collection[str], ways: Collection[tuple[str, str]]) -> set[str]:
    """Give everything that can be reached from the stages begun with."""
    reached = set(begun)
    waiting = list(begun)
    while waiting:
        here = waiting.pop()
        onward = {end for start, end in ways if start == here} - reached
        reached |= onward
        waiting += onward
    return reached
