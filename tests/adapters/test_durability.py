"""What was answered is on the disk: an fsync for each commit, a Sync for each append.

Counted, not believed: SQLite through its own file system, PostgreSQL through its
statistics, Syncs in the protocol's trace.
"""

import re
import sqlite3
from contextlib import closing

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from adapters.postgres import connection, pipeline, plan
from adapters.sqlite import append
from adapters.sqlite.recorder import SqliteDatastore, SqliteRecorder
from application.stored import Append
from projections.epoch import EPOCH
from tests import stores
from tests.fsyncs import Fsyncs

COMMITS = 100


def event(version: int) -> StoredEvent:
    return StoredEvent("booking-1", version, "booking.confirmed", b"{}")


def test_sqlite_syncs_once_for_each_commit(sqlite_url):
    stores.migrate(sqlite_url)
    fsyncs = Fsyncs()
    with (
        fsyncs.counted(),
        closing(SqliteDatastore(stores.sqlite_path(sqlite_url))) as datastore,
    ):
        recorder = SqliteRecorder(datastore)
        recorder.insert_events([event(1)])
        before = fsyncs.count

        for version in range(2, COMMITS + 2):
            recorder.insert_events([event(version)])

        assert fsyncs.count - before == COMMITS


def test_the_counter_sees_that_normal_does_not_sync(sqlite_url):
    stores.migrate(sqlite_url)
    fsyncs = Fsyncs()
    with (
        fsyncs.counted(),
        closing(sqlite3.connect(stores.sqlite_path(sqlite_url))) as conn,
    ):
        conn.execute("PRAGMA synchronous = NORMAL")
        append.write(conn, Append(stored=[event(1)]), EPOCH)
        conn.commit()
        before = fsyncs.count

        for version in range(2, COMMITS + 2):
            append.write(conn, Append(stored=[event(version)]), EPOCH)
            conn.commit()

        assert fsyncs.count - before == 0


def wal_fsyncs(conn: psycopg.Connection) -> int:
    query = "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'"
    ((count,),) = conn.execute(query).fetchall()
    return int(count)


def test_postgres_syncs_once_for_each_commit(postgres_url):
    stores.migrate(postgres_url)
    with connection.connect(postgres_url) as conn:
        conn.execute("SELECT pg_stat_force_next_flush()")
        before = wal_fsyncs(conn)

        for version in range(1, COMMITS + 1):
            batch = Append(stored=[event(version)])
            pipeline.run(conn, plan.append(batch, EPOCH))
        conn.execute("SELECT pg_stat_force_next_flush()")

        assert wal_fsyncs(conn) - before >= COMMITS


@pytest.mark.parametrize("outcome", ["commits", "conflicts"])
def test_an_append_is_one_sync(postgres_url, tmp_path, outcome):
    stores.migrate(postgres_url)
    taken = [] if outcome == "commits" else [event(1), event(1)]
    batch = Append(stored=[*taken, event(2), event(3)])
    trace = tmp_path / "protocol"
    with connection.connect(postgres_url) as conn, trace.open("wb") as file:
        conn.pgconn.trace(file.fileno())
        try:
            pipeline.run(conn, plan.append(batch, EPOCH))
        except psycopg.errors.UniqueViolation:
            assert outcome == "conflicts"
        finally:
            conn.pgconn.untrace()

    sent = re.findall(r"\tF\t\d+\t(\w+)", trace.read_text())
    assert sent.count("Sync") == 1
    assert sent.count("Bind") == 5
    assert sent.count("Query") == (outcome == "conflicts")
