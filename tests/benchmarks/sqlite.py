"""Group commit on SQLite, against one commit for each command, on two disks."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial

from adapters.sqlite import connection
from tests import servers, stores
from tests.benchmarks import appender, scene, slow_disk
from tests.benchmarks.bench import Bench, Fact, Report, must_have
from tests.benchmarks.comparing import Comparison, Goal, Side
from tests.benchmarks.scene import Line, Owners
from tests.benchmarks.writers import Writers

COMMANDS = (
    "SQLite: load, decide, append and rows through the committer: moves and messages, "
    "one event each; one process with {0.clients} in flight"
)
PEER = "the same code with as many in flight, and one commit for each command"
SLOW = f", with {slow_disk.ADDED * 1e3:g} ms more for each fsync of a file"
_EVENTS = "SELECT count(*) FROM stored_events"
_LEVELS = ("OFF", "NORMAL", "FULL", "EXTRA")


def measure(bench: Bench) -> Report:
    scale = bench.scale
    url = servers.sqlite_url(bench.folder)
    owners = scene.make(url, scale.clients, scale.bookings_each)
    with closing(connection.connect(stores.sqlite_path(url))) as conn:
        before = _one(conn, _EVENTS)
        writing = _Writing(bench, url, owners)
        comparisons = [
            writing.compare("", Goal(least=3), more=0.0),
            writing.compare(SLOW, Goal(least=8), more=slow_disk.ADDED),
        ]
        written = _one(conn, _EVENTS) - before
        facts = [
            Fact("synchronous", _LEVELS[_one(conn, "PRAGMA synchronous")]),
            must_have("commands", written, writing.done),
        ]
    return Report(comparisons, facts)


class _Writing:
    """Both sides; each has bookings of its own, as long as they are."""

    def __init__(self, bench: Bench, url: str, owners: Owners) -> None:
        self._bench = bench
        self._more = 0.0
        self._grouped, self._single = (
            Writers(appender.__name__, url, partial(self._jobs, lines, is_grouped))
            for lines, is_grouped in (
                (_half(owners, 0), True),
                (_half(owners, 1), False),
            )
        )

    @property
    def done(self) -> int:
        return self._grouped.done + self._single.done

    def compare(self, how: str, goal: Goal, *, more: float) -> Comparison:
        """Hold groups against commands one by one; `how` is told of it."""
        self._more = more
        return self._bench.compare(
            Side(f"{COMMANDS.format(self._bench.scale)}{how}.", self._grouped.run),
            Side(PEER, self._single.run),
            unit="commands/s",
            goal=goal,
        )

    def _jobs(
        self, lines: Sequence[Line], is_grouped: bool, turn: int
    ) -> list[appender.Job]:
        scale = self._bench.scale
        return [
            appender.Job(
                lines=lines,
                in_flight=scale.clients,
                seconds=scale.seconds,
                turn=turn,
                is_grouped=is_grouped,
                more=self._more,
            )
        ]


def _half(owners: Owners, half: int) -> list[Line]:
    return [line for lines in owners for line in lines[half::2]]


def _one(conn: sqlite3.Connection, query: str) -> int:
    (found,) = conn.execute(query).fetchone()
    return int(found)
