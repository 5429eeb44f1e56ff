"""One box that finds people and cases: by reference, telephone digits, postcode, name, slip of the keyboard, or words.

The quick, certain ways come first; slips of the keyboard are tried only when those find little. Nothing typed raises:
what cannot be found is not found. Confidential addresses are in no index and are masked in what is found.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from almoner.records.derive import read_instant
from almoner.rules.duplicates import LIKELY, Details, folded, likeness, phone_digits
from almoner.rules.references import tidy_reference
from almoner.store.derived_tables import refresh as index_records
from almoner.store.list_rows import NO_DATE, as_json
from almoner.store.reading import Reading
from almoner.store.search_index import SHORTEST_PHONE, trigrams

__all__ = ["CaseHit", "Found", "PersonHit", "index_records", "likely_duplicates", "search"]

MOST_TYPED = 200
"""Of a longer text only the beginning is looked for."""

MOST_WORDS = 8
"""Words beyond these are left out."""

CANDIDATES = 100
"""How many people one way of searching brings before they are sorted."""

FEW = 5
"""When the certain ways find fewer people than this, slips of the keyboard are allowed for."""

TEXT_BUDGET_MS = 50
"""The text of cases is searched no longer than this; what was found by then is shown."""

_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
_REFERENCE_SHAPE = re.compile(r"[A-Z0-9]{3,13}")
_STEPS_PER_LOOK = 2_000
_SHORTEST_TEXT = 3


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
class CaseHit:
    """A case found; `person` is whom it is about, `due` when the next thing is due."""

    id: str
    reference: str
    title: str
    person: str
    stage: str
    status: str
    due: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found, best first. `complete` is False when the text of cases took too long."""

    people: tuple[PersonHit, ...] = ()
    cases: tuple[CaseHit, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed, taken apart: words for the index, folded words, digits, and the whole squeezed in capitals."""

    words: tuple[str, ...]
    plain: tuple[str, ...]
    digits: str
    squeezed: str
    whole: str


def search(
    reading: Reading,
    typed: str,
    limit: int = 20,
    *,
    teams: Collection[str] = (),
    budget_ms: float = TEXT_BUDGET_MS,
) -> Found:
    """Find people and cases, at most `limit` of each. `teams` are those of whoever looks, for restricted people.

    Raises Interrupted (through the reader) when the answer is no longer wanted, and nothing for odd text.
    """
    taken = _take_apart(typed)
    if not taken.words:
        return Found()
    connection = reading.connection
    by_reference = _cases_by_reference(connection, taken)
    if by_reference and len(taken.squeezed) >= 9:
        return Found((), _case_hits(connection, by_reference, limit, teams, "reference"))
    why: dict[int, str] = {}
    for reason, rows in _people_tiers(connection, taken, limit):
        for n in rows:
            why.setdefault(n, reason)
    people = _person_hits(connection, why, taken, limit, teams)
    cases = dict.fromkeys(by_reference, "reference")
    cases |= {id: "person" for id in _cases_of(connection, people[:FEW], limit) if id not in cases}
    complete = True
    if len(cases) < limit and not taken.digits:
        in_text, complete = _cases_by_text(connection, taken, limit, budget_ms)
        cases |= {id: "text" for id in in_text if id not in cases}
    return Found(people, _case_hits(connection, list(cases)[:limit], limit, teams, cases), complete)


def _take_apart(typed: str) -> _Typed:
    text_typed = unicodedata.normalize("NFC", _APOSTROPHES.sub("", typed[:MOST_TYPED]))
    letters = (c if unicodedata.category(c)[0] in "LN" else " " for c in text_typed)
    words = tuple(dict.fromkeys("".join(letters).split()))[:MOST_WORDS]
    digits = phone_digits(text_typed) if re.fullmatch(r"[\d\s()+./-]+", text_typed) else ""
    squeezed = re.sub(r"[^A-Z0-9]", "", text_typed.upper()) if text_typed.isascii() else ""
    return _Typed(words, tuple(filter(None, map(folded, words))), digits, squeezed, text_typed.strip())


# People


def _people_tiers(connection: Connection, typed: _Typed, limit: int) -> Iterable[tuple[str, list[int]]]:
    """Each way of finding people, surest first, with the numbers of the people it finds."""
    found = 0
    if len(typed.digits) >= SHORTEST_PHONE:
        rows = _by_phone(connection, typed.digits)
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


def _by_phone(connection: Connection, digits: str) -> list[int]:
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
    return _match(connection, "person_words", " AND ".join(f'"{word}"*' for word in telling), most)


def _match(connection: Connection, table: str, query: str, most: int) -> list[int]:
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


def _by_similar_names(connection: Connection, typed: _Typed) -> list[int]:
    """People whose names are like what was typed, allowing for a slip in each word."""
    alternatives = []
    for word in typed.plain:
        if len(word) < 3:
            continue
        names = [name for name, _ in similar_names(connection, word)] if word.isalpha() else []
        alternatives.append("(" + " OR ".join([f'"{word}"*', *(f'"{name}"' for name in names)]) + ")")
    return _match(connection, "person_words", " AND ".join(alternatives), CANDIDATES) if alternatives else []


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


def _person_hits(
    connection: Connection, why: Mapping[int, str], typed: _Typed, limit: int, teams: Collection[str]
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
    flags = _flags_of(connection, [row.id for row in best])
    return tuple(_person_hit(row, why[row.n], flags.get(row.id, ()), teams) for row in best)


def _has_words(row: Any, begins: Iterable[str]) -> bool:
    words = f"{row.name_key} {folded(row.address_line)}".split()
    return all(any(word.startswith(beginning) for word in words) for beginning in begins)


def _rank(row: Any, typed: _Typed, why: str) -> tuple[int, float]:
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


def _flags_of(connection: Connection, persons: Sequence[str]) -> dict[str, tuple[str, ...]]:
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


# Cases


def _cases_by_reference(connection: Connection, typed: _Typed) -> list[str]:
    """Cases by the whole reference, however written, or by its beginning, with or without the council's prefix."""
    if not _REFERENCE_SHAPE.fullmatch(typed.squeezed) or typed.digits:
        return []
    prefix = connection.execute(text("SELECT prefix FROM councils ORDER BY id LIMIT 1")).scalar() or ""
    whole = tidy_reference(typed.whole, prefix)
    if whole is not None:
        return _references_from(connection, whole, whole + "\x01", 2)
    beginnings = []
    if prefix and typed.squeezed.startswith(prefix):
        beginnings.append(_dashed(prefix, typed.squeezed[len(prefix) :]))
    elif prefix and any(c.isdigit() for c in typed.squeezed):
        beginnings.append(_dashed(prefix, typed.squeezed))
    elif "-" in typed.whole:
        beginnings.append(typed.whole.upper())
    found: list[str] = []
    for beginning in beginnings:
        found += _references_from(connection, beginning, beginning + "\x7f", 20)
    return found


def _dashed(prefix: str, body: str) -> str:
    parts = (body[:4], body[4:8], body[8:9])
    return "-".join((prefix, *(part for part in parts if part))) if body else f"{prefix}-"


def _references_from(connection: Connection, first: str, beyond: str, most: int) -> list[str]:
    rows = connection.execute(
        text(
            "SELECT id FROM case_list WHERE reference >= :first AND reference < :beyond ORDER BY reference LIMIT :most"
        ),
        {"first": first, "beyond": beyond, "most": most},
    )
    return list(rows.scalars())


def _cases_of(connection: Connection, people: Sequence[PersonHit], limit: int) -> list[str]:
    """Cases about the people found, open ones and newest first."""
    ids = [person.id for person in people if not person.restricted]
    if not ids:
        return []
    rows = connection.execute(
        text(
            "SELECT id FROM case_list WHERE subject_id IN (SELECT value FROM json_each(:ids))"
            " ORDER BY status = 'closed', opened_at DESC LIMIT :most"
        ),
        {"ids": as_json(ids), "most": limit},
    )
    return list(rows.scalars())


def _cases_by_text(connection: Connection, typed: _Typed, limit: int, budget_ms: float) -> tuple[list[str], bool]:
    """Cases whose titles, summaries, notes or findings hold all words, the last as a beginning, newest first."""
    if max(map(len, typed.words)) < _SHORTEST_TEXT:
        return [], True
    words = [f'"{word}"' for word in typed.words]
    found: dict[str, None] = {}
    with _Budget(connection, budget_ms) as budget:
        for query in (" AND ".join(words), " AND ".join(words) + "*" if len(typed.words[-1]) >= _SHORTEST_TEXT else ""):
            if query and len(found) < limit:
                budget.run(lambda query=query: _collect_text(connection, query, limit, found))  # type: ignore[misc]
    return list(found), not budget.spent


def _collect_text(connection: Connection, query: str, limit: int, found: dict[str, None]) -> None:
    """Add the cases of matching rows, newest row first, until there are enough."""
    rows = connection.execute(
        text(
            "SELECT s.case_id FROM case_words w CROSS JOIN search_text s ON s.item = w.rowid"
            " WHERE w.case_words MATCH :query ORDER BY w.rowid DESC LIMIT :most"
        ),
        {"query": query, "most": limit * 5},
    )
    for (case_id,) in rows:
        found[case_id] = None
        if len(found) >= limit:
            break


class _Budget:
    """Stops statements on one connection when their time is up, and tells that apart from an interruption."""

    def __init__(self, connection: Connection, budget_ms: float) -> None:
        self._raw: Any = connection.connection.dbapi_connection
        self._until = time.perf_counter() + budget_ms / 1000
        self.spent = False

    def __enter__(self) -> _Budget:
        self._raw.set_progress_handler(self._look, _STEPS_PER_LOOK)
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.set_progress_handler(None, 0)

    def _look(self) -> int:
        self.spent = self.spent or time.perf_counter() > self._until
        return int(self.spent)

    def run(self, statement: Callable[[], None]) -> None:
        """Run a statement; end it quietly when time is up, or when the index refuses the text."""
        if self.spent:
            return
        try:
            statement()
        except DBAPIError as error:
            if not self.spent and "fts5" not in str(error.orig):
                raise


def _case_hits(
    connection: Connection, ids: Sequence[str], limit: int, teams: Collection[str], why: str | Mapping[str, str]
) -> tuple[CaseHit, ...]:
    if not ids:
        return ()
    rows = connection.execute(
        text(
            "SELECT id, reference, title, subject, stage, status, due_key, restricted_team_id FROM case_list"
            " WHERE id IN (SELECT value FROM json_each(:ids))"
        ),
        {"ids": as_json(ids)},
    )
    by_id = {row.id: row for row in rows}
    hits = []
    for id in ids[:limit]:
        if row := by_id.get(id):
            closed_to_us = bool(row.restricted_team_id) and row.restricted_team_id not in teams
            reason = why if isinstance(why, str) else why[id]
            if closed_to_us and reason == "text":
                continue
            hits.append(
                CaseHit(
                    id=row.id,
                    reference=row.reference,
                    title="Restricted" if closed_to_us else row.title,
                    person=row.subject,
                    stage="" if closed_to_us else row.stage,
                    status=row.status,
                    due=None if closed_to_us or row.due_key == NO_DATE else read_instant(row.due_key),
                    why=reason,
                )
            )
    return tuple(hits)


# Duplicates


def likely_duplicates(
    reading: Reading,
    name: str,
    born: str = "",
    postcode: str = "",
    phone: str = "",
    *,
    teams: Collection[str] = (),
    limit: int = 5,
    ignore: str = "",
) -> tuple[PersonHit, ...]:
    """People who may be the one about to be entered, likeliest first, each with a score and reasons in words.

    `ignore` is the id of the person being edited. Confidential addresses neither count nor show.
    """
    connection = reading.connection
    entered = Details(names=(name,), born=born, postcode=postcode, phones=(phone,) if phone else ())
    candidates = _duplicate_candidates(connection, entered)
    if not candidates:
        return ()
    scored = []
    for n, details in _details_of(connection, candidates).items():
        alike = likeness(entered, details)
        if alike.score >= LIKELY:
            scored.append((alike, n))
    scored.sort(key=lambda pair: (-pair[0].score, pair[1]))
    why = {n: "possible duplicate" for _, n in scored[: limit + 1]}
    hits = {hit.id: hit for hit in _person_hits(connection, why, _take_apart(name), limit + 1, teams)}
    ids = _ids_of(connection, why)
    found = [(alike, hits[ids[n]]) for alike, n in scored[: limit + 1] if ids[n] != ignore]
    return tuple(
        replace(hit, score=alike.score, reasons=() if hit.restricted else alike.reasons) for alike, hit in found[:limit]
    )


def _ids_of(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    query = text("SELECT n, id FROM person_list WHERE n IN (SELECT value FROM json_each(:ns))")
    return {row.n: row.id for row in connection.execute(query, {"ns": as_json(numbers)})}


def _duplicate_candidates(connection: Connection, entered: Details) -> set[int]:
    """People who share a similar name, the postcode, the telephone number or the date of birth."""
    found: set[int] = set()
    words = [word for word in folded(entered.names[0]).split() if len(word) >= 2][:MOST_WORDS]
    spellings = []
    for word in words:
        names = {word, *(alike for alike, _ in similar_names(connection, word, most=10))}
        spellings.append("(" + " OR ".join(f'"{each}"' for each in sorted(names)) + ")")
    if spellings:
        telling = spellings if len(spellings) <= 2 else [spellings[0], spellings[-1]]
        found.update(_match(connection, "person_words", " AND ".join(telling), 2 * CANDIDATES))
    squeezed = "".join(re.findall("[A-Za-z0-9]", entered.postcode))
    if len(squeezed) >= 5:
        found.update(_match(connection, "person_words", f'"{squeezed}"', 2 * CANDIDATES))
    for digits in map(phone_digits, entered.phones):
        if len(digits) >= 6:
            found.update(_by_phone(connection, digits))
    if len(entered.born) == 10:
        rows = connection.execute(
            text("SELECT n FROM person_list WHERE born = :born LIMIT :most"),
            {"born": entered.born, "most": 2 * CANDIDATES},
        )
        found.update(rows.scalars())
    return found


def _details_of(connection: Connection, numbers: Iterable[int]) -> dict[int, Details]:
    """What is known of these people, without confidential addresses."""
    rows = connection.execute(
        text(
            "SELECT l.n, p.full_name, p.known_as, p.earlier_names, p.date_of_birth,"
            " (SELECT a.postcode FROM addresses a WHERE a.person_id = p.id AND NOT a.confidential AND a.postcode <> ''"
            "  ORDER BY a.until IS NOT NULL, coalesce(a.since, '') DESC, a.id LIMIT 1) AS postcode,"
            " (SELECT group_concat(c.value, '|') FROM contact_points c WHERE c.person_id = p.id"
            "  AND c.channel IN ('phone', 'text')) AS phones"
            " FROM person_list l JOIN people p ON p.id = l.id WHERE l.n IN (SELECT value FROM json_each(:ns))"
        ),
        {"ns": as_json(numbers)},
    )
    return {row.n: _details(row) for row in rows}


def _details(row: Any) -> Details:
    earlier = json.loads(row.earlier_names)
    return Details(
        names=tuple(filter(None, (row.full_name, row.known_as, *earlier))),
        born=row.date_of_birth,
        postcode=row.postcode or "",
        phones=tuple((row.phones or "").split("|")),
    )
