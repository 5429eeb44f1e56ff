"""The samples in docs/import are read by the command as the README says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.desks import COUNCIL, RUTH, TEAM

from almoner.cli_import import import_records
from almoner.outside.clock import SystemClock
from almoner.outside.laptop import Enrolment, Laptop, write_laptop
from almoner.store.keys import Cost, make_keys
from almoner.store.opening import Store

SAMPLES = Path(__file__).parents[2] / "docs" / "import"
PASSPHRASE = "four walls and a wet ceiling"


@pytest.fixture
def _laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop set up for one officer, without a keyring."""
    monkeypatch.setenv("ALMONER_HOME", str(tmp_path))
    monkeypatch.setattr("almoner.cli_desk.system_secrets", lambda: None)
    folder = tmp_path / "stores" / "ruth"
    master = make_keys(folder, PASSPHRASE, None, user_id=RUTH.id, cost=Cost(memory_kib=64, passes=1, lanes=1))
    store = Store.create(folder, master, user_id=RUTH.id)
    for record in (COUNCIL, TEAM, RUTH):
        store.writer().write(lambda tx, record=record: tx.add(record), author=RUTH.id, now=SystemClock().now())
    store.close()
    place = Enrolment(user_id=RUTH.id, username="ruth", full_name="Ruth Bello", server="", device_id="", folder="ruth")
    write_laptop(tmp_path, Laptop(enrolments=(place,), last_user_id=RUTH.id))


@pytest.mark.usefixtures("_laptop")
def test_the_samples_work_and_refuse_what_is_wrong_in_them() -> None:
    """Residents first, then their cases: two good rows of each are made, the third is refused with its line."""
    for words in (["--dry-run"], []):
        for kind in ("people", "cases"):
            if words and kind == "cases":
                continue  # nobody is there yet whose cases they could be
            files = [str(SAMPLES / f"{kind}.csv"), "--mapping", str(SAMPLES / f"{kind}.toml")]

            done = CliRunner().invoke(import_records, [kind, *files, *words, "--json"], input=f"{PASSPHRASE}\n")

            assert done.exit_code == 0, done.output
            said = json.loads(done.stdout)
            assert (said["made"], [each["line"] for each in said["refused"]]) == (2, [4]), said["refused"]
