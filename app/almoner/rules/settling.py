"""Two people changed one thing: who may settle it, why it matters, and how two values differ word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from almoner.records import User
from almoner.records.staff import StaffRole
from almoner.rules.words import date_and_time

MOST_COMPARED = 3_000
"""Words of a text that are compared; beyond, the two are shown without marks."""

_WORD = re.compile(r"(\w+(?:['’-]\w+)*|[^\w\s])(\s*)")
"""A word or a mark, and the space after it."""


class Choice(StrEnum):
    """What was chosen when a disagreement was settled."""

    IN_FORCE = "in-force"
    OFFERED = "offered"
    BOTH = "both"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of words, and whether it differs from what stood there before."""

    words: str
    differs: bool = False


def may_settle(me: User, owner_id: str, authors: frozenset[str]) -> bool:
    """Whether an officer may settle: the owner of the case, a supervisor, or one of the two who wrote."""
    return me.active and (me.role is StaffRole.SUPERVISOR or me.id == owner_id or me.id in authors)


def differences(before: str, after: str) -> tuple[Part, ...]:
    """Give a text in parts, marking the words that are not in the one before. Nothing is marked without one before."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if not old or len(old) > MOST_COMPARED or len(new) > MOST_COMPARED:
        return (Part(after),) if after else ()
    parts = [Part(after[: len(after) - sum(len(word) + len(space) for word, space in new)])]
    matcher = SequenceMatcher(None, [word for word, _ in old], [word for word, _ in new], autojunk=False)
    for kind, _, _, start, end in matcher.get_opcodes():
        words = "".join(word + space for word, space in new[start:end])
        text = words.rstrip()
        parts += [Part(text, differs=kind != "equal"), Part(words[len(text) :])]
    return _gathered(parts)


def _gathered(parts: list[Part]) -> tuple[Part, ...]:
    """Put neighbours of one sort together; a space between two new stretches is new as well."""
    found: list[Part] = []
    shown = [part for part in parts if part.words]
    for at, part in enumerate(shown):
        following = shown[at + 1] if at + 1 < len(shown) else None
        between = bool(found and found[-1].differs and following and following.differs and not part.words.strip())
        differs = part.differs or between
        if found and found[-1].differs == differs:
            found[-1] = Part(found[-1].words + part.words, differs=differs)
        else:
            found.append(Part(part.words, differs=differs))
    return tuple(found)


def joined(mine: str, my_name: str, my_time: datetime, theirs: str, their_name: str, their_time: datetime) -> str:
    """Give two texts as one that says who wrote which, the earlier first."""
    both = sorted([(my_time, my_name, mine), (their_time, their_name, theirs)])
    return "\n\n".join(f"{name}, {date_and_time(at)}:\n{text.strip()}" for at, name, text in both if text.strip())


def why_it_matters(kind: str, field: str) -> str:
    """Say in a sentence or two what depends on a disagreement."""
    if not field:
        return "One of the two took this away while the other changed it. Nothing is gone until one of you chooses."
    return _OF_FIELDS.get((kind, field)) or _OF_KINDS.get(kind) or _OTHERWISE


_OTHERWISE = "Both changed the same thing without having seen what the other wrote."
_STANDING = (
    "While a case is open its legal dates run and somebody works on it. A closed case has no dates and is on nobody's"
    " list."
)
_NAMED = "Letters and every other case of this person use it."
_TEXT = "Both wrote something the other had not read. The resident sees it if they ask for their file."
_OF_FIELDS = {
    **{("case", field): _STANDING for field in ("stage", "status", "closed_at", "outcome")},
    **{("case", field): "It decides who works on the case and who can see it." for field in ("team_id", "owner_id")},
    ("case", "case_kind"): "The kind of report decides which legal dates run.",
    ("case", "summary"): _TEXT,
    ("case", "title"): "It is what colleagues read in every list and on the letters.",
    ("person", "full_name"): _NAMED,
    ("person", "date_of_birth"): "It tells people of one name apart and decides who counts as a child.",
    ("person", "letter_format"): "Letters are made in this form. In the wrong one they may not be readable.",
    ("person", "deceased_on"): "Letters stop once somebody has died. A mistake here hurts a family.",
    ("person", "restricted_team_id"): "It decides who can see this person at all. The wrong team may know them.",
}
_OF_KINDS = {
    "address": "Letters and visits go here. A letter to the wrong home can put somebody in danger.",
    "answer": "Dates and next steps can depend on this answer.",
    "clock": "This is a legal date. What we promised, and whether we kept it, depends on it.",
    "consent_grant": "It decides whom we may tell. What has been shared cannot be taken back.",
    "case_share": "It decides who else can see this case.",
    "contact_point": "We ring and write to this. Somebody else may answer.",
    "flag": "It keeps colleagues or the resident safe.",
    "safe_contact_rule": "It keeps the resident safe. Somebody they fear may read or hear what we send.",
    "task": "One of you may be doing what the other has done, or nobody does it.",
    "participant": "It decides who may speak for the resident and who gets letters.",
}
