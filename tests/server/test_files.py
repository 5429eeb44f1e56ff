"""Attachments: sent in pieces, proved by hash, resumed after a cut, fetched by range, and seen by nobody else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.server.conftest import MORNING, Town
from tests.server.test_access import a_case

from almoner.outside.file_line import PIECE_BYTES
from almoner.outside.http_peer import HttpPeer
from almoner.records import Attachment
from almoner.server.answers import Refusal
from almoner.server.file_store import FileStore, Upload
from almoner.server.object_store import open_object_store
from almoner.sync.peer import PeerKind, PeerTrouble
from almoner.sync.seeding import put_records

PHOTO = bytes(range(256)) * 12_000  # about 3 MB: three pieces
NAME = hashlib.sha256(PHOTO).hexdigest()


def attach(town: Town, content: bytes = PHOTO) -> str:
    """A case of Ann's team with an attachment of this content; the content itself is not there yet."""
    name = hashlib.sha256(content).hexdigest()
    photo = Attachment(
        id="attachment-1", case_id="case-1", name="wall.jpg", media_type="image/jpeg", size=len(content),
        sha256=name, author_id="server", happened_at=MORNING, recorded_at=MORNING,
    )  # fmt: skip
    put_records(town.engine, [a_case(), photo], now=MORNING)
    return name


def in_pieces() -> Iterator[bytes]:
    """The photo as a store gives it, in pieces that are not those of the line."""
    return (PHOTO[at : at + 50_000] for at in range(0, len(PHOTO), 50_000))


def send(peer: HttpPeer) -> None:
    """Send the photo."""
    peer.upload(NAME, len(PHOTO), in_pieces)


def token_of(town: Town, username: str = "ann") -> dict[str, str]:
    return {"Authorization": f"Bearer {town.enrol(username)['access_token']}"}


def test_a_photo_goes_up_and_comes_back(town: Town) -> None:
    """What one laptop sent another of the team fetches, byte for byte, and progress is told."""
    attach(town)
    told: list[tuple[int, int]] = []
    with town.peer() as peer:
        peer.upload(NAME, len(PHOTO), in_pieces, lambda done, whole: told.append((done, whole)))
        send(peer)
        got = b"".join(peer.download(NAME))

    assert got == PHOTO
    assert told == [(PIECE_BYTES, len(PHOTO)), (2 * PIECE_BYTES, len(PHOTO)), (len(PHOTO), len(PHOTO))]


