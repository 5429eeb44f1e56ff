"""People found by what was typed: telephone digits, surname, words of names and addresses, names alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from almoner.rules.folding import folded, phone_digits
from almoner.store.list_rows import as_json
from almoner.store.search_index import SHORTEST_PHONE, trigrams

MOST_TYPED = 200
"""Of a longer text only the beginning is looked for."""

MOST_WORDS = 8
"""Words beyond these are left out."""

CANDIDATES = 100
"""How many people one way of searching brings before they are sorted."""

FEW = 5
"""When the certain ways find fewer people than this, slips of the keyboard are allowed for."""

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")


@dataclass(frozen=True, slots=True)
class PersonHit:
    """A person found. `why` says how; `flags` are the words of warnings to show beside the name.

    When `restricted`, only the name may be shown and the other fields are empty.
    """

    id: str
    name: str
    address: str
    born: str
    flags: tuple[str, ...]
    restricted: bool
    confidential: bool
    why: str
    score: float = 0.0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, taken apart: words for the index, folded words, digits, and the whole squeezed in capitals."""

    words: tuple[str, ...]
    plain: tuple[str, ...]
    digits: str
    squeezed: str
    whole: str


def take_apart(typed: str) -> Typed:
    """Take apart what was typed; any text will do, and what no index can hold is left out."""
    text_typed = unicodedata.normalize("NFC", _APOSTROPHES.sub("", typed[:MOST_TYPED]))
    letters = (c if unicodedata.category(c)[0] in "LN" else " " for c in text_typed)
    words = tuple(dict.fromkeys("".join(letters).split()))[:MOST_WORDS]
    digits = phone_digits(text_typed) if re.fullmatch(r"[\d\s()+./-]+", text_typed) else ""
    squeezed = re.sub(r"[^A-Z0-9]", "", text_typed.upper()) if text_typed.isascii() else ""
    return Typed(words, tuple(filter(None, map(folded, words))), digits, squeezed, text_typed.strip())


def people_tiers(connection: Connection, typed: Typed, limit: int) -> Iterable[tuple[str, list[int]]]:
    """Each way of finding people, surest first, with the numbers of the people it finds."""
    found = 0
    if len(typed.digits) >= SHORTEST_PHONE:
        rows = by_phone(connection, typed.digits)
        found += len(rows)
        yield "telephone", rows
    if len(typed.plain) == 1 and typed.plain[0].isalpha():
        rows = _by_surname(connection, typed.plain[0], limit)
        found += len(rows)
        yield "surname", rows
    rows = _by_words(connection, typed.words, CANDIDATES)
    found += len(rows)
    yield "name or address", rows
    if found < FEW and not typed.digits:
        yield "similar name", _by_similar_names(connection, typed)


def by_phone(connection: Connection, digits: str) -> list[int]:
    """Numbers of people one of whose telephone numbers holds this run of digits."""
    rows = connection.execute(
        text("SELECT DISTINCT n FROM search_phone WHERE digits >= :digits AND digits < :beyond LIMIT :most"),
        {"digits": digits, "beyond": digits + ":", "most": CANDIDATES},
    )
    return list(rows.scalars())


def _by_surname(connection: Connection, begins: str, limit: int) -> list[int]:
    rows = connection.execute(
        text(
            "SELECT n FROM person_list WHERE surname_key >= :begins AND surname_key < :beyond"
            " ORDER BY surname_key, name_key, id LIMIT :most"
        ),
        {"begins": begins, "beyond": begins + "\U0010ffff", "most": limit},
    )
    return list(rows.scalars())


def _by_words(connection: Connection, words: Sequence[str], most: int) -> list[int]:
    """People whose names and addresses hold words that begin with all of these, in the order they were added."""
    telling = [word for word in words if len(word) > 1] or list(words)
    return match(connection, "person_words", " AND ".join(f'"{word}"*' for word in telling), most)


def match(connection: Connection, table: str, query: str, most: int) -> list[int]:
    """Row numbers that match. Text that the index refuses matches nothing."""
    try:
        rows = connection.execute(
            text(f"SELECT rowid FROM {table} WHERE {table} MATCH :query LIMIT :most"),
            {"query": query, "most": most},
        )
        return list(rows.scalars())
    except DBAPIError as error:
        if "fts5" in str(error.orig):
            return []
        raise


def _by_similar_names(connection: Connection, typed: Typed) -> list[int]:
    """People whose names are like what was typed, allowing for a slip in each word."""
    alternatives = []
    for word in typed.plain:
        if len(word) < 3:
            continue
        names = [name for name, _ in similar_names(connection, word)] if word.isalpha() else []
        alternatives.append("(" + " OR ".join([f'"{word}"*', *(f'"{name}"' for name in names)]) + ")")
    return match(connection, "person_words", " AND ".join(alternatives), CANDIDATES) if alternatives else []


