"""Looking at the store: records by id or by equal fields, on one connection in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, select

from almoner.records.derive import R, fields_of
from almoner.records.trouble import Trouble
from almoner.records.wire import plain_value
from almoner.store.faults import told_plainly
from almoner.store.labels import noun_of
from almoner.store.rows import cell, record_of
from almoner.store.tables import draft, local_table, store_fact

T = TypeVar("T")

MOST_ROWS = 500
"""No fetch brings more rows than this at once."""


class Reading:
    """A view of the store that does not change while it lasts."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def find(self, cls: type[R], id: str) -> R | None:
        """The record, or None when this device does not hold it."""
        table = local_table(cls)
        row = self.connection.execute(select(table).where(table.c.id == id)).mappings().first()
        return None if row is None else record_of(cls, row)

    def get(self, cls: type[R], id: str) -> R:
        """The record. Raises Trouble when this device does not hold it."""
        found = self.find(cls, id)
        if found is None:
            raise Trouble(
                f"This {noun_of(cls.kind).lower()} is not on this computer.",
                "It may belong to another team, or be waiting at the server. Connect and sync, then look again.",
            )
        return found

    def find_many(self, cls: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Those of the records that this device holds, by id; at most 500 asked for."""
        assert len(ids) <= MOST_ROWS, "ask for fewer at a time"
        table = local_table(cls)
        rows = self.connection.execute(select(table).where(table.c.id.in_(list(ids)))).mappings()
        return {row["id"]: record_of(cls, row) for row in rows}

    def all_of(
        self, cls: type[R], *, limit: int = MOST_ROWS, order: str = "id", descending: bool = False, **equals: Any
    ) -> tuple[R, ...]:
        """Records whose named fields equal these values, in order of a field, then of id; at most `limit`."""
        table = local_table(cls)
        names = {field.name for field in fields_of(cls)}
        assert {order, *equals} <= names, f"{cls.kind} has no such field"
        query = select(table).limit(limit)
        for name, value in equals.items():
            query = query.where(table.c[name] == cell(plain_value(value)))
        columns = [table.c[order]] if order == "id" else [table.c[order], table.c.id]
        query = query.order_by(*(column.desc() if descending else column for column in columns))
        return tuple(record_of(cls, row) for row in self.connection.execute(query).mappings())

    def rev_of(self, cls: type[Any], id: str) -> int:
        """The record's version on the server when last received; 0 when it is not there or not known."""
        table = local_table(cls)
        return self.connection.execute(select(table.c.rev).where(table.c.id == id)).scalar_one_or_none() or 0

    def fact(self, name: str) -> str | None:
        """A single fact about the store, such as `client_id` or `last_sync_at`."""
        return self.connection.execute(select(store_fact.c.value).where(store_fact.c.name == name)).scalar_one_or_none()

    def facts(self) -> dict[str, str]:
        """Every single fact about the store, for whoever needs several."""
        return {row.name: row.value for row in self.connection.execute(select(store_fact))}

    def draft(self, key: str) -> str | None:
        """Half-typed work kept under this key on this device."""
        return self.connection.execute(select(draft.c.body).where(draft.c.key == key)).scalar_one_or_none()


class Reader:
    """One read-only connection, for one thread. `interrupt` alone may be called from another."""

    def __init__(self, engine: Engine, *, cache_kib: int) -> None:
        with told_plainly():
            self._connection = engine.connect()
            self._connection.exec_driver_sql(f"PRAGMA cache_size=-{cache_kib}")
            self._connection.rollback()
            self._raw: Any = self._connection.connection.dbapi_connection

    def read(self, query: Callable[[Reading], T]) -> T:
        """Run a query on one unchanging view. Raises Interrupted when stopped, Trouble when the disk or store fails."""
        with told_plainly(), self._connection.begin():
            return query(Reading(self._connection))

    def interrupt(self) -> None:
        """Stop the statement that is running, if any."""
        self._raw.interrupt()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()
