"""Fingerprints by which two copies prove that they are equal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from almoner.records import Person
from almoner.records.wire import from_wire, to_wire
from almoner.rules.digests import EMPTY, canonical, digest_of, filled, record_hash

MAYA = Person(id="p1", full_name="Maya Okafor", interpreter=True, support_needs=("stairs",))


def test_what_travels_is_only_what_differs_from_the_defaults() -> None:
    """Bytes are saved, and a new field with a default changes no fingerprint."""
    assert canonical("person", to_wire(MAYA)) == {
        "full_name": "Maya Okafor", "interpreter": True, "support_needs": ["stairs"],
    }  # fmt: skip


def test_the_whole_record_comes_back() -> None:
    """Leaving out and filling in are inverse."""
    assert from_wire(Person, filled("person", "p1", canonical("person", to_wire(MAYA)))) == MAYA


def test_truth_and_one_are_not_the_same() -> None:
    """A default of False must not swallow a 0, nor 1 a True."""
    assert canonical("person", {"interpreter": 0}) == {"interpreter": 0}


def test_a_fingerprint_depends_on_everything_it_covers_and_not_on_order() -> None:
    """Kind, id, rev and every value count; the order of fields does not."""
    values = canonical("person", to_wire(MAYA))
    same = record_hash("person", "p1", 1, dict(reversed(values.items())))
    others = {
        record_hash("case", "p1", 1, values),
        record_hash("person", "p2", 1, values),
        record_hash("person", "p1", 2, values),
        record_hash("person", "p1", 1, {**values, "full_name": "Maya Okafo"}),
    }

    assert record_hash("person", "p1", 1, values) == same
    assert len(others - {same}) == 4


def test_a_fingerprint_is_the_same_on_every_machine_and_release() -> None:
    """Laptops of different versions compare these numbers: the value itself is part of the wire."""
    assert record_hash("note", "n1", 3, {"text": "Rang.", "case_id": "c1"}) == -1749608560572398785


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_a_digest_can_be_kept_up_one_record_at_a_time(hashes: list[int]) -> None:
    """Taking each record in and out again, in any order, gives nothing; all of it fits 64 signed bits."""
    digest = digest_of(hashes)

    assert -(2**63) <= digest < 2**63
    assert digest_of([digest, *reversed(hashes)]) == EMPTY
