"""Changing the store: each change is one transaction that keeps the row, the line to send and the journal in step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from almoner.records import SCHEMA, Attachment, Case
from almoner.records.derive import Field, Record, fields_of
from almoner.records.facts import Merge
from almoner.records.mutation import Mutation
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain, WireFault, checked, instant_text, to_wire
from almoner.store import derived
from almoner.store.connections import LARGE_CACHE_KIB, SMALL_CACHE_KIB
from almoner.store.faults import DiskFull, told_plainly
from almoner.store.journal import Journal
from almoner.store.labels import label_of, noun_of, removal_label
from almoner.store.lines import Entry, FileKey, Line, insert_files, insert_lines, pack
from almoner.store.reading import Reader, Reading
from almoner.store.replay import rewrite_journal
from almoner.store.rows import row_of_wire, wire_of_row
from almoner.store.tables import draft, local_table, outbox, server_copy, store_fact

__all__ = ["Reader", "Reading", "Writer", "Writing"]

T = TypeVar("T")

LARGEST_JOURNAL = 4 * 1024 * 1024
"""Bytes above which the journal is rewritten although some of its work is still unsent."""
_TO_THE_MINUTE = len("2026-12-17T10:05")


def keepable(record: Record) -> dict[str, Plain]:
    """The record's wire values, proved fit to be kept. Raises Trouble that names the field as people know it."""
    try:
        return to_wire(checked(record))
    except WireFault as fault:
        label = next((f.fact.label for f in fields_of(type(record)) if f.name == fault.field), fault.field)
        raise Trouble(
            f"{label} {fault.why}.", "Put that right, then save again.", where=noun_of(record.kind)
        ) from fault


class ComesAgain(Generic[T]):
    """An action whose whole effect the server can give again, such as a page of a pull: the disk is not waited for, so
    a power cut may take it back, whole. A save that follows is waited for, and what came before it with it."""

    def __init__(self, action: Callable[[Writing], T]) -> None:
        self._action = action

    def __call__(self, tx: Writing) -> T:
        """Do it."""
        return self._action(tx)


