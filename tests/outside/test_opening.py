"""Setting a laptop up: nothing is used up or left behind for a fault that could be told before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, RUTH

from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.laptop import Device, read_laptop
from almoner.outside.opening import enrol
from almoner.outside.places import Places
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets
from almoner.records.trouble import Trouble
from almoner.store.keys import Cost, SecretStore
from almoner.sync.messages import Hello, HelloReply
from almoner.sync.peer import PeerKind, PeerTrouble


@dataclass(frozen=True)
class Form:
    """What an officer typed."""

    server: str = "https://almoner.example"
    user: str = "ruth"
    password: str = "correct horse battery staple"
    code: str = "BFQDY-WBYF7"
    passphrase: str = "four walls and a wet ceiling"


class CutLine:
    """A server that takes one-time codes, and whose line is cut before anything is loaded."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    @property
    def peer(self) -> CutLine:
        """Itself."""
        return self

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Use up the code."""
        self.codes.append(code)
        return Device(RUTH.id, "device-1")

    def hello(self, message: Hello) -> HelloReply:
        """The line is cut."""
        raise PeerTrouble(PeerKind.OFFLINE, "The server cannot be reached.", "Check the network.")

    def close(self) -> None:
        """Nothing is open."""


def places(home: Path, line: CutLine, secrets: SecretStore | None) -> Places:
    """A laptop that nobody has set up."""
    return Places(
        home=home,
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: secrets,
        clock=PretendClock(A1_MORNING),
        ids=SeededIds(1),
        connect=lambda _address, _user: line,
        cost=Cost(memory_kib=64, passes=1, lanes=1),
    )


def test_a_short_passphrase_uses_up_no_code(tmp_path: Path) -> None:
    """Without a keyring a longer passphrase is wanted, and that is said before the server is asked."""
    line = CutLine()

    with pytest.raises(Trouble, match="fewer than 16"):
        enrol(places(tmp_path, line, None), replace(Form(), passphrase="four damp wall"))

    assert line.codes == []


def test_a_cut_first_load_leaves_nothing_behind(tmp_path: Path) -> None:
    """The next try starts from nothing: no store, no key file, no half of a key in the keyring, no officer."""
    line, secrets = CutLine(), MemorySecrets()

    for _ in range(2):
        with pytest.raises(PeerTrouble, match="cannot be reached"):
            enrol(places(tmp_path, line, secrets), Form())

    assert len(line.codes) == 2
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert vars(secrets) == {"_kept": {}}
    assert read_laptop(tmp_path).enrolments == ()
