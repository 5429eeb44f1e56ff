"""How likely it is that two entries are one person: a weighted score with its reasons in words.

Each field that both sides have votes with its weight, for or against; a field that one side lacks says nothing. The
given name weighs against as much as for, and when it differs what a family shares counts half, so that twins do not
look like one person. The score warns while typing; it never merges anyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from almoner.rules.folding import folded, phone_digits

LIKELY = 0.35
"""From this score on a person is worth showing as a possible duplicate."""

MAX_NAMES = 12
"""How many names of one person are compared; more is not a person's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is known of one person. Leave empty what is not known; `born` is 2019, 2019-04 or 2019-04-30."""

    names: tuple[str, ...]
    born: str = ""
    postcode: str = ""
    phones: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Likeness:
    """The score, from 0 (certainly two people) to 1 (certainly one), and what speaks for it in words."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Vote:
    """What one field says: evidence for (positive) or against (negative), and the words for it."""

    weight: float
    reason: str = ""
    is_family: bool = False


def likeness(one: Details, other: Details) -> Likeness:
    """Score how likely the two are one person."""
    name = _names(one.names, other.names)
    rest = (
        _birth(one.born, other.born),
        _phones(one.phones, other.phones),
        _postcode(one.postcode, other.postcode),
        _address(one.address, other.address),
    )
    shared = sum(vote.weight for vote in rest) * (_OF_A_FAMILY if name.is_family else 1)
    score = min(1.0, max(0.0, (name.weight + shared) / _CERTAIN))
    return Likeness(round(score, 3), tuple(vote.reason for vote in (name, *rest) if vote.reason))


_CERTAIN = 10.0
"""So many points are as good as certain."""

_OF_A_FAMILY = 0.5
"""What birth date, telephone and home count for when the surname is the same and the given name clearly another: twins,
a parent and a child share all these."""


def _names(ones: Sequence[str], others: Sequence[str]) -> _Vote:
    """The best agreement between any name of the one and any name of the other."""
    pairs = [
        (one, other)
        for one in dict.fromkeys(map(folded, ones[:MAX_NAMES]))
        for other in dict.fromkeys(map(folded, others[:MAX_NAMES]))
        if one and other
    ]
    return max((_name_pair(one, other) for one, other in pairs), key=lambda vote: vote.weight, default=_Vote(0.0))


def _name_pair(one: str, other: str) -> _Vote:
    """Compare two folded names. Given name and surname are tried in both orders, since forms mix them up."""
    if one == other:
        return _Vote(4.5 if " " in one else 2.0, "same name")
    left, right = one.split(), other.split()
    if len(left) == 1 or len(right) == 1:
        best = max(_word(a, b) for a in left for b in right)
        return _Vote(2.0 * best if best > 0 else -2.0, "part of the name is the same" if best > 0.8 else "")
    straight = _word(left[0], right[0]), _word(left[-1], right[-1])
    swapped = _word(left[0], right[-1]), _word(left[-1], right[0])
    turned = sum(swapped) > sum(straight)
    given, surname = swapped if turned else straight
    weight = 2.1 * (given + surname) if turned else 2.0 * given + 2.2 * surname
    if turned and weight > 3:
        return _Vote(weight, "names the other way round")
    if given > 0.3 and surname > 0.3:
        return _Vote(weight, "name sounds or looks alike")
    if surname > 0.8:
        return _Vote(weight, "same surname", is_family=given <= -1.0 and not turned)
    return _Vote(weight)


def _word(one: str, other: str) -> float:
    """How far two words of a name agree, from -1 (different) to 1 (the same)."""
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return 0.4 if one[0] == other[0] else -1.0
    alike = max(JaroWinkler.similarity(one, other), DamerauLevenshtein.normalized_similarity(one, other))
    if alike >= 0.82:
        return 0.85 * alike
    if min(len(one), len(other)) >= 3 and (one.startswith(other) or other.startswith(one)):
        return 0.6
    return -1.0 if alike < 0.65 else (alike - 0.75) * 4


def _birth(one: str, other: str) -> _Vote:
    """Compare dates of birth: whole, in part, with one slip, or with day and month changed over."""
    if not one or not other:
        return _Vote(0.0)
    if one == other:
        return _Vote(
            {10: 3.8, 7: 2.5}.get(len(one), 1.0), "same date of birth" if len(one) == 10 else "same birth date"
        )
    if len(one) != len(other):
        shorter = min(one, other, key=len)
        return _Vote(1.0, "birth dates agree") if max(one, other, key=len).startswith(shorter) else _Vote(-2.0)
    if len(one) == 10 and one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return _Vote(2.8, "day and month of birth changed over")
    slips = DamerauLevenshtein.distance(one, other)
    if len(one) == 10 and slips == 1:
        return _Vote(2.6, "date of birth differs in one place")
    return _Vote(0.3 if len(one) == 10 and slips == 2 else -2.0)


def _phones(ones: Sequence[str], others: Sequence[str]) -> _Vote:
    """A shared number speaks for; different numbers say nothing, people have several."""
    left = {digits for digits in map(phone_digits, ones) if len(digits) >= 6}
    right = {digits for digits in map(phone_digits, others) if len(digits) >= 6}
    return _Vote(3.0, "same telephone number") if left & right else _Vote(0.0)


def _postcode(one: str, other: str) -> _Vote:
    """The same postcode speaks for; another speaks little against, people move."""
    left, right = "".join(one.split()).upper(), "".join(other.split()).upper()
    if not left or not right:
        return _Vote(0.0)
    if left == right:
        return _Vote(2.0, "same postcode")
    return _Vote(1.2, "nearly the same postcode") if DamerauLevenshtein.distance(left, right) == 1 else _Vote(-0.4)


def _address(one: str, other: str) -> _Vote:
    """Compare address lines by the words they share, allowing slips in each."""
    left, right = folded(one).split(), folded(other).split()
    if not left or not right:
        return _Vote(0.0)
    shorter, longer = sorted((left, right), key=len)
    near = sum(any(DamerauLevenshtein.normalized_similarity(a, b) >= 0.75 for b in longer) for a in shorter)
    share = near / len(shorter)
    if share >= 0.6:
        return _Vote(3.0 * share, "same or nearly the same address")
    return _Vote(0.5 if share >= 0.4 else -0.4)
