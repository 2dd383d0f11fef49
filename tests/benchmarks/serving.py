"""Processes that serve, and what they and PostgreSQL used of the machine."""

import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
import psycopg

from tests import running, servers, stores
from tests.benchmarks.requests import Clients
from tests.programs import BOOKINGS

OURS = (str(BOOKINGS), "serve")
ROOT = Path(__file__).parents[2]
_END = b"\r\n\r\n"
# Counted as ever, and never reached, however few clients and fast the machine.
UNLIMITED = {"BOOKINGS_RATE_PER_TOKEN": "1000000/second"}
STARTED = 60.0  # seconds that a server may take to answer


class Served(NamedTuple):
    port: int
    process: psutil.Process


def peer(module: str, *kind: str) -> tuple[str, ...]:
    """Return the command of a peer's server: a module of this folder."""
    return (sys.executable, "-m", f"tests.benchmarks.{module}", *kind)


@contextmanager
def served(
    command: Sequence[str],
    url: str,
    *,
    ready: str = "/health/ready",
    environ: Mapping[str, str] | None = None,
) -> Generator[Served]:
    """Yield a server on the store at `url`, once `ready` is answered."""
    port = servers.free_port()
    process = subprocess.Popen(
        command,
        env=running.environment(url)
        | UNLIMITED
        | {"PORT": str(port)}
        | dict(environ or {}),
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port, ready)
        yield Served(port, psutil.Process(process.pid))
    finally:
        process.terminate()
        process.wait()


def answer(port: int, clients: Clients) -> bytes:
    """Return the body of the answer to the first request of `clients`."""
    first = clients[0][0]
    number = b"" if first.after is None else b"first%b" % first.after
    head, _, body = _ask(port, _closing(first.before + number)).partition(_END)
    assert b" 200 " in head[:16], head
    return body


class Meter:
    """CPU seconds used since it was read before, by each of those it watches."""

    def __init__(self, watched: Mapping[str, psutil.Process | None]) -> None:
        self._watched = {name: one for name, one in watched.items() if one is not None}
        self._before = self._used()

    def reset(self) -> None:
        self._before = self._used()

    def read(self) -> dict[str, float]:
        return {name: used - self._before[name] for name, used in self._used().items()}

    def _used(self) -> dict[str, float]:
        return {name: _cpu(process) for name, process in self._watched.items()}


def postmaster(url: str) -> psutil.Process | None:
    """Return PostgreSQL's first process, if it runs on this machine."""
    if stores.is_sqlite(url):
        return None
    with psycopg.connect(url) as conn:
        ((pid, is_local),) = conn.execute(
            "SELECT pg_backend_pid(), "
            "coalesce(inet_server_addr() <<= '127.0.0.0/8', true)"
        ).fetchall()
        if not is_local:
            return None
        return psutil.Process(pid).parent()


def _cpu(process: psutil.Process) -> float:
    """Return what `process` used with its children, of whom some have ended."""
    used = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        used += times.user + times.system
        used += times.children_user + times.children_system
    return used


def _closing(request: bytes) -> bytes:
    return request.replace(b"\r\n", b"\r\nconnection: close\r\n", 1)


def _ask(port: int, request: bytes) -> bytes:
    """Return the whole answer to a request, after which its connection closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answered:
            return answered.read()


def _wait(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
    give_up = time.monotonic() + STARTED
    while time.monotonic() < give_up:
        assert process.poll() is None, "the server ended by itself"
        try:
            if b" 200 " in _ask(port, request)[:16]:
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(path)
