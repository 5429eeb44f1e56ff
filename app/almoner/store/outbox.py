"""What waits to be sent and what came back: lists for people, batches for the server, and what its answers do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, delete, func, select, update

from almoner.records import BY_KIND
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import read_instant
from almoner.store.expected import advance_copies, drop_settled_copies, rebuild_expected
from almoner.store.lines import RETURNED, LineState, unpack_mutation
from almoner.store.reading import Reading
from almoner.store.tables import local_table, outbox
from almoner.store.writing import Writing

_MOST = 500
_DECIDED = {
    Verdict.CONFLICT: LineState.CONFLICT,
    Verdict.HELD: LineState.HELD,
    Verdict.REJECTED: LineState.REJECTED,
}


@dataclass(frozen=True, slots=True)
class UnsentLine:
    """One save that waits or came back, as people see it. `state` is a LineState."""

    client_seq: int
    label: str
    kind: str
    record_id: str
    case_id: str
    made_at: datetime
    state: LineState
    verdict_text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The server's answer to one save: its number, the verdict, words for people when it needs any, and the record's
    rev afterwards (0: it has none)."""

    client_seq: int
    verdict: Verdict
    text: str = ""
    rev: int = 0


def _line(row: RowMapping) -> UnsentLine:
    return UnsentLine(
        client_seq=row["client_seq"],
        label=row["label"],
        kind=row["kind"],
        record_id=row["record_id"],
        case_id=row["case_id"],
        made_at=read_instant(row["made_at"]),
        state=LineState(row["state"]),
        verdict_text=row["verdict_text"],
    )


def _lines(
    reading: Reading, states: Iterable[LineState], limit: int, case_id: str | None, after: int = 0
) -> tuple[UnsentLine, ...]:
    query = select(outbox).where(outbox.c.state.in_([s.value for s in states])).order_by(outbox.c.client_seq)
    query = query.where(outbox.c.client_seq > after)
    if case_id is not None:
        query = query.where(outbox.c.case_id == case_id)
    return tuple(_line(row) for row in reading.connection.execute(query.limit(min(limit, _MOST))).mappings())


def unsent(
    reading: Reading, limit: int = _MOST, *, case_id: str | None = None, after: int = 0
) -> tuple[UnsentLine, ...]:
    """Saves that wait to be sent, numbered above `after`, oldest first, of one case when asked; at most 500."""
    return _lines(reading, (LineState.WAITING,), limit, case_id, after)


def kept_until_durable(
    reading: Reading, limit: int = _MOST, *, case_id: str | None = None, after: int = 0
) -> tuple[UnsentLine, ...]:
    """Saves the server has taken and that stay here as well until it has them for ever; as `unsent` otherwise."""
    return _lines(reading, (LineState.SENT,), limit, case_id, after)


def unsent_anchors(reading: Reading, step: int, *, state: LineState = LineState.WAITING) -> tuple[int, ...]:
    """The number of every `step`th unsent save, or of those in another state: what to give as `after` for pages 2, 3
    and so on."""
    place = func.row_number().over(order_by=outbox.c.client_seq).label("place")
    lines = select(outbox.c.client_seq, place).where(outbox.c.state == state.value).subquery()
    query = select(lines.c.client_seq).where(lines.c.place % step == 0).order_by(lines.c.place)
    return tuple(reading.connection.execute(query).scalars())


def returned(reading: Reading, limit: int = _MOST, *, case_id: str | None = None) -> tuple[UnsentLine, ...]:
    """Saves that were held, refused or differ from another's, oldest first; they stay until a person discards them."""
    return _lines(reading, RETURNED, limit, case_id)


def unsent_count(reading: Reading, case_id: str | None = None) -> int:
    """How many saves wait to be sent, of all or of one case."""
    return _count(reading, LineState.WAITING, case_id)


def kept_until_durable_count(reading: Reading, case_id: str | None = None) -> int:
    """How many saves the server has taken that stay here as well until it has them for ever."""
    return _count(reading, LineState.SENT, case_id)


def _count(reading: Reading, state: LineState, case_id: str | None) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.state == state.value)
    if case_id is not None:
        query = query.where(outbox.c.case_id == case_id)
    return reading.connection.execute(query).scalar_one()


def next_batch(reading: Reading, limit: int, max_bytes: int, *, after: int = 0) -> tuple[Mutation, ...]:
    """The oldest saves the server has not answered, numbered above `after`: at most `limit` and `max_bytes`, but
    always one."""
    query = (
        select(outbox.c.body)
        .where(outbox.c.state == LineState.WAITING.value, outbox.c.client_seq > after)
        .order_by(outbox.c.client_seq)
        .limit(min(limit, _MOST))
    )
    batch: list[Mutation] = []
    size = 0
    for body in reading.connection.execute(query).scalars():
        size += len(body)
        if batch and size > max_bytes:
            break
        batch.append(unpack_mutation(body))
    return tuple(batch)


def mutation_of(reading: Reading, client_seq: int) -> Mutation | None:
    """The whole save behind a line, so that refused work can be read and copied."""
    body = reading.connection.execute(select(outbox.c.body).where(outbox.c.client_seq == client_seq)).scalar()
    return None if body is None else unpack_mutation(body)


def acknowledge(tx: Writing, answers: Iterable[Answered], *, durable_client_seq: int) -> None:
    """Take over the server's answers. A line leaves only when it was applied or merged and is durable there.

    A held, rejected or conflicting line stays for a person to see, but no longer changes what the screens show.
    """
    found = [(_DECIDED.get(answer.verdict, LineState.SENT).value, answer) for answer in answers]
    if found:
        tx.connection.exec_driver_sql(
            "UPDATE outbox SET state = ?, verdict = ?, verdict_text = ?, rev = ? WHERE client_seq = ?",
            [(state, a.verdict.value, a.text[:1000], a.rev, a.client_seq) for state, a in found],
        )
    _settle_returned(tx, [answer.client_seq for state, answer in found if state != LineState.SENT])
    taken = [answer.client_seq for state, answer in found if state == LineState.SENT]
    _await_return(tx, taken)
    _stand_on_what_came_first(tx, taken)
    _release(tx, durable_client_seq)


