"""What the search box finds: residents and cases from the store, as lines to show. Runs on a reader thread."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import cast

from almoner.casework.ports import Clock
from almoner.desktop.look.tokens import Tone
from almoner.desktop.parts.search_popup import MOST_HITS, Find, Hit, HitGroup
from almoner.rules.birth_dates import birth_words
from almoner.rules.due_tags import due_tag
from almoner.rules.words import uk_date
from almoner.store.list_rows import HIDDEN_ADDRESS
from almoner.store.reading import Reading
from almoner.store.search import CaseHit, PersonHit, search

HITS_EACH = MOST_HITS // 2
"""How many residents, and how many cases, drop from the box."""

_RESTRICTED = "Restricted: another team holds this record"
_WHY = {"telephone": "telephone number fits", "similar name": "similar name", "text": "in the notes of the case"}


def finder(clock: Clock, teams: Collection[str] = ()) -> Find:
    """Return what turns words typed into the job that finds them. `teams` are those of the officer who looks."""

    def find(typed: str) -> Callable[[Reading], tuple[HitGroup, ...]]:
        return lambda reading: found_groups(reading, typed, clock.now(), teams)

    return find


def found_groups(reading: Reading, typed: str, now: datetime, teams: Collection[str] = ()) -> tuple[HitGroup, ...]:
    """Search the store; residents first, then cases, each as a line of the box."""
    found = search(reading, typed, HITS_EACH, teams=teams)
    return (
        HitGroup("Residents", tuple(person_line(hit) for hit in found.people)),
        HitGroup("Cases" if found.complete else "Cases (some)", tuple(case_line(hit, now) for hit in found.cases)),
    )


def person_line(hit: PersonHit) -> Hit:
    """A resident as a line: name; born, address or the mask, how found; the first warning as a tag."""
    if hit.restricted:
        return Hit(kind="person", id=hit.id, title=hit.name, second=_RESTRICTED, icon="lock")
    address = HIDDEN_ADDRESS if hit.confidential else hit.address
    parts = (f"Born {birth_words(hit.born)}" if hit.born else "", address, _WHY.get(hit.why, ""))
    tone: Tone = "red" if hit.flags and hit.flags[0] != "Has died" else "neutral"
    return Hit(
        kind="person",
        id=hit.id,
        title=hit.name,
        second="  ·  ".join(filter(None, parts)),
        tag=hit.flags[0] if hit.flags else "",
        tone=tone,
    )


def case_line(hit: CaseHit, now: datetime) -> Hit:
    """A case as a line: whom it is about and what; its reference; how near its date is."""
    title = f"{hit.person}  ·  {hit.title}" if hit.person else hit.title
    parts = (hit.reference, hit.stage.replace("-", " ").capitalize(), _WHY.get(hit.why, ""))
    tag = due_tag(uk_date(hit.due), hit.due, now) if hit.due and hit.status == "open" else None
    return Hit(
        kind="case",
        id=hit.id,
        title=title,
        second="  ·  ".join(filter(None, parts)),
        icon="folder-open",
        tag="Closed" if hit.status == "closed" else tag.words if tag else "",
        tone=cast(Tone, tag.tone) if tag else "neutral",
    )
