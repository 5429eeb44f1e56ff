"""The server's half of a push: saves are answered in order, in memory, then all that follows is written at once.

Everything read is locked in one order and the scopes' counters come last, so two pushes cannot wait for each other for
long and a reader misses nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec

from almoner.records import BY_KIND, SCHEMA, User
from almoner.records.derive import fields_of
from almoner.records.facts import TEXT
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, WireFault, instant_text, read_instant, read_value
from almoner.rules.access import CLOSED_KINDS, may_create, may_write, parent_of, scopes_of
from almoner.store import central_rows as rows
from almoner.store import central_scopes as scopes
from almoner.store.central_saves import Answer, Client, Entry, Offered, Sender
from almoner.store.ledger import Ledger
from almoner.sync import merging
from almoner.sync.merging import ALL_OTHERS, FieldOutcome, Merged, Outcome

_CONFLICTS = uuid.UUID("5a0c9b0e-6f59-4b9a-9d0b-4c3f0c6f7a11")
_TOO_LONG = "Too long to show here; it is kept in the record's history."
"""What a conflict shows in place of a value that would not fit."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who sends, from which store, and when. `user` is the officer as the server knows them now; None: trusted,
    the server's own hand."""

    user: User | None
    client: Client
    generation: int
    now: datetime

    @property
    def writer(self) -> str:
        """The name under which this store's changes are stamped."""
        return f"{self.client.client_id}:{self.generation}"


@dataclass(slots=True)
class _Book:
    """The records a batch works on: as they were locked, and as they will be."""

    ledger: Ledger
    now: dict[rows.Key, rows.Stored] = field(default_factory=dict)
    new: list[rows.Key] = field(default_factory=list)
    changed: dict[rows.Key, None] = field(default_factory=dict)
    before: dict[rows.Key, frozenset[str] | None] = field(default_factory=dict)
    closings: dict[str, Plain] = field(default_factory=dict)

    def values(self, kind: str, record_id: str) -> dict[str, Plain] | None:
        """The values in force of a record, for the rules."""
        found = self.now.get((kind, record_id))
        return None if found is None else found.values

    def put(self, key: rows.Key, stored: rows.Stored) -> None:
        """Keep a record's new state."""
        if key not in self.now:
            self.new.append(key)
        elif key not in self.changed and key not in self.new:
            self.changed[key] = None
            self.before[key] = self.scopes(key)
        self.now[key] = stored

    def scopes(self, key: rows.Key) -> frozenset[str] | None:
        """The scopes a record is in as the book stands."""
        return scopes_of(key[0], self.now[key].values, self.values)


def answer_all(ledger: Ledger, context: Context, batch: Sequence[Mutation]) -> list[Answer]:
    """Answer saves in the order made, and write down everything that follows but not the commit."""
    known = ledger.answered([m.mutation_id for m in batch])
    fresh = [m for m in batch if m.mutation_id not in known]
    book = _Book(ledger)
    _read(book, fresh)
    entries: dict[str, Entry] = {}
    for save in fresh:
        if save.mutation_id not in entries:
            entries[save.mutation_id] = _answer(book, context, save)
    _write(book, context, list(entries.values()))
    answers = {**known, **{mutation_id: e.answer for mutation_id, e in entries.items()}}
    return [replace(answers[m.mutation_id], client_seq=m.client_seq) for m in batch]


def hold_unwritable(ledger: Ledger, context: Context, save: Mutation) -> Answer:
    """Set aside a save that the database itself refused, so that it blocks nothing."""
    answer = Answer(save.client_seq, save.mutation_id, Verdict.REJECTED, text="The server could not keep this.")
    _write(_Book(ledger), context, [Entry(save, answer, held_because="unwritable")])
    return answer


def _read(book: _Book, batch: Sequence[Mutation]) -> None:
    """Lock the records of a batch and those they hang on. Which they hang on never changes, so it is read first."""
    wanted = {(m.kind, m.record) for m in batch if m.kind in BY_KIND and _plain_id(m.record)}
    plain = book.ledger.load(wanted)
    above = {parent_of(kind, stored.values) for (kind, _), stored in plain.items()}
    above |= {parent_of(m.kind, m.values) for m in batch if m.kind in BY_KIND}
    parents = {key for key in above if key is not None and _plain_id(key[1])}
    book.now.update(book.ledger.load({*plain, *parents}, lock=True))


def _plain_id(text: str) -> bool:
    return 0 < len(text) <= 36 and text.isascii() and text.isprintable()


