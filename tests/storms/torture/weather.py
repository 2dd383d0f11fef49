"""What goes on beside the writers: vacuums, indexes, old snapshots, again and again."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import psycopg

# A vacuum that looks at every page, and one that looks where it must.
STEPS: Sequence[tuple[str, bytes]] = (
    ("vacuum", b"VACUUM stored_events"),
    (
        "index",
        b"CREATE INDEX CONCURRENTLY torture_idx ON stored_events (topic, state)",
    ),
    ("vacuum", b"VACUUM (DISABLE_PAGE_SKIPPING, INDEX_CLEANUP ON) stored_events"),
    ("dropped index", b"DROP INDEX CONCURRENTLY IF EXISTS torture_idx"),
    ("vacuum", b"VACUUM log_head, booking, message"),
)
# An index that was being made when the server was killed stays, and is of no use.
_CLEAN = b"DROP INDEX CONCURRENTLY IF EXISTS torture_idx"
_HOLD = b"SELECT pg_current_xact_id(), (SELECT count(*) FROM log_head)"
HELD = 0.7  # seconds that a snapshot is held at least

Connection = psycopg.Connection[tuple[Any, ...]]


class Span(NamedTuple):
    """When something went on, by the clock that all processes share."""

    what: str
    began: float
    ended: float

    def meets(self, began: float, ended: float) -> bool:
        return began < self.ended and self.began < ended


class Weather:
    """Threads that go on until told to end; `failures` are what they did not expect."""

    def __init__(self, url: str) -> None:
        self.spans: list[Span] = []
        self.failures: list[str] = []
        self._url = url
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=[what])
            for what in (self._maintain, self._hold_snapshots)
        ]

    @property
    def counts(self) -> Counter[str]:
        return Counter(span.what for span in self.spans)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _keep(self, work: Callable[[], None]) -> None:
        """Do `work` until the end, and again when the server was killed."""
        while not self._end.is_set():
            try:
                work()
            except psycopg.errors.DeadlockDetected as error:
                self.failures.append(str(error))
            except psycopg.OperationalError:
                self._end.wait(0.1)
            except psycopg.Error as error:
                self.failures.append(str(error))

    def _maintain(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            conn.execute(_CLEAN)
            for what, statement in cycle(STEPS):
                began = time.monotonic()
                conn.execute(statement)
                ended = time.monotonic()
                self.spans.append(Span(what, began, ended))
                # As long without it, to compare with.
                if self._end.wait(min(ended - began, 1.0)):
                    return

    def _hold_snapshots(self) -> None:
        """Hold an open transaction, older than the work of others, at every moment.

        Each is let go when the next one is there: an index waits for those before it.
        """
        held = _hold(self._url)
        try:
            while not self._end.wait(HELD):
                following = _hold(self._url)
                held.close()
                held = following
        finally:
            held.close()


def _hold(url: str) -> Connection:
    conn = psycopg.connect(url)
    conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    conn.execute(_HOLD)
    return conn
