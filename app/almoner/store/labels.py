"""One human line for each unsent save: what a caseworker sees in the list of work that waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from almoner.records.derive import Record, fields_of

LONGEST = 200

_NOUNS = {
    "contact_attempt": "Contact attempt",
    "contact_point": "Contact details",
    "household_membership": "Household",
    "letter_event": "Letter step",
    "participant": "Person in the case",
    "person": "Resident",
    "safe_contact_rule": "Safe contact",
    "user": "Officer",
}


def plain_words(slug: str) -> str:
    """A name of ours as people write it: `damp-and-mould` gives `Damp and mould`."""
    return slug.replace("-", " ").replace("_", " ").capitalize()


def noun_of(kind: str) -> str:
    """What people call a kind of record."""
    return _NOUNS.get(kind) or plain_words(kind)


def label_of(record: Record, changed: Sequence[str], reference: str) -> str:
    """The line for a save: what it is, which fields changed (none: it is new), and the case it belongs to."""
    what = _what(record)
    if changed:
        labels = {field.name: field.fact.label for field in fields_of(type(record))}
        what = f"{what}: {', '.join(labels[name].lower() for name in changed)}"
    place = f" on {reference}" if reference and record.kind != "case" else ""
    return f"{what}{place}"[:LONGEST]


def removal_label(label: str) -> str:
    """The line for taking away what `label` names."""
    return f"Taken away: {label}"[:LONGEST]


def _what(record: Any) -> str:
    if record.kind == "case":
        return f"{plain_words(record.service)} case {record.reference}"
    if record.kind == "stage_change":
        return f"Stage: {plain_words(record.to_stage)}"
    if record.kind in ("letter", "task", "clock"):
        return f"{noun_of(record.kind)}: {record.title}"
    return noun_of(record.kind)
