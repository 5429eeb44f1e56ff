"""What opening a store needs and gives, in types alone: light enough to be loaded before the first window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from almoner.outside.laptop import Device, Enrolment
from almoner.sync.messages import Devices
from almoner.sync.peer import Peer

if TYPE_CHECKING:
    from almoner.casework.ports import Clock, Ids
    from almoner.store.keys import Cost, SecretStore
    from almoner.store.opening import Store


class Post(Peer, Protocol):
    """A peer that also carries files. Every call may raise PeerTrouble."""

    def upload(
        self, sha256: str, size: int, pieces: Callable[[], Iterable[bytes]], progress: Callable[[int, int], None]
    ) -> None:
        """Send an attachment of `size` bytes, which `pieces` gives from the start each time it is called. Returns
        when the server has proved its hash. `progress` is told how many bytes of how many are done."""

    def download(self, sha256: str, progress: Callable[[int, int], None]) -> Iterator[bytes]:
        """Fetch an attachment, piece by piece; it is whole and right only when the last piece came without trouble."""


class EnrolmentForm(Protocol):
    """What an officer typed to set a laptop up."""

    @property
    def server(self) -> str:
        """The server's address."""

    @property
    def user(self) -> str:
        """The user name."""

    @property
    def password(self) -> str:
        """The password at the server."""

    @property
    def code(self) -> str:
        """The one-time code."""

    @property
    def passphrase(self) -> str:
        """What will unlock this laptop."""


class Listener(Protocol):
    """Listens for hints while there is a line. Losing one loses nothing."""

    def run(self) -> None:
        """Listen until told to stop, on a thread of its own."""

    def set_online(self, is_online: bool) -> None:
        """Say whether the server could be reached just now."""

    def stop(self) -> None:
        """End the listening at once, from any thread."""


class Line(Protocol):
    """A line to a server: signs in, and carries."""

    @property
    def peer(self) -> Post:
        """What rounds and files travel by."""

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Make this device known. Raises Trouble."""

    def sign_in(self, username: str, password: str, device_id: str) -> None:
        """Sign in again. Raises Trouble."""

    def devices(self, after: str) -> Devices:
        """The devices this officer looks after, page by page. Any thread; raises Trouble."""

    def listener(self, heard: Callable[[], None], chance: Callable[[], float]) -> Listener:
        """What listens for the server's hints; `heard` is called at each, `chance` spreads laptops."""

    def watch(self, heard: Callable[[int], None]) -> None:
        """Have somebody told how many bytes of answers come."""

    def break_off(self) -> None:
        """End what is under way, from any thread, as if the line were cut."""

    def close(self) -> None:
        """End the connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An unlocked store and whose it is."""

    store: Store
    enrolment: Enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What opening needs from outside: where things lie, what gives the keyring (None where none may be trusted;
    it may be slow, or raise Trouble when locked), the time, and how to reach a server at an address as a user."""

    home: Path
    resources: Path
    migrations: Path  # the folder of the local store's steps
    keyring: Callable[[], SecretStore | None]
    clock: Clock
    ids: Ids
    connect: Callable[[str, str], Line]
    cost: Cost | None = None  # what a try at the passphrase costs; the standard when left out


def store_folder(home: Path, enrolment: Enrolment) -> Path:
    """Where the store of one officer lies on this laptop."""
    return home / "stores" / enrolment.folder
