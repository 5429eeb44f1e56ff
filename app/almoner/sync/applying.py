"""The server's half of a push: saves are answered in order, in memory, then all that follows is written at once.

Everything read is locked in one order and the scopes' counters come last, so two pushes cannot wait for each other for
long and a reader misses nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from almoner.records import BY_KIND, SCHEMA, User
from almoner.records.derive import fields_of
from almoner.records.facts import TEXT
from almoner.records.mutation import Mutation, Verdict
from almoner.records.wire import Plain, WireFault, instant_text, read_instant, read_value
from almoner.rules.access import (
    CLOSED_KINDS,
    NOT_HERE,
    SERVER_KINDS,
    may_create,
    may_remove,
    may_write,
    parent_of,
    scopes_for,
    teams_of,
)
from almoner.rules.words import uk_date
from almoner.store import central_rows as rows
from almoner.store.central_saves import Answer, Client, Entry, Offered, Removal, Sender
from almoner.store.ledger import Ledger
from almoner.sync import merging
from almoner.sync.book import Book, is_plain_id
from almoner.sync.holding import SERVER, hold, note_settled
from almoner.sync.merging import ALL_OTHERS, FieldOutcome, Merged, Outcome, Standing

_CONFLICTS = uuid.UUID("5a0c9b0e-6f59-4b9a-9d0b-4c3f0c6f7a11")
_DISPUTED_REMOVAL = "One of you removed this while another changed it; it stays until somebody has chosen."
_TOO_LONG = "Too long to show here; it is kept in the record's history."
"""What a conflict shows in place of a value that would not fit."""


@dataclass(frozen=True, slots=True)
class Context:
    """Who sends, from which store, and when. `user` is the officer as the server knows them now; None: trusted,
    the server's own hand. `opened` are the scopes of what is shared with them."""

    user: User | None
    client: Client
    generation: int
    now: datetime
    opened: frozenset[str] = frozenset()

    @property
    def writer(self) -> str:
        """The name under which this store's changes are stamped."""
        return f"{self.client.client_id}:{self.generation}"


def answer_all(ledger: Ledger, context: Context, batch: Sequence[Mutation]) -> list[Answer]:
    """Answer saves in the order made, and write down everything that follows but not the commit."""
    known = ledger.answered([m.mutation_id for m in batch])
    fresh = [m for m in batch if m.mutation_id not in known]
    book = Book(ledger)
    book.read(fresh)
    entries: dict[str, Entry] = {}
    for save in fresh:
        if save.mutation_id not in entries:
            entries[save.mutation_id] = _answer(book, context, save)
    _write(book, context, list(entries.values()))
    answers = {mutation_id: _told(context, answer) for mutation_id, answer in known.items()}
    answers |= {mutation_id: e.answer for mutation_id, e in entries.items()}
    return [_numbered(answers[m.mutation_id], m.client_seq) for m in batch]


def _numbered(answer: Answer, client_seq: int) -> Answer:
    """The answer under the number its save came with this time."""
    return answer if answer.client_seq == client_seq else replace(answer, client_seq=client_seq)


def _told(context: Context, answer: Answer) -> Answer:
    """An answer given before, for whoever sent or made that save; anybody else learns nothing of it."""
    user = context.user
    if user is None or user.id == answer.author or answer.client_id == context.client.client_id:
        return answer
    return Answer(answer.client_seq, answer.mutation_id, Verdict.HELD, text=_waits(NOT_HERE))


def hold_unwritable(ledger: Ledger, context: Context, save: Mutation) -> Answer:
    """Set aside a save that the database itself refused, so that it blocks nothing."""
    book = Book(ledger)
    book.read([save])
    entry = _set_aside(book, context, save, _Refusal(Verdict.REJECTED, "unwritable", "The server could not keep this."))
    _write(book, context, [entry])
    return entry.answer


class _Refusal(NamedTuple):
    """Why a save is not applied: a word for programs, and a sentence for its author."""

    verdict: Verdict
    reason: str
    text: str


def _waits(why: str) -> str:
    return f"{why} A supervisor has been asked to look at it."


def _held(reason: str, why: str) -> _Refusal:
    return _Refusal(Verdict.HELD, reason, _waits(why))


_HIDDEN_OR_ABSENT = _held("not here", NOT_HERE)
"""The one answer about what an officer may not see and about what does not exist."""