def _records_of(tx: Writing, numbers: Sequence[int]) -> dict[str, set[str]]:
    """The records that lines change, by kind."""
    rows = tx.connection.exec_driver_sql(
        "SELECT o.kind, o.record_id FROM json_each(?) j CROSS JOIN outbox o ON o.client_seq = j.value",
        (json.dumps(numbers),),
    )
    records: defaultdict[str, set[str]] = defaultdict(set)
    for kind, record_id in rows:
        records[kind].add(record_id)
    return records


def _settle_returned(tx: Writing, numbers: Sequence[int]) -> None:
    """Lines came back: their records show the server's state again, with what else stands on it."""
    if numbers:
        for kind, ids in _records_of(tx, numbers).items():
            rebuild_expected(tx.connection, {kind: ids})
            tx.note_changed(kind, ids)


def _stand_on_what_came_first(tx: Writing, numbers: Sequence[int]) -> None:
    """The state the server answered with is here already, because a save changed nothing there: it never comes again,
    so it takes the place of what the save made of it here."""
    if not numbers:
        return
    rows = tx.connection.exec_driver_sql(
        "SELECT DISTINCT o.kind, o.record_id FROM json_each(?) j CROSS JOIN outbox o ON o.client_seq = j.value"
        " CROSS JOIN server_copy c ON c.kind = o.kind AND c.record_id = o.record_id"
        " WHERE o.rev > 0 AND o.rev <= c.rev",
        (json.dumps(numbers),),
    )
    for kind, record_id in rows.all():
        rebuild_expected(tx.connection, {kind: {record_id}})
        tx.note_changed(kind, (record_id,))


def _await_return(tx: Writing, numbers: Sequence[int]) -> None:
    """Records made here were taken: they are to come back in a scope of this user, or to leave."""
    for kind, ids in _records_of(tx, numbers).items() if numbers else ():
        tx.touched.add(kind)
        if kind in BY_KIND:
            table = local_table(BY_KIND[kind]).name
            tx.connection.exec_driver_sql(
                "INSERT OR IGNORE INTO to_sweep (kind, record_id)"
                f" SELECT ?, t.id FROM json_each(?) j CROSS JOIN {table} t ON t.id = j.value"
                " WHERE t.rev = 0",
                (kind, json.dumps(sorted(ids))),
            )


def _release(tx: Writing, durable_client_seq: int) -> None:
    """Let go of lines that the server has for ever; the record's later saves now stand on them."""
    done = tx.connection.execute(
        select(outbox.c.client_seq).where(
            outbox.c.state == LineState.SENT.value, outbox.c.client_seq <= durable_client_seq
        )
    )
    numbers = list(done.scalars())
    if numbers:
        records = _records_of(tx, numbers)
        advance_copies(tx.connection, numbers)
        _remove(tx, numbers)
        for kind, ids in records.items():
            drop_settled_copies(tx.connection, kind, sorted(ids))
            tx.touched.add(kind)


def _remove(tx: Writing, numbers: Sequence[int]) -> None:
    tx.connection.exec_driver_sql(
        "DELETE FROM outbox WHERE client_seq IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
    )
    tx.released = True


def discard(tx: Writing, client_seq: int) -> None:
    """A person has dealt with a save that came back. A record the server never took goes with its last line."""
    row = tx.connection.execute(select(outbox).where(outbox.c.client_seq == client_seq)).mappings().first()
    assert row is not None, "there is no such line"
    assert row["state"] in RETURNED, "only work that came back is discarded"
    kind, id = row["kind"], row["record_id"]
    _remove(tx, [client_seq])
    rest = select(func.count()).select_from(outbox).where(outbox.c.kind == kind, outbox.c.record_id == id)
    record = BY_KIND.get(kind)
    if record is not None and tx.rev_of(record, id) == 0 and not tx.connection.execute(rest).scalar_one():
        table = local_table(record)
        tx.connection.execute(delete(table).where(table.c.id == id))
    tx.note_changed(kind, (id,))


def offer_again(tx: Writing, *, after: int) -> int:
    """The server was restored and lost answers: lines numbered above `after` wait again; how many.

    Those that came back as well: the server may have lost its copy of them, and the disagreement it opened.
    """
    here = (outbox.c.client_seq > after, outbox.c.state != LineState.WAITING.value)
    back = list(
        tx.connection.execute(
            select(outbox.c.client_seq).where(*here, outbox.c.state.in_([s.value for s in RETURNED]))
        ).scalars()
    )
    unanswered = {"state": LineState.WAITING.value, "verdict": "", "verdict_text": "", "rev": 0}
    count = tx.connection.execute(update(outbox).where(*here).values(unanswered)).rowcount
    _settle_returned(tx, back)
    return count


def settle_held(tx: Writing, held_work_ids: Iterable[str]) -> None:
    """Held work was settled, here or by a colleague: its author's line has done its duty."""
    done = tx.connection.exec_driver_sql(
        "SELECT o.client_seq FROM json_each(?) j CROSS JOIN held_work h ON h.id = j.value"
        " CROSS JOIN outbox o ON o.mutation_id = h.mutation_id WHERE h.settlement <> 'waiting'"
        " AND o.state IN ('held', 'rejected')",
        (json.dumps(sorted(held_work_ids)),),
    )
    for client_seq in list(done.scalars()):
        discard(tx, client_seq)
