"""The program from start to quit: set up or unlock, work, lock, unlock again.

The first window needs little and is painted at once; what work needs is loaded behind it (`behind.py`), so this module
must not import it.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from almoner.desktop.idle import IdleWatch
from almoner.desktop.jobs import Aside
from almoner.desktop.parts.focus import FocusRing
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.unlock import EnrolForm, UnlockForm, UnlockWindow
from almoner.desktop.unlock import Enrolment as Enrolling
from almoner.outside.laptop import Enrolment, read_laptop, write_laptop
from almoner.outside.places import Opened, Places, store_folder
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from almoner.desktop.held import HeldSession
    from almoner.desktop.session import Session

IDLE_MINUTES = 10.0


class Program(QObject):
    """Shows one window at a time: setting up, unlocking, why nobody can work here now, or work."""

    working = Signal(object)
    """A `Session` has begun."""

    def __init__(self, around: Surroundings, places: Places, *, idle_minutes: float = IDLE_MINUTES) -> None:
        super().__init__()
        self._around, self._places = around, places
        self._aside, self._loading = Aside(), Aside()
        self._is_loaded = False
        self._door: UnlockWindow | None = None
        self.session: Session | None = None
        self.held: HeldSession | None = None
        self._at_work: Opened | None = None
        self._idle = IdleWatch(around.watch, minutes=idle_minutes, clock=time.monotonic)
        self._idle.idle.connect(self.lock)

    @property
    def door(self) -> UnlockWindow | None:
        """The window before the window, while it is up."""
        return self._door

    def start(self) -> None:
        """Show the window for unlocking, or for setting up a laptop that is new. Raises Trouble."""
        self._start_page()

    def _start_page(self, notice: str = "") -> None:
        enrolment = read_laptop(self._places.home).last()
        if enrolment is None:
            self._show_enrol(notice)
        else:
            self._show_unlock(enrolment, notice)

    def work(self, opened: Opened) -> None:
        """Begin work on a store that is open, or show why nobody can work on it now. When it cannot begin (a service
        line was spoilt, the disk is full), the store is closed and the window for unlocking says why."""
        behind = _behind()
        try:
            hold = behind.hold_now(self._places, opened)
            if hold is behind.Hold.NONE:
                opened = self._named(opened)
                self.session = behind.Session(self._around, self._places, opened)
            else:
                self.held = behind.HeldSession(self._around, self._places, opened, hold)
        except Trouble as trouble:
            opened.store.close()
            self._show_unlock(opened.enrolment).say(trouble)
            return
        self._at_work = opened
        self._close_door()
        if self.session is not None:
            self._begin_session(self.session)
        elif self.held is not None:
            self._begin_held(self.held)

    def _begin_session(self, session: Session) -> None:
        session.locked.connect(self.lock)
        session.closed.connect(self.quit)
        session.held.connect(self._change_window, Qt.ConnectionType.QueuedConnection)
        session.begin()
        self._idle.start()
        self.working.emit(session)

    def _begin_held(self, held: HeldSession) -> None:
        held.freed.connect(self._change_window, Qt.ConnectionType.QueuedConnection)
        held.may_go.connect(self._destroy, Qt.ConnectionType.QueuedConnection)
        held.closed.connect(self.quit)
        held.begin()

    def _change_window(self) -> None:
        """Work must end, or may begin: the store stays open, everything over it is made anew."""
        if self._at_work is not None and (self.session is not None or self.held is not None):
            self._end_session(keeps_store=True)
            self._around.app.clipboard().clear()
            self.work(self._at_work)

    def _destroy(self) -> None:
        """The office asked for everything of this officer to go, and all was handed in: keys first, then the store."""
        if self.held is None or self._at_work is None:
            return
        enrolment = self._at_work.enrolment
        self._end_session()
        self._at_work = None
        said = "Everything of Almoner for your account was removed from this device, as the office asked."
        try:
            _behind().destroy_store(self._places, enrolment)
        except Trouble as trouble:
            said = f"{said} {trouble.what} {trouble.do}"
        self._start_page(f"{said} To use it again, ask your IT service desk for a one-time code.")

    def lock(self) -> None:
        """Finish every save, close everything, and ask for the passphrase."""
        if self.session is None:
            return
        assert self._at_work is not None, "somebody was at work"
        self._end_session()
        self._around.app.clipboard().clear()
        self._show_unlock(self._at_work.enrolment)

    def quit(self) -> None:
        """End everything."""
        self._end_session()
        self._aside.stop()
        self._loading.stop()
        self._close_door()
        self._around.app.quit()

    def _show_enrol(self, notice: str = "") -> None:
        self._show_door(
            EnrolForm(self._around.theme, self._aside, enrol=self._enrol),
            title="Set up this laptop",
            words="You need this once, with the network. Afterwards Almoner works without it.",
            others=self._others(),
            notice=notice,
        )

    def _others(self, shown: Enrolment | None = None) -> list[tuple[str, Callable[[], None]]]:
        """Who else works on this laptop and may unlock it, and the way for one more to set it up."""
        try:
            known = [each for each in read_laptop(self._places.home).enrolments if each != shown]
        except Trouble:  # the one shown can still be unlocked
            return []
        ways = [(f"Unlock for {each.full_name}", self._instead(partial(self._show_unlock, each))) for each in known]
        if shown is not None:
            ways.append(("Set up for another officer", self._instead(self._show_enrol)))
        return ways

    def _instead(self, show: Callable[[], object]) -> Callable[[], None]:
        """Show another window, unless a store is being opened in this one."""

        def go() -> None:
            if not self._aside.is_busy:
                show()

        return go

    def _show_unlock(self, enrolment: Enrolment, notice: str = "") -> UnlockForm:
        folder = store_folder(self._places.home, enrolment)
        form = UnlockForm(
            self._around.theme,
            self._aside,
            unlock=lambda passphrase: self._unlock(enrolment, passphrase),
            wait_seconds=lambda: self._wait(folder),
        )
        self._show_door(
            form,
            title=f"Unlock Almoner, {enrolment.full_name}",
            words=enrolment.council,
            others=self._others(enrolment),
            notice=notice,
        )
        return form

    def _wait(self, folder: Path) -> float:
        """Seconds until the next try; none when the key file is spoilt, which the next try says. Before all is
        loaded it is not known; a try made then is refused by the key file itself."""
        if not self._is_loaded:
            return 0.0
        try:
            return float(_behind().seconds_to_wait(folder, self._places.clock.now()))
        except Trouble:
            return 0.0

    def _show_door(
        self,
        form: UnlockForm | EnrolForm,
        *,
        title: str,
        words: str,
        others: Sequence[tuple[str, Callable[[], None]]],
        notice: str = "",
    ) -> None:
        self._close_door()
        form.opened.connect(self.work)
        self._door = UnlockWindow(
            self._around.theme,
            _as_widget(form),
            title=title,
            words=words,
            resources=self._places.resources,
            others=others,
            notice=notice,
        )
        FocusRing(self._around.theme, self._door, self._around.app, self._around.watch)
        self._door.closing.connect(self.quit)
        self._door.show()
        if not self._is_loaded and not self._loading.is_busy:
            QTimer.singleShot(0, self._load)

    def _enrol(self, form: Enrolling) -> Opened:
        """Set the laptop up; runs off the UI thread."""
        opened: Opened = _behind().enrol(self._places, form)
        return opened

    def _unlock(self, enrolment: Enrolment, passphrase: str) -> Opened:
        """Open the store; runs off the UI thread."""
        opened: Opened = _behind().unlock_store(self._places, enrolment, passphrase)
        return opened

    def _load(self) -> None:
        """Load what work needs while the passphrase is typed; nothing when the window has gone meanwhile."""
        if self._door is not None and not self._is_loaded and not self._loading.is_busy:
            self._loading.run(self._load_behind, done=self._loaded, trouble=self._around_trouble, owner=self)

    def _load_behind(self) -> bool:
        """Load it, and finish what a wipe that was cut has left; whether there was any. Runs off the UI thread."""
        return bool(_behind().finish_wipes(self._places))

    def _loaded(self, was_wiped: bool) -> None:
        """Now it is known how long a person who guessed wrong must wait, and who is no longer on this laptop."""
        self._is_loaded = True
        if was_wiped and self._door is not None:
            self._start_page()
        if self._door is not None and isinstance(self._door.form, UnlockForm):
            self._door.form.count_down()

    def _around_trouble(self, trouble: Trouble) -> None:
        """Loading has no trouble of its own; what there is says itself at the next try."""

    def _close_door(self) -> None:
        if self._door is not None:
            door, self._door = self._door, None
            door.closing.disconnect(self.quit)
            door.close()
            door.deleteLater()

    def _end_session(self, *, keeps_store: bool = False) -> None:
        self._idle.stop()
        for under_way in (self.session, self.held):
            if under_way is not None:
                under_way.end(keeps_store=keeps_store)
                under_way.deleteLater()
        if self.session is not None:
            self._keep_look()
        self.session = self.held = None

    def _keep_look(self) -> None:
        """Remember the colours and the text size for the next start; no matter when the folder cannot be written."""
        theme, home = self._around.theme, self._places.home
        with suppress(Trouble):
            laptop = read_laptop(home)
            chosen = laptop.with_look(theme.choice, theme.percent)
            if chosen != laptop:
                write_laptop(home, chosen)

    def _named(self, opened: Opened) -> Opened:
        """Remember who works here, by the names that have come."""
        enrolment = _behind().with_names(opened)
        laptop = read_laptop(self._places.home)
        if laptop.last_user_id != enrolment.user_id or enrolment not in laptop.enrolments:
            write_laptop(self._places.home, laptop.with_enrolment(enrolment))
        return replace(opened, enrolment=enrolment)


def _as_widget(form: UnlockForm | EnrolForm) -> QWidget:
    return form


def _behind() -> Any:
    """What work needs, loaded when first asked for; the import itself sees to it that this happens once."""
    return importlib.import_module("almoner.desktop.behind")