def _answer(book: Book, context: Context, save: Mutation) -> Entry:
    """One save's verdict; the book holds what follows from it."""
    refusal = _not_from_them(context, save) or _unanswerable(save)
    if refusal is None:
        try:
            merging.check(save)
            refusal = _out_of_sight(book, context, save)
            merged = None if refusal else _merged(book, context, save)
        except WireFault as fault:
            what = f"{_label(save.kind, fault.field)} {fault.why}."
            refusal = _Refusal(Verdict.REJECTED, "not valid", what)
    if refusal is None:
        assert merged is not None
        refusal = _not_now(book, context, save, merged)
    if refusal is not None:
        return _set_aside(book, context, save, refusal)
    assert merged is not None
    return _take(book, context, save, merged)


def _merged(book: Book, context: Context, save: Mutation) -> Merged:
    key = (save.kind, save.record)
    standing, past = _as_standing(book.now.get(key)), book.gone.get(key)
    stood = _as_standing(past.stored) if past is not None and standing is None else None
    if save.delete:
        here = standing or stood
        assert here is not None
        return merging.remove(here, save, writer=context.writer) if standing else merging.removed_before(here)
    if stood is not None and past is not None and not merging.makes(save):
        return merging.bring_back(stood, save, rev=past.rev, writer=context.writer)
    merged = merging.merge(standing, _as_unseen(book, save), writer=context.writer)
    _note_overruled(book, save, merged)
    return _unless_disputed(book, save, standing, merged)


def _note_overruled(book: Book, save: Mutation, merged: Merged) -> None:
    """Somebody else had settled this disagreement otherwise: who comes later has not settled it."""
    if save.kind == "conflict" and any(f.name == "choice" and f.outcome is Outcome.LOST for f in merged.fields):
        about = merged.standing.values
        book.overruled.add((str(about["record_kind"]), str(about["record_id"]), str(about["field"])))


def _as_unseen(book: Book, save: Mutation) -> Mutation:
    """What follows from a settlement that came too late was chosen without having seen the first: it is asked about."""
    names = [name for name in save.values if (save.kind, save.record, name) in book.overruled]
    return replace(save, base={**save.base, **dict.fromkeys(names, 0)}) if names else save


def _take(book: Book, context: Context, save: Mutation, merged: Merged) -> Entry:
    key = (save.kind, save.record)
    past = book.gone.get(key) if key not in book.now else None
    offered = _history(save, merged)
    if merged.gone:
        removal = Removal(book.now[key], merged.standing.rev, context.writer, save.author, context.now)
        offered = (removal.as_offered(save.kind),)
        book.take_away(key, removal)
    elif merged.changed:
        before = book.now.get(key)
        book.put(key, _as_stored(save.kind, merged, context.now, was=None if before is None else before.was))
    for disagreement in merged.conflicts:
        _open_conflict(book, context, save, disagreement, past)
    note_settled(book, save)
    answer = Answer(
        save.client_seq,
        save.mutation_id,
        merged.verdict,
        merged.standing.rev,
        _explained(save.kind, merged),
        tuple(f.name for f in merged.fields if f.outcome not in (Outcome.APPLIED, Outcome.SAME, Outcome.REMOVED)),
    )
    if merged.verdict is not Verdict.REJECTED:
        return Entry(save, answer, offered)
    _open_held_work(book, context, save, answer, "refused")
    return Entry(save, answer, offered, held_because="refused")


def _unless_disputed(book: Book, save: Mutation, before: Standing | None, merged: Merged) -> Merged:
    """A closing that somebody else's move disputes ends no clock: what was promised runs on until it is settled."""
    if save.kind == "case" and any(f.name == "stage" for f in merged.conflicts):
        closed_at = save.values.get("closed_at")
        if closed_at is not None:
            book.closings[save.record] = closed_at
        return merged
    if save.kind != "clock" or before is None:
        return merged
    closed_at = book.closings.get(str(before.values["case_id"]))
    if closed_at is None or save.values.get("ended_at") != closed_at:
        return merged
    return merging.left_alone(before, merged)


def _unanswerable(save: Mutation) -> _Refusal | None:
    """Why a save cannot be answered whatever stands in the books."""
    if save.kind not in BY_KIND:
        if save.schema > SCHEMA:
            text = "This was saved by a newer version of Almoner than the server runs."
            return _Refusal(Verdict.HELD, "newer", text)
        return _Refusal(Verdict.REJECTED, "unknown kind", "The server does not know this kind of record.")
    if not is_plain_id(save.record):
        return _Refusal(Verdict.REJECTED, "no id", "This has no usable number of its own.")
    if save.kind in SERVER_KINDS and "record_kind" in save.values:
        return _Refusal(Verdict.REJECTED, "not for clients", "Only the server opens one of these.")
    why = may_remove(save.kind) if save.delete else ""
    return _Refusal(Verdict.REJECTED, "kept for good", why) if why else None


