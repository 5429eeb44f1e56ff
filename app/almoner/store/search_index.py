"""What search looks in, kept in step with the records: words of people, telephone digits, names for slips, case text.

Words live in two FTS5 indexes without content (the text itself stays in the records alone). A confidential address is
in none of them, so nobody can find a person by it. Made and rebuilt by `derived_tables`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, text

from almoner.rules.folding import folded, phone_digits
from almoner.store.list_rows import DERIVED, as_json

SHORTEST_PHONE = 4
"""Fewer digits than this do not find a telephone number."""

MAX_NAME = 60
"""Longer words of a name are not kept for slips of the keyboard."""

search_phone = Table(
    "search_phone",
    DERIVED,
    Column("digits", Text, primary_key=True, nullable=False),
    Column("n", Integer, primary_key=True, nullable=False),
    Index("ix_search_phone_n", "n"),
    sqlite_with_rowid=False,
)
"""Every ending of every telephone number, so that any run of its digits begins a row; `n` is the person."""

search_name = Table(
    "search_name",
    DERIVED,
    Column("name_id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)
"""Each distinct word of a name once, folded."""

search_trigram = Table(
    "search_trigram",
    DERIVED,
    Column("trigram", Text, primary_key=True, nullable=False),
    Column("name_id", Integer, primary_key=True, nullable=False),
    sqlite_with_rowid=False,
)
"""Which names contain three letters in a row; a name's edges count as letters."""

search_text = Table(
    "search_text",
    DERIVED,
    Column("item", Integer, primary_key=True),
    Column("record_id", Text, nullable=False, unique=True),
    Column("case_id", Text, nullable=False),
)
"""Which case a row of the case text index belongs to; later items are newer."""

WORD_TABLES = {
    "person_words": "CREATE VIRTUAL TABLE person_words USING fts5(words, content='', contentless_delete=1, detail=none,"
    " prefix='2 3 4', tokenize=\"unicode61 remove_diacritics 2\")",
    "case_words": "CREATE VIRTUAL TABLE case_words USING fts5(words, content='', contentless_delete=1, detail=none,"
    " prefix='3 4', tokenize=\"unicode61 remove_diacritics 2\")",
}
"""The two FTS5 tables, by name: rows are numbered as in `person_list` and `search_text`."""

_IN = "IN (SELECT value FROM json_each(:ids))"


def _plain(expression: str) -> str:
    """Take apostrophes out, so that O'Brien and OBrien are one word."""
    return f"replace(replace({expression}, '''', ''), '’', '')"


_PERSON_WORDS = f"""
INSERT OR REPLACE INTO person_words (rowid, words)
SELECT l.n, {
    _plain(
        "p.full_name || ' ' || p.known_as || ' ' ||"
        " coalesce((SELECT group_concat(value, ' ') FROM json_each(p.earlier_names)), '') || ' ' ||"
        " coalesce((SELECT group_concat(a.line_1 || ' ' || a.line_2 || ' ' || a.line_3 || ' ' || a.town || ' '"
        " || a.postcode || ' ' || replace(a.postcode, ' ', ''), ' ')"
        " FROM addresses a WHERE a.person_id = p.id AND NOT a.confidential), '')"
    )
}
FROM people p JOIN person_list l ON l.id = p.id WHERE p.id {_IN}
"""

_CASE_TEXT = {
    "case": ("cases", "t.title || ' ' || t.summary || ' ' || t.source_reference"),
    "note": (
        "notes",
        "coalesce((SELECT title FROM cases WHERE id = t.case_id), '') || ' ' || t.heading || ' ' || t.text",
    ),
    "visit": ("visits", "t.purpose || ' ' || t.findings"),
}
"""Which records hold case text, their tables, and the text."""

_NEW_NAMES = f"""
SELECT DISTINCT word.value FROM people p, json_each('[' || replace(json_quote(
 {
    _plain(
        "lower(replace(p.full_name || ' ' || p.known_as || ' ' ||"
        " coalesce((SELECT group_concat(value, ' ') FROM json_each(p.earlier_names)), ''), '-', ' '))"
    )
}
 ), ' ', '","') || ']') AS word
WHERE p.id {_IN} AND length(word.value) BETWEEN 3 AND {MAX_NAME}
 AND word.value NOT IN (SELECT name FROM search_name)
"""


