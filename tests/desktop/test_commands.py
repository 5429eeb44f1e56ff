"""One list of commands feeds everything."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from almoner.desktop.commands import Command, Commands, Shortcuts
from tests.desktop.pretend import delete


def command(command_id: str, title: str, ran: list[str], *, shortcut: str = "", usable: bool = True) -> Command:
    """Return a command that notes that it ran."""
    return Command(
        id=command_id, title=title, shortcut=shortcut, run=lambda: ran.append(command_id), enabled=lambda: usable
    )


def test_shortcut_runs_the_command(qtbot: QtBot) -> None:
    """A command's shortcut works anywhere in its window, also for commands added later."""
    ran: list[str] = []
    commands, holder = Commands(), QWidget()
    Shortcuts(holder, commands)
    commands.add(command("print", "Print", ran, shortcut="Ctrl+P"))
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)

    qtbot.keyClick(holder, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    commands.remove("print")
    qtbot.keyClick(holder, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    delete(holder)

    assert ran == ["print"]


def test_a_shortcut_is_used_once() -> None:
    """Two commands cannot have the same key, however it is written."""
    commands, ran = Commands(), list[str]()
    commands.add(command("one", "One", ran, shortcut="Ctrl+Shift+A"))

    with pytest.raises(AssertionError, match="is taken"):
        commands.add(command("two", "Two", ran, shortcut="Shift+Ctrl+A"))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("new", ["New case", "Write a new letter"]),
        ("case ne", ["New case"]),
        ("LETT", ["Write a new letter"]),
        ("secret", []),
        ("", ["Write a new letter", "New case"]),
    ],
)
def test_palette_finds_by_the_beginnings_of_words(typed: str, found: list[str]) -> None:
    """Words may be typed in any order and in part; what cannot be done now is not offered."""
    commands, ran = Commands(), list[str]()
    commands.add(
        command("letter", "Write a new letter", ran),
        command("case", "New case", ran),
        command("secret", "Secret", ran, usable=False),
    )

    assert [each.title for each in commands.matching(typed)] == found


def test_a_command_that_may_not_run_does_not() -> None:
    """A command that is not usable now does nothing, by whichever way it is given."""
    commands, ran = Commands(), list[str]()
    commands.add(command("no", "No", ran, usable=False))

    commands.run("no")

    assert ran == []
