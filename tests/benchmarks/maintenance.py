"""The worst append while tables are vacuumed and indexes made, against that without."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

import psycopg
from eventsourcing.persistence import StoredEvent

from tests import stores
from tests.benchmarks import filling, scene
from tests.benchmarks.bench import Bench, Fact, Report, must_have
from tests.benchmarks.comparing import Goal, Run, Side

GOAL = Goal(most=2.0)
UNIT = "1/s of the worst append"
BUSY = (
    "The slowest append of ten events within {0.seconds:g} s, one after the other, "
    "while VACUUM of every page and CREATE INDEX CONCURRENTLY take turns, each by one "
    "process; "
    "{0.maintained:,} events."
)
CALM = "the same while the database does nothing else"
STEPS: Sequence[bytes] = (
    b"VACUUM (DISABLE_PAGE_SKIPPING, INDEX_CLEANUP ON) stored_events",
    b"CREATE INDEX CONCURRENTLY beside_idx ON stored_events (topic, originator_id)",
    b"DROP INDEX CONCURRENTLY beside_idx",
)
_EVENTS = "SELECT count(*) FROM stored_events"


class Appends:
    """Appends to one stream; `done` counts their events."""

    def __init__(self, recorder: stores.Recorder, seconds: float) -> None:
        self.done = 0
        self._recorder = recorder
        self._seconds = seconds

    def run(self) -> Run:
        worst, ends = 0.0, time.perf_counter() + self._seconds
        while (began := time.perf_counter()) < ends:
            self._recorder.insert_events(
                [
                    StoredEvent("booking-1", self.done + n, "bench", bytes(600))
                    for n in range(1, 11)
                ]
            )
            worst = max(worst, time.perf_counter() - began)
            self.done += 10
        return Run(done=1, seconds=worst)


class Maintained:
    """The same appends beside what is done to their table."""

    def __init__(self, appends: Appends, url: str) -> None:
        self.steps = 0
        self.longest = 0.0
        self._appends = appends
        self._url = url

    def run(self) -> Run:
        with self._at_work():
            return self._appends.run()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        end = threading.Event()
        thread = threading.Thread(target=self._work, args=[end])
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def _work(self, end: threading.Event) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            # Or it would take every core of a small machine.
            conn.execute("SET max_parallel_maintenance_workers = 0")
            for number, statement in enumerate(cycle(STEPS), start=1):
                began = time.perf_counter()
                conn.execute(statement)
                self.longest = max(self.longest, time.perf_counter() - began)
                self.steps += 1
                # An index is dropped before anybody makes it again.
                if end.is_set() and number % len(STEPS) == 0:
                    return


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with bench.database() as url:
        scene.make(url, 1, 1)
        filling.fill(url, scale.maintained)
        before = _events(url)
        with stores.recording(url) as recorder:
            appends = Appends(recorder, scale.seconds)
            beside = Maintained(appends, url)
            comparison = bench.compare(
                Side(BUSY.format(scale), beside.run),
                Side(CALM, appends.run),
                unit=UNIT,
                goal=GOAL,
                measured="time",
            )
        facts = [
            Fact("vacuums and indexes, made and dropped", str(beside.steps)),
            Fact("the longest of them", f"{1000 * beside.longest:,.0f} ms"),
            must_have("events", _events(url) - before, appends.done),
        ]
    return Report([comparison], facts)


def _events(url: str) -> int:
    with psycopg.connect(url) as conn:
        ((count,),) = conn.execute(_EVENTS)
    return int(count)
