"""Whatever happens to PostgreSQL, callers get a clear 503 until it is back.

The server is the tests' own, so that it can be broken. A full disk is a limit on the
size of its files, which the messages have reached: it says of that what it says of any
file that cannot grow. What it says of ENOSPC itself is held where the store is.
"""

import asyncio
import os
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import running
from tests.storms.steady import OK, OWNER, UNAVAILABLE, Steady, is_clear
from tests.storms.storm.ways import Way
from tests.storms.torture.server import Server, own_server

# A segment of the write-ahead log must fit.
LIMIT = 16 * 1024 * 1024
FILL = b"""
INSERT INTO message (id, booking_id, version, author, position, state)
SELECT gen_random_uuid(), 0, random() * 1e15, '', 0, decode(repeat('ff', 100), 'hex')
FROM generate_series(1, %s)
"""
OTHERS = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class Place:
    """A server, the way to it, and a process that serves; `url` leads past the way."""

    def __init__(self, server: Server, way: Way, url: str) -> None:
        self.server, self.way, self.url = server, way, url

    def tell(self, *statements: bytes) -> None:
        """Tell the server something, as its operator."""
        with psycopg.connect(self.server.url, autocommit=True) as conn:
            for statement in statements:
                conn.execute(statement)


Fault = Callable[[Place], AbstractContextManager[None]]


@contextmanager
def killed(place: Place) -> Iterator[None]:
    place.server.kill()
    yield
    place.server.start()


@contextmanager
def stopped_fast(place: Place) -> Iterator[None]:
    place.server.stop("fast")
    yield
    place.server.start()


@contextmanager
def stopped_at_once(place: Place) -> Iterator[None]:
    place.server.stop("immediate")
    yield
    place.server.start()


@contextmanager
def paused(place: Place) -> Iterator[None]:
    place.server.pause()
    yield
    place.server.go_on()


@contextmanager
def silent(place: Place) -> Iterator[None]:
    place.way.hang()
    yield
    place.way.clear()


@contextmanager
def far_too_slow(place: Place) -> Iterator[None]:
    place.way.slow(3)
    yield
    place.way.clear()


@contextmanager
def without_room(place: Place) -> Iterator[None]:
    """Let messages fill all that there is; then somebody makes room."""
    place.server.stop("fast")
    with files_of(LIMIT):
        place.server.start()
    with psycopg.connect(place.url, autocommit=True) as conn:
        for rows in (10_000, 1000, 100, 10, 1):
            fill(conn, rows)
        yield
        conn.execute(b"DELETE FROM message WHERE booking_id = 0")
        conn.execute(b"VACUUM message")


def fill(conn: psycopg.Connection[Any], rows: int) -> None:
    """Add so many messages at a time, shorter than any, until they do not fit."""
    with suppress(psycopg.errors.InternalError_):
        while True:
            conn.execute(FILL, [rows])


@contextmanager
def files_of(size: int) -> Iterator[None]:
    """Let processes that are started meanwhile write files of so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(place: Place) -> Iterator[None]:
    reload = b"SELECT pg_reload_conf()"
    place.tell(b"ALTER SYSTEM SET default_transaction_read_only = on", reload)
    yield
    with psycopg.connect(
        place.server.url, autocommit=True, options="-c default_transaction_read_only=0"
    ) as conn:
        conn.execute(b"ALTER SYSTEM RESET default_transaction_read_only")
        conn.execute(reload)


@contextmanager
def out_of_connections(place: Place) -> Iterator[None]:
    """Let in as many as may be, which are none: the same error as of a full server."""
    place.tell(b"ALTER DATABASE bookings CONNECTION LIMIT 0", OTHERS)
    yield
    place.tell(b"ALTER DATABASE bookings CONNECTION LIMIT -1")


FAULTS: list[Fault] = [
    killed,
    stopped_fast,
    stopped_at_once,
    paused,
    out_of_connections,
]
if os.environ.get("FAULTS") == "all":
    # To whoever asks they are as one that is paused, and they take as long.
    FAULTS += [silent, far_too_slow]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with own_server() as server:
        with psycopg.connect(server.url, autocommit=True) as conn:
            conn.execute(b"CREATE ROLE keeper LOGIN")
            conn.execute(b"CREATE DATABASE bookings OWNER keeper")
        way = Way(server.socket)
        folder = Path(server.socket).parent
        url = f"postgresql://keeper@/bookings?host={folder}"
        try:
            yield Place(server, way, url)
        finally:
            server.go_on()
            way.close()


@pytest.fixture(scope="module")
def steady(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steady]:
    booked = asyncio.run(running.place_one_each(place.url, [OWNER]))
    by_the_way = (
        f"postgresql://keeper@127.0.0.1:{place.way.port}/bookings"
        "?sslmode=disable&gssencmode=disable"
    )
    log: Path = tmp_path_factory.mktemp("faults") / "serve.log"
    server = running.Serving(by_the_way, {"BOOKINGS_CALL_SECONDS": "2"}, log)
    try:
        server.wait_until_ready()
        yield Steady(server.url, booked[OWNER])
    finally:
        code = server.stop()
    said = log.read_text("utf-8")
    assert (code, "Traceback" in said) == (0, False), said


@pytest.mark.parametrize("fault", FAULTS)
def test_without_its_store_it_says_so_and_comes_back(
    place: Place, steady: Steady, fault: Fault
):
    assert steady.put().status_code == OK
    with steady.beside():
        with fault(place), ThreadPoolExecutor() as pool:
            refused = pool.submit(steady.wait_until, UNAVAILABLE)
            assert is_clear(refused.result())
            ready, live = (pool.submit(steady.health, it) for it in ("ready", "live"))
            told = ready.result(), live.result()
        steady.wait_until(OK)

    assert told == (UNAVAILABLE, OK)
    assert steady.health("ready") == OK
    assert steady.get().status_code == OK
    assert steady.strange == []
    assert steady.lost(place.url) == []


@pytest.mark.parametrize("fault", [read_only, without_room])
def test_where_nothing_can_be_written_what_is_there_is_shown(
    place: Place, steady: Steady, fault: Fault
):
    with steady.beside():
        with fault(place):
            assert is_clear(steady.wait_until(UNAVAILABLE))
            assert steady.get().status_code == OK
            assert (steady.health("ready"), steady.health("live")) == (OK, OK)
        steady.wait_until(OK)

    assert steady.strange == []
    assert steady.lost(place.url) == []
    verified = running.bookings(place.url, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
