"""The program from start to quit: set up or unlock, work, lock, unlock again."""

from __future__ import annotations

import time
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from almoner.desktop.idle import IdleWatch
from almoner.desktop.jobs import Aside
from almoner.desktop.session import Session, Surroundings
from almoner.desktop.unlock import EnrolForm, UnlockForm, UnlockWindow
from almoner.outside.laptop import Enrolment, read_laptop, write_laptop
from almoner.outside.opening import Opened, Places, enrol, store_folder, unlock_store
from almoner.records.trouble import Trouble
from almoner.store.keys import seconds_to_wait

IDLE_MINUTES = 10.0


class Program(QObject):
    """Shows one window at a time: setting up, unlocking, or work."""

    working = Signal(object)
    """A `Session` has begun."""

    def __init__(self, around: Surroundings, places: Places, *, idle_minutes: float = IDLE_MINUTES) -> None:
        super().__init__()
        self._around, self._places = around, places
        self._aside = Aside()
        self._door: UnlockWindow | None = None
        self.session: Session | None = None
        self._at_work: Enrolment | None = None
        self._idle = IdleWatch(around.watch, minutes=idle_minutes, clock=time.monotonic)
        self._idle.idle.connect(self.lock)

    @property
    def door(self) -> UnlockWindow | None:
        """The window before the window, while it is up."""
        return self._door

    def start(self) -> None:
        """Show the window for unlocking, or for setting up a laptop that is new. Raises Trouble."""
        enrolment = read_laptop(self._places.home).last()
        if enrolment is None:
            self._show_door(
                EnrolForm(self._around.theme, self._aside, enrol=lambda form: enrol(self._places, form)),
                title="Set up this laptop",
                words="You need this once, with the network. Afterwards Almoner works without it.",
            )
        else:
            self._show_unlock(enrolment)

    def work(self, opened: Opened) -> None:
        """Begin work on a store that is open. When it cannot begin (a service line was spoilt, the disk is full), the
        store is closed and the window for unlocking says why."""
        try:
            self._remember(opened.enrolment)
            self.session = Session(self._around, self._places, opened)
        except Trouble as trouble:
            opened.store.close()
            self._show_unlock(opened.enrolment).say(trouble)
            return
        self._at_work = opened.enrolment
        self._close_door()
        self.session.locked.connect(self.lock)
        self.session.closed.connect(self.quit)
        self.session.begin()
        self._idle.start()
        self.working.emit(self.session)

    def lock(self) -> None:
        """Finish every save, close everything, and ask for the passphrase."""
        if self.session is None:
            return
        assert self._at_work is not None, "somebody was at work"
        self._end_session()
        self._around.app.clipboard().clear()
        self._show_unlock(self._at_work)

    def quit(self) -> None:
        """End everything."""
        self._end_session()
        self._aside.stop()
        self._close_door()
        self._around.app.quit()

    def _show_unlock(self, enrolment: Enrolment) -> UnlockForm:
        folder = store_folder(self._places.home, enrolment)
        form = UnlockForm(
            self._around.theme,
            self._aside,
            unlock=lambda passphrase: unlock_store(self._places, enrolment, passphrase),
            wait_seconds=lambda: self._wait(folder),
        )
        self._show_door(form, title=f"Unlock Almoner, {enrolment.full_name}", words=enrolment.council)
        return form

    def _wait(self, folder: Path) -> float:
        """Seconds until the next try; none when the key file is spoilt, which the next try says."""
        try:
            return seconds_to_wait(folder, self._places.clock.now())
        except Trouble:
            return 0.0

    def _show_door(self, form: UnlockForm | EnrolForm, *, title: str, words: str) -> None:
        self._close_door()
        form.opened.connect(self.work)
        self._door = UnlockWindow(
            self._around.theme, _as_widget(form), title=title, words=words, resources=self._places.resources
        )
        self._door.closing.connect(self.quit)
        self._door.show()

    def _close_door(self) -> None:
        if self._door is not None:
            door, self._door = self._door, None
            door.closing.disconnect(self.quit)
            door.close()
            door.deleteLater()

    def _end_session(self) -> None:
        self._idle.stop()
        if self.session is not None:
            session, self.session = self.session, None
            session.end()
            session.deleteLater()

    def _remember(self, enrolment: Enrolment) -> None:
        laptop = read_laptop(self._places.home)
        if laptop.last_user_id != enrolment.user_id:
            write_laptop(self._places.home, laptop.with_enrolment(enrolment))


def _as_widget(form: UnlockForm | EnrolForm) -> QWidget:
    return form
