"""What the tests of the rules share: the shipped holiday table and the shipped service line, read once."""

from pathlib import Path

import pytest

from almoner.rules.calendars import Calendars, parse_calendars
from almoner.rules.service_checks import parse_service_line
from almoner.rules.service_line import ServiceLine

RESOURCES = Path(__file__).parents[2] / "resources"


@pytest.fixture(scope="session")
def calendars() -> Calendars:
    return parse_calendars((RESOURCES / "holidays" / "uk.toml").read_text("utf-8"), "uk.toml")


@pytest.fixture(scope="session")
def damp_text() -> str:
    return (RESOURCES / "services" / "damp-and-mould.toml").read_text("utf-8")


@pytest.fixture(scope="session")
def damp(damp_text: str) -> ServiceLine:
    return parse_service_line(damp_text, "damp-and-mould.toml")