def _not_from_them(context: Context, save: Mutation) -> _Refusal | None:
    """Why nothing is taken from this sender, or not under this name."""
    user = context.user
    if user is None or (user.active and save.author == user.id):
        return None
    if not user.active:
        return _held("not allowed", may_write(user, save.kind, now_in=frozenset()))
    return _held("other author", "Somebody else saved this on the device.")


def _set_aside(book: Book, context: Context, save: Mutation, refusal: _Refusal) -> Entry:
    answer = Answer(save.client_seq, save.mutation_id, refusal.verdict, text=refusal.text)
    _open_held_work(book, context, save, answer, refusal.reason)
    return Entry(save, answer, held_because=refusal.reason)


def _open_held_work(book: Book, context: Context, save: Mutation, answer: Answer, reason: str) -> None:
    hold(book, save, answer, reason, made_at=_claimed(save, context.now), now=context.now)


def _out_of_sight(book: Book, context: Context, save: Mutation) -> _Refusal | None:
    """Why a save may not touch the record it names. What is hidden and what is absent get one and the same answer,
    before anything is compared with what stands."""
    key, user = (save.kind, save.record), context.user
    standing = book.now.get(key)
    if standing is None and not merging.makes(save):
        past = book.gone.get(key)
        if past is None or (save.delete and user is None):
            return _HIDDEN_OR_ABSENT
        standing = past.stored
    if user is None or standing is None:
        return None
    now_in = book.place(save.kind, standing.values)
    if now_in is None:
        return _HIDDEN_OR_ABSENT
    why = may_write(
        user,
        save.kind,
        now_in=now_in,
        opened_by=_opened_by(book, save.kind, standing.values),
        opened=context.opened,
        changes=save.values.keys(),
    )
    if why == NOT_HERE:
        return _HIDDEN_OR_ABSENT
    return _held("not allowed", why) if why else None


def _not_now(book: Book, context: Context, save: Mutation, merged: Merged) -> _Refusal | None:
    """Why a save whose record may be touched is not applied all the same."""
    above = parent_of(save.kind, merged.standing.values)
    if above is not None and above not in book.now:
        return _HIDDEN_OR_ABSENT
    if merged.made and context.user is not None:
        why = _may_not_make(book, context, save, merged.standing.values)
        if why:
            return _HIDDEN_OR_ABSENT if why == NOT_HERE else _held("not allowed", why)
    elif merged.made and book.place(save.kind, merged.standing.values) is None:
        return _HIDDEN_OR_ABSENT
    if merged.gone and book.is_named((save.kind, save.record)):
        text = "Other records belong to this or name it, so it is not removed. Take those away first, or end it."
        return _Refusal(Verdict.REJECTED, "named elsewhere", text)
    if above is not None and above[0] == "case" and context.user and _closed_by_another(book, above, save):
        return _held("closed", "The case was closed meanwhile.")
    return None


def _may_not_make(book: Book, context: Context, save: Mutation, values: dict[str, Plain]) -> str:
    assert context.user is not None
    will_be = book.place(save.kind, values)
    if will_be is None:
        return NOT_HERE
    above = parent_of(save.kind, values)
    return may_create(
        context.user,
        save.kind,
        will_be_in=will_be,
        parent_in=None if above is None else book.scopes(above),
        opened_by=_opened_by(book, save.kind, values),
        opened=context.opened,
    )


def _opened_by(book: Book, kind: str, values: dict[str, Plain]) -> str:
    case_id = values["id"] if kind == "case" else values.get("case_id", "")
    case = book.values("case", str(case_id)) or (values if kind == "case" else {})
    return str(case.get("opened_by") or "")


def _closed_by_another(book: Book, case: rows.Key, save: Mutation) -> bool:
    if save.kind not in CLOSED_KINDS or book.now[case].values["status"] != "closed":
        return False
    stamp = book.now[case].field_rev.get("status") or book.now[case].field_rev[ALL_OTHERS]
    author = book.ledger.last_author(*case, "status", int(stamp[0]))
    return author not in ("", save.author)


def _as_standing(stored: rows.Stored | None) -> Standing | None:
    if stored is None:
        return None
    stamps = {name: (int(rev), str(by)) for name, (rev, by) in stored.field_rev.items()}
    return Standing(values=stored.values, extra=stored.extra, rev=stored.rev, stamps=stamps)


def _as_stored(kind: str, merged: Merged, now: datetime, *, was: dict[str, Plain] | None) -> rows.Stored:
    standing = merged.standing
    values = dict(standing.values)
    if merged.made:
        values |= {f.name: instant_text(now) for f in fields_of(BY_KIND[kind]) if f.name == "received_at"}
    stamps = {name: [rev, by] for name, (rev, by) in standing.stamps.items()}
    return rows.Stored(values, standing.extra, standing.rev, stamps, was)


