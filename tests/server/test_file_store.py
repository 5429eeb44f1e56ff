"""The shelf of attachments: any worker takes the next piece, a crash loses at most a piece, nothing is half."""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import obstore
import pytest
from tests.server.conftest import Town
from tests.server.test_files import NAME, PHOTO, attach, send, token_of

from almoner.records.trouble import Trouble
from almoner.server.answers import Refusal
from almoner.server.byte_ranges import Unsatisfiable, wanted_range
from almoner.server.file_store import FileStore, Upload
from almoner.server.object_store import files_address, folder_of, open_object_store, prove_object_store

TEXT = b"0123456789" * 3
TEXT_NAME = hashlib.sha256(TEXT).hexdigest()


def worker(folder: Path) -> FileStore:
    """The shelf as one more worker process sees it: nothing in memory is shared."""
    return FileStore(open_object_store(str(folder)), most_bytes=1_000_000)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_each_piece_may_come_to_another_worker(tmp_path: Path) -> None:
    """The proxy sends each request where it likes; the file becomes whole, and its pieces go."""
    worker(tmp_path).begin(TEXT_NAME, 30)
    for at in (0, 10, 20):
        assert worker(tmp_path).state(TEXT_NAME) == Upload(at, 30)
        worker(tmp_path).append(TEXT_NAME, at, TEXT[at : at + 10])

    assert b"".join(worker(tmp_path).read(TEXT_NAME, 0, 30)) == TEXT
    assert b"".join(worker(tmp_path).read(TEXT_NAME, 5, 25)) == TEXT[5:25]
    assert names(tmp_path) == {TEXT_NAME}


def test_a_worker_killed_before_the_file_was_joined_loses_nothing(tmp_path: Path) -> None:
    """All pieces are there and the file is not: whoever asks next makes it whole, and until then it is not."""
    worker(tmp_path).begin(TEXT_NAME, 30)
    obstore.put(open_object_store(str(tmp_path)), f"unfinished/{TEXT_NAME}/30/{0:012}-{30:012}", TEXT)

    assert worker(tmp_path).whole(TEXT_NAME) is None
    assert worker(tmp_path).begin(TEXT_NAME, 30) == Upload(30, 30)
    assert worker(tmp_path).whole(TEXT_NAME) == 30


def test_wrong_bytes_found_after_a_crash_are_dropped_too(tmp_path: Path) -> None:
    """An upload whose pieces are all there counts only when its hash is right."""
    worker(tmp_path).begin(TEXT_NAME, 30)
    obstore.put(open_object_store(str(tmp_path)), f"unfinished/{TEXT_NAME}/30/{0:012}-{30:012}", bytes(30))
    with pytest.raises(Refusal) as caught:
        worker(tmp_path).begin(TEXT_NAME, 30)

    assert caught.value.body.code == "wrong_hash"
    assert names(tmp_path) == set()


def test_a_piece_that_came_twice_at_once_does_no_harm(tmp_path: Path) -> None:
    """A request whose answer was lost is sent again, perhaps shorter, while the first is still being kept."""
    shelf, store = worker(tmp_path), open_object_store(str(tmp_path))
    shelf.begin(TEXT_NAME, 30)
    for end in (7, 12):
        obstore.put(store, f"unfinished/{TEXT_NAME}/30/{0:012}-{end:012}", TEXT[:end])

    assert shelf.state(TEXT_NAME) == Upload(12, 30)
    shelf.append(TEXT_NAME, 12, TEXT[12:])
    assert shelf.whole(TEXT_NAME) == 30
    assert names(tmp_path) == {TEXT_NAME}


def test_uploads_nobody_went_on_with_are_dropped(tmp_path: Path) -> None:
    """Half a file does not lie on the shelf for ever; finished ones do."""
    shelf = worker(tmp_path)
    shelf.begin(TEXT_NAME, 30)
    shelf.append(TEXT_NAME, 0, TEXT)
    shelf.begin(NAME, 100)
    shelf.append(NAME, 0, b"half")
    now = datetime.now(UTC)  # noqa: TID251  the store's own clock

    assert shelf.sweep(now - timedelta(days=1)) == 0
    assert shelf.state(NAME) == Upload(4, 100)
    assert shelf.sweep(now + timedelta(days=1)) == 2
    assert names(tmp_path) == {TEXT_NAME}


def test_a_shelf_that_cannot_be_written_asks_to_come_again(tmp_path: Path) -> None:
    """A full or broken disk is no fault of the laptop's: it is told to try later, and keeps its file."""
    shelf = worker(tmp_path / "files")
    (tmp_path / "files").rmdir()
    (tmp_path / "files").write_bytes(b"a file where the folder was")
    with pytest.raises(Refusal) as caught:
        shelf.begin(TEXT_NAME, 30)

    assert (caught.value.status, caught.value.body.code) == (503, "files_unavailable")


