"""The barest client that the server takes for a laptop: one connection, one device, messages in and out, no store."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec

from almoner.sync import messages
from almoner.sync.messages import Page, Pull, Push, PushReply
from benchmarks.sync_place import PASSWORD, Place, new_code

_WIRE = {"Content-Type": messages.MEDIA_TYPE, "Accept": messages.MEDIA_TYPE}
_PIECE = 1 << 18


class Line:
    """One device's line; `bytes_in` counts the bodies that came. One thread at a time."""

    def __init__(self, url: str, token: str, client_id: str) -> None:
        where = urlsplit(url)
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)
        self._head = {**_WIRE, "Authorization": f"Bearer {token}"}
        self.client_id, self.bytes_in = client_id, 0

    def pages(self, states: dict[str, str]) -> Iterator[Page]:
        """Everything that is new since these states, which move along; asks again while there is more."""
        more = True
        while more:
            more = False
            for page in messages.read_frames(self._pieces(Pull(client_id=self.client_id, scopes=states))):
                more = page.more
                if not page.early:
                    states.update({part.scope: part.state for part in page.parts})
                yield page

    def _pieces(self, asked: msgspec.Struct) -> Iterator[bytes]:
        with self._answer("/sync/pull", asked) as answer:
            while piece := answer.read1(_PIECE):
                self.bytes_in += len(piece)
                yield piece

    def push(self, asked: Push) -> PushReply:
        """Send saves."""
        with self._answer("/sync/push", asked) as answer:
            return messages.unpack(answer.read(), PushReply, limit=messages.MAX_FRAME_BYTES)

    def _answer(self, path: str, asked: msgspec.Struct) -> http.client.HTTPResponse:
        self._connection.request("POST", path, messages.pack(asked), self._head)
        answer = self._connection.getresponse()
        if answer.status != 200:
            raise ConnectionError(f"{path}: {answer.status}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def enrolled(place: Place, username: str = "laptop") -> str:
    """The access token of a new device, which is enrolled as any laptop is."""
    username, code = new_code(username)
    where = urlsplit(place.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    asked = {"username": username, "password": PASSWORD, "code": code, "device_name": "benchmark"}
    connection.request("POST", "/auth/enrol", json.dumps(asked), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    if answer.status != 200:
        raise ConnectionError(f"/auth/enrol: {answer.status}")
    return str(body["access_token"])
