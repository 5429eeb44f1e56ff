"""What a field holds, in words for people: names for ids, titles for codes, days and times as they are said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from almoner.casework.clocks import line_of
from almoner.casework.ports import Desk
from almoner.records import BY_KIND, Address, Case, Letter, Person, Team, User
from almoner.records.cases import AnswerState
from almoner.records.derive import Field, fields_of
from almoner.records.trouble import Trouble
from almoner.records.wire import Plain, read_instant
from almoner.rules.answers import answer_words
from almoner.rules.service_line import ServiceLine
from almoner.rules.words import date_and_time, plain_date
from almoner.store.labels import noun_of, plain_words
from almoner.store.reading import Reading

NOTHING = "Nothing"
"""What stands where a field is empty."""

_STAGES = frozenset({"stage", "from_stage", "to_stage"})
_NEVER_SAID = frozenset(
    {"sha256", "size", "media_type", "recorded_at", "received_at", "service_version", "author_id", "created_by"}
)
"""Fields nobody typed; whose work it is stands beside it."""


def field_of(kind: str, name: str) -> Field | None:
    """Give a field of a kind of record by name; None for one only a newer version knows."""
    record = BY_KIND.get(kind)
    return next((field for field in fields_of(record) if field.name == name), None) if record else None


def label_of_field(kind: str, name: str) -> str:
    """Say what a field is called."""
    field = field_of(kind, name)
    return field.fact.label if field else plain_words(name)


def read_json(text: str) -> Plain:
    """Give a value kept as JSON; text that is none stands for itself."""
    try:
        value: Plain = json.loads(text) if text else None
    except ValueError:
        return text
    return value


def line_for_case(reading: Reading, desk: Desk, case_id: str) -> ServiceLine | None:
    """Give the service line of a case; None when this device has no such case or no rules for it."""
    case = reading.find(Case, case_id) if case_id else None
    try:
        return line_of(desk, case) if case else None
    except Trouble:
        return None


def value_words(reading: Reading, kind: str, name: str, value: Plain, line: ServiceLine | None = None) -> str:
    """Say one field's value, kept in wire form; "" when there is nothing."""
    field = field_of(kind, name)
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return "\n".join(value)
    text = str(value)
    if kind in ("case", "stage_change") and name in _STAGES and line is not None:
        return next((stage.title for stage in line.stages if stage.code == text), plain_words(text))
    if field is None:
        return text
    if field.fact.refers:
        return _name_of(reading, field.fact.refers, text)
    if issubclass(field.type, StrEnum):
        return plain_words(text)
    return _day_words(field, text)


def _day_words(field: Field, text: str) -> str:
    try:
        if field.type is datetime:
            return date_and_time(read_instant(text))
        return plain_date(date.fromisoformat(text)) if field.type is date else text
    except ValueError:
        return text


def _name_of(reading: Reading, kind: str, id: str) -> str:
    """Say what an id stands for; one this device does not hold is named by what it is."""
    found: User | Team | Person | Case | Letter | Address | None = None
    if kind == "user":
        found = reading.find(User, id)
    elif kind == "team":
        found = reading.find(Team, id)
    elif kind == "person":
        found = reading.find(Person, id)
    elif kind == "case":
        found = reading.find(Case, id)
    elif kind == "letter":
        found = reading.find(Letter, id)
    if isinstance(found, User | Person):
        return found.full_name
    if isinstance(found, Team):
        return found.name
    if isinstance(found, Case):
        return found.reference
    if isinstance(found, Letter):
        return found.title
    return f"{noun_of(kind)} that is not on this computer"


def typed_words(
    reading: Reading, desk: Desk, kind: str, values: Mapping[str, Plain], case_id: str = ""
) -> tuple[tuple[str, str], ...]:
    """Say what was typed into a record: label and words of every field that holds something, in declared order."""
    line = line_for_case(reading, desk, case_id)
    record = BY_KIND.get(kind)
    known = [field.name for field in fields_of(record)] if record else []
    names = [name for name in known if name in values] + [name for name in values if name not in known]
    said = []
    for name in names:
        field = field_of(kind, name)
        if name in ("id", "case_id", "person_id", "question") or name in _NEVER_SAID:
            continue
        if name.endswith("_id") and (field is None or not field.fact.refers):
            continue
        words = _answer_words(line, kind, name, values) or value_words(reading, kind, name, values[name], line)
        if words and not (words == "No" and field is not None and field.default is False):
            said.append((_answer_label(line, kind, name, values), words))
    return tuple(said)


def _question(line: ServiceLine | None, kind: str, values: Mapping[str, Plain]) -> str:
    code = str(values.get("question") or "") if kind == "answer" else ""
    return code if line is not None and any(field.code == code for field in line.fields) else ""


def _answer_label(line: ServiceLine | None, kind: str, name: str, values: Mapping[str, Plain]) -> str:
    code = _question(line, kind, values)
    return line.field(code).label if line and code and name == "value" else label_of_field(kind, name)


def _answer_words(line: ServiceLine | None, kind: str, name: str, values: Mapping[str, Plain]) -> str:
    code = _question(line, kind, values)
    if not (line and code and name == "value"):
        return ""
    return answer_words(line.field(code), AnswerState.ANSWERED, str(values[name] or ""))
