"""Work the office did not take: readable whole, and what can be done with it. Nothing typed is ever gone.

An item is known by the id of its save. It is shown from the line on this laptop, from the record the office opened for
it, or from both; the line alone is enough to read and copy it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from almoner.casework.fields import needed
from almoner.casework.ports import Desk
from almoner.casework.taking_over import apply_held, case_of, why_not
from almoner.casework.values import typed_words
from almoner.records import Case, Conflict, HeldWork, Person, Team, User
from almoner.records.facts import LINE
from almoner.records.held_work import Settlement
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain
from almoner.rules.words import when
from almoner.store.labels import noun_of
from almoner.store.lines import LineState
from almoner.store.outbox import UnsentLine, discard, mutation_of, returned
from almoner.store.reading import Reading
from almoner.store.writing import Writing

MOST_HELD = 500
"""No more held work is read at once."""

_TOO_LARGE = "This is too large to be sent."


class Act(StrEnum):
    """What can be done with an item."""

    COPY = "copy"
    OPEN = "open"
    TAKE_OVER = "take-over"
    SEND_ON = "send-on"
    DISCARD = "discard"
    OK = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItem:
    """One piece of work that came back. `typed` are label and words of each field; `acts` what this officer may do."""

    id: str
    client_seq: int
    held_id: str
    case_id: str
    title: str
    about: str
    author: str
    is_mine: bool
    made: str
    why: str
    where: str
    settled: str
    mark: str
    tone: str
    typed: tuple[tuple[str, str], ...]
    in_the_way: str
    acts: tuple[Act, ...]

    @property
    def text(self) -> str:
        """The whole item as text to paste elsewhere."""
        head = [self.title, self.about, f"{self.author}, {self.made}"]
        return "\n".join([*filter(None, head), "", *(f"{label}: {words}" for label, words in self.typed)])


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known of one item: the line here, the record of the office, or both."""

    line: UnsentLine | None
    held: HeldWork | None


def read_returned(reading: Reading, desk: Desk, most: int = MOST_HELD) -> tuple[ReturnedItem, ...]:
    """Give what waits for this officer, the oldest first, what was settled meanwhile last; at most so many."""
    found = list(_found(reading, desk).items())[:most]
    items = [_item(reading, desk, mutation_id, each) for mutation_id, each in found]
    return tuple(sorted(items, key=lambda item: bool(item.settled)))


def count_returned(reading: Reading, desk: Desk) -> int:
    """How many pieces of work came back and wait for this officer."""
    return len(_found(reading, desk))


def find_returned(reading: Reading, desk: Desk, item_id: str) -> ReturnedItem:
    """Give one item. Raises Trouble when it is gone."""
    found = _found(reading, desk).get(item_id)
    if found is None:
        raise Trouble("This is no longer here.", "It may have been dealt with; look at the case.")
    return _item(reading, desk, item_id, found)


def send_on(tx: Writing, desk: Desk, item_id: str, officer_id: str) -> User:
    """Ask a named officer to deal with an item. Raises Trouble until the office has confirmed that it holds it."""
    held = _held(tx, item_id)
    officer = tx.find(User, officer_id)
    if officer is None or not officer.active:
        raise Trouble("This officer does not work here.", "Choose another officer.", "Send to")
    tx.save(replace(held, sent_on_to=officer.id))
    return officer


def discard_returned(tx: Writing, desk: Desk, item_id: str, *, reason: str) -> None:
    """Say that an item is not needed, and why. The office keeps its words; the line leaves this laptop.

    Raises Trouble when the office has not confirmed that it holds it, unless it was too large to be sent at all.
    """
    why = needed(reason, "Why", "Say why it is not needed; the words stay at the office.")
    if len(why) > LINE:
        raise Trouble(f"“Why” is longer than {LINE} characters.", "Make it shorter.", "Why")
    line = _line(tx, item_id)
    held = _held_or_none(tx, item_id)
    if held is not None and held.settlement is Settlement.WAITING:
        _settle(tx, desk, held, Settlement.DISCARDED, why)
    elif held is None and not (line and line.verdict_text.startswith(_TOO_LARGE)):
        raise _not_confirmed()
    if line is not None:
        discard(tx, line.client_seq)


