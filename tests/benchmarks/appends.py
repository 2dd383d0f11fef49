"""Commands through the committer by several processes, against plain INSERTs.

On the disk as it is, and on one whose every flush takes longer.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import psycopg

from tests import stores
from tests.benchmarks import appender, inserter, pgbench, scene, slow_disk
from tests.benchmarks.bench import Bench, Report, Scale, must_have
from tests.benchmarks.comparing import Comparison, Goal, Run, Side
from tests.benchmarks.pgbench import Pgbench
from tests.benchmarks.scene import Line
from tests.benchmarks.writers import Writers

COMMANDS = (
    "Load, decide, append and rows through the committer: moves and messages, one "
    "event each; {0.processes} processes with {0.in_flight} in flight each"
)
INSERTS = (
    "one INSERT of such an event, no rows and no decision: autocommit, psycopg, "
    "prepared, binary; {0.processes} processes with {0.connections} connections each"
)
PGBENCH = (
    "the same INSERT by pgbench: C, prepared, {0.processes} times {0.connections} "
    f"connections, {pgbench.THREADS} threads"
)
_EVENTS = "SELECT count(*), avg(length(state))::int FROM stored_events"
_RAW_EVENTS = "SELECT count(*) FROM raw_event"


MORE = f", with {slow_disk.ADDED * 1e3:g} ms more for each flush"


class Disk(NamedTuple):
    """`more` and `how` are told of it; goals are least ratios."""

    to_inserts: float
    to_pgbench: float
    more: str = ""
    how: str = ""


def measure(bench: Bench) -> Report:
    with bench.database() as url:
        as_it_is = _measure(bench, url, Disk(to_inserts=1.5, to_pgbench=0.8))
    with slow_disk.slowed(bench) as (url, how):
        disk = Disk(to_inserts=1.0, to_pgbench=1.0, more=MORE, how=f": {how}")
        slow = _measure(bench, url, disk)
    return Report(
        [*as_it_is.comparisons, *slow.comparisons], [*as_it_is.facts, *slow.facts]
    )


def _measure(bench: Bench, url: str, disk: Disk) -> Report:
    scale = bench.scale
    owners = scene.make(url, scale.clients, scale.bookings_each)
    lines = [line for lines in owners for line in lines]
    before, size = _one(url, _EVENTS)
    stores.execute(url, inserter.TABLE)
    ours = Writers(appender.__name__, url, partial(_appending, scale, lines))
    inserts = Writers(inserter.__name__, url, partial(_inserting, scale, url, size))
    in_c = Pgbench(_in_c(scale, url, size), bench.folder)

    def compare(name: str, run: Callable[[], Run], least: float) -> Comparison:
        return bench.compare(
            Side(f"{COMMANDS.format(scale)}{disk.more}{disk.how}.", ours.run),
            Side(name.format(scale), run),
            unit="commands/s",
            goal=Goal(least=least),
        )

    comparisons = [
        compare(INSERTS, inserts.run, disk.to_inserts),
        compare(PGBENCH, in_c.run, disk.to_pgbench),
    ]
    facts = [
        slow_disk.told(url, disk.more),
        must_have(f"commands{disk.more}", _one(url, _EVENTS)[0] - before, ours.done),
        must_have(
            f"INSERTs{disk.more}",
            _one(url, _RAW_EVENTS)[0],
            inserts.done + in_c.done,
        ),
    ]
    return Report(comparisons, facts)


def _in_c(scale: Scale, url: str, size: int) -> pgbench.Job:
    return pgbench.Job(
        url=url,
        connections=scale.processes * scale.connections,
        seconds=scale.seconds,
        state=size,
    )


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
