"""The master key of a store: wrapped by two halves, one in the system's keyring and one made from the passphrase.

    wrap = AES-256-GCM( HKDF-SHA256(K_dev || K_user), master, aad = version, key id, user id )
    K_dev  = 32 random bytes in the keyring (absent where no keyring can be trusted: then a longer passphrase)
    K_user = Argon2id(passphrase, salt), cost stored beside it

A copied disk has no K_dev to guess against; a thief in the account has no passphrase. Nothing of it is ever plain on
disk. A missing keyring entry beside an existing key file means "ask again", never a new key.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets as chance
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import msgspec
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from almoner.records.trouble import Trouble
from almoner.records.wire import instant_text, read_instant
from almoner.store.derivation import KEY_BYTES
from almoner.store.disk import write_whole
from almoner.store.faults import told_plainly

SHORTEST_WITH_KEYRING = 10
SHORTEST_ALONE = 16
LONGEST = 1000
FREE_TRIES = 5
FIRST_WAIT_SECONDS = 30
LONGEST_WAIT_SECONDS = 15 * 60

_FORMAT = 1
_NONCE = 12


class SecretStore(Protocol):
    """A place of the operating system for small secrets, such as its keyring. Every call may raise Trouble."""

    def read(self, name: str) -> bytes | None:
        """The secret, or None when the place has none under that name."""

    def write(self, name: str, secret: bytes) -> None:
        """Keep a secret under a name."""

    def delete(self, name: str) -> None:
        """Forget a secret; nothing happens when there is none."""


class Cost(msgspec.Struct, frozen=True):
    """What one try at a passphrase costs (Argon2id)."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


STANDARD = Cost()


class KeyFile(msgspec.Struct, frozen=True):
    """What lies beside the store: enough to unwrap the master key with both halves, and nothing secret."""

    format: int
    key_id: str
    user_id: str
    keyring: bool
    cost: Cost
    salt: bytes
    nonce: bytes
    wrapped: bytes
    failures: int = 0
    last_failure: str = ""


class _Sealed(msgspec.Struct, frozen=True):
    keys: KeyFile
    check: str


class WrongPassphrase(Trouble):
    """The passphrase (or the keyring's half) does not unwrap the key."""


class TryLater(Trouble):
    """Too many wrong passphrases: the next try must wait `seconds`."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        wait = f"{seconds} seconds" if seconds < 60 else "1 minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__("The passphrase was wrong too many times.", f"Wait {wait}, then try again.")
        self.seconds = seconds


class KeyringMissing(Trouble):
    """The keyring does not give the half of the key that it holds; the store itself is whole."""


def key_file_path(folder: Path) -> Path:
    """The key file of a store's folder; a second copy lies beside it."""
    return folder / "keys.json"


def _copy_path(folder: Path) -> Path:
    return folder / "keys.copy.json"


def read_key_file(folder: Path) -> KeyFile | None:
    """The folder's key file, from its copy when it is damaged; None when there is none. Raises Trouble when both
    cannot be read."""
    found = False
    for path in (key_file_path(folder), _copy_path(folder)):
        try:
            sealed = msgspec.json.decode(path.read_bytes(), type=_Sealed)
        except FileNotFoundError:
            continue
        except (OSError, msgspec.MsgspecError):
            found = True
            continue
        found = True
        if sealed.check == _check(sealed.keys):
            return sealed.keys
    if found:
        raise Trouble(
            "The key file of the store is damaged, and so is its copy.",
            "Change nothing on this computer and tell your IT service desk: they can put the key file back.",
            str(key_file_path(folder)),
        )
    return None


def _check(keys: KeyFile) -> str:
    return hashlib.sha256(msgspec.json.encode(keys, order="deterministic")).hexdigest()


def _write_key_file(folder: Path, keys: KeyFile) -> None:
    content = msgspec.json.encode(_Sealed(keys, _check(keys)))
    write_whole(key_file_path(folder), content)
    write_whole(_copy_path(folder), content)


def _half_of_passphrase(passphrase: str, cost: Cost, salt: bytes) -> bytes:
    typed = unicodedata.normalize("NFKC", passphrase).encode(errors="surrogatepass")
    return hash_secret_raw(typed, salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID)


