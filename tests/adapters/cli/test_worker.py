"""The worker does what the clock and old age ask, and ends when it is told to."""

import asyncio
import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from adapters import bootstrap
from adapters.settings import read_settings
from adapters.sqlite import writer
from application.stored import Append, Upload, UploadStatus, Wanted
from domain import events
from tests import collecting, running, servers, stores, stories
from tests.examples import (
    BOOKING_ID,
    HOUR,
    MONDAY,
    OTHER_BOOKING_ID,
    OWNER,
    THURSDAY,
    uuid,
)
from tests.programs import BOOKINGS

ORDERLY = [signal.SIGINT, signal.SIGTERM]
OVER = [events.Placed, events.Cancelled]


class Worker:
    """A process that says what it does, a JSON object a line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def wait_for(self, word: str) -> list[str]:
        """Return what it said until a line has `word`."""
        said = list[str]()
        assert self.process.stderr is not None
        for line in self.process.stderr:
            said.append(line.rstrip())
            if word in line:
                return said
        pytest.fail(f"it ended: {said}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, list[str]]:
        """Send a signal; return the exit code, and what it still said."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> tuple[int, list[str]]:
        _out, err = self.process.communicate(timeout=60)
        return self.process.returncode, err.splitlines()


def environment(url: str, more: Mapping[str, str | None]) -> dict[str, str]:
    """Return what a process is given; None takes a variable away."""
    given = {**running.environment(url), "PORT": "0", **more}
    return {name: value for name, value in given.items() if value is not None}