class Writing(Reading):
    """One transaction in the making. `me` is the author of all it saves, `now` the device's time."""

    def __init__(self, connection: Connection, *, me: str, now: datetime, new_id: Callable[[], str]) -> None:
        super().__init__(connection)
        assert now.tzinfo is not None, "an instant needs a time zone"
        self.me, self.now = me, now
        self.touched: set[str] = set()
        self.changed: defaultdict[str, set[str]] = defaultdict(set)
        self.lines: list[Line] = []
        self.released = False
        self.files_gone = False
        self._new_id = new_id
        self._next_seq = int(self.fact("client_seq") or 0) + 1

    def note_changed(self, kind: str, ids: Iterable[str]) -> None:
        """Say that rows of this kind were written or removed, so that lists, search and screens follow."""
        self.touched.add(kind)
        self.changed[kind].update(ids)

    def new_id(self) -> str:
        """A new id, for what this transaction makes."""
        return self._new_id()

    def add(self, record: Record) -> None:
        """Keep a new record and queue it for the server. Raises Trouble when a field cannot be kept."""
        cls = type(record)
        wire = keepable(record)
        sent = [field for field in fields_of(cls) if not field.fact.server]
        for field in fields_of(cls):
            assert not field.fact.server or wire[field.name] is None, f"{field.name} is set by the server"
        assert self.find(cls, record.id) is None, f"this {record.kind} is already kept"
        self.connection.execute(insert(local_table(cls)), row_of_wire(cls, wire, 0))
        values = {field.name: wire[field.name] for field in sent if field.fact.merge is not Merge.UNION}
        added = {field.name: _words(wire[field.name]) for field in sent if field.fact.merge is Merge.UNION}
        self._queue(record, (), base={}, values=values, added={n: w for n, w in added.items() if w})

    def save(self, record: Record) -> None:
        """Keep a changed record and queue the fields that differ; nothing happens when none does.

        Raises Trouble when a field cannot be kept. Records that are only added to, and fixed fields, never change.
        """
        cls = type(record)
        assert not cls.append_only, f"a {record.kind} is never changed"
        wire = keepable(record)
        row = self._row(cls, record.id)
        before = wire_of_row(cls, row)
        changed = [field for field in fields_of(cls) if wire[field.name] != before[field.name]]
        if not changed:
            return
        self._keep_server_copy(record.kind, record.id, row["rev"], before)
        self._write_changes(cls, record.id, wire, changed)
        values, added, removed = _difference(changed, before, wire)
        names = tuple(field.name for field in changed)
        self._queue(record, names, base=dict.fromkeys(names, row["rev"]), values=values, added=added, removed=removed)

    def remove(self, record: Record) -> None:
        """Take a record away, here now and for everyone once the server agrees; when it does not, the row comes back.

        What is only added to is never taken away. The server refuses to take away what other records hang on.
        """
        cls = type(record)
        assert not cls.append_only, f"a {record.kind} is never taken away"
        row = self._row(cls, record.id)
        self._keep_server_copy(record.kind, record.id, row["rev"], wire_of_row(cls, row))
        self._queue(record, (), base={"": row["rev"]}, values={}, added={}, delete=True)
        table = local_table(cls)
        self.connection.execute(delete(table).where(table.c.id == record.id))

    def _row(self, cls: type[Any], id: str) -> RowMapping:
        table = local_table(cls)
        row = self.connection.execute(select(table).where(table.c.id == id)).mappings().first()
        assert row is not None, f"this {cls.kind} is not kept: add it first"
        return row

    def _keep_server_copy(self, kind: str, id: str, rev: int, wire: Mapping[str, Plain]) -> None:
        """Remember the server's state before the first unsent change; a record the server lacks has none."""
        if rev > 0:
            row = {"kind": kind, "record_id": id, "rev": rev, "body": pack(wire)}
            self.connection.execute(upsert(server_copy).on_conflict_do_nothing(), row)

    def _write_changes(self, cls: type[Any], id: str, wire: Mapping[str, Plain], changed: Iterable[Field]) -> None:
        table = local_table(cls)
        whole = row_of_wire(cls, wire, 0)
        for field in changed:
            assert field.fact.merge is not Merge.FIXED, f"{cls.kind}.{field.name} never changes"
        cells = {field.name: whole[field.name] for field in changed}
        self.connection.execute(update(table).where(table.c.id == id).values(cells))

    def _queue(
        self,
        record: Record,
        changed: tuple[str, ...],
        *,
        base: dict[str, int],
        values: dict[str, Plain],
        added: dict[str, list[str]],
        removed: dict[str, list[str]] | None = None,
        delete: bool = False,
    ) -> None:
        case_id = record.id if record.kind == "case" else str(getattr(record, "case_id", ""))
        mutation = Mutation(
            client_seq=self._next_seq,
            mutation_id=self._new_id(),
            made_at=instant_text(self.now),
            author=self.me,
            schema=SCHEMA,
            kind=record.kind,
            record=record.id,
            base=base,
            values=values,
            added=added,
            removed=removed or {},
            delete=delete,
        )
        self._next_seq += 1
        label = label_of(record, changed, self._reference(case_id))
        self.lines.append(Line(mutation, case_id, removal_label(label) if delete else label))
        self.note_changed(record.kind, (record.id,))

    def _reference(self, case_id: str) -> str:
        if not case_id:
            return ""
        cases = local_table(Case)
        query = select(cases.c.reference).where(cases.c.id == case_id)
        return self.connection.execute(query).scalar_one_or_none() or ""

    def set_fact(self, name: str, value: str) -> None:
        """Keep a single fact about the store."""
        self.set_facts({name: value})

    def set_facts(self, facts: Mapping[str, str]) -> None:
        """Keep several facts about the store."""
        statement = upsert(store_fact)
        statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
        self.connection.execute(statement, [{"name": name, "value": value} for name, value in facts.items()])

    def keep_draft(self, key: str, body: str) -> None:
        """Keep half-typed work on this device; it is never sent."""
        statement = upsert(draft).values(key=key, body=body, saved_at=instant_text(self.now))
        same = {"body": statement.excluded.body, "saved_at": statement.excluded.saved_at}
        self.connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=same))

    def drop_draft(self, key: str) -> None:
        """Forget half-typed work: it was saved or thrown away."""
        self.connection.execute(delete(draft).where(draft.c.key == key))


def _words(value: Plain) -> list[str]:
    assert isinstance(value, list)
    return value


def _difference(
    changed: Iterable[Field], before: Mapping[str, Plain], after: Mapping[str, Plain]
) -> tuple[dict[str, Plain], dict[str, list[str]], dict[str, list[str]]]:
    """What a save sends: new values, and for sets of words what was added and removed."""
    values: dict[str, Plain] = {}
    added: dict[str, list[str]] = {}
    removed: dict[str, list[str]] = {}
    for field in changed:
        if field.fact.merge is not Merge.UNION:
            values[field.name] = after[field.name]
            continue
        old, new = set(_words(before[field.name])), set(_words(after[field.name]))
        if new - old:
            added[field.name] = sorted(new - old)
        if old - new:
            removed[field.name] = sorted(old - new)
    return values, added, removed


