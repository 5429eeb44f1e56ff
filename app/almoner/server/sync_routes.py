"""The addresses of sync: each unpacks a message, lets the server half answer it, and packs the answer.

msgpack in zstd between machines; a person who asks for JSON gets JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse
from starlette.responses import Response as AnyResponse

from almoner.server.answers import not_understood, too_large
from almoner.server.description import described
from almoner.server.service import AnyCaller, Service, TheService, note
from almoner.server.wire_answers import NO_STORE, wants_json, wire_answer
from almoner.sync import messages
from almoner.sync.messages import (
    Hello,
    HelloReply,
    Page,
    Pull,
    Push,
    PushReply,
    Ranges,
    RangesReply,
    Receipt,
    ReceiptReply,
)
from almoner.sync.serving import ServerPeer, Session

routes = APIRouter(prefix="/sync", tags=["Sync"])
M = TypeVar("M", bound=msgspec.Struct)


async def _body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(_body)]


@routes.post("/hello", openapi_extra=described(Hello, HelloReply))
def hello(request: Request, body: Body, caller: AnyCaller, service: TheService) -> Response:
    """Open a round."""
    asked = _read(request, service, body, Hello)
    note(request, client_id=asked.client_id, schema=asked.schema)
    return wire_answer(request, _peer(service, caller).hello(asked))


@routes.post("/push", openapi_extra=described(Push, PushReply))
def push(request: Request, body: Body, caller: AnyCaller, service: TheService) -> Response:
    """Take saves and give each its verdict."""
    asked = _read(request, service, body, Push)
    note(request, client_id=asked.client_id, mutation_count=len(asked.mutations))
    return wire_answer(request, _peer(service, caller).push(asked))


@routes.post("/ranges", openapi_extra=described(Ranges, RangesReply))
def ranges(request: Request, body: Body, caller: AnyCaller, service: TheService) -> Response:
    """Compare ranges of a scope."""
    asked = _read(request, service, body, Ranges)
    note(request, client_id=asked.client_id)
    return wire_answer(request, _peer(service, caller).ranges(asked))


@routes.post("/receipt", openapi_extra=described(Receipt, ReceiptReply))
def receipt(request: Request, body: Body, caller: AnyCaller, service: TheService) -> Response:
    """Keep what has left a device because it may not be there any more."""
    asked = _read(request, service, body, Receipt)
    note(request, client_id=asked.client_id, scope_count=len(asked.scopes))
    return wire_answer(request, _peer(service, caller).receipt(asked))


@routes.post("/pull", openapi_extra=described(Pull, Page), response_class=StreamingResponse)
def pull(request: Request, body: Body, caller: AnyCaller, service: TheService) -> AnyResponse:
    """Give what changed, as a stream of pages; as JSON, one page a line."""
    asked = _read(request, service, body, Pull)
    note(request, client_id=asked.client_id, scope_count=len(asked.scopes))
    asked = msgspec.structs.replace(asked, max_bytes=min(asked.max_bytes, messages.DEFAULT_PULL_BYTES))
    peer = _peer(service, caller)
    if wants_json(request):
        pieces = (msgspec.json.encode(page) + b"\n" for page in peer.pull(asked))
        return _streamed(pieces, "application/jsonl")
    return _streamed(peer.pull_frames(asked), messages.MEDIA_TYPE)


def _streamed(pieces: Iterator[bytes], media_type: str) -> AnyResponse:
    """An answer that goes out piece by piece. The first is made before the first byte goes out, so that a refusal still
    has a status; each further one when the line has taken those before, and no connection is held while it waits."""
    begun = list(islice(pieces, 2))
    if len(begun) < 2:
        return Response(b"".join(begun), media_type=media_type, headers=NO_STORE)
    return StreamingResponse(chain(begun, pieces), media_type=media_type, headers=NO_STORE)


def _peer(service: Service, caller: AnyCaller) -> ServerPeer:
    session = Session(user_id=caller.user_id, device_id=caller.device_id, revoked=caller.revoked)
    return ServerPeer(service.engine, session, now=service.clock.now, durable=service.settings.durable)


def _read(request: Request, service: Service, body: bytes, shape: type[M]) -> M:
    try:
        if request.headers.get("content-type", "").startswith(messages.JSON_TYPE):
            return messages.from_json(body, shape)
        return messages.unpack(body, shape)
    except messages.TooLarge as fault:
        raise too_large(messages.MAX_REQUEST_BYTES) from fault
    except messages.WireTrouble as fault:
        raise not_understood(str(fault)) from fault