def forget(connection: Connection, changed: Mapping[str, Set[str]]) -> None:
    """Take people out of the index who are no longer on this device; run it while their list rows are still there."""
    persons = changed.get("person")
    if not persons:
        return
    gone = f"SELECT n FROM person_list WHERE id {_IN} AND id NOT IN (SELECT id FROM people)"
    ids = {"ids": as_json(persons)}
    connection.execute(text(f"DELETE FROM person_words WHERE rowid IN ({gone})"), ids)
    connection.execute(text(f"DELETE FROM search_phone WHERE n IN ({gone})"), ids)


def refresh(connection: Connection, changed: Mapping[str, Set[str]]) -> None:
    """Bring the search index up to date for the changed records. List rows must be fresh already."""
    persons = set(changed.get("person", ()))
    persons |= _persons_of(connection, "addresses", changed.get("address", frozenset()))
    if persons:
        _index_persons(connection, persons)
    callers = persons | _persons_of(connection, "contact_points", changed.get("contact_point", frozenset()))
    if callers:
        _index_phones(connection, callers)
    for kind, (table, words) in _CASE_TEXT.items():
        if changed.get(kind):
            _index_text(connection, table, words, changed[kind])


def trigrams(name: str) -> frozenset[str]:
    """The runs of three letters in a folded word, with its edges marked."""
    edged = f"^{name}$"
    return frozenset(edged[at : at + 3] for at in range(len(edged) - 2))


def _persons_of(connection: Connection, table: str, ids: Set[str]) -> set[str]:
    if not ids:
        return set()
    query = text(f"SELECT DISTINCT person_id FROM {table} WHERE id {_IN}")
    return set(connection.execute(query, {"ids": as_json(ids)}).scalars())


def _index_persons(connection: Connection, persons: Set[str]) -> None:
    ids = {"ids": as_json(persons)}
    connection.execute(text(_PERSON_WORDS), ids)
    new = {folded(word) for word in connection.execute(text(_NEW_NAMES), ids).scalars()}
    _add_names(connection, sorted(name for name in new if len(name) >= 3 and " " not in name))


def _add_names(connection: Connection, names: Iterable[str]) -> None:
    """Keep new distinct names with their trigrams."""
    added = []
    for name in names:
        name_id = connection.execute(
            text("INSERT INTO search_name (name) VALUES (:name) ON CONFLICT DO NOTHING RETURNING name_id"),
            {"name": name},
        ).scalar()
        if name_id is not None:
            added += [{"trigram": trigram, "name_id": name_id} for trigram in trigrams(name)]
    if added:
        connection.execute(text("INSERT INTO search_trigram (trigram, name_id) VALUES (:trigram, :name_id)"), added)


def _index_phones(connection: Connection, persons: Set[str]) -> None:
    ids = {"ids": as_json(persons)}
    connection.execute(
        text(f"DELETE FROM search_phone WHERE n IN (SELECT n FROM person_list WHERE id {_IN})"),
        ids,
    )
    numbers = connection.execute(
        text(
            f"SELECT l.n, c.value FROM contact_points c JOIN person_list l ON l.id = c.person_id"
            f" WHERE c.person_id {_IN} AND c.channel IN ('phone', 'text')"
        ),
        ids,
    )
    endings = {
        (digits[start:], n)
        for n, typed in numbers
        for digits in (phone_digits(typed)[:15],)
        for start in range(len(digits) - SHORTEST_PHONE + 1)
    }
    if endings:
        connection.execute(
            text("INSERT INTO search_phone (digits, n) VALUES (:digits, :n)"),
            [{"digits": digits, "n": n} for digits, n in sorted(endings)],
        )


def _index_text(connection: Connection, table: str, words: str, changed: Set[str]) -> None:
    ids = {"ids": as_json(changed)}
    gone = f"SELECT item FROM search_text WHERE record_id {_IN} AND record_id NOT IN (SELECT id FROM {table})"
    connection.execute(text(f"DELETE FROM case_words WHERE rowid IN ({gone})"), ids)
    connection.execute(text(f"DELETE FROM search_text WHERE item IN ({gone})"), ids)
    case_id = "t.id" if table == "cases" else "t.case_id"
    connection.execute(
        text(
            f"INSERT INTO search_text (record_id, case_id) SELECT t.id, {case_id} FROM {table} t"
            f" WHERE t.id {_IN} ORDER BY t.recorded_at, t.id ON CONFLICT DO NOTHING"
        ),
        ids,
    )
    connection.execute(
        text(
            f"INSERT OR REPLACE INTO case_words (rowid, words) SELECT s.item, {_plain(words)}"
            f" FROM {table} t JOIN search_text s ON s.record_id = t.id WHERE t.id {_IN}"
        ),
        ids,
    )
