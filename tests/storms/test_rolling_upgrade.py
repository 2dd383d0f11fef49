"""An upgrade while calls go on: both releases work at once, and nothing is lost."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import pytest

from adapters import errors
from tests import moving, running, stores
from tests.moving import Mover
from tests.programs import BOOKINGS
from tests.storms import next_release
from tests.storms.next_release import AFTER, BEFORE

OWNERS = ["kari", "ola", "per"]
MOVES = 8  # that each is told between two steps
# The worst moment: everything done, nothing marked or committed yet.
KILLED = """
import os, signal, sys
from adapters.postgres import migrate
kill = lambda *args, **options: os.kill(os.getpid(), signal.SIGKILL)
migrate._Backend.mark_one = kill
from adapters.cli import main
main(["migrate", *sys.argv[1:]])
"""


class Upgrading:
    """Runs what an operator runs of the next release, on the store at `url`."""

    def __init__(self, url: str, release: Path, movers: list[Mover]) -> None:
        self._movers = movers
        self._environ = running.environment(url) | next_release.environ(release)

    def killed(self, *words: str) -> None:
        """Migrate, and be killed in the midst of it."""
        done = self._start(sys.executable, "-P", "-c", KILLED, *words)
        done.communicate()
        assert done.returncode < 0
        self._goes_on()

    def twice_at_once(self, *words: str) -> str:
        """Migrate by two processes at once; return what they said."""
        both = [self._start(str(BOOKINGS), "migrate", *words) for _twin in range(2)]
        said = "".join(one.communicate()[0] for one in both)
        assert [one.returncode for one in both] == [0, 0], said
        self._goes_on()
        return said

    def _start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            words, env=self._environ, stdout=subprocess.PIPE, text=True
        )

    def _goes_on(self) -> None:
        for mover in self._movers:
            mover.wait_anew(MOVES)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the next release is."""
    return next_release.made_in(tmp_path_factory.mktemp("next") / "release")


def test_nothing_is_lost_by_an_upgrade(postgres_url: str, release: Path):
    booked = asyncio.run(running.place_one_each(postgres_url, OWNERS))
    newer = next_release.environ(release)

    with (
        running.serving(postgres_url, processes=2) as servers,
        moving.moving(booked, [server.url for server in servers]) as movers,
    ):
        upgrading = Upgrading(postgres_url, release, movers)
        upgrading.killed()
        assert upgrading.twice_at_once().count(f"Applied {BEFORE}.") == 1
        # This release still starts.
        servers[1].kill_and_restart()
        servers[1].wait_until_ready()
        for server in servers:
            # One of each at work, and then two of the next.
            server.stop_and_restart(newer)
            server.wait_until_ready()
            for mover in movers:
                mover.wait_anew(MOVES)
        upgrading.killed("--after")
        assert upgrading.twice_at_once("--after").count(f"Applied {AFTER}.") == 1

    are_told_what_happened(postgres_url, movers)
    verified = _run(running.environment(postgres_url) | newer, "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    too_late = _run(running.environment(postgres_url), "migrate")
    assert (too_late.returncode, too_late.stdout) == (2, "")
    assert f"this one does not know {AFTER}." in too_late.stderr


def are_told_what_happened(url: str, movers: list[Mover]) -> None:
    for mover in movers:
        assert set(mover.answers) <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
        assert len(mover.told) > MOVES
        assert moving.moves_of(url, mover.booking_id) == mover.told


def _run(environ: Mapping[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BOOKINGS, *words], env=environ, capture_output=True, text=True, check=False
    )


def test_sqlite_is_upgraded_in_two_halves_too(sqlite_url: str, release: Path):
    stores.migrate(sqlite_url)
    old = running.environment(sqlite_url)
    new = old | next_release.environ(release)

    assert f"Applied {BEFORE}." in _run(new, "migrate").stdout
    assert _run(old, "verify").returncode == 0
    assert f"Applied {AFTER}." in _run(new, "migrate", "--after").stdout
    assert _run(new, "verify").returncode == 0
    with pytest.raises(errors.StoreNewer):
        stores.check(sqlite_url)
