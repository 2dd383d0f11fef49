"""What only PostgreSQL can do to us: lose connections, and plan badly."""

import asyncio
import re
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from psycopg.adapt import Transformer
from structlog.testing import capture_logs

from adapters.postgres import connection, pipeline, plan
from adapters.postgres.arrays import Bigints, Blobs, Texts, Times, Uuids
from adapters.postgres.session import TooSlow
from adapters.postgres.store import PostgresStore
from application.failures import OutcomeUnknown, Unavailable
from application.stored import Append, Wanted
from projections.epoch import EPOCH
from tests import stores
from tests.cuts import Way, When
from tests.examples import BOOKING_ID, MONDAY

pytestmark = pytest.mark.anyio

KEY = ("owner-1", b"wrapped", MONDAY)
HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
HOT = [
    "check_head",
    "load_bookings",
    "load_workshops",
    "load_owner_keys",
    "load_answers",
    "load_twins",
    "load_holds",
    "delete_slots",
    "upsert_bookings",
    "select_stream",
    "select_streams",
    "select_log",
    "select_last_position",
    "see_bookings",
    "see_owners_bookings",
    "see_change_requests",
]


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def url(postgres_url):
    stores.migrate(postgres_url)
    return postgres_url


def write_a_key(_loaded) -> Append:
    return Append(owner_keys=[KEY])


def keys_in(url) -> int:
    with psycopg.connect(url) as conn:
        ((count,),) = conn.execute("SELECT count(*) FROM owner_key").fetchall()
    return int(count)


def blocked(url) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    with psycopg.connect(url) as conn:
        ((count,),) = conn.execute(query).fetchall()
    return bool(count)


async def test_a_connection_lost_while_idle_is_replaced(url):
    async with stores.storing(url) as store:
        await store.draw_ids(1, 1)
        stores.execute(url, HANG_UP)

        await store.transact(Wanted(), write_a_key, locked=False)
        assert keys_in(url) == 1


@pytest.mark.parametrize("locked", [False, True])
async def test_a_connection_lost_before_the_commit_leaves_its_outcome_unknown(
    url, locked
):
    def hang_up(_loaded) -> Append:
        stores.execute(url, HANG_UP)
        return Append(owner_keys=[KEY])

    async with stores.storing(url) as store:
        with pytest.raises(OutcomeUnknown):
            await store.transact(Wanted(), hang_up, locked=locked)

        assert keys_in(url) == 0
        await store.transact(Wanted(), write_a_key, locked=locked)
        assert keys_in(url) == 1


async def test_a_reader_gets_over_a_lost_connection_by_itself(url):
    async with stores.reading(url) as reader:
        await reader.ping()
        stores.execute(url, HANG_UP)

        assert await reader.booking(BOOKING_ID) is None


async def test_a_head_row_held_for_too_long_is_unavailable(url):
    async with stores.storing(url, lock_timeout="50ms") as store:
        with psycopg.connect(url) as conn:
            conn.execute("SELECT FROM log_head FOR UPDATE")

            with pytest.raises(Unavailable, match="lock timeout"):
                await store.transact(Wanted(), write_a_key, locked=False)

        await store.transact(Wanted(), write_a_key, locked=False)
        assert keys_in(url) == 1


async def test_a_call_that_is_cancelled_leaves_the_store_usable(url):
    async with stores.storing(url) as store:
        with psycopg.connect(url) as conn:
            conn.execute("SELECT FROM log_head FOR UPDATE")
            waiting = asyncio.create_task(
                store.transact(Wanted(), write_a_key, locked=True)
            )
            while not blocked(url):  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

        await store.transact(Wanted(), write_a_key, locked=True)

        assert keys_in(url) == 1


async def test_nobody_waits_long_behind_those_who_wait(url):
    """Ten in a row, each of whom finds that the server says nothing more."""
    with Way(url) as way:
        store = PostgresStore(way.url, seconds=0.2)
        try:
            await store.draw_ids(1, 1)
            for _time in range(10):
                way.cut(b"draw_ids", When.NEVER)
            drawn = await asyncio.gather(
                *(store.draw_ids(1, 1) for _time in range(10)), return_exceptions=True
            )
            assert {type(outcome) for outcome in drawn} == {Unavailable, TooSlow}
            assert not way.is_cut
        finally:
            await store.close()


async def test_an_asynchronous_append_is_one_sync(url, tmp_path):
    trace = tmp_path / "protocol"
    conn = await connection.connect_async(url)
    with trace.open("wb") as file:
        conn.pgconn.trace(file.fileno())
        batch = Append(owner_keys=[KEY])
        await pipeline.run_async(conn, plan.append(batch, EPOCH))
        conn.pgconn.untrace()
    await conn.close()

    sent = re.findall(r"\tF\t\d+\t(\w+)", trace.read_text())
    assert sent.count("Sync") == 1
    assert sent.count("Bind") == 5


