"""The life of a device through real windows: set up, in use before everything has come, away too long, revoked, lost,
copied, and its server restored. Nothing that was saved is ever lost, and nothing is shown that may not be."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from sqlalchemy import Engine, func, select
from tests.desks import COUNCIL, RUTH, SANA
from tests.server.test_restore import PROGRAMS
from tests.stories import steps
from tests.stories.conftest import LONG_STAY
from tests.stories.town import Town, open_town

from almoner.demo.ground import PASSPHRASE
from almoner.demo.hand import until, words_in
from almoner.demo.laptops import Laptop
from almoner.desktop.parts.tabs import Tabs
from almoner.outside.http_peer import HttpPeer
from almoner.outside.laptop import read_laptop
from almoner.outside.places import store_folder
from almoner.outside.tokens import TokenKeeper
from almoner.records import Case, HeldWork, Note, Person
from almoner.rules.references import make_reference
from almoner.server.backup import back_up, environment_of
from almoner.store.central import central_table, device, receipt
from almoner.store.central_life import begin_anew
from almoner.store.outbox import kept_until_durable_count, unsent_count
from almoner.store.reading import Reading
from almoner.sync.messages import Page, Pull
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.seeding import put_records
from almoner.sync.serving import Durable

MANY = 1_200


def held_words(laptop: Laptop) -> str:
    """Everything that can be read in the window that stands in place of the work."""
    held = laptop.program.held
    return words_in(held.window) if held is not None and held.window is not None else ""


def wait_held(laptop: Laptop, *words: str) -> None:
    """Wait until the window in place of the work says this."""
    for each in words:
        until(lambda each=each: each in held_words(laptop), f"“{each}” in place of the work: {held_words(laptop)}")


def look_held(laptop: Laptop, query: Any) -> Any:
    """Ask the store while nobody may work on it."""
    assert laptop.program.held is not None
    answers: list[Any] = []
    laptop.program.held.doors.read(query, done=answers.append)
    until(lambda: bool(answers), "the store answers")
    return answers[0]


def save_person(laptop: Laptop, name: str) -> None:
    """Save a resident, as a form does."""
    person = Person(id=name.casefold().replace(" ", "-"), full_name=name)
    laptop.session.doors.change(lambda tx: tx.add(person))
    until(lambda: laptop.look(lambda reading: reading.find(Person, person.id)) is not None, "saved")


def names(reading: Reading) -> set[str]:
    """Residents on a device."""
    return {person.full_name for person in reading.all_of(Person)}


def count(town: Town, table: Any) -> int:
    """How many rows PostgreSQL has."""
    with town.engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def device_of(town: Town) -> str:
    """The one device there is."""
    with town.engine.connect() as connection:
        return str(connection.execute(select(device.c.id)).scalar_one())


def unlock(laptop: Laptop) -> None:
    """Type the passphrase at the start."""
    hand = laptop.hand
    hand.front()
    hand.fill("Passphrase", PASSPHRASE)
    hand.press("Return")


def test_a_revoked_laptop_hands_in_its_work_and_lets_go_of_the_rest(town: Town) -> None:
    """Unsent work is held for a supervisor, every row leaves the device, and its window says what happened; given back,
    work goes on."""
    ruth = town.laptop(RUTH)
    case = steps.log_damp(ruth)
    steps.sync(ruth)
    steps.cut(ruth)
    steps.open_case(ruth, case.reference)
    steps.add_note(ruth, case, "Rang from the basement; she will be in on Friday.")
    town.staff.revoke(device_of(town))
    ruth.line.restore()
    ruth.session.network.sync_now()
    wait_held(ruth, "Your access on this device has ended", "held for a supervisor", "left this device")
    until(lambda: not look_held(ruth, names), "the residents have left the device")

    assert ruth.program.session is None
    assert "Comfort" not in held_words(ruth)
    assert look_held(ruth, unsent_count) == 0
    assert count(town, central_table(HeldWork)) == 1
    assert count(town, receipt) >= 1
    assert len(records_of(town, Note)) == 0


def records_of(town: Town, kind: type[Any]) -> list[str]:
    """The records of a kind at the office."""
    table = central_table(kind)
    with town.engine.connect() as connection:
        return list(connection.execute(select(table.c.id)).scalars())


def test_a_lost_laptop_is_wiped_at_its_next_contact(town: Town) -> None:
    """What was not sent is handed in, then keys, store and files are destroyed; the next thing to be seen is the page
    for setting a laptop up, which says why."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)
    save_person(ruth, "Not sent yet")
    known = read_laptop(town.folder / RUTH.username).last()
    assert known is not None
    folder = store_folder(town.folder / RUTH.username, known)
    town.staff.wipe(device_of(town))
    ruth.line.restore()
    ruth.session.network.sync_now()
    until(lambda: ruth.program.door is not None, "the page for setting a laptop up")
    said = words_in(ruth.program.door)  # type: ignore[arg-type]  # it is there

    assert "Everything of Almoner for your account was removed from this device" in said
    assert "One-time code" in said
    assert not folder.exists()
    assert read_laptop(town.folder / RUTH.username).enrolments == ()
    with town.engine.connect() as connection:
        assert connection.execute(select(receipt.c.wiped)).scalars().all().count(True) == 1
    assert count(town, central_table(HeldWork)) == 1


