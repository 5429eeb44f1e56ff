"""`almoner import people | cases`: bring a CSV file into the store of this laptop, as if an officer had typed it."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from almoner.casework.import_maps import CASES, PEOPLE, ImportMap, check_columns, check_service, parse_map
from almoner.casework.importing import Imported, import_rows, refused_lines
from almoner.casework.ports import Desk
from almoner.cli_desk import open_desk
from almoner.outside.csv_files import CsvFile, read_csv
from almoner.records.trouble import Trouble
from almoner.rules.words import counted, uk_date
from almoner.store.writing import Writing

SHOWN = 10
"""So many refused rows are shown; the report holds them all."""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("import", context_settings={"help_option_names": ["-h", "--help"]})
def import_records() -> None:
    """Bring residents or cases in from a CSV file.

    A mapping file says which column becomes which field. Try --dry-run first: it checks every row and keeps nothing.
    Rows that cannot be kept are refused with line and reason; the others are kept. Running it again makes no
    duplicates, and goes on where an earlier run stopped.
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.argument("file", type=_FILE),
        click.option("--mapping", required=True, type=_FILE, help="TOML file: which column becomes which field."),
        click.option("--dry-run", is_flag=True, help="Check every row; keep nothing."),
        click.option("--report", type=_FILE, help="Write every refused row, with line and reason, to this CSV file."),
        click.option("--user", default="", help="Whose store; the last to sign in unless given."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words."),
    ):
        command = option(command)
    return command


@import_records.command("people")
@_options
def import_people(**given: Any) -> None:
    """Bring residents in, with addresses, telephone numbers and e-mail addresses.

    Example: almoner import people residents.csv --mapping residents.toml --dry-run
    """
    _run(PEOPLE, **given)


@import_records.command("cases")
@_options
def import_cases(**given: Any) -> None:
    """Bring cases in, from the day the council became aware; clocks start where their rules say so.

    Example: almoner import cases requests.csv --mapping requests.toml --report refused.csv
    """
    _run(CASES, **given)


def _run(kind: str, *, file: Path, mapping: Path, dry_run: bool, report: Path | None, user: str, as_json: bool) -> None:
    said = parse_map(_read(mapping), mapping.name, kind)
    table = read_csv(file, encoding=said.encoding, delimiter=said.delimiter)
    check_columns(said, table.columns, mapping.name)
    with open_desk(user) as opened:
        desk = opened.desk
        if kind == CASES:
            check_service(said, desk.lines.current(said.service, uk_date(desk.clock.now())), mapping.name)
        writer = opened.store.writer()

        def write(action: Callable[[Writing], Any]) -> Any:
            return writer.write(action, author=desk.me.id, now=desk.clock.now())[0]

        done = bring_in(write, desk, said, table, dry_run=dry_run, show_progress=not as_json)
    if report:
        write_report(report, done)
    click.echo(_as_json(done, table, dry_run) if as_json else _in_words(done, table, report, dry_run))
    if done.refused and not done.made and not done.known and not done.resumed:
        raise Trouble("No row could be taken.", "Correct the mapping or the file, then try again.", file.name)


def bring_in(
    write: Callable[[Callable[[Writing], Any]], Any],
    desk: Desk,
    mapping: ImportMap,
    table: CsvFile,
    *,
    dry_run: bool,
    show_progress: bool,
) -> Imported:
    """Bring a table in, with a progress bar on the error stream when it is a terminal."""
    stream = sys.stderr if show_progress and sys.stderr.isatty() else io.StringIO()
    with click.progressbar(length=table.count(), label="Rows", file=stream) as bar:
        last = 0

        def progress(rows: int) -> None:
            nonlocal last
            bar.update(rows - last)
            last = rows

        return import_rows(
            write, desk, mapping, table.rows(), file_sha256=table.sha256, dry_run=dry_run, progress=progress
        )


def write_report(path: Path, done: Imported) -> None:
    """Write every refused row to a CSV file. Raises Trouble when the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(refused_lines(done.refused))
    except OSError as error:
        raise Trouble("The report cannot be written.", "Choose another folder, or close it.", str(path)) from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("The mapping file cannot be read.", "Check its name; save it as UTF-8.", str(path)) from error


def _as_json(done: Imported, table: CsvFile, dry_run: bool) -> str:
    return json.dumps(
        {
            "file": table.name,
            "encoding": table.encoding,
            "dry_run": dry_run,
            "read": done.read,
            "made": done.made,
            "known": done.known,
            "resumed": done.resumed,
            "refused": [{"line": r.line, "key": r.key, "what": r.what, "do": r.do} for r in done.refused],
        }
    )


def _in_words(done: Imported, table: CsvFile, report: Path | None, dry_run: bool) -> str:
    verb = "would be made" if dry_run else "made"
    lines = [
        f"{table.name}, read as {table.encoding}: {counted(done.read, 'row')} read, {done.made} {verb}, "
        f"{done.known} there already, {done.resumed} done by an earlier run, {len(done.refused)} refused."
    ]
    lines += [f"  line {each.line}: {each.what} {each.do}" for each in done.refused[:SHOWN]]
    if len(done.refused) > SHOWN:
        lines.append(f"  and {len(done.refused) - SHOWN} more; --report FILE writes them all.")
    if report:
        lines.append(f"Refused rows: {report}")
    return "\n".join(lines)
