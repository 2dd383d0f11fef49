"""Every read for an answer searches an index, and reads what it shows of it alone."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import count
from typing import Any

import psycopg
import pytest

from adapters import asking
from adapters.postgres import connection, pipeline
from adapters.postgres.plan import STATEMENTS as ON_POSTGRES
from adapters.postgres.plan import Statement
from adapters.postgres.reads import SETTINGS
from adapters.rounds import Many, Query
from adapters.sqlite import reads
from adapters.sqlite.reads import STATEMENTS as ON_SQLITE
from application.listing import ListKey, Only, OnlyRequests, RequestKey
from domain.booking import Status
from domain.changes import RequestStatus
from tests import servers, stores
from tests.adapters import explaining
from tests.examples import DAY, HOUR, LAST_WEEK, MONDAY, uuid

READS = sorted(ON_SQLITE)
# A booking, an owner and a workshop with few rows, and those with very many more.
QUIET, BUSY = 7, 11
INDEXES = {
    "count_group": {"booking_group_idx"},
    "count_workshops_bookings": {"booking_org_idx"},
    "count_workshops_bookings_by_status": {"booking_status_idx"},
    "see_bookings_requests": {"change_request_booking_idx"},
    "see_bookings_uploads": {"upload_booking_idx"},
    "see_group": {"booking_group_idx"},
    "see_owners_bookings": {"booking_owner_idx"},
    "see_workshops_bookings": {"booking_org_idx"},
    "see_workshops_bookings_by_status": {"booking_status_idx"},
    "see_workshops_requests": {"change_request_org_idx"},
    "see_workshops_requests_by_status": {"change_request_status_idx"},
}
NUMBERS = """
WITH RECURSIVE numbers (n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 900
)
"""
MORE_BOOKINGS = """
INSERT INTO booking (id, org_nr, owner, group_id, status, starts_at, version, revision,
    chain, at, position, state)
SELECT id + 10000 * n, org_nr, owner, group_id,
    CASE n % 3 WHEN 0 THEN 'PENDING' WHEN 1 THEN 'CONFIRMED' ELSE 'COMPLETED' END,
    starts_at + {minutes}, version, revision, chain, at, position, state
FROM booking, numbers WHERE id = 11 OR (id = 7 AND n < 10)
"""
MORE_REQUESTS = """
INSERT INTO change_request (id, booking_id, owner, org_nr, status, requested_at,
    expires_at, version, position, state)
SELECT {id}, booking_id, owner, org_nr,
    CASE n % 2 WHEN 0 THEN 'PENDING' ELSE 'APPROVED' END, requested_at + {minutes},
    expires_at + {minutes}, version, position, state
FROM change_request, numbers
WHERE booking_id = 11 OR (booking_id = 7 AND n < 10)
"""
MORE_MESSAGES = """
INSERT INTO message (id, booking_id, version, author, position, state)
SELECT {id}, booking_id, version + 100 + n, author, position, state
FROM message, numbers
WHERE version = 2 AND (booking_id = 11 OR (booking_id = 7 AND n < 10))
"""
ANY = frozenset(Status)
# Not the expired: for them every open request is looked at, of which there are few.
NOT_EXPIRED = frozenset(RequestStatus) - {RequestStatus.EXPIRED}
NOW = MONDAY + 2 * HOUR


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def crowded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Yield the URL of a crowded store, in which some have far more than others."""
    if request.param == "sqlite":
        yield _crowded(servers.sqlite_url(tmp_path_factory.mktemp("crowded")))
        return
    server: str = request.getfixturevalue("postgres_server")
    with servers.fresh_database(server) as url:
        yield _crowded(url)


def _crowded(url: str) -> str:
    stores.migrate(url)
    explaining.crowd(url)
    words = {"minutes": "n * interval '1 minute'", "id": "gen_random_uuid()"}
    if stores.is_sqlite(url):
        words = {"minutes": "n * 60000000", "id": "lower(hex(randomblob(16)))"}
    for more in (MORE_BOOKINGS, MORE_REQUESTS, MORE_MESSAGES):
        stores.execute(url, NUMBERS + more.format(**words))
    return url


