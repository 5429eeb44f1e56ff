"""Names and telephone numbers in the one form in which they are sorted, found and compared."""

from __future__ import annotations

import re
import unicodedata

_MAX_TEXT = 300
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_BREAKS = re.compile(r"[^\w]+|_")


def folded(text: str) -> str:
    """Text in small letters without accents or apostrophes, its words parted by single spaces."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text[:_MAX_TEXT]).casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(_BREAKS.sub(" ", plain).split())


def phone_digits(text: str) -> str:
    """The digits that tell one UK number from another: no spaces, no country code, no leading nought."""
    digits = re.sub(r"\D", "", text[:_MAX_TEXT].replace("(0)", ""))
    if digits.startswith("0044"):
        digits = digits[4:]
    elif digits.startswith("44") and len(digits) > 10:
        digits = digits[2:]
    return digits.lstrip("0")
