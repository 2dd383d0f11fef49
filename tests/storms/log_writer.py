"""A process that torments a log on SQLite, and tells only what was acknowledged.

`python -m tests.storms.log_writer URL NAME COMMITS`: each line it prints is a stream,
a version and a position. On its way it rolls back, comes with stale versions, and
sleeps inside transactions.
"""

import random
import sqlite3
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from eventsourcing.persistence import StoredEvent

from adapters.sqlite import append, transaction
from adapters.sqlite import connection as sqlite
from application.stored import Append
from projections.epoch import EPOCH
from tests import stores

SHARED = "booking-0"


class RolledBack(Exception):
    """Raised inside a transaction that was never meant to last."""


class Begin(Protocol):
    def __call__(self, events: Sequence[StoredEvent]) -> AbstractContextManager[int]:
        """Write `events` and yield the last position before them, uncommitted."""
        ...


@contextmanager
def on_sqlite(url: str) -> Generator[Begin]:
    database = stores.sqlite_path(url)
    conn = sqlite.connect(database)

    @contextmanager
    def begin(events: Sequence[StoredEvent]) -> Generator[int]:
        with transaction.writing(conn, database):
            yield append.write(conn, Append(stored=list(events)), EPOCH)

    yield begin
    conn.close()


def torment(url: str, name: str, commits: int) -> None:
    dice = random.Random(name)  # noqa: S311 - repeatable, not secret
    own = 0
    with on_sqlite(url) as begin, stores.recording(url) as recorder:
        for _ in range(commits):
            events = [
                StoredEvent(f"booking-{name}", own + n, "storm", b"{}")
                for n in range(1, dice.randint(2, 5))
            ]
            if dice.random() < 0.3:
                shared = len(recorder.select_events(SHARED))
                events.append(StoredEvent(SHARED, shared + 1, "storm", b"{}"))
            if dice.random() < 0.2:
                events.append(StoredEvent(f"booking-{name}", own, "storm", b"{}"))
            if write(begin, events, dice):
                own += sum(event.originator_id != SHARED for event in events)


def write(begin: Begin, events: Sequence[StoredEvent], dice: random.Random) -> bool:
    """Return whether the events were committed, and tell so."""
    try:
        with begin(events) as last:
            linger(dice)
    except (RolledBack, sqlite3.IntegrityError):
        return False
    lines = [
        f"{event.originator_id} {event.originator_version} {position}\n"
        for position, event in enumerate(events, start=last + 1)
    ]
    sys.stdout.write("".join(lines))
    sys.stdout.flush()
    return True


def linger(dice: random.Random) -> None:
    """Stay in a transaction for a while, and sometimes leave it the wrong way."""
    if dice.random() < 0.3:
        time.sleep(dice.random() / 100)
    if dice.random() < 0.2:
        raise RolledBack


if __name__ == "__main__":
    torment(sys.argv[1], sys.argv[2], int(sys.argv[3]))
