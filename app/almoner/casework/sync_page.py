"""What is not at the office yet, what came back and why, and when the two copies were last proved equal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from almoner.casework.ports import Desk
from almoner.records import BY_KIND, Attachment, Conflict, Team, User
from almoner.records.derive import fields_of
from almoner.records.trouble import Trouble
from almoner.records.wire import read_instant
from almoner.rules.access import RESIDENTS, STAFF, UNASSIGNED
from almoner.rules.words import when
from almoner.store.attachments import files_to_send
from almoner.store.labels import noun_of
from almoner.store.lines import LineState
from almoner.store.outbox import UnsentLine, mutation_of, returned, unsent_count
from almoner.store.reading import Reading
from almoner.store.scope_states import ScopeState, scope_states

MOST_SHOWN = 50
"""So many that came back are shown in full; the rest follow when these are dealt with."""

_STATES = {
    LineState.WAITING: ("To send", "neutral"),
    LineState.SENT: ("Sent, being confirmed", "blue"),
    LineState.HELD: ("Held at the office", "yellow"),
    LineState.REJECTED: ("Not accepted", "red"),
    LineState.CONFLICT: ("Two values", "purple"),
}
_SCOPES = {STAFF: "Teams and officers", RESIDENTS: "Residents", UNASSIGNED: "Cases without a team"}


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A save the server did not take over: what it was, why, and what to do. `client_seq` names it."""

    client_seq: int
    case_id: str
    title: str
    why: str
    mark: str
    tone: str


@dataclass(frozen=True, slots=True)
class TwoValues:
    """A field two people changed: what is in force, what was offered instead, by whom and when."""

    id: str
    case_id: str
    title: str
    in_force: str
    offered: str
    by: str


@dataclass(frozen=True, slots=True)
class ProvedScope:
    """A part of the records: its name, how many there are, and when both copies were last proved equal."""

    name: str
    records: str
    proved: str
    is_proved: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """A photo, scan or letter whose bytes only this computer has."""

    case_id: str
    name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SyncPage:
    """Everything the page shows but the state of the network."""

    to_send: int
    last_synced: str
    returned: tuple[ReturnedLine, ...]
    returned_count: int
    conflicts: tuple[TwoValues, ...]
    conflict_count: int
    scopes: tuple[ProvedScope, ...]


def read_sync_page(reading: Reading, desk: Desk) -> SyncPage:
    """Read it all; at most fifty each of what came back and of values to settle are given in full."""
    came_back = returned(reading)
    conflicts = reading.all_of(Conflict, order="offered_at", settled_at=None)
    names = reading.find_many(User, sorted({each.offered_by for each in conflicts[:MOST_SHOWN]}))
    last = reading.fact("last_sync_at")
    return SyncPage(
        to_send=unsent_count(reading) + len(files_to_send(reading)),
        last_synced=when(read_instant(last), desk.clock.now()) if last else "",
        returned=tuple(_returned_line(line, desk) for line in came_back[:MOST_SHOWN]),
        returned_count=len(came_back),
        conflicts=tuple(_two_values(each, names, desk) for each in conflicts[:MOST_SHOWN]),
        conflict_count=len(conflicts),
        scopes=_scopes(reading, desk, scope_states(reading)),
    )


def unsent_files(reading: Reading, limit: int) -> tuple[FileLine, ...]:
    """Files that are not at the office yet, at most `limit`."""
    found = (reading.all_of(Attachment, limit=1, sha256=file.sha256) for file in files_to_send(reading, limit))
    return tuple(FileLine(each.case_id, each.name, each.recorded_at) for named in found for each in named)


def state_words(state: LineState) -> tuple[str, str]:
    """Say where a save stands, and the tone of the palette for it."""
    return _STATES[state]


def words_of_save(reading: Reading, client_seq: int) -> str:
    """Give a save that came back as text to copy: each field with what was written. Raises Trouble when it is gone."""
    mutation = mutation_of(reading, client_seq)
    if mutation is None:
        raise Trouble("This save is no longer here.", "It may have been dealt with; look at the case.")
    record = BY_KIND.get(mutation.kind)
    labels = {field.name: field.fact.label for field in fields_of(record)} if record else {}
    written = {**mutation.values, **mutation.added}
    lines = [
        f"{labels.get(name, name)}: {_plain(value)}"
        for name, value in written.items()
        if not name.endswith("_id") and name != "id" and _plain(value)
    ]
    return "\n".join([noun_of(mutation.kind), *lines])


def _returned_line(line: UnsentLine, desk: Desk) -> ReturnedLine:
    mark, tone = _STATES[line.state]
    why = line.verdict_text or "The server gave no reason."
    return ReturnedLine(
        client_seq=line.client_seq,
        case_id=line.case_id,
        title=line.label,
        why=f"{why} Saved {_begin_low(when(line.made_at, desk.clock.now()))}.",
        mark=mark,
        tone=tone,
    )


def _two_values(each: Conflict, names: dict[str, User], desk: Desk) -> TwoValues:
    record = BY_KIND.get(each.record_kind)
    labels = {field.name: field.fact.label for field in fields_of(record)} if record else {}
    who = names[each.offered_by].full_name if each.offered_by in names else "Somebody"
    return TwoValues(
        id=each.id,
        case_id=each.case_id,
        title=f"{noun_of(each.record_kind)}: {labels.get(each.field, each.field).lower()}",
        in_force=_read(each.in_force),
        offered=_read(each.offered),
        by=f"{who}, {_begin_low(when(each.offered_at, desk.clock.now()))}",
    )


def _scopes(reading: Reading, desk: Desk, states: Sequence[ScopeState]) -> tuple[ProvedScope, ...]:
    teams = {f"team:{team.id}": team.name for team in reading.all_of(Team)}
    return tuple(
        ProvedScope(
            name=_SCOPES.get(state.scope) or _team_words(teams.get(state.scope, "")) or "My own items",
            records=f"{state.count:,} {'record' if state.count == 1 else 'records'}",
            proved=f"Equal {_begin_low(when(state.proved_at, desk.clock.now()))}" if state.proved_at else "Not yet",
            is_proved=state.proved_at is not None,
        )
        for state in states
    )


def _team_words(name: str) -> str:
    return f"Cases of {name}" if name else ""


def _read(value: str) -> str:
    """Say a value kept in wire form as JSON."""
    try:
        return _plain(json.loads(value)) or "nothing"
    except ValueError:
        return value


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return "" if value is None else str(value)


def _begin_low(words: str) -> str:
    return words[:1].lower() + words[1:]
