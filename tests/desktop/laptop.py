"""A laptop that was set up before, for tests of the program: key file, encrypted store, an officer, no server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from almoner.demo.hand import Hand, until
from almoner.desktop.printing import PretendPaperwork
from almoner.desktop.program import Program
from almoner.desktop.session import Session
from almoner.desktop.surroundings import Surroundings
from almoner.desktop.watch import InputWatch
from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.laptop import Device, Enrolment, read_laptop, write_laptop
from almoner.outside.places import Places, store_folder
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets
from almoner.records import Person
from almoner.store.keys import Cost, SecretStore, make_keys, unlock
from almoner.store.opening import Store
from almoner.store.reading import Reading
from almoner.sync.messages import Devices, Hello, HelloReply
from almoner.sync.peer import PeerKind, PeerTrouble
from tests.desks import A1_MORNING, COUNCIL, RUTH, SANA, TEAM
from tests.desktop.pretend import theme_of

T = TypeVar("T")

PASSPHRASE = "quiet orchard copper seven"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


class NoServer:
    """A line to a server that nobody answers."""

    @property
    def peer(self) -> NoServer:
        """Itself."""
        return self

    def hello(self, message: Hello) -> HelloReply:
        """Nobody answers."""
        raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Nobody answers."""
        raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")

    def sign_in(self, username: str, password: str, device_id: str) -> None:
        """Nobody answers."""
        raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")

    def devices(self, after: str) -> Devices:
        """Nobody answers."""
        raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")

    def watch(self, heard: Callable[[int], None]) -> None:
        """There is nothing to hear."""

    def break_off(self) -> None:
        """Nothing is under way."""

    def close(self) -> None:
        """Nothing is open."""


def set_up(home: Path, secrets: SecretStore | None, officer_id: str = RUTH.id) -> Enrolment:
    """Leave a laptop as setting it up leaves it, with one resident on it."""
    enrolment = Enrolment(
        user_id=officer_id,
        username=RUTH.username,
        full_name=RUTH.full_name,
        server="https://almoner.example",
        device_id="laptop-1",
        folder=officer_id,
        council=COUNCIL.name,
    )
    folder = store_folder(home, enrolment)
    store = Store.create(
        folder, make_keys(folder, PASSPHRASE, secrets, user_id=officer_id, cost=CHEAP), user_id=officer_id
    )
    for record in (COUNCIL, TEAM, RUTH, SANA, Person(id="comfort", full_name="Comfort Adjei")):
        store.writer().write(lambda tx, record=record: tx.add(record), author=officer_id, now=A1_MORNING)
    store.close()
    write_laptop(home, read_laptop(home).with_enrolment(enrolment))
    return enrolment


@dataclass
class Desktop:
    """The program on that laptop, with a hand on its windows. `lost` hears of our own mistakes."""

    program: Program
    places: Places
    clock: PretendClock
    paperwork: PretendPaperwork
    enrolment: Enrolment | None
    lost: list[BaseException] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The work under way."""
        assert self.program.session is not None, "nobody is at work"
        return self.program.session

    @property
    def hand(self) -> Hand:
        """A hand on the window that is up."""
        if self.program.session is not None:
            return Hand(self.program.session.shell)
        if self.program.held is not None and self.program.held.window is not None:
            return Hand(self.program.held.window)
        assert self.program.door is not None
        return Hand(self.program.door)

    @property
    def folder(self) -> Path:
        """Where the store lies."""
        assert self.enrolment is not None
        return store_folder(self.places.home, self.enrolment)

    def unlock(self, passphrase: str = PASSPHRASE) -> None:
        """Type the passphrase and wait until work begins."""
        self.type_passphrase(passphrase)
        until(lambda: self.program.session is not None, "work begins")

    def type_passphrase(self, passphrase: str) -> None:
        """Type it and press Enter."""
        hand = self.hand
        hand.front()
        hand.fill("Passphrase", passphrase)
        hand.press("Return")

    def look(self, query: Callable[[Reading], T]) -> T:
        """Ask the store through the doors, as screens do."""
        answers: list[T] = []
        self.session.doors.read(query, done=answers.append)
        until(lambda: bool(answers), "the store answers")
        return answers[0]

    def reopened(self, query: Callable[[Reading], T]) -> T:
        """Ask the store while the program does not hold it: it is opened, asked and closed."""
        master = unlock(self.folder, PASSPHRASE, self.places.keyring(), now=self.clock.now(), cost=CHEAP)
        store = Store.open(self.folder, master)
        try:
            return store.look(query)
        finally:
            store.close()


@contextmanager
def open_desktop(
    app: QApplication,
    home: Path,
    *,
    is_set_up: bool = True,
    idle_minutes: float = 10.0,
    on_bug: Callable[[BaseException], None] | None = None,
) -> Iterator[Desktop]:
    """The program on a laptop in `home`, not started yet; quit on leaving."""
    home.mkdir(exist_ok=True)
    secrets, clock = MemorySecrets(), PretendClock(A1_MORNING)
    enrolment = set_up(home, secrets) if is_set_up else None
    places = Places(
        home=home,
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: secrets,
        clock=clock,
        ids=SeededIds(3),
        connect=lambda _address, _username: NoServer(),  # type: ignore[return-value]  # it gives up at hello
        cost=CHEAP,
    )
    with theme_of(app) as theme:
        watch = InputWatch(app)
        lost: list[BaseException] = []
        paperwork = PretendPaperwork(home)
        around = Surroundings(
            app=app,
            theme=theme,
            watch=watch,
            paperwork=lambda: paperwork,
            chance=lambda: 0.5,
            on_bug=on_bug or lost.append,
        )
        program = Program(around, places, idle_minutes=idle_minutes)
        try:
            yield Desktop(program, places, clock, paperwork, enrolment, lost)
        finally:
            program.quit()
            watch.stop()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