def _wrapping_key(device: bytes, user: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"almoner wrap").derive(device + user)


def _bound_to(key_id: str, user_id: str) -> bytes:
    return f"{_FORMAT}|{key_id}|{user_id}".encode()


def _account(key_id: str, user_id: str) -> str:
    return f"store {user_id} {key_id}"


def prove_long_enough(passphrase: str, *, with_keyring: bool) -> None:
    """Raises Trouble when a new passphrase is too short, or too long to be one."""
    shortest = SHORTEST_WITH_KEYRING if with_keyring else SHORTEST_ALONE
    if len(passphrase.strip()) < shortest:
        why = "" if with_keyring else " This computer has no keyring that can be trusted, so it must be longer."
        raise Trouble(f"The passphrase has fewer than {shortest} characters.{why}", "Choose a longer one, say 4 words.")
    if len(passphrase) > LONGEST:
        raise Trouble("The passphrase is too long.", f"Use at most {LONGEST} characters.")


def make_keys(
    folder: Path, passphrase: str, secrets: SecretStore | None, *, user_id: str, cost: Cost = STANDARD
) -> bytes:
    """Make the master key of a new store and its key file. `secrets` None: the passphrase alone, which must be longer.

    Raises Trouble when there is a key file already, the passphrase is short, or the keyring does not keep secrets.
    """
    if read_key_file(folder) is not None or (folder / "store").exists():
        raise Trouble("This folder holds a store already.", "Unlock it instead.", str(folder))
    prove_long_enough(passphrase, with_keyring=secrets is not None)
    master, key_id = chance.token_bytes(KEY_BYTES), chance.token_hex(8)
    device = b""
    if secrets is not None:
        device = chance.token_bytes(KEY_BYTES)
        _entrust(secrets, _account(key_id, user_id), device)
    keys = _wrap(master, device, passphrase, cost, key_id=key_id, user_id=user_id, keyring=secrets is not None)
    with told_plainly():
        folder.mkdir(parents=True, exist_ok=True)
        _write_key_file(folder, keys)
    return master


def _entrust(secrets: SecretStore, account: str, secret: bytes) -> None:
    """Give the keyring its half, and rely on it only once it gave it back."""
    secrets.write(account, secret)
    if secrets.read(account) != secret:
        raise Trouble(
            "The keyring of this computer did not keep what it was given.",
            "Unlock the keyring and try again, or ask your IT service desk.",
        )


def _wrap(
    master: bytes, device: bytes, passphrase: str, cost: Cost, *, key_id: str, user_id: str, keyring: bool
) -> KeyFile:
    salt, nonce = chance.token_bytes(16), chance.token_bytes(_NONCE)
    key = _wrapping_key(device, _half_of_passphrase(passphrase, cost, salt))
    wrapped = AESGCM(key).encrypt(nonce, master, _bound_to(key_id, user_id))
    return KeyFile(
        format=_FORMAT,
        key_id=key_id,
        user_id=user_id,
        keyring=keyring,
        cost=cost,
        salt=salt,
        nonce=nonce,
        wrapped=wrapped,
    )


def unlock(
    folder: Path, passphrase: str, secrets: SecretStore | None, *, now: datetime, cost: Cost = STANDARD
) -> bytes:
    """The master key. Slow on purpose (about 0.4 s): keep it off the UI thread.

    Raises WrongPassphrase, TryLater after repeated failures, KeyringMissing, or Trouble for a damaged key file. When
    the cost of a try has risen since the file was written, it is wrapped anew.
    """
    keys = _present_keys(folder)
    _prove_waited(folder, keys, now)
    device = _device_half(keys, secrets)
    try:
        master = _unwrap(keys, device, passphrase)
    except InvalidTag as error:
        failed = msgspec.structs.replace(keys, failures=keys.failures + 1, last_failure=instant_text(now))
        with suppress(OSError):
            _write_key_file(folder, failed)
        raise _wrong(failed) from error
    if keys.failures or _is_weaker(keys.cost, cost):
        again = keys.cost if not _is_weaker(keys.cost, cost) else cost
        with suppress(OSError):
            _write_key_file(folder, _rewrapped(keys, master, device, passphrase, again))
    return master