def test_an_upload_goes_on_where_it_was_cut(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a cut only what is missing is sent again."""
    attach(town)
    sent: list[int] = []

    def cut_after_one(done: int, _whole: int) -> None:
        raise ConnectionAbortedError

    with town.peer() as peer:
        with pytest.raises(ConnectionAbortedError):
            peer.upload(NAME, len(PHOTO), in_pieces, cut_after_one)
        peer.upload(NAME, len(PHOTO), in_pieces, lambda done, _whole: sent.append(done))

        assert sent == [2 * PIECE_BYTES, len(PHOTO)]
        assert b"".join(peer.download(NAME)) == PHOTO


def test_a_file_of_another_team_is_not_there(town: Town) -> None:
    """Bob is told the same of Ann's photo as of one that never was, for every way of asking."""
    attach(town)
    with town.peer("ann") as peer:
        send(peer)
    head = token_of(town, "bob") | {"Upload-Length": "10", "Upload-Offset": "0"}
    with httpx.Client(base_url=town.address, headers=head, trust_env=False) as bob:
        for method in ("GET", "HEAD", "POST", "PATCH"):
            real, unreal = bob.request(method, f"/files/{NAME}"), bob.request(method, f"/files/{'0' * 64}")

            assert (real.status_code, unreal.status_code) == (404, 404)


def test_nobody_sends_a_file_that_no_record_names(town: Town) -> None:
    """The folder cannot be filled with what belongs to no case."""
    with town.peer() as peer, pytest.raises(PeerTrouble) as caught:
        send(peer)

    assert caught.value.kind is PeerKind.NOT_ALLOWED


def test_a_range_and_a_tag_save_the_line(town: Town) -> None:
    """A client gets the part it lacks, and nothing when it has the file."""
    attach(town)
    with town.peer() as peer:
        send(peer)
    head = token_of(town)
    part = httpx.get(f"{town.address}/files/{NAME}", headers=head | {"Range": "bytes=100-199"}, trust_env=False)
    same = httpx.get(f"{town.address}/files/{NAME}", headers=head | {"If-None-Match": f'"{NAME}"'}, trust_env=False)

    assert (part.status_code, part.content, part.headers["ETag"]) == (206, PHOTO[100:200], f'"{NAME}"')
    assert (same.status_code, same.content) == (304, b"")


def test_tus_is_spoken(town: Town) -> None:
    """Any tus 1.0 client finds version, size and offset where the standard puts them."""
    attach(town)
    head = token_of(town)
    with httpx.Client(base_url=town.address, headers=head, trust_env=False) as client:
        options = client.options(f"/files/{NAME}")
        made = client.post(f"/files/{NAME}", headers={"Upload-Length": str(len(PHOTO))})
        piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        moved = client.patch(f"/files/{NAME}", headers=piece, content=PHOTO[:1000])
        state = client.head(f"/files/{NAME}")
        again = client.patch(f"/files/{NAME}", headers=piece, content=PHOTO[:1000])

    assert (options.headers["Tus-Version"], options.headers["Tus-Extension"]) == ("1.0.0", "creation,checksum")
    assert (made.status_code, made.headers["Location"]) == (201, f"/files/{NAME}")
    assert (moved.status_code, moved.headers["Upload-Offset"]) == (204, "1000")
    assert (state.headers["Upload-Offset"], state.headers["Upload-Length"]) == ("1000", str(len(PHOTO)))
    assert (again.status_code, again.json()["code"]) == (409, "wrong_offset")


@pytest.mark.parametrize("length", ["0", "-1", "ten", "1e3", "104857601", "9" * 16])
def test_a_length_that_cannot_be_is_refused(town: Town, length: str) -> None:
    """Nothing, nonsense and more than 100 MB are turned away before a byte is kept."""
    attach(town)
    answer = httpx.post(
        f"{town.address}/files/{NAME}", headers=token_of(town) | {"Upload-Length": length}, trust_env=False
    )

    assert answer.status_code in (400, 413)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """The same on a disk and on a store that is none."""
    where = str(tmp_path / "files") if request.param == "folder" else "memory://"
    return FileStore(open_object_store(where), most_bytes=1_000)


def test_bytes_that_do_not_fit_their_name_are_dropped(store: FileStore) -> None:
    """A file is whole only when its hash is the one announced; else the upload starts afresh."""
    store.begin(NAME, 10)
    with pytest.raises(Refusal) as caught:
        store.append(NAME, 0, b"0123456789")

    assert caught.value.body.code == "wrong_hash"
    assert store.whole(NAME) is None
    assert store.begin(NAME, 10) == Upload(0, 10)


def test_a_piece_past_the_end_is_refused(store: FileStore) -> None:
    """More bytes than announced never reach the disk."""
    store.begin(NAME, 10)
    with pytest.raises(Refusal):
        store.append(NAME, 0, b"0123456789A")

    assert store.state(NAME) == Upload(0, 10)


def test_another_length_starts_afresh(store: FileStore) -> None:
    """A wrong length announced by one client does not block the next."""
    store.begin(NAME, 10)
    store.append(NAME, 0, b"01234")

    assert store.begin(NAME, 20) == Upload(0, 20)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", NAME.upper(), NAME[:-1], f"{NAME}\n"])
def test_a_name_that_is_no_hash_touches_nothing(store: FileStore, tmp_path: Path, name: str) -> None:
    """Only 64 hexadecimal digits name a file; no other path is ever made."""
    with pytest.raises(Refusal):
        store.begin(name, 10)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_file_that_arrives_damaged_is_not_given_out(town: Town) -> None:
    """A disk that turned a byte is noticed by the laptop that fetches."""
    attach(town)
    with town.peer() as peer:
        send(peer)
        path = Path(town.settings.files) / NAME[:2] / NAME
        path.write_bytes(b"!" + PHOTO[1:])
        with pytest.raises(PeerTrouble, match="damaged"):
            b"".join(peer.download(NAME))
