"""The addresses of attachments: tus 1.0 for sending, Range and ETag for fetching.

A file may be sent and fetched only by a user whose scopes hold an attachment record of that hash; for anyone else it
does not exist. One that belongs to held work may be sent by its author, who may not fetch it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import StreamingResponse

from almoner.server.access import may_hand_in_file, may_see_file
from almoner.server.answers import garbled, not_found, not_understood, out_of_range
from almoner.server.byte_ranges import Unsatisfiable, wanted_range
from almoner.server.file_store import Upload
from almoner.server.service import AnyCaller, TheCaller, TheService, prove_good_standing

routes = APIRouter(prefix="/files", tags=["Files"])
TUS_VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
CHECKSUMS = ("sha1", "sha256")
"""Checksums of a piece that are understood; tus asks every server for the first."""
_DIGITS = re.compile(r"[0-9]{1,15}")


async def _piece(request: Request) -> bytes:
    return await request.body()


def _known_file(sha256: str, caller: TheCaller, service: TheService) -> str:
    with service.engine.connect() as connection:
        if not may_see_file(connection, caller.user_id, sha256, service.clock.now()):
            raise not_found()
    return sha256


def _file_to_send(sha256: str, caller: AnyCaller, service: TheService) -> str:
    """A file that may be sent: one the user may see or, from a revoked device too, one that belongs to held work."""
    with service.engine.connect() as connection:
        if may_hand_in_file(connection, caller.user_id, sha256):
            return sha256
    return _known_file(sha256, prove_good_standing(caller), service)


KnownFile = Annotated[str, Depends(_known_file)]
FileToSend = Annotated[str, Depends(_file_to_send)]


@routes.options("/{sha256}", status_code=204)
async def options(service: TheService) -> Response:
    """Say which parts of tus are spoken."""
    most = str(service.settings.file_bytes)
    return Response(status_code=204, headers=_tus({"Tus-Version": TUS_VERSION, "Tus-Max-Size": most, **_EXTENSIONS}))


@routes.post("/{sha256}", status_code=201)
def begin(sha256: FileToSend, service: TheService, upload_length: Annotated[str, Header()] = "") -> Response:
    """Begin an upload of so many bytes, or learn how far an earlier one came."""
    return _stands(service.files.begin(sha256, _number(upload_length, "Upload-Length")), 201, f"/files/{sha256}")


@routes.patch("/{sha256}", status_code=204)
def append(
    sha256: FileToSend,
    service: TheService,
    piece: Annotated[bytes, Depends(_piece)],
    upload_offset: Annotated[str, Header()] = "",
    upload_checksum: Annotated[str, Header()] = "",
    content_type: Annotated[str, Header()] = "",
) -> Response:
    """Add a piece at the offset, when it fits its checksum; with the last one the hash of the whole is proved."""
    if content_type != PIECE_TYPE:
        raise not_understood(f"a piece comes as {PIECE_TYPE}")
    if upload_checksum and not _fits(upload_checksum, piece):
        raise garbled()
    return _stands(service.files.append(sha256, _number(upload_offset, "Upload-Offset"), piece), 204)


@routes.head("/{sha256}")
def state(sha256: FileToSend, service: TheService) -> Response:
    """Say how far an upload has come."""
    return _stands(service.files.state(sha256), 200)


@routes.get("/{sha256}", response_class=StreamingResponse)
def fetch(
    sha256: KnownFile,
    service: TheService,
    if_none_match: Annotated[str, Header()] = "",
    if_range: Annotated[str, Header()] = "",
    wanted: Annotated[str, Header(alias="Range")] = "",
) -> Response:
    """Give the file, or the range asked for."""
    size = service.files.whole(sha256)
    if size is None:
        raise not_found()
    tag = f'"{sha256}"'
    head = {"ETag": tag, "Cache-Control": "private, no-store", "Content-Disposition": "attachment"}
    if tag in if_none_match:
        return Response(status_code=304, headers=head)
    try:
        part = wanted_range(wanted, size) if if_range in ("", tag) else None
    except Unsatisfiable as fault:
        raise out_of_range(size) from fault
    start, end = part or (0, size)
    head |= {"Accept-Ranges": "bytes", "Content-Length": str(end - start)}
    if part is not None:
        head["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    content = service.files.read(sha256, start, end)
    status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
    return StreamingResponse(content, status, head, "application/octet-stream")


_EXTENSIONS = {"Tus-Extension": "creation,checksum", "Tus-Checksum-Algorithm": ",".join(CHECKSUMS)}


def _tus(headers: dict[str, str]) -> dict[str, str]:
    return {"Tus-Resumable": TUS_VERSION, "Cache-Control": "no-store", **headers}


def _stands(upload: Upload, status: int, location: str = "") -> Response:
    headers = _tus({"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length)})
    return Response(status_code=status, headers={**headers, "Location": location} if location else headers)


def _fits(checksum: str, piece: bytes) -> bool:
    name, _, told = checksum.partition(" ")
    if name not in CHECKSUMS:
        raise not_understood("the checksum is of a kind that is not known here.")
    found = hashlib.new(name, piece, usedforsecurity=False).digest()
    return base64.b64encode(found).decode() == told.strip()


def _number(text: str, name: str) -> int:
    if _DIGITS.fullmatch(text) is None:
        raise not_understood(f"{name} must be a whole number")
    return int(text)
