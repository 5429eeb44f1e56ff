"""The council, its teams and the people who work in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MaxLen, MinLen

from almoner.records.facts import ID_LENGTH, LINE, SHORT, Fact, Id, Merge


class StaffRole(StrEnum):
    """What an officer may do."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, kw_only=True, slots=True)
class Council:
    """The council itself: what letters, references and screens say about it."""

    kind: ClassVar[str] = "council"
    table: ClassVar[str] = "councils"
    append_only: ClassVar[bool] = False

    id: Id
    name: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Name")]
    prefix: Annotated[str, MinLen(2), MaxLen(4), Fact(label="Prefix of case references")]
    letter_lines: Annotated[tuple[str, ...], MaxLen(8), Fact(label="Sender's address", merge=Merge.ASK)] = ()
    phone: Annotated[str, MaxLen(SHORT), Fact(label="Telephone")] = ""
    email: Annotated[str, MaxLen(LINE), Fact(label="E-mail")] = ""
    print_profile: Annotated[str, MaxLen(SHORT), Fact(label="Print profile")] = "notify"
    safety_hours: Annotated[int, Fact(label="Hours after which safety data is too old to print")] = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A team of a service; cases belong to one."""

    kind: ClassVar[str] = "team"
    table: ClassVar[str] = "teams"
    append_only: ClassVar[bool] = False

    id: Id
    name: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Name")]
    services: Annotated[tuple[str, ...], MaxLen(50), Fact(label="Services", merge=Merge.UNION)] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """An officer. Passwords are not here: accounts live on the server alone."""

    kind: ClassVar[str] = "user"
    table: ClassVar[str] = "users"
    append_only: ClassVar[bool] = False

    id: Id
    username: Annotated[str, MinLen(1), MaxLen(SHORT), Fact(label="User name", merge=Merge.FIXED)]
    full_name: Annotated[str, MinLen(1), MaxLen(LINE), Fact(label="Full name")]
    job_title: Annotated[str, MaxLen(LINE), Fact(label="Job title")] = ""
    role: Annotated[StaffRole, Fact(label="Role")] = StaffRole.CASEWORKER
    team_id: Annotated[str, MaxLen(ID_LENGTH), Fact(label="Home team", refers="team")] = ""
    team_ids: Annotated[tuple[str, ...], MaxLen(50), Fact(label="Sees the cases of", merge=Merge.UNION)] = ()
    active: Annotated[bool, Fact(label="Works here")] = True
    confidential: Annotated[bool, Fact(label="May see confidential addresses")] = False