def _answer(book: _Book, context: Context, save: Mutation) -> Entry:
    """One save's verdict; the book holds what follows from it."""
    reason, text = _unanswerable(context, save)
    if reason:
        return _set_aside(save, Verdict.HELD if reason == "newer" else Verdict.REJECTED, reason, text)
    key = (save.kind, save.record)
    standing = book.now.get(key)
    try:
        merged = merging.merge(_as_standing(standing), save, writer=context.writer)
    except WireFault as fault:
        return _set_aside(save, Verdict.REJECTED, "not valid", f"{_label(save.kind, fault.field)} {fault.why}.")
    merged = _unless_disputed(book, save, standing, merged)
    reason, text = _not_allowed(book, context, save, merged)
    if reason:
        return _set_aside(save, Verdict.HELD, reason, text)
    if merged.changed:
        book.put(key, _as_stored(save.kind, merged, context.now))
    for disagreement in merged.conflicts:
        _open_conflict(book, context, save, disagreement)
    answer = Answer(
        save.client_seq,
        save.mutation_id,
        merged.verdict,
        merged.standing.rev,
        _explained(save.kind, merged),
        tuple(f.name for f in merged.fields if f.outcome not in (Outcome.APPLIED, Outcome.SAME)),
    )
    refused = "refused" if merged.verdict is Verdict.REJECTED else ""
    return Entry(save, answer, _history(save, merged), held_because=refused)


def _unless_disputed(book: _Book, save: Mutation, standing: rows.Stored | None, merged: Merged) -> Merged:
    """A closing that somebody else's move disputes ends no clock: what was promised runs on until it is settled."""
    if save.kind == "case" and any(f.name == "stage" for f in merged.conflicts):
        closed_at = save.values.get("closed_at")
        if closed_at is not None:
            book.closings[save.record] = closed_at
        return merged
    before = _as_standing(standing)
    if save.kind != "clock" or before is None:
        return merged
    closed_at = book.closings.get(str(before.values["case_id"]))
    if closed_at is None or save.values.get("ended_at") != closed_at:
        return merged
    return merging.left_alone(before, merged)


def _unanswerable(context: Context, save: Mutation) -> tuple[str, str]:
    if save.kind not in BY_KIND:
        if save.schema > SCHEMA:
            return "newer", "This was saved by a newer version of Almoner than the server runs."
        return "unknown kind", "The server does not know this kind of record."
    if not _plain_id(save.record):
        return "no id", "This has no usable number of its own."
    if save.kind == "conflict" and "record_kind" in save.values:
        return "not for clients", "Only the server opens a disagreement."
    return "", ""


def _set_aside(save: Mutation, verdict: Verdict, reason: str, text: str) -> Entry:
    answer = Answer(save.client_seq, save.mutation_id, verdict, text=text)
    return Entry(save, answer, held_because=reason)


def _not_allowed(book: _Book, context: Context, save: Mutation, merged: Merged) -> tuple[str, str]:
    """Why a save must wait for a supervisor: a word for the books and a sentence for its author; both empty if not."""
    user = context.user
    if user is None:
        return "", ""
    if save.author != user.id:
        return "other author", "Somebody else saved this on the device. A supervisor has been asked to look at it."
    values = merged.standing.values if merged.made else book.now[save.kind, save.record].values
    will_be = scopes_of(save.kind, values, book.values)
    above = parent_of(save.kind, values)
    if will_be is None:
        return "unknown parent", "The case or person this belongs to is not known to the server."
    opened_by = _opened_by(book, save.kind, values)
    if merged.made:
        parent_in = None if above is None else scopes_of(above[0], book.now[above].values, book.values)
        why = may_create(user, save.kind, will_be_in=will_be, parent_in=parent_in, opened_by=opened_by)
    else:
        why = may_write(user, save.kind, now_in=will_be, opened_by=opened_by)
    if why:
        return "not allowed", f"{why} A supervisor has been asked to look at it."
    if above is not None and above[0] == "case" and _closed_by_another(book, above, save):
        return "closed", "The case was closed meanwhile. A supervisor has been asked to look at this."
    return "", ""


def _opened_by(book: _Book, kind: str, values: dict[str, Plain]) -> str:
    case_id = values["id"] if kind == "case" else values.get("case_id", "")
    case = book.values("case", str(case_id)) or (values if kind == "case" else {})
    return str(case.get("opened_by") or "")


def _closed_by_another(book: _Book, case: rows.Key, save: Mutation) -> bool:
    if save.kind not in CLOSED_KINDS or book.now[case].values["status"] != "closed":
        return False
    stamp = book.now[case].field_rev.get("status") or book.now[case].field_rev[ALL_OTHERS]
    author = book.ledger.last_author(*case, "status", int(stamp[0]))
    return author not in ("", save.author)


def _as_standing(stored: rows.Stored | None) -> merging.Standing | None:
    if stored is None:
        return None
    stamps = {name: (int(rev), str(by)) for name, (rev, by) in stored.field_rev.items()}
    return merging.Standing(values=stored.values, extra=stored.extra, rev=stored.rev, stamps=stamps)


def _as_stored(kind: str, merged: Merged, now: datetime) -> rows.Stored:
    standing = merged.standing
    values = dict(standing.values)
    if merged.made:
        values |= {f.name: instant_text(now) for f in fields_of(BY_KIND[kind]) if f.name == "received_at"}
    stamps = {name: [rev, by] for name, (rev, by) in standing.stamps.items()}
    return rows.Stored(values, standing.extra, standing.rev, stamps)