def similar_names(connection: Connection, word: str, most: int = 6) -> list[tuple[str, float]]:
    """Names on this device that are like a folded word, with how much alike from 0 to 1, best first."""
    wanted = sorted(trigrams(word))
    rows = connection.execute(
        text(
            "SELECT m.name FROM (SELECT name_id, count(*) AS shared FROM search_trigram"
            " WHERE trigram IN (SELECT value FROM json_each(:trigrams)) GROUP BY name_id"
            " ORDER BY shared DESC LIMIT 60) AS best JOIN search_name AS m ON m.name_id = best.name_id"
        ),
        {"trigrams": as_json(wanted)},
    )
    scored = ((name, _alike(word, name)) for name in rows.scalars())
    return sorted((pair for pair in scored if pair[1] >= 0.7), key=lambda pair: (-pair[1], pair[0]))[:most]


def _alike(one: str, other: str) -> float:
    slips = DamerauLevenshtein.normalized_similarity(one, other)
    return float(0.6 * slips + 0.4 * JaroWinkler.similarity(one, other))


_PERSON = (
    "SELECT n, id, name, name_key, surname_key, known_as, born, address_line, confidential, restricted_team_id"
    " FROM person_list"
)


def person_hits(
    connection: Connection, why: Mapping[int, str], typed: Typed, limit: int, teams: Collection[str]
) -> tuple[PersonHit, ...]:
    """The people of these numbers, sorted by how well the name fits, cut to `limit`, then dressed for show."""
    if not why:
        return ()
    rows = connection.execute(
        text(f"{_PERSON} WHERE n IN (SELECT value FROM json_each(:ns))"), {"ns": as_json(why)}
    ).all()
    initials = [word for word in typed.plain if len(word) == 1]
    fitting = [row for row in rows if not initials or _has_words(row, initials)] or rows
    best = sorted(fitting, key=lambda row: (*_rank(row, typed, why[row.n]), row.surname_key, row.name_key, row.id))[
        :limit
    ]
    flags = flags_of(connection, [row.id for row in best])
    return tuple(_person_hit(row, why[row.n], flags.get(row.id, ()), teams) for row in best)


def _has_words(row: Any, begins: Iterable[str]) -> bool:
    words = f"{row.name_key} {folded(row.address_line)}".split()
    return all(any(word.startswith(beginning) for word in words) for beginning in begins)


def _rank(row: Any, typed: Typed, why: str) -> tuple[int, float]:
    """Exact surname first, then surnames that begin so, then names that begin so, then the rest; slips by likeness."""
    if why == "similar name":
        words = row.name_key.split()
        near = sum(max((_alike(one, other) for other in words), default=0.0) for one in typed.plain)
        return 5, -near
    if not typed.plain:
        return 3, 0.0
    last, names = typed.plain[-1], row.name_key.split()
    if row.surname_key in typed.plain and all(any(n.startswith(p) for n in names) for p in typed.plain):
        return 0, 0.0
    if row.surname_key.startswith(last) and all(any(n.startswith(p) for n in names) for p in typed.plain):
        return 1, 0.0
    if all(any(n.startswith(p) for n in names) for p in typed.plain):
        return 2, 0.0
    return (3, 0.0) if why == "telephone" else (4, 0.0)


_FLAG_WORDS = {
    "risk-to-children": "Risk to children",
    "risk-to-adults": "Risk to adults",
    "adult-at-risk": "Adult at risk",
    "risk-to-staff": "Risk to staff",
    "disclosure-risk": "Disclosure risk",
    "risk-to-self": "Risk to self",
    "missing-person": "Missing person",
    "safe-contact": "Safe contact",
    "deceased": "Has died",
}


def flags_of(connection: Connection, persons: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The words of warnings, safe-contact rules and deaths of these people."""
    rows = connection.execute(
        text(
            "SELECT person_id, warning FROM flags WHERE ended_on IS NULL"
            " AND person_id IN (SELECT value FROM json_each(:ids))"
            " UNION SELECT person_id, 'safe-contact' FROM safe_contact_rules WHERE ended_on IS NULL"
            " AND person_id IN (SELECT value FROM json_each(:ids))"
            " UNION SELECT id, 'deceased' FROM people WHERE deceased_on IS NOT NULL"
            " AND id IN (SELECT value FROM json_each(:ids))"
        ),
        {"ids": as_json(persons)},
    )
    found: dict[str, tuple[str, ...]] = {}
    for person, warning in rows:
        found[person] = (*found.get(person, ()), _FLAG_WORDS.get(warning, warning))
    return found


def _person_hit(row: Any, why: str, flags: tuple[str, ...], teams: Collection[str]) -> PersonHit:
    if row.restricted_team_id and row.restricted_team_id not in teams:
        return PersonHit(row.id, row.name, "", "", (), True, bool(row.confidential), why)
    return PersonHit(row.id, row.name, row.address_line, row.born, flags, False, bool(row.confidential), why)