def _history(save: Mutation, merged: Merged) -> tuple[Offered, ...]:
    rev = merged.standing.rev
    if merged.made:
        whole = {**merged.standing.values, **merged.standing.extra}
        return (Offered(save.kind, save.record, "", rev, Outcome.APPLIED.value, whole),)
    if not merged.fields:
        return (Offered(save.kind, save.record, "", rev, Outcome.SAME.value, {}),)
    return tuple(Offered(save.kind, save.record, f.name, rev, f.outcome.value, f.offered) for f in merged.fields)


def _open_conflict(
    book: Book, context: Context, save: Mutation, found: FieldOutcome, past: Removal | None = None
) -> None:
    """Keep both values as a record that owner and supervisor see. Its id follows from the save, so it opens once.

    `past` is the removal that this save has undone: then the removal is what was offered, and the save is in force.
    """
    standing = book.now[save.kind, save.record]
    conflict_id = str(uuid.uuid5(_CONFLICTS, f"{save.mutation_id}/{found.name}"))
    own = {"case": "case_id", "person": "person_id"}.get(save.kind, "")
    above = {name: str(standing.values.get(name) or "") for name in ("case_id", "person_id")}
    in_force_by, in_force_at = _last_change(book, context, save, found.name)
    offered_by, offered_at = save.author, _claimed(save, context.now)
    before: Plain = merging.KEPT
    if found.name != merging.WHOLE:
        before = book.ledger.value_at(save.kind, save.record, found.name, save.base.get(found.name, 0))
    elif past is not None:
        in_force_by, in_force_at, offered_by, offered_at = offered_by, context.now, past.author, past.at
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
        "offered_by": offered_by,
        "offered_at": instant_text(offered_at),
        "mutation_id": save.mutation_id,
        "settled_at": None,
        "settled_by": "",
        "choice": "",
        "in_force_by": in_force_by,
        "in_force_at": None if in_force_at is None else instant_text(in_force_at),
        "received_at": instant_text(context.now),
    }
    book.put(("conflict", conflict_id), rows.Stored(values, {}, 1, {ALL_OTHERS: [1, SERVER]}))


def _last_change(book: Book, context: Context, save: Mutation, name: str) -> tuple[str, datetime | None]:
    """Who set what is in force, and when; of a record as a whole, whoever changed it last."""
    stamps = book.now[save.kind, save.record].field_rev
    if name == merging.WHOLE:
        name = max(stamps, key=lambda field: int(stamps[field][0]))
    rev = int((stamps.get(name) or stamps[ALL_OTHERS])[0])
    return book.ledger.last_change(save.kind, save.record, name, rev)


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
        if outcome.outcome in _SAID and outcome.name != merging.WHOLE:
            named.setdefault(outcome.outcome, []).append(_label(kind, outcome.name))
    whole = [_DISPUTED_REMOVAL] if any(f.name == merging.WHOLE for f in merged.conflicts) else []
    return " ".join([*whole, *(text.format(", ".join(named[o])) for o, text in _SAID.items() if o in named)])


_SAID: Final = {
    Outcome.CONFLICT: "{} had been changed by somebody else; both versions are kept until one is chosen.",
    Outcome.LOST: "{} stays as a colleague left it, because that is safer.",
    Outcome.REFUSED: "{} cannot be changed once it is saved.",
}
"""What an author is told of fields whose value is not in force."""


def _write(book: Book, context: Context, entries: Sequence[Entry]) -> None:
    by = context.user.id if context.user else ""
    moves = book.write()
    book.ledger.enter(Sender(context.client.client_id, context.generation, by, context.now), entries)
    if book.settled:
        book.ledger.settle_held(book.settled, by=by, at=context.now)
    if moves:
        book.settle(moves)


def officer_of(ledger: Ledger, user_id: str) -> User | None:
    """The officer as the server knows them now, or None when there is none."""
    stored = ledger.load([("user", user_id)]).get(("user", user_id))
    if stored is None:
        return None
    return User(**{f.name: read_value("user", f, stored.values[f.name]) for f in fields_of(User)})


def allowed_to(ledger: Ledger, user: User, now: datetime) -> frozenset[str]:
    """The scopes an officer may hold now, with what is shared with them today by the calendar of Europe/London."""
    return scopes_for(user, opened_to(ledger, user, now))


def opened_to(ledger: Ledger, user: User, now: datetime) -> frozenset[str]:
    """The scopes of the cases and people that are shared with an officer, or with a team of theirs, today."""
    return ledger.opened_to(user.id, teams_of(user), uk_date(now)) if user.active else frozenset()
