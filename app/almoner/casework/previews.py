"""What logging a case would do, said before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from almoner.casework.cases import Given, duplicate_words, line_for, opening_words, similar_cases
from almoner.casework.clocks import make_clock
from almoner.casework.ports import Desk
from almoner.casework.times import SLACK
from almoner.records import Case, Clock
from almoner.records.cases import AnswerState
from almoner.records.trouble import Trouble
from almoner.rules.stages import clocks_started_by, events_of_opening
from almoner.rules.words import uk_date
from almoner.store.reading import Reading

AWARE_LABEL = "Council became aware"
"""The name of the field for the time the council first knew, as every message about it says it."""


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that a new one may repeat, and what to say about it."""

    case: Case
    words: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The clocks a case would start, in one sentence; whether one is overdue already; and cases it may repeat."""

    sentence: str = ""
    clocks: tuple[Clock, ...] = ()
    is_overdue: bool = False
    similar: tuple[Similar, ...] = ()


def preview_case(
    reading: Reading,
    desk: Desk,
    *,
    service: str,
    case_kind: str,
    aware_at: datetime,
    subject_id: str = "",
    place: str = "",
    answers: Mapping[str, Given] | None = None,
) -> Preview:
    """Say what would run for a case, and which cases it may repeat. Raises Trouble for a time to come, and for a
    service or kind not known."""
    now = desk.clock.now()
    if aware_at > now + SLACK:
        raise Trouble(
            "This time is in the future.", "Give the time when anyone in the council first knew.", AWARE_LABEL
        )
    line = line_for(desk, service, aware_at)
    similar = tuple(
        Similar(case, duplicate_words(line, case)) for case in similar_cases(reading, line, subject_id, place, now)
    )
    if not case_kind:
        return Preview(similar=similar)
    known = {question: given.value for question, given in (answers or {}).items() if _is_known(given)}
    kind = line.case_kind(case_kind).code
    rules = [rule for event in events_of_opening(line) for rule in clocks_started_by(line, kind, event, known)]
    if uk_date(aware_at) < line.effective_from:
        rules = []
    clocks = tuple(make_clock("", "", rule, aware_at, desk.calendars) for rule in rules)
    sentence = opening_words(line, aware_at, clocks, now)
    return Preview(sentence, clocks, any(clock.due_at <= now for clock in clocks), similar)


def _is_known(given: Given) -> bool:
    return given.state is AnswerState.ANSWERED and bool(given.value)
