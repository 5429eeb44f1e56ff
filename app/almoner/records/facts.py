"""What is said once about a field: its label, how two copies merge, how private it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from annotated_types import MaxLen


class Merge(Enum):
    """What happens when two copies changed the same field (see docs/sync.md)."""

    FIXED = "fixed"  # set when the record is made, never changed
    LATEST = "latest"  # low stakes: the server's order wins, the other value stays in history
    ASK = "ask"  # the server's value stays in force, a person settles it
    UNION = "union"  # a set of words: additions and removals combine
    FIRST = "first"  # done once: whoever came first has done it, a later value is kept in the history only
    CAUTIOUS = "cautious"  # the more protective value wins: True over False, the later member of an enum


class Personal(Enum):
    """How private a field is: masked in logs unless NO; SPECIAL is special category data (UK GDPR art. 9)."""

    NO = "no"
    YES = "yes"
    SPECIAL = "special"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """The facts of one field. `refers` names the kind of record an id points to; `server` marks what only the
    server sets; `long` asks a form for a text box of several lines. Fields `together` under one name are one decision:
    where one of them is disputed, none of the others of that save takes effect."""

    label: str
    merge: Merge = Merge.ASK
    personal: Personal = Personal.NO
    help: str = ""
    refers: str = ""
    server: bool = False
    long: bool = False
    together: str = ""


ID_LENGTH = 36
SHORT, LINE, TEXT = 60, 200, 20_000

Id = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Id", merge=Merge.FIXED)]
CaseId = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Case", merge=Merge.FIXED, refers="case")]
PersonId = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Person", merge=Merge.FIXED, refers="person")]
UserId = Annotated[str, MaxLen(ID_LENGTH), Fact(label="Officer", merge=Merge.FIXED, refers="user")]
