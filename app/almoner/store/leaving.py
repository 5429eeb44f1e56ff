"""What leaves the device because its user may not hold it any more: rows, lists, search, thumbnails, keys and files,
and a receipt for the server that it went."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from almoner.records import BY_KIND
from almoner.records.wire import instant_text
from almoner.store import outbox
from almoner.store.members import held_of
from almoner.store.reading import Reading
from almoner.store.tables import local_table, receipt
from almoner.store.writing import Writing

PIECE = 500
"""Records taken off by one statement."""

_IN = "IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """What left this device and when, until the server has said that it knows."""

    receipt_id: str
    made_at: str
    scopes: tuple[str, ...]
    wiped: bool
    records: int
    files: int
    unsent: int


@dataclass(slots=True)
class Gone:
    """How much left."""

    records: int = 0
    files: int = 0


def remove_unheld(tx: Writing, refs: Iterable[tuple[str, str]]) -> Gone:
    """Take those of the records off the device that no scope holds any more."""
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for kind, record_id in refs:
        by_kind[kind].add(record_id)
    gone = Gone()
    for kind, found in by_kind.items():
        ids = sorted(found)
        for begin in range(0, len(ids), PIECE):
            _remove_piece(tx, kind, ids[begin : begin + PIECE], gone)
    return gone


def _remove_piece(tx: Writing, kind: str, ids: Sequence[str], gone: Gone) -> None:
    run = tx.connection.exec_driver_sql
    still = held_of(tx, kind, ids)
    going = [record_id for record_id in ids if record_id not in still]
    if not going:
        return
    those = json.dumps(going)
    run(f"DELETE FROM set_aside WHERE kind = ? AND record_id {_IN}", (kind, those))
    run(f"DELETE FROM to_sweep WHERE kind = ? AND record_id {_IN}", (kind, those))
    if kind not in BY_KIND:
        return
    if kind == "attachment":
        gone.files += _forget_files(tx, those)
    table = local_table(BY_KIND[kind]).name
    gone.records += run(f"DELETE FROM {table} WHERE id {_IN}", (those,)).rowcount
    run(f"DELETE FROM server_copy WHERE kind = ? AND record_id {_IN}", (kind, those))
    tx.note_changed(kind, going)


def _forget_files(tx: Writing, attachment_ids: str) -> int:
    """Destroy the keys and thumbnails of files that no other attachment needs, and have the files taken off the disk;
    how many. Without its key a file is noise.

    A file the server does not have yet keeps its key: access may end before the last photo is sent.
    """
    gone = tx.connection.exec_driver_sql(
        "DELETE FROM attachment_key WHERE state = 'sent'"
        f" AND sha256 IN (SELECT sha256 FROM attachments WHERE id {_IN})"
        f" AND sha256 NOT IN (SELECT a.sha256 FROM attachments a WHERE a.sha256 = attachment_key.sha256"
        f" AND a.id NOT {_IN}) RETURNING sha256",
        (attachment_ids, attachment_ids),
    )
    names: list[Any] = list(gone.scalars())
    if names:
        tx.connection.exec_driver_sql(
            "INSERT OR IGNORE INTO gone_file (sha256) VALUES (?)", [(sha256,) for sha256 in names]
        )
        tx.files_gone = True
    return len(names)


def close_scopes(tx: Writing, scopes: Sequence[str]) -> None:
    """The user may no longer see these scopes: every record that no other scope holds leaves the device, and a receipt
    of that waits to be sent.

    Saves on their way stay in the outbox: the server holds them for a supervisor.
    """
    if not scopes:
        return
    run, which = tx.connection.exec_driver_sql, json.dumps(list(scopes))
    refs = [(row[0], row[1]) for row in run(f"SELECT kind, record_id FROM scope_member WHERE scope {_IN}", (which,))]
    known = run(f"DELETE FROM scope_state WHERE scope {_IN}", (which,)).rowcount
    run(f"DELETE FROM scope_member WHERE scope {_IN}", (which,))
    gone = remove_unheld(tx, refs)
    if known:
        _keep_receipt(tx, scopes, gone)


def _keep_receipt(tx: Writing, scopes: Sequence[str], gone: Gone, *, wiped: bool = False) -> None:
    tx.connection.execute(
        receipt.insert(),
        {
            "receipt_id": tx.new_id(),
            "made_at": instant_text(tx.now),
            "scopes": json.dumps(list(scopes)),
            "wiped": int(wiped),
            "records": gone.records,
            "files": gone.files,
            "unsent": outbox.unsent_count(tx),
        },
    )


def keep_wipe_receipt(tx: Writing) -> None:
    """This store is about to be destroyed as the server asked: how much it still holds, for the server to know."""
    if tx.connection.execute(select(receipt.c.receipt_id).where(receipt.c.wiped == 1)).first() is None:
        left = Gone(files=tx.connection.exec_driver_sql("SELECT count(*) FROM attachment_key").scalar_one())
        for record in BY_KIND.values():
            table = local_table(record).name
            left.records += tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
        _keep_receipt(tx, (), left, wiped=True)


def receipts(reading: Reading, limit: int = 20) -> tuple[KeptReceipt, ...]:
    """Receipts the server has not accepted yet, oldest first."""
    rows = reading.connection.execute(select(receipt).order_by(receipt.c.made_at, receipt.c.receipt_id).limit(limit))
    return tuple(
        KeptReceipt(r.receipt_id, r.made_at, tuple(json.loads(r.scopes)), bool(r.wiped), r.records, r.files, r.unsent)
        for r in rows
    )


def drop_receipt(tx: Writing, receipt_id: str) -> None:
    """The server keeps it. What it was about stays known as facts, so that the person can be told what left."""
    gone = tx.connection.execute(select(receipt).where(receipt.c.receipt_id == receipt_id)).first()
    if gone is not None and gone.wiped:
        tx.set_fact("wipe_told", "1")
    elif gone is not None:
        tx.set_facts({"gone_at": gone.made_at, "gone_records": str(gone.records), "gone_files": str(gone.files)})
    tx.connection.execute(receipt.delete().where(receipt.c.receipt_id == receipt_id))


def sweep_unheld(tx: Writing) -> int:
    """Take records off the device that were made here, that the server took and that it keeps in no scope of this
    user; how many.

    Such are cases taken down for another team: sent and answered, they are not this device's to keep. Only after a
    pull that brought everything, or what is still to come would go too. What waits to be sent or came back stays.
    """
    kinds = list(tx.connection.exec_driver_sql("SELECT DISTINCT kind FROM to_sweep").scalars())
    gone = 0
    for kind in kinds:
        if kind in BY_KIND:
            gone += remove_unheld(tx, [(kind, record_id) for record_id in _strays(tx, kind)]).records
    return gone


def _strays(tx: Writing, kind: str) -> list[str]:
    """Records of a kind that came from here and have no place here any more; those that have one are let be."""
    table = local_table(BY_KIND[kind]).name
    tx.connection.exec_driver_sql(
        "DELETE FROM to_sweep WHERE kind = ? AND NOT EXISTS"
        f" (SELECT 1 FROM {table} t WHERE t.id = to_sweep.record_id AND t.rev = 0)",
        (kind,),
    )
    found = tx.connection.exec_driver_sql(
        "SELECT w.record_id FROM to_sweep w WHERE w.kind = ?"
        " AND NOT EXISTS (SELECT 1 FROM scope_member m WHERE m.scope IN (SELECT scope FROM scope_state)"
        " AND m.kind = w.kind AND m.record_id = w.record_id)"
        " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.kind = w.kind AND o.record_id = w.record_id"
        " AND o.state <> 'sent')",
        (kind,),
    )
    return list(found.scalars())
