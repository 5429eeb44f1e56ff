"""Bringing a store up to date: the steps end where the tables begin, all or nothing, after a copy was made."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from tests.builders import make_note, make_person
from tests.store.opened import MASTER, add, made, read

from almoner.outside.resources import migrations_dir
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store import migrate, opening
from almoner.store.connections import migration_engine, unlocked
from almoner.store.derivation import key_for
from almoner.store.migrate import copies_folder, open_store, upgrade
from almoner.store.opening import OldStore, Store, database_path
from almoner.store.outbox import unsent_count
from almoner.store.tables import KNOWN_REVISIONS, LOCAL, REVISION

LOCAL_STEPS = migrations_dir() / "local"
GOLDEN = Path(__file__).parents[1] / "golden" / "local_schema.sql"
KEY = key_for(MASTER, "database")
NEXT = f"{int(REVISION) + 1:04}"
"""The revision of the version after this one."""


def schema_of(connection: Connection) -> list[str]:
    """Every table and index, with columns in order, as SQLite understands them."""
    found = []
    names = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    ).scalars()
    for name in list(names):
        if name == "alembic_version":
            continue
        facts = connection.execute(text(f"PRAGMA table_list('{name}')")).mappings().one()
        found.append(f"TABLE {name}{' WITHOUT ROWID' if facts['wr'] else ''}")
        for column in connection.execute(text(f"PRAGMA table_info('{name}')")).mappings():
            rest = f"{' NOT NULL' if column['notnull'] else ''}{' KEY ' + str(column['pk']) if column['pk'] else ''}"
            found.append(f"  {column['name']} {column['type']}{rest}")
        for index in connection.execute(text(f"PRAGMA index_list('{name}')")).mappings().all():
            if index["origin"] != "pk":
                columns = connection.execute(text(f"PRAGMA index_info('{index['name']}')")).mappings()
                unique = "UNIQUE " if index["unique"] else ""
                name_shown = index["name"] if index["origin"] == "c" else "(constraint)"
                found.append(f"  {unique}INDEX {name_shown} ({', '.join(c['name'] for c in columns)})")
    return _indexes_sorted(found)


def _any_order(lines: list[str]) -> list[str]:
    """The same with a table's columns in the order of their names: an added column stands last in an older store."""
    table, named = "", []
    for line in lines:
        table = line if line.startswith("TABLE") else table
        named.append(f"{table} {line}")
    return sorted(named)


def _indexes_sorted(lines: list[str]) -> list[str]:
    tables: list[list[str]] = []
    for line in lines:
        if line.startswith("TABLE"):
            tables.append([])
        tables[-1].append(line)
    return [
        line
        for table in tables
        for line in [
            *(part for part in table if "INDEX" not in part),
            *sorted(part for part in table if "INDEX" in part),
        ]
    ]


