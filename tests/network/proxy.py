"""A line that behaves badly: a TCP proxy that cuts after so many bytes, delays, garbles, drips and closes one half."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

AT_A_TIME = 1 << 16


@dataclass(frozen=True, slots=True)
class Way:
    """What one direction of one connection does. Places are counted in bytes from its beginning; None is never.

    `cut_at`: both directions end there, at once. `close_at`: only this direction ends there, in order, as of a peer
    that has nothing more to say. `garble_every`: bits of that byte and of every one as far on again turn.
    `late`: seconds before the first byte goes on. `drip`: at most so many bytes at a time, each a packet of its own.
    """

    cut_at: int | None = None
    close_at: int | None = None
    garble_every: int | None = None
    late: float = 0.0
    drip: int = AT_A_TIME


GOOD = Way()
Plan = Callable[[int], tuple[Way, Way]]
"""What the connection of this number does: on the way to the server, and on the way back."""


@dataclass
class Tally:
    """What happened to connections, so that a test can tell that its line was as bad as it meant."""

    opened: int = 0
    cut: int = 0
    closed: int = 0
    garbled: int = 0


@dataclass
class Proxy:
    """Use as a context. `plan` may be changed at any time; it counts for connections opened after."""

    port: int
    plan: Plan = lambda _number: (GOOD, GOOD)
    tally: Tally = field(default_factory=Tally)

    def __enter__(self) -> Proxy:
        self._loop = asyncio.new_event_loop()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, name="bad line")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def hang_up(self) -> None:
        """End every open connection at once, as when a laptop leaves the building."""
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._open: set[asyncio.Task[None]] = set()
        server = self._loop.run_until_complete(asyncio.start_server(self._connected, sock=self._listening))
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._end_all())

    async def _end_all(self) -> None:
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        far_writer = None
        try:
            there, back = self.plan(self.tally.opened)
            self.tally.opened += 1
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.port)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer, there))
                both.create_task(self._pass(far_reader, writer, back))
        except (OSError, _Cut, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.transport.abort()
            self._open.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
        passed = 0
        while data := await reader.read(min(way.drip, AT_A_TIME)):
            if passed == 0 and way.late:
                await asyncio.sleep(way.late)
            data = self._garbled(data, passed, way)
            ends = min(place for place in (way.cut_at, way.close_at, 1 << 62) if place is not None)
            writer.write(data[: ends - passed])
            await writer.drain()
            passed += len(data)
            if passed >= ends:
                break
            if way.drip < AT_A_TIME:
                await asyncio.sleep(0)
        if way.cut_at is not None and passed >= way.cut_at:
            self.tally.cut += 1
            raise _Cut
        self.tally.closed += way.close_at is not None and passed >= way.close_at
        if writer.can_write_eof():
            writer.write_eof()

    def _garbled(self, data: bytes, passed: int, way: Way) -> bytes:
        if way.garble_every is None:
            return data
        turned = bytearray(data)
        for at in range(-(passed + 1) % way.garble_every, len(data), way.garble_every):
            turned[at] ^= 0x15
            self.tally.garbled += 1
        return bytes(turned)


class _Cut(Exception):
    """The line ends here."""
