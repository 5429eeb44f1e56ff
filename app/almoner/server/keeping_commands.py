"""`almoner server backup | backed-up | restored | tidy`: keeping the council's database safe and small."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from almoner.outside.clock import SystemClock
from almoner.records.trouble import Trouble
from almoner.server.backup import Programs, back_up
from almoner.server.command_line import AS_JSON, DATABASE, FILES, engine_at, files_at, refusals_in_words, say
from almoner.server.file_store import FileStore
from almoner.server.object_store import open_object_store
from almoner.server.tidying import RETENTION, tidy
from almoner.store.central_life import begin_anew, note_backed_up

_AHEAD_SECONDS = 60


@click.command("backup")
@DATABASE
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@FILES
@click.option("--without-files", is_flag=True, help="Attachments are copied in another way.")
@click.option("--keep", default=14, show_default=True, type=click.IntRange(1, 10_000), help="Copies to keep.")
@click.option("--pg-dump", default="pg_dump", show_default=True, help="PostgreSQL's program.")
@click.option("--pg-restore", default="pg_restore", show_default=True, help="PostgreSQL's program.")
@AS_JSON
def backup_command(
    *,
    database_url: str,
    folder: Path,
    files: str | None,
    without_files: bool,
    keep: int,
    pg_dump: str,
    pg_restore: str,
    as_json: bool,
) -> None:
    """Copy the database and the attachments into FOLDER while the service runs.

    Where the service runs with ALMONER_DURABLE=backup, laptops let go of their copy of a save only when such a copy
    holds it.
    """
    with engine_at(database_url) as engine:
        programs = Programs(pg_dump, pg_restore)
        kept_at = "" if without_files else files_at(files)
        copied = back_up(engine, folder, kept_at, SystemClock(), programs=programs, keep=keep)
    values = {
        "began": copied.began.isoformat(),
        "dump": str(copied.dump),
        "files": copied.files,
        "removed": copied.removed,
    }
    say(values, as_json, f"The database is copied to {copied.dump}, and {copied.files} new files beside it.")


@click.command("backed-up")
@DATABASE
@click.option("--began", required=True, help="When the copy began, with its time zone: 2026-12-17T02:00:00+00:00.")
@AS_JSON
def backed_up_command(*, database_url: str, began: str, as_json: bool) -> None:
    """Say that a copy made in another way is complete, such as by pg_basebackup or a snapshot of the disk.

    With continuous archiving say it after each archived segment: BEGAN is then the time of its last commit.
    """
    moment = _instant(began)
    with engine_at(database_url) as engine, engine.begin() as connection:
        newer = note_backed_up(connection, moment)
    words = "Laptops may let go of what was received before." if newer else "A later copy is known; nothing changed."
    say({"began": moment.isoformat(), "newer": newer}, as_json, words)


@click.command("tidy")
@DATABASE
@FILES
@click.option("--without-files", is_flag=True, help="Look after the database only.")
@click.option(
    "--keep-days",
    default=RETENTION.days,
    show_default=True,
    type=click.IntRange(30, 10_000),
    help="How long a laptop may be away without fetching everything anew.",
)
@AS_JSON
def tidy_command(*, database_url: str, files: str | None, without_files: bool, keep_days: int, as_json: bool) -> None:
    """Forget what nobody needs any more, such as tokens that have ended. Run it every night; the service may run."""
    now = SystemClock().now()
    kept = None if without_files else FileStore(open_object_store(files_at(files)), most_bytes=0)
    with engine_at(database_url) as engine, refusals_in_words():
        tidied = tidy(engine, kept, now=now, retention=timedelta(days=keep_days))
    counted = ", ".join(f"{number} {name}" for name, number in tidied.counts().items())
    say(tidied.counts(), as_json, f"Forgotten: {counted}.")


def _instant(typed: str) -> datetime:
    """The instant typed. Raises Trouble for one without a zone or in the future."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as fault:
        raise Trouble("That is not an instant.", "Type it like 2026-12-17T02:00:00+00:00.") from fault
    if moment.tzinfo is None:
        raise Trouble("The instant has no time zone.", "Type it like 2026-12-17T02:00:00+00:00.")
    if (moment - SystemClock().now()).total_seconds() > _AHEAD_SECONDS:
        raise Trouble("The instant is in the future.", "Say when the copy began; laptops let go of what it holds.")
    return moment.astimezone(UTC)


@click.command("restored")
@DATABASE
@AS_JSON
def restored_command(*, database_url: str, as_json: bool) -> None:
    """Say that this database was restored from a copy, or that a replica took over. Safe to repeat.

    At their next contact laptops compare everything with it and send again what it may lack. It is also noticed when
    the service starts; say it by hand when the service was running meanwhile.
    """
    epoch = uuid.uuid4().hex
    with engine_at(database_url) as engine, engine.begin() as connection:
        begin_anew(connection, epoch)
    words = "A new epoch begins: at their next contact laptops send again what this database may lack."
    say({"epoch": epoch}, as_json, words)
