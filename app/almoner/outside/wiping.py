"""Destroying an officer's store on this laptop for good, such as when the council asked for it because it was lost.

The keys go first: without them the rest is noise. A mark is left before anything goes, so that a wipe that was cut, by
a crash or a flat battery, is finished at the next start and what is half gone is never opened.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from almoner.outside.laptop import Enrolment, read_laptop, write_laptop
from almoner.outside.places import Places, store_folder
from almoner.outside.tokens import TokenKeeper
from almoner.records.trouble import Trouble
from almoner.store.disk import write_whole
from almoner.store.faults import told_plainly
from almoner.store.keys import SecretStore, forget_keys, key_file_path
from almoner.store.outbox import unsent_count
from almoner.store.reading import Reading

_MARK = "wiping"
_KEYS = ("keys.json", "keys.copy.json")


def wipe_is_asked(reading: Reading) -> bool:
    """Whether the server asked at the last contact for this store to be destroyed."""
    return reading.fact("wipe") == "1"


def may_be_wiped(reading: Reading) -> bool:
    """Whether the store is to be destroyed and nothing in it still waits to be handed in: then it is time."""
    return wipe_is_asked(reading) and unsent_count(reading) == 0


def is_being_wiped(folder: Path) -> bool:
    """Whether a wipe of this store was begun: it is never opened again."""
    return (folder / _MARK).exists()


def refuse_wiped(folder: Path) -> None:
    """Raises Trouble when a wipe of this store was begun."""
    if is_being_wiped(folder):
        raise Trouble(
            "Everything of Almoner for this officer was removed from this computer, as the council asked.",
            "Ask your IT service desk for a one-time code to set it up again.",
        )


def destroy_store(places: Places, enrolment: Enrolment) -> None:
    """Destroy the keys, then the store, journal, files and sign-in of one officer, and forget that they worked here.

    The store must be closed. May be called again after it was cut. Raises Trouble when something could not be removed;
    the keys are gone by then, and the next start tries again.
    """
    folder = store_folder(places.home, enrolment)
    with suppress(OSError):  # a full disk must not save the keys
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / _MARK, b"")
    troubles = [_without_keys(folder, enrolment, places)]
    _remove(folder)
    if folder.exists():
        troubles.append(
            Trouble(
                "Part of Almoner's files could not be removed from this computer; nobody can read them any more.",
                "Restart the computer and open Almoner once, or ask your IT service desk to remove the folder.",
                str(folder),
            )
        )
    _forget_officer(places.home, enrolment)
    for trouble in troubles:
        if trouble is not None:
            raise trouble


def finish_wipes(places: Places) -> tuple[Enrolment, ...]:
    """Finish what was cut, at every start before anything is opened; whose stores went. What still cannot be removed
    stays marked, and is tried again next time."""
    begun = [e for e in read_laptop(places.home).enrolments if is_being_wiped(store_folder(places.home, e))]
    for enrolment in begun:
        with suppress(Trouble):
            destroy_store(places, enrolment)
    known = {store_folder(places.home, e).name for e in read_laptop(places.home).enrolments}
    for folder in (places.home / "stores").glob("*"):
        if folder.name not in known and is_being_wiped(folder):
            _remove(folder)
    return tuple(begun)


def _without_keys(folder: Path, enrolment: Enrolment, places: Places) -> Trouble | None:
    """Destroy the wrapped key, the keyring's half and the tokens. A keyring that is locked keeps a half that opens
    nothing; that is no reason to stop, and is told in the end."""
    trouble: Trouble | None = None
    secrets: SecretStore | None = None
    try:
        secrets = places.keyring()
        forget_keys(folder, secrets)
        if secrets is not None:
            TokenKeeper(secrets, enrolment.server, enrolment.username).forget()
    except Trouble as fault:
        trouble = fault
    with told_plainly():
        for name in _KEYS:
            (folder / name).unlink(missing_ok=True)
    assert not key_file_path(folder).exists(), "the wrapped key is gone before anything else goes"
    return trouble


def _remove(folder: Path) -> None:
    """Remove everything in a folder, the mark last, so that what is left is still known for what it is."""
    for path in sorted(folder.glob("*"), key=lambda each: each.name == _MARK):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name != _MARK or len(list(folder.glob("*"))) == 1:
            with suppress(OSError):
                path.unlink()
    with suppress(OSError):
        folder.rmdir()


def _forget_officer(home: Path, enrolment: Enrolment) -> None:
    laptop = read_laptop(home)
    others = tuple(e for e in laptop.enrolments if e.user_id != enrolment.user_id)
    last = laptop.last_user_id if laptop.last_user_id != enrolment.user_id else ""
    write_laptop(home, msgspec.structs.replace(laptop, enrolments=others, last_user_id=last))
