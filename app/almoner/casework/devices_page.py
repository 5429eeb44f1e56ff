"""Devices as supervisors and administrators see them: who is not in contact, for how long, and with what unsent. The
last answer of the server is kept on this device, so that it can be looked at without a line, with its age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from almoner.casework.ports import Desk
from almoner.records.staff import StaffRole
from almoner.records.wire import instant_text, read_instant
from almoner.rules.words import counted, date_and_time, when_at
from almoner.store.reading import Reading
from almoner.store.writing import Writing
from almoner.sync.messages import DeviceLine

MOST_DEVICES = 2_000
"""So many are kept and shown; those longest away come first."""
STALE = timedelta(days=3)
"""A device unseen for longer is marked: its lease is over, and what is unsent on it is on no other."""
LONG_STALE = timedelta(days=14)
LOOKS_AFTER = frozenset({StaffRole.SUPERVISOR, StaffRole.ADMINISTRATOR})
"""Who may see devices; the server sees to it, and says no to everybody else."""

DeviceTone = Literal["green", "yellow", "orange", "red", "neutral"]
_FACT = "devices_seen"


class Kept(msgspec.Struct, frozen=True):
    """The last answer of the server, and when that was."""

    as_at: str
    devices: tuple[DeviceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """One device in words. `facts` are label and words of everything that is known of it."""

    id: str
    name: str
    officer: str
    last_contact: str
    unsent: int
    version: str
    trouble: str
    state: str
    tone: DeviceTone
    is_stale: bool
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DevicesPage:
    """All devices, those longest away first, and how old the answer is; empty words when there was none yet."""

    as_at: str
    devices: tuple[Device, ...]
    stale: int
    with_unsent: int


def keep_devices(tx: Writing, desk: Desk, devices: Sequence[DeviceLine]) -> None:
    """Keep the server's answer. It is of this device alone and never sent."""
    assert desk.me.role in LOOKS_AFTER, "caseworkers look after no devices"
    kept = Kept(instant_text(desk.clock.now()), tuple(devices[:MOST_DEVICES]))
    tx.set_fact(_FACT, msgspec.json.encode(kept).decode())


def read_devices(reading: Reading, desk: Desk) -> DevicesPage:
    """The last answer that was kept, as it reads now."""
    said, now = reading.fact(_FACT), desk.clock.now()
    if not said or desk.me.role not in LOOKS_AFTER:
        return DevicesPage("", (), 0, 0)
    kept = msgspec.json.decode(said, type=Kept)
    ordered = sorted(kept.devices, key=lambda line: (bool(line.revoked_at), line.last_contact or line.enrolled_at))
    devices = tuple(_device(line, now) for line in ordered)
    return DevicesPage(
        as_at=f"as {when_at(read_instant(kept.as_at), now)}",
        devices=devices,
        stale=sum(device.is_stale for device in devices),
        with_unsent=sum(device.unsent > 0 for device in devices),
    )


def _device(line: DeviceLine, now: datetime) -> Device:
    seen = read_instant(line.last_contact) if line.last_contact else None
    away = now - (seen or read_instant(line.enrolled_at))
    is_stale = not line.revoked_at and not line.wiped_at and away > STALE
    state, tone = _state(line, away, is_stale=is_stale)
    return Device(
        id=line.device_id,
        name=line.name,
        officer=line.officer,
        last_contact=ago(seen, now) if seen else "Never",
        unsent=line.unsent,
        version=line.version,
        trouble=line.trouble,
        state=state,
        tone=tone,
        is_stale=is_stale,
        facts=tuple(_facts(line, seen)),
    )


def _state(line: DeviceLine, away: timedelta, *, is_stale: bool) -> tuple[str, DeviceTone]:
    if line.wiped_at:
        return "Wiped", "neutral"
    if line.wipe_asked_at:
        return "Wipe asked", "red"
    if line.revoked_at:
        return "Revoked", "orange"
    if is_stale:
        return f"Not seen for {counted(away.days, 'day')}", "red" if away > LONG_STALE else "orange"
    return ("In trouble", "yellow") if line.trouble else ("In use", "green")


def _facts(line: DeviceLine, seen: datetime | None) -> list[tuple[str, str]]:
    def said(instant: str) -> str:
        return date_and_time(read_instant(instant)) if instant else ""

    unsent = f"{counted(line.unsent, 'save')}, as it last reported" if line.unsent else "Nothing, as it last reported"
    receipt = ""
    if line.receipt_at:
        left = f"{counted(line.receipt_records, 'record')} and {counted(line.receipt_files, 'file')}"
        receipt = f"{said(line.receipt_at)}: {left} left it, {counted(line.receipt_unsent, 'save')} not sent before"
    facts = [
        ("Officer", line.officer),
        ("Set up", said(line.enrolled_at)),
        ("Last contact", date_and_time(seen) if seen else "Never"),
        ("Not sent", unsent),
        ("Version", f"{line.version}, schema {line.schema}" if line.version else "Not reported"),
        ("Last trouble", line.trouble),
        ("Revoked", said(line.revoked_at)),
        ("Wipe asked", said(line.wipe_asked_at)),
        ("Wiped", said(line.wiped_at)),
        ("Receipt", receipt),
    ]
    return [(label, words) for label, words in facts if words]


def ago(instant: datetime, now: datetime) -> str:
    """Say how long ago something was: "Just now", "12 minutes ago", "5 hours ago", "3 days ago"."""
    away = max(now - instant, timedelta(0))
    if away < timedelta(minutes=2):
        return "Just now"
    if away < timedelta(hours=1):
        return f"{away.seconds // 60} minutes ago"
    if away < timedelta(days=1):
        return f"{counted(away.seconds // 3600, 'hour')} ago"
    return f"{counted(away.days, 'day')} ago"
