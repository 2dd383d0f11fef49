"""An append never waits for a VACUUM, nor for an index that is made while others write.

Both are held up here by somebody's open transaction: they are at work, and would be for
ever, until that is let go.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from tests import stores

INDEX = b"CREATE INDEX CONCURRENTLY beside_idx ON stored_events (topic)"
VACUUM = b"VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) stored_events"
_WAITING = b"""
SELECT FROM pg_stat_activity WHERE datname = current_database()
    AND (query LIKE 'CREATE INDEX%' AND wait_event = 'virtualxid'
        OR query LIKE 'VACUUM%' AND wait_event ILIKE 'buffer%')
"""

Connection = psycopg.Connection[tuple[Any, ...]]


def hold_a_snapshot(conn: Connection) -> None:
    # An index waits for whoever may see rows that are not in it.
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    conn.execute("SELECT count(*) FROM log_head")


def hold_a_page(conn: Connection) -> None:
    # A vacuum that must freeze a page waits for whoever looks at it.
    conn.execute("BEGIN")
    conn.execute("DECLARE looking CURSOR FOR SELECT originator_id FROM stored_events")
    conn.execute("FETCH 1 FROM looking")


@contextmanager
def at_work(url: str, statement: bytes) -> Iterator[threading.Thread]:
    """Yield the thread in which `statement` runs, once it waits."""

    def run() -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(statement)

    thread = threading.Thread(target=run)
    thread.start()
    with psycopg.connect(url, autocommit=True) as conn:
        while not conn.execute(_WAITING).fetchall():
            assert thread.is_alive(), "it did not wait"
            time.sleep(0.01)
        yield thread
        thread.join()


def event(version: int) -> StoredEvent:
    return StoredEvent("booking-1", version, "booking.placed", b"{}")


@pytest.mark.parametrize(
    ("statement", "hold"), [(INDEX, hold_a_snapshot), (VACUUM, hold_a_page)]
)
def test_appends_are_committed_while_it_is_at_work(
    postgres_url: str, statement: bytes, hold: Callable[[Connection], None]
):
    stores.migrate(postgres_url)
    with stores.recording(postgres_url) as recorder:
        recorder.insert_events([event(version) for version in range(1, 4)])
        with psycopg.connect(postgres_url, autocommit=True) as holder:
            hold(holder)
            with at_work(postgres_url, statement) as working:
                for version in range(4, 104):
                    assert recorder.insert_events([event(version)]) == [version]
                assert working.is_alive()
                with (
                    psycopg.connect(postgres_url) as conn,
                    pytest.raises(psycopg.errors.LockNotAvailable),
                ):
                    # What the library takes for each append would wait for it.
                    conn.execute("LOCK TABLE stored_events IN EXCLUSIVE MODE NOWAIT")
                holder.execute("ROLLBACK")
        found = recorder.select_notifications(None, 200)

    assert [one.id for one in found] == list(range(1, 104))