@pytest.mark.parametrize("name", READS)
def test_every_read_searches_and_scans_nothing(crowded, name):
    found = explained(crowded, name)

    assert found.scanned == ()
    assert found.indexes
    assert found.indexes >= INDEXES.get(name, set())


def test_nothing_is_scanned_either_where_nothing_is_yet(store_url):
    stores.migrate(store_url)

    assert [name for name in READS if explained(store_url, name).scanned] == []


def explained(url: str, name: str) -> explaining.Explained:
    statement = ON_SQLITE[name] if stores.is_sqlite(url) else ON_POSTGRES[name]
    return explaining.explain(url, statement, SETTINGS)


def pages(n: int) -> dict[str, Query[Any]]:
    """Return queries for pages of three, of what belongs to `n`."""
    owner, org_nr = f"owner-{n}", 313_000_000 + n
    now, requests_now = Only(now=NOW), OnlyRequests(now=NOW)
    some = Only(now=NOW, statuses=ANY, since=MONDAY, until=MONDAY + 9 * DAY)
    some_requests = OnlyRequests(now=LAST_WEEK, statuses=NOT_EXPIRED)
    later = ListKey(start=MONDAY + HOUR, booking_id=n)
    place = RequestKey(requested_at=MONDAY - 2 * HOUR, request_id=uuid(0))
    return {
        "an owner's": asking.owners_bookings(owner, now, None, 3),
        "an owner's by status": asking.owners_bookings(owner, some, None, 3),
        "an owner's next": asking.owners_bookings(owner, now, later, 3),
        "a workshop's": asking.workshops_bookings(org_nr, now, 0, 3)[1],
        "a workshop's by status": asking.workshops_bookings(org_nr, some, 0, 3)[1],
        "requests": asking.change_requests(n, None, 3),
        "a workshop's requests": asking.workshops_change_requests(
            org_nr, requests_now, None, 3
        ),
        "a workshop's requests by status": asking.workshops_change_requests(
            org_nr, some_requests, place, 3
        ),
        "messages": asking.messages(n, 2, 3),
    }


@pytest.mark.parametrize("name", pages(QUIET))
def test_a_page_costs_the_same_however_long_the_list_is(crowded, name):
    effort = _steps_on_sqlite if stores.is_sqlite(crowded) else _rows_on_postgres

    assert effort(crowded, pages(BUSY)[name]) <= 2 * effort(crowded, pages(QUIET)[name])


def _steps_on_sqlite(url: str, query: Query[Any]) -> int:
    """Return how many steps the database's machine takes."""
    steps = count()
    with closing(sqlite3.connect(stores.sqlite_path(url))) as conn:
        conn.set_progress_handler(lambda: next(steps) * 0, 1)
        asked = reads.params(query)
        assert conn.execute(ON_SQLITE[query.name], asked).fetchall() is not None
        conn.set_progress_handler(None, 1)
    return next(steps)


def _rows_on_postgres(url: str, query: Query[Any]) -> float:
    """Return how many rows are read of tables and indexes, shown or not."""
    given = [list(p.values) if isinstance(p, Many) else p for p in query.params]
    explain = b"EXPLAIN (ANALYZE, FORMAT JSON) " + ON_POSTGRES[query.name]
    with connection.connect(url) as conn:
        pipeline.run(conn, [Statement("configure", ("5s",)), *SETTINGS])
        conn.execute("SET plan_cache_mode = force_generic_plan")
        found = psycopg.RawCursor(conn).execute(explain, given, prepare=True)
        ((((plan,),),),) = (found.fetchall(),)
    return sum(map(_read, explaining.nodes(plan["Plan"])))


def _read(node: Mapping[str, Any]) -> float:
    if "Scan" not in node["Node Type"] or "Relation Name" not in node:
        return 0
    removed = node.get("Rows Removed by Filter", 0)
    return float((node["Actual Rows"] + removed) * node["Actual Loops"])