def _history(save: Mutation, merged: Merged) -> tuple[Offered, ...]:
    rev = merged.standing.rev
    if merged.made:
        whole = {**merged.standing.values, **merged.standing.extra}
        return (Offered(save.kind, save.record, "", rev, Outcome.APPLIED.value, whole),)
    if not merged.fields:
        return (Offered(save.kind, save.record, "", rev, Outcome.SAME.value, {}),)
    return tuple(Offered(save.kind, save.record, f.name, rev, f.outcome.value, f.offered) for f in merged.fields)


def _open_conflict(book: _Book, context: Context, save: Mutation, found: FieldOutcome) -> None:
    """Keep both values as a record that owner and supervisor see. Its id follows from the save, so it opens once."""
    standing = book.now[save.kind, save.record]
    conflict_id = str(uuid.uuid5(_CONFLICTS, f"{save.mutation_id}/{found.name}"))
    before = book.ledger.value_at(save.kind, save.record, found.name, save.base.get(found.name, 0))
    own = {"case": "case_id", "person": "person_id"}.get(save.kind, "")
    stamp = standing.field_rev.get(found.name) or standing.field_rev[ALL_OTHERS]
    by, at = book.ledger.last_change(save.kind, save.record, found.name, int(stamp[0]))
    above = {name: str(standing.values.get(name) or "") for name in ("case_id", "person_id")}
    values: dict[str, Plain] = {
        **above,
        **({own: save.record} if own else {}),
        "id": conflict_id,
        "record_kind": save.kind,
        "record_id": save.record,
        "field": found.name,
        "before": _shown(before),
        "in_force": _shown(found.in_force),
        "offered": _shown(found.offered),
        "offered_by": save.author,
        "offered_at": instant_text(_claimed(save, context.now)),
        "mutation_id": save.mutation_id,
        "settled_at": None,
        "settled_by": "",
        "choice": "",
        "in_force_by": by,
        "in_force_at": None if at is None else instant_text(at),
        "received_at": instant_text(context.now),
    }
    book.put(("conflict", conflict_id), rows.Stored(values, {}, 1, {ALL_OTHERS: [1, "server"]}))


def _shown(value: Plain) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= TEXT * 2 else msgspec.json.encode(_TOO_LONG).decode()


def _claimed(save: Mutation, now: datetime) -> datetime:
    """The device's time of a save, held within what can be: never later than now."""
    try:
        return min(read_instant(save.made_at), now)
    except ValueError:
        return now


def _label(kind: str, name: str) -> str:
    return next((f.fact.label for f in fields_of(BY_KIND[kind]) if f.name == name), "A field of a newer version")


def _explained(kind: str, merged: Merged) -> str:
    """What an author should know about the answer, in a sentence or two."""
    named: dict[Outcome, list[str]] = {}
    for outcome in merged.fields:
        named.setdefault(outcome.outcome, []).append(_label(kind, outcome.name))
    said = {
        Outcome.CONFLICT: "{} had been changed by somebody else; both versions are kept until one is chosen.",
        Outcome.LOST: "{} stays as a colleague left it, because that is safer.",
        Outcome.REFUSED: "{} cannot be changed once it is saved.",
    }
    return " ".join(text.format(", ".join(named[o])) for o, text in said.items() if o in named)


def _write(book: _Book, context: Context, entries: Sequence[Entry]) -> None:
    sender = Sender(context.client.client_id, context.generation, context.user.id if context.user else "", context.now)
    for kind, ids in rows.in_lock_order(book.new).items():
        book.ledger.insert_records(kind, [book.now[kind, i] for i in ids])
    for kind, ids in rows.in_lock_order(book.changed).items():
        book.ledger.update_records(kind, [book.now[kind, i] for i in ids])
    book.ledger.enter(sender, entries)
    moves = _moves(book)
    if moves:
        before = book.ledger.memberships([move.key for move in moves])
        book.ledger.settle(moves, before)


def _moves(book: _Book) -> list[scopes.Move]:
    """Every record whose place in a scope changes: what was written, and what hangs on a record that moved."""
    moves: dict[rows.Key, scopes.Move] = {}
    for key in [*book.new, *book.changed]:
        into = book.scopes(key)
        assert into is not None, f"a {key[0]} was taken without its parent"
        if key in book.before and book.before[key] != into:
            for child, its_hash in book.ledger.children_of(*key).items():
                moves.setdefault(child, scopes.Move(child, its_hash, into))
        moves[key] = scopes.Move(key, book.now[key].hash(key[0]), into)
    return list(moves.values())


def officer_of(ledger: Ledger, user_id: str) -> User | None:
    """The officer as the server knows them now, or None when there is none."""
    stored = ledger.load([("user", user_id)]).get(("user", user_id))
    if stored is None:
        return None
    return User(**{f.name: read_value("user", f, stored.values[f.name]) for f in fields_of(User)})
