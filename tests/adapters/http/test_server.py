"""The real server: nobody holds a connection by saying nothing, and it ends cleanly."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from adapters.http import server
from adapters.http.protocol import MAX_HEAD_BYTES
from adapters.http.server import CannotListen
from tests.adapters.http import tiny
from tests.adapters.http.asking import token

OPEN = b"GET /open HTTP/1.1\r\nHost: test\r\n\r\n"
HEAD = b"PUT /api/co/bookings/123 HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n"
PROGRAM = """
import sys
from adapters.http import server
from tests.adapters.http.tiny import APP
listener = server.listen("127.0.0.1", int(sys.argv[1]))
print(listener.getsockname()[1], flush=True)
server.serve(lambda: server.answer(APP, listener))
print("ended", flush=True)
"""


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    """Yield the address of a server that is not patient."""
    listener = server.listen("127.0.0.1", 0)
    running = server.make(tiny.edge(body_seconds=0.3), head_seconds=0.3)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()
    running.should_exit = True
    thread.join()


async def slow_of_body(scope: Any, receive: Any, send: Any) -> None:
    """Send a head, and its body once the client has gone."""
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await receive()
    await send({"type": "http.response.body", "body": b"late"})


@contextmanager
def ending(listener: socket.socket) -> Iterator[None]:
    """Serve what is slow of body, and end that cleanly."""
    running = server.make(slow_of_body)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield
    running.should_exit = True
    thread.join()


@pytest.fixture
def client(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=30) as client:
        yield client


def until_closed(client: socket.socket, drip: bytes = b"") -> bytes:
    """Return all that comes until the server closes, sending `drip` all the while."""
    client.settimeout(0.05 if drip else 30)
    received = b""
    while True:
        try:
            piece = client.recv(65536)
        except TimeoutError:
            client.sendall(drip)
        except ConnectionResetError:
            return received
        else:
            if not piece:
                return received
            received += piece


def test_a_client_that_says_nothing_is_left(client: socket.socket):
    assert until_closed(client) == b""


@pytest.mark.parametrize("drip", [b"", b"a: b\r\n"])
def test_a_client_that_does_not_end_its_head_is_left(
    client: socket.socket, drip: bytes
):
    client.sendall(b"GET /open HTTP/1.1\r\nHost: test\r\n")

    assert until_closed(client, drip) == b""


@pytest.mark.parametrize("drip", [b"", b"\r\n"])
def test_a_client_that_has_its_answer_and_no_other_wish_is_left(
    client: socket.socket, drip: bytes
):
    client.sendall(OPEN)

    assert until_closed(client, drip).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_a_client_whose_body_does_not_end_is_told_and_left(
    client: socket.socket, drip: bytes
):
    client.sendall(
        HEAD + b"Content-Type: application/json\r\n"
        b"Authorization: Bearer " + token().encode() + b"\r\n\r\n{"
    )

    answer = until_closed(client, drip)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"request_timeout"' in answer


@pytest.mark.parametrize("drip", [b"", b"x"])
def test_a_client_that_was_answered_before_its_body_ended_is_left(
    client: socket.socket, drip: bytes
):
    client.sendall(HEAD + b"\r\n{")

    assert until_closed(client, drip).startswith(b"HTTP/1.1 401 ")


def test_a_head_without_end_is_refused(client: socket.socket):
    client.sendall(b"GET /open HTTP/1.1\r\n")
    line = b"a: " + b"x" * 1000 + b"\r\n"
    for _ in range(MAX_HEAD_BYTES // len(line)):
        client.sendall(line)

    assert until_closed(client, line).startswith(b"HTTP/1.1 400 ")


def test_a_connection_is_kept_for_the_next_request(client: socket.socket):
    for _ in range(3):
        client.sendall(OPEN)
        answer = b""
        while b"anyone" not in answer:
            answer += client.recv(65536)


def test_requests_sent_at_once_are_answered_in_order(client: socket.socket):
    client.sendall(OPEN + OPEN.replace(b"/open", b"/nowhere") + OPEN)

    answer = until_closed(client)
    assert answer.index(b" 200 OK") < answer.index(b" 404 ") < answer.rindex(b" 200 OK")


def test_head_and_body_are_sent_in_one_piece(client: socket.socket):
    for _ in range(20):
        client.sendall(OPEN)

        assert client.recv(65536).endswith(b"anyone</b>")


def test_a_head_does_not_wait_for_its_body():
    with (
        closing(server.listen("127.0.0.1", 0)) as listener,
        ending(listener),
        socket.create_connection(listener.getsockname(), timeout=30) as client,
    ):
        client.sendall(OPEN)

        assert client.recv(65536).endswith(b"\r\n\r\n")


def test_an_answer_without_body_is_sent(client: socket.socket):
    client.sendall(OPEN.replace(b"GET", b"OPTIONS"))

    assert client.recv(65536).startswith(b"HTTP/1.1 204 ")


def test_a_path_is_not_made_simpler(client: socket.socket):
    client.sendall(OPEN.replace(b"/open", b"/nowhere/../open"))

    assert until_closed(client).startswith(b"HTTP/1.1 404 ")


def test_what_is_no_http_is_refused(client: socket.socket):
    client.sendall(b"\x16\x03\x01 hello\r\n\r\n")

    assert until_closed(client).startswith(b"HTTP/1.1 400 ")


def test_a_taken_port_is_one_line():
    with closing(server.listen("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            server.listen("127.0.0.1", port)

    line = f"Port {port} is taken; try PORT={port + 1} make run"
    assert str(caught.value) == line


def test_an_address_of_somebody_else_is_one_line():
    with pytest.raises(CannotListen, match=r"^Cannot listen on 192\.0\.2\.1:5000: "):
        server.listen("192.0.2.1", 5000)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def _port_of(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def _answered(port: int) -> socket.socket:
    """Return a connection on which a request was answered, and that is kept."""
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(OPEN)
    assert client.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    return client


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(
    process: subprocess.Popen[str], number: signal.Signals
):
    with _answered(_port_of(process)):
        process.send_signal(number)

        assert process.communicate()[0] == "ended\n"
        assert process.returncode == 0


def test_killed_it_leaves_nobody_on_its_port(process: subprocess.Popen[str]):
    port = _port_of(process)
    _answered(port).close()
    process.kill()
    process.wait()

    server.listen("127.0.0.1", port).close()
