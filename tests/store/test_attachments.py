"""Files beside the database: whole and genuine or refused, unreadable without their key, and no orphan stays."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import delete
from tests.builders import make_attachment, make_note
from tests.store.opened import add, read, reopened, write

from almoner.records.trouble import Trouble
from almoner.store import attachments
from almoner.store.attachments import (
    CHUNK,
    LARGEST,
    DamagedFile,
    Kept,
    Vault,
    files_to_send,
    files_wanted,
    mark_sent,
)
from almoner.store.opening import Store
from almoner.store.tables import attachment_key
from almoner.store.writing import Writing

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]


def content_of(size: int) -> bytes:
    """That many bytes, different in every chunk."""
    return hashlib.shake_256(str(size).encode()).digest(size)


def only_file(store: Store) -> Path:
    (path,) = (p for p in (store.folder / "files").rglob("*") if p.is_file())
    return path


def keep(store: Store, content: bytes) -> str:
    """Keep a file together with the record that names it, as an action does."""

    def action(tx: Writing) -> str:
        sha256 = Vault(store).keep(content)
        tx.add(make_attachment(sha256=sha256, size=len(content)))
        return sha256

    return write(store, action)


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back_byte_for_byte(store: Store, size: int) -> None:
    """Of any size, also after the store was closed and opened."""
    content = content_of(size)
    sha256 = keep(store, content)
    assert Vault(store).read(sha256) == content

    again = reopened(store)

    assert sha256 == hashlib.sha256(content).hexdigest()
    assert Vault(again).read(sha256) == content
    again.close()


def test_nothing_of_a_file_lies_in_plain(store: Store) -> None:
    """Neither its bytes nor its hash are on the disk, in content or in names."""
    content = b"a photograph of a damp wall" * 50
    sha256 = keep(store, content)

    path = only_file(store)

    assert b"damp wall" not in path.read_bytes()
    assert sha256 not in str(path)


def _cut(content: bytes) -> bytes:
    return content[:-1]


def _cut_at_a_chunk(content: bytes) -> bytes:
    return content[: 12 + 2 * (CHUNK + 16)]


def _cut_in_the_head(content: bytes) -> bytes:
    return content[:5]


def _emptied(content: bytes) -> bytes:
    return b""


def _flipped(content: bytes) -> bytes:
    return content[:50_000] + bytes([content[50_000] ^ 1]) + content[50_001:]


def _chunks_swapped(content: bytes) -> bytes:
    head, one, rest = content[:12], content[12 : 12 + CHUNK + 16], content[12 + CHUNK + 16 :]
    return head + rest[: CHUNK + 16] + one + rest[CHUNK + 16 :]


def _longer(content: bytes) -> bytes:
    return content + b"x"


@pytest.mark.parametrize(
    "spoil", [_cut, _cut_at_a_chunk, _cut_in_the_head, _emptied, _flipped, _chunks_swapped, _longer]
)
def test_a_changed_file_is_refused(store: Store, spoil: Callable[[bytes], bytes]) -> None:
    """Cut anywhere, also between chunks, changed or reordered: refused in words, and mended by adding it again."""
    content = content_of(3 * CHUNK)
    sha256 = keep(store, content)
    path = only_file(store)
    path.write_bytes(spoil(path.read_bytes()))

    with pytest.raises(DamagedFile, match="damaged"):
        Vault(store).read(sha256)

    Vault(store).keep(content)
    assert Vault(store).read(sha256) == content


def test_the_same_bytes_are_kept_once(store: Store) -> None:
    """Adding a file twice makes one file."""
    first = keep(store, b"the same")

    assert Vault(store).keep(b"the same") == first
    assert only_file(store).exists()


def test_a_file_from_the_disk_is_kept_piece_by_piece(store: Store, tmp_path: Path) -> None:
    """A photo is taken from its own file and is the same."""
    content = content_of(5 * CHUNK + 3)
    (tmp_path / "photo.jpg").write_bytes(content)

    kept = Vault(store).keep_file(tmp_path / "photo.jpg")

    assert kept == Kept(hashlib.sha256(content).hexdigest(), len(content))
    assert b"".join(Vault(store).pieces(kept.sha256)) == content
    with pytest.raises(Trouble):
        Vault(store).keep_file(tmp_path / "absent.jpg")


def test_a_file_that_is_too_large_is_refused(store: Store, tmp_path: Path) -> None:
    """Over 100 MB: said in words, nothing left behind, whatever size was claimed."""
    large = tmp_path / "film.mp4"
    with open(large, "wb") as file:
        file.truncate(LARGEST + 1)

    with pytest.raises(Trouble, match="larger than 100 MB"):
        Vault(store).keep_file(large)
    with pytest.raises(Trouble, match="larger than 100 MB"):
        Vault(store).take_in("0" * 64, (bytes(1024 * 1024) for _ in range(101)), 5)

    assert not [path for path in (store.folder / "files").rglob("*") if path.is_file()]


def test_a_file_whose_action_failed_is_swept_away(store: Store) -> None:
    """When the record was not kept, the file is an orphan: left for a day, then removed; known files stay."""
    kept = keep(store, b"kept")

    def fails(tx: Writing) -> None:
        Vault(store).keep(b"orphan")
        raise Trouble("No.", "Stop.")

    with pytest.raises(Trouble):
        write(store, fails)
    add(store, make_note())
    now = os.stat(store.folder).st_mtime
    assert Vault(store).sweep(now + 2 * 24 * 3600) == 0
    again = reopened(store)

    assert read(again, files_to_send) == (Kept(kept, 4),)
    assert Vault(again).sweep(now + 3600) == 0
    assert Vault(again).sweep(now + 2 * 24 * 3600) == 1
    assert Vault(again).read(kept) == b"kept"
    again.close()


def test_a_half_written_file_is_swept_away(store: Store) -> None:
    """What a crash left under another name goes after a day."""
    keep(store, b"kept")
    half = only_file(store).with_name("x.tmp")
    half.write_bytes(b"half")

    assert Vault(store).sweep(half.stat().st_mtime + 25 * 3600) == 1
    assert not half.exists()


def test_without_its_key_a_file_is_noise(store: Store) -> None:
    """Removing the key destroys the file, wherever copies of it lie."""
    sha256 = keep(store, b"secret")
    write(store, lambda tx: tx.connection.execute(delete(attachment_key)))

    assert not Vault(store).has(sha256)
    with pytest.raises(Trouble, match="not on this computer"):
        Vault(store).read(sha256)


def test_what_is_to_send_and_what_is_wanted(store: Store) -> None:
    """New files wait to be sent until the server has them; records without their file make it wanted."""
    sha256 = keep(store, b"ours")
    wanted = make_attachment(2, sha256="ab" * 32, size=9)
    add(store, wanted)

    assert read(store, files_to_send) == (Kept(sha256, 4),)
    assert read(store, files_wanted) == (Kept(wanted.sha256, 9),)
    write(store, lambda tx: mark_sent(tx, sha256))
    assert read(store, files_to_send) == ()


def test_a_received_file_must_be_the_one_that_was_named(store: Store) -> None:
    """Bytes from the server are kept only if their hash is right; they are not sent back."""
    content = content_of(CHUNK + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    vault = Vault(store)

    with pytest.raises(DamagedFile):
        vault.take_in(sha256, [content[:-1]], len(content))
    assert not vault.has(sha256)
    vault.take_in(sha256, [content[:100], content[100:]], len(content))
    add(store, make_attachment(sha256=sha256, size=len(content)))

    assert vault.read(sha256) == content
    assert read(store, files_to_send) == ()


def test_keys_of_unsent_files_are_in_the_journal_too(store: Store) -> None:
    """If the database is lost before the file was sent, the journal still opens it."""
    sha256 = keep(store, b"only copy")
    write(store, lambda tx: tx.connection.execute(delete(attachment_key)))
    write(store, lambda tx: tx.set_fact("journal_seq", "0"))

    again = reopened(store)

    assert Vault(again).read(sha256) == b"only copy"
    again.close()


def test_a_full_disk_is_noticed_before_writing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that would fill the disk is refused before the first byte."""
    monkeypatch.setattr(attachments.disk, "free_bytes", lambda _folder: attachments.RESERVE)

    with pytest.raises(Trouble, match="full"):
        Vault(store).keep(b"one more")

    assert not [path for path in (store.folder / "files").rglob("*") if path.is_file()]
