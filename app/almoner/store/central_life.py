"""The life of the council's database as a whole: which one it is, its epoch, and when it was last copied safely."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, literal_column, select, text
from sqlalchemy.dialects.postgresql import insert

from almoner.store.central import first_page, server_fact
from almoner.store.central_devices import BACKED_UP_AT, backed_up_at
from almoner.store.central_scopes import begin_epoch

_HOME = "home"
_CONTROL = ("pg_control_system()", "pg_control_checkpoint()")


def fact(connection: Connection, name: str) -> str | None:
    """A fact about this database, or None."""
    kept = connection.execute(select(server_fact.c.value).where(server_fact.c.name == name)).scalar()
    return None if kept is None else str(kept)


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Keep a fact about this database."""
    row = insert(server_fact).values(name=name, value=value)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def note_backed_up(connection: Connection, began: datetime) -> bool:
    """A copy of this database that began at that instant is complete and safe. False when a later one is known."""
    connection.execute(text("SELECT 1 FROM server_fact WHERE name = :name FOR UPDATE"), {"name": BACKED_UP_AT})
    known = backed_up_at(connection)
    if known is not None and known >= began:
        return False
    set_fact(connection, BACKED_UP_AT, began.isoformat())
    return True


def home(connection: Connection) -> str:
    """Which database this is: it differs after a restore from a dump or a base backup, after recovery to a point in
    time and after a replica took over. Parts that PostgreSQL does not let us see are left out."""
    allowed = [func.has_function_privilege(name, "EXECUTE") for name in _CONTROL]
    system, checkpoint = connection.execute(select(*allowed)).one()
    parts: list[Select[Any]] = [
        select(literal_column("oid")).select_from(text("pg_database")).where(text("datname = current_database()"))
    ]
    if system:
        parts.append(select(literal_column("system_identifier")).select_from(text(_CONTROL[0])))
    if checkpoint:
        parts.append(select(literal_column("timeline_id")).select_from(text(_CONTROL[1])))
    return "/".join(str(connection.execute(part).scalar_one()) for part in parts)


def begin_anew(connection: Connection, epoch: str) -> None:
    """This database was restored: laptops begin afresh with it and offer again what it may lack."""
    begin_epoch(connection, epoch)
    connection.execute(delete(first_page))
    set_fact(connection, _HOME, home(connection))


def settle_in(connection: Connection, epoch: str) -> bool:
    """Notice that this database is another than the one last served, and then begin the epoch; whether it was."""
    known, here = fact(connection, _HOME), home(connection)
    if known == here:
        return False
    if known is None:
        set_fact(connection, _HOME, here)
        return False
    begin_anew(connection, epoch)
    return True
