"""One torture of the log: everything at once, until it has come to its position.

What must have happened has happened, or it does not count.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

import msgspec
import psycopg

from tests.benchmarks import scene
from tests.storms.torture import judge
from tests.storms.torture.crew import Crew, Reader
from tests.storms.torture.judge import Verdict
from tests.storms.torture.server import Server
from tests.storms.torture.telling import Answered, Wrote
from tests.storms.torture.weather import Span, Weather

READERS = ("subscription", "raw", "raw")
NEEDED = (
    *("appends", "commands", "killed", "rolled back", "stale"),
    *("vacuum", "index", "dropped index"),
)
_DEADLOCKS = b"SELECT sum(deadlocks) FROM pg_stat_database"
_LAST = b"SELECT coalesce(max(notification_id), 0) FROM stored_events"


class Plan(NamedTuple):
    """How much: on the way so many writers are killed, and the server so many times."""

    events: int
    writers: int
    kills: int
    server_kills: int
    seed: int = 1


class Worst(NamedTuple):
    """Seconds of the worst append: beside maintenance, and without."""

    beside: float
    without: float


class Outcome(msgspec.Struct, kw_only=True):
    plan: Plan
    events: int
    seconds: float
    met: dict[str, int]
    verdict: Verdict
    failures: list[str]
    worst: Worst

    @property
    def lacking(self) -> list[str]:
        """Name what did not happen, though it must for this to count."""
        return [what for what in NEEDED if not self.met.get(what)]

    @property
    def is_well(self) -> bool:
        return not (self.verdict.wrong() or self.failures or self.lacking)


Told = Callable[[int, int], None]
"""Told of how many events there are, and of how many there are to be."""


def untold(_events: int, _of: int) -> None:
    """Look away."""


def torture(server: Server, plan: Plan, told: Told = untold) -> Outcome:
    """Torture the log of a server that has nothing yet."""
    url = server.url
    scene.make(url, owners=4, each=8)
    began, killer = time.monotonic(), Killer(server, plan)
    with ExitStack() as stack:
        weather = Weather(url)
        weather.start()
        stack.callback(weather.end)
        readers = [Reader(kind, url) for kind in READERS]
        for reader in readers:
            stack.callback(reader.kill)
        crew = Crew(url, plan.events, plan.writers, plan.seed)
        stack.callback(crew.kill)
        killer.work(crew, told)
        crew.end()
        weather.end()
        last = one(url, _LAST)
        seen = [reader.seen(last) for reader in readers]
        deadlocks = killer.deadlocks + one(url, _DEADLOCKS)
    log = judge.read(url)
    met = crew.met + weather.counts
    del met["ready"]
    met["server killed"] = len(killer.downs)
    met["appends"] = sum(isinstance(told, Wrote) for told in crew.told)
    met["commands"] = len(crew.told) - met["appends"]
    return Outcome(
        plan=plan,
        events=log.last,
        seconds=time.monotonic() - began,
        met=dict(met),
        verdict=judge.judged(log, seen, crew.told, max(deadlocks, server.deadlocks())),
        failures=[*crew.failures, *weather.failures],
        worst=_worst(crew.told, weather.spans, killer.downs),
    )


class Killer:
    """Kills on the way; `deadlocks` are those that killed servers had counted."""

    def __init__(self, server: Server, plan: Plan) -> None:
        self.deadlocks = 0
        self.downs: list[Span] = []
        self._server, self._url, self._plan = server, server.url, plan
        self._killed = 0

    def work(self, crew: Crew, told: Told) -> None:
        """Kill, until all is written."""
        while not crew.is_done():
            time.sleep(0.05)
            last = one(self._url, _LAST)
            told(last, self._plan.events)
            if self._is_due(last, self._killed, self._plan.kills):
                self._killed += 1
                crew.kill_one()
            if self._is_due(last, len(self.downs), self._plan.server_kills):
                self._kill_the_server()

    def _is_due(self, last: int, done: int, of: int) -> bool:
        """Whether one more is due, when they are to come evenly."""
        return done < of and last * (of + 1) > self._plan.events * (done + 1)

    def _kill_the_server(self) -> None:
        self.deadlocks += one(self._url, _DEADLOCKS)
        began = time.monotonic()
        self._server.kill()
        self._server.start()
        # A second more: everybody has to connect anew.
        self.downs.append(Span("server killed", began, time.monotonic() + 1))


def one(url: str, query: bytes) -> int:
    with psycopg.connect(url) as conn:
        ((found,),) = conn.execute(query)
    return int(found)


def _worst(
    told: Sequence[Wrote | Answered], spans: Sequence[Span], downs: Sequence[Span]
) -> Worst:
    """Return the longest append that met a vacuum or an index, and the longest other.

    What waited for the server itself is neither.
    """
    beside, without = 0.0, 0.0
    for one in told:
        if not isinstance(one, Wrote):
            continue
        ended = one.began + one.seconds
        if any(down.meets(one.began, ended) for down in downs):
            continue
        if any(span.meets(one.began, ended) for span in spans):
            beside = max(beside, one.seconds)
        else:
            without = max(without, one.seconds)
    return Worst(beside, without)
