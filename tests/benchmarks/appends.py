"""Commands through the committer by several processes, against plain INSERTs."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import psycopg

from tests import stores
from tests.benchmarks import appender, inserter, scene
from tests.benchmarks.bench import Bench, Report, Scale, must_have
from tests.benchmarks.comparing import Goal, Side
from tests.benchmarks.scene import Line
from tests.benchmarks.writers import Writers

GOAL = Goal(least=1.5)
COMMANDS = (
    "Load, decide, append and rows through the committer: moves and messages, one "
    "event each; {0.processes} processes with {0.in_flight} in flight each."
)
PEER = (
    "one INSERT of such an event, no rows and no decision: autocommit, psycopg, "
    "prepared, binary; {0.processes} processes with {0.connections} connections each"
)
_EVENTS = "SELECT count(*), avg(length(state))::int FROM stored_events"
_RAW_EVENTS = "SELECT count(*) FROM raw_event"


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        owners = scene.make(url, scale.clients, scale.bookings_each)
        lines = [line for lines in owners for line in lines]
        before, size = _one(url, _EVENTS)
        stores.execute(url, inserter.TABLE)
        ours = Writers(appender.__name__, url, partial(_appending, scale, lines))
        peer = Writers(inserter.__name__, url, partial(_inserting, scale, url, size))
        comparison = bench.compare(
            Side(COMMANDS.format(scale), ours.run),
            Side(PEER.format(scale), peer.run),
            unit="commands/s",
            goal=GOAL,
        )
        facts = [
            must_have("commands", _one(url, _EVENTS)[0] - before, ours.done),
            must_have("INSERTs", _one(url, _RAW_EVENTS)[0], peer.done),
        ]
    return Report([comparison], facts)


def _appending(scale: Scale, lines: Sequence[Line], turn: int) -> list[appender.Job]:
    return [
        appender.Job(
            lines=lines[number :: scale.processes],
            in_flight=scale.in_flight,
            seconds=scale.seconds,
            turn=turn,
        )
        for number in range(scale.processes)
    ]


def _inserting(scale: Scale, url: str, size: int, turn: int) -> list[inserter.Job]:
    return [
        inserter.Job(
            url=url,
            name=f"booking-{turn}-{number}",
            connections=scale.connections,
            seconds=scale.seconds,
            state=size,
        )
        for number in range(scale.processes)
    ]


def _one(url: str, query: str) -> tuple[Any, ...]:
    with psycopg.connect(url) as conn:
        (row,) = conn.execute(query.encode()).fetchall()
    return row
