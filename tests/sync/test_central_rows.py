"""A record's two forms in the council's database say the same, and only what changed is written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DataError, IntegrityError
from tests.sync.laptops import RUTH, START, Centre

from almoner.records import BY_KIND, Case, Clock, Person
from almoner.records.cases import Priority
from almoner.records.wire import Plain, to_wire
from almoner.rules.digests import canonical, record_hash
from almoner.store import central_rows as rows
from almoner.store.central import central_table
from almoner.store.central_rows import Key, Stored, stored_of_row
from almoner.sync.seeding import change_record, put_records

CASE = Case(
    id="c-1", reference="ASH-1", service="damp-and-mould", title='Mould\t"black"\\ {a, b} é', summary="Line\none\r\n",
    stage="new", team_id="t1", opened_by=RUTH.id, aware_at=START, recorded_at=START, priority=Priority.URGENT,
    longitude=-2.123456789012345, latitude=0.1,
)  # fmt: skip
CLOCK = Clock(
    id="k-1", case_id="c-1", code="inspect", title="Inspect", rule="r", starts_at=START, due_on=date(2026, 12, 24),
    due_at=START, pauses=('2026-12-18 "a,b"', "{x}", ""),
)  # fmt: skip
PERSON = Person(id="p-1", full_name="Zoë O'Neil")


def _columns(engine: Engine, key: Key) -> Stored:
    table = central_table(BY_KIND[key[0]])
    with engine.connect() as connection:
        return stored_of_row(key[0], connection.execute(select(table).where(table.c.id == key[1])).mappings().one())


def _loaded(engine: Engine, key: Key) -> Stored:
    with engine.connect() as connection:
        return rows.load(connection, [key])[key]


def _cell(engine: Engine, column: str, record_id: str = "c-1") -> Any:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT {column} FROM cases WHERE id = :id"), {"id": record_id}).scalar_one()


def _set(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE cases SET {change} WHERE id = 'c-1'"))


@pytest.fixture
def filled(centre: Centre) -> Engine:
    """A council with a case, a clock in it and a person."""
    put_records(centre.engine, [CASE, CLOCK, PERSON], now=START)
    return centre.engine


@pytest.mark.parametrize("key", [("case", "c-1"), ("clock", "k-1"), ("person", "p-1"), ("user", "u1")])
def test_packed_and_columns_say_the_same(filled: Engine, key: Key) -> None:
    """Whatever the values: quotes, lines, lists, days, numbers."""
    packed, columns = _loaded(filled, key), _columns(filled, key)

    assert packed == columns
    assert packed.sealed(key[0]) == columns.sealed(key[0])


def test_they_still_do_after_changes(filled: Engine) -> None:
    """Changes of some fields, of several records, and of sets of words."""
    change_record(filled, "case", "c-1", {"title": "Über", "latitude": None, "priority": "normal"}, now=START)
    change_record(filled, "user", "u1", {}, sets={"team_ids": (["t2"], ["t1"])}, now=START)

    for key in (("case", "c-1"), ("user", "u1")):
        assert _loaded(filled, key) == _columns(filled, key)
    assert _columns(filled, ("case", "c-1")).values["title"] == "Über"
    assert _columns(filled, ("user", "u1")).values["team_ids"] == ["t2"]


def test_the_fingerprint_is_the_laptops(filled: Engine) -> None:
    """Both sides work it out from the same canonical values."""
    stored = _loaded(filled, ("case", "c-1"))
    wire = canonical("case", {**stored.values, **stored.extra})

    assert stored.wire("case") == wire
    assert stored.hash("case") == record_hash("case", "c-1", stored.rev, wire)
    assert _cell(filled, "hash") == stored.hash("case")


def test_only_what_changed_is_written(filled: Engine) -> None:
    """A change of one field leaves the other columns of the row alone."""
    _set(filled, "outcome = 'by another hand'")
    change_record(filled, "case", "c-1", {"title": "Another"}, now=START)

    assert (_cell(filled, "title"), _cell(filled, "outcome")) == ("Another", "by another hand")


def test_a_row_of_an_older_release_is_read_from_its_columns(filled: Engine) -> None:
    """And a change of it packs it again."""
    before = _loaded(filled, ("case", "c-1"))
    _set(filled, "packed = NULL")
    with filled.connect() as connection:
        travels = rows.travelling(connection, [("case", "c-1"), ("case", "none")])

    assert _loaded(filled, ("case", "c-1")) == before
    assert travels == {("case", "c-1"): (1, before.sealed("case").packed)}
    change_record(filled, "case", "c-1", {"title": "Another"}, now=START)
    assert _cell(filled, "packed") is not None
    assert _loaded(filled, ("case", "c-1")) == _columns(filled, ("case", "c-1"))


def test_fields_of_a_newer_version_stay_apart(centre: Centre) -> None:
    """What this version does not know travels with the rest and is kept as it came."""
    extra: dict[str, Plain] = {"later": ["a", "b"], "also": 1.5, "none": None}
    stored = Stored(to_wire(CASE), extra, 1, {"": [1, "w"]})
    with centre.engine.begin() as connection:
        rows.insert_records(connection, "case", [stored])

    loaded = _loaded(centre.engine, ("case", "c-1"))
    assert (loaded, loaded.extra) == (_columns(centre.engine, ("case", "c-1")), extra)
    assert loaded.wire("case").keys() >= extra.keys()


def test_what_the_database_refuses_is_told_as_ever(centre: Centre) -> None:
    """A fault of the bulk ways is one of SQLAlchemy's, and says nothing of the values."""
    stored = Stored(to_wire(PERSON), {}, 1, {"": [1, "w"]})
    with centre.engine.begin() as connection:
        rows.insert_records(connection, "person", [stored])
    with pytest.raises(IntegrityError) as twice, centre.engine.begin() as connection:
        rows.insert_records(connection, "person", [stored])
    spoilt = Stored({**to_wire(CASE), "aware_at": "no instant"}, {}, 1, {"": [1, "w"]})
    with pytest.raises(DataError), centre.engine.begin() as connection:
        rows.insert_records(connection, "case", [spoilt])

    assert getattr(twice.value.orig, "sqlstate", "") == "23505"
