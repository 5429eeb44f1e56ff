"""What has been taken down for a new case so far, as plain values that can be kept as a draft."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec

from almoner.casework.cases import Given
from almoner.records.cases import AnswerState


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A form half filled in. `answers` are question to (state, value); `household_ids` None until it was asked."""

    subject_id: str = ""
    reporter_id: str = ""
    is_other: bool = False
    household_ids: tuple[str, ...] | None = None
    service: str = ""
    case_kind: str = ""
    aware: str = ""
    origin: str = ""
    title: str = ""
    summary: str = ""
    answers: dict[str, tuple[str, str]] = field(default_factory=dict)

    def given(self) -> dict[str, Given]:
        """The answers as casework takes them."""
        return {code: Given(value, AnswerState(state)) for code, (state, value) in self.answers.items()}

    @property
    def is_started(self) -> bool:
        """Whether anything worth keeping has been typed or chosen."""
        said = (self.subject_id, self.reporter_id, self.case_kind, self.title.strip(), self.summary.strip())
        return any(said) or bool(self.answers)


def draft_of(intake: Intake) -> str:
    """Give the text a draft is kept as; nothing for a form nobody has begun."""
    return msgspec.json.encode(asdict(intake)).decode() if intake.is_started else ""


def intake_of(draft: str) -> Intake | None:
    """Give the form a draft was kept from; None when there is none, or none that can be read."""
    if not draft:
        return None
    try:
        values: dict[str, Any] = msgspec.json.decode(draft)
        return msgspec.convert(values, Intake)
    except (msgspec.ValidationError, msgspec.DecodeError):
        return None
