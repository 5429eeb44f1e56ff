"""The commands for a laptop's store: one passphrase through the pipe, no keyring, and a sentence for every trouble."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from almoner.cli_store import store, sync
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.laptop import Enrolment, Laptop, write_laptop
from almoner.outside.line import HttpLine
from almoner.outside.secrets import MemorySecrets
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.server.app import make_app
from almoner.server.passwords import Passwords
from almoner.server.settings import Settings
from almoner.server.staff import Staff
from almoner.store.attachments import Vault
from almoner.store.central import central_table, held
from almoner.store.keys import Cost, make_keys, unlock
from almoner.store.opening import Store, database_path
from almoner.sync.peer import PeerTrouble
from almoner.sync.seeding import put_records
from tests.builders import make_attachment, make_case
from tests.desks import COUNCIL, RUTH, TEAM
from tests.server.conftest import served

WINTER = datetime(2026, 12, 17, 10, 5, tzinfo=UTC)
PASSPHRASE = "four walls and a wet ceiling"
PASSWORD = "correct horse battery staple"


def set_up(home: Path, *, server: str = "http://127.0.0.1:9", device_id: str = "laptop") -> Path:
    """A laptop of one officer without a keyring, with one resident who has not been sent; the store's folder."""
    folder = home / "stores" / "ruth"
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    opened = Store.create(folder, make_keys(folder, PASSPHRASE, None, user_id=RUTH.id, cost=cost), user_id=RUTH.id)
    opened.writer().write(lambda tx: tx.add(Person(id="p1", full_name="Mair Penry")), author=RUTH.id, now=WINTER)
    opened.close()
    place = Enrolment(
        user_id=RUTH.id, username="ruth", full_name=RUTH.full_name, server=server, device_id=device_id, folder="ruth"
    )
    write_laptop(home, Laptop(enrolments=(place,), last_user_id=RUTH.id))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a laptop that has no keyring to be trusted."""
    monkeypatch.setenv("ALMONER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("almoner.cli_desk.system_secrets", lambda: None)
    return tmp_path / "home"


def run(*words: str, passphrase: str = PASSPHRASE, password: str = PASSWORD) -> Result:
    """A command, its secrets sent through the pipe."""
    command, arguments = (sync, words[1:]) if words[0] == "sync" else (store, words)
    return CliRunner().invoke(command, list(arguments), input=f"{passphrase}\n{password}\n")


def test_a_store_is_checked_copied_and_saved(home: Path, tmp_path: Path) -> None:
    """Check says that it is whole and what waits; a copy and what is made of a damaged one hold the unsent work."""
    set_up(home)
    saved, copy = tmp_path / "saved", tmp_path / "copy"

    whole, told = run("check"), run("check", "--json")
    copied, repaired = run("backup", str(copy)), run("repair", str(saved))

    assert [each.exit_code for each in (whole, told, copied, repaired)] == [0, 0, 0, 0], repaired.output
    assert whole.stdout == "The store is whole.\n"
    assert json.loads(told.stdout) == {
        "faults": [], "bad_pages": 0, "unsent": 1, "unsent_not_in_journal": 0, "set_aside": 0,
    }  # fmt: skip
    assert str(copy) in copied.stdout
    assert "0 lost" in repaired.stdout
    assert Store.exists(copy)
    assert Store.exists(saved)


def test_a_page_that_was_spoilt_is_found(home: Path) -> None:
    """Bytes changed on the disk are told in words, and the exit code says so to a script."""
    database = database_path(set_up(home))
    content = bytearray(database.read_bytes())
    content[-3 * 4096 + 100] ^= 0xFF
    database.write_bytes(content)

    found = run("check")

    assert found.exit_code == 1
    assert "1 page of the store cannot be read." in found.stdout


def test_a_wrong_passphrase_opens_nothing(home: Path) -> None:
    """The trouble is a sentence, and the store stays shut."""
    set_up(home)

    refused = run("check", passphrase="not the right one at all")

    assert isinstance(refused.exception, Trouble)
    assert "passphrase" in refused.exception.what


def test_a_laptop_that_is_not_set_up_says_so(home: Path) -> None:
    """Neither command makes a store of its own accord."""
    for words in (("check",), ("sync",)):
        answer = run(*words)

        assert isinstance(answer.exception, Trouble)
        assert "not set up yet" in answer.exception.what
    assert not home.exists()


def test_sync_sends_records_and_files(home: Path, council: Engine, postgres_url: str, tmp_path: Path) -> None:
    """With the password on the second line, all goes over HTTP to PostgreSQL, and a second run finds nothing to do."""
    clock, passwords = SystemClock(), Passwords()
    staff = Staff(council, clock, SystemIds(), passwords)
    put_records(council, [COUNCIL, TEAM, RUTH], now=clock.now())
    staff.open_account(RUTH.id, RUTH.username, passwords.hash(PASSWORD))
    service = make_app(
        Settings(database_url=postgres_url, files=str(tmp_path / "files")), council, clock=clock, passwords=passwords
    )
    with served(service, lifespan="on") as port:
        address = f"http://127.0.0.1:{port}"
        line = HttpLine(address, RUTH.username, MemorySecrets())
        known = line.enrol(RUTH.username, PASSWORD, staff.new_code(RUTH.username)[0], "Laptop")
        line.close()
        keep_a_photo(set_up(home, server=address, device_id=known.device_id))

        refused = run("sync", password="a wrong password")
        first, second = run("sync", "--json"), run("sync", "--json")

    assert isinstance(refused.exception, PeerTrouble)
    assert [first.exit_code, second.exit_code] == [0, 0], first.output
    done, again = json.loads(first.stdout), json.loads(second.stdout)
    assert (done["sent"], done["unsent"], done["files"], done["proved_equal"]) == (3, 0, 1, True)
    assert (again["sent"], again["files"], again["trouble"]) == (0, 0, "")
    with council.connect() as connection:
        assert connection.execute(select(central_table(Person).c.full_name)).scalars().all() == ["Mair Penry"]


def keep_a_photo(folder: Path) -> None:
    """A case and its photograph, kept on the laptop and not yet sent."""
    opened = Store.open(folder, unlock(folder, PASSPHRASE, None, now=WINTER))
    photo = b"a picture of a wall"
    case = make_case(team_id=TEAM.id, opened_by=RUTH.id)
    record = make_attachment(
        case_id=case.id, sha256=Vault(opened).keep(photo), size=len(photo), author_id=RUTH.id, recorded_at=WINTER
    )
    for kept in (case, record):
        opened.writer().write(lambda tx, kept=kept: tx.add(kept), author=RUTH.id, now=WINTER)
    opened.close()


def test_sync_without_a_server_keeps_everything(home: Path) -> None:
    """When nobody answers, the command says so and what was unsent is unsent still."""
    set_up(home)

    answer = run("sync")

    assert isinstance(answer.exception, PeerTrouble)
    assert json.loads(run("check", "--json").stdout)["unsent"] == 1


def test_a_changed_passphrase_is_the_only_one_that_opens(home: Path) -> None:
    """The old one must be right and the new one good; then the new one opens the store and the old one does not."""
    set_up(home)

    weak = run("passphrase", password="short")
    changed = run("passphrase", password="quiet orchard copper seven")
    old, new = run("check"), run("check", passphrase="quiet orchard copper seven")

    assert isinstance(weak.exception, Trouble)
    assert "at least 16 characters" in str(weak.exception)
    assert changed.exit_code == 0, changed.output
    assert isinstance(old.exception, Trouble)
    assert new.stdout == "The store is whole.\n"


def test_a_store_that_was_asked_to_go_goes_when_its_work_is_handed_in(
    home: Path, council: Engine, postgres_url: str, tmp_path: Path
) -> None:
    """`sync` hands in what was not sent, has the server keep the receipt, and then destroys keys and store."""
    put_records(council, [COUNCIL, TEAM, RUTH], now=SystemClock().now())
    staff = Staff(council, SystemClock(), SystemIds(), Passwords())
    staff.open_account(RUTH.id, "ruth", Passwords().hash(PASSWORD))
    settings = Settings(database_url=postgres_url, files=str(tmp_path / "files"))
    with served(make_app(settings, council)) as port:
        server = f"http://127.0.0.1:{port}"
        code, _ends = staff.new_code("ruth")
        line = HttpLine(server, "ruth", MemorySecrets())
        device = line.enrol("ruth", PASSWORD, code, "laptop")
        line.close()
        folder = set_up(home, server=server, device_id=device.device_id)
        staff.wipe(device.device_id)
        done = run("sync", "--json")

    (receipt,) = [kept for kept in staff.receipts(device.device_id) if kept["wiped"]]
    with council.connect() as connection:
        held_back = connection.execute(select(held.c.record_id)).scalars().all()
    assert done.exit_code == 0, done.output
    assert held_back == ["p1"], "the resident who was not sent waits for a supervisor"
    assert receipt["unsent"] == 0
    assert not folder.exists()
    assert "removed from this computer" in done.stderr