def run(
    url: str, *words: str, **more: str | None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BOOKINGS, *words],
        env=environment(url, more),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def started(url: str, *words: str, **more: str) -> Iterator[Worker]:
    process = subprocess.Popen(
        [BOOKINGS, *words],
        env=environment(url, more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield Worker(process)
        finally:
            process.kill()


@pytest.fixture
def due_url(store_url: str) -> str:
    """Return the URL of a store with two bookings that were never confirmed in time."""
    stores.migrate(store_url)
    asyncio.run(_place(store_url))
    return store_url


async def _place(url: str) -> None:
    settings = read_settings(running.environment(url))
    async with bootstrap.opened(settings) as opened:
        for call in (
            stories.STORY[0],
            stories.place(BOOKING_ID, THURSDAY),
            stories.place(OTHER_BOOKING_ID, THURSDAY + 2 * HOUR),
        ):
            await opened.commit([call])


def kinds(url: str, booking_id: int = BOOKING_ID) -> list[type]:
    return [type(event) for event in running.history(url, booking_id)]


def logged(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_once_it_does_all_that_there_is_and_ends(due_url: str):
    assert kinds(due_url) == [events.Placed]

    first, again = (run(due_url, "worker", "--once") for _time in range(2))

    assert (first.returncode, first.stdout) == (0, "")
    (swept,) = logged(first.stderr.splitlines())
    assert (swept["event"], swept["what"], swept["count"]) == ("swept", "facts", 2)
    assert kinds(due_url) == kinds(due_url, OTHER_BOOKING_ID) == OVER
    # What did nothing says nothing.
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.parametrize("number", ORDERLY)
def test_it_goes_on_until_a_signal_ends_it_well(due_url: str, number: signal.Signals):
    with started(due_url, "worker") as worker:
        said = worker.wait_for('"swept"')

        assert worker.end(number) == (0, [])
    assert said[0] == "bookings: Sweeping. Ctrl-C ends it."
    assert kinds(due_url) == OVER


def test_what_it_does_is_seen_by_whoever_collects_traces(due_url: str):
    with collecting.collecting() as collector:
        run(due_url, "worker", "--once", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        spans = collector.wait_for(
            lambda spans: any(span.name == "sweep facts" for span in spans)
        )

    (swept,) = [span for span in spans if span.name == "sweep facts"]
    assert swept.attributes == {"bookings.done": 2, "bookings.faults": 0}
    batches = [span for span in spans if span.name == "batch"]
    assert sum(span.attributes["bookings.calls"] for span in batches) == 2
    assert all(swept.began <= span.began <= span.ended for span in batches)


def test_its_connections_are_shown_to_whoever_measures(due_url: str):
    port = servers.free_port()
    with started(due_url, "worker", BOOKINGS_METRICS_PORT=str(port)) as worker:
        worker.wait_for('"swept"')
        shown = httpx.get(f"http://127.0.0.1:{port}/metrics").text

    for pool in ("store", "sweeps"):
        assert f'bookings_connections{{state="open",to="{pool}"}} 1.0' in shown


def test_several_at_once_do_no_harm(due_url: str):
    with (
        started(due_url, "worker", "--once") as one,
        started(due_url, "worker", "--once") as other,
    ):
        ended = [worker.ended() for worker in (one, other)]

    done = [line["count"] for _code, said in ended for line in logged(said)]
    assert [code for code, _said in ended] == [0, 0]
    assert sum(done) >= 2
    assert kinds(due_url) == kinds(due_url, OTHER_BOOKING_ID) == OVER


def test_on_sqlite_the_api_does_its_jobs_too(sqlite_url: str):
    stores.migrate(sqlite_url)
    asyncio.run(_place(sqlite_url))

    with started(sqlite_url, "serve") as server:
        server.wait_for("Serving on")
        server.wait_for('"swept"')

        assert server.end() == (0, [])
    assert kinds(sqlite_url) == OVER


def test_uploads_that_nobody_used_go_with_their_bytes(due_url: str, tmp_path: Path):
    root = tmp_path / "kept"
    folder = root / f"{BOOKING_ID}" / str(uuid(71))
    folder.mkdir(parents=True)
    (folder / ("00" * 32)).write_bytes(b"photo")
    asyncio.run(_announce(due_url))

    done = run(due_url, "worker", "--once", BOOKINGS_UPLOADS=str(root))

    assert done.returncode == 0
    assert {line["what"] for line in logged(done.stderr.splitlines())} == {
        "unused uploads",
        "doomed uploads",
        "facts",
    }
    assert not folder.exists()


async def _announce(url: str) -> None:
    upload = Upload(
        id=uuid(71),
        booking_id=BOOKING_ID,
        owner=OWNER.id,
        name=None,
        size=5,
        sha256=None,
        content_type=None,
        stored_sha256=None,
        status=UploadStatus.CREATED,
        message_id=None,
        created_at=MONDAY,
    )
    async with stores.storing(url) as store:
        await store.transact(
            Wanted(), lambda _loaded: Append(new_uploads=[upload]), locked=True
        )


def test_a_store_that_goes_away_is_waited_for(postgres_url: str):
    stores.migrate(postgres_url)
    with started(postgres_url, "worker", BOOKINGS_SWEEP_SECONDS="0.1") as worker:
        worker.wait_for("Sweeping")
        _shut(postgres_url)

        said = worker.wait_for("not swept")

        assert "cannot be reached" in logged(said)[-1]["reason"]
        assert worker.end() == (0, [])


def test_a_turn_that_never_comes_keeps_no_worker_from_its_end(sqlite_url: str):
    stores.migrate(sqlite_url)
    asyncio.run(_place(sqlite_url))
    with (
        writer.turn(stores.sqlite_path(sqlite_url)),
        started(sqlite_url, "worker", BOOKINGS_GRACE_SECONDS="0.1") as worker,
    ):
        worker.wait_for("Sweeping")
        process = psutil.Process(worker.process.pid)
        while not any(f.path.endswith(".writer") for f in process.open_files()):
            pass

        assert worker.end() == (3, ["bookings: Ended while the store did not answer."])
    assert kinds(sqlite_url) == [events.Placed]


def _shut(url: str) -> None:
    """Let nobody in, and end who is there."""
    name = servers.database_name(url)
    with psycopg.connect(servers.on_database(url, "postgres"), autocommit=True) as conn:
        conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [name],
        )


@contextmanager
def taking_over(url: str) -> Iterator[None]:
    """Let another release take over the store at the end, which waits for it."""
    raise_it = "UPDATE log_head SET epoch = epoch + 1"
    if stores.is_sqlite(url):
        path = stores.sqlite_path(url)
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            conn.execute(raise_it)
            yield
            conn.execute("COMMIT")
    else:
        with psycopg.connect(url) as conn:
            conn.execute(raise_it)
            yield


def test_another_releases_epoch_ends_it_so_that_it_comes_back_as_that(due_url: str):
    with ExitStack() as processes:
        with taking_over(due_url):
            worker = processes.enter_context(started(due_url, "worker"))
            worker.wait_for("Sweeping.")
        code, said = worker.ended()

    assert code == 70
    assert said[-1] == (
        "bookings: Ended, since another release has taken over the store."
    )
    assert kinds(due_url) == [events.Placed]


def test_without_a_place_for_uploads_it_does_not_start(postgres_url: str):
    stores.migrate(postgres_url)

    done = run(postgres_url, "worker", BOOKINGS_UPLOADS=None)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "BOOKINGS_UPLOADS" in line


def test_a_store_that_was_never_made_is_not_swept(store_url: str):
    done = run(store_url, "worker")

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "run `bookings migrate`" in line
