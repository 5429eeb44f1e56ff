"""Files are taken for what they are; a photo keeps its picture and its time, not its place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from tests.desks import A1_MORNING, Bench

from almoner.casework.cases import log_case
from almoner.casework.files import attach_file, look_at
from almoner.casework.sync_page import unsent_files
from almoner.records import Attachment, Case
from almoner.records.trouble import Trouble
from almoner.store.attachments import Vault, mark_sent

GPS, TAKEN, DETAILS = 0x8825, 0x9003, 0x8769


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "laptop")
    yield bench
    bench.close()


@pytest.fixture
def case(bench: Bench) -> Case:
    return bench.do(log_case, service="damp-and-mould", case_kind="routine").case


def photo(kind: str = "JPEG", *, placed: bool = True, taken: str = "2026:12:16 09:30:00") -> bytes:
    image = Image.effect_noise((64, 48), 40).convert("RGB")
    exif = Image.Exif()
    exif[0x0110] = "Pretend camera"
    exif.get_ifd(DETAILS)[TAKEN] = taken
    if placed:
        exif.get_ifd(GPS).update({1: "N", 2: (53.0, 28.0, 1.0), 3: "W", 4: (2.0, 14.0, 2.0)})
    kept = io.BytesIO()
    image.save(kept, format=kind, exif=exif)
    return kept.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_where_a_photo_was_taken_is_removed_unless_wanted(kind: str) -> None:
    """The place goes, the picture and its time stay; wanted as evidence, every byte stays."""
    content = photo(kind)

    looked = look_at(f"wall.{kind.lower()}", content)

    with Image.open(io.BytesIO(looked.content)) as kept:
        assert not kept.getexif().get_ifd(GPS)
    assert (looked.place_removed, looked.taken_at) == (True, datetime(2026, 12, 16, 9, 30, tzinfo=UTC))
    assert look_at("wall.jpg", content, keep_place=True).content == content


def test_a_jpeg_keeps_every_point_of_its_picture() -> None:
    """Only the notes in the file are written anew: the picture is not packed again."""
    content = photo()

    cleaned = look_at("wall.jpg", content).content

    assert cleaned != content
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(cleaned)) as after:
        assert before.tobytes() == after.tobytes()
    assert content.endswith(cleaned[-500:])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("wall.jpg", b"", "empty"),
        ("wall.jpg", b"MZ\x90\x00program", "not one, or it is damaged"),
        ("wall.jpg", photo()[:400], "not one, or it is damaged"),
        ("wall.heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "HEIC"),
        ("tool.exe", b"MZ\x90\x00program", "not taken"),
        ("letter.docx", b"not a zip", "not taken"),
        ("note.txt", b"with \x00 in it", "not taken"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name: str, content: bytes, reason: str) -> None:
    """The bytes decide, with a sentence that says what to do."""
    with pytest.raises(Trouble, match=reason) as told:
        look_at(name, content)

    assert told.value.do


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a limit, and it is said."""
    monkeypatch.setattr("almoner.casework.files.MOST_BYTES", 1000)

    with pytest.raises(Trouble, match="at most 100 MB"):
        look_at("scan.pdf", b"%PDF-" + bytes(2000))


def test_a_photo_lies_in_the_vault_and_on_the_case_once(bench: Bench, case: Case) -> None:
    """Its own time is when it happened; the evidence it is stands in its words; the same photo again is the same."""
    object.__setattr__(bench.desk, "files", Vault(bench.store))

    first = bench.do(attach_file, case.id, name="C:\\cam\\wall.jpg", content=photo(), evidence="photo")
    again = bench.do(attach_file, case.id, name="wall (2).jpg", content=look_at("w.jpg", photo()).content)

    assert (first.name, first.description, first.media_type) == ("wall.jpg", "Dated photos", "image/jpeg")
    assert first.happened_at == datetime(2026, 12, 16, 9, 30, tzinfo=UTC)
    assert len(bench.desk.files.read(first.sha256)) == first.size
    assert len(bench.look(lambda r: r.all_of(Attachment))) == (1 if again.id == first.id else 2)


def test_a_camera_with_a_wrong_clock_is_not_believed(bench: Bench, case: Case) -> None:
    """A photo from the future or from 1980 happened when it was put on the case."""
    times = [
        bench.do(attach_file, case.id, name=f"{year}.jpg", content=photo(taken=f"{year}:01:01 00:00:00")).happened_at
        for year in (1980, 2031)
    ]

    assert times == [A1_MORNING, A1_MORNING]


def test_a_file_counts_as_unsent_until_the_office_has_its_bytes(bench: Bench, case: Case) -> None:
    """What is unsent is listed line by line, files as well, and never shown as sent before it is."""
    object.__setattr__(bench.desk, "files", Vault(bench.store))
    file = bench.do(attach_file, case.id, name="wall.jpg", content=photo())

    before = bench.store.look(lambda reading: unsent_files(reading, 10))
    bench.store.writer().write(lambda tx: mark_sent(tx, file.sha256), author=bench.desk.me.id, now=A1_MORNING)

    assert [(line.case_id, line.name) for line in before] == [(case.id, "wall.jpg")]
    assert bench.store.look(lambda reading: unsent_files(reading, 10)) == ()
