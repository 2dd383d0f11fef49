"""When each fault comes, drawn from a seed.

First they come one at a time, then they overlap; those of one server never do, since a
server that is killed cannot be paused.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from redis.exceptions import RedisError

from tests.storms.storm.endings import Spell
from tests.storms.storm.faults import FAULTS, DidNotHappen, Fault
from tests.storms.storm.town import Town

OVERTIME = 20.0  # seconds in which the last faults may still come


class Weather:
    """Makes faults from `begin()` until `calm()`; `seen` counts those that came.

    `spells` are when they were at work, also those that met nobody.
    """

    def __init__(self, town: Town, seed: int, seconds: float) -> None:
        self.seen = Counter[str]()
        self.failures: list[str] = []
        self.spells: list[Spell] = []
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
        with self._places[fault.of], self._noted(fault):
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

    @contextmanager
    def _noted(self, fault: Fault) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.spells.append(Spell(fault.of, began, time.monotonic()))
