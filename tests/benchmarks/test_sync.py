"""The benchmark of sync itself: what is synced is what is stated, and anybody's records will do."""

import json
from pathlib import Path

from benchmarks.sync_records import new_case, read_records, to_case, write_records

from almoner.records import Case
from almoner.records.derive import fields_of
from almoner.records.mutation import Verdict
from almoner.records.wire import from_wire
from almoner.sync.merging import merge


def test_records_are_the_same_again_and_as_large_as_stated(tmp_path: Path) -> None:
    """20 fields that a case can keep, about 1.2 KB as JSON, the same for the same seed."""
    size = write_records(tmp_path / "one.jsonl", 200)
    write_records(tmp_path / "again.jsonl", 200)
    write_records(tmp_path / "other.jsonl", 200, seed=2)
    records = list(read_records(tmp_path / "one.jsonl"))

    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert (tmp_path / "one.jsonl").read_bytes() != (tmp_path / "other.jsonl").read_bytes()
    assert {len(record) for record in records} == {20}
    assert 1_100 < size / 200 < 1_300
    assert all(from_wire(Case, record) for record in records)


def test_records_of_anybody_become_cases() -> None:
    """Keys that are not ours are carried whole; what a case must have follows from the record's id."""
    record = {"_id": "abc-1", "name": "Ann", "tags": ["a", "b"], "address": {"town": "Ash"}, "n": 3, "odd key!": None}
    values = to_case(record, 7, team_id="t1", officer="u1")
    merged = merge(None, new_case(values, seq=1, author="u1"), writer="u1:1")

    assert merged.verdict is Verdict.APPLIED
    assert from_wire(Case, {f.name: values[f.name] for f in fields_of(Case) if f.name in values})
    assert merged.standing.extra["x_name"] == "Ann"
    assert merged.standing.extra["x_address"] == json.dumps({"town": "Ash"})
    assert len(merged.standing.extra) == len(record)
    assert values == to_case(record, 7, team_id="t1", officer="u1")


def test_records_of_our_own_stay_as_they_are(tmp_path: Path) -> None:
    """Only team and opener become those of the benchmark's council."""
    write_records(tmp_path / "one.jsonl", 1)
    (record,) = read_records(tmp_path / "one.jsonl")

    assert to_case(record, 0, team_id="t1", officer="u1") == {**record, "team_id": "t1", "opened_by": "u1"}
