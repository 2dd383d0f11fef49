"""The proxy as the Caddyfile sets it up, before servers that do what servers may do."""

import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from uuid import UUID

import httpx
import pytest

from tests import servers
from tests.composed import CADDY, ROOT

MIB = 1024 * 1024
REQUEST_ID = "2f1c8c2e-7a35-4d0a-9d39-5a1f5b8b2a10"
STARTED = 60.0  # seconds


class Backend:
    """A server that answers, or ends the connection once it has heard a call."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, int, dict[str, str]]] = []
        self.is_ready = True
        self.hangs_up = False
        self.asked = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        self.heard.clear()
        self.hangs_up = False


def _handler(backend: Backend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/health/ready":
                backend.asked.set()
                self._answer(200 if backend.is_ready else 503)
            else:
                self._hear(0)

        def do_PUT(self) -> None:
            size = len(self.rfile.read(int(self.headers["content-length"])))
            self._hear(size)

        def _hear(self, size: int) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            backend.heard.append((self.command, size, headers))
            if backend.hangs_up:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self._answer(200)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
            """Say nothing."""

    return Handler


@contextmanager
def proxied(*addresses: str) -> Iterator[httpx.Client]:
    """Yield a client of a proxy before such servers."""
    port = servers.free_port()
    words = [str(CADDY), "run", "--config", str(ROOT / "Caddyfile")]
    environ = {
        "PORT": str(port),
        "SERVERS": " ".join(addresses),
        "HOME": "/nonexistent",
    }
    with subprocess.Popen(words, env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_listening(process, port)
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", timeout=60
            ) as client:
                yield client
        finally:
            process.kill()


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up = time.monotonic() + STARTED
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, "the proxy ended by itself"
            assert time.monotonic() < give_up
        else:
            return


@pytest.fixture(scope="module")
def backends() -> Iterator[tuple[Backend, Backend]]:
    with Backend() as one, Backend() as other:
        yield one, other


@pytest.fixture(scope="module")
def client(backends: tuple[Backend, Backend]) -> Iterator[httpx.Client]:
    one, other = backends
    with proxied(one.address, other.address) as client:
        yield client


@pytest.fixture
def two(backends: tuple[Backend, Backend]) -> Iterator[tuple[Backend, Backend]]:
    yield backends
    for backend in backends:
        backend.forget()


def test_the_file_is_valid_and_as_its_program_writes_it():
    path = str(ROOT / "Caddyfile")
    for words in (["validate", "--config", path], ["fmt", "--diff", path]):
        done = subprocess.run(
            [CADDY, *words], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_both_servers_are_asked(client: httpx.Client, two: tuple[Backend, Backend]):
    while not all(backend.heard for backend in two):
        assert client.get("/").status_code == 200


def test_a_call_that_was_heard_is_told_to_nobody_else(
    client: httpx.Client, two: tuple[Backend, Backend]
):
    for backend in two:
        backend.hangs_up = True
    answer = client.put(
        "/api/co/bookings/123",
        json={"status": "CANCELLED"},
        headers={"x-request-id": REQUEST_ID, "idempotency-key": "once"},
    )

    assert [method for backend in two for method, *_rest in backend.heard] == ["PUT"]
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["x-request-id"] == problem["request_id"] == REQUEST_ID


def test_what_nobody_heard_goes_to_another_server(backends: tuple[Backend, Backend]):
    one, _other = backends
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        nobody = f"127.0.0.1:{gone.getsockname()[1]}"
    with proxied(nobody, one.address) as client:
        codes = [client.put("/", json={}).status_code for _turn in range(10)]
    heard, one.heard = one.heard, []

    assert codes == [200] * 10
    assert len(heard) == 10


def test_nobody_says_for_another_where_a_call_comes_from(
    client: httpx.Client, two: tuple[Backend, Backend]
):
    client.get("/", headers={"x-forwarded-for": "203.0.113.7"})

    (headers,) = [heard[2] for backend in two for heard in backend.heard]
    assert headers["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize("size", [257 * 1024, 12 * MIB])
def test_a_body_of_any_size_is_the_api_s_to_judge(
    client: httpx.Client, two: tuple[Backend, Backend], size: int
):
    assert client.put("/", content=bytes(size)).status_code == 200
    assert [heard[1] for backend in two for heard in backend.heard] == [size]


@pytest.mark.parametrize(
    "given", [None, REQUEST_ID, REQUEST_ID.upper(), "no id", f'{REQUEST_ID}","x":"']
)
def test_a_call_has_one_id_all_the_way(
    client: httpx.Client, two: tuple[Backend, Backend], given: str | None
):
    client.get("/", headers={} if given is None else {"x-request-id": given})

    (headers,) = [heard[2] for backend in two for heard in backend.heard]
    known = headers["x-request-id"]
    assert str(UUID(known)) == known.lower()
    assert (known == given) is (given is not None and len(given) == len(REQUEST_ID))


def test_a_server_that_is_not_ready_is_sent_nothing(
    backends: tuple[Backend, Backend],
):
    one, other = backends
    with ExitStack() as stack:
        client = stack.enter_context(proxied(one.address, other.address))
        one.is_ready = False
        stack.callback(setattr, one, "is_ready", True)
        # Twice: what was asked before may have been asked just before.
        for _time in range(2):
            one.asked.clear()
            assert one.asked.wait(STARTED)
        answers = _until_turned_away(client, one)
        heard, one.heard, other.heard = list(one.heard), [], []

    assert set(answers) == {200}
    assert heard == []


def _until_turned_away(client: httpx.Client, one: Backend) -> list[int]:
    """Ask until a hundred calls in a row went elsewhere; return all answers."""
    answers: list[int] = []
    in_a_row = 0
    while in_a_row < 100:
        one.heard.clear()
        answers.append(client.get("/").status_code)
        in_a_row = 0 if one.heard else in_a_row + 1
    return answers


def test_without_any_server_there_is_a_problem_and_no_wait_for_ever():
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        nobody = f"127.0.0.1:{gone.getsockname()[1]}"
    with proxied(nobody) as client:
        answer = client.put("/api/co/bookings/1", json={})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert str(UUID(answer.json()["request_id"])) == answer.headers["x-request-id"]
