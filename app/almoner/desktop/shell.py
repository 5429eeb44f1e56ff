"""The main window: navigation, top bar and the screens, and the keys that work everywhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from almoner.desktop.commands import Command, Commands, Shortcuts
from almoner.desktop.help_sheet import HelpSheet
from almoner.desktop.jobs import Doors
from almoner.desktop.look.theme import PERCENT_STEP, Theme
from almoner.desktop.navigation import Navigation
from almoner.desktop.parts.banners import Banner
from almoner.desktop.parts.buttons import Button
from almoner.desktop.parts.focus import FocusRing
from almoner.desktop.parts.loading_strip import LoadingStrip
from almoner.desktop.parts.search_popup import Find, Hit, SearchBox
from almoner.desktop.presenter import Presenter
from almoner.desktop.screen import Around, Room, Screen, Section, Target, room_of
from almoner.desktop.top_bar import SyncState, TopBar
from almoner.desktop.watch import InputWatch
from almoner.records.trouble import Trouble

_LONGEST_WAY_BACK = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellParts:
    """What the wiring puts into the window."""

    app: QApplication
    theme: Theme
    doors: Doors
    commands: Commands
    watch: InputWatch
    presenter: Presenter
    resources: Path
    find: Find
    """Turns words typed into the job that finds people and cases."""
    council: str
    user: str
    place: str
    """Where the user works: "Housing, front desk"."""
    work: Any
    """Passed on to the screens untouched."""
    lock: Callable[[], None]
    new_case: Target


class Shell(QMainWindow):
    """The window a worker has open all day. It knows screens by their list, and none of them by name."""

    closing = Signal()
    went = Signal(object)
    """The `Target` that was opened."""

    def __init__(self, parts: ShellParts, sections: Sequence[Section]) -> None:
        super().__init__()
        assert sections, "a window needs a screen"
        self._parts = parts
        self._sections = {section.id: section for section in sections}
        self._screens: dict[str, Screen] = {}
        self._way: list[Target] = []
        self._room = Room.WIDE
        self._is_blank = False
        self.setWindowTitle("Almoner")
        self.setWindowIcon(QIcon(str(parts.resources / "icons" / "almoner-tile.svg")))
        self.search = SearchBox(parts.theme, parts.doors, parts.commands, parts.find, self)
        self.top = TopBar(parts.theme, self.search, new_case=lambda: self.go(parts.new_case))
        self.navigation = Navigation(
            parts.theme,
            [section for section in sections if section.in_navigation],
            council=parts.council,
            user=parts.user,
            place=parts.place,
            mark=parts.resources / "icons" / "almoner.svg",
        )
        self.stack = QStackedWidget()
        self.banner = Banner(parts.theme)
        self.banner.add(Button(parts.theme, "Close", run=self.banner.clear))
        self.loading = LoadingStrip(parts.theme)
        self._lay_out()
        self.toast = self.top.toast
        self.ring = FocusRing(parts.theme, self, parts.app, parts.watch)
        self._around = Around(
            theme=parts.theme,
            doors=parts.doors,
            commands=parts.commands,
            work=parts.work,
            go=self.go,
            back=self.back,
            trouble=parts.presenter.present,
            say=self.toast.say,
            badge=self.navigation.set_badge,
        )
        self._add_commands()
        self._shortcuts = Shortcuts(self, parts.commands)
        self._connect()
        self.resize(1440, 900)
        self.go(Target(sections[0].id))

    # Where we are

    @property
    def current(self) -> Target:
        """What is open."""
        return self._way[-1]

    @property
    def screen_open(self) -> Screen:
        """The screen in front."""
        return self._screens[self.current.screen]

    @property
    def room(self) -> Room:
        """How much room the window has."""
        return self._room

    def go(self, target: Target) -> None:
        """Open a screen, and on it the record or part the target names."""
        if not self._way or self._way[-1] != target:
            self._way.append(target)
            del self._way[:-_LONGEST_WAY_BACK]
        self._open(target)

    def back(self) -> None:
        """Go back to where the worker was before."""
        if len(self._way) > 1:
            self._way.pop()
            self._open(self._way[-1])

    def screen_of(self, screen_id: str) -> Screen:
        """Return a screen, making it if it has not been opened before."""
        made = self._screens.get(screen_id)
        if made is None:
            made = self._screens[screen_id] = self._sections[screen_id].make(self._around)
            self.stack.addWidget(made)
        return made

    def _open(self, target: Target) -> None:
        """Bring a screen to the front."""
        screen = self.screen_of(target.screen)
        section = self._sections[target.screen]
        screen.room = self._room
        screen.fit(self._room)
        self.stack.setCurrentWidget(screen)
        self.navigation.mark(section.belongs_to or section.id)
        if target.id or target.part:
            screen.go(target)
        screen.is_stale = False
        screen.shown()
        self.went.emit(target)

    # What others tell us

    def show_sync(self, state: SyncState) -> None:
        """Show whether work is sent."""
        self.top.sync.say(state)

    def show_trouble(self, trouble: Trouble) -> None:
        """Show trouble that no screen took, above the screen, until it is closed."""
        where = f" ({trouble.where})" if trouble.where else ""
        self.banner.say("danger", f"{trouble.what}{where}", trouble.do)

    def _touched(self, kinds: frozenset[str]) -> None:
        """Let the screen in front read again what changed; others do so when they come to the front."""
        if self._parts.doors.is_stopped:
            return
        for screen in self._screens.values():
            if not screen.shows & kinds:
                continue
            if screen is self.screen_open:
                screen.refresh(kinds & screen.shows)
            else:
                screen.is_stale = True

    def _found(self, hit: Hit) -> None:
        """Open what the search box found: its kind names the screen."""
        self.go(Target(hit.kind, hit.id))

    def blank(self) -> None:
        """Hide everything at once, before the store is closed: nothing readable, no key works, clipboard empty."""
        for action in self.actions():
            action.setEnabled(False)
        QApplication.clipboard().clear()
        self.search.leave()
        self.toast.hide()
        centre = self.centralWidget()
        assert centre is not None, "the window has its middle"
        centre.hide()
        self._is_blank = True

    # Keys and commands

    def _add_commands(self) -> None:
        """Register what works everywhere."""
        self._parts.commands.add(*self._going(), *self._looks(), *self._acts())

    def _going(self) -> tuple[Command, ...]:
        """Return the commands that lead somewhere."""
        navigable = [section for section in self._sections.values() if section.in_navigation]
        return (
            Command(id="search", title="Search", group="Go", shortcut="Ctrl+K", icon="search", run=self._to_search),
            Command(
                id="palette",
                title="Find a command",
                group="Go",
                shortcut="Ctrl+Shift+P",
                icon="command",
                run=self._to_palette,
            ),
            *(
                Command(
                    id=f"go.{section.id}",
                    title=f"Go to {section.title}",
                    group="Go",
                    icon=section.icon,
                    shortcut=f"Ctrl+{number}" if number < 10 else "",
                    run=_goer(self, section.id),
                )
                for number, section in enumerate(navigable, 1)
            ),
            Command(id="back", title="Go back", group="Go", shortcut="Alt+Left", icon="arrow-left", run=self.back),
            Command(id="pane.next", title="Next pane", group="Go", shortcut="F6", run=lambda: self._to_pane(1)),
            Command(
                id="pane.before", title="Pane before", group="Go", shortcut="Shift+F6", run=lambda: self._to_pane(-1)
            ),
        )

    def _looks(self) -> tuple[Command, ...]:
        """Return the commands for colours and text size."""
        theme = self._parts.theme
        return (
            Command(
                id="light",
                title="Light or dark colours",
                group="Window",
                shortcut="Ctrl+Shift+L",
                icon="moon",
                run=theme.flip,
                words="theme",
            ),
            Command(
                id="contrast",
                title="High contrast",
                group="Window",
                icon="contrast",
                words="theme colours",
                run=lambda: theme.choose("contrast"),
            ),
            Command(
                id="system-colours",
                title="Colours as the system has them",
                group="Window",
                icon="contrast",
                run=lambda: theme.choose("system"),
                words="theme",
            ),
            Command(
                id="text.larger",
                title="Larger text",
                group="Window",
                shortcut="Ctrl++",
                also="Ctrl+=",
                run=lambda: theme.resize_text(theme.percent + PERCENT_STEP),
                words="zoom size",
            ),
            Command(
                id="text.smaller",
                title="Smaller text",
                group="Window",
                shortcut="Ctrl+-",
                run=lambda: theme.resize_text(theme.percent - PERCENT_STEP),
                words="zoom size",
            ),
            Command(
                id="text.usual",
                title="Usual text size",
                group="Window",
                shortcut="Ctrl+0",
                run=lambda: theme.resize_text(100),
                words="zoom",
            ),
        )

    def _acts(self) -> tuple[Command, ...]:
        """Return the other commands."""
        return (
            Command(
                id="new-case",
                title="New case",
                group="Work",
                shortcut="Ctrl+N",
                icon="plus",
                run=lambda: self.go(self._parts.new_case),
            ),
            Command(
                id="lock", title="Lock Almoner", group="Window", shortcut="Ctrl+L", icon="lock", run=self._parts.lock
            ),
            Command(
                id="help",
                title="Show the keys",
                group="Window",
                shortcut="F1",
                also="?",
                icon="keyboard",
                run=self._show_help,
                words="help shortcuts",
            ),
        )

    def _to_search(self) -> None:
        """Put the keyboard in the search box."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _to_palette(self) -> None:
        """Put the keyboard in the search box, ready for a command."""
        self._to_search()
        self.search.setText(">")
        self.search.textEdited.emit(">")

    def _to_pane(self, step: int) -> None:
        """Move the keyboard to the next pane: navigation, top bar, then those of the screen."""
        panes: list[QWidget] = [self.navigation, self.top, *self.screen_open.panes()]
        panes = [pane for pane in panes if pane.isVisible()]
        focused = QApplication.focusWidget()
        here = next((at for at, pane in enumerate(panes) if _holds(pane, focused)), -1 if step > 0 else 0)
        pane = panes[(here + step) % len(panes)]
        if pane is self.navigation:
            self.navigation.set_focus()
        elif pane is self.top:
            self._to_search()
        else:
            _focus_in(pane)

    def _show_help(self) -> None:
        """Open the sheet of keys."""
        sheet = HelpSheet(self._parts.theme, self._parts.commands, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Back out with Escape: first inside the screen, then to the screen before."""
        if event.key() != Qt.Key.Key_Escape or self._is_blank:
            super().keyPressEvent(event)
        elif self.search.hasFocus():
            _focus_in(self.screen_open)
        elif self.banner.isVisible():
            self.banner.clear()
        elif not self.screen_open.leave():
            self.back()

    # Layout

    def _lay_out(self) -> None:
        """Put navigation, top bar, banner and screens in their places. Breakpoints, not minimum sizes, decide."""
        centre = QWidget()
        centre.setProperty("kind", "page")
        row = QHBoxLayout(centre)
        column = QVBoxLayout()
        for layout in (row, column):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        row.addWidget(self.navigation)
        row.addLayout(column, 1)
        column.addWidget(self.top)
        column.addWidget(self.banner)
        column.addWidget(self.loading)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(centre)
        for widget in (centre, self.stack):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the panes to the room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Work out the room there is and tell navigation, top bar and screen."""
        room = room_of(self.width(), self._parts.theme.percent)
        self._room = room
        self.navigation.set_rail(room <= Room.NARROW)
        self.top.set_short(room is Room.ONE_PANE)
        if self._way:
            self.screen_open.room = room
            self.screen_open.fit(room)

    def _connect(self) -> None:
        """Listen to the parts."""
        self.navigation.opened.connect(self._section_opened)
        self.search.chosen.connect(self._found)
        self._parts.doors.touched.connect(self._touched)
        self._parts.presenter.raised.connect(self.show_trouble)
        self._parts.theme.changed.connect(self._fit)
        self.top.sync.clicked.connect(self._open_sync)
        self.top.sync.setEnabled("sync" in self._sections)

    def _section_opened(self, section_id: str) -> None:
        """Open the section that was clicked."""
        self.go(Target(section_id))

    def _open_sync(self) -> None:
        """Open the list of what is not sent."""
        self.go(Target("sync"))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Take our commands away and tell the wiring, which then finishes saving and stops the threads."""
        self._parts.commands.remove(*[command.id for command in self._parts.commands.all()])
        self.closing.emit()
        super().closeEvent(event)


def _goer(shell: Shell, section_id: str) -> Callable[[], None]:
    """Return what opens a section."""
    return lambda: shell.go(Target(section_id))


def _holds(pane: QWidget, widget: QWidget | None) -> bool:
    """Return whether the keyboard is in a pane."""
    return widget is not None and (widget is pane or pane.isAncestorOf(widget))


def _focus_in(pane: QWidget) -> None:
    """Put the keyboard on a pane, or on the first thing in it that takes it."""
    if pane.focusPolicy() & Qt.FocusPolicy.TabFocus:
        pane.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return
    for child in pane.findChildren(QWidget):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible() and child.isEnabled():
            child.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
