"""A process that writes to the log by our own append plan, and torments it on the way.

`python -m tests.storms.torture.writer URL NAME UNTIL`: it ends once the log has come
to the position UNTIL. It rolls back, comes with stale versions, sleeps inside
transactions, and comes again when the server was killed.
"""

import random
import sys
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import StoredEvent

from adapters.errors import StoreUnreachable
from adapters.postgres import connection, pipeline, plan
from adapters.postgres.plan import Statement
from application.stored import Append
from projections.epoch import EPOCH
from tests.storms.torture.telling import Met, Wrote, begin, tell

SHARED = "storm-0"
TOPIC = "storm"
STATE = b'{"said":"' + b"x" * 200 + b'"}'
_VERSION = (
    b"SELECT coalesce(max(originator_version), 0) FROM stored_events "
    b"WHERE originator_id = %s"
)

Connection = psycopg.Connection[tuple[Any, ...]]


class Writer:
    def __init__(self, url: str, name: str, until: int) -> None:
        self._url = url
        self._stream = f"storm-{name}"
        self._until = until
        self._dice = random.Random(name)  # noqa: S311 - repeatable, not secret
        self._last = 0

    def run(self) -> None:
        while self._last < self._until:
            try:
                with connection.connect(self._url) as conn:
                    self._write_all(conn)
            except (StoreUnreachable, psycopg.OperationalError):
                tell(Met("away"))
                time.sleep(0.05)

    def _write_all(self, conn: Connection) -> None:
        # What became of the last batch, when the connection was lost, is in the log.
        own = _version(conn, self._stream)
        while self._last < self._until:
            count = 2 ** self._dice.randint(0, 8)
            events = _events(self._stream, own, count)
            shared = None
            if self._dice.random() < 0.2:
                shared = _version(conn, SHARED)
                events += _events(SHARED, shared, 1)
            if self._dice.random() < 0.05 and own:
                events += _events(self._stream, own - 1, 1)
            began = time.monotonic()
            first = self._write(conn, events)
            if first is None:
                continue
            took = time.monotonic() - began
            wrote = [Wrote(self._stream, own + 1, count, first, began, took)]
            if shared is not None:
                wrote.append(Wrote(SHARED, shared + 1, 1, first + count, began, took))
            tell(*wrote)
            own += count
            self._last = first + len(events) - 1

    def _write(self, conn: Connection, events: Sequence[StoredEvent]) -> int | None:
        """Return the position of the first event, or None if none was committed."""
        batch, chance = Append(stored=list(events)), self._dice.random()
        try:
            if chance < 0.85:
                append = plan.append(batch, EPOCH)
                return _first(append, pipeline.run(conn, append))
            start = [*plan.lock(EPOCH), *plan.writes(batch)]
            first = _first(start, pipeline.run(conn, start))
            # A slow transaction: everybody waits for it.
            time.sleep(self._dice.choice([0, 0, 0.005, 0.03]))
            if chance < 0.95:
                pipeline.run(conn, [Statement("commit")])
                return first
        except psycopg.errors.UniqueViolation:
            tell(Met("stale"))
            return None
        pipeline.roll_back(conn)
        tell(Met("rolled back"))
        return None


def _version(conn: Connection, stream: str) -> int:
    ((version,),) = conn.execute(_VERSION, [stream])
    return int(version)


def _events(stream: str, version: int, count: int) -> list[StoredEvent]:
    return [StoredEvent(stream, version + n, TOPIC, STATE) for n in range(1, count + 1)]


def _first(statements: Sequence[Statement], results: Sequence[pipeline.Rows]) -> int:
    ((_epochs, last),) = pipeline.named(statements, results)["check_head"]
    return int(last) + 1


if __name__ == "__main__":
    begin()
    Writer(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
