"""What a command, its load and a page of the log cost in a long log, and in a short."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle

import uvloop

from adapters import bootstrap
from adapters.bootstrap import Opened
from adapters.settings import read_settings
from application.stored import Wanted
from tests import running, stores
from tests.benchmarks import filling, scene
from tests.benchmarks.bench import Bench, Report, Scale
from tests.benchmarks.comparing import Goal, Run, Side

GOAL = Goal(most=1.15)
BOOKINGS = 100
PAGE = 100
LOADED = 10
APPEND = "One command after the other, each a message: loaded, decided, appended; "
LOAD = f"The load of {LOADED} bookings, any of them; "
FEED = (
    f"A page of {PAGE} events of the log, as a feed asks for, "
    "from any of the last {0.little:,} positions on; "
)
LONG, SHORT = "{0.growth:,} events.", "the same with {0.little:,} events"


class Grown:
    """A store that has grown to `events`, and what is done with it again and again."""

    def __init__(
        self, url: str, events: int, scale: Scale, runner: asyncio.Runner
    ) -> None:
        lines = scene.make(url, 1, BOOKINGS)[0]
        filling.fill(url, events)
        self._events = events
        self._seconds, self._near = scale.seconds, scale.little
        self._runner = runner
        self._lines = cycle(lines)
        self._dice = random.Random(events)  # noqa: S311 - repeatable, not secret
        self._opening = bootstrap.opened(read_settings(running.environment(url)))
        self._store: Opened = runner.run(self._opening.__aenter__())
        self._recording = stores.recording(url)
        self._recorder = self._recording.__enter__()

    def close(self) -> None:
        self._recording.__exit__(None, None, None)
        self._runner.run(self._opening.__aexit__(None, None, None))

    def append(self) -> Run:
        return self._runner.run(self._append())

    def load(self) -> Run:
        return self._runner.run(self._load())

    def feed(self) -> Run:
        def read() -> None:
            first = self._events - self._dice.randrange(PAGE, self._near)
            found = self._recorder.select_notifications(first, PAGE)
            assert len(found) == PAGE

        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + self._seconds:
            read()
            done += 1
        return Run(done=done, seconds=time.perf_counter() - began)

    async def _append(self) -> Run:
        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + self._seconds:
            line = next(self._lines)
            (outcome,) = await self._store.commit(
                [scene.call(line, scene.message(line))]
            )
            assert not isinstance(outcome, Exception), outcome
            done += 1
        return Run(done=done, seconds=time.perf_counter() - began)

    async def _load(self) -> Run:
        most = self._events // filling.EACH
        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + self._seconds:
            numbers = tuple(
                filling.FIRST + self._dice.randrange(most) for _booking in range(LOADED)
            )
            await self._store.look(Wanted(bookings=numbers))
            done += 1
        return Run(done=done, seconds=time.perf_counter() - began)


def measure(bench: Bench) -> Report:
    scale = bench.scale
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        _grown(bench, scale.little, runner) as short,
        _grown(bench, scale.growth, runner) as long,
    ):
        ways: list[tuple[str, Callable[[], Run], Callable[[], Run]]] = [
            (APPEND, long.append, short.append),
            (LOAD, long.load, short.load),
            (FEED, long.feed, short.feed),
        ]
        comparisons = [
            bench.compare(
                Side((name + LONG).format(scale), ours),
                Side(SHORT.format(scale), peer),
                unit="1/s",
                goal=GOAL,
                measured="time",
            )
            for name, ours, peer in ways
        ]
    return Report(comparisons)


@contextmanager
def _grown(bench: Bench, events: int, runner: asyncio.Runner) -> Iterator[Grown]:
    bench.say(f"Filling a log with {events:,} events")
    with bench.database() as url:
        store = Grown(url, events, bench.scale, runner)
        try:
            yield store
        finally:
            store.close()
