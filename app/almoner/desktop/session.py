"""One officer at work: everything between unlocking and locking, wired in one place and taken down in order."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from almoner.casework.person_page import my_teams
from almoner.casework.times import CONFIRM_TIME, confirm_device_time
from almoner.desktop.backs import StoreBacks
from almoner.desktop.commands import Command, Commands
from almoner.desktop.finding import finder
from almoner.desktop.jobs import Doors
from almoner.desktop.network import SyncWorker
from almoner.desktop.presenter import Presenter
from almoner.desktop.screen import Target
from almoner.desktop.screens import SECTIONS
from almoner.desktop.shell import Shell, ShellParts
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.top_bar import SyncState
from almoner.desktop.workbench import Work
from almoner.outside.opening import load_desk
from almoner.outside.places import Line, Opened, Places


class _LineOnDemand:
    """The officer's line to the server, made when first used, shared by the network's thread and by signing in."""

    def __init__(self, make: Callable[[], Line]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._line: Line | None = None

    def line(self) -> Line:
        """The line."""
        with self._lock:
            self._line = self._line or self._make()
            return self._line


class Session(QObject):
    """Holds the store open, the threads running and the window up. `end` takes it all down."""

    locked = Signal()
    """The officer asked to lock."""
    closed = Signal()
    """The window was closed."""

    def __init__(self, around: Surroundings, places: Places, opened: Opened) -> None:
        super().__init__()
        self._opened = opened
        self._is_over = False
        presenter = Presenter()
        self.desk = load_desk(places, opened)
        backs = StoreBacks(opened.store, author=self.desk.me.id, clock=places.clock)
        self.doors = Doors(backs, presenter=presenter.present, on_bug=around.on_bug)
        enrolment = opened.enrolment
        wire = _LineOnDemand(lambda: places.connect(enrolment.server, enrolment.username))
        self.network = SyncWorker(
            opened.store,
            self.doors,
            wire.line,
            lambda password: wire.line().sign_in(enrolment.username, password, enrolment.device_id),
            places.clock,
            around.chance,
        )
        self.commands = Commands()
        parts = ShellParts(
            app=around.app,
            theme=around.theme,
            doors=self.doors,
            commands=self.commands,
            watch=around.watch,
            presenter=presenter,
            resources=places.resources,
            find=finder(places.clock, my_teams(self.desk)),
            council=self.desk.council.name,
            user=self.desk.me.full_name,
            place=self.desk.me.job_title,
            work=Work(desk=self.desk, network=self.network, paperwork=around.paperwork()),
            lock=self.locked.emit,
            new_case=Target("new-case"),
        )
        self.shell = Shell(parts, SECTIONS)
        self.commands.add(
            Command(id="time.right", title=CONFIRM_TIME, group="Window", icon="clock", run=self._believe_clock)
        )
        self.shell.closing.connect(self.closed)
        self.network.changed.connect(self._show_sync)

    def begin(self) -> None:
        """Show the window and begin to sync."""
        self.shell.show()
        self.network.start()

    def end(self) -> None:
        """Take the window away, finish every save, stop the threads, close the store. What is unsent stays."""
        if self._is_over:
            return
        self._is_over = True
        self.shell.hide()
        self.network.stop()
        try:
            self.doors.stop()
        finally:
            self._opened.store.close()
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
