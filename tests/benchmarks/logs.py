"""What reads the whole log, against reading it for nothing, or only hashing it."""

import os
import subprocess
import time
from collections.abc import Iterator

from tests import running
from tests.benchmarks import log_reader, serving, working
from tests.benchmarks.bench import Bench, Fact, Report, Scale
from tests.benchmarks.comparing import Comparison, Goal, Run, Side
from tests.benchmarks.log_reader import Job, Kind, Result
from tests.benchmarks.serving import Meter
from tests.programs import BOOKINGS

UNIT = "events/s"
LOG = "{0.events:,} events, {0.events_per_booking} of each booking"
REBUILD = "Rebuild, whole: all streams folded into new tables, indexes, swap; " + LOG
COPY = "binary COPY of the same rows out of the log, drained"
WALK = (
    "The audit chains as verify checks them, in memory: each event decoded, in its "
    "place and linked; " + LOG
)
LINKS = "The links of the same chains, nothing decoded; " + LOG
EACH = "one call of SHA-256 for each event: no chain can be checked by fewer"
APART = (
    "one transaction for each event, as a follower makes it: a row read, the event "
    "decoded and folded, the row written; the first {0.apart:,} events"
)
DECODED = "one decode of each event: no fold can do with less"
HASH = "one run of SHA-256 over the same bytes in one piece"
_MIB = 1024 * 1024
_MOST_MIB = 64


class Reads:
    """Processes that read the log, one after the other; memory is in bytes."""

    def __init__(self, url: str, kind: Kind, events: int) -> None:
        self.peak = 0
        self.grown = 0
        self._job = Job(url=url, kind=kind, events=events)
        self._meter = Meter({"PostgreSQL": serving.postmaster(url)})

    def run(self) -> Run:
        (result,) = working.at_once(
            log_reader.__name__, [self._job], Result, os.environ, self._meter.reset
        )
        self.peak = max(self.peak, result.peak)
        self.grown = max(self.grown, result.peak - result.before)
        cpu = {"reader": result.cpu} | self._meter.read()
        return Run(done=self._job.events, seconds=result.seconds, cpu=cpu)


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        bench.say("Seeding " + LOG.format(scale))
        events = _seed(url, scale)
        reads: dict[Kind, Reads] = {
            kind: Reads(url, kind, events)
            for kind in ("rebuild", "copy", "walk", "links", "hash", "each", "decode")
        }

        def compare(ours: Kind, name: str, peer: Side, goal: Goal) -> Comparison:
            side = Side(name.format(scale), reads[ours].run)
            return bench.compare(side, peer, unit=UNIT, goal=goal)

        copied, hashed = Side(COPY, reads["copy"].run), Side(HASH, reads["hash"].run)
        each = Side(EACH, reads["each"].run)
        one_by_one = Reads(url, "apart", scale.apart)
        apart = Side(APART.format(scale), one_by_one.run)
        decoded = Side(DECODED, reads["decode"].run)
        comparisons = [
            compare("rebuild", REBUILD, copied, Goal(least=0.45)),
            compare("walk", WALK, hashed, Goal(least=0.3)),
            compare("links", LINKS, hashed, Goal()),
            compare("links", LINKS, each, Goal()),
            compare("rebuild", REBUILD, decoded, Goal()),
            compare("rebuild", REBUILD, apart, Goal(least=200)),
        ]
        facts = [*_memory(reads["rebuild"]), _verified(url, events)]
    return Report(comparisons, facts)


def _seed(url: str, scale: Scale) -> int:
    """Make a store; return how many events it has."""
    bookings = scale.events // scale.events_per_booking
    running.bookings(url, "migrate").check_returncode()
    made = subprocess.run(
        [
            BOOKINGS,
            "seed",
            f"--bookings={bookings}",
            f"--events-per-booking={scale.events_per_booking}",
        ],
        env=running.environment(url),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return int(made.stdout.split()[0])


def _memory(rebuild: Reads) -> Iterator[Fact]:
    peak, grown = rebuild.peak / _MIB, rebuild.grown / _MIB
    yield Fact(
        "memory of a rebuild at its most, of the whole process",
        f"{peak:.0f} MiB; goal ≤ {_MOST_MIB}",
    )
    yield Fact("of that, grown since it was ready to begin", f"{grown:.0f} MiB")


def _verified(url: str, events: int) -> Fact:
    """Hold what was rebuilt against the log, whole."""
    began = time.perf_counter()
    running.bookings(url, "verify").check_returncode()
    rate = events / (time.perf_counter() - began)
    return Fact(
        "`bookings verify` after the last rebuild, from its start to its end",
        f"no difference; {rate:,.0f} {UNIT}",
    )
