"""On which line of a TOML file something stands, so that a fault can name it; the standard reader does not say.

Understands the plain form council files are written in: `[table]`, `[[table]]`, `key = value` and the items of an array
written one after another. What it cannot place is given the line of the table it stands in.
"""

from __future__ import annotations

import re
from collections import Counter

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*=")
_MARK = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*|[\[\]{}]')


class TomlPlaces:
    """The line numbers (from 1) of a TOML text's tables, keys and array items."""

    def __init__(self, text: str) -> None:
        """Walk through the text once. The text must already be known to be valid TOML."""
        self._places: dict[tuple[object, ...], int] = {}
        self._seen: Counter[str] = Counter()
        self._table: tuple[str, int] = ("", 0)
        self._key = ""
        self._item = 0
        self._open: list[str] = []
        self._quote = ""
        for number, line in enumerate(text.split("\n"), start=1):
            self._read(number, line)

    def table(self, name: str, index: int = 0) -> int:
        """Give the line of a table's header; the file's first line for the keys above all tables."""
        return self._places.get((name, index), 1)

    def key(self, name: str, index: int, key: str) -> int:
        """Give the line of a key in a table, or of the table when the key is not there."""
        return self._places.get((name, index, key)) or self.table(name, index)

    def item(self, name: str, index: int, key: str, number: int) -> int:
        """Give the line of the nth item (from 0) of the array under a key."""
        return self._places.get((name, index, key, number)) or self.key(name, index, key)

    def _read(self, number: int, line: str) -> None:
        rest = line
        if not self._open and not self._quote:
            header = _HEADER.match(line)
            if header:
                self._begin_table(number, header[2], is_array=header[1] == "[[")
                return
            key = _KEY.match(line)
            if key:
                self._key, self._item = key[1], 0
                self._places[*self._table, self._key] = number
                rest = line[key.end() :]
        self._follow(number, rest)

    def _begin_table(self, number: int, name: str, *, is_array: bool) -> None:
        index = self._seen[name] if is_array else 0
        self._seen[name] += 1
        self._table = (name, index)
        self._places[self._table] = number

    def _follow(self, number: int, rest: str) -> None:
        position = 0
        while position < len(rest):
            if self._quote:
                end = rest.find(self._quote, position)
                if end < 0:
                    return
                position, self._quote = end + 3, ""
                continue
            found = _MARK.search(rest, position)
            if found is None:
                return
            position = found.end()
            self._take(number, found[0])

    def _take(self, number: int, mark: str) -> None:
        if self._open == ["["] and mark[0] in "\"'{[":
            self._places[*self._table, self._key, self._item] = number
            self._item += 1
        if mark in ('"""', "'''"):
            self._quote = mark
        elif mark in "[{":
            self._open.append(mark)
        elif mark in "]}" and self._open:
            self._open.pop()
