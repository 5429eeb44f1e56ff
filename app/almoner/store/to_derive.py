"""Lists and search of records that come in great number follow a little later than the rows: what is still to be
computed waits here, and is worked off a small transaction at a time, so that a person's save never waits long."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from almoner.store import derived
from almoner.store.reading import Reading
from almoner.store.tables import to_derive
from almoner.store.writing import Writing

AT_ONCE = 250
"""Records computed in one transaction."""

_IDS = msgspec.msgpack.Decoder(list[str])


def queue(tx: Writing, kind: str, ids: Sequence[str]) -> None:
    """Have the lists and search of these records computed later."""
    pieces = [list(ids[begin : begin + AT_ONCE]) for begin in range(0, len(ids), AT_ONCE)]
    tx.connection.exec_driver_sql(
        "INSERT INTO to_derive (kind, ids) VALUES (?, ?)", [(kind, msgspec.msgpack.encode(piece)) for piece in pieces]
    )


def waiting(reading: Reading) -> int:
    """How many pieces of work wait."""
    return reading.connection.execute(select(func.count()).select_from(to_derive)).scalar_one()


def work_off(tx: Writing) -> int:
    """Compute the oldest piece; how many are left."""
    row = tx.connection.execute(select(to_derive).order_by(to_derive.c.n).limit(1)).first()
    if row is None:
        return 0
    _derive(tx.connection, row.kind, _IDS.decode(row.ids))
    tx.connection.execute(to_derive.delete().where(to_derive.c.n == row.n))
    tx.touched.add(row.kind)
    return waiting(tx)


def _derive(connection: Connection, kind: str, ids: Sequence[str]) -> None:
    derived.refresh(connection, {kind: set(ids)})
