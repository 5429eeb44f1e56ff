"""The one box finds people, cases and commands, by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from almoner.desktop.screen import Target
from tests.desktop.pretend import World


@pytest.fixture
def searching(window: World, qtbot: QtBot) -> World:
    """The window with the keyboard in the search box."""
    qtbot.keyClick(window.shell, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.shell.search.hasFocus()
    return window


def test_results_come_in_groups(searching: World, qtbot: QtBot) -> None:
    """Part of a name finds the person and their case, each under its heading."""
    search = searching.shell.search

    qtbot.keyClicks(search, "okaf")
    qtbot.waitUntil(search.popup.isVisible)

    assert [(hit.kind, hit.title) for hit in search.popup.hits] == [
        ("people", "Chidinma Okafor"),
        ("cases", "Damp and mould report"),
    ]


def test_arrows_and_enter_open(searching: World, qtbot: QtBot) -> None:
    """Down goes over headings to the next hit, Enter opens it, and the box is empty again."""
    search = searching.shell.search
    qtbot.keyClicks(search, "okaf")
    qtbot.waitUntil(search.popup.isVisible)

    qtbot.keyClick(search, Qt.Key.Key_Down)
    qtbot.keyClick(search, Qt.Key.Key_Return)

    assert searching.shell.current == Target("cases", "case-7")
    assert search.text() == ""
    assert not search.popup.isVisible()


def test_arrows_go_round(searching: World, qtbot: QtBot) -> None:
    """Up from the first hit goes to the last."""
    search = searching.shell.search
    qtbot.keyClicks(search, "okaf")
    qtbot.waitUntil(search.popup.isVisible)

    qtbot.keyClick(search, Qt.Key.Key_Up)
    qtbot.keyClick(search, Qt.Key.Key_Return)

    assert searching.shell.current == Target("cases", "case-7")


def test_sign_finds_commands(searching: World, qtbot: QtBot) -> None:
    """After ">" the box finds commands at once, and runs the one chosen."""
    search = searching.shell.search

    qtbot.keyClicks(search, ">lock")
    shown = [hit.title for hit in search.popup.hits]
    qtbot.keyClick(search, Qt.Key.Key_Return)

    assert shown == ["Lock Almoner"]
    assert searching.locked == [1]


def test_nothing_found_says_what_to_try(searching: World, qtbot: QtBot) -> None:
    """Words that find nobody are answered with what else to try."""
    search = searching.shell.search

    qtbot.keyClicks(search, "zzzz")
    qtbot.waitUntil(search.popup.isVisible)

    assert search.popup.hits == ()
    assert "postcode" in search.popup.note


def test_escape_empties_then_leaves(searching: World, qtbot: QtBot) -> None:
    """Escape first empties the box, then gives the keyboard back to the screen."""
    search = searching.shell.search
    qtbot.keyClicks(search, "okaf")
    qtbot.waitUntil(search.popup.isVisible)

    qtbot.keyClick(search, Qt.Key.Key_Escape)
    emptied = search.text(), search.popup.isVisible(), search.hasFocus()
    qtbot.keyClick(search, Qt.Key.Key_Escape)

    assert emptied == ("", False, True)
    assert not search.hasFocus()


def test_results_stay_inside_the_window(searching: World, qtbot: QtBot) -> None:
    """The results never reach beyond the window, however small it is."""
    shell = searching.shell
    shell.resize(420, 300)

    qtbot.keyClicks(shell.search, "a")
    qtbot.waitUntil(shell.search.popup.isVisible)

    assert shell.rect().contains(shell.search.popup.geometry())
