"""`bookings serve` starts on a sound store, rides out its absence, and ends well."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil
import psycopg
import pytest

from adapters.sqlite import writer
from application import demo
from tests import running, servers, stores
from tests.adapters.cli.conftest import Bookings
from tests.programs import BOOKINGS
from tests.running import KEYS

ORDERLY = [signal.SIGINT, signal.SIGTERM]


class Server:
    """`bookings serve` on a free port, with what it says."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.url = self._address()

    def _address(self) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            found = re.search(r"Serving on (http://localhost:\d+)\.", line)
            if found:
                return found[1]
        pytest.fail(f"it did not serve: {self.said}")

    def put(self, text: str) -> httpx.Response:
        return httpx.put(
            f"{self.url}/api/co/bookings/123",
            headers={"Authorization": f"Bearer {running.token(demo.KARI.id)}"},
            json={"message": {"text": text}},
            timeout=30,
        )

    def ended(self) -> tuple[int, list[str]]:
        """Wait for its end; return the exit code, and all that it still said."""
        _out, err = self.process.communicate(timeout=60)
        return self.process.returncode, err.splitlines()


def environment(url: str, **more: str) -> dict[str, str]:
    return running.environment(url) | {"PORT": "0"} | more


@contextmanager
def serving(url: str, **more: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [BOOKINGS, "serve"],
        env=environment(url) | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Server(process)
        finally:
            process.kill()


def failed(url: str, **more: str) -> tuple[int, str]:
    """Run a server that cannot start; return its exit code and its only line."""
    done = subprocess.run(
        [BOOKINGS, "serve"],
        env=environment(url, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.returncode, done.stderr.removeprefix("bookings: ").rstrip()


@pytest.fixture
def shop_url(bookings: Bookings, migrated: str) -> str:
    """Return the URL of a store, of each kind, that has the demo's data."""
    assert bookings("demo", "--yes").code == 0
    return migrated


@pytest.fixture
def postgres_shop_url(bookings: Bookings, postgres: str) -> str:
    assert bookings("demo", "--yes").code == 0
    return postgres


@pytest.mark.parametrize("number", ORDERLY)
def test_a_signal_ends_it_well_and_what_it_answered_is_kept(
    shop_url: str, number: signal.Signals
):
    with serving(shop_url) as server:
        assert server.put("Before the end.").status_code == 200
        server.process.send_signal(number)
        assert server.ended() == (0, [])

    with serving(shop_url) as server:
        trail = running.bookings(shop_url, "replay", "123", "--json")
        assert "Before the end." in trail.stdout
        assert server.put("After it.").status_code == 200


@pytest.mark.parametrize("number", ORDERLY)
def test_a_signal_that_comes_at_once_is_not_lost(sqlite: str, number: signal.Signals):
    for _time in range(3):
        with serving(sqlite) as server:
            server.process.send_signal(number)
            assert server.ended() == (0, [])


@pytest.mark.parametrize("number", ORDERLY)
def test_a_signal_while_it_waits_for_the_store_ends_it(
    sqlite: str, number: signal.Signals
):
    with writer.turn(stores.sqlite_path(sqlite)):
        process = subprocess.Popen(
            [BOOKINGS, "serve"],
            env=environment(sqlite),
            stderr=subprocess.PIPE,
            text=True,
        )
        _wait_until_waiting(process.pid)
        process.send_signal(number)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def _wait_until_waiting(pid: int) -> None:
    """Return when the process waits for the turn to write."""
    waiting = psutil.Process(pid)
    while not any(file.path.endswith(".writer") for file in waiting.open_files()):
        assert waiting.status() != psutil.STATUS_ZOMBIE


def test_a_taken_port_is_one_line_with_a_way_out(sqlite_url: str):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, line = failed(sqlite_url, PORT=str(port))

    assert code == 2
    assert line == f"Port {port} is taken; try PORT={port + 1} make run"


def test_a_second_make_run_says_only_that_the_port_is_taken(
    bookings: Bookings, sqlite_url: str
):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = bookings("serve", "--demo", PORT=str(port), DATABASE_URL=sqlite_url)

    assert (done.code, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert not stores.sqlite_path(sqlite_url).exists()


def test_without_keys_on_postgres_nothing_is_made_and_one_line_says_so(
    bookings: Bookings, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("BOOKINGS_MASTER_KEY")

    done = bookings("serve", "--demo", PORT="0", DATABASE_URL=postgres_url)

    assert (done.code, done.out) == (2, "")
    (line,) = done.err.splitlines()
    assert "BOOKINGS_MASTER_KEY" in line
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT to_regclass('stored_events')").fetchone()
    assert found == (None,)


def test_a_store_that_was_never_migrated_is_not_served(store_url: str):
    code, line = failed(store_url)

    assert code == 2
    assert "run `bookings migrate`" in line


def test_a_store_that_cannot_be_reached_is_not_served():
    code, line = failed("postgresql://127.0.0.1:1/bookings")

    assert code == 3
    assert line.startswith("The store cannot be reached: ")


def test_a_store_of_another_master_key_is_not_served(shop_url: str):
    other = KEYS["BOOKINGS_MASTER_KEY"][::-1].removeprefix("=") + "="
    code, line = failed(shop_url, BOOKINGS_MASTER_KEY=other)

    assert code == 2
    assert line.startswith("BOOKINGS_MASTER_KEY is not the key of this store: that is")


def test_a_store_that_goes_away_is_503_until_it_comes_back(postgres_shop_url: str):
    with serving(postgres_shop_url) as server:
        assert server.put("One.").status_code == 200
        _shut(postgres_shop_url, shut=True)

        away = server.put("Two.")
        not_ready = httpx.get(f"{server.url}/health/ready", timeout=30)

        assert (away.status_code, away.json()["code"]) == (503, "unavailable")
        assert away.headers["retry-after"]
        assert not_ready.status_code == 503
        assert httpx.get(f"{server.url}/health/live").status_code == 200
        _shut(postgres_shop_url, shut=False)
        assert server.put("Three.").status_code == 200
        assert httpx.get(f"{server.url}/health/ready").status_code == 200

    trail = running.bookings(postgres_shop_url, "replay", "123", "--json").stdout
    assert [text in trail for text in ("One.", "Two.", "Three.")] == [True, False, True]


def _shut(url: str, *, shut: bool) -> None:
    """Let nobody in and end who is there, or let everybody in."""
    name = servers.database_name(url)
    allow = "false" if shut else "true"
    with psycopg.connect(servers.on_database(url, "postgres"), autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {allow}'.encode())
        if shut:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s",
                [name],
            )


def test_another_releases_epoch_ends_it_so_that_it_comes_back_as_that(shop_url: str):
    # It waits for no proxy: it could answer nobody meanwhile.
    with serving(shop_url, BOOKINGS_DRAIN_SECONDS="300") as server:
        stores.execute(shop_url, "UPDATE log_head SET epoch = epoch + 1")

        try:
            assert server.put("Too late.").status_code == 503
        except httpx.TransportError:
            # Its own sweeps, which there are beside SQLite only, found it out before.
            assert stores.is_sqlite(shop_url)
        code, said = server.ended()
        assert code == 70
        assert said[-1] == (
            "bookings: Ended, since another release has taken over the store."
        )


def test_one_who_only_looks_is_not_shown_the_rows_of_another_release(
    postgres_shop_url: str,
):
    with serving(postgres_shop_url) as server:
        stores.execute(postgres_shop_url, "UPDATE log_head SET epoch = epoch + 1")

        assert httpx.get(f"{server.url}/health/ready").status_code == 503
        code, said = server.ended()

    assert code == 70
    assert said[-1].endswith("another release has taken over the store.")


def test_an_error_that_no_call_caused_ends_it_and_is_logged(postgres_shop_url: str):
    with serving(postgres_shop_url) as server:
        stores.execute(postgres_shop_url, "ALTER TABLE stored_events RENAME TO gone")

        answer = server.put("Into nothing.")
        code, said = server.ended()

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert code == 70
    logged = [json.loads(line) for line in said[:-1]]
    assert "ending" in [entry["event"] for entry in logged]
    assert said[-1] == (
        "bookings: Ended by an error that no call caused: UndefinedTable."
    )
