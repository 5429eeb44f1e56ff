"""The council's tables: migrated step by step, they are what the code believes, and they change on purpose only."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from almoner.records.trouble import Trouble
from almoner.store import migrate_central
from almoner.store.central import CENTRAL, server_fact

GOLDEN = Path(__file__).parents[1] / "golden" / "central_schema.sql"


def _described() -> str:
    dialect = postgresql.dialect()
    said = []
    for table in sorted(CENTRAL.tables.values(), key=lambda t: t.name):
        said.append(str(CreateTable(table).compile(dialect=dialect)).strip() + ";")
        for index in sorted(table.indexes, key=lambda i: str(i.name)):
            said.append(str(CreateIndex(index).compile(dialect=dialect)).strip() + ";")
    return "\n\n".join(line.replace("\t", "    ").replace(" \n", "\n") for line in said) + "\n"


def test_the_schema_changes_on_purpose_only() -> None:
    """A record's new field shows here as a difference to be read, and needs a migration."""
    assert _described() == GOLDEN.read_text(encoding="utf-8"), (
        "The council's tables changed. Write a migration in migrations/central, then write the golden file anew with: "
        "python -m tests.sync.test_central_tables"
    )


def test_the_migrations_make_what_the_code_declares(council: Engine) -> None:
    """An upgraded database differs in nothing from the declared tables."""
    with council.connect() as connection:
        found = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(found, CENTRAL) == []


def test_upgrading_again_changes_nothing_and_keeps_the_epoch(council: Engine) -> None:
    """Every server start may upgrade; a new epoch would make every laptop start afresh."""
    with council.connect() as connection:
        before = connection.execute(select(server_fact)).all()
    migrate_central.upgrade(council)

    with council.connect() as connection:
        assert connection.execute(select(server_fact)).all() == before
    found, wanted = migrate_central.heads(council)
    assert found == wanted


def test_an_empty_database_is_at_no_migration(postgres_url: str) -> None:
    """The health check must tell a database that was never upgraded."""
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))

    found, wanted = migrate_central.heads(engine)
    engine.dispose()

    assert (found, bool(wanted)) == ("", True)


def test_a_newer_database_is_refused_and_left_alone(council: Engine) -> None:
    """An old server in front of a newer database must say so, and touch nothing."""
    with council.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Trouble, match="newer version"):
        migrate_central.upgrade(council)

    assert migrate_central.heads(council)[0] == "9999"


if __name__ == "__main__":
    GOLDEN.write_text(_described(), encoding="utf-8")