class Writer:
    """The one writing connection, for one thread."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        *,
        new_id: Callable[[], str],
        pending: dict[str, FileKey],
        when_full: Callable[[], None],
        take_off: Callable[[Iterable[str]], None],
    ) -> None:
        """`take_off` removes files from the disk, by their SHA-256, once their keys are gone."""
        self._journal, self._new_id, self._take_off = journal, new_id, take_off
        self._pending, self._when_full = pending, when_full
        with told_plainly():
            self._connection = engine.connect()

    def write(self, action: Callable[[Writing], T], *, author: str, now: datetime) -> tuple[T, frozenset[str]]:
        """Run an action in one transaction: all of it is kept, on the disk and in the journal, or nothing is.

        The action's result and the kinds of record it touched come back. Raises Trouble when the disk or store fails;
        when the disk is full, the room kept for that is given back, so that the next try can succeed.
        """
        try:
            if isinstance(action, ComesAgain):
                with self._not_waiting_for_the_disk():
                    return self._write(action, author=author, now=now)
            return self._write(action, author=author, now=now)
        except DiskFull:
            self._when_full()
            raise

    @contextmanager
    def _not_waiting_for_the_disk(self) -> Iterator[None]:
        """Transactions inside are safe from anything but a power cut, which takes the last of them back whole."""
        driver: Any = self._connection.connection.driver_connection
        with told_plainly():
            driver.execute("PRAGMA synchronous=NORMAL")
            driver.execute(f"PRAGMA cache_size=-{SMALL_CACHE_KIB}")
        try:
            yield
        finally:
            with told_plainly():
                driver.execute("PRAGMA synchronous=FULL")
                driver.execute(f"PRAGMA cache_size=-{LARGE_CACHE_KIB}")

    def _write(self, action: Callable[[Writing], T], *, author: str, now: datetime) -> tuple[T, frozenset[str]]:
        with told_plainly():
            transaction = self._connection.begin()
            journalled = False
            try:
                tx = Writing(self._connection, me=author, now=now, new_id=self._new_id)
                result = action(tx)
                files = self._named_files()
                derived.refresh(self._connection, tx.changed)
                insert_lines(self._connection, tx.lines)
                insert_files(self._connection, files)
                facts = _clock_fact(tx)
                unsent = [file for file in files if file.state == "kept"]
                if tx.lines or unsent:
                    sequence = self._journal.append(pack(Entry(tx.lines, unsent)))
                    journalled = True
                    facts["journal_seq"] = str(sequence)
                if tx.lines:
                    facts["client_seq"] = str(tx.lines[-1].mutation.client_seq)
                if facts:
                    tx.set_facts(facts)
                transaction.commit()
                journalled = False
            except BaseException:
                self._undo(transaction, journalled)
                raise
        for file in files:
            self._pending.pop(file.sha256, None)
        if tx.released:
            self._tidy_journal()
        if tx.files_gone:
            self.take_off_gone()
        return result, frozenset(tx.touched)

    def _named_files(self) -> list[FileKey]:
        """New files that a record now names; one whose action failed is never named, and is swept away later."""
        if not self._pending:
            return []
        table = local_table(Attachment)
        named = select(table.c.sha256).where(table.c.sha256.in_(list(self._pending)))
        return [self._pending[sha256] for sha256 in set(self._connection.execute(named).scalars())]

    def _undo(self, transaction: Any, journalled: bool) -> None:
        """Leave nothing of a transaction that failed; the failure itself is what people are told."""
        with suppress(SQLAlchemyError):
            transaction.rollback()
        if journalled:
            with suppress(OSError):
                self._journal.take_back()

    def _tidy_journal(self) -> None:
        """Let the journal hold only what is still in the outbox, once that is nothing or the file has grown."""
        with suppress(OSError), self._connection.begin():
            waiting = self._connection.execute(select(outbox.c.client_seq).limit(1)).first() is not None
            if not waiting or self._journal.size > LARGEST_JOURNAL:
                rewrite_journal(self._connection, self._journal)

    def take_off_gone(self) -> None:
        """Take the files whose keys were destroyed off the disk, unless one of them has come back since."""
        with suppress(OSError, SQLAlchemyError), self._connection.begin():
            gone = self._connection.exec_driver_sql(
                "DELETE FROM gone_file RETURNING sha256,"
                " EXISTS (SELECT 1 FROM attachment_key k WHERE k.sha256 = gone_file.sha256) AS came_back"
            ).all()
            self._take_off(row[0] for row in gone if not row[1] and row[0] not in self._pending)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def _clock_fact(tx: Writing) -> dict[str, str]:
    """Note the highest time seen, so that a clock set back is noticed; to the minute, unless something was saved."""
    now, highest = instant_text(tx.now), tx.fact("highest_time") or ""
    if not tx.lines and now[:_TO_THE_MINUTE] == highest[:_TO_THE_MINUTE]:
        return {}
    return {"highest_time": now} if now > highest else {}
