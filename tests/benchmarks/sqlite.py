"""Group commit on SQLite, against one commit for each command."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial

from adapters.sqlite import connection
from tests import servers, stores
from tests.benchmarks import appender, scene
from tests.benchmarks.bench import Bench, Fact, Report, Scale, must_have
from tests.benchmarks.comparing import Goal, Side
from tests.benchmarks.scene import Line
from tests.benchmarks.writers import Writers

GOAL = Goal(least=3)
COMMANDS = (
    "SQLite: load, decide, append and rows through the committer: moves and messages, "
    "one event each; one process with {0.clients} in flight."
)
PEER = "the same code with as many in flight, and one commit for each command"
_EVENTS = "SELECT count(*) FROM stored_events"
_LEVELS = ("OFF", "NORMAL", "FULL", "EXTRA")


def measure(bench: Bench) -> Report:
    scale = bench.scale
    url = servers.sqlite_url(bench.folder)
    owners = scene.make(url, scale.clients, scale.bookings_each)
    # Each side has bookings of its own, as long as they are.
    halves = [[line for lines in owners for line in lines[half::2]] for half in (0, 1)]
    with closing(connection.connect(stores.sqlite_path(url))) as conn:
        before = _one(conn, _EVENTS)
        grouped, single = (
            Writers(appender.__name__, url, partial(_writing, scale, lines, is_grouped))
            for lines, is_grouped in zip(halves, (True, False), strict=True)
        )
        comparison = bench.compare(
            Side(COMMANDS.format(scale), grouped.run),
            Side(PEER, single.run),
            unit="commands/s",
            goal=GOAL,
        )
        facts = [
            Fact("synchronous", _LEVELS[_one(conn, "PRAGMA synchronous")]),
            must_have(
                "commands", _one(conn, _EVENTS) - before, grouped.done + single.done
            ),
        ]
    return Report([comparison], facts)


def _writing(
    scale: Scale, lines: Sequence[Line], is_grouped: bool, turn: int
) -> list[appender.Job]:
    return [
        appender.Job(
            lines=lines,
            in_flight=scale.clients,
            seconds=scale.seconds,
            turn=turn,
            is_grouped=is_grouped,
        )
    ]


def _one(conn: sqlite3.Connection, query: str) -> int:
    (found,) = conn.execute(query).fetchone()
    return int(found)
