"""Laptops of the demonstration: each with its own folder, keyring, line to the server, and officer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from almoner.casework.ports import Clock
from almoner.demo.ground import PASSPHRASE, PASSWORD
from almoner.demo.hand import Hand, until
from almoner.demo.line import Line
from almoner.desktop.printing import PretendPaperwork
from almoner.desktop.program import Program
from almoner.desktop.session import Session
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.unlock import EnrolForm
from almoner.desktop.wiring import connector
from almoner.outside.ids import SystemIds
from almoner.outside.places import Places
from almoner.outside.secrets import MemorySecrets
from almoner.store.reading import Reading

T = TypeVar("T")

FIRST_LOAD_SECONDS = 180.0


@dataclass(slots=True)
class Laptop:
    """One officer's laptop. `line` is its network, which can be cut."""

    username: str
    line: Line
    program: Program
    paperwork: PretendPaperwork
    lost: list[BaseException] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The work under way."""
        assert self.program.session is not None, "nobody is at work on this laptop"
        return self.program.session

    @property
    def hand(self) -> Hand:
        """Hands on the window that is up."""
        if self.program.session is not None:
            return Hand(self.program.session.shell)
        if self.program.held is not None and self.program.held.window is not None:
            return Hand(self.program.held.window)
        assert self.program.door is not None
        return Hand(self.program.door)

    def look(self, query: Callable[[Reading], T]) -> T:
        """Ask the laptop's store."""
        answers: list[T] = []
        self.session.doors.read(query, done=answers.append)
        until(lambda: bool(answers), "the store answers")
        return answers[0]

    def set_up(self, code: str, *, waits: bool = True) -> None:
        """Set the laptop up in its own window, by keyboard, and wait until work can begin."""
        self.program.start()
        hand = self.hand
        hand.front()
        assert self.program.door is not None
        assert isinstance(self.program.door.form, EnrolForm)
        hand.fill("Server address", f"http://127.0.0.1:{self.line.port}")
        hand.fill("User name", self.username)
        hand.fill("Password", PASSWORD)
        hand.fill("One-time code", code)
        hand.fill("New passphrase", PASSPHRASE)
        hand.fill("New passphrase again", PASSPHRASE)
        hand.press("Return")
        form = self.program.door.form
        until(lambda: self._is_known() or bool(form.wrongs), "the laptop is known", FIRST_LOAD_SECONDS)
        assert self._is_known(), form.wrongs
        if waits:
            until(lambda: self.program.session is not None, "work can begin", FIRST_LOAD_SECONDS)

    def _is_known(self) -> bool:
        """Whether the form for setting up has gone, because the server knows the laptop."""
        return self.program.door is None

    def close(self) -> None:
        """Put everything away."""
        self.program.quit()


def new_laptop(
    folder: Path, around: Surroundings, resources: Path, migrations: Path, clock: Clock, line: Line, username: str
) -> Laptop:
    """A laptop that nobody has set up yet. Its keyring lives in memory and is gone with the demonstration."""
    home = folder / username
    home.mkdir(parents=True, exist_ok=True)
    paperwork = PretendPaperwork(home / "paper")
    paperwork.folder.mkdir(exist_ok=True)
    secrets = MemorySecrets()
    lost: list[BaseException] = []
    places = Places(
        home=home,
        resources=resources,
        migrations=migrations,
        keyring=lambda: secrets,
        clock=clock,
        ids=SystemIds(),
        connect=connector(lambda: secrets),
    )
    own = Surroundings(
        app=around.app,
        theme=around.theme,
        watch=around.watch,
        paperwork=lambda: paperwork,
        chance=around.chance,
        on_bug=lost.append,
    )
    return Laptop(username, line, Program(own, places), paperwork, lost)
