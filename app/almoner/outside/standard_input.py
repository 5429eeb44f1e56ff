"""Secrets that a script sends to a command on its standard input."""

from __future__ import annotations

import sys

from almoner.records.trouble import Trouble


def first_line() -> str:
    """The first line without its end; empty when there is none. Raises Trouble when it is not text."""
    try:
        line = sys.stdin.readline()
        line.encode()
    except UnicodeError as fault:
        raise Trouble("What came on the standard input is not text.", "Send one line in UTF-8.") from fault
    return line.rstrip("\r\n")