def leave(tx: Writing, desk: Desk, item_id: str) -> None:
    """The author has read that somebody settled their item: it leaves every list."""
    line, held = _line(tx, item_id), _held_or_none(tx, item_id)
    is_open = held is not None and held.settlement is Settlement.WAITING
    assert not is_open, "it waits for somebody"
    if line is not None:
        discard(tx, line.client_seq)
    if held is not None and held.author == desk.me.id:
        tx.save(replace(held, seen_at=tx.now))


def take_over(tx: Writing, desk: Desk, item_id: str) -> str:
    """Save what was typed anew as this officer's own work, and say so on the item; a sentence about what was done.

    Raises Trouble that explains where it cannot be applied any more, or that this officer may not.
    """
    held = _held(tx, item_id)
    if held.settlement is not Settlement.WAITING:
        raise Trouble(_settled_words(tx, held, tx.now), "Nothing needs to be done.")
    if not _may_take_over(tx, desk, held):
        raise Trouble("This is not yours to take over.", "The owner of the case or a supervisor may.")
    line = _line(tx, item_id)
    if line is not None:
        discard(tx, line.client_seq)
    sentence = apply_held(tx, desk, held)
    _settle(tx, desk, held, Settlement.TAKEN_OVER, "")
    return sentence


def officers_for(reading: Reading, desk: Desk, item: ReturnedItem) -> tuple[User, ...]:
    """Give whom an item can be sent to: the owner of its case first, then the team's officers; all when unknown."""
    case = reading.find(Case, item.case_id) if item.case_id else None
    officers = [user for user in reading.all_of(User, order="full_name") if user.active and user.id != desk.me.id]
    if case is not None and case.team_id:
        officers = [
            u for u in officers if case.team_id in (u.team_id, *u.team_ids) or u.id == case.owner_id
        ] or officers
    owner = case.owner_id if case else ""
    return tuple(sorted(officers, key=lambda u: (u.id != owner, u.role is not StaffRole.SUPERVISOR)))


# ---- what is there


def _found(reading: Reading, desk: Desk) -> dict[str, _Found]:
    held = {each.mutation_id: each for each in _held_for(reading, desk)}
    found: dict[str, _Found] = {}
    for line in returned(reading):
        mutation = mutation_of(reading, line.client_seq)
        assert mutation is not None, "a line has its save"
        if line.state is not LineState.CONFLICT or not _is_open_conflict(reading, mutation.mutation_id):
            found[mutation.mutation_id] = _Found(line, _held_or_none(reading, mutation.mutation_id))
    return found | {mutation_id: _Found(None, each) for mutation_id, each in held.items() if mutation_id not in found}


def _held_for(reading: Reading, desk: Desk) -> list[HeldWork]:
    """What the office holds and this officer should see: what waits, and what others decided about their own work."""
    waits = reading.all_of(HeldWork, order="held_at", limit=MOST_HELD, settlement=Settlement.WAITING)
    own = reading.all_of(HeldWork, order="held_at", limit=MOST_HELD, author=desk.me.id, seen_at=None)
    decided = [each for each in own if each.settlement is not Settlement.WAITING and each.settled_by != desk.me.id]
    return [each for each in waits if _concerns(reading, desk, each)] + decided


def _is_open_conflict(reading: Reading, mutation_id: str) -> bool:
    """Whether a save differs from another's and nobody has settled it: then it is shown as a disagreement."""
    conflicts = reading.all_of(Conflict, mutation_id=mutation_id)
    return any(each.settled_at is None for each in conflicts)


def _concerns(reading: Reading, desk: Desk, held: HeldWork) -> bool:
    me = desk.me
    if me.id in (held.author, held.sent_on_to) or me.role is StaffRole.SUPERVISOR:
        return True
    case = case_of(reading, held)
    return case is not None and case.owner_id == me.id


def _may_take_over(reading: Reading, desk: Desk, held: HeldWork) -> bool:
    me = desk.me
    if me.role is StaffRole.SUPERVISOR:
        return True
    case = case_of(reading, held)
    return case is not None and me.id in (case.owner_id, held.sent_on_to)


