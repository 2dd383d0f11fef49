"""An upgrade to other read models: folded beside those in use, and then switched to."""

import asyncio
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest

from tests import moving, running, stores
from tests.programs import BOOKINGS
from tests.running import Serving
from tests.storms import next_release
from tests.storms.next_release import AFTER

OWNERS = ["kari", "ola", "per"]
MOVES = 8  # that each is told between two steps
BEHIND = "The read models are an earlier release's"
TAKEN_OVER = "Another release has taken over the store: work with that."
# All names are changed, and the epoch, and nothing of that is committed.
KILLED = """
import os, signal
from adapters.cli import main
from adapters.{kind}.shadow import {Kind}Shadow as Shadow
swap_names = Shadow._rename
def rename(shadow):
    swap_names(shadow)
    os.kill(os.getpid(), signal.SIGKILL)
Shadow._rename = rename
main(["rebuild", "--switch"])
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where a release is that makes other rows of bookings."""
    return next_release.with_other_rows(tmp_path_factory.mktemp("next") / "release")


class Next:
    """What an operator runs of the next release, on the store at `url`."""

    def __init__(self, url: str, release: Path) -> None:
        self._url = url
        self.more = next_release.environ(release)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return self._run([str(BOOKINGS), *words])

    def refused(self, *words: str) -> str:
        """Run what is too early; return why."""
        done = self.run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        return done.stderr

    def done(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def killed(self) -> None:
        """Switch, and be killed when all but the commit is done."""
        kind = "sqlite" if stores.is_sqlite(self._url) else "postgres"
        code = KILLED.format(kind=kind, Kind=kind.title())
        assert self._run([sys.executable, "-P", "-c", code]).returncode < 0

    def started(self, *words: str) -> "subprocess.Popen[str]":
        environ = running.environment(self._url) | self.more
        return subprocess.Popen(
            [BOOKINGS, *words], env=environ, stderr=subprocess.PIPE, text=True
        )

    def _run(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        environ = running.environment(self._url) | self.more
        return subprocess.run(
            words, env=environ, capture_output=True, text=True, check=False
        )


def test_nothing_is_lost_by_a_switch_to_other_read_models(
    store_url: str, release: Path
):
    booked = asyncio.run(running.place_one_each(store_url, OWNERS))
    following = Next(store_url, release)
    # SQLite has one server; of two, one makes room for the next release beforehand.
    processes = 1 if stores.is_sqlite(store_url) else 2

    with (
        running.serving(store_url, processes=processes) as servers,
        moving.moving(booked, [server.url for server in servers]) as movers,
    ):
        assert BEHIND in following.done("migrate")
        for server in servers[1:]:
            server.stop_and_restart(following.more)
        assert BEHIND in following.refused("rebuild")
        assert BEHIND in following.refused("migrate", "--after")
        following.killed()
        for mover in movers:
            mover.wait_anew(MOVES)

        following.done("rebuild", "--switch")
        assert servers[0].ended() == 70
        servers[0].start_again(following.more)
        for server in servers:
            server.wait_until_ready()
        for mover in movers:
            mover.wait_anew(MOVES)
        assert f"Applied {AFTER}." in following.done("migrate", "--after")

    for mover in movers:
        assert set(mover.answers) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
        assert moving.moves_of(store_url, mover.booking_id) == mover.told
    following.done("verify")


def test_a_new_store_begins_with_the_read_models_of_its_release(
    store_url: str, release: Path
):
    following = Next(store_url, release)
    assert BEHIND not in following.done("migrate")
    following.done("verify")


def test_one_that_stands_by_says_so_and_begins_with_the_switch(
    postgres_url: str, release: Path, tmp_path: Path
):
    asyncio.run(running.place_one_each(postgres_url, OWNERS))
    following, log = Next(postgres_url, release), tmp_path / "log"
    following.done("migrate")
    waiting = Serving(postgres_url, following.more, log)
    try:
        waiting.wait_until_said(BEHIND)
        following.done("rebuild", "--switch")
        waiting.wait_until_ready()
        assert waiting.stop() == 0
    finally:
        waiting.kill()


def test_a_worker_stands_by_and_one_for_a_timer_does_not(
    postgres_url: str, release: Path
):
    asyncio.run(running.place_one_each(postgres_url, OWNERS))
    following = Next(postgres_url, release)
    following.done("migrate")
    assert BEHIND in following.refused("worker", "--once")
    with following.started("worker") as worker:
        assert worker.stderr is not None
        assert "Standing by" in worker.stderr.readline()
        following.done("rebuild", "--switch")
        assert worker.stderr.readline() == "bookings: Sweeping. Ctrl-C ends it.\n"
        worker.terminate()
        assert worker.wait(timeout=30) == 0


def test_one_that_stands_by_ends_at_once(
    postgres_url: str, release: Path, tmp_path: Path
):
    asyncio.run(running.place_one_each(postgres_url, OWNERS))
    following, log = Next(postgres_url, release), tmp_path / "log"
    following.done("migrate")
    waiting = Serving(postgres_url, following.more, log)
    try:
        waiting.wait_until_said("Standing by")
        assert waiting.stop() == 0
    finally:
        waiting.kill()
