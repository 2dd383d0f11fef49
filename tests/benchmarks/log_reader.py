"""A process that reads the whole log once: to rebuild, to check, or just to have it."""

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
import psycopg

from adapters import read_models
from adapters.postgres import audit, shadow
from application import codec, rebuild, streams
from application.streams import LogEntry
from domain import booking, chain
from domain.booking import Booking
from tests.benchmarks import working

COPY = """
COPY (
    SELECT originator_id, originator_version, notification_id, state FROM stored_events
) TO STDOUT (FORMAT BINARY)
"""

Kind = Literal["rebuild", "apart", "copy", "walk", "links", "hash", "each", "decode"]
# As those do who follow a log event by event: a row read, folded and written for each.
APART = "CREATE TABLE apart (id text PRIMARY KEY, version bigint, state bytea)"
FIRST = """
SELECT originator_id, originator_version, state FROM stored_events
WHERE originator_id LIKE 'booking-%%' ORDER BY notification_id LIMIT %s
"""
LOOK = "SELECT state FROM apart WHERE id = %s"
KEEP = """
INSERT INTO apart VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state
"""
_booking = msgspec.json.Decoder(Booking)
_encode = msgspec.json.Encoder().encode

Streams = Sequence[tuple[str, Sequence[LogEntry]]]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The log has `events`; all but `rebuild` and `copy` work on it in memory."""

    url: str
    kind: Kind
    events: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`before` and `peak` are bytes of the process: when ready, and the most."""

    seconds: float
    cpu: float
    before: int
    peak: int


def fold_anew(url: str) -> None:
    with shadow.open_shadow(url) as tables:
        rebuild.rebuild(tables)


def copy_out(url: str) -> None:
    """Drain a binary COPY of what a rebuild reads."""
    with psycopg.connect(url) as conn, conn.cursor().copy(COPY) as out:
        for _block in out:
            pass


def fold_apart(url: str, events: int) -> None:
    """Fold the log's first events in their order, each in a transaction of its own."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP TABLE IF EXISTS apart")
        conn.execute(APART)
        first = conn.execute(FIRST, [events]).fetchall()
        assert len(first) == events
        for stream_id, version, state in first:
            recorded, _prev = codec.decode(state, version)
            with conn.transaction():
                found = conn.execute(LOOK, [stream_id]).fetchone()
                before = None if found is None else _booking.decode(found[0])
                after = booking.evolve(before, recorded)
                conn.execute(KEEP, [stream_id, version, _encode(after)])


def walk(log: Streams) -> None:
    """Check every chain as verify does, which decodes each event on the way."""
    with read_models.uncollected():
        for stream_id, entries in log:
            for _link in streams.walk(stream_id, entries):
                pass


def hash_each(log: Streams) -> None:
    """Hash what is stored of each event by itself: links are no less than that."""
    for _stream, entries in log:
        for entry in entries:
            hashlib.sha256(entry.state).digest()


def decode(log: Streams) -> None:
    """Decode each event into what the log has of it, which is the least of a fold."""
    with read_models.uncollected():
        for _stream, entries in log:
            for entry in entries:
                codec.decode(entry.state, entry.version)


def link(log: Streams) -> None:
    """Compute every link of every chain, and nothing else."""
    for stream_id, entries in log:
        prev = chain.genesis(stream_id)
        for entry in entries:
            prev = chain.link(prev, entry.version, entry.topic, entry.state)


@contextmanager
def prepare(job: Job) -> Iterator[Callable[[], Result]]:
    run = _run(job)
    before = _most_memory()

    def measured() -> Result:
        began, cpu = time.perf_counter(), time.process_time()
        run()
        return Result(
            seconds=time.perf_counter() - began,
            cpu=time.process_time() - cpu,
            before=before,
            peak=_most_memory(),
        )

    yield measured


def _run(job: Job) -> Callable[[], object]:
    if job.kind == "apart":
        return partial(fold_apart, job.url, job.events)
    if job.kind in _OF_A_STORE:
        return partial(_OF_A_STORE[job.kind], job.url)
    log = _read(job.url)
    if job.kind == "hash":
        return partial(hashlib.sha256, _hashed(log))
    return partial(_IN_MEMORY[job.kind], log)


_OF_A_STORE: Mapping[Kind, Callable[[str], None]] = {
    "rebuild": fold_anew,
    "copy": copy_out,
}
_IN_MEMORY: Mapping[Kind, Callable[[Streams], None]] = {
    "walk": walk,
    "links": link,
    "each": hash_each,
    "decode": decode,
}


def _read(url: str) -> Streams:
    with audit.open_snapshot(url) as snapshot:
        return [stream for batch in snapshot.batches() for stream in batch]


def _hashed(log: Streams) -> bytes:
    """Return all the bytes that the chains are over, in one piece."""
    return b"".join(
        part
        for _stream, entries in log
        for entry in entries
        for part in (bytes(32 + 8 + 4), entry.topic.encode(), entry.state)
    )


def _most_memory() -> int:
    """Return it as Linux tells it of this program; `getrusage` counts its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    (found,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(found) * 1024


if __name__ == "__main__":
    working.work(Job, prepare)