def declared() -> list[str]:
    """The schema as the tables declare it."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        LOCAL.create_all(connection)
        found = schema_of(connection)
    engine.dispose()
    return found


def test_the_schema_is_as_the_golden_file_says() -> None:
    """The laptop's schema changes on purpose only, and then with a migration.

    To write the golden file: `python -m tests.store.test_migrate`.
    """
    assert declared() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_the_steps_end_where_the_tables_begin(tmp_path: Path) -> None:
    """A store made by all the steps has the schema of a store made new."""
    path = tmp_path / "x.db"
    unlocked(path, KEY, mode="rwc").close()

    migrate._migrate(path, KEY, LOCAL_STEPS)

    engine = migration_engine(path, KEY)
    with engine.begin() as connection:
        assert _any_order(schema_of(connection)) == _any_order(declared())
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == REVISION
    engine.dispose()
    assert KNOWN_REVISIONS[-1] == REVISION
    assert sorted(step.name[:4] for step in (LOCAL_STEPS / "versions").glob("0*.py")) == sorted(KNOWN_REVISIONS)


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The steps of a later version: the real first one, and room for more."""
    folder = tmp_path / "steps"
    shutil.copytree(LOCAL_STEPS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _step(steps: Path, body: str) -> None:
    (steps / "versions" / f"{NEXT}_next.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision = "{NEXT}"\ndown_revision = "{REVISION}"\nbranch_labels = None\ndepends_on = None\n\n\n'
        f"def upgrade() -> None:\n{body}\n"
    )


ADD_COLUMN = """\
    op.add_column("people", sa.Column("shoe_size", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("people") as people:
        people.alter_column("known_as", nullable=True)
"""
FAILS = ADD_COLUMN + '    raise RuntimeError("the power went")\n'
LOSES_ROWS = '    op.execute("DELETE FROM notes")\n'


@pytest.fixture
def later_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make this the version after: it works with the next revision and knows the others."""

    def become() -> None:
        for module in (opening, migrate):
            monkeypatch.setattr(module, "REVISION", NEXT)
        monkeypatch.setattr(opening, "KNOWN_REVISIONS", (*KNOWN_REVISIONS, NEXT))

    return become


def _filled(folder: Path) -> Path:
    store = made(folder)
    add(store, make_person(), *(make_note(n) for n in range(1, 20)))
    store.close()
    return folder


def test_an_older_store_is_brought_up_to_date(tmp_path: Path, steps: Path, later_version: Callable[[], None]) -> None:
    """It is refused by a plain opening, upgraded with its rows and unsent work, and a copy from before is kept."""
    folder = _filled(tmp_path / "s")
    _step(steps, ADD_COLUMN)
    later_version()
    with pytest.raises(OldStore):
        Store.open(folder, MASTER)

    store = open_store(folder, MASTER, steps)

    assert read(store, lambda r: r.get(Person, make_person().id)) == make_person()
    assert read(store, unsent_count) == 20
    sizes = read(store, lambda r: r.connection.execute(text("SELECT shoe_size FROM people")).scalars().all())
    assert sizes == [0]
    assert store.sidecar.revision == NEXT
    store.close()
    (copy,) = copies_folder(folder).iterdir()
    raw = unlocked(copy, KEY, mode="ro")
    assert raw.execute("SELECT count(*) FROM notes").fetchone() == (19,)
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (REVISION,)
    raw.close()
    assert upgrade(folder, MASTER, steps) is None


@pytest.mark.parametrize(("body", "said"), [(FAILS, "the power went"), (LOSES_ROWS, "rows were lost in")])
def test_a_failed_step_changes_nothing(tmp_path: Path, steps: Path, body: str, said: str) -> None:
    """A step that fails, or loses rows, is undone whole: the older version still opens the store."""
    folder = _filled(tmp_path / "s")
    before = _schema_and_counts(folder)
    _step(steps, body)
    with pytest.MonkeyPatch.context() as patch:
        for module in (opening, migrate):
            patch.setattr(module, "REVISION", NEXT)
        patch.setattr(opening, "KNOWN_REVISIONS", (*KNOWN_REVISIONS, NEXT))
        with pytest.raises((RuntimeError, AssertionError), match=said):
            open_store(folder, MASTER, steps)

    assert _schema_and_counts(folder) == before
    store = Store.open(folder, MASTER)
    assert read(store, unsent_count) == 20
    store.close()


def _schema_and_counts(folder: Path) -> tuple[list[str], dict[str, int]]:
    engine = migration_engine(database_path(folder), KEY)
    with engine.begin() as connection:
        found = schema_of(connection), migrate._row_counts(connection)
    engine.dispose()
    return found


def test_no_upgrade_without_room_for_a_copy(
    tmp_path: Path, steps: Path, later_version: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too little room nothing is begun."""
    folder = _filled(tmp_path / "s")
    _step(steps, ADD_COLUMN)
    later_version()
    monkeypatch.setattr(migrate.disk, "free_bytes", lambda _folder: 1000)

    with pytest.raises(Trouble, match="not enough room"):
        upgrade(folder, MASTER, steps)

    assert not copies_folder(folder).exists()
    with pytest.raises(OldStore):
        Store.open(folder, MASTER)


def test_no_upgrade_of_an_open_store(store: Store, steps: Path) -> None:
    """Another instance may be at work: the store is left alone."""
    with pytest.raises(Trouble, match="already open"):
        upgrade(store.folder, MASTER, steps)


def test_an_old_table_with_children_keeps_them(tmp_path: Path, steps: Path, later_version: Callable[[], None]) -> None:
    """Rebuilding a parent table deletes no child, because foreign keys are off while steps run."""
    folder = _filled(tmp_path / "s")
    raw = unlocked(database_path(folder), KEY)
    raw.execute("PRAGMA foreign_keys=ON")
    raw.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, person TEXT REFERENCES people(id) ON DELETE CASCADE)")
    raw.execute("INSERT INTO child SELECT 1, id FROM people")
    raw.close()
    _step(steps, ADD_COLUMN)
    later_version()

    upgrade(folder, MASTER, steps)

    raw = unlocked(database_path(folder), KEY, mode="ro")
    assert raw.execute("SELECT count(*) FROM child").fetchone() == (1,)
    raw.close()


def test_a_normal_start_does_not_load_the_migration_tool() -> None:
    """Alembic costs a tenth of a second and is needed only by an upgrade."""
    script = "import sys, almoner.store.migrate; sys.exit('alembic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0


def test_migrations_stand_alone() -> None:
    """A migration imports nothing of Almoner: it must work when the code around it has moved on."""
    for step in LOCAL_STEPS.rglob("*.py"):
        assert "almoner." not in step.read_text(encoding="utf-8"), step.name


if __name__ == "__main__":
    GOLDEN.write_text("\n".join(declared()) + "\n", encoding="utf-8")
