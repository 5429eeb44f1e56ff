"""One box that finds people and cases: by reference, telephone digits, postcode, name, slip of the keyboard, or words.

The quick, certain ways come first; slips of the keyboard are tried only when those find little. Nothing typed raises:
what cannot be found is not found. Confidential addresses are in no index and are masked in what is found.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from almoner.store.derived_tables import refresh as index_records
from almoner.store.reading import Reading
from almoner.store.search_cases import CaseHit, case_hits, cases_by_reference, cases_by_text, cases_of
from almoner.store.search_duplicates import likely_duplicates
from almoner.store.search_people import FEW, PersonHit, people_tiers, person_hits, take_apart

__all__ = ["CaseHit", "Found", "PersonHit", "index_records", "likely_duplicates", "search"]

TEXT_BUDGET_MS = 50
"""The text of cases is searched no longer than this; what was found by then is shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found, best first. `complete` is False when the text of cases took too long."""

    people: tuple[PersonHit, ...] = ()
    cases: tuple[CaseHit, ...] = ()
    complete: bool = True


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
    taken = take_apart(typed)
    if not taken.words:
        return Found()
    connection = reading.connection
    by_reference = cases_by_reference(connection, taken)
    if by_reference and len(taken.squeezed) >= 9:
        return Found((), case_hits(connection, by_reference, limit, teams, "reference"))
    why: dict[int, str] = {}
    for reason, rows in people_tiers(connection, taken, limit):
        for n in rows:
            why.setdefault(n, reason)
    people = person_hits(connection, why, taken, limit, teams)
    cases = dict.fromkeys(by_reference, "reference")
    cases |= {id: "person" for id in cases_of(connection, people[:FEW], limit) if id not in cases}
    complete = True
    if len(cases) < limit and not taken.digits:
        in_text, complete = cases_by_text(connection, taken, limit, budget_ms)
        cases |= {id: "text" for id in in_text if id not in cases}
    return Found(people, case_hits(connection, list(cases)[:limit], limit, teams, cases), complete)
