"""A process that writes by commands, through a committer, to bookings of everybody.

`python -m tests.storms.torture.caller URL NAME UNTIL`: as the writer, but each event is
decided, chained, sealed and answered, and rivals write to the same bookings.
"""

import asyncio
import os
import random
import sys

import psycopg
import uvloop

from adapters import bootstrap, logs
from adapters.errors import StoreUnreachable
from adapters.settings import read_settings
from application.committer import Committer
from application.failures import Unavailable
from tests import running
from tests.benchmarks import scene
from tests.benchmarks.scene import Line
from tests.storms.torture.telling import Answered, Met, begin, tell

IN_FLIGHT = 48
_BOOKINGS = b"SELECT id, owner, starts_at FROM booking"


class Caller:
    def __init__(self, url: str, name: str, until: int) -> None:
        self._url = url
        self._until = until
        self._dice = random.Random(name)  # noqa: S311 - repeatable, not secret
        self._last = 0

    async def run(self) -> None:
        while self._last < self._until:
            try:
                await self._call_all(_lines(self._url))
            except (StoreUnreachable, Unavailable, psycopg.OperationalError):
                tell(Met("away"))
                await asyncio.sleep(0.05)

    async def _call_all(self, lines: list[Line]) -> None:
        settings = read_settings(running.environment(self._url))
        async with bootstrap.opened(settings) as store:
            committer = Committer(store.store, store.vault, _end)
            task = asyncio.create_task(committer.run())
            try:
                await asyncio.gather(
                    *(self._keep_calling(committer, lines) for _ in range(IN_FLIGHT))
                )
            finally:
                task.cancel()

    async def _keep_calling(self, committer: Committer, lines: list[Line]) -> None:
        while self._last < self._until:
            line = self._dice.choice(lines)
            call = scene.call(line, scene.message(line))
            try:
                answered = await committer.change(call)
            except Unavailable:
                tell(Met("away"))
                await asyncio.sleep(0.05)
                continue
            assert answered.answer.refused is None, answered.answer.refused
            tell(Answered(str(call.command_id), answered.position))
            self._last = max(self._last, answered.position)


def _lines(url: str) -> list[Line]:
    with psycopg.connect(url) as conn:
        found = conn.execute(_BOOKINGS).fetchall()
    return [Line(id=number, owner=owner, first=first) for number, owner, first in found]


def _end(_error: BaseException) -> None:
    os._exit(1)


if __name__ == "__main__":
    # What is told is on stdout, and nothing else may be.
    logs.configure("error")
    begin()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Caller(sys.argv[1], sys.argv[2], int(sys.argv[3])).run())
