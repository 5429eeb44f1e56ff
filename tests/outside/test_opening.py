"""Setting a laptop up: nothing is used up or left behind for a fault that could be told before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, RUTH

from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.laptop import Device, read_laptop
from almoner.outside.opening import enrol, unlock_store
from almoner.outside.places import Places
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets
from almoner.records.trouble import Trouble
from almoner.store.keys import Cost, SecretStore


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


def test_once_the_code_is_used_the_laptop_is_set_up(tmp_path: Path) -> None:
    """Keys, store and officer are kept before anything is loaded: a line that is cut costs no second code."""
    line, secrets = CutLine(), MemorySecrets()
    here = places(tmp_path, line, secrets)

    enrol(here, Form()).store.close()
    known = read_laptop(tmp_path).last()
    assert known is not None
    again = unlock_store(here, known, Form().passphrase)
    again.store.close()

    assert (known.user_id, known.username) == (RUTH.id, "ruth")
    assert line.codes == ["BFQDY-WBYF7"]


class NoRoom(CutLine):
    """As the other; the disk is taken away once the code was used."""

    def __init__(self, stores: Path) -> None:
        super().__init__()
        self._stores = stores

    def enrol(self, username: str, password: str, code: str, device: str) -> Device:
        """Use up the code, and put a file where the folder of the stores would be."""
        self._stores.parent.mkdir(parents=True, exist_ok=True)
        (self._stores.parent / "laptop.tmp").mkdir()
        return super().enrol(username, password, code, device)


def test_what_cannot_be_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    """When the laptop cannot remember the officer, no store, no key file and no half of a key stays either."""
    secrets = MemorySecrets()

    with pytest.raises(Trouble, match="cannot write"):
        enrol(places(tmp_path, NoRoom(tmp_path / "stores"), secrets), Form())

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert vars(secrets) == {"_kept": {}}
    assert read_laptop(tmp_path).enrolments == ()
