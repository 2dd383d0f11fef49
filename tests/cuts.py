"""A way to a PostgreSQL server that a test can cut at a word that goes over it.

It speaks the protocol as far as to know where a request ends, which is at its Sync, and
where the answer to that does.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum, auto
from threading import Lock, Thread
from typing import Self

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_ENDS = frozenset(b"SQpXH")
_READY = ord("Z")
_PIECE = 65536


class When(Enum):
    """When a connection is cut, on both sides, around a request."""

    BEFORE = auto()  # the server never sees it
    AMID = auto()  # the client is cut off at once, and the server goes on
    AFTER = auto()  # the server has answered, and the answer is lost
    NEVER = auto()  # the answer is lost, and the client hears nothing at all


class Way:
    """A way to the server at `url`; its own `url` is a libpq address."""

    def __init__(self, url: str) -> None:
        self._to = conninfo_to_dict(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._cuts: list[tuple[bytes, When]] = []
        self._shuts = False
        self._lock = Lock()
        self._open = ExitStack()
        self._is_shut = False
        here = {
            "host": "127.0.0.1",
            "port": self._listener.getsockname()[1],
            "sslmode": "disable",
            "gssencmode": "disable",
        }
        self.url = make_conninfo("", **self._to | here)
        Thread(target=self._accept, daemon=True).start()

    def cut(self, word: bytes, when: When, *, shut: bool = False) -> None:
        """Cut the next request that has `word` in it; `shut`: let nobody in then."""
        self._cuts.append((word, when))
        self._shuts = shut

    def forget(self) -> None:
        """Cut nothing any more."""
        with self._lock:
            self._cuts.clear()

    def close(self) -> None:
        self._is_shut = True
        self._listener.close()
        with self._lock:
            self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def is_cut(self) -> bool:
        """Whether all was cut that was to be."""
        return not self._cuts

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                if self._is_shut:
                    client.close()
                    continue
                try:
                    server = self._reach()
                except OSError:
                    # Nobody is there, now.
                    client.close()
                    continue
                with self._lock:
                    self._open.callback(_close, client)
                    self._open.callback(_close, server)
                pair = _Pair(self, client, server)
                for work in (pair.ask, pair.answer):
                    Thread(target=work, daemon=True).start()

    def _reach(self) -> socket.socket:
        host, port = str(self._to.get("host", "localhost")), self._to.get("port", 5432)
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(f"{host}/.s.PGSQL.{port}")
            except OSError:
                server.close()
                raise
            return server
        return socket.create_connection((host, int(str(port))))

    def take(self, request: bytes) -> When | None:
        """Return how this request is to be cut, if it is."""
        with self._lock:
            if not self._cuts or self._cuts[0][0] not in request:
                return None
            _word, when = self._cuts.pop(0)
            self._is_shut = self._shuts and not self._cuts
            return when


class _Pair:
    """A client's connection and ours to the server."""

    def __init__(self, way: Way, client: socket.socket, server: socket.socket) -> None:
        self._way = way
        self._client = client
        self._server = server
        self._cut: When | None = None

    def ask(self) -> None:
        """Pass on each request, whole, unless it is to be cut."""
        with self._closing():
            for request in _requests(self._client):
                self._cut = self._way.take(request)
                if self._cut is When.BEFORE:
                    return
                self._server.sendall(request)
                if self._cut is When.AMID:
                    _close(self._client)
                if self._cut is not None:
                    # Whoever passes on the answer closes, or nobody does.
                    return

    def answer(self) -> None:
        """Pass on what the server says, but for what is to be lost."""
        with suppress(OSError):
            for message in _messages(self._server):
                if self._cut is None:
                    self._client.sendall(message)
                elif message[0] == _READY and self._cut is not When.NEVER:
                    break
        if self._cut is not When.NEVER:
            _close(self._client)
            _close(self._server)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        with suppress(OSError):
            yield
        if self._cut in {None, When.BEFORE}:
            _close(self._client)
            _close(self._server)


def _requests(client: socket.socket) -> Iterator[bytes]:
    """Yield what a client says, up to where it waits for an answer each time."""
    start = _exactly(client, 4)
    yield start + _exactly(client, _size(start) - 4)
    request = b""
    for message in _messages(client):
        request += message
        if message[0] in _ENDS:
            yield request
            request = b""


def _messages(connection: socket.socket) -> Iterator[bytes]:
    """Yield messages: a letter, the size of the rest, and the rest."""
    while True:
        head = _exactly(connection, 5)
        yield head + _exactly(connection, _size(head[1:]) - 4)


def _exactly(connection: socket.socket, size: int) -> bytes:
    """Return so many bytes. Raises `ConnectionError` when there are no more."""
    received = b""
    while len(received) < size:
        piece = connection.recv(min(_PIECE, size - len(received)))
        if not piece:
            raise ConnectionError
        received += piece
    return received


def _size(field: bytes) -> int:
    (size,) = struct.unpack("!i", field)
    return int(size)


def _close(connection: socket.socket) -> None:
    """Close it for good, also for whoever waits at it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