def test_a_laptop_away_too_long_locks_and_unlocks_itself(town: Town) -> None:
    """Past its lease nothing of a resident is shown, only why, what to do and how much is unsent; the first good
    contact opens it again with everything on it."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)
    save_person(ruth, "Told at the door")
    town.clock.advance(days=4)
    ruth.session.network.sync_now()
    wait_held(ruth, "Locked until the office is reached", "Your unsent work is safe")
    hand = ruth.hand
    hand.front()
    hand.to("Show unsent count")
    hand.press("Space")
    wait_held(ruth, "1 change not sent yet.")
    locked = held_words(ruth)
    ruth.line.restore()
    hand.to("Connect now")
    hand.press("Space")
    until(lambda: ruth.program.session is not None, "it unlocks by itself")
    until(lambda: ruth.look(unsent_count) == 0, "the work is sent")

    assert "Comfort" not in locked
    assert "Told at the door" in ruth.look(names)
    assert "Comfort Adjei" in ruth.look(names)


def test_a_locked_laptop_stays_locked_when_it_is_opened_again(town: Town) -> None:
    """The passphrase alone does not open what was away too long."""
    ruth = town.laptop(RUTH)
    steps.cut(ruth)
    ruth.program.lock()
    town.clock.advance(days=4)
    unlock(ruth)
    wait_held(ruth, "Locked until the office is reached")

    assert ruth.program.session is None
    assert "Comfort" not in held_words(ruth)


class Gate:
    """Lets only so many pages of a pull through; then the line is cut, until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
        self.is_open = False
        pull = HttpPeer.pull

        def some(peer: HttpPeer, message: Pull) -> Iterator[Page]:
            for number, page in enumerate(pull(peer, message)):
                if number >= pages and not self.is_open:
                    raise PeerTrouble(PeerKind.OFFLINE, "The line was cut.", "It is tried again.")
                yield page

        monkeypatch.setattr(HttpPeer, "pull", some)


def seed_many(town: Town) -> Case:
    """A council with many residents, and one open case of Ruth's."""
    put_records(
        town.engine,
        [Person(id=f"p-{number:05}", full_name=f"Person {number}") for number in range(MANY)],
        now=town.clock.now(),
    )
    now = town.clock.now()
    case = Case(
        id="own", reference=make_reference("ASH", 7), service="damp-and-mould", title="Black mould", stage="reported",
        case_kind="potential-significant-hazard",
        team_id=RUTH.team_id, owner_id=RUTH.id, opened_by=RUTH.id, aware_at=now, recorded_at=now,
    )  # fmt: skip
    put_records(town.engine, [case], now=now)
    return case


