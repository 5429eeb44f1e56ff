"""Rows from elsewhere become people and cases like any other, once; what cannot be kept is refused with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.desks import Bench

from almoner.casework.cases import move_case, record_answer
from almoner.casework.import_maps import ImportMap, check_columns, check_service, parse_map
from almoner.casework.importing import BATCH, Imported, import_rows, source_id
from almoner.casework.notes import add_note
from almoner.cli_import import bring_in
from almoner.outside.csv_files import CsvFile, read_csv
from almoner.records import Address, Case, ContactPoint, Note, Participant, Person
from almoner.records.trouble import Trouble
from almoner.store.outbox import unsent_count
from almoner.store.timeline import case_view

MAPS = Path(__file__).parents[1] / "import_maps"
DATA = Path(__file__).parents[3] / "shared" / "data"

CASES = """
kind = "cases"
source = "old-crm"
people_source = "old-crm"
key = "No"
service = "damp-and-mould"
date_formats = ["%d/%m/%Y", "%d/%m/%Y %H:%M"]
[columns]
title = "What"
aware_at = "When"
subject = "Person"
case_kind = "Kind"
[values.case_kind]
"EM" = "emergency-hazard"
"DM" = "potential-significant-hazard"
"""
PEOPLE = """
kind = "people"
source = "old-crm"
key = "Person"
date_formats = ["%d/%m/%Y"]
[columns]
full_name = "Name"
date_of_birth = "Born"
phone = "Tel"
email = "Mail"
line_1 = "Street"
postcode = "Code"
"""


@dataclass(frozen=True)
class Row:
    line: int
    cells: dict[str, str]
    fault: str = ""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


def case_row(line: int, **cells: str) -> Row:
    given = {"No": f"C{line}", "What": "Damp wall", "When": "01/12/2026", "Person": "", "Kind": "DM"}
    return Row(line, given | cells)


def run(bench: Bench, text: str, rows: list[Row], **more: Any) -> Imported:
    kind = "people" if 'kind = "people"' in text else "cases"
    given = {"file_sha256": "f" * 64} | more
    return import_rows(bench.write, bench.desk, parse_map(text, "map.toml", kind), rows, **given)


def test_people_come_with_address_and_numbers(bench: Bench) -> None:
    """A row becomes a person, an address with a tidied postcode, and contact points as they were given."""
    cells = {"Person": "7", "Name": "Mair Penry", "Born": "30/04/1961", "Tel": "01632 960 001", "Mail": "",
             "Street": "3 Quay Rise", "Code": "as72ld"}  # fmt: skip

    done = run(bench, PEOPLE, [Row(2, cells)])

    key = source_id("old-crm", "people", "7")
    person = bench.look(lambda r: r.get(Person, key))
    assert (done.made, person.full_name, person.date_of_birth) == (1, "Mair Penry", "1961-04-30")
    assert [a.postcode for a in bench.look(lambda r: r.all_of(Address, person_id=key))] == ["AS7 2LD"]
    assert [p.value for p in bench.look(lambda r: r.all_of(ContactPoint, person_id=key))] == ["01632 960 001"]


def test_a_case_starts_its_clock_and_finds_its_person(bench: Bench) -> None:
    """An imported case runs by the same rules: its clock counts from the day in the file; it waits to be sent."""
    run(bench, PEOPLE, [Row(2, {"Person": "7", "Name": "Mair Penry"})])

    run(bench, CASES, [case_row(2, Person="7")])

    case = bench.look(lambda r: r.all_of(Case, source_reference="old-crm:C2"))[0]
    view = bench.look(lambda r: case_view(r, case.id))
    assert case.aware_at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert [(c.code, c.due_on.isoformat()) for c in view.clocks] == [("investigate", "2026-12-15")]
    assert view.subject is not None
    assert view.subject.person.full_name == "Mair Penry"
    assert bench.look(lambda r: unsent_count(r, case.id)) > 0


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"When": "2026-12-01"}, "not a date"),
        ({"When": ""}, "became aware"),
        ({"When": "01/12/2031"}, "in the future"),
        ({"When": "01/12/1911"}, "over 30 years ago"),
        ({"Kind": "??"}, "kind of report is not known"),
        ({"Person": "99"}, "not here"),
        ({"No": ""}, "is empty"),
        ({"What": "x" * 300}, "longer than 200"),
        ({"What": "bell \x07"}, "cannot be shown"),
    ],
)
def test_a_row_that_cannot_be_kept_is_refused_whole(bench: Bench, cells: dict[str, str], reason: str) -> None:
    """Its line, what is wrong and what to do are told; nothing of it is kept; the rows round it are."""
    done = run(bench, CASES, [case_row(2), case_row(3, **cells), case_row(4)])

    assert (done.read, done.made, [r.line for r in done.refused]) == (3, 2, [3])
    assert reason in done.refused[0].what
    assert done.refused[0].do
    assert len(bench.look(lambda r: r.all_of(Case))) == 2
    assert not bench.look(lambda r: r.all_of(Participant))


def test_the_same_key_twice_is_one_case(bench: Bench) -> None:
    """The second row with a key is refused, not merged silently."""
    done = run(bench, CASES, [case_row(2, No="A"), case_row(3, No="A")])

    assert (done.made, [r.line for r in done.refused]) == (1, [3])


def test_a_second_run_makes_nothing_new(bench: Bench) -> None:
    """The same file, and a longer export of the same source, bring in only what is new."""
    rows = [case_row(line) for line in range(2, 12)]
    run(bench, CASES, rows)

    again = run(bench, CASES, rows)
    longer = run(bench, CASES, [*rows, case_row(12)], file_sha256="e" * 64)

    assert (again.made, again.known) == (0, 10)
    assert (longer.made, longer.known) == (1, 10)
    assert len(bench.look(lambda r: r.all_of(Case))) == 11


def test_a_dry_run_keeps_nothing(bench: Bench) -> None:
    """Everything is checked, and the store and the list of unsent work stay as they were."""
    before = bench.look(unsent_count)

    done = run(bench, CASES, [case_row(2), case_row(3, Kind="??")], dry_run=True)

    assert (done.made, len(done.refused)) == (1, 1)
    assert bench.look(unsent_count) == before
    assert not bench.look(lambda r: r.all_of(Case))


def test_an_import_that_was_cut_off_goes_on_where_it_stopped(bench: Bench) -> None:
    """What a whole transaction held is kept; the next run passes over it and does the rest."""
    rows = [case_row(line) for line in range(2, BATCH + 12)]

    class PulledPlugError(Exception):
        pass

    def cut_off(looked_at: int) -> None:
        raise PulledPlugError

    with pytest.raises(PulledPlugError):
        run(bench, CASES, rows, progress=cut_off)
    done = run(bench, CASES, rows)

    assert (done.resumed, done.made, done.known) == (BATCH, 10, 0)
    assert done.reconciles


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (('aware_at = "When"', ""), 8, "comes from nowhere"),
        (('title = "What"', 'titel = "What"'), 9, "not known here"),
        (('source = "old-crm"', 'source = "Old CRM!"'), 3, "where the rows come from"),
        (('kind = "cases"', 'kind = "people"'), 2, "This mapping is for people"),
        (('service = "damp-and-mould"', ""), 1, "“service” is missing"),
        (('aware_at = "When"', "aware_at = 3"), 10, "words in quotes"),
        (("[columns]", "[columns"), 8, "not valid TOML"),
        (('"EM" = "emergency-hazard"', '"EM" = 1'), 13, "what cells mean"),
        (('people_source = "old-crm"', ""), 1, "people_source"),
    ],
)
def test_a_wrong_mapping_is_told_with_its_line(change: tuple[str, str], line: int, reason: str) -> None:
    """What is wrong, on which line, and what to do, before any row is looked at."""
    text = CASES.replace(*change)

    with pytest.raises(Trouble) as told:
        parse_map(text, "map.toml", "cases")

    assert reason in told.value.what
    assert told.value.where == f"map.toml, line {line}"
    assert told.value.do


def test_a_mapping_must_fit_its_file_and_its_service(bench: Bench) -> None:
    """A column the file lacks and a kind the service line lacks are named, with what is near."""
    mapping = parse_map(CASES, "map.toml", "cases")

    with pytest.raises(Trouble, match="Did you mean “Whan”"):
        check_columns(mapping, ["No", "What", "Whan", "Person", "Kind"], "map.toml")
    wrong = parse_map(CASES.replace("emergency-hazard", "fire"), "map.toml", "cases")
    with pytest.raises(Trouble, match="no kind of report called “fire”"):
        check_service(wrong, bench.desk.lines.versions("damp-and-mould")[0], "map.toml")


def real(folder: str, file: str, mapping: str) -> tuple[ImportMap, CsvFile]:
    path = DATA / folder / file
    if not path.exists():
        pytest.skip("the open data is not beside this checkout")
    said = parse_map((MAPS / mapping).read_text(encoding="utf-8"), mapping, "cases")
    return said, read_csv(path)


@pytest.mark.parametrize(
    ("folder", "file", "mapping", "rows"),
    [
        ("requests_text", "nyc_311_text_dev.csv.gz", "nyc_texts.toml", 484),
        ("context", "gm_libraries.csv", "libraries.toml", 0),
    ],
)
def test_real_requests_and_places_are_worked_like_any_case(
    bench: Bench, folder: str, file: str, mapping: str, rows: int
) -> None:
    """Every row is accounted for; an imported case can be read, noted on, answered and moved; twice makes no more."""
    said, table = real(folder, file, mapping)

    done = bring_in(bench.write, bench.desk, said, table, dry_run=False, show_progress=False)
    again = bring_in(bench.write, bench.desk, said, table, dry_run=False, show_progress=False)

    assert done.reconciles
    assert done.made > 50
    assert not rows or done.read == rows
    assert (again.made, again.known, len(again.refused)) == (0, done.made, len(done.refused))
    case = next(c for c in bench.look(lambda r: r.all_of(Case)) if c.stage == "reported")
    bench.do(add_note, case.id, "Looked at after the import.")
    bench.do(record_answer, case.id, "risk-level", "low")
    assert bench.do(move_case, case.id, "triaged").case.stage == "triaged"
    notes = bench.look(lambda r: r.all_of(Note, case_id=case.id))
    assert {note.heading for note in notes} >= {"", f"From {said.source}"}
