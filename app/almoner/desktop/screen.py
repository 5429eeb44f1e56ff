"""What a screen is, and what it is given. Screens do not know each other; they ask to `go` somewhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtWidgets import QWidget

from almoner.desktop.commands import Commands
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import Theme
from almoner.records.staff import StaffRole
from almoner.records.trouble import Trouble


class Room(IntEnum):
    """How much room there is, by the width of the window over the text size, in design pixels."""

    ONE_PANE = 1
    """Below 760: one pane at a time."""
    NARROW = 2
    """Below 1000: the navigation is a rail of icons."""
    MEDIUM = 3
    """Below 1180: no side panel."""
    WIDE = 4


def room_of(width: int, percent: int) -> Room:
    """Return how much room a window of `width` pixels has at a text size of `percent`."""
    effective = width * 100 / percent
    if effective < 760:
        return Room.ONE_PANE
    if effective < 1000:
        return Room.NARROW
    return Room.MEDIUM if effective < 1180 else Room.WIDE


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go: a screen, perhaps a record on it, perhaps a part of it such as a tab or a filter."""

    screen: str
    id: str = ""
    part: str = ""


def _say_nothing(_words: str, _undo: Callable[[], object] | None = None) -> None:
    """A screen built alone, as in a test, has nobody to tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """Everything the shell gives a screen. `work` is what the wiring passes: casework actions, clock, user."""

    theme: Theme
    doors: Doors
    commands: Commands
    work: Any
    go: Callable[[Target], None]
    back: Callable[[], None]
    trouble: Callable[[Trouble], None]
    say: Callable[[str, Callable[[], object] | None], None] = _say_nothing
    """Confirm an act at the head of the window; the second argument undoes it."""
    badge: Callable[[str, int], None]
    """Set the number beside a section in the navigation; 0 removes it."""


class Screen(QWidget):
    """One page of the window. Subclasses fill in `build` and what else they need.

    `shows` names the kinds of record the screen shows: only changes to those reach `refresh`.
    """

    shows: frozenset[str] = frozenset()

    def __init__(self, around: Around) -> None:
        super().__init__()
        self.around = around
        self.room = Room.WIDE
        self.is_stale = False
        self.setProperty("kind", "page")
        self.build()

    def build(self) -> None:
        """Make the widgets. Called once, the first time the screen is opened."""

    def shown(self) -> None:
        """The screen has come to the front: read what it shows, put the focus in its place."""

    def refresh(self, touched: frozenset[str]) -> None:
        """Records of these kinds changed: read again what is shown of them. Only called while in front."""

    def go(self, target: Target) -> None:
        """Show the record or part the target names."""

    def fit(self, room: Room) -> None:
        """Show or hide panes for the room there is; called before `shown` and whenever it changes."""

    def panes(self) -> tuple[QWidget, ...]:
        """Return the widgets F6 moves between, in reading order."""
        return ()

    def leave(self) -> bool:
        """Back out one step inside the screen, as Escape does; False when there is nothing to back out of."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One line of the list of screens: how to make it, and how it stands in the navigation."""

    id: str
    title: str
    icon: str
    make: Callable[[Around], Screen]
    in_navigation: bool = True
    belongs_to: str = ""
    """The section that is marked in the navigation while this one is open."""
    roles: frozenset[StaffRole] = frozenset()
    """Only officers of these roles are offered it; everybody when there are none."""


def offered_to(role: StaffRole, sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections an officer of this role has."""
    return tuple(section for section in sections if not section.roles or role in section.roles)
