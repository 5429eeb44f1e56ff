"""Work that reached the journal but not the store: put back when the store is opened, or rebuilt into a new one."""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from almoner.store import derived
from almoner.store.expected import rebuild_expected
from almoner.store.journal import Journal
from almoner.store.lines import Entry, FileKey, Line, insert_files, insert_lines, pack, unpack_entry, unpack_mutation
from almoner.store.tables import attachment_key, outbox, store_fact


def replay_journal(connection: Connection, journal: Journal) -> int:
    """Bring the store up to the journal; the number of saves put back. Repeating it changes nothing.

    A journal that is new, damaged or behind the store is written anew from the outbox.
    """
    reached = int(_fact(connection, "journal_seq"))
    behind = journal.last_sequence < reached
    journal.not_below(reached)
    back = 0
    for sequence, payload in list(journal.frames(after=reached)):
        entry = unpack_entry(payload)
        back += put_back(connection, entry.lines)
        insert_files(connection, entry.files)
        _set_fact(connection, "journal_seq", str(sequence))
    if behind or journal.lost_tail:
        rewrite_journal(connection, journal)
    return back


def rewrite_journal(connection: Connection, journal: Journal) -> None:
    """Let the journal hold what is in the outbox, and the keys of files only this device has, and nothing else."""
    query = select(outbox.c.body, outbox.c.case_id, outbox.c.label).order_by(outbox.c.client_seq)
    lines = [Line(unpack_mutation(row.body), row.case_id, row.label) for row in connection.execute(query)]
    here = select(attachment_key).where(attachment_key.c.state == "kept")
    files = [FileKey(row.sha256, row.key, row.size) for row in connection.execute(here)]
    last = journal.rewrite([pack(Entry(lines, files))] if lines or files else [])
    _set_fact(connection, "journal_seq", str(last))


def put_back(connection: Connection, lines: list[Line]) -> int:
    """Queue those lines whose save is not in the outbox, and rebuild the rows they change; how many there were."""
    known = set(connection.execute(select(outbox.c.mutation_id)).scalars())
    missing = [line for line in lines if line.mutation.mutation_id not in known]
    if not missing:
        return 0
    highest = int(_fact(connection, "client_seq"))
    taken = set(connection.execute(select(outbox.c.client_seq)).scalars())
    assert all(line.mutation.client_seq not in taken for line in missing), "two saves with one number"
    insert_lines(connection, missing)
    _set_fact(connection, "client_seq", str(max(highest, *(line.mutation.client_seq for line in missing))))
    changed: dict[str, set[str]] = {}
    for line in missing:
        changed.setdefault(line.mutation.kind, set()).add(line.mutation.record)
    rebuild_expected(connection, changed, may_make=True)
    derived.refresh(connection, changed)
    return len(missing)


def _fact(connection: Connection, name: str) -> str:
    return str(connection.execute(select(store_fact.c.value).where(store_fact.c.name == name)).scalar_one())


def _set_fact(connection: Connection, name: str, value: str) -> None:
    statement = upsert(store_fact).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
