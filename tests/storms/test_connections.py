"""A process has two connections to PostgreSQL, however many call at once."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median_high

import psycopg

from tests import running
from tests.storms.steady import OK, OWNER, Steady

AT_MOST = 2
CALLERS = 16
CALLS = 2
COUNT = b"""
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@contextmanager
def counting(url: str) -> Iterator[list[int]]:
    """Yield what is found, over and over: how many are connected."""
    found: list[int] = []
    is_over = threading.Event()

    def count() -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            while not is_over.is_set():
                ((connected,),) = conn.execute(COUNT).fetchall()
                found.append(int(connected))

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()


def test_a_server_has_two_connections_whoever_calls(postgres_url: str):
    booked = asyncio.run(running.place_one_each(postgres_url, [OWNER]))
    with running.serving(postgres_url) as (server,), counting(postgres_url) as found:
        callers = [Steady(server.url, booked[OWNER]) for _caller in range(CALLERS)]
        with ThreadPoolExecutor(CALLERS) as pool:
            for caller in callers * CALLS:
                pool.submit(caller.put)
                pool.submit(caller.get)

    told = [status for caller in callers for status in caller.told.elements()]
    assert told == [OK] * (CALLERS * CALLS)
    # One that was given up is the server's a moment longer.
    assert median_high(found) <= AT_MOST
    assert max(found) <= AT_MOST + 1
