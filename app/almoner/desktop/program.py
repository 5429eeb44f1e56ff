"""The program from start to quit: set up or unlock, work, lock, unlock again.

The first window needs little and is painted at once; what work needs is loaded behind it (`behind.py`), so this module
must not import it.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
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
    from almoner.desktop.session import Session

IDLE_MINUTES = 10.0


class Program(QObject):
    """Shows one window at a time: setting up, unlocking, or work."""

    working = Signal(object)
    """A `Session` has begun."""
    _loads = Signal(int)

    def __init__(self, around: Surroundings, places: Places, *, idle_minutes: float = IDLE_MINUTES) -> None:
        super().__init__()
        self._around, self._places = around, places
        self._aside, self._loading = Aside(), Aside()
        self._is_loaded = False
        self._loads.connect(self._tell_loaded, Qt.ConnectionType.QueuedConnection)
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
            self._show_enrol()
        else:
            self._show_unlock(enrolment)

    def work(self, opened: Opened) -> None:
        """Begin work on a store that is open. When it cannot begin (a service line was spoilt, the disk is full), the
        store is closed and the window for unlocking says why."""
        try:
            self._remember(opened.enrolment)
            self.session = _behind().Session(self._around, self._places, opened)
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
        self._loading.stop()
        self._close_door()
        self._around.app.quit()

    def _show_enrol(self) -> None:
        self._show_door(
            EnrolForm(self._around.theme, self._aside, enrol=self._enrol),
            title="Set up this laptop",
            words="You need this once, with the network. Afterwards Almoner works without it.",
            others=self._others(),
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

    def _show_unlock(self, enrolment: Enrolment) -> UnlockForm:
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
        )
        FocusRing(self._around.theme, self._door, self._around.app, self._around.watch)
        self._door.closing.connect(self.quit)
        self._door.show()
        if not self._is_loaded and not self._loading.is_busy:
            QTimer.singleShot(0, self._load)

    def _enrol(self, form: Enrolling) -> Opened:
        """Set the laptop up; runs off the UI thread."""
        opened: Opened = _behind().enrol(self._places, form, lambda step: self._loads.emit(step.done))
        return opened

    def _unlock(self, enrolment: Enrolment, passphrase: str) -> Opened:
        """Open the store; runs off the UI thread."""
        opened: Opened = _behind().unlock_store(self._places, enrolment, passphrase)
        return opened

    def _tell_loaded(self, received: int) -> None:
        """Let the form say how much of the first load has come."""
        if self._door is not None and isinstance(self._door.form, EnrolForm):
            self._door.form.tell(received)

    def _load(self) -> None:
        """Load what work needs while the passphrase is typed; nothing when the window has gone meanwhile."""
        if self._door is not None and not self._is_loaded and not self._loading.is_busy:
            self._loading.run(_behind, done=self._loaded, trouble=self._around_trouble, owner=self)

    def _loaded(self, _behind: object) -> None:
        """Now it is known how long a person who guessed wrong must wait."""
        self._is_loaded = True
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

    def _end_session(self) -> None:
        self._idle.stop()
        if self.session is not None:
            session, self.session = self.session, None
            session.end()
            session.deleteLater()
            self._keep_look()

    def _keep_look(self) -> None:
        """Remember the colours and the text size for the next start; no matter when the folder cannot be written."""
        theme, home = self._around.theme, self._places.home
        with suppress(Trouble):
            laptop = read_laptop(home)
            chosen = laptop.with_look(theme.choice, theme.percent)
            if chosen != laptop:
                write_laptop(home, chosen)

    def _remember(self, enrolment: Enrolment) -> None:
        laptop = read_laptop(self._places.home)
        if laptop.last_user_id != enrolment.user_id:
            write_laptop(self._places.home, laptop.with_enrolment(enrolment))


def _as_widget(form: UnlockForm | EnrolForm) -> QWidget:
    return form


def _behind() -> Any:
    """What work needs, loaded when first asked for; the import itself sees to it that this happens once."""
    return importlib.import_module("almoner.desktop.behind")
