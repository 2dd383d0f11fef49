"""What goes wrong: every fault by its name, and what it is of."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

import psycopg
from redis import Redis

from tests.cuts import When
from tests.storms.storm import programs
from tests.storms.storm.endings import Run
from tests.storms.storm.town import Town

Chance = random.Random
Making = Callable[[Town, Chance], AbstractContextManager[None]]

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


class DidNotHappen(Exception):
    """A fault that met nobody, and does not count."""


def _must(happened: object, why: str) -> None:
    if not happened:
        raise DidNotHappen(why)


class StillThere(Exception):
    """Whoever was told to end did not."""


@contextmanager
def _api_killed(town: Town, chance: Chance) -> Iterator[None]:
    chance.choice(town.apis).signal(signal.SIGKILL)
    yield


@contextmanager
def _api_ended(town: Town, chance: Chance) -> Iterator[None]:
    run = chance.choice(town.apis).signal(signal.SIGTERM)
    yield
    _must_be_over(run)


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
def _worker_ended(town: Town, chance: Chance) -> Iterator[None]:
    worker = chance.choice(town.workers)
    _must(worker.is_up, "it did not work yet")
    run = worker.signal(signal.SIGTERM)
    yield
    _must_be_over(run)
    _must(run.code == 0, "it ended otherwise, or by something else")


def _must_be_over(run: Run) -> None:
    """Raise unless whoever was told to end does. How it ended is judged later."""
    if not run.over.wait(programs.GRACE):
        raise StillThere


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
    _must(town.database.has_held, "nobody asked for it meanwhile")


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


@contextmanager
def _redis_silent(town: Town, _chance: Chance) -> Iterator[None]:
    town.to_redis.hang()
    yield
    town.to_redis.clear()
    _must(town.to_redis.has_held, "nobody asked for it meanwhile")


FAULTS = (
    Fault("an API process killed", "api", _api_killed, 1.0),
    Fault("an API process ended by SIGTERM", "api", _api_ended, 1.0),
    Fault("an API process paused", "api", _api_paused, 1.5),
    Fault("the worker killed", "worker", _worker_killed, 0.5),
    Fault("the worker ended by SIGTERM", "worker", _worker_ended, 0.2),
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
    Fault("the way to Redis silent", "to redis", _redis_silent, 1.5),
)
