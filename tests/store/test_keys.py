"""The wrapped master key: two halves, a growing wait after wrong passphrases, and never a new key by mistake."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.builders import NOW
from tests.store.opened import CHEAP

from almoner.outside.clock import PretendClock
from almoner.outside.secrets import MemorySecrets
from almoner.records.trouble import Trouble
from almoner.store.keys import (
    STANDARD,
    Cost,
    KeyringMissing,
    SecretStore,
    TryLater,
    WrongPassphrase,
    change_passphrase,
    forget_keys,
    key_file_path,
    make_keys,
    read_key_file,
    unlock,
    wait_seconds,
)

RIGHT = "correct horse battery"
WRONG = "wrong horse battery"


class ForgetfulSecrets(MemorySecrets):
    """A keyring that takes secrets and keeps none."""

    def write(self, name: str, secret: bytes) -> None:
        """Keep nothing."""


class LockedSecrets(MemorySecrets):
    """A keyring that is locked."""

    def read(self, name: str) -> bytes | None:
        """Refuse."""
        raise Trouble("The keyring of this computer is locked.", "Unlock it.")


def _make(folder: Path, secrets: SecretStore | None, passphrase: str = RIGHT) -> bytes:
    return make_keys(folder, passphrase, secrets, user_id="u1", cost=CHEAP)


def _unlock(folder: Path, secrets: SecretStore | None, passphrase: str = RIGHT, now: datetime = NOW) -> bytes:
    return unlock(folder, passphrase, secrets, now=now, cost=CHEAP)


@pytest.mark.parametrize("secrets", [MemorySecrets(), None], ids=["keyring", "passphrase alone"])
def test_the_same_key_comes_back(tmp_path: Path, secrets: SecretStore | None) -> None:
    """The right passphrase gives the master key, which lies nowhere in plain."""
    master = _make(tmp_path, secrets)

    assert len(master) == 32
    assert _unlock(tmp_path, secrets) == master
    for path in tmp_path.iterdir():
        assert master not in path.read_bytes()
        assert master.hex() not in path.read_text()


def test_each_store_has_its_own_key(tmp_path: Path) -> None:
    """The same passphrase twice gives two keys."""
    assert _make(tmp_path / "a", None) != _make(tmp_path / "b", None)


def test_a_copied_disk_without_the_keyring_opens_nothing(tmp_path: Path) -> None:
    """The passphrase alone is not enough where a keyring holds the other half."""
    _make(tmp_path, MemorySecrets())

    for other in (MemorySecrets(), None):
        with pytest.raises(KeyringMissing, match="work is safe"):
            _unlock(tmp_path, other)


def test_the_halves_of_two_devices_do_not_fit(tmp_path: Path) -> None:
    """Another device's half in the keyring is refused as a wrong passphrase is."""
    secrets = MemorySecrets()
    _make(tmp_path, secrets)
    for name in list(secrets._kept):
        secrets.write(name, bytes(32))

    with pytest.raises(WrongPassphrase):
        _unlock(tmp_path, secrets)


def test_a_missing_entry_never_makes_a_new_key(tmp_path: Path) -> None:
    """Beside an existing key file nothing is made anew, and the old key works once the keyring answers again."""
    secrets = MemorySecrets()
    master = _make(tmp_path, secrets)
    before = key_file_path(tmp_path).read_bytes()

    with pytest.raises(KeyringMissing):
        _unlock(tmp_path, MemorySecrets())
    with pytest.raises(Trouble, match="holds a store already"):
        _make(tmp_path, MemorySecrets())

    assert key_file_path(tmp_path).read_bytes() == before
    assert _unlock(tmp_path, secrets) == master


def test_no_key_is_made_beside_a_store_whose_key_file_is_gone(tmp_path: Path) -> None:
    """A store without its key file is not a first run either."""
    (tmp_path / "store").mkdir()

    with pytest.raises(Trouble, match="holds a store already"):
        _make(tmp_path, None)
    with pytest.raises(Trouble, match="key file of the store is missing"):
        _unlock(tmp_path, None)


def test_a_keyring_that_forgets_is_not_relied_on(tmp_path: Path) -> None:
    """The keyring must give back what it was given before anything is built on it."""
    with pytest.raises(Trouble, match="did not keep"):
        _make(tmp_path, ForgetfulSecrets())

    assert read_key_file(tmp_path) is None


def test_a_locked_keyring_is_not_an_empty_one(tmp_path: Path) -> None:
    """Locked means ask; it counts as no wrong passphrase."""
    secrets = LockedSecrets()
    MemorySecrets.write(secrets, "x", b"y")
    good = MemorySecrets()
    _make(tmp_path, good)

    with pytest.raises(Trouble, match="locked"):
        _unlock(tmp_path, secrets)

    kept = read_key_file(tmp_path)
    assert kept is not None
    assert kept.failures == 0


def test_short_passphrases_are_refused(tmp_path: Path) -> None:
    """Ten characters with a keyring, sixteen without; blanks at the ends do not count."""
    with pytest.raises(Trouble, match="fewer than 10"):
        _make(tmp_path, MemorySecrets(), "   short   ")
    with pytest.raises(Trouble, match="fewer than 16"):
        _make(tmp_path, None, "twelve chars")
    with pytest.raises(Trouble, match="too long"):
        _make(tmp_path, None, "x" * 1001)
    assert read_key_file(tmp_path) is None


