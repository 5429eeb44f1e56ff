"""Where the real parts meet: the keyring, the system's clock and dialogs, the network. Tests wire their own."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from almoner.desktop.look.theme import CHOICES, Choice, Theme
from almoner.desktop.program import Program
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.watch import InputWatch
from almoner.outside.clock import SystemClock
from almoner.outside.ids import SystemIds
from almoner.outside.laptop import data_folder, read_laptop
from almoner.outside.places import Line, Places
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.records.trouble import Trouble

if TYPE_CHECKING:
    from almoner.desktop.workbench import Paperwork
    from almoner.store.keys import SecretStore

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""How long a thread may keep Python to itself while the window waits for it. Painting asks for it many times in a
frame; at Python's own 5 ms a busy worker stretched a frame past 50 ms (docs/measured.md)."""


def start_qt(arguments: Sequence[str]) -> QApplication:
    """The one QApplication; offscreen where there is no display."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(list(arguments))
    app.setApplicationName("Almoner")
    app.setQuitOnLastWindowClosed(False)
    return app


class SystemKeyring:
    """The computer's keyring, looked for once, when first asked for: that loads much and may take a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._has_looked = False
        self._found: SecretStore | None = None
        self._memory: SecretStore | None = None

    def __call__(self) -> SecretStore | None:
        """The keyring, or None when none may be trusted. Raises Trouble when it is locked: then ask again."""
        from almoner.outside.secrets import MemorySecrets, system_secrets

        with self._lock:
            if not self._has_looked:
                self._found = system_secrets()
                self._memory = MemorySecrets()
                self._has_looked = True
            return self._found

    def for_tokens(self) -> SecretStore:
        """Where the tokens of a session are kept: without a keyring they are forgotten when the program ends."""
        found = self() or self._memory
        assert found is not None, "it was looked for"
        return found


def connector(tokens: Callable[[], SecretStore]) -> Callable[[str, str], Line]:
    """What reaches a server at an address as a user. HTTP is loaded when first used, after the first paint."""

    def connect(address: str, username: str) -> Line:
        from almoner.outside.line import HttpLine

        return HttpLine(address, username, tokens())

    return connect


def _system_paperwork() -> Paperwork:
    from almoner.desktop.printing import SystemPaperwork

    return SystemPaperwork()


def make_program(app: QApplication, *, chance: Callable[[], float], idle_minutes: float) -> Program:
    """The program with everything real. Raises Trouble when our folder cannot be read."""
    home, resources = data_folder(), resources_dir()
    laptop = read_laptop(home)
    theme_choice: Choice = next((choice for choice in CHOICES if choice == laptop.theme), "system")
    keyring = SystemKeyring()
    places = Places(
        home=home,
        resources=resources,
        migrations=migrations_dir() / "local",
        keyring=keyring,
        clock=SystemClock(),
        ids=SystemIds(),
        connect=connector(keyring.for_tokens),
    )
    around = Surroundings(
        app=app,
        theme=Theme(app, resources, choice=theme_choice, percent=laptop.text_percent),
        watch=InputWatch(app),
        paperwork=_system_paperwork,
        chance=chance,
        on_bug=note_bug,
    )
    return Program(around, places, idle_minutes=idle_minutes)


def note_bug(error: BaseException) -> None:
    """Log our own mistake by its type and place, never by its words, which may hold personal details."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place is not None else "?"
    log.error("our mistake: %s at %s", type(error).__name__, where)


def show_fault(trouble: Trouble) -> None:
    """Say, before there is any window of ours, what is wrong and what to do."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Almoner", trouble.what)
    box.setInformativeText(f"{trouble.do}\n{trouble.where}".strip())
    box.exec()
