"""What goes wrong: every fault by its name, and when each comes, drawn from a seed.

First they come one at a time, then they overlap; those of one server never do, since a
server that is killed cannot be paused.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from tests.cuts import When
from tests.storms.storm.town import Town

Chance = random.Random
Making = Callable[[Town, Chance], AbstractContextManager[None]]

OVERTIME = 20.0  # seconds in which the last faults may still come
WRITES = b"insert_events"
_OTHERS = b"""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend'
"""


class Fault(NamedTuple):
    """`of` is what it happens to; one at a time there. It lasts `seconds` at most."""

    name: str
    of: str
    make: Making
    seconds: float


@contextmanager
def _api_killed(town: Town, chance: Chance) -> Iterator[None]:
    chance.choice(town.apis).signal(signal.SIGKILL)
    yield


@contextmanager
def _api_ended(town: Town, chance: Chance) -> Iterator[None]:
    chance.choice(town.apis).signal(signal.SIGTERM)
    yield


@contextmanager
def _api_paused(town: Town, chance: Chance) -> Iterator[None]:
    api = chance.choice(town.apis)
    api.signal(signal.SIGSTOP)
    yield
    api.signal(signal.SIGCONT)


@contextmanager
def _worker_killed(town: Town, chance: Chance) -> Iterator[None]:
    chance.choice(town.workers).signal(signal.SIGKILL)
    yield


@contextmanager
def _worker_paused(town: Town, chance: Chance) -> Iterator[None]:
    worker = chance.choice(town.workers)
    worker.signal(signal.SIGSTOP)
    yield
    worker.signal(signal.SIGCONT)


@contextmanager
def _database_killed(town: Town, _chance: Chance) -> Iterator[None]:
    town.server.kill()
    yield
    town.server.start()


@contextmanager
def _database_paused(town: Town, _chance: Chance) -> Iterator[None]:
    town.server.pause()
    yield
    town.server.go_on()


@contextmanager
def _sessions_ended(town: Town, _chance: Chance) -> Iterator[None]:
    with psycopg.connect(town.database_url, autocommit=True) as conn:
        conn.execute(_OTHERS)
    yield


@contextmanager
def _head_held(town: Town, _chance: Chance) -> Iterator[None]:
    with psycopg.connect(town.database_url) as conn:
        conn.execute(b"SET lock_timeout = '5s'")
        conn.execute(b"SELECT 1 FROM log_head FOR UPDATE")
        yield
        conn.rollback()


@contextmanager
def _database_cut(town: Town, _chance: Chance) -> Iterator[None]:
    town.database.cut()
    yield


def _commit_cut(when: When) -> Making:
    @contextmanager
    def make(town: Town, _chance: Chance) -> Iterator[None]:
        town.amid.cut(WRITES, when)
        yield
        is_cut = town.amid.is_cut
        town.amid.forget()
        _must(is_cut, "nobody committed meanwhile")

    return make


@contextmanager
def _database_slow(town: Town, chance: Chance) -> Iterator[None]:
    town.database.slow(chance.uniform(0.02, 0.2))
    yield
    town.database.clear()


@contextmanager
def _database_silent(town: Town, _chance: Chance) -> Iterator[None]:
    town.database.hang()
    yield
    town.database.clear()


@contextmanager
def _redis_killed(town: Town, _chance: Chance) -> Iterator[None]:
    town.redis.kill()
    yield
    town.redis.start_empty()


@contextmanager
def _redis_paused(town: Town, _chance: Chance) -> Iterator[None]:
    town.redis.pause()
    yield
    town.redis.go_on()


@contextmanager
def _redis_emptied(town: Town, _chance: Chance) -> Iterator[None]:
    # A server of the town's own: nobody else has keys there.
    with Redis.from_url(town.redis.url) as redis:
        redis.flushall()
    yield


@contextmanager
def _redis_cut(town: Town, _chance: Chance) -> Iterator[None]:
    _must(town.to_redis.cut() > 0, "nobody was connected")
    yield


@contextmanager
def _redis_slow(town: Town, chance: Chance) -> Iterator[None]:
    town.to_redis.slow(chance.uniform(0.05, 0.3))
    yield
    town.to_redis.clear()


FAULTS = (
    Fault("an API process killed", "api", _api_killed, 1.0),
    Fault("an API process ended by SIGTERM", "api", _api_ended, 1.0),
    Fault("an API process paused", "api", _api_paused, 1.5),
    Fault("the worker killed", "worker", _worker_killed, 0.5),
    Fault("the worker paused", "worker", _worker_paused, 1.5),
    Fault("PostgreSQL killed", "database", _database_killed, 1.0),
    Fault("PostgreSQL paused", "database", _database_paused, 1.5),
    Fault("its sessions terminated", "database", _sessions_ended, 0.2),
    Fault("the head row held by somebody", "database", _head_held, 1.5),
    Fault("its connections cut", "way", _database_cut, 0.2),
    Fault("a commit cut before it came", "amid", _commit_cut(When.BEFORE), 2.0),
    Fault("a commit cut amid", "amid", _commit_cut(When.AMID), 2.0),
    Fault("a commit's answer lost", "amid", _commit_cut(When.AFTER), 2.0),
    Fault("the way to PostgreSQL slow", "way", _database_slow, 2.0),
    Fault("the way to PostgreSQL silent", "way", _database_silent, 1.5),
    Fault("Redis killed", "redis", _redis_killed, 1.0),
    Fault("Redis paused", "redis", _redis_paused, 1.5),
    Fault("Redis emptied", "redis", _redis_emptied, 0.2),
    Fault("its connections to Redis cut", "to redis", _redis_cut, 0.2),
    Fault("the way to Redis slow", "to redis", _redis_slow, 1.5),
)


class Weather:
    """Makes faults from `begin()` until `calm()`; `seen` counts those that came."""

    def __init__(self, town: Town, seed: int, seconds: float) -> None:
        self.seen = Counter[str]()
        self.failures: list[str] = []
        self._coming = set[str]()
        self._town, self._seconds = town, seconds
        self._chance = random.Random(seed)  # noqa: S311 - it is to be repeatable
        self._over = threading.Event()
        self._places = {fault.of: threading.Lock() for fault in FAULTS}
        self._making = threading.Thread(target=self._make)
        self._under_way: list[threading.Thread] = []

    def begin(self) -> None:
        self._making.start()

    def wait(self) -> None:
        """Return when its time is over."""
        self._making.join()

    def calm(self) -> None:
        """End every fault, and return when none is left."""
        self._over.set()
        self._making.join()
        for thread in self._under_way:
            thread.join()
        self._town.database.clear()
        self._town.to_redis.clear()

    def _make(self) -> None:
        """Make half of the faults alone, the others some at a time, each at least once.

        It may take longer until the last of them has met somebody.
        """
        ends = time.monotonic() + self._seconds
        pause = min(self._seconds / (3 * len(FAULTS)), 0.6)
        drawn = self._drawn()
        for number, fault in enumerate(drawn):
            now = time.monotonic()
            is_enough = all(self.seen[fault.name] for fault in FAULTS) and now > ends
            if self._over.is_set() or is_enough or now > ends + OVERTIME:
                return
            if fault is not None:
                self._call(fault, alone=number < len(FAULTS) // 2)
            self._over.wait(pause * self._chance.random() * 2)

    def _call(self, fault: Fault, *, alone: bool) -> None:
        self._coming.add(fault.name)
        thread = threading.Thread(target=self._one, args=[fault])
        self._under_way.append(thread)
        thread.start()
        if alone:
            thread.join()

    def _drawn(self) -> Iterator[Fault | None]:
        """Yield all faults in some order; then those that met nobody, or all again.

        None while what is lacking is on its way: others would only keep it off.
        """
        yield from self._chance.sample(FAULTS, len(FAULTS))
        while True:
            lacking = [fault for fault in FAULTS if not self.seen[fault.name]]
            free = [
                fault for fault in lacking or FAULTS if fault.name not in self._coming
            ]
            yield self._chance.choice(free) if free else None

    def _one(self, fault: Fault) -> None:
        try:
            self._happen(fault)
        finally:
            self._coming.discard(fault.name)

    def _happen(self, fault: Fault) -> None:
        seconds = fault.seconds * self._chance.uniform(0.5, 1)
        with self._places[fault.of]:
            try:
                with fault.make(self._town, self._chance):
                    self._over.wait(seconds)
            except DidNotHappen:
                return
            except (psycopg.OperationalError, RedisError, ConnectionError):
                # What it was to happen to was away by another fault.
                return
            except Exception as error:
                self.failures.append(f"{fault.name}: {error!r}")
                raise
            self.seen[fault.name] += 1


class DidNotHappen(Exception):
    """A fault that met nobody, and does not count."""


def _must(happened: object, why: str) -> None:
    if not happened:
        raise DidNotHappen(why)
