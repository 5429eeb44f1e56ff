"""A laptop that comes back with the work of an older version: its store opens, is brought up to date, and syncs.

The store and the council's database in `tests/golden/upgrade` were written by the first schema; see the README there.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool
from tests.postgres import _run
from tests.sync.laptops import OWEN, RUTH, START, ByWire, Centre, Laptop

from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.postgres import EmbeddedPostgres
from almoner.outside.resources import migrations_dir
from almoner.records import SCHEMA, Case, Note, Person
from almoner.records.mutation import Verdict
from almoner.store import migrate_central, outbox
from almoner.store.central import mutation
from almoner.store.central_saves import in_history_or_held
from almoner.store.migrate import copies_folder, open_store
from almoner.store.opening import OldStore, Store
from almoner.store.salvage import repair
from almoner.sync.messages import Hello, HelloReply, Push, PushReply
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.serving import OLDEST_SCHEMA, ServerPeer

GOLDEN = Path(__file__).parents[1] / "golden" / "upgrade"
KEY = bytes(range(32))
FIRST = {"schema": 1, "protocol": 1}
"""What a laptop of the first version says of itself."""


def old_store(folder: Path) -> Path:
    """The folder of Ruth's laptop as the first version left it."""
    for name in ("store", "journal"):
        shutil.copytree(GOLDEN / name, folder / name)
    return folder


def ruth_at(centre: Centre, folder: Path, peer: ServerPeer | None = None) -> Laptop:
    """Ruth's laptop with today's program and the store that lies in this folder."""
    laptop = Laptop.__new__(Laptop)
    laptop.user, laptop.clock, laptop.ids = RUTH, PretendClock(START), SeededIds(50)
    laptop.folder, laptop.centre = folder, centre
    laptop.store = open_store(folder, KEY, migrations_dir() / "local", new_id=laptop.ids.new)
    laptop.line = ByWire(peer or centre.peer(RUTH))  # type: ignore[assignment]  # a peer
    return laptop


