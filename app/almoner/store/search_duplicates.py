"""People who may be the one about to be entered: candidates from the index, scored by the rule for duplicates."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, text

from almoner.rules.duplicates import LIKELY, Details, likeness
from almoner.rules.folding import folded, phone_digits
from almoner.store.list_rows import as_json
from almoner.store.reading import Reading
from almoner.store.search_people import (
    CANDIDATES,
    MOST_WORDS,
    PersonHit,
    by_phone,
    match,
    person_hits,
    similar_names,
    take_apart,
)


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
    hits = {hit.id: hit for hit in person_hits(connection, why, take_apart(name), limit + 1, teams)}
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
        found.update(match(connection, "person_words", " AND ".join(telling), 2 * CANDIDATES))
    squeezed = "".join(re.findall("[A-Za-z0-9]", entered.postcode))
    if len(squeezed) >= 5:
        found.update(match(connection, "person_words", f'"{squeezed}"', 2 * CANDIDATES))
    for digits in map(phone_digits, entered.phones):
        if len(digits) >= 6:
            found.update(by_phone(connection, digits))
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", entered.born):
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
