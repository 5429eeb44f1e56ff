"""Records fit for a log: what is personal is left out by each field's own declaration."""

from __future__ import annotations

from almoner.records.derive import Record, fields_of
from almoner.records.facts import Personal
from almoner.records.wire import Plain, plain_value


def masked(record: Record) -> dict[str, Plain]:
    """A record fit for a log: every personal field is replaced by its length."""
    return {
        f.name: plain_value(getattr(record, f.name))
        if f.fact.personal is Personal.NO
        else _mask(getattr(record, f.name))
        for f in fields_of(type(record))
    }


def _mask(value: object) -> str:
    return "none" if value is None else f"<{len(str(value))}>"
