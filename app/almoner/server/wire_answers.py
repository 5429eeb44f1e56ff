"""Messages of the wire as answers: packed between machines, JSON for a person who asks for it."""

from __future__ import annotations

from typing import Final

import msgspec
from fastapi import Request, Response

from almoner.sync import messages

NO_STORE: Final = {"Cache-Control": "no-store"}


def wants_json(request: Request) -> bool:
    """Whether the one who asks did not say that they speak the wire."""
    return messages.MEDIA_TYPE not in request.headers.get("accept", "")


def wire_answer(request: Request, message: msgspec.Struct) -> Response:
    """A message, as the one who asks reads it."""
    if wants_json(request):
        return Response(messages.to_json(message), media_type=messages.JSON_TYPE, headers=NO_STORE)
    return Response(messages.pack(message), media_type=messages.MEDIA_TYPE, headers=NO_STORE)
