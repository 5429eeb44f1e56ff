"""Hints that something changed: scope ids only, never data; losing one loses nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from almoner.server.answers import busy
from almoner.server.service import Service, TheCaller, TheService
from almoner.server.watching import Watch
from almoner.sync.messages import Hint

routes = APIRouter(tags=["Sync"])
HEARTBEAT_SECONDS = 15.0


@routes.get("/sync/hints", response_class=StreamingResponse)
async def hints(request: Request, caller: TheCaller, service: TheService) -> StreamingResponse:
    """Server-sent events with the ids of scopes in which something changed since the stream began."""
    if _open_streams(request) >= service.settings.hint_streams:
        raise busy(60.0, code="too_many_hint_streams")
    ends = min(service.settings.hint_stream_seconds, caller.ends - service.clock.now().timestamp())
    stream = _events(request, service, caller.user_id, ends)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


async def _events(request: Request, service: Service, user_id: str, seconds: float) -> AsyncIterator[bytes]:
    began = spoke = time.monotonic()
    request.app.state.hint_streams = _open_streams(request) + 1
    try:
        watch = await run_in_threadpool(Watch, service, user_id, began)
        yield b"retry: 5000\n\n"
        while time.monotonic() - began < seconds and not await request.is_disconnected():
            await asyncio.sleep(service.settings.hint_poll_seconds)
            changed = await run_in_threadpool(watch.look, time.monotonic())
            if changed:
                spoke = time.monotonic()
                yield b"data: " + msgspec.json.encode(Hint(scopes=changed)) + b"\n\n"
            elif time.monotonic() - spoke > HEARTBEAT_SECONDS:
                spoke = time.monotonic()
                yield b": still here\n\n"
    finally:
        request.app.state.hint_streams -= 1


def _open_streams(request: Request) -> int:
    return getattr(request.app.state, "hint_streams", 0)
