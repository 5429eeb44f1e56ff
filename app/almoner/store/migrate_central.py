"""Bringing the council's PostgreSQL up to this version: Alembic's migrations, in one transaction, one server at a
time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from almoner.records.trouble import Trouble

_PACKAGE = Path(__file__).resolve().parent.parent
_ONE_AT_A_TIME = 7_265_091_137
"""The advisory lock that keeps two servers from upgrading at once."""


def _folder() -> Path:
    installed = _PACKAGE / "_migrations" / "central"
    return installed if installed.is_dir() else _PACKAGE.parent.parent / "migrations" / "central"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def heads(engine: Engine) -> tuple[str, str]:
    """The migration the database is at (empty: none yet) and the one this version of Almoner wants."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    assert wanted is not None, "there are no migrations"
    return found or "", wanted


def upgrade(engine: Engine) -> None:
    """Bring the database to this version; nothing happens when it is there. Raises Trouble when it is newer."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    config = _config()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in known:
            raise Trouble(
                "The council's database belongs to a newer version of Almoner.",
                "Install that version on this server; nothing was changed.",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
