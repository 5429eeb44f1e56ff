"""What the commands of the server share: where the database is, words for a person, JSON for a script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import platformdirs
from sqlalchemy import Engine

from almoner.records.trouble import Trouble
from almoner.records.wire import Plain
from almoner.server.answers import Refusal
from almoner.server.database import in_words, make_engine
from almoner.server.object_store import files_address
from almoner.server.settings import Settings, database_address

DATABASE = click.option(
    "--database-url",
    envvar="ALMONER_DATABASE_URL",
    required=True,
    show_envvar=True,
    help="Where the PostgreSQL is: postgresql://USER:PASSWORD@HOST/NAME. Better in the environment than on the line.",
)
FILES = click.option(
    "--files",
    envvar="ALMONER_FILES",
    show_envvar=True,
    help="Where attachments lie: a folder, file:///FOLDER, or s3://BUCKET/PREFIX.",
)
POOLED = click.option(
    "--pooled",
    is_flag=True,
    envvar="ALMONER_POOLED",
    show_envvar=True,
    help="A pooler such as PgBouncer, pooling by transaction, stands before the database.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")


@contextmanager
def engine_at(database_url: str) -> Iterator[Engine]:
    """One connection to the database for a command, with as much time as it needs. Raises Trouble."""
    # As behind a pooler: that works on a direct line too, and spares every command the option.
    address = database_address(database_url)
    engine = make_engine(Settings(database_url=address, files="", connections=1, request_seconds=3_600, pooled=True))
    try:
        with in_words(engine):
            yield engine
    finally:
        engine.dispose()


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """What the service would refuse a client becomes Trouble for an administrator."""
    try:
        yield
    except Refusal as refusal:
        raise Trouble(refusal.body.what, refusal.body.do) from refusal


def files_at(typed: str | None) -> str:
    """Where attachments lie: as typed, or in this user's own folder."""
    return files_address(typed or str(Path(platformdirs.user_data_dir("almoner-server", appauthor=False)) / "files"))


def say(values: dict[str, Any], as_json: bool, words: str) -> None:
    """What was done: the words, or the values for a script."""
    click.echo(json.dumps(values) if as_json else words)


def table(rows: list[dict[str, Plain]], as_json: bool) -> None:
    """Rows as columns, or as JSON for a script."""
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        click.echo("None.")
        return
    lines = [list(rows[0]), *([("" if v is None else str(v)) for v in row.values()] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    for line in lines:
        click.echo("  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip())
