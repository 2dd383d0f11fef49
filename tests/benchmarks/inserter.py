"""A process that inserts rows as psycopg does by itself: each a commit of its own."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import psycopg

from tests.benchmarks import working
from tests.benchmarks.working import Written

TABLE = "CREATE TABLE raw_event (LIKE stored_events INCLUDING ALL)"
INSERT = """
INSERT INTO raw_event (originator_id, originator_version, topic, state)
VALUES (%s, %s, %s, %s)
"""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Rows with a `state` of so many bytes; no other process has its `name`."""

    url: str
    name: str
    connections: int
    seconds: float
    state: int


def insert(conn: psycopg.Connection[Any], name: str, job: Job, ends: float) -> int:
    """Insert until the end; return how many rows."""
    done, state = 0, bytes(job.state)
    with conn.cursor(binary=True) as cursor:
        while time.perf_counter() < ends:
            done += 1
            row = (name, done, "booking.rescheduled", state)
            cursor.execute(INSERT, row, prepare=True)
    return done


@contextmanager
def prepare(job: Job) -> Iterator[Callable[[], Written]]:
    with ExitStack() as stack:
        conns = [
            stack.enter_context(psycopg.connect(job.url, autocommit=True))
            for _conn in range(job.connections)
        ]
        threads = stack.enter_context(ThreadPoolExecutor(job.connections))

        def run() -> Written:
            began, cpu = time.perf_counter(), time.process_time()
            ends = began + job.seconds
            inserting = [
                threads.submit(insert, conn, f"{job.name}-{number}", job, ends)
                for number, conn in enumerate(conns)
            ]
            done = sum(one.result() for one in inserting)
            return Written(
                done=done,
                seconds=time.perf_counter() - began,
                cpu=time.process_time() - cpu,
            )

        yield run


if __name__ == "__main__":
    working.work(Job, prepare)
