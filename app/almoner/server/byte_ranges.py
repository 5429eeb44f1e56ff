"""The part of a file that a Range header asks for (RFC 9110, 14.2): one range of bytes, or all."""

from __future__ import annotations

import re

_ONE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Unsatisfiable(ValueError):
    """The range lies outside the file."""


def wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """The start and the end (not included) asked for, of a file of `size` bytes; None for the whole file, also when
    the header is none that is understood, or asks for several ranges. Raises Unsatisfiable."""
    match = _ONE.fullmatch(header.replace(" ", ""))
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
