"""A process that reads the log by position while it is written, and counts what is odd.

`python -m tests.storms.torture.reader KIND URL`: a line on stdin is the position at
which it ends; its answer is what it saw. KIND is `subscription`, the recorder's own, or
`raw`, which asks for what comes next again and again, without a pause.
"""

import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable

import psycopg
from eventsourcing.persistence import PersistenceError

from tests import stores
from tests.storms.torture.telling import Seen, line, tell

PAGE = 1000
_NEXT = (
    b"SELECT notification_id, originator_id, originator_version FROM stored_events "
    b"WHERE notification_id > %s ORDER BY notification_id LIMIT %s"
)

Place = tuple[int, str, int]  # position, stream, version


class Reading:
    """What was read so far."""

    def __init__(self, reader: str) -> None:
        self.last = 0
        self._reader = reader
        self._versions: dict[str, int] = {}
        self._skipped = set[int]()
        self._doubled = self._disordered = 0
        self._digest = hashlib.sha256()

    def take(self, places: Iterable[Place]) -> None:
        for position, stream, version in places:
            if position > self.last:
                self._skipped.update(range(self.last + 1, position))
                self.last = position
            elif position in self._skipped:
                self._disordered += 1
            else:
                self._doubled += 1
            if version != self._versions.get(stream, 0) + 1:
                self._disordered += 1
            self._versions[stream] = version
            self._digest.update(line(position, stream, version))

    def seen(self) -> Seen:
        return Seen(
            reader=self._reader,
            last=self.last,
            skipped=sorted(self._skipped),
            doubled=self._doubled,
            disordered=self._disordered,
            digest=self._digest.hexdigest(),
        )


class End:
    """The position at which reading ends, once somebody says so."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._position: int | None = None
        threading.Thread(target=self._listen, daemon=True).start()

    def is_reached(self) -> bool:
        return self._position is not None and self._reading.last >= self._position

    def then(self, stop: Callable[[], None]) -> None:
        """Call `stop` once it is reached."""
        threading.Thread(target=self._watch, args=[stop], daemon=True).start()

    def _listen(self) -> None:
        self._position = int(sys.stdin.readline())

    def _watch(self, stop: Callable[[], None]) -> None:
        while not self.is_reached():
            time.sleep(0.02)
        stop()


def subscription(url: str, reading: Reading, end: End) -> None:
    with stores.recording(url) as recorder:
        subscribed = recorder.subscribe(gt=reading.last)
        end.then(subscribed.stop)
        for found in subscribed:
            place = (found.id, str(found.originator_id), found.originator_version)
            reading.take([place])


def raw(url: str, reading: Reading, end: End) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        while not end.is_reached():
            reading.take(conn.execute(_NEXT, [reading.last, PAGE]).fetchall())


KINDS: dict[str, Callable[[str, Reading, End], None]] = {
    "subscription": subscription,
    "raw": raw,
}


def read(kind: str, url: str) -> Seen:
    reading = Reading(kind)
    end = End(reading)
    while not end.is_reached():
        try:
            KINDS[kind](url, reading, end)
        except (psycopg.OperationalError, PersistenceError):
            # The server was killed, and will be back.
            time.sleep(0.05)
    return reading.seen()


if __name__ == "__main__":
    # It tells of every try while the server is away.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    tell(read(sys.argv[1], sys.argv[2]))
