"""What every window over an open store stands on: its doors, its network, and where trouble goes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from almoner.casework.lock_page import Hold, hold_of
from almoner.desktop.backs import StoreBacks
from almoner.desktop.jobs import Doors
from almoner.desktop.network import SyncWorker
from almoner.desktop.presenter import Presenter
from almoner.desktop.surroundings import Surroundings
from almoner.outside.places import Line, Opened, Places


def hold_now(places: Places, opened: Opened) -> Hold:
    """What keeps the officer from working on their store at this moment."""
    user_id = opened.enrolment.user_id
    return opened.store.look(lambda reading: hold_of(reading, user_id, places.clock.now()))


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


class Ground:
    """Doors and network over one open store, for one window after the other."""

    def __init__(self, around: Surroundings, places: Places, opened: Opened, hold: Hold = Hold.NONE) -> None:
        enrolment = opened.enrolment
        self._store = opened.store
        self.presenter = Presenter()
        backs = StoreBacks(opened.store, author=enrolment.user_id, clock=places.clock)
        self.doors = Doors(backs, presenter=self.presenter.present, on_bug=around.on_bug)
        wire = _LineOnDemand(lambda: places.connect(enrolment.server, enrolment.username))
        self.network = SyncWorker(
            opened.store,
            self.doors,
            wire.line,
            lambda password: wire.line().sign_in(enrolment.username, password, enrolment.device_id),
            places.clock,
            around.chance,
            enrolment.user_id,
            hold=hold,
        )

    def end(self, *, keeps_store: bool = False) -> None:
        """Finish every save, stop the threads, and close the store unless another window goes on with it."""
        self.network.stop()
        try:
            self.doors.stop()
        finally:
            if not keeps_store:
                self._store.close()
