"""Read models beside the live ones, while everybody writes, and the swap of both.

One connection reads the log in snapshots, the other fills the shadow. For the swap the
first holds the head row, so that the log stands still until its names have changed.
"""

import struct
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from adapters import read_models
from adapters.postgres import audit, connection, migrate
from adapters.postgres.audit import Connection
from adapters.postgres.shadow_tables import TEMPLATES, ShadowTables, statement
from adapters.read_models import HEADS, REWRITTEN, SLOTS, TABLES, Part, Table
from application.failures import EpochChanged
from application.rebuild import Filled, Progress
from application.stored import Append, Loaded
from application.streams import LogEntry
from projections.epoch import EPOCH

# More than this are caught up with before the head row is held, not meanwhile.
MOST_UNDER_LOCK = 256  # streams

_STREAM = ["text", "text", "bytea", "bytea", "bigint", "bytea"]
_place = struct.Struct("!qqi")  # position, version, bytes of the state


class PostgresShadow:
    """A rebuild on two connections; `position` is how far the shadow has come."""

    def __init__(self, reader: Connection, writer: Connection) -> None:
        self._reader = reader
        self._writer = writer
        self._position = 0
        self._tables = ShadowTables(writer)

    def prepare(self) -> None:
        self._tables.make()

    def fill(self, progress: Progress) -> Filled:
        with self._snapshot():
            ((events, last),) = self._read("extent")
            for table in HEADS:
                for (number,) in self._read("stray", table):
                    raise read_models.stray(table.kind, number)
            every = audit.formatted(TEMPLATES["all"])
            filled = self._take(every, self._insert, progress, events)
        self._position = last
        return filled

    def finish(self) -> None:
        self._tables.finish()
        self._read("quick")
        self._write("quick")

    def catch_up(self) -> int:
        with self._snapshot():
            ((last,),) = self._read("last")
            return self._advance(last)

    def swap(self) -> int | None:
        try:
            with self._holding_head():
                last, changed = self._head()
                if changed > MOST_UNDER_LOCK:
                    return None
                self._advance(last)
                self._rename()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled):
            return None
        return last

    def pause(self, attempt: int) -> None:
        time.sleep(read_models.pause(attempt))

    def _advance(self, last: int) -> int:
        """Fold what came after the shadow's position, up to the log's `last`."""
        if last == self._position:
            return 0
        bounds = {"after": sql.Literal(self._position), "last": sql.Literal(last)}
        self._write("release", SLOTS, **bounds)
        new = audit.formatted(TEMPLATES["new"], after=bounds["after"])
        filled = self._take(new, self._update, _silent, 0)
        self._position = last
        return filled.streams

    def _take(
        self,
        which: sql.Composable,
        write: Callable[[Sequence[Part]], None],
        progress: Progress,
        total: int,
    ) -> Filled:
        """Write the events that are meant, batch by batch, into the shadow."""
        events = count = size = 0
        batch: list[Part] = []
        for part in self._gathered(which):
            batch.append(part)
            size += len(part.entries)
            if size >= read_models.BATCH:
                write(batch)
                events, count = events + size, count + len(batch)
                progress(events, total)
                batch, size = [], 0
        write(batch)
        progress(events + size, total)
        return Filled(events=events + size, streams=count + len(batch))

    def _gathered(self, which: sql.Composable) -> Iterator[Part]:
        query = audit.formatted(TEMPLATES["streams"], which=which)
        with self._reader.cursor().copy(query) as copy:
            copy.set_types(_STREAM)
            for stream_id, topics, states, places, version, chain in copy.rows():
                entries = list(_entries(topics, states, places))
                live = None if version is None else (version, chain)
                yield Part(stream_id, entries, live)

    def _insert(self, parts: Sequence[Part]) -> None:
        """Write streams that the shadow has nothing of."""
        self._copy(read_models.fold(parts, Loaded()))

    def _update(self, parts: Sequence[Part]) -> None:
        """Write what comes after what the shadow has."""
        folded = read_models.fold(parts, self._known(parts))
        for table in REWRITTEN:
            (key,) = table.key
            keys = [table.key_of(row)[0] for row in table.fold(folded)]
            if not keys:
                continue
            query = audit.about(TEMPLATES["forget"], table, key=sql.Identifier(key))
            self._writer.execute(query, [keys])
        self._copy(folded)

    def _known(self, parts: Sequence[Part]) -> Loaded:
        found = {
            table.kind: self._writer.execute(
                audit.about(TEMPLATES["known"], table),
                [read_models.numbers(parts, table.kind)],
                binary=True,
            ).fetchall()
            for table in HEADS
        }
        return read_models.known(found)

    def _copy(self, folded: Append) -> None:
        for table in TABLES:
            rows = table.fold(folded)
            if not rows:
                continue
            query = audit.about(TEMPLATES["copy"], table)
            with self._writer.cursor().copy(query) as copy:
                copy.set_types(self._tables.types[table.name])
                for row in rows:
                    copy.write_row(row)

    def _rename(self) -> None:
        self._tables.rename(self._reader)

    def _head(self) -> tuple[int, int]:
        """Return the log's last position, and how many streams are not folded yet."""
        after = sql.Literal(self._position)
        ((epoch, last, changed),) = self._read("check_head", after=after)
        if epoch > EPOCH:
            raise EpochChanged
        return last, changed

    @contextmanager
    def _snapshot(self) -> Generator[None]:
        self._read("snapshot")
        try:
            yield
        finally:
            self._reader.rollback()

    @contextmanager
    def _holding_head(self) -> Generator[None]:
        """Let nobody append; whoever reads goes on."""
        self._read("begin")
        try:
            self._read("patience")
            self._read("wait_for_head")
            self._read("lock_head")
            yield
            self._read("commit")
        finally:
            self._reader.rollback()

    def _read(
        self, name: str, about: Table | None = None, /, **names: sql.Composable
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._reader.execute(statement(name, about, **names))

    def _write(
        self, name: str, about: Table | None = None, /, **names: sql.Composable
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        return self._writer.execute(statement(name, about, **names))


def _entries(topics: str, states: bytes, places: bytes) -> Iterator[LogEntry]:
    """Take apart what the server gathered."""
    begin = 0
    for topic, place in zip(topics.split(" "), _place.iter_unpack(places), strict=True):
        position, version, length = place
        yield LogEntry(
            position=position,
            version=version,
            topic=topic,
            state=states[begin : begin + length],
        )
        begin += length


def _silent(_done: int, _of: int) -> None:
    pass


@contextmanager
def open_shadow(url: str) -> Generator[PostgresShadow]:
    """Open what rebuilds, once no other rebuild, verify or migration is at work."""
    with (
        connection.reachable(),
        read_models.uncollected(),
        connection.connect(url) as reader,
        connection.connect(url) as writer,
    ):
        writer.execute(TEMPLATES["wait"].encode())
        writer.execute(TEMPLATES["exclude"].encode(), [migrate.LOCK])
        writer.execute(TEMPLATES["hasten"].encode())
        try:
            yield PostgresShadow(reader, writer)
        except psycopg.IntegrityError as error:
            raise read_models.contradiction(error.diag.message_detail) from error
