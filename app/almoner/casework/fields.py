"""Checks on what was typed, before it becomes a record: each says which field, what is wrong, and what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from almoner.records.derive import R, fields_of
from almoner.records.people import Channel
from almoner.records.trouble import Trouble
from almoner.records.wire import from_wire
from almoner.store.writing import keepable

OLDEST_YEAR = 1895
"""Nobody alive was born earlier."""

_BIRTH = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_LINES = {"\n", "\t"}


def sound(record: R) -> R:
    """Give the record, proved to be one that can be kept. Raises Trouble that names the field by its label."""
    for field in fields_of(type(record)):
        _no_odd_characters(getattr(record, field.name), field.fact.label)
    return from_wire(type(record), keepable(record))


def made(record_type: type[R], **values: Any) -> R:
    """Make a record from what was typed. Raises Trouble that names the field by its label when it cannot be kept."""
    known = {field.name for field in fields_of(record_type)}
    assert set(values) <= known, f"{record_type.kind} has no field {sorted(set(values) - known)}"
    return sound(record_type(**{name: trimmed(value) for name, value in values.items()}))


def trimmed(value: Any) -> Any:
    """Give typed text without space at its ends, in composed form; anything else as it is."""
    if isinstance(value, str) and type(value) is str:
        return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return value


def needed(text: str, label: str, do: str = "") -> str:
    """Give the text trimmed. Raises Trouble when nothing was typed."""
    text = str(trimmed(text))
    if not text:
        raise Trouble(f"“{label}” is empty.", do or "Type something there and save again.", label)
    return text


def birth_date(text: str, today: date) -> str:
    """Give a date of birth as kept: 2019, 2019-04 or 2019-04-30. Raises Trouble for one that cannot be."""
    text = str(trimmed(text))
    if not text:
        return ""
    found = _BIRTH.fullmatch(text)
    label = "Date of birth"
    if not found:
        raise Trouble("The date of birth cannot be read.", "Write 2019-04-30, or only 2019-04, or only 2019.", label)
    try:
        born = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise Trouble("The date of birth is not in the calendar.", "Check the day and the month.", label) from None
    if born > today:
        raise Trouble("The date of birth is in the future.", "Check the year.", label)
    if born.year < OLDEST_YEAR:
        raise Trouble(f"The date of birth is before {OLDEST_YEAR}.", "Check the year.", label)
    return text


def contact_value(channel: Channel, text: str) -> str:
    """Give a telephone number or e-mail address as it was given. Raises Trouble for one that cannot be right."""
    text = needed(text, "Number or address")
    if channel is Channel.EMAIL and not _EMAIL.fullmatch(text):
        raise Trouble(
            "This is not an e-mail address.", "Write it as name@example.org, or leave it out: nobody must have one."
        )
    digits = sum(character.isdigit() for character in text)
    if channel in (Channel.PHONE, Channel.TEXT) and not 3 <= digits <= 20:
        raise Trouble("This is not a telephone number.", "Write the number, with any spaces you like.")
    return text


def details(
    values: Mapping[str, Any], record_type: type[Any], fixed: frozenset[str] = frozenset({"id"})
) -> dict[str, Any]:
    """Give the values as they may change a record. Names it has not, and fixed ones, are our own mistake."""
    known = {field.name for field in fields_of(record_type)} - fixed
    assert set(values) <= known, f"{record_type.kind}: cannot set {sorted(set(values) - known)}"
    return {name: trimmed(value) for name, value in values.items()}


def _no_odd_characters(value: object, label: str) -> None:
    texts = value if isinstance(value, list | tuple) else (value,)
    for character in "".join(text for text in texts if isinstance(text, str)):
        if unicodedata.category(character) in ("Cc", "Cs", "Co") and character not in _LINES:
            raise Trouble(
                f"“{label}” holds a character that cannot be shown or printed.",
                "Delete the text and type it again, without copying it from elsewhere.",
                label,
            )
