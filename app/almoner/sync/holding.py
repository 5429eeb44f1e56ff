"""What people see of a save that the server would not take: a record of its own, opened beside the save itself.

It tells whoever sent the save nothing that they did not say: what is hidden from them and what does not exist look
the same in it.
"""

from __future__ import annotations

import uuid
from datetime import datetime

import msgspec

from almoner.records import BY_KIND
from almoner.records.facts import TEXT
from almoner.records.held_work import Settlement
from almoner.records.mutation import Mutation
from almoner.records.wire import Plain, instant_text
from almoner.store import central_rows as rows
from almoner.store.central_saves import Answer, clean
from almoner.sync.book import Book, is_plain_id
from almoner.sync.merging import ALL_OTHERS

_HELD_WORK = uuid.UUID("0b4de9a9-9a2f-4d43-8f0e-6f9f8d0c2b77")
_LONGEST_BODY = TEXT * 4
SERVER = "server"
"""Author and writer of what the server opens by itself."""


def held_work_id(mutation_id: str) -> str:
    """The id of the held work of a save: it follows from the save, so it is opened once."""
    return str(uuid.uuid5(_HELD_WORK, mutation_id))


def hold(book: Book, save: Mutation, answer: Answer, reason: str, *, made_at: datetime, now: datetime) -> None:
    """Open held work for a save that is HELD or REJECTED. The author sees it, and whoever sees the case it is for, or
    the supervisors when there is none."""
    work_id = held_work_id(answer.mutation_id)
    kind = clean(save.kind)
    values: dict[str, Plain] = {
        "id": work_id,
        "case_id": _named(save, "case"),
        "person_id": _named(save, "person"),
        "record_kind": kind or "unknown",
        "record_id": clean(save.record)[:36],
        "mutation_id": answer.mutation_id,
        "author": _known_author(book, save.author),
        "made_at": instant_text(made_at),
        "held_at": instant_text(now),
        "reason": reason,
        "text": answer.text,
        "body": body_of(save),
        "sent_on_to": "",
        "settlement": Settlement.WAITING.value,
        "settled_at": None,
        "settled_by": "",
        "settled_why": "",
        "seen_at": None,
    }
    book.put(("held_work", work_id), rows.Stored(values, {}, 1, {ALL_OTHERS: [1, SERVER]}))


def body_of(save: Mutation) -> str:
    """What was typed, as JSON; a save too large for that is kept whole by the server only, and the JSON says so."""
    whole = {"values": save.values, "added": save.added, "removed": save.removed, "base": save.base}
    text = msgspec.json.encode({**whole, "delete": save.delete}).decode()
    return text if len(text) <= _LONGEST_BODY else '{"values":{},"added":{},"removed":{},"base":{},"too_long":true}'


def note_settled(book: Book, save: Mutation) -> None:
    """When a save has settled held work, remember that the server's own copy of the held save is settled too."""
    work = book.now.get(("held_work", save.record))
    if save.kind == "held_work" and work is not None and work.values["settlement"] != Settlement.WAITING.value:
        book.settled[str(work.values["mutation_id"])] = str(work.values["settlement"])


def _named(save: Mutation, kind: str) -> str:
    said = save.record if save.kind == kind else save.values.get(f"{kind}_id")
    knows = save.kind == kind or (save.kind in BY_KIND and isinstance(said, str))
    return said if knows and isinstance(said, str) and is_plain_id(said) else ""


def _known_author(book: Book, author: str) -> str:
    """The author, when it is an officer the server knows."""
    key = ("user", author)
    known = key in book.now or (is_plain_id(author) and key in book.ledger.load([key]))
    return author if known else ""
