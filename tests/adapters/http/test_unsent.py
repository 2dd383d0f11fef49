"""The real server: whoever does not read is left, and whoever reads slowly is not."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from adapters.http import server
from tests.adapters.http import tiny

SECONDS = 0.5
PATHS = ["/large", "/long"]
# All that a client's side may hold of what it does not read.
HELD = 16 * 1024


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Yield the address of a server that is patient, but with those who do not read."""
    listener = server.listen("127.0.0.1", 0)
    running = server.make(tiny.edge(), read_seconds=SECONDS)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()
    running.should_exit = True
    thread.join()


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HELD)
        client.settimeout(30)
        client.connect(address)
        yield client


def ask(client: socket.socket, path: str, *headers: str) -> None:
    head = [f"GET {path} HTTP/1.1", "Host: test", *headers]
    client.sendall(("\r\n".join(head) + "\r\n\r\n").encode())


def is_cut(client: socket.socket) -> bool:
    """Wait until the other side is gone, without reading what it sent."""
    gone = select.poll()
    gone.register(client, select.POLLHUP)
    return bool(gone.poll(10_000))


@pytest.mark.parametrize("headers", [(), ("Connection: close",)])
@pytest.mark.parametrize("path", PATHS)
def test_whoever_does_not_read_is_left(
    client: socket.socket, path: str, headers: tuple[str, ...]
):
    ask(client, path, *headers)

    assert is_cut(client)


def test_whoever_asks_and_asks_and_does_not_read_is_left(client: socket.socket):
    client.settimeout(1)
    with suppress(TimeoutError, ConnectionError):
        while True:
            ask(client, "/open")

    assert is_cut(client)


@pytest.mark.parametrize("path", PATHS)
def test_whoever_reads_slowly_gets_it_all(client: socket.socket, path: str):
    ask(client, path, "Connection: close")

    began, received = time.monotonic(), 0
    while piece := client.recv(65536):
        received += len(piece)
        # So slowly that it takes some times as long as nothing may be read.
        while time.monotonic() - began < 3 * SECONDS * received / tiny.LARGE:
            time.sleep(0.01)
    assert received > tiny.LARGE


def test_whoever_reads_is_answered_as_often_as_they_like(client: socket.socket):
    for _time in range(3):
        ask(client, "/large")
        received = 0
        while received < tiny.LARGE:
            received += len(client.recv(65536))
