"""Reading what the server sends quickly is never laxer than reading it slowly, and its fingerprint is the server's."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import make_attachment, make_case, make_person, make_task
from tests.store.opened import Put, put

from almoner.records import RECORDS
from almoner.rules.digests import filled, record_hash
from almoner.store.received import _reader, received
from almoner.store.rows import row_of_wire

RAW = msgspec.msgpack.Encoder(order="deterministic").encode
BASES = [put(make_case()), put(make_person(support_needs=("loop",))), put(make_attachment()), put(make_task())]
odd = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(), st.text(max_size=70),
    st.lists(st.text(max_size=9)),
    st.sampled_from([
        "2026-12-17", "20261217", "2026-12-17T10:05:00.000000Z", "2026-12-17t10:05:00z", "2026-12-17 10:05:00+00:00",
        "0999-12-17T10:05:00.000000Z", "9999-12-17T10:05:00.000000Z", "2026-12-17T10:05:00", "2026-02-30", "a\x00b",
        "x" * 201, "x" * 20_001, "open", "urgent", "", ["a\x00"], ["x" * 1001], 2**53 + 1, float("nan"), {"a": 1},
    ]),
)  # fmt: skip


class Came(Put):
    """A record as its bytes came."""

    @property
    def raw(self) -> msgspec.Raw:
        return msgspec.Raw(RAW(self.values))


def came(base: Put, values: dict[str, Any]) -> Came:
    return Came(base.kind, base.id, base.rev, values)


def test_every_kind_can_be_read_quickly() -> None:
    """No kind of record has a field that the quick way does not know."""
    for record in RECORDS:
        assert _reader(record.kind).columns[0] == "id"


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.kind)
def test_a_good_record_is_read_quickly(base: Put) -> None:
    """What our own records look like on the wire needs no second look, and its row and fingerprint are right."""
    one = received(came(base, base.values))
    wire = filled(base.kind, base.id, base.values)
    record = next(r for r in RECORDS if r.kind == base.kind)
    row = row_of_wire(record, wire, base.rev)

    assert _reader(base.kind).quick(base.id, base.rev, RAW(base.values), b"") is not None
    assert one.row == tuple(row[name] for name in _reader(base.kind).columns)
    assert one.hash == record_hash(base.kind, base.id, base.rev, base.values)


@example(base=BASES[0], name="aware_at", value="2026-12-17t10:05:00.000000z")
@example(base=BASES[0], name="longitude", value=float("nan"))
@example(base=BASES[0], name="title", value="a\x00b")
@given(base=st.sampled_from(BASES), name=st.text(max_size=3), value=odd)
def test_the_quick_way_accepts_nothing_the_slow_way_refuses(base: Put, name: str, value: Any) -> None:
    """Whatever stands in whichever field: where both read it, they make the same row."""
    for field in (name, *base.values):
        try:
            raw = RAW({**base.values, field: value})
        except (OverflowError, msgspec.MsgspecError):
            return
        quick = _reader(base.kind).quick(base.id, base.rev, raw, RAW((base.kind, base.id, base.rev, msgspec.Raw(raw))))
        slow, why = _reader(base.kind).slow(base.id, base.rev, raw)
        if quick is not None:
            assert (quick, why) == (slow, "")


def test_damaged_values_are_set_aside_not_raised() -> None:
    """Bytes that are no values at all block nothing."""

    class Broken(Put):
        raw = msgspec.Raw(b"\x81\xa4text\xa2\xff\xfe")

    one = received(Broken("note", "n1", 1))

    assert (one.row, one.why) == (None, "it is damaged")


def test_an_id_that_no_record_has_is_set_aside() -> None:
    """An id too long for its field is no reason to stop, and no record."""
    base = BASES[0]
    one = received(Came(base.kind, "x" * 37, 1, base.values))

    assert (one.row, one.why) == (None, "id is longer than 36")


@pytest.mark.parametrize("rev", [2**63, -1])
def test_a_rev_that_no_database_keeps_is_set_aside(rev: int) -> None:
    """A number out of all measure is no reason to stop."""
    base = BASES[0]

    assert received(Came(base.kind, base.id, rev, base.values)).row is None
