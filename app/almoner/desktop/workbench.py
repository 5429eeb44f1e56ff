"""What the wiring lays on every screen's bench: the desk and its rules, the network, the doors to paper and files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from almoner.casework.ports import Desk
from almoner.desktop.top_bar import SyncState
from almoner.records.trouble import Trouble
from almoner.sync.messages import Devices


class PrintJob(Protocol):
    """A paper and the printer the user chose for it; nothing has gone to it yet."""

    def send(self) -> None:
        """Print. Raises Trouble when the printer does not take it."""


class Paperwork(Protocol):
    """The system's own dialogs for printing and files; a twin answers them in tests and in the walk."""

    def choose_printer(self, pdf: bytes, *, title: str, parent: QWidget) -> PrintJob | None:
        """Let the user choose a printer, so that a letter can be checked once more before anything goes to it; None
        when they thought better of it."""

    def choose_place(self, *, suggested: str, parent: QWidget) -> Path | None:
        """Let the user say where a file is to be saved; None when they thought better of it."""

    def print_pdf(self, pdf: bytes, *, title: str, parent: QWidget) -> bool:
        """Let the user print; True when the pages went to a printer."""

    def save_as(self, content: bytes, *, suggested: str, parent: QWidget) -> Path | None:
        """Let the user save; where, or None when they thought better of it. Raises Trouble when it fails."""

    def choose_files(self, *, title: str, kinds: str, parent: QWidget) -> tuple[Path, ...]:
        """Let the user pick files; `kinds` as Qt writes them: "Photos (*.jpg *.png)"."""


class Network(QObject):
    """How work travels, as screens see it. The wiring gives one that really does."""

    changed = Signal(object)
    """A `SyncState`, whenever it changes."""
    progress = Signal(int, int, str)
    """Done, of how many, and what: the first load of a new laptop."""
    held = Signal(object)
    """A `lock_page.Hold`, when work must end, or may begin."""
    may_go = Signal()
    """The office asked for the store to be destroyed, and everything in it has been handed in."""

    def state(self) -> SyncState:
        """How things stand."""
        return SyncState()

    def sync_now(self) -> None:
        """Try now, without waiting for the next turn."""

    def next_try(self) -> str:
        """When it tries next, in words; empty when it is trying."""
        return ""

    def trouble(self) -> str:
        """Why the last try did not get through, in words; empty when it did."""
        return ""

    def waits_on(self) -> str:
        """Who must act before anything travels, in words; empty when nobody need."""
        return ""

    def is_first_load(self) -> bool:
        """Whether the records have never yet all come."""
        return False

    def devices(self, after: str = "") -> Devices:
        """The devices this officer looks after, page by page. Raises Trouble; call it off the UI thread."""
        raise Trouble("There is no server to ask.", "Connect this computer to a network.")

    def needs_sign_in(self) -> bool:
        """Whether somebody must type a password before anything travels."""
        return False

    def sign_in(self, password: str) -> None:
        """Sign in again and try at once. Raises Trouble; call it off the UI thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Passed to every screen as `around.work`."""

    desk: Desk
    network: Network
    paperwork: Paperwork
