"""Two people changed the same important thing: what each wrote, kept until somebody settles it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from annotated_types import MaxLen

from almoner.records.events import Received
from almoner.records.facts import ID_LENGTH, SHORT, TEXT, Fact, Id, Merge, Personal


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """A value that was not applied because the field had changed meanwhile. Values are kept in wire form as JSON.

    `in_force_at` and `received_at` are the server's time, `offered_at` the device's. An empty `field` means that the
    record itself was taken away by one of the two. Who settles first has settled it.
    """

    kind: ClassVar[str] = "conflict"
    table: ClassVar[str] = "conflicts"
    append_only: ClassVar[bool] = False

    id: Id
    case_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Case", merge=Merge.FIXED, refers="case")] = ""
    person_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Person", merge=Merge.FIXED, refers="person")] = ""
    record_kind: Annotated[str, MaxLen(SHORT), Fact(label="Kind of record", merge=Merge.FIXED)]
    record_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Record", merge=Merge.FIXED)]
    field: Annotated[str, MaxLen(SHORT), Fact(label="Field", merge=Merge.FIXED)]
    before: Annotated[str, MaxLen(TEXT * 2), Fact(label="Before", merge=Merge.FIXED, personal=Personal.SPECIAL)] = ""
    in_force: Annotated[str, MaxLen(TEXT * 2), Fact(label="In force", merge=Merge.FIXED, personal=Personal.SPECIAL)]
    offered: Annotated[str, MaxLen(TEXT * 2), Fact(label="Offered", merge=Merge.FIXED, personal=Personal.SPECIAL)]
    offered_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Offered by", merge=Merge.FIXED, refers="user")]
    offered_at: Annotated[datetime, Fact(label="Offered at", merge=Merge.FIXED)]
    mutation_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Save", merge=Merge.FIXED)]
    settled_at: Annotated[datetime | None, Fact(label="Settled", merge=Merge.FIRST)] = None
    settled_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Settled by", merge=Merge.FIRST, refers="user")] = ""
    choice: Annotated[str, MaxLen(SHORT), Fact(label="Choice", merge=Merge.FIRST)] = ""
    in_force_by: Annotated[str, MaxLen(ID_LENGTH), Fact(label="In force by", merge=Merge.FIXED, refers="user")] = ""
    in_force_at: Annotated[datetime | None, Fact(label="In force since", merge=Merge.FIXED)] = None
    received_at: Received = None