def test_work_begins_before_the_first_load_ends(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The window opens with the officer's own cases while residents still come; what is saved meanwhile is sent, the
    load goes on where the line was cut, and says how far it is."""
    gate, case = Gate(monkeypatch, pages=2), seed_many(town)
    ruth = town.laptop(RUTH)
    before = len(ruth.look(lambda reading: reading.all_of(Person, limit=5_000)))
    told: list[str] = []
    network, shell = ruth.session.network, ruth.session.shell
    network.progress.connect(lambda *_far: told.append(shell.loading.words))
    until(lambda: network.is_first_load(), "the first load is under way")
    own = ruth.look(lambda reading: reading.find(Case, case.id))
    steps.open_case(ruth, case.reference)
    steps.add_note(ruth, case, "Begun before everything was here.")
    during = network.is_first_load()
    gate.is_open = True
    network.sync_now()
    until(lambda: not network.is_first_load(), "everything has come")
    until(lambda: shell.loading.isHidden(), "the strip goes away")
    until(lambda: len(records_of(town, Note)) == 1, "the note is at the office")
    after = len(ruth.look(lambda reading: reading.all_of(Person, limit=5_000)))

    assert own is not None
    assert during
    assert before < MANY
    assert after == MANY + 3
    assert any(words.startswith("Receiving: ") and " of " in words for words in told)


def test_a_first_load_that_is_cut_goes_on_at_the_next_start_without_a_new_code(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is cut before it is even known who works here: the window says so; at the next start the passphrase is
    enough, and it goes on."""
    gate = Gate(monkeypatch, pages=0)
    seed_many(town)
    ruth = town.laptop(RUTH, is_set_up=False)
    ruth.set_up(town.staff.new_code(RUTH.username)[0], waits=False)
    wait_held(ruth, "Your work is being fetched", "The line was cut.", "on its own")
    first = ruth.program
    first.held.end()  # type: ignore[union-attr]  # as when the computer is switched off
    first.held = None
    first.start()
    gate.is_open = True
    unlock(ruth)
    until(lambda: ruth.program.session is not None, "work can begin")
    until(lambda: not ruth.session.network.is_first_load(), "everything has come")

    assert len(ruth.look(lambda reading: reading.all_of(Person, limit=5_000))) == MANY + 3
    assert count(town, device) == 1
    laptop = read_laptop(town.folder / RUTH.username).last()
    assert laptop is not None
    assert (laptop.full_name, laptop.council) == (RUTH.full_name, COUNCIL.name)


@pytest.fixture
def careful_town(qapp: QApplication, council: Engine, postgres_url: str, tmp_path: Path) -> Iterator[Town]:
    """Ashmere, whose saves count as safe only when they are in a backup."""
    more: Any = {"access_seconds": LONG_STAY, "durable": Durable.BACKUP}
    with open_town(qapp, council, postgres_url, tmp_path, **more) as made:
        yield made


def restore(town: Town, dump: Path) -> None:
    """Put the database back to what it was when it was copied, in its place."""
    words = [PROGRAMS.restore, "--no-owner", "--clean", "--if-exists", "--single-transaction"]
    done = subprocess.run(
        [*words, f"--dbname={town.engine.url.database}", str(dump)],
        env=environment_of(town.engine),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with town.engine.begin() as connection:
        begin_anew(connection, "after the restore")


def test_a_restored_server_is_told_in_words_and_what_it_lost_is_sent_again(careful_town: Town) -> None:
    """Work sent after the last backup is kept on the laptop, listed as such, and offered again; the page about sync
    says what happened."""
    town = careful_town
    ruth = town.laptop(RUTH)
    steps.sync(ruth)
    ruth.line.cut()
    copied = back_up(town.engine, town.folder / "copies", "", town.clock, keep=3, programs=PROGRAMS)
    ruth.line.restore()
    save_person(ruth, "Told after the backup")
    steps.sync(ruth)
    kept = ruth.look(kept_until_durable_count)
    tabs = ruth.session.shell.screen_open.findChild(Tabs)
    assert tabs is not None
    until(lambda: tabs.tabText(1) == "Kept until backed up 1", "the page says what is kept")
    steps.cut(ruth)
    restore(town, copied.dump)
    lost = "told-after-the-backup" not in records_of(town, Person)
    ruth.line.restore()
    steps.sync(ruth)
    steps.wait_for(ruth, "The office's server was restored from a backup")

    assert kept == 1
    assert lost
    assert "told-after-the-backup" in records_of(town, Person)


def test_two_copies_of_one_store_both_go_on(town: Town, tmp_path: Path) -> None:
    """A disk that was copied makes two laptops of one: the second copy goes on in a generation of its own, both windows
    come to show the same, nothing counts twice, and the page about sync says so."""
    ruth = town.laptop(RUTH)
    save_person(ruth, "Before the copy")
    steps.sync(ruth)
    ruth.program.lock()
    twin = copy_of(town, ruth)
    unlock(ruth)
    until(lambda: ruth.program.session is not None, "the first copy is open")
    save_person(ruth, "From the first")
    steps.sync(ruth)
    twin.program.start()
    steps_cut = twin.line.is_whole
    twin.line.cut()
    unlock(twin)
    until(lambda: twin.program.session is not None, "the second copy is open")
    save_person(twin, "From the second")
    twin.line.restore()
    steps.sync(twin)
    steps.sync(ruth)
    steps.sync(twin)
    steps.wait_for(twin, "A second copy of this device's store was noticed")
    both = {"Before the copy", "From the first", "From the second"}

    assert steps_cut
    assert both <= ruth.look(names)
    assert ruth.look(names) == twin.look(names)
    assert len([each for each in records_of(town, Person) if each.startswith(("from-the", "before-the"))]) == 3
    generations = {each.look(lambda reading: reading.fact("generation")) for each in (ruth, twin)}
    assert generations == {"1", "2"}


def copy_of(town: Town, laptop: Laptop) -> Laptop:
    """A copy of a laptop's disk and keyring, as they lie there now, on a line of its own."""
    twin = town.laptop(SANA, is_set_up=False)
    home, places = town.folder / laptop.username, laptop.program._places
    there = twin.program._places
    shutil.copytree(home, there.home, dirs_exist_ok=True)
    theirs, ours = there.keyring(), places.keyring()
    vars(theirs)["_kept"].update(vars(ours)["_kept"])
    text = (there.home / "laptop.json").read_text()
    (there.home / "laptop.json").write_text(text.replace(f":{laptop.line.port}", f":{twin.line.port}"))
    # Tokens are kept under the address of the server, which for the copy is another line to the same.
    old = TokenKeeper(ours, f"http://127.0.0.1:{laptop.line.port}", laptop.username).held()  # type: ignore[arg-type]
    assert old is not None
    TokenKeeper(theirs, f"http://127.0.0.1:{twin.line.port}", laptop.username).keep(old)  # type: ignore[arg-type]
    return twin
