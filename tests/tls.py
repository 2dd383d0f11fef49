"""A way to a server that speaks TLS before one that does not, PostgreSQL or Redis.

It answers PostgreSQL's question for TLS as PostgreSQL does, and passes on all else;
without a context it passes on everything.
"""

import socket
import ssl
import struct
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from urllib.parse import quote, urlsplit

from psycopg.conninfo import conninfo_to_dict

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_PIECE = 65536


class TlsWay:
    """Listens on `port` of this machine; `count` connections were made secure."""

    def __init__(self, to: str, context: ssl.SSLContext | None) -> None:
        self._to = to
        self._context = context
        self._is_postgres = not to.startswith("redis")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = Lock()
        self.port: int = self._listener.getsockname()[1]
        self.count = 0
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        _close(self._listener)
        with self._lock:
            for connection in self._open:
                _close(connection)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError):
            self._keep(client)
            if self._context is not None:
                client = self._secured(client, self._context)
            server = self._keep(self._reach())
            Thread(target=_pass_on, args=[server, client], daemon=True).start()
            _pass_on(client, server)

    def _secured(self, client: socket.socket, context: ssl.SSLContext) -> socket.socket:
        if self._is_postgres:
            asked = client.recv(len(_SSL_REQUEST), socket.MSG_WAITALL)
            assert asked == _SSL_REQUEST
            client.sendall(b"S")
        secure = self._keep(context.wrap_socket(client, server_side=True))
        self.count += 1
        return secure

    def _keep(self, connection: socket.socket) -> socket.socket:
        with self._lock:
            self._open.append(connection)
        return connection

    def _reach(self) -> socket.socket:
        if not self._is_postgres:
            parts = urlsplit(self._to)
            return socket.create_connection((parts.hostname, parts.port))
        to = conninfo_to_dict(self._to)
        host, port = str(to.get("host", "localhost")), to.get("port", 5432)
        if host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        return socket.create_connection((host, int(str(port))))


def postgres_url(to: str, port: int, options: Mapping[str, str]) -> str:
    """Return the address of the database at `to`, by a port of this machine."""
    given = conninfo_to_dict(to)
    user, password = str(given.get("user", "")), str(given.get("password") or "")
    secret = f":{quote(password)}" if password else ""
    words = {"gssencmode": "disable", **options}
    query = "&".join(f"{name}={quote(word, '')}" for name, word in words.items())
    return f"postgresql://{user}{secret}@localhost:{port}/{given['dbname']}?{query}"


@contextmanager
def tls_before(to: str, context: ssl.SSLContext | None) -> Generator[TlsWay]:
    way = TlsWay(to, context)
    try:
        yield way
    finally:
        way.close()


def _pass_on(from_: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while piece := from_.recv(_PIECE):
            to.sendall(piece)
    _close(from_)
    _close(to)


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
