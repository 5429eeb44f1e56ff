"""Devices as those who look after officers see them, page by page, those that were away longest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, literal, or_, select, true, tuple_

from almoner.records import User
from almoner.records.staff import StaffRole
from almoner.records.wire import instant_text
from almoner.store.central import central_table, device, receipt
from almoner.store.ledger import PostgresLedger
from almoner.sync.applying import officer_of
from almoner.sync.messages import MAX_DEVICES, DeviceLine, Devices

_USER = central_table(User)
_ENDED = case((device.c.revoked_at.is_(None), 0), else_=1)
_AWAY = func.coalesce(device.c.last_seen, device.c.enrolled_at)


class NotACursor(ValueError):
    """What was given to continue from was never given out."""


def devices_for(connection: Connection, user_id: str, *, after: str, now: datetime) -> Devices | None:
    """One page of the devices this officer looks after; None when they look after nobody. Raises NotACursor."""
    officer = officer_of(PostgresLedger(connection), user_id)
    if officer is None or not officer.active or officer.role not in (StaffRole.SUPERVISOR, StaffRole.ADMINISTRATOR):
        return None
    query = _lines()
    if officer.role is StaffRole.SUPERVISOR:
        teams = sorted({team for team in (officer.team_id, *officer.team_ids) if team})
        theirs = or_(_USER.c.team_id.in_(teams), _USER.c.team_ids.overlap(teams), _USER.c.id == officer.id)
        query = query.where(theirs)
    if after:
        ended, away, device_id = _place(after)
        query = query.where(tuple_(_ENDED, _AWAY, device.c.id) > tuple_(literal(ended), literal(away), device_id))
    rows = connection.execute(query.limit(MAX_DEVICES + 1)).all()
    shown = rows[:MAX_DEVICES]
    following = _cursor(shown[-1]) if len(rows) > MAX_DEVICES else ""
    return Devices(as_at=instant_text(now), devices=[_line(row) for row in shown], next=following)


def _lines() -> Select[Any]:
    """Devices with their officer, the last receipt, and when one said that the store is destroyed."""
    newest = (
        select(receipt.c.received_at, receipt.c.records, receipt.c.files, receipt.c.unsent)
        .where(receipt.c.device_id == device.c.id)
        .order_by(receipt.c.received_at.desc())
        .limit(1)
        .lateral()
    )
    wiped = (
        select(func.max(receipt.c.received_at))
        .where(receipt.c.device_id == device.c.id, receipt.c.wiped)
        .correlate(device)
        .scalar_subquery()
    )
    return (
        select(
            device,
            _USER.c.full_name,
            _ENDED.label("ended"),
            _AWAY.label("away"),
            wiped.label("wiped_at"),
            newest.c.received_at.label("receipt_at"),
            newest.c.records,
            newest.c.files,
            newest.c.unsent,
        )
        .join_from(device, _USER, _USER.c.id == device.c.user_id)
        .join(newest, true(), isouter=True)
        .order_by(_ENDED, _AWAY, device.c.id)
    )


def _line(row: Row[Any]) -> DeviceLine:
    return DeviceLine(
        device_id=row.id,
        name=row.name,
        user_id=row.user_id,
        officer=row.full_name,
        enrolled_at=_when(row.enrolled_at),
        last_contact=_when(row.last_seen),
        unsent=row.unsent_reported,
        version=row.version,
        schema=row.schema,
        trouble=row.trouble,
        revoked_at=_when(row.revoked_at),
        wipe_asked_at=_when(row.wipe_asked_at),
        wiped_at=_when(row.wiped_at),
        receipt_at=_when(row.receipt_at),
        receipt_records=row.records or 0,
        receipt_files=row.files or 0,
        receipt_unsent=row.unsent or 0,
    )


def _when(moment: datetime | None) -> str:
    return "" if moment is None else instant_text(moment)


def _cursor(row: Row[Any]) -> str:
    return f"{row.ended}|{row.away.isoformat()}|{row.id}"


def _place(cursor: str) -> tuple[int, datetime, str]:
    ended, _, rest = cursor.partition("|")
    away, _, device_id = rest.partition("|")
    try:
        moment = datetime.fromisoformat(away)
    except ValueError as fault:
        raise NotACursor from fault
    if ended not in ("0", "1") or moment.tzinfo is None or not device_id or "\x00" in device_id:
        raise NotACursor
    return int(ended), moment, device_id
