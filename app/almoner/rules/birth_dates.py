"""Dates of birth as people type and say them. Often only the year, or the month, is known, and that is kept as it is.

Kept as 2019, 2019-04 or 2019-04-30. Typed with the day before the month, as in the UK.
"""

from __future__ import annotations

import re
from datetime import date

from almoner.records.trouble import Trouble

LONGEST = 40
"""No date of birth takes more characters."""

OLDEST_YEAR = 1895
"""Nobody alive was born earlier."""

WHERE = "Date of birth"
_DO = "Write it as 8/3/1991, 8 March 1991, March 1991, or only 1991."
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_KEPT = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", re.ASCII)
_NUMERIC = re.compile(r"(?:(\d{1,2})[/. -])?(\d{1,2})[/. -](\d{4}|\d{2})", re.ASCII)
_WORDED = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)? (?:of )?)?([a-z]{3,9}) (\d{4}|\d{2})", re.ASCII)


def read_birth(typed: str, today: date) -> str:
    """Give a date of birth in the form that is kept; nothing typed gives "".

    A year of two digits is the latest that is not in the future. Raises Trouble when it cannot be read, is not in the
    calendar, lies in the future or before 1895.
    """
    text = " ".join(typed.casefold().replace(",", " ").split())
    if not text:
        return ""
    year, month, day = _parts(text, today)
    try:
        born = date(year, month or 1, day or 1)
    except ValueError:
        raise Trouble("This date of birth is not in the calendar.", "Check the day and the month.", WHERE) from None
    if born > today:
        raise Trouble("This date of birth is in the future.", "Check the year.", WHERE)
    if born.year < OLDEST_YEAR:
        raise Trouble(f"This date of birth is before {OLDEST_YEAR}.", "Check the year.", WHERE)
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


def birth_words(born: str) -> str:
    """Say a date of birth as kept: "8 Mar 1991", "Mar 1991", "1991"; anything else comes back as it is."""
    found = _KEPT.fullmatch(born)
    if not found or not found[2]:
        return born
    month = _MONTHS[int(found[2]) - 1][:3].capitalize()
    return f"{int(found[3])} {month} {found[1]}" if found[3] else f"{month} {found[1]}"


def age_words(born: str, today: date) -> str:
    """Say how old somebody is: "35", or "about 35" while the day is not known; "" when nothing is."""
    found = _KEPT.fullmatch(born)
    if not found:
        return ""
    year, month, day = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    years = today.year - year - ((today.month, today.day) < (month or 7, day or 1))
    if years < 0:
        return "about 0"
    return str(years) if day else f"about {years}"


def _parts(text: str, today: date) -> tuple[int, int, int]:
    """Year, month and day; 0 for what was not given."""
    if len(text) <= LONGEST:
        if found := _KEPT.fullmatch(text):
            return int(found[1]), _given(found[2]), _given(found[3])
        if found := _NUMERIC.fullmatch(text):
            return _year(found[3], today), _given(found[2]), _given(found[1])
        if (found := _WORDED.fullmatch(text)) and (month := _month(found[2])):
            return _year(found[3], today), month, _given(found[1])
    raise Trouble("This date of birth cannot be read.", _DO, WHERE)


def _given(digits: str | None) -> int:
    """A day or month that was given; one that cannot be, such as 0, becomes one the calendar refuses."""
    return 0 if digits is None else int(digits) or 99


def _month(word: str) -> int:
    return next((at for at, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)


def _year(digits: str, today: date) -> int:
    if len(digits) == 4:
        return int(digits)
    century = today.year - today.year % 100
    year = century + int(digits)
    return year if year <= today.year else year - 100