def _present_keys(folder: Path) -> KeyFile:
    keys = read_key_file(folder)
    if keys is None:
        raise Trouble(
            "The key file of the store is missing.",
            "Tell your IT service desk: they can put it back. Do not set up this computer again.",
            str(key_file_path(folder)),
        )
    return keys


def wait_seconds(failures: int) -> int:
    """How long to wait after so many wrong passphrases in a row: nothing at first, then doubling to 15 minutes."""
    if failures < FREE_TRIES:
        return 0
    return int(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(failures - FREE_TRIES, 20)))


def seconds_to_wait(folder: Path, now: datetime) -> int:
    """How long until the next try at the folder's passphrase is allowed; 0 when it is now. Raises Trouble."""
    keys = read_key_file(folder)
    wait = wait_seconds(keys.failures) if keys is not None else 0
    if keys is None or not wait or not keys.last_failure:
        return 0
    since = (now - read_instant(keys.last_failure)).total_seconds()
    return wait if since < 0 else max(0, math.ceil(wait - since))


def _prove_waited(folder: Path, keys: KeyFile, now: datetime) -> None:
    wait = wait_seconds(keys.failures)
    if not wait or not keys.last_failure:
        return
    since = now - read_instant(keys.last_failure)
    if since < timedelta(0):
        with suppress(OSError):
            _write_key_file(folder, msgspec.structs.replace(keys, last_failure=instant_text(now)))
        raise TryLater(wait)
    if since < timedelta(seconds=wait):
        raise TryLater(max(1, int(wait - since.total_seconds())))


def _wrong(failed: KeyFile) -> Trouble:
    wait = wait_seconds(failed.failures)
    if wait:
        return TryLater(wait)
    return WrongPassphrase("The passphrase is not right.", "Try again. Check Caps Lock and the keyboard's language.")


def _device_half(keys: KeyFile, secrets: SecretStore | None) -> bytes:
    if not keys.keyring:
        return b""
    found = secrets.read(_account(keys.key_id, keys.user_id)) if secrets is not None else None
    if found is None:
        raise KeyringMissing(
            "The keyring of this computer does not give its half of the key. Your work is safe in the store.",
            "Unlock the keyring (signing out and in again often does it), then try again. If it still fails, ask your "
            "IT service desk.",
        )
    return found


def _unwrap(keys: KeyFile, device: bytes, passphrase: str) -> bytes:
    if len(passphrase) > LONGEST:
        raise InvalidTag
    key = _wrapping_key(device, _half_of_passphrase(passphrase, keys.cost, keys.salt))
    return AESGCM(key).decrypt(keys.nonce, keys.wrapped, _bound_to(keys.key_id, keys.user_id))


def _is_weaker(one: Cost, other: Cost) -> bool:
    return (one.memory_kib, one.passes) < (other.memory_kib, other.passes)


def _rewrapped(keys: KeyFile, master: bytes, device: bytes, passphrase: str, cost: Cost) -> KeyFile:
    return _wrap(master, device, passphrase, cost, key_id=keys.key_id, user_id=keys.user_id, keyring=keys.keyring)


def change_passphrase(
    folder: Path,
    old: str,
    new: str,
    secrets: SecretStore | None,
    *,
    now: datetime,
    cost: Cost = STANDARD,
) -> None:
    """Wrap the master key under a new passphrase; the store itself is not touched. Raises as `unlock` does."""
    keys = _present_keys(folder)
    prove_long_enough(new, with_keyring=keys.keyring)
    master = unlock(folder, old, secrets, now=now, cost=cost)
    device = _device_half(keys, secrets)
    with told_plainly():
        _write_key_file(folder, _rewrapped(keys, master, device, new, cost))


def forget_keys(folder: Path, secrets: SecretStore | None) -> None:
    """Make the store unreadable for ever, at once: the keyring's half first, then the key files. For a wipe."""
    keys = read_key_file(folder)
    if keys is not None and secrets is not None:
        secrets.delete(_account(keys.key_id, keys.user_id))
    for path in (key_file_path(folder), _copy_path(folder)):
        with suppress(FileNotFoundError):
            os.unlink(path)
