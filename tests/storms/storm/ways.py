"""A TCP way to a server, on which the weather can be bad: slow, hung, or cut."""

import socket
import threading
from contextlib import suppress

_PIECE = 65536

Address = str | tuple[str, int]
"""The path of a Unix socket, or a host and a port."""


class Way:
    """Passes on what it is given, one piece after the other, as the weather lets it."""

    def __init__(self, to: Address) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._goes = threading.Event()
        self._goes.set()
        self._delay = 0.0
        self.has_held = False
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> int:
        """Close whatever is open, and return how many connections that were."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            _close(*pair)
        return len(pairs)

    def lead(self, to: Address) -> None:
        """Lead elsewhere, and nobody to where it led before."""
        self._to = to
        self.cut()

    def hang(self) -> None:
        """Let nothing through, nor tell anybody so; `has_held` if that met any."""
        self.has_held = False
        self._goes.clear()

    def slow(self, seconds: float) -> None:
        """Let each piece take so long."""
        self._delay = seconds

    def clear(self) -> None:
        self._delay = 0.0
        self._goes.set()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.clear()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                threading.Thread(target=self._join, args=[client], daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        self._wait()
        try:
            server = _reach(self._to)
        except OSError:
            _close(client)
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        back = threading.Thread(target=self._carry, args=[server, client], daemon=True)
        back.start()
        self._carry(client, server)
        back.join()
        with self._lock:
            self._pairs.discard(pair)

    def _carry(self, giver: socket.socket, taker: socket.socket) -> None:
        with suppress(OSError):
            while piece := giver.recv(_PIECE):
                self._wait()
                if self._delay:
                    threading.Event().wait(self._delay)
                taker.sendall(piece)
        _close(giver, taker)

    def _wait(self) -> None:
        if not self._goes.is_set():
            self.has_held = True
            self._goes.wait()


def _reach(to: Address) -> socket.socket:
    if isinstance(to, str):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(to)
        except OSError:
            server.close()
            raise
        return server
    return socket.create_connection(to)


def _close(*connections: socket.socket) -> None:
    """Close them for good, also for whoever waits at them."""
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
