"""The system's keyring: only trusted backends, made directly, and relied on only when they give back what they got."""

from __future__ import annotations

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from almoner.outside import secrets as ours
from almoner.outside.secrets import ALLOWED, KeyringSecrets, MemorySecrets, system_secrets
from almoner.records.trouble import Trouble


class GoodKeyring(KeyringBackend):
    """Keeps what it is given, as a system's keyring does."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError(service)
        del self.kept[service, username]


class ForgetfulKeyring(GoodKeyring):
    """Says yes and keeps nothing, as the library's null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class LockedKeyring(GoodKeyring):
    """Its owner has dismissed the prompt."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked("locked")


class AbsentKeyring(GoodKeyring):
    """Cannot work on this computer."""

    priority = property(lambda self: (_ for _ in ()).throw(RuntimeError("not here")))


class FailingKeyring(GoodKeyring):
    """Breaks down when asked."""

    def get_password(self, service: str, username: str) -> str | None:
        raise InitError("no collection")


class WinVaultKeyring(GoodKeyring):
    """Has the name of the Windows one, whose secrets may roam with a profile unless told not to."""

    persist = "enterprise"


HERE = __name__


def test_a_secret_comes_back_as_it_was() -> None:
    """Any bytes, as one line of text, under a service name of their own."""
    backend = GoodKeyring()
    keyring = KeyringSecrets(backend)
    secret = bytes(range(256))

    keyring.write("store ann", secret)
    keyring.write("store ben", b"other")

    assert keyring.read("store ann") == secret
    assert keyring.read("nobody") is None
    assert all("\n" not in kept and kept.isascii() for kept in backend.kept.values())
    assert len({service for service, _user in backend.kept}) == 2


def test_forgetting_twice_is_no_fault() -> None:
    """A secret that is not there can be deleted."""
    keyring = KeyringSecrets(GoodKeyring())
    keyring.write("x", b"1")

    keyring.delete("x")
    keyring.delete("x")

    assert keyring.read("x") is None


def test_windows_secrets_stay_on_the_machine() -> None:
    """The Windows backend is told not to let secrets roam."""
    backend = WinVaultKeyring()

    KeyringSecrets(backend)

    assert backend.persist == "local machine"


def test_faults_are_told_in_words() -> None:
    """A locked keyring, a failing one and nonsense under our name are three sentences."""
    with pytest.raises(Trouble, match="locked"):
        KeyringSecrets(LockedKeyring()).read("x")
    with pytest.raises(Trouble, match="does not answer"):
        KeyringSecrets(FailingKeyring()).read("x")
    nonsense = GoodKeyring()
    nonsense.set_password("Almoner x", "Almoner", "not base64!")
    with pytest.raises(Trouble, match="not ours"):
        KeyringSecrets(nonsense).read("x")


def test_only_allowed_backends_are_used() -> None:
    """Plain-text files, null backends and the library's own choice are never among them."""
    names = {f"{module}.{name}" for module, name in ALLOWED}

    assert not [name for name in names if "alt" in name or "null" in name or "chainer" in name or "fail" in name]
    assert len(names) == 5


def test_the_first_that_works_and_remembers_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Absent and forgetful ones are passed over; none at all means none, whatever the environment asks for."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")

    taken = system_secrets([("no.such.module", "X"), (HERE, "AbsentKeyring"), (HERE, "GoodKeyring")])

    assert isinstance(taken, KeyringSecrets)
    assert isinstance(taken._backend, GoodKeyring)
    assert taken._backend.kept == {}
    assert system_secrets([(HERE, "ForgetfulKeyring")]) is None
    assert system_secrets([("keyring.backends.macOS", "Keyring")]) is None


def test_a_locked_keyring_is_not_taken_for_none() -> None:
    """A locked keyring asks to be unlocked; it is not the same as a computer without one."""
    with pytest.raises(Trouble, match="locked"):
        system_secrets([(HERE, "LockedKeyring")])


def test_no_keyring_error_is_a_sentence() -> None:
    """The library's own "no keyring" is told in words too."""
    assert "does not answer" in ours._trouble(NoKeyringError()).what


def test_the_twin_behaves_alike() -> None:
    """The pretend keyring reads, writes and deletes as the real one does."""
    twin = MemorySecrets()
    twin.write("x", b"1")
    twin.delete("x")
    twin.delete("x")

    assert twin.read("x") is None
