"""A process that commits commands: so many in flight, in groups or one by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import cycle

import msgspec
import uvloop

from adapters import bootstrap
from adapters.bootstrap import Opened
from application import committer
from application.answers import Answered
from application.calls import Call
from application.committer import Committer
from tests.benchmarks import scene, working
from tests.benchmarks.scene import Line
from tests.benchmarks.working import Written
from tests.fsyncs import Fsyncs

Change = Callable[[Call], Awaitable[Answered]]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """`lines` are this process's own bookings; `turn` is as in `scene`.

    Each fsync of SQLite takes `more` seconds more.
    """

    lines: Sequence[Line]
    in_flight: int
    seconds: float
    turn: int
    is_grouped: bool = True
    more: float = 0.0


class OneByOne:
    """One commit for each command, by the same code as a group."""

    def __init__(self, store: Opened) -> None:
        self._store = store
        self._turn = asyncio.Lock()

    async def change(self, call: Call) -> Answered:
        async with self._turn:
            (outcome,) = await committer.commit(
                self._store.store, self._store.vault, [call]
            )
        assert isinstance(outcome, Answered), outcome
        return outcome


class Appending:
    """The commands of one process: moves and messages, alternately."""

    def __init__(self, job: Job, change: Change) -> None:
        self._job = job
        self._change = change
        self._done = 0
        self._ends = 0.0

    async def run(self) -> Written:
        began, cpu = time.perf_counter(), time.process_time()
        self._ends = began + self._job.seconds
        parts = scene.spread([self._job.lines], self._job.in_flight)
        await asyncio.gather(*map(self._keep_busy, parts))
        return Written(
            done=self._done,
            seconds=time.perf_counter() - began,
            cpu=time.process_time() - cpu,
        )

    async def _keep_busy(self, lines: Sequence[Line]) -> None:
        ways = [(line, way) for way in (0, 1) for line in lines]
        for line, way in cycle(ways):
            start = line.at(self._job.turn, way)
            for wish in (scene.move(line, start), scene.message(line)):
                if time.perf_counter() >= self._ends:
                    return
                answered = await self._change(scene.call(line, wish))
                assert answered.answer.refused is None, answered.answer.refused
                self._done += 1


async def _commit(store: Opened, job: Job) -> Written:
    if not job.is_grouped:
        return await Appending(job, OneByOne(store).change).run()
    group = Committer(store.store, store.vault, _die)
    running = asyncio.create_task(group.run())
    try:
        return await Appending(job, group.change).run()
    finally:
        running.cancel()


def _die(error: BaseException) -> None:
    raise error


@contextmanager
def prepare(job: Job) -> Iterator[Callable[[], Written]]:
    with (
        Fsyncs(more=job.more).counted() if job.more else nullcontext(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        opening = bootstrap.opened(bootstrap.settings())
        store = runner.run(opening.__aenter__())
        try:
            yield lambda: runner.run(_commit(store, job))
        finally:
            runner.run(opening.__aexit__(None, None, None))


if __name__ == "__main__":
    working.work(Job, prepare)
