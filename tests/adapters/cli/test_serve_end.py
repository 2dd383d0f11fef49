"""`bookings serve` with a store that lets nobody write, to the end and back from it."""

import re
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPResponse

import httpx
import psutil
import psycopg
import pytest

from adapters.sqlite import writer
from application import demo
from tests import running, stores
from tests.adapters.cli.conftest import Bookings
from tests.programs import BOOKINGS

PATH = "/api/co/bookings/123"
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Server:
    """`bookings serve` on a free port, with clients of its own."""

    def __init__(self, process: subprocess.Popen[str], pool: ThreadPoolExecutor):
        self.process = process
        self._pool = pool
        assert process.stderr is not None
        found = re.search(r"http://localhost:(\d+)", process.stderr.readline())
        assert found is not None
        self.address = ("127.0.0.1", int(found[1]))

    def put(self, text: str) -> httpx.Response:
        return httpx.put(
            f"http://{self.address[0]}:{self.address[1]}{PATH}",
            headers={"Authorization": f"Bearer {running.token(demo.KARI.id)}"},
            json={"message": {"text": text}},
            timeout=60,
        )

    def health(self, what: str) -> httpx.Response:
        return httpx.get(f"http://{self.address[0]}:{self.address[1]}/health/{what}")

    def putting(self, text: str) -> Future[httpx.Response]:
        """Send a PUT, and let somebody wait for its answer."""
        return self._pool.submit(_answer, self.send(text))

    def send(self, text: str) -> socket.socket:
        """Send a PUT, and return the connection on which its answer would come."""
        body = f'{{"message": {{"text": "{text}"}}}}'
        client = socket.create_connection(self.address, timeout=60)
        client.sendall(
            f"PUT {PATH} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {running.token(demo.KARI.id)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        return client

    def settle(self) -> None:
        """Return when what was sent before must have been taken in."""
        for _turn in range(5):
            live = f"http://{self.address[0]}:{self.address[1]}/health/live"
            assert httpx.get(live, timeout=60).status_code == HTTPStatus.OK

    def wait_until_refused(self) -> None:
        while True:
            try:
                socket.create_connection(self.address, timeout=60).close()
            except ConnectionRefusedError:
                return
            except ConnectionResetError:
                continue

    def ended(self) -> tuple[int, list[str]]:
        """Wait for its end; return the exit code, and all that it still said."""
        _out, err = self.process.communicate(timeout=120)
        return self.process.returncode, err.splitlines()


def _answer(client: socket.socket) -> httpx.Response:
    with client:
        found = HTTPResponse(client)
        found.begin()
        return httpx.Response(
            found.status, headers=found.getheaders(), content=found.read()
        )


@contextmanager
def serving(url: str, **more: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [BOOKINGS, "serve"],
        env=running.environment(url) | {"PORT": "0"} | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, ThreadPoolExecutor() as pool:
        try:
            yield Server(process, pool)
        finally:
            process.kill()


@contextmanager
def held(url: str, server: Server) -> Iterator[Future[httpx.Response]]:
    """Keep all others from writing; yield the answer of a PUT that waits for that."""
    if stores.is_sqlite(url):
        with writer.turn(stores.sqlite_path(url)):
            first = server.putting("First.")
            process = psutil.Process(server.process.pid)
            while not any(f.path.endswith(".writer") for f in process.open_files()):
                pass
            # That may be its sweeps, which wait for the turn too.
            server.settle()
            yield first
    else:
        with psycopg.connect(url) as holder, psycopg.connect(url) as looker:
            holder.execute("SELECT FROM log_head FOR UPDATE")
            looker.autocommit = True
            first = server.putting("First.")
            while looker.execute(WAITING).fetchone() == (0,):
                pass
            yield first


def texts(url: str) -> str:
    return running.bookings(url, "replay", "123", "--json").stdout


@pytest.fixture
def shop_url(bookings: Bookings, migrated: str) -> str:
    """Return the URL of a store, of each kind, that has the demo's data."""
    assert bookings("demo", "--yes").code == 0
    return migrated


@pytest.fixture
def sqlite_shop_url(bookings: Bookings, sqlite: str) -> str:
    assert bookings("demo", "--yes").code == 0
    return sqlite


def test_what_was_accepted_is_answered_and_nobody_is_let_in(shop_url: str):
    with serving(shop_url, BOOKINGS_GRACE_SECONDS="60") as server:
        with held(shop_url, server) as first:
            second, third = server.putting("Second."), server.send("Third.")
            server.settle()
            server.process.send_signal(signal.SIGTERM)
            server.wait_until_refused()
        answers = [first.result(), second.result()]
        with third:
            last = third.recv(65536)
        code, said = server.ended()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.headers["connection"] for answer in answers] == ["close"] * 2
    assert last.startswith(b"HTTP/1.1 200 ")
    assert (code, said) == (0, [])
    trail = texts(shop_url)
    assert [word in trail for word in ("First.", "Second.", "Third.")] == [True] * 3


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_a_proxy_is_told_before_anybody_is_refused(
    sqlite_shop_url: str, again: signal.Signals
):
    with serving(sqlite_shop_url, BOOKINGS_DRAIN_SECONDS="300") as server:
        assert server.health("ready").json() == {"status": "ready"}
        server.process.send_signal(signal.SIGTERM)
        while (ready := server.health("ready")).is_success:
            pass
        live, last = server.health("live"), server.put("While it drains.")
        # Whoever does not want to wait says so once more.
        server.process.send_signal(again)
        code, said = server.ended()

    assert (ready.status_code, ready.json()["code"]) == (503, "unavailable")
    assert ready.json()["detail"] == "The process ends."
    assert ready.headers["retry-after"] == "1"
    assert (live.status_code, last.status_code) == (200, 200)
    assert (code, said) == (0, [])


def test_what_has_drained_ends_by_itself(sqlite_shop_url: str):
    with serving(sqlite_shop_url, BOOKINGS_DRAIN_SECONDS="0.2") as server:
        server.process.send_signal(signal.SIGTERM)

        assert server.ended() == (0, [])


def test_a_person_at_a_terminal_waits_for_no_proxy(sqlite_shop_url: str):
    with serving(sqlite_shop_url, BOOKINGS_DRAIN_SECONDS="300") as server:
        server.process.send_signal(signal.SIGINT)

        assert server.ended() == (0, [])


def test_a_store_that_stays_slow_is_not_waited_for_and_all_are_told(shop_url: str):
    with (
        serving(shop_url, BOOKINGS_GRACE_SECONDS="0.5") as server,
        held(shop_url, server) as first,
    ):
        second = server.putting("Second.")
        server.settle()
        server.process.send_signal(signal.SIGTERM)
        answers = [first.result(), second.result()]
        code, said = server.ended()

    assert [answer.status_code for answer in answers] == [503, 503]
    assert [answer.headers["retry-after"] for answer in answers] == ["1", "1"]
    # A thread that waits for a file's turn cannot be called off, as a query can.
    if stores.is_sqlite(shop_url):
        assert (code, said) == (3, ["bookings: Ended while the store did not answer."])
    else:
        assert (code, said) == (0, [])
    assert "Second." not in texts(shop_url)


def test_who_has_gone_is_not_written_for(shop_url: str):
    with serving(shop_url) as server:
        with held(shop_url, server) as first:
            server.send("Second.").close()
            third = server.send("Third.")
            server.settle()
        assert first.result().status_code == HTTPStatus.OK
        with third:
            assert third.recv(65536).startswith(b"HTTP/1.1 200 ")

    trail = texts(shop_url)
    assert [w in trail for w in ("First.", "Second.", "Third.")] == [True, False, True]


def test_a_full_disk_is_503_until_there_is_room(sqlite_shop_url: str):
    with serving(sqlite_shop_url) as server:
        assert server.put("Before.").status_code == HTTPStatus.OK
        room(server, 4096)
        full = [server.put("Too much."), server.put("Too much again.")]
        room(server, resource.RLIM_INFINITY)
        after = server.put("After.")

    for answer in full:
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    assert after.status_code == HTTPStatus.OK
    trail = texts(sqlite_shop_url)
    assert [w in trail for w in ("Before.", "Too much", "After.")] == [
        True,
        False,
        True,
    ]
    assert running.bookings(sqlite_shop_url, "verify").returncode == 0


def room(server: Server, size: int) -> None:
    """Let the server's files grow to so many bytes."""
    limits = (size, resource.RLIM_INFINITY)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limits)
