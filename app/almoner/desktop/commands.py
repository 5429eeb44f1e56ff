"""Every command of the program, declared once; menus, shortcuts, the Ctrl+K palette and the help sheet read it."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

_LIMIT = 300


def _always() -> bool:
    """A command without a condition can always be given."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing a worker can tell the program to do."""

    id: str
    title: str
    """What it does, as a verb phrase in sentence case: "Go to My work"."""
    run: Callable[[], None]
    group: str = "General"
    shortcut: str = ""
    """As Qt writes it: "Ctrl+Shift+N". Empty for none."""
    also: str = ""
    """A second shortcut that does the same."""
    icon: str = ""
    enabled: Callable[[], bool] = _always
    words: str = ""
    """Further words by which the palette finds it."""


class Commands(QObject):
    """The registry. Screens add theirs when built; a shortcut may be used once."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: dict[str, Command] = {}

    def add(self, *commands: Command) -> None:
        """Register commands; an id or a shortcut used twice is our own mistake."""
        for command in commands:
            assert command.id not in self._commands, f"command {command.id} is there already"
            assert not command.shortcut or not self.by_shortcut(command.shortcut), f"{command.shortcut} is taken"
            assert len(self._commands) < _LIMIT, "too many commands"
            self._commands[command.id] = command
        self.changed.emit()

    def remove(self, *ids: str) -> None:
        """Forget commands, such as those of a screen that closes."""
        for command_id in ids:
            self._commands.pop(command_id, None)
        self.changed.emit()

    def __getitem__(self, command_id: str) -> Command:
        return self._commands[command_id]

    def __contains__(self, command_id: object) -> bool:
        return command_id in self._commands

    def all(self) -> tuple[Command, ...]:
        """Return every command, in the order they were added."""
        return tuple(self._commands.values())

    def by_shortcut(self, shortcut: str) -> Command | None:
        """Return the command that has this shortcut."""
        wanted = QKeySequence(shortcut)
        return next((c for c in self._commands.values() if c.shortcut and QKeySequence(c.shortcut) == wanted), None)

    def by_group(self) -> dict[str, tuple[Command, ...]]:
        """Return the commands under their group headings, for menus and the help sheet."""
        groups: dict[str, tuple[Command, ...]] = {}
        for command in self._commands.values():
            groups[command.group] = (*groups.get(command.group, ()), command)
        return groups

    def matching(self, text: str, limit: int = 12) -> tuple[Command, ...]:
        """Return the usable commands all of whose words begin with the words typed, best first."""
        typed = text.casefold().split()
        found = [
            command
            for command in self._commands.values()
            if command.enabled() and all(_begins(word, f"{command.title} {command.words}") for word in typed)
        ]
        found.sort(key=lambda command: not command.title.casefold().startswith(text.casefold().strip()))
        return tuple(found[:limit])

    def run(self, command_id: str) -> None:
        """Give a command, if it may be given now."""
        command = self._commands[command_id]
        if command.enabled():
            command.run()


class Shortcuts(QObject):
    """Keeps one QAction per command on a window, so that its shortcut works anywhere in it."""

    def __init__(self, window: QWidget, commands: Commands) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._actions: dict[str, QAction] = {}
        commands.changed.connect(self._renew)
        self._renew()

    def _renew(self) -> None:
        """Add actions for new commands and take away those of commands that are gone."""
        for command_id in [known for known in self._actions if known not in self._commands]:
            action = self._actions.pop(command_id)
            self._window.removeAction(action)
            action.deleteLater()
        for command in self._commands.all():
            if command.shortcut and command.id not in self._actions:
                action = QAction(command.title, self)
                keys = [command.shortcut, command.also] if command.also else [command.shortcut]
                action.setShortcuts([QKeySequence(key) for key in keys])
                action.setData(command.id)
                action.triggered.connect(self._triggered)
                self._window.addAction(action)
                self._actions[command.id] = action

    def _triggered(self) -> None:
        """Run the command whose shortcut was pressed."""
        action = self.sender()
        assert isinstance(action, QAction)
        self._commands.run(str(action.data()))


def shortcut_text(shortcut: str) -> str:
    """Return a shortcut as this system writes it, such as "Ctrl+K" or "⌘K"."""
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def _begins(typed: str, words: str) -> bool:
    """Return whether one of the words begins with what was typed."""
    return any(word.startswith(typed) for word in words.casefold().split())
