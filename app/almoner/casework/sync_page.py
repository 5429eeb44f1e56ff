"""What is not at the office yet, what is sent but kept until the office's backup, who must act before work goes on, and
when the two copies were last proved equal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from almoner.casework.conflict_page import open_conflicts
from almoner.casework.conflicts import may_be_settled_by
from almoner.casework.ports import Desk
from almoner.casework.settle_page import count_to_settle
from almoner.records import Attachment, HeldWork, Team
from almoner.records.held_work import Settlement
from almoner.records.wire import read_instant
from almoner.rules.access import RESIDENTS, STAFF, UNASSIGNED
from almoner.rules.words import counted, when, when_at
from almoner.store.attachments import files_to_send
from almoner.store.lines import LineState
from almoner.store.outbox import kept_until_durable_count, unsent_count
from almoner.store.reading import Reading
from almoner.store.scope_states import ScopeState, scope_states

OLD = timedelta(days=1)
"""What was last in step longer ago is shown as old."""
TOLD_FOR = timedelta(days=7)
"""So long it is said that the server was restored, or that a second copy of this store was noticed."""

_STATES = {
    LineState.WAITING: ("To send", "neutral"),
    LineState.SENT: ("Sent, kept until backed up", "blue"),
    LineState.HELD: ("Held at the office", "yellow"),
    LineState.REJECTED: ("Not accepted", "red"),
    LineState.CONFLICT: ("Two values", "purple"),
}
_SCOPES = {STAFF: "Teams and officers", RESIDENTS: "Residents", UNASSIGNED: "Cases without a team"}
_SHARED = {
    "confidential": "Confidential addresses",
    "case": "A case shared with you",
    "person": "A resident shared with you",
}


@dataclass(frozen=True, slots=True)
class ProvedScope:
    """A part of the records: its name; how many there are, when both copies were last proved equal and by which check;
    the whole check for whoever compares it with the server's."""

    name: str
    words: str
    check: str
    is_proved: bool


@dataclass(frozen=True, slots=True)
class WaitingOn:
    """Something that somebody must do before work goes on: what it is, why, and the screen where it is done."""

    icon: str
    title: str
    why: str
    screen: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A photo, scan or letter whose bytes only this computer has."""

    case_id: str
    name: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class SyncPage:
    """Everything the page shows but the state of the network. `as_at` says how old what is seen is, `is_old` that this
    is long; `notices` are what happened to the copies themselves."""

    to_send: int
    kept: int
    last_synced: str
    as_at: str
    is_old: bool
    notices: tuple[str, ...]
    waiting_on: tuple[WaitingOn, ...]
    scopes: tuple[ProvedScope, ...]


def read_sync_page(reading: Reading, desk: Desk) -> SyncPage:
    """Read it all."""
    now, last = desk.clock.now(), _instant(reading, "last_sync_at")
    return SyncPage(
        to_send=unsent_count(reading) + len(files_to_send(reading)),
        kept=kept_until_durable_count(reading),
        last_synced=when(last, now) if last else "",
        as_at=as_at_words(last, now),
        is_old=last is None or now - last > OLD,
        notices=tuple(_notices(reading, now)),
        waiting_on=tuple(_waiting_on(reading, desk)),
        scopes=_scopes(reading, desk, scope_states(reading)),
    )


def as_at_words(last: datetime | None, now: datetime) -> str:
    """Say how old what this device shows is: "as at 10:42", "as at 17:30 yesterday"; nothing before the first sync."""
    return f"as {when_at(last, now)}" if last else ""


def unsent_files(reading: Reading, limit: int) -> tuple[FileLine, ...]:
    """Files that are not at the office yet, at most `limit`."""
    found = (reading.all_of(Attachment, limit=1, sha256=file.sha256) for file in files_to_send(reading, limit))
    return tuple(FileLine(each.case_id, each.name, each.recorded_at) for named in found for each in named)


def state_words(state: LineState) -> tuple[str, str]:
    """Say where a save stands, and the tone of the palette for it."""
    return _STATES[state]


def _instant(reading: Reading, fact: str) -> datetime | None:
    said = reading.fact(fact)
    return read_instant(said) if said else None


def _notices(reading: Reading, now: datetime) -> Iterator[str]:
    restored, forked = _instant(reading, "restored_at"), _instant(reading, "forked_at")
    if restored is not None and now - restored < TOLD_FOR:
        yield (
            f"The office's server was restored from a backup, noticed {when_at(restored, now)}. What it may have lost "
            "is sent again from this device; you need not do anything."
        )
    if forked is not None and now - forked < TOLD_FOR:
        yield (
            f"A second copy of this device's store was noticed {when_at(forked, now)}. Both go on, and nothing is "
            "counted twice; tell your IT service desk if you know of no copy."
        )


def _waiting_on(reading: Reading, desk: Desk) -> Iterator[WaitingOn]:
    mine, conflicts = count_to_settle(reading, desk), open_conflicts(reading)
    if mine:
        yield WaitingOn(
            "arrow-right-left",
            f"{counted(mine, 'decision')} of yours",
            "Two people changed the same thing, or the office did not take a save. Nothing is lost meanwhile.",
            "settle",
        )
    others = sum(not may_be_settled_by(reading, desk, each) for each in conflicts)
    if others:
        yield WaitingOn(
            "users",
            f"{counted(others, 'decision')} of colleagues",
            "Two people changed the same thing; the officer of the case or a supervisor chooses.",
            "settle",
        )
    held = len(reading.all_of(HeldWork, settlement=Settlement.WAITING, author=desk.me.id))
    if held:
        yield WaitingOn(
            "hourglass",
            f"{counted(held, 'save')} of yours held at the office",
            "A supervisor or the officer whose case it is takes it over, or says why not.",
            "settle",
        )


def _scopes(reading: Reading, desk: Desk, states: Sequence[ScopeState]) -> tuple[ProvedScope, ...]:
    teams = {f"team:{team.id}": team.name for team in reading.all_of(Team)}
    now = desk.clock.now()
    return tuple(
        ProvedScope(
            name=_name(state.scope, teams),
            words=_scope_words(state, now),
            check=_check(state.digest),
            is_proved=state.proved_at is not None,
        )
        for state in states
    )


def _scope_words(state: ScopeState, now: datetime) -> str:
    if state.proved_at is None:
        return "Not compared with the office yet"
    records = f"{state.count:,} {'record' if state.count == 1 else 'records'}"
    return f"{records}, equal {when_at(state.proved_at, now)}, check {_check(state.digest)[:4]}…"


def _check(digest: str) -> str:
    """The digest of a scope as people compare it: sixteen hexadecimal characters."""
    return f"{int(digest) & (1 << 64) - 1:016x}" if digest else ""


def _name(scope: str, teams: dict[str, str]) -> str:
    kind = scope.partition(":")[0]
    if scope in teams:
        return f"Cases of {teams[scope]}"
    return _SCOPES.get(scope) or _SHARED.get(kind) or ("A team's cases" if kind == "team" else "My own items")
