"""A network line that can be cut: a loopback relay between a laptop and the server, for the walk and for tests."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

_CHUNK = 65_536
_LONGEST_WAIT = 0.2


class Line:
    """Relays TCP from `port` to `(host, target_port)` while it is whole; cut, it drops every call and refuses new ones.

    Use as a context manager. Real sockets throughout: what a laptop meets is a connection that breaks or is refused.
    """

    def __init__(self, target_port: int, host: str = "127.0.0.1") -> None:
        self._target = (host, target_port)
        self._host = host
        self._listener: socket.socket | None = None
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self.port = 0
        self._listen()
        self._thread = threading.Thread(target=self._relay, name="almoner-line")

    def __enter__(self) -> Line:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        self._thread.join()
        self.cut()
        self._selector.close()

    @property
    def is_whole(self) -> bool:
        """Whether calls get through."""
        return self._listener is not None

    def cut(self) -> None:
        """Break every call under way and refuse new ones."""
        with self._lock:
            if self._listener is not None:
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = None
            for end in list(self._pairs):
                self._drop(end)

    def restore(self) -> None:
        """Let calls through again, on the same port."""
        with self._lock:
            if self._listener is None:
                self._listen()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self._host, self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def _relay(self) -> None:
        while not self._stopping.is_set():
            ready = self._selector.select(_LONGEST_WAIT)
            with self._lock:
                for key, _events in ready:
                    end = key.fileobj
                    assert isinstance(end, socket.socket)
                    if end is self._listener:
                        self._accept(end)
                    elif end in self._pairs:
                        self._pass_on(end)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            near, _address = listener.accept()
            try:
                far = socket.create_connection(self._target, timeout=5)
            except OSError:
                near.close()
                return
            for end, other in ((near, far), (far, near)):
                end.settimeout(5)
                self._pairs[end] = other
                self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end: socket.socket) -> None:
        try:
            chunk = end.recv(_CHUNK)
            if chunk:
                self._pairs[end].sendall(chunk)
                return
        except OSError:
            pass
        self._drop(end)

    def _drop(self, end: socket.socket) -> None:
        other = self._pairs.pop(end, None)
        for one in (end, other):
            if one is not None:
                self._pairs.pop(one, None)
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(one)
                one.close()