def test_the_first_failure_of_a_pipeline_is_the_one_that_is_told(url):
    twice = Append(owner_keys=[KEY, KEY], answers=[])
    with connection.connect(url) as conn:
        with pytest.raises(psycopg.errors.UniqueViolation, match="owner_key"):
            pipeline.run(conn, plan.append(twice, EPOCH))

        idle = psycopg.pq.TransactionStatus.IDLE
        assert conn.info.transaction_status is idle


def test_a_conflict_forgets_no_prepared_statement(url):
    names = "SELECT count(*) FROM pg_prepared_statements"
    batch = Append(owner_keys=[KEY])
    with connection.connect(url) as conn:
        pipeline.run(conn, plan.append(batch, EPOCH))
        before = conn.execute(names).fetchone()

        for _ in range(3):
            with pytest.raises(psycopg.errors.UniqueViolation):
                pipeline.run(conn, plan.append(batch, EPOCH))

        assert conn.execute(names).fetchone() == before


@pytest.mark.parametrize(
    ("array", "element"),
    [
        (Bigints(), "bigint"),
        (Bigints([1, -(2**63), 2**63 - 1]), "bigint"),
        (Bigints([None, 7]), "bigint"),
        (Texts(["å {,} \\ \" '", "", None]), "text"),
        (Blobs([bytes(range(256)), b"", None]), "bytea"),
        (Times([MONDAY, None, datetime(1907, 1, 1, 0, 0, 0, 1, UTC)]), "timestamptz"),
        (Uuids([UUID(int=2**127 + 5), None]), "uuid"),
    ],
)
def test_arrays_arrive_as_they_were_sent(url, array, element):
    with connection.connect(url) as conn:
        query = f"SELECT $1::{element}[]".encode()
        result = conn.pgconn.exec_params(query, [array.dump()], None, [1], 1)
        loading = Transformer(conn)
        loading.set_pgresult(result)

        assert loading.load_row(0, tuple) == (list(array),)


def test_times_come_back_in_utc_whatever_zone_the_session_has(url):
    with connection.connect(f"{url}&options=-cTimeZone%3DEurope/Oslo") as conn:
        query = "SELECT %s::timestamptz"
        row = conn.execute(query, [MONDAY], binary=True).fetchone()

    assert row is not None
    assert row[0] == MONDAY
    assert row[0].tzinfo is UTC


def test_no_hot_statement_needs_a_sequential_scan(url):
    scans = []
    with connection.connect(url) as conn:
        pipeline.run(conn, [plan.Statement("configure", ("5s",))])
        for name in HOT:
            explain = b"EXPLAIN (GENERIC_PLAN) " + plan.STATEMENTS[name]
            lines = psycopg.RawCursor(conn).execute(explain).fetchall()
            scans += [(name, line) for (line,) in lines if "Seq Scan" in line]

    assert scans == []


ILL = """
CREATE FUNCTION fall_ill() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'it is ill' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER ill BEFORE INSERT ON owner_key EXECUTE FUNCTION fall_ill();
"""


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("code", ["53100", "53200", "58030", "XX000", "XX001", "XX002"])
async def test_an_error_inside_the_server_is_unavailable(url, code, locked):
    """A full disk, no memory, no I/O, a file that cannot grow, and what is damaged."""
    stores.execute(url, ILL.format(code=code))
    async with stores.storing(url) as store:
        with pytest.raises(Unavailable, match="it is ill") as told:
            await store.transact(Wanted(), write_a_key, locked=locked)
        assert not isinstance(told.value, OutcomeUnknown)

        stores.execute(url, "DROP TRIGGER ill ON owner_key")
        await store.transact(Wanted(), write_a_key, locked=locked)
        assert keys_in(url) == 1


async def test_what_took_too_long_is_not_begun_again(url):
    """Two statements would be lost, of which the second is never sent."""
    with Way(url) as way:
        store = PostgresStore(way.url, seconds=0.2)
        try:
            await store.draw_ids(1, 1)
            way.cut(b"draw_ids", When.NEVER)
            way.cut(b"draw_ids", When.NEVER)
            with pytest.raises(TooSlow):
                await store.draw_ids(1, 1)
            assert not way.is_cut
        finally:
            await store.close()


async def test_the_log_tells_once_that_the_store_is_away_and_once_that_it_is_back(url):
    stores.execute(url, ILL.format(code="53100"))
    async with stores.storing(url) as store:
        with capture_logs() as said:
            for _time in range(3):
                with pytest.raises(Unavailable):
                    await store.transact(Wanted(), write_a_key, locked=False)
            stores.execute(url, "DROP TRIGGER ill ON owner_key")
            for _time in range(2):
                await store.transact(Wanted(), write_a_key, locked=False)
                stores.execute(url, "DELETE FROM owner_key")

    assert said == [
        {
            "event": "store is away",
            "log_level": "warning",
            "use": "store",
            "why": "The store cannot be reached: it is ill",
        },
        {"event": "store is back", "log_level": "info", "use": "store"},
    ]


async def test_a_connection_that_is_replaced_at_once_is_nobodys_business(url):
    async with stores.storing(url) as store:
        await store.draw_ids(1, 1)
        stores.execute(url, HANG_UP)
        with capture_logs() as said:
            await store.draw_ids(1, 1)

    assert said == []
