"""Photos, scans and other files put on a case: what they are is read from their bytes, not from their name.

The library for pictures is loaded with the first photo, never on the way to the first screen.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from almoner.casework.clocks import line_of
from almoner.casework.fields import made
from almoner.casework.ports import Desk
from almoner.casework.times import happened
from almoner.records import Attachment, Case
from almoner.records.trouble import Trouble
from almoner.rules.words import UK
from almoner.store.writing import Writing

if TYPE_CHECKING:
    from PIL import Image

MOST_BYTES = 100 * 1024 * 1024
MOST_PIXELS = 200_000_000
MOST_FILES_ON_CASE = 500

PHOTOS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif", "TIFF": "image/tiff"}
_PHOTO_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".heic", ".heif")
_DOCUMENTS = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
_TEXTS = {".txt": "text/plain", ".csv": "text/csv", ".eml": "message/rfc822"}
_GPS, _EXIF_IFD, _TAKEN, _OFFSET = 0x8825, 0x8769, 0x9003, 0x9011


@dataclass(frozen=True, slots=True)
class Looked:
    """What a file is by its content: its type, the bytes to keep, and when a photo says it was taken."""

    media_type: str
    content: bytes
    taken_at: datetime | None = None
    place_removed: bool = False


def attach_file(
    tx: Writing,
    desk: Desk,
    case_id: str,
    *,
    name: str,
    content: bytes,
    description: str = "",
    evidence: str = "",
    original_seen: bool = False,
    happened_at: datetime | None = None,
    keep_place: bool = False,
) -> Attachment:
    """Put a file on a case. A photo's own time is used when none is said; where it was taken is removed unless wanted.

    `evidence` names an item of the service line's evidence. The same file twice on one case is kept once. Raises
    Trouble for a file that is empty, too large, of a kind not taken, or not what its name says.
    """
    case = tx.get(Case, case_id)
    looked = look_at(name, content, keep_place=keep_place)
    there = tx.all_of(Attachment, case_id=case.id, limit=MOST_FILES_ON_CASE)
    digest = hashlib.sha256(looked.content).hexdigest()
    for each in there:
        if each.sha256 == digest:
            return each
    if len(there) >= MOST_FILES_ON_CASE:
        raise Trouble(f"This case has {MOST_FILES_ON_CASE} files already.", "Join several into one PDF.")
    item = line_of(desk, case).evidence_item(evidence) if evidence else None
    words = f"{item.title}: {description}".rstrip(": ") if item else description
    attachment = made(
        Attachment,
        id=desk.ids.new(),
        case_id=case.id,
        name=_plain_name(name),
        media_type=looked.media_type,
        size=len(looked.content),
        sha256=desk.files.keep(looked.content),
        description=words,
        original_seen=original_seen,
        author_id=desk.me.id,
        happened_at=happened(tx, happened_at or _believable(looked.taken_at, tx.now)),
        recorded_at=tx.now,
    )
    assert attachment.sha256 == digest, "the file was not kept as given"
    tx.add(attachment)
    return attachment


def look_at(name: str, content: bytes, *, keep_place: bool = False) -> Looked:
    """Say what a file is by its content. Raises Trouble when it is none of the kinds taken."""
    if not content:
        raise Trouble("This file is empty.", "Choose the file again; if it stays empty, scan or take it again.")
    if len(content) > MOST_BYTES:
        raise Trouble(
            f"This file has {len(content) // (1024 * 1024)} MB; at most 100 MB are taken.",
            "Send it in parts, or make a smaller copy.",
        )
    ending = PurePath(name).suffix.lower()
    if content.startswith(b"%PDF-"):
        return Looked("application/pdf", content)
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif"):
        raise Trouble(
            "This photo is in the HEIC form, which cannot be shown on every computer.",
            "Set the camera to “Most compatible” (JPEG) and take it again, or save it as JPEG.",
        )
    photo = _photo(content, keep_place=keep_place)
    if photo:
        return photo
    if ending in _PHOTO_NAMES:
        raise Trouble(
            "This file has the name of a photo but is not one, or it is damaged.",
            "Open it on the device it came from. If it shows there, send it again.",
        )
    if ending in _DOCUMENTS and content.startswith(b"PK\x03\x04"):
        return Looked(_DOCUMENTS[ending], content)
    if ending in _TEXTS and b"\x00" not in content:
        return Looked(_TEXTS[ending], content)
    raise Trouble(
        "Files of this kind are not taken.",
        "Photos (JPEG, PNG), PDF, Word, Excel, OpenDocument, plain text and e-mail (.eml) are.",
    )


def _photo(content: bytes, *, keep_place: bool) -> Looked | None:
    """Read a photo whole, so that a damaged one is noticed now and not in court."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=tuple(PHOTOS)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Trouble("This photo has over 200 million points.", "Make a smaller copy of it.")
                kind, exif = image.format or "", image.getexif()
                image.load()
                taken, has_place = _taken_at(exif), bool(exif.get_ifd(_GPS))
    except Image.DecompressionBombError:
        raise Trouble("This photo has over 200 million points.", "Make a smaller copy of it.") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error):
        return None
    if keep_place:
        return Looked(PHOTOS[kind], content, taken)
    cleaned = _without_place(kind, content) if kind == "JPEG" or has_place else content
    return Looked(PHOTOS[kind], cleaned, taken, cleaned != content)


