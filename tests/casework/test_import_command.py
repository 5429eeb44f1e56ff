"""The import command opens the officer's own store, says what it did, and leaves a report of every refused row."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.desks import COUNCIL, RUTH, TEAM

from almoner.cli_import import import_records
from almoner.outside.laptop import Enrolment, Laptop, write_laptop
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store.keys import Cost, make_keys
from almoner.store.opening import Store

NEW_YEAR = datetime(2026, 1, 2, tzinfo=UTC)
PASSPHRASE = "four walls and a wet ceiling"
MAPPING = """
kind = "people"
source = "old"
key = "Id"
[columns]
full_name = "Name"
date_of_birth = "Born"
"""


@pytest.fixture
def master(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A laptop set up for one officer, without a keyring."""
    monkeypatch.setenv("ALMONER_HOME", str(tmp_path))
    monkeypatch.setattr("almoner.cli_desk.system_secrets", lambda: None)
    folder = tmp_path / "stores" / "ruth"
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    master = make_keys(folder, PASSPHRASE, None, user_id=RUTH.id, cost=cost)
    store = Store.create(folder, master, user_id=RUTH.id)
    for record in (COUNCIL, TEAM, RUTH):
        store.writer().write(
            lambda tx, record=record: tx.add(record), author=RUTH.id, now=datetime(2026, 1, 2, tzinfo=UTC)
        )
    store.close()
    place = Enrolment(user_id=RUTH.id, username="ruth", full_name="Ruth Bello", server="", device_id="", folder="ruth")
    write_laptop(tmp_path, Laptop(enrolments=(place,), last_user_id=RUTH.id))
    (tmp_path / "map.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "people.csv").write_text("Id,Name,Born\n1,Mair Penry,1961\n2,,1970\n3,Tomos Vale,\n", encoding="utf-8")
    return master


def run(folder: Path, *more: str, passphrase: str = PASSPHRASE) -> Result:
    arguments = ["people", str(folder / "people.csv"), "--mapping", str(folder / "map.toml"), *more]
    return CliRunner().invoke(import_records, arguments, input=f"{passphrase}\n")


def test_an_import_keeps_what_it_can_and_reports_the_rest(tmp_path: Path, master: bytes) -> None:
    """Dry run first, then the real one, then again: numbers in JSON, refused rows in the report, no duplicates."""
    report = tmp_path / "refused.csv"

    results = [run(tmp_path, "--dry-run", "--json"), run(tmp_path, "--json", "--report", str(report)), run(tmp_path)]

    assert [result.exit_code for result in results] == [0, 0, 0], results[0].output
    said = [json.loads(result.stdout) for result in results[:2]]
    assert [(each["dry_run"], each["made"], each["refused"][0]["line"]) for each in said] == [
        (True, 2, 3), (False, 2, 3),
    ]  # fmt: skip
    assert "3 rows read, 0 made, 2 there already, 0 done by an earlier run, 1 refused." in results[2].stdout
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["line"], row["key"]) for row in rows] == [("3", "2")]
    assert "Full name" in rows[0]["what"]
    store = Store.open(tmp_path / "stores" / "ruth", master)
    people = store.reader().read(lambda r: r.all_of(Person))
    store.close()
    assert sorted(person.full_name for person in people) == ["Mair Penry", "Tomos Vale"]


def test_a_wrong_passphrase_and_a_missing_file_are_told_in_words(tmp_path: Path, master: bytes) -> None:
    """The trouble comes through as a sentence, and the store stays shut."""
    wrong = run(tmp_path, passphrase="not the right one at all")
    (tmp_path / "people.csv").unlink()
    gone = run(tmp_path)

    assert isinstance(wrong.exception, Trouble)
    assert isinstance(gone.exception, Trouble)
    assert "It is not there" in gone.exception.what