def test_a_piece_garbled_on_the_way_is_not_kept(town: Town) -> None:
    """The checksum of a piece is proved before it counts (tus 1.0, checksum), so only that piece is sent again."""
    attach(town)
    piece, wrong = PHOTO[:1_000], base64.b64encode(hashlib.sha256(b"!").digest()).decode()
    head = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    with httpx.Client(base_url=town.address, headers=token_of(town), trust_env=False) as client:
        client.post(f"/files/{NAME}", headers={"Upload-Length": str(len(PHOTO))})
        said = [
            client.patch(f"/files/{NAME}", headers=head | {"Upload-Checksum": text}, content=piece).status_code
            for text in (f"sha256 {wrong}", "md5 AAAA", "sha1", f"sha256 {'A' * 43}=")
        ]
        right = base64.b64encode(hashlib.sha1(piece, usedforsecurity=False).digest()).decode()
        kept = client.patch(f"/files/{NAME}", headers=head | {"Upload-Checksum": f"sha1 {right}"}, content=piece)

    assert said == [460, 400, 460, 460]
    assert (kept.status_code, kept.headers["Upload-Offset"]) == (204, "1000")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 1)), ("bytes=10-", (10, 100)), ("bytes=-10", (90, 100)), ("bytes=-1000", (0, 100)),
        ("bytes=90-1000", (90, 100)), ("bytes=0-99", (0, 100)), ("", None), ("bytes=-", None), ("bytes=9-3", None),
        ("bytes=0-1,5-6", None), ("lines=1-2", None), ("bytes=a-b", None), ("bytes=" + "9" * 99 + "-", None),
    ],
)  # fmt: skip
def test_a_range_is_read_as_the_standard_says(header: str, part: tuple[int, int] | None) -> None:
    """One range of bytes is given; what is not understood means the whole file (RFC 9110, 14.2)."""
    assert wanted_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_outside_the_file_cannot_be_had(header: str) -> None:
    """There is nothing to give."""
    with pytest.raises(Unsatisfiable):
        wanted_range(header, 100)


def test_a_range_over_the_line(town: Town) -> None:
    """What is outside is refused, and a range of a file that is another one by now brings all of it."""
    attach(town)
    with town.peer() as peer:
        send(peer)
    head = token_of(town)
    with httpx.Client(base_url=town.address, headers=head, trust_env=False) as client:
        outside = client.get(f"/files/{NAME}", headers={"Range": f"bytes={len(PHOTO)}-"})
        last = client.get(f"/files/{NAME}", headers={"Range": "bytes=-5", "If-Range": f'"{NAME}"'})
        other = client.get(f"/files/{NAME}", headers={"Range": "bytes=-5", "If-Range": '"another"'})

    assert (outside.status_code, outside.json()["code"]) == (416, "out_of_range")
    assert (last.status_code, last.content) == (206, PHOTO[-5:])
    assert last.headers["Content-Range"] == f"bytes {len(PHOTO) - 5}-{len(PHOTO) - 1}/{len(PHOTO)}"
    assert (other.status_code, other.content) == (200, PHOTO)


def test_an_address_is_a_folder_or_an_object_store(tmp_path: Path) -> None:
    """The same setting names a folder today and S3 tomorrow."""
    assert folder_of(tmp_path.as_uri()) == tmp_path
    assert folder_of(str(tmp_path)) == tmp_path
    assert files_address("files") == str(Path("files").absolute())
    assert files_address("s3://attachments/ashmere") == "s3://attachments/ashmere"
    assert type(open_object_store("s3://attachments/ashmere")).__name__ == "S3Store"


def test_a_folder_is_private_and_proved_before_the_service_starts(tmp_path: Path) -> None:
    """It is made when it is not there, for this user alone; one that cannot be written is told in words."""
    prove_object_store((tmp_path / "files").as_uri())
    assert names(tmp_path) == set()
    if os.name == "posix":
        assert (tmp_path / "files").stat().st_mode & 0o077 == 0
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(Trouble, match="cannot be written"):
        prove_object_store(str(tmp_path / "taken"))


def test_a_store_that_cannot_be_used_is_told_without_its_secrets() -> None:
    """What is wrong and where, but no key."""
    with pytest.raises(Trouble) as caught:
        open_object_store("az://key:secret@box")

    assert "secret" not in str(caught.value) + caught.value.where
