"""What follows from a field's one declaration: wire form, limits, masks, and the golden file of them all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import make_case, make_note, make_person, make_user, records

from almoner.records import BY_KIND, RECORDS, SCHEMA, Case, Council, Person, Team
from almoner.records.derive import fields_of
from almoner.records.facts import Merge, Personal
from almoner.records.masking import masked
from almoner.records.wire import WireFault, checked, from_wire, instant_text, read_instant, to_wire

GOLDEN = Path(__file__).parent.parent / "golden" / "records.json"


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.kind)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(found=st.data())
def test_wire_round_trip(cls: type[Any], found: st.DataObject) -> None:
    """Any record survives its wire form, also through JSON, unchanged."""
    record = found.draw(records(cls))

    again = from_wire(cls, json.loads(json.dumps(to_wire(record))))

    assert again == record
    assert checked(record) == record


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.kind)
def test_defaults_can_be_left_out(cls: type[Any]) -> None:
    """A record from an older version, without a newer field that has a default, can be read."""
    record = _least(cls)

    wire = {field.name: to_wire(record)[field.name] for field in fields_of(cls) if field.required}

    assert from_wire(cls, wire) == record


def _least(cls: type[Any]) -> Any:
    """A record with its required fields only."""
    plain: dict[type, Any] = {
        str: "x" * 64,
        int: 1,
        date: date(2026, 1, 2),
        datetime: datetime(2026, 1, 2, tzinfo=UTC),
    }
    values = {}
    for field in fields_of(cls):
        if field.required:
            value = plain[field.type] if field.type in plain else next(iter(field.type))
            values[field.name] = value[: field.max_len] if isinstance(value, str) and field.type is str else value
    return cls(**values)


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.kind)
def test_masked_hides_every_personal_field(cls: type[Any]) -> None:
    """What goes into a log shows nothing of a field marked personal but its length."""
    secret = "Zyzzyva"
    hidden = [f for f in fields_of(cls) if f.fact.personal is not Personal.NO and f.type is str]
    record = replace(_least(cls), **{f.name: secret[: f.max_len] for f in hidden})

    shown = masked(record)

    assert secret not in json.dumps(shown)
    for field in fields_of(cls):
        if field.fact.personal is not Personal.NO:
            assert shown[field.name] == "none" or str(shown[field.name]).startswith("<")


def test_masked_hides_words_and_numbers() -> None:
    """Sets of words, truth values and enums that are personal are hidden too."""
    shown = masked(make_person(support_needs=("hearing loop",), interpreter=True, print_points=24))

    assert "hearing" not in str(shown)
    assert shown["interpreter"] not in (True, "True")
    assert shown["print_points"] != 24


BAD = [
    (Person, "full_name", ""),
    (Person, "full_name", "x" * 301),
    (Person, "full_name", None),
    (Person, "full_name", 3),
    (Person, "full_name", "a\x00b"),
    (Person, "print_points", 11),
    (Person, "print_points", 49),
    (Person, "print_points", True),
    (Person, "print_points", 12.5),
    (Person, "interpreter", 1),
    (Person, "interpreter", "yes"),
    (Person, "support_needs", "one"),
    (Person, "support_needs", [1]),
    (Person, "support_needs", ["w"] + [str(n) for n in range(40)]),
    (Person, "letter_format", "papyrus"),
    (Person, "deceased_on", "2026-02-30"),
    (Person, "deceased_on", "yesterday"),
    (Case, "aware_at", "2026-12-17T10:05:00"),
    (Case, "aware_at", "soon"),
    (Case, "longitude", float("nan")),
    (Case, "longitude", float("inf")),
    (Case, "service_version", 0),
    (Case, "service_version", 2**60),
]


@pytest.mark.parametrize(("cls", "field", "value"), BAD)
def test_refuses_what_no_field_may_have(cls: type[Any], field: str, value: object) -> None:
    """A value outside its field's type or limits is refused, naming the field and never the value."""
    good = to_wire(make_person() if cls is Person else make_case())

    with pytest.raises(WireFault) as fault:
        from_wire(cls, {**good, field: value})

    assert fault.value.field == field
    assert not value or not isinstance(value, str) or value not in str(fault.value)


def test_a_required_field_must_be_there() -> None:
    """A record without a required field is refused."""
    with pytest.raises(WireFault, match="full_name"):
        from_wire(Person, {"id": "x"})


def test_instants_sort_as_text() -> None:
    """Instants in wire form have one length, so that text order is time order; an instant without zone is refused."""
    early, late = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 3, 4, 5, 7, tzinfo=UTC)

    assert instant_text(early) < instant_text(late)
    assert read_instant(instant_text(late)) == late
    with pytest.raises(ValueError, match="time zone"):
        read_instant("2026-01-02T03:04:05")


def test_every_kind_is_listed_once() -> None:
    """Kinds and tables are unique, every record has an id that never changes, and references name kinds that exist."""
    assert len(BY_KIND) == len(RECORDS) == len({cls.table for cls in RECORDS})
    for cls in RECORDS:
        ids = {f.name: f for f in fields_of(cls)}
        assert ids["id"].fact.merge is Merge.FIXED
        for field in fields_of(cls):
            assert not field.fact.refers or field.fact.refers in BY_KIND
            assert field.fact.merge is not Merge.UNION or field.is_set
            assert not field.fact.server or field.optional


def test_events_are_never_changed() -> None:
    """Every field of a kind that is only added to is fixed."""
    for cls in RECORDS:
        if cls.append_only:
            assert {f.fact.merge for f in fields_of(cls)} == {Merge.FIXED}, cls.kind


def described() -> dict[str, Any]:
    """Every kind of record as the golden file keeps it."""
    return {"schema": SCHEMA, "kinds": {cls.kind: _kind(cls) for cls in RECORDS}}


def _kind(cls: type[Any]) -> dict[str, Any]:
    fields = {
        f.name: " ".join(
            part
            for part in [
                f.type.__name__ + ("?" if f.optional else ""),
                "required" if f.required else "",
                f"merge={f.fact.merge.value}",
                f"personal={f.fact.personal.value}",
                f"length={f.min_len}..{f.max_len}" if f.max_len is not None else "",
                f"range={f.ge}..{f.le}" if f.ge is not None or f.le is not None else "",
                f"refers={f.fact.refers}" if f.fact.refers else "",
                "server" if f.fact.server else "",
            ]
            if part
        )
        for f in fields_of(cls)
    }
    return {"table": cls.table, "append_only": cls.append_only, "fields": fields}


def test_records_are_as_the_golden_file_says() -> None:
    """Records travel between versions: a changed one needs a higher SCHEMA, and the golden file written anew.

    To write it: `python -m tests.records.test_derive`.
    """
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    now = described()

    if now != golden:
        assert golden["schema"] < SCHEMA, "a record changed: raise SCHEMA in records/__init__.py"
    assert now == golden, "records changed: write the golden file anew and look at the difference"


def test_builders_make_records_that_can_be_kept() -> None:
    """The records that other tests use are ones the store would take."""
    for record in (make_person(), make_case(), make_note(), make_user()):
        assert checked(record) == record


def test_lines_keep_their_order_and_sets_have_one() -> None:
    """A sender's address stays in its order on every copy; a set of words is the same however it was typed."""
    council = Council(id="c", name="Northmere", prefix="NM", letter_lines=("Civic Centre", "Alder Road", "Alder Road"))
    team = Team(id="t", name="Repairs", services=("waste", "damp", "waste"))

    assert checked(council).letter_lines == ("Civic Centre", "Alder Road", "Alder Road")
    assert checked(team).services == ("damp", "waste")


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(described(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
