"""Files travel after their records, a spoilt one keeps no other waiting, and none counts as sent before it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.builders import make_attachment, make_case
from tests.desks import A1_MORNING, RUTH

from almoner.outside import carrying
from almoner.outside.carrying import carry_all, carry_files
from almoner.outside.clock import PretendClock
from almoner.outside.opening import LoneDoor
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault, files_to_send, files_wanted
from almoner.store.opening import Store
from almoner.sync.peer import PeerKind, PeerTrouble

Pieces = Callable[[], Iterable[bytes]]
Progress = Callable[[int, int], None]


@dataclass
class Shelf:
    """The server's shelf of files, in memory; what it is told to refuse it refuses."""

    kept: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, PeerKind] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def upload(self, sha256: str, size: int, pieces: Pieces, progress: Progress) -> None:
        """Keep it."""
        self.tried.append(sha256)
        self._refuse(sha256)
        content = b"".join(pieces())
        assert len(content) == size
        progress(size, size)
        self.kept[sha256] = content

    def download(self, sha256: str, progress: Progress) -> Iterator[bytes]:
        """Give it back."""
        self.tried.append(sha256)
        self._refuse(sha256)
        if sha256 not in self.kept:
            raise PeerTrouble(PeerKind.NOT_ALLOWED, "There is nothing here.", "Check what was asked for.")
        progress(0, len(self.kept[sha256]))
        yield self.kept[sha256]

    def _refuse(self, sha256: str) -> None:
        if sha256 in self.refused:
            raise PeerTrouble(self.refused[sha256], "The server will not have it.", "Tell your IT team.")


class Desk:
    """Ruth's laptop, with a case to put files on."""

    def __init__(self, folder: Path) -> None:
        self.store, self.shelf = Store.create(folder, bytes(32), user_id=RUTH.id), Shelf()
        self.vault = Vault(self.store)
        self.door = LoneDoor(self.store, self.store.reader(), RUTH.id, PretendClock(A1_MORNING))
        self.door.write(lambda tx: tx.add(make_case(1)))
        self._number = 0

    def record(self, content: bytes) -> str:
        """A record of a file of this content; the file itself is elsewhere."""
        self._number += 1
        name = hashlib.sha256(content).hexdigest()
        record = make_attachment(self._number, sha256=name, size=len(content))
        self.door.write(lambda tx: tx.add(record))
        return name

    def keep(self, content: bytes) -> str:
        """A file of this content, kept here, with its record."""
        self.vault.keep(content)
        return self.record(content)

    def spoil_smallest(self) -> None:
        """A disk that turned bytes."""
        files = [path for path in (self.store.folder / "files").rglob("*") if path.is_file()]
        min(files, key=lambda path: path.stat().st_size).write_bytes(b"nothing of the kind")

    def carry(self) -> int:
        """One turn."""
        return carry_files(self.door, self.shelf, self.vault)  # type: ignore[arg-type]  # carries files, not rounds

    def to_send(self) -> list[str]:
        """What only this laptop has."""
        return [file.sha256 for file in self.door.read(files_to_send)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "store")
    yield made
    made.store.close()


def test_a_spoilt_file_keeps_no_other_waiting(desk: Desk) -> None:
    """The file that cannot be read is told of at the end; the others are at the office, and stay there."""
    contents = (b"short", b"a longer one", b"the longest of them all")
    names = [desk.keep(content) for content in contents]
    desk.spoil_smallest()

    for _ in range(2):
        with pytest.raises(Trouble):
            desk.carry()

    assert desk.shelf.kept == {names[1]: contents[1], names[2]: contents[2]}
    assert desk.to_send() == [names[0]]


@pytest.mark.parametrize("kind", [PeerKind.NOT_ALLOWED, PeerKind.TOO_LARGE])
def test_a_file_the_server_will_not_take_keeps_no_other_waiting(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, kind: PeerKind
) -> None:
    """It is told of, stays unsent and is offered again; more of them than a turn holds starve no other."""
    monkeypatch.setattr(carrying, "FILES_A_TURN", 2)
    names = [desk.keep(b"x" * (n + 1)) for n in range(5)]
    desk.shelf.refused = dict.fromkeys(names[:3], kind)
    with pytest.raises(PeerTrouble, match="will not have it"):
        desk.carry()

    assert desk.to_send() == names[:3]
    desk.shelf.refused = {}
    assert carry_all(desk.door, desk.shelf, desk.vault) == 3  # type: ignore[arg-type]  # carries files, not rounds
    assert desk.to_send() == []


def test_a_line_that_fails_ends_the_turn(desk: Desk) -> None:
    """Nothing more is tried on a dead line, and nothing counts as sent."""
    names = [desk.keep(b"x" * (n + 1)) for n in range(3)]
    desk.shelf.refused = dict.fromkeys(names, PeerKind.OFFLINE)
    with pytest.raises(PeerTrouble):
        desk.carry()

    assert desk.shelf.tried == names[:1]
    assert desk.to_send() == names


def test_a_file_not_yet_at_the_server_is_no_trouble(desk: Desk) -> None:
    """A colleague's photo whose bytes are still on their laptop is asked for again next time."""
    name = desk.record(b"still in Owen's bag")

    assert desk.carry() == 0
    assert [file.sha256 for file in desk.door.read(files_wanted)] == [name]
    desk.shelf.kept[name] = b"still in Owen's bag"
    assert desk.carry() == 1
    assert desk.vault.read(name) == b"still in Owen's bag"


def test_a_file_that_is_not_its_name_is_not_kept(desk: Desk) -> None:
    """What comes is proved before it is shown as here."""
    name = desk.record(b"the true bytes")
    desk.shelf.kept[name] = b"other bytes"
    with pytest.raises(Trouble):
        desk.carry()

    assert not desk.vault.has(name)
    assert [file.sha256 for file in desk.door.read(files_wanted)] == [name]


def test_closing_the_window_stops_in_the_middle_of_a_file(desk: Desk) -> None:
    """A large file keeps nobody from closing; it stays unsent and goes on next time."""
    name = desk.keep(b"a very large file")
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 1

    carried = carry_files(desk.door, desk.shelf, desk.vault, stopped=stopped)  # type: ignore[arg-type]  # as above

    assert (carried, desk.to_send(), desk.shelf.kept) == (0, [name], {})


def test_all_files_are_carried_before_a_spoilt_one_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run of `almoner sync` carries what can be carried, and then says what could not."""
    monkeypatch.setattr(carrying, "FILES_A_TURN", 1)
    names = [desk.keep(b"x" * (n + 1)) for n in range(4)]
    desk.spoil_smallest()
    with pytest.raises(Trouble):
        carry_all(desk.door, desk.shelf, desk.vault)  # type: ignore[arg-type]  # as above

    assert desk.to_send() == names[:1]
