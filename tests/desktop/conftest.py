"""Fixtures for the window: the look, and a whole window over a pretend store."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from almoner.desktop.look.theme import Theme
from tests.desktop.office import Office, open_office
from tests.desktop.pretend import World, theme_of, world


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light look, on the application."""
    with theme_of(qapp) as made:
        yield made


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[World]:
    """The whole window, shown, with the first list read."""
    with world(qapp) as made:
        made.shell.show()
        made.shell.activateWindow()
        qtbot.waitUntil(lambda: made.shell.screen_open.model.rowCount() == 812)
        yield made


@pytest.fixture
def office(theme: Theme, tmp_path: Path) -> Iterator[Office]:
    """A small office: a real store with a few people and cases, behind real doors."""
    with open_office(theme, tmp_path / "laptop") as made:
        yield made
