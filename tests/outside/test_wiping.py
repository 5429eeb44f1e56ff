"""Destroying a store: the keys first, never half opened, finished after a cut, and nothing of it left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.desks import A1_MORNING, RUTH

from almoner.outside import wiping
from almoner.outside.clock import PretendClock
from almoner.outside.ids import SeededIds
from almoner.outside.laptop import Enrolment, Laptop, read_laptop, write_laptop
from almoner.outside.opening import unlock_store
from almoner.outside.places import Places, store_folder
from almoner.outside.resources import migrations_dir, resources_dir
from almoner.outside.secrets import MemorySecrets
from almoner.outside.tokens import TokenKeeper, Tokens
from almoner.outside.wiping import destroy_store, finish_wipes, may_be_wiped
from almoner.records import Person
from almoner.records.trouble import Trouble
from almoner.store.keys import Cost, SecretStore, key_file_path, make_keys
from almoner.store.opening import Store

PASSPHRASE = "four walls and a wet ceiling"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
ENROLMENT = Enrolment(
    user_id=RUTH.id, username="ruth", full_name="Ruth", server="https://a.example", device_id="d", folder=RUTH.id
)
OTHER = Enrolment(
    user_id="u9", username="owen", full_name="Owen", server="https://a.example", device_id="e", folder="u9"
)


class LockedSecrets(MemorySecrets):
    """A keyring that nobody has unlocked."""

    def delete(self, name: str) -> None:
        raise Trouble("The keyring of this computer is locked.", "Unlock it.")


class Cut(Exception):
    """The battery is flat."""


def _places(home: Path, secrets: SecretStore) -> Places:
    def connect(_address: str, _user: str) -> None:
        raise AssertionError("nobody needs a line to destroy a store")

    return Places(
        home=home,
        resources=resources_dir(),
        migrations=migrations_dir() / "local",
        keyring=lambda: secrets,
        clock=PretendClock(A1_MORNING),
        ids=SeededIds(1),
        connect=connect,  # type: ignore[arg-type]  # never called
        cost=CHEAP,
    )


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


@pytest.fixture
def laptop(tmp_path: Path, secrets: MemorySecrets) -> Places:
    """Ruth's store with a person in it, her sign-in, and Owen who works here too."""
    places = _places(tmp_path, secrets)
    folder = store_folder(tmp_path, ENROLMENT)
    master = make_keys(folder, PASSPHRASE, secrets, user_id=RUTH.id, cost=CHEAP)
    store = Store.create(folder, master, user_id=RUTH.id)
    store.writer().write(lambda tx: tx.add(Person(id="p1", full_name="Maya Okafor")), author=RUTH.id, now=A1_MORNING)
    store.close()
    TokenKeeper(secrets, ENROLMENT.server, "ruth").keep(Tokens("a", "r", "d", RUTH.id))
    write_laptop(tmp_path, Laptop(enrolments=(ENROLMENT, OTHER), last_user_id=RUTH.id))
    return places


def test_nothing_of_a_destroyed_store_is_left(laptop: Places, secrets: MemorySecrets) -> None:
    """No file, no key, no sign-in, no name; the colleague on the same laptop keeps theirs."""
    destroy_store(laptop, ENROLMENT)

    assert not store_folder(laptop.home, ENROLMENT).exists()
    assert secrets._kept == {}
    assert read_laptop(laptop.home).enrolments == (OTHER,)
    assert read_laptop(laptop.home).last() == OTHER


@pytest.mark.parametrize("function", ["forget_keys", "_remove", "_forget_officer", "write_whole"])
def test_a_wipe_that_was_cut_is_finished_at_the_next_start(
    laptop: Places, secrets: MemorySecrets, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """Wherever the power went, the store is either untouched or never opened again, and the next start ends it."""

    def cut(*_words: object) -> None:
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(wiping, function, cut)
        with pytest.raises(Cut):
            destroy_store(laptop, ENROLMENT)
    if function == "write_whole":
        unlock_store(laptop, ENROLMENT, PASSPHRASE).store.close()
        destroy_store(laptop, ENROLMENT)
    elif function != "_forget_officer":
        with pytest.raises(Trouble, match="was removed"):
            unlock_store(laptop, ENROLMENT, PASSPHRASE)
    finish_wipes(laptop)
    if function == "_forget_officer":
        destroy_store(laptop, ENROLMENT)

    assert not store_folder(laptop.home, ENROLMENT).exists()
    assert secrets._kept == {}
    assert read_laptop(laptop.home).enrolments == (OTHER,)


def test_the_keys_go_before_the_store(laptop: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store begins to go, nothing can open it any more."""
    seen: list[bool] = []

    def look(folder: Path, remove: Callable[[Path], None] = wiping._remove) -> None:
        seen.append(key_file_path(folder).exists() or (folder / "keys.copy.json").exists())
        seen.append((folder / "store" / "store.db").exists())
        remove(folder)

    monkeypatch.setattr(wiping, "_remove", look)
    destroy_store(laptop, ENROLMENT)

    assert seen == [False, True]


def test_a_locked_keyring_saves_nothing(laptop: Places, secrets: MemorySecrets) -> None:
    """Its half opens nothing without the wrapped key; the rest goes, and the person is told."""
    locked = LockedSecrets()
    locked._kept = secrets._kept
    with pytest.raises(Trouble, match="locked"):
        destroy_store(_places(laptop.home, locked), ENROLMENT)

    assert not store_folder(laptop.home, ENROLMENT).exists()


def test_a_damaged_key_file_saves_nothing(laptop: Places) -> None:
    """What cannot be read can still be removed."""
    folder = store_folder(laptop.home, ENROLMENT)
    for name in ("keys.json", "keys.copy.json"):
        (folder / name).write_bytes(b"{")
    with pytest.raises(Trouble, match="damaged"):
        destroy_store(laptop, ENROLMENT)

    assert not folder.exists()


def test_a_wipe_waits_for_unsent_work(laptop: Places) -> None:
    """What the server asked for is done when the work is handed in, and a store nobody asked about is kept."""
    opened = unlock_store(laptop, ENROLMENT, PASSPHRASE)
    told = [opened.store.look(may_be_wiped)]
    writer = opened.store.writer()
    writer.write(lambda tx: tx.set_fact("wipe", "1"), author=RUTH.id, now=A1_MORNING)
    told.append(opened.store.look(may_be_wiped))
    writer.write(
        lambda tx: tx.connection.exec_driver_sql("UPDATE outbox SET state = 'sent'"), author=RUTH.id, now=A1_MORNING
    )
    told.append(opened.store.look(may_be_wiped))
    opened.store.close()

    assert told == [False, False, True]


def test_starting_finishes_nothing_that_was_not_begun(laptop: Places) -> None:
    """An ordinary start touches no store."""
    assert finish_wipes(laptop) == ()
    unlock_store(laptop, ENROLMENT, PASSPHRASE).store.close()
