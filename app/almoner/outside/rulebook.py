"""Reading the rules a council keeps as data: its service lines and the holiday table."""

from __future__ import annotations

from pathlib import Path

from almoner.records.trouble import Trouble
from almoner.rules.calendars import Calendars, parse_calendars
from almoner.rules.service_checks import parse_service_line
from almoner.rules.service_line import ServiceLines

MOST_SERVICE_FILES = 500


def load_service_lines(resources: Path) -> ServiceLines:
    """Read every service line under `resources/services`. Raises Trouble with file, line, what is wrong, what to do."""
    files = sorted((resources / "services").glob("*.toml"))
    if not files:
        raise Trouble(
            "There are no service lines.", "Put at least one file into this folder.", str(resources / "services")
        )
    if len(files) > MOST_SERVICE_FILES:
        raise Trouble(f"There are {len(files)} service lines.", f"Keep at most {MOST_SERVICE_FILES}.", "services")
    letters = {file.stem for file in (resources / "letters").glob("*.toml")} | {"case-summary"}
    return ServiceLines(parse_service_line(_text(file), file.name, letters) for file in files)


def load_calendars(resources: Path) -> Calendars:
    """Read the holiday table. Raises Trouble that names the file and what is wrong."""
    return parse_calendars(_text(resources / "holidays" / "uk.toml"), "uk.toml")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble("This file cannot be read.", "Save it as plain text in UTF-8.", file.name) from error
