"""A council restored from a copy: nothing that a laptop sent is lost, and nothing counts twice."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, create_engine, func, select, text
from sqlalchemy.pool import NullPool
from tests.sync.laptops import OWEN, RUTH, STAFF, START, Laptop

from almoner.outside.clock import PretendClock
from almoner.outside.postgres import EmbeddedPostgres, postgres_programs
from almoner.records import SCHEMA, Case, Note
from almoner.records.trouble import Trouble
from almoner.server.backup import Copied, Programs, back_up, environment_of
from almoner.server.commands import server
from almoner.server.database import prove_ready
from almoner.server.object_store import open_object_store
from almoner.server.settings import Settings
from almoner.store.central import central_table, field_history, mutation
from almoner.store.central_devices import SLOWEST_PUSH, backed_up_at
from almoner.store.central_life import begin_anew, note_backed_up, set_fact, settle_in
from almoner.store.central_scopes import server_epoch
from almoner.sync.client import SyncOutcome
from almoner.sync.messages import Hello
from almoner.sync.seeding import put_records
from almoner.sync.serving import Durable, ServerPeer, Session

PROGRAMS = Programs(str(postgres_programs() / "pg_dump"), str(postgres_programs() / "pg_restore"))
LATER = SLOWEST_PUSH + timedelta(minutes=1)


class Council:
    """A council that may be restored: what it serves from changes under the laptops."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine, self.folder, self.clock = engine, folder, PretendClock(START)
        self.laptops: list[Laptop] = []
        put_records(engine, STAFF, now=START)

    def peer(self, user: Any) -> ServerPeer:
        session = Session(user_id=user.id, device_id=f"device of {user.id}")
        return ServerPeer(self.engine, session, now=self.clock.now, durable=Durable.BACKUP)

    def laptop(self, user: Any) -> Laptop:
        made = Laptop(self, user, self.folder / user.id, seed=len(self.laptops) + 1)  # type: ignore[arg-type]  # a Centre
        self.laptops.append(made)
        return made

    def later(self) -> None:
        self.clock.advance(hours=LATER.total_seconds() / 3600)
        for laptop in self.laptops:
            laptop.clock.advance(hours=LATER.total_seconds() / 3600)

    def back_up(self, **more: Any) -> Copied:
        options = {"files": "", "keep": 14, "programs": PROGRAMS, **more}
        return back_up(self.engine, self.folder / "copies", options.pop("files"), self.clock, **options)

    def restore(self, engine: Engine, dump: Path) -> None:
        """Serve from another database from now on, filled from a copy."""
        _fill(engine, dump)
        self.engine = engine
        with engine.begin() as connection:
            begin_anew(connection, "another epoch")
        for laptop in self.laptops:
            laptop.line._peer._peer = self.peer(laptop.user)  # type: ignore[attr-defined]  # the wire under the line

    def count(self, table: Any) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _fill(engine: Engine, dump: Path) -> None:
    words = [PROGRAMS.restore, "--no-owner", "--exit-on-error", f"--dbname={engine.url.database}", str(dump)]
    done = subprocess.run(words, env=environment_of(engine), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def council_of_laptops(council: Engine, tmp_path: Path) -> Iterator[Council]:
    made = Council(council, tmp_path)
    yield made
    for laptop in made.laptops:
        laptop.store.close()


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """A database with nothing in it, as `createdb` makes one."""
    maker = create_engine(postgres.url(), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with maker.connect() as connection:
        connection.execute(text("CREATE DATABASE restored"))
    engine = create_engine(postgres.url("restored"))
    yield engine
    engine.dispose()
    with maker.connect() as connection:
        connection.execute(text("DROP DATABASE restored WITH (FORCE)"))
    maker.dispose()


def _rounds(*laptops: Laptop) -> list[SyncOutcome]:
    for _ in range(3):
        outcomes = [laptop.sync() for laptop in laptops]
    return outcomes


def test_work_sent_after_the_copy_comes_again_after_a_restore(
    council_of_laptops: Council, empty_database: Engine
) -> None:
    """A real copy, saves after it, a real restore: every note and change is there once, on every machine."""
    town = council_of_laptops
    ruth, owen = town.laptop(RUTH), town.laptop(OWEN)
    case = ruth.new_case("Mould")
    ruth.new_note(case.id, "Before the copy.")
    _rounds(ruth, owen)
    town.later()
    copied = town.back_up()
    _rounds(ruth, owen)
    ruth.change(Case, case.id, title="Mould behind the wardrobe")
    ruth.new_note(case.id, "Ruth, after the copy.")
    owen.new_note(case.id, "Owen, after the copy.")
    _rounds(ruth, owen)
    ruth.new_case("Taken down after the copy")
    _rounds(ruth)
    town.restore(empty_database, copied.dump)
    before = town.count(mutation)
    outcomes = _rounds(ruth, owen)

    assert before < town.count(mutation)
    assert all(o.proved_equal and o.unsent == 0 for o in outcomes), outcomes
    for laptop in (ruth, owen):
        assert {note.text for note in laptop.all_of(Note)} == {
            "Before the copy.", "Ruth, after the copy.", "Owen, after the copy.",
        }  # fmt: skip
        assert {c.title for c in laptop.all_of(Case)} == {"Mould behind the wardrobe", "Taken down after the copy"}
    assert town.count(central_table(Note)) == 3
    assert town.count(central_table(Case)) == 2


def test_nothing_is_let_go_before_a_copy_holds_it(council_of_laptops: Council) -> None:
    """What was sent stays on the laptop until a whole copy began well after it was received."""
    town = council_of_laptops
    ruth = town.laptop(RUTH)
    case = ruth.new_case()
    seen = [_durable(ruth)]
    ruth.sync()
    seen.append(_durable(ruth))
    town.back_up()
    seen.append(_durable(ruth))
    town.later()
    ruth.new_note(case.id)
    ruth.sync()
    town.back_up()
    seen.append(_durable(ruth))

    assert seen == [0, 0, 0, 1], "a copy that began just after the save may lack it"


def _durable(laptop: Laptop) -> int:
    client_id = laptop.read(lambda reading: reading.fact("client_id")) or ""
    seq = int(laptop.read(lambda reading: reading.fact("client_seq")) or 0)
    hello = Hello(client_id=client_id, generation=1, schema=SCHEMA, last_seq=seq)
    return laptop.line.hello(hello).durable_client_seq


def test_a_copy_that_fails_frees_nothing(council_of_laptops: Council, tmp_path: Path) -> None:
    """A program that is not there or fails is said in words, leaves no half copy, and moves no durable point."""
    town = council_of_laptops
    for programs in (Programs("no-such-program"), Programs("false")):
        with pytest.raises(Trouble):
            town.back_up(programs=programs)
    with town.engine.connect() as connection:
        assert backed_up_at(connection) is None

    assert list((tmp_path / "copies").glob("*")) == []


def test_a_copy_that_cannot_be_read_frees_nothing(council_of_laptops: Council, tmp_path: Path) -> None:
    """What was written is read again before it counts."""
    liar = tmp_path / "liar"
    liar.write_text('#!/bin/sh\nfor w in "$@"; do case "$w" in --file=*) echo no > "${w#--file=}";; esac; done\n')
    liar.chmod(0o700)
    with pytest.raises(Trouble, match="pg_restore failed"):
        council_of_laptops.back_up(programs=Programs(str(liar), PROGRAMS.restore))
    with council_of_laptops.engine.connect() as connection:
        assert backed_up_at(connection) is None


def test_the_files_are_copied_after_the_database_and_once(council_of_laptops: Council, tmp_path: Path) -> None:
    """Finished attachments come along, unfinished ones do not, and a second copy adds what is new only."""
    town, store = council_of_laptops, open_object_store(str(tmp_path / "attachments"))
    names = [c * 64 for c in "ab"]
    obstore.put(store, f"aa/{names[0]}", b"one")
    obstore.put(store, f"unfinished/{names[1]}/5/begun", b"")
    first = town.back_up(files=str(tmp_path / "attachments"))
    obstore.put(store, f"bb/{names[1]}", b"two")
    town.later()
    second = town.back_up(files=str(tmp_path / "attachments"))
    files = {path.name: path.read_bytes() for path in (tmp_path / "copies" / "files").rglob("*") if path.is_file()}

    assert (first.files, second.files) == (1, 1)
    assert files == {names[0]: b"one", names[1]: b"two"}


def test_old_copies_make_room(council_of_laptops: Council, tmp_path: Path) -> None:
    """Only so many copies of the database are kept, the newest."""
    dumps = []
    for _ in range(3):
        council_of_laptops.later()
        dumps.append(council_of_laptops.back_up(keep=2).dump)

    assert sorted((tmp_path / "copies").glob("*.dump")) == dumps[1:]


def test_the_durable_point_never_goes_back(council: Engine) -> None:
    """Word of an older copy, arriving late, changes nothing."""
    with council.begin() as connection:
        answers = [note_backed_up(connection, START + timedelta(hours=h)) for h in (2, 1, 2, 3)]
        assert backed_up_at(connection) == START + timedelta(hours=3)

    assert answers == [True, False, False, True]


def test_a_database_that_was_restored_is_noticed_at_the_start(council: Engine, postgres_url: str) -> None:
    """A forgotten command loses nothing: the service begins a new epoch in a database it has not served before."""
    settings = Settings(database_url=postgres_url, files="", connections=1)
    with council.connect() as connection:
        first = server_epoch(connection)
    told = [prove_ready(settings), prove_ready(settings)]
    with council.begin() as connection:
        same = server_epoch(connection)
        set_fact(connection, "home", "another/database/1")
    told.append(prove_ready(settings))
    with council.begin() as connection:
        fresh = server_epoch(connection)
        assert not settle_in(connection, "yet another")

    assert told == [False, False, True]
    assert first == same != fresh


def _run(url: str, *words: str) -> Any:
    return CliRunner().invoke(server, words, env={"ALMONER_DATABASE_URL": url}, prog_name="almoner server")


def test_the_commands_say_what_was_done(council: Engine, postgres_url: str, tmp_path: Path) -> None:
    """`backup`, `backed-up` and `restored` as IT types them."""
    programs = ["--pg-dump", PROGRAMS.dump, "--pg-restore", PROGRAMS.restore]
    copied = _run(postgres_url, "backup", str(tmp_path / "copies"), "--without-files", *programs)
    older = _run(postgres_url, "backed-up", "--began", "2020-01-01T00:00:00+00:00")
    with council.connect() as connection:
        before = server_epoch(connection)
    restored = _run(postgres_url, "restored")
    with council.connect() as connection:
        after = server_epoch(connection)

    assert ".dump" in copied.output, copied.output
    assert "later copy" in older.output
    assert "send again" in restored.output
    assert before != after


@pytest.mark.parametrize("began", ["today", "2026-12-17T02:00:00", "2999-01-01T00:00:00+00:00"])
def test_an_instant_that_would_free_too_much_is_refused(postgres_url: str, began: str) -> None:
    """Without a zone, or in the future, it would let laptops drop what no copy holds."""
    done = _run(postgres_url, "backed-up", "--began", began)

    assert isinstance(done.exception, Trouble)


def test_the_history_of_what_came_again_is_kept(council_of_laptops: Council, empty_database: Engine) -> None:
    """Every value offered after the copy is in the history of the restored council."""
    town = council_of_laptops
    ruth = town.laptop(RUTH)
    town.later()
    copied = town.back_up()
    case = ruth.new_case("Mould")
    ruth.change(Case, case.id, title="Damp")
    _rounds(ruth)
    town.restore(empty_database, copied.dump)
    _rounds(ruth)
    with town.engine.connect() as connection:
        offered = connection.execute(select(field_history.c.value).where(field_history.c.field == "title")).scalars()
        assert list(offered) == ["Damp"]