def _taken_at(exif: Image.Exif) -> datetime | None:
    """Give when a photo was taken, by its own clock; without an offset that clock is taken to show UK time."""
    details = exif.get_ifd(_EXIF_IFD)
    text, offset = str(details.get(_TAKEN, "")), str(details.get(_OFFSET, ""))
    try:
        if offset:
            return datetime.strptime(f"{text} {offset.strip()}", "%Y:%m:%d %H:%M:%S %z").astimezone(UTC)
        return datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UK).astimezone(UTC)
    except ValueError:
        return None


def _believable(taken: datetime | None, now: datetime) -> datetime | None:
    """A camera's clock may be wrong: only a time of the last five years, not to come, is believed."""
    return taken if taken and now - timedelta(days=5 * 365) <= taken <= now else None


def _without_place(kind: str, content: bytes) -> bytes:
    """Take the place out. A JPEG keeps every point of its picture: only its notes are written anew."""
    if kind == "JPEG":
        return b"".join(_jpeg_parts(content))
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        exif = image.getexif()
        del exif[_GPS]
        kept = io.BytesIO()
        if kind == "WEBP":
            image.save(kept, format=kind, exif=exif, lossless=True)
        else:
            image.save(kept, format=kind, exif=exif)
    return kept.getvalue()


def _jpeg_parts(content: bytes) -> Iterator[bytes]:
    """Give a JPEG's segments up to its picture, without the place, then the picture as it was."""
    yield content[:2]
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        length = 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at : at + length]
        at += length
        body = segment[4:]
        if segment[1] == 0xE1 and body.startswith(b"Exif\x00\x00"):
            yield _exif_segment(body)
        elif segment[1] == 0xE1 and (b"GPS" in body or b"Location" in body):
            continue
        else:
            yield segment
    yield content[at:]


def _exif_segment(body: bytes) -> bytes:
    from PIL import Image

    exif = Image.Exif()
    try:
        exif.load(body)
        if not exif.get_ifd(_GPS):
            return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
        del exif[_GPS]
        fresh = exif.tobytes()
    except (OSError, SyntaxError, ValueError, struct.error):
        return b""
    return b"\xff\xe1" + (len(fresh) + 2).to_bytes(2, "big") + fresh


def _plain_name(name: str) -> str:
    """Give a file name without any folder, of a length that can be kept."""
    plain = name.replace("\\", "/").rsplit("/", 1)[-1].strip() or "file"
    ending = PurePath(plain).suffix[:12]
    return plain if len(plain) <= 200 else plain[: 200 - len(ending)] + ending
