"""What waits to be sent and what came back: lists for people, batches for the server, and what its answers do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, delete, func, select, update

from almoner.records import BY_KIND
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import read_instant
from almoner.store.expected import advance_server_copy, drop_settled_copies, rebuild_expected
from almoner.store.lines import ON_THE_WAY, RETURNED, LineState, unpack_mutation
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
    """The server's answer to one save: its number, the verdict, and words for people when it needs any."""

    client_seq: int
    verdict: Verdict
    text: str = ""


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
    """Saves on their way numbered above `after`, oldest first, of one case when asked; at most 500."""
    return _lines(reading, ON_THE_WAY, limit, case_id, after)


def unsent_anchors(reading: Reading, step: int) -> tuple[int, ...]:
    """The number of every `step`th save on its way: what to give as `after` for pages 2, 3 and so on."""
    place = func.row_number().over(order_by=outbox.c.client_seq).label("place")
    lines = select(outbox.c.client_seq, place).where(outbox.c.state.in_([s.value for s in ON_THE_WAY])).subquery()
    query = select(lines.c.client_seq).where(lines.c.place % step == 0).order_by(lines.c.place)
    return tuple(reading.connection.execute(query).scalars())


def returned(reading: Reading, limit: int = _MOST, *, case_id: str | None = None) -> tuple[UnsentLine, ...]:
    """Saves that were held, refused or differ from another's, oldest first; they stay until a person discards them."""
    return _lines(reading, RETURNED, limit, case_id)


def unsent_count(reading: Reading, case_id: str | None = None) -> int:
    """How many saves are on their way, of all or of one case."""
    query = select(func.count()).select_from(outbox).where(outbox.c.state.in_([s.value for s in ON_THE_WAY]))
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
    for answer in answers:
        state = _DECIDED.get(answer.verdict, LineState.SENT)
        decided = {"state": state.value, "verdict": answer.verdict.value, "verdict_text": answer.text[:1000]}
        tx.connection.execute(update(outbox).where(outbox.c.client_seq == answer.client_seq).values(decided))
        if state is not LineState.SENT:
            _settle_returned(tx, answer.client_seq)
    _release(tx, durable_client_seq)


def _settle_returned(tx: Writing, client_seq: int) -> None:
    row = tx.connection.execute(select(outbox).where(outbox.c.client_seq == client_seq)).mappings().first()
    if row is not None:
        rebuild_expected(tx.connection, {row["kind"]: {row["record_id"]}})
        tx.note_changed(row["kind"], (row["record_id"],))


def _release(tx: Writing, durable_client_seq: int) -> None:
    """Let go of lines that the server has for ever; the record's later saves now stand on them."""
    query = (
        select(outbox.c.client_seq, outbox.c.body)
        .where(outbox.c.state == LineState.SENT.value, outbox.c.client_seq <= durable_client_seq)
        .order_by(outbox.c.client_seq)
    )
    done = [(row.client_seq, unpack_mutation(row.body)) for row in tx.connection.execute(query)]
    for _seq, mutation in done:
        advance_server_copy(tx.connection, mutation)
        tx.note_changed(mutation.kind, (mutation.record,))
    _remove(tx, [seq for seq, _mutation in done])
    drop_settled_copies(tx.connection)


def _remove(tx: Writing, numbers: Sequence[int]) -> None:
    if numbers:
        gone = delete(outbox).where(outbox.c.client_seq == bindparam("seq"))
        tx.connection.execute(gone, [{"seq": seq} for seq in numbers])
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
    """The server was restored and lost answers: lines numbered above `after` wait again; how many."""
    again = update(outbox).where(outbox.c.client_seq > after, outbox.c.state == LineState.SENT.value)
    return tx.connection.execute(again.values(state=LineState.WAITING.value)).rowcount