@pytest.fixture
def old_council(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """A database of the version before this one, with the rows the first version wrote, brought up to date."""
    name = "old_council"
    _run(postgres, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _run(postgres, f"CREATE DATABASE {name}")
    engine = create_engine(postgres.url(name), poolclass=NullPool)
    with engine.begin() as connection:
        config = migrate_central._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # rows come in any order
        for table, rows in json.loads((GOLDEN / "central.json").read_text(encoding="utf-8")).items():
            if table != "alembic_version":
                fill = f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", :rows)'
                connection.execute(text(f'DELETE FROM "{table}"'))
                connection.execute(text(fill), {"rows": json.dumps(rows)})
    migrate_central.upgrade(engine)
    yield engine
    engine.dispose()
    _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


class TodaysCentre(Centre):
    """The server with a database that is already filled."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.clock, self.ids = engine, PretendClock(START), SeededIds(0)


def texts(laptop: Laptop) -> dict[str, str]:
    """What an officer reads: titles of cases and texts of notes."""
    cases = {case.id: case.title for case in laptop.all_of(Case)}
    return cases | {note.id: note.text for note in laptop.all_of(Note)}


WRITTEN = {
    "Mould in both bedrooms", "Leak under the sink", "Window will not shut",
    "Rang; no answer.", "Visited: the wall behind the bed is wet.", "Draught at night.",
}  # fmt: skip


def answers(centre: Centre, laptop: Laptop) -> dict[str, list[str]]:
    """The verdicts the server gave this laptop's saves, in order, by verdict."""
    found: dict[str, list[str]] = {}
    for row in sorted(centre.rows(mutation), key=lambda row: row["client_seq"]):
        found.setdefault(row["verdict"], []).append(row["kind"])
    return found


def test_an_old_store_opens_with_its_unsent_work(centre: Centre, tmp_path: Path) -> None:
    """It is refused until it is brought up to date, a copy from before is kept, and everything typed is there."""
    folder = old_store(tmp_path / "ruth")
    with pytest.raises(OldStore):
        Store.open(folder, KEY)
    ruth = ruth_at(centre, folder)

    assert ruth.unsent() == 5
    assert set(texts(ruth).values()) == WRITTEN
    assert [person.support_needs for person in ruth.all_of(Person)] == [("hearing", "stairs")]
    assert len(list(copies_folder(folder).iterdir())) == 1
    ruth.store.close()


def test_its_work_reaches_a_server_that_was_brought_up_to_date(old_council: Engine, tmp_path: Path) -> None:
    """All five saves are applied on what they were made on, another laptop gets them, and both are proved equal."""
    centre = TodaysCentre(old_council)
    ruth, owen = ruth_at(centre, old_store(tmp_path / "ruth")), Laptop(centre, OWEN, tmp_path / "owen", seed=2)
    before = len(centre.rows(mutation))
    outcomes = [ruth.sync(), owen.sync(), ruth.sync()]

    assert all(outcome.proved_equal and outcome.repaired == () for outcome in outcomes)
    assert (outcomes[0].sent, outcomes[0].conflicts, outcomes[0].held, outcomes[0].rejected) == (5, 0, 0, 0)
    assert len(centre.rows(mutation)) == before + 5
    assert texts(owen) == texts(ruth)
    assert set(texts(owen).values()) == WRITTEN
    assert owen.holds() == centre.holds(OWEN)
    assert ruth.unsent() == 0
    for laptop in (ruth, owen):
        laptop.store.close()


def test_what_the_old_server_answered_is_not_counted_twice(old_council: Engine, tmp_path: Path) -> None:
    """A second copy of the same old laptop, restored from a backup after the first synced, adds nothing."""
    centre = TodaysCentre(old_council)
    first, again = ruth_at(centre, old_store(tmp_path / "one")), ruth_at(centre, old_store(tmp_path / "two"))
    first.sync()
    count = len(centre.rows(mutation))
    outcome = again.sync()

    assert outcome.proved_equal
    assert len(centre.rows(mutation)) == count
    assert texts(again) == texts(first)
    for laptop in (first, again):
        laptop.store.close()


def test_its_work_is_kept_by_a_server_that_knows_nothing_of_it(centre: Centre, tmp_path: Path) -> None:
    """A new server that has none of the old records applies what stands alone and holds the rest; nothing is lost."""
    ruth = ruth_at(centre, old_store(tmp_path / "ruth"))
    outcome = ruth.sync()
    with centre.engine.connect() as connection:
        known = {row["mutation_id"] for row in centre.rows(mutation)}
        kept = in_history_or_held(connection, known)

    assert (outcome.sent, outcome.unsent) == (5, 0)
    assert answers(centre, ruth) == {"held": ["case", "person", "note"], "applied": ["case", "note"]}
    assert known == kept
    assert {case.title for case in ruth.all_of(Case)} >= {"Window will not shut"}
    assert len(ruth.returned()) == 3
    ruth.store.close()


def test_the_old_journal_gives_back_what_the_old_database_lost(centre: Centre, tmp_path: Path) -> None:
    """A store damaged on the way to the new version is repaired out of the journal the first version wrote."""
    folder = old_store(tmp_path / "ruth")
    (folder / "store" / "store.db").write_bytes(bytes(100_000))
    repaired = repair(folder, KEY, tmp_path / "repaired")
    ruth = ruth_at(centre, tmp_path / "repaired")

    assert repaired.from_journal == 5
    assert ruth.unsent() == 5
    assert "Window will not shut" in texts(ruth).values()
    assert ruth.sync().sent == 5
    ruth.store.close()


class OfTheFirstVersion(ByWire):
    """A line on which a laptop says what one of the first version would say."""

    def hello(self, message: Hello) -> HelloReply:
        return super().hello(msgspec.structs.replace(message, **FIRST))

    def push(self, message: Push) -> PushReply:
        old = [replace(save, schema=1) for save in message.mutations]
        return super().push(msgspec.structs.replace(message, mutations=old))


class WithALaterField(ByWire):
    """A line of a laptop of the next version, whose cases have a field that nobody here knows."""

    def push(self, message: Push) -> PushReply:
        later = [
            replace(save, schema=SCHEMA + 1, values=save.values | {"damp_meter": 17, "rooms": ["hall"]})
            if save.kind == Case.kind
            else save
            for save in message.mutations
        ]
        return super().push(msgspec.structs.replace(message, mutations=later))


def test_a_laptop_of_the_first_version_works_with_this_server(centre: Centre, enrol: Callable[..., Laptop]) -> None:
    """It sends, receives and is proved equal, beside a laptop of today."""
    ruth, owen = enrol(RUTH), enrol(OWEN)
    ruth.line = OfTheFirstVersion(centre.peer(RUTH))  # type: ignore[assignment]  # a peer
    case = ruth.new_case()
    ruth.new_note(case.id)
    outcomes = [ruth.sync(), owen.sync()]
    owen.change(Case, case.id, title="Damp")
    outcomes += [owen.sync(), ruth.sync()]

    assert all(outcome.proved_equal for outcome in outcomes)
    assert ruth.find(Case, case.id).title == "Damp"
    assert {row["verdict"] for row in centre.rows(mutation)} == {Verdict.APPLIED}


def test_an_older_laptop_carries_the_fields_of_a_newer_one(centre: Centre, enrol: Callable[..., Laptop]) -> None:
    """What it does not know it keeps, proves, and gives back unchanged when it changes something else."""
    newer, older = enrol(RUTH), enrol(OWEN)
    newer.line = WithALaterField(centre.peer(RUTH))  # type: ignore[assignment]  # a peer
    older.line = OfTheFirstVersion(centre.peer(OWEN))  # type: ignore[assignment]  # a peer
    case = newer.new_case()
    outcomes = [newer.sync(), older.sync()]
    older.change(Case, case.id, title="Damp")
    outcomes += [older.sync(), newer.sync()]

    assert all(outcome.proved_equal for outcome in outcomes)
    assert centre.value(Case, case.id, "extra") == {"damp_meter": 17, "rooms": ["hall"]}
    assert newer.find(Case, case.id).title == "Damp"


class NeedsALaterVersion(ByWire):
    """A server that has gone on and answers this laptop's version no more."""

    def hello(self, message: Hello) -> HelloReply:
        reply: Any = super().hello(message)
        return HelloReply(**msgspec.structs.asdict(reply) | {"schema_min": SCHEMA + 1, "schema_max": SCHEMA + 3})


def test_a_laptop_that_is_too_old_may_still_send(centre: Centre, enrol: Callable[..., Laptop]) -> None:
    """Its work goes up and is answered, it is told what to do, and it goes on with what it has."""
    ruth = enrol(RUTH)
    ruth.line = NeedsALaterVersion(centre.peer(RUTH))  # type: ignore[assignment]  # a peer
    case = ruth.new_case()
    with pytest.raises(PeerTrouble, match="newer version") as caught:
        ruth.sync()

    assert caught.value.kind is PeerKind.TOO_OLD
    assert ruth.read(outbox.unsent_count) == 0
    assert centre.value(Case, case.id, "title") == "Mould in the bedroom"
    ruth.new_note(case.id)
    with pytest.raises(PeerTrouble):
        ruth.sync()
    assert len(centre.rows(mutation)) == 2


def test_the_window_of_versions_is_three(centre: Centre) -> None:
    """A server answers this version and the two before it in full, so that laptops may be updated one by one."""
    reply = centre.peer(RUTH).hello(Hello(client_id="c", generation=1, schema=SCHEMA))

    assert (reply.schema_min, reply.schema_max) == (OLDEST_SCHEMA, SCHEMA)
    assert max(1, SCHEMA - 2) == OLDEST_SCHEMA