def test_a_passphrase_may_be_typed_on_any_keyboard(tmp_path: Path) -> None:
    """The same letters in two Unicode forms are the same passphrase."""
    master = _make(tmp_path, None, "caf\u00e9 cr\u00e8me br\u00fbl\u00e9e")

    assert _unlock(tmp_path, None, "cafe\u0301 cre\u0300me bru\u0302le\u0301e") == master


def test_the_wait_grows_and_stops_at_a_quarter_of_an_hour() -> None:
    """Four tries are free, then half a minute, doubling, at most fifteen minutes."""
    waits = [wait_seconds(failures) for failures in range(13)]

    assert waits == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]
    assert wait_seconds(10**9) == 900


def test_wrong_passphrases_must_wait_longer_and_longer(tmp_path: Path) -> None:
    """After five failures even the right passphrase waits, also after a restart; then it opens and all is forgotten."""
    clock = PretendClock(NOW)
    master = _make(tmp_path, None)
    for _try in range(4):
        with pytest.raises(WrongPassphrase):
            _unlock(tmp_path, None, WRONG, clock.now())
    with pytest.raises(TryLater) as told:
        _unlock(tmp_path, None, WRONG, clock.now())
    assert told.value.seconds == 30

    clock.advance(seconds=29)
    with pytest.raises(TryLater) as told:
        _unlock(tmp_path, None, RIGHT, clock.now())
    assert told.value.seconds == 1
    clock.advance(seconds=2)
    with pytest.raises(TryLater) as told:
        _unlock(tmp_path, None, WRONG, clock.now())
    assert told.value.seconds == 60
    clock.advance(seconds=60)

    assert _unlock(tmp_path, None, RIGHT, clock.now()) == master
    with pytest.raises(WrongPassphrase):
        _unlock(tmp_path, None, WRONG, clock.now())


def test_a_clock_set_back_or_forth_neither_opens_nor_locks_for_ever(tmp_path: Path) -> None:
    """A clock set ten years back gives no free try, and one that was ten years ahead costs one wait only."""
    master = _make(tmp_path, None)
    ahead = NOW + timedelta(days=3650)
    for _try in range(5):
        with pytest.raises((WrongPassphrase, TryLater)):
            _unlock(tmp_path, None, WRONG, ahead)

    with pytest.raises(TryLater) as told:
        _unlock(tmp_path, None, RIGHT, NOW)

    assert told.value.seconds == 30
    assert _unlock(tmp_path, None, RIGHT, NOW + timedelta(seconds=31)) == master


def test_a_changed_passphrase_opens_the_same_store(tmp_path: Path) -> None:
    """The key stays, the old passphrase is refused, a wrong one changes nothing."""
    secrets = MemorySecrets()
    master = _make(tmp_path, secrets)

    with pytest.raises(WrongPassphrase):
        change_passphrase(tmp_path, WRONG, "new horse battery", secrets, now=NOW, cost=CHEAP)
    change_passphrase(tmp_path, RIGHT, "new horse battery", secrets, now=NOW, cost=CHEAP)

    assert _unlock(tmp_path, secrets, "new horse battery") == master
    with pytest.raises(WrongPassphrase):
        _unlock(tmp_path, secrets, RIGHT)
    with pytest.raises(Trouble, match="fewer than"):
        change_passphrase(tmp_path, "new horse battery", "short", secrets, now=NOW, cost=CHEAP)


def test_a_risen_cost_is_taken_over_at_the_next_unlocking(tmp_path: Path) -> None:
    """A key file of cheaper times is wrapped anew once the passphrase is known; never the other way."""
    dearer = Cost(memory_kib=16, passes=2, lanes=1)
    master = _make(tmp_path, None)

    assert unlock(tmp_path, RIGHT, None, now=NOW, cost=dearer) == master
    assert read_key_file(tmp_path).cost == dearer
    assert unlock(tmp_path, RIGHT, None, now=NOW, cost=CHEAP) == master
    assert read_key_file(tmp_path).cost == dearer


def test_the_standard_cost_is_the_one_that_was_measured() -> None:
    """64 MiB, 3 passes, 4 lanes: about 0.4 s a guess."""
    assert (STANDARD.memory_kib, STANDARD.passes, STANDARD.lanes) == (65536, 3, 4)


def test_a_damaged_key_file_is_read_from_its_copy(tmp_path: Path) -> None:
    """One damaged file costs nothing; two are told apart from a wrong passphrase."""
    master = _make(tmp_path, None)
    key_file_path(tmp_path).write_bytes(key_file_path(tmp_path).read_bytes().replace(b'"failures":0', b'"failures":9'))

    assert _unlock(tmp_path, None) == master

    for path in tmp_path.glob("keys*.json"):
        path.write_bytes(b"{}")
    with pytest.raises(Trouble, match="damaged, and so is its copy"):
        _unlock(tmp_path, None)


def test_forgotten_keys_open_nothing(tmp_path: Path) -> None:
    """After a wipe neither the keyring nor the disk holds anything of the key."""
    secrets = MemorySecrets()
    _make(tmp_path, secrets)

    forget_keys(tmp_path, secrets)

    assert not secrets._kept
    assert list(tmp_path.iterdir()) == []
