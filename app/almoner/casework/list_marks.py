"""What a list says of a case beside its own words: service and stage by their titles, and how near the date is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from almoner.rules.due_tags import due_tag
from almoner.rules.service_line import ServiceLine, ServiceLines, StageKind
from almoner.rules.words import plain_date, uk_date, when
from almoner.store.lists import CaseRow, disputed_cases
from almoner.store.reading import Reading

TWO_VALUES = "Two values"
"""What a list says of a case on which two people disagree."""

_STAGE_TONES = {StageKind.OPEN: "blue", StageKind.WAITING: "orange", StageKind.CLOSED: "neutral"}


@dataclass(frozen=True, slots=True)
class CaseMarks:
    """The words and tones of one row. `due` is empty when nothing is due."""

    service: str
    stage: str
    stage_tone: str
    due: str
    due_tone: str
    due_title: str
    updated: str


def disputed_among(reading: Reading, rows: Iterable[CaseRow]) -> frozenset[str]:
    """Give those of the cases on which two people disagree about something."""
    return disputed_cases(reading, [row.id for row in rows])


def case_marks(row: CaseRow, lines: ServiceLines, now: datetime) -> CaseMarks:
    """Say how a case stands. A service or stage this device has no rules for is named by its code."""
    versions = lines.versions(row.service)
    title, tone = _stage(row, versions)
    is_open = row.status == "open"
    tag = due_tag(row.due_on if is_open else None, row.due_at, now)
    return CaseMarks(
        service=versions[-1].title if versions else _spoken(row.service),
        stage=title,
        stage_tone=tone,
        due=tag.words,
        due_tone=tag.tone,
        due_title=row.due_title if tag.words else "",
        updated=_updated(row.updated_at, now),
    )


def _stage(row: CaseRow, versions: tuple[ServiceLine, ...]) -> tuple[str, str]:
    """Title and tone of the stage a case is at, by the newest version that has it."""
    for line in reversed(versions):
        stage = next((stage for stage in line.stages if stage.code == row.stage), None)
        if stage is not None:
            under_way = stage.kind is StageKind.OPEN and stage is not line.first_stage
            return stage.title, "teal" if under_way else _STAGE_TONES[stage.kind]
    return _spoken(row.stage), "neutral"


def _updated(at: datetime, now: datetime) -> str:
    """When the case last changed; the time of day matters no more after a year."""
    day = uk_date(at)
    return when(at, now) if day.year == uk_date(now).year else plain_date(day)


def _spoken(code: str) -> str:
    return code.replace("-", " ").capitalize()
