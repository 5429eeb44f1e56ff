"""A save the server would not take, as people read it and deal with it: nothing typed is ever gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from almoner.records.facts import ID_LENGTH, LINE, SHORT, TEXT, Fact, Id, Merge, Personal


class Settlement(StrEnum):
    """What became of held work."""

    WAITING = "waiting"
    DISCARDED = "discarded"
    TAKEN_OVER = "taken-over"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldWork:
    """Opened by the server beside its own copy of the whole save. `reason` is a word for programs, `text` a sentence
    for the author; `body` holds what was typed, as JSON of `values`, `added`, `removed` and `base`. `seen_at` is when
    the author read what somebody else decided."""

    kind: ClassVar[str] = "held_work"
    table: ClassVar[str] = "held_work"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Case", merge=Merge.FIXED, refers="case")] = ""
    person_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Person", merge=Merge.FIXED, refers="person")] = ""
    record_kind: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="Kind of record", merge=Merge.FIXED)]
    record_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Record", merge=Merge.FIXED)]
    mutation_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Save", merge=Merge.FIXED)]
    author: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Author", merge=Merge.FIXED, refers="user")]
    made_at: Annotated[datetime, Fact(label="Saved on the device", merge=Merge.FIXED)]
    held_at: Annotated[datetime, Fact(label="Held", merge=Merge.FIXED)]
    reason: Annotated[str, MaxLen(SHORT), Fact(label="Reason", merge=Merge.FIXED)]
    text: Annotated[str, MaxLen(TEXT), Fact(label="Why", merge=Merge.FIXED)] = ""
    body: Annotated[str, MaxLen(TEXT * 4), Fact(label="What was saved", merge=Merge.FIXED, personal=Personal.SPECIAL)]
    sent_on_to: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Sent on to", merge=Merge.LATEST, refers="user")] = ""
    settlement: Annotated[Settlement, Fact(label="State", merge=Merge.CAUTIOUS)] = Settlement.WAITING
    settled_at: Annotated[datetime | None, Fact(label="Settled", merge=Merge.LATEST)] = None
    settled_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Settled by", merge=Merge.LATEST, refers="user")] = ""
    settled_why: Annotated[str, MaxLen(LINE), Fact(label="Why settled so", merge=Merge.LATEST)] = ""
    seen_at: Annotated[datetime | None, Fact(label="Read by its author", merge=Merge.LATEST)] = None