def _item(reading: Reading, desk: Desk, mutation_id: str, found: _Found) -> ReturnedItem:
    line, held = found.line, found.held
    now = desk.clock.now()
    kind, case_id, typed = _typed(reading, desk, found)
    made_at = held.made_at if held else line.made_at if line else now
    author_id = held.author if held else desk.me.id
    settled = _settled(reading, mutation_id, held, line, now)
    may = held is not None and not settled and _may_take_over(reading, desk, held)
    in_the_way = why_not(reading, desk, held) if may and held else ""
    is_mine = author_id == desk.me.id
    state = line.state if line else LineState.HELD
    mark, tone = ("Settled", "green") if settled else _MARKS[state]
    return ReturnedItem(
        id=mutation_id,
        client_seq=line.client_seq if line else 0,
        held_id=held.id if held else "",
        case_id=case_id if case_id and reading.find(Case, case_id) else "",
        title=_title(reading, line, kind, case_id),
        about=_about(reading, case_id, held.person_id if held else ""),
        author=_name(reading, author_id),
        is_mine=is_mine,
        made=f"saved {_low(when(made_at, now))}",
        why=_why(found, "" if is_mine else _name(reading, author_id)),
        where=_where(reading, held, case_id, now) if not settled else "",
        settled=settled,
        mark=mark,
        tone=tone,
        typed=typed,
        in_the_way=in_the_way,
        acts=_acts(found, settled, may=may and not in_the_way, is_mine=is_mine),
    )


_MARKS = {
    LineState.HELD: ("Held at the office", "yellow"),
    LineState.REJECTED: ("Not accepted", "red"),
    LineState.CONFLICT: ("Settled", "green"),
}


def _typed(reading: Reading, desk: Desk, found: _Found) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Give kind, case and the words of what was typed."""
    if found.line is not None:
        mutation = mutation_of(reading, found.line.client_seq)
        assert mutation is not None, "a line has its save"
        case_id = found.line.case_id
        words = _with_sets(reading, desk, mutation.kind, mutation.values, mutation.added, mutation.removed, case_id)
        return mutation.kind, case_id, words or ((("Taken away", "Yes"),) if mutation.delete else ())
    assert found.held is not None, "one of the two is there"
    body = body_of(found.held)
    held = found.held
    case = case_of(reading, held)
    case_id = case.id if case else held.case_id
    words = _with_sets(reading, desk, held.record_kind, body.values, body.added, body.removed, case_id)
    return held.record_kind, case_id, words or ((("Taken away", "Yes"),) if body.delete else ())


def _with_sets(
    reading: Reading,
    desk: Desk,
    kind: str,
    values: Mapping[str, Plain],
    added: Mapping[str, Sequence[str]],
    removed: Mapping[str, Sequence[str]],
    case_id: str,
) -> tuple[tuple[str, str], ...]:
    whole: dict[str, Plain] = {**values, **{name: list(words) for name, words in added.items()}}
    said = typed_words(reading, desk, kind, whole, case_id)
    gone = typed_words(reading, desk, kind, {name: list(words) for name, words in removed.items()}, case_id)
    return (*said, *((f"{label}, taken off", words) for label, words in gone))


@dataclass(frozen=True, slots=True)
class Body:
    """What a held save would have changed."""

    values: dict[str, Plain]
    added: dict[str, list[str]]
    removed: dict[str, list[str]]
    delete: bool


def body_of(held: HeldWork) -> Body:
    """Read what the office kept of a save; what cannot be read is given as one text."""
    try:
        kept = json.loads(held.body)
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        return Body({"text": held.body}, {}, {}, delete=False)
    return Body(
        values=dict(kept.get("values") or {}),
        added=dict(kept.get("added") or {}),
        removed=dict(kept.get("removed") or {}),
        delete=bool(kept.get("delete")),
    )


def _why(found: _Found, told: str) -> str:
    """Give the office's reason; it is worded for the author, so a colleague reads whom it was told."""
    words = found.held.text if found.held else found.line.verdict_text if found.line else ""
    if not words:
        return "The office gave no reason."
    return f"{told} was told: “{words}”" if told else words


