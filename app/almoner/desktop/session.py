"""One officer at work: everything between unlocking and locking, wired in one place and taken down in order."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from almoner.casework.lock_page import Hold
from almoner.casework.person_page import my_teams
from almoner.casework.times import CONFIRM_TIME, confirm_device_time
from almoner.desktop.commands import Command, Commands
from almoner.desktop.finding import finder
from almoner.desktop.ground import Ground
from almoner.desktop.screen import Target, offered_to
from almoner.desktop.screens import SECTIONS
from almoner.desktop.shell import Shell, ShellParts
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Work
from almoner.outside.opening import load_desk
from almoner.outside.places import Opened, Places


class Session(QObject):
    """Holds the store open, the threads running and the window up. `end` takes it all down."""

    locked = Signal()
    """The officer asked to lock."""
    closed = Signal()
    """The window was closed."""

    held = Signal()
    """Work must end: the lease is over, or the use of this device was ended."""

    def __init__(self, around: Surroundings, places: Places, opened: Opened) -> None:
        """Raises Trouble when rules or names are missing."""
        super().__init__()
        self._is_over = False
        self.desk = load_desk(places, opened)
        self._ground = Ground(around, places, opened)
        self.doors, self.network = self._ground.doors, self._ground.network
        self.commands = Commands()
        parts = ShellParts(
            app=around.app,
            theme=around.theme,
            doors=self.doors,
            commands=self.commands,
            watch=around.watch,
            presenter=self._ground.presenter,
            resources=places.resources,
            find=finder(places.clock, my_teams(self.desk)),
            council=self.desk.council.name,
            user=self.desk.me.full_name,
            place=self.desk.me.job_title,
            work=Work(desk=self.desk, network=self.network, paperwork=around.paperwork()),
            lock=self.locked.emit,
            new_case=Target("new-case"),
        )
        self.shell = Shell(parts, offered_to(self.desk.me.role, SECTIONS))
        self.commands.add(
            Command(id="time.right", title=CONFIRM_TIME, group="Window", icon="clock", run=self._believe_clock)
        )
        self.shell.closing.connect(self.closed)
        self.network.changed.connect(self._show_sync)
        self.network.progress.connect(self._show_progress)
        self.network.held.connect(self._hold)

    def begin(self) -> None:
        """Show the window and begin to sync."""
        self.shell.show()
        self.network.start()

    def end(self, *, keeps_store: bool = False) -> None:
        """Take the window away, finish every save, stop the threads, close the store unless somebody else goes on with
        it. What is unsent stays."""
        if self._is_over:
            return
        self._is_over = True
        self.shell.hide()
        try:
            self._ground.end(keeps_store=keeps_store)
        finally:
            self.shell.closing.disconnect(self.closed)
            self.shell.close()
            self.shell.deleteLater()

    def _believe_clock(self) -> None:
        """The clock was ahead and has been put right: saves are taken again."""
        self.doors.change(
            confirm_device_time, done=lambda _none: self.shell.toast.say("Noted. You can save again."), owner=self
        )

    def _show_sync(self, state: SyncState) -> None:
        """Let the pill say whether work is sent."""
        self.shell.show_sync(state)
        if not self.network.is_first_load():
            self.shell.loading.clear()

    def _show_progress(self, done: int, total: int, what: str) -> None:
        """While the first records come, say how far they have come, above the work that has begun."""
        if self.network.is_first_load() and what in ("receiving", "indexing"):
            self.shell.loading.say(done, total, what)

    def _hold(self, hold: Hold) -> None:
        """Work must end; whoever shows windows shows why."""
        if hold is not Hold.NONE:
            self.held.emit()
