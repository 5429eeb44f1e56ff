"""What makes a postal address printable: the rules an envelope window, a sorting machine and a postman set.

The counts, forbidden characters and refused words follow the address rules of GOV.UK Notify; the shape of a postcode
follows the published Royal Mail format. Nothing is dropped silently: every fault says which line and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from almoner.rules.countries import is_country, is_this_country

FEWEST_LINES = 3
MOST_LINES = 7
MOST_CHARACTERS_IN_LINE = 200
_FORBIDDEN_FIRST = '@()=[]"\\/,<>~'
_POSTCODE = re.compile(
    r"(?:GIR ?0AA|BFPO ?\d{1,4}"
    r"|[A-PR-UWYZ](?:\d{1,2}|\d[A-HJKPSTUW]|[A-HK-Y]\d{1,2}|[A-HK-Y]\d[ABEHMNPRVWXY]) ?\d[ABD-HJLNP-UW-Z]{2})"
)
_BFPO = re.compile(r"\bBFPO\s*(?:C/O\s*)?\d{1,4}\b|\bBF1\s*\d[A-Z]{2}\b", re.IGNORECASE)
_BFPO_NUMBER = re.compile(r"BFPO\s*(?:C/O\s*)?(\d{1,4})", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"\bN\.?\s?F\.?\s?A\.?(?!\w)|\bno\s+fixed\s+(?:abode|address)\b", re.IGNORECASE)


@dataclass(frozen=True)
class AddressFault:
    """One thing that stops an address from being printed.

    `line` counts from 1, or is None when the fault is of the whole address. The words never repeat the address.
    """

    line: int | None
    what: str
    do: str


def tidy_postcode(text: str) -> str:
    """Give a postcode in capitals with one space before its last three characters; anything else comes back trimmed."""
    squeezed = "".join(text.split()).upper()
    number = _BFPO_NUMBER.fullmatch(" ".join(text.split()))
    if number:
        return f"BFPO {number.group(1)}"
    if _POSTCODE.fullmatch(squeezed):
        return f"{squeezed[:-3]} {squeezed[-3:]}"
    return " ".join(text.split())


def is_uk_postcode(text: str) -> bool:
    """Say whether the text has the shape of a UK postcode (BFPO numbers included), however it is spaced."""
    squeezed = "".join(text.split()).upper()
    return bool(_POSTCODE.fullmatch(squeezed)) or bool(_BFPO_NUMBER.fullmatch(" ".join(text.split())))


def tidy_address_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Give the lines as they will be printed: spaces squeezed, trailing commas and full stops off, postcode tidied.

    Empty lines go; no other line is ever dropped.
    """
    kept = [squeezed for squeezed in (" ".join(line.split()).rstrip(" ,;") for line in lines) if squeezed]
    if kept:
        kept[-1] = tidy_postcode(kept[-1].rstrip("."))
    return tuple(kept)


def check_address_lines(lines: Sequence[str]) -> tuple[AddressFault, ...]:
    """Find everything that stops these lines (the name first) from being printed in a window.

    Give them tidied, as `tidy_address_lines` returns them. An empty answer means that the address can be printed.
    """
    faults = [*_count_faults(lines)]
    for number, line in enumerate(lines, start=1):
        faults += _line_faults(number, line)
    if lines:
        faults += _last_line_faults(lines)
    return tuple(faults)


def _count_faults(lines: Sequence[str]) -> list[AddressFault]:
    """Check that there are neither too few nor too many lines."""
    if len(lines) < FEWEST_LINES:
        return [
            AddressFault(
                None,
                f"The address has {len(lines)} of the {FEWEST_LINES} lines it needs at least.",
                "Give the name, the street or building, and the postcode, each on its own line.",
            )
        ]
    if len(lines) > MOST_LINES:
        return [
            AddressFault(
                None,
                f"The address has {len(lines)} lines; the window shows at most {MOST_LINES}.",
                "Choose which lines to join or leave out. A county is not needed.",
            )
        ]
    return []


def _line_faults(number: int, line: str) -> list[AddressFault]:
    """Check one line by itself."""
    faults = []
    if not line.strip():
        faults.append(AddressFault(number, f"Line {number} is empty.", "Take the empty line out."))
    elif line[0] in _FORBIDDEN_FIRST:
        faults.append(
            AddressFault(number, f"Line {number} starts with “{line[0]}”.", "Start it with a letter or a number.")
        )
    elif number <= 2 and not any(character.isalnum() for character in line):
        faults.append(
            AddressFault(number, f"Line {number} has no letter or number.", "Write the name or the building there.")
        )
    if len(line) > MOST_CHARACTERS_IN_LINE:
        faults.append(
            AddressFault(
                number, f"Line {number} is longer than {MOST_CHARACTERS_IN_LINE} characters.", "Make the line shorter."
            )
        )
    if _NO_ADDRESS.search(line):
        faults.append(
            AddressFault(
                number,
                f"Line {number} says that there is no address.",
                "Use a care-of address, or have the letter collected at the office.",
            )
        )
    return faults


def _last_line_faults(lines: Sequence[str]) -> list[AddressFault]:
    """Check that the last line is a postcode, a BFPO number or a country, and that BFPO mail names no country."""
    number, last = len(lines), lines[-1]
    faults = []
    forces = any(_BFPO.search(line) for line in lines)
    if forces and any(is_country(line) or is_this_country(line) for line in lines):
        faults.append(
            AddressFault(number, "A BFPO address must not name a country.", "Take the country out of the address.")
        )
    elif is_this_country(last):
        faults.append(
            AddressFault(
                number,
                f"Line {number} names this country in a UK address.",
                "Take that line out, so that the postcode stands on the last line.",
            )
        )
    elif not (is_uk_postcode(last) or is_country(last) or (forces and _BFPO.search(last))):
        faults.append(
            AddressFault(
                number,
                f"Line {number}, the last, is not a UK postcode, a BFPO number or a country.",
                "Put the postcode alone on the last line, or for abroad the country in English.",
            )
        )
    elif is_uk_postcode(last) and last != tidy_postcode(last):
        faults.append(
            AddressFault(
                number,
                f"The postcode on line {number} is not written as the post wants it.",
                "Use capitals, with one space before the last three characters.",
            )
        )
    return faults