def _acts(found: _Found, settled: str, *, may: bool, is_mine: bool) -> tuple[Act, ...]:
    if settled:
        return (Act.COPY, Act.OK)
    acts = [Act.TAKE_OVER] if may else []
    acts.append(Act.COPY)
    if found.held is not None:
        acts.append(Act.SEND_ON)
    if is_mine or may or found.held is not None:
        acts.append(Act.DISCARD)
    return tuple(acts)


def _settled(reading: Reading, mutation_id: str, held: HeldWork | None, line: UnsentLine | None, now: datetime) -> str:
    if held is not None and held.settlement is not Settlement.WAITING:
        return _settled_words(reading, held, now)
    if line is not None and line.state is LineState.CONFLICT:
        return "The disagreement about this has been settled. The case shows what was chosen."
    return ""


def _settled_words(reading: Reading, held: HeldWork, now: datetime) -> str:
    at = f" {_low(when(held.settled_at, now))}" if held.settled_at else ""
    who = _name(reading, held.settled_by)
    if held.settlement is Settlement.TAKEN_OVER:
        return f"{who} took this over{at}."
    why = f": {held.settled_why}" if held.settled_why else "."
    return f"{who} discarded this{at}{why}"


def _where(reading: Reading, held: HeldWork | None, case_id: str, now: datetime) -> str:
    """Say who has an item now."""
    if held is None:
        return "Only you have it until the office has confirmed that it keeps it. Sync to go on."
    if held.sent_on_to:
        return f"Sent to {_name(reading, held.sent_on_to)}."
    case = reading.find(Case, case_id) if case_id else None
    names = [_name(reading, case.owner_id)] if case and case.owner_id else []
    if case is not None and case.team_id:
        names += [u.full_name for u in reading.all_of(User, role=StaffRole.SUPERVISOR) if case.team_id in u.team_ids]
        team = reading.find(Team, case.team_id)
        if not names and team is not None:
            return f"It waits for {team.name}."
    named = " or ".join(dict.fromkeys(names)) or "the team that has the case now"
    return f"It waits for {named}."


def _title(reading: Reading, line: UnsentLine | None, kind: str, case_id: str) -> str:
    """Say what an item is; its case stands beside it."""
    case = reading.find(Case, case_id) if case_id else None
    if line is None:
        return noun_of(kind)
    return line.label.removesuffix(f" on {case.reference}") if case else line.label


def _about(reading: Reading, case_id: str, person_id: str) -> str:
    case = reading.find(Case, case_id) if case_id else None
    person = reading.find(Person, person_id) if person_id else None
    words = (
        [case.reference, case.title] if case else ["A case that is not on this computer any more"] if case_id else []
    )
    return "  ·  ".join([*words, *([person.full_name] if person else [])])


def _name(reading: Reading, user_id: str) -> str:
    user = reading.find(User, user_id) if user_id else None
    return user.full_name if user else "A colleague"


def _line(reading: Reading, item_id: str) -> UnsentLine | None:
    for line in returned(reading):
        mutation = mutation_of(reading, line.client_seq)
        if mutation is not None and mutation.mutation_id == item_id:
            return line
    return None


def _held_or_none(reading: Reading, item_id: str) -> HeldWork | None:
    found = reading.all_of(HeldWork, mutation_id=item_id, limit=1)
    return found[0] if found else None


def _held(reading: Reading, item_id: str) -> HeldWork:
    held = _held_or_none(reading, item_id)
    if held is None:
        raise _not_confirmed()
    return held


def _not_confirmed() -> Trouble:
    return Trouble(
        "The office has not confirmed yet that it keeps this.", "Sync, then try again. You can copy it meanwhile."
    )


def _settle(tx: Writing, desk: Desk, held: HeldWork, settlement: Settlement, why: str) -> None:
    tx.save(replace(held, settlement=settlement, settled_at=tx.now, settled_by=desk.me.id, settled_why=why))


def _low(words: str) -> str:
    return words[:1].lower() + words[1:]
