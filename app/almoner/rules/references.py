"""Case references: made on a laptop with no network, read out over the telephone, checked as they are typed.

A reference such as `ASH-7K4M-92QX-3` is a council's prefix (2 to 4 letters), eight characters that carry 40 random
bits, and one check character.

*Characters.* Digits 2 to 9 and the capital letters without I and O: exactly the 32 symbols that five bits need once the
pairs 0/O and 1/I are gone. Look-alikes that stay (2/Z, 5/S, 8/B, U/V) are caught by the check character.

*Check character.* Each character is read as an element of the field of 32 elements and multiplied by its own power of a
generator; the sum must come to a fixed value. The powers of 13 places are all different and none is nought, so every
single wrong character and every swap of two different characters, next to each other or not, changes the sum. One in 32
other mistakes passes, as with any single check character of this size.

*Clashes.* Among n references of one prefix the chance that any two are alike is about n*n / 2**41: 0.005 % at 10,000
cases, 0.5 % at 100,000. The chance that the next new one clashes is n / 2**40, one in eleven million at 100,000. So a
clash is not expected, but the centre must still hold references unique and answer a clash with a fresh one.
"""

from __future__ import annotations

import itertools
import re

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""The 32 characters a reference is made of, in the order of their values."""

RANDOM_BITS = 40
"""How many random bits one reference carries."""

_BODY = 8
_GENERATOR_POLYNOMIAL = 0b100101  # x^5 + x^2 + 1, primitive over the field of two elements
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MEANT_IN_PREFIX = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z"}
_MEANT_IN_BODY = {"0": "QD", "O": "QD", "1": "L7", "I": "L7"}
_MAX_TYPED = 40
_MAX_SLIPS = 3
_WELL_FORMED = re.compile(rf"[A-Z]{{2,4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}-[{ALPHABET}]")
_TARGET = 3
"""What the sum must come to."""


def _times(left: int, right: int) -> int:
    product = 0
    for bit in range(5):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= _GENERATOR_POLYNOMIAL << (bit - 5)
    return product


_WEIGHTS = tuple(itertools.accumulate(range(12), lambda weight, _: _times(weight, 2), initial=1))
"""The weight of each place, counted from the check character at the right end."""


def _value(character: str) -> int:
    """Give a character's value. I and O, possible in a prefix only, borrow the values of digits, impossible there."""
    borrowed = {"I": 0, "O": 1}.get(character)
    return ALPHABET.index(character) if borrowed is None else borrowed


def _sum(characters: str) -> int:
    total = 0
    for weight, character in zip(_WEIGHTS, reversed(characters), strict=False):
        total ^= _times(weight, _value(character))
    return total


def make_reference(prefix: str, random_bits: int) -> str:
    """Make a reference from a council's prefix (2 to 4 capital letters) and 40 bits drawn at random by the caller."""
    assert re.fullmatch("[A-Z]{2,4}", prefix), "A reference begins with two to four capital letters"
    assert 0 <= random_bits < 1 << RANDOM_BITS, "A reference carries 40 bits"
    body = "".join(ALPHABET[random_bits >> shift & 31] for shift in range(RANDOM_BITS - 5, -1, -5))
    check = ALPHABET[_sum(prefix + body + ALPHABET[0]) ^ _TARGET]
    return f"{prefix}-{body[:4]}-{body[4:]}-{check}"


def check_reference(reference: str) -> bool:
    """Say whether a reference is written in full and in order, and its check character fits."""
    return bool(_WELL_FORMED.fullmatch(reference)) and _sum(reference.replace("-", "")) == _TARGET


def tidy_reference(typed: str, prefix: str = "") -> str | None:
    """Give the reference someone meant, or None when what they typed is not one.

    Takes lower case, spaces, dots and missing dashes, and a reference without its prefix when the council's own is
    given. A character that no reference contains (O, 0, I, 1) is read as the one it looks like, if exactly one reading
    fits the check character.
    """
    if len(typed) > _MAX_TYPED:
        return None
    plain = re.sub(r"[\s./\u2010-\u2015_-]+", "", typed).upper()
    if len(plain) == _BODY + 1:
        plain = prefix + plain
    head, tail = plain[: -_BODY - 1], plain[-_BODY - 1 :]
    head = "".join(_MEANT_IN_PREFIX.get(character, character) for character in head)
    if not re.fullmatch("[A-Z]{2,4}", head) or sum(character in _MEANT_IN_BODY for character in tail) > _MAX_SLIPS:
        return None
    readings = ("".join(choice) for choice in itertools.product(*(_MEANT_IN_BODY.get(c, c) for c in tail)))
    fitting = [f"{head}-{each[:4]}-{each[4:8]}-{each[8]}" for each in readings]
    fitting = [each for each in fitting if check_reference(each)]
    return fitting[0] if len(fitting) == 1 else None
