"""Finding postcodes and addresses inside free text: a note that is really an address, a letter that gives one away.

Text is compared without case, accents of spacing or punctuation, so that "as7-2ld" and "AS7 2LD" are the same place.
A postcode of the right shape is enough: invented and real areas are treated alike, since a false alarm costs one
question and a miss can cost a life.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from almoner.records import Address

MAX_MENTIONS = 100
"""No text is searched for more postcodes than this; one is already enough to ask."""

_POSTCODE = re.compile(r"(?<![A-Z0-9])([A-Z]{1,2}\d[A-Z\d]?)[\s.,_\-]{0,3}(\d[ABD-HJLNP-UW-Z]{2})(?![A-Z0-9])")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")
_JOINED = re.compile(r"[^A-Z0-9]+")
_NUMBER = re.compile(r"\b\d+[A-Z]?\b")


def postcodes_in(text: str) -> tuple[str, ...]:
    """Give every postcode in a text, tidied ("AS7 2LD"), each once, in order of appearance."""
    found: dict[str, None] = {}
    for match in _POSTCODE.finditer(_plain(text)):
        found[f"{match[1]} {match[2]}"] = None
        if len(found) >= MAX_MENTIONS:
            break
    return tuple(found)


def mentions_address(text: str, address: Address) -> bool:
    """Say whether a text gives an address away: its postcode, or its first line when that has a number and a name."""
    if address.postcode and set(postcodes_in(address.postcode)) & set(postcodes_in(text)):
        return True
    first = _words(address.line_1)
    return _tells_a_place(first) and f" {first} " in f" {_words(text)} "


def masked_text(text: str, addresses: Iterable[Address]) -> str:
    """Give the text with the postcodes and lines of these addresses blacked out as "[address withheld]"."""
    for address in addresses:
        for line in (address.line_1, address.line_2, address.line_3, address.postcode):
            words = _words(line).split()
            if words and (line == address.postcode or _tells_a_place(" ".join(words))):
                pattern = r"[\W_]*".join(re.escape(word) for word in words)
                text = re.sub(rf"(?<!\w){pattern}(?!\w)", "[address withheld]", text, flags=re.IGNORECASE)
        for postcode in postcodes_in(address.postcode):
            outward, inward = postcode.split()
            text = re.sub(
                rf"(?<!\w){outward}[\W_]{{0,3}}{inward}(?!\w)", "[address withheld]", text, flags=re.IGNORECASE
            )
    return text


def is_same_place(described: str, address: Address) -> bool:
    """Say whether words such as "9 Hob Lane, AS2 1RR" mean this address.

    With a postcode on both sides it must be the same, and then so must a house number given on both sides; without
    one, the first line decides. When in doubt the answer is yes: the words come from a rule that protects somebody.
    """
    wanted, held = postcodes_in(described), postcodes_in(address.postcode)
    if wanted and held:
        if not set(wanted) & set(held):
            return False
        numbers = set(_NUMBER.findall(_POSTCODE.sub(" ", _plain(described))))
        own = set(_NUMBER.findall(_plain(f"{address.line_1} {address.line_2}")))
        return not numbers or not own or bool(numbers & own)
    first = _words(address.line_1)
    return bool(first) and f" {first} " in f" {_words(described)} "


def _plain(text: str) -> str:
    """Give capitals without accents and fancy dashes; full-width and other look-alike letters become plain ones."""
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).upper()


def _words(text: str) -> str:
    return _JOINED.sub(" ", _plain(text)).strip()


def _tells_a_place(words: str) -> bool:
    """A first line gives a place away when it has a number and at least one word, or two words of some length."""
    parts = words.split()
    return len(parts) >= 2 and (any(part[0].isdigit() for part in parts) or len(words) >= 12)
